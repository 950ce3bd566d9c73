//! Are headings found? Titles, levels and numbers against labelled headings.
//!
//! A document that lies there in several formats is read in each of them. All its formats together are one unit, because
//! they hold the same headings; every format has a figure of its own beside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;

use super::completeness::find_all;
use super::{EvalError, Workbench};
use crate::eval::beir;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::sections::{Coverage, ExpectedHeading, HeadingScore, score};
use crate::eval::suite::Suite;
use crate::ingest::invariants::check_invariants;

const PROGRAM: &str = "reader";

/// One line of the gold file; what else it holds is for people.
#[derive(Deserialize)]
struct Row {
    doc_id: String,
    level: u8,
    #[serde(default)]
    number: Option<String>,
    heading: String,
    /// Whether only the beginning of the heading is given.
    #[serde(default)]
    beginning: Option<bool>,
    #[serde(default)]
    note: Option<String>,
}

impl Row {
    fn is_beginning(&self) -> bool {
        // Files from before there was a field for it say so in the note.
        let note = self.note.as_deref().unwrap_or_default();
        self.beginning.unwrap_or_else(|| note.contains("two lines") || note.contains("two-line"))
    }
}

/// What came out of one file.
struct Scored {
    document: String,
    format: String,
    score: HeadingScore,
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let gold = suite.gold(&base);
    let mut expected: BTreeMap<String, Vec<ExpectedHeading>> = BTreeMap::new();
    for row in beir::json_lines::<Row>(&gold)? {
        let is_beginning = row.is_beginning();
        let Row { doc_id, level, number, heading, .. } = row;
        expected.entry(doc_id).or_default().push(ExpectedHeading { level, number, heading, is_beginning });
    }
    let folder = base.join(&suite.file.documents);
    let mut documents: Vec<(&String, PathBuf, &Vec<ExpectedHeading>)> = Vec::new();
    for (id, headings) in &expected {
        let paths = find_all(&folder, id);
        if paths.is_empty() {
            let what = format!("there is no document {id}, which the gold labels");
            return Err(EvalError::Data { path: folder, what });
        }
        documents.extend(paths.into_iter().map(|path| (id, path, headings)));
    }
    let files: Vec<PathBuf> = documents.iter().map(|(_, path, _)| path.clone()).chain([gold]).collect();
    let provenance = bench.provenance(suite, &base, &files, false, Vec::new())?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.items.header = ["document", "kind", "heading"].map(str::to_owned).to_vec();
    let partial = settings.get("partial").map_or("", String::as_str);
    let mut scores: Vec<Scored> = Vec::new();
    for (id, path, headings) in documents {
        let document = bench.read_document(&path)?;
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
        scores.push(Scored { document: id.clone(), format, score });
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

fn add_figures(outcome: &mut Outcome, scores: &[Scored]) {
    let of = |part: &dyn Fn(&HeadingScore) -> [usize; 2], format: Option<&str>| -> Tallies {
        let mut tallies = Tallies::new();
        for one in scores.iter().filter(|one| format.is_none_or(|format| one.format == format)) {
            let sum = tallies.entry(one.document.clone()).or_insert_with(|| vec![0.0; 2]);
            sum.iter_mut().zip(part(&one.score)).for_each(|(sum, count)| *sum += count as f64);
        }
        tallies
    };
    let f1 = |s: &HeadingScore| [2 * s.matched, s.found + s.expected];
    outcome.figure(PROGRAM, "heading precision", Formula::Ratio, of(&|s| [s.matched, s.found], None));
    outcome.figure(PROGRAM, "heading recall", Formula::Ratio, of(&|s| [s.matched, s.expected], None));
    outcome.figure(PROGRAM, "heading F1", Formula::Ratio, of(&f1, None));
    outcome.figure(PROGRAM, "level accuracy", Formula::Ratio, of(&|s| [s.same_level, s.matched], None));
    outcome.figure(PROGRAM, "number accuracy", Formula::Ratio, of(&|s| [s.same_number, s.numbered], None));
    let formats: BTreeSet<&str> = scores.iter().map(|one| one.format.as_str()).collect();
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
    #[test]
    fn a_field_says_that_a_heading_is_a_beginning_and_a_note_only_where_there_is_none() {
        let is_beginning = |rest: &str| {
            let line = format!("{{\"doc_id\":\"d\",\"level\":1,\"heading\":\"H\"{rest}}}");
            serde_json::from_str::<Row>(&line).unwrap().is_beginning()
        };
        assert!(is_beginning(",\"beginning\":true"));
        assert!(!is_beginning(",\"beginning\":false,\"note\":\"printed over two lines\""));
        assert!(is_beginning(",\"note\":\"first line of a two-line heading\""));
        assert!(!is_beginning(",\"note\":\"run-in heading\"") && !is_beginning(""));
    }

    #[test]
    fn a_document_in_two_formats_is_read_twice_and_is_one_unit() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put(
            "suite.toml",
            "name = \"s\"\nkind = \"sections\"\ntitle = \"T\"\ndocuments = \".\"\ngold = \"gold.jsonl\"\nlicence = \"L\"\n",
        );
        let heading =
            |title: &str| format!("{{\"doc_id\":\"report\",\"level\":1,\"heading\":\"{title}\"}}\n");
        put("gold.jsonl", &["1. Air", "1.1 Measures", "2. Water"].map(heading).concat());
        put(
            "report.md",
            "# 1. Air\n\nDust is raised by trucks.\n\n## 1.1 Measures\n\nThe road is watered.\n\n# 2. Water\n\nNone is taken.\n",
        );
        put(
            "report.html",
            "<html><body><h1>1. Air</h1><p>Dust is raised by trucks on the unpaved road.</p><h2>1.1 Measures</h2><p>The road is watered twice a day in summer.</p></body></html>",
        );
        let bench = Workbench::new(Default::default(), BTreeMap::new(), |_| Err("there is none".to_owned()));
        let outcome = run(&Suite::open(folder.path()).unwrap(), &bench).unwrap();
        let figures = &outcome.result.arms[0].figures;
        let of = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap();
        assert_eq!((of("heading recall").value, of("heading recall").units), (Some(0.833_333), 1));
        assert_eq!(of("heading F1 (md)").value, Some(1.0));
        assert_eq!(of("heading F1 (html)").value, Some(0.8));
        let missed = ["report.html", "missed", "2. Water"].map(str::to_owned).to_vec();
        assert!(outcome.items.rows.contains(&missed), "{:?}", outcome.items.rows);
    }
}
