//! What does an index hold that the one it was made of does not hold any more? It is filled over several runs, and
//! in between the other may have been served: cases were replaced, screenings deleted.
//!
//! Invariant: records go before the passages that they name, on the disk, too; a case without its passages would
//! be taken for damage at the next opening.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::engine::{Engine, Fields};
use super::filter::Filter;
use super::schema::{Collection, field, kind};
use super::store::IndexError;

/// Points listed or removed in one engine call.
const PAGE: usize = 1_000;

/// Ids of points of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointIds {
    /// Of records.
    pub records: BTreeSet<Uuid>,
    /// Of passages.
    pub passages: BTreeSet<Uuid>,
}

/// Removes every point but these, announced writes left alone; returns those of these that are not there.
pub async fn remove_all_but(mut kept: PointIds, engine: &dyn Engine) -> Result<PointIds, IndexError> {
    remove_others(Collection::Records, &mut kept.records, engine).await?;
    remove_others(Collection::Passages, &mut kept.passages, engine).await?;
    Ok(kept)
}

/// Takes what is there out of `wanted`.
async fn remove_others(
    from: Collection,
    wanted: &mut BTreeSet<Uuid>,
    engine: &dyn Engine,
) -> Result<(), IndexError> {
    let filter = Filter::default().and_none_of(field::KIND, vec![kind::INTENT.to_owned()]);
    let (mut after, mut others) = (None, Vec::new());
    loop {
        let fields = Fields::Only(&[field::KIND]);
        let page = engine.list(from, filter.clone(), fields, PAGE, after).await?;
        after = page.last().map(|record| record.id);
        let full = page.len() == PAGE;
        others.extend(page.into_iter().map(|record| record.id).filter(|id| !wanted.remove(id)));
        if !full {
            break;
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    tracing::info!(points = others.len(), collection = from.name(), "removing what was deleted or replaced");
    for ids in others.chunks(PAGE) {
        engine.remove(from, ids.to_vec()).await?;
    }
    engine.persist(from).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::engine::{Payload, Point};
    use crate::index::mortal::{Mortal, Shelf, start};
    use crate::index::payload::put;
    use crate::index::schema::tag;

    /// More than one page.
    const PASSAGES: u64 = 1_500;

    fn point(id: u128, kind: &str, passages: u64) -> Point {
        let mut payload = Payload::new();
        put(&mut payload, field::TAGS, vec![tag(field::KIND, kind)]);
        put(&mut payload, field::KIND, kind);
        put(&mut payload, field::PASSAGES, passages);
        Point::record(Uuid::from_u128(id), payload)
    }

    /// A case that is to stay, with one passage, and one that is to go, with many.
    async fn filled() -> Arc<Mortal> {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let records = vec![point(1, kind::CASE, 1), point(2, kind::CASE, PASSAGES)];
        let passages = (10..=10 + u128::from(PASSAGES)).map(|id| point(id, kind::PASSAGE, 0)).collect();
        engine.upsert(Collection::Records, records).await.unwrap();
        engine.upsert(Collection::Passages, passages).await.unwrap();
        for collection in Collection::ALL {
            engine.persist(collection).await.unwrap();
        }
        engine
    }

    fn kept() -> PointIds {
        PointIds {
            records: BTreeSet::from([Uuid::from_u128(1)]),
            passages: BTreeSet::from([10, 9_999].map(Uuid::from_u128)),
        }
    }

    fn left(shelf: &Shelf) -> Vec<u128> {
        shelf.now().into_keys().map(|id| id.as_u128()).collect()
    }

    #[tokio::test]
    async fn others_go_and_what_is_lacking_is_told() {
        let engine = filled().await;
        let lacking = remove_all_but(kept(), &*engine).await.unwrap();
        let expected = PointIds { passages: BTreeSet::from([Uuid::from_u128(9_999)]), ..PointIds::default() };
        assert_eq!(lacking, expected);
        assert_eq!(left(&engine.records.lock().unwrap()), [1]);
        assert_eq!(left(&engine.passages.lock().unwrap()), [10]);
    }

    #[tokio::test]
    async fn a_kill_leaves_no_case_without_its_passages() {
        let filled = filled().await;
        let shelves = (filled.records.lock().unwrap().clone(), filled.passages.lock().unwrap().clone());
        for calls in 0.. {
            let mut finished = false;
            for reached in [(0, 0), (9, 0), (0, 9), (9, 9)] {
                let mortal = Mortal::new(shelves.0.clone(), shelves.1.clone(), calls);
                finished = remove_all_but(kept(), &*mortal).await.is_ok();
                let records = mortal.records.lock().unwrap().after_kill(reached.0);
                let passages = mortal.passages.lock().unwrap().after_kill(reached.1);
                let revived = Mortal::new(records, passages, usize::MAX);
                // An archive that lacks passages is refused.
                start(&revived).await.unwrap();
                remove_all_but(kept(), &*revived).await.unwrap();
                assert_eq!(revived.passages.lock().unwrap().now().len(), 1);
            }
            if finished {
                break;
            }
        }
    }
}
