//! Does the loaded model compute what it should?
//!
//! Compares a loaded model with stored reference vectors. Used by `models verify` and before the server
//! reports itself ready: a wrong build, a miscompiled kernel or a mixed-up file shows here and not in
//! somebody's screening.

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::model::{EmbedError, Embedder, TextKind};
use super::pooling::cosine;
use crate::domain::provenance::ModelIdentity;

/// A text and its reference vector.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The text.
    pub text: String,
    /// What it is to the model.
    #[serde(deserialize_with = "kind")]
    pub kind: TextKind,
    /// The expected unit vector.
    pub vector: Vec<f32>,
}

fn kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<TextKind, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_kind(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("kind is {text:?}, not query or passage")))
}

/// Reads `query` or `passage`.
pub fn parse_kind(text: &str) -> Option<TextKind> {
    match text {
        "query" => Some(TextKind::Query),
        "passage" => Some(TextKind::Passage),
        _ => None,
    }
}

/// Outcome of a self check that passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldenReport {
    /// Vectors compared. Zero means that the manifest has no reference vectors, not that all is well.
    pub checked: usize,
    /// The lowest cosine found; 1 if nothing was compared.
    pub lowest_cosine: f32,
    /// The cosine that was required.
    pub required_cosine: f32,
}

/// Why a self check failed.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The model must not be used.
    #[error(
        "model {model} ({precision}) gives cosine {cosine:.6} for {text:?}, at least {required} is required"
    )]
    Differs {
        /// Name of the model.
        model: String,
        /// Arithmetic in use.
        precision: String,
        /// Beginning of the text.
        text: String,
        /// Cosine to the reference vector.
        cosine: f32,
        /// Cosine that was required.
        required: f32,
    },
    /// The texts could not be embedded.
    #[error("the reference texts could not be embedded")]
    Embed(#[from] EmbedError),
}

/// Returns the cosine to the reference that an arithmetic must reach.
pub fn required_cosine(identity: &ModelIdentity) -> f32 {
    // Arithmetic on 16 bits loses a digit of the cosine over a dozen layers; that is known and allowed.
    if identity.precision.starts_with("fp32") { 0.9999 } else { 0.999 }
}

/// Embeds the reference texts and compares the vectors. Blocking and CPU-bound.
pub fn check(
    embedder: &dyn Embedder,
    golden: &[Golden],
    cancel: &CancellationToken,
) -> Result<GoldenReport, GoldenError> {
    let required = required_cosine(embedder.identity());
    let mut lowest = 1.0_f32;
    for kind in [TextKind::Query, TextKind::Passage] {
        let members: Vec<&Golden> = golden.iter().filter(|golden| golden.kind == kind).collect();
        let texts: Vec<&str> = members.iter().map(|golden| golden.text.as_str()).collect();
        let vectors = embedder.embed(kind, &texts, cancel)?;
        for (member, vector) in members.iter().zip(vectors) {
            let cosine = cosine(&member.vector, &vector);
            if cosine.is_nan() || cosine < required {
                return Err(GoldenError::Differs {
                    model: embedder.identity().name.clone(),
                    precision: embedder.identity().precision.clone(),
                    text: member.text.chars().take(60).collect(),
                    cosine,
                    required,
                });
            }
            lowest = lowest.min(cosine);
        }
    }
    Ok(GoldenReport { checked: golden.len(), lowest_cosine: lowest, required_cosine: required })
}
