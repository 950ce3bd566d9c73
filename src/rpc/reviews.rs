//! `ReviewService`.

use tonic::{Request, Response, Status};

use super::convert::{
    FieldViolation, LONGEST_PROSE, LONGEST_TEXT, at_most, parse_screening_name, verdict_message,
};
use super::reports::{Stored, WithoutRoom};
use super::state::State;
use super::worker::in_worker;
use super::{idempotency, page_token, status, v1};
use crate::domain::ids::{ScreeningId, VerdictId};
use crate::domain::verdict::{Disposition, Verdict};
use crate::index::work::Seen;

/// Outcomes a verdict may change a finding to.
const OUTCOMES: [&str; 5] = ["present", "weak", "missing", "not_applicable", "not_examined"];
/// Stands for a finding about which there is no verdict.
pub const NO_VERDICT: &str = "none";

/// The service.
pub struct ReviewApi {
    /// Shared state.
    pub state: State,
}

#[tonic::async_trait]
impl v1::review_service_server::ReviewService for ReviewApi {
    async fn record_verdict(
        &self,
        request: Request<v1::RecordVerdictRequest>,
    ) -> Result<Response<v1::Verdict>, Status> {
        let index = self.state.index()?;
        let message = request.into_inner();
        let screening = parse_screening_name("parent", &message.parent)?;
        let reports = self.state.reports();
        let found = reports.read(index.as_ref(), screening, WithoutRoom::Refuse).await?;
        let Stored { record, room } = found.ok_or_else(|| status::not_found("Screening", &message.parent))?;
        if record.report_json.is_empty() {
            return Err(status::not_finished(&message.parent));
        }
        let given = message.verdict.ok_or_else(|| FieldViolation::new("verdict", "required"))?;
        // The room belongs to the work, which goes on if the call has gone.
        let read =
            in_worker(move || (serde_json::from_str::<v1::ScreeningReport>(&record.report_json), room));
        let (report, _room) = read.await?;
        let report = report.map_err(|error| status::internal(&error))?;
        let verdict = new_verdict(&report, screening, given, &message.request_id)?;
        let seen = seen(&message.etag)?;
        if message.validate_only {
            return Ok(Response::new(verdict_message(&verdict)));
        }
        let stored = index.append_verdict(&verdict, seen).await.map_err(|error| status::of_index(&error))?;
        Ok(Response::new(verdict_message(&stored)))
    }

    async fn list_verdicts(
        &self,
        request: Request<v1::ListVerdictsRequest>,
    ) -> Result<Response<v1::ListVerdictsResponse>, Status> {
        let index = self.state.index()?;
        let message = request.into_inner();
        let screening = parse_screening_name("parent", &message.parent)?;
        let size = page_token::page_size(message.page_size, 50, 500)?;
        let arguments = format!("verdicts {}", message.parent);
        let after = page_token::decode(&arguments, &message.page_token)?;
        let page = index
            .list_verdicts(screening, size, after.as_deref())
            .await
            .map_err(|error| status::of_index(&error))?;
        let next = page.next.map_or_else(String::new, |next| page_token::encode(&arguments, &next));
        Ok(Response::new(v1::ListVerdictsResponse {
            verdicts: page.items.iter().map(verdict_message).collect(),
            next_page_token: next,
        }))
    }
}

/// Reads what the reviewer has seen.
fn seen(etag: &str) -> Result<Seen, FieldViolation> {
    match etag {
        "" => Ok(Seen::Whatever),
        NO_VERDICT => Ok(Seen::None),
        etag => VerdictId::parse(etag).map(Seen::Verdict).map_err(|_| {
            FieldViolation::new("etag", format!("neither the etag of a verdict nor `{NO_VERDICT}`"))
        }),
    }
}

/// Makes a verdict about a finding of a report, or says which field is wrong.
pub(crate) fn new_verdict(
    report: &v1::ScreeningReport,
    screening: ScreeningId,
    given: v1::Verdict,
    request_id: &str,
) -> Result<Verdict, FieldViolation> {
    // Refusals quote it.
    at_most("verdict.finding", &given.finding, LONGEST_TEXT)?;
    check_finding(report, &given.finding)?;
    verdict(screening, given, request_id)
}

/// A verdict names a finding that the screening has.
fn check_finding(report: &v1::ScreeningReport, finding: &str) -> Result<(), FieldViolation> {
    let nth =
        |text: &str, count: usize| text.parse::<usize>().is_ok_and(|number| (1..=count).contains(&number));
    let known = match finding.split_once(':') {
        Some(("risk", number)) => nth(number, report.risks.len()),
        Some(("reuse", number)) => nth(number, report.reuse.len()),
        Some(("contradiction", number)) => nth(number, report.inconsistencies.len()),
        Some(("precedent", case)) => report.precedents.iter().any(|p| p.case_id == case),
        _ => report.completeness.iter().any(|f| f.requirement_id == finding),
    };
    if known {
        return Ok(());
    }
    let what = format!(
        "{finding:?} is no finding of this screening; use a requirement id, risk:N, reuse:N, \
         contradiction:N or precedent:CASE"
    );
    Err(FieldViolation::new("verdict.finding", what))
}

fn verdict(screening: ScreeningId, given: v1::Verdict, request_id: &str) -> Result<Verdict, FieldViolation> {
    let disposition = match given.disposition() {
        v1::Disposition::Accepted => Disposition::Accepted,
        v1::Disposition::Rejected => Disposition::Rejected,
        v1::Disposition::Changed => Disposition::Changed,
        v1::Disposition::Unspecified => {
            return Err(FieldViolation::new("verdict.disposition", "required"));
        }
    };
    let reviewer = given.reviewer.trim().to_owned();
    if reviewer.is_empty() || reviewer.chars().count() > LONGEST_PROSE {
        return Err(FieldViolation::new("verdict.reviewer", "say who decided"));
    }
    let reason = given.reason.trim().to_owned();
    if disposition != Disposition::Accepted && reason.is_empty() {
        return Err(FieldViolation::new("verdict.reason", "required unless the finding is accepted"));
    }
    at_most("verdict.reason", &reason, LONGEST_PROSE)?;
    let changes = disposition == Disposition::Changed;
    if changes != OUTCOMES.contains(&given.replacement.as_str()) {
        let what = format!("one of {} when changed, empty otherwise", OUTCOMES.join(", "));
        return Err(FieldViolation::new("verdict.replacement", what));
    }
    let create_time = jiff::Timestamp::now().to_string();
    let id = if request_id.is_empty() {
        VerdictId::of_content(&[&screening.to_string(), &given.finding, &reviewer, &create_time])
    } else {
        uuid::Uuid::parse_str(request_id).map_err(|_| FieldViolation::new("request_id", "must be a UUID"))?;
        VerdictId::of_content(&[&screening.to_string(), &idempotency::caller(), request_id])
    };
    Ok(Verdict {
        id,
        screening,
        finding: given.finding,
        disposition,
        replacement: given.replacement,
        reason,
        reviewer,
        create_time,
    })
}
