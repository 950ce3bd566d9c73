//! What was not read or not compared, wherever a page could be taken for saying that there is nothing.

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::CaseId;
use eia_screen::screen::import::ArchivedFile;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, REPORT};

/// A file of which the most part cannot be read: it stands in an element that is never closed.
const CUT: &str = "<html><body><h1>1. Introduction</h1><p>The company plans an office.</p><nav><p>All other chapters \
                   follow here.</p><p>And the last one.</p>";

#[tokio::test]
async fn a_file_that_was_not_read_in_full_never_looks_like_one_without_risk() {
    let desk = Desk::open().await;
    let report = desk.screen("cut.html", CUT.as_bytes()).await;
    let queue = desk.ok("/").await;
    assert!(queue.contains("<span class=\"badge tone-undetermined\">Normal</span>"), "{queue}");
    assert!(queue.contains("<li>1 part of the file could not be read"), "{queue}");
    let page = desk.ok(&report).await;
    let head = "<li class=\"tone-undetermined\"><details><summary><span class=\"soft\">Priority</span> \
                <strong>Normal</strong>";
    assert!(page.contains(head), "{page}");
    assert!(page.contains("may hold risks: read it first"), "{page}");
    assert!(page.contains("<li>1 part of the file could not be read"), "{page}");

    let unread = format!("href=\"{report}?tab=unread\"");
    for (tab, name) in [("risks", "Risks"), ("claims", "To verify"), ("facts", "Figures")] {
        let pane = desk.part(&format!("{report}?tab={tab}"), "findings").await;
        let note = &pane[pane.find("class=\"scroll\"").unwrap()..];
        assert!(note.contains("1 part of the file was not examined") && note.contains(&unread), "{pane}");
        assert!(note.contains("Nothing was found in what was read."), "{pane}");
        assert!(!pane.contains("Nothing here."), "{pane}");
        assert!(pane.contains(&format!("{name} <span class=\"count\">–</span>")), "{pane}");
    }
    for tab in ["precedents", "reuse"] {
        let pane = desk.part(&format!("{report}?tab={tab}"), "findings").await;
        let note = &pane[pane.find("class=\"scroll\"").unwrap()..];
        assert!(note.contains("Not compared with earlier cases:") && note.contains(&unread), "{pane}");
        assert!(note.contains("the archive of earlier cases is empty"), "{pane}");
        assert!(!pane.contains("Nothing here."), "{pane}");
    }
}

#[tokio::test]
async fn a_list_of_a_report_that_was_compared_is_simply_empty() {
    let desk = Desk::open().await;
    let case = Case {
        id: CaseId::parse("far").unwrap(),
        title: "Cement works".to_owned(),
        facets: Facets::default(),
        decision: String::new(),
        conditions: Vec::new(),
        documents: Vec::new(),
        positions: Vec::new(),
    };
    let text = "1. Site\n\nThe cement works stand near the railway.\n";
    let file = ArchivedFile { name: "report.md".to_owned(), bytes: text.as_bytes().to_vec() };
    desk.screener.import_case(case, vec![file], CancellationToken::new()).await.unwrap();
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let pane = desk.part(&format!("{report}?tab=reuse"), "findings").await;
    assert!(pane.contains("Nothing here."), "{pane}");
    assert!(pane.contains("Copying <span class=\"count\">0</span>"), "{pane}");
    assert!(!pane.contains("Not compared") && !pane.contains("not examined:"), "{pane}");
}
