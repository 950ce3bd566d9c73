//! Is an act cited as law that was void when the report was submitted?
//!
//! The acts and days are data (`acts` in `rules/risk/limits.toml`). A number counts only as the number of an act, and a
//! sentence that says the act was repealed or replaced cites it rightly. One entry per act, with every place.

use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::fold;
use crate::domain::document::Document;
use crate::domain::explanation::Code;
use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;
use crate::rules::lexicon_limits::VoidAct;

/// Most quotations per act.
const MOST_QUOTES: usize = 5;

/// Words for the kind of act, folded.
const ACTS: [&str; 12] = [
    "resolution",
    "decree",
    "cmr",
    "постановлен",
    "пкм",
    "qaror",
    "vmq",
    "карор",
    "вмк",
    "결의",
    "결정",
    "regulation",
];

/// What stands before the number of an act, folded.
const SIGNS: [&str; 10] = ["№", "no.", "no", "n", "제", "cmr", "resolution", "пкм", "vmq", "вмк"];

/// What the sentence says when it does not lean on the act.
const REPEALED: [&str; 22] = [
    "repeal",
    "void",
    "replaced",
    "supersed",
    "no longer in force",
    "instead of",
    "lost force",
    "утрати",
    "отмен",
    "взамен",
    "вместо",
    "признан",
    "kuchini yoqot",
    "kuchini yo'qot",
    "kuchini yoʻqot",
    "kuchini yo‘qot",
    "bekor qil",
    "oʻrniga",
    "o'rniga",
    "кучини йукот",
    "бекор кил",
    "폐지",
];

/// Returns the void acts that the report cites as law in force.
pub(super) fn check(acts: &[VoidAct], document: &Document, submitted: &str) -> Vec<Inconsistency> {
    let void: Vec<&VoidAct> = acts.iter().filter(|act| submitted >= act.void_from.as_str()).collect();
    let mut quotes: Vec<(Vec<Evidence>, Option<&str>)> = vec![(Vec::new(), None); void.len()];
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        if !void.iter().any(|act| act.numbers.iter().any(|number| text.contains(number.as_str()))) {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let words = sentence.of(text);
            let folded = fold(words);
            for (act, (found, cited_as)) in void.iter().zip(&mut quotes) {
                let cited = act.numbers.iter().find_map(|number| Some((cited(&folded, number)?, number)));
                let Some((place, number)) = cited else { continue };
                if found.len() < MOST_QUOTES {
                    let start = block.span.range.start + sentence.start;
                    let figure = TextRange::new(start + place.start, start + place.end);
                    let range = TextRange::new(start, start + sentence.len());
                    found.push(evidence(document, range, figure, None));
                    cited_as.get_or_insert(number);
                }
            }
        }
    }
    void.iter()
        .zip(quotes)
        .filter_map(|(act, (evidence, number))| {
            Some(Inconsistency {
                kind: InconsistencyKind::VoidAct,
                subject: format!("No. {}", number?),
                message: Code::VoidActCited
                    .with("act", &act.title)
                    .with("since", &act.void_from)
                    .with("submitted", submitted),
                citation: act.source.clone(),
                evidence,
            })
        })
        .collect()
}

/// Finds the number as the number of an act on which the sentence leans.
fn cited(folded: &str, number: &str) -> Option<TextRange> {
    if !ACTS.iter().any(|word| folded.contains(word)) || REPEALED.iter().any(|word| folded.contains(word)) {
        return None;
    }
    folded.match_indices(number).find_map(|(start, _)| {
        let end = start + number.len();
        let before = folded[..start].trim_end();
        let after = folded[end..].trim_start_matches([' ', '-', '–', '\u{a0}']);
        let is_whole = !folded[..start].ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',')
            && !folded[end..].starts_with(|c: char| c.is_ascii_digit());
        let is_sign =
            |sign: &str| before.strip_suffix(sign).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
        let is_number = SIGNS.iter().any(|sign| is_sign(sign))
            || ["son", "сон", "호"].iter().any(|sign| after.starts_with(sign));
        (is_whole && is_number).then(|| TextRange::new(start, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_cited_in_five_scripts() {
        for sentence in [
            "The statement follows Resolution No. 541 of the Cabinet of Ministers.",
            "согласно постановлению Кабинета Министров № 541 от 07.09.2020",
            "Vazirlar Mahkamasining 541-sonli qaroriga muvofiq tayyorlandi.",
            "Вазирлар Маҳкамасининг 541-сон қарорига мувофиқ",
            "내각 결의 제541호에 따라 작성하였다",
        ] {
            assert!(cited(&fold(sentence), "541").is_some(), "{sentence}");
        }
    }

    #[test]
    fn repealed_acts_named_as_such_and_other_numbers_are_left_alone() {
        for sentence in [
            "Resolution No. 234 repealed Resolution No. 541.",
            "Постановление № 541 утратило силу.",
            "541-son qaror oʻz kuchini yoʻqotgan.",
            "By this decision 541 m2 of land are allotted, regulation applies.",
            "Resolution No. 1541",
        ] {
            assert!(cited(&fold(sentence), "541").is_none(), "{sentence}");
        }
    }
}
