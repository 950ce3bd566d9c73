//! The queue: what waits for review, what it lacks, how urgent it is, and until when.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::error::Problem;
use super::glance::Glance;
use super::language::Words;
use super::paging::Paging;
use super::reasons::{self, Names, Sentence};
use super::shell::{Shell, encode};
use super::upload::{self, OpenSubmissions, UploadForm};
use super::visit::Visit;
use crate::domain::report::{GateOutcome, PriorityLevel};
use crate::domain::working_days::{deadline, working_days_between};

/// Entries on a page.
const SIZE: usize = 20;
/// Working days from which a deadline is near.
const NEAR: i32 = 2;

/// What is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Words of the file name or case.
    q: String,
    /// `complete`, `incomplete` or `undetermined`.
    gate: String,
    /// `high`, `elevated` or `normal`.
    priority: String,
    /// `overdue` or `near`.
    due: String,
    /// `deadline`, `priority`, `received` or `name`.
    sort: String,
    /// Page, from 1.
    page: usize,
}

/// A row of the queue.
struct Row {
    link: String,
    name: String,
    case: String,
    packs: String,
    pages: u32,
    received: String,
    deadline: String,
    days: String,
    due: &'static str,
    gate: &'static str,
    gate_word: String,
    gaps: Vec<String>,
    gate_reasons: Vec<Sentence>,
    priority_tone: &'static str,
    priority_word: String,
    reasons: Vec<Sentence>,
}

#[derive(Template)]
#[template(path = "console/queue.html")]
struct QueuePage {
    shell: Shell,
    form: UploadForm,
    open: OpenSubmissions,
    wanted: Wanted,
    rows: Vec<Row>,
    paging: Paging,
    links: Links,
    all: usize,
}

#[derive(Template)]
#[template(path = "console/queue_list.html")]
struct QueueList<'a> {
    shell: &'a Shell,
    wanted: &'a Wanted,
    rows: &'a [Row],
    paging: Paging,
    links: &'a Links,
    all: usize,
}

/// Queries of the neighbours.
struct Links {
    previous: Option<String>,
    next: Option<String>,
}

/// Key of the word for a gate.
pub fn gate(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Complete => "complete",
        GateOutcome::Incomplete => "incomplete",
        GateOutcome::Undetermined => "undetermined",
    }
}

/// Key of the word for a priority.
pub fn priority(level: PriorityLevel) -> &'static str {
    match level {
        PriorityLevel::High => "high",
        PriorityLevel::Elevated => "elevated",
        PriorityLevel::Normal => "normal",
    }
}

/// Class of a priority in the style sheet: a normal one is no good sign where unread parts may hold risks.
pub fn priority_tone(level: PriorityLevel, may_hide_risks: bool) -> &'static str {
    match level {
        PriorityLevel::Normal if may_hide_risks => "undetermined",
        level => priority(level),
    }
}

/// Deadline of a screening: day, working days left, and whether that is overdue, near or far.
pub struct Due {
    /// Last day.
    pub day: Date,
    /// Working days left, negative when overdue.
    pub left: i32,
    /// `overdue`, `near` or `far`.
    pub state: &'static str,
}

/// Counts the deadline of a submission received on the day `receipt`.
pub fn due(receipt: Date, today: Date, working_days: u32, holidays: &BTreeSet<Date>) -> Due {
    let day = deadline(receipt, working_days, holidays);
    let left = working_days_between(today, day, holidays);
    let state = match left {
        _ if today > day => "overdue",
        left if left <= NEAR => "near",
        _ => "far",
    };
    Due { day, left, state }
}

/// The deadline in words.
pub fn days_left(w: Words, due: &Due) -> String {
    match due.state {
        "overdue" => w.count("days-overdue", due.left.abs()),
        _ => w.count("days-left", due.left),
    }
}

/// `GET /`: the queue.
pub async fn page(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let screenings = visit.backend.screenings().await?;
    let glances = &screenings.glances;
    let today = jiff::Zoned::now().date();
    let settings = visit.console.shared.settings.console.clone();
    let count = |glance: &Glance| due(glance.receipt, today, settings.working_days, &settings.holidays);
    let mut chosen: Vec<(Arc<Glance>, Due)> = glances
        .iter()
        .map(|glance| (Arc::clone(glance), count(glance)))
        .filter(|(glance, due)| is_wanted(&wanted, glance, due))
        .collect();
    sort(&mut chosen, &wanted.sort);
    let paging = Paging::of(chosen.len(), SIZE, wanted.page);
    let rows: Vec<Row> =
        chosen[paging.range()].iter().map(|(glance, due)| row(&visit, glance, due)).collect();
    let links = Links {
        previous: paging.previous().map(|page| query(&wanted, page)),
        next: paging.next().map(|page| query(&wanted, page)),
    };
    let shell = visit.shell("queue");
    let all = glances.len();
    if visit.wants("queue") {
        let list = QueueList { shell: &shell, wanted: &wanted, rows: &rows, paging, links: &links, all };
        return Ok(Html(list.render()?).into_response());
    }
    let form = upload::form(&visit, today);
    let open = upload::open(visit.words, &screenings);
    let page = QueuePage { shell, form, open, wanted, rows, paging, links, all };
    Ok(Html(page.render()?).into_response())
}

fn is_wanted(wanted: &Wanted, glance: &Glance, due: &Due) -> bool {
    let is = |asked: &str, found: &str| asked.is_empty() || asked == found;
    let text = format!(
        "{} {}",
        glance.document_name.to_lowercase(),
        glance.case.as_ref().map_or("", |case| case.as_str()).to_lowercase()
    );
    is(&wanted.gate, gate(glance.gate))
        && is(&wanted.priority, priority(glance.priority))
        && match wanted.due.as_str() {
            "overdue" => due.state == "overdue",
            "near" => due.state != "far",
            _ => true,
        }
        && wanted.q.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Orders by what is asked; ties by id, so that pages do not overlap.
fn sort(chosen: &mut [(Arc<Glance>, Due)], by: &str) {
    match by {
        "priority" => {
            chosen.sort_by_key(|(glance, due)| (std::cmp::Reverse(glance.priority), due.day, glance.id));
        }
        "received" => chosen.sort_by_key(|(glance, _)| (std::cmp::Reverse(glance.received), glance.id)),
        "name" => chosen.sort_by_key(|(glance, _)| (glance.document_name.to_lowercase(), glance.id)),
        _ => chosen.sort_by_key(|(glance, due)| (due.day, std::cmp::Reverse(glance.priority), glance.id)),
    }
}

fn row(visit: &Visit, glance: &Glance, due: &Due) -> Row {
    let w = visit.words;
    let title = |code: &str| visit.category(code);
    let names = Names { category: Some(&title), ..Names::default() };
    let gaps = ["gaps-missing", "gaps-weak", "gaps-not-examined"]
        .into_iter()
        .zip(glance.gaps)
        .filter(|(_, count)| *count > 0)
        .map(|(key, count)| w.count(key, count))
        .collect();
    Row {
        link: format!("/screenings/{}", glance.id),
        name: glance.document_name.clone(),
        case: glance.case.as_ref().map_or_else(String::new, ToString::to_string),
        packs: glance.packs.join(", "),
        pages: glance.pages,
        received: glance.received.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        deadline: due.day.to_string(),
        days: days_left(w, due),
        due: due.state,
        gate: gate(glance.gate),
        gate_word: w.say(&format!("gate-{}", gate(glance.gate))),
        gaps,
        gate_reasons: reasons::said(w, &glance.gate_reasons, &glance.gate_explanations, &names),
        priority_tone: priority_tone(glance.priority, glance.may_hide_risks),
        priority_word: w.say(&format!("priority-{}", priority(glance.priority))),
        reasons: reasons::said(w, &glance.reasons, &glance.explanations, &names),
    }
}

/// The query of another page of the same list.
fn query(wanted: &Wanted, page: usize) -> String {
    let pairs = [
        ("q", &wanted.q),
        ("gate", &wanted.gate),
        ("priority", &wanted.priority),
        ("due", &wanted.due),
        ("sort", &wanted.sort),
    ];
    let mut query = String::from("/?");
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        query += &format!("{name}={}&", encode(value));
    }
    query + &format!("page={page}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ScreeningId;
    use jiff::civil::date;

    fn glance(name: &str, level: PriorityLevel, received: &str) -> Arc<Glance> {
        Arc::new(Glance {
            id: ScreeningId::of_content(&[name]),
            case: None,
            document_name: name.to_owned(),
            packs: Vec::new(),
            received: received.parse().unwrap(),
            receipt: received[..10].parse().unwrap(),
            pages: 0,
            gate: GateOutcome::Incomplete,
            gaps: [1, 0, 0],
            gate_reasons: Vec::new(),
            gate_explanations: Vec::new(),
            may_hide_risks: false,
            priority: level,
            reasons: Vec::new(),
            explanations: Vec::new(),
            positions: Vec::new(),
        })
    }

    fn counted(glance: Arc<Glance>, today: Date) -> (Arc<Glance>, Due) {
        let due = due(glance.receipt, today, 7, &BTreeSet::new());
        (glance, due)
    }

    #[test]
    fn the_nearest_deadline_comes_first_and_then_the_priority() {
        let today = date(2026, 10, 8);
        let mut chosen = vec![
            counted(glance("late", PriorityLevel::High, "2026-10-07T08:00:00Z"), today),
            counted(glance("calm", PriorityLevel::Normal, "2026-10-01T08:00:00Z"), today),
            counted(glance("hot", PriorityLevel::High, "2026-10-01T09:00:00Z"), today),
        ];
        sort(&mut chosen, "");
        let names = |chosen: &[(Arc<Glance>, Due)]| -> Vec<String> {
            chosen.iter().map(|(glance, _)| glance.document_name.clone()).collect()
        };
        assert_eq!(names(&chosen), ["hot", "calm", "late"]);
        sort(&mut chosen, "received");
        assert_eq!(names(&chosen), ["late", "hot", "calm"]);
    }

    #[test]
    fn overdue_and_near_deadlines_are_told_apart() {
        let state = |today| counted(glance("x", PriorityLevel::Normal, "2026-10-01T08:00:00Z"), today).1;
        // Received on Thursday 1 October: the seventh working day is Monday the 12th.
        assert_eq!(state(date(2026, 10, 2)).day, date(2026, 10, 12));
        assert_eq!(state(date(2026, 10, 2)).state, "far");
        assert_eq!((state(date(2026, 10, 9)).state, state(date(2026, 10, 9)).left), ("near", 1));
        assert_eq!(state(date(2026, 10, 12)).state, "near");
        assert_eq!((state(date(2026, 10, 13)).state, state(date(2026, 10, 13)).left), ("overdue", -1));
        // A Saturday after the deadline is late although no working day has passed.
        assert_eq!(state(date(2026, 10, 17)).state, "overdue");
    }

    #[test]
    fn a_normal_priority_is_no_good_sign_where_parts_are_unread() {
        assert_eq!(priority_tone(PriorityLevel::Normal, false), "normal");
        assert_eq!(priority_tone(PriorityLevel::Normal, true), "undetermined");
        assert_eq!(priority_tone(PriorityLevel::High, true), "high");
    }

    #[test]
    fn filters_join_and_queries_are_encoded() {
        let due = due(date(2026, 10, 1), date(2026, 10, 2), 7, &BTreeSet::new());
        let glance = glance("Quarry <b>.pdf", PriorityLevel::High, "2026-10-01T08:00:00Z");
        let wanted = |q: &str, priority: &str| Wanted {
            q: q.to_owned(),
            priority: priority.to_owned(),
            ..Wanted::default()
        };
        assert!(is_wanted(&wanted("QUARRY pdf", "high"), &glance, &due));
        assert!(!is_wanted(&wanted("quarry", "normal"), &glance, &due));
        assert!(!is_wanted(&wanted("road", ""), &glance, &due));
        assert_eq!(query(&wanted("a&b", "high"), 2), "/?q=a%26b&priority=high&page=2");
    }
}
