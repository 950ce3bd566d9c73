//! How soon should a reviewer look at a finding?
//!
//! High needs an assertion with a legal status, an exceedance, a presence inside or a quantity with a receptor: which of
//! these count is data of the category (`high_when`, `low_when`). A measure, a citation and a heading are `none`; a
//! denial is low, or medium where the thing denied is a legal trigger and no source is given.

use crate::domain::risk::{Polarity, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Category, Term, TermKind};
use crate::rules::lexicon_context::CueName;

use super::context::Reading;
use super::cues::CueMatcher;
use super::numbers::NumberCues;
use super::sentence::{Classes, Sentence};

/// Why an assertion is more severe than its term alone.
const RAISED: &str = "raised by its circumstances";

/// True if the cue of that name holds in a part of the sentence; computed cues hold for the whole sentence.
pub(super) fn holds_in(
    name: &str,
    part: TextRange,
    sentence: &Sentence<'_>,
    numbers: &NumberCues,
    matcher: &CueMatcher,
) -> bool {
    match name {
        "distance" => numbers.distance,
        "near-distance" => numbers.near,
        "far-distance" => numbers.far,
        "above-limit" => numbers.above_limit,
        "near-limit" => numbers.near_limit,
        "area" => numbers.area,
        "quantity" => numbers.quantity,
        "quantity-mass" => numbers.mass,
        "quantity-people" => numbers.people,
        "high-seismic" => numbers.high_seismic,
        _ => matcher.class(name).is_some_and(|class| sentence.has_in(class, part)),
    }
}

/// Everything the severity of one term depends on.
pub(super) struct Grading<'a> {
    pub(super) category: &'a Category,
    pub(super) term: &'a Term,
    pub(super) sentence: &'a Sentence<'a>,
    pub(super) numbers: &'a NumberCues,
    pub(super) matcher: &'a CueMatcher,
    pub(super) classes: &'a Classes,
}

/// Says what a cue of the rules means to a reviewer; cues without an entry read as their name does.
fn in_words(cue: &str) -> String {
    match cue {
        "near-distance" => "a short distance".to_owned(),
        "far-distance" => "a long distance".to_owned(),
        "above-limit" => "a value above its limit".to_owned(),
        "near-limit" => "a value near its limit".to_owned(),
        "exceed" => "an exceedance".to_owned(),
        "high-seismic" => "high seismicity".to_owned(),
        "quantity-mass" => "a stated mass".to_owned(),
        "quantity-people" => "a number of people".to_owned(),
        "area" => "a stated area".to_owned(),
        "inside" => "a place inside it".to_owned(),
        "crossing" => "crossing it".to_owned(),
        "status" => "a legal status".to_owned(),
        "loss" => "a loss".to_owned(),
        "irrigated" => "irrigated land".to_owned(),
        other => other.replace('-', " "),
    }
}

impl Grading<'_> {
    /// Returns the severity with the words that set it.
    pub(super) fn severity(&self, reading: &Reading) -> (Severity, String) {
        let (severity, why) = self.graded(reading);
        match why {
            RAISED => (severity, format!("raised by {}", self.raisers(reading).join(", "))),
            _ => (severity, why.to_owned()),
        }
    }

    /// The circumstances that raise an assertion, by name.
    fn raisers(&self, reading: &Reading) -> Vec<String> {
        let named = if reading.is_gap { &self.category.high_when_missing } else { &self.category.high_when };
        named
            .iter()
            .filter(|name| self.any(std::slice::from_ref(*name)))
            .map(|name| in_words(name.as_str()))
            .collect()
    }

    fn graded(&self, reading: &Reading) -> (Severity, &'static str) {
        match reading.polarity {
            Polarity::Heading | Polarity::Citation | Polarity::Mitigation => (Severity::None, ""),
            Polarity::OtherPlace => (Severity::Low, ""),
            Polarity::Hypothetical if reading.unlikely => (Severity::Low, ""),
            Polarity::Hypothetical => (Severity::Medium, ""),
            Polarity::Negated => self.negated(),
            Polarity::Asserted => self.asserted(reading),
        }
    }

    fn any(&self, names: &[CueName]) -> bool {
        let whole = self.sentence.whole();
        names.iter().any(|name| holds_in(name.as_str(), whole, self.sentence, self.numbers, self.matcher))
    }

    fn negated(&self) -> (Severity, &'static str) {
        let (sentence, classes) = (self.sentence, self.classes);
        if self.numbers.near_limit {
            return (Severity::Medium, "the value is close to the limit");
        }
        if sentence.has(classes.weak_survey) {
            return (Severity::Medium, "the survey does not support the denial");
        }
        let duty = matches!(self.term.kind, TermKind::Duty | TermKind::Note);
        let has_source = sentence.has(classes.source) || self.numbers.distance;
        if (self.category.verify_absence || duty) && !has_source {
            return (Severity::Medium, "no source given");
        }
        (Severity::Low, "")
    }

    fn asserted(&self, reading: &Reading) -> (Severity, &'static str) {
        if self.term.kind == TermKind::Soft {
            return (Severity::Medium, "");
        }
        if self.term.kind == TermKind::Note && !reading.is_gap && !self.any(&self.category.high_when) {
            return (Severity::Low, "");
        }
        if reading.is_gap {
            return match self.any(&self.category.high_when_missing) {
                true => (Severity::High, RAISED),
                false => (self.term.level.min(Severity::Medium), ""),
            };
        }
        if self.numbers.near_limit && !self.numbers.above_limit {
            return (Severity::Medium, "the value is close to the limit");
        }
        let raised = self.any(&self.category.high_when);
        let lowered = self.any(&self.category.low_when);
        let slight = self.sentence.has(self.classes.slight);
        match (self.term.level, raised, lowered) {
            (_, _, true) if self.numbers.far => (Severity::Low, "far away"),
            (Severity::Low, true, false) => (Severity::Medium, RAISED),
            (Severity::Low, _, _) => (Severity::Low, ""),
            (Severity::Medium | Severity::High, true, _) => (Severity::High, RAISED),
            (Severity::High, false, true) => (Severity::Medium, "slight effect"),
            (Severity::High, false, false) if slight => (Severity::Medium, "slight effect"),
            (level, _, _) => (level, ""),
        }
    }
}
