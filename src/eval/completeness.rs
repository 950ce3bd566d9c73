//! How well is completeness judged? Classes, gaps, agreement, calibration – and keywords beside it.
//!
//! A judgement pairs the gold label of one requirement in one document with what the service found. The
//! figures are those a centre cares about: how many gaps are found (recall of *missing*), how many claimed
//! gaps are real (precision), how well the three classes are told apart, how far a stated confidence can be
//! trusted. Intervals come from resampling whole documents, because the requirements of one document stand
//! and fall together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::document::Document;
use crate::domain::finding::{CompletenessFinding, Presence};
use crate::domain::requirement::{CanonicalElement, Requirement};
use crate::rules::Rulebook;
use crate::screen::completeness::calibration::Outcome;
use crate::text::phrases::PhraseSet;

/// One row of a gold file.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct GoldRow {
    /// Document, as in the manifest or the file name without extension.
    pub doc_id: String,
    /// Rule pack; where it is left out the beginning of the requirement's id names it.
    #[serde(default)]
    pub pack: Option<String>,
    /// Requirement.
    pub requirement_id: String,
    /// What a reader found.
    pub label: Outcome,
    /// Why.
    #[serde(default)]
    pub note: String,
}

impl GoldRow {
    /// Returns the name of the rule pack.
    pub fn pack(&self) -> String {
        self.pack
            .clone()
            .unwrap_or_else(|| self.requirement_id.split('-').next().unwrap_or_default().to_lowercase())
    }
}

/// Reads a gold file, one JSON object per line.
pub fn parse_gold(text: &str) -> Result<Vec<GoldRow>, serde_json::Error> {
    text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect()
}

/// Gold label and answer for one requirement in one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// Document.
    pub document: String,
    /// Requirement.
    pub requirement: String,
    /// What a reader found.
    pub gold: Outcome,
    /// What the service found; `None` if it abstained (not examined, not applicable).
    pub found: Option<Outcome>,
    /// Confidence the service stated.
    pub confidence: f32,
    /// How likely the requirement is missing, whatever was found.
    pub missing: f32,
}

/// Returns the outcome of a finding; `None` where it abstains.
pub fn outcome_of(finding: &CompletenessFinding) -> Option<Outcome> {
    match finding.presence {
        Presence::Present(_) => Some(Outcome::Present),
        Presence::Weak(_) => Some(Outcome::Weak),
        Presence::Missing { .. } => Some(Outcome::Missing),
        Presence::NotApplicable { .. } | Presence::NotExamined(_) => None,
    }
}

/// Precision, recall and F1; `None` where there is nothing to divide by: a class that is never claimed has no precision.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Quality {
    /// Share of answers that are right.
    pub precision: Option<f64>,
    /// Share of gold rows that were found.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
}

impl Quality {
    /// Makes it from counts: right answers, answers of the class, gold rows of the class.
    pub fn of(right: usize, answered: usize, gold: usize) -> Self {
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        Self {
            precision: share(right, answered),
            recall: share(right, gold),
            f1: share(2 * right, answered + gold),
        }
    }
}

/// One bar of the reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct ReliabilityBin {
    /// Judgements whose confidence falls into the bin.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them that are right.
    pub accuracy: f64,
}

/// Figures for a set of judgements.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CompletenessScore {
    /// Judgements, abstentions included.
    pub count: usize,
    /// Judgements without an answer.
    pub abstained: usize,
    /// `confusion[gold][found]` in the order missing, weak, present.
    pub confusion: [[usize; 3]; 3],
    /// The missing class: how well gaps are found.
    pub missing: Quality,
    /// The weak class.
    pub weak: Quality,
    /// The present class.
    pub present: Quality,
    /// Mean F1 of the classes that occur in the gold.
    pub macro_f1: f64,
    /// Share of all judgements that are right.
    pub accuracy: f64,
    /// Weak or missing against present.
    pub not_fully_present: Quality,
    /// Quadratic weighted kappa with the gold.
    pub weighted_kappa: f64,
    /// Expected calibration error over ten equally wide bins.
    pub calibration_error: f64,
    /// The bins.
    pub reliability: Vec<ReliabilityBin>,
}

/// Scores judgements. An abstention is a wrong answer for recall and no answer for precision.
pub fn score<'a>(judgements: impl IntoIterator<Item = &'a Judgement>) -> CompletenessScore {
    let judgements: Vec<&Judgement> = judgements.into_iter().collect();
    let mut confusion = [[0usize; 3]; 3];
    let mut gold = [0usize; 3];
    for judgement in &judgements {
        gold[judgement.gold as usize] += 1;
        if let Some(found) = judgement.found {
            confusion[judgement.gold as usize][found as usize] += 1;
        }
    }
    let answered = |class: usize| confusion.iter().map(|row| row[class]).sum::<usize>();
    let quality = |class: usize| Quality::of(confusion[class][class], answered(class), gold[class]);
    let classes = [quality(0), quality(1), quality(2)];
    let occurring: Vec<f64> =
        (0..3).filter(|class| gold[*class] > 0).filter_map(|class| classes[class].f1).collect();
    let right: usize = (0..3).map(|class| confusion[class][class]).sum();
    let not_full = confusion[..2].iter().map(|row| row[0] + row[1]).sum();
    let (calibration_error, reliability) = reliability(&judgements);
    CompletenessScore {
        count: judgements.len(),
        abstained: judgements.iter().filter(|judgement| judgement.found.is_none()).count(),
        confusion,
        missing: classes[0],
        weak: classes[1],
        present: classes[2],
        macro_f1: mean(&occurring),
        accuracy: if judgements.is_empty() { 0.0 } else { right as f64 / judgements.len() as f64 },
        not_fully_present: Quality::of(not_full, answered(0) + answered(1), gold[0] + gold[1]),
        weighted_kappa: weighted_kappa(&confusion),
        calibration_error,
        reliability,
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn weighted_kappa(confusion: &[[usize; 3]; 3]) -> f64 {
    let total: usize = confusion.iter().flatten().sum();
    if total == 0 {
        return 0.0;
    }
    let (mut seen, mut expected) = (0.0, 0.0);
    for (gold, row) in confusion.iter().enumerate() {
        let of_gold: usize = row.iter().sum();
        for (found, count) in row.iter().enumerate() {
            let of_found: usize = confusion.iter().map(|other| other[found]).sum();
            let weight = ((gold as f64 - found as f64) / 2.0).powi(2);
            seen += weight * *count as f64;
            expected += weight * of_gold as f64 * of_found as f64 / total as f64;
        }
    }
    if expected == 0.0 { 1.0 } else { 1.0 - seen / expected }
}

fn reliability(judgements: &[&Judgement]) -> (f64, Vec<ReliabilityBin>) {
    let mut sums = vec![(0usize, 0.0f64, 0usize); 10];
    for judgement in judgements {
        let Some(found) = judgement.found else { continue };
        let bin = ((judgement.confidence * 10.0) as usize).min(9);
        sums[bin].0 += 1;
        sums[bin].1 += f64::from(judgement.confidence);
        sums[bin].2 += usize::from(found == judgement.gold);
    }
    let total: usize = sums.iter().map(|sum| sum.0).sum();
    let bins: Vec<ReliabilityBin> = sums
        .into_iter()
        .map(|(count, confidence, right)| ReliabilityBin {
            count,
            confidence: if count == 0 { 0.0 } else { confidence / count as f64 },
            accuracy: if count == 0 { 0.0 } else { right as f64 / count as f64 },
        })
        .collect();
    let error = bins
        .iter()
        .map(|bin| bin.count as f64 / total.max(1) as f64 * (bin.confidence - bin.accuracy).abs())
        .sum();
    (error, bins)
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Returns the 95 % interval of a figure by resampling documents with replacement.
pub fn interval(
    judgements: &[Judgement],
    resamples: usize,
    seed: u64,
    figure: impl Fn(&CompletenessScore) -> f64,
) -> Interval {
    let mut by_document: BTreeMap<&str, Vec<&Judgement>> = BTreeMap::new();
    for judgement in judgements {
        by_document.entry(&judgement.document).or_default().push(judgement);
    }
    let documents: Vec<Vec<&Judgement>> = by_document.into_values().collect();
    if documents.is_empty() || resamples == 0 {
        return Interval { low: 0.0, high: 0.0 };
    }
    let mut random = SplitMix(seed);
    let mut figures: Vec<f64> = (0..resamples)
        .map(|_| {
            let drawn =
                (0..documents.len()).flat_map(|_| documents[random.below(documents.len())].iter().copied());
            figure(&score(drawn))
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
}

/// SplitMix64: small, seeded, the same on every machine.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// The baseline every figure stands beside: a requirement is present if any of its heading synonyms occurs
/// anywhere in the text, and missing otherwise.
#[derive(Debug)]
pub struct KeywordBaseline<'a> {
    elements: &'a [CanonicalElement],
}

impl<'a> KeywordBaseline<'a> {
    /// Prepares the baseline.
    pub fn new(rulebook: &'a Rulebook) -> Self {
        Self { elements: &rulebook.elements }
    }

    /// Judges one requirement by its heading synonyms alone.
    pub fn outcome(&self, document: &Document, requirement: &Requirement) -> Outcome {
        let own = requirement.headings.iter();
        let general = self
            .elements
            .iter()
            .filter(|element| requirement.elements.contains(&element.id))
            .flat_map(|element| element.headings.iter());
        let phrases = own
            .chain(general)
            .flat_map(|(language, texts)| texts.iter().map(|text| (0, *language, text.as_str())));
        let main = document.languages.first().map(|share| share.language);
        if PhraseSet::build(phrases).find(&document.text, main).is_empty() {
            Outcome::Missing
        } else {
            Outcome::Present
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(document: &str, gold: Outcome, found: Outcome, confidence: f32) -> Judgement {
        Judgement {
            document: document.to_owned(),
            requirement: "EU-01".to_owned(),
            gold,
            found: Some(found),
            confidence,
            missing: if found == Outcome::Missing { confidence } else { 0.0 },
        }
    }

    #[test]
    fn figures_agree_with_a_worked_example() {
        use Outcome::{Missing, Present, Weak};
        let judgements = [
            judgement("a", Missing, Missing, 0.9),
            judgement("a", Missing, Weak, 0.5),
            judgement("b", Weak, Weak, 0.5),
            judgement("b", Present, Present, 0.9),
            judgement("b", Weak, Missing, 0.9),
        ];
        let score = score(&judgements);
        assert_eq!(score.confusion, [[1, 1, 0], [1, 1, 0], [0, 0, 1]]);
        assert_eq!((score.missing.precision, score.missing.recall), (Some(0.5), Some(0.5)));
        assert!((score.macro_f1 - (0.5 + 0.5 + 1.0) / 3.0).abs() < 1e-9);
        assert_eq!(score.not_fully_present.f1, Some(1.0));
        // Observed disagreement 2/4 of a step each; expected from the margins: see the confusion above.
        assert!((score.weighted_kappa - (1.0 - 0.5 / 1.4)).abs() < 1e-9, "{}", score.weighted_kappa);
        // Bin 0.9: 3 answers, 2 right; bin 0.5: 2 answers, 1 right.
        assert!((score.calibration_error - 0.6 * (0.9 - 2.0 / 3.0)).abs() < 1e-6);
    }

    #[test]
    fn an_abstention_costs_recall_and_not_precision() {
        let mut judgements = vec![judgement("a", Outcome::Missing, Outcome::Missing, 0.9); 2];
        judgements[1].found = None;
        let score = score(&judgements);
        assert_eq!(score.abstained, 1);
        assert_eq!((score.missing.precision, score.missing.recall), (Some(1.0), Some(0.5)));
        // Neither claimed nor there.
        assert_eq!(score.weak, Quality::default());
    }

    #[test]
    fn intervals_are_repeatable_and_hold_the_figure() {
        let judgements: Vec<Judgement> = (0..20)
            .map(|i| {
                let found = if i % 4 == 0 { Outcome::Weak } else { Outcome::Missing };
                judgement(&format!("d{}", i % 5), Outcome::Missing, found, 0.8)
            })
            .collect();
        let recall = |score: &CompletenessScore| score.missing.recall.unwrap_or_default();
        let first = interval(&judgements, 200, 7, recall);
        assert_eq!(first, interval(&judgements, 200, 7, recall));
        let figure = recall(&score(&judgements));
        assert!(first.low <= figure && figure <= first.high);
    }

    #[test]
    fn gold_rows_name_their_pack_or_leave_it_to_the_id() {
        let rows = parse_gold(
            "{\"doc_id\":\"d\",\"requirement_id\":\"ADB-H\",\"label\":\"weak\",\"evidence\":[]}\n",
        )
        .unwrap();
        assert_eq!(rows[0].pack(), "adb");
        assert_eq!(rows[0].label, Outcome::Weak);
    }
}
