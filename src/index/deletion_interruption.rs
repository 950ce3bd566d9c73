//! What is left when the program is killed while a screening is deleted? At every single engine call, with
//! any part of what was not yet durable lost.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::archive::Archive;
use super::engine::{Engine, Point};
use super::mortal::{Mortal, Shelf, small_verdict, start};
use super::schema::{Collection, field, kind};
use super::store::{CaseIndex, ScreeningRecord};
use super::work::{
    FILE_PIECE, Lane, ScreeningState, Seen, StoredFile, Swap, TextOutline, Verdicts, Work, WorkStore,
};
use crate::domain::ids::{DocumentId, ScreeningId};
use crate::domain::verdict::Verdict;

/// More than one piece.
const BYTES: usize = 2 * FILE_PIECE + 7;

fn file() -> StoredFile {
    StoredFile { document: DocumentId::of_content(&["file"]), sha256: "ab".repeat(32), bytes: BYTES as u64 }
}

fn content() -> Box<Cursor<Vec<u8>>> {
    Box::new(Cursor::new(vec![7; BYTES]))
}

fn screening(name: &str, text: Option<Uuid>) -> ScreeningRecord {
    let time = "2026-11-26T10:00:00Z".to_owned();
    ScreeningRecord {
        id: ScreeningId::of_content(&[name]),
        case: None,
        document: file().document,
        document_name: "a.pdf".to_owned(),
        packs: vec!["eu".to_owned()],
        create_time: time.clone(),
        state: ScreeningState::Succeeded,
        work: Some(Work {
            request_json: "{}".to_owned(),
            file_bytes: BYTES as u64,
            is_packed: true,
            lane: Lane::Bulk,
            revision: 3,
            attempts: 1,
            holder: None,
            step: None,
            failure: None,
            text,
            degraded_ends: 0,
            update_time: time,
        }),
        report_json: "{}".to_owned(),
    }
}

/// As made by a call, which stores neither file nor text.
fn called() -> ScreeningRecord {
    ScreeningRecord { work: None, ..screening("called", None) }
}

fn verdict(about: &ScreeningRecord) -> Verdict {
    small_verdict(about.id)
}

/// Which screening of a file is deleted.
#[derive(Clone, Copy, PartialEq)]
enum Deleted {
    Only,
    OneOfTwo,
    /// The submitted one was deleted before it.
    CalledOne,
}

/// An archive with a file, its text, the screening that is to be deleted and a verdict about it.
async fn filled(deleted: Deleted) -> (Shelf, ScreeningRecord, Uuid) {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    archive.put_file(&file(), content()).await.unwrap();
    let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
    let text = archive.put_text(file().document, "text", &outline).await.unwrap();
    let one = screening("one", Some(text));
    assert_eq!(archive.swap_screening(None, &one).await.unwrap(), Swap::Stored);
    if deleted == Deleted::OneOfTwo {
        let two = screening("two", Some(text));
        assert_eq!(archive.swap_screening(None, &two).await.unwrap(), Swap::Stored);
    }
    let mut going = one.clone();
    if deleted == Deleted::CalledOne {
        going = called();
        archive.put_screening(&going).await.unwrap();
        assert_eq!(archive.delete_screening(&one, Verdicts::Go).await.unwrap(), Swap::Stored);
        assert!(is_whole(&archive, text).await, "the other one is left");
    }
    archive.append_verdict(&verdict(&going), Seen::None).await.unwrap();
    let records = engine.records.lock().unwrap().clone();
    (records, going, text)
}

/// Kinds of what is stored, with their numbers, compatibility record left out.
fn stored(engine: &Mortal) -> Vec<(String, usize)> {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for point in engine.records.lock().unwrap().now().values() {
        let kind = point.payload.get(field::KIND).and_then(|kind| kind.as_str()).unwrap_or("?");
        *kinds.entry(kind.to_owned()).or_default() += 1;
    }
    kinds.remove(kind::COMPATIBILITY);
    kinds.into_iter().collect()
}

async fn is_whole(archive: &Archive, text: Uuid) -> bool {
    let Some(found) = archive.get_file(file().document).await.unwrap() else { return false };
    for number in 0..found.pieces() {
        assert!(archive.read_file(file().document, number).await.unwrap().is_some(), "half a file");
    }
    archive.get_outline(text).await.unwrap().is_some()
}

/// Kills the deletion after each possible number of calls and with any of the pending writes on disk.
async fn survives(deleted: Deleted, verdicts: Verdicts) {
    let (records, one, text) = filled(deleted).await;
    let mut calls = 0;
    loop {
        let (mut finished, mut had_calls_to_spare) = (false, false);
        for reached in 0..12 {
            let mortal = Mortal::new(records.clone(), Shelf::default(), calls);
            finished = match start(&mortal).await {
                Err(_) => false,
                Ok(archive) => matches!(archive.delete_screening(&one, verdicts).await, Ok(Swap::Stored)),
            };
            had_calls_to_spare = mortal.calls_left.load(Ordering::SeqCst) > 0;
            let left = mortal.records.lock().unwrap().after_kill(reached);
            let revived = Mortal::new(left, Shelf::default(), usize::MAX);
            let archive = start(&revived).await.unwrap();
            let there = archive.get_screening(one.id).await.unwrap();
            assert!(!finished || there.is_none(), "an acknowledged deletion holds");
            let kinds = stored(&revived);
            let has = |name: &str| kinds.iter().any(|(kind, _)| kind == name);
            assert!(!has(kind::DELETION) && !has(kind::FILE_DELETION), "{calls} {reached}: {kinds:?}");
            if there.is_some() || deleted == Deleted::OneOfTwo {
                assert!(is_whole(&archive, text).await, "{calls} {reached}: {kinds:?}");
            } else {
                let of_document = [kind::FILE, kind::FILE_PIECE, kind::TEXT, kind::TEXT_PIECE, kind::ARRIVAL];
                for gone in of_document.into_iter().chain([kind::SCREENING]) {
                    assert!(!has(gone), "{calls} {reached}: {kinds:?}");
                }
            }
            let stays = there.is_some() || verdicts == Verdicts::Stay;
            let listed = archive.list_verdicts(one.id, 9, None).await.unwrap().items;
            assert_eq!(listed.len(), usize::from(stays), "{calls} {reached}: {kinds:?}");
            // The same file is submitted again, whatever is left.
            archive.put_file(&file(), content()).await.unwrap();
            if there.is_none() {
                assert_eq!(archive.swap_screening(None, &one).await.unwrap(), Swap::Stored);
            }
            assert!(archive.get_screening(one.id).await.unwrap().is_some());
            assert!(archive.get_file(file().document).await.unwrap().is_some());
        }
        if finished && had_calls_to_spare {
            break;
        }
        calls += 1;
    }
    assert!(calls > 5, "the deletion has steps");
}

#[tokio::test]
async fn kill_during_a_deletion_leaves_the_screening_whole_or_nothing_of_it() {
    survives(Deleted::Only, Verdicts::Stay).await;
    survives(Deleted::Only, Verdicts::Go).await;
}

#[tokio::test]
async fn kill_during_a_deletion_leaves_what_another_screening_needs() {
    survives(Deleted::OneOfTwo, Verdicts::Stay).await;
}

#[tokio::test]
async fn kill_during_the_deletion_of_a_called_screening_leaves_it_whole_or_nothing_of_its_document() {
    survives(Deleted::CalledOne, Verdicts::Stay).await;
}

#[tokio::test]
async fn a_failed_deletion_is_finished_by_the_next_call() {
    let (records, one, _) = filled(Deleted::Only).await;
    for calls in 0..40 {
        let engine = Mortal::new(records.clone(), Shelf::default(), usize::MAX);
        let archive = start(&engine).await.unwrap();
        engine.calls_left.store(calls, Ordering::SeqCst);
        let _ = archive.delete_screening(&one, Verdicts::Stay).await;
        engine.calls_left.store(usize::MAX, Ordering::SeqCst);
        // By submitting it again …
        archive.put_file(&file(), content()).await.unwrap();
        let again = archive.swap_screening(None, &one).await.unwrap();
        assert!(again == Swap::Stored || again == Swap::Refused(Some(Box::new(one.clone()))), "{calls}");
        archive.put_file(&file(), content()).await.unwrap();
        assert!(archive.get_file(file().document).await.unwrap().is_some(), "{calls}");
        // … or by deleting it again.
        archive.delete_screening(&one, Verdicts::Go).await.unwrap();
        assert_eq!(stored(&engine), Vec::new(), "{calls}");
    }
}

#[tokio::test]
async fn versions_before_read_an_announced_deletion_and_theirs_are_finished() {
    let (records, one, _) = filled(Deleted::Only).await;
    let engine = Mortal::new(records, Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    // It ends when the announcement is to be persisted.
    engine.refuse(|payload| payload.is_empty());
    archive.delete_screening(&one, Verdicts::Go).await.unwrap_err();
    engine.refuse(|_| false);
    let records = engine.records.lock().unwrap().now();
    let mut announced: Point = (*records[&one.id.0]).clone();
    let content = announced.payload.get_mut(field::CONTENT).and_then(|content| content.as_object_mut());
    // They require it, and leave the file where it is not true.
    assert_eq!(content.unwrap().remove("has_file"), Some(true.into()));
    engine.upsert(Collection::Records, vec![announced]).await.unwrap();
    start(&engine).await.unwrap();
    assert_eq!(stored(&engine), Vec::new());
}

/// A file is submitted and its only screening deleted at the same time, in every order of their steps that
/// two tasks can take: whatever was acknowledged has its file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_comes_while_it_goes_is_there() {
    let (records, one, _) = filled(Deleted::Only).await;
    for round in 0..300 {
        let engine = Mortal::new(records.clone(), Shelf::default(), usize::MAX);
        let archive = Arc::new(start(&engine).await.unwrap());
        let deleting = {
            let (archive, one) = (Arc::clone(&archive), one.clone());
            tokio::spawn(async move { archive.delete_screening(&one, Verdicts::Stay).await })
        };
        for _ in 0..round % 30 {
            tokio::task::yield_now().await;
        }
        let two = screening("two", None);
        archive.put_file(&file(), content()).await.unwrap();
        assert_eq!(archive.swap_screening(None, &two).await.unwrap(), Swap::Stored);
        while archive.put_file(&file(), content()).await.unwrap() {}
        deleting.await.unwrap().unwrap();
        let found = archive.get_file(file().document).await.unwrap();
        assert!(found.is_some(), "round {round}");
        for number in 0..file().pieces() {
            assert!(archive.read_file(file().document, number).await.unwrap().is_some(), "round {round}");
        }
    }
}

#[tokio::test]
async fn a_file_goes_alone_when_all_its_screenings_ended_long_ago() {
    let (records, _, text) = filled(Deleted::OneOfTwo).await;
    let engine = Mortal::new(records, Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    let document = file().document;
    assert!(!archive.delete_file(document, "2026-11-26T10:00:00Z").await.unwrap(), "not before that time");
    assert!(is_whole(&archive, text).await);
    assert!(archive.delete_file(document, "2026-11-26T10:00:01Z").await.unwrap());
    assert_eq!(archive.get_file(document).await.unwrap(), None);
    assert_eq!(archive.read_file(document, 0).await.unwrap(), None);
    assert!(archive.get_outline(text).await.unwrap().is_some(), "the text stays");
    assert!(!archive.delete_file(document, "2026-11-26T10:00:01Z").await.unwrap(), "there is none");
    for name in ["one", "two"] {
        let screening = screening(name, Some(text));
        archive.delete_screening(&screening, Verdicts::Go).await.unwrap();
    }
    assert_eq!(stored(&engine), Vec::new(), "texts go with the last screening although the file went before");
}
