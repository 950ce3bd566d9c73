//! Which negation of a sentence reaches the term?

use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::rules::lexicon::TermKind;

use super::super::cues::CueHit;
use super::{ABSENCE_REACH, Reader};

/// Words between an English "no" and the effect that a subject before it is spared.
const NO_EFFECT_REACH: usize = 3;

/// Words of negation that call for another one in the verb.
const EMPHATIC: [&str; 3] = ["hech", "ҳеч", "ни"];

impl Reader<'_> {
    /// The negation that reaches the term, if any. Where the verb says it as well ("hech kim … olmagan", "ни один …
    /// не"), the verb's word is taken: it tells what is denied.
    pub(super) fn negation(&self) -> Option<&CueHit> {
        let mut emphatic = None;
        for hit in self.negations().filter(|hit| self.reaches(hit)) {
            let words = hit.range.of(self.sentence.text).to_lowercase();
            if !EMPHATIC.contains(&words.as_str()) {
                return Some(hit);
            }
            emphatic.get_or_insert(hit);
        }
        emphatic.or_else(|| self.negation_behind_lack())
    }

    /// The negation of the main clause behind a relative one that tells what the term lacks: "asbestos, which has no
    /// label, is not used".
    fn negation_behind_lack(&self) -> Option<&CueHit> {
        let (sentence, segment) = (self.sentence, self.segment());
        let mut behind = self.negations().filter(|hit| hit.range.start >= self.range.end);
        let aside = behind.find(|hit| self.is_in_passing(hit))?;
        let from = sentence.relative(aside.range.start)?.range.end;
        let opening = sentence.words_from(from).first()?;
        let main = sentence.clause(from);
        if !segment.contains(from) || matches!(opening.key.as_str(), "and" | "и" | "а") {
            return None;
        }
        let is_lack = |hit: &CueHit| {
            let mut lacks = sentence.hits_in(self.classes.head_lacks, main);
            lacks.any(|lack| lack.range.overlaps(hit.range)) || self.is_measure_denied(hit)
        };
        let mut denials = sentence.hits_in(self.classes.negation, main).filter(|hit| hit.range.start >= from);
        denials.find(|&hit| self.reaches(hit) && !is_lack(hit))
    }

    /// The negation that reaches the term, else one that tells what something beside it is like: enough to know that the
    /// sentence states a fact.
    pub(super) fn any_negation(&self) -> Option<&CueHit> {
        self.negation().or_else(|| self.negations().find(|hit| self.is_in_reach(hit)))
    }

    /// A negation in a relative clause that says that nothing is done about the term: "which is not lined".
    pub(super) fn untaken_in_passing(&self) -> Option<&CueHit> {
        let denies_measure = |hit: &&CueHit| {
            self.sentence.relative(hit.range.start).is_some_and(|clause| clause.denies_measure)
        };
        let mut in_passing = self.negations().filter(|hit| self.is_in_passing(hit)).filter(denies_measure);
        in_passing.find(|hit| self.is_measure_denied(hit))
    }

    /// The negations in the clause of the term that are no part of the term itself.
    fn negations(&self) -> impl Iterator<Item = &CueHit> {
        let clause = self.sentence.clause(self.range.start);
        let is_part = |hit: &&CueHit| self.is_negative && self.range.encloses(hit.range);
        self.sentence.hits_in(self.classes.negation, clause).filter(move |hit| !is_part(hit))
    }

    /// True if a denial of the term would hide a risk rather than state one.
    pub(super) fn is_hidden_by_denial(&self) -> bool {
        matches!(self.kind, TermKind::Hazard | TermKind::Soft | TermKind::Own | TermKind::Law)
    }

    /// True if a negation denies something else in passing: it stands in a relative clause without the term, which tells
    /// what its head lacks ("the cyanide store, which does not meet the standard, …") or stands before the term, and does
    /// not say that something was not assessed.
    fn is_in_passing(&self, hit: &CueHit) -> bool {
        let Some(clause) = self.sentence.relative(hit.range.start) else { return false };
        let is_apart = !clause.range.contains(self.range.start) && !hit.range.overlaps(self.range);
        let denies_term = !clause.tells_lack && self.range.end <= clause.range.start;
        self.is_hidden_by_denial() && is_apart && !denies_term && !clause.states_gap
    }

    pub(super) fn reaches(&self, hit: &CueHit) -> bool {
        !self.is_in_passing(hit) && self.is_in_reach(hit)
    }

    /// True if the language lets the negation reach the term from where it stands.
    fn is_in_reach(&self, hit: &CueHit) -> bool {
        let before = hit.range.start < self.range.start;
        let text = hit.range.of(self.sentence.text).to_lowercase();
        match self.sentence.language {
            Language::English => self.reaches_english(hit, &text, before),
            Language::Russian => match text.as_str() {
                "без" | "вне" | "за пределами" => {
                    before && !self.text_between(hit.range.end, self.range.start).contains(',')
                }
                _ => true,
            },
            Language::UzbekLatin | Language::UzbekCyrillic => {
                let forward = text == "hech" || text == "ҳеч";
                if before { forward } else { true }
            }
            Language::Korean => !before || hit.range.overlaps(self.range),
        }
    }

    fn reaches_english(&self, hit: &CueHit, text: &str, before: bool) -> bool {
        match text {
            "absence of" | "lack of" => before && self.words_between(hit.range) <= ABSENCE_REACH,
            "without" | "outside" | "outside of" | "beyond the" | "free of" | "free from" | "devoid of" => {
                before && !self.text_between(hit.range.end, self.range.start).contains(',')
            }
            "no" | "neither" | "none of" => before || self.is_effect_denied(hit),
            "avoids" | "lacks" => before,
            _ => true,
        }
    }

    /// Words that stand between the term and another place.
    pub(super) fn words_between(&self, other: TextRange) -> usize {
        let (from, to) = if other.start < self.range.start {
            (other.end, self.range.start)
        } else {
            (self.range.end, other.start)
        };
        self.sentence.words_between(from, to)
    }

    /// "The work will have no effect": the subject before "no" is spared as well.
    fn is_effect_denied(&self, hit: &CueHit) -> bool {
        let mut after = self.sentence.words_from(hit.range.end).iter().take(NO_EFFECT_REACH);
        after.any(|word| self.sentence.is_cue(self.classes.effect, word.range))
    }

    pub(super) fn text_between(&self, from: usize, to: usize) -> &str {
        TextRange::new(from, to).of(self.sentence.text)
    }
}
