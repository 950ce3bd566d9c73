use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;
use crate::access::settings::{AuditSettings, AuditSync};

fn settings(path: &Path) -> AuditSettings {
    AuditSettings {
        file: path.to_owned(),
        sync: AuditSync::Never,
        rotate_daily: false,
        ..AuditSettings::default()
    }
}

fn entry(number: usize) -> Entry {
    Entry {
        who: "expert-3".to_owned(),
        proof: "token".to_owned(),
        tenant: "north".to_owned(),
        what: "/eia.screening.v1.ReviewService/RecordVerdict".to_owned(),
        resources: vec![format!("screenings/{number}")],
        outcome: "OK".to_owned(),
        request_id: format!("r{number}"),
        call_id: String::new(),
        peer: "10.0.0.7:5000".to_owned(),
        left_out: 0,
    }
}

fn written(entries: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open(&settings(&path)).unwrap();
    for number in 0..entries {
        log.record(entry(number));
    }
    drop(log);
    (folder, path)
}

fn checked(path: &Path) -> Verification {
    verify(&[path.to_owned()]).unwrap()
}

#[test]
fn an_untouched_log_verifies_and_goes_on_after_a_restart() {
    let (_folder, path) = written(20);
    let first = checked(&path);
    assert_eq!((first.lines, first.first, first.problems.len()), (22, 0, 0), "start, 20 calls, stop");
    let log = AuditLog::open(&settings(&path)).unwrap();
    log.record(entry(20));
    assert!(log.flush(Duration::from_secs(60)));
    assert!(matches!(AuditLog::open(&settings(&path)), Err(AuditError::InUse { .. })));
    drop(log);
    let second = checked(&path);
    assert_eq!((second.lines, second.problems.len()), (25, 0));
    assert!(second.contains(&first.head) && second.head != first.head);
}

#[test]
fn every_change_removal_insertion_and_reordering_is_found() {
    let (_folder, path) = written(8);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let head = checked(&path).head;
    let mut tampered: Vec<(String, Vec<String>)> = Vec::new();
    let own = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    for place in 0..lines.len() - 1 {
        let mut changed = own(&lines);
        changed[place] = changed[place].replace("seq", "seQ");
        tampered.push((format!("key of line {place}"), changed));
        let mut changed = own(&lines);
        changed[place] = changed[place].replacen("2026", "2025", 1).replacen("2027", "2026", 1);
        if changed != own(&lines) {
            tampered.push((format!("time of line {place}"), changed));
        }
        let mut removed = own(&lines);
        removed.remove(place);
        if place > 0 {
            tampered.push((format!("removal of line {place}"), removed));
        }
        let mut twice = own(&lines);
        twice.insert(place, lines[place].to_owned());
        tampered.push((format!("repetition of line {place}"), twice));
        let mut swapped = own(&lines);
        swapped.swap(place, place + 1);
        tampered.push((format!("order of lines {place} and the next"), swapped));
    }
    for (what, lines) in tampered {
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        assert!(!checked(&path).problems.is_empty(), "{what} was not found");
    }
    // What the chain alone cannot find: lines cut off at the end. A noted head does.
    std::fs::write(&path, lines[..5].join("\n") + "\n").unwrap();
    let cut = checked(&path);
    assert!(cut.problems.is_empty() && !cut.contains(&head));
}

#[test]
fn a_torn_last_line_is_cut_off_and_said() {
    let (_folder, path) = written(3);
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"seq\":5,\"time\":\"20");
    std::fs::write(&path, &text).unwrap();
    assert!(checked(&path).problems.iter().any(|problem| problem.contains("unfinished")));
    drop(AuditLog::open(&settings(&path)).unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"recovered\"") && text.contains("19 bytes"), "{text}");
    assert_eq!(checked(&path).problems, Vec::<String>::new());
}

#[test]
fn the_chain_runs_over_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let small = AuditSettings { rotate_mib: 1, ..settings(&path) };
    let log = AuditLog::open(&small).unwrap();
    let long = Entry { what: "x".repeat(3_000), ..entry(0) };
    for _ in 0..1_200 {
        log.record(long.clone());
    }
    drop(log);
    let mut files = chain::closed_files(&path).unwrap();
    assert!(files.len() >= 2, "{files:?}");
    files.push(path.clone());
    files.reverse();
    let whole = verify(&files).unwrap();
    assert_eq!((whole.problems.as_slice(), whole.first), (&[][..], 0));
    let without_middle: Vec<PathBuf> =
        files.iter().enumerate().filter(|(n, _)| *n != 1).map(|(_, f)| f.clone()).collect();
    assert!(!verify(&without_middle).unwrap().problems.is_empty(), "a missing file is found");

    // A stop between two files: the chain goes on after the newest closed one.
    std::fs::rename(&path, closed_name(&path, 999_999)).unwrap();
    drop(AuditLog::open(&small).unwrap());
    let mut files = chain::closed_files(&path).unwrap();
    files.push(path.clone());
    assert_eq!(verify(&files).unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_new_day_begins_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let line = chain::Line {
        seq: 0,
        time: "2020-02-03T10:00:00Z".to_owned(),
        kind: chain::Kind::Start,
        call: None,
        detail: None,
        prev: chain::NOTHING.to_owned(),
    };
    std::fs::write(&path, serde_json::to_string(&line).unwrap() + "\n").unwrap();
    let daily = AuditSettings { rotate_daily: true, ..settings(&path) };
    drop(AuditLog::open(&daily).unwrap());
    let closed = chain::closed_files(&path).unwrap();
    assert_eq!(closed.len(), 1);
    let verified = verify(&[path, closed[0].clone()]).unwrap();
    assert_eq!((verified.problems.len(), verified.from.as_str()), (0, "2020-02-03T10:00:00Z"));
}

/// A log that cannot begin the file that is due, because a folder has the name of the one to be closed; 600 calls are
/// recorded.
fn stuck() -> (tempfile::TempDir, PathBuf, AuditLog) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open(&AuditSettings { rotate_mib: 1, ..settings(&path) }).unwrap();
    std::fs::create_dir(closed_name(&path, 0)).unwrap();
    for _ in 0..600 {
        log.record(Entry { what: "x".repeat(3_000), ..entry(0) });
    }
    until(|| !log.is_writable());
    (folder, path, log)
}

pub(in crate::access) fn until(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A log of which everything is written so far, and whose next line finds no room.
fn full() -> (tempfile::TempDir, PathBuf, AuditLog) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open(&AuditSettings { rotate_mib: 1, ..settings(&path) }).unwrap();
    while std::fs::metadata(&path).unwrap().len() < 1 << 20 {
        log.record(Entry { what: "x".repeat(100_000), ..entry(0) });
        assert!(log.flush(Duration::from_secs(60)));
    }
    std::fs::create_dir(closed_name(&path, 0)).unwrap();
    (folder, path, log)
}

/// As [`full`], behind its handle.
pub(in crate::access) fn full_audit() -> (tempfile::TempDir, PathBuf, Audit) {
    let (folder, path, log) = full();
    (folder, path, Audit(Some(Arc::new(log))))
}

/// Lets a log that is stuck or full go on.
pub(in crate::access) fn release(path: &Path) {
    std::fs::remove_dir(closed_name(path, 0)).unwrap();
}

/// The files of a log, the closed ones first.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = chain::closed_files(path).unwrap();
    files.push(path.to_owned());
    files
}

/// Everything in a log, its closed files first.
pub(in crate::access) fn text(path: &Path) -> String {
    files(path).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[tokio::test]
async fn a_change_may_be_made_when_its_line_is_written() {
    for sync in [AuditSync::Never, AuditSync::Second, AuditSync::Entry] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog::open(&AuditSettings { sync, ..settings(&path) }).unwrap();
        for number in 0..20 {
            log.begin(entry(number)).await.unwrap();
            let text = text(&path);
            let line = text.lines().find(|line| line.contains(&format!("\"r{number}\""))).unwrap();
            assert!(line.contains("\"kind\":\"begun\""), "{line}");
            assert!(line.contains(&format!("screenings/{number}\"")), "{line}");
        }
    }
}

#[tokio::test]
async fn a_change_whose_line_finds_no_room_is_given_up_and_the_log_says_so() {
    let (_folder, path, log) = full();
    assert!(log.is_writable(), "nothing has failed yet");
    let begun = Instant::now();
    assert_eq!(log.begin(entry(7_000)).await, Err(Unrecorded));
    assert_eq!(log.begin(entry(7_001)).await, Err(Unrecorded));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    release(&path);
    until(|| log.is_writable());
    log.begin(entry(7_002)).await.unwrap();
    drop(log);
    let text = text(&path);
    let of = |id: &str| text.lines().filter(|line| line.contains(id)).collect::<Vec<_>>();
    let [line] = of("\"r7000\"")[..] else { panic!("{text}") };
    assert!(line.contains("\"kind\":\"call\"") && line.contains("\"ABORTED\""), "{line}");
    assert!(of("\"r7001\"").is_empty(), "it had never come so far");
    let [line] = of("\"r7002\"")[..] else { panic!("{text}") };
    assert!(line.contains("\"kind\":\"begun\""), "{line}");
    assert_eq!(verify(&files(&path)).unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_any_more_is_said_not_to_be_made() {
    let (_folder, path, log) = full();
    let left = tokio::time::timeout(Duration::ZERO, log.begin(entry(7_000))).await;
    assert!(!matches!(left, Ok(Ok(()))), "{left:?}");
    release(&path);
    until(|| log.is_writable());
    drop(log);
    // Its line may have been on its way when the waiter left: then another one says that it was not made.
    let text = text(&path);
    let last = text.lines().rfind(|line| line.contains("\"r7000\"")).unwrap();
    assert!(last.contains("\"kind\":\"call\"") && last.contains("\"ABORTED\""), "{last}");
}

#[test]
fn refusals_are_counted_while_the_log_cannot_be_written_and_nobody_waits() {
    let (_folder, path, log) = stuck();
    let begun = Instant::now();
    for number in 0..5_000 {
        log.record_refusal(entry(number));
    }
    // Calls that were let in before are kept, however many they are.
    for number in 0..5_000 {
        log.record(entry(number));
    }
    // Whoever waited for the log would wait until it goes on, which is below.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    std::fs::remove_dir(closed_name(&path, 0)).unwrap();
    until(|| log.is_writable());
    drop(log);
    let mut files = chain::closed_files(&path).unwrap();
    let begun = files.len() as u64;
    files.push(path);
    let found = verify(&files).unwrap();
    assert_eq!(found.problems, Vec::<String>::new());
    assert_eq!(found.lines, 5_603 + begun, "start, 600 and 5,000 calls, what is not in it, stop; new files");
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(texts.concat().contains("5000 refused calls were counted, not recorded"));
}

#[test]
fn a_stop_does_not_wait_for_a_disk_that_takes_nothing() {
    let (_folder, _path, log) = stuck();
    let begun = Instant::now();
    assert!(!log.flush(Duration::from_millis(50)));
    drop(log);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
