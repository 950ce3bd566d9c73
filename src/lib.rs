//! Document screening for environmental impact assessment (EIA) reports.
//!
//! Data flows one way: `cli`, `rpc` → `screen` → `ingest`, `embed`, `index`, `rules` → `text`, `domain`.
//! `ARCHITECTURE.md` has the picture.

#![warn(missing_docs)]

pub mod domain;
pub mod index;
