//! The identities behind a result: same document and same identities give the same findings.

use serde::{Deserialize, Serialize};

/// Identity of an embedding model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Folder name under `models/`.
    pub name: String,
    /// Revision stated by the manifest.
    pub revision: String,
    /// SHA-256 of the manifest and of every file hash it lists.
    pub sha256: String,
    /// Vector length.
    pub dimension: usize,
    /// `fp32`, `bf16` …: the arithmetic in use, and why it was chosen.
    pub precision: String,
}

/// Identity of a rule pack or lexicon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RulesIdentity {
    /// Name, e.g. `uz-234-draft`, `risk-lexicon`, `elements`.
    pub name: String,
    /// Version stated by the file.
    pub version: String,
    /// Lower-case hexadecimal SHA-256 of the source text.
    pub sha256: String,
}

/// Everything a result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version and commit of this program.
    pub build: String,
    /// Embedding model; `None` if the screening ran without one.
    pub model: Option<ModelIdentity>,
    /// Rule packs and lexicons, by name.
    pub rules: Vec<RulesIdentity>,
    /// Reader and its version, e.g. `pdf_oxide 0.3.78`.
    pub parser: String,
    /// Schema of the index.
    pub index_schema: String,
    /// State of the precedent archive that was searched: number of cases and a content hash.
    pub archive: String,
}
