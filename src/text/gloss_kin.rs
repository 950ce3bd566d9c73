//! Which entry is a word related to that no entry knows? *загрязняющий* and *загрязнение*, *ifloslantiruvchi*
//! and *ifloslanish* are built on one root; a glossary cannot list every derivation.
//!
//! Used by [`super::gloss`] only: the question there is what a passage is about, so a participle may stand
//! for its noun. Wording that decides findings never goes this way. Korean is written without inflected
//! derivations of this kind and has none.
//!
//! Invariant: a root of at least five letters is shared, and it is most of the shorter stem.

use super::normalize::{Keep, fold_with};
use super::tokens::latin_key;
use super::words::{WordKind, words};
use super::{stem_russian, stem_uzbek};
use crate::domain::language::Language;

/// Fewest letters in common.
const SHORTEST_ROOT: usize = 5;
/// Share of an entry's stem that has to be in common, in tenths.
const OF_THE_ENTRY: usize = 7;
/// Share of the word's stem that has to be in common, in tenths; Uzbek adds long endings.
const OF_THE_WORD: usize = 5;

/// Stems of the entries that are one word, sorted.
#[derive(Debug, Default)]
pub(super) struct Kin {
    stems: Vec<(Box<str>, u32)>,
}

impl Kin {
    /// Collects the entries of one word.
    pub(super) fn build<'a>(entries: impl Iterator<Item = (&'a str, Language, u32)>) -> Self {
        let mut stems: Vec<(Box<str>, u32)> = entries
            .filter(|(phrase, _, _)| !phrase.contains(['*', '~']))
            .filter_map(|(phrase, language, id)| {
                let folded = fold_with(phrase, Keep { yo: true, paragraphs: false }).text;
                let mut all = words(&folded);
                let (word, None) = (all.next()?, all.next()) else { return None };
                let stem = stem(&folded[word.start..word.end], word.kind, language)?;
                Some((stem.into_boxed_str(), id))
            })
            .collect();
        stems.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
        stems.dedup_by(|later, first| later.0 == first.0);
        Self { stems }
    }

    /// Returns the id of the entry with the longest root in common; the first entry of several.
    pub(super) fn of(&self, form: &str, kind: WordKind, language: Language) -> Option<u32> {
        let stem = stem(form, kind, language)?;
        let letters = stem.chars().count();
        let at = self.stems.partition_point(|(known, _)| **known < *stem);
        // What shares the longest beginning stands next to the word in the order of letters.
        let near = self.stems[at.saturating_sub(4)..(at + 4).min(self.stems.len())].iter();
        near.filter_map(|(known, id)| {
            let root = stem.chars().zip(known.chars()).take_while(|(a, b)| a == b).count();
            let is_kin = root >= SHORTEST_ROOT
                && root * 10 >= known.chars().count() * OF_THE_ENTRY
                && root * 10 >= letters * OF_THE_WORD;
            is_kin.then_some((root, std::cmp::Reverse(*id)))
        })
        .max()
        .map(|(_, id)| id.0)
    }
}

fn stem(form: &str, kind: WordKind, language: Language) -> Option<String> {
    match (kind, language) {
        (WordKind::Cyrillic, Language::Russian) => Some(stem_russian::stem(&form.replace('ё', "е"))),
        (WordKind::Cyrillic | WordKind::Latin, Language::UzbekLatin | Language::UzbekCyrillic) => {
            Some(stem_uzbek::stem(&latin_key(form)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn kin(entries: &[&str], language: Language, word: &str) -> Option<u32> {
        let ids = 0_u32..;
        let kin = Kin::build(entries.iter().zip(ids).map(|(phrase, id)| (*phrase, language, id)));
        let kind = words(word).next().expect("a word").kind;
        kin.of(word, kind, language)
    }

    #[rstest]
    #[case("загрязнение", Language::Russian, "загрязняющих")]
    #[case("загрязнение", Language::Russian, "загрязнителей")]
    #[case("строительство", Language::Russian, "строительный")]
    #[case("ifloslanish", Language::UzbekLatin, "ifloslantiruvchi")]
    #[case("ифлосланиш", Language::UzbekCyrillic, "ифлосланган")]
    fn derivations_find_their_root(#[case] entry: &str, #[case] language: Language, #[case] word: &str) {
        assert_eq!(kin(&[entry], language, word), Some(0));
    }

    #[rstest]
    #[case("электричество", Language::Russian, "электростанция")]
    #[case("водопровод", Language::Russian, "водоотвод")]
    #[case("дом", Language::Russian, "домна")]
    #[case("qurilish", Language::UzbekLatin, "qurgoqchilik")]
    #[case("지하수", Language::Korean, "지하수위")]
    fn other_words_do_not(#[case] entry: &str, #[case] language: Language, #[case] word: &str) {
        assert_eq!(kin(&[entry], language, word), None);
    }

    #[test]
    fn an_entry_of_several_words_is_nobodys_root() {
        assert_eq!(kin(&["загрязнение воздуха"], Language::Russian, "загрязняющий"), None);
    }
}
