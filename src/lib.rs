//! Document screening for environmental impact assessment (EIA) reports.
//!
//! Data flows one way: `cli`, `rpc` → `screen` → `ingest`, `embed`, `index`, `rules` → `text`, `domain`.
//! `ARCHITECTURE.md` has the picture.

#![warn(missing_docs)]

pub mod domain;
pub mod embed {
    //! x
    pub mod model;
}
pub mod index {
    //! x
    pub mod store;
}
pub mod render;
pub mod rpc;
pub mod screen {
    //! x
    pub mod precedent;
    pub mod reuse;
    pub mod triage;
}
pub mod settings;
