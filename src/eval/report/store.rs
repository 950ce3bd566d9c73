//! What `eval run` leaves in a directory, and how it is read again.
//!
//! ```text
//! results.json          figures of all suites, with provenance
//! timings.json          seconds by suite and step; kept apart because they differ from run to run
//! report.html           for people
//! SUITE/items.csv       one row per judged thing
//! SUITE/NAME.csv        other rows of a suite, as `requirements.csv` of completeness
//! SUITE/tallies.jsonl   what each unit contributes to each figure; `eval compare` reads it
//! SUITE/ARM.run, qrels.txt   for rankings, in TREC's formats
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::eval::measures::Formula;
use crate::eval::result::{Items, Outcome, SuiteResult};
use crate::eval::trec::{write_qrels, write_run};

/// One line of `tallies.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TallyLine {
    /// Arm.
    pub arm: String,
    /// Figure.
    pub figure: String,
    /// How the figure is made.
    pub formula: Formula,
    /// Query, document, sentence …
    pub unit: String,
    /// Its contribution.
    pub tally: Vec<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Results {
    /// Layout of the file.
    format: String,
    suites: Vec<SuiteResult>,
}

/// Name and version of the layout of `results.json`.
const FORMAT: &str = "eia-screen eval results 1";

/// Returns the files of outcomes, with paths relative to the directory of the results.
pub fn files(outcomes: &[Outcome]) -> Result<BTreeMap<PathBuf, String>, serde_json::Error> {
    let mut files = BTreeMap::new();
    let suites = outcomes.iter().map(|outcome| outcome.result.clone()).collect();
    let results = Results { format: FORMAT.to_owned(), suites };
    files.insert(PathBuf::from("results.json"), serde_json::to_string_pretty(&results)? + "\n");
    let seconds: BTreeMap<&str, &BTreeMap<String, f64>> =
        outcomes.iter().map(|outcome| (outcome.result.suite.as_str(), &outcome.seconds)).collect();
    files.insert(PathBuf::from("timings.json"), serde_json::to_string_pretty(&seconds)? + "\n");
    for outcome in outcomes {
        let folder = PathBuf::from(&outcome.result.suite);
        files.insert(folder.join("items.csv"), csv(&outcome.items));
        for (name, rows) in &outcome.tables {
            files.insert(folder.join(format!("{name}.csv")), csv(rows));
        }
        files.insert(folder.join("tallies.jsonl"), tallies(outcome)?);
        for (arm, run) in &outcome.runs {
            let name = file_name(arm);
            files.insert(folder.join(format!("{name}.run")), write_run(run, &name));
        }
        if !outcome.qrels.is_empty() {
            files.insert(folder.join("qrels.txt"), write_qrels(&outcome.qrels));
        }
    }
    Ok(files)
}

/// Returns an arm's name as a file name.
pub fn file_name(arm: &str) -> String {
    let words: Vec<String> = arm
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

fn tallies(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for arm in &outcome.result.arms {
        for figure in &arm.figures {
            let of_figure = outcome.tallies.get(&arm.name).and_then(|own| own.get(&figure.name));
            for (unit, tally) in of_figure.into_iter().flatten() {
                let line = TallyLine {
                    arm: arm.name.clone(),
                    figure: figure.name.clone(),
                    formula: figure.formula,
                    unit: unit.clone(),
                    tally: tally.clone(),
                };
                text.push_str(&serde_json::to_string(&line)?);
                text.push('\n');
            }
        }
    }
    Ok(text)
}

/// Writes rows as RFC 4180 has it.
pub fn csv(items: &Items) -> String {
    let cell = |text: &String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.clone()
        }
    };
    let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
    std::iter::once(&items.header).chain(&items.rows).map(line).collect()
}

/// Reads `results.json` of a directory; the message says what is wrong.
pub fn read_results(directory: &Path) -> Result<Vec<SuiteResult>, String> {
    let text = read(&directory.join("results.json"))?;
    let results: Results = serde_json::from_str(&text).map_err(|error| format!("results.json: {error}"))?;
    if results.format != FORMAT {
        return Err(format!("results.json is of {:?}, this program reads {FORMAT:?}", results.format));
    }
    Ok(results.suites)
}

/// Reads the tallies of a suite.
pub fn read_tallies(directory: &Path, suite: &str) -> Result<Vec<TallyLine>, String> {
    let path = directory.join(suite).join("tallies.jsonl");
    let text = read(&path)?;
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|error| format!("{suite}/tallies.jsonl: line {}: {error}", at + 1))
        })
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        format!("{name}: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_separators_are_quoted() {
        let items = Items {
            header: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![vec!["x, \"y\"".to_owned(), "line\nbreak".to_owned()]],
        };
        assert_eq!(csv(&items), "a,b\n\"x, \"\"y\"\"\",\"line\nbreak\"\n");
    }

    #[test]
    fn arms_make_plain_file_names() {
        assert_eq!(file_name("hybrid and activity (default)"), "hybrid-and-activity-default");
    }
}
