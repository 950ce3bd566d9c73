//! Which tokens does a text become, and was it too long?
//!
//! Wraps the published tokeniser. Its own truncation and padding are switched off, because published
//! files carry settings of some other use (MiniLM's cuts at 128 tokens and pads everything to 128); the
//! manifest's limit is applied instead, exactly as the reference implementation does it: the text is cut,
//! the special tokens stay.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use tokenizers::tokenizer::PostProcessor;
use tokenizers::{Tokenizer, TruncationDirection};
use tokio_util::sync::CancellationToken;

use super::error::Source;
use super::manifest::Prompts;
use super::model::{EmbedError, TextKind};

/// A text ready for the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenisedText {
    /// Token ids, special tokens included; never empty.
    pub ids: Vec<u32>,
    /// Token type of each token.
    pub type_ids: Vec<u32>,
    /// True if the text was longer than the model reads.
    pub is_cut: bool,
}

/// Tokeniser of one model.
pub struct TextTokenizer {
    inner: Tokenizer,
    max_tokens: usize,
    special_tokens: usize,
    prompts: Prompts,
    texts_cut: AtomicU64,
}

impl TextTokenizer {
    /// Reads a `tokenizer.json`; `vocabulary` is the number of rows of the token embedding.
    pub fn read(
        bytes: &[u8],
        vocabulary: usize,
        max_tokens: usize,
        prompts: Prompts,
    ) -> Result<Self, Source> {
        let mut inner = Tokenizer::from_bytes(bytes)?;
        inner.with_padding(None);
        inner.with_truncation(None)?;
        let highest = inner.get_vocab(true).into_values().max().unwrap_or(0);
        if highest as usize >= vocabulary {
            return Err(
                format!("token id {highest} lies outside the network's vocabulary of {vocabulary}").into()
            );
        }
        let special_tokens = inner.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        if special_tokens >= max_tokens {
            return Err(format!("{special_tokens} special tokens leave no room in {max_tokens}").into());
        }
        let texts_cut = AtomicU64::new(0);
        Ok(Self { inner, max_tokens, special_tokens, prompts, texts_cut })
    }

    /// Returns the longest result in tokens, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Returns how many texts were cut so far.
    pub fn texts_cut(&self) -> u64 {
        self.texts_cut.load(Ordering::Relaxed)
    }

    /// Returns the number of tokens of `text` without prompt and special tokens. Where the tokeniser
    /// fails, the number of bytes is returned, which is never too small.
    pub fn count(&self, text: &str) -> usize {
        self.inner.encode_fast(text, false).map_or(text.len(), |encoding| encoding.len())
    }

    /// Returns how many tokens of a text, as [`Self::count`] counts them, fit beside prompt and special tokens.
    pub fn room(&self, kind: TextKind) -> usize {
        let prompt = self.prompts.of(kind);
        self.max_tokens.saturating_sub(self.special_tokens + self.count(prompt))
    }

    /// Tokenises one text with the prompt of its kind.
    pub fn tokenise(&self, kind: TextKind, text: &str) -> Result<TokenisedText, Source> {
        let prompt = self.prompts.of(kind);
        let mut encoding = if prompt.is_empty() {
            self.inner.encode_fast(text, false)?
        } else {
            self.inner.encode_fast(format!("{prompt}{text}"), false)?
        };
        let room = self.max_tokens - self.special_tokens;
        let is_cut = encoding.len() > room;
        if is_cut {
            encoding.truncate(room, 0, TruncationDirection::Right);
        }
        let encoding = self.inner.post_process(encoding, None, true)?;
        if encoding.is_empty() {
            return Err("the tokeniser made no token at all".into());
        }
        Ok(TokenisedText {
            ids: encoding.get_ids().to_vec(),
            type_ids: encoding.get_type_ids().to_vec(),
            is_cut,
        })
    }

    /// Tokenises texts in parallel; cuts are counted and logged once per call.
    pub fn tokenise_all(
        &self,
        kind: TextKind,
        texts: &[&str],
        cancel: &CancellationToken,
    ) -> Result<Vec<TokenisedText>, EmbedError> {
        let one = |(index, text): (usize, &&str)| {
            if cancel.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            self.tokenise(kind, text).map_err(|source| EmbedError::Tokenise { index, source })
        };
        let tokenised = texts.par_iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
        let cut = tokenised.iter().filter(|text| text.is_cut).count();
        if cut > 0 {
            self.texts_cut.fetch_add(cut as u64, Ordering::Relaxed);
            tracing::warn!(
                cut,
                of = texts.len(),
                max_tokens = self.max_tokens,
                "texts were cut to the model's limit"
            );
        }
        Ok(tokenised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny(max_tokens: usize, prompts: Prompts) -> TextTokenizer {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models/tiny-bert/weights/tokenizer.json");
        TextTokenizer::read(&std::fs::read(path).unwrap(), 420, max_tokens, prompts).unwrap()
    }

    #[test]
    fn shipped_padding_and_truncation_are_replaced_by_the_manifests_limit() {
        let tokenizer = tiny(40, Prompts::default());
        let short = tokenizer.tokenise(TextKind::Query, "noise").unwrap();
        assert!(short.ids.len() < 16 && !short.is_cut, "{short:?}");
        let long = tokenizer.tokenise(TextKind::Query, &"noise at night ".repeat(50)).unwrap();
        assert_eq!((long.ids.len(), long.is_cut), (40, true));
        assert_eq!((long.ids[0], long.ids[39]), (2, 3), "special tokens survive the cut");
    }

    #[test]
    fn text_that_just_fits_is_not_cut() {
        let tokenizer = tiny(40, Prompts::default());
        let words = tokenizer.count("a") * 38;
        let text = "a ".repeat(words);
        assert_eq!(tokenizer.count(&text), 38);
        assert!(!tokenizer.tokenise(TextKind::Query, &text).unwrap().is_cut);
        assert!(tokenizer.tokenise(TextKind::Query, &format!("{text} a")).unwrap().is_cut);
    }

    #[test]
    fn a_text_that_fills_its_room_is_read_to_the_end() {
        let prompts = Prompts { query: "query: ".into(), passage: String::new() };
        let tokenizer = tiny(40, prompts);
        for kind in [TextKind::Query, TextKind::Passage] {
            let text = "a ".repeat(tokenizer.room(kind));
            assert!(!tokenizer.tokenise(kind, &text).unwrap().is_cut, "{kind:?}");
            assert!(tokenizer.tokenise(kind, &format!("{text} a")).unwrap().is_cut, "{kind:?}");
        }
        assert_eq!(tokenizer.room(TextKind::Passage), 38);
        assert!(tokenizer.room(TextKind::Query) < 38);
    }

    #[test]
    fn empty_text_keeps_its_special_tokens() {
        let text = tiny(16, Prompts::default()).tokenise(TextKind::Passage, "").unwrap();
        assert_eq!(text.ids, [2, 3]);
    }

    #[test]
    fn prompt_belongs_to_the_kind_and_is_not_counted() {
        let prompts = Prompts { query: "query: ".into(), passage: String::new() };
        let tokenizer = tiny(32, prompts);
        let query = tokenizer.tokenise(TextKind::Query, "noise").unwrap().ids.len();
        let passage = tokenizer.tokenise(TextKind::Passage, "noise").unwrap().ids.len();
        assert!(query > passage);
        assert_eq!(tokenizer.count("noise") + 2, passage);
    }

    #[test]
    fn cut_texts_are_counted_and_cancellation_stops_the_work() {
        let tokenizer = tiny(16, Prompts::default());
        let long = "water ".repeat(40);
        let cancel = CancellationToken::new();
        tokenizer.tokenise_all(TextKind::Query, &["a", &long, &long], &cancel).unwrap();
        assert_eq!(tokenizer.texts_cut(), 2);
        cancel.cancel();
        let stopped = tokenizer.tokenise_all(TextKind::Query, &["a"], &cancel);
        assert!(matches!(stopped, Err(EmbedError::Cancelled)));
    }

    #[test]
    fn tokeniser_larger_than_the_network_is_refused() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models/tiny-bert/weights/tokenizer.json");
        let bytes = std::fs::read(path).unwrap();
        assert!(TextTokenizer::read(&bytes, 100, 16, Prompts::default()).is_err());
        assert!(TextTokenizer::read(&bytes, 420, 2, Prompts::default()).is_err());
        assert!(TextTokenizer::read(b"{", 420, 16, Prompts::default()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_between_one_token_and_the_limit(text in "\\PC{0,200}|[a-z ]{0,400}|.{0,60}") {
            let tokenizer = tiny(32, Prompts { query: "query: ".into(), passage: String::new() });
            for kind in [TextKind::Query, TextKind::Passage] {
                let tokens = tokenizer.tokenise(kind, &text).unwrap();
                proptest::prop_assert!((2..=32).contains(&tokens.ids.len()));
                proptest::prop_assert_eq!(tokens.ids.len(), tokens.type_ids.len());
            }
            let tokens = tokenizer.tokenise(TextKind::Passage, &text).unwrap();
            proptest::prop_assert_eq!(tokens.is_cut, tokenizer.count(&text) + 2 > 32);
        }
    }
}
