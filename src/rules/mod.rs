//! Requirement sets and risk lexicons: load, check, version.

pub mod lexicon;
pub mod lexicon_context;
pub mod lexicon_limits;
