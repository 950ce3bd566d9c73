//! The embedded index and its directory: locks, wrong writers, damage.

use std::path::Path;
use std::sync::Arc;

use eia_screen::domain::case::Facets;
use eia_screen::index::store::CaseFilter;
use eia_screen::index::{CaseIndex, IndexConfig, IndexError, Place, VectorSpace, open};

use crate::index_conformance::fixture::{case, document, space, words};

async fn opened(path: &Path, space: VectorSpace) -> Result<Arc<dyn CaseIndex>, IndexError> {
    open(IndexConfig { place: Place::Directory { path: path.to_owned(), readers: 1 }, space }).await
}

#[tokio::test]
async fn second_opener_is_told_that_the_directory_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let first = opened(&path, space()).await.unwrap();
    let second = opened(&path, space()).await.err().unwrap();
    assert!(matches!(second, IndexError::Locked { .. }), "{second}");
    drop(first);
    opened(&path, space()).await.unwrap();
}

#[tokio::test]
async fn index_of_another_model_is_refused_naming_both_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let paper = document("a", &[("river", None)]);
    let index = opened(&path, space()).await.unwrap();
    index.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    drop(index);
    for other in [
        VectorSpace { model: "other".into(), ..space() },
        VectorSpace { sha256: "beef".repeat(16), ..space() },
        VectorSpace { dimension: 768, ..space() },
    ] {
        let refused = opened(&path, other.clone()).await.err().unwrap();
        let message = refused.to_string();
        assert!(matches!(refused, IndexError::Incompatible { .. }), "{message}");
        assert!(message.contains("fixture") && message.contains(&other.model), "{message}");
        assert!(message.contains("4 dim"), "{message}");
    }
    let index = opened(&path, space()).await.unwrap();
    let found = index.nearest(&[words("river")], &CaseFilter::default(), 3).await.unwrap();
    assert_eq!(found[0].len(), 1);
}

#[tokio::test]
async fn directory_that_holds_something_else_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.docx"), b"x").unwrap();
    let refused = opened(folder.path(), space()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Invalid { .. }), "{refused}");
    assert!(refused.to_string().contains("thesis.docx"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let file = folder.path().join("thesis.docx");
    let refused = opened(&file, space()).await.err().unwrap();
    assert!(matches!(refused, IndexError::Invalid { .. }), "{refused}");
    let nowhere = opened(Path::new("/proc/no-such-place/index"), space()).await.err().unwrap();
    assert!(matches!(nowhere, IndexError::Unavailable { .. }), "{nowhere}");
}

#[tokio::test]
async fn damaged_directory_is_an_error_and_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    drop(opened(&path, space()).await.unwrap());
    let store = path.join("store");
    let mut damaged = 0;
    for file in files(&store) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !["segment.json", "edge_config.json", "version.info"].contains(&name.as_str()) {
            continue;
        }
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, b"\x00not what was written").unwrap();
        if let Err(error) = opened(&path, space()).await {
            assert!(!matches!(error, IndexError::Invalid { .. }), "{error}");
            damaged += 1;
        }
        std::fs::write(&file, whole).unwrap();
    }
    assert!(damaged > 0);
    std::fs::rename(store.join("passages"), folder.path().join("elsewhere")).unwrap();
    let error = opened(&path, space()).await.err().unwrap();
    assert!(error.to_string().contains("passages"), "{error}");
    std::fs::rename(folder.path().join("elsewhere"), store.join("passages")).unwrap();
    opened(&path, space()).await.unwrap();
}

#[tokio::test]
async fn interrupted_creation_is_started_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    std::fs::create_dir_all(path.join("store.unfinished/records/segments")).unwrap();
    let index = opened(&path, space()).await.unwrap();
    assert_eq!(index.archive_state().await.unwrap().cases, 0);
    assert!(!path.join("store.unfinished").exists());
}

#[tokio::test]
async fn scores_depend_on_what_is_there_and_not_on_what_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let index = opened(&folder.path().join("index"), space()).await.unwrap();
    let paper = document("a", &[("river dam", None), ("river", None), ("dust", None)]);
    index.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    let queries = [words("river"), words("dam dust")];
    let before = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    let many: Vec<_> = (0..50).map(|_| ("river silt", None)).collect();
    index.import_case(&case("b", Facets::default()), &[document("b", &many)]).await.unwrap();
    let between = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    assert_ne!(before, between);
    index.delete_case(&case("b", Facets::default()).id).await.unwrap();
    let after = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    assert_eq!(before, after);
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
