//! The one contract between text and vectors; the candle reference and the fast CPU encoder implement it.

use tokio_util::sync::CancellationToken;

use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;

/// What a text is to the model: some models put different prompts before queries and passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// Something to search for.
    Query,
    /// Something to be found.
    Passage,
}

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The caller has gone; nothing was computed for the remaining texts.
    #[error("embedding was cancelled")]
    Cancelled,
    /// A text could not be tokenised.
    #[error("could not tokenise text {index}")]
    Tokenise {
        /// Position of the text in the call.
        index: usize,
        /// What the tokeniser said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model failed.
    #[error("the model {model} failed")]
    Inference {
        /// Name of the model.
        model: String,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Turns texts into unit vectors. Blocking and CPU-bound: never call it on the async runtime.
pub trait Embedder: Send + Sync {
    /// Returns the identity that goes into every result's provenance.
    fn identity(&self) -> &ModelIdentity;

    /// Returns the vector length.
    fn dimension(&self) -> usize;

    /// Returns the longest input in tokens, special tokens included; longer texts are cut.
    fn max_tokens(&self) -> usize;

    /// True if the manifest says that the model was trained for the language.
    fn covers(&self, language: Language) -> bool;

    /// Returns the number of tokens of `text` without prompt and special tokens.
    fn count_tokens(&self, text: &str) -> usize;

    /// Returns how long a text of a kind may be, as [`Self::count_tokens`] counts: what prompt and special tokens leave
    /// of [`Self::max_tokens`]. Of a longer text the end is not read.
    fn room(&self, kind: TextKind) -> usize;

    /// Returns one L2-normalised vector per text, in input order. A text's vector does not depend on
    /// the other texts of the call beyond rounding (cosine ≥ 0.9999).
    fn embed(
        &self,
        kind: TextKind,
        texts: &[&str],
        cancel: &CancellationToken,
    ) -> Result<Vec<Vec<f32>>, EmbedError>;
}
