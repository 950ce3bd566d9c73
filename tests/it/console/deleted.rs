//! What was deleted is gone from the console too, however lately it was looked at.

use std::sync::Arc;

use axum::http::StatusCode;
use eia_screen::domain::ids::ScreeningId;
use eia_screen::index::CaseIndex;
use eia_screen::index::work::{Swap, Verdicts};

use super::desk::Desk;
use super::pictures::pdf;

impl Desk {
    fn archive(&self) -> &Arc<dyn CaseIndex> {
        self.screener.index.as_ref().unwrap()
    }

    /// Deletes the screening of an address, as `DeleteScreening` and retention do.
    async fn delete(&self, report: &str) {
        let id = ScreeningId::parse(report.trim_start_matches("/screenings/")).unwrap();
        let record = self.archive().describe_screening(id).await.unwrap().unwrap();
        assert_eq!(record.report_json, "", "described without its report");
        let deleted = self.archive().delete_screening(&record, Verdicts::Stay).await.unwrap();
        assert_eq!(deleted, Swap::Stored);
    }
}

#[tokio::test]
async fn a_deleted_screening_is_gone_from_every_page() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.pdf", &pdf()).await;
    let accept = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "accepted")];
    assert_eq!(desk.post(&format!("{report}/verdicts"), &accept).await.0, StatusCode::SEE_OTHER);
    let id = report.trim_start_matches("/screenings/");
    let pages = ["", "?at=1", "/pages/1.png", "/suite.zip", "/notice", "/notice.docx", "/verdicts"];
    let mut pages: Vec<String> = pages.iter().map(|page| format!("{report}{page}")).collect();
    pages.push(format!("/compare?old={id}&new={id}"));
    pages.push(format!("/precedents?like={id}"));
    for page in &pages {
        desk.ok(page).await;
    }
    desk.delete(&report).await;
    for page in &pages {
        let (status, shown) = desk.page(page).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{page}");
        assert!(!shown.contains("quarry.pdf") && !shown.contains("gravel"), "{page}: {shown}");
    }
    assert_eq!(desk.post(&format!("{report}/verdicts"), &accept).await.0, StatusCode::NOT_FOUND);
    assert!(!desk.ok("/").await.contains("quarry.pdf"));

    // Submitted again it has its address again.
    assert_eq!(desk.screen("quarry.pdf", &pdf()).await, report);
    assert!(desk.ok(&report).await.contains("quarry.pdf"));
}

#[tokio::test]
async fn a_deleted_file_takes_its_pictures_along_and_leaves_the_report() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.pdf", &pdf()).await;
    desk.ok(&format!("{report}/pages/1.png")).await;
    let id = ScreeningId::parse(report.trim_start_matches("/screenings/")).unwrap();
    let record = desk.archive().describe_screening(id).await.unwrap().unwrap();
    assert!(desk.archive().delete_file(record.document, "2999-01-01T00:00:00Z").await.unwrap());
    assert_eq!(desk.page(&format!("{report}/pages/1.png")).await.0, StatusCode::NOT_FOUND);
    desk.ok(&report).await;
    let accept = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "accepted")];
    assert_eq!(desk.post(&format!("{report}/verdicts"), &accept).await.0, StatusCode::SEE_OTHER);
    assert_eq!(desk.page(&format!("{report}/suite.zip")).await.0, StatusCode::BAD_REQUEST, "no document");
}
