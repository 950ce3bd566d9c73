//! Where do Korean phrases stand, however the text is spaced?
//!
//! Phrases and text are compared without blanks, middle dots and hyphens. What Korean writes together is
//! then told apart by length: a phrase of one syllable must be a whole word but for particles, one of two
//! must begin a word, longer ones may stand inside a compound.

use aho_corasick::AhoCorasick;

use super::normalize::{Keep, Normalized, fold_with};
use super::particles_korean::is_grammar;
use super::phrase_build::Entry;
use super::script::{Script, script_of};
use crate::domain::span::TextRange;

/// Noun endings of one syllable that make a compound of a phrase of two.
const NOUN_ENDINGS: &[&str] = &[
    "장", "량", "율", "률", "지", "류", "물", "권", "군", "수", "법", "제", "도", "원", "체", "선", "형",
    "용", "업",
];

/// Syllables after a phrase that are looked at.
const LONGEST_ENDING: usize = 12;

/// Bytes after a head in which its tail is looked for.
const TAIL_WINDOW: usize = 240;

struct Phrase {
    entry: Entry,
    /// Keys of what follows each ` ~ `.
    tail: Vec<String>,
    syllables: usize,
    has_blank: bool,
    is_open: bool,
}

/// A matcher for the phrases that contain Hangul.
#[derive(Default)]
pub(super) struct KoreanPhrases {
    heads: Vec<String>,
    phrases: Vec<Phrase>,
    automaton: Option<AhoCorasick>,
}

impl KoreanPhrases {
    /// Adds a phrase.
    pub(super) fn add(&mut self, entry: Entry, phrase: &str) {
        let folded = fold_with(phrase, Keep::default()).text;
        let mut keys = folded
            .split('~')
            .map(|part| part.chars().filter(|&c| !is_skipped(c) && c != '*').collect::<String>())
            .filter(|key| !key.is_empty());
        let Some(head) = keys.next() else { return };
        self.phrases.push(Phrase {
            entry,
            tail: keys.collect(),
            syllables: head.chars().filter(|&c| is_hangul(c)).count(),
            has_blank: folded.split('~').next().is_some_and(|part| part.trim().contains(' ')),
            is_open: folded.trim_end().ends_with('*'),
        });
        self.heads.push(head);
    }

    /// Builds the automaton.
    pub(super) fn finish(&mut self) {
        if !self.heads.is_empty() {
            // Fails only beyond two thousand million states, far above any lexicon.
            self.automaton = AhoCorasick::new(std::mem::take(&mut self.heads)).ok();
        }
    }

    /// Appends the matches in the text, as ranges of the folded text.
    pub(super) fn find(&self, folded: &Normalized, found: &mut Vec<(Entry, TextRange)>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        if !folded.text.contains(is_hangul) {
            return;
        }
        let spaceless = Spaceless::of(&folded.text);
        for hit in automaton.find_overlapping_iter(&spaceless.key) {
            let phrase = &self.phrases[hit.pattern().as_usize()];
            let range = spaceless.range(hit.start(), hit.end());
            if let Some(range) = phrase.check(&folded.text, range) {
                found.push((phrase.entry, range));
            }
        }
    }
}

impl Phrase {
    /// Returns the range of the whole phrase if its boundaries are those of words.
    fn check(&self, text: &str, head: TextRange) -> Option<TextRange> {
        let crosses_blank = head.of(text).contains(' ');
        if !self.starts_well(text, head, crosses_blank) {
            return None;
        }
        if self.tail.is_empty() {
            return self.ends_well(text, head, crosses_blank).then_some(head);
        }
        let mut end = head.end;
        for part in &self.tail {
            end = find_part(text, end, part)?;
        }
        Some(TextRange::new(head.start, end))
    }

    fn starts_well(&self, text: &str, range: TextRange, crosses_blank: bool) -> bool {
        let first = range.of(text).chars().next().unwrap_or(' ');
        let mut before = text[..range.start].chars().rev();
        let previous = before.next().unwrap_or(' ');
        if is_hangul(first) {
            let is_inside = is_hangul(previous);
            let may_be_inside = self.syllables >= 3 && !crosses_blank;
            let is_too_loose = crosses_blank && self.syllables <= 2 && !self.has_blank;
            (!is_inside || may_be_inside) && !is_too_loose
        } else {
            let is_decimal = matches!(previous, '.' | ',') && before.next().is_some_and(char::is_numeric);
            !previous.is_alphanumeric() && !(first.is_numeric() && is_decimal)
        }
    }

    fn ends_well(&self, text: &str, range: TextRange, crosses_blank: bool) -> bool {
        let last = range.of(text).chars().next_back().unwrap_or(' ');
        let after = &text[range.end..];
        if !is_hangul(last) {
            return !after.starts_with(|c: char| c.is_alphanumeric() && !is_hangul(c));
        }
        let len: usize =
            after.chars().take(LONGEST_ENDING).take_while(|&c| is_hangul(c)).map(char::len_utf8).sum();
        let rest = &after[..len];
        if self.is_open || is_grammar(rest) || self.syllables >= 3 {
            return true;
        }
        let is_compound = rest.chars().count() >= 2 || NOUN_ENDINGS.contains(&rest);
        self.syllables == 2 && is_compound && !crosses_blank
    }
}

/// Looks for `part` at the start of one of the next four words; returns where it ends.
fn find_part(text: &str, from: usize, part: &str) -> Option<usize> {
    let rest = &text[from..text.floor_char_boundary(from + TAIL_WINDOW)];
    let reach = rest.find(|c: char| !c.is_alphanumeric() && !is_skipped(c)).unwrap_or(rest.len());
    let window = &rest[..reach];
    let starts = window.match_indices(' ').map(|(at, _)| at + 1).take(4);
    for start in starts {
        let mut wanted = part.chars().peekable();
        let mut end = start;
        for c in window[start..].chars() {
            if wanted.peek().is_none() {
                break;
            }
            if !is_skipped(c) && wanted.next() != Some(c) {
                end = 0;
                break;
            }
            end += c.len_utf8();
        }
        if end > 0 && wanted.peek().is_none() {
            return Some(from + end);
        }
    }
    None
}

fn is_skipped(c: char) -> bool {
    matches!(c, ' ' | '·' | '-')
}

fn is_hangul(c: char) -> bool {
    script_of(c) == Some(Script::Hangul)
}

/// A text without blanks and the way back.
struct Spaceless {
    key: String,
    places: Vec<usize>,
}

impl Spaceless {
    fn of(text: &str) -> Self {
        let mut key = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            if !is_skipped(c) {
                key.push(c);
                places.extend((0..c.len_utf8()).map(|byte| at + byte));
            }
        }
        Self { key, places }
    }

    /// Returns the text behind the non-empty key range `start..end`.
    fn range(&self, start: usize, end: usize) -> TextRange {
        TextRange::new(self.places[start], self.places[end - 1] + 1)
    }
}
