//! Are figures and places read rightly? Labelled sentences through the production reader, number and unit
//! alone beside it.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{EvalError, Workbench};
use crate::assembly;
use crate::eval::beir;
use crate::eval::facts::{Baseline, FactCounts, LabelledSentence, compare};
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::suite::{self, Suite};

const NUMBERS: &str = "number and unit";
const PROGRAM: &str = "reader";

/// A sentence with the set it belongs to and what each arm made of it.
struct Scored {
    set: String,
    sentence: LabelledSentence,
    counts: [FactCounts; 2],
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let files = suite::files(&base, &suite.file.documents)?;
    let split = settings.get("split").map_or("", String::as_str);
    let reader = assembly::fact_reader(&bench.settings)?;
    let baseline = Baseline::new();
    let mut scored = Vec::new();
    let mut ids = BTreeSet::new();
    for path in &files {
        let set = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        for sentence in beir::json_lines::<LabelledSentence>(path)? {
            if !ids.insert(sentence.id.clone()) {
                let what = format!("the id {} occurs twice in the suite", sentence.id);
                return Err(EvalError::Data { path: path.clone(), what });
            }
            if split.is_empty() || sentence.split == split {
                let found = reader.read_sentence(&sentence.sentence, sentence.lang);
                let counts = [baseline.compare(&sentence), compare(&sentence.facts, &found)];
                scored.push(Scored { set: set.clone(), sentence, counts });
            }
        }
    }
    if scored.is_empty() {
        let what = if split.is_empty() {
            "no row".to_owned()
        } else {
            format!("no sentence belongs to the split {split}")
        };
        return Err(EvalError::Data { path: base.clone(), what });
    }
    let rules = vec![reader.identity().clone()];
    let provenance = bench.provenance(suite, &base, &files, false, rules)?;
    let mut outcome = Outcome::new(suite, "sentence", provenance);
    outcome.items.header = ["id", "set", "language", "facts", "right", "wrong", "missed", "sentence"]
        .map(str::to_owned)
        .to_vec();
    outcome.items.rows = scored.iter().map(item).collect();
    for (arm, name) in [NUMBERS, PROGRAM].into_iter().enumerate() {
        add_figures(&mut outcome, name, arm, &scored);
    }
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64());
    Ok(outcome)
}

fn item(scored: &Scored) -> Vec<String> {
    let (sentence, counts) = (&scored.sentence, scored.counts[1]);
    let language = sentence.lang.map_or_else(String::new, |language| language.tag().to_owned());
    let numbers = [counts.both + counts.gold_only, counts.both, counts.run_only, counts.gold_only];
    [sentence.id.clone(), scored.set.clone(), language]
        .into_iter()
        .chain(numbers.map(|number| number.to_string()))
        .chain([sentence.sentence.clone()])
        .collect()
}

fn add_figures(outcome: &mut Outcome, name: &str, arm: usize, scored: &[Scored]) {
    let mut add = |figure: &str, set: Option<&str>, part: fn(FactCounts) -> [u32; 2]| {
        let tallies: Tallies = scored
            .iter()
            .filter(|one| set.is_none_or(|set| one.set == set))
            .map(|one| (one.sentence.id.clone(), part(one.counts[arm]).map(f64::from).to_vec()))
            .collect();
        let figure = set.map_or_else(|| figure.to_owned(), |set| format!("{figure} ({set})"));
        outcome.figure(name, &figure, Formula::Ratio, tallies);
    };
    let precision = |counts: FactCounts| [counts.both, counts.both + counts.run_only];
    let recall = |counts: FactCounts| [counts.both, counts.both + counts.gold_only];
    let f1 = |counts: FactCounts| [2 * counts.both, 2 * counts.both + counts.run_only + counts.gold_only];
    add("precision", None, precision);
    add("recall", None, recall);
    add("F1", None, f1);
    if name == PROGRAM {
        add("what it is about", None, |counts| [counts.right_about, counts.about]);
        add("how it is held", None, |counts| [counts.right_standing, counts.both]);
    }
    let sets: BTreeSet<&str> = scored.iter().map(|one| one.set.as_str()).collect();
    for set in sets.into_iter().filter(|_| name == PROGRAM) {
        add("F1", Some(set), f1);
    }
}
