//! How far reviewers agree with the program and with each other, over all screenings.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::agreement::{Agreement, agreement};
use super::error::Problem;
use super::shell::Shell;
use super::visit::Visit;
use crate::domain::verdict::Verdict;

/// A kind of finding with its agreement.
struct Row {
    words: String,
    agreement: Agreement,
}

#[derive(Template)]
#[template(path = "console/statistics.html")]
struct StatisticsPage {
    shell: Shell,
    agreement: Agreement,
    rows: Vec<Row>,
    screenings: usize,
}

/// Key of the words for the kind of a finding.
fn kind(finding: &str) -> &'static str {
    match finding.split_once(':') {
        Some(("risk", _)) => "tab-risks",
        Some(("precedent", _)) => "tab-precedents",
        Some(("reuse", _)) => "tab-reuse",
        Some(("contradiction", _)) => "contradictions",
        _ => "tab-completeness",
    }
}

/// `GET /statistics`.
pub async fn page(visit: Visit) -> Result<Response, Problem> {
    let mut all: Vec<Verdict> = Vec::new();
    let mut screenings = 0;
    for glance in visit.backend.glances().await? {
        let verdicts = visit.backend.verdicts(glance.id).await?;
        screenings += usize::from(!verdicts.is_empty());
        all.extend(verdicts);
    }
    let mut kinds: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
    for verdict in &all {
        kinds.entry(kind(&verdict.finding)).or_default().push(verdict.clone());
    }
    let row = |(key, verdicts): (&str, Vec<Verdict>)| Row {
        words: visit.words.say(key),
        agreement: agreement(&verdicts),
    };
    let rows = kinds.into_iter().map(row).collect();
    let page =
        StatisticsPage { shell: visit.shell("statistics"), agreement: agreement(&all), rows, screenings };
    Ok(Html(page.render()?).into_response())
}
