//! Which findings does a tab hold, in which order? Only what is needed to list, page and mark them.

use super::{Reading, Tab};
use crate::console::notice::{Standing, standing};
use crate::rpc::v1;

/// A finding of a tab.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// What it is.
    pub item: Item<'a>,
    /// Position in its list of the report, from 0.
    pub position: usize,
}

/// A finding of any kind that verdicts speak of.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    /// A requirement.
    Requirement(&'a v1::CompletenessFinding),
    /// A risk term or a claim.
    Risk(&'a v1::RiskFinding),
    /// A contradiction.
    Contradiction(&'a v1::Inconsistency),
    /// Copied text.
    Reuse(&'a v1::Reuse),
    /// An earlier case.
    Precedent(&'a v1::Precedent),
    /// A figure or position.
    Fact(&'a v1::Fact),
}

impl<'a> Entry<'a> {
    /// The finding as verdicts name it.
    pub fn id(&self) -> String {
        let number = self.position + 1;
        match self.item {
            Item::Requirement(finding) => finding.requirement_id.clone(),
            Item::Risk(_) => format!("risk:{number}"),
            Item::Contradiction(_) => format!("contradiction:{number}"),
            Item::Reuse(_) => format!("reuse:{number}"),
            Item::Precedent(precedent) => format!("precedent:{}", precedent.case_id),
            Item::Fact(_) => format!("fact:{number}"),
        }
    }

    /// Where it stands in the document, best first.
    pub fn evidence(&self) -> Vec<&'a v1::Evidence> {
        match self.item {
            Item::Requirement(finding) => finding.evidence.iter().chain(&finding.nearest).collect(),
            Item::Risk(risk) => risk.evidence.iter().chain(&risk.contradicted_by).collect(),
            Item::Contradiction(found) => found.evidence.iter().collect(),
            Item::Reuse(reuse) => reuse.evidence.iter().collect(),
            Item::Precedent(_) => Vec::new(),
            Item::Fact(fact) => fact.evidence.iter().collect(),
        }
    }
}

/// Order of outcomes: what the reviewer must act on comes first.
fn rank(presence: v1::Presence) -> u8 {
    match presence {
        v1::Presence::Missing => 0,
        v1::Presence::NotExamined => 1,
        v1::Presence::Weak => 2,
        v1::Presence::Present => 3,
        v1::Presence::NotApplicable | v1::Presence::Unspecified => 4,
    }
}

/// True for a flag that asks to verify what the report claims.
pub fn is_claim(risk: &v1::RiskFinding) -> bool {
    matches!(risk.kind(), v1::FlagKind::AbsenceClaim | v1::FlagKind::VagueClaim)
}

/// The findings of a tab, in the order shown, before any filter.
pub fn all<'a>(report: &'a v1::ScreeningReport, tab: Tab) -> Vec<Entry<'a>> {
    let entry = |(position, item): (usize, Item<'a>)| Entry { item, position };
    match tab {
        Tab::Completeness => {
            let items = report.completeness.iter().map(Item::Requirement).enumerate();
            let mut entries: Vec<Entry<'a>> = items.map(entry).collect();
            entries.sort_by_key(|entry| match entry.item {
                Item::Requirement(finding) => rank(finding.presence()),
                _ => 0,
            });
            entries
        }
        Tab::Risks | Tab::Claims => {
            let items = report.risks.iter().map(Item::Risk).enumerate().map(entry);
            let is_here = |entry: &Entry<'_>| match entry.item {
                Item::Risk(risk) => is_claim(risk) == (tab == Tab::Claims),
                _ => false,
            };
            let mut entries: Vec<Entry<'a>> = items.filter(is_here).collect();
            sort_risks(&mut entries);
            if tab == Tab::Claims {
                let found = report.inconsistencies.iter().map(Item::Contradiction).enumerate();
                entries.splice(0..0, found.map(entry));
            }
            entries
        }
        Tab::Precedents => report.precedents.iter().map(Item::Precedent).enumerate().map(entry).collect(),
        Tab::Reuse => report.reuse.iter().map(Item::Reuse).enumerate().map(entry).collect(),
        Tab::Facts => {
            let mut entries: Vec<Entry<'a>> =
                report.facts.iter().map(Item::Fact).enumerate().map(entry).collect();
            entries.sort_by_key(|entry| match entry.item {
                Item::Fact(fact) => fact.kind,
                _ => 0,
            });
            entries
        }
        Tab::Unread => Vec::new(),
    }
}

/// Categories by their worst finding, then by code; in a category the worst finding first, then document order.
fn sort_risks(entries: &mut [Entry<'_>]) {
    let mut worst: std::collections::BTreeMap<&str, i32> = Default::default();
    for entry in entries.iter() {
        if let Item::Risk(risk) = entry.item {
            let known = worst.entry(risk.category.as_str()).or_default();
            *known = (*known).max(risk.severity);
        }
    }
    entries.sort_by_key(|entry| match entry.item {
        Item::Risk(risk) => {
            let start = risk.evidence.as_ref().and_then(|e| e.range.as_ref()).map_or(0, |range| range.start);
            let category_worst = worst.get(risk.category.as_str()).copied().unwrap_or(0);
            (-category_worst, risk.category.as_str(), -risk.severity, start)
        }
        _ => (0, "", 0, 0),
    });
}

/// The findings of a tab after the filter of the page.
pub fn shown<'a>(reading: &Reading<'a>, tab: Tab) -> Vec<Entry<'a>> {
    let mut entries = all(&reading.opened.report, tab);
    let show = reading.wanted.show.as_str();
    entries.retain(|entry| is_shown(reading, entry, show));
    entries
}

fn is_shown(reading: &Reading<'_>, entry: &Entry<'_>, show: &str) -> bool {
    match (show, entry.item) {
        // As the letter has it: whatever keeps it from being complete is found here.
        ("open", Item::Requirement(found)) => {
            let last = reading.verdicts_of(&found.requirement_id).next_back();
            matches!(standing(found, last), Standing::Undecided | Standing::NotExamined)
        }
        ("open", _) => reading.verdicts_of(&entry.id()).next().is_none() && is_worth_showing(entry),
        ("gaps", Item::Requirement(finding)) => {
            matches!(finding.presence(), v1::Presence::Missing | v1::Presence::Weak)
        }
        ("all", _) => true,
        ("high" | "medium" | "low", Item::Risk(risk)) => severity(risk) == show,
        _ => is_worth_showing(entry),
    }
}

/// Measures, citations and headings about risks are only shown when all is asked for.
fn is_worth_showing(entry: &Entry<'_>) -> bool {
    match entry.item {
        Item::Risk(risk) => !matches!(risk.severity(), v1::Severity::None | v1::Severity::Unspecified),
        _ => true,
    }
}

/// Name of a severity.
pub fn severity(risk: &v1::RiskFinding) -> &'static str {
    match risk.severity() {
        v1::Severity::High => "high",
        v1::Severity::Medium => "medium",
        v1::Severity::Low => "low",
        v1::Severity::None | v1::Severity::Unspecified => "none",
    }
}

/// Name of an outcome, as verdicts and style sheets have it.
pub fn presence(presence: v1::Presence) -> &'static str {
    match presence {
        v1::Presence::Present => "present",
        v1::Presence::Weak => "weak",
        v1::Presence::Missing => "missing",
        v1::Presence::NotApplicable => "not_applicable",
        v1::Presence::NotExamined | v1::Presence::Unspecified => "not_examined",
    }
}
