//! What visitors see by their role and tenant.

use super::*;

#[tokio::test]
async fn visitors_see_the_pages_of_their_role_and_tenant_only() {
    let centre = centre(false).await;
    for wrong in ["", "eia_nothing", "name=x", "eyJhbGciOiJub25lIn0.e30."] {
        assert!(centre.sign_in(wrong).await.is_none(), "{wrong}");
    }
    let north = centre.session("reviewer-north").await;
    let (status, queue) = centre.get(&north, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(queue.contains("reviewer-north"));
    let report = centre.report(&north, &csrf(&queue)).await;
    assert_eq!(centre.get(&north, &report).await.0, StatusCode::OK);

    // Another tenant sees neither the queue's entry nor the report behind the address.
    let south = centre.session("reviewer-south").await;
    assert!(!centre.get(&south, "/").await.1.contains("quarry.md"));
    for path in ["", "/verdicts", "/notice", "/notice.docx", "/suite.zip", "/pages/1.png"] {
        let (status, page) = centre.get(&south, &format!("{report}{path}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.contains("quarry.md"), "{path}");
    }
    let id = report.trim_start_matches("/screenings/");
    assert_eq!(centre.get(&south, &format!("/compare?old={id}&new={id}")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(centre.get(&south, &format!("/precedents?like={id}")).await.0, StatusCode::NOT_FOUND);

    // Roles: who may look, and who may not.
    let expected = [
        ("submitter-north", "/", StatusCode::OK),
        ("submitter-north", "/precedents", StatusCode::FORBIDDEN),
        ("curator-north", "/", StatusCode::FORBIDDEN),
        ("curator-north", "/precedents", StatusCode::OK),
        ("operator", "/", StatusCode::FORBIDDEN),
        ("operator", "/statistics", StatusCode::FORBIDDEN),
    ];
    for (name, path, status) in expected {
        let session = centre.session(name).await;
        assert_eq!(centre.get(&session, path).await.0, status, "{name} {path}");
    }
    let submitter = centre.session("submitter-north").await;
    let token = csrf(&centre.get(&submitter, "/").await.1);
    let media = "application/x-www-form-urlencoded";
    let body = format!("csrf={token}&finding=UZ-D01&disposition=accepted");
    let verdict = Centre::request(Method::POST, &format!("{report}/verdicts"), &submitter, media, body);
    assert_eq!(centre.send(verdict).await.status(), StatusCode::FORBIDDEN);

    // The audit log knows who did what, without a proof or a word of a document, and its chain holds.
    let log = centre.folder.path().join("audit.jsonl");
    for _ in 0..1_200 {
        if std::fs::read_to_string(&log).unwrap_or_default().contains("PERMISSION_DENIED") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(
        text.contains("console GET /screenings/") && text.contains("\"who\":\"reviewer-south\""),
        "{text}"
    );
    assert!(text.contains("UNAUTHENTICATED"), "{text}");
    for (_, token) in &centre.tokens {
        assert!(!text.contains(token.as_str()));
    }
    assert!(!text.contains("hectares"));
    let verified = audit::verify(std::slice::from_ref(&log)).unwrap();
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);
}

/// Cases are for their keepers, screenings are not: neither the names of reports nor their addresses or sections.
#[tokio::test]
async fn who_may_not_read_screenings_sees_the_archive_without_them() {
    let centre = centre(false).await;
    for (id, title, text) in [
        (
            "quarry-1",
            "Gravel quarry",
            "# 1. Site\n\nThe pit lies at 41.3050° N, 69.2500° E beside the canal.\n",
        ),
        ("road-2", "Bypass road", "# 1. Site\n\nThe road leads from the village to the river.\n"),
        ("canal-3", "Main canal", "# 1. Site\n\nThe canal brings water to the fields.\n"),
    ] {
        centre.import("north", id, title, text).await;
    }
    let reviewer = centre.session("reviewer-north").await;
    let token = csrf(&centre.get(&reviewer, "/").await.1);
    let report = centre.report_of(&reviewer, &token, "quarry-1").await;
    let id = report.trim_start_matches("/screenings/");
    let near = "/precedents?lat=41.3&lon=69.28&km=50";
    let (of_report, alone) = ("/cases-compare?a=quarry-1&b=road-2", "/cases-compare?a=road-2&b=canal-3");
    for path in ["/precedents", near, "/cases/quarry-1", of_report] {
        let (status, page) = centre.get(&reviewer, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(page.contains(id), "there is something to see: {path}: {page}");
    }

    let curator = centre.session("curator-north").await;
    for (path, title) in [
        ("/precedents", "Gravel quarry"),
        (near, "Gravel quarry"),
        ("/cases/quarry-1", "Gravel quarry"),
        (alone, "Bypass road"),
    ] {
        let (status, page) = centre.get(&curator, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        assert!(page.contains(title), "{path}: {page}");
        for secret in ["quarry.md", id, "/screenings/", "name=\"like\""] {
            assert!(!page.contains(secret), "{path}: {secret}: {page}");
        }
    }
    assert!(!centre.get(&curator, "/cases/quarry-1").await.1.contains("Screenings of the case"));
    let like = format!("/precedents?like={id}");
    for path in
        [like.as_str(), "/precedents?like=x&q=quarry", of_report, "/cases-compare?a=canal-3&b=quarry-1"]
    {
        let (status, page) = centre.get(&curator, path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {page}");
        assert!(!page.contains("quarry.md") && !page.contains("href=\"/screenings/"), "{path}: {page}");
    }
}
