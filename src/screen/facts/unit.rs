//! Which unit stands behind a number, and per what time?
//!
//! Units are grammar, not policy, so the table is code; factors are exact by definition (foot 0.3048 m, acre
//! 4046.8564224 m², US gallon 3.785411784 l, acre-foot 1233.48183754752 m³). A quantity per hectare, per person or
//! per tonne is a rate of something else and no fact of ours: it is refused here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::fact::{Base, Period, Unit};

/// What may follow the unit's letters.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// A word that takes endings: `гектаров`, `gektarni`, `tonnes`.
    Word,
    /// A symbol: no letter of its script may follow; Korean particles may.
    Symbol,
}

/// Spellings of one unit.
struct Group {
    base: Base,
    factor: f64,
    period: Option<Period>,
    ending: Ending,
    printed: &'static [&'static str],
}

const fn words(base: Base, factor: f64, printed: &'static [&'static str]) -> Group {
    Group { base, factor, period: None, ending: Ending::Word, printed }
}

const fn signs(base: Base, factor: f64, printed: &'static [&'static str]) -> Group {
    Group { base, factor, period: None, ending: Ending::Symbol, printed }
}

const fn rates(base: Base, factor: f64, period: Period, printed: &'static [&'static str]) -> Group {
    Group { base, factor, period: Some(period), ending: Ending::Symbol, printed }
}

const ACRE: f64 = 0.404_685_642_24;
const MILE: f64 = 1609.344;
const FOOT: f64 = 0.3048;
const GALLON: f64 = 0.003_785_411_784;
const ACRE_FOOT: f64 = 1_233.481_837_547_52;

/// Units in lower case.
const GROUPS: &[Group] = &[
    words(Base::Metre, 1000.0, &["kilomet", "километр", "kilometr", "킬로미터"]),
    signs(Base::Metre, 1000.0, &["km", "км", "㎞"]),
    signs(Base::Metre, 1.0, &["metres", "meters", "metre", "meter", "m", "м"]),
    words(Base::Metre, 1.0, &["metr", "метр", "미터"]),
    signs(Base::Metre, MILE, &["miles", "mile", "mi."]),
    signs(Base::Metre, FOOT, &["feet", "foot", "ft.", "ft"]),
    signs(Base::Metre, 0.9144, &["yards"]),
    words(Base::Hectare, 1.0, &["hectare", "гектар", "gektar", "헥타르"]),
    signs(Base::Hectare, 1.0, &["ha", "га", "ga", "㏊"]),
    signs(Base::Hectare, ACRE, &["acres", "acre"]),
    signs(
        Base::Hectare,
        100.0,
        &["km2", "km²", "km^2", "км2", "км²", "㎢", "кв. км", "кв.км", "kv. km", "kv.km", "sq km", "sq. km"],
    ),
    words(
        Base::Hectare,
        100.0,
        &["square kilomet", "квадратных километр", "kvadrat kilometr", "квадрат километр"],
    ),
    signs(Base::Hectare, 258.998_811_033_6, &["square miles", "square mile"]),
    signs(
        Base::Hectare,
        1e-4,
        &["m2", "m²", "m^2", "㎡", "м2", "м²", "м^2", "кв. м", "кв.м", "kv.m", "kv. m", "sq m", "sq. m"],
    ),
    words(
        Base::Hectare,
        1e-4,
        &["square met", "квадратных метр", "kvadrat metr", "квадрат метр", "제곱미터"],
    ),
    signs(Base::Hectare, 9.290_304e-6, &["square feet", "sq ft", "sq. ft"]),
    words(Base::Tonne, 1.0, &["tonne", "тонн", "tonna", "톤"]),
    signs(Base::Tonne, 0.907_184_74, &["tons", "ton", "short tons"]),
    signs(Base::Tonne, 1.0, &["metric tons", "metric ton", "t", "т", "tpa", "톤co2", "tco2", "tco₂"]),
    signs(Base::Tonne, 1e3, &["kt", "кт"]),
    signs(Base::Tonne, 1e-3, &["kg", "кг", "㎏"]),
    words(Base::Tonne, 1e-3, &["kilogram", "килограмм"]),
    signs(Base::Tonne, 0.000_453_592_37, &["lbs"]),
    rates(Base::Tonne, 1e6, Period::Year, &["mtpa"]),
    rates(Base::Tonne, 0.907_184_74, Period::Year, &["tpy"]),
    rates(Base::Tonne, 1.0, Period::Day, &["tpd"]),
    rates(Base::Tonne, 1.0, Period::Hour, &["tph"]),
    rates(Base::Gram, 1.0, Period::Second, &["g/s", "г/с", "g/sek", "г/сек"]),
    signs(Base::TonneCo2e, 1.0, &["tco2eq", "tco2-eq", "tco2e", "tco₂e", "tco₂eq", "톤co2eq"]),
    signs(Base::TonneCo2e, 1e3, &["ktco2e"]),
    signs(Base::TonneCo2e, 1e6, &["mtco2e"]),
    signs(
        Base::CubicMetre,
        1.0,
        &["m3", "m³", "m^3", "㎥", "м3", "м³", "м^3", "куб. м", "куб.м", "kub.m", "kub. m"],
    ),
    words(
        Base::CubicMetre,
        1.0,
        &["cubic met", "кубометр", "кубических метр", "kubometr", "kub metr", "куб метр", "세제곱미터"],
    ),
    rates(Base::CubicMetre, 1e-3, Period::Second, &["l/s", "л/с", "л/сек", "l/sek"]),
    signs(Base::CubicMetre, GALLON, &["gallons", "gallon"]),
    rates(Base::CubicMetre, GALLON * 60.0, Period::Hour, &["gpm"]),
    rates(Base::CubicMetre, GALLON, Period::Day, &["gpd"]),
    rates(Base::CubicMetre, GALLON * 1e6, Period::Day, &["mgd"]),
    rates(Base::CubicMetre, 0.028_316_846_592, Period::Second, &["cfs"]),
    signs(Base::CubicMetre, ACRE_FOOT, &["acre-feet", "acre-foot", "acre feet", "acre foot", "af"]),
    rates(Base::CubicMetre, ACRE_FOOT, Period::Year, &["afy"]),
    signs(Base::Megawatt, 1.0, &["mw", "мвт", "mvt", "mwp", "mwe", "㎿"]),
    words(Base::Megawatt, 1.0, &["megawatt", "мегаватт"]),
    signs(Base::Megawatt, 1e3, &["gw", "гвт"]),
    signs(Base::Megawatt, 1e-3, &["kw", "kwp", "квт", "kvt", "㎾"]),
    signs(Base::Kilovolt, 1.0, &["kv", "кв", "㎸"]),
    words(Base::Kilovolt, 1.0, &["kilovolt"]),
    signs(Base::Kilovolt, 1e-3, &["volt", "v"]),
    words(
        Base::Head,
        1.0,
        &["голов", "bosh", "бош", "마리", "head", "broiler", "laying hen", "птицемест", "скотомест"],
    ),
    signs(Base::Head, 1.0, &["두", "hens", "birds", "pigs", "sows", "cows"]),
    // Places are counted by the animals that stand in them.
    words(
        Base::Head,
        1.0,
        &[
            "places for broiler",
            "places for hens",
            "places for laying hen",
            "places for production pig",
            "places for fattening pig",
            "places for sow",
            "hen place",
            "sow place",
            "production pig",
            "fattening pig",
            "finishing pig",
        ],
    ),
    signs(Base::Place, 1.0, &["beds", "коек", "seats"]),
    words(
        Base::Place,
        1.0,
        &["мест", "oʻrin", "o'rin", "o‘rin", "o’rin", "o`rin", "ўрин", "урин", "병상", "객실"],
    ),
    words(Base::Piece, 1.0, &["dona", "дона", "штук"]),
    signs(Base::Piece, 1.0, &["шт.", "шт", "pieces", "bricks", "units"]),
];

/// Words for the time after a slash, `per` or `в`.
const PERIODS: &[(&str, Period)] = &[
    ("year", Period::Year),
    ("yr", Period::Year),
    ("annum", Period::Year),
    ("a", Period::Year),
    ("y", Period::Year),
    ("год", Period::Year),
    ("г", Period::Year),
    ("yil", Period::Year),
    ("йил", Period::Year),
    ("년", Period::Year),
    ("연", Period::Year),
    ("y.", Period::Year),
    ("month", Period::Month),
    ("мес", Period::Month),
    ("oy", Period::Month),
    ("ой", Period::Month),
    ("월", Period::Month),
    ("day", Period::Day),
    ("d", Period::Day),
    ("сут", Period::Day),
    ("день", Period::Day),
    ("kun", Period::Day),
    ("sutka", Period::Day),
    ("кун", Period::Day),
    ("сутка", Period::Day),
    ("일", Period::Day),
    ("hour", Period::Hour),
    ("hr", Period::Hour),
    ("h", Period::Hour),
    ("час", Period::Hour),
    ("ч", Period::Hour),
    ("soat", Period::Hour),
    ("соат", Period::Hour),
    ("시간", Period::Hour),
    ("시", Period::Hour),
    ("hod", Period::Hour),
    ("second", Period::Second),
    ("sec", Period::Second),
    ("sek", Period::Second),
    ("s", Period::Second),
    ("сек", Period::Second),
    ("с", Period::Second),
    ("초", Period::Second),
    ("min", Period::Hour),
    ("мин", Period::Hour),
];

/// Openings of a time phrase that follows a unit.
const PER: [&str; 9] = ["per ", "a ", "an ", "each ", "every ", "в ", "за ", "на ", "/"];

struct Entry {
    printed: &'static str,
    group: &'static Group,
}

/// By first character; within one, the longest first, so that `m3` is tried before `m`.
static BY_FIRST: LazyLock<BTreeMap<char, Vec<Entry>>> = LazyLock::new(|| {
    let mut table: BTreeMap<char, Vec<Entry>> = BTreeMap::new();
    for group in GROUPS {
        for printed in group.printed {
            let Some(first) = printed.chars().next() else { continue };
            table.entry(first).or_default().push(Entry { printed, group });
        }
    }
    for entries in table.values_mut() {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.printed.len()));
    }
    table
});

/// A unit as printed behind a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PrintedUnit {
    /// What it measures, with the time if that stands directly behind.
    pub unit: Unit,
    /// What the number has to be multiplied with.
    pub factor: f64,
    /// Where the unit begins and ends in the text.
    pub start: usize,
    /// One past its last byte, the time included.
    pub end: usize,
}

/// Reads the unit behind the number that ends at `number_end`. `folded` is in lower case.
pub(super) fn unit_after(folded: &str, number_end: usize) -> Option<PrintedUnit> {
    let gap_end = number_end + gap_len(&folded[number_end..]);
    let rest = &folded[gap_end..];
    let first = rest.chars().next()?;
    if !(first.is_alphabetic() || ('\u{3380}'..='\u{33df}').contains(&first)) {
        return None;
    }
    let entry = BY_FIRST.get(&first)?.iter().find(|entry| stands(entry, rest))?;
    let group = entry.group;
    let mut end = gap_end + entry.printed.len();
    if group.ending == Ending::Word {
        end += folded[end..]
            .chars()
            .take_while(|c| c.is_alphabetic() || is_apostrophe(*c))
            .map(char::len_utf8)
            .sum::<usize>();
    }
    let mut base = group.base;
    if base == Base::Megawatt && is_energy(&folded[end..]) {
        return None;
    }
    if base == Base::Tonne
        && let Some(after) = co2_equivalent(&folded[end..])
    {
        base = Base::TonneCo2e;
        end += after;
    }
    let (factor, mut period) = (group.factor, group.period);
    if entry.printed == "tpa" {
        period = Some(Period::Year);
    }
    let mut scale = 1.0;
    if period.is_none() {
        match time_after(&folded[end..]) {
            TimeAfter::Period(found, len, times) => {
                (period, scale) = (Some(found), times);
                end += len;
            }
            TimeAfter::Rate => return None,
            TimeAfter::Nothing => {}
        }
    }
    Some(PrintedUnit { unit: Unit { base, period }, factor: factor * scale, start: gap_end, end })
}

/// White space, hyphens and `of` between number and unit.
fn gap_len(text: &str) -> usize {
    let blanks = |c: char| {
        matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\n' | '\r' | '\t' | '-' | '‑' | '–')
    };
    let trimmed = text.trim_start_matches(blanks);
    let gap = text.len() - trimmed.len();
    // More than a few signs are layout, not a number with its unit.
    if gap > 6 { text.len() } else { gap }
}

/// `kWh`, `кВт·ч`, `kVt.soat`: energy, not power.
fn is_energy(after: &str) -> bool {
    let word = after.trim_start_matches([' ', '·', '*', '-', '‑', '⋅', '.', '×', '∙']);
    let letters: usize = word.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    matches!(
        &word[..letters],
        "h" | "hr" | "hour" | "hours" | "ч" | "час" | "часа" | "часов" | "s" | "с" | "시"
    ) || word.starts_with("soat")
        || word.starts_with("соат")
}

fn stands(entry: &Entry, rest: &str) -> bool {
    let Some(after) = rest.strip_prefix(entry.printed) else { return false };
    let Some(next) = after.chars().next() else { return true };
    match entry.group.ending {
        Ending::Word => true,
        Ending::Symbol => {
            let is_hangul = ('\u{ac00}'..='\u{d7a3}').contains(&next);
            // `m2` and `m3` have entries of their own; `m.` may end a sentence.
            !(next.is_alphanumeric() && !is_hangul)
                && !matches!(next, '²' | '³' | '^' | '\u{301}')
                && !is_apostrophe(next)
        }
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʻ' | 'ʼ' | '`')
}

/// Length of `CO2-eq`, `of CO₂ equivalent`, `СО2-экв.` at the start of `text`.
fn co2_equivalent(text: &str) -> Option<usize> {
    let start = text.trim_start_matches([' ', '\u{a0}', '-', '(']);
    let start = start.strip_prefix("of ").unwrap_or(start);
    let after = ["co2", "co₂", "со2", "со₂", "co 2", "со 2"].iter().find_map(|co2| start.strip_prefix(co2));
    // `экв. CO2` and `tonnes carbon dioxide equivalent` put the word first or spell it out.
    let (sign_first, tail) = match after {
        Some(tail) => (true, tail),
        None => (false, start.strip_prefix("carbon dioxide")?),
    };
    let tail = tail.trim_start_matches([' ', '\u{a0}', '-', '–', '(']);
    const EQUIVALENT: [&str; 8] = ["equivalent", "eq.", "eq", "экв", "ekv", "환산", "상당", "e"];
    let word = EQUIVALENT.iter().find(|word| tail.starts_with(**word))?;
    let after = &tail[word.len()..];
    let letters: usize =
        after.chars().take_while(|c| c.is_alphabetic() || is_apostrophe(*c)).map(char::len_utf8).sum();
    if *word == "e" && letters > 0 || (!sign_first && *word != "equivalent") {
        return None;
    }
    let after = after[letters..].trim_start_matches(['.', ')']);
    Some(text.len() - after.len())
}

enum TimeAfter {
    /// A time, the length of the phrase, and how often the printed time fits into the stored one.
    Period(Period, usize, f64),
    /// Per something that is no time.
    Rate,
    Nothing,
}

/// Reads `/year`, `per day`, `в год`, `/сут`, `/년` directly behind a unit.
fn time_after(text: &str) -> TimeAfter {
    let start = text.trim_start_matches([' ', '\u{a0}']);
    let lead = text.len() - start.len();
    let Some(per) = PER.iter().find(|per| start.starts_with(**per)) else { return TimeAfter::Nothing };
    let word = start[per.len()..].trim_start_matches(' ');
    let skipped = lead + (start.len() - word.len());
    let letters: usize = word.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    let (found, after) = word.split_at(letters);
    let slash = *per == "/";
    for (name, period) in PERIODS {
        // Behind a slash short forms stand; as words they must be long enough not to be something else.
        let is_it = found == *name
            || (name.chars().count() >= 3 && found.starts_with(name))
            || (name.starts_with(['년', '일', '시', '월']) && found.starts_with(name));
        if is_it && (slash || name.chars().count() >= 3) {
            let times = if matches!(*name, "min" | "мин") { 60.0 } else { 1.0 };
            return TimeAfter::Period(*period, skipped + letters, times);
        }
    }
    let rate = slash || matches!(*per, "per " | "на ");
    // `/ м2`, `per hectare`, `на тонну`; `t / 12` is no rate.
    if rate && (letters > 0 || after.starts_with(['㎡', '㎥'])) {
        TimeAfter::Rate
    } else {
        TimeAfter::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, f64)> {
        let end = text.bytes().take_while(|b| b.is_ascii_digit()).count();
        unit_after(text, end).map(|unit| (unit.unit.to_string(), unit.factor))
    }

    #[test]
    fn units_of_all_five_scripts_are_normalised() {
        for (text, unit, factor) in [
            ("5 гектаров", "ha", 1.0),
            ("5 gektarni", "ha", 1.0),
            ("5ha가", "ha", 1.0),
            ("5 м2", "ha", 1e-4),
            ("5 kv.m.", "ha", 1e-4),
            ("5㎢이다", "ha", 100.0),
            ("5 m3/day", "m3/day", 1.0),
            ("5 м³/сут.", "m3/day", 1.0),
            ("5 t/yil", "t/year", 1.0),
            ("5 tonnes per year", "t/year", 1.0),
            ("5 т в год", "t/year", 1.0),
            ("5톤/년", "t/year", 1.0),
            ("5 MVt".to_lowercase().leak(), "MW", 1.0),
            ("5 kub metr", "m3", 1.0),
            ("5 л/с", "m3/s", 1e-3),
            ("5 m3/min", "m3/h", 60.0),
            ("5 tco2e/yr", "t CO2e/year", 1.0),
            ("5 т со2-экв. в год", "t CO2e/year", 1.0),
            ("5 tonna co2 ekvivalentini", "t CO2e", 1.0),
            ("5 tonnes of co2-eq a year", "t CO2e/year", 1.0),
            ("5 oʻrinli", "places", 1.0),
            ("5 places for broilers", "head", 1.0),
            ("5 fattening pigs", "head", 1.0),
        ] {
            assert_eq!(read(text), Some((unit.to_owned(), factor)), "{text}");
        }
    }

    #[test]
    fn rates_per_something_else_are_refused() {
        for text in [
            "5 kg/ha",
            "5 kg per hectare",
            "5 кг на гектар",
            "5 t/м2",
            "5 mg",
            "5 %",
            "5 mm",
            "5 dba",
            "5 places for cars",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
