//! Reports in answers: how many are in memory at once, and what they take until they have been sent.
//!
//! How large a stored report is shows only when it has been read. So a few are read at a time, and each is admitted by
//! its size, or goes again, before the next one is read.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::{Response, Status};

use super::convert::{parse_screening_name, report_json, report_message, screening_message, screening_name};
use super::held::holding;
use super::idempotency::Claim;
use super::worker::{in_worker, to_its_end};
use super::{status, v1};
use crate::admission::{Admission, Cost, Overload, Permit};
use crate::domain::ids::ScreeningId;
use crate::domain::report::ScreeningReport;
use crate::index::CaseIndex;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState};
use crate::room::Stay;
use crate::screen::run::Screener;

/// Size from which a report needs room of its own, in bytes. Look-ups of ordinary ones are never refused.
const LARGE: usize = 1 << 20;
/// Stored reports read at the same time, before it is known how large they are.
const READINGS: usize = 4;

/// The stored reports, as answers get them. Clones share the turns in which they are read.
#[derive(Clone)]
pub struct Reports {
    admission: Admission,
    turns: Arc<Semaphore>,
}

/// What becomes of a large report for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutRoom {
    /// It is refused.
    Refuse,
    /// It is waited for, until the call ends.
    Wait,
}

/// A stored screening with its report.
pub struct Stored {
    /// The screening.
    pub record: ScreeningRecord,
    /// Room for its report, if that is large.
    pub room: Option<Permit>,
}

/// A screening as a message.
pub struct Answer {
    /// The screening.
    pub screening: v1::Screening,
    /// Room for its report, if that is large, until it has been sent.
    pub room: Option<Permit>,
}

impl Reports {
    /// Reads reports for which there is room within that limit.
    pub fn new(admission: Admission) -> Self {
        Self { admission, turns: Arc::new(Semaphore::new(READINGS)) }
    }

    /// Reads a screening with its report.
    pub async fn read(
        &self,
        index: &dyn CaseIndex,
        id: ScreeningId,
        without_room: WithoutRoom,
    ) -> Result<Option<Stored>, Status> {
        loop {
            let (cost, overload) = match self.try_read(index, id).await? {
                Ok(found) => return Ok(found),
                Err(short) => short,
            };
            if without_room == WithoutRoom::Refuse {
                return Err(status::overloaded(&overload));
            }
            self.admission.room_for(Lane::Interactive, cost).await;
        }
    }

    /// Reads a screening with its report, or says what the report takes and what is short.
    async fn try_read(
        &self,
        index: &dyn CaseIndex,
        id: ScreeningId,
    ) -> Result<Result<Option<Stored>, (Cost, Overload)>, Status> {
        // Until the report is admitted, or gone.
        let _turn = self.turns.acquire().await.map_err(|closed| status::internal(&closed))?;
        let found = index.get_screening(id).await.map_err(|error| status::of_index(&error))?;
        let Some(record) = found else { return Ok(Ok(None)) };
        let bytes = record.report_json.len();
        if bytes < LARGE {
            return Ok(Ok(Some(Stored { record, room: None })));
        }
        let cost = Cost::of_report(bytes as u64);
        Ok(match self.admission.admit(cost) {
            Ok(permit) => Ok(Some(Stored { record, room: Some(permit) })),
            Err(overload) => Err((cost, overload)),
        })
    }

    /// Answers with a screening that was read without its report, and with the report if there is one.
    pub async fn complete(
        &self,
        index: &dyn CaseIndex,
        described: ScreeningRecord,
        without_room: WithoutRoom,
    ) -> Result<Answer, Status> {
        if described.state != ScreeningState::Succeeded {
            return Answer::without_report(described);
        }
        let id = described.id;
        match self.read(index, id, without_room).await? {
            Some(stored) => stored.answer().await,
            // Deleted in between.
            None => Err(status::not_found("Screening", &screening_name(id))),
        }
    }

    /// Answers with the screening that a request got when it was carried out, as it is by now. One that was deleted
    /// since does not come back because a call is repeated.
    pub async fn answered(&self, index: &dyn CaseIndex, claim: &Claim) -> Result<Option<Answer>, Status> {
        let Some(name) = claim.answer() else { return Ok(None) };
        let id = parse_screening_name("request_id", name)?;
        match self.read(index, id, WithoutRoom::Refuse).await? {
            Some(stored) => stored.answer().await.map(Some),
            None => Err(status::not_found("Screening", name)),
        }
    }

    /// As [`Self::answered`], for a call that was admitted to do the work: the answer gets its room, for there may be
    /// no other.
    pub async fn answered_instead(
        &self,
        index: &dyn CaseIndex,
        claim: &Claim,
        permit: &mut Permit,
    ) -> Result<Option<Answer>, Status> {
        if claim.answer().is_none() {
            return Ok(None);
        }
        permit.lower(Cost::default());
        self.answered(index, claim).await
    }
}

impl Stored {
    async fn answer(self) -> Result<Answer, Status> {
        let Self { record, room } = self;
        // The room belongs to the work, which goes on if the call has gone.
        to_its_end(async move { Ok(Answer { screening: screening_of(record).await?, room }) }).await
    }
}

impl Answer {
    /// Answers with a screening and leaves out its report.
    pub fn without_report(mut record: ScreeningRecord) -> Result<Self, Status> {
        record.report_json = String::new();
        let screening = screening_message(record).map_err(|error| status::internal(&error))?;
        Ok(Self { screening, room: None })
    }

    /// Answers with a screening that was just made: its place is free, and of its room the report keeps what it takes.
    fn of_new(screening: v1::Screening, report_bytes: usize, stay: Stay) -> Self {
        let mut permit = stay.into_permit();
        permit.lower(Cost::of_report(report_bytes as u64));
        Self { screening, room: Some(permit).filter(|_| report_bytes >= LARGE) }
    }

    /// Makes the response of a method that answers with a screening.
    pub fn into_response(self) -> Response<v1::Screening> {
        holding(self.screening, self.room)
    }
}

/// Converts a stored screening with its report, if it has one, in the room of the call.
async fn screening_of(record: ScreeningRecord) -> Result<v1::Screening, Status> {
    let message = if record.report_json.is_empty() {
        screening_message(record)
    } else {
        in_worker(move || screening_message(record)).await?
    };
    message.map_err(|error| status::internal(&error))
}

/// Stores a screening, if there is an archive, and answers with it.
pub async fn store(
    screener: &Screener,
    report: ScreeningReport,
    packs: Vec<String>,
    stay: Stay,
) -> Result<Answer, Status> {
    let converted = in_worker(move || {
        let record = ScreeningRecord {
            id: report.id,
            case: report.case.clone(),
            document: report.document.id,
            document_name: report.document.name.clone(),
            packs,
            create_time: jiff::Timestamp::now().to_string(),
            state: ScreeningState::Succeeded,
            work: None,
            report_json: report_json(&report),
        };
        (record, report_message(&report))
    });
    let (mut record, report) = converted.await?;
    if let Some(index) = &screener.index {
        index.put_screening(&record).await.map_err(|error| status::of_index(&error))?;
        // The same screening may have been stored before; its first time holds.
        let stored = index.describe_screening(record.id).await.map_err(|error| status::of_index(&error))?;
        if let Some(stored) = stored {
            record.create_time = stored.create_time;
        }
    }
    let bytes = std::mem::take(&mut record.report_json).len();
    let message = screening_message(record).map_err(|error| status::internal(&error))?;
    Ok(Answer::of_new(v1::Screening { report: Some(report), ..message }, bytes, stay))
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
