//! What is left when the program is killed in the middle of a write? Tested here at every single
//! engine call, on an engine in memory that loses what was not persisted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::archive::Archive;
use super::mortal::{Mortal, Payload, Shelf, start, start_at, start_beside};
use super::schema::{field, kind};
use super::store::{CaseFilter, CaseIndex, ImportOutcome, IndexedDocument, IndexedPassage, QueryVector};
use super::work::WorkStore;
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, DocumentId};
use crate::index::{sparse_query, sparse_vector};

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

/// Seconds after which what another process left was interrupted.
const SHARED: u64 = 3_600;

static NOW: AtomicU64 = AtomicU64::new(1_000_000);

fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

fn is_case(payload: &Payload) -> bool {
    payload.get(field::KIND).and_then(|kind| kind.as_str()) == Some(kind::CASE)
}

#[tokio::test]
async fn a_failed_import_takes_nothing_from_another_process_and_its_own_goes_an_hour_later() {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let [one, other] = [
        start_beside(&engine, SHARED, now).await.unwrap(),
        start_beside(&engine, SHARED, now).await.unwrap(),
    ];
    let stored = || engine.passages.lock().unwrap().now().len();
    let whole = PASSAGES as usize + 1;
    let (case, documents) = version("new");
    // Both store the same; the case record of neither has been stored yet.
    engine.refuse(is_case);
    one.import_case(&case, &documents).await.unwrap_err();
    assert_eq!(stored(), whole, "the other one may be about to make them visible");
    other.import_cases(vec![(case.clone(), documents.clone())]).await.unwrap_err();
    assert_eq!(stored(), whole);
    engine.refuse(|_| false);
    one.finish_deletions().await.unwrap();
    assert_eq!(stored(), whole, "not yet");
    assert_eq!(other.import_case(&case, &documents).await.unwrap(), ImportOutcome::Created);
    assert_eq!(check(&engine, &one).await.as_deref(), Some("new"));
    // Of another version nobody makes anything visible: it goes without a restart.
    let (case, documents) = version("newer");
    engine.refuse(|payload| is_case(payload) && payload[field::CONTENT]["title"] == "newer");
    one.import_case(&case, &documents).await.unwrap_err();
    engine.refuse(|_| false);
    NOW.fetch_add(SHARED, Ordering::Relaxed);
    other.finish_deletions().await.unwrap();
    assert_eq!(check(&engine, &other).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_sweep_leaves_what_is_announced_anew_while_it_looks() {
    static NOW: AtomicU64 = AtomicU64::new(1_000_000);
    let now = || NOW.load(Ordering::Relaxed);
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let [one, other] = [
        start_beside(&engine, SHARED, now).await.unwrap(),
        start_beside(&engine, SHARED, now).await.unwrap(),
    ];
    let (case, documents) = version("new");
    engine.refuse(is_case);
    one.import_case(&case, &documents).await.unwrap_err();
    let old = engine.passages.lock().unwrap().clone();
    NOW.fetch_add(SHARED, Ordering::Relaxed);
    one.import_case(&case, &documents).await.unwrap_err();
    let anew = std::mem::replace(&mut *engine.passages.lock().unwrap(), old);
    // The sweep has listed the old one when it first persists something.
    let (mut anew, store) = (Some(anew), Arc::clone(&engine));
    engine.refuse(move |payload| {
        if let Some(anew) = anew.take_if(|_| payload.is_empty()) {
            *store.passages.lock().unwrap() = anew;
        }
        false
    });
    other.finish_deletions().await.unwrap();
    engine.refuse(|_| false);
    assert_eq!(engine.passages.lock().unwrap().now().len(), PASSAGES as usize + 1);
    assert_eq!(one.import_case(&case, &documents).await.unwrap(), ImportOutcome::Created);
    assert_eq!(check(&engine, &other).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn an_import_whose_passages_were_swept_meanwhile_fails_and_is_repeated() {
    for in_group in [false, true] {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let archive = start_beside(&engine, SHARED, || 1_000_000).await.unwrap();
        let (case, documents) = version("new");
        let (mut is_swept, store) = (false, Arc::clone(&engine));
        engine.refuse(move |payload| {
            // When the passages are to be persisted.
            if payload.is_empty() && !std::mem::replace(&mut is_swept, true) {
                *store.passages.lock().unwrap() = Shelf::default();
            }
            false
        });
        let failed = if in_group {
            archive.import_cases(vec![(case.clone(), documents.clone())]).await.is_err()
        } else {
            archive.import_case(&case, &documents).await.is_err()
        };
        assert!(failed, "{in_group}");
        assert_eq!(engine.passages.lock().unwrap().now().len(), 1, "what is left is found by a sweep");
        engine.refuse(|_| false);
        assert_eq!(archive.import_case(&case, &documents).await.unwrap(), ImportOutcome::Created);
        assert_eq!(check(&engine, &archive).await.as_deref(), Some("new"));
    }
}

#[tokio::test]
async fn a_sweep_leaves_what_a_copy_may_have_to_read() {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    let (case, documents) = version("old");
    archive.import_case(&case, &documents).await.unwrap();
    let copying = archive.writer.begin_copy().await;
    let (case, documents) = version("new");
    archive.import_case(&case, &documents).await.unwrap();
    archive.finish_deletions().await.unwrap();
    let stored = || engine.passages.lock().unwrap().now().len();
    assert_eq!(stored(), 2 * PASSAGES as usize + 1);
    drop(copying);
    archive.finish_deletions().await.unwrap();
    assert_eq!(check(&engine, &archive).await.as_deref(), Some("new"));
}
