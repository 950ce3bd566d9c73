//! Which measures does a sentence say are taken?
//!
//! Looked for once per sentence: whether a measure is denied does not depend on the term that is asked about.

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::cues::CueHit;
use super::sentence::{Classes, Sentence};

/// Words that may stand between a measure and the negation that says it is not taken.
const REACH: usize = 5;

/// A measure that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) hit: CueHit,
    /// True if it says that something is put up, which is a measure or the hazard itself.
    pub(super) is_erected: bool,
}

/// Returns the measures of a sentence without those that are named only to say that they are not taken.
pub(super) fn measures(sentence: &Sentence<'_>, classes: &Classes) -> Vec<Measure> {
    let all = sentence.hits.iter().filter(|hit| hit.class == classes.measure);
    let is_erected = |measure: &CueHit| {
        let mut erected = sentence.hits.iter().filter(|hit| hit.class == classes.erected);
        erected.any(|hit| hit.range.overlaps(measure.range))
    };
    all.filter(|hit| !is_not_taken(sentence, hit.range, classes))
        .map(|hit| Measure { hit: *hit, is_erected: is_erected(hit) })
        .collect()
}

/// "A licensed contractor has not been found", "договор с лицензированной организацией не заключён": the negation stands
/// in the clause of the measure, before it in English, behind it elsewhere.
fn is_not_taken(sentence: &Sentence<'_>, measure: TextRange, classes: &Classes) -> bool {
    let clause = sentence.clause(measure.start);
    let is_english = sentence.language == Language::English;
    let mut denials = sentence.hits_in(classes.negation, clause);
    denials.any(|hit| {
        let (from, to) = if hit.range.start >= measure.end {
            (measure.end, hit.range.start)
        } else if hit.range.end <= measure.start && is_english {
            (hit.range.end, measure.start)
        } else {
            return hit.range.overlaps(measure);
        };
        sentence.words_between(from, to) <= REACH
    })
}
