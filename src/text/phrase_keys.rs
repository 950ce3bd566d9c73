//! Under which keys do a word of a phrase and a word of a text meet?
//!
//! A key is one letter for its kind and the word in that kind's form: `e` English word without inflection, `r` Russian stem,
//! `u` Uzbek stem, `l` Uzbek stem as typed on a keyboard without ў қ ғ ҳ, `x` the word itself; the
//! capitals `E R U L X` hold the unstemmed forms that a phrase with `*` is compared with.
//! A text word is looked up under every kind its script allows, so mixed files need no correct tag.

use super::inflection_english::{singular, verb_bases};
use super::spelling_english::americanise;
use super::tokens::latin_key;
use super::translit::uzbek_to_latin;
use super::words::WordKind;
use super::{stem_russian, stem_uzbek};
use crate::domain::language::Language;

/// Shortest Cyrillic word that is also read as typed without ў қ ғ ҳ; кул (ash) and кўл (lake) are not
/// to be confused.
const SHORTEST_LOOSE: usize = 5;

/// Returns the keys a folded text word (ё kept) is looked up under.
pub(super) fn text_keys(form: &str, kind: WordKind) -> Vec<String> {
    match kind {
        WordKind::Latin => {
            let mut keys = vec![
                format!("e{}", singular(form)),
                format!("u{}", stem_uzbek::stem(&latin_key(form))),
                exact(form, kind),
            ];
            keys.extend(verb_bases(form).into_iter().map(|base| format!("e{base}")));
            keys
        }
        WordKind::Cyrillic => {
            let mut keys = vec![
                format!("r{}", stem_russian::stem(&form.replace('ё', "е"))),
                format!("u{}", stem_uzbek::stem(&latin_key(form))),
                exact(form, kind),
            ];
            if is_loose(form) {
                keys.push(format!("l{}", stem_uzbek::stem(&loose_key(form))));
            }
            keys
        }
        WordKind::Number | WordKind::Code | WordKind::Other => vec![exact(form, kind)],
        WordKind::Korean => Vec::new(),
    }
}

/// Returns the keys under which a folded phrase word (ё kept) can be met.
pub(super) fn phrase_keys(form: &str, kind: WordKind, language: Language) -> Vec<String> {
    let is_uzbek = matches!(language, Language::UzbekLatin | Language::UzbekCyrillic);
    match kind {
        WordKind::Latin | WordKind::Cyrillic if is_uzbek => {
            let mut keys = vec![format!("u{}", stem_uzbek::stem(&latin_key(form)))];
            if form.chars().count() >= SHORTEST_LOOSE {
                keys.push(format!("l{}", stem_uzbek::stem(&loose_key(form))));
            }
            keys
        }
        WordKind::Latin if language == Language::English => {
            vec![format!("e{}", singular(form))]
        }
        WordKind::Cyrillic if language == Language::Russian => {
            let plain = form.replace('ё', "е");
            match stem_russian::listed_forms(&plain) {
                Some(forms) => forms.into_iter().map(|noun| format!("x{noun}")).collect(),
                None => vec![format!("r{}", stem_russian::stem(&plain))],
            }
        }
        _ => vec![exact(form, kind)],
    }
}

/// Returns the exact key of a folded word.
pub(super) fn exact(form: &str, kind: WordKind) -> String {
    match kind {
        WordKind::Number | WordKind::Code => format!("x{}", form.replace(',', ".")),
        _ => format!("x{}", form.replace('ё', "е")),
    }
}

/// Returns the unstemmed forms of a text word that a phrase word with `*` may be the beginning of.
pub(super) fn text_beginnings(form: &str, kind: WordKind) -> Vec<String> {
    match kind {
        WordKind::Latin => {
            let bare = form.replace('\'', "");
            let mut beginnings = vec![format!("U{}", latin_key(form))];
            let american = americanise(&bare);
            if american != bare {
                beginnings.push(format!("E{american}"));
            }
            beginnings.push(format!("E{bare}"));
            beginnings
        }
        WordKind::Cyrillic => {
            let mut beginnings =
                vec![format!("R{}", form.replace('ё', "е")), format!("U{}", latin_key(form))];
            if is_loose(form) {
                beginnings.push(format!("L{}", loose_key(form)));
            }
            beginnings
        }
        WordKind::Number | WordKind::Code | WordKind::Other => vec![format!("X{form}")],
        WordKind::Korean => Vec::new(),
    }
}

/// Returns the unstemmed forms of a phrase word with `*`.
pub(super) fn phrase_beginnings(form: &str, kind: WordKind, language: Language) -> Vec<String> {
    match (kind, language) {
        (WordKind::Latin | WordKind::Cyrillic, Language::UzbekLatin | Language::UzbekCyrillic) => {
            let mut beginnings = vec![format!("U{}", latin_key(form))];
            if form.chars().count() >= SHORTEST_LOOSE {
                beginnings.push(format!("L{}", loose_key(form)));
            }
            beginnings
        }
        (WordKind::Latin, _) => vec![format!("E{}", americanise(&form.replace('\'', "")))],
        (WordKind::Cyrillic, _) => vec![format!("R{}", form.replace('ё', "е"))],
        _ => vec![format!("X{form}")],
    }
}

/// True for a Cyrillic word that may have been typed without ў қ ғ ҳ.
fn is_loose(form: &str) -> bool {
    form.chars().count() >= SHORTEST_LOOSE && !form.contains(['ў', 'қ', 'ғ', 'ҳ'])
}

/// Returns the Latin key of an Uzbek word as if it had been typed without ў қ ғ ҳ and э.
fn loose_key(form: &str) -> String {
    let latin = uzbek_to_latin(form).replace("o'", "u").replace("oʻ", "u");
    let mut key = String::with_capacity(latin.len());
    let mut previous = ' ';
    for c in latin.chars() {
        match c {
            '\'' | 'ʻ' | 'ʼ' => continue,
            'q' => key.push('k'),
            'h' if !matches!(previous, 's' | 'c') => key.push('x'),
            _ => key.push(c),
        }
        previous = c;
    }
    key.replace("ye", "e")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn meet(phrase: &str, language: Language, text: &str) -> bool {
        let kind = |word: &str| super::super::words::words(word).next().expect("a word").kind;
        let keys = phrase_keys(phrase, kind(phrase), language);
        text_keys(text, kind(text)).iter().any(|key| keys.contains(key))
    }

    #[rstest]
    #[case("ko'chirish", Language::UzbekLatin, "кучиришни")]
    #[case("qo'riqxona", Language::UzbekLatin, "курикхонаси")]
    #[case("тоғолди", Language::UzbekCyrillic, "togoldi")]
    #[case("объект", Language::UzbekCyrillic, "obyektlari")]
    #[case("ekologik", Language::UzbekLatin, "екологик")]
    #[case("odour", Language::English, "odors")]
    #[case("flood", Language::English, "flooded")]
    #[case("радий", Language::Russian, "радия")]
    #[case("селен", Language::Russian, "селена")]
    #[case("сель", Language::Russian, "селем")]
    #[case("счёт", Language::Russian, "счета")]
    fn forms_of_one_word_meet(#[case] phrase: &str, #[case] language: Language, #[case] text: &str) {
        assert!(meet(phrase, language, text));
    }

    #[rstest]
    #[case("ko'l", Language::UzbekLatin, "кул")]
    #[case("сель", Language::Russian, "села")]
    #[case("сель", Language::Russian, "сельский")]
    #[case("уголь", Language::Russian, "угол")]
    #[case("лом", Language::Russian, "ломать")]
    #[case("радий", Language::Russian, "ради")]
    #[case("селен", Language::Russian, "сели")]
    #[case("severance", Language::English, "several")]
    #[case("nesting", Language::English, "nest")]
    #[case("authors", Language::English, "authority")]
    #[case("yo'q", Language::UzbekLatin, "yog'")]
    fn different_words_do_not_meet(#[case] phrase: &str, #[case] language: Language, #[case] text: &str) {
        assert!(!meet(phrase, language, text));
    }
}
