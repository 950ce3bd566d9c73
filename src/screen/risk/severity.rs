//! How soon should a reviewer look at a finding?
//!
//! High needs an assertion with a legal status, an exceedance, a presence inside or a quantity with a receptor: which of
//! these count is data of the category (`high_when`, `low_when`). A measure, a citation and a heading are `none`; a
//! denial is low, or medium where the thing denied is a legal trigger and no source is given.

use crate::domain::explanation::{Code, Explanation};
use crate::domain::risk::{Polarity, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Category, Term, TermKind};
use crate::rules::lexicon_context::CueName;

use super::context::Reading;
use super::cues::CueMatcher;
use super::numbers::NumberCues;
use super::sentence::{Classes, Sentence};

/// Cues that say where something is.
const PLACES: [&str; 5] = ["inside", "crossing", "near", "near-water", "border"];

/// Words that part what a clause denies from what it states.
const JOINTS: [&str; 5] = ["and", "but", "и", "а", "но"];

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
    /// Where the term stands.
    pub(super) range: TextRange,
    pub(super) sentence: &'a Sentence<'a>,
    pub(super) numbers: &'a NumberCues,
    pub(super) matcher: &'a CueMatcher,
    pub(super) classes: &'a Classes,
}

/// Says what a cue of the rules means to a reviewer; cues without an entry read as their name does.
fn in_words(cue: &str) -> Explanation {
    let code = match cue {
        "near-distance" => Code::CueNearDistance,
        "far-distance" => Code::CueFarDistance,
        "above-limit" => Code::CueAboveLimit,
        "near-limit" => Code::CueNearLimit,
        "exceed" => Code::CueExceed,
        "high-seismic" => Code::CueHighSeismic,
        "quantity-mass" => Code::CueMass,
        "quantity-people" => Code::CuePeople,
        "area" => Code::CueArea,
        "inside" => Code::CueInside,
        "crossing" => Code::CueCrossing,
        "status" => Code::CueStatus,
        "loss" => Code::CueLoss,
        "irrigated" => Code::CueIrrigated,
        "unpermitted" => Code::CueUnpermitted,
        "unnotified" => Code::CueUnnotified,
        "unlined" => Code::CueUnlined,
        "unauthorised" => Code::CueUnauthorised,
        "unanswered" => Code::CueUnanswered,
        "taken-for-good" => Code::CueTakenForGood,
        "shallow" => Code::CueShallow,
        "removal" => Code::CueRemoval,
        "pollution" => Code::CuePollution,
        "open-storage" => Code::CueOpenStorage,
        "no-receiver" => Code::CueNoReceiver,
        "near-water" => Code::CueNearWater,
        "border" => Code::CueBorder,
        other => return Code::Cue.with("name", other.replace('-', " ")),
    };
    code.into()
}

impl Grading<'_> {
    /// Returns the severity with the words that set it.
    pub(super) fn severity(&self, reading: &Reading) -> (Severity, Option<Explanation>) {
        let (severity, why) = self.graded(reading);
        let why = why.map(|code| match code {
            Code::RaisedBy => code.because(self.raisers(reading)),
            _ => code.into(),
        });
        (severity, why)
    }

    /// The circumstances that raise an assertion, by name.
    fn raisers(&self, reading: &Reading) -> Vec<Explanation> {
        let named = if reading.is_gap { &self.category.high_when_missing } else { &self.category.high_when };
        named
            .iter()
            .filter(|name| self.any(std::slice::from_ref(*name)))
            .map(|name| in_words(name.as_str()))
            .collect()
    }

    fn graded(&self, reading: &Reading) -> (Severity, Option<Code>) {
        match reading.polarity {
            Polarity::Heading | Polarity::Citation | Polarity::Mitigation => (Severity::None, None),
            Polarity::OtherPlace => (Severity::Low, None),
            Polarity::Hypothetical if reading.unlikely => (Severity::Low, None),
            Polarity::Hypothetical => (Severity::Medium, None),
            Polarity::Negated => self.negated(),
            Polarity::Asserted => self.asserted(reading),
        }
    }

    fn any(&self, names: &[CueName]) -> bool {
        names.iter().any(|name| self.holds(name.as_str()))
    }

    fn holds(&self, name: &str) -> bool {
        let (sentence, whole) = (self.sentence, self.sentence.whole());
        let class = self.matcher.class(name).filter(|_| PLACES.contains(&name));
        match class {
            Some(class) => {
                sentence.hits_in(class, whole).any(|hit| !self.is_place_denied_in_passing(hit.range))
            }
            None => holds_in(name, whole, sentence, self.numbers, self.matcher),
        }
    }

    /// True if a relative clause without the term denies the place ("the road, which does not cross the park, …"); one
    /// that is joined to a denial stands ("which is not paved and crosses the park").
    fn is_place_denied_in_passing(&self, place: TextRange) -> bool {
        let sentence = self.sentence;
        let Some(relative) = sentence.relative(place.start) else { return false };
        let clause = relative.range;
        if !relative.is_negative || relative.states_gap || clause.contains(self.range.start) {
            return false;
        }
        let inside =
            sentence.words_from(clause.start).iter().take_while(|word| word.range.start < clause.end);
        let joints: Vec<TextRange> =
            inside.filter(|word| JOINTS.contains(&word.key.as_str())).map(|word| word.range).collect();
        let start = joints.iter().map(|joint| joint.end).rfind(|end| *end <= place.start);
        let end = joints.iter().map(|joint| joint.start).find(|start| *start >= place.end);
        let part = TextRange::new(start.unwrap_or(clause.start), end.unwrap_or(clause.end));
        let mut denials = sentence.hits_in(self.classes.negation, part);
        denials.any(|denial| !denial.range.overlaps(place))
    }

    fn negated(&self) -> (Severity, Option<Code>) {
        let (sentence, classes) = (self.sentence, self.classes);
        if self.numbers.near_limit {
            return (Severity::Medium, Some(Code::NearLimit));
        }
        if sentence.has(classes.weak_survey) {
            return (Severity::Medium, Some(Code::WeakSurvey));
        }
        let duty = matches!(self.term.kind, TermKind::Duty | TermKind::Note);
        let has_source = sentence.has(classes.source) || self.numbers.distance;
        if (self.category.verify_absence || duty) && !has_source {
            return (Severity::Medium, Some(Code::NoSource));
        }
        (Severity::Low, None)
    }

    fn asserted(&self, reading: &Reading) -> (Severity, Option<Code>) {
        if self.term.kind == TermKind::Soft {
            return (Severity::Medium, None);
        }
        if self.term.kind == TermKind::Note && !reading.is_gap && !self.any(&self.category.high_when) {
            return (Severity::Low, None);
        }
        if reading.is_gap {
            return match self.any(&self.category.high_when_missing) {
                true => (Severity::High, Some(Code::RaisedBy)),
                false => (self.term.level.min(Severity::Medium), None),
            };
        }
        if self.numbers.near_limit && !self.numbers.above_limit {
            return (Severity::Medium, Some(Code::NearLimit));
        }
        let raised = self.any(&self.category.high_when);
        let lowered = self.any(&self.category.low_when);
        let slight = self.sentence.has(self.classes.slight);
        match (self.term.level, raised, lowered) {
            (_, _, true) if self.numbers.far => (Severity::Low, Some(Code::FarAway)),
            (Severity::Low, true, false) => (Severity::Medium, Some(Code::RaisedBy)),
            (Severity::Low, _, _) => (Severity::Low, None),
            (Severity::Medium | Severity::High, true, _) => (Severity::High, Some(Code::RaisedBy)),
            (Severity::High, false, true) => (Severity::Medium, Some(Code::SlightEffect)),
            (Severity::High, false, false) if slight => (Severity::Medium, Some(Code::SlightEffect)),
            (level, _, _) => (level, None),
        }
    }
}
