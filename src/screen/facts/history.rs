//! Does a sentence speak of a time before a day?
//!
//! What was done under an act while it was in force was done rightly, and reports tell of it. A year before the day, or an
//! earlier month of the same year, makes a sentence history, unless it is that of an act: of the act asked about, whose
//! dates are data, or of one named beside it (`Act of 1969`, `закон от 10.01.2002 № 7-ФЗ`, `2026-yil 11-maydagi 234-son
//! qaror`). Takes plain words of one sentence.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::domain::span::TextRange;

static YEARS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:19|20)[0-9]{2}").expect("the pattern is a constant, compiled by the tests")
});

/// An act with its date.
static OF_ACTS: LazyLock<Regex> = LazyLock::new(|| {
    const YEAR: &str = "(?:19|20)[0-9]{2}";
    let english = format!(
        r"\b(?:acts?|laws?|code|decree|resolution|order|directive)(?: \([^()]{{1,24}}\))?(?: no\.? ?\S{{1,12}})? of (?:[0-9]{{1,2}} \p{{L}}+ |\p{{L}}+ [0-9]{{1,2}}, )?{YEAR}"
    );
    let day =
        format!(r"от (?:[0-9]{{1,2}}\.[0-9]{{1,2}}\.|[0-9]{{1,2}} \p{{L}}+ ){YEAR}(?: ?(?:года|год|г\.|г))?");
    let russian = format!(
        r"\b(?:закон|кодекс|приказ|постановлен|распоряжен|указом|указа |указу )[^№;0-9]{{0,140}}(?:№ ?\S{{1,14}} {day}|{day},? ?№)"
    );
    let uzbek = format!(
        r"{YEAR}[- ]?(?:yil|йил)\p{{L}}*,? [0-9]{{1,2}}[- ]?\p{{L}}+,? \S{{1,14}}(?:son|сон)\p{{L}}*,? (?:\S+ ){{0,6}}?(?:qonun|qaror|farmon|buyru|конун|карор|фармон|буйру)"
    );
    Regex::new(&format!("{english}|{russian}|{uzbek}"))
        .expect("the pattern is a constant, compiled by the tests")
});

/// What was given under an act and has a date and a number of its own.
#[rustfmt::skip]
const DOCUMENTS: [&str; 12] = [
    "заключен", "письм", "лиценз", "разрешен", "протокол", "договор", "xulosa", "хулоса", "ruxsatnoma", "рухсатнома",
    "shartnoma", "шартнома",
];

/// Beginnings of the names of months.
#[rustfmt::skip]
const MONTHS: [&[&str]; 12] = [
    &["jan", "yanv", "янв"], &["feb", "fev", "фев"], &["mar", "мар"], &["apr", "апр"], &["may", "май", "мая", "мае"],
    &["jun", "iyun", "июн"], &["jul", "iyul", "июл"], &["aug", "avg", "авг"], &["sep", "sent", "сен"],
    &["oct", "okt", "окт"], &["nov", "noya", "ноя"], &["dec", "dek", "дек"],
];

/// True if the sentence names a time before the day (ISO 8601) other than the dates in `own`.
pub(super) fn is_history(words: &str, own: &[String], day: &str) -> bool {
    let mut others = words.to_owned();
    for date in own {
        others = others.replace(date.as_str(), " ");
    }
    let rest = OF_ACTS.replace_all(&others, |found: &Captures<'_>| {
        let is_document = DOCUMENTS.iter().any(|word| found[0].contains(word));
        if is_document { found[0].to_owned() } else { " ".to_owned() }
    });
    let year = day.get(..4).unwrap_or("");
    let last: u8 = day.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(0);
    YEARS.find_iter(&rest).any(|found| {
        let place = TextRange::new(found.start(), found.end());
        if !is_whole(&rest, place) || found.as_str() > year {
            return false;
        }
        found.as_str() < year || month_beside(&rest, place).is_some_and(|named| named < last)
    })
}

fn is_whole(words: &str, place: TextRange) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    !words[..place.start].ends_with(is_digit) && !words[place.end..].starts_with(is_digit)
}

/// The month named with a year: `15.02.2025`, `February 15, 2025`, `2025-yil 15-fevral`, `2025년 2월`.
fn month_beside(words: &str, year: TextRange) -> Option<u8> {
    let (before, after) = (&words[..year.start], &words[year.end..]);
    let is_sign = |c: char| !c.is_alphanumeric();
    let mut last = before.rsplit(is_sign).filter(|word| !word.is_empty()).take(2);
    if before.ends_with('.') {
        return last.next()?.parse().ok();
    }
    let mut next = after.split(is_sign).filter(|word| !word.is_empty()).take(3);
    last.find_map(month).or_else(|| next.find_map(month))
}

fn month(word: &str) -> Option<u8> {
    if let Some((number, _)) = word.split_once('월') {
        return number.parse().ok();
    }
    let mut all = (1_u8..).zip(MONTHS);
    all.find(|(_, names)| names.iter().any(|name| word.starts_with(*name))).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::is_history;
    use crate::screen::facts::category::words_of;

    /// True if the sentence is history on 1 March 2025 for an act of 1 December 2020.
    fn is_old(sentence: &str) -> bool {
        is_history(&words_of(sentence), &["2020".to_owned()], "2025-03-01")
    }

    #[test]
    fn a_year_or_an_earlier_month_of_the_same_year_makes_history() {
        for sentence in [
            "Hearings were held in November 2024 under Order No. 999.",
            "Обсуждения проведены 14.02.2025 по приказу № 999.",
            "В январе 2025 года обсуждения проведены по приказу № 999.",
            "Положительное заключение от 14.03.2019 № 12 выдано по приказу № 999.",
            "По приказу выдано заключение от 14.03.2019 № 12.",
            "2025-yil 15-fevralda tinglov oʻtkazilgan.",
            "2019-yil 14-martdagi 12-son xulosa shu buyruq boʻyicha berilgan.",
            "2024 йилда тингланган.",
            "2025년 2월에 공청회를 열었다.",
        ] {
            assert!(is_old(sentence), "{sentence}");
        }
    }

    #[test]
    fn later_days_and_the_dates_of_acts_make_none() {
        for sentence in [
            "Приказ Минприроды России от 01.12.2020 № 999.",
            "Федеральным законом «Об охране окружающей среды» от 10.01.2002 № 7-ФЗ и приказом № 999",
            "по Федеральному закону № 7-ФЗ от 10 января 2002 года и приказу № 999",
            "The National Environmental Policy Act (NEPA) of 1969 and 40 CFR 1500",
            "Law No. 754-XII of 9 December 1992 and Order No. 999",
            "2018-yil 22-noyabrdagi 949-sonli qaror va 999-son buyruq",
            "2018 йил 22 ноябрдаги 949-сон қарорига мувофиқ",
            "Hearings were held in May 2025.",
            "The draft of 2026 has 12019 lines and 1500 pages.",
            "Обсуждения проведены 14.03.2025.",
        ] {
            assert!(!is_old(sentence), "{sentence}");
        }
    }
}
