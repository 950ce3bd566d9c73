//! How does ordinary text become BERT's word pieces without a general tokeniser's work? The library keeps, for every
//! character, where it came from; the encoder only needs ids. Words of ASCII letters are looked up here; everything
//! else is left to the library.
//!
//! Invariant: ids are those of the library. BERT's steps work on one character or one word at a time, and blanks
//! separate words, so that a text may be cut at blanks and its parts tokenised one by one.

use std::collections::HashMap;

use serde::Deserialize;
use tokenizers::Tokenizer;

/// The part of a `tokenizer.json` that is looked at.
#[derive(Deserialize)]
struct File {
    normalizer: Option<Normalizer>,
    pre_tokenizer: Option<Kind>,
    #[serde(default)]
    added_tokens: Vec<Added>,
    model: Model,
}

#[derive(Deserialize)]
struct Kind {
    r#type: String,
}

#[derive(Deserialize)]
struct Normalizer {
    r#type: String,
    #[serde(default)]
    clean_text: bool,
    #[serde(default)]
    lowercase: bool,
}

#[derive(Deserialize)]
struct Added {
    content: String,
    #[serde(default)]
    normalized: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    unk_token: String,
    #[serde(default)]
    continuing_subword_prefix: String,
    #[serde(default)]
    max_input_chars_per_word: usize,
}

/// Longest word that is looked at, in characters; BERT's limit is 100.
const LONGEST_WORD: usize = 128;

/// A vocabulary of word pieces.
pub struct WordPieces {
    /// Pieces that begin a word.
    beginnings: HashMap<Box<[u8]>, u32>,
    /// Pieces that go on with one, without their prefix.
    continuations: HashMap<Box<[u8]>, u32>,
    unknown: u32,
    longest_piece: usize,
    longest_word: usize,
    lowercase: bool,
    /// First bytes of tokens that stand for themselves, such as `[MASK]`.
    special: [bool; 128],
}

/// Consecutive words of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// One word in ASCII, perhaps with punctuation.
    Plain(&'a [u8]),
    /// Words for the library.
    Other(&'a str),
}

impl WordPieces {
    /// Takes the vocabulary of the tokeniser that `json` describes; `None` if it is of another kind.
    pub fn of(tokenizer: &Tokenizer, json: &[u8]) -> Option<Self> {
        let file: File = serde_json::from_slice(json).ok()?;
        let (normalizer, model) = (file.normalizer?, file.model);
        let is_bert = normalizer.r#type == "BertNormalizer"
            && normalizer.clean_text
            && file.pre_tokenizer?.r#type == "BertPreTokenizer"
            && model.r#type == "WordPiece"
            && !model.continuing_subword_prefix.is_empty()
            && model.max_input_chars_per_word <= LONGEST_WORD;
        let stands_alone = |added: &Added| {
            let plain = |byte: u8| byte.is_ascii_graphic();
            !added.normalized && !added.content.is_empty() && added.content.bytes().all(plain)
        };
        if !is_bert || !file.added_tokens.iter().all(stands_alone) {
            return None;
        }
        let mut special = [false; 128];
        for added in &file.added_tokens {
            special[usize::from(added.content.as_bytes()[0])] = true;
        }
        let vocabulary = tokenizer.get_vocab(false);
        let mut pieces = Self {
            beginnings: HashMap::new(),
            continuations: HashMap::new(),
            unknown: *vocabulary.get(&model.unk_token)?,
            longest_piece: 0,
            longest_word: model.max_input_chars_per_word,
            lowercase: normalizer.lowercase,
            special,
        };
        for (piece, id) in vocabulary.into_iter().filter(|(piece, _)| piece.is_ascii()) {
            pieces.longest_piece = pieces.longest_piece.max(piece.len());
            if let Some(rest) = piece.strip_prefix(&model.continuing_subword_prefix) {
                pieces.continuations.insert(rest.as_bytes().into(), id);
            }
            // A word may begin with the prefix's characters only if punctuation did not cut them off: harmless.
            pieces.beginnings.insert(piece.as_bytes().into(), id);
        }
        Some(pieces)
    }

    /// Cuts a text at blanks into words to look up and runs of words for the library.
    pub fn parts<'a>(&self, text: &'a str) -> impl Iterator<Item = Part<'a>> {
        let mut rest = text;
        let is_plain = |word: &str| word.bytes().all(|b| b.is_ascii() && !self.special[usize::from(b)]);
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches(is_blank);
            if rest.is_empty() {
                return None;
            }
            let word_end = |from: usize| rest[from..].find(is_blank).map_or(rest.len(), |end| from + end);
            let mut end = word_end(0);
            if is_plain(&rest[..end]) {
                let word;
                (word, rest) = rest.split_at(end);
                return Some(Part::Plain(word.as_bytes()));
            }
            loop {
                let start = end + (rest.len() - end - rest[end..].trim_start_matches(is_blank).len());
                let next = word_end(start);
                if start == next || is_plain(&rest[start..next]) {
                    break;
                }
                end = next;
            }
            let words;
            (words, rest) = rest.split_at(end);
            Some(Part::Other(words))
        })
    }

    /// Hands the ids of a plain part to `put`.
    pub fn look_up(&self, part: &[u8], put: &mut impl FnMut(u32)) {
        let mut word = [0; LONGEST_WORD];
        let mut len = 0;
        for &byte in part {
            if byte.is_ascii_punctuation() {
                self.word(&word, len, put);
                len = 0;
                self.word(&[byte], 1, put);
            } else if !byte.is_ascii_control() {
                if let Some(place) = word.get_mut(len) {
                    *place = if self.lowercase { byte.to_ascii_lowercase() } else { byte };
                }
                len += 1;
            }
        }
        self.word(&word, len, put);
    }

    /// Cuts one word of `len` bytes greedily into the longest known pieces; if that fails, it is unknown.
    fn word(&self, word: &[u8], len: usize, put: &mut impl FnMut(u32)) {
        if len > self.longest_word {
            return put(self.unknown);
        }
        let mut found = [0; LONGEST_WORD];
        let (mut start, mut count) = (0, 0);
        let mut table = &self.beginnings;
        while start < len {
            let longest = len.min(start + self.longest_piece);
            let piece =
                (start + 1..=longest).rev().find_map(|end| Some((end, *table.get(&word[start..end])?)));
            let Some((end, id)) = piece else { return put(self.unknown) };
            (found[count], start, count) = (id, end, count + 1);
            table = &self.continuations;
        }
        found[..count].iter().for_each(|id| put(*id));
    }
}

/// The blanks that separate words in ASCII; other control characters vanish without a trace.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::AddedToken;

    fn library() -> (Tokenizer, WordPieces) {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/embed/encoder/testdata/tiny-bert/tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(path).expect("the fixture belongs to the repository");
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).expect("none is always possible");
        let special = ["[MASK]", "[SEP]"].map(|token| AddedToken::from(token, true));
        tokenizer.add_special_tokens(special).expect("they are words of the vocabulary or new ones");
        let json = tokenizer.to_string(false).expect("what was read can be written");
        let pieces = WordPieces::of(&tokenizer, json.as_bytes()).expect("it is one of word pieces");
        (tokenizer, pieces)
    }

    fn compare(text: &str) -> Result<(), TestCaseError> {
        let (tokenizer, pieces) = library();
        let mut ids = Vec::new();
        for part in pieces.parts(text) {
            match part {
                Part::Plain(word) => pieces.look_up(word, &mut |id| ids.push(id)),
                Part::Other(words) => {
                    ids.extend_from_slice(
                        tokenizer.encode_fast(words, false).expect("it does not fail").get_ids(),
                    );
                }
            }
        }
        let want = tokenizer.encode_fast(text, false).expect("it does not fail");
        prop_assert_eq!(&ids, want.get_ids(), "{:?}", text);
        Ok(())
    }

    #[test]
    fn ids_are_those_of_the_library_for_awkward_texts() {
        let long = "a".repeat(100);
        for text in [
            "",
            " ",
            "The dam, near the river.",
            "[MASK] x[SEP]y [CLS",
            "a\u{c}b\u{7f}c \u{1}",
            "caf\u{e9} au lait",
            "\u{201c}dust\u{201d} \u{2013} noise",
            "a\u{a0}b\u{85}c\u{2028}d",
            "x\u{301} \u{301}y",
            "\u{6c34}\u{5229}",
            "##ed ## #",
            "(10.5%)",
            &long,
            &(long.clone() + "b"),
            &(long.clone() + &long),
            "\u{fffd} \0 a\0b",
        ] {
            compare(text).expect("the same ids");
        }
    }

    #[test]
    fn runs_of_foreign_words_go_to_the_library_together() {
        let (_, pieces) = library();
        let parts: Vec<Part> = pieces.parts("  a.b \u{e9}  \u{e8} c [x] ").collect();
        let want =
            [Part::Plain(b"a.b"), Part::Other("\u{e9}  \u{e8}"), Part::Plain(b"c"), Part::Other("[x]")];
        assert_eq!(parts, want);
    }

    #[test]
    fn other_kinds_of_tokeniser_are_left_to_the_library() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/embed/encoder/testdata/tiny-xlm-roberta/tokenizer.json"
        );
        let json = std::fs::read(path).expect("the fixture belongs to the repository");
        let tokenizer = Tokenizer::from_bytes(&json).expect("it is a tokeniser");
        assert!(WordPieces::of(&tokenizer, &json).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn ids_are_those_of_the_library(text in ".{0,60}|[ -~\t\n\u{c}\u{7f}]{0,120}|[a-z\u{e0}-\u{ff} .\\[]{0,120}") {
            compare(&text)?;
        }
    }
}
