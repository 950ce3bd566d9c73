//! What is an Uzbek text in the other script?
//!
//! The letter rules are those of the official alphabets: е is *ye* at the start of a word and after a
//! vowel, a hard or a soft sign; ц is *ts* after a vowel and *s* elsewhere; ъ is the tutuq ʼ; ь is not
//! written. The other direction has to guess where Latin has lost a difference (ц or с, ь or nothing).

/// Returns the Uzbek text in Latin letters; anything that is not Cyrillic is kept.
pub fn uzbek_to_latin(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let lower = lowercase(c);
        let previous = at.checked_sub(1).and_then(|before| chars.get(before)).map(|&p| lowercase(p));
        let next = chars.get(at + 1).copied();
        match latin_of(lower, previous, next.map(lowercase)) {
            None => out.push(c),
            Some(latin) if lower == c => out.push_str(latin),
            Some(latin) => push_capital(&mut out, latin, is_shouted(&chars, at)),
        }
    }
    out
}

/// Returns the Latin letters for a lower-case Cyrillic letter, `None` if it is not Cyrillic.
pub(super) fn latin_of(c: char, previous: Option<char>, next: Option<char>) -> Option<&'static str> {
    let after_vowel = previous.is_some_and(is_cyrillic_vowel);
    let after_sign = matches!(previous, Some('ъ' | 'ь'));
    let at_start = !previous.is_some_and(char::is_alphabetic);
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' if at_start || after_vowel || after_sign => "ye",
        'е' | 'э' => "e",
        'ё' => "yo",
        'ж' => "j",
        'з' => "z",
        'и' | 'ы' => "i",
        'й' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "x",
        'ц' if after_vowel => "ts",
        'ц' => "s",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' if next == Some('е') && !after_vowel => "",
        'ъ' => "ʼ",
        'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'ў' => "oʻ",
        'қ' => "q",
        'ғ' => "gʻ",
        'ҳ' => "h",
        _ => return None,
    })
}

fn is_cyrillic_vowel(c: char) -> bool {
    matches!(c, 'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'ў' | 'э' | 'ю' | 'я' | 'ы')
}

fn lowercase(c: char) -> char {
    // Every letter of the two alphabets has a lower case of one character.
    c.to_lowercase().next().unwrap_or(c)
}

/// True if the capital at `at` stands in a word of capitals.
fn is_shouted(chars: &[char], at: usize) -> bool {
    let neighbour = |index: Option<usize>| index.and_then(|i| chars.get(i)).copied();
    match neighbour(Some(at + 1)).filter(|c| c.is_alphabetic()) {
        Some(next) => next.is_uppercase(),
        None => neighbour(at.checked_sub(1)).is_some_and(char::is_uppercase),
    }
}

fn push_capital(out: &mut String, letters: &str, all: bool) {
    for (at, c) in letters.chars().enumerate() {
        if at == 0 || all {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
}

/// Returns the Uzbek text in Cyrillic letters; anything that is not Latin is kept.
pub fn uzbek_to_cyrillic(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while at < chars.len() {
        let word = chars[at..].iter().take_while(|c| c.is_alphanumeric()).count();
        let is_word_start = at == 0 || !chars[at - 1].is_alphanumeric();
        if is_word_start && is_code(&chars[at..at + word]) {
            out.extend(&chars[at..at + word]);
            at += word;
            continue;
        }
        let (used, cyrillic) = cyrillic_of(&chars, at);
        match cyrillic {
            None => out.extend(chars.get(at)),
            Some(letters) if chars[at].is_uppercase() => {
                push_capital(&mut out, letters, is_shouted(&chars, at + used - 1));
            }
            Some(letters) => out.push_str(letters),
        }
        at += used;
    }
    out
}

/// True for Roman numerals and formulas, which are the same in both scripts.
fn is_code(word: &[char]) -> bool {
    let is_roman = !word.is_empty() && word.iter().all(|c| matches!(c, 'I' | 'V' | 'X'));
    is_roman || word.iter().any(|c| c.is_numeric())
}

/// Returns how many characters are used up at `at` and what they are in Cyrillic.
fn cyrillic_of(chars: &[char], at: usize) -> (usize, Option<&'static str>) {
    let letter = |index: usize| chars.get(index).map(|&c| lowercase(c));
    let (c, next) = (letter(at).unwrap_or(' '), letter(at + 1));
    let previous = at.checked_sub(1).and_then(letter);
    let has_sign = next.is_some_and(is_apostrophe);
    let next_has_sign = letter(at + 2).is_some_and(is_apostrophe);
    let after_consonant = previous.is_some_and(|p| p.is_alphabetic() && !is_latin_vowel(p));
    match (c, next) {
        ('o', _) if has_sign => (2, Some("ў")),
        ('g', _) if has_sign => (2, Some("ғ")),
        ('s', Some('h')) => (2, Some("ш")),
        ('c', Some('h')) => (2, Some("ч")),
        ('t', Some('s')) => (2, Some("ц")),
        ('y', Some('o')) if !next_has_sign => (2, Some("ё")),
        ('y', Some('u')) => (2, Some("ю")),
        ('y', Some('a')) => (2, Some("я")),
        ('y', Some('e')) if after_consonant => (2, Some("ъе")),
        ('y', Some('e')) => (2, Some("е")),
        ('e', _) if after_consonant => (1, Some("е")),
        ('e', _) => (1, Some("э")),
        // An apostrophe between s and h only keeps the two letters apart: Isʼhoq.
        _ if is_apostrophe(c) && previous == Some('s') && next == Some('h') => (1, Some("")),
        _ if is_apostrophe(c) && previous.is_some_and(char::is_alphabetic) => (1, Some("ъ")),
        _ => (1, single_cyrillic(c)),
    }
}

fn single_cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'a' => "а",
        'b' => "б",
        'd' => "д",
        'f' => "ф",
        'g' => "г",
        'h' => "ҳ",
        'i' => "и",
        'j' => "ж",
        'k' => "к",
        'l' => "л",
        'm' => "м",
        'n' => "н",
        'o' => "о",
        'p' => "п",
        'q' => "қ",
        'r' => "р",
        's' => "с",
        't' => "т",
        'u' => "у",
        'v' => "в",
        'x' => "х",
        'y' => "й",
        'z' => "з",
        _ => return None,
    })
}

fn is_latin_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u') || is_apostrophe(c)
}

/// True for every sign that is typed for the apostrophe of oʻ, gʻ and tutuq.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '\u{b4}'
            | '\u{2b9}'
            | '\u{2bb}'
            | '\u{2bc}'
            | '\u{2bd}'
            | '\u{2be}'
            | '\u{2bf}'
            | '\u{2c8}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201b}'
            | '\u{2032}'
            | '\u{ff07}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ер", "yer")]
    #[case("ерости сувлари", "yerosti suvlari")]
    #[case("лойиҳа ечимлари", "loyiha yechimlari")]
    #[case("поезд", "poyezd")]
    #[case("экологик", "ekologik")]
    #[case("таъсир", "taʼsir")]
    #[case("объект", "obyekt")]
    #[case("меъёр", "meʼyor")]
    #[case("каръер", "karyer")]
    #[case("нефть", "neft")]
    #[case("инфилтрация", "infiltratsiya")]
    #[case("цирк", "sirk")]
    #[case("акция", "aksiya")]
    #[case("ўғит, қўриқхона, ҳаво", "oʻgʻit, qoʻriqxona, havo")]
    #[case("ёғоч, юклама, яйлов", "yogʻoch, yuklama, yaylov")]
    #[case("Ер ШАҲАР Шаҳар ЭЛЕКТР", "Yer SHAHAR Shahar ELEKTR")]
    fn cyrillic_becomes_latin_by_the_letter_rules(#[case] cyrillic: &str, #[case] latin: &str) {
        assert_eq!(uzbek_to_latin(cyrillic), latin);
    }

    #[rstest]
    #[case("yer osti suvlari", "ер ости сувлари")]
    #[case("ekologik", "экологик")]
    #[case("obyekt", "объект")]
    #[case("yo'l qo‘yiladigan", "йўл қўйиладиган")]
    #[case("ta`sir, maʼlumot", "таъсир, маълумот")]
    #[case("Is'hoq", "Исҳоқ")]
    #[case("SHAHAR Shahar", "ШАҲАР Шаҳар")]
    #[case("CO₂ 12 가 II sinf", "CO₂ 12 가 II синф")]
    fn latin_becomes_cyrillic_by_the_letter_rules(#[case] latin: &str, #[case] cyrillic: &str) {
        assert_eq!(uzbek_to_cyrillic(latin), cyrillic);
    }
}
