//! Fits the classifier of risk sentences on labelled ones: `eval fit-risk`.
//!
//! The pieces of every sentence and what the rules say about it make the examples. Of sentences that the rules were
//! corrected on only the wording counts: there the rules say what they were taught, and a classifier that saw it would
//! trust them too much. Judged by cross-validation over sentences, the rules alone beside.

use std::collections::BTreeMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Counts, Lexis, Rows, reader};
use crate::assembly;
use crate::domain::language::Language;
use crate::eval::beir;
use crate::eval::linear;
use crate::eval::risk::{Label, LabelledSentence, RiskScore, run, score};
use crate::eval::suite::{self, Kind, Suite};
use crate::eval::suites::{EvalError, Workbench};
use crate::screen::classifier::wording::WordingReader;
use crate::screen::classifier::{Classifier, ClassifierOrigin};
use crate::screen::risk::learned::{
    Examples, POLARITY, SEVERITY, labels, marks_of_reading, marks_of_sentence, name_of,
};
use crate::screen::risk::{LexiconFindings, RiskScanner};
use crate::text::ngrams::Key;

/// Strength of the pull of every weight towards zero.
const PULL: f64 = 0.02;

/// Weights below this are left out: they are many and say next to nothing.
const LEAST_WEIGHT: f32 = 0.03;

/// Sentences in which a piece has to occur.
const LEAST_TEXTS: usize = 2;

/// Parts of the cross-validation.
const FOLDS: u64 = 5;

/// Number of categories, which come first among the labels.
const CATEGORIES: usize = 20;

/// A classifier with what it was judged by.
#[derive(Debug)]
pub struct Learned {
    /// The file `models/sentences/risk.bin`.
    pub bytes: Vec<u8>,
    /// Cross-validated scores: of the rules alone, of rules and classifier.
    pub scores: [(&'static str, RiskScore); 2],
    /// Examples used.
    pub examples: usize,
    /// Pieces and marks with a weight.
    pub features: usize,
}

/// A sentence as an example.
struct Example {
    sentence: LabelledSentence,
    language: Language,
    counts: Counts,
    marks: Vec<Key>,
    /// One per label of the sentence.
    readings: Vec<Vec<Key>>,
    /// True if the rules were corrected on it.
    is_tuned: bool,
}

/// Fits the classifier on suites of the kind risk; the rules were corrected on those of `tuned`.
pub fn fit_risk(
    suites: &[Suite],
    tuned: &[Suite],
    bench: &Workbench,
    date: &str,
) -> Result<Learned, EvalError> {
    let scanner = assembly::risk_scanner(&bench.settings)?;
    let reader = reader()?;
    let mut digest = Sha256::new();
    let mut sentences: Vec<(LabelledSentence, bool)> = Vec::new();
    for (suite, is_tuned) in suites.iter().map(|one| (one, false)).chain(tuned.iter().map(|one| (one, true)))
    {
        if suite.file.kind != Kind::Risk {
            let message = format!("suite {} is of kind {}, not risk", suite.file.name, suite.file.kind);
            return Err(EvalError::Setting(message));
        }
        let base = suite.base(&bench.settings_of(suite)?)?;
        for path in suite::files(&base, &suite.file.documents)? {
            let rows = beir::json_lines::<LabelledSentence>(&path)?;
            sentences.extend(rows.into_iter().map(|row| (row, is_tuned)));
        }
    }
    for (sentence, is_tuned) in &sentences {
        digest.update(format!("{} {is_tuned} {} {:?}\n", sentence.id, sentence.sentence, sentence.labels));
    }
    let examples: Vec<Example> = sentences
        .into_par_iter()
        .map(|(sentence, is_tuned)| example(&scanner, &reader, sentence, is_tuned))
        .collect();
    let folds: Vec<Vec<(usize, Vec<Label>)>> = (0..FOLDS)
        .map(|fold| {
            let is_held = |one: &Example| !one.is_tuned && fold_of(&one.sentence.id) == fold;
            let others: Vec<&Example> = examples.iter().filter(|one| !is_held(one)).collect();
            let fitted = classifier(&others, ClassifierOrigin::default());
            let learned = Examples::new(fitted).expect("it has the labels it was given");
            let judge = |one: &Example| judged(&scanner, &learned, one);
            (examples.iter().enumerate())
                .filter(|(_, one)| is_held(one))
                .map(|(at, one)| (at, judge(one)))
                .collect()
        })
        .collect();
    let held: Vec<(usize, Vec<Label>)> = folds.into_iter().flatten().collect();
    let gold = |at: usize| examples[at].sentence.labels.as_slice();
    let alone = score(held.iter().map(|(at, _)| (gold(*at), run(&scanner, &examples[*at].sentence))));
    let together = score(held.iter().map(|(at, found)| (gold(*at), found.clone())));
    let named = |name: &str, value: f64| (name.to_owned(), (value * 1000.0).round() / 1000.0);
    let origin = ClassifierOrigin {
        name: "risk-sentences".to_owned(),
        date: date.to_owned(),
        data: suites.iter().chain(tuned).map(|suite| suite.file.name.clone()).collect(),
        data_sha256: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        examples: examples.len(),
        figures: BTreeMap::from([
            named("category_f1", together.micro_f1()),
            named("category_f1_of_rules_alone", alone.micro_f1()),
            named("polarity_accuracy", together.polarity_accuracy()),
            named("severity_within_one_step", together.severity_within_one()),
        ]),
    };
    let all: Vec<&Example> = examples.iter().collect();
    let fitted = classifier(&all, origin);
    Ok(Learned {
        bytes: fitted.to_bytes(),
        scores: [("rules alone", alone), ("rules and examples", together)],
        examples: examples.len(),
        features: fitted.features(),
    })
}

fn example(
    scanner: &RiskScanner,
    reader: &WordingReader,
    sentence: LabelledSentence,
    is_tuned: bool,
) -> Example {
    let found = scanner.find(&sentence.sentence, sentence.lang);
    let rules = if is_tuned { LexiconFindings::NOTHING } else { found.rules() };
    let counts = Counts::of(&reader.read(&sentence.sentence, found.language));
    let readings = sentence.labels.iter().map(|label| marks_of_reading(&label.category, rules)).collect();
    Example {
        language: found.language,
        counts,
        marks: if is_tuned { Vec::new() } else { marks_of_sentence(rules) },
        readings,
        is_tuned,
        sentence,
    }
}

/// The part of the cross-validation a sentence belongs to.
fn fold_of(id: &str) -> u64 {
    u64::from(Sha256::digest(id.as_bytes())[0]) % FOLDS
}

fn judged(scanner: &RiskScanner, learned: &Examples, one: &Example) -> Vec<Label> {
    let found = scanner.find(&one.sentence.sentence, Some(one.language));
    (learned.judge(&one.sentence.sentence, found.language, found.rules()).into_iter())
        .map(|risk| Label { category: risk.category.0, polarity: risk.polarity, severity: risk.severity })
        .collect()
}

/// Fits all labels on the examples.
fn classifier(examples: &[&Example], origin: ClassifierOrigin) -> Classifier {
    let marks =
        examples.iter().flat_map(|one| one.marks.iter().chain(one.readings.iter().flatten())).copied();
    let lexis = Lexis::of(examples.iter().map(|one| &one.counts), marks, LEAST_TEXTS);
    let names = labels();
    let mut sentences = Rows::new(lexis.size(), CATEGORIES);
    let mut readings = Rows::new(lexis.size(), names.len() - CATEGORIES);
    for one in examples {
        let values = lexis.values(&one.counts);
        let has = |name: &String| one.sentence.labels.iter().any(|label| label.category == *name);
        let truth = names[..CATEGORIES].iter().map(|name| (has(name), 1.0));
        sentences.push(&values, &lexis.marks(&one.marks), truth);
        for (label, marks) in one.sentence.labels.iter().zip(&one.readings) {
            let own = [name_of(POLARITY, label.polarity), format!("{SEVERITY}{}", label.severity.letter())];
            let truth = names[CATEGORIES..].iter().map(|name| (own.contains(name), 1.0));
            readings.push(&values, &lexis.marks(marks), truth);
        }
    }
    let (mut bias, mut weights) = linear::fit(&sentences.examples, &sentences.truths, PULL);
    let (rest, of_readings) = linear::fit(&readings.examples, &readings.truths, PULL);
    bias.extend(rest);
    weights.iter_mut().zip(of_readings).for_each(|(all, rest)| all.extend(rest));
    lexis.classifier(origin, names, &bias, weights, LEAST_WEIGHT)
}
