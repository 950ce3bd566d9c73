//! How well does the risk screening read labelled sentences?
//!
//! Runs the production scanner over sentences with gold labels and counts: categories found (micro and macro F1),
//! polarity on categories that both sides name, severity exactly and within one step. Beside it always stands a
//! keyword-only baseline: every occurrence of a term is an assertion of medium severity.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};
use crate::screen::risk::RiskScanner;

/// A labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LabelledSentence {
    /// Unique in its set.
    pub id: String,
    /// The sentence.
    pub sentence: String,
    /// Language, if the set gives it.
    #[serde(default)]
    pub lang: Option<Language>,
    /// What a reader flagged; empty = nothing.
    pub labels: Vec<Label>,
}

/// One category in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// `R01` to `R20`.
    pub category: String,
    /// What the sentence says about it.
    pub polarity: Polarity,
    /// `H`, `M`, `L` or `none`.
    #[serde(with = "letters")]
    pub severity: Severity,
}

impl std::fmt::Display for Label {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let polarity = serde_json::to_value(self.polarity).ok();
        let polarity = polarity.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        write!(out, "{} {polarity} {}", self.category, self.severity.letter())
    }
}

/// A sentence in which a bare keyword search goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trap {
    /// Unique in its set.
    pub id: String,
    /// The sentence.
    pub sentence: String,
    /// Language, if the set gives it.
    #[serde(default)]
    pub lang: Option<Language>,
    /// What must be found, all of it; empty = nothing may be found.
    pub expect: Vec<Expectation>,
}

/// One thing that must be found: any of the categories with any of the polarities and severities.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Expectation {
    /// Categories that are right.
    pub category: Vec<String>,
    /// Polarities that are right.
    pub polarity: Vec<Polarity>,
    /// Severities that are right: `H`, `M`, `L` or `none`.
    pub severity: Vec<String>,
}

impl Trap {
    /// True if everything expected was found, or nothing where nothing is.
    pub fn is_passed_by(&self, found: &[Label]) -> bool {
        if self.expect.is_empty() {
            return found.is_empty();
        }
        self.expect.iter().all(|wanted| {
            found.iter().any(|label| {
                wanted.category.contains(&label.category)
                    && wanted.polarity.contains(&label.polarity)
                    && wanted.severity.iter().any(|severity| severity == label.severity.letter())
            })
        })
    }

    /// Returns the sentence for scanning.
    pub fn as_sentence(&self) -> LabelledSentence {
        LabelledSentence {
            id: self.id.clone(),
            sentence: self.sentence.clone(),
            lang: self.lang,
            labels: Vec::new(),
        }
    }

    /// Returns what is expected, for people.
    pub fn expectation(&self) -> String {
        let wanted = |expectation: &Expectation| {
            format!("{} {}", expectation.category.join("|"), expectation.severity.join("|"))
        };
        self.expect.iter().map(wanted).collect::<Vec<_>>().join("; ")
    }
}

mod letters {
    use super::Severity;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(severity.letter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "none" => Ok(Severity::None),
            "L" => Ok(Severity::Low),
            "M" => Ok(Severity::Medium),
            "H" => Ok(Severity::High),
            other => Err(D::Error::custom(format!("{other} is not a severity: H, M, L or none"))),
        }
    }
}

/// Counts of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Named by gold and by the run.
    pub both: u32,
    /// Named by the run alone.
    pub run_only: u32,
    /// Named by gold alone.
    pub gold_only: u32,
}

impl Counts {
    /// Returns F1; 0 where nothing was named at all.
    pub fn f1(self) -> f64 {
        let named = 2 * self.both + self.run_only + self.gold_only;
        if named == 0 { 0.0 } else { f64::from(2 * self.both) / f64::from(named) }
    }

    /// Returns precision; 0 where the run named nothing.
    pub fn precision(self) -> f64 {
        share(self.both, self.both + self.run_only)
    }

    /// Returns recall; 0 where gold named nothing.
    pub fn recall(self) -> f64 {
        share(self.both, self.both + self.gold_only)
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// Result over a set.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RiskScore {
    /// Sentences scored.
    pub sentences: u32,
    /// Counts by category.
    pub categories: BTreeMap<String, Counts>,
    /// Matched categories with the right polarity.
    pub right_polarity: u32,
    /// Matched categories with the right severity.
    pub right_severity: u32,
    /// Matched categories at most one step of severity off.
    pub near_severity: u32,
}

impl RiskScore {
    /// Returns the counts over all categories.
    pub fn total(&self) -> Counts {
        self.categories.values().fold(Counts::default(), |sum, counts| Counts {
            both: sum.both + counts.both,
            run_only: sum.run_only + counts.run_only,
            gold_only: sum.gold_only + counts.gold_only,
        })
    }

    /// Returns F1 over all labels.
    pub fn micro_f1(&self) -> f64 {
        self.total().f1()
    }

    /// Returns the mean F1 over the categories that gold or run name.
    pub fn macro_f1(&self) -> f64 {
        let sum: f64 = self.categories.values().map(|counts| counts.f1()).sum();
        if self.categories.is_empty() { 0.0 } else { sum / self.categories.len() as f64 }
    }

    /// Returns the share of matched categories with the right polarity.
    pub fn polarity_accuracy(&self) -> f64 {
        share(self.right_polarity, self.total().both)
    }

    /// Returns the share of matched categories with the right severity.
    pub fn severity_exact(&self) -> f64 {
        share(self.right_severity, self.total().both)
    }

    /// Returns the share of matched categories at most one step of severity off.
    pub fn severity_within_one(&self) -> f64 {
        share(self.near_severity, self.total().both)
    }
}

/// Returns what the production scanner says about a sentence.
pub fn run(scanner: &RiskScanner, sentence: &LabelledSentence) -> Vec<Label> {
    (scanner.scan_sentence(&sentence.sentence, sentence.lang).into_iter())
        .map(|risk| Label { category: risk.category.0, polarity: risk.polarity, severity: risk.severity })
        .collect()
}

/// Returns what a keyword search would say: every term asserted, medium severity.
pub fn baseline(scanner: &RiskScanner, sentence: &LabelledSentence) -> Vec<Label> {
    let categories: BTreeSet<String> = scanner.keyword_categories(&sentence.sentence, sentence.lang);
    let asserted = |category| Label { category, polarity: Polarity::Asserted, severity: Severity::Medium };
    categories.into_iter().map(asserted).collect()
}

/// Scores labels against gold, sentence by sentence.
pub fn score<'a>(pairs: impl IntoIterator<Item = (&'a [Label], Vec<Label>)>) -> RiskScore {
    let mut score = RiskScore::default();
    for (gold, run) in pairs {
        score.sentences += 1;
        for wanted in gold {
            let counts = score.categories.entry(wanted.category.clone()).or_default();
            let Some(found) = run.iter().find(|label| label.category == wanted.category) else {
                counts.gold_only += 1;
                continue;
            };
            counts.both += 1;
            let steps = (wanted.severity as i32 - found.severity as i32).abs();
            score.right_polarity += u32::from(wanted.polarity == found.polarity);
            score.right_severity += u32::from(steps == 0);
            score.near_severity += u32::from(steps <= 1);
        }
        for found in run.iter().filter(|found| !gold.iter().any(|label| label.category == found.category)) {
            score.categories.entry(found.category.clone()).or_default().run_only += 1;
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(category: &str, polarity: Polarity, severity: Severity) -> Label {
        Label { category: category.to_owned(), polarity, severity }
    }

    #[test]
    fn hand_worked_score() {
        let gold = [
            vec![
                label("R01", Polarity::Asserted, Severity::High),
                label("R02", Polarity::Negated, Severity::Low),
            ],
            vec![],
        ];
        let runs = [
            vec![
                label("R01", Polarity::Asserted, Severity::Medium),
                label("R03", Polarity::Asserted, Severity::Low),
            ],
            vec![label("R01", Polarity::Asserted, Severity::Low)],
        ];
        let result = score(gold.iter().map(Vec::as_slice).zip(runs));
        assert_eq!(result.sentences, 2);
        assert_eq!(result.total(), Counts { both: 1, run_only: 2, gold_only: 1 });
        assert!((result.micro_f1() - 0.4).abs() < 1e-12);
        assert!((result.macro_f1() - (2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(result.polarity_accuracy(), 1.0);
        assert_eq!(result.severity_exact(), 0.0);
        assert_eq!(result.severity_within_one(), 1.0);
    }

    #[test]
    fn scanner_beats_the_keyword_baseline_on_the_sets_in_the_repository() {
        let scanner = RiskScanner::new(&crate::rules::lexicon::Lexicon::load_builtin().unwrap())
            .with_examples(crate::screen::risk::learned::Examples::builtin().unwrap());
        for (name, text) in [
            ("en", include_str!("../../eval/risk-sentences/en.jsonl")),
            ("ru", include_str!("../../eval/risk-sentences/ru.jsonl")),
            ("uz-latn", include_str!("../../eval/risk-sentences/uz-latn.jsonl")),
            ("uz-cyrl", include_str!("../../eval/risk-sentences/uz-cyrl.jsonl")),
            ("ko", include_str!("../../eval/risk-sentences/ko.jsonl")),
        ] {
            let rows: Vec<LabelledSentence> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let ours = score(rows.iter().map(|row| (row.labels.as_slice(), run(&scanner, row))));
            let words = score(rows.iter().map(|row| (row.labels.as_slice(), baseline(&scanner, row))));
            assert!(ours.micro_f1() > words.micro_f1(), "{name}: {} {}", ours.micro_f1(), words.micro_f1());
            assert!(ours.polarity_accuracy() >= 0.9, "{name}: polarity {}", ours.polarity_accuracy());
            assert!(ours.severity_within_one() >= 0.9, "{name}: severity {}", ours.severity_within_one());
        }
    }
}
