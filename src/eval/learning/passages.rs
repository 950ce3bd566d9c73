//! Fits the classifier of passages on labelled ones: `eval fit-passages`.
//!
//! For every element and requirement three labels are learned: what a passage speaks of, of what it says something of
//! substance, and what a heading announces; and, for all together, what kind of passage it is. A file in which a label has no example teaches
//! nothing about it: its passages were not read for it. How much the result helps is judged where it is used: by `eval fit` on whole reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Counts, Lexis, Rows, reader};
use crate::domain::language::Language;
use crate::eval::beir;
use crate::eval::linear;
use crate::eval::suites::EvalError;
use crate::screen::classifier::{Classifier, ClassifierOrigin};
use crate::screen::completeness::announced::HEADING;
use crate::screen::completeness::likeness::{KIND, KINDS, SUBSTANCE, TOPIC};

/// Strength of the pull of every weight towards zero.
const PULL: f64 = 0.02;

/// Weights below this are left out: they are many and say next to nothing.
const LEAST_WEIGHT: f32 = 0.2;

/// Passages in which a piece has to occur.
const LEAST_TEXTS: usize = 3;

/// Examples that a label needs in a file for its other passages to count as none.
const LEAST_EXAMPLES: usize = 2;

/// Kind of a line that is a heading; its labels are what it announces.
pub const HEADING_KIND: &str = "heading";

/// A labelled passage, or a heading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelledPassage {
    /// Unique in its set.
    pub id: String,
    /// Language.
    pub lang: Language,
    /// The passage.
    pub text: String,
    /// Elements and requirements it is evidence for.
    pub labels: Vec<String>,
    /// One of [`KINDS`], or [`HEADING_KIND`].
    pub kind: String,
}

/// Fits the classifier on files of labelled passages, JSON lines.
pub fn fit_passages(files: &[PathBuf], date: &str) -> Result<Classifier, EvalError> {
    let reader = reader()?;
    let mut passages: Vec<(usize, LabelledPassage)> = Vec::new();
    let mut digest = Sha256::new();
    for (file, path) in files.iter().enumerate() {
        for passage in beir::json_lines::<LabelledPassage>(path)? {
            if !KINDS.contains(&passage.kind.as_str()) && passage.kind != HEADING_KIND {
                let kinds = KINDS.join(", ");
                let what = format!(
                    "{}: {:?} is no kind of passage: {kinds}, {HEADING_KIND}",
                    passage.id, passage.kind
                );
                return Err(EvalError::Data { path: path.clone(), what });
            }
            digest.update(format!("{} {} {:?} {}\n", passage.id, passage.text, passage.labels, passage.kind));
            passages.push((file, passage));
        }
    }
    if passages.is_empty() {
        return Err(EvalError::Setting("no labelled passage was given".to_owned()));
    }
    let counts: Vec<Counts> = (passages.par_iter())
        .map(|(_, passage)| Counts::of(&reader.read(&passage.text, passage.lang)))
        .collect();
    let lexis = Lexis::of(counts.iter(), std::iter::empty(), LEAST_TEXTS);
    let names = labels_of(passages.iter().map(|(_, passage)| passage));
    let mut examples: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (file, passage) in &passages {
        for (at, _) in names.iter().enumerate().filter(|(_, name)| has(passage, name)) {
            *examples.entry((at, *file)).or_insert(0) += 1;
        }
    }
    let mut rows = Rows::new(lexis.size(), names.len());
    for ((file, passage), counts) in passages.iter().zip(&counts) {
        let truth = names.iter().enumerate().map(|(at, name)| {
            let is_taught = examples.get(&(at, *file)).is_some_and(|count| *count >= LEAST_EXAMPLES);
            (has(passage, name), f32::from(u8::from(is_taught)))
        });
        rows.push(&lexis.values(counts), &[], truth);
    }
    let (bias, weights) = linear::fit(&rows.examples, &rows.truths, PULL);
    let origin = ClassifierOrigin {
        name: "passages".to_owned(),
        date: date.to_owned(),
        data: files
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect(),
        data_sha256: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        examples: passages.len(),
        figures: BTreeMap::new(),
    };
    Ok(lexis.classifier(origin, names, &bias, weights, LEAST_WEIGHT))
}

fn labels_of<'a>(passages: impl Iterator<Item = &'a LabelledPassage>) -> Vec<String> {
    let subjects: BTreeSet<&String> = passages.flat_map(|passage| &passage.labels).collect();
    let topics = subjects.iter().map(|subject| format!("{TOPIC}{subject}"));
    let substance = subjects.iter().map(|subject| format!("{SUBSTANCE}{subject}"));
    let headings = subjects.iter().map(|subject| format!("{HEADING}{subject}"));
    topics.chain(substance).chain(headings).chain(KINDS.iter().map(|kind| format!("{KIND}{kind}"))).collect()
}

fn has(passage: &LabelledPassage, label: &str) -> bool {
    let speaks_of = |subject: &str| passage.labels.iter().any(|known| known == subject);
    if passage.kind == HEADING_KIND {
        label.strip_prefix(HEADING).is_some_and(speaks_of)
    } else if let Some(subject) = label.strip_prefix(TOPIC) {
        passage.kind != KINDS[5] && speaks_of(subject)
    } else if let Some(subject) = label.strip_prefix(SUBSTANCE) {
        passage.kind == KINDS[0] && speaks_of(subject)
    } else {
        label.strip_prefix(KIND) == Some(passage.kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::classifier::probability;

    #[test]
    fn subjects_and_kinds_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("en.jsonl");
        let row = |at: usize, text: &str, label: &str, kind: &str| {
            format!(
                "{}\n",
                serde_json::json!({"id": format!("{at}"), "lang": "en", "text": text, "labels": [label], "kind": kind})
            )
        };
        let rows = [
            row(1, "Noise at the house reaches 48 dBA at night.", "C18", "substance"),
            row(2, "Night noise of the fans is 41 dBA.", "C18", "substance"),
            row(3, "Noise will be calculated at the next stage.", "C18", "promise"),
            row(4, "Sludge of class III amounts to 12 t a year.", "C17", "substance"),
            row(5, "Waste oil of 3 t a year goes to a licensed firm.", "C17", "substance"),
            row(6, "Waste will be listed at the next stage.", "C17", "promise"),
        ];
        std::fs::write(&path, rows.concat()).unwrap();
        let fitted = fit_passages(std::slice::from_ref(&path), "2026-11-26").unwrap();
        let odds = |text: &str, label: &str| {
            let said = fitted.read(&reader().unwrap().read(text, Language::English));
            probability(fitted.log_odds(&[&said], &[])[fitted.label(label).unwrap()])
        };
        let noise = "The noise of the pump at night is 39 dBA.";
        assert!(odds(noise, "topic:C18") > odds(noise, "topic:C17") + 0.2);
        assert!(
            odds(noise, "kind:substance") > odds("It will be drawn up at the next stage.", "kind:substance")
        );
        std::fs::write(&path, row(1, "Noise.", "C18", "hearsay")).unwrap();
        let refused = fit_passages(&[path], "2026-11-26").unwrap_err();
        assert!(refused.to_string().contains("hearsay"), "{refused}");
    }
}
