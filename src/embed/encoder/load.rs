//! How does a model's files become a running encoder? Configuration, then tokeniser and weights at the same time:
//! while one thread reads and hashes the weights, others parse the tokeniser and pack the layers that have arrived.
//!
//! Invariant: an encoder is returned only if the hash of the weights is the expected one; then every number in it
//! comes from bytes that were hashed.

use std::fmt::Write;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::dispatch::{Backend, Features};
use super::layer::{Embeddings, Layer, Model, Norm};
use super::memory::Buffer;
use super::pack::Source;
use super::pool::Pool;
use super::reading::Reading;
use super::shape::{Shape, Unsupported};
use super::tokens::{Tokens, TokensError};
use super::weights::{Matrix, Weights, WeightsError};
use super::{Encoder, EncoderOptions, ModelFiles, PANEL};

/// Tokens per pass. Measured in `docs/performance.md`: below, weights are read too often; above, activations
/// leave the second-level cache.
const BUDGET: usize = 512;

/// Why an encoder could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// `config.json` is not JSON.
    #[error("could not read {}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// The encoder does not run this kind of model; the reference implementation may.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The tokeniser cannot be loaded.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The weights cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The weights are not the expected ones.
    #[error("{} has SHA-256 {found}, expected {expected}", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// Lower-case hexadecimal SHA-256 that was asked for.
        expected: String,
        /// That of the bytes read.
        found: String,
    },
    /// The tokeniser makes ids for which there are no weights.
    #[error("token id {highest} lies outside the network's vocabulary of {words}")]
    Vocabulary {
        /// The highest id.
        highest: u32,
        /// Rows of the table of words.
        words: usize,
    },
    /// The system refused threads.
    #[error("could not start worker threads")]
    Threads {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Loads a model for a processor with the given features.
pub fn load(
    files: &ModelFiles,
    mut options: EncoderOptions,
    features: Features,
) -> Result<Encoder, LoadError> {
    let (backend, reason) = features.choose(options.precision);
    load_with(files, &mut options, backend).map(|pool| {
        options.identity.precision = reason;
        Encoder { pool, options }
    })
}

/// Loads a model for a backend that the processor must have.
pub fn load_with(
    files: &ModelFiles,
    options: &mut EncoderOptions,
    backend: Backend,
) -> Result<Pool, LoadError> {
    let config = |source| LoadError::Config { path: files.folder.join("config.json"), source };
    let shape = Shape::parse(&serde_json::from_slice(&files.config).map_err(config)?)?;
    options.identity.dimension = shape.hidden;
    options.max_tokens = options.max_tokens.min(shape.longest());
    // `available_parallelism` respects the affinity mask and, on Linux, cgroup quotas.
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or(available).max(1);
    let max_tokens = options.max_tokens;

    let path = files.folder.join("model.safetensors");
    let io = |source| WeightsError::Open { path: path.clone(), source };
    let file = File::open(&path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    let len = usize::try_from(len).map_err(|_| io(std::io::ErrorKind::FileTooLarge.into()))?;
    let reading = Arc::new(Reading::new(len).map_err(io)?);
    let (hash, tokens, model) = std::thread::scope(|scope| {
        let hash = scope.spawn(|| reading.fill(file));
        let tokens = scope.spawn(|| {
            let path = files.folder.join("tokenizer.json");
            Tokens::parse(&path, &files.tokenizer, max_tokens).map(|tokens| (tokens.highest(), tokens))
        });
        let model = Weights::open(&path, Arc::clone(&reading), files.dtype)
            .and_then(|weights| load_model(weights, shape, backend, options.pooling, available.min(threads)));
        let tokens = tokens.join().expect("the tokeniser's loader returns errors");
        (hash.join().expect("the reader returns errors"), tokens, model)
    });
    // First of all: what other errors say about damaged bytes would mislead.
    let found = hash.map_err(io)?.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    if let Some(expected) = files.weights_sha256.as_ref().filter(|expected| **expected != found) {
        return Err(LoadError::Hash { path, expected: expected.clone(), found });
    }
    let (model, (highest, tokens)) = (model?, tokens?);
    let words = model.embeddings.words.rows;
    if highest as usize >= words {
        return Err(LoadError::Vocabulary { highest, words });
    }
    Pool::start(&options.identity.name, model, tokens, threads, BUDGET, max_tokens)
        .map_err(|source| LoadError::Threads { source })
}

fn load_model(
    weights: Weights,
    shape: Shape,
    backend: Backend,
    pooling: super::Pooling,
    threads: usize,
) -> Result<Model, WeightsError> {
    let hidden = shape.hidden;
    let [words, positions, types, gain, bias] = weights.find([
        ("embeddings.word_embeddings.weight", 0, hidden),
        ("embeddings.position_embeddings.weight", shape.positions, hidden),
        ("embeddings.token_type_embeddings.weight", 0, hidden),
        ("embeddings.LayerNorm.weight", 1, hidden),
        ("embeddings.LayerNorm.bias", 1, hidden),
    ])?;
    let layers = (0..shape.layers).map(|layer| load_layer(&weights, &shape, backend, layer, threads));
    let layers = layers.collect::<Result<_, _>>()?;
    let norm = load_norm(&weights, gain, bias);
    let embeddings = Embeddings { words, positions, token_type: types, norm, weights };
    Ok(Model { shape, backend, pooling, embeddings, layers })
}

fn load_layer(
    weights: &Weights,
    shape: &Shape,
    backend: Backend,
    layer: usize,
    threads: usize,
) -> Result<Layer, WeightsError> {
    let (h, i) = (shape.hidden, shape.intermediate);
    let name = |rest: &str| format!("encoder.layer.{layer}.{rest}");
    let pair = |part: &str, rows: usize, columns: usize| -> Result<(Matrix, Matrix), WeightsError> {
        let (matrix, bias) = (name(&format!("{part}.weight")), name(&format!("{part}.bias")));
        let [matrix, bias] = weights.find([(&matrix, rows, columns), (&bias, 1, rows)])?;
        Ok((matrix, bias))
    };
    let norm = |part: &str| -> Result<Norm, WeightsError> {
        let (gain, bias) = (name(&format!("{part}.weight")), name(&format!("{part}.bias")));
        let [gain, bias] = weights.find([(&gain, 1, h), (&bias, 1, h)])?;
        Ok(load_norm(weights, gain, bias))
    };
    let pack = |parts: &[(Matrix, Matrix)]| Source { weights, parts }.pack(backend.arithmetic, threads);
    Ok(Layer {
        projection: pack(&[
            pair("attention.self.query", h, h)?,
            pair("attention.self.key", h, h)?,
            pair("attention.self.value", h, h)?,
        ]),
        output: pack(&[pair("attention.output.dense", h, h)?]),
        attention_norm: norm("attention.output.LayerNorm")?,
        expand: pack(&[pair("intermediate.dense", i, h)?]),
        contract: pack(&[pair("output.dense", h, i)?]),
        output_norm: norm("output.LayerNorm")?,
    })
}

fn load_norm(weights: &Weights, gain: Matrix, bias: Matrix) -> Norm {
    let vector = |matrix: Matrix| {
        let mut buffer = Buffer::zeroed(matrix.columns.next_multiple_of(PANEL));
        weights.read_row(&matrix, 0, buffer.as_mut_slice());
        buffer
    };
    Norm { gain: vector(gain), bias: vector(bias) }
}
