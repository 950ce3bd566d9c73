//! The reviewer's console in process: pages, forms, and what must not get through them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use eia_screen::access::Guard;
use eia_screen::console::{Console, Door};
use eia_screen::rpc::state::State;
use eia_screen::settings::{IsolationMode, Settings};
use tower::ServiceExt;

/// A quarry report with gaps, a position, a risk term and attempts at markup.
const REPORT: &str = "1. Introduction\n\nThe company plans a gravel quarry of 12 hectares near the river at \
41.3111° N, 69.2797° E. <img src=x onerror=alert('text')> The tailings storage facility stands 300 m from the \
river.\n\n2. Alternatives <script>alert('title')</script>\n\nThree sites and the no-action alternative were \
compared. The chosen site needs the shortest road and takes no irrigated land; the other two lie closer to \
dwellings.\n\n3. Monitoring programme\n\nDust is measured every month at the nearest house by the laboratory of the \
operator; results are reported to the district inspector every quarter.\n";

struct Desk {
    router: Router,
    cookie: String,
    csrf: String,
    settings: Settings,
    _folder: Arc<tempfile::TempDir>,
}

async fn console() -> (Console, Settings, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { data_dir: folder.path().join("archive"), model: "none".to_owned(), ..Settings::default() };
    // The reader's process is the program itself, which this test is not.
    settings.limits.isolation = IsolationMode::Off;
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let screener = crate::service::screener(&settings, None, Some(index)).unwrap();
    let state = State::of(&settings);
    state.ready(Arc::new(screener));
    let console =
        Console::new(&settings, Guard::open_to_all(), state, Door { is_local: true, is_secure: false });
    (console, settings, folder)
}

fn get(path: &str) -> Request<Body> {
    Request::builder().uri(path).header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn form(path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let body: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.join("&")))
        .unwrap()
}

/// The first value between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("{before} is not in {text}")) + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

async fn sign_in(router: &Router, name: &str) -> (String, String) {
    let response = router.clone().oneshot(form("/sign-in", "", &[("name", name)])).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned() + "; eia_language=en";
    let mut request = get("/");
    request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    let page = text(router.clone().oneshot(request).await.unwrap()).await;
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"").to_owned();
    (cookie, csrf)
}

impl Desk {
    async fn open() -> Self {
        let (console, settings, folder) = console().await;
        let router = console.router();
        let (cookie, csrf) = sign_in(&router, "reviewer <b>seven</b>").await;
        Self { router, cookie, csrf, settings, _folder: Arc::new(folder) }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn page(&self, path: &str) -> (StatusCode, String) {
        let mut request = get(path);
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// A page that a script asks for one element of.
    async fn part(&self, path: &str, element: &str) -> String {
        let mut request = get(path);
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        request.headers_mut().insert("hx-target", element.parse().unwrap());
        text(self.send(request).await).await
    }

    async fn ok(&self, path: &str) -> String {
        let (status, page) = self.page(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> (StatusCode, String) {
        let response = self.send(form(path, &self.cookie, pairs)).await;
        (response.status(), text(response).await)
    }

    fn upload(&self, csrf: &str, name: &str, bytes: &[u8]) -> Request<Body> {
        let mut body = Vec::new();
        for (field, value) in [("csrf", csrf), ("pack", "uz-234-draft"), ("submitted", "2026-10-01")] {
            body.extend(
                format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let name = name.replace('"', "%22");
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        Request::builder()
            .method(Method::POST)
            .uri("/submissions")
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .unwrap()
    }

    /// Uploads a file and returns the address of its report.
    async fn screen(&self, name: &str, bytes: &[u8]) -> String {
        let before = self.ok("/?sort=received").await.matches("href=\"/screenings/").count();
        let response = self.send(self.upload(&self.csrf, name, bytes)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{}", text(response).await);
        for _ in 0..600 {
            let queue = self.ok("/?sort=received").await;
            if queue.matches("href=\"/screenings/").count() > before {
                return format!("/screenings/{}", between(&queue, "href=\"/screenings/", "\""));
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the screening did not end");
    }
}

/// No markup of the document, of a name or of a query may have become markup of the page.
fn assert_escaped(page: &str, where_: &str) {
    for markup in ["<script>alert", "<img src=x", "<b>seven", "<svg onload", "\"><i>"] {
        assert!(!page.contains(markup), "{where_}: {markup}\n{page}");
    }
    assert!(
        !page.contains("<script>") && !page.contains(" style=") && !page.contains("onclick="),
        "{where_}"
    );
}

#[tokio::test]
async fn a_reviewers_day_from_upload_to_notice() {
    let desk = Desk::open().await;
    let report = desk.screen("inbox/quarry.md", REPORT.as_bytes()).await;
    let queue = desk.ok("/").await;
    assert!(
        queue.contains("quarry.md") && queue.contains("Incomplete") && queue.contains("working days left")
    );
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

#[tokio::test]
async fn pages_speak_five_languages() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    for (tag, word) in [
        ("uz-Latn", "Toʻliqlik"),
        ("uz-Cyrl", "Тўлиқлик"),
        ("ru", "Комплектность"),
        ("ko", "완비성"),
        ("en", "Completeness"),
    ] {
        let mut request = get(&report);
        let cookie = desk.cookie.replace("eia_language=en", &format!("eia_language={tag}"));
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        let page = text(desk.send(request).await).await;
        assert!(page.contains(&format!("<html lang=\"{tag}\">")) && page.contains(word), "{tag}");
    }
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
    let report = desk.screen("long.txt", text.join("\u{c}").as_bytes()).await;
    let started = std::time::Instant::now();
    let first = desk.ok(&report).await;
    let took = started.elapsed();
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
