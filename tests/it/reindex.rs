//! Another model for an archive that is there: killed half-way, it goes on, whatever was stored in between.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use eia_screen::index::copy::Collection;
use eia_screen::index::schema::Tuning;
use eia_screen::index::{IndexConfig, Place, VectorSpace, open, open_existing, written_by};

use crate::durability::copy_folder;
use crate::index_conformance::fixture::{case, case_id, document};

/// Passages of the archive: several batches of a copy.
const PASSAGES: usize = 4_000;

fn place(path: &Path) -> Place {
    Place::Directory { path: path.to_owned(), readers: 1 }
}

/// The directories of a reindex of `data`: the archive, the one being made, the old one, and the note.
fn places(folder: &Path) -> [PathBuf; 4] {
    ["data", "data.reindex", "data.previous", "data.switch"].map(|name| folder.join(name))
}

/// Fills an archive that knows words only with four cases.
async fn filled(path: &Path, all_passages: usize) {
    let space = VectorSpace { model: "none".to_owned(), sha256: String::new(), dimension: 1 };
    let index = open(IndexConfig { place: place(path), space }).await.unwrap();
    for part in 0..4 {
        let texts: Vec<String> = (0..all_passages / 4)
            .map(|n| format!("Passage {part} {n}: the quarry lowers the groundwater and emits dust."))
            .collect();
        let passages: Vec<(&str, _)> = texts.iter().map(|text| (text.as_str(), None)).collect();
        let name = format!("case-{part}");
        index.import_case(&case(&name, Default::default()), &[document(&name, &passages)]).await.unwrap();
    }
    index.flush().await.unwrap();
}

/// Runs to its end and returns what it said.
fn reindexed(folder: &Path) -> String {
    let done = reindex(folder).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}");
    said
}

fn reindex(folder: &Path) -> Command {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");
    let mut command = Command::new(env!("CARGO_BIN_EXE_eia-screen"));
    command.current_dir(folder).env_remove("EIA_SCREEN_CONFIG");
    command.args(["--models-dir", models, "--model", "tiny-bert", "archive", "reindex"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

async fn count(path: &Path, of: Collection) -> usize {
    let Ok(index) = open_existing(place(path), Tuning::default()).await else { return 0 };
    index.copier().unwrap().ids(of).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reindex_that_was_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [data, next, previous, note] = places(folder.path());
    filled(&data, PASSAGES).await;
    let original = folder.path().join("original");
    copy_folder(&data, &original);
    // Killed at later and later moments, until something of the new archive is durable.
    let (mut kept, mut step, mut missed) = (0, 0, 0);
    while kept == 0 {
        step += 1;
        let mut child = reindex(folder.path()).spawn().unwrap();
        let until = Instant::now() + Duration::from_millis(30 * step);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let has_ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if !has_ended {
            assert_eq!(count(&data, Collection::Passages).await, PASSAGES, "the archive in use is untouched");
            kept = count(&next, Collection::Passages).await;
        }
        if has_ended || kept == PASSAGES {
            // One run is quicker than another, and who kills may be late: then the moment was missed.
            missed += 1;
            assert!(missed < 10, "it is never half-way");
            for path in [&data, &next, &previous] {
                // Not all of them are there.
                let _ = std::fs::remove_dir_all(path);
            }
            let _ = std::fs::remove_file(&note);
            copy_folder(&original, &data);
            (kept, step) = (0, 0);
        }
    }
    let records = count(&next, Collection::Records).await;
    assert!(records <= 1, "nothing is shown before all passages are there: {records}");

    let done = reindex(folder.path()).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}");
    let present = format!("{kept} were there");
    assert!(said.contains(&present), "{present}: {said}");
    let index = open_existing(place(&data), Tuning::default()).await.unwrap();
    assert!(index.schema().contains("tiny-bert:32"), "{}", index.schema());
    let state = index.archive_state().await.unwrap();
    assert_eq!((state.cases, state.passages), (4, PASSAGES as u64));
    drop(index);
    assert_eq!(count(&previous, Collection::Passages).await, PASSAGES);
    let again = reindex(folder.path()).output().unwrap();
    assert!(String::from_utf8(again.stdout).unwrap().contains("nothing is to be done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_served_between_two_runs_is_reindexed_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let [data, next, previous, _] = places(folder.path());
    filled(&data, 40).await;
    reindexed(folder.path());
    // As a run that was killed before the switch leaves it.
    std::fs::rename(&data, &next).unwrap();
    std::fs::rename(&previous, &data).unwrap();
    let index = open_existing(place(&data), Tuning::default()).await.unwrap();
    assert!(index.delete_case(&case_id("case-0")).await.unwrap());
    for name in ["case-1", "new"] {
        let document = document(name, &[("The road is watered.", None)]);
        index.import_case(&case(name, Default::default()), &[document]).await.unwrap();
    }
    let state = index.archive_state().await.unwrap();
    assert_eq!((state.cases, state.passages), (4, 22));
    drop(index);

    let said = reindexed(folder.path());
    assert!(said.contains("20 were there"), "what has not changed is not embedded again: {said}");
    let index = open_existing(place(&data), Tuning::default()).await.unwrap();
    assert!(index.schema().contains("tiny-bert:32"), "{}", index.schema());
    assert_eq!(index.archive_state().await.unwrap(), state);
    drop(index);
    assert_eq!(count(&data, Collection::Passages).await, 22, "what was replaced or deleted is gone");
    assert_eq!(count(&data, Collection::Records).await, count(&previous, Collection::Records).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_made_for_another_model_is_not_filed_as_the_old_archive() {
    let folder = tempfile::tempdir().unwrap();
    let [data, next, previous, _] = places(folder.path());
    filled(&data, 4).await;
    reindexed(folder.path());
    std::fs::remove_dir_all(&previous).unwrap();
    let space = VectorSpace { model: "large".to_owned(), sha256: String::new(), dimension: 8 };
    drop(open(IndexConfig { place: place(&next), space }).await.unwrap());
    // The archive is of this model already: the one that was meant has been left out.
    let said = reindexed(folder.path());
    assert!(said.contains("nothing is to be done"), "{said}");
    assert!(said.contains("data.reindex is left") && said.contains("model large"), "{said}");
    assert!(next.exists() && !previous.exists());

    // Nor is it taken for one of a third model.
    std::fs::remove_dir_all(&data).unwrap();
    filled(&data, 4).await;
    assert_eq!(reindex(folder.path()).output().unwrap().status.code(), Some(64));
    assert_eq!(written_by(&place(&next)).await.unwrap().model, "large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_was_interrupted_is_ended_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let [data, next, previous, note] = places(folder.path());
    filled(&data, 4).await;
    reindexed(folder.path());
    assert!(!note.exists());
    let new = serde_json::to_string(&written_by(&place(&data)).await.unwrap()).unwrap();
    // Killed when the two had changed places.
    std::fs::rename(&previous, &next).unwrap();
    std::fs::write(&note, &new).unwrap();
    let said = reindexed(folder.path());
    assert!(said.contains("nothing is to be done") && !said.contains("is left"), "{said}");
    assert!(previous.exists() && !next.exists() && !note.exists());
    // Killed before.
    std::fs::rename(&data, &next).unwrap();
    std::fs::rename(&previous, &data).unwrap();
    std::fs::write(&note, &new).unwrap();
    assert!(reindexed(folder.path()).contains("4 were there"));
    assert!(previous.exists() && !next.exists() && !note.exists());
    assert_eq!(written_by(&place(&data)).await.unwrap().model, "tiny-bert");
    assert_eq!(written_by(&place(&previous)).await.unwrap().model, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_archive_that_nothing_tells_from_a_half_made_one_is_not_to_be_deleted_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let [data, next, previous, note] = places(folder.path());
    filled(&data, 4).await;
    reindexed(folder.path());
    // As a program that wrote no note left it, killed when the two had changed places.
    std::fs::rename(&previous, &next).unwrap();
    assert!(!note.exists());
    let said = reindexed(folder.path());
    assert!(said.contains("nothing is to be done"), "{said}");
    assert!(said.contains("may be the previous archive") && said.contains("model none"), "{said}");
    assert!(!said.contains("unfinished"), "{said}");
    assert_eq!(count(&next, Collection::Passages).await, 4, "it is left as it is");
    assert!(!previous.exists());
}
