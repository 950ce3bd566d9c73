//! What must not get through: markup of documents, names and people, strangers, and pages of other sites.

use axum::http::{StatusCode, header};

use super::desk::{Desk, REPORT, assert_escaped, form, get, sign_in, text};

#[tokio::test]
async fn markup_in_documents_names_reasons_and_queries_stays_text() {
    let desk = Desk::open().await;
    let report = desk.screen("\"><img src=x onerror=alert(1)>.md", REPORT.as_bytes()).await;
    let reason = "<script>alert('reason')</script>";
    let pairs = [
        ("csrf", desk.csrf.as_str()),
        ("finding", "UZ-D01"),
        ("disposition", "rejected"),
        ("reason", reason),
    ];
    assert_eq!(desk.post(&format!("{report}/verdicts"), &pairs).await.0, StatusCode::SEE_OTHER);
    let markup = "%22%3E%3Ci%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let mut paths = vec![
        format!("/?q={markup}&gate={markup}&sort={markup}"),
        format!("/precedents?q={markup}&region={markup}"),
        format!("/precedents?lat={markup}&lon=1"),
        format!("/compare?old={markup}&new={markup}"),
        format!("/cases/{markup}"),
        format!("/nowhere/{markup}"),
        format!("/sign-in?next={markup}"),
        format!("{report}?tab={markup}&finding={markup}&view={markup}&show={markup}"),
        format!("{report}/verdicts"),
        format!("{report}/notice?language={markup}"),
        format!("{report}?view=contents"),
    ];
    for tab in ["completeness", "risks", "claims", "precedents", "reuse", "facts", "unread"] {
        paths.push(format!("{report}?tab={tab}&show=all&at=1"));
    }
    let mut seen = String::new();
    for path in &paths {
        let (status, page) = desk.page(path).await;
        assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_escaped(&page, path);
        seen += &page;
    }
    // The texts themselves are there, as text.
    for expected in
        ["alert(&#39;text&#39;)", "alert(&#39;reason&#39;)", "reviewer &#60;b&#62;seven", "onerror=alert(1)"]
    {
        assert!(seen.contains(expected), "{expected}");
    }
}

#[tokio::test]
async fn nothing_is_shown_or_done_for_strangers() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    for path in ["/", "/precedents", "/compare", "/statistics", &report, &format!("{report}/notice.docx")] {
        let response = desk.send(get(path)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(
            response.headers()[header::LOCATION].to_str().unwrap().starts_with("/sign-in?next="),
            "{path}"
        );
    }
    // A form without token, with the token of another session, or sent by a page of another site.
    let (_, other) = sign_in(&desk.router, "Jasur").await;
    for token in ["", "0", other.as_str()] {
        let pairs = [("csrf", token), ("finding", "UZ-D01"), ("disposition", "accepted")];
        assert_eq!(
            desk.post(&format!("{report}/verdicts"), &pairs).await.0,
            StatusCode::FORBIDDEN,
            "{token}"
        );
        let response = desk.send(desk.upload(token, "x.md", b"# x\n\ntext")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{token}");
        assert_eq!(desk.post("/sign-out", &[("csrf", token)]).await.0, StatusCode::FORBIDDEN);
    }
    let pairs = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "accepted")];
    let mut foreign = form(&format!("{report}/verdicts"), &desk.cookie, &pairs);
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(desk.send(foreign).await.status(), StatusCode::FORBIDDEN);
    let mut rebound = get("/sign-in");
    rebound.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
    assert_eq!(desk.send(rebound).await.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(desk.ok(&format!("{report}/verdicts")).await.contains("No verdict has been recorded yet"));

    assert_eq!(desk.post("/sign-out", &[("csrf", &desk.csrf)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(desk.page("/").await.0, StatusCode::SEE_OTHER, "the session has ended");
}

/// A page that cannot be gone on with repeats what was typed, as text.
#[tokio::test]
async fn the_reason_of_a_form_that_has_expired_is_shown_again() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let reason = "it is in volume 2 <script>alert('reason')</script>";
    let pairs = [("csrf", "0"), ("finding", "UZ-D01"), ("disposition", "rejected"), ("reason", reason)];
    let (status, page) = desk.post(&format!("{report}/verdicts"), &pairs).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("it is in volume 2 &#60;script&#62;"), "{page}");
    assert_escaped(&page, "a form that has expired");
}

/// A script would follow the way to the page to sign in unseen, and put that page in the place of what it asked for.
#[tokio::test]
async fn scripts_are_told_that_the_session_has_ended() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    assert_eq!(desk.post("/sign-out", &[("csrf", &desk.csrf)]).await.0, StatusCode::SEE_OTHER);
    let verdicts = format!("{report}/verdicts");
    let pairs = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "accepted")];
    for name in ["hx-request", "hx-target"] {
        for mut request in [form(&verdicts, &desk.cookie, &pairs), get(&report)] {
            request.headers_mut().insert(name, "true".parse().unwrap());
            request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
            let answer = desk.send(request).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
            let page = text(answer).await;
            assert!(page.contains("<h1>Your session has ended</h1>"), "{page}");
            assert!(page.contains("<a href=\"/sign-in\" target=\"_blank\">"), "{page}");
        }
    }
    // A form that is sent without a script, and going back, show the page to sign in.
    assert_eq!(desk.post(&verdicts, &pairs).await.0, StatusCode::SEE_OTHER);
    let mut back = get(&report);
    for name in ["hx-request", "hx-history-restore-request"] {
        back.headers_mut().insert(name, "true".parse().unwrap());
    }
    back.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    assert_eq!(desk.send(back).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let desk = Desk::open().await;
    let paths = [
        "/",
        "/sign-in",
        "/nowhere",
        "/assets/console.css",
        "/assets/htmx.min.js",
        "/assets/x",
        "/screenings/x",
        "/language?to=ru",
    ];
    for path in paths {
        let mut request = get(path);
        request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
        let response = desk.send(request).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        assert!(response.headers().contains_key(header::CACHE_CONTROL), "{path}");
    }
    let refused = desk.send(form("/sign-out", &desk.cookie, &[])).await;
    assert!(refused.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}
