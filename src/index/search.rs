//! Which passages are nearest, and are they still the visible ones of their cases?
//!
//! The engine ranks; this module asks for a little more than was wanted, so that ties at the cut are
//! decided by id and not by the engine, reads the passages, and checks each against the generation
//! named by its case record (see [`super::commit`]). If an import was going on, passages that are not
//! visible are excluded inside the engine and the search is repeated, so the answer is what it would
//! have been without them. The same is done with cases of the shared archive that a case of the tenant
//! covers by having the same id.
//!
//! Invariants: every hit belongs to a visible generation and to an owner that the tenant reads; hits are ordered by rounded score, then id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::engine::{Candidate, Engine, Fields, Record};
use super::filter::Filter;
use super::payload;
use super::schema::{Collection, MAX_POINTS_READ, field};
use super::store::{IndexError, PassageHit, QueryVector};
use super::tenancy::{self, CaseKey};
use crate::domain::tenant::TenantId;

/// Candidates asked for beyond the limit, to see whether a tie stands at the cut.
const MARGIN: usize = 8;

/// Candidates beyond which a tie at the cut is not followed: an archive that holds the same
/// boilerplate this often has no best of them.
const TIE_LIMIT: usize = MAX_POINTS_READ;

/// Repetitions while imports are going on.
const ATTEMPTS: usize = 8;

/// Points read in one engine call.
const READ_BATCH: usize = 1_000;

/// Decimal places to which scores are rounded: engines add in different orders, so the last bits
/// differ between machines, and two passages with the same text must tie on all of them.
const SCORE_SCALE: f64 = 100_000.0;

/// Returns the `limit` best visible passages per query among those that match and that `tenant` reads.
///
/// `hidden` names generations known not to be visible, with their cases.
pub async fn nearest(
    engine: &Arc<dyn Engine>,
    tenant: &TenantId,
    queries: &[QueryVector],
    filter: Filter,
    limit: usize,
    mut hidden: BTreeMap<Uuid, CaseKey>,
) -> Result<Vec<Vec<PassageHit>>, IndexError> {
    let filter = tenancy::readable(filter, tenant);
    let mut covered = BTreeMap::new();
    for _ in 0..ATTEMPTS {
        // What became visible meanwhile is not left out; what was visible then must be so afterwards.
        let cases: Vec<CaseKey> = hidden.values().cloned().collect();
        let before = visible_generations(engine, cases.iter()).await?;
        hidden.retain(|generation, _| !before.contains(generation));
        let excluded = hidden.keys().chain(covered.keys()).map(ToString::to_string).collect();
        let visible_only = filter.clone().and_none_of(field::GENERATION, excluded);
        let ranked = candidates(engine, queries, &visible_only, limit).await?;
        let passages = read(engine, &ranked).await?;
        let settled = settle(engine, &ranked, &passages, (&cases, &before), &mut hidden).await?;
        if covered.is_empty() && tenancy::any_covered(engine, tenant, &found_keys(&passages)).await? {
            covered = tenancy::covered(engine, tenant).await?;
            continue;
        }
        if settled {
            return ranked
                .iter()
                .map(|candidates| hits(engine.location(), tenant, candidates, &passages, limit))
                .collect();
        }
    }
    Err(IndexError::Unavailable {
        location: engine.location().to_owned(),
        what: "cases were imported faster than they could be searched".to_owned(),
    })
}

/// Returns candidates per query: all that could be among the `limit` best, ties included.
async fn candidates(
    engine: &Arc<dyn Engine>,
    queries: &[QueryVector],
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Vec<Candidate>>, IndexError> {
    let mut wanted = limit + MARGIN;
    let mut ranked = engine.search(queries.to_vec(), filter.clone(), wanted).await?;
    loop {
        let tied: Vec<usize> =
            (0..ranked.len()).filter(|&query| tie_stands_at_cut(&ranked[query], limit, wanted)).collect();
        if tied.is_empty() || wanted >= TIE_LIMIT {
            return Ok(ranked);
        }
        wanted = (wanted * 4).min(TIE_LIMIT);
        let again: Vec<QueryVector> = tied.iter().map(|&query| queries[query].clone()).collect();
        let deeper = engine.search(again, filter.clone(), wanted).await?;
        for (query, candidates) in tied.into_iter().zip(deeper) {
            ranked[query] = candidates;
        }
    }
}

fn tie_stands_at_cut(candidates: &[Candidate], limit: usize, wanted: usize) -> bool {
    candidates.len() >= wanted
        && rounded(candidates[limit - 1].score) == rounded(candidates[candidates.len() - 1].score)
}

async fn read(
    engine: &Arc<dyn Engine>,
    ranked: &[Vec<Candidate>],
) -> Result<BTreeMap<Uuid, Record>, IndexError> {
    let ids: BTreeSet<Uuid> = ranked.iter().flatten().map(|candidate| candidate.id).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut passages = BTreeMap::new();
    for batch in ids.chunks(READ_BATCH) {
        let records = engine.get(Collection::Passages, batch.to_vec(), Fields::All).await?;
        passages.extend(records.into_iter().map(|record| (record.id, record)));
    }
    Ok(passages)
}

/// Compares what was found with the case records; returns true if nothing has to be repeated, else
/// corrects `hidden`.
async fn settle(
    engine: &Arc<dyn Engine>,
    ranked: &[Vec<Candidate>],
    passages: &BTreeMap<Uuid, Record>,
    (cases, before): (&[CaseKey], &BTreeSet<Uuid>),
    hidden: &mut BTreeMap<Uuid, CaseKey>,
) -> Result<bool, IndexError> {
    let found = found_keys(passages);
    let visible = visible_generations(engine, found.values().chain(hidden.values()).chain(cases)).await?;
    // A passage that was ranked and then deleted shows that something changed in between; so does a
    // generation that was visible before the search and is not any more.
    let mut settled =
        before.is_subset(&visible) && ranked.iter().flatten().all(|hit| passages.contains_key(&hit.id));
    for (generation, case) in found {
        if !visible.contains(&generation) {
            hidden.insert(generation, case);
            settled = false;
        }
    }
    let excluded = hidden.len();
    hidden.retain(|generation, _| !visible.contains(generation));
    Ok(settled && hidden.len() == excluded)
}

/// Returns the generations that were found, with their cases.
fn found_keys(passages: &BTreeMap<Uuid, Record>) -> BTreeMap<Uuid, CaseKey> {
    let key = |record| Some((payload::uuid(record, field::GENERATION)?, CaseKey::read(record)?));
    passages.values().filter_map(key).collect()
}

async fn visible_generations(
    engine: &Arc<dyn Engine>,
    cases: impl Iterator<Item = &CaseKey>,
) -> Result<BTreeSet<Uuid>, IndexError> {
    let points: BTreeSet<Uuid> = cases.map(CaseKey::point).collect();
    let points: Vec<Uuid> = points.into_iter().collect();
    let mut visible = BTreeSet::new();
    for batch in points.chunks(READ_BATCH) {
        let fields = Fields::Only(&[field::GENERATION]);
        let records = engine.get(Collection::Records, batch.to_vec(), fields).await?;
        visible.extend(records.iter().filter_map(|record| payload::uuid(record, field::GENERATION)));
    }
    Ok(visible)
}

fn hits(
    location: &str,
    tenant: &TenantId,
    candidates: &[Candidate],
    passages: &BTreeMap<Uuid, Record>,
    limit: usize,
) -> Result<Vec<PassageHit>, IndexError> {
    let mut hits = candidates
        .iter()
        .filter_map(|candidate| passages.get(&candidate.id).map(|record| (record, candidate.score)))
        // The engine left out what others own, by tags; what is shown does not hang on them alone.
        .filter(|(record, _)| tenancy::may_read(record, tenant))
        .map(|(record, score)| payload::read_hit(record, rounded(score), location))
        .collect::<Result<Vec<_>, _>>()?;
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    hits.truncate(limit);
    Ok(hits)
}

fn rounded(score: f32) -> f32 {
    ((f64::from(score) * SCORE_SCALE).round() / SCORE_SCALE) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(scores: &[f32]) -> Vec<Candidate> {
        scores
            .iter()
            .enumerate()
            .map(|(n, &score)| Candidate { id: Uuid::from_u128(n as u128), score })
            .collect()
    }

    #[test]
    fn a_tie_at_the_cut_is_seen_only_when_the_engine_may_have_more() {
        assert!(tie_stands_at_cut(&candidates(&[0.9, 0.5, 0.5, 0.5]), 2, 4));
        assert!(!tie_stands_at_cut(&candidates(&[0.9, 0.5, 0.5, 0.4]), 2, 4));
        assert!(!tie_stands_at_cut(&candidates(&[0.9, 0.5, 0.5]), 2, 4));
    }

    #[test]
    fn scores_that_differ_by_rounding_alone_tie() {
        assert_eq!(rounded(0.700_000_1), rounded(0.7));
        assert_ne!(rounded(0.70002), rounded(0.7));
    }
}
