//! Two reviewers at the same report do not overlook each other.

use axum::http::StatusCode;
use eia_screen::domain::ids::{ScreeningId, VerdictId};
use eia_screen::domain::verdict::{Disposition, Verdict};
use eia_screen::index::work::Seen;

use super::desk::{Desk, REPORT, between, form, sign_in, text};

/// What the form of a finding says of its verdicts.
fn seen(page: &str, finding: &str) -> String {
    let before =
        format!("name=\"finding\" value=\"{finding}\"><input type=\"hidden\" name=\"seen\" value=\"");
    between(page, &before, "\"").to_owned()
}

fn decision<'a>(csrf: &'a str, seen: &'a str, reason: &'a str) -> [(&'a str, &'a str); 5] {
    [("csrf", csrf), ("finding", "UZ-D01"), ("disposition", "rejected"), ("reason", reason), ("seen", seen)]
}

#[tokio::test]
async fn of_two_forms_that_were_loaded_together_the_second_is_refused() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let verdicts = format!("{report}/verdicts");
    let (cookie, csrf) = sign_in(&desk.router, "Jasur").await;
    // Both look at the same page.
    let loaded = seen(&desk.ok(&report).await, "UZ-D01");
    assert_eq!(loaded, "none");
    assert_eq!(
        desk.post(&verdicts, &decision(&desk.csrf, &loaded, "in volume 2")).await.0,
        StatusCode::SEE_OTHER
    );
    let second = desk.send(form(&verdicts, &cookie, &decision(&csrf, &loaded, "in the annex"))).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let page = text(second).await;
    assert!(page.contains("Another verdict about this finding came first"), "{page}");
    assert!(
        page.contains("What you typed") && page.contains("in the annex"),
        "what was typed is not lost: {page}"
    );
    assert!(!desk.ok(&verdicts).await.contains("in the annex"));

    // Whoever has looked again may decide otherwise; a script gets the finding with what it has to say next.
    let now = seen(&desk.ok(&report).await, "UZ-D01");
    let mut again = form(&verdicts, &cookie, &decision(&csrf, &now, "in the annex"));
    again.headers_mut().insert("hx-target", "f-UZ-D01".parse().unwrap());
    let answer = desk.send(again).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let next = seen(&text(answer).await, "UZ-D01");
    assert_eq!(next.split(' ').count(), 2, "{next}");
    assert_eq!(desk.post(&verdicts, &decision(&desk.csrf, &now, "no")).await.0, StatusCode::CONFLICT);
    assert_eq!(desk.post(&verdicts, &decision(&desk.csrf, &next, "no")).await.0, StatusCode::SEE_OTHER);
    for wrong in ["x", "none none", "6ba7b810-9dad-51d1-80b4-00c04fd430c8"] {
        let (status, _) = desk.post(&verdicts, &decision(&desk.csrf, wrong, "no")).await;
        assert!(status == StatusCode::BAD_REQUEST || status == StatusCode::CONFLICT, "{wrong}: {status}");
    }
}

/// Replicas have clocks of their own: the verdict that was stored last may be the older one by its time.
#[tokio::test]
async fn a_finding_can_be_decided_whatever_the_clocks_of_earlier_verdicts_said() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let screening = ScreeningId::parse(report.trim_start_matches("/screenings/")).unwrap();
    for (number, create_time) in ["2999-01-01T00:00:00Z", "2026-01-01T00:00:00Z"].into_iter().enumerate() {
        let verdict = Verdict {
            id: VerdictId::of_content(&["clock", create_time]),
            screening,
            finding: "UZ-D01".to_owned(),
            disposition: Disposition::Accepted,
            replacement: String::new(),
            reason: String::new(),
            reviewer: format!("reviewer {number}"),
            create_time: create_time.to_owned(),
        };
        desk.screener.index.as_ref().unwrap().append_verdict(&verdict, Seen::Whatever).await.unwrap();
    }
    let loaded = seen(&desk.ok(&report).await, "UZ-D01");
    let (status, page) = desk.post(&format!("{report}/verdicts"), &decision(&desk.csrf, &loaded, "no")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
}
