//! One earlier case, and two of them section by section.
//!
//! The archive keeps passages to search, not the order of sections; so sections are compared by the newest stored
//! screening of each case, joined by the canonical elements they speak of. A case without one says so.
//!
//! Invariant: screenings are listed and compared only for those who may read them.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::error::Problem;
use super::glance::Glance;
use super::opened::{Opened, sections};
use super::report::localized;
use super::shell::Shell;
use super::visit::Visit;
use crate::access::Permission;
use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::domain::requirement::ElementId;

/// Sections shown per element and case.
const MOST_SECTIONS: usize = 6;

/// A row of facets: label and value.
type Row = (String, String);

#[derive(Template)]
#[template(path = "console/case.html")]
struct CasePage {
    shell: Shell,
    case: Case,
    facets: Vec<Row>,
    /// Address, name and time; `None` for who may not read screenings.
    screenings: Option<Vec<(String, String, String)>>,
}

/// `GET /cases/{id}`.
pub async fn case(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let case = find(&visit, &id).await?;
    let reads_screenings = visit.may(Permission::ReadScreenings);
    let screenings = if reads_screenings { Some(screenings(&visit, &case.id).await?) } else { None };
    let facets = facets(&visit, &case);
    let page = CasePage { shell: visit.shell("precedents"), case, facets, screenings };
    Ok(Html(page.render()?).into_response())
}

/// Address, name and time of the screenings of a case.
async fn screenings(visit: &Visit, case: &CaseId) -> Result<Vec<(String, String, String)>, Problem> {
    let glances = visit.backend.glances().await?;
    let of_case = glances.iter().filter(|glance| glance.case.as_ref() == Some(case));
    let screening = |glance: &Arc<Glance>| {
        let received = super::report::view::local_time(&glance.received.to_string());
        (format!("/screenings/{}", glance.id), glance.document_name.clone(), received)
    };
    Ok(of_case.map(screening).collect())
}

async fn find(visit: &Visit, id: &str) -> Result<Case, Problem> {
    let id = CaseId::parse(id).map_err(|error| Problem::not_found(error.to_string()))?;
    visit.backend.case(&id).await?.ok_or_else(|| Problem::not_found(id.to_string()))
}

fn facets(visit: &Visit, case: &Case) -> Vec<Row> {
    let facets = &case.facets;
    let year = if facets.year == 0 { String::new() } else { facets.year.to_string() };
    let rows = [
        ("facet-activity", &facets.activity_type),
        ("facet-jurisdiction", &facets.jurisdiction),
        ("facet-region", &facets.region),
        ("facet-basin", &facets.basin),
        ("facet-category", &facets.category),
        ("facet-stage", &facets.stage),
        ("facet-year", &year),
        ("facet-decided", &facets.decision_date),
        ("facet-agency", &facets.agency),
        ("facet-language", &facets.language),
    ];
    let known = rows.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(key, value)| (visit.words.say(key), value.clone())).collect()
}

/// The two cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pair {
    a: String,
    b: String,
}

/// One side of a comparison.
struct Side {
    case: Case,
    /// Screening behind the sections; `None` if none is stored.
    link: Option<String>,
}

/// A section of one side.
struct SectionLine {
    title: String,
    link: String,
}

/// An element with the sections of both sides.
struct ElementRow {
    title: String,
    sides: [Vec<SectionLine>; 2],
}

/// A facet with the values of both sides.
struct FacetRow {
    label: String,
    values: [String; 2],
    differs: bool,
}

#[derive(Template)]
#[template(path = "console/case_compare.html")]
struct ComparePage {
    shell: Shell,
    sides: [Side; 2],
    facets: Vec<FacetRow>,
    elements: Vec<ElementRow>,
}

/// `GET /cases-compare?a=…&b=…`.
pub async fn compare(visit: Visit, Query(pair): Query<Pair>) -> Result<Response, Problem> {
    let cases = [find(&visit, &pair.a).await?, find(&visit, &pair.b).await?];
    let opened = newest(&visit, &cases).await?;
    let facets = compared_facets([facets(&visit, &cases[0]), facets(&visit, &cases[1])]);
    let elements = elements(&visit, [opened[0].as_deref(), opened[1].as_deref()]);
    let link = |side: &Option<Arc<Opened>>| side.as_ref().map(|o| format!("/screenings/{}", o.record.id));
    let [first, second] = cases;
    let sides = [Side { case: first, link: link(&opened[0]) }, Side { case: second, link: link(&opened[1]) }];
    let page = ComparePage { shell: visit.shell("precedents"), sides, facets, elements };
    Ok(Html(page.render()?).into_response())
}

/// The newest report of each case. Where there is one, the comparison is about screenings.
async fn newest(visit: &Visit, cases: &[Case; 2]) -> Result<[Option<Arc<Opened>>; 2], Problem> {
    let mut opened: [Option<Arc<Opened>>; 2] = [None, None];
    if !visit.may(Permission::ReadScreenings) {
        for case in cases {
            if visit.backend.has_report_of(&case.id).await? {
                visit.demand(Permission::ReadScreenings)?;
            }
        }
        return Ok(opened);
    }
    let glances = visit.backend.glances().await?;
    for (side, case) in opened.iter_mut().zip(cases) {
        let newest = glances.iter().filter(|glance| glance.case.as_ref() == Some(&case.id));
        if let Some(newest) = newest.max_by_key(|glance| (glance.received, glance.id)) {
            *side = visit.backend.open(newest.id).await?;
        }
    }
    Ok(opened)
}

fn compared_facets(sides: [Vec<Row>; 2]) -> Vec<FacetRow> {
    let mut rows: Vec<FacetRow> = Vec::new();
    for (side, facets) in sides.into_iter().enumerate() {
        for (label, value) in facets {
            let known = rows.iter().position(|row| row.label == label).unwrap_or_else(|| {
                rows.push(FacetRow { label, values: Default::default(), differs: false });
                rows.len() - 1
            });
            rows[known].values[side] = value;
        }
    }
    for row in &mut rows {
        row.differs = row.values[0] != row.values[1];
    }
    rows
}

fn elements(visit: &Visit, sides: [Option<&Opened>; 2]) -> Vec<ElementRow> {
    let mut rows: BTreeMap<String, [Vec<SectionLine>; 2]> = BTreeMap::new();
    for (side, opened) in sides.into_iter().enumerate() {
        let Some(opened) = opened else { continue };
        for section in sections(&opened.report) {
            let Some(element) = section.elements.first() else { continue };
            let lines = &mut rows.entry(element.clone()).or_default()[side];
            if lines.len() < MOST_SECTIONS {
                let start = section.extent.as_ref().and_then(|extent| usize::try_from(extent.start).ok());
                let unit = start.filter(|_| !opened.units.is_empty());
                let at = unit.map_or(1, |start| super::report::units::unit_at(&opened.units, start) + 1);
                lines.push(SectionLine {
                    title: format!("{} {}", section.number, section.title).trim().to_owned(),
                    link: format!("/screenings/{}?at={at}", opened.record.id),
                });
            }
        }
    }
    let rulebook = &visit.backend.screener.rulebook;
    rows.into_iter()
        .map(|(id, sides)| {
            let element = rulebook.element(&ElementId(id.clone()));
            let title = element.map_or(id, |element| localized(&element.title, visit.words.language()));
            ElementRow { title, sides }
        })
        .collect()
}
