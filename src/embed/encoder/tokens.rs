//! How does a text become token ids? The model's own `tokenizer.json`, without padding, cut to the model's length
//! with the special tokens kept.
//!
//! Invariant: a text gets at least one id or an error. The library panics on what is damaged in ways it does not
//! check; here that is the error of one text.

use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use super::word_pieces::{Part, WordPieces};
use crate::contain::contain;

/// What the tokeniser library says when something fails.
pub type TokeniserError = Box<dyn std::error::Error + Send + Sync>;

/// Why a tokeniser could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file is not a tokeniser.
    #[error("could not load {}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What the library said.
        #[source]
        source: TokeniserError,
    },
    /// The post-processor does not put special tokens around the text, or leaves no room for it.
    #[error("{} does not wrap a text in special tokens in a supported way", path.display())]
    Template {
        /// The file.
        path: PathBuf,
    },
}

/// Turns texts into token ids.
pub struct Tokens {
    tokenizer: Tokenizer,
    /// The short way for ordinary text, where the tokeniser is of that kind.
    pieces: Option<WordPieces>,
    before: Vec<u32>,
    after: Vec<u32>,
    max_tokens: usize,
}

impl Tokens {
    /// Parses a `tokenizer.json`, which came from `path`; sequences are cut to `max_tokens`, special tokens included.
    pub fn parse(path: &Path, json: &[u8], max_tokens: usize) -> Result<Self, TokensError> {
        let path = path.to_owned();
        let load = |source| TokensError::Load { path: path.clone(), source };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(load)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(load)?;
        let bare = tokenizer.encode_fast("a", false).map_err(load)?;
        let wrapped = tokenizer.encode_fast("a", true).map_err(load)?;
        let (bare, wrapped) = (bare.get_ids(), wrapped.get_ids());
        let start = (0..wrapped.len()).find(|&start| wrapped[start..].starts_with(bare));
        match start {
            Some(start) if !bare.is_empty() && max_tokens > wrapped.len() - bare.len() => Ok(Self {
                before: wrapped[..start].to_vec(),
                after: wrapped[start + bare.len()..].to_vec(),
                pieces: WordPieces::of(&tokenizer, json),
                tokenizer,
                max_tokens,
            }),
            _ => Err(TokensError::Template { path }),
        }
    }

    /// Returns the highest token id there is.
    pub fn highest(&self) -> u32 {
        self.tokenizer.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// Replaces `ids` by the token ids of `text`.
    pub fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokeniserError> {
        ids.clear();
        ids.extend_from_slice(&self.before);
        contain(|| self.each(text, &mut |id| ids.push(id)))??;
        ids.truncate(self.max_tokens - self.after.len());
        ids.extend_from_slice(&self.after);
        if ids.is_empty() {
            return Err("the tokeniser made no token at all".into());
        }
        Ok(())
    }

    /// Returns the number of tokens put around every text.
    pub fn special(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Returns the number of tokens of `text` without special tokens, uncut.
    pub fn count(&self, text: &str) -> usize {
        let mut count = 0;
        // A text that cannot be tokenised fails with its reason when it is embedded; here it counts as long.
        match contain(|| self.each(text, &mut |_| count += 1)) {
            Ok(Ok(())) => count,
            Ok(Err(_)) | Err(_) => text.len(),
        }
    }

    /// Hands the ids of `text` to `put`, without special tokens.
    fn each(&self, text: &str, put: &mut impl FnMut(u32)) -> Result<(), TokeniserError> {
        let library = |text: &str, put: &mut dyn FnMut(u32)| -> Result<(), TokeniserError> {
            self.tokenizer.encode_fast(text, false)?.get_ids().iter().for_each(|id| put(*id));
            Ok(())
        };
        let Some(pieces) = &self.pieces else { return library(text, put) };
        for part in pieces.parts(text) {
            match part {
                Part::Plain(word) => pieces.look_up(word, put),
                Part::Other(words) => library(words, put)?,
            }
        }
        Ok(())
    }
}
