//! Earlier cases: by words, by facets, like a report, and by distance from a point.
//!
//! Invariant: screened reports are named and opened only for those who may read screenings; keepers of the archive see
//! its cases alone.

use askama::Template;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::error::Problem;
use super::glance::Glance;
use super::report::page::open;
use super::report::precedents::{PrecedentView, of};
use super::shell::{Shell, encode};
use super::visit::Visit;
use crate::access::Permission;
use crate::domain::case::{Case, Facets, Position};
use crate::index::store::CaseFilter;
use crate::rpc::convert::{facets_message, precedent_message};
use crate::rpc::v1;

/// Cases on a page.
const SIZE: usize = 20;
/// Reports to choose from.
const CHOICES: usize = 100;
/// Longest query in characters.
const LONGEST: usize = 2_000;
/// Mean radius of the Earth in kilometres (IUGG).
const EARTH_KM: f64 = 6371.0088;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Screening whose precedents are wanted.
    like: String,
    activity: String,
    jurisdiction: String,
    region: String,
    basin: String,
    category: String,
    from: String,
    to: String,
    lat: String,
    lon: String,
    km: String,
    /// Case after which the page begins.
    after: String,
}

/// A screened report or a case within the radius.
struct Near {
    link: String,
    name: String,
    case: String,
    distance: String,
}

/// What lies within the radius, nearest first.
struct Nearby {
    /// Screened reports.
    reports: Vec<Near>,
    /// Cases of the archive.
    cases: Vec<Near>,
}

impl Nearby {
    /// Both lists, each with the keys of its heading and of its first column.
    fn lists(&self) -> [(&'static str, &'static str, &[Near]); 2] {
        [("near-title", "column-document", &self.reports), ("near-cases", "facets", &self.cases)]
    }
}

/// A report to choose.
struct ReportChoice {
    id: String,
    name: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "console/precedents.html")]
struct PrecedentsPage {
    shell: Shell,
    asked: Asked,
    /// `None` for who may not read screenings.
    reports: Option<Vec<ReportChoice>>,
    found: Vec<PrecedentView>,
    near: Option<Nearby>,
    next: Option<String>,
    asks_words: bool,
}

/// `GET /precedents`.
pub async fn page(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if asked.q.chars().count() > LONGEST {
        return Err(Problem::invalid(format!("at most {LONGEST} characters")));
    }
    if !asked.like.is_empty() {
        visit.demand(Permission::ReadScreenings)?;
    }
    let filter = filter(&asked)?;
    let reads_screenings = visit.may(Permission::ReadScreenings);
    let glances = if reads_screenings { Some(visit.backend.glances().await?) } else { None };
    let near = match radius(&asked)? {
        Some(circle) => Some(Nearby {
            reports: near(glances.as_deref().unwrap_or_default(), circle),
            cases: near_cases(&visit.backend.all_cases(&filter).await?, circle),
        }),
        None => None,
    };
    let mut next = None;
    let messages: Vec<v1::Precedent> = if !asked.q.trim().is_empty() {
        let found = visit.backend.search(asked.q.clone(), &filter, SIZE).await?;
        found.iter().map(precedent_message).collect()
    } else if !asked.like.is_empty() {
        let opened = open(&visit, &asked.like).await?;
        opened.report.precedents.iter().filter(|found| is_wanted(found, &filter)).cloned().collect()
    } else if near.is_some() {
        Vec::new()
    } else {
        let after = (!asked.after.is_empty()).then_some(asked.after.as_str());
        let page = visit.backend.cases(&filter, SIZE, after).await?;
        next = page.next.map(|next| query(&asked, &next));
        page.items.iter().map(case_message).collect()
    };
    let page = PrecedentsPage {
        shell: visit.shell("precedents"),
        found: messages.iter().map(|message| of(visit.words, message)).collect(),
        reports: glances.map(|glances| choices(&glances, &asked.like)),
        near,
        next,
        asks_words: !asked.q.trim().is_empty() || !asked.like.is_empty(),
        asked,
    };
    Ok(Html(page.render()?).into_response())
}

/// The reports to choose from: the chosen one, then by name.
fn choices(glances: &[std::sync::Arc<Glance>], like: &str) -> Vec<ReportChoice> {
    let choice = |glance: &std::sync::Arc<Glance>| ReportChoice {
        id: glance.id.to_string(),
        name: glance.document_name.clone(),
        is_on: glance.id.to_string() == like,
    };
    let mut reports: Vec<ReportChoice> = glances.iter().map(choice).collect();
    reports.sort_by(|a, b| (b.is_on, &a.name, &a.id).cmp(&(a.is_on, &b.name, &b.id)));
    reports.truncate(CHOICES);
    reports
}

/// A case that is only listed: no reasons, no matches.
fn case_message(case: &Case) -> v1::Precedent {
    v1::Precedent {
        case_id: case.id.to_string(),
        title: case.title.clone(),
        facets: Some(facets_message(&case.facets)),
        decision: case.decision.clone(),
        conditions: case.conditions.clone(),
        ..Default::default()
    }
}

fn filter(asked: &Asked) -> Result<CaseFilter, Problem> {
    let year = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i32>().map(Some).map_err(|_| Problem::invalid(format!("{text} is no year"))),
    };
    let text = |text: &String| text.trim().to_owned();
    Ok(CaseFilter {
        facets: Facets {
            activity_type: text(&asked.activity),
            jurisdiction: text(&asked.jurisdiction),
            region: text(&asked.region),
            basin: text(&asked.basin),
            category: text(&asked.category),
            ..Facets::default()
        },
        year_from: year(&asked.from)?,
        year_to: year(&asked.to)?,
        ..CaseFilter::default()
    })
}

/// The filter of the archive, applied to precedents that a report already has.
fn is_wanted(found: &v1::Precedent, filter: &CaseFilter) -> bool {
    let facets = found.facets.clone().unwrap_or_default();
    let is = |asked: &str, has: &str| asked.is_empty() || asked == has;
    is(&filter.facets.activity_type, &facets.activity_type)
        && is(&filter.facets.jurisdiction, &facets.jurisdiction)
        && is(&filter.facets.region, &facets.region)
        && is(&filter.facets.basin, &facets.basin)
        && is(&filter.facets.category, &facets.category)
        && filter.year_from.is_none_or(|from| facets.year >= from)
        && filter.year_to.is_none_or(|to| facets.year != 0 && facets.year <= to)
}

/// A point and a radius.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Circle {
    latitude: f64,
    longitude: f64,
    km: f64,
}

/// The circle asked for; `None` if no point is given.
fn radius(asked: &Asked) -> Result<Option<Circle>, Problem> {
    if asked.lat.trim().is_empty() && asked.lon.trim().is_empty() {
        return Ok(None);
    }
    let number = |text: &str, most: f64, what: &str| {
        let number: Option<f64> = text.trim().replace(',', ".").parse().ok();
        number
            .filter(|number| number.is_finite() && number.abs() <= most)
            .ok_or_else(|| Problem::invalid(format!("{what}: {text}")))
    };
    let km = if asked.km.trim().is_empty() { 50.0 } else { number(&asked.km, 20_000.0, "km")? };
    Ok(Some(Circle {
        latitude: number(&asked.lat, 90.0, "latitude")?,
        longitude: number(&asked.lon, 180.0, "longitude")?,
        km: km.abs(),
    }))
}

/// Reports that state a position within the circle, nearest first.
fn near(glances: &[std::sync::Arc<Glance>], circle: Circle) -> Vec<Near> {
    let mut found: Vec<(f64, &Glance)> = glances
        .iter()
        .filter_map(|glance| {
            let to = |(latitude, longitude): &(f64, f64)| distance(circle, *latitude, *longitude);
            let nearest = glance.positions.iter().map(to).min_by(f64::total_cmp)?;
            (nearest <= circle.km).then_some((nearest, glance.as_ref()))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    let row = |(distance, glance): (f64, &Glance)| Near {
        link: format!("/screenings/{}?tab=facts", glance.id),
        name: glance.document_name.clone(),
        case: glance.case.as_ref().map_or_else(String::new, ToString::to_string),
        distance: in_words(distance),
    };
    found.into_iter().take(SIZE).map(row).collect()
}

/// Cases that state a position within the circle, nearest first.
fn near_cases(cases: &[Case], circle: Circle) -> Vec<Near> {
    let mut found: Vec<(f64, &Case)> = cases
        .iter()
        .filter_map(|case| {
            let to = |position: &Position| {
                let (latitude, longitude) = position.degrees();
                distance(circle, latitude, longitude)
            };
            let nearest = case.positions.iter().map(to).min_by(f64::total_cmp)?;
            (nearest <= circle.km).then_some((nearest, case))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    let row = |(distance, case): (f64, &Case)| Near {
        link: format!("/cases/{}", case.id),
        name: case.title.clone(),
        case: case.id.to_string(),
        distance: in_words(distance),
    };
    found.into_iter().take(SIZE).map(row).collect()
}

/// Kilometres with as many figures as mean something.
fn in_words(distance: f64) -> String {
    if distance < 10.0 { format!("{distance:.1}") } else { format!("{distance:.0}") }
}

/// Great-circle distance in kilometres (haversine formula).
fn distance(circle: Circle, latitude: f64, longitude: f64) -> f64 {
    let (from, to) = (circle.latitude.to_radians(), latitude.to_radians());
    let (north, east) = ((to - from) / 2.0, (longitude - circle.longitude).to_radians() / 2.0);
    let chord = north.sin().powi(2) + from.cos() * to.cos() * east.sin().powi(2);
    2.0 * EARTH_KM * chord.clamp(0.0, 1.0).sqrt().asin()
}

fn query(asked: &Asked, after: &str) -> String {
    let pairs = [
        ("activity", &asked.activity),
        ("jurisdiction", &asked.jurisdiction),
        ("region", &asked.region),
        ("basin", &asked.basin),
        ("category", &asked.category),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    let mut query = String::from("/precedents?");
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        query += &format!("{name}={}&", encode(value));
    }
    query + &format!("after={}", encode(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_published_ones() {
        let tashkent = Circle { latitude: 41.2995, longitude: 69.2401, km: 0.0 };
        // Tashkent to Samarkand (39.6542, 66.9597): 265 km on the great circle.
        assert!((distance(tashkent, 39.6542, 66.9597) - 265.0).abs() < 3.0);
        assert!(distance(tashkent, 41.2995, 69.2401) < 1e-9);
        // A quarter of the equator.
        let origin = Circle { latitude: 0.0, longitude: 0.0, km: 0.0 };
        assert!((distance(origin, 0.0, 90.0) - 10_007.6).abs() < 1.0);
        assert!((distance(origin, 0.0, 180.0) - 20_015.1).abs() < 1.0);
    }

    #[test]
    fn a_circle_needs_numbers_in_their_range() {
        let asked = |lat: &str, lon: &str, km: &str| Asked {
            lat: lat.to_owned(),
            lon: lon.to_owned(),
            km: km.to_owned(),
            ..Asked::default()
        };
        assert_eq!(radius(&asked("", "", "5")).unwrap(), None);
        let circle = Circle { latitude: 41.3, longitude: 69.2, km: 50.0 };
        assert_eq!(radius(&asked("41,3", "69.2", "")).unwrap(), Some(circle));
        for (lat, lon, km) in
            [("91", "0", ""), ("x", "0", ""), ("0", "", ""), ("0", "181", ""), ("0", "0", "NaN")]
        {
            assert!(radius(&asked(lat, lon, km)).is_err(), "{lat} {lon} {km}");
        }
    }
}
