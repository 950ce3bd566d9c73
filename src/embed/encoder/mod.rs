//! How is text embedded as fast as a CPU can? An encoder for the BERT family (BERT, MiniLM, e5, bge, XLM-RoBERTa)
//! behind the [`Embedder`] trait: packed batches without padding, fused kernels, instructions chosen at run
//! time, one thread pool. `docs/performance.md` explains the design with its measurements.
//!
//! From outside in: [`Encoder`] → `queue` and `pool` (which thread embeds whose texts) → `layer` and `pass` (one
//! batch) → `product`, `attention`, `elementwise` (how work is cut) → `kernel_*`, `lanes*` (instructions). `dispatch`
//! chooses among the latter; `load`, `reading`, `weights`, `pack`, `tokens`, `word_pieces`, `shape` load a model.
//!
//! All `unsafe` code of the crate but two calls of the system's allocator ([`crate::freed_memory`]) lives in this
//! folder, each block with the argument why it is sound.

mod activation;
mod attention;
mod dispatch;
mod elementwise;
#[cfg(test)]
mod encoder_tests;
#[cfg(test)]
mod failure_tests;
#[cfg(target_arch = "x86_64")]
mod kernel_amx;
mod kernel_portable;
#[cfg(test)]
mod kernel_tests;
#[cfg(target_arch = "x86_64")]
mod kernel_x86;
mod lanes;
#[cfg(target_arch = "x86_64")]
mod lanes_x86;
mod layer;
mod load;
#[cfg(test)]
mod load_tests;
pub mod measure;
mod memory;
mod pack;
mod pass;
mod pool;
mod product;
mod queue;
mod reading;
mod shape;
mod team;
mod tokens;
#[cfg(target_arch = "x86_64")]
mod transpose_x86;
#[cfg(all(test, target_arch = "x86_64", target_os = "linux"))]
mod trap;
#[cfg(all(test, target_arch = "x86_64", target_os = "linux"))]
mod trap_tiles;
mod weights;
mod word_pieces;

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;
use crate::embed::model::{EmbedError, Embedder, TextKind};

pub use load::LoadError;
pub use shape::Unsupported;
pub use weights::WeightsError;

/// Columns of a panel: two registers of sixteen, or two tiles.
const PANEL: usize = 32;
/// Numbers that share a scale in 16-bit integer arithmetic, and that one exact integer sum covers.
const BLOCK: usize = 192;

/// Which arithmetic to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// The fastest on this processor that stays within a cosine of 0.9998 of `f32`.
    #[default]
    Auto,
    /// 32-bit floating point throughout.
    Fp32,
    /// bf16 operands with 32-bit sums, where the processor has instructions for it.
    Bf16,
    /// 16-bit integer operands with exact sums, where the processor has instructions for it.
    Int16,
}

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first one.
    Cls,
}

/// The files of a model. The small ones have been read and checked by the caller; the large one is read once, and
/// hashed in passing.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// Where they came from; `model.safetensors` is read from here.
    pub folder: PathBuf,
    /// Content of `config.json`.
    pub config: Vec<u8>,
    /// Content of `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Lower-case hexadecimal SHA-256 that the weights must have; `None` takes them as they are.
    pub weights_sha256: Option<String>,
    /// Type that the weights' numbers must have, where it is known.
    pub dtype: Option<safetensors::Dtype>,
}

/// What a caller decides about a model.
#[derive(Debug, Clone)]
pub struct EncoderOptions {
    /// Which arithmetic to use.
    pub precision: Precision,
    /// Number of threads; `None` takes as many as affinity mask and cgroup quota allow.
    pub threads: Option<usize>,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: usize,
    /// How token vectors become one vector.
    pub pooling: Pooling,
    /// Put before queries.
    pub query_prompt: String,
    /// Put before passages.
    pub passage_prompt: String,
    /// Identity of the model; `precision` and `dimension` are filled in.
    pub identity: ModelIdentity,
    /// Languages that the model was trained for.
    pub languages: Vec<Language>,
}

/// True if the encoder can run the model described by a `config.json`.
pub fn supports(config: &serde_json::Value) -> bool {
    shape::Shape::parse(config).is_ok()
}

/// A model of the BERT family, ready to embed.
pub struct Encoder {
    pool: pool::Pool,
    options: EncoderOptions,
}

impl Encoder {
    /// Loads a model. Blocking; returns when the hash of the weights has been compared.
    pub fn load(files: &ModelFiles, options: EncoderOptions) -> Result<Self, LoadError> {
        load::load(files, options, dispatch::Features::detect())
    }

    fn prompt(&self, kind: TextKind) -> &str {
        match kind {
            TextKind::Query => &self.options.query_prompt,
            TextKind::Passage => &self.options.passage_prompt,
        }
    }
}

impl Embedder for Encoder {
    fn identity(&self) -> &ModelIdentity {
        &self.options.identity
    }

    fn dimension(&self) -> usize {
        self.options.identity.dimension
    }

    fn max_tokens(&self) -> usize {
        self.options.max_tokens
    }

    fn covers(&self, language: Language) -> bool {
        self.options.languages.contains(&language)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.pool.tokens().count(text)
    }

    fn room(&self, kind: TextKind) -> usize {
        let tokens = self.pool.tokens();
        self.options.max_tokens.saturating_sub(tokens.special() + tokens.count(self.prompt(kind)))
    }

    fn embed(
        &self,
        kind: TextKind,
        texts: &[&str],
        cancel: &CancellationToken,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let prompt = self.prompt(kind);
        let texts = texts.iter().map(|text| [prompt, text].concat()).collect();
        let job = queue::Job::new(texts, cancel.clone());
        self.pool.submit(kind, std::sync::Arc::clone(&job));
        job.wait()
    }
}
