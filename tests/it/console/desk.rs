//! A reviewer at a console in this process, with an archive of its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use eia_screen::access::Guard;
use eia_screen::console::{Console, Door};
use eia_screen::rpc::state::State;
use eia_screen::screen::run::Screener;
use eia_screen::settings::{IsolationMode, Settings};
use tower::ServiceExt;

/// A quarry report with gaps, a position, a risk term and attempts at markup.
pub const REPORT: &str = "1. Introduction\n\nThe company plans a gravel quarry of 12 hectares near the river at \
41.3111° N, 69.2797° E. <img src=x onerror=alert('text')> The tailings storage facility stands 300 m from the \
river.\n\n2. Alternatives <script>alert('title')</script>\n\nThree sites and the no-action alternative were \
compared. The chosen site needs the shortest road and takes no irrigated land; the other two lie closer to \
dwellings.\n\n3. Monitoring programme\n\nDust is measured every month at the nearest house by the laboratory of the \
operator; results are reported to the district inspector every quarter.\n";

pub struct Desk {
    pub router: Router,
    pub cookie: String,
    pub csrf: String,
    pub settings: Settings,
    pub screener: Arc<Screener>,
    _folder: Arc<tempfile::TempDir>,
}

async fn console(
    change: impl FnOnce(&mut Screener),
) -> (Console, Arc<Screener>, Settings, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { data_dir: folder.path().join("archive"), model: "none".to_owned(), ..Settings::default() };
    // The reader's process is the program itself, which this test is not.
    settings.limits.isolation = IsolationMode::Off;
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let mut screener = crate::service::screener(&settings, None, Some(index)).unwrap();
    change(&mut screener);
    let screener = Arc::new(screener);
    let state = State::of(&settings);
    state.ready(Arc::clone(&screener));
    let door = Door { is_local: true, is_secure: false };
    let console = Console::open(&settings, Guard::open_to_all(), state, door).unwrap();
    (console, screener, settings, folder)
}

pub fn get(path: &str) -> Request<Body> {
    Request::builder().uri(path).header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap()
}

pub async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn form(path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Request<Body> {
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
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("{before} is not in {text}")) + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

pub async fn sign_in(router: &Router, name: &str) -> (String, String) {
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
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// A desk whose screener is not the usual one.
    pub async fn open_with(change: impl FnOnce(&mut Screener)) -> Self {
        let (console, screener, settings, folder) = console(change).await;
        let router = console.router();
        let (cookie, csrf) = sign_in(&router, "reviewer <b>seven</b>").await;
        Self { router, cookie, csrf, settings, screener, _folder: Arc::new(folder) }
    }

    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn page(&self, path: &str) -> (StatusCode, String) {
        let mut request = get(path);
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// A page that a script asks for one element of.
    pub async fn part(&self, path: &str, element: &str) -> String {
        let mut request = get(path);
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        request.headers_mut().insert("hx-target", element.parse().unwrap());
        text(self.send(request).await).await
    }

    pub async fn ok(&self, path: &str) -> String {
        let (status, page) = self.page(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> (StatusCode, String) {
        let response = self.send(form(path, &self.cookie, pairs)).await;
        (response.status(), text(response).await)
    }

    pub fn upload(&self, csrf: &str, name: &str, bytes: &[u8]) -> Request<Body> {
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
    pub async fn screen(&self, name: &str, bytes: &[u8]) -> String {
        let before = self.ok("/?sort=received").await.matches("href=\"/screenings/").count();
        let response = self.send(self.upload(&self.csrf, name, bytes)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{}", text(response).await);
        for _ in 0..2_400 {
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
pub fn assert_escaped(page: &str, where_: &str) {
    for markup in ["<script>alert", "<img src=x", "<b>seven", "<svg onload", "\"><i>"] {
        assert!(!page.contains(markup), "{where_}: {markup}\n{page}");
    }
    assert!(
        !page.contains("<script>") && !page.contains(" style=") && !page.contains("onclick="),
        "{where_}"
    );
}
