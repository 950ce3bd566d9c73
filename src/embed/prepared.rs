//! What is known of a model before its weights are read, and after?
//!
//! [`PreparedModel`] has every file but the weights, hashed, and the hash that the weights must have;
//! [`VerifiedModel`] has all of them. In both the bytes in memory are the bytes that were hashed, so a
//! file replaced after the check cannot slip in.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::config::ModelConfig;
use super::error::{ModelError, Source};
use super::manifest::{Dtype, Manifest, TOKENIZER_FILE, WEIGHTS_FILE, hex};
use super::tokenizer::TextTokenizer;
use super::verify::compare;
use crate::domain::provenance::ModelIdentity;

/// A model whose files were all read and hashed, except the weights.
pub struct PreparedModel {
    /// The manifest.
    pub manifest: Manifest,
    /// Dimensions, checked against the manifest.
    pub config: ModelConfig,
    /// Folder the files were read from.
    pub folder: PathBuf,
    /// Content of `config.json`, for implementations that read more of it.
    pub config_json: Vec<u8>,
    /// Content of `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// Hash that the weights must have.
    pub weights_sha256: String,
    /// Hash of manifest and files.
    pub sha256: String,
}

impl PreparedModel {
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
    pub fn weights_error(&self, source: impl Into<Source>) -> ModelError {
        ModelError::malformed(self.folder.join(WEIGHTS_FILE))(source)
    }

    /// Makes an error about something this program cannot do with the model.
    pub fn unsupported(&self, problem: impl Into<String>) -> ModelError {
        ModelError::Unsupported { name: self.manifest.name.clone(), problem: problem.into() }
    }

    /// Returns the type of the weights' numbers, where the manifest states it.
    pub fn dtype(&self) -> Option<safetensors::Dtype> {
        self.manifest.dtype.map(|stated| match stated {
            Dtype::Float32 => safetensors::Dtype::F32,
            Dtype::Float16 => safetensors::Dtype::F16,
            Dtype::Bfloat16 => safetensors::Dtype::BF16,
        })
    }

    /// Reads the weights, compares their hash and parses the tokeniser.
    pub fn read_weights(self) -> Result<VerifiedModel, ModelError> {
        let path = self.folder.join(WEIGHTS_FILE);
        let weights = std::fs::read(&path).map_err(ModelError::io(&path))?;
        compare(&path, &self.weights_sha256, &hex(&Sha256::digest(&weights)))?;
        check_dtype(self.dtype(), &weights).map_err(ModelError::malformed(path))?;
        let (vocabulary, prompts) = (self.config.vocabulary, self.manifest.prompts.clone());
        let tokenizer =
            TextTokenizer::read(&self.tokenizer_json, vocabulary, self.manifest.max_tokens, prompts)
                .map_err(ModelError::malformed(self.folder.join(TOKENIZER_FILE)))?;
        Ok(VerifiedModel { tokenizer, weights, prepared: self })
    }
}

/// A model whose files were all read and hashed.
pub struct VerifiedModel {
    /// Everything but the weights.
    pub prepared: PreparedModel,
    /// Tokeniser with the manifest's limit and prompts.
    pub tokenizer: TextTokenizer,
    /// Content of the weights file (safetensors).
    pub weights: Vec<u8>,
}

/// The weights hold numbers of the type the manifest states, where it states one.
fn check_dtype(stated: Option<safetensors::Dtype>, weights: &[u8]) -> Result<(), Source> {
    let Some(expected) = stated else { return Ok(()) };
    let tensors = safetensors::SafeTensors::deserialize(weights)?;
    // Position numbers are kept as integers in some files; they are not weights.
    let weights = tensors.iter().filter(|(_, tensor)| tensor.dtype() != safetensors::Dtype::I64);
    match weights.min_by_key(|(name, tensor)| (tensor.dtype() == expected, (*name).to_owned())) {
        Some((name, tensor)) if tensor.dtype() != expected => {
            Err(format!("{name} holds {:?}, the manifest says {expected:?}", tensor.dtype()).into())
        }
        _ => Ok(()),
    }
}
