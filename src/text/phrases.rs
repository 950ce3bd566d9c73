//! Where does a text say one of many phrases, in whatever inflection, spelling or layout?
//!
//! The matcher behind risk terms, negation cues and the wording of requirements. A text is folded, cut into
//! words and each word looked up under the keys of `phrase_keys`; phrases are a trie over
//! words, so the cost does not grow with their number. Korean goes by characters
//! (`phrases_korean`).
//!
//! Invariants: matches begin and end at word boundaries, never cross punctuation, empty lines or form feeds
//! (a comma or sign that the phrase itself has is allowed), are sorted by start, longest first, then id;
//! of overlapping matches of one id only the first and longest is kept; ranges are in the original text.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::normalize::{Keep, Normalized, fold_with};
use super::phrase_build::{Edge, Entry, Trie, has_capitals, is_soft_gap};
use super::phrase_keys::{text_beginnings, text_keys};
use super::phrases_korean::KoreanPhrases;
use super::script::{Script, script_of};
use super::words::{Word, WordKind, words};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// Words that ` ~ ` may stand for.
const LONGEST_SKIP: usize = 3;

/// Word forms whose keys are remembered; reports repeat few words often.
const REMEMBERED_FORMS: usize = 1 << 17;

/// Longest form in bytes that is remembered.
const LONGEST_REMEMBERED: usize = 80;

/// One phrase found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhraseMatch {
    /// Id given to [`PhraseSet::build`].
    pub phrase: u32,
    /// Where it stands in the text.
    pub range: TextRange,
}

/// Returns a phrase as a text would have it: without the marks for endings and gaps.
pub fn plain(phrase: &str) -> String {
    phrase.replace(" ~ ", " ").replace('*', "")
}

/// Slots of a word form; `None` for a word in no phrase.
type Slots = Option<Arc<[u32]>>;

/// Many phrases in several languages, ready to be looked for.
pub struct PhraseSet {
    trie: Trie,
    korean: KoreanPhrases,
    forms: RwLock<HashMap<Box<str>, Slots>>,
}

impl std::fmt::Debug for PhraseSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhraseSet").field("phrases", &self.trie.entries.len()).finish_non_exhaustive()
    }
}

struct TextWord {
    word: Word,
    slots: Slots,
}

impl PhraseSet {
    /// Builds the matcher from ids, languages and phrases; several phrases may share an id. `*` at a word's
    /// end stands for any ending, ` ~ ` between two words for up to three more.
    pub fn build<'a>(phrases: impl IntoIterator<Item = (u32, Language, &'a str)>) -> Self {
        let mut trie = Trie::default();
        let mut korean = KoreanPhrases::default();
        for (id, language, phrase) in phrases {
            let entry = Entry { id, language };
            if phrase.chars().any(|c| script_of(c) == Some(Script::Hangul)) {
                korean.add(entry, phrase);
            } else {
                trie.add(entry, phrase);
            }
        }
        trie.finish();
        korean.finish();
        Self { trie, korean, forms: RwLock::default() }
    }

    /// Returns every phrase in the text. A language narrows down short words that mean something else in
    /// another language of the same script; phrases of two or more words are found in any file.
    pub fn find(&self, text: &str, language: Option<Language>) -> Vec<PhraseMatch> {
        let folded = fold_with(text, Keep { yo: true, paragraphs: true });
        let mut found = Vec::new();
        if !self.trie.nodes.is_empty() {
            let text_words = self.look_up(&folded.text);
            let search = Search { set: self, text, folded: &folded, words: &text_words, language };
            search.run(&mut found);
        }
        self.korean.find(&folded, &mut found);
        in_order(found)
            .into_iter()
            .map(|(entry, range)| PhraseMatch { phrase: entry.id, range: folded.to_original(range) })
            .collect()
    }

    /// Returns the words of a folded text with the phrase words they are forms of.
    fn look_up(&self, folded: &str) -> Vec<TextWord> {
        let mut found: Vec<TextWord> = Vec::with_capacity(folded.len() / 6);
        let mut unknown: Vec<usize> = Vec::new();
        {
            // Nothing panics while the lock is held, and a half-written map would still be a valid one.
            let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
            for word in words(folded) {
                let slots = match forms.get(&folded[word.start..word.end]) {
                    Some(slots) => slots.clone(),
                    None => {
                        unknown.push(found.len());
                        None
                    }
                };
                found.push(TextWord { word, slots });
            }
        }
        if unknown.is_empty() {
            return found;
        }
        let mut fresh: HashMap<&str, Slots> = HashMap::new();
        for &at in &unknown {
            let Word { start, end, kind } = found[at].word;
            let form = &folded[start..end];
            found[at].slots = fresh.entry(form).or_insert_with(|| self.slots_of(form, kind)).clone();
        }
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        for (form, slots) in fresh {
            if forms.len() < REMEMBERED_FORMS && form.len() <= LONGEST_REMEMBERED {
                forms.insert(form.into(), slots);
            }
        }
        found
    }

    fn slots_of(&self, form: &str, kind: WordKind) -> Slots {
        let mut slots: Vec<u32> = Vec::new();
        let known = &self.trie.slots;
        for key in text_keys(form, kind) {
            slots.extend(known.get(key.as_str()).into_iter().flatten());
        }
        if !self.trie.open_lengths.is_empty() {
            for whole in text_beginnings(form, kind) {
                for &len in self.trie.open_lengths.iter().take_while(|&&len| len <= whole.len()) {
                    let beginning = whole.get(..len).and_then(|start| known.get(start));
                    slots.extend(beginning.into_iter().flatten());
                }
            }
        }
        slots.sort_unstable();
        slots.dedup();
        (!slots.is_empty()).then(|| slots.into())
    }
}

/// One run over one text.
struct Search<'a> {
    set: &'a PhraseSet,
    text: &'a str,
    folded: &'a Normalized,
    words: &'a [TextWord],
    language: Option<Language>,
}

impl Search<'_> {
    fn run(&self, found: &mut Vec<(Entry, TextRange)>) {
        for (at, word) in self.words.iter().enumerate() {
            for &slot in word.slots.iter().flat_map(|slots| slots.iter()) {
                if let Some(node) = self.set.trie.roots[slot as usize]
                    && self.is_written_as(slot, at)
                {
                    self.walk(node, at, at, found);
                }
            }
        }
    }

    /// Follows the trie from `node`, reached with the word `last`.
    fn walk(&self, node: u32, first: usize, last: usize, found: &mut Vec<(Entry, TextRange)>) {
        let node = &self.set.trie.nodes[node as usize];
        for &index in &node.ends {
            let entry = self.set.trie.entries[index as usize];
            if self.admits(entry, first, last) {
                let range = TextRange::new(self.words[first].word.start, self.words[last].word.end);
                found.push((entry, range));
            }
        }
        for edge in &node.edges {
            let reach = if edge.may_skip { LONGEST_SKIP + 1 } else { 1 };
            for next in last + 1..=last + reach {
                if !self.is_reached(edge, last, next) {
                    break;
                }
                if self.words[next].has(edge.slot) && self.is_written_as(edge.slot, next) {
                    self.walk(edge.to, first, next, found);
                    break;
                }
            }
        }
    }

    /// True if the word `next` exists and nothing stands before it that ends a phrase.
    fn is_reached(&self, edge: &Edge, last: usize, next: usize) -> bool {
        let Some(word) = self.words.get(next) else {
            return false;
        };
        let gap = &self.folded.text[self.words[next - 1].word.end..word.word.start];
        let joint = edge.joint.filter(|_| next == last + 1);
        let mut joints = 0;
        let is_open = gap.chars().all(|c| {
            let is_joint = joint == Some(c);
            joints += usize::from(is_joint);
            is_joint || is_soft_gap(c)
        });
        // A dash between blanks separates; a hyphen touches a word.
        is_open && joints <= 1 && !gap.contains(" - ")
    }

    fn is_written_as(&self, slot: u32, at: usize) -> bool {
        !self.set.trie.abbreviations[slot as usize] || has_capitals(self.written(at))
    }

    fn written(&self, at: usize) -> &str {
        let word = self.words[at].word;
        self.folded.to_original(TextRange::new(word.start, word.end)).of(self.text)
    }

    /// True if a phrase of the entry's language can be meant in this text.
    fn admits(&self, entry: Entry, first: usize, last: usize) -> bool {
        let Some(tag) = self.language else {
            return true;
        };
        let is_uzbek = |l: Language| matches!(l, Language::UzbekLatin | Language::UzbekCyrillic);
        if tag == entry.language || (is_uzbek(tag) && is_uzbek(entry.language)) || first != last {
            return true;
        }
        let word = self.words[first].word;
        let in_tagged_script = match tag {
            Language::English | Language::UzbekLatin => word.kind == WordKind::Latin,
            Language::Russian | Language::UzbekCyrillic => word.kind == WordKind::Cyrillic,
            Language::Korean => false,
        };
        let shortest = if is_uzbek(entry.language) { 6 } else { 4 };
        let letters = self.folded.text[word.start..word.end].chars().count();
        !in_tagged_script || letters >= shortest || has_capitals(self.written(first))
    }
}

impl TextWord {
    fn has(&self, slot: u32) -> bool {
        self.slots.as_ref().is_some_and(|slots| slots.contains(&slot))
    }
}

/// Sorts matches and drops those that overlap an earlier or longer match of the same id.
fn in_order(mut found: Vec<(Entry, TextRange)>) -> Vec<(Entry, TextRange)> {
    found.sort_by_key(|(entry, range)| (range.start, std::cmp::Reverse(range.end), entry.id));
    let mut ends: HashMap<u32, usize> = HashMap::new();
    found.retain(|(entry, range)| {
        let end = ends.entry(entry.id).or_insert(0);
        let is_free = range.start >= *end;
        if is_free {
            *end = range.end;
        }
        is_free
    });
    found
}

#[cfg(test)]
#[path = "phrases_tests.rs"]
mod tests;
