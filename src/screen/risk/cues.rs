//! Where in a sentence do the context cues stand?
//!
//! Stands between the lexicon ([`crate::rules::lexicon_context`]) and [`super::sentence`]. Cues are short patterns
//! over words, unlike the risk terms, which are inflected phrases: negation sits inside the Uzbek verb
//! (`*maydi`) and at the end of the Korean one, so patterns may be open at either end. How a verb is denied in each
//! language is said by [`super::denial`].
//! Invariant: ranges of hits are in the sentence as it was handed in and lie on `char` boundaries.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;

use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::rules::lexicon_context::{ContextRules, CueName};
use crate::text::normalize::{Normalized, match_key};

use super::denial::{denied_forms, is_denied_uzbek};

/// Characters that may stand between the two halves of a pair.
const PAIR_REACH: usize = 80;

/// Words that ` ~ ` and ` ~~ ` may stand for.
const SHORT_GAP: usize = 3;
const LONG_GAP: usize = 8;

/// Index of a cue class in [`CueMatcher::names`].
pub(super) type CueClass = u16;

/// One cue found in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CueHit {
    pub(super) class: CueClass,
    pub(super) range: TextRange,
}

/// A word of the sentence in matching form, with its place in the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) key: String,
    pub(super) range: TextRange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Inside(String),
    /// An Uzbek verb that begins so and is denied.
    Denied(String),
    Any,
    Gap(usize),
}

#[derive(Debug)]
struct Pattern {
    class: CueClass,
    parts: Vec<Part>,
}

/// Patterns of one language written with blanks, found by their first word.
#[derive(Debug, Default)]
struct WordPatterns {
    patterns: Vec<Pattern>,
    exact: HashMap<String, Vec<usize>>,
    prefix: HashMap<String, Vec<usize>>,
    suffix: HashMap<String, Vec<usize>>,
    prefix_lengths: Vec<usize>,
    suffix_lengths: Vec<usize>,
}

/// Finds cues in sentences of any of the languages.
#[derive(Debug)]
pub(super) struct CueMatcher {
    names: Vec<CueName>,
    /// Pairs by language: class of the pair and of its halves, which lie beyond the names.
    pairs: BTreeMap<Language, Vec<PairClasses>>,
    words: BTreeMap<Language, WordPatterns>,
    korean: Option<AhoCorasick>,
    korean_classes: Vec<CueClass>,
}

/// Classes of a pair: the cue that it is and its two halves.
#[derive(Debug, Clone, Copy)]
struct PairClasses {
    class: CueClass,
    of: CueClass,
    and: CueClass,
}

impl CueMatcher {
    pub(super) fn new(rules: &ContextRules) -> Self {
        let mut names: Vec<CueName> = rules.cues.iter().map(|cue| cue.name.clone()).collect();
        names.sort();
        names.dedup();
        let class_of = |name: &CueName| names.binary_search(name).map_or(0, |at| at as CueClass);
        let mut words = BTreeMap::new();
        let mut pairs = BTreeMap::new();
        let mut korean_classes = Vec::new();
        let mut korean = Vec::new();
        for language in [Language::English, Language::Russian, Language::UzbekLatin, Language::Korean] {
            let mut all: Vec<(CueClass, &str)> = Vec::new();
            for (name, patterns) in rules.patterns(language) {
                all.extend(patterns.into_iter().map(|pattern| (class_of(name), pattern)));
            }
            let mut list: Vec<PairClasses> = Vec::new();
            for (name, pair) in rules.pairs(language) {
                let of = (names.len() + list.len() * 2) as CueClass;
                all.extend(pair.of.iter().map(|pattern| (of, pattern.as_str())));
                all.extend(pair.and.iter().map(|pattern| (of + 1, pattern.as_str())));
                list.push(PairClasses { class: class_of(name), of, and: of + 1 });
            }
            pairs.insert(language, list);
            if language == Language::Korean {
                for (class, pattern) in all {
                    for form in denied_forms(pattern, language) {
                        korean.push(form.replace(' ', ""));
                        korean_classes.push(class);
                    }
                }
                continue;
            }
            let mut set = WordPatterns::default();
            for (class, pattern) in all {
                denied_forms(pattern, language).iter().for_each(|form| set.add(class, form));
            }
            set.finish();
            words.insert(language, set);
        }
        // A failure would mean patterns beyond the automaton's size; the sentence then has no Korean cues.
        let korean = AhoCorasick::new(&korean).ok();
        Self { names, pairs, words, korean, korean_classes }
    }

    /// Returns the class of a cue name; `None` if the lexicon has no such class.
    pub(super) fn class(&self, name: &str) -> Option<CueClass> {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).ok().map(|at| at as CueClass)
    }

    /// Returns the words of a sentence and the cues in it, sorted by start.
    pub(super) fn find(&self, sentence: &str, language: Language) -> (Vec<Word>, Vec<CueHit>) {
        if language == Language::Korean {
            let words = words_of(&match_key(sentence, None));
            let key = match_key(sentence, Some(language));
            let mut hits = self.find_korean(&key, &key.text, |at| at);
            // A value in brackets does not tear a cue apart: 환경기준(100㎍/㎥)을 초과.
            if let Some((text, places)) = without_brackets(&key.text) {
                hits.extend(self.find_korean(&key, &text, |at| places[at]));
                hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.class));
                hits.dedup();
            }
            return (words, self.with_pairs(sentence, hits, language));
        }
        let words = words_of(&match_key(sentence, Some(language)));
        let language = if language == Language::UzbekCyrillic { Language::UzbekLatin } else { language };
        let hits = self.words.get(&language).map(|set| set.find(&words)).unwrap_or_default();
        (words, self.with_pairs(sentence, hits, language))
    }

    /// Puts pairs in the place of their halves.
    fn with_pairs(&self, sentence: &str, mut hits: Vec<CueHit>, language: Language) -> Vec<CueHit> {
        let first = self.names.len() as CueClass;
        if !hits.iter().any(|hit| hit.class >= first) {
            return hits;
        }
        let halves: Vec<CueHit> = hits.iter().filter(|hit| hit.class >= first).copied().collect();
        hits.retain(|hit| hit.class < first);
        for pair in self.pairs.get(&language).into_iter().flatten() {
            let of = |class: CueClass| halves.iter().filter(move |half| half.class == class);
            for subject in of(pair.of) {
                for said in of(pair.and).filter(|said| are_near(sentence, subject.range, said.range)) {
                    let start = subject.range.start.min(said.range.start);
                    let range = TextRange::new(start, subject.range.end.max(said.range.end));
                    hits.push(CueHit { class: pair.class, range });
                }
            }
        }
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.class));
        hits.dedup();
        hits
    }

    /// Finds cues in `text`, of which every byte stands at a place of the key.
    fn find_korean(&self, key: &Normalized, text: &str, place: impl Fn(usize) -> usize) -> Vec<CueHit> {
        let Some(automaton) = &self.korean else { return Vec::new() };
        let mut hits: Vec<CueHit> = automaton
            .find_overlapping_iter(text)
            .map(|found| CueHit {
                class: self.korean_classes[found.pattern().as_usize()],
                range: key.to_original(TextRange::new(place(found.start()), place(found.end() - 1) + 1)),
            })
            .collect();
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.class));
        hits.dedup();
        hits
    }
}

/// True if two ranges stand apart in one statement, near each other.
fn are_near(sentence: &str, one: TextRange, other: TextRange) -> bool {
    let (left, right) = if one.start <= other.start { (one, other) } else { (other, one) };
    // A character has at most four bytes: what stands between is not read for every pair of a long text.
    let may_be_near = left.end <= right.start && right.start - left.end <= PAIR_REACH * 4;
    may_be_near
        && sentence
            .get(left.end..right.start)
            .is_some_and(|between| !between.contains(';') && between.chars().count() <= PAIR_REACH)
}

/// Returns a text without what stands in round brackets, with the place of every byte; `None` without brackets.
fn without_brackets(text: &str) -> Option<(String, Vec<usize>)> {
    if !text.contains('(') {
        return None;
    }
    let (mut rest, mut places, mut depth) = (String::with_capacity(text.len()), Vec::new(), 0usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => {
                rest.push(c);
                places.extend(at..at + c.len_utf8());
            }
            _ => {}
        }
    }
    Some((rest, places))
}

impl WordPatterns {
    fn add(&mut self, class: CueClass, pattern: &str) {
        let parts: Vec<Part> = pattern.split_whitespace().flat_map(parts_of).collect();
        let index = self.patterns.len();
        match parts.first() {
            Some(Part::Exact(word)) => self.exact.entry(word.clone()).or_default().push(index),
            Some(Part::Prefix(word) | Part::Denied(word)) => {
                self.prefix.entry(word.clone()).or_default().push(index)
            }
            Some(Part::Suffix(word)) => self.suffix.entry(word.clone()).or_default().push(index),
            // A pattern must begin with something to look up.
            _ => return,
        }
        self.patterns.push(Pattern { class, parts });
    }

    fn finish(&mut self) {
        let lengths = |map: &HashMap<String, Vec<usize>>| {
            let mut all: Vec<usize> = map.keys().map(String::len).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        self.prefix_lengths = lengths(&self.prefix);
        self.suffix_lengths = lengths(&self.suffix);
    }

    fn find(&self, words: &[Word]) -> Vec<CueHit> {
        let mut hits = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let key = word.key.as_str();
            let exact = self.exact.get(key).into_iter().flatten();
            let prefix =
                self.prefix_lengths.iter().filter_map(|&len| self.prefix.get(key.get(..len)?)).flatten();
            let suffix = (self.suffix_lengths.iter())
                .filter_map(|&len| self.suffix.get(key.get(key.len().checked_sub(len)?..)?))
                .flatten();
            for &index in exact.chain(prefix).chain(suffix) {
                let pattern = &self.patterns[index];
                if matches!(&pattern.parts[0], Part::Denied(stem) if !is_denied_uzbek(key, stem)) {
                    continue;
                }
                if let Some(end) = matched_end(&pattern.parts[1..], words, at + 1) {
                    let range = TextRange::new(word.range.start, words[end - 1].range.end);
                    hits.push(CueHit { class: pattern.class, range });
                }
            }
        }
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.class));
        hits.dedup();
        hits
    }
}

/// Returns one past the last word if `parts` match the words from `from` on.
fn matched_end(parts: &[Part], words: &[Word], from: usize) -> Option<usize> {
    let Some((first, rest)) = parts.split_first() else { return Some(from) };
    if let Part::Gap(width) = first {
        return (from..=from + width).find_map(|next| matched_end(rest, words, next));
    }
    let key = words.get(from)?.key.as_str();
    let fits = match first {
        Part::Exact(word) => key == word,
        Part::Prefix(word) => key.starts_with(word.as_str()),
        Part::Suffix(word) => key.ends_with(word.as_str()),
        Part::Inside(word) => key.contains(word.as_str()),
        Part::Denied(stem) => is_denied_uzbek(key, stem),
        Part::Any | Part::Gap(_) => true,
    };
    if fits { matched_end(rest, words, from + 1) } else { None }
}

fn parts_of(piece: &str) -> Vec<Part> {
    match piece {
        "~" => return vec![Part::Gap(SHORT_GAP)],
        "~~" => return vec![Part::Gap(LONG_GAP)],
        "*" => return vec![Part::Any],
        _ => {}
    }
    if let Some(stem) = piece.strip_suffix('!') {
        return vec![Part::Denied(stem.to_owned())];
    }
    let open_start = piece.starts_with('*');
    let open_end = piece.ends_with('*');
    let words: Vec<&str> =
        piece.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let last = words.len().saturating_sub(1);
    (words.iter().enumerate())
        .map(|(at, &word)| match (open_start && at == 0, open_end && at == last) {
            (true, true) => Part::Inside(word.to_owned()),
            (true, false) => Part::Suffix(word.to_owned()),
            (false, true) => Part::Prefix(word.to_owned()),
            (false, false) => Part::Exact(word.to_owned()),
        })
        .collect()
}

/// Cuts a key into words of letters and digits.
fn words_of(key: &Normalized) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in key.text.char_indices().chain([(key.text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let range = key.to_original(TextRange::new(from, at));
                words.push(Word { key: key.text[from..at].to_owned(), range });
                start = None;
            }
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;

    fn matcher() -> CueMatcher {
        CueMatcher::new(&Lexicon::load_builtin().unwrap().context)
    }

    fn has(sentence: &str, language: Language, cue: &str) -> bool {
        let matcher = matcher();
        let class = matcher.class(cue).unwrap();
        matcher.find(sentence, language).1.iter().any(|hit| hit.class == class)
    }

    #[test]
    fn uzbek_negation_is_found_inside_the_verb_in_both_scripts() {
        assert!(has("Turlar uchramaydi.", Language::UzbekLatin, "negation"));
        assert!(has("Турлар аниқланмаган.", Language::UzbekCyrillic, "negation"));
        assert!(!has("Turlar uchraydi.", Language::UzbekLatin, "negation"));
    }

    #[test]
    fn korean_cues_are_found_whatever_the_spacing() {
        assert!(has("영향이 있을 수 있다.", Language::Korean, "possible"));
        assert!(has("영향이 있을수있다.", Language::Korean, "possible"));
    }

    #[test]
    fn a_value_in_brackets_does_not_tear_a_korean_cue_apart() {
        assert!(has("환경기준(100㎍/㎥)을 초과한다.", Language::Korean, "standard-exceeded"));
        assert!(!has("환경기준(초과 여부)", Language::Korean, "standard-exceeded"));
    }

    #[test]
    fn long_gap_spans_eight_words_and_no_more() {
        let cue = "data-missing";
        assert!(has("Data on the hydrogeology of the site are not available.", Language::English, cue));
        let far = "Data were bought, checked, printed, bound, stored, lost, found and then sold; copies are not available.";
        assert!(!has(far, Language::English, cue));
    }

    #[test]
    fn words_that_are_a_cue_only_together_are_found_in_any_order() {
        let cue = "measure-missing";
        assert!(has("Nobody has been named for the monitoring after closure.", Language::English, cue));
        assert!(has("Не назначен исполнитель наблюдений.", Language::Russian, cue));
        assert!(has("Monitoring uchun pul ajratilmagan.", Language::UzbekLatin, cue));
        assert!(has("사후 관측의 횟수와 비용이 적혀 있지 않다.", Language::Korean, cue));
        assert!(!has("The monitoring is described; nobody has been named.", Language::English, cue));
        assert!(!has("Monitoring uchun pul ajratilgan.", Language::UzbekLatin, cue));
    }

    #[test]
    fn a_denied_verb_is_found_in_every_tense() {
        for sentence in ["Shovqin oʻlchanmagan.", "Shovqin oʻlchanmaydi.", "Shovqin oʻlchanmayapti."] {
            assert!(has(sentence, Language::UzbekLatin, "gap"), "{sentence}");
        }
        assert!(!has("Shovqin oʻlchanmoqda.", Language::UzbekLatin, "gap"));
        assert!(has("Noise has never been measured.", Language::English, "gap"));
        assert!(has("Шум не измерялся.", Language::Russian, "gap"));
        assert!(has("소음은 측정하지 못하였다.", Language::Korean, "gap"));
    }

    #[test]
    fn hits_point_into_the_sentence() {
        let matcher = matcher();
        let sentence = "Ҳудудда тур йўқ.";
        let class = matcher.class("negation").unwrap();
        let (_, hits) = matcher.find(sentence, Language::UzbekCyrillic);
        let hit = hits.iter().find(|hit| hit.class == class).unwrap();
        assert_eq!(hit.range.of(sentence), "йўқ");
    }
}
