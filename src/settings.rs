//! Configuration: compiled defaults < TOML file < environment (`EIA_SCREEN__SECTION__KEY`) < flags.
//!
//! Unknown keys are refused, and all problems are reported at once. Secrets are named by file, never
//! written into the configuration and never printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::access::settings::{AccessSettings, AdminSettings, AuditSettings, CallerSettings, TlsSettings};
use crate::console::settings::ConsoleSettings;
use crate::domain::tenant::TenantId;

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

/// How much work is taken on, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkSettings {
    /// Estimated memory of the calls and screenings that may run at once, in MiB; beyond it calls are
    /// refused with RESOURCE_EXHAUSTED and submissions wait. One is always admitted.
    pub memory_mib: u64,
    /// Estimated tokens that may be embedded or wait for it; beyond it the same.
    pub tokens: u64,
    /// Submissions that may wait; more are refused.
    pub waiting: usize,
    /// Calls on documents that may wait for their turn; more are refused.
    pub calls_waiting: usize,
    /// Seconds without a sign of life after which another process takes over a submission.
    pub lease_s: u64,
    /// Most seconds of a call that looks something up, whatever the client states.
    pub lookup_s: u64,
    /// Most seconds of a call that receives a file or works on a document.
    pub document_s: u64,
    /// Most seconds of a call that follows a screening.
    pub watch_s: u64,
}

/// How the archive keeps vectors. In the embedded archive any of it may be changed between two starts;
/// collections of a server keep what they were created with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveSettings {
    /// Whether large archives are searched by vectors of one byte per dimension, kept in memory, before the
    /// full vectors decide.
    pub quantized: bool,
    /// Whether full vectors and lexical vectors stay on disk and are read through the page cache.
    pub on_disk: bool,
}

/// Backups that `serve` makes by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// Directory of the backups; empty for none.
    pub dir: PathBuf,
    /// Hours between two backups.
    pub every_h: u64,
    /// Backups that are kept; the oldest are deleted.
    pub keep: usize,
}

/// What is deleted after some time; nothing unless it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// Days after the end of a screening at which it is deleted with its report, file and text; 0 for never.
    pub screenings_days: u64,
    /// Days after the end of its last screening at which a submitted file is deleted; reports and extracted
    /// texts stay; 0 for as long as its screenings.
    pub files_days: u64,
}

/// Reading of pages that are pictures (optical character recognition).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OcrSettings {
    /// `auto` uses an installed `tesseract`; `off` leaves such pages not examined.
    pub mode: OcrMode,
    /// Pages read at the same time; 0 for one per processor.
    pub workers: usize,
    /// Seconds after which one page is given up.
    pub page_s: u64,
    /// Seconds after which the pages left of one file are given up.
    pub document_s: u64,
}

/// Whether pages that are pictures are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OcrMode {
    /// Use an installed `tesseract`.
    Auto,
    /// Leave them not examined.
    Off,
}

/// Qdrant server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QdrantSettings {
    /// gRPC URL, e.g. `https://qdrant.example:6334`, or several nodes of one cluster separated by commas;
    /// empty for the embedded engine.
    pub url: String,
    /// File that holds the API key; empty for none.
    pub api_key_file: PathBuf,
    /// Seconds after which a call is given up.
    pub timeout_s: u64,
    /// What the names of the collections begin with; several archives may share a server.
    pub collection_prefix: String,
    /// Parts of the collection of passages, where it is not there yet.
    pub shards: u32,
    /// Copies of every part, where the collections are not there yet.
    pub replicas: u32,
    /// Copies that must have applied a write before it counts as done; 0 for more than half.
    pub write_consistency: u32,
}

/// Ceilings for submitted files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Largest file in MiB.
    pub file_mib: u64,
    /// Most pages that are read; the rest is reported as not examined.
    pub pages: u32,
    /// Largest extracted text in MiB; the rest is reported as not examined.
    pub text_mib: u64,
    /// Seconds after which reading one file is given up.
    pub read_s: u64,
    /// Whether files are read in processes of their own.
    pub isolation: IsolationMode,
}

/// Whether files are read in processes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum IsolationMode {
    /// One process per file, which gives up its rights before it reads.
    Process,
    /// In the program's own process: for files that are trusted.
    Off,
}

/// gRPC server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on. Beyond loopback `serve` asks for TLS and authentication, or `--insecure`.
    pub listen: SocketAddr,
    /// Screenings and imports that run at once, called or submitted; further ones wait. 0 for one per
    /// processor.
    pub concurrent_screenings: usize,
    /// Seconds for calls in flight after a stop signal.
    pub drain_s: u64,
    /// Whether the reflection service is offered.
    pub reflection: bool,
    /// Transport security.
    pub tls: TlsSettings,
    /// Connections.
    pub connections: ConnectionSettings,
}

/// Connections of the gRPC port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Connections at the same time; further ones wait to be accepted.
    pub most: usize,
    /// Seconds for the TLS handshake.
    pub handshake_s: u64,
    /// Seconds between pings to a silent client.
    pub ping_s: u64,
    /// Seconds for the answer to a ping; then the client counts as gone.
    pub ping_answer_s: u64,
    /// Seconds after which a client is asked to connect anew, so that several servers share the load; 0
    /// for never.
    pub age_s: u64,
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
            qdrant: QdrantSettings {
                url: String::new(),
                api_key_file: PathBuf::new(),
                timeout_s: 10,
                collection_prefix: "eia".to_owned(),
                shards: 1,
                replicas: 1,
                write_consistency: 0,
            },
            limits: LimitSettings {
                file_mib: 512,
                pages: 5000,
                text_mib: 64,
                read_s: 300,
                isolation: IsolationMode::Process,
            },
            ocr: OcrSettings { mode: OcrMode::Auto, workers: 0, page_s: 90, document_s: 14_400 },
            server: ServerSettings {
                listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
                concurrent_screenings: 0,
                drain_s: 30,
                reflection: true,
                tls: TlsSettings::default(),
                connections: ConnectionSettings {
                    most: 1024,
                    handshake_s: 10,
                    ping_s: 45,
                    ping_answer_s: 20,
                    age_s: 3600,
                },
            },
            access: AccessSettings::default(),
            callers: CallerSettings::default(),
            audit: AuditSettings::default(),
            admin: AdminSettings::default(),
            console: ConsoleSettings::default(),
            work: WorkSettings {
                memory_mib: 2048,
                tokens: 4_000_000,
                waiting: 1000,
                calls_waiting: 16,
                lease_s: 30,
                lookup_s: 30,
                document_s: 3600,
                watch_s: 3600,
            },
            archive: ArchiveSettings { quantized: false, on_disk: false },
            backup: BackupSettings { dir: PathBuf::new(), every_h: 24, keep: 7 },
            retention: RetentionSettings { screenings_days: 0, files_days: 0 },
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

    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        require(!self.model.is_empty(), "model: name a model, or `none`");
        require(self.ocr.page_s > 0 && self.ocr.document_s > 0, "ocr: page_s and document_s must be above 0");
        require(
            matches!(self.precision.as_str(), "auto" | "fp32" | "bf16"),
            "precision: use auto, fp32 or bf16",
        );
        let is_url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        require(
            self.qdrant.url.is_empty() || self.qdrant.url.split(',').all(|url| is_url(url.trim())),
            "qdrant.url: use http://HOST:PORT or https://HOST:PORT (the gRPC port, usually 6334), several \
             separated by commas",
        );
        let prefix = &self.qdrant.collection_prefix;
        require(
            !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
            "qdrant.collection_prefix: use letters, digits, _ and -",
        );
        require(
            self.qdrant.shards > 0 && self.qdrant.replicas > 0,
            "qdrant.shards and qdrant.replicas: must be at least 1",
        );
        require(
            self.qdrant.write_consistency <= self.qdrant.replicas,
            "qdrant.write_consistency: must not be more than qdrant.replicas",
        );
        require(
            self.qdrant.api_key_file.as_os_str().is_empty() || self.qdrant.api_key_file.is_file(),
            "qdrant.api_key_file: there is no such file",
        );
        require(
            self.rules_dir.as_os_str().is_empty() || self.rules_dir.is_dir(),
            "rules_dir: there is no such directory",
        );
        require(self.qdrant.timeout_s > 0, "qdrant.timeout_s: must be at least 1");
        require(self.limits.file_mib > 0, "limits.file_mib: must be at least 1");
        require(self.limits.pages > 0, "limits.pages: must be at least 1");
        require(self.limits.text_mib > 0, "limits.text_mib: must be at least 1");
        require(self.limits.read_s > 0, "limits.read_s: must be at least 1");
        require(self.backup.every_h > 0, "backup.every_h: must be at least 1");
        require(self.backup.keep > 0, "backup.keep: must be at least 1");
        require(
            self.backup.dir.as_os_str().is_empty() || !self.backup.dir.starts_with(&self.data_dir),
            "backup.dir: must not lie in data_dir; a backup belongs on another disk",
        );
        let connections = &self.server.connections;
        require(
            connections.most > 0
                && connections.handshake_s > 0
                && connections.ping_s > 0
                && connections.ping_answer_s > 0,
            "server.connections: most, handshake_s, ping_s and ping_answer_s must be at least 1",
        );
        require(self.work.memory_mib > 0, "work.memory_mib: must be at least 1");
        require(self.work.tokens > 0, "work.tokens: must be at least 1");
        require((1..=10_000).contains(&self.work.waiting), "work.waiting: must be from 1 to 10000");
        let times = [self.work.lookup_s, self.work.document_s, self.work.watch_s];
        require(times.iter().all(|time| *time > 0), "work: lookup_s, document_s and watch_s must be above 0");
        require(self.work.lease_s >= 4, "work.lease_s: must be at least 4");
        problems.extend(self.server.tls.problems());
        problems.extend(self.access.problems(&self.server.tls));
        problems.extend(self.callers.problems());
        problems.extend(self.audit.problems());
        problems.extend(self.admin.problems());
        problems.extend(self.console.problems());
        problems
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
