//! Another model for an archive that is there: killed half-way, it goes on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use eia_screen::index::copy::Collection;
use eia_screen::index::schema::Tuning;
use eia_screen::index::{IndexConfig, Place, VectorSpace, open, open_existing};

use crate::index_conformance::fixture::{case, document};

/// Passages of the archive: several batches of a copy.
const PASSAGES: usize = 4_000;

fn place(path: &Path) -> Place {
    Place::Directory { path: path.to_owned(), readers: 1 }
}

/// Fills an archive that knows words only.
async fn filled(path: &Path) {
    let space = VectorSpace { model: "none".to_owned(), sha256: String::new(), dimension: 1 };
    let index = open(IndexConfig { place: place(path), space }).await.unwrap();
    for part in 0..4 {
        let texts: Vec<String> = (0..PASSAGES / 4)
            .map(|n| format!("Passage {part} {n}: the quarry lowers the groundwater and emits dust."))
            .collect();
        let passages: Vec<(&str, _)> = texts.iter().map(|text| (text.as_str(), None)).collect();
        let name = format!("case-{part}");
        index.import_case(&case(&name, Default::default()), &[document(&name, &passages)]).await.unwrap();
    }
    index.flush().await.unwrap();
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
    let (data, next) = (folder.path().join("data"), folder.path().join("data.reindex"));
    filled(&data).await;
    // Killed at later and later moments, until something of the new archive is durable.
    let mut kept = 0;
    for step in 1.. {
        let mut child = reindex(folder.path()).spawn().unwrap();
        let until = Instant::now() + Duration::from_millis(30 * step);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed: {kept} kept");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(count(&data, Collection::Passages).await, PASSAGES, "the archive in use is untouched");
        kept = count(&next, Collection::Passages).await;
        if kept > 0 {
            break;
        }
    }
    assert!(kept < PASSAGES, "it was not half-way");
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
    assert_eq!(count(&folder.path().join("data.previous"), Collection::Passages).await, PASSAGES);
    let again = reindex(folder.path()).output().unwrap();
    assert!(String::from_utf8(again.stdout).unwrap().contains("nothing is to be done"));
}
