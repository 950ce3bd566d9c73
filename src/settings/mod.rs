//! Configuration: compiled defaults < TOML file < environment (`EIA_SCREEN__SECTION__KEY`) < flags.
//!
//! Unknown keys are refused, and all problems are reported at once. Secrets are named by file, never
//! written into the configuration and never printed.

mod archive;
mod reading;
mod service;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::access::settings::{AccessSettings, AdminSettings, AuditSettings, CallerSettings};
use crate::console::settings::ConsoleSettings;
use crate::domain::tenant::TenantId;

pub use archive::{ArchiveSettings, BackupSettings, QdrantSettings, RetentionSettings};
pub use reading::{IsolationMode, LimitSettings, OcrMode, OcrSettings};
pub use service::{ConnectionSettings, ServerSettings, WorkSettings};

/// Prefix of environment variables; `__` separates levels: `EIA_SCREEN__QDRANT__URL`.
pub const ENVIRONMENT_PREFIX: &str = "EIA_SCREEN__";

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Directory of the embedded archive (cases, screenings, verdicts).
    pub data_dir: PathBuf,
    /// Directory of model folders.
    pub models_dir: PathBuf,
    /// Directory with rules that replace the built-in ones; empty for the built-in ones.
    pub rules_dir: PathBuf,
    /// Tenant for which commands act on the archive; callers of the service bring their own.
    pub tenant: TenantId,
    /// Embedding model, or `none` for words only.
    pub model: String,
    /// Arithmetic of the encoder: `auto`, `fp32` or `bf16`.
    pub precision: String,
    /// Qdrant server; an empty URL means the embedded engine.
    pub qdrant: QdrantSettings,
    /// Ceilings for submitted files.
    pub limits: LimitSettings,
    /// Reading of pages that are pictures.
    pub ocr: OcrSettings,
    /// gRPC server.
    pub server: ServerSettings,
    /// Who may call.
    pub access: AccessSettings,
    /// What one caller may take.
    pub callers: CallerSettings,
    /// Audit log.
    pub audit: AuditSettings,
    /// The operator's port: metrics, health, configuration.
    pub admin: AdminSettings,
    /// How much work is taken on, and for how long.
    pub work: WorkSettings,
    /// Reviewer's console.
    pub console: ConsoleSettings,
    /// How the archive keeps vectors.
    pub archive: ArchiveSettings,
    /// Backups that `serve` makes by itself.
    pub backup: BackupSettings,
    /// What is deleted after some time.
    pub retention: RetentionSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            models_dir: PathBuf::from("models"),
            rules_dir: PathBuf::new(),
            tenant: TenantId::default(),
            model: "all-minilm-l6-v2".to_owned(),
            precision: "auto".to_owned(),
            qdrant: QdrantSettings::default(),
            limits: LimitSettings::default(),
            ocr: OcrSettings::default(),
            server: ServerSettings::default(),
            access: AccessSettings::default(),
            callers: CallerSettings::default(),
            audit: AuditSettings::default(),
            admin: AdminSettings::default(),
            console: ConsoleSettings::default(),
            work: WorkSettings::default(),
            archive: ArchiveSettings::default(),
            backup: BackupSettings::default(),
            retention: RetentionSettings::default(),
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not valid:\n  {}", problems.join("\n  "))]
pub struct InvalidSettings {
    /// Everything that is wrong, one entry each.
    pub problems: Vec<String>,
}

impl Settings {
    /// Reads the configuration: defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, InvalidSettings> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                let problem = format!("there is no configuration file {}", file.display());
                return Err(InvalidSettings { problems: vec![problem] });
            }
            figment = figment.merge(Toml::file(file));
        }
        let settings: Self =
            figment.merge(Env::prefixed(ENVIRONMENT_PREFIX).split("__")).extract().map_err(|errors| {
                InvalidSettings { problems: errors.into_iter().map(|error| error.to_string()).collect() }
            })?;
        let problems = settings.problems();
        if problems.is_empty() { Ok(settings) } else { Err(InvalidSettings { problems }) }
    }

    /// Returns the configuration as text for people to see: secrets are named by file, and what a URL hides
    /// is left out.
    pub fn shown(&self) -> Result<String, toml::ser::Error> {
        let mut shown = self.clone();
        shown.qdrant.url = self.qdrant.shown_url();
        toml::to_string_pretty(&shown)
    }

    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Problems::default();
        problems.require(!self.model.is_empty(), "model: name a model, or `none`");
        problems.require(
            matches!(self.precision.as_str(), "auto" | "fp32" | "bf16"),
            "precision: use auto, fp32 or bf16",
        );
        problems.require(
            self.rules_dir.as_os_str().is_empty() || self.rules_dir.is_dir(),
            "rules_dir: there is no such directory",
        );
        self.qdrant.check(&mut problems);
        self.limits.check(&mut problems);
        self.ocr.check(&mut problems);
        self.server.connections.check(&mut problems);
        self.work.check(&mut problems);
        self.backup.check(&self.data_dir, &mut problems);
        let Problems(mut problems) = problems;
        problems.extend(self.server.tls.problems());
        problems.extend(self.access.problems(&self.server.tls));
        problems.extend(self.callers.problems());
        problems.extend(self.audit.problems());
        problems.extend(self.admin.problems());
        problems.extend(self.console.problems());
        problems
    }
}

/// What is wrong with a configuration, as it is found.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn require(&mut self, holds: bool, problem: &str) {
        if !holds {
            self.0.push(problem.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn load(text: &str) -> Result<Settings, InvalidSettings> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Settings::load(Some(file.path()))
    }

    fn keys(prefix: &str, table: &toml::Table, into: &mut Vec<String>) {
        for (key, value) in table {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::Table(inner) => keys(&path, inner, into),
                _ => into.push(path),
            }
        }
    }

    #[test]
    fn every_setting_is_documented_and_nothing_else_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
        let page = std::fs::read_to_string(path).unwrap();
        let mut all = Vec::new();
        keys("", &toml::Table::try_from(Settings::default()).unwrap(), &mut all);
        for key in &all {
            assert!(page.contains(&format!("`{key}`")), "docs/settings.md does not name {key}");
        }
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        for name in
            rows.flat_map(|row| row.split('`')).filter(|name| !name.trim_matches([',', ' ']).is_empty())
        {
            assert!(all.iter().any(|key| key == name), "docs/settings.md names {name}, which is none");
        }
    }

    #[test]
    fn defaults_are_valid() {
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        for (url, expected) in [
            ("https://u:p@host:6334/x?key=1", "https://host:6334/x"),
            ("http://host:6334", "http://host:6334"),
            ("http://u:p@a:1, http://u:p@b:1", "http://a:1,http://b:1"),
            ("", ""),
        ] {
            let mut settings = Settings::default();
            settings.qdrant.url = url.to_owned();
            let shown: Settings = toml::from_str(&settings.shown().unwrap()).unwrap();
            assert_eq!(shown.qdrant.url, expected);
        }
    }

    #[test]
    fn unknown_key_is_refused_by_name() {
        let error = load("[server]\nlissten = \"127.0.0.1:1\"\n").unwrap_err();
        assert!(error.to_string().contains("lissten"), "{error}");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let error = load("precision = \"fp8\"\n[limits]\npages = 0\n").unwrap_err();
        assert_eq!(error.problems.len(), 2, "{error}");
    }
}
