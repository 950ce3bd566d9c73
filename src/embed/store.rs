//! Where are the models, are their files what they should be, and can one be loaded?
//!
//! A store is a folder with one subfolder per model. A manifest on disk goes before the shipped one of
//! the same name, so an operator can add models and correct coverage; which manifest was used is part of
//! the model's identity. Files live under `NAME/weights/`. Every load hashes every byte it uses; no
//! earlier check is trusted.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::config::ModelConfig;
use super::error::ModelError;
use super::golden::{Golden, parse_kind};
use super::load::{self, ComputeDevice, Precision};
use super::lock::Lock;
use super::manifest::{
    CONFIG_FILE, FileHash, Manifest, ModelFile, TOKENIZER_FILE, WEIGHTS_FILE, hex, identity_hash,
    is_model_name,
};
use super::model::Embedder;
use super::prepared::{PreparedModel, VerifiedModel};
use super::shipped::{SHIPPED, shipped};
use super::verify::{compare, expected_hash};

/// The model used where none is named.
pub const DEFAULT_MODEL: &str = "all-minilm-l6-v2";

/// Folder with one subfolder per model.
#[derive(Debug, Clone)]
pub struct ModelStore {
    root: PathBuf,
}

/// A manifest with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestFile {
    /// Where it was read, for messages.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What it says.
    pub manifest: Manifest,
    /// True if it came with the program.
    pub is_shipped: bool,
}

/// One line of `models list`.
#[derive(Debug)]
pub struct Listing {
    /// Folder name.
    pub name: String,
    /// The manifest, or why it cannot be read.
    pub manifest: Result<Manifest, ModelError>,
    /// Whether the files are there. Their content is checked when the model is loaded or verified.
    pub state: FileState,
}

/// Whether a model's files are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Every file is there, and its hash is known.
    Present,
    /// Every file is there, but the operator has to record a hash first.
    Unrecorded,
    /// At least one file is missing.
    Missing,
}

impl ModelStore {
    /// Opens the store at `root`. A folder that does not exist is an empty store; the shipped manifests
    /// are there in any case.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, ModelError> {
        let root = root.into();
        match std::fs::read_dir(&root) {
            Ok(_) => Ok(Self { root }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self { root }),
            Err(error) => Err(ModelError::io(root)(error)),
        }
    }

    /// Returns the folder with a model's files.
    pub fn weights_folder(&self, name: &str) -> PathBuf {
        self.root.join(name).join("weights")
    }

    /// Returns every model on disk and every shipped one, by name.
    pub fn list(&self) -> Result<Vec<Listing>, ModelError> {
        let names = self.names()?;
        let listing = |name: String| {
            let manifest = self.manifest(&name).map(|file| file.manifest);
            let state = manifest.as_ref().map_or(FileState::Missing, |manifest| self.state(manifest));
            Listing { name, manifest, state }
        };
        Ok(names.into_iter().map(listing).collect())
    }

    /// Reads the manifest of a model.
    pub fn manifest(&self, name: &str) -> Result<ManifestFile, ModelError> {
        if !is_model_name(name) {
            return Err(ModelError::BadName { name: name.to_owned() });
        }
        let path = self.root.join(name).join("manifest.toml");
        let (path, text, is_shipped) = match (std::fs::read_to_string(&path), shipped(name)) {
            (Ok(text), _) => (path, text, false),
            (Err(error), _) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ModelError::io(path)(error));
            }
            (Err(_), Some(model)) => {
                (PathBuf::from(format!("(built in)/{name}/manifest.toml")), model.manifest.to_owned(), true)
            }
            (Err(_), None) => {
                let known = self.names()?.into_iter().collect::<Vec<_>>().join(", ");
                return Err(ModelError::Unknown { name: name.to_owned(), known });
            }
        };
        let manifest = Manifest::parse(&path, &text)?;
        if manifest.name != name {
            let problem = format!("is {}, but the folder is {name}", manifest.name);
            return Err(ModelError::ManifestValue { path, key: "name".into(), problem });
        }
        Ok(ManifestFile { path, text, manifest, is_shipped })
    }

    /// Looks whether every file of a model is there. Their content is checked when the model is loaded or verified.
    pub fn require_files(&self, name: &str) -> Result<(), ModelError> {
        let manifest = self.manifest(name)?.manifest;
        manifest.files.iter().try_for_each(|file| self.present(&manifest, file).map(drop))
    }

    /// Loads a model: reads, hashes and parses every file with the implementation that fits. Blocking;
    /// takes about as long as reading and hashing the files.
    pub fn load(
        &self,
        name: &str,
        precision: Precision,
        device: ComputeDevice,
    ) -> Result<Arc<dyn Embedder>, ModelError> {
        load::load(self.prepare(name)?, precision, device)
    }

    /// Reads and hashes every file of a model.
    pub fn read(&self, name: &str) -> Result<VerifiedModel, ModelError> {
        self.prepare(name)?.read_weights()
    }

    /// Reads and hashes every file of a model but the weights, and states which hash those must have.
    fn prepare(&self, name: &str) -> Result<PreparedModel, ModelError> {
        let ManifestFile { text, manifest, .. } = self.manifest(name)?;
        let folder = self.weights_folder(name);
        let lock = Lock::read(&folder, &manifest)?;
        let mut hashes = Vec::with_capacity(manifest.files.len());
        let (mut config_json, mut tokenizer_json) = (Vec::new(), Vec::new());
        let mut weights_sha256 = String::new();
        for entry in &manifest.files {
            let path = self.present(&manifest, entry)?;
            let expected = expected_hash(&manifest, entry, lock.as_ref(), &path)?;
            hashes.push((PathBuf::from(&entry.path), expected.to_owned()));
            if entry.path == WEIGHTS_FILE {
                weights_sha256 = expected.to_owned();
                continue;
            }
            // Read first, hash what was read: the bytes used are the bytes checked.
            let bytes = std::fs::read(&path).map_err(ModelError::io(&path))?;
            compare(&path, expected, &hex(&Sha256::digest(&bytes)))?;
            match entry.path.as_str() {
                CONFIG_FILE => config_json = bytes,
                TOKENIZER_FILE => tokenizer_json = bytes,
                _ => {}
            }
        }
        let sha256 = identity_hash(&text, &hashes);
        let path = folder.join(CONFIG_FILE);
        let config =
            ModelConfig::parse(manifest.architecture, &config_json).map_err(ModelError::malformed(&path))?;
        check_agreement(&manifest, &config).map_err(ModelError::malformed(path))?;
        Ok(PreparedModel { manifest, config, folder, config_json, tokenizer_json, weights_sha256, sha256 })
    }

    /// Reads the reference vectors of a model; empty if its manifest has none.
    pub fn golden(&self, name: &str) -> Result<Vec<Golden>, ModelError> {
        let file = self.manifest(name)?;
        let mut golden = Vec::new();
        for (index, entry) in file.manifest.golden.iter().enumerate() {
            if let Some(name) = &entry.file {
                golden.extend(golden_file(&file, name)?);
                continue;
            }
            let kind = entry.kind.as_deref().and_then(parse_kind);
            let (Some(text), Some(kind), Some(vector)) = (&entry.text, kind, &entry.vector) else {
                return Err(ModelError::ManifestValue {
                    path: file.path,
                    key: format!("golden[{index}].kind"),
                    problem: "is neither query nor passage".into(),
                });
            };
            golden.push(Golden { text: text.clone(), kind, vector: vector.clone() });
        }
        Ok(golden)
    }

    fn names(&self) -> Result<BTreeSet<String>, ModelError> {
        let mut names: BTreeSet<String> = SHIPPED.iter().map(|model| model.name.to_owned()).collect();
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(ModelError::io(&self.root)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(ModelError::io(&self.root))?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if is_model_name(&name) && entry.path().join("manifest.toml").is_file() {
                names.insert(name);
            }
        }
        Ok(names)
    }

    fn state(&self, manifest: &Manifest) -> FileState {
        let weights = self.weights_folder(&manifest.name);
        if manifest.files.iter().any(|file| !weights.join(&file.path).is_file()) {
            return FileState::Missing;
        }
        let lock = Lock::read(&weights, manifest).ok().flatten();
        let is_known = |file: &ModelFile| match &file.sha256 {
            FileHash::Known(_) => true,
            FileHash::Unknown => lock.as_ref().is_some_and(|lock| lock.sha256(&file.path).is_some()),
        };
        if manifest.files.iter().all(is_known) { FileState::Present } else { FileState::Unrecorded }
    }

    /// Returns the path of a file that is there.
    pub(super) fn present(&self, manifest: &Manifest, file: &ModelFile) -> Result<PathBuf, ModelError> {
        let path = self.weights_folder(&manifest.name).join(&file.path);
        if path.is_file() {
            Ok(path)
        } else {
            Err(ModelError::NotPulled { name: manifest.name.clone(), path })
        }
    }
}

fn golden_file(file: &ManifestFile, name: &str) -> Result<Vec<Golden>, ModelError> {
    let path = file.path.with_file_name(name);
    let text = if file.is_shipped {
        let found =
            shipped(&file.manifest.name).and_then(|model| model.files.iter().find(|(file, _)| *file == name));
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| ModelError::malformed(&path)("was not shipped"))?
    } else {
        std::fs::read_to_string(&path).map_err(ModelError::io(&path))?
    };
    serde_json::from_str(&text).map_err(ModelError::malformed(path))
}

/// The manifest is written by us, `config.json` by the publisher: they have to agree.
fn check_agreement(manifest: &Manifest, config: &ModelConfig) -> Result<(), String> {
    if manifest.dimension != config.hidden {
        return Err(format!(
            "hidden_size is {}, the manifest's dimension is {}",
            config.hidden, manifest.dimension
        ));
    }
    if manifest.max_tokens > config.longest_input() {
        return Err(format!(
            "the network reads {} tokens, the manifest's max_tokens is {}",
            config.longest_input(),
            manifest.max_tokens
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
