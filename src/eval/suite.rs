//! What is there to evaluate? Suites as data: a directory with a `suite.toml`, a plain BEIR directory, or a folder with
//! TREC's judgements and runs.
//!
//! Stands before the runners in `suites`. Invariants: unknown keys are refused; paths in a
//! suite are relative to its directory, or to a data directory that the user names with `--set data=DIR`
//! where the data may not be shipped; suites are listed by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{beir, trec};

/// What a suite measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Are the right texts found?
    Retrieval,
    /// Are present, weak and missing elements told apart?
    Completeness,
    /// Are risk terms found and read rightly?
    Risk,
    /// Are headings found?
    Sections,
    /// Do similarities follow people's?
    Similarity,
    /// How long does a screening take?
    Speed,
    /// Are the right earlier cases found for a report?
    Precedents,
    /// Are figures and places read rightly?
    Facts,
    /// Does a finding follow a change of the text?
    Deletion,
    /// Are the highest flags of a report worth seeing?
    Flags,
    /// Are contradictions, void acts and foreign names found, and is the GeoJSON right?
    Checks,
    /// How good are rankings that are given as run files?
    Runs,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Retrieval => "retrieval",
            Self::Completeness => "completeness",
            Self::Risk => "risk",
            Self::Sections => "sections",
            Self::Similarity => "similarity",
            Self::Speed => "speed",
            Self::Precedents => "precedents",
            Self::Facts => "facts",
            Self::Deletion => "deletion",
            Self::Flags => "flags",
            Self::Checks => "checks",
            Self::Runs => "runs",
        })
    }
}

/// The file `suite.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Name, as in results.
    pub name: String,
    /// What is measured.
    pub kind: Kind,
    /// One line for lists and reports.
    pub title: String,
    /// Folder or file of the inputs.
    pub documents: String,
    /// File with what a reader found; several if it ends in `/` or names a pattern `*.jsonl`.
    #[serde(default)]
    pub gold: String,
    /// Under which terms the data may be used.
    pub licence: String,
    /// BCP 47 tags.
    #[serde(default)]
    pub languages: Vec<String>,
    /// How the data came about and what its limits are.
    #[serde(default)]
    pub note: String,
    /// True if the data is not shipped: paths are relative to `--set data=DIR`.
    #[serde(default)]
    pub external: bool,
    /// Defaults of the settings of the kind; `--set` goes before them.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// A suite with the place it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its directory.
    pub directory: PathBuf,
    /// Its description.
    pub file: SuiteFile,
}

/// Why a suite cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// Name a directory with a `suite.toml`, a BEIR directory, or a folder with judgements and runs.
    #[error(
        "{} is no suite: it has neither a suite.toml, nor corpus.jsonl and queries.jsonl, nor qrels.txt (or *.qrels) \
         and *.run",
        .0.display()
    )]
    NoSuite(PathBuf),
    /// Correct the file.
    #[error("{}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        what: String,
    },
    /// Name the data.
    #[error(
        "the data of suite {suite} is not shipped ({licence}); say where it is with --set data=DIR, a \
         directory that holds {needs}"
    )]
    NoData {
        /// The suite.
        suite: String,
        /// Its licence note.
        licence: String,
        /// What the directory has to hold.
        needs: String,
    },
    /// Correct the path or its permissions.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Suite {
    /// Opens a directory as a suite.
    pub fn open(directory: &Path) -> Result<Self, SuiteError> {
        let path = directory.join("suite.toml");
        if !path.is_file() {
            return Self::of_layout(directory).ok_or_else(|| SuiteError::NoSuite(directory.to_owned()));
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|source| SuiteError::File { path: path.clone(), source })?;
        let file: SuiteFile = toml::from_str(&text)
            .map_err(|error| SuiteError::Malformed { path: path.clone(), what: error.to_string() })?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if file.name.is_empty() || file.name.starts_with('.') || !file.name.chars().all(is_plain) {
            let what = format!("the name {:?} is not made of letters, digits, `-`, `_` and `.`", file.name);
            return Err(SuiteError::Malformed { path, what });
        }
        Ok(Self { directory: directory.to_owned(), file })
    }

    /// A directory without a `suite.toml` whose files say what it is.
    fn of_layout(directory: &Path) -> Option<Self> {
        let (kind, what, documents) = if beir::is_beir(directory) {
            (Kind::Retrieval, "BEIR collection", ".")
        } else if trec::is_folder_of_runs(directory) {
            (Kind::Runs, "Runs in", "*.run")
        } else {
            return None;
        };
        let name = directory.canonicalize().ok()?.file_name()?.to_string_lossy().into_owned();
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        Some(Self {
            directory: directory.to_owned(),
            file: SuiteFile {
                name: name.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().map(plain).collect(),
                kind,
                title: format!("{what} {name}"),
                documents: documents.to_owned(),
                gold: String::new(),
                licence: "not stated".to_owned(),
                languages: Vec::new(),
                note: String::new(),
                external: false,
                settings: BTreeMap::new(),
            },
        })
    }

    /// Returns the directory that the suite's paths are relative to.
    pub fn base(&self, settings: &BTreeMap<String, String>) -> Result<PathBuf, SuiteError> {
        if !self.file.external {
            return Ok(self.directory.clone());
        }
        settings.get("data").map(PathBuf::from).ok_or_else(|| SuiteError::NoData {
            suite: self.file.name.clone(),
            licence: self.file.licence.clone(),
            needs: [self.file.documents.as_str(), self.file.gold.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" and "),
        })
    }

    /// Returns the gold file: beside the `suite.toml` where it lies there, else among the data.
    pub fn gold(&self, base: &Path) -> PathBuf {
        let own = self.directory.join(&self.file.gold);
        if own.is_file() { own } else { base.join(&self.file.gold) }
    }
}

/// Returns the suites below a directory (itself, its children and theirs), by name.
pub fn discover(directory: &Path) -> Result<Vec<Suite>, SuiteError> {
    let mut found = Vec::new();
    look_into(directory, 2, &mut found)?;
    found.sort_by(|a, b| a.file.name.cmp(&b.file.name).then_with(|| a.directory.cmp(&b.directory)));
    Ok(found)
}

fn look_into(directory: &Path, depth: usize, found: &mut Vec<Suite>) -> Result<(), SuiteError> {
    let is_suite = directory.join("suite.toml").is_file()
        || beir::is_beir(directory)
        || trec::is_folder_of_runs(directory);
    if is_suite {
        found.push(Suite::open(directory)?);
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let failed = |source| SuiteError::File { path: directory.to_owned(), source };
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            look_into(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// Returns the files a pattern names, sorted: a file, a directory's files, or `DIR/*.EXTENSION`.
pub fn files(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, SuiteError> {
    let path = base.join(pattern);
    let (folder, extension) = match pattern.rsplit_once('*') {
        Some((folder, extension)) => (base.join(folder), extension.to_owned()),
        None if path.is_dir() => (path.clone(), String::new()),
        None => return Ok(vec![path]),
    };
    let failed = |source| SuiteError::File { path: folder.clone(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if path.is_file() && !name.starts_with('.') && name.ends_with(&extension) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let what = format!("no file fits {pattern}");
        return Err(SuiteError::Malformed { path: base.to_owned(), what });
    }
    Ok(files)
}

/// Returns the SHA-256 over names and contents of files, for the provenance of a result.
pub fn data_sha256(base: &Path, files: &[PathBuf]) -> Result<String, SuiteError> {
    // Where the data lay on this machine must not change the hash.
    let name = |path: &Path| match path.strip_prefix(base) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    };
    let mut sorted: Vec<(String, &PathBuf)> = files.iter().map(|path| (name(path), path)).collect();
    sorted.sort();
    sorted.dedup();
    let mut hash = Sha256::new();
    for (name, path) in sorted {
        let bytes = std::fs::read(path).map_err(|source| SuiteError::File { path: path.clone(), source })?;
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        "name = \"x\"\nkind = \"risk\"\ntitle = \"T\"\ndocuments = \"*.jsonl\"\nlicence = \"L\"\n";

    fn suite(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("suite.toml"), text).unwrap();
        folder
    }

    #[test]
    fn a_wrong_suite_is_named_with_its_line() {
        let folder = suite("name = \"x\"\nkind = \"riks\"\n");
        let error = Suite::open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("suite.toml") && error.contains("line 2") && error.contains("riks"),
            "{error}"
        );
        let folder = suite(&format!("{PLAIN}colour = \"red\"\n"));
        assert!(Suite::open(folder.path()).unwrap_err().to_string().contains("colour"));
        let folder = suite(&PLAIN.replace("\"x\"", "\"../x\""));
        assert!(Suite::open(folder.path()).is_err());
    }

    #[test]
    fn suites_are_found_below_a_directory_and_by_their_layout() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            let text = PLAIN.replace("\"x\"", &format!("\"{name}\""));
            std::fs::write(folder.path().join(name).join("suite.toml"), text).unwrap();
        }
        let beir = folder.path().join("deep").join("my set");
        std::fs::create_dir_all(&beir).unwrap();
        std::fs::write(beir.join("corpus.jsonl"), "").unwrap();
        std::fs::write(beir.join("queries.jsonl"), "").unwrap();
        let runs = folder.path().join("runs");
        std::fs::create_dir(&runs).unwrap();
        std::fs::write(runs.join("bm25.run"), "").unwrap();
        let names = || -> Vec<(String, Kind)> {
            let found = discover(folder.path()).unwrap().into_iter();
            found.map(|suite| (suite.file.name, suite.file.kind)).collect()
        };
        let mut expected = vec![
            ("a".to_owned(), Kind::Risk),
            ("b".to_owned(), Kind::Risk),
            ("my-set".to_owned(), Kind::Retrieval),
        ];
        assert_eq!(names(), expected, "runs without judgements are no suite");
        std::fs::write(runs.join("test.qrels"), "").unwrap();
        expected.push(("runs".to_owned(), Kind::Runs));
        assert_eq!(names(), expected);
        assert!(matches!(Suite::open(folder.path()), Err(SuiteError::NoSuite(_))));
    }

    #[test]
    fn data_that_is_not_shipped_has_to_be_named() {
        let folder = suite(&format!("{PLAIN}external = true\n"));
        let suite = Suite::open(folder.path()).unwrap();
        let error = suite.base(&BTreeMap::new()).unwrap_err().to_string();
        assert!(error.contains("--set data=DIR"), "{error}");
        let given = BTreeMap::from([("data".to_owned(), "there".to_owned())]);
        assert_eq!(suite.base(&given).unwrap(), Path::new("there"));
    }

    #[test]
    fn the_hash_follows_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("a.jsonl", "1"), ("b.jsonl", "2"), ("c.txt", "3")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let named = files(folder.path(), "*.jsonl").unwrap();
        assert_eq!(named.len(), 2);
        let hash = data_sha256(folder.path(), &named).unwrap();
        let turned: Vec<PathBuf> = named.iter().rev().cloned().collect();
        assert_eq!(hash, data_sha256(folder.path(), &turned).unwrap());
        std::fs::write(folder.path().join("a.jsonl"), "0").unwrap();
        assert_ne!(hash, data_sha256(folder.path(), &named).unwrap());
        assert!(files(folder.path(), "*.csv").is_err());
    }
}
