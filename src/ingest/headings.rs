//! What the shape of a single line says about its being a heading: captions, addresses, dates,
//! signatures, form fields and sentences are told apart here, by the line alone.

use super::contents::key;
use super::numbering::{self, NumberKind};

/// True for captions of figures, tables, photos and maps: `Table 3-1. …`, `Рисунок 2 – …`, `1-jadval`.
pub(crate) fn is_caption(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "table", "figure", "fig", "photo", "photograph", "map", "exhibit", "chart", "plate", "box", "таблица", "табл", "рисунок", "рис", "фото", "карта", "схема", "jadval", "rasm", "жадвал", "расм", "표", "그림", "사진", "도면",
    ];
    let trimmed = text.trim_start_matches(['<', '[', '(', ' ']);
    let mut words = trimmed.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let first = key(first);
    let numbered = |word: &str| word.trim_start_matches('№').chars().any(|c| c.is_ascii_digit()) || (word.chars().count() <= 3 && numbering::parse(&format!("{}.", word.trim_end_matches(['.', ':', '-']))).is_some());
    if WORDS.contains(&first.as_str()) && (second == "№" || numbered(second)) {
        return true;
    }
    // `1-jadval`, `Таблица1`, `표1`, `<그림 2-1>`
    let letters: String = first.chars().filter(|c| !c.is_ascii_digit()).collect();
    letters != first && WORDS.contains(&letters.as_str()) && letters.chars().count() >= 1 && first.chars().any(|c| c.is_ascii_digit()) && (letters.chars().count() > 3 || !letters.is_ascii())
}

/// True for lines that begin an item of a bulleted list.
pub(crate) fn is_bulleted(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let bullet = matches!(first, '•' | '●' | '○' | '▪' | '■' | '□' | '◦' | '►' | '▶' | '➢' | '✓' | '✔' | '·' | '\u{f0b7}' | '\u{f0a7}' | '★' | '◆' | '◇' | '※' | '‣' | '⁃');
    let dash = matches!(first, '-' | '–' | '—' | '*' | 'o' | '+') && chars.next() == Some(' ');
    bullet || dash || text.starts_with("[ ]") || text.starts_with("[x]") || text.starts_with("[X]") || text.starts_with('☐') || text.starts_with('☒')
}

/// Facts about one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) words: usize,
    pub(crate) characters: usize,
    /// Every cased letter is a capital (scripts without case have none).
    pub(crate) capitals: bool,
    /// Most words that carry meaning begin with a capital.
    pub(crate) title_case: bool,
    /// Begins with a lower-case letter.
    pub(crate) lower_start: bool,
    /// Last sign.
    pub(crate) end: char,
    /// Looks like an address, date, signature, telephone number, link, reference or form field.
    pub(crate) is_noise: bool,
    /// Has the scripts without capitals (Hangul) only.
    pub(crate) caseless: bool,
    /// Ends in a word that a title cannot end in.
    pub(crate) dangling: bool,
}

/// Looks at a title (number left out).
pub(crate) fn shape(title: &str) -> Shape {
    let words: Vec<&str> = title.split_whitespace().collect();
    let (mut upper, mut lower, mut letters, mut digits) = (0usize, 0usize, 0usize, 0usize);
    for c in title.chars() {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
        letters += usize::from(c.is_alphabetic());
        digits += usize::from(c.is_ascii_digit());
    }
    let meaning: Vec<&&str> = words.iter().filter(|word| word.chars().count() > 3 || word.chars().next().is_some_and(char::is_uppercase)).filter(|word| word.chars().any(char::is_alphabetic)).collect();
    let capitalised = meaning.iter().filter(|word| word.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit())).count();
    let first_letter = title.chars().find(|c| c.is_alphanumeric());
    let characters = title.chars().count();
    Shape {
        words: words.len(),
        characters,
        capitals: upper >= 2 && lower * 12 <= upper,
        title_case: !meaning.is_empty() && capitalised * 10 >= meaning.len() * 7,
        lower_start: first_letter.is_some_and(char::is_lowercase),
        end: title.chars().next_back().unwrap_or(' '),
        is_noise: is_noise(title, letters, digits),
        caseless: letters > 0 && upper == 0 && lower == 0,
        dangling: words.last().is_some_and(|word| {
            matches!(word.to_lowercase().as_str(), "and" | "or" | "of" | "the" | "to" | "in" | "for" | "with" | "by" | "a" | "an" | "that" | "which" | "is" | "are" | "и" | "на" | "в" | "для" | "по" | "с" | "va" | "uchun" | "bilan" | "ва" | "учун" | "билан")
        }),
    }
}

fn is_noise(title: &str, letters: usize, digits: usize) -> bool {
    let lower = title.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if letters == 0 || digits > letters || title.contains('@') || title.contains("____") || title.contains("[x]") || title.contains("[ ]") || has("http") || has("www.") {
        return true;
    }
    if lower.starts_with("/s/") || lower.starts_with("s/ ") || has("phone") || has("fax:") || has("intentionally left blank") || has("left intentionally blank") || has("p.o. box") || has("тел.") || has("телефон") {
        return true;
    }
    if ["dear ", "sincerely", "respectfully", "enclosure", "cc:", "уважаем", "с уважением", "ҳурмат"].iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    // File numbers: `DOI-BLM-MT-L060-2018-0001-CX`.
    let file_number = |word: &str| word.matches(['-', '–']).count() >= 3 && word.chars().any(|c| c.is_ascii_digit());
    title.split_whitespace().any(file_number) || is_date(&lower) || is_address(title)
}

/// True for a line that is nothing but a date: `March 3, 2016`, `12 мая 2020 г.`, `2020년 5월`.
fn is_date(lower: &str) -> bool {
    const MONTHS: &[&str] = &[
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря", "yanvar", "fevral", "mart", "aprel", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr", "spring", "summer", "fall", "autumn", "winter",
    ];
    let words: Vec<&str> = lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '/' | '-')).filter(|word| !word.is_empty()).collect();
    let month = words.iter().any(|word| MONTHS.contains(word));
    let numbers = words.iter().filter(|word| word.chars().all(|c| c.is_ascii_digit())).count();
    let other = words.len() - numbers - usize::from(month);
    (month && numbers >= 1 && other <= 1 && words.len() <= 5) || (numbers >= 1 && lower.contains('년') && words.len() <= 3)
}

/// True for street addresses and "City, ST 12345".
fn is_address(title: &str) -> bool {
    const STREETS: &[&str] = &["street", "avenue", "road", "drive", "boulevard", "lane", "suite", "highway", "st", "ave", "rd", "blvd", "dr"];
    let words: Vec<&str> = title.split_whitespace().collect();
    let starts_with_number = words.first().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit()) && word.len() >= 2);
    let street = words.iter().skip(1).any(|word| STREETS.contains(&key(word).as_str()));
    let zip = words.last().is_some_and(|word| {
        let digits = word.split('-').next().unwrap_or("");
        digits.len() == 5 && digits.chars().all(|c| c.is_ascii_digit())
    });
    (starts_with_number && street && words.len() <= 8) || (zip && words.len() <= 6 && title.contains(','))
}

/// Titles that stand at the outermost level when they carry no number.
pub(crate) fn is_outermost_title(title: &str) -> bool {
    const TITLES: &[&str] = &[
        "introduction", "nontechnicalsummary", "references", "bibliography", "literaturecited", "executivesummary", "summary", "abbreviations", "acronyms", "acronymsandabbreviations", "glossary", "appendices", "attachments", "preface", "foreword", "abstract", "введение", "заключение", "выводы", "аннотация", "списоклитературы", "списокиспользованнойлитературы", "переченьсокращений", "приложения", "нетехническоерезюме", "kirish", "xulosa", "xulosalar", "foydalanilganadabiyotlar", "adabiyotlar", "ilovalar", "кириш", "хулоса", "адабиётлар", "иловалар", "요약", "서론", "결론", "참고문헌", "부록",
    ];
    TITLES.contains(&key(title).as_str())
}

/// True if the words name a kind of document, as titles of short reports do.
pub(crate) fn names_a_document(title: &str) -> bool {
    const WORDS: &[&str] = &[
        "categorical exclusion", "decision record", "record of", "decision memo", "environmental assessment", "environmental impact", "finding of no significant", "notice of", "determination", "evaluation", "conditions of approval", "clearance", "worksheet", "report", "statement", "оценка воздействия", "заявление о воздействии", "отчет", "отчёт", "заключение", "проект зво", "проект овос", "atrof-muhitga ta", "bayonot", "hisobot", "атроф-муҳитга", "баёнот", "ҳисобот", "환경영향평가", "평가서", "보고서",
    ];
    let lower = title.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// A heading that stands at the start of its paragraph: `Proposed Action: the text goes on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunIn {
    /// Bytes of the heading, number and closing sign included.
    pub(crate) end: usize,
    /// Bytes of the number with the signs behind it.
    pub(crate) title: usize,
}

/// Finds a run-in heading at the start of a line; `lead` is how many bytes are set apart by bold or
/// italic type.
pub(crate) fn run_in(text: &str, lead: usize) -> Option<RunIn> {
    let number = numbering::parse(text);
    let title = number.as_ref().filter(|n| !n.kind.is_list_like()).map_or(0, |n| n.title);
    let rest = &text[title..];
    if lead > title + 2 && lead < text.len() {
        let head = text[title..lead].trim_end();
        let closed = head.ends_with(['.', ':', '–', '—']) || head.ends_with(" -") || text[lead..].trim_start().starts_with([':', '.', '–', '—']);
        let shape = shape(head.trim_end_matches(['.', ':', '-', '–', '—', ' ']));
        if closed && shape.words <= 12 && !shape.lower_start && !shape.is_noise {
            let after = text[lead..].chars().next().filter(|c| matches!(c, ':' | '.'));
            return Some(RunIn { end: title + head.len() + after.map_or(0, char::len_utf8), title });
        }
    }
    let colon = rest.find(": ")?;
    let head = &rest[..colon];
    let after = rest[colon + 2..].trim_start();
    let shape = shape(head);
    let fits = (1..=9).contains(&shape.words) && !shape.lower_start && !shape.is_noise && !head.contains(['.', ',', ';', '?', '(']) && (shape.title_case || shape.capitals || number.as_ref().is_some_and(|n| n.title > 0 && n.kind != NumberKind::LowerLetter));
    let sentence = after.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_alphabetic() || !(c.is_lowercase() || c.is_uppercase())) && after.split_whitespace().count() >= 3;
    (fits && sentence).then_some(RunIn { end: title + colon + 1, title })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_in_every_language_are_recognised() {
        for text in ["Table 3-1. Species", "Figure 2 Location", "Таблица 4 – Выбросы", "Рис. 1. Схема", "1-jadval. Chiqindilar", "2-расм", "표 3", "<그림 2-1> 위치", "Table B-2. Cost"] {
            assert!(is_caption(text), "{text}");
        }
        for text in ["Table of Contents", "Map Units", "Box Elder County", "Figures", "3 Map"] {
            assert!(!is_caption(text), "{text}");
        }
    }

    #[test]
    fn addresses_dates_and_fields_are_noise() {
        for text in ["1425 Fort Street", "Buffalo, Wyoming 82834-2436", "March 3, 2016", "October 2011", "12 мая 2020 г.", "Signature: ________", "mark@example.org", "Phone: 406-538-1900"] {
            assert!(shape(text).is_noise, "{text}");
        }
        for text in ["Air Quality", "Decision and Order", "May Creek Crossing", "March of Events", "Водные ресурсы"] {
            assert!(!shape(text).is_noise, "{text}");
        }
    }

    #[test]
    fn run_in_headings_end_at_the_sign() {
        let text = "A. Proposed Action: Western proposes to replace poles.";
        let found = run_in(text, 0).unwrap();
        assert_eq!((&text[..found.end], &text[found.title..found.end]), ("A. Proposed Action:", "Proposed Action:"));
        let text = "Labor Rates. Labor rates were taken from the database.";
        assert_eq!(run_in(text, 12).map(|found| &text[..found.end]), Some("Labor Rates."));
        assert_eq!(run_in("The list has three parts: one, two, three", 0), None);
    }
}
