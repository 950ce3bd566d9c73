//! Which models can the encoder run, and what are their dimensions? Reads `config.json` of the BERT family.

use serde_json::Value;

/// Activation between the two dense layers of the feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Exact, with the error function.
    Gelu,
    /// The hyperbolic-tangent form (`gelu_new`).
    GeluTanh,
    /// The positive part.
    Relu,
}

/// Dimensions of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Length of a token's vector.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads per layer.
    pub heads: usize,
    /// Length of the feed-forward part's inner vectors.
    pub intermediate: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// Position of the first token: 0 for BERT, padding id + 1 for XLM-RoBERTa.
    pub first_position: usize,
    /// Activation of the feed-forward part.
    pub activation: Activation,
    /// Added to variances.
    pub epsilon: f32,
}

/// Why a `config.json` cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, the encoder supports {supported}")]
pub struct Unsupported {
    /// Key in `config.json`.
    pub field: &'static str,
    /// Its value.
    pub found: String,
    /// What would work.
    pub supported: &'static str,
}

impl Shape {
    /// Reads the dimensions from `config.json`.
    pub fn parse(config: &Value) -> Result<Self, Unsupported> {
        // Not guessed where it is absent: positions of the wrong kind give vectors that look right.
        let first_position = match text(config, "model_type", "absent") {
            "bert" => 0,
            "xlm-roberta" | "roberta" | "camembert" => {
                1 + config["pad_token_id"].as_u64().unwrap_or(1) as usize
            }
            other => return Err(unsupported("model_type", other, "bert, xlm-roberta, roberta, camembert")),
        };
        let activation = match text(config, "hidden_act", "gelu") {
            "gelu" => Activation::Gelu,
            "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            other => return Err(unsupported("hidden_act", other, "gelu, gelu_new, gelu_pytorch_tanh, relu")),
        };
        let scheme = text(config, "position_embedding_type", "absolute");
        if scheme != "absolute" {
            return Err(unsupported("position_embedding_type", scheme, "absolute"));
        }
        if config["is_decoder"].as_bool() == Some(true) {
            return Err(unsupported("is_decoder", "true", "false"));
        }
        let shape = Self {
            hidden: number(config, "hidden_size")?,
            layers: number(config, "num_hidden_layers")?,
            heads: number(config, "num_attention_heads")?,
            intermediate: number(config, "intermediate_size")?,
            positions: number(config, "max_position_embeddings")?,
            first_position,
            activation,
            epsilon: config["layer_norm_eps"].as_f64().unwrap_or(1e-12) as f32,
        };
        if !shape.hidden.is_multiple_of(shape.heads) {
            return Err(unsupported(
                "hidden_size",
                &shape.hidden.to_string(),
                "multiples of num_attention_heads",
            ));
        }
        if shape.positions <= shape.first_position {
            return Err(unsupported(
                "max_position_embeddings",
                &shape.positions.to_string(),
                "more than the offset",
            ));
        }
        Ok(shape)
    }

    /// Returns the length of one head's vectors.
    pub fn head(&self) -> usize {
        self.hidden / self.heads
    }

    /// Returns the longest sequence the position table has room for.
    pub fn longest(&self) -> usize {
        self.positions - self.first_position
    }
}

fn text<'a>(config: &'a Value, field: &str, default: &'a str) -> &'a str {
    match &config[field] {
        Value::String(value) => value,
        Value::Null => default,
        _ => "not text",
    }
}

fn number(config: &Value, field: &'static str) -> Result<usize, Unsupported> {
    const LARGEST: u64 = 1 << 20;
    match config[field].as_u64() {
        Some(value) if (1..=LARGEST).contains(&value) => Ok(value as usize),
        _ => Err(unsupported(field, &config[field].to_string(), "whole numbers from 1 to 2^20")),
    }
}

fn unsupported(field: &'static str, found: &str, supported: &'static str) -> Unsupported {
    Unsupported { field, found: found.to_owned(), supported }
}
