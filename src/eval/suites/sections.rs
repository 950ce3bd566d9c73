//! Are headings found? Titles, levels and numbers against labelled headings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;

use super::completeness::find;
use super::{EvalError, Workbench};
use crate::eval::beir;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::sections::{Coverage, ExpectedHeading, HeadingScore, score};
use crate::eval::suite::Suite;
use crate::ingest::invariants::check_invariants;

const PROGRAM: &str = "reader";

#[derive(Deserialize)]
struct Row {
    doc_id: String,
    level: u8,
    #[serde(default)]
    number: Option<String>,
    heading: String,
    #[serde(default)]
    note: Option<String>,
}

/// Runs a suite of the kind. A document that lies there in several formats counts once per format.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let gold = base.join(&suite.file.gold);
    let mut expected: BTreeMap<String, Vec<ExpectedHeading>> = BTreeMap::new();
    for row in beir::json_lines::<Row>(&gold)? {
        let note = row.note.unwrap_or_default();
        expected.entry(row.doc_id).or_default().push(ExpectedHeading {
            level: row.level,
            number: row.number,
            heading: row.heading,
            is_beginning: note.contains("two lines") || note.contains("two-line"),
        });
    }
    let folder = base.join(&suite.file.documents);
    let mut documents: Vec<(PathBuf, &Vec<ExpectedHeading>)> = Vec::new();
    for (id, headings) in &expected {
        let path = find(&folder, id).ok_or_else(|| EvalError::Data {
            path: folder.clone(),
            what: format!("there is no document {id}, which the gold labels"),
        })?;
        documents.push((path, headings));
    }
    let files: Vec<PathBuf> = documents.iter().map(|(path, _)| path.clone()).chain([gold.clone()]).collect();
    let provenance = bench.provenance(suite, &base, &files, false, Vec::new())?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.items.header = ["document", "kind", "heading"].map(str::to_owned).to_vec();
    let partial = settings.get("partial").map_or("", String::as_str);
    let mut scores: Vec<(String, String, HeadingScore)> = Vec::new();
    for (path, headings) in &documents {
        let document = bench.read_document(path)?;
        check_invariants(&document)
            .map_err(|what| EvalError::Data { path: path.clone(), what: what.to_string() })?;
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let format = path.extension().map_or_else(String::new, |e| e.to_string_lossy().into_owned());
        let coverage = if fits(&stem, partial) { Coverage::ChaptersAndCapitals } else { Coverage::All };
        let score = score(headings, &document.sections, coverage);
        for (kind, list) in [("missed", &score.missed), ("not expected", &score.spurious)] {
            for heading in list {
                outcome.items.rows.push(vec![name.clone(), kind.to_owned(), heading.clone()]);
            }
        }
        for (heading, wanted, found) in &score.wrong_level {
            let kind = format!("level {found} instead of {wanted}");
            outcome.items.rows.push(vec![name.clone(), kind, heading.clone()]);
        }
        scores.push((name, format, score));
    }
    add_figures(&mut outcome, &scores);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64());
    Ok(outcome)
}

/// True if a name fits a pattern with at most one `*`; an empty pattern fits nothing.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => !pattern.is_empty() && name == pattern,
    }
}

fn add_figures(outcome: &mut Outcome, scores: &[(String, String, HeadingScore)]) {
    let part = |part: usize, whole: usize| vec![part as f64, whole as f64];
    let of = |tally: &dyn Fn(&HeadingScore) -> Vec<f64>, format: Option<&str>| -> Tallies {
        (scores.iter())
            .filter(|(_, own, _)| format.is_none_or(|format| own == format))
            .map(|(name, _, score)| (name.clone(), tally(score)))
            .collect()
    };
    let f1 = |s: &HeadingScore| part(2 * s.matched, s.found + s.expected);
    outcome.figure(PROGRAM, "heading precision", Formula::Ratio, of(&|s| part(s.matched, s.found), None));
    outcome.figure(PROGRAM, "heading recall", Formula::Ratio, of(&|s| part(s.matched, s.expected), None));
    outcome.figure(PROGRAM, "heading F1", Formula::Ratio, of(&f1, None));
    let level = |s: &HeadingScore| part(s.same_level, s.matched);
    outcome.figure(PROGRAM, "level accuracy", Formula::Ratio, of(&level, None));
    let number = |s: &HeadingScore| part(s.same_number, s.numbered);
    outcome.figure(PROGRAM, "number accuracy", Formula::Ratio, of(&number, None));
    let formats: BTreeSet<&str> = scores.iter().map(|(_, format, _)| format.as_str()).collect();
    if formats.len() > 1 {
        for format in formats {
            outcome.figure(PROGRAM, &format!("heading F1 ({format})"), Formula::Ratio, of(&f1, Some(format)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_by_their_ends() {
        assert!(fits("oil-field-ea", "oil-*-ea") && fits("a", "a") && fits("abc", "*"));
        assert!(!fits("oil-ea", "oil-*-ea") && !fits("a", "") && !fits("ab", "a"));
    }
}
