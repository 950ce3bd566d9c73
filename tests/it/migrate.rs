//! Moving an archive: what was stored since the backup in between is never left behind without a word.

use std::path::Path;

use eia_screen::domain::case::Facets;
use eia_screen::index::ServerConfig;
use eia_screen::index::backup::{Backup, BackupError, require_current, write};
use eia_screen::index::copy::Collection;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use uuid::Uuid;

use crate::backup::{now, program};
use crate::index_conformance::fixture::{case, document, served};
use crate::qdrant_protocol::{Behaviour, TestServer};

/// Imports a report as a case of that name.
fn import(folder: &Path, name: &str) {
    let reports = folder.join("reports");
    std::fs::create_dir_all(&reports).unwrap();
    std::fs::write(reports.join(format!("{name}.txt")), "1. Dust\n\nThe road is watered.\n").unwrap();
    program(folder).args(["cases", "import", "reports"]).assert().success();
}

#[test]
fn an_archive_is_not_moved_by_a_backup_from_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    import(path, "quarry");
    let migrate = |to: &str, through: &str| {
        let mut command = program(path);
        command.args(["archive", "migrate", "--from", "data", "--to", to, "--through", through]);
        command.assert()
    };
    migrate("moved", "between").success().stdout(contains("all compared"));
    // That was the trial. Work goes on, and the day comes.
    import(path, "dam");
    let says = contains("case 2 instead of 1").and(contains("remove between")).and(contains("--through"));
    migrate("moved", "between").code(64).stdout(contains("all compared").not()).stderr(says);
    migrate("moved-anew", "between-anew").success().stdout(contains("all compared"));
    program(path)
        .args(["--data-dir", "moved-anew", "cases", "list"])
        .assert()
        .success()
        .stdout(contains("dam").and(contains("quarry")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_replica_stores_after_the_backup_is_noticed() {
    let server = TestServer::start(Behaviour::default()).await;
    let open = served(ServerConfig::new(server.url()));
    let (index, other) = (open().await, open().await);
    let paper = |text: &str| [document("paper", &[(text, Some([0.3, 0.4, 0.1, 0.2]))])];
    index.import_case(&case("a", Facets::default()), &paper("river dam")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup");
    let copier = index.copier().unwrap();
    write(&copier, &path, now()).await.unwrap();
    let backup = Backup::open(&path).unwrap();
    require_current(&backup, &copier).await.unwrap();

    // A passage of an import that a killed process has left is in no backup and shown to nobody.
    let (sender, mut receiver) = tokio::sync::mpsc::channel(100);
    copier.copy_out(sender).await.unwrap();
    while let Some(mut copied) = receiver.recv().await {
        if copied.collection == Collection::Passages {
            copied.points[0].id = Uuid::from_u128(7);
            copied.points[0].payload.insert("generation".to_owned(), Uuid::from_u128(8).to_string().into());
            copier.copy_in(copied).await.unwrap();
        }
    }
    require_current(&backup, &copier).await.unwrap();

    let more = "case 2 instead of 1, passage 2 instead of 1";
    for (name, text, says) in [("a", "river weir", "other contents"), ("b", "quarry", more)] {
        other.import_case(&case(name, Facets::default()), &paper(text)).await.unwrap();
        let outdated = require_current(&backup, &copier).await.unwrap_err();
        assert!(matches!(outdated, BackupError::Outdated { .. }), "{outdated}");
        assert!(outdated.to_string().contains(says), "{outdated}");
    }
}
