//! Fits the classifier of passages on labelled ones: `eval fit-passages`.
//!
//! For every element and requirement three labels are learned: what a passage speaks of, of what it says something of
//! substance, and what a heading announces; and, for all together, what kind of passage it is. A file in which a label has
//! no example teaches nothing about it: its passages were not read for it. The words of the rules are examples of what is
//! spoken of ([`super::rule_words`]). How much the result helps is judged where it is used: by `eval fit` on whole reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::rule_words::{RuleWords, WordsOfRules};
use super::{Counts, Lexis, Rows, reader};
use crate::domain::language::Language;
use crate::eval::beir;
use crate::eval::linear;
use crate::eval::suites::EvalError;
use crate::rules::Rulebook;
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

/// How much an example from the rules counts; a labelled one counts 1.
const RULE_WEIGHT: f32 = 0.5;

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

/// Fits the classifier on files of labelled passages, JSON lines, and on the words of the rules.
pub fn fit_passages(files: &[PathBuf], rules: &Rulebook, date: &str) -> Result<Classifier, EvalError> {
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
    let of_rules = WordsOfRules::of(rules);
    for words in &of_rules.words {
        digest.update(format!("{} {} {}\n", words.subject, words.text, words.is_heading));
    }
    let texts = passages.iter().map(|(_, passage)| (passage.text.as_str(), passage.lang));
    let texts: Vec<_> =
        texts.chain(of_rules.words.iter().map(|words| (words.text.as_str(), words.language))).collect();
    let counts: Vec<Counts> =
        (texts.par_iter()).map(|(text, language)| Counts::of(&reader.read(text, *language))).collect();
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
    for (words, counts) in of_rules.words.iter().zip(&counts[passages.len()..]) {
        let truth = names.iter().map(|name| said_by(words, &of_rules, name));
        rows.push(&lexis.values(counts), &[], truth);
    }
    let (bias, weights) = linear::fit(&rows.examples, &rows.truths, PULL);
    let origin = ClassifierOrigin {
        name: "passages".to_owned(),
        date: date.to_owned(),
        data: files
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .chain(std::iter::once("words of the rules".to_owned()))
            .collect(),
        data_sha256: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        examples: counts.len(),
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

/// Whether words of the rules have a label, and how much that counts.
fn said_by(words: &RuleWords, of_rules: &WordsOfRules, label: &str) -> (bool, f32) {
    let subject = label.strip_prefix(if words.is_heading { HEADING } else { TOPIC });
    match subject {
        Some(subject) if subject == words.subject => (true, RULE_WEIGHT),
        Some(subject) if !of_rules.overlap(subject, &words.subject) => (false, RULE_WEIGHT),
        _ => (false, 0.0),
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
        let rules = Rulebook::load_builtin().unwrap();
        let fitted = fit_passages(std::slice::from_ref(&path), &rules, "2026-11-26").unwrap();
        let odds = |text: &str, label: &str| {
            let said = fitted.read(&reader().unwrap().read(text, Language::English));
            probability(fitted.log_odds(&[&said], &[])[fitted.label(label).unwrap()])
        };
        // In words that only the rules have.
        let vibration = "Vibration will be calculated.";
        assert!(odds(vibration, "topic:C18") > odds(vibration, "topic:C17") + 0.2);
        let noise = "The noise of the pump at night is 39 dBA.";
        assert!(odds(noise, "topic:C18") > odds(noise, "topic:C17") + 0.2);
        assert!(
            odds(noise, "kind:substance") > odds("It will be drawn up at the next stage.", "kind:substance")
        );
        std::fs::write(&path, row(1, "Noise.", "C18", "hearsay")).unwrap();
        let refused = fit_passages(&[path], &rules, "2026-11-26").unwrap_err();
        assert!(refused.to_string().contains("hearsay"), "{refused}");
    }
}
