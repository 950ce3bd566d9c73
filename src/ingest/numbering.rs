//! The grammar of printed heading numbers in five scripts: `1.1`, `ES-2`, `I.`, `A.`, `(a)`, `§ 3`,
//! `Chapter 2`, `Глава 1`, `1-bob`, `2-илова`, `제1장`, `가.`, `①`.
//!
//! It says what stands at the start of a line; whether the line is a heading is decided elsewhere.

/// Kinds of numbers, outermost first where they are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NumberKind {
    /// `Part I`, `Часть 2`, `제1편`.
    Part,
    /// `Раздел 2`, `2-bo‘lim`.
    Division,
    /// `Chapter 1`, `Глава 1`, `1-bob`, `제1장`.
    Chapter,
    /// `Appendix A`, `Приложение 1`, `1-ilova`, `부록 1`.
    Appendix,
    /// `Section 3`, `§ 3`, `제1절`.
    Section,
    /// `IV.`
    Roman,
    /// `A.`
    UpperLetter,
    /// `1.`, `1.1`, `1.0`, `ES-1.1`: the depth is part of the number.
    Decimal,
    /// `가.`
    KoreanLetter,
    /// `1)`
    DecimalParen,
    /// `a.`, `a)`
    LowerLetter,
    /// `가)`, `(가)`
    KoreanParen,
    /// `(1)`, `(a)`, `(iv)`
    Enclosed,
    /// `①`
    Circled,
}

impl NumberKind {
    /// True for kinds that number list items far more often than headings.
    pub(crate) fn is_list_like(self) -> bool {
        matches!(
            self,
            Self::DecimalParen | Self::LowerLetter | Self::KoreanParen | Self::Enclosed | Self::Circled
        )
    }

    /// True for kinds that carry a word: `Chapter 1`, `1-bob`.
    pub(crate) fn is_worded(self) -> bool {
        matches!(self, Self::Part | Self::Division | Self::Chapter | Self::Appendix | Self::Section)
    }
}

/// A number at the start of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    /// What kind.
    pub(crate) kind: NumberKind,
    /// Bytes of the number as printed, without the sign that closes it.
    pub(crate) label: usize,
    /// Where the title begins; the length of the line if there is none.
    pub(crate) title: usize,
    /// The number itself, outermost first: `[3, 1, 2]`.
    pub(crate) path: Vec<u32>,
    /// Depth from 1; `1.0` has depth 1.
    pub(crate) depth: u8,
    /// True if a sign or word shows that it is a number (`1.`, `Chapter 1`), false for `1 Introduction`.
    pub(crate) marked: bool,
}

const WORDS: &[(&str, NumberKind)] = &[
    ("part", NumberKind::Part),
    ("volume", NumberKind::Part),
    ("chapter", NumberKind::Chapter),
    ("section", NumberKind::Section),
    ("appendix", NumberKind::Appendix),
    ("annex", NumberKind::Appendix),
    ("attachment", NumberKind::Appendix),
    ("exhibit", NumberKind::Appendix),
    ("часть", NumberKind::Part),
    ("том", NumberKind::Part),
    ("раздел", NumberKind::Division),
    ("глава", NumberKind::Chapter),
    ("параграф", NumberKind::Section),
    ("приложение", NumberKind::Appendix),
    ("bob", NumberKind::Chapter),
    ("боб", NumberKind::Chapter),
    ("bo'lim", NumberKind::Division),
    ("бўлим", NumberKind::Division),
    ("qism", NumberKind::Part),
    ("қисм", NumberKind::Part),
    ("ilova", NumberKind::Appendix),
    ("илова", NumberKind::Appendix),
    ("부록", NumberKind::Appendix),
    ("별첨", NumberKind::Appendix),
    ("붙임", NumberKind::Appendix),
    ("§", NumberKind::Section),
];

const GANADA: &str = "가나다라마바사아자차카타파하";

/// Reads the number at the start of a tidy line.
pub(crate) fn parse(line: &str) -> Option<Numbered> {
    korean_ordinal(line)
        .or_else(|| worded(line))
        .or_else(|| number_then_word(line))
        .or_else(|| circled(line))
        .or_else(|| enclosed(line))
        .or_else(|| decimal(line))
        .or_else(|| roman(line))
        .or_else(|| letter(line))
}

/// Lower case with one sign for every apostrophe.
fn plain(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '‘' | '’' | 'ʻ' | 'ʼ' | '`' | '´') { '\'' } else { c })
        .collect()
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '‑' | '−')
}

/// Skips the signs and blanks between a number and its title.
fn title_start(line: &str, from: usize) -> usize {
    let rest = &line[from..];
    line.len()
        - rest
            .trim_start_matches(|c: char| {
                c.is_whitespace() || is_dash(c) || matches!(c, '.' | ':' | ')' | '|' | '。' | '·')
            })
            .len()
}

fn make(line: &str, kind: NumberKind, label: usize, path: Vec<u32>, depth: u8) -> Numbered {
    Numbered { kind, label, title: title_start(line, label), path, depth, marked: true }
}

/// `제1장`, `제 2 절`.
fn korean_ordinal(line: &str) -> Option<Numbered> {
    let rest = line.strip_prefix('제')?.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let number = digits.parse().ok()?;
    let after = rest[digits.len()..].trim_start();
    let unit = after.chars().next()?;
    let kind = match unit {
        '편' | '부' => NumberKind::Part,
        '장' => NumberKind::Chapter,
        '절' => NumberKind::Section,
        _ => return None,
    };
    let label = line.len() - after.len() + unit.len_utf8();
    let next = line[label..].chars().next();
    next.is_none_or(|c| !c.is_alphanumeric()).then(|| make(line, kind, label, vec![number], 1))
}

/// `Chapter 1`, `Приложение № 2`, `Appendix A`.
fn worded(line: &str) -> Option<Numbered> {
    let first = line.split_whitespace().next()?;
    let word_end = if line.starts_with('§') { '§'.len_utf8() } else { first.len() };
    let word = plain(&line[..word_end]);
    let kind = WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)?;
    let after = &line[word_end..];
    let number_at = line.len() - after.trim_start().trim_start_matches(['№', '#']).trim_start().len();
    let rest = &line[number_at..];
    let token: &str = rest
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ':' | ',' | ')') || (is_dash(c) && !rest.starts_with(c))
        })
        .next()?;
    let token = token.trim_end_matches('.');
    let path = number_token(token)?;
    let label = number_at + token.len();
    let following = line[label..].trim_start();
    // `Section 3.4, Fish …` and `Part 46 of the regulations` are sentences, not headings.
    if following.starts_with([',', ';', ')', '('])
        || line[title_start(line, label)..].chars().next().is_some_and(char::is_lowercase)
    {
        return None;
    }
    let depth = u8::try_from(path.len()).unwrap_or(u8::MAX);
    Some(make(line, kind, label, path, depth))
}

/// The number of a worded heading: `3`, `3.1`, `IV`, `A`, `Б`, `B-2`, `One`.
fn number_token(token: &str) -> Option<Vec<u32>> {
    const ENGLISH: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    if token.is_empty() || token.len() > 12 {
        return None;
    }
    if token.starts_with(|c: char| c.is_ascii_digit()) {
        return token.split(['.', '-']).map(|part| part.parse::<u32>().ok().filter(|n| *n < 1000)).collect();
    }
    if let Some(value) = roman_value(token) {
        return Some(vec![value]);
    }
    if let Some(index) = ENGLISH.iter().position(|word| word.eq_ignore_ascii_case(token)) {
        return Some(vec![index as u32 + 1]);
    }
    let mut chars = token.chars();
    let letter = chars.next().filter(|c| c.is_uppercase())?;
    let rest = chars.as_str().trim_start_matches(['-', '.']);
    let mut path = vec![letter_value(letter)?];
    if !rest.is_empty() {
        path.push(rest.parse().ok()?);
    }
    Some(path)
}

/// `1-bob`, `II боб`, `2 – ilova`, `3-bo‘lim`.
fn number_then_word(line: &str) -> Option<Numbered> {
    let token: String =
        line.chars().take_while(|c| c.is_ascii_digit() || matches!(c, 'I' | 'V' | 'X' | 'L')).collect();
    let value = if token.starts_with(|c: char| c.is_ascii_digit()) {
        token.parse().ok().filter(|n: &u32| *n < 1000)?
    } else {
        roman_value(&token)?
    };
    let rest = line[token.len()..].trim_start_matches(|c: char| c.is_whitespace() || is_dash(c));
    if rest.len() == line.len() - token.len() {
        return None;
    }
    let word_length: usize =
        rest.chars().take_while(|c| c.is_alphabetic() || "'‘’ʻʼ`´".contains(*c)).map(char::len_utf8).sum();
    let word = plain(&rest[..word_length]);
    let kind = WORDS
        .iter()
        .skip_while(|(known, _)| *known != "bob")
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)?;
    let label = line.len() - rest.len() + word_length;
    let title = title_start(line, label);
    if line[title..].chars().next().is_some_and(char::is_lowercase) && !line[label..].starts_with(['.', ':'])
    {
        return None;
    }
    Some(make(line, kind, label, vec![value], 1))
}

/// `①` to `⑳`.
fn circled(line: &str) -> Option<Numbered> {
    let c = line.chars().next().filter(|c| ('①'..='⑳').contains(c))?;
    Some(make(line, NumberKind::Circled, c.len_utf8(), vec![c as u32 - '①' as u32 + 1], 1))
}

/// `(1)`, `(a)`, `(iv)`, `(가)`.
fn enclosed(line: &str) -> Option<Numbered> {
    let rest = line.strip_prefix('(')?;
    let inner = &rest[..rest.char_indices().take(6).find(|(_, c)| *c == ')')?.0];
    let label = inner.len() + 2;
    if let Some(index) = single(inner).and_then(|c| GANADA.chars().position(|known| known == c)) {
        return Some(make(line, NumberKind::KoreanParen, label, vec![index as u32 + 1], 1));
    }
    let value = inner
        .parse()
        .ok()
        .filter(|n: &u32| *n < 200)
        .or_else(|| single(inner).and_then(letter_value))
        .or_else(|| roman_value(&inner.to_uppercase()))?;
    Some(make(line, NumberKind::Enclosed, label, vec![value], 1))
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// `1.`, `1.1`, `1.0`, `1)`, `ES-1.1`, `A.2`, `1 Introduction`.
fn decimal(line: &str) -> Option<Numbered> {
    let (prefix, prefix_path) = decimal_prefix(line);
    let body = &line[prefix..];
    let mut path = prefix_path;
    let mut at = 0;
    let mut dots = false;
    loop {
        let digits: usize = body[at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 3 {
            return None;
        }
        path.push(body[at..at + digits].parse().ok()?);
        at += digits;
        let rest = &body[at..];
        if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) && path.len() < 8 {
            dots = true;
            at += 1;
        } else {
            break;
        }
    }
    let label = prefix + at;
    let rest = &line[label..];
    let closed = rest.starts_with(['.', ')', ':']) || rest.starts_with("．");
    let after = rest.trim_start_matches(['.', ')', ':', '．']);
    let dashed = after.starts_with(is_dash) && !after.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let spaced = after.is_empty() || after.starts_with(char::is_whitespace) || dashed;
    // `1.Введение` without a blank is common; `1.5m` and `2nd` are not numbers of headings.
    let glued = closed && after.starts_with(|c: char| c.is_uppercase() || ('가'..='힣').contains(&c));
    if !(spaced || glued) {
        return None;
    }
    if rest.starts_with(')') {
        return Some(make(line, NumberKind::DecimalParen, label, path, 1));
    }
    let depth = path.iter().rposition(|part| *part != 0).map_or(1, |last| last + 1);
    let marked = closed || dots || prefix > 0;
    if !marked && (after.trim().is_empty() || path[0] > 60) {
        return None;
    }
    let depth = u8::try_from(depth).unwrap_or(u8::MAX);
    Some(Numbered { kind: NumberKind::Decimal, label, title: title_start(line, label), path, depth, marked })
}

/// A prefix of one to three capitals: `ES-` stands for itself, a single letter (`A.1`) is a level.
fn decimal_prefix(line: &str) -> (usize, Vec<u32>) {
    let letters: String =
        line.chars().take_while(|c| c.is_uppercase() && c.is_alphabetic()).take(4).collect();
    let count = letters.chars().count();
    let rest = &line[letters.len()..];
    if !(1..=3).contains(&count) || !rest.starts_with(['-', '.', '–']) {
        return (0, Vec::new());
    }
    let sign = rest.chars().next().map_or(0, char::len_utf8);
    if !rest[sign..].starts_with(|c: char| c.is_ascii_digit()) {
        return (0, Vec::new());
    }
    let path = if count == 1 { letters.chars().filter_map(letter_value).collect() } else { Vec::new() };
    (letters.len() + sign, path)
}

/// `IV.`, `II:`; single letters that are no I, V or X count as letters.
fn roman(line: &str) -> Option<Numbered> {
    let token: String =
        line.chars().take_while(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C' | 'Ⅰ'..='Ⅻ')).collect();
    let value = match single(&token) {
        Some(c @ 'Ⅰ'..='Ⅻ') => c as u32 - 'Ⅰ' as u32 + 1,
        Some('L' | 'C') => return None,
        _ => roman_value(&token)?,
    };
    closed_by_sign(line, token.len()).then(|| make(line, NumberKind::Roman, token.len(), vec![value], 1))
}

/// True if `.`, `:` or `)` and then a blank (or the end) follow.
fn closed_by_sign(line: &str, at: usize) -> bool {
    let rest = &line[at..];
    rest.starts_with(['.', ':', ')']) && rest[1..].chars().next().is_none_or(char::is_whitespace)
}

fn roman_value(token: &str) -> Option<u32> {
    let digits: Vec<u32> = token
        .chars()
        .map(|c| match c {
            'I' => Some(1),
            'V' => Some(5),
            'X' => Some(10),
            'L' => Some(50),
            'C' => Some(100),
            _ => None,
        })
        .collect::<Option<_>>()?;
    if digits.is_empty()
        || digits.len() > 7
        || digits.windows(4).any(|four| four.iter().all(|d| *d == four[0]))
    {
        return None;
    }
    let mut total = 0u32;
    let mut largest = 0;
    for digit in digits.iter().rev() {
        total = if *digit < largest { total.checked_sub(*digit)? } else { total + digit };
        largest = largest.max(*digit);
    }
    (total > 0 && total < 200).then_some(total)
}

/// `A.`, `b)`, `Б.`, `가.`.
fn letter(line: &str) -> Option<Numbered> {
    let c = line.chars().next().filter(|c| c.is_alphabetic())?;
    let label = c.len_utf8();
    if let Some(index) = GANADA.chars().position(|known| known == c) {
        let closing = line[label..].chars().next()?;
        let kind = match closing {
            '.' => NumberKind::KoreanLetter,
            ')' => NumberKind::KoreanParen,
            _ => return None,
        };
        let spaced =
            line[label + 1..].chars().next().is_none_or(|c| c.is_whitespace() || ('가'..='힣').contains(&c));
        return spaced.then(|| make(line, kind, label, vec![index as u32 + 1], 1));
    }
    let value = letter_value(c)?;
    if !closed_by_sign(line, label) {
        return None;
    }
    let paren = line[label..].starts_with(')');
    let kind = if c.is_uppercase() && !paren { NumberKind::UpperLetter } else { NumberKind::LowerLetter };
    Some(make(line, kind, label, vec![value], 1))
}

/// Position of a Latin or Cyrillic letter in its alphabet, from 1.
fn letter_value(c: char) -> Option<u32> {
    const CYRILLIC: &str = "абвгдежзиклмнопрстуфхцчшщэюя";
    let lower = c.to_lowercase().next()?;
    if lower.is_ascii_lowercase() {
        return Some(lower as u32 - 'a' as u32 + 1);
    }
    CYRILLIC.chars().position(|known| known == lower).map(|index| index as u32 + 1)
}

#[cfg(test)]
#[path = "numbering_tests.rs"]
mod tests;
