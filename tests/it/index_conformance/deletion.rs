//! Deleted screenings, with what goes and what stays.

use eia_screen::domain::ids::{DocumentId, VerdictId};
use eia_screen::domain::span::TextRange;
use eia_screen::domain::tenant::TenantId;
use eia_screen::domain::verdict::{Disposition, Verdict};
use eia_screen::index::store::ScreeningRecord;
use eia_screen::index::work::{FILE_PIECE, ScreeningState, Seen, StoredFile, Swap, TextOutline, Verdicts};
use eia_screen::index::{CaseIndex, IndexError};
use uuid::Uuid;

use super::Open;
use super::work::record;

const BYTES: usize = FILE_PIECE + 3;

fn file(name: &str) -> StoredFile {
    let document = DocumentId::of_content(&["deletion", name]);
    StoredFile { document, sha256: "ab".repeat(32), bytes: BYTES as u64 }
}

async fn put_file(index: &dyn CaseIndex, file: &StoredFile) -> bool {
    index.put_file(file, Box::new(std::io::Cursor::new(vec![1; BYTES]))).await.unwrap()
}

/// Stores a finished screening of a file, with its file and text.
async fn stored(index: &dyn CaseIndex, name: &str, file: &StoredFile) -> (ScreeningRecord, Uuid) {
    put_file(index, file).await;
    let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
    let text = index.put_text(file.document, "text", &outline).await.unwrap();
    let mut screening = record(name, ScreeningState::Succeeded, 4);
    screening.document = file.document;
    screening.report_json = "{}".to_owned();
    screening.work.as_mut().unwrap().text = Some(text);
    assert_eq!(index.swap_screening(None, &screening).await.unwrap(), Swap::Stored);
    (screening, text)
}

async fn decide(index: &dyn CaseIndex, about: &ScreeningRecord) {
    let verdict = Verdict {
        id: VerdictId::of_content(&[&about.id.to_string()]),
        screening: about.id,
        finding: "C01".to_owned(),
        disposition: Disposition::Accepted,
        replacement: String::new(),
        reason: String::new(),
        reviewer: "expert".to_owned(),
        create_time: "2026-11-26T11:00:00Z".to_owned(),
    };
    index.append_verdict(&verdict, Seen::None).await.unwrap();
}

async fn verdicts(index: &dyn CaseIndex, about: &ScreeningRecord) -> usize {
    index.list_verdicts(about.id, 9, None).await.unwrap().items.len()
}

async fn has_file(index: &dyn CaseIndex, file: &StoredFile) -> bool {
    let found = index.get_file(file.document).await.unwrap();
    for number in 0..file.pieces() {
        let piece = index.read_file(file.document, number).await.unwrap();
        assert_eq!(piece.is_some(), found.is_some(), "piece {number}");
    }
    found.is_some()
}

pub async fn deleted_screening_leaves_nothing_but_its_verdicts(open: &Open) {
    let index = open().await;
    let file = file("leaves");
    let (one, text) = stored(index.as_ref(), "deleted one", &file).await;
    let (two, same_text) = stored(index.as_ref(), "deleted two", &file).await;
    assert_eq!(text, same_text);
    decide(index.as_ref(), &one).await;
    decide(index.as_ref(), &two).await;

    assert_eq!(index.delete_screening(&one, Verdicts::Stay).await.unwrap(), Swap::Stored);
    assert_eq!(index.get_screening(one.id).await.unwrap(), None);
    assert!(has_file(index.as_ref(), &file).await, "another screening is of it");
    assert!(index.get_outline(text).await.unwrap().is_some());
    assert_eq!(verdicts(index.as_ref(), &one).await, 1, "who decided what stays");
    assert_eq!(index.delete_screening(&one, Verdicts::Stay).await.unwrap(), Swap::Refused(None));

    assert_eq!(index.delete_screening(&two, Verdicts::Go).await.unwrap(), Swap::Stored);
    assert!(!has_file(index.as_ref(), &file).await);
    assert_eq!(index.get_outline(text).await.unwrap(), None);
    assert_eq!(index.read_text(text, TextRange::new(0, 4)).await.unwrap(), None);
    assert_eq!(verdicts(index.as_ref(), &two).await, 0);
    drop(index);

    let index = open().await;
    assert_eq!(index.get_screening(two.id).await.unwrap(), None, "durable");
    assert!(!has_file(index.as_ref(), &file).await);
    // What comes again is new, and meets what was decided about it before.
    let (again, _) = stored(index.as_ref(), "deleted one", &file).await;
    assert_eq!(again.id, one.id);
    assert!(has_file(index.as_ref(), &file).await);
    assert_eq!(verdicts(index.as_ref(), &again).await, 1);
}

pub async fn only_what_has_ended_and_is_as_seen_is_deleted(open: &Open) {
    let index = open().await;
    let file = file("as seen");
    let (ended, _) = stored(index.as_ref(), "as seen", &file).await;
    let mut stale = ended.clone();
    stale.work.as_mut().unwrap().revision = 3;
    let refused = index.delete_screening(&stale, Verdicts::Go).await.unwrap();
    assert_eq!(refused, Swap::Refused(Some(Box::new(ended.clone()))));
    let mut running = record("not ended", ScreeningState::Running, 2);
    running.document = file.document;
    assert_eq!(index.swap_screening(None, &running).await.unwrap(), Swap::Stored);
    let refused = index.delete_screening(&running, Verdicts::Stay).await;
    assert!(matches!(refused, Err(IndexError::Invalid { .. })), "{refused:?}");

    // A file goes alone when its last screening ended before that time.
    assert!(!index.delete_file(file.document, "2030-01-01T00:00:00Z").await.unwrap(), "one is running");
    assert_eq!(index.delete_screening(&ended, Verdicts::Stay).await.unwrap(), Swap::Stored);
    assert!(has_file(index.as_ref(), &file).await, "the running one needs it");
    let mut failed = running.clone();
    failed.state = ScreeningState::Failed;
    failed.work.as_mut().unwrap().revision = 3;
    assert_eq!(index.swap_screening(Some(2), &failed).await.unwrap(), Swap::Stored);
    assert!(!index.delete_file(file.document, "2026-11-26T10:00:00Z").await.unwrap());
    assert!(index.delete_file(file.document, "2026-11-26T10:00:01Z").await.unwrap());
    assert!(!has_file(index.as_ref(), &file).await);
    assert!(index.get_screening(failed.id).await.unwrap().is_some(), "the screening stays");
    assert!(put_file(index.as_ref(), &file).await, "stored again when it is submitted again");
    assert!(!put_file(index.as_ref(), &file).await);
    index.delete_leftovers(file.document).await.unwrap();
    assert!(has_file(index.as_ref(), &file).await, "a screening is left");
    let wrong = index.delete_file(file.document, "yesterday").await;
    assert!(matches!(wrong, Err(IndexError::Invalid { .. })), "{wrong:?}");
    assert_eq!(index.delete_screening(&failed, Verdicts::Go).await.unwrap(), Swap::Stored);
    // What is stored for one that was deleted meanwhile.
    let outline = TextOutline { bytes: 4, pages: Vec::new(), sections: Vec::new() };
    let text = index.put_text(file.document, "text", &outline).await.unwrap();
    index.delete_leftovers(file.document).await.unwrap();
    assert_eq!(index.get_outline(text).await.unwrap(), None);
}

pub async fn deletions_stay_within_their_tenant(open: &Open) {
    let whole = open().await;
    let tenant = |name: &str| whole.of_tenant(&TenantId::parse(name).unwrap()).unwrap();
    let (north, south, shared) = (tenant("north"), tenant("south"), tenant("shared"));
    let mut before = Vec::new();
    for index in [&north, &south, &shared] {
        before.push(index.count_screenings(ScreeningState::Succeeded).await.unwrap());
    }
    let file = file("tenants");
    let (of_north, text) = stored(north.as_ref(), "of north", &file).await;
    let (of_south, _) = stored(south.as_ref(), "of south", &file).await;
    let (of_shared, _) = stored(shared.as_ref(), "of the shared archive", &file).await;
    // What is shared is read by all and counts for its owner alone.
    for (index, before) in [&north, &south, &shared].into_iter().zip(before) {
        assert_eq!(index.count_screenings(ScreeningState::Succeeded).await.unwrap(), before + 1);
    }
    let all = whole.screenings_of_all(1_000, None).await.unwrap();
    for (owner, record) in [("north", &of_north), ("south", &of_south), ("shared", &of_shared)] {
        assert!(all.iter().any(|(tenant, found)| tenant.as_str() == owner && found.id == record.id));
    }
    assert!(matches!(north.screenings_of_all(1, None).await, Err(IndexError::Invalid { .. })));
    for other in [&south, &whole] {
        let refused = other.delete_screening(&of_north, Verdicts::Go).await.unwrap();
        assert_eq!(refused, Swap::Refused(None), "not theirs");
    }
    // Readable, and not theirs to delete.
    let found = south.get_screening(of_shared.id).await.unwrap().unwrap();
    assert_eq!(south.delete_screening(&found, Verdicts::Go).await.unwrap(), Swap::Refused(None));
    assert!(shared.get_screening(of_shared.id).await.unwrap().is_some());

    assert_eq!(north.delete_screening(&of_north, Verdicts::Go).await.unwrap(), Swap::Stored);
    assert_eq!(north.get_outline(text).await.unwrap(), None);
    for other in [&south, &shared] {
        assert!(has_file(other.as_ref(), &file).await, "the same bytes of others stay");
    }
    // What the shared archive holds is read by all, its files included.
    assert!(has_file(north.as_ref(), &file).await);
    let shared_text = of_shared.work.as_ref().unwrap().text.unwrap();
    assert!(north.read_text(shared_text, TextRange::new(0, 4)).await.unwrap().is_some());
    for (index, record) in [(&south, &of_south), (&shared, &of_shared)] {
        assert_eq!(index.delete_screening(record, Verdicts::Go).await.unwrap(), Swap::Stored);
    }
    assert!(!has_file(north.as_ref(), &file).await);
}
