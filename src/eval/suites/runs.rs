//! How good are rankings that somebody else made? Run files against judgements, both in TREC's formats.
//!
//! Nothing is searched: every run is an arm, scored by the measures that the suites which search are scored by. Scores
//! count as the files state them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::retrieval::{MEASURES, add_figures};
use super::workbench::measures;
use super::{EvalError, Workbench};
use crate::eval::report::store::file_name;
use crate::eval::result::Outcome;
use crate::eval::suite::{self, Suite};
use crate::eval::trec::{MalformedLine, Qrels, Run, judgements_in, parse_qrels, parse_run};

/// A run file as it was read.
struct RunFile {
    name: String,
    sha256: String,
    run: Run,
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let wanted = measures(&settings, MEASURES)?;
    let judged = judgements(suite, &base, settings.get("qrels"))?;
    let qrels: Qrels = parsed(&judged, &read(&judged)?, parse_qrels)?;
    if qrels.is_empty() {
        return Err(EvalError::Data { path: judged, what: "no judgement".to_owned() });
    }
    let mut runs = Vec::new();
    for path in suite::files(&base, &suite.file.documents)? {
        runs.push(run_file(&path, &qrels)?);
    }
    check_names(&base, &runs)?;
    let provenance = bench.provenance(suite, &base, &[judged], false, Vec::new())?;
    let mut outcome = Outcome::new(suite, "query", provenance);
    for RunFile { name, sha256, run } in &runs {
        let ranked = qrels.keys().filter(|query| run.contains_key(*query)).count();
        let all = qrels.len();
        let note = format!("{name}: {ranked} of {all} judged queries ranked, SHA-256 {sha256}");
        outcome.result.notes.push(note);
    }
    let arms: Vec<(String, Run)> = runs.into_iter().map(|file| (file.name, file.run)).collect();
    add_figures(&mut outcome, &arms, &qrels, &wanted);
    outcome.qrels = qrels;
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64());
    Ok(outcome)
}

/// Returns the file with the judgements: the one that is chosen, the suite's, or the only one that is there.
fn judgements(suite: &Suite, base: &Path, chosen: Option<&String>) -> Result<PathBuf, EvalError> {
    if let Some(name) = chosen {
        return Ok(base.join(name));
    }
    if !suite.file.gold.is_empty() {
        return Ok(suite.gold(base));
    }
    let mut there = judgements_in(base);
    match (there.pop(), there.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => {
            let what = "neither qrels.txt nor *.qrels is there".to_owned();
            Err(EvalError::Data { path: base.to_owned(), what })
        }
        (Some(last), _) => {
            there.push(last);
            let names: Vec<String> = there.iter().map(|path| name_of(path)).collect();
            let message = format!(
                "{} has several files of judgements ({}); choose one with --set qrels=FILE",
                base.display(),
                names.join(", ")
            );
            Err(EvalError::Setting(message))
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, EvalError> {
    std::fs::read(path).map_err(|error| EvalError::Data { path: path.to_owned(), what: error.to_string() })
}

fn parsed<T>(path: &Path, bytes: &[u8], parse: fn(&str) -> Result<T, MalformedLine>) -> Result<T, EvalError> {
    let wrong = |what: String| EvalError::Data { path: path.to_owned(), what };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text".to_owned()))?;
    parse(text).map_err(|error| wrong(error.to_string()))
}

fn run_file(path: &Path, qrels: &Qrels) -> Result<RunFile, EvalError> {
    let bytes = read(path)?;
    let run: Run = parsed(path, &bytes, parse_run)?;
    // A run of other queries is a wrong file, not a bad ranking.
    if !qrels.keys().any(|query| run.contains_key(query)) {
        let what = "none of the judged queries is ranked".to_owned();
        return Err(EvalError::Data { path: path.to_owned(), what });
    }
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(RunFile { name, sha256, run })
}

/// Names that would be written to one file, or to none, are refused.
fn check_names(base: &Path, runs: &[RunFile]) -> Result<(), EvalError> {
    let wrong = |what: String| Err(EvalError::Data { path: base.to_owned(), what });
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for RunFile { name, .. } in runs {
        let file = file_name(name);
        if file.is_empty() {
            return wrong(format!("the run {name} has no Latin letter or digit in its name"));
        }
        if let Some(other) = known.insert(file, name) {
            return wrong(format!("the names of the runs {other} and {name} differ too little"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::suites;
    use crate::settings::Settings;

    const QRELS: &str = include_str!("../../../tests/fixtures/eval/qrels.txt");
    const RUN: &str = include_str!("../../../tests/fixtures/eval/run.txt");
    const EXPECTED: &str = include_str!("../../../tests/fixtures/eval/expected.json");

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn outcome(folder: &Path, settings: &[(&str, &str)]) -> Result<Outcome, EvalError> {
        let overrides =
            settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let bench = Workbench::new(Settings::default(), overrides, |_| Err("there is none".to_owned()));
        suites::runs::run(&Suite::open(folder).unwrap(), &bench)
    }

    #[test]
    fn runs_of_others_are_scored_as_the_reference_scores_them() {
        let worst = "q01 Q0 nowhere 1 1.0 x\n";
        let folder = folder(&[("qrels.txt", QRELS), ("fixture.run", RUN), ("worst.run", worst)]);
        let names = "nDCG@5,nDCG@10,nDCG-exp@10,MAP,MRR,Recall@5,Recall@100,P@5,P@20,Judged@10";
        let outcome = outcome(folder.path(), &[("measures", names)]).unwrap();
        let [fixture, worst] = outcome.result.arms.as_slice() else { panic!("{:?}", outcome.result.arms) };
        assert_eq!((fixture.name.as_str(), worst.name.as_str()), ("fixture", "worst"));
        let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
        assert_eq!(fixture.figures.len(), 10);
        for figure in &fixture.figures {
            let wanted = expected["means"][&figure.name].as_f64().unwrap();
            let found = figure.value.unwrap();
            assert!((found - wanted).abs() < 1e-6, "{}: {found} instead of {wanted}", figure.name);
        }
        assert!(worst.figures.iter().all(|figure| figure.value == Some(0.0)), "{worst:?}");
        assert!(outcome.result.notes[1].starts_with("worst: 1 of 12 judged queries ranked"));
    }

    #[test]
    fn what_runs_leave_behind_is_a_suite_with_the_same_figures() {
        // Scores that six decimals would make equal.
        let close = "q1 Q0 a 1 2e-9 x\nq1 Q0 b 2 3e-9 x\n";
        let first = folder(&[("one.qrels", "q1 0 b 1\n"), ("close.run", close)]);
        let before = outcome(first.path(), &[]).unwrap();
        let again = tempfile::tempdir().unwrap();
        for (name, text) in crate::eval::report::store::files(std::slice::from_ref(&before)).unwrap() {
            if let Ok(name) = name.strip_prefix(&before.result.suite) {
                std::fs::write(again.path().join(name), text).unwrap();
            }
        }
        let after = outcome(again.path(), &[]).unwrap();
        assert_eq!(before.result.arms, after.result.arms);
        assert_eq!(before.result.arms[0].figures[0].value, Some(1.0), "{:?}", before.result.arms);
    }

    #[test]
    fn what_cannot_be_scored_is_refused_with_its_name() {
        let good = "q1 Q0 a 1 2.0 x\n";
        let refused = |files: &[(&str, &str)], settings: &[(&str, &str)]| {
            outcome(folder(files).path(), settings).unwrap_err().to_string()
        };
        let qrels = "q1 0 a 1\n";
        let error = refused(&[("qrels.txt", qrels), ("b.run", "q1 a\n")], &[]);
        assert!(error.contains("b.run: line 1: 2 columns"), "{error}");
        let error = refused(&[("qrels.txt", qrels), ("b.run", "q2 Q0 a 1 2.0 x\n")], &[]);
        assert!(error.contains("b.run: none of the judged queries is ranked"), "{error}");
        let error = refused(&[("qrels.txt", qrels), ("a b.run", good), ("a-b.run", good)], &[]);
        assert!(error.contains("a b and a-b differ too little"), "{error}");
        let several = [("dev.qrels", "q1 0 c 1\n"), ("test.qrels", qrels), ("b.run", good)];
        let error = refused(&several, &[]);
        assert!(error.contains("(dev.qrels, test.qrels); choose one with --set qrels=FILE"), "{error}");
        let chosen = outcome(folder(&several).path(), &[("qrels", "test.qrels")]).unwrap();
        assert_eq!(chosen.result.arms[0].figures[0].value, Some(1.0));
    }
}
