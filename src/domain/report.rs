//! The result of one screening.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::explanation::{Code, Explanation};
use super::fact::{Fact, Inconsistency};
use super::finding::{CompletenessFinding, NotExamined, Precedent, Reuse};
use super::ids::{CaseId, ScreeningId, SectionId};
use super::provenance::Provenance;
use super::requirement::ElementId;
use super::risk::RiskFinding;

/// The gate: is the set complete for its stage, by law? Advice to the reviewer, not a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Overall outcome.
    pub outcome: GateOutcome,
    /// Requirements that are missing, in legal order.
    pub missing: Vec<String>,
    /// Requirements that are weak.
    pub weak: Vec<String>,
    /// Requirements that could not be examined.
    pub not_examined: Vec<String>,
    /// One sentence per reason.
    pub reasons: Vec<Explanation>,
}

/// Outcome of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// Every mandatory requirement is present.
    Complete,
    /// At least one mandatory requirement is missing or weak.
    Incomplete,
    /// Nothing is known to be missing, but part of the file could not be examined.
    Undetermined,
}

/// How soon a senior reviewer should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityLevel {
    /// Ordinary queue.
    Normal,
    /// Ahead of the queue.
    Elevated,
    /// First.
    High,
}

/// The priority with the reasons that set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// How soon.
    pub level: PriorityLevel,
    /// One sentence per reason, strongest first.
    pub reasons: Vec<Explanation>,
}

impl Priority {
    /// True if unread parts of the file may hold risks that would raise it: then it is no good sign.
    pub fn is_unsettled(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == Code::PriorityUnread)
    }
}

/// How deep to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Short check: slight effects, nothing sensitive found.
    Fast,
    /// Ordinary review.
    Ordinary,
    /// In-depth review.
    InDepth,
}

/// Proposed depth of review; the reviewer decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthAdvice {
    /// How deep.
    pub depth: Depth,
    /// One sentence per reason.
    pub reasons: Vec<Explanation>,
}

/// Three outputs, never one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// What is missing, by law.
    pub gate: Gate,
    /// How soon to look.
    pub priority: Priority,
    /// How deep to look.
    pub depth_advice: DepthAdvice,
    /// Claims of the report to verify (absences, vague claims, contradictions), most telling first; no risk by
    /// themselves.
    #[serde(default)]
    pub claims_to_verify: Vec<String>,
}

/// The result of one screening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreeningReport {
    /// Identity: the same document, rules, model and options give the same id.
    pub id: ScreeningId,
    /// Case the document was submitted for, if any.
    pub case: Option<CaseId>,
    /// The document as read.
    pub document: Document,
    /// Canonical elements each section speaks of, strongest first.
    pub elements: BTreeMap<SectionId, Vec<ElementId>>,
    /// One finding per requirement, in the order of the packs.
    pub completeness: Vec<CompletenessFinding>,
    /// Risk findings, most severe first.
    pub risks: Vec<RiskFinding>,
    /// Positions, sizes, capacities, distances, emissions and water, in document order.
    pub facts: Vec<Fact>,
    /// What does not fit: with itself, with the law, with the calendar.
    pub inconsistencies: Vec<Inconsistency>,
    /// Earlier cases, most similar first.
    pub precedents: Vec<Precedent>,
    /// Text nearly copied from other reports.
    pub reuse: Vec<Reuse>,
    /// Gate, priority, depth advice.
    pub triage: Triage,
    /// Everything that was not examined, with the reason.
    pub not_examined: Vec<NotExamined>,
    /// Identities behind the result.
    pub provenance: Provenance,
    /// Wall-clock seconds per stage. The only part that differs between two runs.
    pub timings: BTreeMap<String, f64>,
}

impl ScreeningReport {
    /// Why nothing was compared with earlier cases, `None` where that was done: only then do empty lists of precedents
    /// and reuse mean that there is nothing alike.
    pub fn not_compared(&self) -> Option<Explanation> {
        if !self.precedents.is_empty() || !self.reuse.is_empty() {
            return None;
        }
        let why = self.not_examined.iter().find(|part| part.prevents_comparison());
        match why {
            Some(part) => Some(part.detail.clone()),
            None if self.provenance.archive.is_empty() => Some(Code::PrecedentsNotAsked.into()),
            None => None,
        }
    }
}
