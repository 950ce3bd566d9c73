//! What does a phrase of a lexicon ask for? Parses phrases and puts them into the trie that
//! [`super::phrases`] walks.
//!
//! `*` at a word's end stands for any ending, ` ~ ` for up to three words in between; words joined by a
//! hyphen also match joined and apart.

use std::collections::HashMap;

use super::normalize::{Keep, fold_with};
use super::phrase_keys::{exact, phrase_beginnings, phrase_keys};
use super::words::{WordKind, words};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// One word of a phrase: the keys under which it is met, and what stands before it.
#[derive(Debug, Clone)]
struct Part {
    form: String,
    kind: WordKind,
    is_open: bool,
    is_abbreviation: bool,
    may_skip: bool,
    joint: Option<char>,
    after_hyphen: bool,
}

/// A step of the trie: a word, and what may stand before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    /// Word asked for.
    pub(super) slot: u32,
    /// Up to three words may stand in between.
    pub(super) may_skip: bool,
    /// Punctuation that the phrase has here and the text may have.
    pub(super) joint: Option<char>,
    /// Node reached.
    pub(super) to: u32,
}

/// A node of the trie.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// Ways on.
    pub(super) edges: Vec<Edge>,
    /// Entries that end here.
    pub(super) ends: Vec<u32>,
}

/// A phrase as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Identity given by the caller.
    pub(super) id: u32,
    /// Language given by the caller.
    pub(super) language: Language,
}

/// Words and phrases as a trie over word slots; node 0 is the root.
#[derive(Debug, Default)]
pub(super) struct Trie {
    /// Slots met by a key.
    pub(super) slots: HashMap<Box<str>, Vec<u32>>,
    /// Byte lengths of the keys of open words, ascending.
    pub(super) open_lengths: Vec<usize>,
    /// Per slot: the word must be written with at least two capitals.
    pub(super) abbreviations: Vec<bool>,
    /// Nodes.
    pub(super) nodes: Vec<Node>,
    /// Per slot: the node reached from the root.
    pub(super) roots: Vec<Option<u32>>,
    /// Phrases.
    pub(super) entries: Vec<Entry>,
    interned: HashMap<String, u32>,
}

impl Trie {
    /// Adds a phrase; a phrase without a word is never found.
    pub(super) fn add(&mut self, entry: Entry, phrase: &str) {
        let parts = parse(phrase);
        if parts.is_empty() {
            return;
        }
        let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.push(entry);
        for variant in joined_variants(parts) {
            let mut node = 0;
            for part in &variant {
                node = self.step(node, part, entry.language);
            }
            let ends = &mut self.nodes[node as usize].ends;
            if !ends.contains(&index) {
                ends.push(index);
            }
        }
    }

    /// Sorts what lookups rely on.
    pub(super) fn finish(&mut self) {
        self.open_lengths.sort_unstable();
        self.open_lengths.dedup();
        self.roots = vec![None; self.abbreviations.len()];
        if let Some(root) = self.nodes.first() {
            for edge in &root.edges {
                self.roots[edge.slot as usize] = Some(edge.to);
            }
        }
    }

    fn step(&mut self, node: u32, part: &Part, language: Language) -> u32 {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let slot = self.slot(part, language);
        let is_first = node == 0;
        let (may_skip, joint) = if is_first { (false, None) } else { (part.may_skip, part.joint) };
        let known = self.nodes[node as usize]
            .edges
            .iter()
            .find(|edge| edge.slot == slot && edge.may_skip == may_skip && edge.joint == joint);
        if let Some(edge) = known {
            return edge.to;
        }
        let to = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        self.nodes[node as usize].edges.push(Edge { slot, may_skip, joint, to });
        to
    }

    /// Returns the slot of a word; words with the same keys share one.
    fn slot(&mut self, part: &Part, language: Language) -> u32 {
        let keys = if part.is_open {
            phrase_beginnings(&part.form, part.kind, language)
        } else {
            let mut keys = phrase_keys(&part.form, part.kind, language);
            if part.is_abbreviation {
                keys.push(exact(&part.form, part.kind));
            }
            keys.sort();
            keys.dedup();
            keys
        };
        let identity = format!("{}|{}", part.is_abbreviation, keys.join("|"));
        if let Some(&slot) = self.interned.get(&identity) {
            return slot;
        }
        let slot = u32::try_from(self.abbreviations.len()).unwrap_or(u32::MAX);
        self.abbreviations.push(part.is_abbreviation);
        for key in keys {
            if part.is_open {
                self.open_lengths.push(key.len());
            }
            self.slots.entry(key.into_boxed_str()).or_default().push(slot);
        }
        self.interned.insert(identity, slot);
        slot
    }
}

fn parse(phrase: &str) -> Vec<Part> {
    let folded = fold_with(phrase, Keep { yo: true, paragraphs: false });
    let text = folded.text.as_str();
    let mut last_end = 0;
    let mut parts = Vec::new();
    for word in words(text) {
        let gap = &text[last_end..word.start];
        let written = folded.to_original(TextRange::new(word.start, word.end)).of(phrase);
        parts.push(Part {
            form: text[word.start..word.end].to_owned(),
            kind: word.kind,
            is_open: text[word.end..].starts_with('*'),
            is_abbreviation: is_abbreviation(written),
            may_skip: gap.contains('~'),
            joint: gap.chars().find(|&c| !is_soft_gap(c) && !matches!(c, '*' | '~')),
            after_hyphen: gap == "-",
        });
        last_end = word.end;
    }
    parts
}

/// True for what may stand between two words of a phrase without being in it: blanks, hyphens, quotes.
pub(super) fn is_soft_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '"' | '\'' | '·')
}

/// ПДК, СЗЗ, TChM: short words with several capitals are found only where the text has capitals too,
/// because in small letters they are other words (СИЗ and Uzbek *сиз*).
fn is_abbreviation(written: &str) -> bool {
    let letters = written.chars().filter(|c| c.is_alphabetic()).count();
    letters <= 6 && has_capitals(written) && !written.contains(|c: char| c.is_numeric())
}

/// True if a word is written with at least two capitals.
pub(super) fn has_capitals(written: &str) -> bool {
    written.chars().filter(|c| c.is_uppercase()).count() >= 2
}

/// Returns the phrase as written, and with the words around each hyphen (and around all) joined.
fn joined_variants(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let hyphens: Vec<usize> = (1..parts.len())
        .filter(|&at| {
            let (left, right) = (&parts[at - 1], &parts[at]);
            right.after_hyphen && left.kind == right.kind && !left.is_open && left.kind != WordKind::Number
        })
        .collect();
    let mut variants: Vec<Vec<Part>> =
        hyphens.iter().map(|&at| join_at(&parts, std::slice::from_ref(&at))).collect();
    if hyphens.len() > 1 {
        variants.push(join_at(&parts, &hyphens));
    }
    variants.push(parts);
    variants
}

fn join_at(parts: &[Part], hyphens: &[usize]) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        match joined.last_mut() {
            Some(left) if hyphens.contains(&at) => {
                left.form.push_str(&part.form);
                left.is_open = part.is_open;
                left.is_abbreviation = false;
            }
            _ => joined.push(part.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_share_words_and_beginnings() {
        let mut trie = Trie::default();
        for (id, phrase) in ["waste oil", "waste oils", "waste pit", "waste-pit", ""].iter().enumerate() {
            trie.add(Entry { id: id as u32, language: Language::English }, phrase);
        }
        trie.finish();
        assert_eq!(trie.entries.len(), 4, "an empty phrase is dropped");
        // root, waste, waste oil, waste pit, wastepit
        assert_eq!(trie.nodes.len(), 5);
    }

    #[test]
    fn marks_are_read() {
        let parts = parse("охраняем* ~ территория, ООПТ");
        assert!(parts[0].is_open && parts[1].may_skip);
        assert_eq!(parts[2].joint, Some(','));
        assert!(parts[2].is_abbreviation && !parts[1].is_abbreviation);
    }
}
