//! Are the flags that a reviewer sees first worth seeing? Verdicts of a reader on the highest flags of reports.
//!
//! A flag is a risk finding of medium or high severity, in the order of the report. A verdict holds for a category, a
//! polarity and every sentence that contains its quote (names of people are left out of quotes), whatever the rank; of
//! several verdicts on one flag the last one in the file counts. A flag that nobody has read is listed, and counts as
//! wrong in one figure and not at all in the other: the truth lies between them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Deserialize;

use super::{EvalError, Workbench};
use crate::domain::document::Document;
use crate::domain::risk::{Polarity, RiskFinding, Severity};
use crate::eval::beir;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::suite::{self, Suite};
use crate::screen::risk::{RiskScanner, ScanOptions};

const PROGRAM: &str = "scanner";

/// Flags of a report that are looked at.
const HIGHEST: usize = 10;

/// One line of the gold file; what else it holds is for people.
#[derive(Debug, Clone, Deserialize)]
struct Read {
    /// File name of the report without its ending.
    doc_id: String,
    category: String,
    polarity: Polarity,
    quote: String,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Right,
    Wrong,
}

impl Read {
    fn is_about(&self, flag: &RiskFinding, sentence: &str) -> bool {
        self.category == flag.category.0
            && self.polarity == flag.polarity
            && sentence.contains(&folded(&self.quote))
    }
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let gold = suite.gold(&base);
    let mut verdicts: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for read in beir::json_lines::<Read>(&gold)? {
        if folded(&read.quote).is_empty() {
            let what = format!("a verdict on {} has no quote", read.doc_id);
            return Err(EvalError::Data { path: gold, what });
        }
        verdicts.entry(read.doc_id.clone()).or_default().push(read);
    }
    let reports = reports(suite, &base)?;
    let unknown = verdicts.keys().find(|id| !reports.contains_key(*id));
    if let Some(id) = unknown {
        let what = format!("{id} has verdicts, but is not among the documents");
        return Err(EvalError::Data { path: gold, what });
    }
    let screener = bench.screener(None)?;
    let files: Vec<PathBuf> = reports.values().cloned().chain([gold]).collect();
    let provenance = bench.provenance(suite, &base, &files, false, screener.risk.identities())?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.items.header =
        ["document", "rank", "category", "polarity", "severity", "term", "verdict", "sentence"]
            .map(str::to_owned)
            .to_vec();
    outcome.seconds.insert("load".to_owned(), started.elapsed().as_secs_f64());
    let (mut read, mut all) = (Tallies::new(), Tallies::new());
    for (id, path) in &reports {
        let flags = highest(&screener.risk, &bench.read_document(path)?);
        let known = verdicts.get(id).map_or(&[][..], Vec::as_slice);
        let found: Vec<Option<Verdict>> = flags.iter().map(|flag| verdict_on(flag, known)).collect();
        for (rank, (flag, verdict)) in flags.iter().zip(&found).enumerate() {
            outcome.items.rows.push(item(id, rank + 1, flag, *verdict));
        }
        let right = found.iter().filter(|verdict| **verdict == Some(Verdict::Right)).count() as f64;
        let judged = found.iter().flatten().count();
        // Reports without a flag count for nothing.
        if judged > 0 {
            read.insert(id.clone(), vec![right, judged as f64]);
        }
        if !found.is_empty() {
            all.insert(id.clone(), vec![right, found.len() as f64]);
        }
    }
    if read.is_empty() {
        let what = "no flag of these reports has a verdict".to_owned();
        return Err(EvalError::Data { path: base, what });
    }
    let unread = outcome.items.rows.iter().filter(|row| row[6].is_empty()).count();
    let note =
        format!("{} flags of {} reports, {unread} of them unread", outcome.items.rows.len(), all.len());
    outcome.result.notes.push(note);
    outcome.figure(PROGRAM, "precision of flags that were read", Formula::Ratio, read);
    outcome.figure(PROGRAM, "precision, unread flags as wrong", Formula::Ratio, all);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - outcome.seconds["load"]);
    Ok(outcome)
}

/// The reports by file name without its ending.
fn reports(suite: &Suite, base: &Path) -> Result<BTreeMap<String, PathBuf>, EvalError> {
    let mut reports = BTreeMap::new();
    for pattern in suite.file.documents.split(',') {
        for path in suite::files(base, pattern.trim())? {
            let id = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            if let Some(other) = reports.insert(id, path.clone()) {
                let what = format!("verdicts cannot tell it from {}", other.display());
                return Err(EvalError::Data { path, what });
            }
        }
    }
    Ok(reports)
}

fn highest(scanner: &RiskScanner, document: &Document) -> Vec<RiskFinding> {
    let found = scanner.scan_document(document, &ScanOptions::default());
    found.into_iter().filter(|flag| flag.severity >= Severity::Medium).take(HIGHEST).collect()
}

fn verdict_on(flag: &RiskFinding, known: &[Read]) -> Option<Verdict> {
    let sentence = folded(&flag.evidence.quote);
    known.iter().rev().find(|read| read.is_about(flag, &sentence)).map(|read| read.verdict)
}

/// Letters and digits in lower case: what is left when a file is read into lines in another way.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn item(id: &str, rank: usize, flag: &RiskFinding, verdict: Option<Verdict>) -> Vec<String> {
    let polarity = serde_json::to_value(flag.polarity).ok();
    let polarity = polarity.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let verdict = match verdict {
        Some(Verdict::Right) => "right",
        Some(Verdict::Wrong) => "wrong",
        None => "",
    };
    vec![
        id.to_owned(),
        rank.to_string(),
        flag.category.0.clone(),
        polarity.to_owned(),
        flag.severity.letter().to_owned(),
        flag.term.clone(),
        verdict.to_owned(),
        flag.evidence.quote.clone(),
    ]
}
