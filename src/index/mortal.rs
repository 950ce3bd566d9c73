//! An engine in memory that stops for good after a number of calls, and loses what was not persisted.
//!
//! A kill keeps, per collection, what was persisted and any beginning of what was written after it, in
//! order; that is what [`Engine`] promises and all that the writes above it may rely on. It can also refuse
//! for a while, as an archive that is away or a disk that is full.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;

use super::archive::Archive;
pub use super::engine::Payload;
use super::engine::{Candidate, Engine, Fields, Point, Record};
use super::filter::{Filter, Test};
use super::schema::{Collection, Compatibility, VectorSpace, field, tag};
use super::store::{IndexError, QueryVector};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, ScreeningId, VerdictId};
use crate::domain::verdict::{Disposition, Verdict};

/// A case of which only the name matters.
pub fn small_case(id: &str) -> Case {
    Case {
        id: CaseId::parse(id).expect("tests name it well"),
        title: "Quarry".to_owned(),
        facets: Facets::default(),
        decision: String::new(),
        conditions: Vec::new(),
        documents: Vec::new(),
        positions: Vec::new(),
    }
}

/// A verdict of which only the screening matters.
pub fn small_verdict(screening: ScreeningId) -> Verdict {
    Verdict {
        id: VerdictId::of_content(&["v"]),
        screening,
        finding: "C01".to_owned(),
        disposition: Disposition::Accepted,
        replacement: String::new(),
        reason: String::new(),
        reviewer: "expert".to_owned(),
        create_time: "2026-11-26T11:00:00Z".to_owned(),
    }
}

pub type Points = BTreeMap<Uuid, Arc<Point>>;
type Change = Arc<dyn Fn(&mut Points) + Send + Sync>;

/// One collection: what is durable, and the writes since.
#[derive(Default, Clone)]
pub struct Shelf {
    durable: Points,
    pending: Vec<Change>,
}

impl Shelf {
    pub fn now(&self) -> Points {
        let mut points = self.durable.clone();
        self.pending.iter().for_each(|change| change(&mut points));
        points
    }

    /// What a kill leaves, if this many of the pending writes had reached the disk.
    pub fn after_kill(&self, reached: usize) -> Self {
        let kept = self.pending.iter().take(reached).cloned().collect();
        let durable = Shelf { durable: self.durable.clone(), pending: kept }.now();
        Self { durable, pending: Vec::new() }
    }
}

/// Decides whether a point may be read or written now, and by an empty one whether what is written may be persisted.
type Refusal = Box<dyn FnMut(&Payload) -> bool + Send>;

/// An engine that stops for good after a number of calls.
pub struct Mortal {
    pub records: Mutex<Shelf>,
    pub passages: Mutex<Shelf>,
    pub calls_left: AtomicUsize,
    /// Records that were read whole for a copy, each as often as it was.
    pub copied: Mutex<Vec<Uuid>>,
    refusal: Mutex<Refusal>,
}

impl Mortal {
    pub fn new(records: Shelf, passages: Shelf, calls: usize) -> Arc<Self> {
        Arc::new(Self {
            records: Mutex::new(records),
            passages: Mutex::new(passages),
            calls_left: AtomicUsize::new(calls),
            copied: Mutex::default(),
            refusal: Mutex::new(Box::new(|_| false)),
        })
    }

    /// Refuses from now on what `refusal` is true of.
    pub fn refuse(&self, refusal: impl FnMut(&Payload) -> bool + Send + 'static) {
        *self.refusal.lock().unwrap() = Box::new(refusal);
    }

    fn ask(&self, payload: &Payload) -> Result<(), IndexError> {
        // A refusal that panicked is a failure of the engine's, not of this test.
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        if refusal(payload) {
            return Err(IndexError::Unavailable { location: "memory".into(), what: "away".into() });
        }
        Ok(())
    }

    fn shelf(&self, of: Collection) -> &Mutex<Shelf> {
        match of {
            Collection::Records => &self.records,
            Collection::Passages => &self.passages,
        }
    }

    fn live(&self) -> Result<(), IndexError> {
        let one_less = |left: usize| left.checked_sub(1);
        match self.calls_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Ok(()),
            Err(_) => Err(IndexError::Unavailable { location: "memory".into(), what: "dead".into() }),
        }
    }

    fn note_copied(&self, from: Collection, points: &[Point]) {
        if from == Collection::Records {
            self.copied.lock().unwrap().extend(points.iter().map(|point| point.id));
        }
    }

    fn change(&self, of: Collection, change: Change) -> Result<(), IndexError> {
        self.live()?;
        self.shelf(of).lock().unwrap().pending.push(change);
        Ok(())
    }
}

fn matches(point: &Point, filter: &Filter) -> bool {
    let tags = || point.payload.get(field::TAGS).and_then(|tags| tags.as_array()).into_iter().flatten();
    let has = |name: &str, value: &str| tags().any(|found| *found == tag(name, value));
    let holds = |test: &Test| match test {
        Test::Is(name, value) => has(name, value),
        Test::In(name, values) => values.iter().any(|value| has(name, value)),
        Test::Between { .. } => panic!("not needed here"),
    };
    filter.must.iter().all(holds) && !filter.must_not.iter().any(holds)
}

fn selected(point: &Point, fields: Fields) -> Record {
    let mut payload = Payload::new();
    match fields {
        Fields::All => payload.clone_from(&point.payload),
        Fields::Only(paths) => paths.iter().for_each(|path| choose(&point.payload, path, &mut payload)),
        Fields::Except(names) => {
            payload.clone_from(&point.payload);
            payload.retain(|name, _| !names.contains(&name.as_str()));
        }
    }
    Record { id: point.id, payload }
}

/// Copies what a path names, if it is there.
fn choose(from: &Payload, path: &str, into: &mut Payload) {
    let (outer, inner) = match path.split_once('.') {
        Some((outer, inner)) => (outer, Some(inner)),
        None => (path, None),
    };
    let Some(value) = from.get(outer) else { return };
    let Some(inner) = inner else {
        into.insert(outer.to_owned(), value.clone());
        return;
    };
    let part = into.entry(outer).or_insert_with(|| Payload::new().into());
    if let (Some(part), Some(value)) = (part.as_object_mut(), value.get(inner)) {
        part.insert(inner.to_owned(), value.clone());
    }
}

#[async_trait]
impl Engine for Mortal {
    fn location(&self) -> &str {
        "memory"
    }

    async fn upsert(&self, into: Collection, points: Vec<Point>) -> Result<(), IndexError> {
        points.iter().try_for_each(|point| self.ask(&point.payload))?;
        let points: Vec<Arc<Point>> = points.into_iter().map(Arc::new).collect();
        let change = move |shelf: &mut Points| {
            shelf.extend(points.iter().map(|point| (point.id, Arc::clone(point))));
        };
        self.change(into, Arc::new(change))
    }

    async fn swap(&self, into: Collection, point: Point, seen: Option<Filter>) -> Result<(), IndexError> {
        self.ask(&point.payload)?;
        let change = move |shelf: &mut Points| {
            let is_seen = match (shelf.get(&point.id), &seen) {
                (None, None) => true,
                (Some(there), Some(seen)) => matches(there, seen),
                _ => false,
            };
            if is_seen {
                shelf.insert(point.id, Arc::new(point.clone()));
            }
        };
        self.change(into, Arc::new(change))
    }

    async fn delete(&self, from: Collection, filter: Filter) -> Result<(), IndexError> {
        let change = move |shelf: &mut Points| shelf.retain(|_, point| !matches(point, &filter));
        self.change(from, Arc::new(change))
    }

    async fn remove(&self, from: Collection, ids: Vec<Uuid>) -> Result<(), IndexError> {
        self.change(from, Arc::new(move |shelf| shelf.retain(|id, _| !ids.contains(id))))
    }

    async fn get(&self, from: Collection, ids: Vec<Uuid>, fields: Fields) -> Result<Vec<Record>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now();
        let found: Vec<&Arc<Point>> = ids.iter().filter_map(|id| points.get(id)).collect();
        found.iter().try_for_each(|point| self.ask(&point.payload))?;
        Ok(found.into_iter().map(|point| selected(point, fields)).collect())
    }

    async fn list(
        &self,
        from: Collection,
        filter: Filter,
        fields: Fields,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Record>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now().into_values();
        let wanted = points.filter(|p| matches(p, &filter) && after.is_none_or(|after| p.id > after));
        Ok(wanted.take(limit).map(|point| selected(&point, fields)).collect())
    }

    async fn scan(
        &self,
        from: Collection,
        filter: Filter,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Point>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now().into_values();
        let wanted = points.filter(|p| matches(p, &filter) && after.is_none_or(|after| p.id > after));
        let page: Vec<Point> = wanted.take(limit).map(|point| (*point).clone()).collect();
        self.note_copied(from, &page);
        Ok(page)
    }

    async fn count(&self, of: Collection, filter: Filter) -> Result<u64, IndexError> {
        self.live()?;
        let points = self.shelf(of).lock().unwrap().now();
        Ok(points.values().filter(|point| matches(point, &filter)).count() as u64)
    }

    async fn fetch(&self, from: Collection, ids: Vec<Uuid>) -> Result<Vec<Point>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now();
        let found: Vec<Point> =
            ids.iter().filter_map(|id| points.get(id)).map(|point| (**point).clone()).collect();
        self.note_copied(from, &found);
        Ok(found)
    }

    /// Finds every passage that shares a term, all at the same score.
    async fn search(
        &self,
        queries: Vec<QueryVector>,
        filter: Filter,
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, IndexError> {
        self.live()?;
        let points = self.passages.lock().unwrap().now();
        let shares = |query: &QueryVector, point: &Point| match (query, &point.sparse) {
            (QueryVector::Sparse(asked), Some(has)) => {
                asked.indices.iter().any(|term| has.indices.contains(term))
            }
            _ => false,
        };
        let answer = |query: &QueryVector| {
            let found = points.values().filter(|p| matches(p, &filter) && shares(query, p));
            found.take(limit).map(|p| Candidate { id: p.id, score: 1.0 }).collect()
        };
        Ok(queries.iter().map(answer).collect())
    }

    async fn persist(&self, what: Collection) -> Result<(), IndexError> {
        self.live()?;
        self.ask(&Payload::default())?;
        let mut shelf = self.shelf(what).lock().unwrap();
        *shelf = shelf.after_kill(usize::MAX);
        Ok(())
    }

    async fn tidy(&self, _of: Collection) -> Result<(), IndexError> {
        self.live()
    }
}

/// Opens the archive on it, as after a start of the program.
pub async fn start(engine: &Arc<Mortal>) -> Result<Archive, IndexError> {
    start_at(engine, || 1).await
}

/// As [`start`], with a clock.
pub async fn start_at(engine: &Arc<Mortal>, now: fn() -> u64) -> Result<Archive, IndexError> {
    start_beside(engine, 0, now).await
}

/// As [`start_at`], where other processes write, too: what they left so many seconds ago was interrupted.
pub async fn start_beside(
    engine: &Arc<Mortal>,
    sweep_age: u64,
    now: fn() -> u64,
) -> Result<Archive, IndexError> {
    let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
    let engine: Arc<dyn Engine> = Arc::clone(engine) as _;
    Archive::start(engine, &Compatibility::needed_for(&space), sweep_age, now).await
}
