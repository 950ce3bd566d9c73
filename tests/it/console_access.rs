//! Who gets into the console, and to what: tokens, roles, tenants, and the audit log.

mod roles;

use std::path::Path;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use eia_screen::access::principal::Tenants;
use eia_screen::access::settings::AccessMode;
use eia_screen::access::{Guard, Role, audit, tokens};
use eia_screen::console::{Console, Door};
use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::CaseId;
use eia_screen::domain::tenant::TenantId;
use eia_screen::rpc::state::State;
use eia_screen::screen::import::ArchivedFile;
use eia_screen::screen::run::Screener;
use eia_screen::settings::{IsolationMode, Settings};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::qdrant_protocol::{Behaviour, TestServer};

/// Name, role and tenant of the visitors.
const VISITORS: [(&str, &str, &str); 5] = [
    ("reviewer-north", "reviewer", "north"),
    ("reviewer-south", "reviewer", "south"),
    ("submitter-north", "submitter", "north"),
    ("curator-north", "curator", "north"),
    ("operator", "operator", "north"),
];

struct Centre {
    router: Router,
    tokens: Vec<(&'static str, String)>,
    screener: Arc<Screener>,
    folder: tempfile::TempDir,
}

fn write_tokens(file: &Path) -> Vec<(&'static str, String)> {
    let mut text = String::new();
    let mut tokens = Vec::new();
    for (name, role, tenant) in VISITORS {
        let tenants = Tenants::parse([tenant]).unwrap();
        let (token, line) = tokens::make(name, &[Role::parse(role).unwrap()], &tenants, None).unwrap();
        text += &(line + "\n");
        tokens.push((name, token.expose_secret().to_owned()));
    }
    std::fs::write(file, text).unwrap();
    tokens
}

async fn centre(is_secure: bool) -> Centre {
    centre_with(is_secure, |_, _| {}).await
}

async fn centre_with(is_secure: bool, change: impl FnOnce(&mut Settings, &Path)) -> Centre {
    let folder = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { data_dir: folder.path().join("archive"), model: "none".to_owned(), ..Settings::default() };
    settings.limits.isolation = IsolationMode::Off;
    settings.access.modes = vec![AccessMode::Tokens];
    settings.access.tokens_file = folder.path().join("tokens");
    settings.audit.file = folder.path().join("audit.jsonl");
    change(&mut settings, folder.path());
    let tokens = if settings.access.tokens_file.exists() {
        Vec::new()
    } else {
        write_tokens(&settings.access.tokens_file)
    };
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let screener = Arc::new(crate::service::screener(&settings, None, Some(index)).unwrap());
    let door = Door { is_local: true, is_secure };
    let state = State::of(&settings);
    state.ready(Arc::clone(&screener));
    let console = Console::open(&settings, Guard::open(&settings).unwrap(), state, door).unwrap();
    Centre { router: console.router(), tokens, screener, folder }
}

impl Centre {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    fn request(method: Method, path: &str, cookie: &str, media: &str, body: String) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console.example")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, media)
            .body(Body::from(body))
            .unwrap()
    }

    async fn get(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let request = Self::request(Method::GET, path, cookie, "text/plain", String::new());
        let response = self.send(request).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn sign_in(&self, token: &str) -> Option<String> {
        let media = "application/x-www-form-urlencoded";
        let request = Self::request(Method::POST, "/sign-in", "", media, format!("token={token}"));
        let response = self.send(request).await;
        let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        Some(cookie)
    }

    async fn session(&self, name: &str) -> String {
        let token = self.tokens.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        let cookie = self.sign_in(&token).await.unwrap();
        cookie.split(';').next().unwrap().to_owned() + "; eia_language=en"
    }

    async fn upload(&self, cookie: &str, csrf: &str) -> StatusCode {
        self.upload_of(cookie, csrf, "").await
    }

    /// Uploads a file that belongs to a case.
    async fn upload_of(&self, cookie: &str, csrf: &str, case: &str) -> StatusCode {
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = part("csrf", csrf)
            + &part("pack", "uz-234-draft")
            + &part("case", case)
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"quarry.md\"\r\n\r\n# 1. Quarry\n\nA quarry of 12 hectares at 41.3111° N, 69.2797° E.\r\n--b--\r\n";
        let media = "multipart/form-data; boundary=b";
        let request = Self::request(Method::POST, "/submissions", cookie, media, body);
        self.send(request).await.status()
    }

    /// Uploads a file and returns the address of its report.
    async fn report(&self, cookie: &str, csrf: &str) -> String {
        self.report_of(cookie, csrf, "").await
    }

    /// Uploads a file that belongs to a case and returns the address of its report.
    async fn report_of(&self, cookie: &str, csrf: &str, case: &str) -> String {
        assert_eq!(self.upload_of(cookie, csrf, case).await, StatusCode::SEE_OTHER);
        for _ in 0..2_400 {
            let (_, queue) = self.get(cookie, "/").await;
            if let Some(at) = queue.find("href=\"/screenings/") {
                return queue[at + 6..].split('"').next().unwrap().to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the screening did not end");
    }

    /// Puts a case into the archive of a tenant.
    async fn import(&self, tenant: &str, id: &str, title: &str, text: &str) {
        let mut screener = Screener::clone(&self.screener);
        let index = screener.index.take().unwrap();
        screener.index = index.of_tenant(&TenantId::parse(tenant).unwrap());
        let case = Case {
            id: CaseId::parse(id).unwrap(),
            title: title.to_owned(),
            facets: Facets::default(),
            decision: String::new(),
            conditions: Vec::new(),
            documents: Vec::new(),
            positions: Vec::new(),
        };
        let file = ArchivedFile { name: "archived.md".to_owned(), bytes: text.as_bytes().to_vec() };
        Arc::new(screener).import_case(case, vec![file], CancellationToken::new()).await.unwrap();
    }

    /// The first line of the audit log of that kind, as soon as there is one.
    async fn recorded(&self, is_meant: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        for _ in 0..1_200 {
            let text = std::fs::read_to_string(self.folder.path().join("audit.jsonl")).unwrap();
            let mut lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
            if let Some(line) = lines.find(&is_meant) {
                return line;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the audit log has no such line");
    }
}

fn csrf(page: &str) -> String {
    let before = "name=\"csrf\" value=\"";
    page[page.find(before).unwrap() + before.len()..].split('"').next().unwrap().to_owned()
}

/// A token that is withdrawn while a page is open: its scripts hear of it.
#[tokio::test]
async fn scripts_hear_that_a_token_has_been_withdrawn() {
    let centre = centre(false).await;
    let session = centre.session("reviewer-north").await;
    write_tokens(&centre.folder.path().join("tokens"));
    for _ in 0..200 {
        let mut request = Centre::request(Method::GET, "/", &session, "text/plain", String::new());
        request.headers_mut().insert("hx-request", "true".parse().unwrap());
        if centre.send(request).await.status() == StatusCode::UNAUTHORIZED {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the script is let in or sent to sign in");
}

#[tokio::test]
async fn a_token_that_is_withdrawn_ends_its_sessions_and_cookies_are_secure_over_tls() {
    let centre = centre(true).await;
    let token = centre.tokens[0].1.clone();
    let cookie = centre.sign_in(&token).await.unwrap();
    assert!(cookie.contains("; Secure") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let session = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(centre.get(&session, "/").await.0, StatusCode::OK);
    write_tokens(&centre.folder.path().join("tokens"));
    for _ in 0..200 {
        if centre.get(&session, "/").await.0 == StatusCode::SEE_OTHER {
            let refused =
                centre.recorded(|line| line["call"]["what"] == "console GET /" && line["call"]["who"] == "");
            assert_eq!(refused.await["call"]["outcome"], "UNAUTHENTICATED");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the session outlives its token");
}

#[tokio::test]
async fn a_verdict_whose_reviewer_has_left_is_recorded() {
    let centre = centre(false).await;
    let north = centre.session("reviewer-north").await;
    let token = csrf(&centre.get(&north, "/").await.1);
    let report = centre.report(&north, &token).await;
    let media = "application/x-www-form-urlencoded";
    let body = format!("csrf={token}&finding=UZ-D01&disposition=accepted");
    let path = format!("{report}/verdicts");
    // The page has begun, and the browser goes away: earlier and later, since how often a page waits before it has
    // begun to write differs.
    for waits in [1, 2, 3].into_iter().cycle().take(9) {
        let verdict = Centre::request(Method::POST, &path, &north, media, body.clone());
        let (mut page, mut left) = (Box::pin(centre.send(verdict)), waits);
        let gone = std::future::poll_fn(|context| {
            left -= 1;
            if page.as_mut().poll(context).is_ready() || left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        gone.await;
    }
    let left = centre
        .recorded(|line| {
            let call = &line["call"];
            call["what"].as_str().is_some_and(|what| what.starts_with("console POST /screenings/"))
                && call["outcome"] == "CANCELLED"
                && call["resources"].as_array().is_some_and(|resources| !resources.is_empty())
        })
        .await;
    assert_eq!(left["call"]["who"], "reviewer-north");
    assert_eq!(left["call"]["resources"][0], report.trim_start_matches('/'));
}

#[tokio::test]
async fn a_visitor_takes_no_more_than_a_caller_may() {
    let centre = centre_with(false, |settings, _| {
        // Signing in counts as well.
        (settings.callers.calls_per_s, settings.callers.burst) = (1, 6);
    })
    .await;
    let north = centre.session("reviewer-north").await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(centre.get(&north, "/").await.0);
    }
    assert_eq!(answers[..5], [StatusCode::OK; 5]);
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    let south = centre.session("reviewer-south").await;
    assert_eq!(centre.get(&south, "/").await.0, StatusCode::OK, "others go on");
    let refused = centre.recorded(|line| line["call"]["outcome"] == "RESOURCE_EXHAUSTED").await;
    assert_eq!(refused["call"]["who"], "reviewer-north");
    assert_eq!(refused["call"]["tenant"], "north");
}

#[tokio::test]
async fn signing_in_is_recorded_with_its_tenant_beyond_the_rate_too() {
    let centre = centre_with(false, |settings, _| {
        (settings.callers.calls_per_s, settings.callers.burst) = (1, 1);
    })
    .await;
    let token = centre.tokens[0].1.clone();
    while centre.sign_in(&token).await.is_some() {}
    for outcome in ["OK", "RESOURCE_EXHAUSTED"] {
        let line = centre.recorded(|line| line["call"]["outcome"] == outcome).await;
        assert_eq!(line["call"]["what"], "console POST /sign-in");
        assert_eq!(line["call"]["tenant"], "north", "{outcome}");
    }
}

#[tokio::test]
async fn replicas_with_one_key_know_each_others_sessions() {
    let shared = tempfile::tempdir().unwrap();
    let key = shared.path().join("session-key");
    std::fs::write(&key, "a key for tests that is long enough for sessions\n").unwrap();
    let tokens = shared.path().join("tokens");
    let written = write_tokens(&tokens);
    let share = |settings: &mut Settings, _: &Path| {
        settings.console.session_key_file = key.clone();
        settings.access.tokens_file = tokens.clone();
    };
    let one = Centre { tokens: written, ..centre_with(true, share).await };
    let two = centre_with(true, share).await;
    let alone = centre_with(true, |settings, _| settings.access.tokens_file = tokens.clone()).await;
    let session = one.session("reviewer-north").await;
    let (status, queue) = two.get(&session, "/").await;
    assert_eq!(status, StatusCode::OK, "the other replica knows the session");
    assert!(queue.contains("reviewer-north"));
    // A form that came from one is taken by the other: the token of the form is in the session.
    let token = csrf(&one.get(&session, "/").await.1);
    assert_eq!(two.upload(&session, &token).await, StatusCode::SEE_OTHER);
    assert_eq!(two.upload(&session, "0").await, StatusCode::FORBIDDEN);
    assert_eq!(alone.get(&session, "/").await.0, StatusCode::SEE_OTHER, "without the key nobody is known");
    for changed in [session.replacen("eia_session=", "eia_session=A", 1), session.replace(';', "A;")] {
        assert_eq!(two.get(&changed, "/").await.0, StatusCode::SEE_OTHER, "a changed cookie is no session");
    }
    assert!(!session.contains(one.tokens[0].1.as_str()), "the cookie does not show the token");

    // A token that is withdrawn ends the session at every replica.
    write_tokens(&tokens);
    for replica in [&one, &two] {
        let mut status = StatusCode::OK;
        for _ in 0..200 {
            status = replica.get(&session, "/").await.0;
            if status == StatusCode::SEE_OTHER {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(status, StatusCode::SEE_OTHER, "the session outlives its token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_one_replica_is_signed_out_at_all_of_them() {
    let server = TestServer::start(Behaviour::default()).await;
    let shared = tempfile::tempdir().unwrap();
    let (key, tokens) = (shared.path().join("session-key"), shared.path().join("tokens"));
    std::fs::write(&key, "a key for tests that is long enough for sessions\n").unwrap();
    let written = write_tokens(&tokens);
    let share = |settings: &mut Settings, _: &Path| {
        settings.console.session_key_file = key.clone();
        settings.access.tokens_file = tokens.clone();
        settings.qdrant.url = server.url();
    };
    let one = Centre { tokens: written, ..centre_with(true, share).await };
    let two = centre_with(true, share).await;
    let (left, stays) = (one.session("reviewer-north").await, one.session("reviewer-north").await);
    let other_tenant = one.session("reviewer-south").await;
    let token = csrf(&two.get(&left, "/").await.1);
    let media = "application/x-www-form-urlencoded";
    let leave = Centre::request(Method::POST, "/sign-out", &left, media, format!("csrf={token}"));
    assert_eq!(one.send(leave).await.status(), StatusCode::SEE_OTHER);
    // As by a process that was started afterwards.
    let three = centre_with(true, share).await;
    for replica in [&one, &two, &three] {
        for path in ["/", "/precedents"] {
            assert_eq!(replica.get(&left, path).await.0, StatusCode::SEE_OTHER, "{path}");
        }
        let refused = Centre::request(Method::POST, "/sign-out", &left, media, format!("csrf={token}"));
        assert_eq!(replica.send(refused).await.headers()[header::LOCATION], "/sign-in?next=%2Fsign-out");
        for session in [&stays, &other_tenant] {
            assert_eq!(replica.get(session, "/").await.0, StatusCode::OK, "other sessions go on");
        }
    }
    let is_refusal = |line: &serde_json::Value| line["call"]["outcome"] == "UNAUTHENTICATED";
    assert_eq!(two.recorded(is_refusal).await["call"]["who"], "reviewer-north");
}

#[tokio::test]
async fn a_token_that_is_too_long_for_a_cookie_is_refused_with_a_reason() {
    let centre = centre(false).await;
    let media = "application/x-www-form-urlencoded";
    let body = format!("token={}", "x".repeat(3_000));
    let request = Centre::request(Method::POST, "/sign-in", "eia_language=en", media, body);
    let response = centre.send(request).await;
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("too long for a session"));
}

#[tokio::test]
async fn an_address_that_goes_on_signing_in_wrongly_is_told_to_wait_and_the_others_come_in() {
    let centre = centre_with(false, |settings, _| settings.access.unrecognised_per_min = 3).await;
    let media = "application/x-www-form-urlencoded";
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let wrong = Centre::request(Method::POST, "/sign-in", "", media, "token=eia_0000".to_owned());
        let response = centre.send(wrong).await;
        assert!(!response.headers().contains_key(header::SET_COOKIE));
        statuses.push(response.status());
    }
    assert_eq!(statuses, [[StatusCode::OK; 3], [StatusCode::TOO_MANY_REQUESTS; 3]].concat());
    centre.session("reviewer-north").await;
    drop(centre.router);
    let mut log = String::new();
    // Entries are written by a thread of their own, which may be waiting for the disk.
    for _ in 0..3_000 {
        log = std::fs::read_to_string(centre.folder.path().join("audit.jsonl")).unwrap_or_default();
        if log.contains("\"OK\"") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(log.matches("\"UNAUTHENTICATED\"").count(), 3, "{log}");
    assert_eq!(log.matches("\"RESOURCE_EXHAUSTED\"").count(), 1, "the first one alone");
}
