//! What must a report contain, by which law, and where is that written down?
//!
//! Requirement sets ("rule packs") are data: TOML under `rules/`, embedded in the program, or read from
//! a folder. [`load`] turns the files into a [`Rulebook`], [`check`] refuses what could not work,
//! [`resolve`] picks the sets that apply to a submission, and [`condition`] decides which of their
//! requirements apply to a case; [`glossary`] holds the words of the field in other languages. `screen`
//! asks this module; it imports only `text` and `domain`.
//!
//! Invariant: a [`Rulebook`] exists only if every check passed, and everything in it is in a fixed order.

pub mod check;
pub mod condition;
pub mod day;
pub mod glossary;
pub mod lexicon;
pub mod lexicon_context;
pub mod lexicon_limits;
pub mod load;
pub mod problem;
pub mod resolve;
pub mod toml_format;
pub mod usage;
pub mod vocabulary;

mod examples;
mod glossary_check;
mod overlap;

pub use condition::{Applicability, applicability};
pub use load::Rulebook;
pub use problem::{Problem, RulesError};
pub use resolve::ResolveError;
pub use toml_format::Fact;
