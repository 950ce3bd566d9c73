//! New submissions: a file and what it is to be screened for, by a plain form or dropped onto the page.

use askama::Template;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Query};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use super::backend::Screenings;
use super::error::Problem;
use super::language::Words;
use super::reasons::Sentence;
use super::shell::Shell;
use super::visit::Visit;
use crate::domain::case::Facets;
use crate::domain::ids::CaseId;
use crate::domain::language::Language;
use crate::index::store::{CaseFilter, IndexError, ScreeningRecord};
use crate::index::work::{Failure, Lane, ScreeningState, Step};
use crate::screen::run::ScreeningRequest;
use crate::submission::{Spool, SpoolError, Spooled, Submission, SubmitError};

/// Precedents shown in a report.
const PRECEDENTS: usize = 5;
/// Longest text field of the form in bytes.
const LONGEST_FIELD: usize = 2_000;
/// Submissions listed.
const MOST_OPEN: usize = 50;
/// Most fields of the form.
const MOST_FIELDS: usize = 64;

/// Choices of the form.
pub struct UploadForm {
    /// Name and title of the rule packs.
    pub packs: Vec<(String, String)>,
    /// Key and question of the facts on which obligations depend.
    pub facts: Vec<(String, String)>,
    /// Day of submission proposed.
    pub today: String,
    /// Largest PDF or Word file in MiB.
    pub binary_mib: u64,
    /// Largest file of other kinds in MiB.
    pub text_mib: u64,
}

/// Submissions that are not screenings yet.
pub struct OpenSubmissions {
    /// One row each.
    pub rows: Vec<OpenRow>,
    /// True if one of them is still at work.
    pub at_work: bool,
    /// Reports that there are beside them.
    pub reports: usize,
}

/// A submission that is no screening yet.
pub struct OpenRow {
    /// File name.
    pub name: String,
    /// `pending`, `running` or `failed`.
    pub state: &'static str,
    /// The state in words.
    pub words: String,
    /// Why it failed.
    pub what: Sentence,
    /// Units done, and in all; 0 if not known.
    pub progress: (u64, u64),
}

#[derive(Template)]
#[template(path = "console/submissions.html")]
struct SubmissionList {
    shell: Shell,
    open: OpenSubmissions,
}

/// Fills the choices of the form.
pub fn form(visit: &Visit, today: Date) -> UploadForm {
    let language = visit.words.language();
    let rulebook = &visit.backend.screener.rulebook;
    let mut packs: Vec<(String, String)> = Vec::new();
    for name in rulebook.known_names() {
        let title = rulebook.set(&name).map(|set| super::report::localized(&set.title, language));
        match title {
            Some(title) => packs.push((name, title)),
            // A jurisdiction with several sets: the day and the stage choose.
            None => {
                packs.insert(0, (name.clone(), visit.words.about("upload-by-date", &name.to_uppercase())))
            }
        }
    }
    let facts = rulebook.facts.iter();
    let facts = facts.map(|fact| (fact.key.clone(), super::report::localized(&fact.question, language)));
    let limits = visit.backend.screener.reader.limits;
    UploadForm {
        packs,
        facts: facts.collect(),
        today: today.to_string(),
        binary_mib: limits.binary_bytes >> 20,
        text_mib: limits.text_bytes >> 20,
    }
}

/// The submissions that are no screenings yet, and the screenings whose report cannot be read.
pub fn open(w: Words, screenings: &Screenings) -> OpenSubmissions {
    let open = screenings.open.iter().take(MOST_OPEN).map(|record| row(w, record));
    let unreadable = screenings.unreadable.iter().take(MOST_OPEN).map(|record| OpenRow {
        name: record.document_name.clone(),
        state: "failed",
        words: w.say("state-unreadable"),
        what: Sentence::own(w.say("unreadable-about")),
        progress: (0, 0),
    });
    let at_work = screenings.open.iter().any(|record| !record.state.is_final());
    OpenSubmissions { rows: unreadable.chain(open).collect(), at_work, reports: screenings.glances.len() }
}

fn row(w: Words, record: &ScreeningRecord) -> OpenRow {
    let work = record.work.as_ref();
    let step = work.and_then(|work| work.step.as_ref()).filter(|_| record.state == ScreeningState::Running);
    let (state, words) = match record.state {
        ScreeningState::Pending => ("pending", w.say("state-pending")),
        ScreeningState::Running => ("running", w.say(step.map_or("state-running", stage_key))),
        ScreeningState::Failed => ("failed", w.say("state-failed")),
        ScreeningState::Cancelled => ("failed", w.say("state-cancelled")),
        ScreeningState::Succeeded => ("done", w.say("state-done")),
    };
    let failure = work.and_then(|work| work.failure.as_ref());
    OpenRow {
        name: record.document_name.clone(),
        state,
        words,
        what: failure.map_or_else(|| Sentence::own(String::new()), |failure| why_failed(w, failure)),
        progress: step.map_or((0, 0), |step| (step.done, step.total)),
    }
}

/// Why there is no report: in the reader's language where the reason is one of the file's, else as the program said it.
fn why_failed(w: Words, failure: &Failure) -> Sentence {
    let key = match failure.reason.as_str() {
        "EMPTY_FILE" => "failure-empty-file",
        "UNSUPPORTED_FORMAT" => "failure-unsupported-format",
        "NOT_A_DOCUMENT" => "failure-not-a-document",
        "ENCRYPTED" => "failure-encrypted",
        "FILE_TOO_LARGE" => "failure-file-too-large",
        "EXPANDS_TOO_MUCH" => "failure-expands-too-much",
        "NO_PAGES" => "failure-no-pages",
        "TRUNCATED" => "failure-truncated",
        "MALFORMED" => "failure-malformed",
        "GAVE_UP" => "failure-gave-up",
        _ => {
            return Sentence { text: failure.message.clone(), is_english: w.language() != Language::English };
        }
    };
    Sentence::own(w.say(key))
}

/// Key of the word for a stage.
fn stage_key(step: &Step) -> &'static str {
    match step.stage.as_str() {
        "read" | "receive" => "stage-read",
        "embed" => "stage-embed",
        "completeness" => "stage-completeness",
        "risk" => "stage-risk",
        "precedents" => "stage-precedents",
        _ => "state-running",
    }
}

/// What the list knew that asks again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Known {
    /// Reports that there were.
    reports: usize,
}

/// `GET /submissions`: the list alone, for a script that asks again. When there is another number of reports, the queue
/// is told to ask for itself: what is typed or being sent elsewhere on the page stays.
pub async fn list(visit: Visit, Query(known): Query<Known>) -> Result<Response, Problem> {
    if !visit.wants("submissions") {
        return Ok(Redirect::to("/").into_response());
    }
    let open = open(visit.words, &visit.backend.screenings().await?);
    let has_changed = open.reports != known.reports;
    let list = SubmissionList { shell: visit.shell("queue"), open };
    let mut response = Html(list.render()?).into_response();
    if has_changed {
        response.headers_mut().insert("HX-Trigger", HeaderValue::from_static("queue-changed"));
    }
    Ok(response)
}

/// What the form said.
#[derive(Default)]
struct Given {
    token: String,
    pack: String,
    stage: String,
    case: String,
    category: String,
    activity: String,
    region: String,
    submitted: String,
    facts: Vec<(String, bool)>,
    file: Option<(String, Spooled)>,
}

/// `POST /submissions`: takes a file. The token comes before the file, so that nothing is read for strangers.
pub async fn receive(visit: Visit, multipart: Multipart) -> Result<Response, Problem> {
    let _counted = visit.backend.document().map_err(|exceeded| Problem::exceeded(&exceeded))?;
    let given = read(&visit, multipart).await?;
    let request = request(&given)?;
    let rulebook = &visit.backend.screener.rulebook;
    let packs: Vec<&str> = request.packs.iter().map(String::as_str).collect();
    rulebook
        .resolve(&packs, request.submitted, Some(&request.stage))
        .map_err(|error| Problem::invalid(error.to_string()))?;
    let nothing = || Problem::mistake(visit.words.say("upload-no-file"));
    let (document_name, file) = given.file.ok_or_else(nothing)?;
    let submission = Submission { document_name, request, lane: Lane::Interactive };
    visit.backend.submit(file, &submission).await.map_err(|error| match &error {
        SubmitError::Screen(_) => Problem::invalid(error.to_string()),
        SubmitError::Full { .. } => Problem::busy(error.to_string()),
        SubmitError::Index(IndexError::Unrecorded { .. }) => Problem::unrecorded(),
        SubmitError::Index(_) | SubmitError::Options { .. } => Problem::internal(&error),
    })?;
    if visit.target.is_some() {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    Ok(Redirect::to("/").into_response())
}

async fn read(visit: &Visit, mut multipart: Multipart) -> Result<Given, Problem> {
    let limit = visit.backend.screener.reader.limits.binary_bytes;
    let mut given = Given::default();
    let mut fields = 0;
    while let Some(mut field) = multipart.next_field().await.map_err(|error| refused(&error))? {
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(Problem::invalid("the form has too many fields"));
        }
        let name = field.name().unwrap_or("").to_owned();
        if name == "file" {
            visit.check_token(&given.token)?;
            let file = crate::rpc::upload::base_name(field.file_name().unwrap_or(""));
            if let Some(spooled) = spooled(&mut field, limit).await? {
                given.file = Some((file, spooled));
            }
            continue;
        }
        let bytes = bytes_of(&mut field, LONGEST_FIELD as u64).await?;
        let value = String::from_utf8(bytes).map_err(|_| Problem::invalid("the form is not UTF-8"))?;
        let value = value.trim().to_owned();
        match name.as_str() {
            "csrf" => given.token = value,
            "pack" => given.pack = value,
            "stage" => given.stage = value,
            "case" => given.case = value,
            "category" => given.category = value,
            "activity" => given.activity = value,
            "region" => given.region = value,
            "submitted" => given.submitted = value,
            _ => match (name.strip_prefix("fact-"), value.as_str()) {
                (Some(fact), "yes") => given.facts.push((fact.to_owned(), true)),
                (Some(fact), "no") => given.facts.push((fact.to_owned(), false)),
                _ => {}
            },
        }
    }
    visit.check_token(&given.token)?;
    Ok(given)
}

/// Receives the file to disk, hashed while it is written; `None` if it is empty.
async fn spooled(field: &mut Field<'_>, limit: u64) -> Result<Option<Spooled>, Problem> {
    let failed = |error: SpoolError| match error {
        SpoolError::TooLarge { .. } => Problem::too_large(error.to_string()),
        _ => Problem::internal(&error),
    };
    let mut spool = Spool::start(limit).await.map_err(failed)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
        spool.add(&chunk).await.map_err(failed)?;
    }
    if spool.is_empty() {
        return Ok(None);
    }
    spool.finish(0, "").await.map(Some).map_err(failed)
}

async fn bytes_of(field: &mut Field<'_>, limit: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(Problem::too_large(format!("limit: {limit} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refused(error: &MultipartError) -> Problem {
    Problem::invalid(error.body_text())
}

fn request(given: &Given) -> Result<ScreeningRequest, Problem> {
    let case = match given.case.as_str() {
        "" => None,
        case => Some(CaseId::parse(case).map_err(|error| Problem::invalid(error.to_string()))?),
    };
    let submitted = match given.submitted.as_str() {
        "" => jiff::Zoned::now().date(),
        day => day.parse().map_err(|_| Problem::invalid(format!("{day} is not a day (YYYY-MM-DD)")))?,
    };
    if given.pack.is_empty() {
        return Err(Problem::invalid("name a rule pack"));
    }
    Ok(ScreeningRequest {
        case,
        packs: vec![given.pack.clone()],
        submitted,
        stage: given.stage.clone(),
        facts: given.facts.iter().cloned().collect(),
        facets: Facets {
            category: given.category.clone(),
            activity_type: given.activity.clone(),
            region: given.region.clone(),
            ..Facets::default()
        },
        filter: CaseFilter::default(),
        max_precedents: PRECEDENTS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_asks_again_while_something_is_at_work_and_says_how_many_reports_it_knew() {
        let list = |at_work| {
            let shell = Shell {
                w: Words::of(Language::English),
                reviewer: String::new(),
                csrf: String::new(),
                here: "/".to_owned(),
                active: "queue",
            };
            let open = OpenSubmissions { rows: Vec::new(), at_work, reports: 3 };
            SubmissionList { shell, open }.render().unwrap()
        };
        assert!(list(true).contains("hx-get=\"/submissions?reports=3\""), "{}", list(true));
        assert!(!list(false).contains("hx-get"), "{}", list(false));
    }
}
