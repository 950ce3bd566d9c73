//! What does a sentence say of a thing in passing: "which …", «который …», «не имеющий …»?
//!
//! Such a clause may tell what its head lacks: a cyanide store "which does not meet the design standard" stands there all
//! the same. Any other negation in it denies the head ("which is not used here", "which the road does not cross"); none
//! denies what stands behind the clause. English and Russian only: Uzbek and Korean say it
//! before the head, with the verb of the clause.
//! Invariants: clauses are in order of place; of two that overlap the later one lies inside or goes on behind.

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::cues::{CueClass, CueHit, Word};
use super::sentence::{Classes, gap_around};

/// Words among which the pronoun of a clause stands ("из-за которых", "the lining of which").
const LONGEST_OPENER: usize = 4;

/// Signs that part a clause from what stands around it.
const BREAKS: [char; 4] = [',', '(', ')', ';'];

/// English words that may stand before the pronoun.
const PREPOSITIONS: [&str; 20] = [
    "in", "of", "at", "on", "to", "from", "for", "with", "by", "under", "near", "around", "over", "through",
    "above", "below", "into", "within", "behind", "without",
];

/// Endings of Russian adjectives, which participles share.
const ENDINGS: [&str; 24] = [
    "ий", "ый", "ая", "яя", "ое", "ее", "ие", "ые", "его", "ого", "ей", "ой", "их", "ых", "им", "ым", "ими",
    "ыми", "ую", "юю", "ему", "ому", "ем", "ом",
];

/// What stands before those endings in a participle: имею-щ-ий, являв-ш-ий, оборудова-нн-ый, используе-м-ый, закры-т-ый.
const PARTICIPLES: [&str; 7] = ["щ", "вш", "нн", "ем", "им", "ом", "т"];

/// A clause that speaks of a head before it, with what it denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relative {
    /// From its first word to the first word behind it.
    pub(super) range: TextRange,
    /// True if there is a negation in it.
    pub(super) is_negative: bool,
    /// True if it says that its head lacks something, which leaves the head standing.
    pub(super) tells_lack: bool,
    /// True if it says that something was not assessed, stated or answered.
    pub(super) states_gap: bool,
    /// True if it says that a measure is not taken.
    pub(super) denies_measure: bool,
}

/// Returns the relative and participial clauses of a sentence that stand behind a comma or bracket.
pub(super) fn relatives(
    text: &str,
    words: &[Word],
    hits: &[CueHit],
    language: Language,
    classes: &Classes,
) -> Vec<Relative> {
    let read = |range: TextRange| {
        let first = hits.partition_point(|hit| hit.range.start < range.start);
        let past = hits.partition_point(|hit| hit.range.start < range.end);
        let inside = &hits[first..past];
        let of = |class: CueClass| inside.iter().filter(move |hit| hit.class == class);
        let is_denied =
            |hit: &CueHit| of(classes.negation).any(|negation| negation.range.overlaps(hit.range));
        Relative {
            range,
            is_negative: of(classes.negation).next().is_some(),
            tells_lack: of(classes.head_lacks).any(|hit| range.encloses(hit.range) && is_denied(hit)),
            states_gap: of(classes.negation).any(|negation| gap_around(hits, negation, classes).is_some()),
            denies_measure: of(classes.unmanaged).any(is_denied),
        }
    };
    clauses(text, words, language).into_iter().map(read).collect()
}

fn clauses(text: &str, words: &[Word], language: Language) -> Vec<TextRange> {
    let may_have = matches!(language, Language::English | Language::Russian) && text.contains([',', '(']);
    let starts = if may_have { 1..words.len() } else { 0..0 };
    starts
        .filter(|&at| gap(text, words, at).contains([',', '(']))
        .filter_map(|at| {
            let opening = opener(text, &words[at..], language)?;
            Some(TextRange::new(words[at].range.start, end(text, words, at, opening)))
        })
        .collect()
}

/// What stands between a word and the word before it.
fn gap<'a>(text: &'a str, words: &[Word], at: usize) -> &'a str {
    text.get(words[at - 1].range.end..words[at].range.start).unwrap_or("")
}

/// Returns how many words open the clause that begins with `words`; `None` if it is no such clause.
fn opener(text: &str, words: &[Word], language: Language) -> Option<usize> {
    let piece = (1..words.len().min(LONGEST_OPENER)).take_while(|&at| !gap(text, words, at).contains(BREAKS));
    let keys: Vec<&str> = words.iter().take(piece.count() + 1).map(|word| word.key.as_str()).collect();
    let first = *keys.first()?;
    if language == Language::English {
        return match first {
            "which" | "who" | "whose" | "whom" | "where" => Some(1),
            _ => {
                let is_pronoun =
                    |pair: &[&str]| PREPOSITIONS.contains(&pair[0]) && matches!(pair[1], "which" | "whom");
                keys.windows(2).position(is_pronoun).map(|at| at + 2)
            }
        };
    }
    let is_participial = first == "не" && keys.get(1).is_some_and(|word| is_participle(word));
    if is_participial || matches!(first, "где" | "куда" | "откуда") {
        return Some(1);
    }
    keys.iter().position(|word| word.starts_with("котор")).map(|at| at + 1)
}

/// Returns where the clause ends that begins at a word and is opened by so many words.
fn end(text: &str, words: &[Word], first: usize, opening: usize) -> usize {
    let is_break = |at: &usize| {
        gap(text, words, *at).contains(BREAKS) && !matches!(words[*at].key.as_str(), "ни" | "nor")
    };
    // ", который, по данным изысканий, не имеет экрана": the parenthesis belongs to the clause.
    let behind = first + opening;
    let is_parenthesis = behind < words.len() && is_break(&behind);
    let mut breaks = (first + 1..words.len()).filter(is_break);
    let last = if is_parenthesis { breaks.nth(2) } else { breaks.next() };
    last.map_or(text.len(), |at| words[at].range.start)
}

fn is_participle(word: &str) -> bool {
    let plain = word.strip_suffix("ся").unwrap_or(word);
    let is_of = |ending: &str| {
        let stem = plain.strip_suffix(ending);
        stem.is_some_and(|stem| PARTICIPLES.iter().any(|participle| stem.ends_with(participle)))
    };
    plain.chars().count() >= 6 && ENDINGS.iter().copied().any(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::cues::CueMatcher;
    use rstest::rstest;

    fn found(text: &str, language: Language) -> Vec<&str> {
        let matcher = CueMatcher::new(&Lexicon::load_builtin().unwrap().context);
        let words = matcher.find(text, language).0;
        let all = clauses(text, &words, language).into_iter();
        all.map(|one| one.of(text)).collect()
    }

    #[rstest]
    #[case("The store, which is not lined, stands here.", Language::English, "which is not lined, ")]
    #[case("The store, where nobody works, stands here.", Language::English, "where nobody works, ")]
    #[case(
        "The pond, the lining of which is torn, leaks.",
        Language::English,
        "the lining of which is torn, "
    )]
    #[case("Склад, который не огорожен, стоит у реки.", Language::Russian, "который не огорожен, ")]
    #[case("Склад, в котором нет вентиляции, стоит у реки.", Language::Russian, "в котором нет вентиляции, ")]
    #[case(
        "Бочки, не имеющие ни паспорта, ни маркировки, стоят у реки.",
        Language::Russian,
        "не имеющие ни паспорта, ни маркировки, "
    )]
    #[case(
        "Склад, который, по данным осмотра, не огорожен, стоит у реки.",
        Language::Russian,
        "который, по данным осмотра, не огорожен, "
    )]
    #[case(
        "Склад (не оборудованный поддонами) стоит у реки.",
        Language::Russian,
        "не оборудованный поддонами) "
    )]
    fn clauses_that_speak_of_a_head_are_found_to_their_end(
        #[case] text: &str,
        #[case] language: Language,
        #[case] clause: &str,
    ) {
        assert_eq!(found(text, language), [clause]);
    }

    #[rstest]
    #[case("The store stands here, and nobody works in it.", Language::English)]
    #[case("The store that is not lined stands here.", Language::English)]
    #[case("Склад стоит у реки, не позднее мая его снесут.", Language::Russian)]
    #[case("Ombor, devori yoʻq, daryo boʻyida turadi.", Language::UzbekLatin)]
    fn other_parts_of_a_sentence_are_no_such_clauses(#[case] text: &str, #[case] language: Language) {
        assert!(found(text, language).is_empty());
    }

    #[test]
    fn participles_are_told_from_adjectives() {
        for word in [
            "имеющее",
            "оборудованного",
            "закрытым",
            "используемая",
            "успевшие",
            "являвшимся",
            "применяющийся",
        ] {
            assert!(is_participle(word), "{word}");
        }
        for word in ["токсичные", "опасного", "позднее", "менее", "большой"]
        {
            assert!(!is_participle(word), "{word}");
        }
    }
}
