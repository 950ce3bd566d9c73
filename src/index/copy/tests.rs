//! What is copied that changes during the copy, and what is read again while writes wait?

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::domain::ids::{DocumentId, ScreeningId};
use crate::index::archive::Archive;
use crate::index::mortal::{Mortal, Shelf};
use crate::index::schema::VectorSpace;
use crate::index::store::{CaseIndex, ScreeningRecord};
use crate::index::work::{Swap, TextOutline, Verdicts, WorkStore};

/// More than a copy reads ahead of who receives them.
const SCREENINGS: usize = 6 * RECORDS;

/// Seconds after which what another process has left counts as interrupted.
const SHARED: u64 = 3_600;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

fn memory() -> Arc<Mortal> {
    Mortal::new(Shelf::default(), Shelf::default(), usize::MAX)
}

async fn opened(engine: &Arc<Mortal>, sweep_age: u64) -> Archive {
    let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
    let engine: Arc<dyn Engine> = Arc::clone(engine) as _;
    Archive::start(engine, &Compatibility::needed_for(&space), sweep_age, || 1).await.unwrap()
}

fn screening(number: usize, report: &str) -> ScreeningRecord {
    let name = number.to_string();
    let json = serde_json::json!({
        "id": ScreeningId::of_content(&["screening", &name]), "case": null,
        "document": DocumentId::of_content(&["document", &name]), "document_name": "a.pdf", "packs": ["eu"],
        "create_time": "2026-11-26T01:00:00Z", "report_json": report,
    });
    serde_json::from_value(json).unwrap()
}

/// A screening that somebody works on.
fn running(revision: u64) -> ScreeningRecord {
    let mut json = serde_json::to_value(screening(SCREENINGS + 7, "")).unwrap();
    json["state"] = "running".into();
    json["work"] = serde_json::json!({
        "request_json": "{}", "file_bytes": 1, "is_packed": false, "lane": "bulk", "revision": revision,
        "attempts": 1, "update_time": "2026-11-26T01:00:00Z",
    });
    serde_json::from_value(json).unwrap()
}

/// What is written when the first page of records has been copied and most of the others have not been read.
async fn write_meanwhile(writer: &Archive, copied: &BTreeMap<Uuid, Point>) -> Vec<ScreeningRecord> {
    let mut copied =
        (0..SCREENINGS).map(|number| screening(number, "old")).filter(|one| copied.contains_key(&one.id.0));
    let deleted = copied.next().unwrap();
    assert_eq!(writer.delete_screening(&deleted, Verdicts::Stay).await.unwrap(), Swap::Stored);
    let begun_anew = copied.next().unwrap();
    assert_eq!(writer.delete_screening(&begun_anew, Verdicts::Stay).await.unwrap(), Swap::Stored);
    let begun_anew = ScreeningRecord { report_json: "of the second one".to_owned(), ..begun_anew };
    assert_eq!(writer.swap_screening(None, &begun_anew).await.unwrap(), Swap::Stored);
    // Nothing but the report is another, and that no longer than before.
    let screened_again = ScreeningRecord { report_json: "new".to_owned(), ..copied.next().unwrap() };
    writer.put_screening(&screened_again).await.unwrap();
    let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
    writer.put_text(screened_again.document, "text", &outline).await.unwrap();
    vec![begun_anew, screened_again]
}

/// Copies an archive in which `writer` changes what was copied already.
async fn copy_is_of_the_end(engine: &Arc<Mortal>, archive: &Archive, writer: &Archive) {
    for number in 0..SCREENINGS {
        archive.put_screening(&screening(number, "old")).await.unwrap();
    }
    let copier = archive.copier().unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    let copying = tokio::spawn(async move { copier.copy_out(sender).await });
    let (mut copy, mut changed) = (BTreeMap::<Uuid, Point>::new(), Vec::new());
    while let Some(CopiedPoints { points, removed, .. }) = receiver.recv().await {
        copy.extend(points.into_iter().map(|point| (point.id, point)));
        copy.retain(|id, _| !removed.contains(id));
        if changed.is_empty() {
            changed = write_meanwhile(writer, &copy).await;
        }
    }
    copying.await.unwrap().unwrap();
    let there = engine.records.lock().unwrap().now();
    assert!(copy.keys().eq(there.keys()), "nothing is left out, nothing of before is kept");
    assert!(there.values().all(|point| copy[&point.id] == **point), "each is copied as it is in the end");
    for record in &changed {
        assert_eq!(copy[&record.id.0].payload[field::REPORT], record.report_json);
    }
    let changed: BTreeSet<Uuid> = changed.iter().map(|record| record.id.0).collect();
    let mut reads = BTreeMap::<Uuid, usize>::new();
    for id in engine.copied.lock().unwrap().iter() {
        *reads.entry(*id).or_default() += 1;
    }
    let screenings = there.values().filter(|point| point.payload[field::KIND] == kind::SCREENING);
    for id in screenings.map(|point| point.id) {
        let expected = if changed.contains(&id) { 2 } else { 1 };
        assert_eq!(reads[&id], expected, "what has not changed is read once");
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), IndexError>> + Send>>;

/// Begins what `hold` makes of a work that lasts until the sender is used; returns when the work has begun.
async fn held<F>(hold: impl FnOnce(Work) -> F) -> (oneshot::Sender<()>, JoinHandle<Result<(), IndexError>>)
where
    F: Future<Output = Result<(), IndexError>> + Send + 'static,
{
    let (begin, begun) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let holding = tokio::spawn(hold(Box::pin(async move {
        begin.send(()).unwrap();
        ended.await.unwrap();
        Ok::<(), IndexError>(())
    })));
    begun.await.unwrap();
    (end, holding)
}

async fn does_not_end(work: impl Future) -> bool {
    tokio::time::timeout(Duration::from_millis(50), work).await.is_err()
}

#[tokio::test]
async fn reports_that_changed_are_copied_as_they_are_and_no_others_are_read_again() {
    let engine = memory();
    let archive = opened(&engine, 0).await;
    copy_is_of_the_end(&engine, &archive, &archive).await;
}

#[tokio::test]
async fn reports_that_another_process_changes_are_noticed_without_reading_all_of_them() {
    let engine = memory();
    let (archive, other) = (opened(&engine, SHARED).await, opened(&engine, SHARED).await);
    copy_is_of_the_end(&engine, &archive, &other).await;
}

#[tokio::test]
async fn changes_are_noted_from_the_beginning_of_a_copy_to_its_end() {
    let engine = memory();
    let archive = opened(&engine, 0).await;
    // A write that is under way when a copy begins is in what the copy reads first.
    let writer = Arc::clone(&archive.writer);
    let (end, under_way) = held(|write| async move { writer.beside(write).await }).await;
    let beginning = archive.writer.begin_copy();
    tokio::pin!(beginning);
    assert!(does_not_end(&mut beginning).await);
    end.send(()).unwrap();
    let copying = tokio::time::timeout(LONG, beginning).await.unwrap();
    under_way.await.unwrap().unwrap();
    archive.put_screening(&screening(1, "old")).await.unwrap();
    let second = archive.writer.begin_copy().await;
    archive.put_screening(&screening(2, "old")).await.unwrap();
    drop(copying);
    let noted = [1, 2].map(|number| screening(number, "old").id.0);
    assert_eq!(second.changed(), BTreeSet::from(noted));
    drop(second);
    archive.put_screening(&screening(3, "old")).await.unwrap();
    assert_eq!(archive.writer.begin_copy().await.changed(), BTreeSet::new());
}

#[tokio::test]
async fn a_receiver_that_hangs_ends_the_copy_and_not_the_writes() {
    let engine = memory();
    let archive = opened(&engine, 0).await;
    for number in 0..3 * RECORDS {
        archive.put_screening(&screening(number, "old")).await.unwrap();
    }
    let mut copier = archive.copier().unwrap();
    copier.patience = Duration::from_millis(20);
    let (sender, mut receiver) = mpsc::channel(1);
    let copying = tokio::spawn(async move { copier.copy_out(sender).await });
    let first = receiver.recv().await.unwrap().points.pop().unwrap();
    let mut screenings = (0..3 * RECORDS).map(|number| screening(number, "new"));
    let changed = screenings.find(|one| one.id.0 == first.id).unwrap();
    archive.put_screening(&changed).await.unwrap();
    // The last of the first reading stays where it is, so what has changed cannot be handed over.
    receiver.recv().await.unwrap();
    let copied = tokio::time::timeout(LONG, copying).await.expect("it is given up").unwrap();
    assert!(matches!(copied, Err(IndexError::Unavailable { .. })), "{copied:?}");
    let written = tokio::time::timeout(LONG, archive.put_screening(&changed)).await;
    written.expect("nothing waits any more").unwrap();
}

#[tokio::test]
async fn signs_of_life_are_given_while_everything_else_waits() {
    let engine = memory();
    let archive = opened(&engine, 0).await;
    assert_eq!(archive.swap_screening(None, &running(1)).await.unwrap(), Swap::Stored);
    let writer = Arc::clone(&archive.writer);
    let (end, copying) = held(|read| async move { writer.still(read).await }).await;
    let touched = tokio::time::timeout(LONG, archive.touch_screening(1, &running(2))).await;
    assert_eq!(touched.expect("it does not wait").unwrap(), Swap::Stored);
    let mut waiting = [
        tokio::spawn({
            let archive = archive.clone();
            async move { archive.put_screening(&screening(1, "new")).await }
        }),
        tokio::spawn({
            let archive = archive.clone();
            async move { archive.swap_screening(Some(2), &running(3)).await.map(drop) }
        }),
    ];
    for write in &mut waiting {
        assert!(does_not_end(write).await, "it waits for the copy");
    }
    end.send(()).unwrap();
    copying.await.unwrap().unwrap();
    for write in waiting {
        write.await.unwrap().unwrap();
    }
    let stored = archive.get_screening(running(3).id).await.unwrap().unwrap();
    assert_eq!(stored.work.unwrap().revision, 3);
}
