//! Headers that every answer carries, and the requests that are refused before any page looks at them.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Console;

/// Nothing but our own files; no script or style inside pages; no framing; forms only to ourselves.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                          connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers; refuses foreign hosts and posts from foreign pages.
pub async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let refused = if !console.is_own_host(request.headers()) {
        Some((StatusCode::MISDIRECTED_REQUEST, "this address is not the console's"))
    } else if request.method() != Method::GET && is_from_elsewhere(request.headers()) {
        Some((StatusCode::FORBIDDEN, "the form was not sent by a page of the console"))
    } else {
        None
    };
    let mut response = match refused {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::VARY, "HX-Request, HX-Target, Cookie, Accept-Language");
    // Pages hold documents that may be confidential.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// True if the browser says that another site's page sent the request. Browsers that say nothing are
/// stopped by the token in every form.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
            authority != host
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_from_elsewhere;
    use axum::http::HeaderMap;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn posts_of_other_sites_are_told_by_what_the_browser_says() {
        assert!(is_from_elsewhere(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_from_elsewhere(&headers(&[
            ("origin", "https://evil.example"),
            ("host", "127.0.0.1:8080")
        ])));
        assert!(is_from_elsewhere(&headers(&[("origin", "null"), ("host", "127.0.0.1:8080")])));
        assert!(!is_from_elsewhere(&headers(&[
            ("origin", "http://127.0.0.1:8080"),
            ("host", "127.0.0.1:8080")
        ])));
        assert!(!is_from_elsewhere(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_elsewhere(&headers(&[])));
    }
}
