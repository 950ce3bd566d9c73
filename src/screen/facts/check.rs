//! What does not fit? The four checks in their order: figures against each other, the category against the capacity,
//! cited acts against the calendar, names against the project's own.
//!
//! Each check abstains where it cannot be sure: a wrong alarm costs the reviewer more than a missing one here, since the
//! facts themselves stay listed.

use super::thresholds::Thresholds;
use super::{acts, agreement, category, names};
use crate::domain::document::Document;
use crate::domain::fact::{Fact, Inconsistency};
use crate::domain::provenance::RulesIdentity;
use crate::rules::lexicon_limits::VoidAct;

/// What the checks have to know beside the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckContext {
    /// Day of submission, ISO 8601.
    pub submitted: String,
    /// Jurisdictions of the rule packs in use, e.g. `UZ`.
    pub jurisdictions: Vec<String>,
}

/// Checks facts. Cheap to share.
#[derive(Debug, Clone, PartialEq)]
pub struct FactChecker {
    thresholds: Thresholds,
    acts: Vec<VoidAct>,
}

impl FactChecker {
    /// Makes a checker for thresholds and repealed acts.
    pub fn new(thresholds: Thresholds, acts: Vec<VoidAct>) -> Self {
        Self { thresholds, acts }
    }

    /// Identity of the thresholds.
    pub fn identity(&self) -> &RulesIdentity {
        &self.thresholds.identity
    }

    /// Returns what does not fit, by kind and then in document order.
    pub fn check(&self, document: &Document, facts: &[Fact], context: &CheckContext) -> Vec<Inconsistency> {
        let mut found = agreement::check(document, facts);
        found.extend(category::check(&self.thresholds, document, facts, context));
        found.extend(acts::check(&self.acts, document, context));
        found.extend(names::check(document));
        found
    }
}
