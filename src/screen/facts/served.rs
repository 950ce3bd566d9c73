//! For how many people, or for what load of sewage, is the activity made, where a sentence says so?
//!
//! Stands beside the reader of quantities: people are no unit of a product, and a number of them mostly says who lives
//! where. A number counts only where the sentence says whom the activity serves, or that the plant is made for a load.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::category::{names, words_of};
use super::claim::is_of_others;
use super::document::{evidence, evidence_blocks, sentences_of};
use super::own_size::is_own;
use super::thresholds::Threshold;
use crate::domain::document::Document;
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;

static SERVED: LazyLock<Regex> =
    LazyLock::new(|| numbered(r"(?:people|inhabitants|residents|человек|жител|kishi|киши|aholi|ахоли|명)"));

static LOAD: LazyLock<Regex> = LazyLock::new(|| {
    numbered(r"(?:population[ -]equivalents?|p\. ?e\.|pe\b|э\. ?ж\.|эквивалентн\p{L}* жител)")
});

/// A number with its multiplier, and what it counts.
fn numbered(what: &str) -> Regex {
    const NUMBER: &str = r"(?:(?P<groups>\d{1,3}(?:[ \u{a0}\u{202f},.]\d{3})+)|(?P<plain>\d+(?:[.,]\d+)?))";
    const TIMES: &str = r"\s*(?:(?P<thousand>thousand|тыс\p{L}*\.?|ming|минг|천)|(?P<million>million|млн\.?|миллион\p{L}*|mln|만))?";
    Regex::new(&format!(r"{NUMBER}{TIMES}\s*{what}"))
        .expect("the pattern is a constant, compiled by the tests")
}

/// The sentence says whom the activity serves.
const SERVING: &[&str] =
    &[" for ", "serv", "для ", "обслужив", "uchun", "xizmat", "aholiga", "учун", "хизмат", "ахолига", "위한"];

/// People of another place or of a variant.
#[rustfmt::skip]
const NOT_SERVED: &[&str] = &[
    " km ", "kilomet", " км ", "километр", "alternativ", "variant", "вариант", "альтернатив", "muqobil", "대안",
];

/// The load is what a plant is made for, not what arrives or what the law speaks of.
const MADE_FOR: &[&str] = &[
    "capacity",
    "designed for",
    "design load",
    "rated load",
    "will treat",
    "проектная нагрузк",
    "мощност",
    "производительност",
    "рассчитан",
];

/// The load of today, of the law, or of a variant.
#[rustfmt::skip]
const NOT_MADE_FOR: &[&str] = &[
    "existing", "currently", "at present", "today", "present ", "threshold", "exceed", "limit", "more than", "annex",
    "alternativ", "variant", "option", "существующ", "сейчас", "настоящее время", "порог", "свыше", "вариант",
    "альтернатив",
];

/// How many people the activity serves, where its sentence says so.
pub(super) fn people_served(row: &Threshold, document: &Document) -> Option<(f64, Evidence)> {
    first(document, |words| {
        let is_it = names(words, &row.stems)
            && SERVING.iter().any(|cue| words.contains(cue))
            && !NOT_SERVED.iter().any(|cue| words.contains(cue))
            && !is_of_others(words);
        is_it.then(|| people(words))?.filter(|value| row.is_met(*value))
    })
}

/// For what load the works are made, where a sentence says so; only sewage has one. Whether the works are the project is
/// for the opening to say.
pub(super) fn load_treated(row: &Threshold, document: &Document) -> Option<(f64, Evidence)> {
    first(document, |words| {
        let is_it = MADE_FOR.iter().any(|cue| words.contains(cue))
            && !NOT_MADE_FOR.iter().any(|cue| words.contains(cue))
            && !names(words, &row.without)
            && is_own(words)
            && !is_of_others(words);
        is_it.then(|| load(words))?.filter(|value| row.is_met(*value))
    })
}

/// The first sentence in whose plain words a value is read.
fn first(document: &Document, read: impl Fn(&str) -> Option<f64>) -> Option<(f64, Evidence)> {
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let Some(value) = read(&words_of(sentence.of(text))) else { continue };
            let start = block.span.range.start + sentence.start;
            let range = TextRange::new(start, start + sentence.len());
            return Some((value, evidence(document, range, range, None)));
        }
    }
    None
}

fn people(words: &str) -> Option<f64> {
    counted(&SERVED.captures(words)?)
}

fn load(words: &str) -> Option<f64> {
    counted(&LOAD.captures(words)?)
}

fn counted(captures: &Captures<'_>) -> Option<f64> {
    let word = captures.name("million").or(captures.name("thousand")).map_or("", |word| word.as_str());
    let million = captures.name("million").map(|word| if word.as_str() == "만" { 1e4 } else { 1e6 });
    let times = million.or(captures.name("thousand").map(|_| 1e3));
    // `0,150 млн`: before a word that multiplies, one mark is that of decimals – which in English and Korean is
    // never a comma.
    let marks: &[char] =
        if ["million", "thousand", "만", "천"].contains(&word) { &['.'] } else { &['.', ','] };
    let is_fraction = |text: &str| {
        let one_mark = text.matches(['.', ',']).count() == 1 && text.contains(marks);
        times.is_some() && one_mark && !text.contains(char::is_whitespace)
    };
    let number: f64 = match captures.name("groups").map(|groups| groups.as_str()) {
        Some(groups) if !is_fraction(groups) => {
            groups.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?
        }
        Some(fraction) => fraction.replace(',', ".").parse().ok()?,
        None => captures.name("plain")?.as_str().replace(',', ".").parse().ok()?,
    };
    Some(number * times.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::{load, people};

    #[test]
    fn marks_of_thousands_and_of_decimals_are_told_apart() {
        for (words, expected) in [
            ("для 0,150 млн человек", 150_000.0),
            ("for 1.250 million people", 1_250_000.0),
            ("for 1,500 thousand inhabitants", 1_500_000.0),
            ("2,600만 명을 위한", 26_000_000.0),
            ("1,500천 명", 1_500_000.0),
            ("for 150,000 people", 150_000.0),
            ("для 1 250 тыс. человек", 1_250_000.0),
            ("для 12,5 тыс. жителей", 12_500.0),
            ("aholiga 1.250.000 kishi", 1_250_000.0),
        ] {
            assert_eq!(people(words), Some(expected), "{words}");
        }
    }

    #[test]
    fn loads_are_counted_in_population_equivalents_and_not_in_people() {
        for (words, expected) in [
            ("a capacity of 180,000 population equivalent", 180_000.0),
            ("designed for 0.2 million population equivalents", 200_000.0),
            ("designed for 165 000 p.e. in summer", 165_000.0),
            ("designed for 210,000 pe.", 210_000.0),
        ] {
            assert_eq!(load(words), Some(expected), "{words}");
        }
        for words in ["for 180,000 people", "180,000 persons", "180,000 peat pots"] {
            assert_eq!(load(words), None, "{words}");
        }
    }
}
