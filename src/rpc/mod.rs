//! The protobuf edge: translates and delegates, decides nothing.
//!
//! `server` assembles services, health and reflection; one file per service; `convert` translates;
//! `status` is the only place that makes a gRPC status.

pub mod convert;
mod deadline;
mod meter;
mod page_token;
mod precedents;
pub mod reasons;
mod request_id;
mod reviews;
mod rules;
mod screening;
pub mod server;
mod state;
pub mod status;
mod submissions;
mod upload;

pub use eia_screening_proto::{DESCRIPTORS, v1};
