//! What suites are run with: settings, the model, rules, and scratch archives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{EvalError, known_settings};
use crate::assembly::{self, AssemblyError};
use crate::domain::case::Case;
use crate::domain::document::Document;
use crate::domain::ids::CaseId;
use crate::domain::provenance::RulesIdentity;
use crate::embed::Embedder;
use crate::eval::measures::RankingMeasure;
use crate::eval::result::{ResultProvenance, rounded};
use crate::eval::suite::{Suite, data_sha256};
use crate::index::CaseIndex;
use crate::ingest;
use crate::screen::risk::RiskScanner;
use crate::screen::risk::learned::Examples;
use crate::screen::run::Screener;
use crate::settings::Settings;

/// Reads the cases of a manifest with the paths of their files; the message says what is wrong.
pub type ManifestReader = fn(&Path) -> Result<Vec<(Case, Vec<PathBuf>)>, String>;

/// What suites are run with; model and rules are loaded when first asked for, for all suites of the run.
pub struct Workbench {
    /// Settings of the program.
    pub settings: Settings,
    /// Settings given on the command line: `key` for all suites, `SUITE.key` for one.
    pub overrides: BTreeMap<String, String>,
    /// Reads manifests as `cases import` does.
    pub read_manifest: ManifestReader,
    embedder: Once<Option<Arc<dyn Embedder>>>,
    screener: Once<Screener>,
    sentence_scanner: Once<Arc<RiskScanner>>,
    risk_fit: Once<Arc<[String]>>,
}

/// Something that is made when it is first asked for.
struct Once<T>(Mutex<Option<T>>);

impl<T: Clone> Once<T> {
    fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn get_or_make(&self, make: impl FnOnce() -> Result<T, EvalError>) -> Result<T, EvalError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(made) => Ok(made.clone()),
            None => Ok(known.insert(make()?).clone()),
        }
    }
}

/// An archive that holds nothing but what the suite puts into it.
pub struct Scratch {
    /// The archive.
    pub index: Arc<dyn CaseIndex>,
    /// True if it lies on a server, which keeps what it was given.
    is_server: bool,
    /// Keeps the directory until the archive is no longer used.
    _folder: tempfile::TempDir,
}

impl Scratch {
    /// Leaves a server as it was found, without the cases of the suite.
    pub async fn leave_empty<'a>(
        &self,
        cases: impl IntoIterator<Item = &'a CaseId>,
    ) -> Result<(), EvalError> {
        for case in cases.into_iter().filter(|_| self.is_server) {
            self.index.delete_case(case).await?;
        }
        Ok(())
    }
}

impl Workbench {
    /// Makes a workbench.
    pub fn new(
        settings: Settings,
        overrides: BTreeMap<String, String>,
        read_manifest: ManifestReader,
    ) -> Self {
        Self {
            settings,
            overrides,
            read_manifest,
            embedder: Once::new(),
            screener: Once::new(),
            sentence_scanner: Once::new(),
            risk_fit: Once::new(),
        }
    }

    /// Refuses settings that no suite of the run knows.
    pub fn check_overrides(&self, suites: &[Suite]) -> Result<(), EvalError> {
        for given in self.overrides.keys() {
            let is_known = suites.iter().any(|suite| {
                let own = given.strip_prefix(&format!("{}.", suite.file.name)).unwrap_or(given);
                own == "data" || known_settings(suite.file.kind).contains(&own)
            });
            if !is_known {
                let mut known: Vec<&str> =
                    suites.iter().flat_map(|suite| known_settings(suite.file.kind)).copied().collect();
                known.push("data");
                known.sort_unstable();
                known.dedup();
                let message =
                    format!("--set {given}: no suite of this run knows it; known: {}", known.join(", "));
                return Err(EvalError::Setting(message));
            }
        }
        Ok(())
    }

    /// Returns the settings of a suite: its own, then those for all, then those for it alone.
    pub fn settings_of(&self, suite: &Suite) -> Result<BTreeMap<String, String>, EvalError> {
        let known = known_settings(suite.file.kind);
        if let Some(key) = suite.file.settings.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!("suite {} sets {key}, which its kind does not know", suite.file.name);
            return Err(EvalError::Setting(message));
        }
        let mut settings = suite.file.settings.clone();
        for (key, value) in &self.overrides {
            if key == "data" || known.contains(&key.as_str()) {
                settings.insert(key.clone(), value.clone());
            }
        }
        let prefix = format!("{}.", suite.file.name);
        for (key, value) in &self.overrides {
            if let Some(own) = key.strip_prefix(&prefix) {
                settings.insert(own.to_owned(), value.clone());
            }
        }
        Ok(settings)
    }

    /// Returns the model; `None` if the settings ask for words only.
    pub fn embedder(&self) -> Result<Option<Arc<dyn Embedder>>, EvalError> {
        self.embedder.get_or_make(|| Ok(assembly::embedder(&self.settings)?))
    }

    /// Returns the screener of the production path, around an archive or none.
    pub fn screener(&self, index: Option<Arc<dyn CaseIndex>>) -> Result<Screener, EvalError> {
        let make = || Ok(assembly::screener(&self.settings, self.embedder()?, None)?);
        Ok(Screener { index, ..self.screener.get_or_make(make)? })
    }

    /// Returns the scanner of single sentences.
    pub fn sentence_scanner(&self) -> Result<Arc<RiskScanner>, EvalError> {
        self.sentence_scanner.get_or_make(|| Ok(Arc::new(assembly::sentence_scanner(&self.settings)?)))
    }

    /// Returns the names of the suites that the classifier of risk sentences was fitted on.
    pub fn risk_fit(&self) -> Result<Arc<[String]>, EvalError> {
        self.risk_fit.get_or_make(|| {
            let examples = Examples::builtin().map_err(AssemblyError::from)?;
            Ok(examples.classifier().origin().data.as_slice().into())
        })
    }

    /// Opens an empty archive: in a directory of its own, or on the server that the settings name.
    pub async fn scratch(&self) -> Result<Scratch, EvalError> {
        let folder = tempfile::tempdir()
            .map_err(|error| EvalError::Setting(format!("no directory for the scratch archive: {error}")))?;
        let mut settings = self.settings.clone();
        settings.data_dir = folder.path().join("archive");
        let embedder = self.embedder()?;
        let index = assembly::archive(&settings, embedder.as_deref()).await?;
        let there = index.archive_state().await?.cases;
        if there > 0 {
            let message = format!(
                "the archive at {} holds {there} cases, which would be ranked too; name an empty server",
                index.location()
            );
            return Err(EvalError::Setting(message));
        }
        Ok(Scratch { index, is_server: !settings.qdrant.url.is_empty(), _folder: folder })
    }

    /// Returns the provenance of a result.
    pub fn provenance(
        &self,
        suite: &Suite,
        base: &Path,
        files: &[PathBuf],
        with_model: bool,
        rules: Vec<RulesIdentity>,
    ) -> Result<ResultProvenance, EvalError> {
        let model = if with_model { self.embedder()?.map(|e| e.identity().clone()) } else { None };
        let mut settings = self.settings_of(suite)?;
        // The hash says which data it was; where it lay on this machine is nobody's business.
        settings.remove("data");
        Ok(ResultProvenance {
            build: crate::build_identity(),
            model,
            rules,
            data_sha256: data_sha256(base, files)?,
            settings,
        })
    }

    /// Reads a document as a screening does.
    pub fn read_document(&self, path: &Path) -> Result<Document, EvalError> {
        let data = |error: std::io::Error| EvalError::Data { path: path.to_owned(), what: error.to_string() };
        let bytes = std::fs::read(path).map_err(data)?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        ingest::read_document(&name, &bytes, &assembly::limits(&self.settings.limits))
            .map_err(|source| EvalError::Ingest { document: name.clone(), source })
    }
}

/// Reads a whole number among the settings.
pub fn number(settings: &BTreeMap<String, String>, key: &str, standard: usize) -> Result<usize, EvalError> {
    settings.get(key).map_or(Ok(standard), |value| {
        let wrong = || EvalError::Setting(format!("{key}={value}: not a whole number from 1 to 10000"));
        value.parse().ok().filter(|number| (1..=10_000).contains(number)).ok_or_else(wrong)
    })
}

/// Reads the measures among the settings, separated by commas.
pub fn measures(
    settings: &BTreeMap<String, String>,
    standard: &str,
) -> Result<Vec<RankingMeasure>, EvalError> {
    settings
        .get("measures")
        .map_or(standard, String::as_str)
        .split(',')
        .map(|name| {
            name.trim().parse().map_err(|error: crate::eval::measures::ranking::UnknownMeasure| {
                EvalError::Setting(error.to_string())
            })
        })
        .collect()
}

/// Writes a number for a CSV cell.
pub fn cell(value: f64) -> String {
    rounded(value).to_string()
}
