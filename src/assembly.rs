//! Builds what the commands and the server need from the settings: rules, model, archive, screener.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::embed::{ComputeDevice, Embedder, ModelError, ModelStore, Precision};
use crate::index::{
    self, CaseIndex, IndexConfig, IndexError, Layout, Place, ServerConfig, Tuning, VectorSpace,
};
use crate::ingest::isolated::Isolation;
use crate::ingest::ocr::{Ocr, OcrLimits};
use crate::ingest::{DocumentReader, Limits};
use crate::rules::glossary::Glossary;
use crate::rules::lexicon::{Lexicon, LexiconError};
use crate::rules::{Rulebook, RulesError};
use crate::screen::classifier::ClassifierError;
use crate::screen::completeness::calibration::{Calibration, CalibrationError};
use crate::screen::completeness::{CompletenessError, CompletenessModel};
use crate::screen::facts::{CueError, FactChecker, FactReader, ThresholdError, Thresholds};
use crate::screen::risk::RiskScanner;
use crate::screen::risk::learned::Examples;
use crate::screen::run::Screener;
use crate::settings::{IsolationMode, LimitSettings, OcrMode, OcrSettings, Settings};

/// Value of `model` that uses words only.
pub const NO_MODEL: &str = "none";

/// Why the parts could not be put together, by what the operator can do.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// Correct the rule files.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Correct the risk lexicon.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// Correct the words by which figures are told apart.
    #[error(transparent)]
    Quantities(#[from] CueError),
    /// Correct the thresholds.
    #[error(transparent)]
    Thresholds(#[from] ThresholdError),
    /// Correct the calibration.
    #[error("calibration.toml: {0}")]
    Calibration(#[from] CalibrationError),
    /// Fetch, verify or change the model.
    #[error(
        "the model {name} cannot be used: {source}; fetch it with `eia-screen models pull {name}`, or go \
         on with words only by `--model none`"
    )]
    Model {
        /// Name of the model.
        name: String,
        /// What is wrong.
        #[source]
        source: Box<ModelError>,
    },
    /// Report it: the evidence model and the rules do not fit each other.
    #[error(transparent)]
    Completeness(#[from] CompletenessError),
    /// Report it: the classifier that the program was built with cannot be read.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// Start, free or repair the archive.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Correct the path or its permissions.
    #[error("cannot read {path}")]
    RuleFile {
        /// File that holds rules.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Correct the path or its permissions.
    #[error("cannot read {path}")]
    Secret {
        /// File that holds the secret.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Loads the rules named by the settings.
pub fn rulebook(settings: &Settings) -> Result<Rulebook, AssemblyError> {
    Ok(match own_rules(settings) {
        Some(folder) => Rulebook::load_dir(folder)?,
        None => Rulebook::load_builtin()?,
    })
}

/// Loads the risk lexicon named by the settings, for whole reports.
pub fn risk_scanner(settings: &Settings) -> Result<RiskScanner, AssemblyError> {
    Ok(RiskScanner::new(&lexicon(settings)?))
}

/// Loads the same with the labelled examples that judge sentences which stand alone.
pub fn sentence_scanner(settings: &Settings) -> Result<RiskScanner, AssemblyError> {
    Ok(risk_scanner(settings)?.with_examples(Examples::builtin()?))
}

/// Loads the risk lexicon named by the settings.
pub fn lexicon(settings: &Settings) -> Result<Lexicon, AssemblyError> {
    Ok(match own_rules(settings).map(|folder| folder.join("risk")) {
        Some(folder) if folder.is_dir() => Lexicon::load_dir(&folder)?,
        _ => Lexicon::load_builtin()?,
    })
}

/// Loads the words of the field in other languages.
pub fn glossary(settings: &Settings) -> Result<Glossary, AssemblyError> {
    Ok(match own_rules(settings).map(|folder| folder.join("glossary")) {
        Some(folder) if folder.is_dir() => Glossary::load_dir(&folder)?,
        _ => Glossary::load_builtin()?,
    })
}

/// Loads the words by which figures are told apart.
pub fn fact_reader(settings: &Settings) -> Result<FactReader, AssemblyError> {
    Ok(match own_file(settings, "quantities.toml")? {
        Some(text) => FactReader::parse(&text)?,
        None => FactReader::builtin()?,
    })
}

/// Loads the thresholds and the repealed acts.
pub fn fact_checker(settings: &Settings) -> Result<FactChecker, AssemblyError> {
    Ok(FactChecker::new(thresholds(settings)?, lexicon(settings)?.limits.acts))
}

fn thresholds(settings: &Settings) -> Result<Thresholds, AssemblyError> {
    Ok(match own_file(settings, "thresholds.toml")? {
        Some(text) => Thresholds::parse(&text)?,
        None => Thresholds::builtin()?,
    })
}

/// Loads the calibration that replaces the one the program was built with; `None` if there is none.
fn own_calibration(settings: &Settings) -> Result<Option<Calibration>, AssemblyError> {
    let Some(text) = own_file(settings, "calibration.toml")? else { return Ok(None) };
    Ok(Some(Calibration::parse(&text)?))
}

/// What [`rule_layers`] loads, as far as somebody looks at it.
pub struct RuleLayers {
    /// Requirement sets with what they rest on.
    pub rulebook: Rulebook,
    /// Risk lexicon.
    pub lexicon: Lexicon,
    /// Words of the field in other languages.
    pub glossary: Glossary,
}

/// Loads every layer of the rules named by the settings, as [`screener`] does.
///
/// # Errors
/// What is wrong with each layer that cannot be used, so that whoever edits them sees all of it at once.
pub fn rule_layers(settings: &Settings) -> Result<RuleLayers, Vec<AssemblyError>> {
    let mut faults = Vec::new();
    let rulebook = kept(rulebook(settings), &mut faults);
    let lexicon = kept(lexicon(settings), &mut faults);
    let glossary = kept(glossary(settings), &mut faults);
    kept(fact_reader(settings), &mut faults);
    kept(thresholds(settings), &mut faults);
    kept(own_calibration(settings), &mut faults);
    match (rulebook, lexicon, glossary) {
        (Some(rulebook), Some(lexicon), Some(glossary)) if faults.is_empty() => {
            Ok(RuleLayers { rulebook, lexicon, glossary })
        }
        _ => Err(faults),
    }
}

fn kept<T>(layer: Result<T, AssemblyError>, faults: &mut Vec<AssemblyError>) -> Option<T> {
    layer.map_err(|fault| faults.push(fault)).ok()
}

/// Text of a file in the folder that replaces the rules; `None` if there is no such file.
fn own_file(settings: &Settings, name: &str) -> Result<Option<String>, AssemblyError> {
    let Some(path) = own_rules(settings).map(|folder| folder.join(name)).filter(|path| path.is_file()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|source| AssemblyError::RuleFile { path: path.display().to_string(), source })?;
    Ok(Some(text))
}

fn own_rules(settings: &Settings) -> Option<&Path> {
    let folder = settings.rules_dir.as_path();
    (!folder.as_os_str().is_empty()).then_some(folder)
}

/// Loads the embedding model; `None` if the settings ask for words only. Blocking.
pub fn embedder(settings: &Settings) -> Result<Option<Arc<dyn Embedder>>, AssemblyError> {
    if settings.model == NO_MODEL {
        return Ok(None);
    }
    let precision = match settings.precision.as_str() {
        "fp32" => Precision::Fp32,
        "bf16" => Precision::Bf16,
        _ => Precision::Auto,
    };
    let load =
        || ModelStore::open(&settings.models_dir)?.load(&settings.model, precision, ComputeDevice::Cpu);
    let embedder = load()
        .map_err(|source| AssemblyError::Model { name: settings.model.clone(), source: Box::new(source) })?;
    let identity = embedder.identity();
    tracing::info!(model = identity.name, precision = identity.precision, "model loaded");
    let labels = [("name", identity.name.clone()), ("precision", identity.precision.to_string())];
    metrics::gauge!(crate::metrics::MODEL_INFO, &labels).set(1.0);
    Ok(Some(embedder))
}

/// Opens the archive, making it if it is not there.
pub async fn archive(
    settings: &Settings,
    embedder: Option<&dyn Embedder>,
) -> Result<Arc<dyn CaseIndex>, AssemblyError> {
    let space = embedder.map_or_else(
        || VectorSpace { model: NO_MODEL.to_owned(), sha256: String::new(), dimension: 1 },
        |embedder| VectorSpace::from(embedder.identity()),
    );
    Ok(index::open_tuned(IndexConfig { place: place(settings)?, space }, tuning(settings)).await?)
}

/// Opens the archive for the tenant of the settings.
pub async fn archive_of_tenant(
    settings: &Settings,
    embedder: Option<&dyn Embedder>,
) -> Result<Arc<dyn CaseIndex>, AssemblyError> {
    let whole = archive(settings, embedder).await?;
    Ok(whole.of_tenant(&settings.tenant).expect("an archive that was just opened is bound to no tenant"))
}

/// Returns how the archive keeps vectors.
pub fn tuning(settings: &Settings) -> Tuning {
    Tuning { quantized: settings.archive.quantized, on_disk: settings.archive.on_disk }
}

/// Returns where the archive of the settings is.
pub fn place(settings: &Settings) -> Result<Place, AssemblyError> {
    if settings.qdrant.url.is_empty() {
        return Ok(Place::Directory { path: settings.data_dir.clone(), readers: 0 });
    }
    Ok(Place::Server(server_config(settings, &settings.qdrant.url)?))
}

/// Returns the place of that name: the URL of a server, else a directory.
pub fn place_named(settings: &Settings, name: &str) -> Result<Place, AssemblyError> {
    if name.starts_with("http://") || name.starts_with("https://") {
        return Ok(Place::Server(server_config(settings, name)?));
    }
    Ok(Place::Directory { path: name.into(), readers: 0 })
}

fn server_config(settings: &Settings, url: &str) -> Result<ServerConfig, AssemblyError> {
    let mut config = ServerConfig::new(url.to_owned());
    let qdrant = &settings.qdrant;
    config.timeout = Duration::from_secs(qdrant.timeout_s);
    config.collection_prefix.clone_from(&qdrant.collection_prefix);
    config.layout = Layout { shards: qdrant.shards, ..Layout::of_replicas(qdrant.replicas) };
    if qdrant.write_consistency > 0 {
        config.layout.write_consistency = qdrant.write_consistency;
    }
    let path = &qdrant.api_key_file;
    if !path.as_os_str().is_empty() {
        let key = std::fs::read_to_string(path)
            .map_err(|source| AssemblyError::Secret { path: path.display().to_string(), source })?;
        config.api_key = Some(SecretString::from(key.trim().to_owned()));
    }
    Ok(config)
}

/// True if there is an archive to search: a server, or a directory that some import made.
pub fn has_archive(settings: &Settings) -> bool {
    !settings.qdrant.url.is_empty() || settings.data_dir.is_dir()
}

/// Builds the screener around a model and an archive.
pub fn screener(
    settings: &Settings,
    embedder: Option<Arc<dyn Embedder>>,
    index: Option<Arc<dyn CaseIndex>>,
) -> Result<Screener, AssemblyError> {
    let rulebook = rulebook(settings)?;
    let mut completeness = CompletenessModel::new(&rulebook, embedder.as_deref())?;
    if let Some(calibration) = own_calibration(settings)? {
        completeness = completeness.with_calibration(calibration);
    }
    let risk = risk_scanner(settings)?;
    Ok(Screener {
        rulebook: Arc::new(rulebook),
        completeness: Arc::new(completeness),
        risk: Arc::new(risk),
        facts: Arc::new(fact_reader(settings)?),
        fact_checker: Arc::new(fact_checker(settings)?),
        embedder,
        glossary: Some(Arc::new(glossary(settings)?)),
        index,
        reader: reader(settings),
    })
}

/// Builds the reader of documents; text recognition is part of it where `tesseract` is installed.
pub fn reader(settings: &Settings) -> DocumentReader {
    let ocr = match settings.ocr.mode {
        OcrMode::Off => None,
        OcrMode::Auto => Ocr::find(ocr_limits(&settings.ocr)).map(Arc::new),
    };
    let isolation = match settings.limits.isolation {
        IsolationMode::Off => None,
        IsolationMode::Process => Some(Isolation::by_this_program()),
    };
    DocumentReader { limits: limits(&settings.limits), ocr, isolation }
}

fn ocr_limits(settings: &OcrSettings) -> OcrLimits {
    let standard = OcrLimits::default();
    OcrLimits {
        workers: if settings.workers == 0 { standard.workers } else { settings.workers },
        page_time: Duration::from_secs(settings.page_s),
        document_time: Duration::from_secs(settings.document_s),
    }
}

/// Translates the ceilings of the settings.
pub fn limits(settings: &LimitSettings) -> Limits {
    let standard = Limits::default();
    let file_bytes = settings.file_mib << 20;
    Limits {
        binary_bytes: file_bytes,
        text_bytes: file_bytes.min(standard.text_bytes),
        pages: settings.pages,
        extracted_bytes: usize::try_from(settings.text_mib << 20).unwrap_or(usize::MAX),
        document_time: Duration::from_secs(settings.read_s),
        ..standard
    }
}
