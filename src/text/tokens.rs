//! Which terms does a text offer to lexical search?
//!
//! Documents and queries go through the same function, and both index engines get its result, so they
//! rank alike. Terms are stems: Snowball for English and Russian, suffix stripping on the Latin key for
//! Uzbek in either script, nouns without particles and character pairs for Korean. Numbers and codes stay
//! whole. Without a language a word gets the stems of every language of its script.

use std::collections::HashMap;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use super::normalize::{Keep, fold_with, uzbek_key};
use super::particles_korean::strip_particles;
use super::spelling_english::americanise;
use super::stopwords::is_stopword;
use super::words::{WordKind, words};
use super::{stem_russian, stem_uzbek};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// Most letters of a word that is stemmed. No word of these languages is longer, and the stemmers take the square
/// of a word's length: a file of one unbroken run of letters would hold a thread for hours.
const LONGEST_STEMMED: usize = 64;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Stem in the matching form.
    pub text: String,
    /// Where the word stands in the original text.
    pub range: TextRange,
}

/// Returns the words of a text with their stems, in order.
pub fn tokens(text: &str, language: Option<Language>) -> Vec<Token> {
    let folded = fold_with(text, Keep { yo: true, paragraphs: false });
    words(&folded.text)
        .map(|word| {
            let spoken = languages_of(word.kind, language)[0];
            Token {
                text: stem(&folded.text[word.start..word.end], word.kind, spoken),
                range: folded.to_original(TextRange::new(word.start, word.end)),
            }
        })
        .collect()
}

/// Returns the terms of a text for lexical search, in text order with repeats.
pub fn lexical_terms(text: &str, language: Option<Language>) -> Vec<String> {
    let folded = fold_with(text, Keep { yo: true, paragraphs: false });
    let mut terms: Vec<String> = Vec::new();
    // Stemming is the dear part, and a text repeats its words.
    let mut known: HashMap<&str, Range<usize>> = HashMap::new();
    for word in words(&folded.text) {
        let form = &folded.text[word.start..word.end];
        match known.get(form) {
            Some(earlier) => terms.extend_from_within(earlier.clone()),
            None => {
                let first = terms.len();
                push_terms(form, word.kind, language, &mut terms);
                known.insert(form, first..terms.len());
            }
        }
    }
    terms
}

fn push_terms(form: &str, kind: WordKind, language: Option<Language>, terms: &mut Vec<String>) {
    let spoken = languages_of(kind, language);
    let plain: Vec<Option<String>> =
        spoken.iter().map(|&tongue| tongue.map(|known| stopword_form(form, known))).collect();
    let is_stop = spoken
        .iter()
        .zip(&plain)
        .any(|(tongue, plain)| matches!((tongue, plain), (Some(t), Some(p)) if is_stopword(p, *t)));
    if is_stop {
        return;
    }
    if kind == WordKind::Korean {
        push_korean_terms(form, terms);
        return;
    }
    let first = terms.len();
    for tongue in spoken {
        let term = stem(form, kind, *tongue);
        let is_repeat = terms.get(first..).is_some_and(|own| own.contains(&term));
        if !term.is_empty() && !is_repeat {
            terms.push(term);
        }
    }
}

/// A noun of more than two syllables is also searched by its character pairs, because Korean writers
/// are free to join words: 환경영향평가 and 환경 영향 평가 share 환경, 영향 and 평가.
fn push_korean_terms(form: &str, terms: &mut Vec<String>) {
    let noun = strip_particles(form);
    terms.push(noun.to_owned());
    let syllables: Vec<char> = noun.chars().collect();
    if syllables.len() > 2 {
        terms.extend(syllables.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
}

/// Returns the languages whose stemmers fit a word of the kind in a text tagged `language`; never empty.
fn languages_of(kind: WordKind, language: Option<Language>) -> &'static [Option<Language>] {
    use Language::{English, Korean, Russian, UzbekCyrillic, UzbekLatin};
    let is_uzbek = matches!(language, Some(UzbekLatin | UzbekCyrillic));
    match kind {
        WordKind::Latin if is_uzbek => &[Some(UzbekLatin)],
        WordKind::Latin if language.is_none() => &[Some(English), Some(UzbekLatin)],
        WordKind::Latin => &[Some(English)],
        WordKind::Cyrillic if is_uzbek => &[Some(UzbekCyrillic)],
        WordKind::Cyrillic if language.is_none() => &[Some(Russian), Some(UzbekCyrillic)],
        WordKind::Cyrillic => &[Some(Russian)],
        WordKind::Korean => &[Some(Korean)],
        WordKind::Number | WordKind::Code | WordKind::Other => &[None],
    }
}

fn stopword_form(form: &str, language: Language) -> String {
    match language {
        Language::UzbekLatin | Language::UzbekCyrillic => latin_key(form),
        Language::Russian => form.replace('ё', "е"),
        Language::English | Language::Korean => form.to_owned(),
    }
}

/// Returns the stem of a folded word (ё kept) in a language.
fn stem(form: &str, kind: WordKind, language: Option<Language>) -> String {
    match language {
        Some(Language::English) => stem_english(form),
        Some(Language::Russian) => stem_russian::stem(&form.replace('ё', "е")),
        Some(Language::UzbekLatin | Language::UzbekCyrillic) => stem_uzbek::stem(&latin_key(form)),
        Some(Language::Korean) => strip_particles(form).to_owned(),
        // A decimal comma and a decimal point mean the same number.
        None if matches!(kind, WordKind::Number | WordKind::Code) => form.replace(',', "."),
        None => form.replace('ё', "е"),
    }
}

/// True for a run of letters that is no word: stemmers leave it as it stands.
pub(super) fn is_too_long_to_stem(word: &str) -> bool {
    word.chars().nth(LONGEST_STEMMED).is_some()
}

/// Returns the Snowball stem of a folded English word in American spelling.
fn stem_english(form: &str) -> String {
    let bare = form.strip_suffix("'s").unwrap_or(form).replace('\'', "");
    if is_too_long_to_stem(&bare) {
        return bare;
    }
    Stemmer::create(Algorithm::English).stem(&americanise(&bare)).into_owned()
}

/// Returns the apostrophe-free Latin key of a folded word (ё kept).
pub(super) fn latin_key(form: &str) -> String {
    let mut key = String::with_capacity(form.len());
    let mut previous = None;
    let mut chars = form.chars().peekable();
    while let Some(c) = chars.next() {
        uzbek_key(c, previous, chars.peek().copied(), &mut key);
        previous = Some(c);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str, language: Language) -> Vec<String> {
        lexical_terms(text, Some(language))
    }

    #[test]
    fn inflected_forms_give_the_same_terms() {
        let pairs = [
            (Language::English, "the Company's modelled emissions", "company modeling emission"),
            (Language::Russian, "охраняемых территориях и объёмы", "охраняемая территория объем"),
            (Language::UzbekLatin, "muhofaza zonasidagi quduqlar", "muhofaza zona va qudugʻi"),
            (Language::Korean, "지하수를 및 오염에서", "지하수 오염"),
        ];
        for (language, one, other) in pairs {
            assert_eq!(terms(one, language), terms(other, language));
        }
    }

    #[test]
    fn uzbek_terms_do_not_depend_on_the_script() {
        let latin = terms("Qoʻriqxona hududidagi yer osti suvlari", Language::UzbekLatin);
        assert_eq!(latin, terms("Қўриқхона ҳудудидаги ер ости сувлари", Language::UzbekCyrillic));
    }

    #[test]
    fn numbers_and_codes_stay_whole() {
        let found = terms("PM2,5 of 0.92 mg at pH7 under UZ-234", Language::English);
        assert_eq!(found, ["pm2.5", "0.92", "mg", "ph7", "under", "uz", "234"]);
    }

    #[test]
    fn korean_terms_survive_joined_writing() {
        let joined = terms("환경영향평가를", Language::Korean);
        for term in terms("환경 영향 평가", Language::Korean) {
            assert!(joined.contains(&term), "{term}");
        }
    }

    #[test]
    fn a_text_without_language_shares_terms_with_a_tagged_one() {
        let untagged = lexical_terms("suvlari чиқиндилар protected", None);
        for term in ["suv", "chiqind", "protect"] {
            assert!(untagged.contains(&term.to_owned()), "{untagged:?}");
        }
    }

    #[test]
    fn ranges_stand_for_the_written_word() {
        let text = "Ifloslangan togʻ, ﬁre 10km";
        let found: Vec<&str> =
            tokens(text, Some(Language::English)).iter().map(|token| token.range.of(text)).collect();
        assert_eq!(found, ["Ifloslangan", "togʻ", "ﬁre", "10", "km"]);
    }

    #[test]
    fn an_unbroken_run_of_letters_is_not_stemmed() {
        for unit in ["lar", "ga", "da", "ay", "лар", "га", "ами"] {
            let text = unit.repeat(60_000);
            for language in Language::ALL.into_iter().map(Some).chain([None]) {
                let terms = lexical_terms(&text, language);
                assert!(!terms.is_empty() && terms.iter().all(|term| term.len() >= 60_000), "{unit}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_ordered_valid_ranges(text in any::<String>()) {
            for language in Language::ALL.into_iter().map(Some).chain([None]) {
                let mut last = 0;
                for token in tokens(&text, language) {
                    prop_assert!(token.range.start >= last && !token.range.of(&text).is_empty());
                    last = token.range.start;
                }
                lexical_terms(&text, language);
            }
        }
    }
}
