//! The queue takes in new reports without the page being loaded again.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};

use super::desk::{Desk, REPORT, between, get, text};

/// What the list of submissions gets that knew so many reports.
async fn list(desk: &Desk, reports: usize) -> Response<Body> {
    let mut request = get(&format!("/submissions?reports={reports}"));
    request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    request.headers_mut().insert("hx-target", "submissions".parse().unwrap());
    desk.send(request).await
}

#[tokio::test]
async fn the_queue_asks_for_itself_when_there_is_a_new_report() {
    let desk = Desk::open().await;
    assert!(!list(&desk, 0).await.headers().contains_key("hx-trigger"), "nothing has changed");
    desk.screen("quarry.md", REPORT.as_bytes()).await;
    let told = list(&desk, 0).await;
    assert_eq!(told.headers()["hx-trigger"], "queue-changed");
    assert!(!told.headers().contains_key("hx-refresh"), "what is typed or being sent on the page stays");
    assert!(!list(&desk, 1).await.headers().contains_key("hx-trigger"));

    // What asks for the rows then asks for those that are shown, and for no form.
    let page = desk.ok("/?sort=name&page=1").await;
    let asks = between(&page, "<div hidden hx-get=\"", "</div>").to_owned();
    assert!(asks.contains("hx-trigger=\"queue-changed from:body\""), "{asks}");
    let again = asks.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(again, "/?sort=name&page=1");
    let rows = desk.part(&again, "queue-rows").await;
    let rows = &rows[rows.find("<div id=\"queue-rows\">").unwrap()..];
    assert!(rows.contains("quarry.md") && !rows.contains("<input") && !rows.contains("<textarea"), "{rows}");
}

#[tokio::test]
async fn a_file_sent_by_the_script_is_taken_over_with_a_status_of_its_own() {
    let desk = Desk::open().await;
    let by_script = |name: &str| {
        let mut request = desk.upload(&desk.csrf, name, REPORT.as_bytes());
        request.headers_mut().insert("hx-request", "true".parse().unwrap());
        request.headers_mut().insert("hx-target", "submissions".parse().unwrap());
        request
    };
    assert_eq!(desk.send(by_script("quarry.md")).await.status(), StatusCode::ACCEPTED);
    assert_eq!(desk.post("/sign-out", &[("csrf", &desk.csrf)]).await.0, StatusCode::SEE_OTHER);
    let refused = desk.send(by_script("road.md")).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(text(refused).await.contains("Your session has ended"));
}
