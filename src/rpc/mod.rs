//! The protobuf edge: translates and delegates, decides nothing.
//!
//! `server` assembles services, health and reflection; one file per service; `convert` translates;
//! `status` is the only place that makes a gRPC status.

pub mod convert;
mod page_token;
mod precedents;
mod reviews;
mod rules;
mod screening;
pub mod server;
mod state;
pub mod status;
mod upload;

/// Generated messages, services and canonical JSON mapping of `eia.screening.v1`.
#[allow(missing_docs, clippy::pedantic, clippy::all, rustdoc::all)]
pub mod v1 {
    tonic::include_proto!("eia.screening.v1");
    include!(concat!(env!("OUT_DIR"), "/eia.screening.v1.serde.rs"));
}

/// Encoded descriptor set of the public contract, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
