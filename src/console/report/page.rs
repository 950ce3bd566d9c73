//! `GET /screenings/{id}`: the report. A script may ask for one side alone; both sides hold only what they show.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{Html, IntoResponse, Response};

use super::triage::{self, TriageCard};
use super::{Reading, Tab, Wanted, document, entries, findings};
use crate::console::backend::BackendError;
use crate::console::error::Problem;
use crate::console::opened::Opened;
use crate::console::shell::Shell;
use crate::console::visit::Visit;
use crate::domain::ids::ScreeningId;
use crate::rpc::v1;

#[derive(Template)]
#[template(path = "console/report.html")]
struct ReportPage {
    shell: Shell,
    base: String,
    id: String,
    name: String,
    case: String,
    about: Vec<String>,
    triage: Vec<TriageCard>,
    decided: usize,
    to_decide: usize,
    document: String,
    findings: String,
}

/// Opens the screening of an address.
pub async fn open(visit: &Visit, id: &str) -> Result<std::sync::Arc<Opened>, Problem> {
    let id = ScreeningId::parse(id).map_err(|error| Problem::not_found(error.to_string()))?;
    let opened = visit.backend.open(id).await?;
    opened.ok_or_else(|| Problem::not_found(id.to_string()))
}

/// The page, or one side of it.
pub async fn page(
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let opened = open(&visit, &id).await?;
    let verdicts = visit.backend.verdicts(opened.record.id).await?;
    // The page says why there is no picture, so the picture is drawn first; it is kept for the request that follows.
    let no_picture = match document::sheet(&opened, &wanted) {
        Some(sheet) => visit.backend.picture(opened.record.document, sheet).await?.and_then(Result::err),
        None => None,
    };
    let worker = crate::console::backend::in_worker(move || {
        let reading = Reading {
            opened: &opened,
            screener: &visit.backend.screener,
            w: visit.words,
            verdicts: &verdicts,
            wanted: &wanted,
            no_picture,
        };
        render(&visit, &reading)
    });
    worker.await.map_err(|error: BackendError| Problem::internal(&error))?
}

fn render(visit: &Visit, reading: &Reading<'_>) -> Result<Response, Problem> {
    let tab = Tab::parse(&reading.wanted.tab);
    let entries = entries::shown(reading, tab);
    let current = entries.iter().find(|entry| entry.id() == reading.wanted.finding);
    if visit.wants("findings") {
        let pane = findings::pane(visit, reading, tab, &entries);
        return Ok(Html(pane.render()?).into_response());
    }
    let at = document::unit(reading, current);
    let range = reading.opened.units.get(at).map(|unit| unit.range);
    let marks = range.map_or_else(Vec::new, |range| document::marks(reading, &entries, range));
    let document = document::pane(reading, tab, at, &marks).render()?;
    if visit.wants("document") {
        return Ok(Html(document).into_response());
    }
    let findings = findings::pane(visit, reading, tab, &entries).render()?;
    let page = report_page(visit, reading, document, findings);
    Ok(Html(page.render()?).into_response())
}

fn report_page(visit: &Visit, reading: &Reading<'_>, document: String, findings: String) -> ReportPage {
    let (w, opened) = (reading.w, reading.opened);
    let summary = opened.report.document.as_ref();
    let mut about = Vec::new();
    if opened.pages() > 0 {
        about.push(w.count("about-pages", opened.pages()));
    }
    let languages = summary.map_or_else(Vec::new, |document| document.languages.clone());
    if !languages.is_empty() {
        about.push(languages.join(", "));
    }
    about.push(opened.record.packs.join(", "));
    let (decided, to_decide) = decided(reading);
    ReportPage {
        shell: visit.shell("queue"),
        base: reading.base(),
        id: opened.record.id.to_string(),
        name: opened.record.document_name.clone(),
        case: opened.record.case.as_ref().map_or_else(String::new, ToString::to_string),
        about,
        triage: triage::cards(visit, reading),
        decided,
        to_decide,
        document,
        findings,
    }
}

/// Gaps with a verdict, and all gaps.
pub fn decided(reading: &Reading<'_>) -> (usize, usize) {
    let is_gap = |found: &&v1::CompletenessFinding| {
        matches!(found.presence(), v1::Presence::Missing | v1::Presence::Weak)
    };
    let gaps = reading.opened.report.completeness.iter().filter(is_gap);
    let is_decided =
        |found: &&v1::CompletenessFinding| reading.verdicts_of(&found.requirement_id).next().is_some();
    (gaps.clone().filter(is_decided).count(), gaps.count())
}
