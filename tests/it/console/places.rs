//! The search near a point, and the day from which the deadline counts.

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::CaseId;
use eia_screen::screen::import::ArchivedFile;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, REPORT, between};

#[tokio::test]
async fn the_search_near_a_point_finds_reports_and_imported_cases() {
    let desk = Desk::open().await;
    desk.screen("quarry.md", REPORT.as_bytes()).await;
    for (id, title, text) in [
        (
            "near",
            "Brickworks <b>",
            "1. Site\n\nThe works stand at 41.3050° N, 69.2500° E beside the canal.\n",
        ),
        ("far", "Cement works", "1. Site\n\nThe works stand at 39.6500° N, 66.9600° E near the railway.\n"),
        ("nowhere", "Road", "1. Site\n\nThe road leads from the village to the river.\n"),
    ] {
        let case = Case {
            id: CaseId::parse(id).unwrap(),
            title: title.to_owned(),
            facets: Facets::default(),
            decision: String::new(),
            conditions: Vec::new(),
            documents: Vec::new(),
            positions: Vec::new(),
        };
        let file = ArchivedFile { name: "report.md".to_owned(), bytes: text.as_bytes().to_vec() };
        desk.screener.import_case(case, vec![file], CancellationToken::new()).await.unwrap();
    }
    let near = desk.ok("/precedents?lat=41.3&lon=69.24&km=20").await;
    assert!(near.contains("quarry.md") && near.contains("Brickworks &#60;b&#62;"), "{near}");
    assert!(!near.contains("Cement works") && !near.contains(">Road<"), "{near}");
    let far = desk.ok("/precedents?lat=39.65&lon=66.96&km=5").await;
    assert!(far.contains("Cement works") && !far.contains("Brickworks"), "{far}");
    let none = desk.ok("/precedents?lat=-10&lon=-10&km=5").await;
    assert!(none.contains("No screened report and no case states a position"), "{none}");
}

#[tokio::test]
async fn the_deadline_counts_from_the_day_that_the_submitter_names() {
    let desk = Desk::open().await;
    // The form of the desk says 2026-10-01, a Thursday: the seventh working day after it is the 12th.
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let queue = desk.ok("/").await;
    assert!(queue.contains("<span class=\"day\">2026-10-12</span>"), "{queue}");
    let page = desk.ok(&report).await;
    assert!(page.contains("2026-10-12") && page.contains("counted from 2026-10-01"), "{page}");
    assert!(between(&page, "<title>", "</title>").contains("quarry.md"));
}
