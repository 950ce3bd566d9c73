//! Children that crash, hang, lie and leave something behind.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::ingest::read_document;

/// Writes a program that can be run at once. It is copied by a process of its own: what this one has open for
/// writing, a process that another test starts meanwhile has, too, and nobody can run it then.
pub(in crate::ingest::isolated) fn program(path: &Path, script: &str) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, script).unwrap();
    assert!(Command::new("cp").arg(&draft).arg(path).status().unwrap().success());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The file that the children read.
const FILE: &[u8] = b"%PDF-1.7 hostile";

/// A child in the hands of the test: a shell script.
struct Puppet {
    folder: tempfile::TempDir,
}

impl Puppet {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.path().display());
        program(&folder.path().join("child"), &script);
        Self { folder }
    }

    fn frames(self, name: &str, frames: &[Frame]) -> Self {
        let mut bytes = Vec::new();
        for frame in frames {
            frames::write(&mut bytes, frame).unwrap();
        }
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
        self
    }

    fn read(&self, limits: &Limits, watch: &Watch<'_>) -> Document {
        let isolation = Isolation::by(self.folder.path().join("child"));
        isolation.read("report.pdf", FILE, limits, None, watch).unwrap()
    }
}

fn why(document: &Document) -> String {
    assert!(document.text.is_empty() && document.pages.is_empty());
    assert_eq!(document.not_examined[0].reason, NotExaminedReason::ParserFailed);
    document.not_examined[0].detail.to_string()
}

#[test]
fn a_child_that_crashes_leaves_the_file_not_examined() {
    let document = Puppet::new("kill -SEGV $$").read(&Limits::default(), &Watch::NOBODY);
    assert!(why(&document).contains("the reader crashed"), "{}", why(&document));
    assert_eq!(document.media_type.as_str(), "application/pdf");
    let document = Puppet::new("exit 0").read(&Limits::default(), &Watch::NOBODY);
    assert!(why(&document).contains("could not be read"), "{}", why(&document));
}

#[test]
fn a_child_that_talks_nonsense_is_not_believed() {
    let document = Puppet::new("head -c 100000 /dev/zero | tr '\\0' 'x'; sleep 60")
        .read(&Limits::default(), &Watch::NOBODY);
    assert!(why(&document).contains("longer than allowed"), "{}", why(&document));
}

/// A document as a child may tell it.
fn told() -> Document {
    read_document("other.txt", "1. Тозалаш\n\nThe plant is new.\n".as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn a_page_that_ends_a_child_is_left_out_by_the_next() {
    let script = "if head -c 2000 | grep -q '\"fatal_pages\":\\[3\\]'; then cat whole; else cat part; kill -ABRT $$; fi";
    let document = Puppet::new(script)
        .frames("part", &[Frame::Begins(2), Frame::Ended(2), Frame::Begins(3)])
        .frames("whole", &[Frame::Document(Box::new(told()))])
        .read(&Limits::default(), &Watch::NOBODY);
    assert_eq!((&document.text, &document.sections), (&told().text, &told().sections));
}

#[test]
fn a_file_cannot_pass_for_another_one() {
    let document = Puppet::new("cat whole")
        .frames("whole", &[Frame::Document(Box::new(told()))])
        .read(&Limits::default(), &Watch::NOBODY);
    let sha256 = assemble::hex(&Sha256::digest(FILE));
    assert_eq!((document.id, document.name.as_str()), (DocumentId::of_file(&sha256), "report.pdf"));
    assert_eq!((document.sha256, document.text), (sha256, told().text));
}

#[test]
fn a_document_that_cannot_be_is_not_believed() {
    let mut within_a_letter = told();
    within_a_letter.blocks[0].span.range.end -= 1;
    let mut beyond_the_end = told();
    beyond_the_end.blocks[1].span.range.end += 1;
    for document in [within_a_letter, beyond_the_end] {
        let document = Puppet::new("cat whole")
            .frames("whole", &[Frame::Document(Box::new(document))])
            .read(&Limits::default(), &Watch::NOBODY);
        assert!(why(&document).contains("does not fit the text"), "{}", why(&document));
    }
}

#[test]
fn nobody_is_held_by_what_a_child_has_started() {
    // In a session of its own nothing ends it, and the pipes to the child stay open.
    let puppet = Puppet::new("exec 3<&0\nsetsid sleep 60 <&3 &\nexit 0");
    let begun = Instant::now();
    let document = puppet.read(&Limits::default(), &Watch::NOBODY);
    assert!(why(&document).contains("could not be read"), "{}", why(&document));
    // Nor if it leaves more of the file unread than a pipe holds.
    let isolation = Isolation::by(puppet.folder.path().join("child"));
    let large = vec![b'x'; 1 << 20];
    let document = isolation.read("large.txt", &large, &Limits::default(), None, &Watch::NOBODY).unwrap();
    assert!(why(&document).contains("could not be read"), "{}", why(&document));
    assert!(begun.elapsed() < Duration::from_secs(20), "of a minute: {:?}", begun.elapsed());
}

#[test]
fn a_child_with_countless_pages_in_hand_is_not_believed() {
    let frames: Vec<Frame> = (1..=5_000).map(Frame::Begins).collect();
    let begun = Instant::now();
    let document =
        Puppet::new("cat pages; sleep 60").frames("pages", &frames).read(&Limits::default(), &Watch::NOBODY);
    assert!(why(&document).contains("could not be read"), "{}", why(&document));
    assert!(begun.elapsed() < Duration::from_secs(20), "of a minute: {:?}", begun.elapsed());
}

#[test]
fn a_child_is_ended_when_nobody_waits_for_it() {
    let puppet = Puppet::new("sleep 60 & sleep 60");
    let read = || {
        let begun = Instant::now();
        let is_cancelled = || begun.elapsed() > Duration::from_millis(100);
        let watch = Watch { is_cancelled: &is_cancelled, ..Watch::NOBODY };
        puppet.read(&Limits::default(), &watch);
        begun.elapsed()
    };
    // A machine may stand still for longer than that, but not each time.
    let times: Vec<Duration> = (0..5).map(|_| read()).collect();
    assert!(times.iter().any(|time| *time < Duration::from_millis(600)), "{times:?}");
    assert!(times.iter().all(|time| *time < Duration::from_secs(30)), "{times:?}");
}

#[test]
fn a_child_that_hangs_is_given_up() {
    let (_sender, frames) = sync_channel(1);
    let ending = listen(&frames, Duration::from_millis(60), &Watch::NOBODY, &|| {});
    assert!(matches!(ending, Ending::Lost { why, .. } if why.to_string().contains("took longer")));
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let isolation = Isolation::by(PathBuf::from("/no/such/program"));
    assert!(matches!(isolation.probe(), Err(IsolationError::Start(_))));
    let document = isolation.read("a.txt", b"text", &Limits::default(), None, &Watch::NOBODY).unwrap();
    assert!(why(&document).contains("no process"), "{}", why(&document));
}
