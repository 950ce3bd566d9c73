//! Backups of what is submitted, screened and decided while they are made.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use eia_screen::domain::ids::{ScreeningId, VerdictId};
use eia_screen::domain::verdict::{Disposition, Verdict};
use eia_screen::index::CaseIndex;
use eia_screen::index::backup::{Backup, restore, write};
use eia_screen::index::store::ScreeningRecord;
use eia_screen::index::work::{ScreeningFilter, Seen, StoredFile, Swap};

use super::{now, screening, silent};
use crate::index_conformance::fixture::embedded;

/// Stores a file and then a screening that is to read it, as a submission does, and a verdict about it.
async fn submitted(index: &dyn CaseIndex, number: u32) -> ScreeningRecord {
    let bytes = format!("file {number} ").repeat(200).into_bytes();
    let record = ScreeningRecord { report_json: String::new(), ..screening(number) };
    let file = StoredFile { document: record.document, sha256: "ab".repeat(32), bytes: bytes.len() as u64 };
    index.put_file(&file, Box::new(std::io::Cursor::new(bytes))).await.unwrap();
    assert_eq!(index.swap_screening(None, &record).await.unwrap(), Swap::Stored);
    for round in 0..2 {
        let verdict = Verdict {
            id: VerdictId::of_content(&[&format!("{number} {round}")]),
            screening: record.id,
            finding: "EU-1".to_owned(),
            disposition: Disposition::Rejected,
            replacement: String::new(),
            reason: "see page 4".to_owned(),
            reviewer: "reviewer-1".to_owned(),
            create_time: format!("2026-11-26T01:00:0{round}Z"),
        };
        index.append_verdict(&verdict, Seen::Whatever).await.unwrap();
    }
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_no_submission_without_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    for number in 0..40 {
        submitted(index.as_ref(), number).await;
    }
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let (index, stop, count) = (Arc::clone(&index), Arc::clone(&stop), Arc::clone(&count));
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    submitted(index.as_ref(), 1_000 * (writer + 1) + written).await;
                    written += 1;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut paths = Vec::new();
    for attempt in 0..5 {
        // However slow the disk is, each backup meets six submissions that are under way.
        let before = count.load(Ordering::Relaxed);
        while count.load(Ordering::Relaxed) < before + 2 {
            assert!(!writers.iter().all(|writer| writer.is_finished()), "a submission failed");
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let path = folder.path().join(format!("backup-{attempt}"));
        write(&index.copier().unwrap(), &path, now()).await.unwrap();
        paths.push(path);
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    for (attempt, path) in paths.iter().enumerate() {
        let restored = embedded(folder.path().join(format!("restored-{attempt}")))().await;
        restore(Arc::new(Backup::open(path).unwrap()), &restored.copier().unwrap(), &silent).await.unwrap();
        let all = ScreeningFilter { case: None, state: None };
        let listed = restored.list_screenings(&all, 1_000, None).await.unwrap().items;
        assert!(listed.len() >= 40, "{}", listed.len());
        let begun_with: BTreeSet<ScreeningId> = (0..40).map(|number| screening(number).id).collect();
        for record in listed {
            let file = restored.get_file(record.document).await.unwrap();
            let file = file.unwrap_or_else(|| panic!("{} has lost its file", record.document_name));
            for piece in 0..file.pieces() {
                assert!(restored.read_file(record.document, piece).await.unwrap().is_some());
            }
            // The latest verdict can be followed by another only if it is known as the latest.
            let verdicts = restored.list_verdicts(record.id, 10, None).await.unwrap().items;
            if let Some(latest) = verdicts.last().filter(|_| !begun_with.contains(&record.id)) {
                let id = VerdictId::of_content(&[&record.id.to_string(), "next"]);
                let next = Verdict { id, ..latest.clone() };
                restored.append_verdict(&next, Seen::Verdict(latest.id)).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_every_report_as_it_was_at_one_moment() {
    const SCREENINGS: u32 = 20;
    let folder = tempfile::tempdir().unwrap();
    let index = embedded(folder.path().join("index"))().await;
    let of_round = |number: u32, round: usize| ScreeningRecord {
        report_json: format!("{{\"round\":{round}}}"),
        ..screening(number)
    };
    for number in 0..SCREENINGS {
        index.put_screening(&of_round(number, 0)).await.unwrap();
    }
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writing = {
        let (index, stop, written) = (Arc::clone(&index), Arc::clone(&stop), Arc::clone(&written));
        tokio::spawn(async move {
            for round in 1.. {
                for number in 0..SCREENINGS {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    index.put_screening(&of_round(number, round)).await.unwrap();
                    written.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    };
    for attempt in 0..5 {
        let before = written.load(Ordering::Relaxed);
        while written.load(Ordering::Relaxed) < before + 2 {
            assert!(!writing.is_finished(), "a report could not be stored");
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let path = folder.path().join(format!("backup-{attempt}"));
        let begun_with = written.load(Ordering::Relaxed);
        write(&index.copier().unwrap(), &path, now()).await.unwrap();
        let restored = embedded(folder.path().join(format!("restored-{attempt}")))().await;
        restore(Arc::new(Backup::open(&path).unwrap()), &restored.copier().unwrap(), &silent).await.unwrap();
        let mut rounds = Vec::new();
        for number in 0..SCREENINGS {
            let found = restored.get_screening(screening(number).id).await.unwrap().unwrap();
            let report: serde_json::Value = serde_json::from_str(&found.report_json).unwrap();
            rounds.push(report["round"].as_u64().unwrap());
        }
        // They are stored in turn: at one moment the first ones are of a round, the others of the one before.
        assert!(rounds.is_sorted_by(|one, next| one >= next), "{rounds:?}");
        assert!(rounds[0] - rounds[rounds.len() - 1] <= 1, "{rounds:?}");
        let applied: u64 = rounds.iter().sum();
        assert!(applied >= begun_with as u64, "what was stored before it is in it: {rounds:?}");
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
}
