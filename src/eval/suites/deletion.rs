//! Does a finding follow the text? Reports changed on purpose, by the kinds of change.
//!
//! What has to come out follows from the change. Of completeness labels only the pack is used that a report is
//! judged by; a suite without labels names the packs. Only requirements that the unchanged report is found to
//! fulfil under a heading are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::completeness::labelled;
use super::{EvalError, Workbench};
use crate::domain::requirement::RequirementSet;
use crate::eval::completeness::GoldRow;
use crate::eval::deletion::{Change, Trial, try_document};
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::suite::{self, Suite};
use crate::screen::completeness::calibration::Outcome as Label;

const PROGRAM: &str = "evidence model";

/// A report with the packs it is assessed by.
struct Report {
    path: PathBuf,
    packs: BTreeSet<String>,
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let (reports, gold) = match settings.get("packs") {
        Some(packs) => (named(suite, &base, packs)?, Vec::new()),
        None => labelled_reports(suite, &base)?,
    };
    let files: Vec<PathBuf> = reports.iter().map(|report| report.path.clone()).chain(gold).collect();
    let screener = bench.screener(None)?;
    let set = |pack: &String| {
        let wrong = || EvalError::Setting(format!("suite {}: there is no pack {pack}", suite.file.name));
        screener.rulebook.set(pack).ok_or_else(wrong)
    };
    let all: BTreeSet<&String> = reports.iter().flat_map(|report| &report.packs).collect();
    let used = all.into_iter().map(|pack| Ok(set(pack)?.clone())).collect::<Result<Vec<_>, EvalError>>()?;
    let mut rules = screener.rulebook.identities(&used);
    rules.push(screener.completeness.identity());
    rules.push(screener.completeness.classifier().clone());
    rules.sort();
    let provenance = bench.provenance(suite, &base, &files, false, rules)?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    let loaded = started.elapsed().as_secs_f64();
    let mut trials = Vec::new();
    for report in &reports {
        let name = report.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let document = bench.read_document(&report.path)?;
        let sets: Vec<&RequirementSet> = report.packs.iter().map(set).collect::<Result<_, _>>()?;
        let own = try_document(&name, &document, &sets, &screener.completeness)
            .map_err(|source| EvalError::Ingest { document: name.clone(), source })?;
        if own.is_empty() {
            let note = format!("{name} fulfils no requirement under a heading: nothing was changed");
            outcome.result.notes.push(note);
        }
        trials.extend(own);
    }
    if trials.is_empty() {
        let what = "no document fulfils a requirement under a heading".to_owned();
        return Err(EvalError::Data { path: base, what });
    }
    add_figures(&mut outcome, &trials);
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

/// The documents of every pattern, separated by commas, all by the same packs.
fn named(suite: &Suite, base: &Path, packs: &str) -> Result<Vec<Report>, EvalError> {
    let packs: BTreeSet<String> = packs.split(',').map(|pack| pack.trim().to_owned()).collect();
    let mut reports = Vec::new();
    for pattern in suite.file.documents.split(',') {
        let paths = suite::files(base, pattern.trim())?;
        reports.extend(paths.into_iter().map(|path| Report { path, packs: packs.clone() }));
    }
    Ok(reports)
}

/// The documents that completeness labels name, by the packs of these, and the files with the labels.
fn labelled_reports(suite: &Suite, base: &Path) -> Result<(Vec<Report>, Vec<PathBuf>), EvalError> {
    let (folders, golds): (Vec<&str>, Vec<&str>) =
        (suite.file.documents.split(',').collect(), suite.file.gold.split(',').collect());
    if folders.len() != golds.len() {
        let what = format!("{} folders of documents and {} gold files", folders.len(), golds.len());
        return Err(EvalError::Setting(format!("suite {}: {what}", suite.file.name)));
    }
    let (mut reports, mut files) = (Vec::new(), Vec::new());
    for (folder, gold) in folders.into_iter().zip(golds) {
        let mut part = suite.clone();
        part.file.documents = folder.trim().to_owned();
        part.file.gold = gold.trim().to_owned();
        files.push(part.gold(base));
        for document in labelled(&part, base)? {
            let packs = document.rows.iter().map(GoldRow::pack).collect();
            reports.push(Report { path: document.path, packs });
        }
    }
    Ok((reports, files))
}

fn add_figures(outcome: &mut Outcome, trials: &[Trial]) {
    outcome.items.header = ["document", "requirement", "change", "found", "held"].map(str::to_owned).to_vec();
    for trial in trials {
        let found = match trial.found {
            None => "abstained",
            Some(Label::Missing) => "missing",
            Some(Label::Weak) => "weak",
            Some(Label::Present) => "present",
        };
        outcome.items.rows.push(vec![
            trial.document.clone(),
            trial.requirement.clone(),
            trial.change.name().to_owned(),
            found.to_owned(),
            trial.holds().to_string(),
        ]);
    }
    for change in Change::ALL {
        let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
        for trial in trials.iter().filter(|trial| trial.change == change) {
            let [held, tried] = counts.entry(trial.document.clone()).or_default();
            *held += f64::from(u8::from(trial.holds()));
            *tried += 1.0;
        }
        let tallies: Tallies = counts.into_iter().map(|(name, both)| (name, both.to_vec())).collect();
        outcome.figure(PROGRAM, change.expectation(), Formula::Ratio, tallies);
    }
}
