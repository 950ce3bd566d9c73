//! Runs suites: one file per kind, each over the functions that `cli` and `rpc` use.
//!
//! Invariants: a document or an arm that could not be run ends the suite with an error, it never counts as
//! zero; an arm that needs a model where the user asked for none is stated as not run; what a suite leaves out by its
//! rules stands in its notes.

pub mod checks;
pub mod completeness;
pub mod deletion;
pub mod facts;
pub mod flags;
pub mod judgements;
pub mod precedents;
pub mod retrieval;
pub mod risk;
pub mod runs;
pub mod sections;
pub mod similarity;
pub mod speed;
mod workbench;

use std::path::PathBuf;

pub use workbench::{ManifestReader, Workbench};

use super::beir::BeirError;
use super::result::Outcome;
use super::suite::{Kind, Suite, SuiteError};
use crate::assembly::AssemblyError;
use crate::embed::model::EmbedError;
use crate::index::IndexError;
use crate::ingest::IngestError;

/// Why an arm that compares by meaning was not run.
const NO_MODEL: &str = "it needs a model and none was chosen (--model none)";

/// Why a suite could not be run, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// Correct the suite.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// Correct the collection.
    #[error(transparent)]
    Beir(#[from] BeirError),
    /// Correct the data.
    #[error("{}: {what}", path.display())]
    Data {
        /// File or directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Correct the setting.
    #[error("{0}")]
    Setting(String),
    /// A document of the suite cannot be read.
    #[error("document {document}: {source}")]
    Ingest {
        /// Which one.
        document: String,
        /// Why.
        #[source]
        source: IngestError,
    },
    /// Fetch the model, start the server …
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The archive failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// What the suite compares needs something that is not there.
    #[error("{arm} of suite {suite} cannot be run: {why}")]
    Arm {
        /// Suite.
        suite: String,
        /// Arm.
        arm: String,
        /// Why.
        why: String,
    },
}

/// Runs a suite.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    match suite.file.kind {
        Kind::Retrieval => retrieval::run(suite, bench).await,
        Kind::Precedents => precedents::run(suite, bench).await,
        Kind::Completeness => completeness::run(suite, bench),
        Kind::Risk => risk::run(suite, bench),
        Kind::Sections => sections::run(suite, bench),
        Kind::Similarity => similarity::run(suite, bench),
        Kind::Speed => speed::run(suite, bench).await,
        Kind::Facts => facts::run(suite, bench),
        Kind::Deletion => deletion::run(suite, bench),
        Kind::Flags => flags::run(suite, bench),
        Kind::Checks => checks::run(suite, bench).await,
        Kind::Runs => runs::run(suite, bench),
    }
}

/// Returns the settings a kind knows, besides `data`.
pub fn known_settings(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Retrieval => &["split", "corpus", "passages", "measures", "depth"],
        Kind::Precedents => &["project_parts", "queries", "archive", "measures"],
        Kind::Facts => &["split"],
        Kind::Deletion => &["packs"],
        Kind::Sections => &["partial"],
        Kind::Speed => &["packs", "repetitions"],
        Kind::Runs => &["qrels", "measures"],
        Kind::Completeness | Kind::Risk | Kind::Similarity | Kind::Flags | Kind::Checks => &[],
    }
}

/// Returns the settings of a kind that decide what is right or what is asked, with what holds where they are not given:
/// results of other values cannot be compared, although their files are the same.
pub fn gold_settings(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Retrieval => &[("split", retrieval::SPLIT), ("corpus", retrieval::CORPUS)],
        Kind::Precedents => &[("project_parts", "3"), ("queries", ""), ("archive", "")],
        Kind::Facts => &[("split", "")],
        Kind::Deletion => &[("packs", "")],
        Kind::Sections => &[("partial", "")],
        Kind::Speed => &[("packs", "eu")],
        // The file that `qrels` names is part of the data, and so of its hash.
        Kind::Runs | Kind::Completeness | Kind::Risk | Kind::Similarity | Kind::Flags | Kind::Checks => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_without_settings_have_none_that_decide() {
        for kind in [Kind::Completeness, Kind::Risk, Kind::Similarity, Kind::Flags, Kind::Checks] {
            assert!(known_settings(kind).is_empty() && gold_settings(kind).is_empty(), "{kind}");
        }
    }

    #[test]
    fn settings_that_decide_the_gold_are_settings() {
        for kind in
            [Kind::Retrieval, Kind::Precedents, Kind::Facts, Kind::Deletion, Kind::Sections, Kind::Speed]
        {
            let known = known_settings(kind);
            let gold = gold_settings(kind);
            assert!(!gold.is_empty() && gold.iter().all(|(key, _)| known.contains(key)), "{kind}");
        }
    }
}
