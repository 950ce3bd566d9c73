//! Requests that make no sense, and reports that are long.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use eia_screen::domain::ids::ScreeningId;
use eia_screen::index::store::ScreeningRecord;

use super::desk::{Desk, REPORT, form, get, text};

#[tokio::test]
async fn bad_verdicts_and_uploads_are_refused_with_a_reason() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let long = "x".repeat(10_001);
    for (finding, disposition, replacement, reason) in [
        ("UZ-D99", "accepted", "", ""),
        ("risk:0", "accepted", "", ""),
        ("risk:99999", "accepted", "", ""),
        ("UZ-D01", "rejected", "", "  "),
        ("UZ-D01", "changed", "wrong", "x"),
        ("UZ-D01", "approved", "", "x"),
        ("UZ-D01", "rejected", "", long.as_str()),
    ] {
        let pairs = [
            ("csrf", desk.csrf.as_str()),
            ("finding", finding),
            ("disposition", disposition),
            ("replacement", replacement),
            ("reason", reason),
        ];
        let (status, page) = desk.post(&format!("{report}/verdicts"), &pairs).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{finding} {disposition}: {page}");
        assert!(page.contains("<h1>"), "{page}");
    }
    assert!(desk.ok(&format!("{report}/verdicts")).await.contains("No verdict has been recorded yet"));
    let response = desk.send(desk.upload(&desk.csrf, "empty.md", b"")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);

    // A file that cannot be read shows up in the queue with what is wrong.
    let response = desk.send(desk.upload(&desk.csrf, "noise.pdf", &[0, 159, 146, 150, 7, 3, 0, 1])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    for _ in 0..1200 {
        let queue = desk.ok("/").await;
        if queue.contains("Not screened") {
            assert!(queue.contains("noise.pdf"));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the failure is not shown");
}

/// One report that cannot be read takes nothing else along.
#[tokio::test]
async fn a_report_that_cannot_be_read_is_named_and_the_queue_goes_on() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let id = ScreeningId::parse(report.trim_start_matches("/screenings/")).unwrap();
    let index = desk.screener.index.as_ref().unwrap();
    let record = index.get_screening(id).await.unwrap().unwrap();
    let broken = ScreeningRecord {
        id: ScreeningId::of_content(&["broken"]),
        document_name: "broken <b>.md".to_owned(),
        report_json: record.report_json.chars().take(200).collect(),
        ..record
    };
    index.put_screening(&broken).await.unwrap();
    let queue = desk.ok("/").await;
    assert!(queue.contains("quarry.md") && queue.contains("broken &#60;b&#62;.md"), "{queue}");
    assert!(queue.contains("The stored report cannot be read"), "{queue}");
    for path in ["/statistics", "/compare", "/precedents", &report] {
        desk.ok(path).await;
    }
    let (status, page) = desk.page(&format!("/screenings/{}", broken.id)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{page}");
}

/// Mistakes of every day get a page of ours in the reader's language, not a line of the library that reads requests.
#[tokio::test]
async fn mistakes_are_said_on_a_page_in_the_readers_language() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let verdicts = format!("{report}/verdicts");
    let cookie = desk.cookie.replace("eia_language=en", "eia_language=ru");
    let asked = async |mut request: Request<Body>| {
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        let answer = desk.send(request).await;
        (answer.status(), text(answer).await)
    };
    let long = "x".repeat(300 << 10);
    let decided = |reason: &str| {
        let pairs = [("csrf", desk.csrf.as_str()), ("finding", "UZ-D01"), ("disposition", "rejected")];
        form(&verdicts, "", &pairs.into_iter().chain([("reason", reason)]).collect::<Vec<_>>())
    };
    let number = "Одно из введённых значений не распознано";
    for (request, status, words) in [
        (get("/?page=x"), StatusCode::BAD_REQUEST, number),
        (get(&format!("{report}?sheet=x")), StatusCode::BAD_REQUEST, number),
        (get("/submissions?reports=x"), StatusCode::BAD_REQUEST, number),
        (decided("  "), StatusCode::BAD_REQUEST, "Укажите причину"),
        (decided(&long), StatusCode::PAYLOAD_TOO_LARGE, "Форма слишком большая"),
    ] {
        let path = request.uri().clone();
        let (found, page) = asked(request).await;
        assert_eq!(found, status, "{path}: {page}");
        assert!(page.contains("<html lang=\"ru\">") && page.contains(words), "{path}: {page}");
        assert!(!page.contains("dir=\"auto\" lang=\"en\""), "nothing is left in English: {page}");
    }
    let (_, page) = asked(get("/precedents?from=x")).await;
    assert!(page.contains("dir=\"auto\" lang=\"en\">x is no year</p>"), "what is English says so: {page}");

    // A browser asks for the reason before anything is sent, and not for that of an acceptance.
    let page = desk.ok(&report).await;
    assert!(
        page.contains("value=\"accepted\" formnovalidate") && page.contains(" required></textarea>"),
        "{page}"
    );
}

#[tokio::test]
async fn pages_out_of_bounds_become_the_nearest_and_nonsense_is_refused() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let max = u64::MAX;
    for path in [
        "/?page=0".to_owned(),
        format!("/?page={max}"),
        format!("{report}?page={max}"),
        format!("{report}?at={max}"),
        format!("{report}?sheet=4294967295"),
        format!("{report}?view=contents&sections={max}"),
        format!("{report}?tab=facts&page={max}&finding=fact:99"),
        format!("{report}?view=picture"),
        "/precedents?from=2020&to=1990".to_owned(),
        "/precedents?lat=41.3&lon=69.2&km=5".to_owned(),
    ] {
        desk.ok(&path).await;
    }
    for path in ["/?page=-1", "/?page=x", "/precedents?from=x", "/precedents?lat=100&lon=0"] {
        assert_eq!(desk.page(path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    for path in [
        "/screenings/x",
        "/screenings/6ba7b810-9dad-51d1-80b4-00c04fd430c8",
        "/cases/none",
        "/cases-compare?a=x&b=y",
        &format!("{report}/pages/1.png"),
        &format!("{report}/pages/0.png"),
        &format!("{report}/pages/x"),
    ] {
        assert_eq!(desk.page(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let near = desk.ok("/precedents?lat=41.3&lon=69.2&km=50").await;
    assert!(near.contains("quarry.md"), "the report states a position 8 km away: {near}");
}

/// A page of a long report holds what it shows and no more, and comes soon.
#[tokio::test]
async fn a_thousand_pages_open_page_by_page() {
    let desk = Desk::open().await;
    let page = |n: usize| {
        format!(
            "Sheet {n}. Dust is measured every month at the nearest house.\nThe quarry lies near the river, and \
             the mark on this sheet is marker-{n}. The tailings storage facility stands {} m from the river.\n\
             Noise reaches {} dBA in the village.\n",
            100 + n,
            40 + n % 30
        )
    };
    let text: Vec<String> = (1..=1000).map(page).collect();
    let text = text.join("\u{c}");
    let first_view = async |name: &str| {
        let report = desk.screen(name, text.as_bytes()).await;
        let started = std::time::Instant::now();
        let first = desk.ok(&report).await;
        (started.elapsed(), report, first)
    };
    let (mut took, mut report, mut first) = first_view("long.txt").await;
    // Where the machine stood still meanwhile, that of another report counts.
    for name in ["long-2.txt", "long-3.txt"] {
        if took.as_secs_f64() >= 1.0 {
            (took, report, first) = first_view(name).await;
        }
    }
    let sheet = desk.part(&format!("{report}?at=1"), "document").await;
    assert!(sheet.contains("marker-1.") && !sheet.contains("marker-2."), "only the first page: {sheet}");
    assert!(first.matches("marker-").count() < 100, "quotations of a page of findings, no more");
    let part = desk.part(&format!("{report}?sheet=500"), "document").await;
    assert!(part.contains("marker-500.") && !part.contains("marker-501."));
    assert!(first.len() < 200_000 && part.len() < 20_000, "{} and {} bytes", first.len(), part.len());
    assert!(took.as_secs_f64() < 1.0, "the first view took {took:?}");
    let risks = desk.part(&format!("{report}?tab=risks&page=3"), "findings").await;
    assert!(risks.matches("<article").count() <= 25 && risks.len() < 200_000, "{} bytes", risks.len());
}
