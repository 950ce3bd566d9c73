//! Are risk terms found and read rightly? Labelled sentences, or traps that all have to be read rightly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;

use super::{EvalError, Workbench};
use crate::domain::language::Language;
use crate::eval::beir;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Plot, Tallies, rounded};
use crate::eval::risk::{Label, LabelledSentence, RiskScore, Trap, baseline, run as scan, score};
use crate::eval::suite::{self, Suite};
use crate::screen::risk::RiskScanner;

const KEYWORDS: &str = "keywords";
const PROGRAM: &str = "scanner";

/// A row of either kind: sentences have `labels`, traps `expect`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Sentence(LabelledSentence),
    Trap(Trap),
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let files = suite::files(&base, &suite.file.documents)?;
    let (sentences, traps) = read(&files)?;
    let scanner = bench.sentence_scanner()?;
    let rules = scanner.identities();
    let provenance = bench.provenance(suite, &base, &files, false, rules)?;
    let mut outcome = Outcome::new(suite, "sentence", provenance);
    outcome.note_fit("the classifier of risk sentences", &bench.risk_fit()?);
    let loaded = started.elapsed().as_secs_f64();
    outcome.items.header =
        ["id", "language", "gold", "found", "right", "sentence"].map(str::to_owned).to_vec();
    if !sentences.is_empty() {
        add_sentences(&mut outcome, &scanner, &sentences);
    }
    if !traps.is_empty() {
        add_traps(&mut outcome, &scanner, &traps);
    }
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

/// Reads every file; an id may occur once in all of them.
fn read(files: &[PathBuf]) -> Result<(Vec<LabelledSentence>, Vec<Trap>), EvalError> {
    let (mut sentences, mut traps) = (Vec::new(), Vec::new());
    let mut known: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for path in files {
        for row in beir::json_lines::<Row>(path)? {
            let id = match &row {
                Row::Sentence(sentence) => sentence.id.clone(),
                Row::Trap(trap) => trap.id.clone(),
            };
            if let Some(first) = known.get(&id) {
                let what = format!("the id {id} stands in {} already", first.display());
                return Err(EvalError::Data { path: path.clone(), what });
            }
            known.insert(id, path);
            match row {
                Row::Sentence(sentence) => sentences.push(sentence),
                Row::Trap(trap) => traps.push(trap),
            }
        }
    }
    if known.is_empty() {
        let path = files.first().cloned().unwrap_or_default();
        return Err(EvalError::Data { path, what: "no row".to_owned() });
    }
    Ok((sentences, traps))
}

fn add_sentences(outcome: &mut Outcome, scanner: &RiskScanner, sentences: &[LabelledSentence]) {
    let categories: BTreeSet<String> = (sentences.iter())
        .flat_map(|sentence| {
            let keywords = baseline(scanner, sentence);
            let found = scan(scanner, sentence);
            sentence
                .labels
                .iter()
                .chain(&keywords)
                .chain(&found)
                .map(|l| l.category.clone())
                .collect::<Vec<_>>()
        })
        .collect();
    for arm in [KEYWORDS, PROGRAM] {
        let mut scored: Vec<(&LabelledSentence, RiskScore)> = Vec::new();
        for sentence in sentences {
            let found = if arm == PROGRAM { scan(scanner, sentence) } else { baseline(scanner, sentence) };
            let own = score([(sentence.labels.as_slice(), found.clone())]);
            if arm == PROGRAM {
                outcome.items.rows.push(item(sentence, &found));
            }
            scored.push((sentence, own));
        }
        add_figures(outcome, arm, &scored, &categories);
    }
}

fn add_figures(
    outcome: &mut Outcome,
    arm: &str,
    scored: &[(&LabelledSentence, RiskScore)],
    categories: &BTreeSet<String>,
) {
    let of = |part: &dyn Fn(&RiskScore) -> Vec<f64>, language: Option<Language>| -> Tallies {
        (scored.iter())
            .filter(|(sentence, _)| language.is_none() || sentence.lang == language)
            .map(|(sentence, score)| (sentence.id.clone(), part(score)))
            .collect()
    };
    let f1 = |score: &RiskScore| {
        let total = score.total();
        let both = f64::from(2 * total.both);
        vec![both, both + f64::from(total.run_only + total.gold_only)]
    };
    let against = |part: u32, whole: u32| vec![f64::from(part), f64::from(whole)];
    let polarity = |score: &RiskScore| against(score.right_polarity, score.total().both);
    let macro_f1 = |score: &RiskScore| {
        let counts = |category: &String| {
            let own = score.categories.get(category).copied().unwrap_or_default();
            let both = f64::from(2 * own.both);
            let named = both + f64::from(own.run_only + own.gold_only);
            [both, named, named]
        };
        categories.iter().flat_map(counts).collect()
    };
    let precision = |score: &RiskScore| {
        let total = score.total();
        against(total.both, total.both + total.run_only)
    };
    let recall = |score: &RiskScore| {
        let total = score.total();
        against(total.both, total.both + total.gold_only)
    };
    let exact = |score: &RiskScore| against(score.right_severity, score.total().both);
    let near = |score: &RiskScore| against(score.near_severity, score.total().both);
    outcome.figure(arm, "category precision", Formula::Ratio, of(&precision, None));
    outcome.figure(arm, "category recall", Formula::Ratio, of(&recall, None));
    outcome.figure(arm, "category F1", Formula::Ratio, of(&f1, None));
    outcome.figure(arm, "category macro F1", Formula::MeanOfRatios, of(&macro_f1, None));
    outcome.figure(arm, "polarity accuracy", Formula::Ratio, of(&polarity, None));
    outcome.figure(arm, "severity exact", Formula::Ratio, of(&exact, None));
    outcome.figure(arm, "severity within one step", Formula::Ratio, of(&near, None));
    let languages: BTreeSet<Language> = scored.iter().filter_map(|(sentence, _)| sentence.lang).collect();
    if languages.len() > 1 {
        for language in languages {
            let name = |figure: &str| format!("{figure} ({})", language.tag());
            outcome.figure(arm, &name("category F1"), Formula::Ratio, of(&f1, Some(language)));
            outcome.figure(arm, &name("polarity accuracy"), Formula::Ratio, of(&polarity, Some(language)));
        }
    }
    if arm == PROGRAM {
        outcome.result.plots.push(heat_map(scored));
    }
}

fn heat_map(scored: &[(&LabelledSentence, RiskScore)]) -> Plot {
    let mut total: BTreeMap<&String, (u32, u32, u32)> = BTreeMap::new();
    for (category, counts) in scored.iter().flat_map(|(_, score)| &score.categories) {
        let sum = total.entry(category).or_default();
        *sum = (sum.0 + counts.both, sum.1 + counts.run_only, sum.2 + counts.gold_only);
    }
    let share = |part: u32, whole: u32| (whole > 0).then(|| rounded(f64::from(part) / f64::from(whole)));
    Plot::HeatMap {
        title: "Categories".to_owned(),
        columns: ["precision", "recall", "F1"].map(str::to_owned).to_vec(),
        rows: (total.into_iter())
            .map(|(category, (both, run, gold))| {
                let values = vec![
                    share(both, both + run),
                    share(both, both + gold),
                    share(2 * both, 2 * both + run + gold),
                ];
                (category.clone(), values)
            })
            .collect(),
    }
}

fn add_traps(outcome: &mut Outcome, scanner: &RiskScanner, traps: &[Trap]) {
    for arm in [KEYWORDS, PROGRAM] {
        let mut tallies = Tallies::new();
        for trap in traps {
            let sentence = trap.as_sentence();
            let found = if arm == PROGRAM { scan(scanner, &sentence) } else { baseline(scanner, &sentence) };
            let passed = trap.is_passed_by(&found);
            tallies.insert(trap.id.clone(), vec![f64::from(u8::from(passed)), 1.0]);
            if arm == PROGRAM {
                let mut row = item(&sentence, &found);
                row[2] = trap.expectation();
                row[4] = passed.to_string();
                outcome.items.rows.push(row);
                if !passed {
                    outcome.result.notes.push(format!("trap {} is not passed", trap.id));
                }
            }
        }
        outcome.figure(arm, "traps passed", Formula::Ratio, tallies);
    }
}

fn item(sentence: &LabelledSentence, found: &[Label]) -> Vec<String> {
    let list = |labels: &[Label]| {
        let mut shown: Vec<String> = labels.iter().map(ToString::to_string).collect();
        shown.sort();
        shown.join("; ")
    };
    let (gold, found) = (list(&sentence.labels), list(found));
    let right = (gold == found).to_string();
    let language = sentence.lang.map_or_else(String::new, |language| language.tag().to_owned());
    vec![sentence.id.clone(), language, gold, found, right, sentence.sentence.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_suite_that_the_classifier_was_fitted_on_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("a.jsonl", "{\"id\":\"1\",\"sentence\":\"Dust settles.\",\"lang\":\"en\",\"labels\":[]}\n");
        let bench = Workbench::new(Settings::default(), BTreeMap::new(), |_| Err("there is none".to_owned()));
        for (name, is_fitted) in [("risk-sentences-f", true), ("risk-sentences-test", false)] {
            let rest = "kind = \"risk\"\ntitle = \"T\"\ndocuments = \"*.jsonl\"\nlicence = \"L\"\n";
            put("suite.toml", &format!("name = \"{name}\"\n{rest}"));
            let notes = run(&Suite::open(folder.path()).unwrap(), &bench).unwrap().result.notes;
            assert_eq!(notes.iter().any(|note| note.starts_with("figures of fit")), is_fitted, "{notes:?}");
        }
    }

    #[test]
    fn an_id_that_occurs_again_is_named_with_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, ids: &[&str]| {
            let row = |id: &&str| format!("{{\"id\":\"{id}\",\"sentence\":\"S\",\"labels\":[]}}\n");
            let path = folder.path().join(name);
            std::fs::write(&path, ids.iter().map(row).collect::<String>()).unwrap();
            path
        };
        let files = [put("a.jsonl", &["1"]), put("b.jsonl", &["2"]), put("c.jsonl", &["3", "2"])];
        let error = read(&files).unwrap_err().to_string();
        let expected = format!("{}: the id 2 stands in {} already", files[2].display(), files[1].display());
        assert_eq!(error, expected);
        assert_eq!(read(&files[..2]).unwrap().0.len(), 2);
        let empty = put("d.jsonl", &[]);
        assert!(read(&[empty]).unwrap_err().to_string().contains("d.jsonl: no row"));
    }
}
