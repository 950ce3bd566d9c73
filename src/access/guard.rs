//! What stands at every door of the service: the same authenticator, the same count of attempts and the
//! same audit log at the gRPC port and at the console.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::Authenticator;
use super::attempts::{Attempt, Attempts};
use super::audit::{Audit, AuditError};
use super::watched::UnusableFile;
use crate::metrics::REFUSED;
use crate::settings::Settings;

/// The guard cannot take its post.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Correct the file.
    #[error(transparent)]
    File(#[from] UnusableFile),
    /// Correct the path of the audit log, or stop the other process.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// Recognises callers and records what they do.
#[derive(Clone)]
pub struct Guard {
    /// Recognises callers.
    pub authenticator: Arc<Authenticator>,
    attempts: Attempts,
    /// Records what they do.
    pub audit: Audit,
}

impl Guard {
    /// Opens what the settings name. Once in a process: the audit log has one writer.
    pub fn open(settings: &Settings) -> Result<Self, GuardError> {
        let authenticator = Arc::new(Authenticator::open(&settings.access)?);
        let attempts = Attempts::per_minute(settings.access.unrecognised_per_min);
        Ok(Self { authenticator, attempts, audit: Audit::open(&settings.audit)? })
    }

    /// Counts somebody of that address who is not recognised, at whichever door: for the rate of the address
    /// and, beyond the rate too, in the figures.
    pub fn unrecognised(&self, address: Option<IpAddr>) -> Attempt {
        let attempt = self.attempts.count(address, Instant::now());
        let reason = match attempt {
            Attempt::Within => "unrecognised",
            Attempt::Beyond { .. } => "too_many",
        };
        metrics::counter!(REFUSED, "reason" => reason).increment(1);
        attempt
    }

    /// Makes a guard that lets everybody do everything and records nothing, for one's own desk.
    pub fn open_to_all() -> Self {
        let authenticator = Arc::new(Authenticator::open_to_all());
        Self { authenticator, attempts: Attempts::per_minute(0), audit: Audit::default() }
    }
}
