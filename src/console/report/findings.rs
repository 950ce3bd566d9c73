//! The right side of the report: tabs, filters and the findings of one page.

use askama::Template;

use super::entries::{Entry, Item, is_claim};
use super::facts::{self, FactsView};
use super::precedents::{self, PrecedentView};
use super::unread::{self, UnreadRow};
use super::unseen::{self, UnseenNote};
use super::view::{self, FindingView};
use super::{Reading, Tab, Wanted};
use crate::console::language::Words;
use crate::console::paging::Paging;
use crate::console::visit::Visit;
use crate::rpc::v1;

/// Findings on a page.
const SIZE: usize = 25;
/// Figures on a page.
const FACTS: usize = 40;

/// A tab with its number of findings.
struct TabLink {
    name: &'static str,
    words: String,
    /// Number of findings; a dash where there is none and not everything was looked at.
    count: String,
    link: String,
    is_open: bool,
}

/// Findings under a common title.
struct Group {
    title: String,
    findings: Vec<FindingView>,
}

/// A filter of the tab.
struct Filter {
    words: String,
    link: String,
    is_on: bool,
}

/// The right side.
#[derive(Template)]
#[template(path = "console/report_findings.html")]
pub struct FindingsPane {
    w: Words,
    base: String,
    csrf: String,
    tabs: Vec<TabLink>,
    tab: &'static str,
    filters: Vec<Filter>,
    unseen: Option<UnseenNote>,
    empty: Option<String>,
    groups: Vec<Group>,
    precedents: Vec<PrecedentView>,
    facts: Option<FactsView>,
    unread: Vec<UnreadRow>,
    paging: Paging,
    previous: Option<String>,
    next: Option<String>,
}

/// The findings of the open tab, as many as a page holds; around the one asked for, if there is one.
pub fn pane(visit: &Visit, reading: &Reading<'_>, tab: Tab, shown: &[Entry<'_>]) -> FindingsPane {
    let w = reading.w;
    let wanted = reading.wanted;
    let size = if tab == Tab::Facts { FACTS } else { SIZE };
    let position = shown.iter().position(|entry| entry.id() == wanted.finding);
    let paging = match position {
        Some(position) if wanted.page == 0 => Paging::at(shown.len(), size, position),
        _ => Paging::of(shown.len(), size, wanted.page),
    };
    let here = &shown[paging.range()];
    let unseen = unseen::of(&reading.opened.report, tab);
    let is_empty = shown.is_empty() && tab != Tab::Unread;
    let link = |page: usize| {
        let show = if wanted.show.is_empty() { String::new() } else { format!("&show={}", show(wanted)) };
        format!("{}{show}&page={page}", reading.tab_link(tab))
    };
    FindingsPane {
        w,
        base: reading.base(),
        csrf: visit.session.csrf.clone(),
        tabs: tabs(reading, tab),
        tab: tab.as_str(),
        filters: filters(reading, tab),
        unseen: unseen.map(|what| unseen::note(reading, what)),
        empty: if is_empty { unseen::empty(reading, unseen) } else { None },
        groups: groups(reading, tab, here),
        precedents: here
            .iter()
            .filter_map(|entry| match entry.item {
                Item::Precedent(precedent) => Some(precedents::view(reading, precedent)),
                _ => None,
            })
            .collect(),
        facts: (tab == Tab::Facts).then(|| facts::view(reading, shown, here)),
        unread: if tab == Tab::Unread { unread::rows(reading) } else { Vec::new() },
        paging,
        previous: paging.previous().map(link),
        next: paging.next().map(link),
    }
}

/// The filter asked for, if it is one of ours.
fn show(wanted: &Wanted) -> &str {
    ["all", "gaps", "open", "high", "medium", "low"]
        .into_iter()
        .find(|known| *known == wanted.show)
        .unwrap_or("")
}

fn tabs(reading: &Reading<'_>, open: Tab) -> Vec<TabLink> {
    let report = &reading.opened.report;
    let worth = |risk: &&v1::RiskFinding| risk.severity() > v1::Severity::None;
    let count = |tab: Tab| match tab {
        Tab::Completeness => report.completeness.len(),
        Tab::Risks => report.risks.iter().filter(worth).filter(|risk| !is_claim(risk)).count(),
        Tab::Claims => {
            report.inconsistencies.len()
                + report.risks.iter().filter(worth).filter(|risk| is_claim(risk)).count()
        }
        Tab::Precedents => report.precedents.len(),
        Tab::Reuse => report.reuse.len(),
        Tab::Facts => report.facts.len(),
        Tab::Unread => report.not_examined.len(),
    };
    let shown = |tab: Tab| match count(tab) {
        0 if unseen::of(report, tab).is_some() => "–".to_owned(),
        n => n.to_string(),
    };
    let link = |tab: Tab| TabLink {
        name: tab.as_str(),
        words: reading.w.say(&format!("tab-{}", tab.as_str())),
        count: shown(tab),
        link: reading.tab_link(tab),
        is_open: tab == open,
    };
    Tab::ALL.into_iter().map(link).collect()
}

fn filters(reading: &Reading<'_>, tab: Tab) -> Vec<Filter> {
    let names: &[&str] = match tab {
        Tab::Completeness => &["", "gaps", "open"],
        Tab::Risks => &["", "high", "medium", "low", "open", "all"],
        Tab::Claims => &["", "open", "all"],
        _ => &[],
    };
    let filter = |name: &&str| {
        let key = match (*name, tab) {
            ("", Tab::Completeness) => "show-every",
            ("", _) => "show-relevant",
            ("gaps", _) => "show-gaps",
            ("open", _) => "show-open",
            ("all", _) => "show-all",
            ("high", _) => "severity-high",
            ("medium", _) => "severity-medium",
            _ => "severity-low",
        };
        let show = if name.is_empty() { String::new() } else { format!("&show={name}") };
        Filter {
            words: reading.w.say(key),
            link: format!("{}{show}", reading.tab_link(tab)),
            is_on: show_is(reading.wanted, name),
        }
    };
    names.iter().map(filter).collect()
}

fn show_is(wanted: &Wanted, name: &str) -> bool {
    show(wanted) == name
}

fn groups(reading: &Reading<'_>, tab: Tab, here: &[Entry<'_>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for entry in here {
        let title = match entry.item {
            Item::Requirement(found) => reading
                .screener
                .rulebook
                .set(&found.pack)
                .map_or_else(|| found.pack.clone(), |set| super::localized(&set.title, reading.w.language())),
            Item::Risk(found) => format!("{} {}", found.category, view::category_title(reading, found)),
            Item::Contradiction(_) => reading.w.say("contradictions"),
            Item::Reuse(_) => String::new(),
            Item::Precedent(_) | Item::Fact(_) => continue,
        };
        let finding = view::finding(reading, tab, entry);
        match groups.last_mut() {
            Some(group) if group.title == title => group.findings.push(finding),
            _ => groups.push(Group { title, findings: vec![finding] }),
        }
    }
    groups
}
