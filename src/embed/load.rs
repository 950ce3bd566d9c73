//! Which implementation computes a verified model?
//!
//! The only place that chooses. [`VerifiedModel`] is what every implementation is given: the bytes in it
//! are the bytes that were hashed, so a file replaced after the check cannot slip in.

use std::path::PathBuf;
use std::sync::Arc;

use super::candle::CandleEmbedder;
use super::config::ModelConfig;
use super::encoder::{self, Encoder, EncoderOptions};
use super::error::ModelError;
use super::manifest::{Manifest, WEIGHTS_FILE};
use super::model::Embedder;
use super::pooling::Pooling;
use super::tokenizer::TextTokenizer;
use crate::domain::provenance::ModelIdentity;

/// Arithmetic asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The fastest that keeps the model's golden vectors.
    #[default]
    Auto,
    /// Single precision.
    Fp32,
    /// bfloat16 products with single precision sums.
    Bf16,
}

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComputeDevice {
    /// All cores of this machine.
    #[default]
    Cpu,
    /// The GPU with that number; needs the cargo feature `cuda`.
    Cuda(usize),
}

/// A model whose files were all read and hashed.
pub struct VerifiedModel {
    /// The manifest.
    pub manifest: Manifest,
    /// Dimensions, checked against the manifest.
    pub config: ModelConfig,
    /// Tokeniser with the manifest's limit and prompts.
    pub tokenizer: TextTokenizer,
    /// Folder the files were read from.
    pub folder: PathBuf,
    /// Content of `config.json`, for implementations that read more of it.
    pub config_json: Vec<u8>,
    /// Content of `tokenizer.json`, for implementations with a tokeniser of their own.
    pub tokenizer_json: Vec<u8>,
    /// Content of the weights file (safetensors).
    pub weights: Vec<u8>,
    /// Hash of manifest and files.
    pub sha256: String,
}

impl VerifiedModel {
    /// Returns the identity for provenance; `precision` says which arithmetic is in use, and where.
    pub fn identity(&self, precision: impl Into<String>) -> ModelIdentity {
        ModelIdentity {
            name: self.manifest.name.clone(),
            revision: self.manifest.revision.clone(),
            sha256: self.sha256.clone(),
            dimension: self.manifest.dimension,
            precision: precision.into(),
        }
    }

    /// Makes an error about the weights.
    pub fn weights_error(&self, source: impl Into<super::error::Source>) -> ModelError {
        ModelError::malformed(self.folder.join(WEIGHTS_FILE))(source)
    }

    /// Makes an error about something this program cannot do with the model.
    pub fn unsupported(&self, problem: impl Into<String>) -> ModelError {
        ModelError::Unsupported { name: self.manifest.name.clone(), problem: problem.into() }
    }
}

/// Loads a verified model with the implementation that fits device and precision: the CPU encoder for
/// the models it supports, candle for other architectures, poolings and the GPU.
pub fn load(
    model: VerifiedModel,
    precision: Precision,
    device: ComputeDevice,
) -> Result<Arc<dyn Embedder>, ModelError> {
    if device == ComputeDevice::Cpu
        && let Some(options) = encoder_options(&model, precision)
    {
        let encoder = Encoder::load(&model.folder, options)
            .map_err(|source| model.weights_error(Box::new(source) as super::error::Source))?;
        return Ok(Arc::new(encoder));
    }
    if precision == Precision::Bf16 {
        return Err(model.unsupported("bf16 is not available for it here; ask for auto or fp32"));
    }
    Ok(Arc::new(CandleEmbedder::load(model, device)?))
}

/// Options for the CPU encoder; `None` if it cannot run the model.
fn encoder_options(model: &VerifiedModel, precision: Precision) -> Option<EncoderOptions> {
    let config: serde_json::Value = serde_json::from_slice(&model.config_json).ok()?;
    let pooling = match model.manifest.pooling {
        Pooling::Mean => encoder::Pooling::Mean,
        Pooling::Cls => encoder::Pooling::Cls,
        Pooling::LastToken => return None,
    };
    encoder::supports(&config).then(|| EncoderOptions {
        precision: match precision {
            Precision::Auto => encoder::Precision::Auto,
            Precision::Fp32 => encoder::Precision::Fp32,
            Precision::Bf16 => encoder::Precision::Bf16,
        },
        threads: None,
        max_tokens: model.manifest.max_tokens,
        pooling,
        query_prompt: model.manifest.prompts.query.clone(),
        passage_prompt: model.manifest.prompts.passage.clone(),
        identity: model.identity(""),
        languages: model.manifest.languages.clone(),
    })
}
