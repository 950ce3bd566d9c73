//! Which negation of a sentence reaches the term?

use crate::domain::language::Language;
use crate::domain::span::TextRange;

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
        let clause = self.sentence.clause(self.range.start);
        let reaching = self.sentence.hits_in(self.classes.negation, clause).filter(|hit| {
            let is_part = self.is_negative && self.range.encloses(hit.range);
            !is_part && self.reaches(hit)
        });
        let (mut emphatic, mut plain) = (None, None);
        for hit in reaching {
            let words = hit.range.of(self.sentence.text).to_lowercase();
            let kind = if EMPHATIC.contains(&words.as_str()) { &mut emphatic } else { &mut plain };
            kind.get_or_insert(hit);
        }
        plain.or(emphatic)
    }

    pub(super) fn reaches(&self, hit: &CueHit) -> bool {
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
        self.sentence.words.iter().filter(|word| word.range.start >= from && word.range.end <= to).count()
    }

    /// "The work will have no effect": the subject before "no" is spared as well.
    fn is_effect_denied(&self, hit: &CueHit) -> bool {
        let after =
            self.sentence.words.iter().filter(|word| word.range.start >= hit.range.end).take(NO_EFFECT_REACH);
        after.into_iter().any(|word| {
            self.sentence.hits.iter().any(|cue| cue.class == self.classes.effect && cue.range == word.range)
        })
    }

    pub(super) fn text_between(&self, from: usize, to: usize) -> &str {
        TextRange::new(from, to).of(self.sentence.text)
    }
}
