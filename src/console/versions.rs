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
use super::report::{Reading, Tab, Wanted, entries, unread};
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

/// Risk findings with the same change: how many there are, and the first of them.
struct RiskGroup {
    words: String,
    total: usize,
    rows: Vec<RiskRow>,
    /// How many are not listed.
    more: usize,
}

/// A risk finding.
struct RiskRow {
    words: String,
    quote: String,
    link: String,
}

/// A version of which parts were not examined: what is said not to be there may be there unread.
struct UnreadVersion {
    words: String,
    link: String,
}

/// The comparison.
struct Comparison {
    old: String,
    new: String,
    groups: Vec<Group>,
    unread: Vec<UnreadVersion>,
    risks: Vec<RiskGroup>,
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
        v1::Presence::NotApplicable => Outcome::NotApplicable,
        v1::Presence::NotExamined | v1::Presence::Unspecified => Outcome::NotExamined,
    }
}

fn outcomes(report: &v1::ScreeningReport) -> Vec<((String, String), Outcome)> {
    let key = |found: &v1::CompletenessFinding| (found.pack.clone(), found.requirement_id.clone());
    report.completeness.iter().map(|found| (key(found), outcome(found.presence()))).collect()
}

/// True for a risk finding that is worth a look.
fn is_worth(risk: &v1::RiskFinding) -> bool {
    risk.severity() >= v1::Severity::Medium
}

fn said(risk: &v1::RiskFinding) -> Said<'_> {
    Said {
        category: &risk.category,
        term: &risk.term,
        polarity: risk.polarity,
        severity: risk.severity,
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
        Change::Unexamined => ("unexamined", "change-unexamined"),
        Change::Lapsed => ("lapsed", "change-lapsed"),
        Change::Resolved => ("resolved", "change-resolved"),
        Change::Cleared => ("cleared", "change-cleared"),
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
    let (risks, risks_kept) = risks(&before, &now);
    Comparison {
        old: old.record.document_name.clone(),
        new: new.record.document_name.clone(),
        groups,
        unread: unread_versions(&before, &now),
        risks,
        risks_kept,
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

/// Versions of which parts were not examined, the later one first: it decides what seems to be gone.
fn unread_versions(before: &Reading<'_>, now: &Reading<'_>) -> Vec<UnreadVersion> {
    let mut versions = Vec::new();
    for (key, reading) in [("compare-unread-new", now), ("compare-unread-old", before)] {
        let parts = unread::hiding_risks(&reading.opened.report).count();
        if parts > 0 {
            versions
                .push(UnreadVersion { words: now.w.count(key, parts), link: reading.tab_link(Tab::Unread) });
        }
    }
    versions
}

/// What became of the risk findings that are worth a look, and how many are so in both versions. All severities are
/// compared, and only then is sorted out what is worth a look: what has become less severe is not gone.
fn risks(before: &Reading<'_>, now: &Reading<'_>) -> (Vec<RiskGroup>, usize) {
    let w = now.w;
    let (old, new) = (&before.opened.report.risks, &now.opened.report.risks);
    let mut changes =
        diff::said(&old.iter().map(said).collect::<Vec<_>>(), &new.iter().map(said).collect::<Vec<_>>());
    changes.new.retain(|&position| is_worth(&new[position]));
    changes.gone.retain(|&position| is_worth(&old[position]));
    let mut groups = vec![
        risk_group(w.say("change-new"), &changes.new, |&position| risk_row(now, position)),
        risk_group(w.say("change-gone"), &changes.gone, |&position| risk_row(before, position)),
    ];
    let (mut raised, mut lowered, mut kept) = (Vec::new(), Vec::new(), 0);
    for pair in changes.kept {
        let (was, is) = (&old[pair.0], &new[pair.1]);
        kept += usize::from(is_worth(was) && is_worth(is));
        if is_worth(is) && is.severity > was.severity {
            raised.push(pair);
        } else if is_worth(was) && is.severity < was.severity {
            lowered.push(pair);
        }
    }
    for (words, pairs) in [(w.say("risks-raised"), raised), (w.say("risks-lowered"), lowered)] {
        if !pairs.is_empty() {
            groups.push(risk_group(words, &pairs, |&pair| severity_row(before, now, pair)));
        }
    }
    (groups, kept)
}

fn risk_group<T>(words: String, found: &[T], row: impl Fn(&T) -> RiskRow) -> RiskGroup {
    let rows: Vec<RiskRow> = found.iter().take(MOST).map(row).collect();
    RiskGroup { words, total: found.len(), more: found.len() - rows.len(), rows }
}

/// The finding at a position of a report.
fn risk_row(reading: &Reading<'_>, position: usize) -> RiskRow {
    let risk = &reading.opened.report.risks[position];
    let tab = if entries::is_claim(risk) { Tab::Claims } else { Tab::Risks };
    RiskRow {
        words: format!("{} {} – {}", risk.category, category_title(reading, risk), risk.term),
        quote: risk.evidence.as_ref().map_or_else(String::new, |evidence| evidence.quote.clone()),
        link: reading.finding_link(tab, &format!("risk:{}", position + 1)),
    }
}

/// A finding of the new version with its severity in both.
fn severity_row(before: &Reading<'_>, now: &Reading<'_>, (old, new): (usize, usize)) -> RiskRow {
    let severity = |reading: &Reading<'_>, position: usize| {
        now.w.say(&format!("severity-{}", entries::severity(&reading.opened.report.risks[position])))
    };
    let row = risk_row(now, new);
    let words = format!("{}: {} → {}", row.words, severity(before, old), severity(now, new));
    RiskRow { words, ..row }
}
