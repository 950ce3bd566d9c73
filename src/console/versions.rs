//! Two versions of a report: what is resolved, what is new, what came back.

use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::error::Problem;
use super::glance::Glance;
use super::opened::Opened;
use super::report::page::open;
use super::report::rule;
use super::report::view::category_title;
use super::report::{Reading, Tab, Wanted, entries};
use super::shell::Shell;
use super::visit::Visit;
use crate::rpc::v1;
use crate::screen::diff::{self, Change, Outcome, Said};

/// Risk findings listed per change.
const MOST: usize = 50;
/// Reports to choose from.
const CHOICES: usize = 200;

/// The two screenings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pair {
    old: String,
    new: String,
}

/// A report to choose.
struct Choice {
    id: String,
    words: String,
    is_old: bool,
    is_new: bool,
}

/// Requirements with the same change.
struct Group {
    tone: &'static str,
    words: String,
    rows: Vec<Row>,
}

/// A requirement.
struct Row {
    code: String,
    title: String,
    old: String,
    new: String,
    link: String,
}

/// A risk finding that only one version has.
struct RiskRow {
    words: String,
    quote: String,
    link: String,
}

/// The comparison.
struct Comparison {
    old: String,
    new: String,
    groups: Vec<Group>,
    risks_new: Vec<RiskRow>,
    risks_gone: Vec<RiskRow>,
    risks_kept: usize,
}

#[derive(Template)]
#[template(path = "console/compare.html")]
struct VersionsPage {
    shell: Shell,
    choices: Vec<Choice>,
    comparison: Option<Comparison>,
}

/// `GET /compare`.
pub async fn page(visit: Visit, Query(pair): Query<Pair>) -> Result<Response, Problem> {
    let glances = visit.backend.glances().await?;
    let comparison = if pair.old.is_empty() || pair.new.is_empty() {
        None
    } else {
        let (old, new) = (open(&visit, &pair.old).await?, open(&visit, &pair.new).await?);
        Some(compare(&visit, &old, &new))
    };
    let page = VersionsPage { shell: visit.shell("compare"), choices: choices(glances, &pair), comparison };
    Ok(Html(page.render()?).into_response())
}

/// The newest reports; those of the case of a chosen one come first, since versions belong to one case.
fn choices(mut glances: Vec<Arc<Glance>>, pair: &Pair) -> Vec<Choice> {
    let is = |glance: &Glance, id: &str| glance.id.to_string() == id;
    let chosen = glances.iter().find(|glance| is(glance, &pair.new) || is(glance, &pair.old));
    let case = chosen.and_then(|glance| glance.case.clone());
    glances.sort_by_key(|glance| {
        let is_chosen = is(glance, &pair.new) || is(glance, &pair.old);
        let is_same_case = case.is_some() && glance.case == case;
        (!is_chosen, !is_same_case, std::cmp::Reverse(glance.received), glance.id)
    });
    let choice = |glance: Arc<Glance>| {
        let case = glance.case.as_ref().map_or_else(String::new, |case| format!(" · {case}"));
        let time = super::report::view::local_time(&glance.received.to_string());
        Choice {
            is_old: is(&glance, &pair.old),
            is_new: is(&glance, &pair.new),
            id: glance.id.to_string(),
            words: format!("{}{case} · {time}", glance.document_name),
        }
    };
    glances.into_iter().take(CHOICES).map(choice).collect()
}

fn outcome(presence: v1::Presence) -> Outcome {
    match presence {
        v1::Presence::Missing => Outcome::Missing,
        v1::Presence::Weak => Outcome::Weak,
        v1::Presence::Present => Outcome::Present,
        _ => Outcome::Unknown,
    }
}

fn outcomes(report: &v1::ScreeningReport) -> Vec<((String, String), Outcome)> {
    let key = |found: &v1::CompletenessFinding| (found.pack.clone(), found.requirement_id.clone());
    report.completeness.iter().map(|found| (key(found), outcome(found.presence()))).collect()
}

/// Risk findings that are worth a look, with their position in the report.
fn risks(report: &v1::ScreeningReport) -> Vec<(usize, &v1::RiskFinding)> {
    let worth = |(_, risk): &(usize, &v1::RiskFinding)| risk.severity() >= v1::Severity::Medium;
    report.risks.iter().enumerate().filter(worth).collect()
}

fn said<'a>((_, risk): &(usize, &'a v1::RiskFinding)) -> Said<'a> {
    Said {
        category: &risk.category,
        term: &risk.term,
        polarity: risk.polarity,
        quote: risk.evidence.as_ref().map_or("", |evidence| evidence.quote.as_str()),
    }
}

fn change_key(change: Change) -> (&'static str, &'static str) {
    match change {
        Change::Regressed => ("regressed", "change-regressed"),
        Change::New => ("new", "change-new"),
        Change::Remains => ("remains", "change-remains"),
        Change::Improved => ("improved", "change-improved"),
        Change::Unclear => ("unclear", "change-unclear"),
        Change::Resolved => ("resolved", "change-resolved"),
        Change::Fine => ("fine", "change-fine"),
    }
}

fn compare(visit: &Visit, old: &Opened, new: &Opened) -> Comparison {
    let w = visit.words;
    let wanted = Wanted::default();
    let reading = |opened| Reading {
        opened,
        screener: &visit.backend.screener,
        w,
        verdicts: &[],
        wanted: &wanted,
        no_picture: None,
    };
    let (before, now) = (reading(old), reading(new));
    let mut groups: Vec<Group> = Vec::new();
    for entry in diff::requirements(&outcomes(&old.report), &outcomes(&new.report)) {
        let (tone, key) = change_key(entry.change);
        let words = w.say(key);
        if groups.last().is_none_or(|group| group.tone != tone) {
            groups.push(Group { tone, words, rows: Vec::new() });
        }
        let row = row(&before, &now, &entry);
        if let Some(group) = groups.last_mut() {
            group.rows.push(row);
        }
    }
    let (of_old, of_new) = (risks(&old.report), risks(&new.report));
    let changes = diff::said(
        &of_old.iter().map(said).collect::<Vec<_>>(),
        &of_new.iter().map(said).collect::<Vec<_>>(),
    );
    let rows = |reading: &Reading<'_>, list: &[(usize, &v1::RiskFinding)], at: &[usize]| {
        at.iter().take(MOST).map(|&position| risk_row(reading, list[position])).collect()
    };
    Comparison {
        old: old.record.document_name.clone(),
        new: new.record.document_name.clone(),
        groups,
        risks_new: rows(&now, &of_new, &changes.new),
        risks_gone: rows(&before, &of_old, &changes.gone),
        risks_kept: changes.kept,
    }
}

fn row(before: &Reading<'_>, now: &Reading<'_>, entry: &diff::Compared<(String, String)>) -> Row {
    let (pack, code) = &entry.key;
    let find = |reading: &Reading<'_>| {
        let mut all = reading.opened.report.completeness.iter();
        all.find(|found| found.pack == *pack && found.requirement_id == *code).cloned()
    };
    let (old, new) = (find(before), find(now));
    let words = |found: &Option<v1::CompletenessFinding>| {
        found.as_ref().map_or_else(
            || "–".to_owned(),
            |found| now.w.say(&format!("presence-{}", entries::presence(found.presence()))),
        )
    };
    let reading = if new.is_some() { now } else { before };
    Row {
        code: code.clone(),
        title: new.as_ref().or(old.as_ref()).map_or_else(String::new, |found| rule::title(now, found)),
        old: words(&old),
        new: words(&new),
        link: reading.finding_link(Tab::Completeness, code),
    }
}

fn risk_row(reading: &Reading<'_>, (position, risk): (usize, &v1::RiskFinding)) -> RiskRow {
    let tab = if entries::is_claim(risk) { Tab::Claims } else { Tab::Risks };
    RiskRow {
        words: format!("{} {} – {}", risk.category, category_title(reading, risk), risk.term),
        quote: risk.evidence.as_ref().map_or_else(String::new, |evidence| evidence.quote.clone()),
        link: reading.finding_link(tab, &format!("risk:{}", position + 1)),
    }
}
