//! The embedded engine where its disk is full, a shard is closed or a writer is busy.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::domain::ids::{DocumentId, ScreeningId};
use crate::index::CaseIndex;
use crate::index::archive::Archive;
use crate::index::engine::Steps;
use crate::index::mortal::small_case;
use crate::index::schema::{VectorSpace, field, tag};
use crate::index::store::{ImportOutcome, ScreeningRecord, SparseVector};
use crate::index::work::{FILE_PIECE, StoredFile, Swap, Verdicts, WorkStore};

/// Of a disk that has no room for anything new.
const NEARLY_FULL: room::FreeBytes = |_| Ok(20 * 1024 * 1024);

fn needed() -> Compatibility {
    let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
    Compatibility::needed_for(&space)
}

fn point() -> Point {
    Point::record(Uuid::from_u128(1), Payload::new())
}

#[tokio::test]
async fn full_disk_refuses_to_store_but_still_deletes_and_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let engine = EdgeEngine::open(&path, &needed(), 1, Tuning::default()).await.unwrap();
    engine.upsert(Collection::Records, vec![point()]).await.unwrap();
    drop(engine);
    let engine = EdgeEngine::open_on(&path, &needed(), 1, Tuning::default(), NEARLY_FULL).await.unwrap();
    let refused = engine.upsert(Collection::Records, vec![point()]).await.unwrap_err();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
    assert!(refused.to_string().contains("disk is full"), "{refused}");
    let ids = vec![point().id];
    let found = engine.get(Collection::Records, ids.clone(), Fields::All).await.unwrap();
    assert_eq!(found.len(), 1);
    engine.remove(Collection::Records, ids.clone()).await.unwrap();
    engine.persist(Collection::Records).await.unwrap();
    drop(engine);
    let full = |_: &Path| Ok(0);
    let engine = EdgeEngine::open_on(&path, &needed(), 1, Tuning::default(), full).await.unwrap();
    let found = engine.get(Collection::Records, ids.clone(), Fields::All).await.unwrap();
    assert_eq!(found, []);
    let refused = engine.remove(Collection::Records, ids).await.unwrap_err();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
}

fn screening(name: &str) -> ScreeningRecord {
    serde_json::from_value(serde_json::json!({
        "id": ScreeningId::of_content(&[name]), "case": "a", "document": DocumentId::of_content(&["d"]),
        "document_name": "a.pdf", "packs": ["eu"], "create_time": "2026-11-26T01:00:00Z", "report_json": "{}",
    }))
    .unwrap()
}

/// Two cases, and two screenings of one file.
async fn fill(archive: &Archive, file: &StoredFile) {
    for case in ["a", "b"] {
        archive.import_case(&small_case(case), &[]).await.unwrap();
    }
    for name in ["one", "two"] {
        archive.put_screening(&screening(name)).await.unwrap();
    }
    let content = std::io::Cursor::new(vec![7_u8; file.bytes as usize]);
    assert!(archive.put_file(file, Box::new(content)).await.unwrap());
    archive.flush().await.unwrap();
}

#[tokio::test]
async fn everything_can_be_deleted_from_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let document = screening("one").document;
    let file = StoredFile { document, sha256: "ab".repeat(32), bytes: 2 * FILE_PIECE as u64 };
    let open = async |free_bytes: room::FreeBytes| {
        let engine = EdgeEngine::open_on(&path, &needed(), 1, Tuning::default(), free_bytes).await.unwrap();
        Archive::start(Arc::new(engine), &needed(), 0, || 1).await.unwrap()
    };
    let archive = open(room::free_bytes).await;
    fill(&archive, &file).await;
    drop(archive);
    let archive = open(NEARLY_FULL).await;
    let full = archive.put_screening(&screening("three")).await.unwrap_err();
    assert!(full.to_string().contains("disk is full"), "{full}");
    assert!(archive.delete_case(&small_case("a").id).await.unwrap());
    for name in ["one", "two"] {
        let deleted = archive.delete_screening(&screening(name), Verdicts::Stay).await.unwrap();
        assert_eq!(deleted, Swap::Stored, "{name}");
    }
    assert_eq!(archive.get_file(document).await.unwrap(), None, "it goes with the last of its screenings");
    drop(archive);
    let archive = open(NEARLY_FULL).await;
    assert_eq!(archive.get_case(&small_case("a").id).await.unwrap(), None);
    assert!(archive.get_case(&small_case("b").id).await.unwrap().is_some());
    assert_eq!(archive.get_screening(screening("two").id).await.unwrap(), None);
}

#[tokio::test]
async fn old_log_files_are_emptied_on_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let engine = EdgeEngine::open_on(&path, &needed(), 1, Tuning::default(), NEARLY_FULL).await.unwrap();
    let log = path.join("store/records/wal");
    let old = ["closed-7000000001", "closed-7000000002"];
    for name in old {
        std::fs::write(log.join(name), vec![7_u8; 1 << 20]).unwrap();
    }
    // The newest closed one says where the open one begins.
    std::fs::write(log.join("closed-7000000003"), b"x").unwrap();
    let refused = engine.tidy(Collection::Records).await.unwrap_err();
    assert!(refused.to_string().contains("disk is full"), "{refused}");
    for name in old {
        assert_eq!(std::fs::read(log.join(name)).unwrap(), vec![0; 1 << 20], "{name}");
    }
}

#[tokio::test]
async fn shard_that_could_not_be_reopened_is_reopened_once_it_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let engine = Arc::new(EdgeEngine::open(&path, &needed(), 1, Tuning::default()).await.unwrap());
    let shared: Arc<dyn Engine> = Arc::clone(&engine) as _;
    let archive = Archive::start(shared, &needed(), 0, || 1).await.unwrap();
    archive.probe().await.unwrap();
    for collection in Collection::ALL {
        // As by an error of the disk at the moment at which it was closed and opened again.
        let (shard, aside) = (path.join("store").join(collection.name()), folder.path().join("aside"));
        engine.persist(collection).await.unwrap();
        std::fs::rename(&shard, &aside).unwrap();
        let reopened =
            engine.on(engine.writers.of(collection), "reopen", move |open| open.shard(collection).reopen());
        assert!(reopened.await.is_err());
        assert!(archive.probe().await.is_err(), "{collection:?}");
        std::fs::rename(&aside, &shard).unwrap();
        archive.probe().await.unwrap();
        engine.count(collection, Filter::default()).await.unwrap();
    }
}

fn passage(number: u128, word: u32) -> Point {
    let sparse = Some(SparseVector { indices: vec![word], values: vec![1.0] });
    let payload = Payload::from_iter([(
        field::TAGS.to_owned(),
        Value::from(vec![tag(field::GENERATION, &word.to_string())]),
    )]);
    Point { id: Uuid::from_u128(number), payload, dense: Some(vec![1.0, 0.0]), sparse }
}

/// Keeps the thread that writes passages busy until the first of what is returned is dropped.
async fn keep_busy(engine: &EdgeEngine) -> (std::sync::mpsc::Sender<()>, pool::Answer<()>) {
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let work = move || {
        begin.send(()).unwrap();
        // Ends with an error, when the sender is dropped.
        ended.recv().unwrap_err();
    };
    let answer = engine.writers.passages.submit(work).await.unwrap();
    begun.await.unwrap();
    (end, answer)
}

#[tokio::test]
async fn records_are_stored_and_passages_found_while_passages_are_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let engine =
        EdgeEngine::open(&folder.path().join("index"), &needed(), 1, Tuning::default()).await.unwrap();
    let engine: Arc<EdgeEngine> = Arc::new(engine);
    engine.upsert(Collection::Passages, (1..=3).map(|n| passage(n, n as u32)).collect()).await.unwrap();
    let steps = Steps::begin(&(Arc::clone(&engine) as Arc<dyn Engine>));
    let first = Filter::default().and_is(field::GENERATION, "1".to_owned());
    engine.delete(Collection::Passages, first).await.unwrap();
    let (busy, answer) = keep_busy(&engine).await;
    engine.upsert(Collection::Records, vec![point()]).await.unwrap();
    engine.persist(Collection::Records).await.unwrap();
    let words = || vec![QueryVector::Sparse(SparseVector { indices: vec![2], values: vec![1.0] })];
    let during = engine.search(words(), Filter::default(), 5).await.unwrap();
    assert_eq!(during[0][0].id, Uuid::from_u128(2));
    drop((steps, busy));
    answer.wait().await.unwrap();
    // Of three passages one has the word, of two one has it: it says less.
    let after = engine.search(words(), Filter::default(), 5).await.unwrap();
    assert!(after[0][0].score < during[0][0].score, "{after:?} {during:?}");
}

#[tokio::test]
async fn reports_are_stored_and_deleted_while_an_import_waits_for_a_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let engine = Arc::new(EdgeEngine::open(&path, &needed(), 1, Tuning::default()).await.unwrap());
    let shared: Arc<dyn Engine> = Arc::clone(&engine) as _;
    let archive = Archive::start(shared, &needed(), 0, || 1).await.unwrap();
    let case = small_case("a");
    let screening = screening("s");
    let (busy, answer) = keep_busy(&engine).await;
    let importing = tokio::spawn({
        let archive = archive.clone();
        async move { archive.import_case(&case, &[]).await }
    });
    // From then on it holds off other imports, and waits for the thread that is busy.
    while archive.writer.in_progress().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let at_its_last_step = async {
        archive.put_screening(&screening).await.unwrap();
        archive.delete_screening(&screening, Verdicts::Stay).await.unwrap()
    };
    let deleted = tokio::time::timeout(Duration::from_secs(60), at_its_last_step).await;
    assert_eq!(deleted.expect("it does not wait for the import"), Swap::Stored);
    assert!(!importing.is_finished());
    drop(busy);
    answer.wait().await.unwrap();
    assert_eq!(importing.await.unwrap().unwrap(), ImportOutcome::Created);
}

#[tokio::test]
async fn more_points_than_are_stored_at_once_are_all_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let count = 2 * POINTS_AT_ONCE + 1;
    let engine = EdgeEngine::open(&path, &needed(), 1, Tuning::default()).await.unwrap();
    let points = (0..count as u128).map(|number| passage(number, 1)).collect();
    engine.upsert(Collection::Passages, points).await.unwrap();
    assert_eq!(engine.count(Collection::Passages, Filter::default()).await.unwrap(), count as u64);
}

/// Returns the folders under `store` that hold payloads.
fn payload_storages(store: &Path) -> Vec<PathBuf> {
    let segments = std::fs::read_dir(store.join("records/segments")).unwrap();
    segments.map(|segment| segment.unwrap().path().join("payload_storage")).collect()
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[tokio::test]
async fn a_point_that_a_kill_parted_from_its_index_agrees_with_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, aside) = (folder.path().join("index"), folder.path().join("aside"));
    let store = path.join("store");
    let open = async || EdgeEngine::open(&path, &needed(), 1, Tuning::default()).await;
    let kinds = async |wanted: &str| -> Vec<Value> {
        let engine = open().await.unwrap();
        let filter = Filter::default().and_is(field::KIND, wanted);
        let found = engine.list(Collection::Records, filter, Fields::All, 9, None).await.unwrap();
        found.into_iter().map(|record| record.payload[field::KIND].clone()).collect()
    };
    let put = async |kind: &str| {
        let engine = open().await.unwrap();
        let tags = Value::from(vec![tag(field::KIND, kind)]);
        let payload =
            Payload::from_iter([(field::TAGS.to_owned(), tags), (field::KIND.to_owned(), kind.into())]);
        engine.upsert(Collection::Records, vec![Point::record(Uuid::from_u128(1), payload)]).await.unwrap();
        engine.persist(Collection::Records).await.unwrap();
    };
    put("pending").await;
    for (at, storage) in payload_storages(&store).iter().enumerate() {
        copy_files(storage, &aside.join(at.to_string()));
    }
    put("running").await;
    // As by a kill after the indexes were written to disk and before the payloads were.
    for (at, storage) in payload_storages(&store).iter().enumerate() {
        copy_files(&aside.join(at.to_string()), storage);
    }
    std::fs::remove_file(store.join("sizes")).unwrap();
    assert_eq!(kinds("running").await, ["pending"], "found as one thing and read as another");
    let note = store.join("records.unfinished");
    std::fs::write(&note, Uuid::from_u128(1).as_bytes()).unwrap();
    // Also on a disk that is too full to store anything new.
    drop(EdgeEngine::open_on(&path, &needed(), 1, Tuning::default(), NEARLY_FULL).await.unwrap());
    assert_eq!(kinds("pending").await, ["pending"]);
    assert_eq!(kinds("running").await, Vec::<Value>::new());
    assert!(!note.exists());
}
