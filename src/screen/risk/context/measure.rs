//! Does a sentence name the thing only to say what is done about it?

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::super::cues::CueHit;
use super::super::measures::Measure;
use super::Reader;

impl Reader<'_> {
    /// The cue that makes the statement a planned measure, if it is one.
    pub(super) fn mitigation(&self) -> Option<&CueHit> {
        let (sentence, classes, segment) = (self.sentence, self.classes, self.segment());
        let purpose =
            sentence.hits_in(classes.purpose, segment).find(|hit| !self.is_denied_in_passing(hit.range));
        if purpose.is_some() {
            return purpose;
        }
        if self.ends_in_exceedance(segment) {
            return None;
        }
        let condition = self.opening_condition(segment);
        // "Masts are installed 300 m from the nest": that is where the hazard stands.
        let tells_place = sentence.has_in(classes.placed, segment);
        let counts = |measure: &&Measure| {
            let range = measure.hit.range;
            segment.contains(range.start)
                && !condition.is_some_and(|condition| condition.contains(range.start))
                && !(measure.is_erected && tells_place)
                && !self.is_denied_in_passing(range)
        };
        let taken = sentence.measures.iter().filter(counts);
        let harms = sentence.hits_in(classes.harmful_plan, segment).count();
        if taken.clone().count() > harms {
            return taken.map(|measure| &measure.hit).next();
        }
        if harms > 0 {
            return None;
        }
        sentence.hits_in(classes.duty, segment).next()
    }

    /// True if the negation denies a measure ("not captured"), which leaves the hazard standing.
    pub(super) fn is_measure_denied(&self, negation: &CueHit) -> bool {
        self.sentence
            .hits
            .iter()
            .any(|hit| hit.class == self.classes.unmanaged && hit.range.overlaps(negation.range))
    }

    /// The condition that a statement opens with, up to its comma: what it names is not planned but imagined to fail
    /// ("If the recovery unit trips, …").
    fn opening_condition(&self, segment: TextRange) -> Option<TextRange> {
        let text = self.sentence.text;
        let opens = |hit: &&CueHit| {
            !self.text_between(segment.start, hit.range.start).contains(char::is_alphanumeric)
        };
        let hit = self.sentence.hits_in(self.classes.possible, segment).find(opens)?;
        let comma = text.get(hit.range.end..segment.end)?.find(", ")?;
        Some(TextRange::new(hit.range.start, hit.range.end + comma))
    }

    /// True if a statement in a language that puts its verb last ends in an exceedance: what stands before it, a noise
    /// barrier for one, is its place and not its remedy.
    fn ends_in_exceedance(&self, segment: TextRange) -> bool {
        let (sentence, classes) = (self.sentence, self.classes);
        if !matches!(sentence.language, Language::Korean | Language::UzbekLatin | Language::UzbekCyrillic) {
            return false;
        }
        let last = |class| sentence.hits_in(class, segment).map(|hit| hit.range.end).max();
        match (last(classes.exceed), last(classes.measure)) {
            (Some(exceed), Some(measure)) => exceed > measure,
            _ => false,
        }
    }

    /// True for a measure or aim in a relative clause that says that its head lacks it: "which has no screen to prevent
    /// seepage".
    fn is_denied_in_passing(&self, range: TextRange) -> bool {
        let relative = self.sentence.relative(range.start);
        self.is_hidden_by_denial()
            && relative
                .is_some_and(|relative| relative.is_negative && !relative.range.contains(self.range.start))
    }
}
