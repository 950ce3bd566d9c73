//! One sentence with what was found in it: amounts, cues, and the questions asked of both.
//!
//! A cue belongs to an amount by nearness. Languages differ in whether the noun follows the figure (`34 tonna chang`,
//! `12,6 т оксидов азота`) or stands before it (`먼지 배출량은 3.2톤`), so a cue directly behind the unit counts first,
//! then the nearest before it, then any behind; a figure without one of its own takes over that of the figure
//! before it (`6,2 t, keyin 8,9 t`).

use super::amount::{Amount, amounts};
use super::cues::{Cue, CueFinder, Hit};
use super::fold::fold;
use crate::domain::fact::{Period, Phase};
use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::text::numerals::has_decimal_comma;

/// Farthest behind the unit in bytes at which a cue belongs to it for certain.
const BESIDE: usize = 18;
/// Farthest a period phrase stands from its amount in bytes.
const PERIOD_REACH: usize = 160;

/// A sentence, read once.
pub(super) struct Sentence<'a> {
    pub text: &'a str,
    pub folded: String,
    pub amounts: Vec<Amount>,
    pub hits: Vec<Hit>,
}

impl<'a> Sentence<'a> {
    pub fn new(text: &'a str, language: Option<Language>, finder: &CueFinder) -> Self {
        let folded = fold(text);
        let amounts = amounts(&folded, has_decimal_comma(text, language));
        let hits = if amounts.is_empty() { Vec::new() } else { finder.find(&folded) };
        Self { text, folded, amounts, hits }
    }

    /// True if a cue of that kind stands anywhere.
    pub fn has(&self, wanted: Cue) -> bool {
        self.hits.iter().any(|hit| hit.cue == wanted)
    }

    /// True if a cue that `wanted` accepts stands anywhere.
    pub fn any(&self, wanted: impl Fn(Cue) -> bool) -> bool {
        self.hits.iter().any(|hit| wanted(hit.cue))
    }

    /// The stretch of text that belongs to an amount: from the end of the one before to the start of the next that
    /// measures the same.
    pub fn own(&self, index: usize) -> TextRange {
        let base = self.amounts[index].quantity.unit.base;
        let like = |amount: &&Amount| amount.quantity.unit.base == base;
        let start = self.amounts[..index].iter().rfind(like).map_or(0, |before| before.range.end);
        let end =
            self.amounts[index + 1..].iter().find(like).map_or(self.text.len(), |next| next.range.start);
        TextRange::new(start.min(end), end)
    }

    /// The cue that belongs to an amount: beside it, before it, behind it, or that of the amount before.
    pub fn belonging(&self, index: usize, wanted: impl Fn(Cue) -> bool + Copy) -> Option<Hit> {
        let mut index = index;
        loop {
            if let Some(hit) = self.own_cue(index, wanted) {
                return Some(hit);
            }
            index = index.checked_sub(1)?;
            // Across a semicolon something new begins.
            let gap = &self.text[self.amounts[index].range.end..self.amounts[index + 1].range.start];
            if gap.contains(';') {
                return None;
            }
        }
    }

    /// As [`Self::belonging`], without taking over from another amount.
    pub fn own_cue(&self, index: usize, wanted: impl Fn(Cue) -> bool) -> Option<Hit> {
        let range = self.amounts[index].range;
        let own = self.own(index);
        let mut beside = None;
        let (mut before, mut behind): (Option<Hit>, Option<Hit>) = (None, None);
        for hit in self.hits.iter().filter(|hit| own.encloses(hit.range) && wanted(hit.cue)) {
            if hit.range.start >= range.end {
                let near = hit.range.start - range.end <= BESIDE
                    && !self.text[range.end..hit.range.start].contains([',', ';', ':', '(']);
                if near {
                    beside = beside.or(Some(*hit));
                }
                behind = behind.or(Some(*hit));
            } else if hit.range.end <= range.start {
                before = Some(*hit);
            }
        }
        // What opens the next figure's phrase is not ours: a comma or semicolon separates.
        let behind = behind.filter(|hit| {
            let gap = &self.text[range.end..hit.range.start];
            index + 1 == self.amounts.len() || !gap.contains([',', ';'])
        });
        beside.or(before).or(behind)
    }

    /// True if a cue stands within `reach` bytes of the amount, on its own side of the neighbours.
    pub fn near(&self, index: usize, reach: usize, wanted: impl Fn(Cue) -> bool) -> bool {
        let range = self.amounts[index].range;
        let from = range.start.saturating_sub(reach);
        self.hits
            .iter()
            .any(|hit| wanted(hit.cue) && hit.range.end >= from && hit.range.start <= range.end + reach)
    }

    /// The time an amount refers to, where it does not stand in the unit itself.
    pub fn period(&self, index: usize, finder: &CueFinder) -> Option<Period> {
        let range = self.amounts[index].range;
        let mut best: Option<(usize, Period)> = None;
        for hit in &self.hits {
            let Cue::Period(class) = hit.cue else { continue };
            let distance = if hit.range.start >= range.end {
                hit.range.start - range.end
            } else {
                range.start.saturating_sub(hit.range.end)
            };
            let between = TextRange::new(hit.range.end.min(range.end), hit.range.start.max(range.start));
            let gap = between.of(self.text);
            if distance > PERIOD_REACH || gap.contains(';') {
                continue;
            }
            let period = match finder.class(class) {
                "year" => Period::Year,
                "day" => Period::Day,
                _ => Period::Hour,
            };
            if best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, period));
            }
        }
        best.map(|(_, period)| period).or_else(|| korean_period(&self.folded, range.start))
    }

    /// True if a remark on the amount stands in its own stretch, before it or close behind in the same clause.
    pub fn is_remarked(&self, index: usize, reach: usize, wanted: Cue) -> bool {
        let own = self.own(index);
        self.hits
            .iter()
            .any(|hit| hit.cue == wanted && own.encloses(hit.range) && self.in_clause(index, hit, reach))
    }

    /// True if a cue stands at most `reach` bytes before the amount, or close behind it with no comma between.
    pub fn in_clause(&self, index: usize, hit: &Hit, reach: usize) -> bool {
        let range = self.amounts[index].range;
        if hit.range.start >= range.end {
            let gap = &self.text[range.end..hit.range.start];
            gap.len() <= reach.min(60) && !gap.contains([',', ';'])
        } else {
            range.start.saturating_sub(hit.range.end) <= reach
        }
    }

    /// The phase named last before the amount, else the one behind it that is its own.
    pub fn phase(&self, index: usize, finder: &CueFinder) -> Option<Phase> {
        let start = self.amounts[index].range.start;
        let own = self.own(index);
        let phases = || self.hits.iter().filter(|hit| matches!(hit.cue, Cue::Phase(_)));
        let is_own = |hit: &&Hit| own.encloses(hit.range) && self.in_clause(index, hit, usize::MAX);
        let behind = || phases().find(|hit| hit.range.start >= start && is_own(hit));
        let hit = phases().rfind(|hit| hit.range.end <= start).or_else(behind)?;
        let Cue::Phase(class) = hit.cue else { return None };
        Some(match finder.class(class) {
            "existing" => Phase::Existing,
            "construction" => Phase::Construction,
            "operation" => Phase::Operation,
            _ => Phase::Closure,
        })
    }

    /// The words of a cue with the ending they carry, as printed.
    pub fn words(&self, hit: &Hit) -> String {
        let mut end = hit.range.end;
        for c in self.text[end..].chars() {
            if !c.is_alphanumeric() && !matches!(c, 'ʻ' | 'ʼ' | '’' | '‘') {
                break;
            }
            end += c.len_utf8();
        }
        let words: Vec<&str> = self.text[hit.range.start..end].split_whitespace().collect();
        words.join(" ")
    }
}

/// Korean writes `일 1,850㎥` and `연 50만톤`: the time is the syllable before the figure.
pub(super) fn korean_period(folded: &str, start: usize) -> Option<Period> {
    let before = folded[..start].trim_end();
    let own_word = |syllable: char| {
        before.strip_suffix(syllable).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric()))
    };
    if own_word('일') {
        Some(Period::Day)
    } else if own_word('연') || own_word('년') {
        Some(Period::Year)
    } else {
        None
    }
}
