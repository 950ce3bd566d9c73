//! Backups: of one moment while writes go on, restored whole or not at all, carried between engines.

mod moment;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use eia_screen::domain::case::Facets;
use eia_screen::domain::ids::{DocumentId, ScreeningId};
use eia_screen::index::backup::{Backup, BackupError, Restored, restore, verify, write};
use eia_screen::index::copy::{Collection, CopiedPoints};
use eia_screen::index::store::{CaseFilter, ScreeningRecord};
use eia_screen::index::{
    CaseIndex, IndexConfig, IndexError, Place, ServerConfig, VectorSpace, open, open_existing,
};

use crate::index_conformance::fixture::{case, case_id, document, embedded, served, space, words};
use crate::qdrant_protocol::{Behaviour, TestServer};

pub fn now() -> jiff::Timestamp {
    "2026-11-26T02:00:00Z".parse().unwrap()
}

fn silent(_: u64) {}

fn screening(number: u32) -> ScreeningRecord {
    let id = DocumentId::of_content(&[&format!("screened {number}")]);
    let mut json = screening_json(id);
    json["document_name"] = format!("report-{number}.pdf").into();
    let mut record: ScreeningRecord = serde_json::from_value(json).unwrap();
    record.report_json = format!("{{\"number\":{number}}}");
    record
}

/// By way of JSON, so that fields with a default need not be named.
fn screening_json(id: DocumentId) -> serde_json::Value {
    serde_json::json!({
        "id": ScreeningId(id.0), "case": "a", "document": id, "document_name": "", "packs": ["eu"],
        "create_time": "2026-11-26T01:00:00Z", "report_json": "",
    })
}

/// Two cases, a replaced one, a deleted one, a screening with a verdict.
async fn filled(index: &dyn CaseIndex) {
    let paper = document("a", &[("river dam", Some([0.3, 0.4, 0.1, 0.2])), ("сув омбори", None)]);
    index.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    let old = document("b", &[("old text", Some([1.0, 0.0, 0.0, 0.0]))]);
    index.import_case(&case("b", Facets::default()), &[old]).await.unwrap();
    let new = document("b", &[("new text oʻzan", Some([0.0, 1.0, 0.0, 0.0])), ("한글", None)]);
    let facets = Facets { jurisdiction: "UZ".into(), year: 2020, ..Facets::default() };
    index.import_case(&case("b", facets), &[new]).await.unwrap();
    index.import_case(&case("gone", Facets::default()), &[document("g", &[("x", None)])]).await.unwrap();
    index.delete_case(&case_id("gone")).await.unwrap();
    index.put_screening(&screening(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_of_one_engine_is_restored_into_the_other_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    filled(index.as_ref()).await;
    let first = folder.path().join("first");
    let made = write(&index.copier().unwrap(), &first, now()).await.unwrap();
    let counted = |kind: &str| made.counts.get(kind).copied().unwrap_or(0);
    assert_eq!((counted("case"), counted("passage"), counted("screening")), (2, 4, 1), "{:?}", made.counts);

    let server = TestServer::start(Behaviour::default()).await;
    let served = served(ServerConfig::new(server.url()))().await;
    let backup = Arc::new(Backup::open(&first).unwrap());
    let restored = restore(Arc::clone(&backup), &served.copier().unwrap(), &silent).await.unwrap();
    // Who wrote it is there already.
    assert_eq!(restored, Restored { written: made.counts.values().sum::<u64>() - 1, present: 1 });
    verify(Arc::clone(&backup), &served.copier().unwrap(), &silent).await.unwrap();

    let second = folder.path().join("second");
    let of_server = write(&served.copier().unwrap(), &second, now()).await.unwrap();
    assert_eq!(of_server.content_sha256, made.content_sha256);
    let back = embedded(folder.path().join("back"))().await;
    restore(Arc::new(Backup::open(&second).unwrap()), &back.copier().unwrap(), &silent).await.unwrap();
    assert_eq!(back.archive_state().await.unwrap(), index.archive_state().await.unwrap());
    for query in ["river", "oʻzan", "한글"] {
        let found = |index: Arc<dyn CaseIndex>| async move {
            index.nearest(&[words(query)], &CaseFilter::default(), 5).await.unwrap()
        };
        assert_eq!(found(Arc::clone(&back)).await, found(Arc::clone(&index)).await, "{query}");
    }
    let id = screening(1).id;
    assert_eq!(back.get_screening(id).await.unwrap(), index.get_screening(id).await.unwrap());
    // What a restored archive is imported again does not change it.
    let paper = document("a", &[("river dam", Some([0.3, 0.4, 0.1, 0.2])), ("сув омбори", None)]);
    let again = back.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    assert_eq!(again, eia_screen::index::store::ImportOutcome::Unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_during_writes_is_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    let text = |round: usize| format!("round{round}");
    let version = move |name: usize, round: usize| {
        let texts: Vec<String> = (0..40).map(|_| text(round)).collect();
        let passages: Vec<(&str, _)> = texts.iter().map(|text| (text.as_str(), None)).collect();
        (case(&format!("case-{name}"), Facets::default()), vec![document(&format!("d{name}"), &passages)])
    };
    for name in 0..6 {
        let (case, documents) = version(name, 0);
        index.import_case(&case, &documents).await.unwrap();
    }
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writing = {
        let (index, stop, rounds) = (Arc::clone(&index), Arc::clone(&stop), Arc::clone(&rounds));
        tokio::spawn(async move {
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                for name in 0..6 {
                    let (case, documents) = version(name, round);
                    if name == 5 && round % 2 == 1 {
                        index.delete_case(&case.id).await.unwrap();
                    } else {
                        index.import_case(&case, &documents).await.unwrap();
                    }
                    index.put_screening(&screening(u32::try_from(round * 10 + name).unwrap())).await.unwrap();
                }
                rounds.store(round, Ordering::Relaxed);
            }
        })
    };
    for attempt in 0..4 {
        let begun_after = rounds.load(Ordering::Relaxed);
        let path = folder.path().join(format!("backup-{attempt}"));
        write(&index.copier().unwrap(), &path, now()).await.unwrap();
        let restored = embedded(folder.path().join(format!("restored-{attempt}")))().await;
        restore(Arc::new(Backup::open(&path).unwrap()), &restored.copier().unwrap(), &silent).await.unwrap();
        let mut versions = BTreeSet::new();
        let state = restored.archive_state().await.unwrap();
        assert!((5..=6).contains(&state.cases), "{state:?}");
        assert_eq!(state.passages, 40 * state.cases, "every case is whole");
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for round in begun_after..=rounds.load(Ordering::Relaxed) + 1 {
            let hits = restored.nearest(&[words(&text(round))], &CaseFilter::default(), 1_000).await.unwrap();
            for hit in &hits[0] {
                versions.insert((hit.case.to_string(), round));
                *seen.entry(hit.case.to_string()).or_default() += 1;
            }
        }
        assert_eq!(versions.len() as u64, state.cases, "one version of each: {versions:?}");
        assert!(seen.values().all(|passages| *passages == 40), "{seen:?}");
        let rounds_seen: BTreeSet<usize> = versions.iter().map(|(_, round)| *round).collect();
        let spread = rounds_seen.last().unwrap() - rounds_seen.first().unwrap();
        assert!(spread <= 1, "cases are written in turn, so one moment sees two rounds: {versions:?}");
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    // What the copies held back is cleaned up.
    let hits = index.nearest(&[words("round0")], &CaseFilter::default(), 10).await.unwrap();
    assert_eq!(hits[0].len(), 0);
    let passages = index.copier().unwrap().ids(Collection::Passages).await.unwrap().len() as u64;
    assert_eq!(passages, index.archive_state().await.unwrap().passages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_another_process_deletes_during_the_copy_is_left_out() {
    let server = TestServer::start(Behaviour::default()).await;
    let open = served(ServerConfig::new(server.url()));
    let (index, other) = (open().await, open().await);
    // More passages than a copy reads ahead of who receives them.
    let texts: Vec<String> = (0..2_600).map(|number| format!("passage {number}")).collect();
    let passages: Vec<(&str, _)> = texts.iter().map(|text| (text.as_str(), None)).collect();
    index.import_case(&case("gone", Facets::default()), &[document("g", &passages)]).await.unwrap();
    index.import_case(&case("stays", Facets::default()), &[document("s", &[("x", None)])]).await.unwrap();
    let copier = index.copier().unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let copying = tokio::spawn(async move { copier.copy_out(sender).await });
    let (mut record, mut removed, mut is_deleted) = (None, Vec::new(), false);
    while let Some(copied) = receiver.recv().await {
        if copied.collection == Collection::Passages && !is_deleted {
            is_deleted = other.delete_case(&case_id("gone")).await.unwrap();
        }
        if copied.collection == Collection::Records {
            let is_gone = |case: &serde_json::Value| case == "gone";
            let found = copied.points.iter().find(|point| point.payload.get("case").is_some_and(is_gone));
            record = record.or(found.map(|point| point.id));
        }
        removed.extend(copied.removed);
    }
    copying.await.unwrap().unwrap();
    assert!(is_deleted);
    assert_eq!(removed, [record.unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_restore_shows_nothing_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    filled(index.as_ref()).await;
    let path = folder.path().join("backup");
    let made = write(&index.copier().unwrap(), &path, now()).await.unwrap();
    // As far as an interrupted restore comes: some passages, no record.
    let half = folder.path().join("half");
    let target = embedded(half.clone())().await;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(100);
    index.copier().unwrap().copy_out(sender).await.unwrap();
    while let Some(copied) = receiver.recv().await {
        if copied.collection == Collection::Passages {
            let points = copied.points.into_iter().take(2).collect();
            let copied = CopiedPoints { points, collection: Collection::Passages, removed: Vec::new() };
            target.copier().unwrap().copy_in(copied).await.unwrap();
        }
    }
    assert_eq!(target.archive_state().await.unwrap().cases, 0);
    assert!(target.nearest(&[words("river new")], &CaseFilter::default(), 5).await.unwrap()[0].is_empty());
    drop(target);
    let target =
        open_existing(Place::Directory { path: half, readers: 1 }, Default::default()).await.unwrap();
    let backup = Arc::new(Backup::open(&path).unwrap());
    let restored = restore(Arc::clone(&backup), &target.copier().unwrap(), &silent).await.unwrap();
    let points = made.counts.values().sum::<u64>();
    assert_eq!(restored, Restored { written: points - 3, present: 3 });
    let again = restore(backup, &target.copier().unwrap(), &silent).await.unwrap();
    assert_eq!(again, Restored { written: 0, present: points });
    assert_eq!(target.archive_state().await.unwrap(), index.archive_state().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_backup_is_refused_before_anything_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    filled(index.as_ref()).await;
    let path = folder.path().join("backup");
    write(&index.copier().unwrap(), &path, now()).await.unwrap();
    let whole: Vec<(std::path::PathBuf, Vec<u8>)> = std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|file| (file.clone(), std::fs::read(file).unwrap()))
        .collect();
    assert_eq!(whole.len(), 4, "{whole:?}");
    let target = embedded(folder.path().join("target"))().await;
    for (file, bytes) in &whole {
        let (mut flipped, cut) = (bytes.clone(), &bytes[..bytes.len() / 2]);
        flipped[bytes.len() / 2] ^= 1;
        for damage in [Some(flipped.as_slice()), Some(cut), Some(&[][..]), None] {
            match damage {
                Some(damage) => std::fs::write(file, damage).unwrap(),
                None => std::fs::remove_file(file).unwrap(),
            }
            let refused = match Backup::open(&path) {
                Ok(backup) => restore(Arc::new(backup), &target.copier().unwrap(), &silent).await.map(|_| ()),
                Err(error) => Err(error),
            };
            let error = refused.expect_err(&file.display().to_string());
            assert!(matches!(error, BackupError::Damaged { .. } | BackupError::File { .. }), "{error}");
            assert!(target.copier().unwrap().ids(Collection::Passages).await.unwrap().is_empty());
        }
        std::fs::write(file, bytes).unwrap();
    }
    restore(Arc::new(Backup::open(&path).unwrap()), &target.copier().unwrap(), &silent).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_places_are_refused_with_what_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    filled(index.as_ref()).await;
    let path = folder.path().join("backup");
    write(&index.copier().unwrap(), &path, now()).await.unwrap();
    let again = write(&index.copier().unwrap(), &path, now()).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists { .. }), "{again}");

    let occupied = embedded(folder.path().join("occupied"))().await;
    occupied.import_case(&case("z", Facets::default()), &[document("z", &[("x", None)])]).await.unwrap();
    let state = occupied.archive_state().await.unwrap();
    let backup = Arc::new(Backup::open(&path).unwrap());
    let refused = restore(Arc::clone(&backup), &occupied.copier().unwrap(), &silent).await.unwrap_err();
    assert!(matches!(refused, BackupError::Occupied { records: 1, .. }), "{refused}");
    assert_eq!(occupied.archive_state().await.unwrap(), state);

    let place = Place::Directory { path: folder.path().join("other"), readers: 1 };
    let other = VectorSpace { model: "other".into(), ..space() };
    let other = open(IndexConfig { place, space: other }).await.unwrap();
    let refused = restore(Arc::clone(&backup), &other.copier().unwrap(), &silent).await.unwrap_err();
    assert!(matches!(refused, BackupError::Incompatible { .. }), "{refused}");
    assert!(refused.to_string().contains("fixture") && refused.to_string().contains("other"), "{refused}");

    // The archive has moved on: a comparison says where.
    index.delete_case(&case_id("a")).await.unwrap();
    let differs = verify(backup, &index.copier().unwrap(), &silent).await.unwrap_err();
    assert!(matches!(differs, BackupError::Differs { .. }), "{differs}");
}

#[tokio::test]
async fn nothing_is_made_where_no_archive_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere");
    let place = Place::Directory { path: path.clone(), readers: 1 };
    let refused = open_existing(place, Default::default()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Unavailable { .. }), "{refused}");
    assert!(!path.exists());
}

pub fn program(folder: &Path) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::cargo_bin("eia-screen").unwrap();
    command.current_dir(folder).env_remove("EIA_SCREEN_CONFIG").args(["--model", "none"]);
    command
}

/// The backup was made by the last program that wrote schema 2, of a case of the default tenant and one of `north`.
#[test]
fn a_backup_of_the_schema_before_becomes_an_archive_of_this_one() {
    use predicates::str::contains;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let backup = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/archive/backup-of-schema-2");
    program(path).args(["archive", "verify", backup]).assert().success().stdout(contains("schema 2"));
    for written in ["7 points stored, 0 were there", "0 points stored, 7 were there"] {
        // Who wrote it is in a new archive already.
        let written = written.replace("7 points stored, 0", "6 points stored, 1");
        let restored = program(path).args(["archive", "restore", "--from", backup]).assert().success();
        restored.stdout(contains(written));
    }
    program(path).args(["archive", "verify", backup, "--with", "data"]).assert().success();
    let found = |tenant: &str, filter: &[&str]| {
        let mut command = program(path);
        let output = command.args(["--tenant", tenant, "cases", "search", "dam chang"]).args(filter).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    for filter in [
        &[][..],
        &["--filter", "activity_type=dam"],
        &["--filter", "jurisdiction=UZ", "--filter", "year_from=2024"],
    ] {
        let own = found("default", filter);
        assert!(own.contains("chirchik-dam") && !own.contains("karyer"), "{filter:?}: {own}");
    }
    assert!(!found("default", &["--filter", "activity_type=quarry"]).contains("chirchik-dam"));
    let north = found("north", &[]);
    assert!(north.contains("karyer") && !north.contains("chirchik-dam"), "{north}");
}

#[test]
fn commands_back_up_migrate_and_verify() {
    use predicates::str::contains;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("reports")).unwrap();
    std::fs::write(path.join("reports/quarry.txt"), "1. Dust\n\nThe road is watered.\n").unwrap();
    program(path).args(["cases", "import", "reports"]).assert().success();
    program(path).args(["archive", "backup", "--to", "one"]).assert().success().stdout(contains("case 1"));
    program(path)
        .args(["archive", "backup", "--to", "one"])
        .assert()
        .code(64)
        .stderr(contains("one is there"));
    program(path).args(["archive", "verify", "one", "--with", "data"]).assert().success();
    let migrate = ["archive", "migrate", "--from", "data", "--to", "moved", "--through", "between"];
    for _ in 0..2 {
        program(path).args(migrate).assert().success().stdout(contains("all compared"));
    }
    program(path)
        .args(["--data-dir", "moved", "cases", "list"])
        .assert()
        .success()
        .stdout(contains("quarry"));
    program(path).args(["archive", "reindex"]).assert().code(64).stderr(contains("--model"));
    let part = path.join("one/records-0001.jsonl.gz");
    let bytes = std::fs::read(&part).unwrap();
    std::fs::write(&part, &bytes[1..]).unwrap();
    program(path).args(["archive", "verify", "one"]).assert().code(65).stderr(contains("records-0001"));
}
