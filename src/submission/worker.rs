//! Runs one claimed submission to its end: file, screening, text, report.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Owned, Shared};
use crate::admission::Cost;
use crate::contain::stopped;
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::domain::ids::ScreeningId;
use crate::index::store::ScreeningRecord;
use crate::index::work::{Failure, ScreeningState, Step, Swap, TextOutline};
use crate::index::{CaseIndex, IndexError};
use crate::metrics::SUBMISSIONS_FAILED;
use crate::room::Stay;
use crate::screen::run::{Progress, ScreenError, ScreeningRequest};

/// Times that a submission is begun before it is given up: a file that ends the process each time must
/// not do so for ever.
pub const MAX_ATTEMPTS: u32 = 3;

/// Reason of what was begun too often.
const GAVE_UP: &str = "GAVE_UP";
/// Reason of what is nobody's fault but ours; [`ScreenError`] says the same.
const INTERNAL: &str = "INTERNAL";

/// Pause before the archive is asked again, at most.
const PAUSE: Duration = Duration::from_secs(2);

/// How the work on a submission ended.
enum End {
    /// With a report.
    Report(Done),
    /// Without one.
    Failure(Failure),
    /// Not at all: it goes back to those that wait.
    GivenBack(Fault),
    /// The record belongs to somebody else now, or was cancelled.
    Lost,
}

/// A report and its text, which is stored already.
struct Done {
    /// The report as stored.
    json: String,
    /// Identity of the text.
    text: Uuid,
    /// True if a stage failed.
    is_degraded: bool,
    /// What it takes until it is stored.
    _stay: Stay,
}

/// What may have kept a submission from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The file may have: it counts as an attempt.
    OfFile,
    /// The archive was away or its disk full, or the process is stopping: begun again as if it had not been.
    Elsewhere,
}

impl Fault {
    fn of(error: &IndexError) -> Self {
        if matches!(error, IndexError::Unavailable { .. }) { Self::Elsewhere } else { Self::OfFile }
    }
}

/// Runs a submission that this process has claimed and for which there is room.
pub async fn run(shared: Arc<Shared>, owned: Owned, mut record: ScreeningRecord, stay: Stay) {
    let id = record.id;
    // However this ends, also by a panic.
    let _held = Held { shared: Arc::clone(&shared), id };
    let owned = Arc::new(owned);
    let end = work(&shared, &owned, &mut record, stay).await;
    let Err(error) = finish(&shared, &owned, record.clone(), end).await else { return };
    tracing::error!(screening = %id, %error, "the end of a screening could not be stored; it goes back");
    // Small where a report is large: a disk may have room for the one and not for the other.
    let fault = Fault::of(&error);
    if let Err(error) = finish(&shared, &owned, record, End::GivenBack(fault)).await {
        // It stays RUNNING without a sign of life and is taken over.
        if fault == Fault::Elsewhere {
            shared.uncounted().insert(id);
        }
        tracing::error!(screening = %id, %error, "a screening could not be given back");
    }
}

/// A submission that this process holds.
struct Held {
    shared: Arc<Shared>,
    id: ScreeningId,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.running().remove(&self.id);
        self.shared.tell();
    }
}

async fn work(shared: &Arc<Shared>, owned: &Arc<Owned>, record: &mut ScreeningRecord, stay: Stay) -> End {
    let Some(work) = record.work.clone() else { return End::Lost };
    let attempts = work.attempts;
    if attempts > MAX_ATTEMPTS {
        let message = format!(
            "the screening was begun {MAX_ATTEMPTS} times and the service stopped each time before its end"
        );
        return End::Failure(Failure { reason: GAVE_UP.to_owned(), message });
    }
    let request: ScreeningRequest = match serde_json::from_str(&work.request_json) {
        Ok(request) => request,
        Err(error) => {
            tracing::error!(screening = %record.id, %error, "stored options cannot be read");
            return End::Failure(internal("the stored options cannot be read by this version"));
        }
    };
    let cancel = match shared.running().get(&record.id) {
        Some(running) => running.cancel.clone(),
        None => CancellationToken::new(),
    };
    let (mine, job) = ((Arc::clone(shared), Arc::clone(owned)), (record.clone(), request));
    let screening = screen(mine, job, stay, cancel.clone());
    tokio::pin!(screening);
    let mut beat = tokio::time::interval(shared.settings.lease / 4);
    beat.reset();
    let mut is_given_back = false;
    let outcome = loop {
        tokio::select! {
            outcome = &mut screening => break outcome,
            () = shared.give_back.cancelled(), if !is_given_back => {
                is_given_back = true;
                cancel.cancel();
            }
            _ = beat.tick() => {
                if !give_sign_of_life(shared, owned, record).await {
                    cancel.cancel();
                }
            }
        }
    };
    match outcome {
        Ok(done) => End::Report(done),
        Err(Stopped::Archive(error)) => {
            tracing::warn!(screening = %record.id, %error, "a submission goes back: the archive failed");
            End::GivenBack(Fault::of(&error))
        }
        Err(Stopped::Screen(ScreenError::Cancelled)) if is_given_back => End::GivenBack(Fault::Elsewhere),
        Err(Stopped::Screen(ScreenError::Cancelled)) => End::Lost,
        Err(Stopped::Screen(error @ ScreenError::Worker { .. })) => {
            tracing::error!(screening = %record.id, %error, "a screening stopped unexpectedly");
            if attempts < MAX_ATTEMPTS {
                End::GivenBack(Fault::OfFile)
            } else {
                End::Failure(internal(&error.to_string()))
            }
        }
        Err(Stopped::Screen(error)) => {
            End::Failure(Failure { reason: error.reason().to_owned(), message: error.to_string() })
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Screen(#[from] ScreenError),
    #[error(transparent)]
    Archive(#[from] IndexError),
}

/// Reads the file, screens it and stores its text; everything that takes long, so that signs of life are
/// given meanwhile.
async fn screen(
    (shared, owned): (Arc<Shared>, Arc<Owned>),
    (record, request): (ScreeningRecord, ScreeningRequest),
    mut stay: Stay,
    cancel: CancellationToken,
) -> Result<Done, Stopped> {
    let bytes = persistently(&shared, || file(owned.index.as_ref(), &record)).await?;
    let progress = progress(&shared, &record);
    let (name, size) = (record.document_name.clone(), bytes.len() as u64);
    let read = owned.screener.read_bytes(name, bytes, &request, &progress, &cancel).await?;
    // A packed file was let in by its size; what it holds is known only now.
    let cost = Cost::of_read(size, read.document.text.len() as u64);
    cancel.run_until_cancelled(stay.raise(cost)).await.ok_or(ScreenError::Cancelled)?;
    let mut report = owned.screener.screen_read(read, request, progress, cancel).await?;
    // The name it was submitted under holds; its own would tell archives apart.
    report.id = record.id;
    let outline = TextOutline::of(&report.document);
    let text =
        persistently(&shared, || owned.index.put_text(record.document, &report.document.text, &outline))
            .await?;
    let is_failure = |part: &NotExamined| part.reason == NotExaminedReason::StageFailed;
    let is_degraded = report.not_examined.iter().any(is_failure);
    let render = shared.render;
    let json = tokio::task::spawn_blocking(move || render(&report)).await;
    let json = json.map_err(|task| ScreenError::Worker { what: stopped(&task).to_owned() })?;
    Ok(Done { json, text, is_degraded, _stay: stay })
}

/// Who can do something about a failure: whoever asked, by another file or other options, or whoever runs the
/// service.
fn cause_of(failure: &Failure) -> &'static str {
    match failure.reason.as_str() {
        GAVE_UP | INTERNAL => "service",
        _ => "request",
    }
}

fn internal(message: &str) -> Failure {
    Failure { reason: INTERNAL.to_owned(), message: message.to_owned() }
}

async fn file(index: &dyn CaseIndex, record: &ScreeningRecord) -> Result<Vec<u8>, IndexError> {
    let absent = || IndexError::Engine {
        location: index.location().to_owned(),
        action: "read a submitted file",
        what: format!("document {} is not there", record.document),
    };
    let file = index.get_file(record.document).await?.ok_or_else(absent)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.bytes).unwrap_or(0));
    for number in 0..file.pieces() {
        bytes.extend(index.read_file(record.document, number).await?.ok_or_else(absent)?);
    }
    Ok(bytes)
}

fn progress(shared: &Arc<Shared>, record: &ScreeningRecord) -> Progress {
    let (shared, id) = (Arc::clone(shared), record.id);
    Arc::new(move |stage, done, total| {
        if let Some(running) = shared.running().get(&id) {
            let step = Step { stage: stage.as_str().to_owned(), done, total };
            running.step.send_replace(Some(step));
        }
    })
}

/// Changes the record so that others see that somebody works on it. False if it is not ours any more.
async fn give_sign_of_life(shared: &Shared, owned: &Owned, record: &mut ScreeningRecord) -> bool {
    let mut next = shared.with_step(record.clone());
    let Some(seen) = raise_revision(&mut next) else { return false };
    match owned.index.touch_screening(seen, &next).await {
        Ok(Swap::Stored) => {
            *record = next;
            true
        }
        Ok(Swap::Refused(there)) => follow(shared, record, there.as_deref()),
        // The archive is away for a moment; if it is for longer than the lease, others take over.
        Err(error) => {
            tracing::warn!(screening = %record.id, %error, "no sign of life could be given");
            true
        }
    }
}

/// Follows a change of this process itself that was stored without an answer. False if it was somebody else's.
fn follow(shared: &Shared, record: &mut ScreeningRecord, there: Option<&ScreeningRecord>) -> bool {
    let Some((ours, there)) = record.work.as_mut().zip(there) else { return false };
    match &there.work {
        Some(work) if there.state == ScreeningState::Running && work.holder == Some(shared.me) => {
            ours.revision = work.revision;
            true
        }
        _ => false,
    }
}

fn raise_revision(record: &mut ScreeningRecord) -> Option<u64> {
    let work = record.work.as_mut()?;
    work.revision += 1;
    Some(work.revision - 1)
}

async fn finish(
    shared: &Shared,
    owned: &Owned,
    mut record: ScreeningRecord,
    end: End,
) -> Result<(), IndexError> {
    let Some(mut work) = record.work.clone() else { return Ok(()) };
    work.holder = None;
    work.step = None;
    work.update_time = jiff::Timestamp::now().to_string();
    let mut failed = None;
    match end {
        End::Lost => return Ok(()),
        End::GivenBack(fault) => {
            record.state = ScreeningState::Pending;
            work.attempts = work.attempts.saturating_sub(u32::from(fault == Fault::Elsewhere));
        }
        End::Failure(failure) => {
            record.state = ScreeningState::Failed;
            failed = Some(cause_of(&failure));
            work.failure = Some(failure);
        }
        // The stay goes with the end, which is here until the report is stored.
        End::Report(Done { json, text, is_degraded, .. }) => {
            work.text = Some(text);
            work.degraded_ends = if is_degraded { work.degraded_ends.saturating_add(1) } else { 0 };
            work.failure = None;
            record.state = ScreeningState::Succeeded;
            record.report_json = json;
        }
    }
    record.work = Some(work);
    let swapped = loop {
        let Some(seen) = raise_revision(&mut record) else { return Ok(()) };
        let swapped = persistently(shared, || owned.index.swap_screening(Some(seen), &record)).await?;
        match swapped {
            Swap::Refused(there) if follow(shared, &mut record, there.as_deref()) => {}
            // It was cancelled or taken over in the last moment; then that holds.
            swapped => break swapped,
        }
    };
    if swapped == Swap::Stored && record.state == ScreeningState::Pending {
        shared.tell_waiting(owned.index.tenant(), &record);
    }
    if let Some(cause) = failed.filter(|_| swapped == Swap::Stored) {
        metrics::counter!(SUBMISSIONS_FAILED, "cause" => cause).increment(1);
    }
    if swapped == Swap::Refused(None) {
        // Cancelled and deleted while its text was being stored.
        owned.index.delete_leftovers(record.document).await?;
    }
    Ok(())
}

/// Repeats a call while the archive is away: what was computed is worth waiting for, but not for longer
/// than the lease, after which somebody else computes it again.
async fn persistently<T, F>(shared: &Shared, call: impl Fn() -> F) -> Result<T, IndexError>
where
    F: Future<Output = Result<T, IndexError>>,
{
    let give_up = tokio::time::Instant::now() + shared.settings.lease;
    loop {
        match call().await {
            Err(error @ IndexError::Unavailable { .. }) if tokio::time::Instant::now() < give_up => {
                tracing::warn!(%error, "the archive is away; trying again");
                tokio::time::sleep(PAUSE.min(shared.settings.lease / 4)).await;
            }
            outcome => return outcome,
        }
    }
}
