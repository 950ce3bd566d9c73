//! The reviewer's day: from upload to notice, and what becomes of verdicts.

use axum::http::{StatusCode, header};

use super::desk::{Desk, REPORT, assert_escaped, between, get};

#[tokio::test]
async fn a_reviewers_day_from_upload_to_notice() {
    let desk = Desk::open().await;
    let report = desk.screen("inbox/quarry.md", REPORT.as_bytes()).await;
    let queue = desk.ok("/").await;
    assert!(queue.contains("quarry.md") && queue.contains("Incomplete") && queue.contains("overdue by"));
    let sizes = "PDF or DOCX, up to 512 MiB; HTML, Markdown or plain text, up to 32 MiB";
    assert!(queue.contains(sizes), "{queue}");
    let page = desk.ok(&report).await;
    assert!(page.contains("UZ-D01") && page.contains("CMR 234") && page.contains("Closest text found"));

    // Evidence: the link of a finding shows the document with that finding marked.
    let jump =
        between(&page, "class=\"jump\" href=\"", "#document\"").replace("&amp;", "&").replace("&#38;", "&");
    let document = desk.part(&jump, "document").await;
    assert!(document.contains("<mark class=\"current\" id=\"evidence\">"), "{document}");
    assert!(!document.contains("<html"), "a part is not a page");

    let verdicts = format!("{report}/verdicts");
    let decide =
        |finding: &'static str, disposition: &'static str, more: [(&'static str, &'static str); 2]| {
            let pairs = [("csrf", desk.csrf.as_str()), ("finding", finding), ("disposition", disposition)];
            pairs.into_iter().chain(more).map(|(a, b)| (a, b.to_owned())).collect::<Vec<_>>()
        };
    for (finding, disposition, more) in [
        ("UZ-D01", "accepted", [("reason", ""), ("tab", "completeness")]),
        ("UZ-D02", "changed", [("reason", "nothing on it"), ("replacement", "missing")]),
        ("UZ-D03", "rejected", [("reason", "it is in volume 2"), ("tab", "completeness")]),
        ("risk:1", "accepted", [("reason", ""), ("tab", "risks")]),
    ] {
        let pairs = decide(finding, disposition, more);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let (status, page) = desk.post(&verdicts, &pairs).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{finding}: {page}");
    }
    // Nothing is overwritten: a second verdict stands beside the first.
    let again = [
        ("csrf", desk.csrf.as_str()),
        ("finding", "UZ-D01"),
        ("disposition", "rejected"),
        ("reason", "seen on p. 3"),
    ];
    assert_eq!(desk.post(&verdicts, &again).await.0, StatusCode::SEE_OTHER);
    let history = desk.ok(&verdicts).await;
    assert_eq!(history.matches("&#62;seven").count() - 1, 5, "five verdicts, and the name in the head");
    assert!(history.contains("replaced later") && history.contains("seen on p. 3"));
    let again = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "accepted")];
    assert_eq!(desk.post(&verdicts, &again).await.0, StatusCode::SEE_OTHER);

    // The letter holds the accepted gaps, and no other.
    for (language, word) in
        [("en", "Notice of defects"), ("ru", "Уведомление"), ("uz-Cyrl", "хабарнома"), ("ko", "보완 요청서")]
    {
        let notice = desk.ok(&format!("{report}/notice?language={language}")).await;
        let letter = &notice[notice.find("class=\"letter\"").unwrap()..];
        assert!(letter.contains(word) && letter.contains("UZ-D01") && letter.contains("UZ-D02"), "{letter}");
        assert!(!letter.contains("UZ-D03") && !letter.contains("UZ-D04"), "{letter}");
        assert!(letter.contains("nothing on it"));
        assert_escaped(&notice, "notice");
    }
    let mut request = get(&format!("{report}/notice.docx?language=uz-Latn"));
    request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    let response = desk.send(request).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let limits = eia_screen::ingest::Limits::default();
    let letter = eia_screen::ingest::read_document("notice.docx", &bytes, &limits).unwrap();
    assert!(
        letter.text.contains("kamchiliklar toʻgʻrisida") && letter.text.contains("(UZ-D01)"),
        "{}",
        letter.text
    );

    let statistics = desk.ok("/statistics").await;
    assert!(statistics.contains("Findings decided") && statistics.contains("50 %"), "{statistics}");
}

#[tokio::test]
async fn verdicts_become_a_suite_that_the_evaluation_reads() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let (status, page) = desk.page(&format!("{report}/suite.zip")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    for (finding, disposition, replacement) in
        [("UZ-D01", "accepted", ""), ("UZ-D02", "changed", "weak"), ("UZ-D03", "rejected", "")]
    {
        let pairs = [
            ("csrf", desk.csrf.as_str()),
            ("finding", finding),
            ("disposition", disposition),
            ("replacement", replacement),
            ("reason", "a \"quoted\" reason"),
        ];
        assert_eq!(desk.post(&format!("{report}/verdicts"), &pairs).await.0, StatusCode::SEE_OTHER);
    }
    let mut request = get(&format!("{report}/suite.zip"));
    request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    let bytes = axum::body::to_bytes(desk.send(request).await.into_body(), 1 << 20).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("suite");
    zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap().extract(&suite).unwrap();
    let gold = std::fs::read_to_string(suite.join("gold.jsonl")).unwrap();
    assert_eq!(gold.lines().count(), 2, "the rejected finding has no label: {gold}");

    let out = folder.path().join("out");
    assert_cmd::Command::cargo_bin("eia-screen")
        .unwrap()
        .current_dir(folder.path())
        .args(["--model", "none", "eval", "run"])
        .arg(&suite)
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
}

#[tokio::test]
async fn versions_are_compared() {
    let desk = Desk::open().await;
    let old = desk.screen("quarry-1.md", REPORT.as_bytes()).await;
    let without = REPORT.split("3. Monitoring").next().unwrap();
    let new = desk.screen("quarry-2.md", without.as_bytes()).await;
    let id = |path: &str| path.trim_start_matches("/screenings/").to_owned();
    let page = desk.ok(&format!("/compare?old={}&new={}", id(&old), id(&new))).await;
    assert!(page.contains("Still open"), "{page}");
    let back = desk.ok(&format!("/compare?old={}&new={}", id(&new), id(&old))).await;
    assert!(back.contains("Still open"));
    assert!(desk.settings.console.listen.starts_with("127.0.0.1"));
}
