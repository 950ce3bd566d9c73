//! What are the dimensions of the network?
//!
//! Reads the published `config.json`, of which only these values matter, and refuses variants that the
//! implementations do not compute. Unknown keys are allowed: upstream files carry many.

use serde::Deserialize;
use serde_json::Value;

/// Networks that can be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Architecture {
    /// BERT: `MiniLM`, multilingual-e5-small, bge.
    #[serde(rename = "bert")]
    Bert,
    /// XLM-RoBERTa: multilingual-e5-base and -large, bge-m3.
    #[serde(rename = "xlm-roberta")]
    XlmRoberta,
    /// `ModernBERT`: rotary positions, local attention in most layers.
    #[serde(rename = "modernbert")]
    ModernBert,
}

impl Architecture {
    /// Returns the name used in manifests and in `model_type` of `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::XlmRoberta => "xlm-roberta",
            Self::ModernBert => "modernbert",
        }
    }
}

/// Activation of the feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Exact GELU (by the error function).
    Gelu,
    /// GELU by its tanh approximation.
    GeluTanh,
    /// Rectifier.
    Relu,
}

/// Rotary positions and attention windows of `ModernBERT`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotary {
    /// Every n-th layer, counted from the first, sees the whole text.
    pub global_every: usize,
    /// Base of the rotation in those layers.
    pub global_theta: f64,
    /// Base of the rotation in the other layers.
    pub local_theta: f64,
    /// Width of the window in the other layers.
    pub local_window: usize,
}

/// Dimensions of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The network.
    pub architecture: Architecture,
    /// Rows of the token embedding.
    pub vocabulary: usize,
    /// Width of a token state.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward part.
    pub intermediate: usize,
    /// Rows of the position embedding.
    pub positions: usize,
    /// Rows of the token type embedding; 0 where there is none.
    pub token_types: usize,
    /// Added to the variance in layer normalisation.
    pub norm_epsilon: f64,
    /// Token that fills up short texts of a batch.
    pub pad_token: u32,
    /// Activation of the feed-forward part.
    pub activation: Activation,
    /// Set for `ModernBERT` alone.
    pub rotary: Option<Rotary>,
}

/// Why a `config.json` is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not JSON.
    #[error("not a JSON object")]
    Syntax(#[from] serde_json::Error),
    /// A key is missing, has the wrong type or a value that cannot be computed.
    #[error("{key}: {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

fn fault(key: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError::Value { key: key.to_owned(), problem: problem.into() }
}

impl ModelConfig {
    /// Parses the `config.json` of a model of the given architecture.
    pub fn parse(architecture: Architecture, bytes: &[u8]) -> Result<Self, ConfigError> {
        let json: Value = serde_json::from_slice(bytes)?;
        let stated = json.get("model_type").and_then(Value::as_str).unwrap_or(architecture.name());
        if stated != architecture.name() {
            return Err(fault(
                "model_type",
                format!("is {stated}, the manifest says {}", architecture.name()),
            ));
        }
        let is_modern = architecture == Architecture::ModernBert;
        if !is_modern {
            let positions = json.get("position_embedding_type").and_then(Value::as_str).unwrap_or("absolute");
            if positions != "absolute" {
                return Err(fault("position_embedding_type", format!("{positions} is not supported")));
            }
        }
        let config = Self {
            architecture,
            vocabulary: count(&json, "vocab_size")?,
            hidden: count(&json, "hidden_size")?,
            layers: count(&json, "num_hidden_layers")?,
            heads: count(&json, "num_attention_heads")?,
            intermediate: count(&json, "intermediate_size")?,
            positions: count(&json, "max_position_embeddings")?,
            token_types: if is_modern { 0 } else { count(&json, "type_vocab_size")? },
            norm_epsilon: number(&json, if is_modern { "norm_eps" } else { "layer_norm_eps" })?,
            pad_token: pad_token(&json, architecture)?,
            activation: activation(&json, if is_modern { "hidden_activation" } else { "hidden_act" })?,
            rotary: if is_modern { Some(rotary(&json)?) } else { None },
        };
        config.checked()
    }

    /// Returns the longest input the position embedding has room for.
    pub fn longest_input(&self) -> usize {
        match self.architecture {
            // RoBERTa counts positions from the padding token's id plus one.
            Architecture::XlmRoberta => self.positions.saturating_sub(self.pad_token as usize + 1),
            Architecture::Bert | Architecture::ModernBert => self.positions,
        }
    }

    fn checked(self) -> Result<Self, ConfigError> {
        if !self.hidden.is_multiple_of(self.heads) {
            return Err(fault("num_attention_heads", "does not divide hidden_size"));
        }
        if self.pad_token as usize >= self.vocabulary {
            return Err(fault("pad_token_id", "lies outside the vocabulary"));
        }
        if self.rotary.is_some() {
            if !(self.hidden / self.heads).is_multiple_of(2) {
                return Err(fault("hidden_size", "rotary positions need heads of even width"));
            }
            if self.activation != Activation::Gelu {
                return Err(fault("hidden_activation", "only gelu is supported"));
            }
        }
        Ok(self)
    }
}

fn count(json: &Value, key: &str) -> Result<usize, ConfigError> {
    // Far above any published network; keeps products of two dimensions inside usize.
    const LIMIT: u64 = 10_000_000;
    let value = json.get(key).and_then(Value::as_u64).ok_or_else(|| fault(key, "is not a whole number"))?;
    if value == 0 || value > LIMIT {
        return Err(fault(key, format!("{value} is not between 1 and {LIMIT}")));
    }
    usize::try_from(value).map_err(|_| fault(key, "is too large"))
}

fn number(json: &Value, key: &str) -> Result<f64, ConfigError> {
    let value = json.get(key).and_then(Value::as_f64).ok_or_else(|| fault(key, "is not a number"))?;
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(fault(key, "is not positive")) }
}

/// Where the file says nothing, what the publishers' library takes; XLM-RoBERTa counts positions from it.
fn pad_token(json: &Value, architecture: Architecture) -> Result<u32, ConfigError> {
    let usual = match architecture {
        Architecture::XlmRoberta => 1,
        Architecture::Bert | Architecture::ModernBert => 0,
    };
    let id = json.get("pad_token_id").and_then(Value::as_u64).unwrap_or(usual);
    u32::try_from(id).map_err(|_| fault("pad_token_id", "is too large"))
}

fn activation(json: &Value, key: &str) -> Result<Activation, ConfigError> {
    match json.get(key).and_then(Value::as_str).unwrap_or("gelu") {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(fault(key, format!("{other} is not supported"))),
    }
}

fn rotary(json: &Value) -> Result<Rotary, ConfigError> {
    Ok(Rotary {
        global_every: count(json, "global_attn_every_n_layers")?,
        global_theta: number(json, "global_rope_theta")?,
        local_theta: number(json, "local_rope_theta")?,
        local_window: count(json, "local_attention")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERT: &str = r#"{"model_type":"bert","vocab_size":30,"hidden_size":8,"num_hidden_layers":1,
        "num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":12,"type_vocab_size":2,
        "layer_norm_eps":1e-12,"pad_token_id":1,"hidden_act":"gelu","something_else":[1]}"#;

    #[test]
    fn published_file_is_read_and_unknown_keys_are_ignored() {
        let config = ModelConfig::parse(Architecture::Bert, BERT.as_bytes()).unwrap();
        assert_eq!((config.hidden, config.heads, config.longest_input()), (8, 2, 12));
        let roberta = BERT.replace("\"bert\"", "\"xlm-roberta\"");
        let config = ModelConfig::parse(Architecture::XlmRoberta, roberta.as_bytes()).unwrap();
        assert_eq!(config.longest_input(), 10);
    }

    #[test]
    fn padding_that_is_not_stated_is_that_of_the_architecture() {
        let bare = BERT.replace("\"model_type\":\"bert\",", "").replace("\"pad_token_id\":1,", "");
        let longest = |architecture| {
            let config = ModelConfig::parse(architecture, bare.as_bytes()).unwrap();
            (config.pad_token, config.longest_input())
        };
        assert_eq!(longest(Architecture::Bert), (0, 12));
        assert_eq!(longest(Architecture::XlmRoberta), (1, 10));
    }

    #[test]
    fn what_cannot_be_computed_is_refused_by_key() {
        let cases = [
            ("\"bert\"", "\"gpt2\"", "model_type"),
            ("\"num_attention_heads\":2", "\"num_attention_heads\":3", "num_attention_heads"),
            ("\"num_attention_heads\":2", "\"num_attention_heads\":0", "num_attention_heads"),
            ("\"vocab_size\":30,", "", "vocab_size"),
            ("\"gelu\"", "\"swish\"", "hidden_act"),
            ("1e-12", "0", "layer_norm_eps"),
            ("\"pad_token_id\":1", "\"pad_token_id\":30", "pad_token_id"),
            (
                "\"something_else\":[1]",
                "\"position_embedding_type\":\"relative_key\"",
                "position_embedding_type",
            ),
            ("\"hidden_size\":8", "\"hidden_size\":99999999999", "hidden_size"),
        ];
        for (from, to, key) in cases {
            assert!(BERT.contains(from), "{from}");
            let error =
                ModelConfig::parse(Architecture::Bert, BERT.replace(from, to).as_bytes()).unwrap_err();
            assert!(error.to_string().contains(key), "{to}: {error}");
        }
        assert!(matches!(ModelConfig::parse(Architecture::Bert, b"["), Err(ConfigError::Syntax(_))));
    }
}
