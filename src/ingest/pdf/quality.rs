//! Do the characters of a page form words? Broken encodings give text that is there and cannot be read.

use crate::domain::explanation::Code;

/// Pages with fewer letters are not judged by their words.
const FEWEST_LETTERS: usize = 120;

/// Returns what is wrong with the text of a page, if anything.
pub(crate) fn unreadable(text: &str) -> Option<Code> {
    let (mut all, mut lost, mut letters, mut latin, mut vowels) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        all += 1;
        let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
        if c == '\u{fffd}' || private || c.is_control() {
            lost += 1;
        }
        if c.is_alphabetic() {
            letters += 1;
        }
        if c.is_ascii_alphabetic() {
            latin += 1;
            if matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y') {
                vowels += 1;
            }
        }
    }
    let names = text.matches("(cid:").count();
    if all >= 16 && (lost * 5 > all || names * 5 * 7 > all) {
        return Some(Code::LettersUnmapped);
    }
    if letters < FEWEST_LETTERS {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let hangul = text.chars().any(|c| ('가'..='힣').contains(&c));
    let short = words.iter().filter(|word| word.chars().count() <= 2).count();
    if !hangul && short * 10 > words.len() * 8 {
        return Some(Code::LettersTorn);
    }
    // English, Russian in Latin letters, Uzbek: a third to a half of the letters are vowels. Text under
    // a shifted encoding has next to none, or signs in the midst of its words.
    if latin * 10 > letters * 9 && vowels * 100 < latin * 15 {
        return Some(Code::LettersNoWords);
    }
    let torn = words.iter().filter(|word| is_torn(word)).count();
    if torn * 2 > words.len() {
        return Some(Code::CharactersNoWords);
    }
    None
}

/// True for words with signs among the letters, such as `7K#S&q`.
fn is_torn(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
    let signs = inner
        .chars()
        .filter(|c| {
            !c.is_alphanumeric()
                && !matches!(c, '-' | '\'' | '’' | 'ʻ' | '.' | '/' | ',' | '–' | '—' | '_' | '@' | '·')
        })
        .count();
    inner.chars().count() >= 4 && signs * 4 >= inner.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_in_every_script_is_readable() {
        for text in [
            "The proposed action would not alter the distribution of harvestable fisheries resources in the area. ",
            "Проектом предусмотрены мероприятия по охране атмосферного воздуха и водных объектов. ",
            "Loyihada atmosfera havosini muhofaza qilish bo‘yicha chora-tadbirlar ko‘zda tutilgan. ",
            "본 사업의 시행으로 인한 대기질 영향은 경미할 것으로 예측되었다. ",
            "12.5 17.3 0.04 1,200 3.5 ",
        ] {
            assert_eq!(unreadable(&text.repeat(10)), None, "{text}");
        }
    }

    #[test]
    fn broken_encodings_are_noticed() {
        assert!(unreadable(&"\u{e012}\u{e044}\u{e031} \u{e020}\u{e045} ".repeat(20)).is_some());
        assert!(unreadable(&"(cid:12)(cid:44)(cid:7) ".repeat(20)).is_some());
        assert!(unreadable(&"7KH SURSRVHG DFWLRQ ZRXOG QRW FKDQJH WKH VWUHDP ".repeat(20)).is_some());
        assert!(unreadable(&"T h e p r o j e c t i s n e w ".repeat(20)).is_some());
    }
}
