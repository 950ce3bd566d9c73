//! Which sentences of a document can be evidence at all, and how far can each be trusted?
//!
//! First step of the completeness check. A document's blocks become *units*: sentences of running text,
//! list items and table rows. Headings, contents lines and running heads never become units. Each unit
//! carries a class, because the same words weigh differently in a statement, in a pointer to another
//! volume, in a promise for a later stage or in a denial.
//!
//! Invariant: units are in document order, do not overlap and start and end on `char` boundaries.

use crate::domain::document::{Block, BlockKind, Document};
use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::text::phrases::PhraseSet;
use crate::text::{language, sentences};

use super::cues::{Cue, Cues};

/// What a unit does with its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitClass {
    /// States something about the project or its surroundings.
    Statement,
    /// States that something is absent or unaffected.
    Denial,
    /// Cites or explains a law.
    Citation,
    /// States that the work itself was not done: `alternatives were not considered`.
    NotDone,
    /// Says what any report could say, without a figure: all measures are taken, requirements are met.
    Formal,
    /// Announces that the content will come later.
    Promise,
    /// Sends the reader elsewhere.
    Pointer,
    /// Only names a subject, like a title or an entry of a list.
    Label,
}

/// Where in the document a unit stands, as far as that limits what it can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// Ordinary text.
    Body,
    /// List of references: it names everything and proves only itself.
    References,
    /// List of preparers or title page.
    Preparers,
    /// Short list of annexes, figures or abbreviations.
    Listing,
    /// List of the report's own chapters: proves nothing.
    Contents,
}

/// One sentence, list item or table row.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Where it stands.
    pub range: TextRange,
    /// Index into `document.sections` of the innermost section.
    pub section: Option<usize>,
    /// Language it was matched in.
    pub language: Option<Language>,
    /// Letters and digits, scaled so that languages compare (a Korean syllable says more than a letter).
    pub size: f32,
    /// Numbers with a unit of measurement or counting.
    pub numbers: u32,
    /// Numbers that say how much or where: not years, clauses or places in a list.
    pub figures: u32,
    /// What it does with its words.
    pub class: UnitClass,
    /// Where it stands, as far as that matters.
    pub zone: Zone,
}

/// A phrase found in a unit.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// Identifier in the phrase set.
    pub phrase: u32,
    /// Index of the unit.
    pub unit: usize,
    /// Where the phrase stands.
    pub range: TextRange,
}

/// Units of a document with every phrase found in them.
#[derive(Debug, Default)]
pub struct Units {
    /// The units in document order.
    pub units: Vec<Unit>,
    /// The hits in document order.
    pub hits: Vec<Hit>,
    /// Letters in blocks whose language could not be told, scaled like [`Unit::size`].
    pub unknown_language: f32,
}

/// Returns true if blocks of that kind can be evidence.
pub fn is_evidence(kind: BlockKind) -> bool {
    matches!(kind, BlockKind::Paragraph | BlockKind::ListItem | BlockKind::TableRow | BlockKind::Caption)
}

/// Cuts the document into units and finds the phrases in them.
pub fn collect(document: &Document, phrases: &PhraseSet, cues: &Cues) -> Units {
    let mut found = Units::default();
    let main = document.languages.first().map(|share| share.language);
    let mut unknown_entries = 0;
    for block in &document.blocks {
        if block.kind == BlockKind::Contents {
            unknown_entries = UNKNOWN_ENTRIES;
        } else if is_evidence(block.kind) {
            let first = found.units.len();
            collect_block(document, block, main, phrases, cues, &mut found);
            let new = &mut found.units[first..];
            if unknown_entries > 0 && block.kind == BlockKind::ListItem && new.iter().all(Unit::can_be_entry)
            {
                unknown_entries -= 1;
                new.iter_mut().for_each(|unit| unit.zone = Zone::Contents);
            } else if !new.is_empty() {
                unknown_entries = 0;
            }
        } else if block.kind == BlockKind::Heading {
            unknown_entries = 0;
        }
    }
    found
}

/// Longest entry of a contents list, scaled letters.
const ENTRY: f32 = 90.0;

/// Entries of a contents list that may follow on those the body has: chapters that are not there.
pub const UNKNOWN_ENTRIES: usize = 3;

impl Unit {
    /// True if the unit is short and states no quantity, like an entry of a contents list.
    pub fn can_be_entry(&self) -> bool {
        self.size <= ENTRY && self.numbers == 0
    }
}

fn collect_block(
    document: &Document,
    block: &Block,
    main: Option<Language>,
    phrases: &PhraseSet,
    cues: &Cues,
    found: &mut Units,
) {
    let text = block.span.range.of(&document.text);
    if text.trim().is_empty() {
        return;
    }
    let base = block.span.range.start;
    let section = section_index(document, base);
    let language = block_language(document, text, section, main);
    let first = found.units.len();
    let whole = [TextRange::new(0, text.len())];
    let pieces = if block.kind == BlockKind::TableRow { whole.to_vec() } else { sentences::sentences(text) };
    let pieces = if pieces.is_empty() { whole.to_vec() } else { pieces };
    for piece in pieces {
        let words = piece.of(text);
        found.units.push(Unit {
            range: TextRange::new(base + piece.start, base + piece.end),
            section,
            language,
            size: size_of(words),
            numbers: quantities_in(words),
            figures: figures_in(words),
            class: UnitClass::Statement,
            zone: Zone::Body,
        });
    }
    if language.is_none() {
        found.unknown_language += size_of(text);
    }
    let mut cue_marks = vec![0u16; found.units.len() - first];
    for hit in phrases.find(text, language) {
        let start = base + hit.range.start;
        let local = found.units[first..].partition_point(|unit| unit.range.end <= start);
        if local == cue_marks.len() {
            continue;
        }
        if let Some(cue) = cues.of(hit.phrase) {
            cue_marks[local] |= cue.bit();
        }
        let range = TextRange::new(start, base + hit.range.end);
        found.hits.push(Hit { phrase: hit.phrase, unit: first + local, range });
    }
    for (unit, marks) in found.units[first..].iter_mut().zip(cue_marks) {
        unit.class = class_of(marks, unit.size, unit.figures);
    }
}

/// The strongest reservation wins; a long sentence that also points elsewhere still says something.
fn class_of(marks: u16, size: f32, figures: u32) -> UnitClass {
    let has = |cue: Cue| marks & cue.bit() != 0;
    if has(Cue::NotDone) {
        UnitClass::NotDone
    } else if has(Cue::Pointer) && size < 220.0 {
        UnitClass::Pointer
    } else if has(Cue::Promise) && size < 180.0 {
        UnitClass::Promise
    } else if has(Cue::Formal) && size < 200.0 && figures == 0 {
        UnitClass::Formal
    } else if has(Cue::Citation) {
        UnitClass::Citation
    } else if has(Cue::Denial) {
        UnitClass::Denial
    } else {
        UnitClass::Statement
    }
}

fn section_index(document: &Document, offset: usize) -> Option<usize> {
    document.sections.partition_point(|section| section.heading.start <= offset).checked_sub(1)
}

fn block_language(
    document: &Document,
    text: &str,
    section: Option<usize>,
    main: Option<Language>,
) -> Option<Language> {
    language::detect(text).or_else(|| section.and_then(|index| document.sections[index].language)).or(main)
}

/// Returns the letters and digits of `text`, a Hangul syllable counting 2.8.
pub fn size_of(text: &str) -> f32 {
    text.chars()
        .map(|c| match c {
            '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' => 2.8,
            c if c.is_alphanumeric() => 1.0,
            _ => 0.0,
        })
        .sum()
}

/// Units of measurement and counting, in lower case. Years, clause and page numbers have none of them.
const UNITS: [&str; 126] = [
    "%",
    "‰",
    "°",
    "℃",
    "㎡",
    "㎥",
    "㎍",
    "㎎",
    "㎞",
    "㎏",
    "m",
    "m2",
    "m3",
    "m²",
    "m³",
    "km",
    "km2",
    "cm",
    "mm",
    "ha",
    "kg",
    "g",
    "mg",
    "t",
    "l",
    "kw",
    "mw",
    "gw",
    "kwh",
    "mwh",
    "kv",
    "db",
    "dba",
    "ppm",
    "hp",
    "tonnes",
    "tons",
    "ton",
    "tonne",
    "acre",
    "acres",
    "mile",
    "miles",
    "foot",
    "feet",
    "ft",
    "inch",
    "inches",
    "yards",
    "cubic",
    "square",
    "gallons",
    "gallon",
    "pounds",
    "percent",
    "hectares",
    "hectare",
    "meters",
    "metres",
    "degrees",
    "residents",
    "people",
    "households",
    "vehicles",
    "aums",
    "species",
    "wells",
    "trips",
    "jobs",
    "м",
    "м2",
    "м3",
    "м²",
    "м³",
    "км",
    "см",
    "мм",
    "га",
    "кг",
    "г",
    "мг",
    "т",
    "л",
    "квт",
    "мвт",
    "кв",
    "тыс",
    "млн",
    "млрд",
    "дб",
    "дба",
    "тонн",
    "тонны",
    "гектар",
    "человек",
    "жителей",
    "пдк",
    "рэм",
    "rem",
    "ming",
    "mln",
    "million",
    "tonna",
    "gektar",
    "kvt",
    "минг",
    "киши",
    "kishi",
    "foiz",
    "фоиз",
    "nafar",
    "нафар",
    "dona",
    "дона",
    "bosh",
    "бош",
    "kub",
    "куб",
    "шт",
    "штук",
    "голов",
    "процентов",
    "톤",
    "명",
    "가구",
    "개소",
];

/// True for 1900 to 2099, which Russian follows by the sign of the gram.
fn is_year(number: &str) -> bool {
    number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))
}

/// Returns how many numbers in `text` are followed by a unit.
pub fn quantities_in(text: &str) -> u32 {
    let mut count = 0;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[start..];
        let end = number
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '–' | '-')))
            .unwrap_or(number.len());
        rest = &number[end..];
        if is_year(&number[..end]) {
            continue;
        }
        let after = rest.trim_start_matches([' ', '\u{a0}']);
        let unit: String = after
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '%' | '‰' | '°' | '²' | '³'))
            .flat_map(char::to_lowercase)
            .take(12)
            .collect();
        let counted = ["톤", "명", "가구", "개소", "회", "건", "세대"];
        if UNITS.contains(&unit.as_str())
            || unit.starts_with(['%', '°', '㎡', '㎍', '℃'])
            || counted.iter().any(|counter| unit.starts_with(counter))
        {
            count += 1;
        }
    }
    count
}

/// Words and signs before a number that names a place in a text or a document, in lower case.
const REFERENCES: [&str; 26] = [
    "№",
    "no",
    "nos",
    "section",
    "sections",
    "chapter",
    "annex",
    "appendix",
    "table",
    "figure",
    "fig",
    "article",
    "art",
    "paragraph",
    "п",
    "пп",
    "ст",
    "табл",
    "рис",
    "раздел",
    "глава",
    "приложение",
    "приложении",
    "sonli",
    "제",
    "표",
];

/// Returns how many numbers in `text` say how much or where.
pub fn figures_in(text: &str) -> u32 {
    let mut count = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + found;
        let end = text[start..]
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .map_or(text.len(), |length| start + length);
        at = end;
        let number = text[start..end].trim_end_matches(['.', ',']);
        let before = text[..start].trim_end_matches([' ', '\u{a0}', '.']);
        let word =
            before.rsplit(|c: char| !(c.is_alphanumeric() || c == '№')).next().unwrap_or("").to_lowercase();
        let is_reference = REFERENCES.contains(&word.as_str()) || before.ends_with(['№', '#', '§', '제']);
        let after = &text[end..];
        let opens_list =
            before.trim().is_empty() && (after.starts_with(')') || text[start..end].ends_with('.'));
        let is_part_of_a_name = before.len() == start && before.ends_with(|c: char| c.is_alphabetic());
        if !(is_year(number) || is_reference || opens_list || is_part_of_a_name) {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_years_and_clauses() {
        assert_eq!(quantities_in("86,4 т/год, 1 450 т и 98,5 % в 2026 г."), 3);
        assert_eq!(quantities_in("43 CFR 3160, Section 32; Act of 1976"), 0);
        assert_eq!(quantities_in("24,052 acres at 39 °C, 4.2MW and 73명이"), 4);
        assert_eq!(quantities_in("no figures 7"), 0);
    }

    #[test]
    fn the_strongest_reservation_decides_the_class() {
        assert_eq!(class_of(0, 50.0, 0), UnitClass::Statement);
        assert_eq!(class_of(Cue::Denial.bit() | Cue::Pointer.bit(), 50.0, 0), UnitClass::Pointer);
        assert_eq!(class_of(Cue::Pointer.bit(), 400.0, 0), UnitClass::Statement);
        assert_eq!(class_of(Cue::Formal.bit() | Cue::Denial.bit(), 90.0, 0), UnitClass::Formal);
        assert_eq!(class_of(Cue::Formal.bit(), 90.0, 2), UnitClass::Statement);
        assert_eq!(class_of(Cue::NotDone.bit() | Cue::Citation.bit(), 50.0, 0), UnitClass::NotDone);
    }

    #[test]
    fn figures_say_how_much_and_not_which() {
        assert_eq!(figures_in("17 cfs, 3.5 °F and 1,200 visitors in 2024"), 3);
        assert_eq!(figures_in("see section 4, Table 7, № 118, п. 19 and 제3장"), 0);
        assert_eq!(figures_in("2) the C02 class of 1998"), 0);
        assert_eq!(figures_in("12 нуқтада 216 намуна"), 2);
    }
}
