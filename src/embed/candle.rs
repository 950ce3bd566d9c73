//! What does the network say? Reference inference by candle, for every architecture and device.
//!
//! Texts are sorted by length and cut into batches of bounded size, so that little is spent on padding;
//! the padding that remains is masked in the network and never reaches the pooling. Arithmetic is single
//! precision throughout: this path is the yardstick for faster ones.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, modernbert, xlm_roberta};
use tokio_util::sync::CancellationToken;

use super::config::{Activation, Architecture, ModelConfig};
use super::error::ModelError;
use super::load::ComputeDevice;
use super::model::{EmbedError, Embedder, TextKind};
use super::pooling::Pooling;
use super::prepared::VerifiedModel;
use super::tokenizer::{TextTokenizer, TokenisedText};
use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;

/// Tokens of one batch, padding included. Attention needs memory for heads × tokens × longest text.
const CPU_BATCH_TOKENS: usize = 2048;
const GPU_BATCH_TOKENS: usize = 32_768;

enum Network {
    Bert(bert::BertModel),
    XlmRoberta(xlm_roberta::XLMRobertaModel),
    ModernBert(modernbert::ModernBert),
}

/// A model computed by candle.
pub struct CandleEmbedder {
    network: Network,
    device: Device,
    batch_tokens: usize,
    tokenizer: TextTokenizer,
    pooling: Pooling,
    pad_token: u32,
    languages: Vec<Language>,
    identity: ModelIdentity,
}

impl CandleEmbedder {
    /// Loads the weights onto the device.
    pub fn load(model: VerifiedModel, device: ComputeDevice) -> Result<Self, ModelError> {
        let VerifiedModel { prepared: model, tokenizer, weights } = model;
        let (device, batch_tokens, place) = match device {
            ComputeDevice::Cpu => (Device::Cpu, CPU_BATCH_TOKENS, "CPU".to_owned()),
            ComputeDevice::Cuda(number) => {
                let device = Device::new_cuda(number)
                    .map_err(|error| model.unsupported(format!("GPU {number} cannot be used: {error}")))?;
                (device, GPU_BATCH_TOKENS, format!("GPU {number}"))
            }
        };
        let network =
            Network::load(&model.config, &weights, &device).map_err(|error| model.weights_error(error))?;
        let identity = model.identity(format!("fp32 (reference, {place})"));
        Ok(Self {
            network,
            device,
            batch_tokens,
            pooling: model.manifest.pooling,
            pad_token: model.config.pad_token,
            languages: model.manifest.languages,
            tokenizer,
            identity,
        })
    }

    /// Returns how many texts were longer than the model reads, since loading.
    pub fn texts_cut(&self) -> u64 {
        self.tokenizer.texts_cut()
    }

    fn embed_batch(&self, texts: &[&TokenisedText]) -> candle_core::Result<Vec<Vec<f32>>> {
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let shape = (texts.len(), longest);
        let padded = |row: fn(&TokenisedText) -> &[u32], fill: u32| {
            let mut all = Vec::with_capacity(texts.len() * longest);
            for text in texts {
                all.extend_from_slice(row(text));
                all.resize(all.len() + longest - row(text).len(), fill);
            }
            Tensor::from_vec(all, shape, &self.device)
        };
        let ids = padded(|text| &text.ids, self.pad_token)?;
        let types = padded(|text| &text.type_ids, 0)?;
        let mut mask = Vec::with_capacity(texts.len() * longest);
        for text in texts {
            mask.extend((0..longest).map(|position| u32::from(position < text.ids.len())));
        }
        let mask = Tensor::from_vec(mask, shape, &self.device)?;
        let states = self.network.forward(&ids, &types, &mask)?;
        let dimension = self.identity.dimension;
        let states = states.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        let rows = states.chunks_exact(longest * dimension).zip(texts);
        let pool = |(row, text): (&[f32], &&TokenisedText)| {
            self.pooling
                .unit_vector(&row[..text.ids.len() * dimension], dimension)
                .map_err(candle_core::Error::wrap)
        };
        rows.map(pool).collect()
    }
}

impl Embedder for CandleEmbedder {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn dimension(&self) -> usize {
        self.identity.dimension
    }

    fn max_tokens(&self) -> usize {
        self.tokenizer.max_tokens()
    }

    fn covers(&self, language: Language) -> bool {
        self.languages.contains(&language)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.count(text)
    }

    fn room(&self, kind: TextKind) -> usize {
        self.tokenizer.room(kind)
    }

    fn embed(
        &self,
        kind: TextKind,
        texts: &[&str],
        cancel: &CancellationToken,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        let tokenised = self.tokenizer.tokenise_all(kind, texts, cancel)?;
        let lengths: Vec<usize> = tokenised.iter().map(|text| text.ids.len()).collect();
        let mut vectors = vec![Vec::new(); texts.len()];
        for batch in batches(&lengths, self.batch_tokens) {
            if cancel.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            let members: Vec<&TokenisedText> = batch.iter().map(|&index| &tokenised[index]).collect();
            let results = self.embed_batch(&members).map_err(|source| EmbedError::Inference {
                model: self.identity.name.clone(),
                source: source.into(),
            })?;
            for (index, vector) in batch.into_iter().zip(results) {
                vectors[index] = vector;
            }
        }
        Ok(vectors)
    }
}

/// Cuts texts, longest first, into batches of at most `budget` tokens with padding; a text longer than
/// the budget stands alone.
fn batches(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(lengths[index]), index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            Some(batch) if lengths[batch[0]] * (batch.len() + 1) <= budget => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

impl Network {
    fn load(config: &ModelConfig, weights: &[u8], device: &Device) -> candle_core::Result<Self> {
        let tensors = VarBuilder::from_slice_safetensors(weights, DType::F32, device)?;
        let prefix = prefix(config.architecture, weights)?;
        Ok(match config.architecture {
            Architecture::Bert => {
                Self::Bert(bert::BertModel::load(under(tensors, &prefix), &bert_config(config))?)
            }
            Architecture::XlmRoberta => Self::XlmRoberta(xlm_roberta::XLMRobertaModel::new(
                &xlm_roberta_config(config),
                under(tensors, &prefix),
            )?),
            Architecture::ModernBert => {
                // candle looks below `model.`, whatever the file uses.
                let tensors = tensors
                    .rename_f(move |name| format!("{prefix}{}", name.strip_prefix("model.").unwrap_or(name)));
                Self::ModernBert(modernbert::ModernBert::load(tensors, &modernbert_config(config)?)?)
            }
        })
    }

    fn forward(&self, ids: &Tensor, types: &Tensor, mask: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Bert(model) => model.forward(ids, types, Some(mask)),
            Self::XlmRoberta(model) => model.forward(ids, mask, types, None, None, None),
            Self::ModernBert(model) => model.forward(ids, mask),
        }
    }
}

fn under<'a>(tensors: VarBuilder<'a>, prefix: &str) -> VarBuilder<'a> {
    match prefix.strip_suffix('.') {
        Some(prefix) => tensors.pp(prefix),
        None => tensors,
    }
}

/// Finds what stands before the network's tensor names: nothing, `bert.`, `roberta.` or `model.`.
fn prefix(architecture: Architecture, weights: &[u8]) -> candle_core::Result<String> {
    let landmark = match architecture {
        Architecture::Bert | Architecture::XlmRoberta => "embeddings.word_embeddings.weight",
        Architecture::ModernBert => "embeddings.tok_embeddings.weight",
    };
    let tensors = safetensors::SafeTensors::deserialize(weights).map_err(candle_core::Error::wrap)?;
    let mut prefixes: Vec<&str> =
        tensors.names().into_iter().filter_map(|name| name.strip_suffix(landmark)).collect();
    prefixes.sort_unstable();
    match prefixes.first() {
        Some(prefix) => Ok((*prefix).to_owned()),
        None => candle_core::bail!("there is no tensor named {landmark}"),
    }
}

fn bert_config(config: &ModelConfig) -> bert::Config {
    bert::Config {
        vocab_size: config.vocabulary,
        hidden_size: config.hidden,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate,
        hidden_act: match config.activation {
            Activation::Gelu => bert::HiddenAct::Gelu,
            Activation::GeluTanh => bert::HiddenAct::GeluApproximate,
            Activation::Relu => bert::HiddenAct::Relu,
        },
        hidden_dropout_prob: 0.0,
        max_position_embeddings: config.positions,
        type_vocab_size: config.token_types,
        initializer_range: 0.0,
        layer_norm_eps: config.norm_epsilon,
        pad_token_id: config.pad_token as usize,
        position_embedding_type: bert::PositionEmbeddingType::Absolute,
        use_cache: false,
        classifier_dropout: None,
        model_type: None,
    }
}

fn xlm_roberta_config(config: &ModelConfig) -> xlm_roberta::Config {
    xlm_roberta::Config {
        hidden_size: config.hidden,
        layer_norm_eps: config.norm_epsilon,
        attention_probs_dropout_prob: 0.0,
        hidden_dropout_prob: 0.0,
        num_attention_heads: config.heads,
        position_embedding_type: "absolute".to_owned(),
        intermediate_size: config.intermediate,
        hidden_act: match config.activation {
            Activation::Gelu => candle_nn::Activation::Gelu,
            Activation::GeluTanh => candle_nn::Activation::GeluPytorchTanh,
            Activation::Relu => candle_nn::Activation::Relu,
        },
        num_hidden_layers: config.layers,
        vocab_size: config.vocabulary,
        max_position_embeddings: config.positions,
        type_vocab_size: config.token_types,
        pad_token_id: config.pad_token,
    }
}

fn modernbert_config(config: &ModelConfig) -> candle_core::Result<modernbert::Config> {
    let Some(rotary) = config.rotary else { candle_core::bail!("the configuration has no rotary positions") };
    Ok(modernbert::Config {
        vocab_size: config.vocabulary,
        hidden_size: config.hidden,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate,
        max_position_embeddings: config.positions,
        layer_norm_eps: config.norm_epsilon,
        pad_token_id: config.pad_token,
        global_attn_every_n_layers: rotary.global_every,
        global_rope_theta: rotary.global_theta,
        local_attention: rotary.local_window,
        local_rope_theta: rotary.local_theta,
        classifier_config: None,
    })
}

#[cfg(test)]
#[path = "candle_tests.rs"]
mod tests;
