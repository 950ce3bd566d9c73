//! Verdicts: recording one, and the history of a screening. Nothing is overwritten; the newest one stands.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::agreement::{Agreement, agreement};
use super::error::Problem;
use super::opened::Opened;
use super::report::entries::{self, Item};
use super::report::finding;
use super::report::page::open;
use super::report::rule;
use super::report::view::{VerdictView, verdict_view};
use super::report::{Reading, Tab, Wanted};
use super::shell::Shell;
use super::visit::Visit;
use crate::domain::ids::VerdictId;
use crate::rpc::reviews::{NO_VERDICT, new_verdict};
use crate::rpc::v1;

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    csrf: String,
    finding: String,
    /// Verdicts about the finding that the page shows; see [`shown`].
    seen: String,
    /// `accepted`, `rejected` or `changed`.
    disposition: String,
    /// New outcome, when changed.
    replacement: String,
    reason: String,
    /// Tab to come back to.
    tab: String,
    /// Filter to come back to.
    show: String,
}

/// `POST /screenings/{id}/verdicts`: appends a verdict.
pub async fn record(
    visit: Visit,
    Path(id): Path<String>,
    Form(decision): Form<Decision>,
) -> Result<Response, Problem> {
    let typed = decision.reason.clone();
    recorded(&visit, &id, decision).await.map_err(|problem| problem.with_typed(typed))
}

async fn recorded(visit: &Visit, id: &str, decision: Decision) -> Result<Response, Problem> {
    visit.check_token(&decision.csrf)?;
    let opened = open(visit, id).await?;
    let disposition = match decision.disposition.as_str() {
        "accepted" => v1::Disposition::Accepted,
        "rejected" => v1::Disposition::Rejected,
        "changed" => v1::Disposition::Changed,
        other => return Err(Problem::invalid(format!("{other:?} is no decision"))),
    };
    if disposition != v1::Disposition::Accepted && decision.reason.trim().is_empty() {
        return Err(Problem::mistake(visit.words.say("reason-missing")));
    }
    let changes = disposition == v1::Disposition::Changed;
    let given = v1::Verdict {
        finding: decision.finding.clone(),
        disposition: disposition.into(),
        replacement: if changes { decision.replacement.clone() } else { String::new() },
        reason: decision.reason.clone(),
        reviewer: visit.session.reviewer.clone(),
        ..Default::default()
    };
    let verdict = new_verdict(&opened.report, opened.record.id, given)
        .map_err(|violation| Problem::invalid(violation.what))?;
    visit.backend.append(&verdict, shown(&decision.seen)?.as_deref()).await?;
    let wanted = Wanted {
        tab: decision.tab.clone(),
        finding: decision.finding.clone(),
        show: decision.show.clone(),
        ..Wanted::default()
    };
    if visit.target.is_some() {
        let verdicts = visit.backend.verdicts(opened.record.id).await?;
        if let Some(html) = finding::again(visit, &opened, &verdicts, &wanted)? {
            return Ok(Html(html).into_response());
        }
    }
    let back = Reading {
        opened: &opened,
        screener: &visit.backend.screener,
        w: visit.words,
        verdicts: &[],
        wanted: &wanted,
        no_picture: None,
    };
    let anchor = super::report::view::anchor(&wanted.finding);
    let link = back.finding_link(Tab::parse(&wanted.tab), &wanted.finding);
    Ok(Redirect::to(&format!("{link}#{anchor}")).into_response())
}

/// Reads the verdicts that a page shows: their ids, oldest first, or `none`; nothing for a form that does not say.
fn shown(seen: &str) -> Result<Option<Vec<VerdictId>>, Problem> {
    match seen {
        "" => Ok(None),
        NO_VERDICT => Ok(Some(Vec::new())),
        ids => {
            let ids: Result<_, _> = ids.split(' ').map(VerdictId::parse).collect();
            ids.map(Some).map_err(|error| Problem::invalid(error.to_string()))
        }
    }
}

/// A line of the history.
struct HistoryRow {
    finding: String,
    title: String,
    link: String,
    verdict: VerdictView,
    stands: bool,
}

#[derive(Template)]
#[template(path = "console/verdicts.html")]
struct HistoryPage {
    shell: Shell,
    base: String,
    name: String,
    rows: Vec<HistoryRow>,
    agreement: Agreement,
}

/// `GET /screenings/{id}/verdicts`: everything that was decided, newest first.
pub async fn history(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let opened = open(&visit, &id).await?;
    let verdicts = visit.backend.verdicts(opened.record.id).await?;
    let wanted = Wanted::default();
    let reading = Reading {
        opened: &opened,
        screener: &visit.backend.screener,
        w: visit.words,
        verdicts: &verdicts,
        wanted: &wanted,
        no_picture: None,
    };
    let row = |(position, verdict): (usize, &crate::domain::verdict::Verdict)| {
        let (tab, title) = title(&reading, &opened, &verdict.finding);
        let later = verdicts[position + 1..].iter();
        HistoryRow {
            finding: verdict.finding.clone(),
            title,
            link: reading.finding_link(tab, &verdict.finding),
            verdict: verdict_view(&reading, verdict),
            stands: !later.clone().any(|other| other.finding == verdict.finding),
        }
    };
    let rows = verdicts.iter().enumerate().rev().map(row).collect();
    let page = HistoryPage {
        shell: visit.shell("queue"),
        base: reading.base(),
        name: opened.record.document_name.clone(),
        rows,
        agreement: agreement(&verdicts),
    };
    Ok(Html(page.render()?).into_response())
}

/// Tab and title of a finding.
fn title(reading: &Reading<'_>, opened: &Opened, finding: &str) -> (Tab, String) {
    for tab in [Tab::Completeness, Tab::Risks, Tab::Claims, Tab::Precedents, Tab::Reuse] {
        let entries = entries::all(&opened.report, tab);
        let Some(entry) = entries.iter().find(|entry| entry.id() == finding) else { continue };
        let title = match entry.item {
            Item::Requirement(found) => rule::title(reading, found),
            Item::Risk(found) => format!("{} {}", found.category, found.term),
            Item::Contradiction(found) => found.subject.clone(),
            Item::Reuse(found) => found.case_title.clone(),
            Item::Precedent(found) => found.title.clone(),
            Item::Fact(_) => String::new(),
        };
        return (tab, title);
    }
    (Tab::Completeness, String::new())
}
