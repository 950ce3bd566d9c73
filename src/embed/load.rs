//! Which implementation computes a model?
//!
//! The only place that chooses. What every implementation is given is a [`PreparedModel`]: the small files,
//! hashed, and the hash that the weights must have.

use std::sync::Arc;

use super::candle::CandleEmbedder;
use super::encoder::{self, Encoder, EncoderOptions, LoadError, ModelFiles, WeightsError};
use super::error::ModelError;
use super::manifest::TOKENIZER_FILE;
use super::model::Embedder;
use super::pooling::Pooling;
use super::prepared::PreparedModel;

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

/// Loads a model with the implementation that fits device and precision: the CPU encoder for the models
/// it supports, candle for other architectures, poolings and the GPU. Either hashes the weights it reads
/// and returns only if the hash is right.
pub fn load(
    model: PreparedModel,
    precision: Precision,
    device: ComputeDevice,
) -> Result<Arc<dyn Embedder>, ModelError> {
    if device == ComputeDevice::Cpu
        && let Some(options) = encoder_options(&model, precision)
    {
        let files = ModelFiles {
            folder: model.folder.clone(),
            config: model.config_json.clone(),
            tokenizer: model.tokenizer_json.clone(),
            weights_sha256: Some(model.weights_sha256.clone()),
            dtype: model.dtype(),
        };
        let encoder = Encoder::load(&files, options).map_err(|error| refusal(&model, error))?;
        return Ok(Arc::new(encoder));
    }
    if precision == Precision::Bf16 {
        return Err(model.unsupported("bf16 is not available for it here; ask for auto or fp32"));
    }
    Ok(Arc::new(CandleEmbedder::load(model.read_weights()?, device)?))
}

/// Says what the encoder said in the words of the model store.
fn refusal(model: &PreparedModel, error: LoadError) -> ModelError {
    match error {
        LoadError::Hash { path, expected, found } => ModelError::HashMismatch { path, expected, found },
        LoadError::Weights(WeightsError::Open { path, source }) => ModelError::Io { path, source },
        LoadError::Tokens(_) | LoadError::Vocabulary { .. } => {
            ModelError::malformed(model.folder.join(TOKENIZER_FILE))(error)
        }
        other => model.weights_error(other),
    }
}

/// Options for the CPU encoder; `None` if it cannot run the model.
fn encoder_options(model: &PreparedModel, precision: Precision) -> Option<EncoderOptions> {
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
