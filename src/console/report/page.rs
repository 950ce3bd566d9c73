//! `GET /screenings/{id}`: the report. A script may ask for one side alone; both sides hold only what they show.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{Html, IntoResponse, Response};

use super::entries::{self, Entry, Item, is_claim};
use super::facts::{self, FactsView};
use super::precedents::{self, PrecedentView};
use super::view::{self, FindingView};
use super::{Reading, Tab, Wanted, document};
use crate::console::backend::BackendError;
use crate::console::error::Problem;
use crate::console::glance;
use crate::console::language::Words;
use crate::console::opened::Opened;
use crate::console::paging::Paging;
use crate::console::queue;
use crate::console::reasons::{self, Names, Sentence};
use crate::console::shell::Shell;
use crate::console::visit::Visit;
use crate::domain::ids::ScreeningId;
use crate::rpc::v1;

/// Findings on a page.
const SIZE: usize = 25;
/// Figures on a page.
const FACTS: usize = 40;

/// A tab with its number of findings.
struct TabLink {
    name: &'static str,
    words: String,
    count: usize,
    link: String,
    is_open: bool,
}

/// Findings under a common title.
struct Group {
    title: String,
    findings: Vec<FindingView>,
}

/// What was not examined.
struct UnreadRow {
    reason: String,
    detail: Sentence,
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
struct FindingsPane {
    w: Words,
    base: String,
    csrf: String,
    tabs: Vec<TabLink>,
    tab: &'static str,
    filters: Vec<Filter>,
    groups: Vec<Group>,
    precedents: Vec<PrecedentView>,
    facts: Option<FactsView>,
    unread: Vec<UnreadRow>,
    paging: Paging,
    previous: Option<String>,
    next: Option<String>,
}

/// A line of the triage.
struct TriageCard {
    label: String,
    tone: &'static str,
    words: String,
    reasons: Vec<Sentence>,
}

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
        let pane = findings(visit, reading, tab, &entries);
        return Ok(Html(pane.render()?).into_response());
    }
    let at = document::unit(reading, current);
    let range = reading.opened.units.get(at).map(|unit| unit.range);
    let marks = range.map_or_else(Vec::new, |range| document::marks(reading, &entries, range));
    let document = document::pane(reading, tab, at, &marks).render()?;
    if visit.wants("document") {
        return Ok(Html(document).into_response());
    }
    let findings = findings(visit, reading, tab, &entries).render()?;
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
        triage: triage(visit, reading),
        decided,
        to_decide,
        document,
        findings,
    }
}

/// Gaps with a verdict, and all gaps.
fn decided(reading: &Reading<'_>) -> (usize, usize) {
    let is_gap = |found: &&v1::CompletenessFinding| {
        matches!(found.presence(), v1::Presence::Missing | v1::Presence::Weak)
    };
    let gaps = reading.opened.report.completeness.iter().filter(is_gap);
    let is_decided =
        |found: &&v1::CompletenessFinding| reading.verdicts_of(&found.requirement_id).next().is_some();
    (gaps.clone().filter(is_decided).count(), gaps.count())
}

fn triage(visit: &Visit, reading: &Reading<'_>) -> Vec<TriageCard> {
    let w = reading.w;
    let Some(triage) = &reading.opened.report.triage else { return Vec::new() };
    let own = Sentence::own;
    let title = |code: &str| visit.category(code);
    let names = Names { category: Some(&title), ..Names::default() };
    let said = |reasons: &[String], explanations: &[v1::Explanation]| {
        reasons::said(w, reasons, explanations, &names)
    };
    let mut cards = Vec::new();
    if let Some(gate) = &triage.gate {
        use v1::gate::Outcome;
        let tone = match gate.outcome() {
            Outcome::Complete => "complete",
            Outcome::Incomplete => "incomplete",
            Outcome::Undetermined | Outcome::Unspecified => "undetermined",
        };
        let counts = [
            ("gaps-missing", gate.missing.len()),
            ("gaps-weak", gate.weak.len()),
            ("gaps-not-examined", gate.not_examined.len()),
        ];
        let count = |(key, n)| own(w.count(key, n));
        let reasons = counts.into_iter().filter(|(_, n)| *n > 0).map(count).collect();
        let words = w.say(&format!("gate-{tone}"));
        cards.push(TriageCard { label: w.say("gate"), tone, words, reasons });
    }
    if let Some(priority) = &triage.priority {
        use v1::priority::Level;
        let tone = match priority.level() {
            Level::High => "high",
            Level::Elevated => "elevated",
            Level::Normal | Level::Unspecified => "normal",
        };
        let words = w.say(&format!("priority-{tone}"));
        let reasons = said(&priority.reasons, &priority.explanations);
        cards.push(TriageCard { label: w.say("priority"), tone, words, reasons });
    }
    if let Some(advice) = &triage.depth_advice {
        use v1::depth_advice::Depth;
        let tone = match advice.depth() {
            Depth::Fast => "fast",
            Depth::Ordinary | Depth::Unspecified => "ordinary",
            Depth::InDepth => "in-depth",
        };
        let words = w.say(&format!("depth-{tone}"));
        let reasons = said(&advice.reasons, &advice.explanations);
        cards.push(TriageCard { label: w.say("depth"), tone, words, reasons });
    }
    let settings = &visit.console.shared.settings.console;
    let (receipt, today) = (glance::receipt(&reading.opened.record), jiff::Zoned::now().date());
    let due = queue::due(receipt, today, settings.working_days, &settings.holidays);
    let counted = w.about("deadline-from", &receipt.to_string());
    cards.push(TriageCard {
        label: w.say("deadline"),
        tone: due.state,
        words: due.day.to_string(),
        reasons: vec![own(queue::days_left(w, &due)), own(counted)],
    });
    cards
}

fn findings(visit: &Visit, reading: &Reading<'_>, tab: Tab, shown: &[Entry<'_>]) -> FindingsPane {
    let w = reading.w;
    let wanted = reading.wanted;
    let size = if tab == Tab::Facts { FACTS } else { SIZE };
    let position = shown.iter().position(|entry| entry.id() == wanted.finding);
    let paging = match position {
        Some(position) if wanted.page == 0 => Paging::at(shown.len(), size, position),
        _ => Paging::of(shown.len(), size, wanted.page),
    };
    let here = &shown[paging.range()];
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
        groups: groups(reading, tab, here),
        precedents: here
            .iter()
            .filter_map(|entry| match entry.item {
                Item::Precedent(precedent) => Some(precedents::view(reading, precedent)),
                _ => None,
            })
            .collect(),
        facts: (tab == Tab::Facts).then(|| facts::view(reading, shown, here)),
        unread: if tab == Tab::Unread { unread(reading) } else { Vec::new() },
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
    let link = |tab: Tab| TabLink {
        name: tab.as_str(),
        words: reading.w.say(&format!("tab-{}", tab.as_str())),
        count: count(tab),
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

/// Key of the words for a reason why something was not examined.
pub fn unread_key(reason: v1::not_examined::Reason) -> &'static str {
    use v1::not_examined::Reason;
    match reason {
        Reason::NoTextLayer => "unread-no-text-layer",
        Reason::RotatedScan => "unread-rotated-scan",
        Reason::UnreadableText => "unread-unreadable-text",
        Reason::Encrypted => "unread-encrypted",
        Reason::ParserFailed | Reason::Unspecified => "unread-parser-failed",
        Reason::LimitReached => "unread-limit-reached",
        Reason::LanguageUnknown => "unread-language-unknown",
        Reason::LanguageNotCovered => "unread-language-not-covered",
        Reason::NoArchive => "unread-no-archive",
        Reason::StageFailed => "unread-stage-failed",
    }
}

/// What was not examined: pages with the same reason are one row.
fn unread(reading: &Reading<'_>) -> Vec<UnreadRow> {
    let w = reading.w;
    let mut pages: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    let mut rows = Vec::new();
    for part in &reading.opened.report.not_examined {
        if part.page > 0 {
            pages.entry(part.reason).or_default().push(part.page);
        } else {
            rows.push(UnreadRow { reason: w.say(unread_key(part.reason())), detail: detail(w, part) });
        }
    }
    let by_page = pages.into_iter().map(|(reason, pages)| {
        let reason = v1::not_examined::Reason::try_from(reason).unwrap_or_default();
        let ranges = crate::render::words::page_ranges(&pages);
        UnreadRow {
            reason: w.say(unread_key(reason)),
            detail: Sentence::own(w.about("place-pages", &ranges)),
        }
    });
    by_page.chain(rows).collect()
}

/// What was not examined and what to do about it.
fn detail(w: Words, part: &v1::NotExamined) -> Sentence {
    reasons::say(w, &part.detail, part.explanation.as_slice(), "", &Names::default())
}

/// The finding of a verdict, shown again after it was recorded.
pub fn one_finding(
    visit: &Visit,
    opened: &Opened,
    verdicts: &[crate::domain::verdict::Verdict],
    wanted: &Wanted,
) -> Result<Option<String>, Problem> {
    let reading = Reading {
        opened,
        screener: &visit.backend.screener,
        w: visit.words,
        verdicts,
        wanted,
        no_picture: None,
    };
    let tab = Tab::parse(&wanted.tab);
    let Some(entry) = entries::all(&opened.report, tab).into_iter().find(|e| e.id() == wanted.finding) else {
        return Ok(None);
    };
    let base = reading.base();
    let csrf = visit.session.csrf.clone();
    let (decided, to_decide) = decided(&reading);
    let count = DecidedCount { w: visit.words, decided, to_decide }.render()?;
    let html = match entry.item {
        Item::Precedent(precedent) => {
            let precedent = precedents::view(&reading, precedent);
            OnePrecedent { w: visit.words, base, csrf, precedent }.render()?
        }
        _ => {
            let finding = view::finding(&reading, tab, &entry);
            OneFinding { w: visit.words, base, csrf, finding }.render()?
        }
    };
    Ok(Some(html + &count))
}

/// The count in the head of the report, replaced beside the finding.
#[derive(Template)]
#[template(
    source = r#"<span class="soft" id="decided" hx-swap-oob="true">{{ w.part("gaps-decided", decided, to_decide) }}</span>"#,
    ext = "html"
)]
struct DecidedCount {
    w: Words,
    decided: usize,
    to_decide: usize,
}

#[derive(Template)]
#[template(path = "console/finding.html")]
struct OneFinding {
    w: Words,
    base: String,
    csrf: String,
    finding: FindingView,
}

#[derive(Template)]
#[template(path = "console/precedent.html")]
struct OnePrecedent {
    w: Words,
    base: String,
    csrf: String,
    precedent: PrecedentView,
}
