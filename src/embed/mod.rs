//! Text → vectors.
//!
//! Question: which passages mean nearly the same? Stands between `ingest` (passages) and `index`
//! (vectors). [`store`] finds a model folder, checks every byte of it and loads it; [`model::Embedder`]
//! is the contract; [`queue`] makes it usable from async code.
//!
//! Invariants: no network at run time; nothing is computed from a file whose hash was not checked; a
//! language the manifest does not list is not covered, and callers must treat it as not examined.

pub mod candle;
pub mod config;
pub mod encoder;
pub mod error;
pub mod golden;
pub mod load;
pub mod lock;
pub mod manifest;
pub mod model;
pub mod pooling;
pub mod prepared;
pub mod pull;
pub mod queue;
pub mod shipped;
pub mod store;
pub mod tokenizer;
pub mod verify;

pub use error::ModelError;
pub use load::{ComputeDevice, Precision};
pub use model::{EmbedError, Embedder, TextKind};
pub use queue::{EmbedQueue, QueueLimits};
pub use store::{DEFAULT_MODEL, ModelStore};
