//! What was not read or not compared never looks like a clean result, in neither of the two reports.

use std::collections::BTreeMap;

use super::{html, text};
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::domain::ids::ScreeningId;
use crate::domain::provenance::Provenance;
use crate::domain::report::ScreeningReport;
use crate::ingest::{Limits, read_document};
use crate::screen::triage::triage;

/// What the file says of copying where the archive was searched.
const NOTHING_ALIKE: &str = "No passage of the text that could be read is nearly the same";

/// A report without findings.
fn report(archive: &str, not_examined: Vec<NotExamined>) -> ScreeningReport {
    let text = "# Introduction\n\nThe company plans an office.\n";
    ScreeningReport {
        id: ScreeningId::of_content(&[]),
        case: None,
        document: read_document("a.md", text.as_bytes(), &Limits::default()).unwrap(),
        elements: BTreeMap::new(),
        completeness: Vec::new(),
        risks: Vec::new(),
        facts: Vec::new(),
        inconsistencies: Vec::new(),
        precedents: Vec::new(),
        reuse: Vec::new(),
        triage: triage(&[], &[], &not_examined, ""),
        not_examined,
        provenance: Provenance {
            build: String::new(),
            model: None,
            rules: Vec::new(),
            parser: String::new(),
            index_schema: String::new(),
            archive: archive.to_owned(),
        },
        timings: BTreeMap::new(),
    }
}

fn not_examined(reason: NotExaminedReason, detail: impl Into<Explanation>) -> NotExamined {
    NotExamined { reason, page: None, section: None, detail: detail.into() }
}

#[test]
fn a_report_that_was_compared_with_nothing_says_so_and_why() {
    let failed = Code::PrecedentsFailed.because(Code::Technical.with("what", "timeout"));
    let cases = [
        (
            vec![not_examined(NotExaminedReason::NoArchive, Code::NoArchive)],
            "there is no archive of earlier cases",
        ),
        (
            vec![not_examined(NotExaminedReason::NoArchive, Code::ArchiveEmpty)],
            "the archive of earlier cases is empty",
        ),
        (
            vec![not_examined(NotExaminedReason::StageFailed, failed)],
            "precedents and reuse were not examined: timeout",
        ),
        (Vec::new(), "no comparison with earlier cases was asked for"),
    ];
    for (entries, why) in cases {
        let report = report("", entries);
        let (file, terminal) = (html::render(&report), text::render(&report, 120));
        let expected = format!("Not compared: {why}");
        let section = &file[file.find("id=\"reuse\"").unwrap()..];
        assert!(section.contains(&expected), "{section}");
        assert!(!file.contains(NOTHING_ALIKE) && !file.contains("None is shown."), "{file}");
        assert!(terminal.contains(&expected), "{terminal}");
    }
}

#[test]
fn a_report_that_was_compared_says_that_nothing_is_alike() {
    let report = report("3 cases, 0f", Vec::new());
    let (file, terminal) = (html::render(&report), text::render(&report, 120));
    assert!(file.contains(NOTHING_ALIKE) && file.contains("None is shown."), "{file}");
    assert!(!file.contains("Not compared") && !terminal.contains("Not compared"), "{terminal}");
}

#[test]
fn a_normal_priority_of_a_file_with_unread_parts_is_not_green() {
    let page = Code::PagePicture.with("page", 1);
    let unread = report("3 cases, 0f", vec![not_examined(NotExaminedReason::NoTextLayer, page)]);
    let (file, terminal) = (html::render(&unread), text::render(&unread, 120));
    assert!(file.contains("<section class=\"card undetermined\"><p class=\"soft\">Priority</p>"), "{file}");
    assert!(file.contains("may hold risks"), "{file}");
    let green = "\u{1b}[32mNORMAL";
    assert!(terminal.contains("NORMAL") && !terminal.contains(green), "{terminal}");

    let read = report("3 cases, 0f", Vec::new());
    let (file, terminal) = (html::render(&read), text::render(&read, 120));
    assert!(file.contains("<section class=\"card normal\"><p class=\"soft\">Priority</p>"), "{file}");
    assert!(terminal.contains(green), "{terminal}");
}
