//! Where the archive lies, how it keeps vectors, and how long it keeps anything.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Problems;

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

impl Default for QdrantSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            api_key_file: PathBuf::new(),
            timeout_s: 10,
            collection_prefix: "eia".to_owned(),
            shards: 1,
            replicas: 1,
            write_consistency: 0,
        }
    }
}

impl QdrantSettings {
    /// Returns the URL, or all of them, for people to see: without names, passwords, and what follows a
    /// question mark.
    pub(super) fn shown_url(&self) -> String {
        self.url.split(',').map(|url| without_credentials(url.trim())).collect::<Vec<_>>().join(",")
    }

    /// Says what is wrong with the values.
    pub(super) fn check(&self, problems: &mut Problems) {
        let is_url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        problems.require(
            self.url.is_empty() || self.url.split(',').all(|url| is_url(url.trim())),
            "qdrant.url: use http://HOST:PORT or https://HOST:PORT (the gRPC port, usually 6334), several \
             separated by commas",
        );
        let prefix = &self.collection_prefix;
        problems.require(
            !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
            "qdrant.collection_prefix: use letters, digits, _ and -",
        );
        problems.require(
            self.shards > 0 && self.replicas > 0,
            "qdrant.shards and qdrant.replicas: must be at least 1",
        );
        problems.require(
            self.write_consistency <= self.replicas,
            "qdrant.write_consistency: must not be more than qdrant.replicas",
        );
        problems.require(
            self.api_key_file.as_os_str().is_empty() || self.api_key_file.is_file(),
            "qdrant.api_key_file: there is no such file",
        );
        problems.require(self.timeout_s > 0, "qdrant.timeout_s: must be at least 1");
    }
}

fn without_credentials(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(before, _)| before);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

/// How the archive keeps vectors. In the embedded archive any of it may be changed between two starts;
/// collections of a server keep what they were created with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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

impl Default for BackupSettings {
    fn default() -> Self {
        Self { dir: PathBuf::new(), every_h: 24, keep: 7 }
    }
}

impl BackupSettings {
    /// Says what is wrong with the values.
    pub(super) fn check(&self, data_dir: &Path, problems: &mut Problems) {
        problems.require(self.every_h > 0, "backup.every_h: must be at least 1");
        problems.require(self.keep > 0, "backup.keep: must be at least 1");
        problems.require(
            self.dir.as_os_str().is_empty() || !self.dir.starts_with(data_dir),
            "backup.dir: must not lie in data_dir; a backup belongs on another disk",
        );
    }
}

/// What is deleted after some time; nothing unless it is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// Days after the end of a screening at which it is deleted with its report, file and text; 0 for never.
    pub screenings_days: u64,
    /// Days after the end of its last screening at which a submitted file is deleted; reports and extracted
    /// texts stay; 0 for as long as its screenings.
    pub files_days: u64,
}
