//! Generated messages, services and canonical JSON mapping of `eia.screening.v1`.
//!
//! The contract itself is `proto/eia/screening/v1/*.proto`; nothing here is written by hand.

/// Messages, clients, servers and JSON mapping of the package `eia.screening.v1`.
#[allow(missing_docs, clippy::pedantic, clippy::all, rustdoc::all)]
pub mod v1 {
    tonic::include_proto!("eia.screening.v1");
    include!(concat!(env!("OUT_DIR"), "/eia.screening.v1.serde.rs"));
}

/// Encoded descriptor set of the public contract, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
