//! Screenings and their options as protobuf messages.

use sha2::{Digest, Sha256};

use super::lengths::{LONGEST_KEY, LONGEST_TEXT, at_most, not_too_many};
use super::request::{case_name, date_from_text, facets_from_message, filter_from_message, screening_name};
use super::{FieldViolation, parse_case_name, timestamp};
use crate::index::store::ScreeningRecord;
use crate::index::work::{Lane, ScreeningState, Step};
use crate::rpc::v1;
use crate::screen::run::{ScreeningRequest, Stage};

/// Precedents shown where the caller does not say.
const DEFAULT_PRECEDENTS: u32 = 5;
/// Most precedents.
const MAX_PRECEDENTS: u32 = 50;

/// Refuses options that are longer than any real ones: they are stored with every submission.
fn check_lengths(options: &v1::ScreeningOptions) -> Result<(), FieldViolation> {
    at_most("options.document_name", &options.document_name, LONGEST_TEXT)?;
    at_most("options.stage", &options.stage, LONGEST_KEY)?;
    not_too_many("options.packs", options.packs.len())?;
    for (i, pack) in options.packs.iter().enumerate() {
        at_most(&format!("options.packs[{i}]"), pack, LONGEST_KEY)?;
    }
    not_too_many("options.facts", options.facts.len())?;
    options.facts.keys().try_for_each(|fact| at_most("options.facts", fact, LONGEST_KEY))
}

/// Converts screening options.
pub fn screening_request(options: v1::ScreeningOptions) -> Result<ScreeningRequest, FieldViolation> {
    check_lengths(&options)?;
    if options.packs.iter().all(|pack| pack.trim().is_empty()) {
        return Err(FieldViolation::new("options.packs", "name at least one rule pack"));
    }
    if options.max_precedents > MAX_PRECEDENTS {
        let what = format!("at most {MAX_PRECEDENTS}");
        return Err(FieldViolation::new("options.max_precedents", what));
    }
    let case = match options.case_name.as_str() {
        "" => None,
        name => Some(parse_case_name("options.case_name", name)?),
    };
    let submitted = date_from_text("options.submission_date", &options.submission_date)?
        .unwrap_or_else(|| jiff::Zoned::now().date());
    let precedents = match (options.skip_precedents, options.max_precedents) {
        (true, _) => 0,
        (false, 0) => DEFAULT_PRECEDENTS,
        (false, count) => count,
    };
    Ok(ScreeningRequest {
        case,
        packs: options.packs,
        submitted,
        stage: options.stage,
        facts: options.facts.into_iter().collect(),
        facets: facets_from_message("options.facets", options.facets)?,
        filter: filter_from_message("options.precedent_filter", options.precedent_filter)?,
        max_precedents: precedents as usize,
    })
}

/// Converts a stored screening; in lists, and until there is one, the report is absent.
pub fn screening_message(record: ScreeningRecord) -> Result<v1::Screening, serde_json::Error> {
    let report = match record.report_json.as_str() {
        "" => None,
        json => Some(serde_json::from_str(json)?),
    };
    let state = match record.state {
        ScreeningState::Pending => v1::screening::State::Pending,
        ScreeningState::Running => v1::screening::State::Running,
        ScreeningState::Succeeded => v1::screening::State::Succeeded,
        ScreeningState::Failed => v1::screening::State::Failed,
        ScreeningState::Cancelled => v1::screening::State::Cancelled,
    };
    let work = record.work.as_ref();
    let lane = work.map_or(v1::Lane::Unspecified, |work| match work.lane {
        Lane::Interactive => v1::Lane::Interactive,
        Lane::Bulk => v1::Lane::Bulk,
    });
    let etag = screening_etag(&record);
    Ok(v1::Screening {
        etag,
        name: screening_name(record.id),
        case_name: record.case.as_ref().map_or_else(String::new, case_name),
        document_name: record.document_name,
        packs: record.packs,
        create_time: timestamp(&record.create_time),
        update_time: timestamp(work.map_or(&record.create_time, |work| &work.update_time)),
        report,
        state: state.into(),
        progress: work.and_then(|work| work.step.as_ref()).map(step_message),
        error: work.and_then(|work| work.failure.as_ref()).map(|failure| v1::ScreeningError {
            reason: failure.reason.clone(),
            message: failure.message.clone(),
        }),
        lane: lane.into(),
    })
}

/// Returns what stands for the present state of a stored screening.
pub fn screening_etag(record: &ScreeningRecord) -> String {
    let (revision, changed) = match &record.work {
        Some(work) => (work.revision, work.update_time.as_str()),
        None => (0, record.create_time.as_str()),
    };
    let state = format!("{} {} {revision} {changed}", record.id, record.state.as_str());
    let digest = Sha256::digest(state.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Converts a state to filter by; `None` if none is given.
pub fn state_from_message(field: &str, state: i32) -> Result<Option<ScreeningState>, FieldViolation> {
    use v1::screening::State;
    match State::try_from(state) {
        Ok(State::Unspecified) => Ok(None),
        Ok(State::Pending) => Ok(Some(ScreeningState::Pending)),
        Ok(State::Running) => Ok(Some(ScreeningState::Running)),
        Ok(State::Succeeded) => Ok(Some(ScreeningState::Succeeded)),
        Ok(State::Failed) => Ok(Some(ScreeningState::Failed)),
        Ok(State::Cancelled) => Ok(Some(ScreeningState::Cancelled)),
        Err(_) => Err(FieldViolation::new(field, format!("{state} is not a state of a screening"))),
    }
}

/// Converts a stage.
pub fn stage_message(stage: Stage) -> v1::screening_progress::Stage {
    use v1::screening_progress::Stage as Wire;
    match stage {
        Stage::Read => Wire::Read,
        Stage::Embed => Wire::Embed,
        Stage::Completeness => Wire::Completeness,
        Stage::Risk => Wire::Risk,
        Stage::Precedents => Wire::Precedents,
    }
}

fn step_message(step: &Step) -> v1::ScreeningProgress {
    let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == step.stage);
    let stage = stage.map_or(v1::screening_progress::Stage::Unspecified, stage_message);
    v1::ScreeningProgress { stage: stage.into(), done: step.done, total: step.total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_too_long_are_refused_by_field() {
        let options = v1::ScreeningOptions { packs: vec!["uz".into()], ..Default::default() };
        assert!(screening_request(options.clone()).is_ok());
        let long = "x".repeat(LONGEST_TEXT + 1);
        let facts = (0..1_001).map(|n| (n.to_string(), true)).collect();
        let facets = Some(v1::Facets { project: long.clone(), ..Default::default() });
        let cases = [
            (
                v1::ScreeningOptions { document_name: long.clone(), ..options.clone() },
                "options.document_name",
            ),
            (v1::ScreeningOptions { stage: long.clone(), ..options.clone() }, "options.stage"),
            (
                v1::ScreeningOptions { packs: vec!["uz".into(), long.clone()], ..options.clone() },
                "options.packs[1]",
            ),
            (v1::ScreeningOptions { packs: vec!["uz".into(); 1_001], ..options.clone() }, "options.packs"),
            (v1::ScreeningOptions { facts, ..options.clone() }, "options.facts"),
            (v1::ScreeningOptions { facts: [(long, true)].into(), ..options.clone() }, "options.facts"),
            (v1::ScreeningOptions { facets, ..options }, "options.facets.project"),
        ];
        for (options, field) in cases {
            assert_eq!(screening_request(options).unwrap_err().field, field);
        }
    }
}
