//! What the shape of a single line says about its being a heading: captions, list items, capitals,
//! titles that are known.

use super::contents::key;
use super::noise::is_noise;
use super::numbering;

/// True for captions of figures, tables, photos and maps: `Table 3-1. …`, `Рисунок 2 – …`, `1-jadval`.
pub(crate) fn is_caption(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "table",
        "figure",
        "fig",
        "photo",
        "photograph",
        "map",
        "exhibit",
        "chart",
        "plate",
        "box",
        "таблица",
        "табл",
        "рисунок",
        "рис",
        "фото",
        "карта",
        "схема",
        "jadval",
        "rasm",
        "жадвал",
        "расм",
        "표",
        "그림",
        "사진",
        "도면",
    ];
    let trimmed = text.trim_start_matches(['<', '[', '(', ' ']);
    let mut words = trimmed.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let first = key(first);
    let numbered = |word: &str| {
        word.trim_start_matches('№').chars().any(|c| c.is_ascii_digit())
            || (word.chars().count() <= 3
                && numbering::parse(&format!("{}.", word.trim_end_matches(['.', ':', '-']))).is_some())
    };
    if WORDS.contains(&first.as_str()) && (second == "№" || numbered(second)) {
        return true;
    }
    // `1-jadval`, `Таблица1`, `표1`, `<그림 2-1>`
    let letters: String = first.chars().filter(|c| !c.is_ascii_digit()).collect();
    letters != first
        && WORDS.contains(&letters.as_str())
        && letters.chars().count() >= 1
        && first.chars().any(|c| c.is_ascii_digit())
        && (letters.chars().count() > 3 || !letters.is_ascii())
}

/// True for lines that begin an item of a bulleted list.
pub(crate) fn is_bulleted(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let bullet = matches!(
        first,
        '•' | '●'
            | '○'
            | '▪'
            | '■'
            | '□'
            | '◦'
            | '►'
            | '▶'
            | '➢'
            | '✓'
            | '✔'
            | '·'
            | '\u{f0b7}'
            | '\u{f0a7}'
            | '★'
            | '◆'
            | '◇'
            | '※'
            | '‣'
            | '⁃'
    );
    let dash = matches!(first, '-' | '–' | '—' | '*' | 'o' | '+') && chars.next() == Some(' ');
    bullet
        || dash
        || text.starts_with("[ ]")
        || text.starts_with("[x]")
        || text.starts_with("[X]")
        || text.starts_with('☐')
        || text.starts_with('☒')
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
    let meaning: Vec<&&str> = words
        .iter()
        .filter(|word| word.chars().count() > 3 || word.chars().next().is_some_and(char::is_uppercase))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect();
    let capitalised = meaning
        .iter()
        .filter(|word| {
            word.trim_start_matches(|c: char| !c.is_alphanumeric())
                .chars()
                .next()
                .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit())
        })
        .count();
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
            matches!(
                word.to_lowercase().as_str(),
                "and"
                    | "or"
                    | "of"
                    | "the"
                    | "to"
                    | "in"
                    | "for"
                    | "with"
                    | "by"
                    | "a"
                    | "an"
                    | "that"
                    | "which"
                    | "is"
                    | "are"
                    | "и"
                    | "на"
                    | "в"
                    | "для"
                    | "по"
                    | "с"
                    | "va"
                    | "uchun"
                    | "bilan"
                    | "ва"
                    | "учун"
                    | "билан"
            )
        }),
    }
}

/// Titles that stand at the outermost level when they carry no number.
pub(crate) fn is_outermost_title(title: &str) -> bool {
    const TITLES: &[&str] = &[
        "introduction",
        "nontechnicalsummary",
        "references",
        "bibliography",
        "literaturecited",
        "executivesummary",
        "summary",
        "abbreviations",
        "acronyms",
        "acronymsandabbreviations",
        "glossary",
        "appendices",
        "attachments",
        "preface",
        "foreword",
        "abstract",
        "введение",
        "заключение",
        "выводы",
        "аннотация",
        "списоклитературы",
        "списокиспользованнойлитературы",
        "переченьсокращений",
        "приложения",
        "нетехническоерезюме",
        "kirish",
        "xulosa",
        "xulosalar",
        "foydalanilganadabiyotlar",
        "adabiyotlar",
        "ilovalar",
        "кириш",
        "хулоса",
        "адабиётлар",
        "иловалар",
        "요약",
        "서론",
        "결론",
        "참고문헌",
        "부록",
    ];
    TITLES.contains(&key(title).as_str())
}

/// True if the words name a kind of document, as titles of short reports do.
pub(crate) fn names_a_document(title: &str) -> bool {
    const WORDS: &[&str] = &[
        "categorical exclusion",
        "decision record",
        "record of",
        "decision memo",
        "environmental assessment",
        "environmental impact",
        "finding of no significant",
        "notice of",
        "determination",
        "evaluation",
        "conditions of approval",
        "clearance",
        "worksheet",
        "report",
        "statement",
        "оценка воздействия",
        "заявление о воздействии",
        "отчет",
        "отчёт",
        "заключение",
        "проект зво",
        "проект овос",
        "atrof-muhitga ta",
        "bayonot",
        "hisobot",
        "атроф-муҳитга",
        "баёнот",
        "ҳисобот",
        "환경영향평가",
        "평가서",
        "보고서",
    ];
    let lower = title.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_in_every_language_are_recognised() {
        for text in [
            "Table 3-1. Species",
            "Figure 2 Location",
            "Таблица 4 – Выбросы",
            "Рис. 1. Схема",
            "1-jadval. Chiqindilar",
            "2-расм",
            "표 3",
            "<그림 2-1> 위치",
            "Table B-2. Cost",
        ] {
            assert!(is_caption(text), "{text}");
        }
        for text in ["Table of Contents", "Map Units", "Box Elder County", "Figures", "3 Map"] {
            assert!(!is_caption(text), "{text}");
        }
    }
}
