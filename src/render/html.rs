//! The HTML report: one self-contained file that opens anywhere and prints well.
//!
//! Nothing is loaded from outside; everything taken from the document is escaped by the template.

use askama::Template;

use super::facts::{self, FactGroup};
use super::words;
use crate::domain::document::Document;
use crate::domain::explanation::{Clauses, Explanation};
use crate::domain::finding::{CompletenessFinding, Evidence, Presence};
use crate::domain::report::{Priority, ScreeningReport};

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    report: &'a ScreeningReport,
    gate: &'static str,
    priority: &'static str,
    priority_class: &'static str,
    depth: &'static str,
    packs: Vec<Pack<'a>>,
    risks: Vec<RiskRows<'a>>,
    contradictions: Vec<Contradiction<'a>>,
    figures: Vec<FactGroup<'a>>,
    not_compared: Option<Explanation>,
    unread: Vec<(String, String)>,
    model: String,
    quiet_risks: usize,
}

struct Pack<'a> {
    name: &'a str,
    counts: Vec<(&'static str, String, usize)>,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    finding: &'a CompletenessFinding,
    word: &'static str,
    class: String,
    percent: Option<u32>,
    remarks: Vec<String>,
    label: &'static str,
    quotes: Vec<Quote<'a>>,
}

struct Quote<'a> {
    place: String,
    text: &'a str,
}

struct RiskRows<'a> {
    code: &'a str,
    title: &'a str,
    worst: &'static str,
    rows: Vec<RiskRow<'a>>,
}

struct RiskRow<'a> {
    severity: &'static str,
    polarity: &'static str,
    term: &'a str,
    reason: &'a Clauses,
    quote: Quote<'a>,
    opposite: Option<Quote<'a>>,
}

struct Contradiction<'a> {
    kind: &'static str,
    message: &'a Explanation,
    citation: &'a str,
    quotes: Vec<Quote<'a>>,
}

/// Returns the report as one HTML file.
pub fn render(report: &ScreeningReport) -> String {
    let groups = words::risk_groups(&report.risks);
    let shown: usize = groups.iter().map(|group| group.findings.len()).sum();
    let page = ReportPage {
        report,
        gate: words::gate(report.triage.gate.outcome),
        priority: words::priority(report.triage.priority.level),
        priority_class: priority_class(&report.triage.priority),
        depth: words::depth(report.triage.depth_advice.depth),
        packs: packs(report),
        risks: groups.into_iter().map(|group| risk_rows(&report.document, group)).collect(),
        contradictions: contradictions(report),
        figures: facts::groups(report),
        not_compared: report.not_compared(),
        unread: unread(report),
        model: report.provenance.model.as_ref().map_or_else(
            || "none (words only)".to_owned(),
            |model| format!("{} {} – {}", model.name, model.revision, model.precision),
        ),
        quiet_risks: report.risks.len() - shown,
    };
    page.render().expect("the template writes into a string, which cannot fail")
}

fn class(word: &str) -> String {
    word.replace(' ', "-")
}

/// Class of the priority: one that unread parts may raise never looks like a good sign.
fn priority_class(priority: &Priority) -> &'static str {
    if priority.is_unsettled() { "undetermined" } else { words::priority(priority.level) }
}

fn packs(report: &ScreeningReport) -> Vec<Pack<'_>> {
    let mut packs: Vec<Pack<'_>> = Vec::new();
    for finding in &report.completeness {
        if !packs.iter().any(|pack| pack.name == finding.pack) {
            packs.push(Pack { name: &finding.pack, counts: Vec::new(), rows: Vec::new() });
        }
        let row = row(&report.document, finding);
        if let Some(pack) = packs.iter_mut().find(|pack| pack.name == finding.pack) {
            pack.rows.push(row);
        }
    }
    for pack in &mut packs {
        pack.rows.sort_by_key(|row| words::rank(&row.finding.presence));
        for row in &pack.rows {
            match pack.counts.iter_mut().find(|(word, ..)| *word == row.word) {
                Some((_, _, count)) => *count += 1,
                None => pack.counts.push((row.word, row.class.clone(), 1)),
            }
        }
    }
    packs
}

fn row<'a>(document: &Document, finding: &'a CompletenessFinding) -> Row<'a> {
    let (label, evidence): (&str, &[Evidence]) = match &finding.presence {
        Presence::Present(evidence) | Presence::Weak(evidence) => ("", evidence),
        Presence::Missing { nearest: Some(nearest) } => {
            ("closest text found: ", std::slice::from_ref(nearest))
        }
        _ => ("", &[]),
    };
    let word = words::presence(&finding.presence);
    Row {
        finding,
        word,
        class: class(word),
        percent: words::percent(finding),
        remarks: words::remarks(finding),
        label,
        quotes: evidence.iter().take(3).map(|item| quote(document, item)).collect(),
    }
}

fn quote<'a>(document: &Document, evidence: &'a Evidence) -> Quote<'a> {
    Quote { place: words::place(document, evidence), text: &evidence.quote }
}

fn risk_rows<'a>(document: &Document, group: words::RiskGroup<'a>) -> RiskRows<'a> {
    let rows = group.findings.iter().map(|risk| RiskRow {
        severity: words::severity(risk.severity),
        polarity: words::polarity(risk.polarity),
        term: &risk.term,
        reason: &risk.reason,
        quote: quote(document, &risk.evidence),
        opposite: risk.contradicted_by.as_ref().map(|other| quote(document, other)),
    });
    RiskRows {
        code: group.code,
        title: group.title,
        worst: words::severity(group.worst),
        rows: rows.collect(),
    }
}

fn contradictions(report: &ScreeningReport) -> Vec<Contradiction<'_>> {
    let contradiction = |found| {
        let found: &crate::domain::fact::Inconsistency = found;
        Contradiction {
            kind: words::inconsistency(found.kind),
            message: &found.message,
            citation: &found.citation,
            quotes: found.evidence.iter().map(|item| quote(&report.document, item)).collect(),
        }
    };
    report.inconsistencies.iter().map(contradiction).collect()
}

/// Not examined parts: pages with the same reason are one row.
fn unread(report: &ScreeningReport) -> Vec<(String, String)> {
    let mut pages: std::collections::BTreeMap<_, Vec<u32>> = Default::default();
    let mut rows = Vec::new();
    for part in &report.not_examined {
        match part.page {
            Some(page) => pages.entry(part.reason).or_default().push(page),
            None => rows.push((words::reason(part.reason).to_owned(), part.detail.to_string())),
        }
    }
    let by_page = pages.into_iter().map(|(reason, pages)| {
        (words::reason(reason).to_owned(), format!("pages {}", words::page_ranges(&pages)))
    });
    by_page.chain(rows).collect()
}
