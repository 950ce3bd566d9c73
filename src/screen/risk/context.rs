//! What does the sentence say about the term: there, absent, possible, avoided, cited?
//!
//! ConText (Harkema et al. 2009) for five scripts: cues with a scope, ended by other cues. Read in this order, the
//! first that holds decides: heading, citation, another place, double negation, prohibition, negation, small
//! likelihood, measure, possibility, assertion. Terms that carry their own lack (kinds `own`, `lack`, `duty`) turn a
//! negation into an assertion.

use crate::domain::explanation::{Clauses, Code};
use crate::domain::language::Language;
use crate::domain::risk::Polarity;
use crate::domain::span::TextRange;
use crate::rules::lexicon::TermKind;

use super::cues::CueHit;
use super::sentence::{Classes, Sentence, gap_around};

mod measure;
mod negation;

/// Words that an English "absence of" reaches.
const ABSENCE_REACH: usize = 5;

/// Words that may stand between a phrase with its own "not" and a negation that denies it.
const OWN_REACH: usize = 1;

/// Words that may stand between an English negation and a defect named without one ("not have uncertain effects").
const PLAIN_REACH: usize = 6;

/// Words that may stand between a missing thing and the word that says it is missing.
const CLOSE: usize = 3;

/// A decision with the words that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) polarity: Polarity,
    /// True if the sentence says that the thing is improbable.
    pub(super) unlikely: bool,
    /// True if the assertion is that the thing was not assessed, stated or answered.
    pub(super) is_gap: bool,
    /// The negation that led to it.
    pub(super) denied_by: Option<TextRange>,
    pub(super) reason: Clauses,
}

impl Reading {
    fn new(polarity: Polarity, reason: impl Into<Clauses>) -> Self {
        Self { polarity, unlikely: false, is_gap: false, denied_by: None, reason: reason.into() }
    }

    fn denied_by(self, hit: &CueHit) -> Self {
        Self { denied_by: Some(hit.range), ..self }
    }

    /// A citation, with what it cites.
    pub(super) fn citation(reason: Code) -> Self {
        Self::new(Polarity::Citation, reason)
    }
}

/// Where a term stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) range: TextRange,
    /// True if a negation inside `range` is part of what the term means.
    pub(super) is_negative: bool,
}

/// Reads the polarity of a term at a place; `None` if the term does not count in this context.
pub(super) fn read(
    sentence: &Sentence<'_>,
    place: Place,
    kind: TermKind,
    classes: &Classes,
) -> Option<Reading> {
    if sentence.is_heading {
        return Some(Reading::new(Polarity::Heading, Code::Heading));
    }
    let reader = Reader { sentence, range: place.range, is_negative: place.is_negative, kind, classes };
    match kind {
        TermKind::Hazard | TermKind::Soft => Some(reader.hazard()),
        TermKind::Measure => Some(reader.measure()),
        TermKind::Barrier => Some(reader.barrier()),
        TermKind::Own => reader.own(),
        TermKind::Lack => reader.lack(),
        TermKind::Duty => Some(reader.duty()),
        TermKind::Law => Some(reader.law()),
        TermKind::Name => None,
        TermKind::Note => Some(reader.note()),
    }
}

/// True if a sentence says what a law, standard or threshold says, or speaks of another place.
pub(super) fn is_about_rules(sentence: &Sentence<'_>, classes: &Classes) -> bool {
    sentence.has(classes.criterion)
        || sentence.has(classes.other_place)
        || sentence.has(classes.law) && sentence.has(classes.norm)
}

struct Reader<'a> {
    sentence: &'a Sentence<'a>,
    range: TextRange,
    is_negative: bool,
    kind: TermKind,
    classes: &'a Classes,
}

impl Reader<'_> {
    fn segment(&self) -> TextRange {
        self.sentence.segment(self.range.start)
    }

    fn quote(&self, hit: &CueHit) -> String {
        hit.range.of(self.sentence.text).to_owned()
    }

    fn hazard(&self) -> Reading {
        let (sentence, classes, segment) = (self.sentence, self.classes, self.segment());
        if self.is_citation() {
            return Reading::new(Polarity::Citation, Code::StatesLaw);
        }
        if let Some(hit) = self.other_place() {
            return Reading::new(Polarity::OtherPlace, Code::OtherPlace.with("cue", self.quote(hit)));
        }
        if let Some(hit) = sentence.hits_in(classes.double_negation, segment).next() {
            return Reading::new(Polarity::Hypothetical, Code::DoubleNegation.with("cue", self.quote(hit)));
        }
        let prohibited = sentence.hits_in(classes.prohibition, segment).next();
        if let Some(hit) = prohibited {
            return Reading::new(Polarity::Mitigation, Code::Forbidden.with("cue", self.quote(hit)));
        }
        let denial = self.negation().filter(|hit| !self.is_measure_denied(hit) && !self.is_aim(hit));
        let untaken = self.negation().or_else(|| self.untaken_in_passing());
        let untaken = untaken.filter(|hit| denial.is_none() && self.is_measure_denied(hit));
        if let Some(hit) = untaken {
            // "If the slope is not covered, … may …": the whole is a possibility.
            let after = TextRange::new(hit.range.end, segment.end);
            if let Some(doubt) = sentence.hits_in(classes.possible, after).next() {
                return Reading::new(Polarity::Hypothetical, Code::Possible.with("cue", self.quote(doubt)));
            }
            return Reading::new(Polarity::Asserted, Code::MeasureNotTaken);
        }
        if let Some(hit) = denial {
            if let Some(gap) = self.gap_around(hit) {
                let reason = Code::NotAssessed.with("cue", self.quote(gap));
                return Reading { is_gap: true, ..Reading::new(Polarity::Asserted, reason).denied_by(hit) };
            }
            if let Some(doubt) = self.doubt_after(hit) {
                let reason = Code::DeniedThenPossible.with("cue", self.quote(doubt));
                return Reading::new(Polarity::Hypothetical, reason);
            }
            let reason = Code::Negated.with("cue", self.quote(hit));
            return Reading::new(Polarity::Negated, reason).denied_by(hit);
        }
        if let Some(hit) = sentence.hits_in(classes.within_norm, segment).next() {
            return Reading::new(Polarity::Negated, Code::WithinNorm.with("cue", self.quote(hit)));
        }
        if let Some(hit) = sentence.hits_in(classes.unlikely, segment).next() {
            let reason = Code::Improbable.with("cue", self.quote(hit));
            return Reading { unlikely: true, ..Reading::new(Polarity::Hypothetical, reason) };
        }
        if let Some(hit) = self.mitigation() {
            return Reading::new(Polarity::Mitigation, Code::Measure.with("cue", self.quote(hit)));
        }
        if let Some(hit) = sentence.hits_in(classes.possible, segment).next() {
            return Reading::new(Polarity::Hypothetical, Code::Possible.with("cue", self.quote(hit)));
        }
        // "Impacts could occur; they would be greatest in …": the condition carries over.
        let is_conditional = || segment.of(sentence.text).split_whitespace().any(|word| word == "would");
        let earlier = TextRange::new(0, segment.start);
        if let Some(hit) = sentence.hits_in(classes.possible, earlier).next().filter(|_| is_conditional()) {
            return Reading::new(Polarity::Hypothetical, Code::Possible.with("cue", self.quote(hit)));
        }
        Reading::new(Polarity::Asserted, Code::Asserted)
    }

    fn measure(&self) -> Reading {
        let reading = self.hazard();
        let near = |hit: &CueHit| {
            self.sentence.language != Language::English || self.words_between(hit.range) <= ABSENCE_REACH
        };
        match reading.polarity {
            Polarity::Negated if !self.negation().is_some_and(near) => {
                Reading::new(Polarity::Mitigation, Code::IsMeasure)
            }
            Polarity::Negated => {
                Reading::new(Polarity::Asserted, Code::MeasureMissing.because(reading.reason))
            }
            Polarity::Asserted | Polarity::Hypothetical => {
                Reading::new(Polarity::Mitigation, Code::IsMeasure)
            }
            _ => reading,
        }
    }

    fn barrier(&self) -> Reading {
        let reading = self.hazard();
        match reading.polarity {
            Polarity::Negated => {
                Reading::new(Polarity::Asserted, Code::BarrierMissing.because(reading.reason))
            }
            _ => reading,
        }
    }

    fn own(&self) -> Option<Reading> {
        let (sentence, classes, segment) = (self.sentence, self.classes, self.segment());
        if let Some(hit) = self.other_place() {
            return Some(Reading::new(Polarity::OtherPlace, Code::OtherPlace.with("cue", self.quote(hit))));
        }
        if self.is_citation() {
            return Some(Reading::new(Polarity::Citation, Code::StatesLaw));
        }
        // The phrase carries its own "not"; only a negation outside it denies it.
        let plain = !self.is_negative && sentence.language == Language::English;
        let outside = |hit: &&CueHit| {
            let reach = if plain && hit.range.start < self.range.start { PLAIN_REACH } else { OWN_REACH };
            let near = self.words_between(hit.range) <= reach;
            near && !self.is_own_negation(hit) && self.gap_around(hit).is_none()
        };
        let clause = sentence.clause(self.range.start);
        let denial = sentence.hits_in(classes.negation, clause).find(|hit| {
            !(self.is_negative && self.range.encloses(hit.range)) && self.reaches(hit) && outside(hit)
        });
        if let Some(hit) = denial {
            return Some(Reading::new(Polarity::Negated, Code::Negated.with("cue", self.quote(hit))));
        }
        let strict = sentence.hits_in(classes.possible, segment).find(|hit| !hit.range.overlaps(self.range));
        match strict {
            Some(hit) if sentence.language == Language::English && hit.range.of(sentence.text) == "may" => {
                Some(Reading::new(Polarity::Hypothetical, Code::Possible.with("cue", self.quote(hit))))
            }
            _ => Some(Reading::new(Polarity::Asserted, Code::StatesLack)),
        }
    }

    fn lack(&self) -> Option<Reading> {
        if self.is_citation() {
            return None;
        }
        let clause = self.sentence.clause(self.range.start);
        let close = |hit: &&CueHit| self.words_between(hit.range) <= CLOSE;
        let hit = self.negation().filter(close);
        let hit = hit.or_else(|| self.sentence.hits_in(self.classes.lacking, clause).find(close))?;
        Some(Reading::new(Polarity::Asserted, Code::Lacking.with("cue", self.quote(hit))).denied_by(hit))
    }

    fn duty(&self) -> Reading {
        let reading = self.hazard();
        let clause = self.sentence.clause(self.range.start);
        let missing = self.sentence.hits_in(self.classes.lacking, clause).next();
        match (reading.polarity, missing) {
            (Polarity::Negated, _) => {
                if let Some(hit) = self.sentence.hits_in(self.classes.unneeded, clause).next() {
                    return Reading::new(Polarity::Negated, Code::NotNeeded.with("cue", self.quote(hit)));
                }
                match self.negation() {
                    Some(hit) if self.words_between(hit.range) > CLOSE => {
                        Reading::new(Polarity::Mitigation, Code::DoneOrPlanned)
                    }
                    _ => Reading {
                        denied_by: reading.denied_by,
                        ..Reading::new(Polarity::Asserted, Code::NotDone.because(reading.reason))
                    },
                }
            }
            (Polarity::Asserted | Polarity::Mitigation, Some(hit)) => {
                Reading::new(Polarity::Asserted, Code::Lacking.with("cue", self.quote(hit)))
            }
            (Polarity::Asserted, None) => Reading::new(Polarity::Mitigation, Code::DoneOrPlanned),
            _ => reading,
        }
    }

    fn law(&self) -> Reading {
        let reading = self.hazard();
        match reading.polarity {
            Polarity::Asserted | Polarity::Hypothetical => Reading::new(Polarity::Citation, Code::NamesLaw),
            _ => reading,
        }
    }

    fn note(&self) -> Reading {
        let reading = self.hazard();
        match reading.polarity {
            Polarity::Mitigation | Polarity::Hypothetical => reading,
            Polarity::Negated if self.sentence.has_in(self.classes.unneeded, self.segment()) => reading,
            Polarity::Negated => Reading {
                is_gap: true,
                denied_by: reading.denied_by,
                ..Reading::new(Polarity::Asserted, Code::NotDone.because(reading.reason))
            },
            other => {
                let clause = self.sentence.clause(self.range.start);
                let missing = self.sentence.has_in(self.classes.lacking, clause);
                Reading { is_gap: missing || reading.is_gap, ..Reading::new(other, reading.reason) }
            }
        }
    }

    /// The cue by which the term belongs to another place; not one within the words of the term itself ("copied from the
    /// report of another plant"). "Unlike the quarry next door, …" speaks of the other place
    /// only up to its comma; in Uzbek and Korean the word of contrast stands at the end of what it sets apart.
    fn other_place(&self) -> Option<&CueHit> {
        let text = self.sentence.text;
        self.sentence.hits_in(self.classes.other_place, self.sentence.whole()).find(|hit| {
            let words = hit.range.of(text).to_lowercase();
            let sets_apart = |list: &[&str]| list.iter().any(|word| words.contains(word));
            let end = if sets_apart(&["farqli", "фарқли", "달리"]) {
                hit.range.end
            } else if sets_apart(&["unlike", "contrast", "opposed", "отличие"]) {
                text[hit.range.end..].find(", ").map_or(text.len(), |comma| hit.range.end + comma)
            } else {
                text.len()
            };
            self.range.start < end && !self.range.encloses(hit.range)
        })
    }

    /// True if the negation says what a measure is for: "insulated so that birds are not electrocuted",
    /// "чтобы не спугнуть", "koʻtarilmasligi uchun".
    fn is_aim(&self, negation: &CueHit) -> bool {
        self.sentence.hits_in(self.classes.purpose, self.segment()).any(|hit| {
            hit.range.overlaps(negation.range)
                || hit.range.end <= negation.range.start
                    && hit.range.of(self.sentence.text).eq_ignore_ascii_case("so that")
        })
    }

    /// The gap ("not assessed") that a negation is part of.
    fn gap_around(&self, negation: &CueHit) -> Option<&CueHit> {
        gap_around(&self.sentence.hits, negation, self.classes)
    }

    /// A possibility in a later statement that names no term of its own: it is about this one.
    fn doubt_after(&self, negation: &CueHit) -> Option<&CueHit> {
        let (sentence, end) = (self.sentence, self.segment().end);
        let later =
            sentence.segments.iter().filter(|part| part.start >= end && negation.range.start < part.start);
        let silent = later.filter(|part| !sentence.has_term_in(**part));
        let mut doubts = silent.flat_map(|part| sentence.hits_in(self.classes.possible, *part));
        doubts.next()
    }

    fn is_own_negation(&self, hit: &CueHit) -> bool {
        hit.range.overlaps(self.range)
            || hit.range.start >= self.range.end
                && self.sentence.text[self.range.end..hit.range.start].chars().all(|c| !c.is_alphanumeric())
            || hit.range.end <= self.range.start
                && self.sentence.text[hit.range.end..self.range.start].chars().all(|c| !c.is_alphanumeric())
    }

    /// A rule of law, not a statement about this project.
    fn is_citation(&self) -> bool {
        let (sentence, classes) = (self.sentence, self.classes);
        if sentence.has(classes.criterion) && self.any_negation().is_none() {
            return true;
        }
        if !sentence.has(classes.law) || sentence.has(classes.project_actor) {
            return false;
        }
        let factual_negation = self.any_negation().is_some_and(|hit| {
            !sentence.hits_in(classes.norm, sentence.whole()).any(|norm| norm.range.overlaps(hit.range))
        });
        let rule = sentence.has(classes.norm) || sentence.has(classes.prohibition);
        rule && !(factual_negation && !sentence.has(classes.prohibition))
    }
}
