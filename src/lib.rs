//! Document screening for environmental impact assessment (EIA) reports.
//!
//! Data flows one way: `cli`, `rpc` → `screen` → `ingest`, `embed`, `index`, `rules` → `text`, `domain`.
//! `ARCHITECTURE.md` has the picture.

#![warn(missing_docs)]

pub mod access;
pub mod admin;
pub mod admission;
pub mod assembly;
pub mod background;
pub mod cli;
pub mod console;
pub mod contain;
pub mod domain;
pub mod embed;
pub mod eval;
pub mod freed_memory;
#[doc(hidden)]
pub mod fuzzing;
pub mod index;
pub mod ingest;
pub mod metrics;
pub mod places;
pub mod render;
pub mod retention;
pub mod room;
pub mod rpc;
pub mod rules;
pub mod screen;
pub mod settings;
pub mod submission;
pub mod telemetry;
pub mod text;
pub mod whole_file;

/// Returns version and commit of this program, e.g. `eia-screen 0.1.0 (a1b2c3d4e5f6)`.
pub fn build_identity() -> String {
    format!("eia-screen {} ({})", env!("CARGO_PKG_VERSION"), env!("EIA_SCREEN_COMMIT"))
}
