//! Where within a statement does one predicate end and another begin?
//!
//! Negation reaches no further than its clause. One pass over the words: what has been said so far and whether anything
//! is still to be said are kept, not looked up at every comma.

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::cues::Word;
use super::heading::has_predicate;

/// Longest enumeration in brackets that is looked through, in bytes.
const LONGEST_ENUMERATION: usize = 1000;

/// Cuts a segment where one predicate ends and another statement begins.
pub(super) fn clauses(text: &str, segment: TextRange, words: &[Word], language: Language) -> Vec<TextRange> {
    let first = words.partition_point(|word| word.range.start < segment.start);
    let past = words.partition_point(|word| word.range.start < segment.end);
    let inside = words.get(first..past).unwrap_or(&[]);
    let says: Vec<bool> = inside.iter().map(|word| has_predicate(&[word.key.as_str()], language)).collect();
    let last_said = says.iter().rposition(|says| *says);
    let mut cuts = Vec::new();
    let (mut from, mut left_says) = (0, false);
    for (at, pair) in inside.windows(2).enumerate() {
        // Uzbek and Korean say it with their last word.
        let is_verb_last = !matches!(language, Language::English | Language::Russian);
        left_says = says[at] || left_says && !is_verb_last;
        let right_says = last_said.is_some_and(|last| last > at);
        // Two words may come from one character (½), so the gap can be empty or inverted.
        let between = text.get(pair[0].range.end..pair[1].range.start).unwrap_or("");
        let comma =
            between.contains([',', '(', ')']) || between.contains(" - ") || between.contains(['–', '—', ':']);
        let cut = match language {
            Language::English => {
                let joined =
                    comma || matches!(pair[1].key.as_str(), "which" | "while" | "so" | "because" | "where");
                let conjunction = pair[1].key == "and" && inside.get(at + 2).is_some();
                (joined || conjunction)
                    && left_says
                    && right_says
                    && !is_list_item(text, &inside[at + 1..])
                    && !is_at_enumeration(text, pair[0].range.end, pair[1].range.start)
            }
            Language::Russian => (comma || pair[1].key == "и") && left_says && right_says,
            Language::UzbekLatin | Language::UzbekCyrillic => {
                let left = &inside[from..=at];
                let value =
                    left.iter().rev().take(2).any(|word| word.key.starts_with(|c: char| c.is_ascii_digit()));
                let ends = value || left_says || ["ib", "sa"].iter().any(|e| pair[0].key.ends_with(e));
                let conjunction = pair[1].key == "va" && left_says;
                comma && ends || conjunction
            }
            Language::Korean => ends_korean_clause(&pair[0].key, comma),
        };
        if cut {
            cuts.push(pair[1].range.start);
            (from, left_says) = (at + 1, false);
        }
    }
    ranges_between(segment, cuts)
}

/// Cuts a range at places inside it.
pub(super) fn ranges_between(whole: TextRange, mut cuts: Vec<usize>) -> Vec<TextRange> {
    cuts.retain(|&cut| cut > whole.start && cut < whole.end);
    cuts.sort_unstable();
    cuts.dedup();
    let mut start = whole.start;
    let mut ranges = Vec::new();
    for cut in cuts.into_iter().chain([whole.end]) {
        ranges.push(TextRange::new(start, cut));
        start = cut;
    }
    ranges
}

/// True if a gap opens or closes an enumeration in brackets that has no predicate of its own: the statement goes on
/// behind it ("those present (birds, sites) would not be affected").
fn is_at_enumeration(text: &str, from: usize, to: usize) -> bool {
    let Some(gap) = text.get(from..to) else { return false };
    let inside = match (gap.contains('('), gap.contains(')')) {
        (true, false) => {
            let most = text.floor_char_boundary(to.saturating_add(LONGEST_ENUMERATION).min(text.len()));
            text[to..most.max(to)].split(')').next()
        }
        (false, true) => {
            let least = text.ceil_char_boundary(from.saturating_sub(LONGEST_ENUMERATION));
            text[least.min(from)..from].rsplit('(').next()
        }
        _ => None,
    };
    inside.is_some_and(|inside| {
        let words: Vec<String> = inside
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase)
            .filter(|w| !w.is_empty())
            .collect();
        let keys: Vec<&str> = words.iter().map(String::as_str).collect();
        words.len() >= 3 && !has_predicate(&keys, Language::English)
    })
}

/// True if an English part goes on with another item of a list ("threatened, endangered, or candidate species").
fn is_list_item(text: &str, right: &[Word]) -> bool {
    if right.first().is_some_and(|word| word.key == "or") {
        return true;
    }
    for pair in right.windows(2).take(6) {
        if has_predicate(&[pair[0].key.as_str()], Language::English) {
            return false;
        }
        let between = text.get(pair[0].range.end..pair[1].range.start).unwrap_or("");
        if matches!(pair[1].key.as_str(), "or" | "nor") || between.contains(',') && pair[1].key == "and" {
            return true;
        }
    }
    false
}

fn ends_korean_clause(word: &str, comma: bool) -> bool {
    const NOUNS: [&str; 11] =
        ["창고", "사고", "보고", "경고", "신고", "재고", "광고", "공고", "최고", "참고", "화약고"];
    if NOUNS.iter().any(|noun| word.ends_with(noun)) {
        return false;
    }
    let long = word.chars().count() >= 2;
    // "수용하나", "통과하지만": the other half of a concession has its own predicate; 하나 alone is "one".
    let concedes =
        word.chars().count() >= 4 && ["하나", "되나", "으나", "이나"].iter().any(|end| word.ends_with(end));
    long && (word.ends_with('고') || word.ends_with('며') || word.ends_with("면서"))
        || concedes
        || comma
            && ["여", "아", "어", "해", "음", "함", "됨", "임"].iter().any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::cues::CueMatcher;
    use rstest::rstest;

    #[rstest]
    #[case(
        "The dam is old, the pond is full, and fish live in it.",
        Language::English,
        &["The dam is old, ", "the pond is full, ", "and fish live in it."]
    )]
    #[case(
        "Plants, birds and sites would not be affected.",
        Language::English,
        &["Plants, birds and sites would not be affected."]
    )]
    #[case(
        "Those present (birds, sites, wells) would not be affected.",
        Language::English,
        &["Those present (birds, sites, wells) would not be affected."]
    )]
    #[case(
        "Скважина пробурена, вода откачивается и сбрасывается в реку.",
        Language::Russian,
        &["Скважина пробурена, ", "вода откачивается ", "и сбрасывается в реку."]
    )]
    #[case(
        "Quduq qazilgan, suv daryoga tashlanadi.",
        Language::UzbekLatin,
        &["Quduq qazilgan, ", "suv daryoga tashlanadi."]
    )]
    #[case("물을 퍼내고 하천에 버린다.", Language::Korean, &["물을 퍼내고 ", "하천에 버린다."])]
    fn a_statement_is_cut_where_a_predicate_ends_and_another_begins(
        #[case] text: &str,
        #[case] language: Language,
        #[case] parts: &[&str],
    ) {
        let matcher = CueMatcher::new(&Lexicon::load_builtin().unwrap().context);
        let words = matcher.find(text, language).0;
        let found = clauses(text, TextRange::new(0, text.len()), &words, language);
        assert_eq!(found.iter().map(|clause| clause.of(text)).collect::<Vec<_>>(), parts);
    }
}
