//! What did one pass over the document find: titles that name a subject, and phrases in its text?
//!
//! Second step of the completeness check, shared by all requirements. Later steps only look things up
//! here. Invariant: `hits[subject]` is in document order.

use std::collections::BTreeSet;

use crate::domain::document::{Document, Section};
use crate::domain::language::Language;
use crate::domain::requirement::ElementId;
use crate::domain::span::TextRange;
use crate::text::phrases::PhraseSet;

use super::profile::CLEAR_TITLE;
use super::run_in::{is_numbering, run_in_title, run_in_titles, says_more};
use super::subjects::{Hidden, SubjectIndex, Subjects};
use super::title_words::TitleWords;
use super::together;
use super::units::{self, Hit, UNKNOWN_ENTRIES, Unit, UnitClass, Units, Zone};

/// A title that names a subject.
#[derive(Debug, Clone)]
pub struct TitleMatch {
    /// Index into `document.sections` of the section it heads or, for a run-in title, stands in.
    pub section: Option<usize>,
    /// The title itself.
    pub heading: TextRange,
    /// Units below it.
    pub units: std::ops::Range<usize>,
    /// How much of the title is about the subject, 0 to 1.
    pub strength: f32,
    /// True for a heading, false for a run-in title or a line that looks like a title.
    pub is_heading: bool,
}

/// A phrase of a subject in a unit.
#[derive(Debug, Clone, Copy)]
pub struct SubjectHit {
    /// Index of the unit.
    pub unit: usize,
    /// The phrase.
    pub phrase: u32,
    /// Specificity; negative for a decoy.
    pub weight: f32,
}

/// A document as the completeness check sees it.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The document.
    pub document: &'a Document,
    /// Sentences, list items and table rows with their classes.
    pub units: Units,
    /// Titles per subject.
    pub titles: Vec<Vec<TitleMatch>>,
    /// Hits per subject.
    pub hits: Vec<Vec<SubjectHit>>,
    /// `substance[i]`: content of the units before unit `i`, discounted by class and zone.
    substance: Vec<f32>,
    /// Per unit, how strongly it speaks of each element.
    pub spoken: Vec<Vec<(SubjectIndex, f32)>>,
    /// Per unit, the elements that the nearest heading above it clearly names; empty where none does.
    pub headed: Vec<Vec<SubjectIndex>>,
}

/// What the headings of a document say.
#[derive(Debug)]
pub struct Headings {
    titles: Vec<Vec<TitleMatch>>,
    headed: Vec<Vec<SubjectIndex>>,
}

/// Text below which shares of it say nothing, scaled letters.
const LEAST_TEXT: f32 = 500.0;

/// How a document speaks, whatever it speaks of: a report that measures deals with its subjects in
/// substance, one that denies topic by topic does so in passing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// Quantities per 10,000 letters of running text, as the logarithm of one more.
    pub specific: f32,
    /// Tenths of the running text that state that something is absent or unaffected.
    pub denying: f32,
}

impl<'a> Reading<'a> {
    /// Reads the document once for all subjects.
    pub fn new(document: &'a Document, subjects: &Subjects) -> Self {
        Self::without(document, subjects, &Hidden::default())
    }

    /// Reads the document as if some phrases were not known.
    pub fn without(document: &'a Document, subjects: &Subjects, hidden: &Hidden) -> Self {
        let mut units = units::collect(document, &subjects.text, &subjects.cues);
        add_coordinates(document, &mut units, subjects);
        units.hits.retain(|hit| !hidden.text.contains(&hit.phrase));
        let fewer = (!hidden.titles.is_empty()).then(|| subjects.title_words_without(&hidden.titles));
        let naming = Naming { subjects, hidden, words: fewer.as_ref().unwrap_or(&subjects.title_words) };
        let mut titles = match_titles(document, &units, naming);
        mark_zones(document, &mut units, &titles, subjects);
        run_in_titles(document, &mut units, naming, &mut titles);
        let mut hits = vec![Vec::new(); subjects.count()];
        let mut first = 0;
        while let Some(hit) = units.hits.get(first) {
            let last = first + units.hits[first..].partition_point(|other| other.unit == hit.unit);
            for (subject, found) in together::said_together(&units.hits[first..last], subjects) {
                hits[subject as usize].push(found);
            }
            first = last;
        }
        for hit in &units.hits {
            for known in subjects.of_text(hit.phrase) {
                hits[known.subject as usize].push(SubjectHit {
                    unit: hit.unit,
                    phrase: hit.phrase,
                    weight: known.weight,
                });
            }
        }
        hits.iter_mut().for_each(|own| own.sort_by_key(|hit| (hit.unit, hit.phrase)));
        let headed = headed(&titles, subjects.elements().len(), units.units.len());
        let spoken = spoken(&hits, subjects.elements().len(), units.units.len());
        let mut substance = Vec::with_capacity(units.units.len() + 1);
        let mut sum = 0.0;
        substance.push(sum);
        for unit in &units.units {
            sum += unit.size * content_of(unit.class, unit.zone);
            substance.push(sum);
        }
        Self { document, units, titles, hits, substance, spoken, headed }
    }

    /// Returns the sections whose headings name one of the subjects, however weakly.
    pub fn sections_named(&self, named: &[SubjectIndex]) -> BTreeSet<usize> {
        let titles = named.iter().flat_map(|subject| &self.titles[*subject as usize]);
        titles.filter(|title| title.is_heading).filter_map(|title| title.section).collect()
    }

    /// Goes on as if the headings of some sections said nothing; returns what they said.
    pub fn silence(&mut self, sections: &BTreeSet<usize>, subjects: &Subjects) -> Headings {
        let says_nothing =
            |title: &TitleMatch| title.is_heading && title.section.is_some_and(|own| sections.contains(&own));
        let kept = |own: &Vec<TitleMatch>| own.iter().filter(|title| !says_nothing(title)).cloned().collect();
        let titles: Vec<Vec<TitleMatch>> = self.titles.iter().map(kept).collect();
        let headed = headed(&titles, subjects.elements().len(), self.units.units.len());
        self.replace_headings(Headings { titles, headed })
    }

    /// Puts other headings into the place of those there are, and returns these.
    pub fn replace_headings(&mut self, headings: Headings) -> Headings {
        Headings {
            titles: std::mem::replace(&mut self.titles, headings.titles),
            headed: std::mem::replace(&mut self.headed, headings.headed),
        }
    }

    /// Returns the known titles that stand in headings or at the beginning of paragraphs.
    pub fn title_phrases(&self, subjects: &Subjects) -> BTreeSet<u32> {
        let headings =
            self.document.sections.iter().map(|section| (section.title.as_str(), section.language));
        let run_in = self.units.units.iter().filter_map(|unit| {
            let text = unit.range.of(&self.document.text);
            Some((run_in_title(unit, text)?.0, unit.language))
        });
        headings
            .chain(run_in)
            .flat_map(|(title, language)| subjects.titles.find(title, language))
            .map(|hit| hit.phrase)
            .collect()
    }

    /// Returns the content of the whole document, discounted by class and zone.
    pub fn all_substance(&self) -> f32 {
        self.substance.last().copied().unwrap_or(0.0)
    }

    /// Returns how the document as a whole speaks.
    pub fn manner(&self) -> Manner {
        let (mut all, mut quantities, mut denials) = (0.0, 0.0, 0.0);
        for unit in self.units.units.iter().filter(|unit| unit.zone == Zone::Body) {
            all += unit.size;
            match unit.class {
                UnitClass::Statement | UnitClass::Citation => quantities += unit.numbers as f32,
                UnitClass::Denial => denials += unit.size,
                _ => {}
            }
        }
        let all = f32::max(all, LEAST_TEXT);
        Manner { specific: (10_000.0 * quantities / all).ln_1p(), denying: 10.0 * denials / all }
    }

    /// Returns the content between two units, discounted by class and zone.
    pub fn substance(&self, units: &std::ops::Range<usize>) -> f32 {
        self.substance[units.end] - self.substance[units.start]
    }
}

/// Finds per unit the elements that the nearest heading names.
fn headed(titles: &[Vec<TitleMatch>], elements: usize, units: usize) -> Vec<Vec<SubjectIndex>> {
    let mut nearest: Vec<(usize, Vec<SubjectIndex>)> = vec![(usize::MAX, Vec::new()); units];
    for (element, own) in titles.iter().take(elements).enumerate() {
        for title in own.iter().filter(|title| title.is_heading && title.strength >= CLEAR_TITLE) {
            let length = title.units.len();
            for (known, named) in &mut nearest[title.units.clone()] {
                if length < *known {
                    (*known, *named) = (length, Vec::new());
                }
                if length == *known {
                    named.push(element as SubjectIndex);
                }
            }
        }
    }
    nearest.into_iter().map(|(_, named)| named).collect()
}

/// Adds up per unit what is said of each element, whatever the sentence does with it.
fn spoken(hits: &[Vec<SubjectHit>], elements: usize, units: usize) -> Vec<Vec<(SubjectIndex, f32)>> {
    let mut spoken = vec![Vec::new(); units];
    for (element, own) in hits.iter().take(elements).enumerate() {
        for of_unit in own.chunk_by(|a, b| a.unit == b.unit) {
            let mut sum = 0.0;
            for of_phrase in of_unit.chunk_by(|a, b| a.phrase == b.phrase) {
                sum += of_phrase.iter().map(|hit| hit.weight).fold(0.0, f32::max);
            }
            if sum > 0.0 {
                spoken[of_unit[0].unit].push((element as SubjectIndex, sum));
            }
        }
    }
    spoken
}

/// Returns the share of a unit that is content and not a pointer, promise or list entry.
fn content_of(class: UnitClass, zone: Zone) -> f32 {
    let class = match class {
        UnitClass::Statement | UnitClass::Citation => 1.0,
        UnitClass::Denial => 0.7,
        UnitClass::Formal => 0.3,
        UnitClass::NotDone => 0.2,
        UnitClass::Promise | UnitClass::Pointer | UnitClass::Label => 0.1,
    };
    match zone {
        Zone::Listing => class * 0.3,
        Zone::Contents => 0.0,
        Zone::Body | Zone::References | Zone::Preparers => class,
    }
}

/// Files written coordinates under the phrase "latitude" of whatever language.
fn add_coordinates(document: &Document, units: &mut Units, subjects: &Subjects) {
    let Some(phrase) = subjects.coordinates() else { return };
    let mut added = Vec::new();
    for (index, unit) in units.units.iter().enumerate() {
        let text = unit.range.of(&document.text);
        if has_coordinates(text) {
            added.push(Hit { phrase, unit: index, range: unit.range });
        }
    }
    units.hits.extend(added);
    units.hits.sort_by_key(|hit| (hit.unit, hit.range.start, hit.phrase));
}

/// True for degrees followed by minutes, or degrees with three or more decimals.
fn has_coordinates(text: &str) -> bool {
    text.match_indices('°').any(|(at, sign)| {
        let after = text[at + sign.len()..].trim_start();
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let minutes = (1..=2).contains(&digits)
            && after[digits..].trim_start().starts_with(['\'', '′', '’', '`', 'ʹ', '´']);
        let before = &text[..at];
        let decimals = before.chars().rev().take_while(char::is_ascii_digit).count();
        let fraction = before.len() > decimals && before[..before.len() - decimals].ends_with(['.', ',']);
        minutes || (decimals >= 3 && fraction)
    })
}

/// Returns the indices of the units that lie in `range`.
fn units_in(units: &[Unit], range: TextRange) -> std::ops::Range<usize> {
    let first = units.partition_point(|unit| unit.range.start < range.start);
    let last = units.partition_point(|unit| unit.range.start < range.end);
    first..last.max(first)
}

/// By what a title is known: known titles, and words of known titles.
#[derive(Clone, Copy)]
pub(super) struct Naming<'a> {
    pub(super) subjects: &'a Subjects,
    pub(super) hidden: &'a Hidden,
    pub(super) words: &'a TitleWords,
}

fn match_titles(document: &Document, units: &Units, naming: Naming<'_>) -> Vec<Vec<TitleMatch>> {
    let Naming { subjects, hidden, words } = naming;
    let mut titles = vec![Vec::new(); subjects.count()];
    for (index, section) in document.sections.iter().enumerate() {
        let names_all = is_document_title(document, index);
        let is_deep = section.level > 1 && section.heading.start * 5 > document.text.len();
        let named = shares(&section.title, section.language, subjects, hidden);
        let mut strengths: Vec<(SubjectIndex, f32)> =
            named.into_iter().map(|(subject, share)| (subject, (share / 0.6).min(1.0))).collect();
        for (subject, strength) in words.strengths(&section.title, section.language) {
            match strengths.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, known)) => *known = known.max(strength),
                None => strengths.push((subject, strength)),
            }
        }
        for (subject, strength) in strengths {
            // A summary of something inside the report is not the summary of the report.
            let place = match (subjects.is_summary(subject), is_deep, names_all) {
                (true, true, _) => 0.3,
                (false, _, true) => 0.2,
                _ => 1.0,
            };
            titles[subject as usize].push(TitleMatch {
                section: Some(index),
                heading: section.heading,
                units: units_in(&units.units, section.extent),
                strength: strength * place,
                is_heading: true,
            });
        }
    }
    titles
}

/// Returns the subjects a title speaks of, with the share of the title that does.
pub(super) fn shares(
    title: &str,
    language: Option<Language>,
    subjects: &Subjects,
    hidden: &Hidden,
) -> Vec<(SubjectIndex, f32)> {
    let mut covered: Vec<(SubjectIndex, Vec<TextRange>)> = Vec::new();
    let known = subjects.titles.find(title, language);
    for hit in known.into_iter().filter(|hit| !hidden.titles.contains(&hit.phrase)) {
        for subject in subjects.of_title(hit.phrase) {
            match covered.iter_mut().find(|(known, _)| known == subject) {
                Some((_, ranges)) => ranges.push(hit.range),
                None => covered.push((*subject, vec![hit.range])),
            }
        }
    }
    let whole = units::size_of(title).max(1.0);
    covered.into_iter().map(|(subject, ranges)| (subject, union_size(title, ranges) / whole)).collect()
}

/// Returns the size of the text that the ranges cover together.
fn union_size(text: &str, mut ranges: Vec<TextRange>) -> f32 {
    ranges.sort();
    let mut end = 0;
    let mut size = 0.0;
    for range in ranges {
        let start = range.start.max(end);
        if start < range.end {
            size += units::size_of(TextRange::new(start, range.end).of(text));
            end = range.end;
        }
    }
    size
}

/// True for the heading that names the whole report: what it says holds for no part of it.
fn is_document_title(document: &Document, index: usize) -> bool {
    let section = &document.sections[index];
    let length = document.text.len().max(1);
    document.sections.len() > 3
        && section.heading.start * 12 < length
        && section.extent.len() * 10 > length * 7
}

/// True if most of the section's title is one of the phrases.
fn covers_title(phrases: &PhraseSet, section: &Section) -> bool {
    let title = &section.title;
    let covered = phrases.find(title, section.language).into_iter().map(|hit| hit.range).collect();
    union_size(title, covered) >= 0.6 * units::size_of(title).max(1.0)
}

/// Marks lists whose entries repeat the headings of the document, as contents are set in formats without
/// page numbers; with or without the word for a chapter. A chapter that only such a list names is not there.
fn mark_repeated_headings(document: &Document, units: &mut Units) {
    let headings: BTreeSet<String> = document
        .sections
        .iter()
        .flat_map(|section| [title_key(&section.title), title_key(section.heading.of(&document.text))])
        .filter(|key| key.len() >= 4)
        .collect();
    let entries: Vec<bool> = units
        .units
        .iter()
        .map(|unit| unit.can_be_entry() && headings.contains(&title_key(unit.range.of(&document.text))))
        .collect();
    let mut index = 0;
    while let Some(first) = (index..entries.len()).find(|at| entries[*at]) {
        let (mut last, mut count) = (first, 1);
        let mut next = first + 1;
        while next < entries.len() && next - last <= UNKNOWN_ENTRIES + 1 && units.units[next].can_be_entry() {
            if entries[next] {
                last = next;
                count += 1;
            }
            next += 1;
        }
        if count >= 4 {
            let (mut from, mut to) = (first, last);
            let section = units.units[first].section;
            let belongs = |unit: &Unit| unit.section == section && unit.can_be_entry();
            while from > 0 && first - from < UNKNOWN_ENTRIES && belongs(&units.units[from - 1]) {
                from -= 1;
            }
            while to + 1 < entries.len() && to - last < UNKNOWN_ENTRIES && belongs(&units.units[to + 1]) {
                to += 1;
            }
            for unit in &mut units.units[from..=to] {
                unit.zone = Zone::Contents;
            }
        }
        index = last + 1;
    }
}

/// Letters of a title in lower case: numbers, dots and chapter words in front do not matter.
fn title_key(title: &str) -> String {
    let title = title.trim_start_matches(is_numbering);
    title.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

fn mark_zones(document: &Document, units: &mut Units, titles: &[Vec<TitleMatch>], subjects: &Subjects) {
    for section in &document.sections {
        let zone = if covers_title(&subjects.contents, section) {
            Zone::Contents
        } else if covers_title(&subjects.listings, section) {
            Zone::Listing
        } else {
            continue;
        };
        for unit in units_in(&units.units, section.extent) {
            units.units[unit].zone = zone;
        }
    }
    mark_repeated_headings(document, units);
    for (element, zone) in [("C35", Zone::Listing), ("C34", Zone::Preparers), ("C33", Zone::References)] {
        let Some(subject) = subjects.element(&ElementId(element.to_owned())) else { continue };
        for title in titles[subject as usize].iter().filter(|title| title.strength >= 0.5) {
            let Some(section) = title.section.map(|index| &document.sections[index]) else { continue };
            let extent = section.body;
            let first = units.units.partition_point(|unit| unit.range.start < extent.start);
            let last = units.units.partition_point(|unit| unit.range.start < extent.end);
            let inside = &mut units.units[first..last.max(first)];
            let size: f32 = inside.iter().map(|unit| unit.size).sum();
            if zone == Zone::Listing && size > 700.0 {
                continue;
            }
            for unit in inside.iter_mut().filter(|unit| unit.zone != Zone::Contents) {
                if zone != Zone::Listing || !says_more(unit.range.of(&document.text)) {
                    unit.zone = zone;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_recognised_in_several_notations() {
        for text in ["41°12'40\" с. ш.", "67° 15’ 16.35” N", "69.24012° E", "39°57′14″"] {
            assert!(has_coordinates(text), "{text}");
        }
        for text in ["температура 28,6 °С", "an angle of 45° 3 m wide", "20° 이상"] {
            assert!(!has_coordinates(text), "{text}");
        }
    }

    #[test]
    fn overlapping_matches_cover_a_title_once() {
        let ranges = vec![TextRange::new(0, 8), TextRange::new(4, 12)];
        assert!((union_size("abcdefghijkl", ranges) - 12.0).abs() < 1e-6);
    }
}
