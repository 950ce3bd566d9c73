//! What a reviewer decided about a finding. Verdicts are appended, never overwritten.

use serde::{Deserialize, Serialize};

use super::ids::{ScreeningId, VerdictId};

/// What the reviewer did with the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The finding stands.
    Accepted,
    /// The finding is wrong; the reason says why.
    Rejected,
    /// The outcome was changed to the one in `replacement`.
    Changed,
}

/// One decision about one finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Identity.
    pub id: VerdictId,
    /// Screening the finding belongs to.
    pub screening: ScreeningId,
    /// Finding within the screening: a requirement id, `risk:3`, `contradiction:1`,
    /// `precedent:CASE` or `reuse:2`.
    pub finding: String,
    /// What was decided.
    pub disposition: Disposition,
    /// New presence when `disposition` is `Changed`, e.g. `weak`; empty otherwise.
    pub replacement: String,
    /// Why; required unless accepted.
    pub reason: String,
    /// Who, as the case system names them.
    pub reviewer: String,
    /// When, RFC 3339 in UTC.
    pub create_time: String,
}
