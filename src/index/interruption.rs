//! What is left when the program is killed in the middle of a write? Tested here at every single
//! engine call, on an engine in memory that loses what was not persisted.
//!
//! A kill keeps, per collection, what was persisted and any beginning of what was written after it, in
//! order; that is what [`Engine`] promises and all that [`super::commit`] may rely on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use uuid::Uuid;

use super::archive::Archive;
use super::engine::{Candidate, Engine, Fields, Point, Record};
use super::filter::{Filter, Test};
use super::schema::{Collection, Compatibility, VectorSpace, field, tag};
use super::store::{
    CaseFilter, CaseIndex, ImportOutcome, IndexError, IndexedDocument, IndexedPassage, QueryVector,
};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, DocumentId};
use crate::index::{sparse_query, sparse_vector};

type Points = BTreeMap<Uuid, Arc<Point>>;
type Change = Arc<dyn Fn(&mut Points) + Send + Sync>;

/// One collection: what is durable, and the writes since.
#[derive(Default, Clone)]
struct Shelf {
    durable: Points,
    pending: Vec<Change>,
}

impl Shelf {
    fn now(&self) -> Points {
        let mut points = self.durable.clone();
        self.pending.iter().for_each(|change| change(&mut points));
        points
    }

    /// What a kill leaves, if this many of the pending writes had reached the disk.
    fn after_kill(&self, reached: usize) -> Self {
        let kept = self.pending.iter().take(reached).cloned().collect();
        let durable = Shelf { durable: self.durable.clone(), pending: kept }.now();
        Self { durable, pending: Vec::new() }
    }
}

/// An engine that stops for good after a number of calls.
struct Mortal {
    records: Mutex<Shelf>,
    passages: Mutex<Shelf>,
    calls_left: AtomicUsize,
}

impl Mortal {
    fn new(records: Shelf, passages: Shelf, calls: usize) -> Arc<Self> {
        Arc::new(Self {
            records: Mutex::new(records),
            passages: Mutex::new(passages),
            calls_left: AtomicUsize::new(calls),
        })
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

    fn change(&self, of: Collection, change: Change) -> Result<(), IndexError> {
        self.live()?;
        self.shelf(of).lock().unwrap().pending.push(change);
        Ok(())
    }
}

fn matches(point: &Point, filter: &Filter) -> bool {
    let tags = || point.payload.get(field::TAGS).and_then(|tags| tags.as_array()).into_iter().flatten();
    let has = |name: &str, value: &str| tags().any(|found| *found == tag(name, value).as_str());
    let holds = |test: &Test| match test {
        Test::Is(name, value) => has(name, value),
        Test::In(name, values) => values.iter().any(|value| has(name, value)),
        Test::Between { .. } => panic!("not needed here"),
    };
    filter.must.iter().all(holds) && !filter.must_not.iter().any(holds)
}

#[async_trait]
impl Engine for Mortal {
    fn location(&self) -> &str {
        "memory"
    }

    async fn upsert(&self, into: Collection, points: Vec<Point>) -> Result<(), IndexError> {
        let points: Vec<Arc<Point>> = points.into_iter().map(Arc::new).collect();
        let change = move |shelf: &mut Points| {
            shelf.extend(points.iter().map(|point| (point.id, Arc::clone(point))));
        };
        self.change(into, Arc::new(change))
    }

    async fn swap(&self, into: Collection, point: Point, seen: Option<Filter>) -> Result<(), IndexError> {
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

    async fn get(&self, from: Collection, ids: Vec<Uuid>, _: Fields) -> Result<Vec<Record>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now();
        let record = |id| points.get(id).map(|p| Record { id: p.id, payload: p.payload.clone() });
        Ok(ids.iter().filter_map(record).collect())
    }

    async fn list(
        &self,
        from: Collection,
        filter: Filter,
        _: Fields,
        limit: usize,
        after: Option<Uuid>,
    ) -> Result<Vec<Record>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now().into_values();
        let wanted = points.filter(|p| matches(p, &filter) && after.is_none_or(|after| p.id > after));
        Ok(wanted.take(limit).map(|p| Record { id: p.id, payload: p.payload.clone() }).collect())
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
        Ok(wanted.take(limit).map(|point| (*point).clone()).collect())
    }

    async fn count(&self, of: Collection, filter: Filter) -> Result<u64, IndexError> {
        self.live()?;
        let points = self.shelf(of).lock().unwrap().now();
        Ok(points.values().filter(|point| matches(point, &filter)).count() as u64)
    }

    async fn fetch(&self, from: Collection, ids: Vec<Uuid>) -> Result<Vec<Point>, IndexError> {
        self.live()?;
        let points = self.shelf(from).lock().unwrap().now();
        Ok(ids.iter().filter_map(|id| points.get(id)).map(|point| (**point).clone()).collect())
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
        let mut shelf = self.shelf(what).lock().unwrap();
        *shelf = shelf.after_kill(usize::MAX);
        Ok(())
    }

    async fn tidy(&self) -> Result<(), IndexError> {
        self.live()
    }
}

/// More passages than one engine call stores.
const PASSAGES: u32 = 300;

fn version(name: &str) -> (Case, Vec<IndexedDocument>) {
    let case = Case {
        id: CaseId::parse("a").unwrap(),
        title: name.to_owned(),
        facets: Facets::default(),
        decision: String::new(),
        conditions: Vec::new(),
        documents: Vec::new(),
        positions: Vec::new(),
    };
    let passages = (1..=PASSAGES).map(|ordinal| IndexedPassage {
        ordinal,
        heading_path: String::new(),
        page: None,
        text: name.to_owned(),
        language: String::new(),
        dense: None,
        sparse: sparse_vector(&["term".to_owned()]),
    });
    let document = IndexedDocument {
        id: DocumentId::of_content(&["same file"]),
        name: name.to_owned(),
        sha256: String::new(),
        pages: 0,
        passages: passages.collect(),
    };
    (case, vec![document])
}

async fn start(engine: &Arc<Mortal>) -> Result<Archive, IndexError> {
    start_at(engine, || 1).await
}

async fn start_at(engine: &Arc<Mortal>, now: fn() -> u64) -> Result<Archive, IndexError> {
    let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
    let engine: Arc<dyn Engine> = Arc::clone(engine) as _;
    Archive::start(engine, &Compatibility::needed_for(&space), 0, now).await
}

/// Returns the title of the visible version after checking that it is visible in full, and that
/// nothing of another one is in the store.
async fn check(engine: &Arc<Mortal>, archive: &Archive) -> Option<String> {
    let case = archive.get_case(&CaseId::parse("a").unwrap()).await.unwrap();
    let query = [QueryVector::Sparse(sparse_query(&["term".to_owned()]))];
    let hits = archive.nearest(&query, &CaseFilter::default(), 1_000).await.unwrap();
    let stored = engine.passages.lock().unwrap().now().len();
    let title = case.map(|case| case.title);
    assert_eq!(hits[0].len(), if title.is_some() { PASSAGES as usize } else { 0 });
    assert!(hits[0].iter().all(|hit| Some(&hit.text) == title.as_ref()));
    assert_eq!(stored, hits[0].len(), "nothing is left behind");
    assert_eq!(archive.archive_state().await.unwrap().passages, stored as u64);
    title
}

enum Write {
    Replace,
    Delete,
}

/// Kills `write` after each possible number of calls and with any of `reached` pending writes on disk.
async fn survives(write: Write, allowed_after: [Option<&str>; 2]) {
    let living = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let (case, documents) = version("old");
    start(&living).await.unwrap().import_case(&case, &documents).await.unwrap();
    let shelves =
        |engine: &Mortal| (engine.records.lock().unwrap().clone(), engine.passages.lock().unwrap().clone());
    let (records, passages) = shelves(&living);
    let mut calls = 0;
    loop {
        let (mut finished, mut had_calls_to_spare) = (false, false);
        for reached in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 3), (9, 2), (9, 9)] {
            let mortal = Mortal::new(records.clone(), passages.clone(), calls);
            finished = match start(&mortal).await {
                Err(_) => false,
                Ok(archive) => attempt(&archive, &write).await,
            };
            had_calls_to_spare = mortal.calls_left.load(Ordering::SeqCst) > 0;
            let (records, passages) = shelves(&mortal);
            let (records, passages) = (records.after_kill(reached.0), passages.after_kill(reached.1));
            let revived = Mortal::new(records, passages, usize::MAX);
            let archive = start(&revived).await.unwrap();
            let visible = check(&revived, &archive).await;
            assert!(allowed_after.contains(&visible.as_deref()), "{calls} calls: {visible:?}");
            assert!(!finished || visible.as_deref() == allowed_after[1], "a finished write stays");
            // The interrupted write is simply repeated.
            let (case, documents) = version("new");
            archive.import_case(&case, &documents).await.unwrap();
            assert_eq!(check(&revived, &archive).await.as_deref(), Some("new"));
        }
        // A write is reported as done before it has cleaned up: go on until no call was missing.
        if finished && had_calls_to_spare {
            break;
        }
        calls += 1;
    }
}

async fn attempt(archive: &Archive, write: &Write) -> bool {
    let (case, documents) = version("new");
    match write {
        Write::Replace => archive.import_case(&case, &documents).await.is_ok(),
        Write::Delete => archive.delete_case(&case.id).await.is_ok(),
    }
}

#[tokio::test]
async fn kill_during_a_replacement_leaves_the_old_or_the_new_case_whole() {
    survives(Write::Replace, [Some("old"), Some("new")]).await;
}

#[tokio::test]
async fn kill_during_a_deletion_leaves_the_case_whole_or_gone() {
    survives(Write::Delete, [Some("old"), None]).await;
}

#[tokio::test]
async fn failed_write_is_cleaned_up_before_the_next_one() {
    let (case, documents) = version("old");
    for calls in 0..12 {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start(&engine).await.unwrap();
        engine.calls_left.store(calls, Ordering::SeqCst);
        let _ = archive.import_case(&case, &documents).await;
        engine.calls_left.store(usize::MAX, Ordering::SeqCst);
        let (case, documents) = version("new");
        let outcome = archive.import_case(&case, &documents).await.unwrap();
        assert_ne!(outcome, ImportOutcome::Unchanged);
        assert_eq!(check(&engine, &archive).await.as_deref(), Some("new"), "{calls} calls");
    }
}

#[tokio::test]
async fn clock_that_goes_back_leaves_nothing_behind() {
    let (case, documents) = version("old");
    for calls in 0..12 {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start_at(&engine, || 2_000_000_000).await.unwrap();
        engine.calls_left.store(calls, Ordering::SeqCst);
        let acknowledged = archive.import_case(&case, &documents).await.is_ok();
        engine.calls_left.store(usize::MAX, Ordering::SeqCst);
        let archive = start_at(&engine, || 1_000_000_000).await.unwrap();
        let visible = check(&engine, &archive).await;
        assert!(!acknowledged || visible.is_some(), "{calls} calls");
    }
}

#[tokio::test]
async fn kill_during_a_group_of_imports_leaves_each_case_whole_or_absent() {
    let group = || {
        let (first, documents) = version("old");
        let second = Case { id: CaseId::parse("b").unwrap(), ..first.clone() };
        vec![(first.clone(), documents.clone()), (second, documents.clone()), (version("new").0, documents)]
    };
    for calls in 0.. {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start(&engine).await.unwrap();
        engine.calls_left.store(calls, Ordering::SeqCst);
        let finished = archive.import_cases(group()).await.is_ok();
        let had_calls_to_spare = engine.calls_left.load(Ordering::SeqCst) > 0;
        for reached in [(0, 0), (0, 1), (1, 1), (9, 2), (9, 9)] {
            let records = engine.records.lock().unwrap().after_kill(reached.0);
            let passages = engine.passages.lock().unwrap().after_kill(reached.1);
            let revived = Mortal::new(records, passages, usize::MAX);
            let archive = start(&revived).await.unwrap();
            let cases = archive.list_cases(&CaseFilter::default(), 10, None).await.unwrap().items;
            let stored = revived.passages.lock().unwrap().now().len();
            assert_eq!(stored, cases.len() * PASSAGES as usize, "{calls} calls");
            assert!(!finished || cases.len() == 2, "a finished write stays");
        }
        if finished && had_calls_to_spare {
            break;
        }
    }
}
