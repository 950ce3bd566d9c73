//! How does everything that is stored get into a copy, and out of one, while the archive is in use?
//!
//! A copy knows points: whatever kinds of records there are, they are copied. It is made in three steps. The
//! records are read while writes go on; then again with all writes of this process held off, which finds what
//! has changed in between, so that the copy is of one moment; then, with writes going on again, the passages
//! of the generations that were visible at that moment. Those cannot disappear meanwhile, because the writer
//! puts off its clean-ups (`commit`). What is not visible – passages of unfinished or replaced imports,
//! announced writes – is not copied. Whoever receives a copy and keeps writes waiting for too long ends it (`outlet`).
//!
//! The second reading must be short. Files, texts and reports are nearly all of the bytes, so of these kinds
//! it lists ids, and reads whole what is new or may have changed. Files and texts never change: their ids
//! follow from their content. Which screenings have changed the writer has noted.
//!
//! Another process that writes into the same server is not held off, and nothing of it is noted here. On a
//! server screenings are therefore read again without their reports, of which the record holds a hash; a
//! report that an earlier version of the program stores anew meanwhile is copied as it was met. A case that
//! it replaced during the copy is noticed by its number of passages and read again; its other records are
//! copied as they were met.
//!
//! Storing a copy goes the other way round: first the passages, which nobody sees, then the records, which
//! make them visible. So an interrupted one shows no half of a case, and can be repeated: what is there
//! already is compared and left alone.

mod outlet;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::commit::{Copying, Writer};
pub use super::engine::Point;
use super::engine::{Engine, Fields, Payload, Record};
use super::filter::Filter;
use super::payload;
pub use super::schema::{Collection, Compatibility};
use super::schema::{MAX_POINTS_WRITTEN, field, kind};
use super::store::IndexError;
use outlet::Outlet;
use seen::Seen;

/// Points of which the ids alone are read, or which are compared, in one engine call.
const PAGE: usize = 512;

/// Passages read in one engine call: about 2 MB.
const PASSAGES: usize = 512;

/// Records read in one engine call. A piece of a file has 700 kB, so these are about 11 MB at most.
const RECORDS: usize = 16;

/// Records read in one engine call where there are no files, texts and reports among them.
const SMALL_RECORDS: usize = 64;

/// Large records of which the ids alone are read in one engine call.
const IDS: usize = 4_096;

/// Points handed over or stored at a time.
pub const BATCH_POINTS: usize = MAX_POINTS_WRITTEN;

/// Estimated bytes after which a batch is full, however few its points are.
pub const BATCH_BYTES: usize = 8 << 20;

/// Attempts to read a case that other processes keep replacing.
const ATTEMPTS: usize = 8;

/// Longest time for which writes wait for a receiver of a copy that takes nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Largest difference of a number of a dense vector that was stored again: an engine may normalise it anew.
const ROUNDING: f32 = 1e-5;

/// Points of one collection on their way into a copy. What comes later about a point replaces what came
/// before.
#[derive(Debug, Clone, PartialEq)]
pub struct CopiedPoints {
    /// Where they belong.
    pub collection: Collection,
    /// The points.
    pub points: Vec<Point>,
    /// Points that came before and are not part of the copy any more.
    pub removed: Vec<Uuid>,
}

/// What stands between a copy and an archive.
#[derive(Debug, thiserror::Error)]
#[error("point {id} of {}: {what}", collection.name())]
pub struct Difference {
    /// Where.
    pub collection: Collection,
    /// Which point.
    pub id: Uuid,
    /// What differs.
    pub what: &'static str,
}

/// What storing points did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Points that were written.
    pub written: u64,
    /// Points that were there already.
    pub present: u64,
}

/// Copies everything out of an archive and into one.
pub struct Copier {
    engine: Arc<dyn Engine>,
    writer: Arc<Writer>,
    written_by: Compatibility,
    /// True if no other process writes into the store: then the writer knows of every change.
    is_alone: bool,
    patience: Duration,
}

impl Copier {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        writer: Arc<Writer>,
        written_by: Compatibility,
        is_alone: bool,
    ) -> Self {
        Self { engine, writer, written_by, is_alone, patience: PATIENCE }
    }

    /// Returns who wrote the archive.
    pub fn written_by(&self) -> &Compatibility {
        &self.written_by
    }

    /// Returns directory or URL, for messages.
    pub fn location(&self) -> &str {
        self.engine.location()
    }

    /// Sends everything that is visible at one moment: records, then passages. Ends early, without an
    /// error, if the receiver is gone, and with one if it keeps writes waiting for too long.
    pub async fn copy_out(&self, into: mpsc::Sender<CopiedPoints>) -> Result<(), IndexError> {
        let copying = self.writer.begin_copy().await;
        let into = Outlet::new(into, self.location(), self.patience);
        let copied = self.copy_visible(&into, &copying).await;
        drop(copying);
        if let Err(error) = self.writer.clean_up().await {
            tracing::warn!(%error, "clean-up after a copy is put off");
        }
        copied
    }

    async fn copy_visible(&self, into: &Outlet, copying: &Copying) -> Result<(), IndexError> {
        let mut seen = Seen::default();
        let mut there = BTreeSet::new();
        self.copy_records(into, &mut seen, (Filter::default(), RECORDS), &mut there).await?;
        self.writer.still(into.in_haste(self.catch_up(into, &mut seen, copying))).await?;
        let mut after = None;
        loop {
            let page = self.engine.scan(Collection::Passages, Filter::default(), PASSAGES, after).await?;
            let full = page.len() == PASSAGES;
            after = page.last().map(|point| point.id);
            let points: Vec<Point> = page.into_iter().filter(|point| seen.count(point)).collect();
            if !into.send(Collection::Passages, points).await? || !full {
                break;
            }
        }
        if into.is_closed() {
            return Ok(());
        }
        for case in seen.incomplete() {
            self.copy_again(into, case).await?;
        }
        Ok(())
    }

    /// Sends what is new, changed or gone since the records were first read.
    async fn catch_up(&self, into: &Outlet, seen: &mut Seen, copying: &Copying) -> Result<(), IndexError> {
        let (changed, mut there) = (copying.changed(), BTreeSet::new());
        // What other processes store meanwhile: screenings before the files that they need, and these before
        // their pieces, so that no half of anything is met.
        self.copy_changed(into, seen, kind::SCREENING, &changed, &mut there).await?;
        let pieces = [kind::TEXT, kind::TEXT_PIECE, kind::FILE_PIECE];
        let large = std::iter::once(kind::SCREENING).chain(pieces).map(str::to_owned).collect();
        let small = Filter::default().and_none_of(field::KIND, large);
        self.copy_records(into, seen, (small, SMALL_RECORDS), &mut there).await?;
        for kind in pieces {
            self.copy_changed(into, seen, kind, &changed, &mut there).await?;
        }
        into.take_back(seen.forget_all_but(&there)).await
    }

    /// Sends the records of a kind of large ones that are new or have changed; adds all of the kind to
    /// `there`.
    async fn copy_changed(
        &self,
        into: &Outlet,
        seen: &mut Seen,
        kind: &str,
        changed: &BTreeSet<Uuid>,
        there: &mut BTreeSet<Uuid>,
    ) -> Result<(), IndexError> {
        // The embedded engine reads the whole of a record to return some of its fields, so none are asked for
        // where they need not be.
        let is_compared = kind == kind::SCREENING && !self.is_alone;
        let (fields, limit) =
            if is_compared { (Fields::Except(&[field::REPORT]), PAGE) } else { (Fields::Only(&[]), IDS) };
        let (filter, mut after) = (Filter::default().and_is(field::KIND, kind), None);
        loop {
            let page = self.engine.list(Collection::Records, filter.clone(), fields, limit, after).await?;
            let full = page.len() == limit;
            after = page.last().map(|record| record.id);
            there.extend(page.iter().map(|record| record.id));
            let wanted = page.iter().filter(|record| {
                let is_new = !seen.has(record.id) || changed.contains(&record.id);
                is_new || (is_compared && !seen.is_as_met(record))
            });
            let wanted: Vec<Uuid> = wanted.map(|record| record.id).collect();
            for batch in wanted.chunks(RECORDS) {
                let mut points = self.engine.fetch(Collection::Records, batch.to_vec()).await?;
                points.retain(|point| seen.is_new(point));
                into.send(Collection::Records, points).await?;
            }
            if !full || into.is_closed() {
                return Ok(());
            }
        }
    }

    /// Sends the records that match and are new or changed since they were last seen, as many read at a time
    /// as is said; adds all that match to `there`.
    async fn copy_records(
        &self,
        into: &Outlet,
        seen: &mut Seen,
        (filter, limit): (Filter, usize),
        there: &mut BTreeSet<Uuid>,
    ) -> Result<(), IndexError> {
        let mut after = None;
        loop {
            let page = self.engine.scan(Collection::Records, filter.clone(), limit, after).await?;
            let full = page.len() == limit;
            after = page.last().map(|point| point.id);
            there.extend(page.iter().map(|point| point.id));
            let points: Vec<Point> = page.into_iter().filter(|point| seen.is_new(point)).collect();
            if !into.send(Collection::Records, points).await? || !full {
                return Ok(());
            }
        }
    }

    /// Sends a case that another process replaced or deleted while it was copied.
    async fn copy_again(&self, into: &Outlet, case: Uuid) -> Result<(), IndexError> {
        for _ in 0..ATTEMPTS {
            let Some(record) = self.engine.fetch(Collection::Records, vec![case]).await?.pop() else {
                // Deleted, which is no reason to have no copy of the others.
                return into.take_back(vec![case]).await;
            };
            let Some((generation, expected)) = visible_generation(&record) else { break };
            let filter = Filter::default().and_is(field::GENERATION, generation.to_string());
            let (mut after, mut found) = (None, 0);
            loop {
                let page = self.engine.scan(Collection::Passages, filter.clone(), PASSAGES, after).await?;
                let full = page.len() == PASSAGES;
                after = page.last().map(|point| point.id);
                found += page.len() as u64;
                into.send(Collection::Passages, page).await?;
                if !full {
                    break;
                }
            }
            if found == expected {
                into.send(Collection::Records, vec![record]).await?;
                return Ok(());
            }
        }
        Err(IndexError::Unavailable {
            location: self.location().to_owned(),
            what: format!(
                "case record {case} lacks passages or was changed all the time while it was copied"
            ),
        })
    }

    /// Returns the ids of all points of a collection, announced writes left out.
    pub async fn ids(&self, of: Collection) -> Result<BTreeSet<Uuid>, IndexError> {
        let (mut after, mut ids) = (None, BTreeSet::new());
        let filter = Filter::default().and_none_of(field::KIND, vec![kind::INTENT.to_owned()]);
        loop {
            let fields = Fields::Only(&[field::KIND]);
            let page = self.engine.list(of, filter.clone(), fields, PAGE, after).await?;
            after = page.last().map(|record| record.id);
            let full = page.len() == PAGE;
            ids.extend(page.into_iter().map(|record| record.id));
            if !full {
                return Ok(ids);
            }
        }
    }

    /// Stores points of a copy, leaving alone those that are there just so. They are durable after
    /// [`Self::finish`].
    pub async fn copy_in(&self, copied: CopiedPoints) -> Result<Stored, IndexError> {
        let CopiedPoints { collection, points, .. } = copied;
        let mut stored = Stored::default();
        let mut points = points.into_iter();
        loop {
            let batch: Vec<Point> = points.by_ref().take(BATCH_POINTS).collect();
            if batch.is_empty() {
                return Ok(stored);
            }
            let there = self.fetched(collection, &batch).await?;
            let (present, missing): (Vec<Point>, Vec<Point>) = batch
                .into_iter()
                .partition(|p| there.get(&p.id).is_some_and(|there| differs(p, there).is_none()));
            stored.present += present.len() as u64;
            stored.written += missing.len() as u64;
            if !missing.is_empty() {
                self.engine.upsert(collection, missing).await?;
            }
        }
    }

    /// Returns which of the points are stored with these fields, this lexical vector and a dense vector
    /// where these have one, whatever its numbers are.
    pub async fn alike(&self, copied: &CopiedPoints) -> Result<BTreeSet<Uuid>, IndexError> {
        let there = self.fetched(copied.collection, &copied.points).await?;
        let is_alike = |point: &&Point| {
            there.get(&point.id).is_some_and(|there| {
                point.payload == there.payload
                    && point.sparse == there.sparse
                    && point.dense.is_some() == there.dense.is_some()
            })
        };
        Ok(copied.points.iter().filter(is_alike).map(|point| point.id).collect())
    }

    /// Makes the passages stored so far durable, so that an interrupted copy goes on from here.
    pub async fn keep(&self) -> Result<(), IndexError> {
        self.engine.persist(Collection::Passages).await
    }

    /// Makes everything stored durable and lets the engine build its indexes.
    pub async fn finish(&self) -> Result<(), IndexError> {
        for collection in [Collection::Passages, Collection::Records] {
            self.engine.persist(collection).await?;
            self.engine.tidy(collection).await?;
        }
        self.engine.persist(Collection::Passages).await
    }

    /// Compares points of a copy with what is stored; returns the first difference.
    pub async fn compare(&self, copied: &CopiedPoints) -> Result<Option<Difference>, IndexError> {
        let collection = copied.collection;
        for batch in copied.points.chunks(PAGE) {
            let there = self.fetched(collection, batch).await?;
            for point in batch {
                let what = match there.get(&point.id) {
                    None => Some("it is not there"),
                    Some(there) => differs(point, there),
                };
                if let Some(what) = what {
                    return Ok(Some(Difference { collection, id: point.id, what }));
                }
            }
        }
        Ok(None)
    }

    async fn fetched(&self, from: Collection, points: &[Point]) -> Result<BTreeMap<Uuid, Point>, IndexError> {
        let ids = points.iter().map(|point| point.id).collect();
        let found = self.engine.fetch(from, ids).await?;
        Ok(found.into_iter().map(|point| (point.id, point)).collect())
    }
}

/// Returns about how many bytes a point has.
pub fn weight(point: &Point) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(of).sum(),
            Value::Object(fields) => fields.values().map(of).sum(),
            _ => 8,
        }
    }
    let vectors =
        point.dense.as_ref().map_or(0, Vec::len) + 2 * point.sparse.as_ref().map_or(0, |s| s.indices.len());
    point.payload.values().map(of).sum::<usize>() + 4 * vectors
}

fn differs(point: &Point, there: &Point) -> Option<&'static str> {
    let close =
        |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= ROUNDING);
    if point.payload != there.payload {
        return Some("its fields differ");
    }
    if point.sparse != there.sparse {
        return Some("its lexical vector differs");
    }
    match (&point.dense, &there.dense) {
        (None, None) => None,
        (Some(a), Some(b)) if close(a, b) => None,
        _ => Some("its dense vector differs"),
    }
}

/// Returns a payload as text that does not depend on the order in which an engine returns fields.
pub fn canonical(payload: &Payload) -> String {
    fn write(value: &Value, text: &mut String) {
        match value {
            Value::Object(fields) => {
                let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
                text.push('{');
                for (name, value) in sorted {
                    text.push_str(&Value::from(name.as_str()).to_string());
                    text.push(':');
                    write(value, text);
                    text.push(',');
                }
                text.push('}');
            }
            Value::Array(items) => {
                text.push('[');
                for item in items {
                    write(item, text);
                    text.push(',');
                }
                text.push(']');
            }
            plain => text.push_str(&plain.to_string()),
        }
    }
    let mut text = String::new();
    write(&Value::Object(payload.clone()), &mut text);
    text
}

/// Returns the generation that a passage belongs to; `None` for an announced write.
pub fn generation_of(passage: &Point) -> Option<Uuid> {
    if passage.payload.contains_key(field::ANNOUNCED) {
        return None;
    }
    Uuid::parse_str(passage.payload.get(field::GENERATION)?.as_str()?).ok()
}

/// Returns the generation that a case record makes visible and how many passages it has.
pub fn visible_generation(point: &Point) -> Option<(Uuid, u64)> {
    let record = Record { id: point.id, payload: point.payload.clone() };
    let generation = payload::uuid(&record, field::GENERATION)?;
    Some((generation, payload::number(&record, field::PASSAGES).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
