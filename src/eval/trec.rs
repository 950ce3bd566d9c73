//! Reads and writes judgements ("qrels") and ranked results ("runs") in TREC's formats.
//!
//! ```text
//! qrels   QUERY 0 DOCUMENT GRADE
//! run     QUERY Q0 DOCUMENT RANK SCORE NAME
//! ```
//!
//! Invariants: what is read was checked line by line, and a malformed line is named by its number; what is
//! written reads back the same.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::measures::ranking::{Grades, trec_order};

/// Judgements by query and document.
pub type Qrels = BTreeMap<String, Grades>;

/// Scored documents by query, in `trec_eval`'s order.
pub type Run = BTreeMap<String, Vec<(String, f64)>>;

/// A line that is not what the format asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MalformedLine {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl MalformedLine {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// True if a directory holds judgements and at least one run.
pub fn is_folder_of_runs(directory: &Path) -> bool {
    let is_run = |name: &str| name.ends_with(".run");
    !judgements_in(directory).is_empty() && !files_in(directory, is_run).is_empty()
}

/// Returns the files with judgements in a directory, `qrels.txt` and `*.qrels`, by name.
pub fn judgements_in(directory: &Path) -> Vec<PathBuf> {
    files_in(directory, |name| name == "qrels.txt" || name.ends_with(".qrels"))
}

fn files_in(directory: &Path, fits: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            (!name.starts_with('.') && fits(&name) && path.is_file()).then_some(path)
        })
        .collect();
    files.sort();
    files
}

/// Reads qrels: TREC's four columns, or BEIR's three (`query-id corpus-id score`) with their header.
pub fn parse_qrels(text: &str) -> Result<Qrels, MalformedLine> {
    let mut qrels = Qrels::new();
    for (line, row) in lines(text) {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let (query, document, grade) = match fields[..] {
            ["query-id", "corpus-id", "score"] if line == 1 => continue,
            [query, document, grade] => (query, document, grade),
            [query, _, document, grade] => (query, document, grade),
            _ => {
                let what = format!("{} columns instead of 3 (BEIR) or 4 (TREC)", fields.len());
                return Err(MalformedLine::new(line, what));
            }
        };
        let grade = grade
            .parse()
            .map_err(|_| MalformedLine::new(line, format!("the grade {grade} is not a whole number")))?;
        let repeated = qrels.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
        if repeated.is_some() {
            return Err(MalformedLine::new(line, format!("{document} is judged twice for query {query}")));
        }
    }
    Ok(qrels)
}

/// Reads a run; the ranks in the file are passed over, as `trec_eval` does.
pub fn parse_run(text: &str) -> Result<Run, MalformedLine> {
    let mut run = Run::new();
    for (line, row) in lines(text) {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let [query, _, document, _, score, _] = fields[..] else {
            let what = format!("{} columns instead of 6: QUERY Q0 DOCUMENT RANK SCORE NAME", fields.len());
            return Err(MalformedLine::new(line, what));
        };
        let score: f64 = score
            .parse()
            .ok()
            .filter(|score: &f64| score.is_finite())
            .ok_or_else(|| MalformedLine::new(line, format!("the score {score} is not a number")))?;
        run.entry(query.to_owned()).or_default().push((document.to_owned(), score));
    }
    for (query, scored) in &mut run {
        let mut ids: Vec<&str> = scored.iter().map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(MalformedLine::new(1, format!("{} is ranked twice for query {query}", pair[0])));
        }
        trec_order(scored);
    }
    Ok(run)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, row)| (at + 1, row)).filter(|(_, row)| !row.trim().is_empty())
}

/// Writes qrels in TREC's format.
pub fn write_qrels(qrels: &Qrels) -> String {
    let mut text = String::new();
    for (query, grades) in qrels {
        for (document, grade) in grades {
            let _ = writeln!(text, "{} 0 {} {grade}", column(query), column(document));
        }
    }
    text
}

/// Writes a run in TREC's format, best first. Scores have six decimals, or more where the run was read with more:
/// otherwise the figures of the file would not be those of the run.
pub fn write_run(run: &Run, name: &str) -> String {
    let mut text = String::new();
    for (query, scored) in run {
        for (rank, (document, score)) in scored.iter().enumerate() {
            let score = if as_written(*score) == *score { format!("{score:.6}") } else { score.to_string() };
            let _ = writeln!(
                text,
                "{} Q0 {} {} {score} {}",
                column(query),
                column(document),
                rank + 1,
                column(name)
            );
        }
    }
    text
}

/// Ids with blanks would break the columns.
fn column(id: &str) -> String {
    if id.is_empty() { "-".to_owned() } else { id.replace(char::is_whitespace, "_") }
}

/// Returns a score as the run file has it, so that figures and the file agree on ties.
pub fn as_written(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_of_qrels_are_read() {
        let trec = parse_qrels("q1 0 d1 2\nq1 0 d2 0\n").unwrap();
        assert_eq!(parse_qrels("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n").unwrap(), trec);
        assert_eq!(parse_qrels(&write_qrels(&trec)).unwrap(), trec);
    }

    #[test]
    fn runs_read_back_in_the_order_of_their_scores() {
        let run = parse_run("q Q0 a 1 0.2 x\nq Q0 b 2 0.9 x\nq Q0 c 3 0.2 x\n").unwrap();
        let ids: Vec<&str> = run["q"].iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["b", "c", "a"]);
        assert_eq!(parse_run(&write_run(&run, "x")).unwrap(), run);
        assert!(write_run(&run, "x").contains("q Q0 b 1 0.900000 x\n"));
        let small = parse_run("q Q0 a 1 2e-9 x\nq Q0 b 2 1e-9 x\n").unwrap();
        assert_eq!(parse_run(&write_run(&small, "x")).unwrap(), small, "six decimals would make a tie");
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, said) in [
            ("q 0 d 1\nq d\n", "line 2: 2 columns"),
            ("q 0 d much\n", "line 1: the grade much"),
            ("q 0 d 1\nq 0 d 2\n", "line 2: d is judged twice"),
        ] {
            let error = parse_qrels(text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        for (text, said) in [
            ("q Q0 d 1 0.5\n", "5 columns"),
            ("q Q0 d 1 NaN x\n", "not a number"),
            ("q Q0 d 1 1 x\nq Q0 d 2 1 x\n", "twice"),
        ] {
            let error = parse_run(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
