//! Lines that look like headings and are not: addresses, dates, file numbers, signatures, amounts,
//! entries of a reference list.

use super::contents::key;

/// True if the line is an address, date, file number, signature, telephone number, link or form field.
pub(super) fn is_noise(title: &str, letters: usize, digits: usize) -> bool {
    let lower = title.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if letters == 0
        || digits > letters
        || title.contains('@')
        || title.contains("____")
        || title.contains("[x]")
        || title.contains("[ ]")
        || has("http")
        || has("www.")
    {
        return true;
    }
    if lower.starts_with("/s/")
        || lower.starts_with("s/ ")
        || has("phone")
        || has("fax:")
        || has("intentionally left blank")
        || has("left intentionally blank")
        || has("p.o. box")
        || has("тел.")
        || has("телефон")
    {
        return true;
    }
    if ["dear ", "sincerely", "respectfully", "enclosure", "cc:", "уважаем", "с уважением", "ҳурмат"]
        .iter()
        .any(|start| lower.starts_with(start))
    {
        return true;
    }
    // File numbers: `DOI-BLM-MT-L060-2018-0001-CX`.
    let file_number =
        |word: &str| word.matches(['-', '–']).count() >= 3 && word.chars().any(|c| c.is_ascii_digit());
    title.split_whitespace().any(|word| file_number(word) || is_numeric_date(word))
        || is_code(title)
        || is_date(&lower)
        || is_address(title)
}

/// True for entries of a reference list and plans cited with their year: `Printing Office, 2007`,
/// `Management Plan (9/1994)`.
pub(crate) fn ends_in_year(title: &str) -> bool {
    let last = title.split_whitespace().next_back().unwrap_or("");
    let digits = last.trim_matches(|c: char| !c.is_ascii_digit()).rsplit('/').next().unwrap_or("");
    let year = digits.len() == 4
        && (digits.starts_with("19") || digits.starts_with("20"))
        && digits.chars().all(|c| c.is_ascii_digit());
    year && (title.contains(',') || last.contains('/'))
}

/// True for `9/13/2022`.
fn is_numeric_date(word: &str) -> bool {
    let parts: Vec<&str> = word.trim_matches(|c: char| !c.is_ascii_digit()).split(['/', '.']).collect();
    parts.len() == 3
        && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()))
        && word.contains('/')
}

/// True for a single word with digits in it: `REC-GOAL-01`, `N-92810`, `4S`.
fn is_code(title: &str) -> bool {
    let mut words = title.split_whitespace();
    let first = words.next().unwrap_or("");
    words.next().is_none() && first.chars().any(|c| c.is_ascii_digit())
}

/// True for a line that is nothing but a date: `March 3, 2016`, `12 мая 2020 г.`, `2020년 5월`.
fn is_date(lower: &str) -> bool {
    const MONTHS: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
        "yanvar",
        "fevral",
        "mart",
        "aprel",
        "iyun",
        "iyul",
        "avgust",
        "sentabr",
        "oktabr",
        "noyabr",
        "dekabr",
        "spring",
        "summer",
        "fall",
        "autumn",
        "winter",
    ];
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '/' | '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let month = words.iter().any(|word| MONTHS.contains(word));
    let numbers = words.iter().filter(|word| word.chars().all(|c| c.is_ascii_digit())).count();
    let other = words.len() - numbers - usize::from(month);
    (month && numbers >= 1 && other <= 1 && words.len() <= 5)
        || (numbers >= 1 && lower.contains('년') && words.len() <= 3)
}

/// True for street addresses and "City, ST 12345".
fn is_address(title: &str) -> bool {
    const STREETS: &[&str] = &[
        "street",
        "avenue",
        "road",
        "drive",
        "boulevard",
        "lane",
        "suite",
        "highway",
        "st",
        "ave",
        "rd",
        "blvd",
        "dr",
    ];
    let words: Vec<&str> = title.split_whitespace().collect();
    let starts_with_number =
        words.first().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit()) && word.len() >= 2);
    let street = words.iter().skip(1).any(|word| STREETS.contains(&key(word).as_str()));
    let zip = words.last().is_some_and(|word| {
        let digits = word.split('-').next().unwrap_or("");
        digits.len() == 5 && digits.chars().all(|c| c.is_ascii_digit())
    });
    (starts_with_number && street && words.len() <= 8) || (zip && words.len() <= 30 && title.contains(','))
}

/// True if what follows a number is a unit: `34.5 kV line`, `0,25 мг/м3` are amounts.
pub(crate) fn begins_with_unit(title: &str) -> bool {
    const UNITS: &[&str] = &[
        "kv", "kw", "mw", "gw", "v", "hz", "mi", "mile", "miles", "km", "m", "cm", "mm", "ft", "feet",
        "foot", "inch", "inches", "acre", "acres", "ha", "t", "kg", "g", "mg", "l", "percent", "million",
        "billion", "times", "hours", "days", "years", "km2", "m2", "m3", "ppm", "db", "dba", "кв", "квт",
        "мвт", "км", "м", "см", "мм", "га", "т", "кг", "г", "мг", "л", "тыс", "млн", "млрд", "дб", "дба",
        "м2", "м3", "м²", "м³", "км²", "ming", "mln", "mlrd", "gektar", "tonna",
    ];
    let first = title.split_whitespace().next().unwrap_or("");
    let word = first.split('/').next().unwrap_or("").to_lowercase();
    first.starts_with('%') || UNITS.contains(&word.trim_end_matches(['.', ',', ')', '-']))
}

/// True if the line has the verb of a sentence, as titles rarely do.
pub(crate) fn has_sentence_verb(title: &str) -> bool {
    const VERBS: &[&str] = &[
        "shall",
        "will",
        "must",
        "is",
        "are",
        "was",
        "were",
        "should",
        "may",
        "has",
        "have",
        "would",
        "является",
        "являются",
        "должен",
        "должны",
        "составляет",
        "осуществляется",
        "предусмотрено",
        "hisoblanadi",
        "kerak",
        "lozim",
        "керак",
        "лозим",
    ];
    title.split_whitespace().skip(1).any(|word| VERBS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::super::headings::shape;

    #[test]
    fn addresses_dates_and_fields_are_noise() {
        for text in [
            "1425 Fort Street",
            "Buffalo, Wyoming 82834-2436",
            "March 3, 2016",
            "October 2011",
            "12 мая 2020 г.",
            "Signature: ________",
            "mark@example.org",
            "Phone: 406-538-1900",
        ] {
            assert!(shape(text).is_noise, "{text}");
        }
        for text in
            ["Air Quality", "Decision and Order", "May Creek Crossing", "March of Events", "Водные ресурсы"]
        {
            assert!(!shape(text).is_noise, "{text}");
        }
    }
}
