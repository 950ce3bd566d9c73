//! Does a sentence or row give a value beside a stricter limit?
//!
//! "0,31 мг/м3 при ПДК 0,2" says itself that a limit is exceeded, whatever the table of limits holds.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::language::Language;
use crate::text::numerals::{has_decimal_comma, value_of};

static STATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)([0-9]+(?:[.,][0-9]+)?) ?(?:(?:тыс\.?|млн\.?|ming|mln|минг|thousand|million|천|만) ?)?((?:mg|мг|µg|μg|мкг|㎍|㎎|kg|кг|g|г|dB|дБ|ppm|ppb|Bq|Бк|mSv|мЗв|µSv|мкЗв|mkg|mkZv|%|℃|°C|t|т|m3|m³|м3|м³|㎥|л/с|l/s|pCi|µR|mm/s|мм/с)[^\s,;|)]{0,8})?")
        .expect("the pattern is a constant")
});

/// A limit behind its number: "the 10 µg/L drinking water standard".
static LIMIT_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:the|its|a|an) ([0-9]+(?:[.,][0-9]+)?)[ -](?:[^ .,;]+ ){1,4}(?:limit|standard|guideline|norm|criterion|threshold|level|mcl)\b")
        .expect("the pattern is a constant")
});

/// Words for a limit in the five scripts, in small letters.
const LIMIT_WORDS: [&str; 28] = [
    "limit",
    "standard of",
    "standard is",
    "mpc",
    "threshold of",
    "norm of",
    "permissible",
    "пдк",
    "норм",
    "предел",
    "допустим",
    "лимит",
    "rek",
    "rem ",
    "meʼyor",
    "meyor",
    "me'yor",
    "рэк",
    "рэм",
    "меъёр",
    "기준",
    "허용",
    "permitted",
    "allowed",
    "ruxsat et",
    "рухсат эт",
    "guideline",
    "criterion",
];

/// Bytes between the word for a limit and its number.
const LIMIT_REACH: usize = 28;

/// True if a sentence or row gives a value beside a stricter limit in the same unit ("0,31 мг/м3 при ПДК 0,2").
pub fn exceeds_stated_limit(sentence: &str, language: Language) -> bool {
    let lower = sentence.to_lowercase();
    let names_limit = || LIMIT_WORDS.iter().any(|word| lower.contains(word)) || LIMIT_BEHIND.is_match(&lower);
    if lower.len() != sentence.len() || !names_limit() {
        return false;
    }
    let decimal_comma = has_decimal_comma(sentence, Some(language));
    let numbers: Vec<(usize, f64, &str)> = STATED
        .captures_iter(&lower)
        .filter_map(|found| {
            let number = found.get(1)?;
            Some((
                number.start(),
                value_of(number.as_str(), decimal_comma)?,
                found.get(2).map_or("", |unit| unit.as_str().trim_end_matches(['.', ':'])),
            ))
        })
        .collect();
    let behind = LIMIT_BEHIND
        .captures(&lower)
        .and_then(|found| found.get(1))
        .and_then(|number| numbers.iter().position(|(start, ..)| *start == number.start()));
    let limit = behind.or_else(|| {
        LIMIT_WORDS.iter().flat_map(|word| lower.match_indices(word)).find_map(|(at, word)| {
            let end = at + word.len();
            numbers.iter().position(|(start, ..)| (end..end + LIMIT_REACH).contains(start))
        })
    });
    let Some(limit) = limit else { return false };
    let (_, bound, unit) = numbers[limit];
    let comparable = |other: &str| !other.is_empty() && (unit.is_empty() || unit == other);
    numbers
        .iter()
        .enumerate()
        .any(|(at, (_, value, other))| at != limit && comparable(other) && *value > bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::risk::selection::language_of_script;

    fn exceeds(sentence: &str) -> bool {
        exceeds_stated_limit(sentence, language_of_script(sentence))
    }

    #[test]
    fn value_beside_a_stricter_limit_exceeds_it() {
        for sentence in [
            "PM10 averaged 78 µg/m3 against a limit of 50 µg/m3.",
            "Диоксид азота – 0,31 мг/м3 при ПДК 0,2 мг/м3.",
            "Shovqin 62 dBA, meʼyor 55 dBA.",
            "NO2 | 0.31 mg/m3 | limit 0.2 mg/m3",
            "미세먼지 78㎍/㎥ (기준 50㎍/㎥)",
            "Забор достиг 3,9 млн м³ при лимите 2,6 млн м³.",
            "Arsenic is 22 µg/L, above the 10 µg/L drinking water standard.",
            "Ночью ожидается 53 дБА вместо допустимых 45 дБА.",
        ] {
            assert!(exceeds(sentence), "{sentence}");
        }
        for sentence in [
            "PM10 averaged 30 µg/m3 against a limit of 50 µg/m3.",
            "The limit is 50 µg/m3.",
            "62 dBA",
            "Noise would remain at 38 dBA, well under the 55 dBA guideline.",
            "Отбор 1,2 млн м³ при лимите 2,6 млн м³.",
            "Отбор 1,250 млн м³ при лимите 2,6 млн м³.",
        ] {
            assert!(!exceeds(sentence), "{sentence}");
        }
    }
}
