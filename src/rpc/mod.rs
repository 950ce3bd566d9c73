//! The protobuf edge: translates and delegates, decides nothing.
//!
//! `server` assembles services, layers, health and reflection over `connections`; `access` lets calls in
//! or refuses them; one file per service; `convert` translates; `status` is the only place that makes a
//! gRPC status.

pub mod access;
mod around;
mod by_document;
mod callers;
mod connections;
pub mod convert;
mod deadline;
mod document;
mod following;
mod frames;
mod held;
mod idempotency;
mod import;
pub(crate) mod measure;
mod meter;
mod outcome;
pub mod page_token;
mod pieces;
mod precedents;
mod reachability;
pub mod reasons;
mod reports;
mod request_id;
pub(crate) mod reviews;
mod rules;
mod screening;
mod sections;
pub mod server;
pub mod state;
pub mod status;
mod submissions;
pub(crate) mod upload;
mod watches;
mod worker;

pub use eia_screening_proto::{DESCRIPTORS, v1};
