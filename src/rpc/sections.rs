//! `ScreenSections`: a document that the caller has split.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::callers::UnderWay;
use super::convert::{FieldViolation, screening_request};
use super::deadline::Call;
use super::held::holding;
use super::idempotency::{self, Claims, fingerprint_of};
use super::reports::{Answer, store};
use super::state::State;
use super::upload::base_name;
use super::worker::{in_worker, to_its_end};
use super::{status, v1};
use crate::admission::Cost;
use crate::ingest::given::{GivenSection, document_from_sections};
use crate::screen::run::Progress;

/// Screens sections.
pub async fn screen(
    state: &State,
    request: Request<v1::ScreenSectionsRequest>,
) -> Result<Response<v1::ScreenSectionsResponse>, Status> {
    let screener = state.screener()?;
    let (call, under_way) = (Call::of(&request), UnderWay::of(&request));
    let mut message = request.into_inner();
    // Before anything is made of it.
    let mut permit = state.admit(cost_of(&message.sections))?;
    // The request is the same under another id.
    let request_id = std::mem::take(&mut message.request_id);
    let id = idempotency::parse("request_id", &request_id)?;
    let asked = message.options.clone();
    let options = asked.ok_or_else(|| FieldViolation::new("options", "screening options are required"))?;
    check_sections(&message.sections)?;
    let name = base_name(&options.document_name);
    let request = screening_request(options)?;
    screener.check_facts(&request)?;
    let (state, index) = (state.clone(), state.index()?);
    // Work of its own has no caller: what belongs to the caller is taken along.
    let claims = Claims::of(Arc::clone(&index));
    let work = async move {
        let _under_way = under_way;
        let read = in_worker(move || {
            // Only a request that has an id is ever compared with another one.
            let print = id.map(|_| fingerprint_of(&message, "")).transpose()?;
            Ok::<_, Status>((print.unwrap_or_default(), given_sections(message.sections)))
        });
        let (print, sections) = read.await??;
        let claim = claims.claim("ScreenSections", "request_id", id, print).await?;
        if let Some(answer) = state.reports().answered_instead(index.as_ref(), &claim, &mut permit).await? {
            return Ok(answer);
        }
        let stay = state.stay(permit, &call.cancel).await?;
        let document = in_worker(move || document_from_sections(&name, sections)).await?;
        let quiet: Progress = Arc::new(|_, _, _| {});
        let packs = request.packs.clone();
        let report = screener.screen_document(document, request, quiet, call.cancel).await?;
        let answer = store(&screener, report, packs, stay).await?;
        claim.keep(answer.screening.name.clone()).await?;
        Ok(answer)
    };
    let Answer { screening, room } = to_its_end(work).await?;
    Ok(holding(v1::ScreenSectionsResponse { screening: Some(screening) }, room))
}

/// Returns what screening these sections takes.
fn cost_of(sections: &[v1::GivenSection]) -> Cost {
    let text = |section: &v1::GivenSection| section.number.len() + section.title.len() + section.text.len();
    Cost::of_sections(sections.len() as u64, sections.iter().map(|section| text(section) as u64).sum())
}

/// Refuses sections that say nothing.
fn check_sections(sections: &[v1::GivenSection]) -> Result<(), Status> {
    if sections.is_empty() {
        return Err(FieldViolation::new("sections", "give at least one section").into());
    }
    let all_empty = sections.iter().all(|section| section.text.trim().is_empty());
    if all_empty && sections.iter().all(|section| section.title.trim().is_empty()) {
        return Err(status::plain("EMPTY_FILE", "the sections hold no text"));
    }
    Ok(())
}

fn given_sections(sections: Vec<v1::GivenSection>) -> Vec<GivenSection> {
    sections
        .into_iter()
        .map(|section| GivenSection {
            number: section.number,
            title: section.title,
            level: section.level,
            text: section.text,
            page_start: section.page_start,
            page_end: section.page_end,
        })
        .collect()
}
