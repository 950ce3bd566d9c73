//! `ReviewService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{
    FieldViolation, LONGEST_PROSE, LONGEST_TEXT, at_most, parse_screening_name, quoted, verdict_message,
};
use super::idempotency::{self, Claims, fingerprint};
use super::reports::{Stored, WithoutRoom};
use super::state::State;
use super::worker::{in_worker, to_its_end};
use super::{page_token, status, v1};
use crate::domain::ids::{ScreeningId, VerdictId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::{Disposition, Verdict};
use crate::index::CaseIndex;
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
        let request_id = idempotency::parse("request_id", &message.request_id)?;
        let seen = seen(&message.etag)?;
        let given = message.verdict.ok_or_else(|| FieldViolation::new("verdict", "required"))?;
        let mut verdict = verdict(screening, given)?;
        if let Some(request_id) = request_id {
            verdict.id = id_of_request(index.tenant(), screening, request_id);
            if !message.validate_only {
                // What it got before it gets again, also if the screening was deleted since.
                let there = index.appended_verdict(&verdict).await;
                if let Some(there) = there.map_err(|error| status::of_index(&error))? {
                    return Ok(Response::new(verdict_message(&there)));
                }
            }
        }
        self.require_finding(index.as_ref(), &message.parent, &verdict).await?;
        let checked = verdict_message(&verdict);
        if message.validate_only {
            return Ok(Response::new(checked));
        }
        // A call that ended between the claim and the verdict is carried out by its repetition.
        let claims = Claims::of(Arc::clone(&index));
        let print = fingerprint_of_verdict(&verdict);
        let claim = claims.claim_as("RecordVerdict", "request_id", request_id, print, checked.name).await?;
        if let Some(name) = claim.answer() {
            // Recorded by the same call beside this one; or deleted since, and then it does not come back.
            let there = index.appended_verdict(&verdict).await.map_err(|error| status::of_index(&error))?;
            let there = there.ok_or_else(|| status::not_found("Verdict", name))?;
            return Ok(Response::new(verdict_message(&there)));
        }
        // To its end: a call that stored the verdict and not that it did would be carried out twice.
        let work = async move {
            let stored = index.append_verdict(&verdict, seen).await;
            let stored = verdict_message(&stored.map_err(|error| status::of_index(&error))?);
            claim.keep(stored.name.clone()).await?;
            Ok::<_, Status>(stored)
        };
        to_its_end(work).await.map(Response::new)
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

impl ReviewApi {
    /// Refuses a verdict about a screening without a report, or about what is not in its report.
    async fn require_finding(
        &self,
        index: &dyn CaseIndex,
        parent: &str,
        verdict: &Verdict,
    ) -> Result<(), Status> {
        let found = self.state.reports().read(index, verdict.screening, WithoutRoom::Refuse).await?;
        let Stored { record, room } = found.ok_or_else(|| status::not_found("Screening", parent))?;
        if record.report_json.is_empty() {
            return Err(status::not_finished(parent));
        }
        let finding = verdict.finding.clone();
        // The room belongs to the work, which goes on if the call has gone.
        let checking = in_worker(move || {
            let report = serde_json::from_str::<v1::ScreeningReport>(&record.report_json);
            (report.map(|report| check_finding(&report, &finding)), room)
        });
        let (checked, _room) = checking.await?;
        checked.map_err(|error| status::internal(&error))??;
        Ok(())
    }
}

/// Returns the id of the verdict that a request id stands for: the same however the id is written, and another one for
/// each tenant, several of which may decide about a screening of the shared archive.
fn id_of_request(tenant: &TenantId, screening: ScreeningId, request_id: Uuid) -> VerdictId {
    let (screening, request_id) = (screening.to_string(), request_id.to_string());
    let caller = idempotency::caller();
    let mut parts = vec![screening.as_str(), caller.as_str(), request_id.as_str()];
    if !tenant.is_default() {
        parts.extend(["tenant", tenant.as_str()]);
    }
    VerdictId::of_content(&parts)
}

/// Hashes what a reviewer decided, and about what; which verdicts they have seen may change from try to try.
fn fingerprint_of_verdict(verdict: &Verdict) -> String {
    let disposition = match verdict.disposition {
        Disposition::Accepted => "accepted",
        Disposition::Rejected => "rejected",
        Disposition::Changed => "changed",
    };
    let screening = verdict.screening.to_string();
    let Verdict { finding, replacement, reason, reviewer, .. } = verdict;
    fingerprint(&[&screening, finding, disposition, replacement, reason, reviewer])
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
) -> Result<Verdict, FieldViolation> {
    check_finding(report, &given.finding)?;
    verdict(screening, given)
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
        "{} is no finding of this screening; use a requirement id, risk:N, reuse:N, contradiction:N or \
         precedent:CASE",
        quoted(finding)
    );
    Err(FieldViolation::new("verdict.finding", what))
}

/// Makes a verdict of what was given, whatever the report says.
fn verdict(screening: ScreeningId, given: v1::Verdict) -> Result<Verdict, FieldViolation> {
    at_most("verdict.finding", &given.finding, LONGEST_TEXT)?;
    let disposition = match given.disposition() {
        v1::Disposition::Accepted => Disposition::Accepted,
        v1::Disposition::Rejected => Disposition::Rejected,
        v1::Disposition::Changed => Disposition::Changed,
        v1::Disposition::Unspecified => {
            return Err(FieldViolation::new("verdict.disposition", "required"));
        }
    };
    let reviewer = given.reviewer.trim().to_owned();
    if reviewer.is_empty() {
        return Err(FieldViolation::new("verdict.reviewer", "say who decided"));
    }
    at_most("verdict.reviewer", &reviewer, LONGEST_TEXT)?;
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
    let id = VerdictId::of_content(&[&screening.to_string(), &given.finding, &reviewer, &create_time]);
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
