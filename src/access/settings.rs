//! Settings of access, transport security and the audit log, as part of [`crate::settings`].

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSettings {
    /// Proofs that are accepted: `tokens`, `jwt`, `mtls`; empty switches authentication off.
    pub modes: Vec<AccessMode>,
    /// File of static tokens (hashes), for `tokens`.
    pub tokens_file: PathBuf,
    /// File that maps client certificates to roles, for `mtls`.
    pub subjects_file: PathBuf,
    /// Tokens of an identity provider, for `jwt`.
    pub jwt: JwtSettings,
    /// Calls and sign-ins of one address in a minute whose proof is not recognised; 0 for no limit.
    pub unrecognised_per_min: u32,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            modes: Vec::new(),
            tokens_file: PathBuf::new(),
            subjects_file: PathBuf::new(),
            jwt: JwtSettings::default(),
            unrecognised_per_min: 60,
        }
    }
}

/// A kind of proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessMode {
    /// Static tokens from a file.
    Tokens,
    /// Signed tokens of an identity provider.
    Jwt,
    /// Client certificates.
    Mtls,
}

/// Tokens of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JwtSettings {
    /// Issuer that tokens must name.
    pub issuer: String,
    /// Audience that tokens must name.
    pub audience: String,
    /// Signature algorithms that are accepted.
    pub algorithms: Vec<String>,
    /// JWK set with the keys of the issuer; read again when it changes.
    pub jwks_file: PathBuf,
    /// Seconds by which clocks may differ.
    pub leeway_s: u64,
    /// Claim that lists the roles; dots descend, e.g. `realm_access.roles`.
    pub roles_claim: String,
    /// Claim that lists the tenants; a token in which it names none is let in for no tenant. Empty where there
    /// is but one tenant, the default one.
    pub tenants_claim: String,
}

impl Default for JwtSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            algorithms: ["RS256", "PS256", "ES256", "EdDSA"].map(str::to_owned).to_vec(),
            jwks_file: PathBuf::new(),
            leeway_s: 60,
            roles_claim: "roles".to_owned(),
            tenants_claim: "tenants".to_owned(),
        }
    }
}

/// Transport security of the gRPC port.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSettings {
    /// Certificate chain (PEM); empty for plain text. Read again when it changes.
    pub cert: PathBuf,
    /// Private key (PEM).
    pub key: PathBuf,
    /// Authorities of client certificates (PEM); clients then have to show a certificate.
    pub client_ca: PathBuf,
    /// Whether clients without a certificate may connect, to prove themselves by a token.
    pub client_optional: bool,
}

impl TlsSettings {
    /// True if connections are encrypted.
    pub fn is_on(&self) -> bool {
        is_set(&self.cert)
    }
}

/// The audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// File to append to; empty for none.
    pub file: PathBuf,
    /// When entries are forced to disk.
    pub sync: AuditSync,
    /// Size in MiB from which a new file is begun.
    pub rotate_mib: u64,
    /// Whether a new file is begun every day (UTC).
    pub rotate_daily: bool,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { file: PathBuf::new(), sync: AuditSync::Second, rotate_mib: 64, rotate_daily: true }
    }
}

/// What one caller may take. A caller is a recognised subject acting for a tenant, or for any (`*`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallerSettings {
    /// Calls per second in the long run; 0 for no limit.
    pub calls_per_s: u32,
    /// Calls that may come at once before the rate holds.
    pub burst: u32,
    /// Calls on documents (screening, submitting, importing, searching by document) at once; 0 for no limit.
    pub documents: usize,
    /// Screenings that are followed at once; 0 for no limit.
    pub followed: usize,
    /// Submitted screenings of one tenant that run at once, of all replicas together; 0 for no limit.
    pub submissions: usize,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self { calls_per_s: 100, burst: 200, documents: 16, followed: 256, submissions: 0 }
    }
}

impl CallerSettings {
    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        if self.calls_per_s > 0 && self.burst == 0 {
            return vec!["callers.burst: must be at least 1".to_owned()];
        }
        Vec::new()
    }
}

/// The operator's port.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminSettings {
    /// Address of the port, e.g. `127.0.0.1:9464`; empty for none. It asks nobody for a proof.
    pub listen: String,
    /// Whether other machines may reach it, where a firewall or a network policy keeps all but the
    /// operators' out.
    pub exposed: bool,
}

impl AdminSettings {
    /// Returns the address, if there is to be a port.
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.listen.parse().ok()
    }

    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        if self.listen.is_empty() || self.address().is_some() {
            return Vec::new();
        }
        vec![format!("admin.listen: {:?} is not of the form ADDRESS:PORT", self.listen)]
    }
}

/// When audit entries are forced to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditSync {
    /// After every entry, or every group of entries that waited together; changes wait until theirs is on disk.
    Entry,
    /// Once a second: a power cut loses at most a second of entries.
    Second,
    /// When the system sees fit.
    Never,
}

fn is_set(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

impl AccessSettings {
    /// Returns everything that is wrong with the values.
    pub fn problems(&self, tls: &TlsSettings) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        let uses = |mode| self.modes.contains(&mode);
        require(
            !uses(AccessMode::Tokens) || is_set(&self.tokens_file),
            "access.tokens_file: name the file; `eia-screen access token` makes tokens",
        );
        require(
            !uses(AccessMode::Mtls) || is_set(&self.subjects_file),
            "access.subjects_file: name the file",
        );
        require(
            !uses(AccessMode::Mtls) || (tls.is_on() && is_set(&tls.client_ca)),
            "access.modes: mtls needs server.tls.cert, key and client_ca",
        );
        if uses(AccessMode::Jwt) {
            problems.extend(self.jwt.problems());
        }
        problems
    }
}

impl JwtSettings {
    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, empty) in [
            ("issuer", self.issuer.is_empty()),
            ("audience", self.audience.is_empty()),
            ("jwks_file", !is_set(&self.jwks_file)),
            ("algorithms", self.algorithms.is_empty()),
        ] {
            if empty {
                problems.push(format!("access.jwt.{name}: must be set for tokens of an identity provider"));
            }
        }
        for name in &self.algorithms {
            if <jsonwebtoken::Algorithm as std::str::FromStr>::from_str(name).is_err() {
                problems.push(format!(
                    "access.jwt.algorithms: {name:?} is not known; use e.g. RS256, ES256, EdDSA"
                ));
            }
        }
        if self.leeway_s > 600 {
            problems.push("access.jwt.leeway_s: at most 600".to_owned());
        }
        problems
    }
}

impl TlsSettings {
    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if is_set(&self.cert) != is_set(&self.key) {
            problems.push("server.tls: cert and key belong together".to_owned());
        }
        if is_set(&self.client_ca) && !self.is_on() {
            problems.push("server.tls.client_ca: needs cert and key".to_owned());
        }
        problems
    }
}

impl AuditSettings {
    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        if self.rotate_mib == 0 {
            vec!["audit.rotate_mib: must be at least 1".to_owned()]
        } else {
            Vec::new()
        }
    }
}
