//! The files behind the pages, embedded: style sheet, scripts, icon. Nothing is loaded from elsewhere.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file with its media type.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

static ASSETS: [Asset; 4] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("assets/console.css"),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/console.js"),
    },
    Asset {
        name: "htmx.min.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/htmx.min.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", bytes: include_bytes!("assets/icon.svg") },
];

/// `GET /assets/{name}`.
pub async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => {
            let headers = [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, "max-age=3600")];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    /// A rule for the letter that held everywhere printed reports without their warnings: pages that nobody had read
    /// looked like empty ones.
    #[test]
    fn what_only_the_letter_leaves_out_is_printed_with_every_other_page() {
        let style = include_str!("assets/console.css");
        let rules = style.split("@media print").skip(1).flat_map(|printed| printed.split('}'));
        let hidden: Vec<&str> = rules
            .filter_map(|rule| rule.rsplit_once('{').filter(|(_, what)| what.contains("display: none")))
            .flat_map(|(selectors, _)| selectors.split(','))
            .map(|selector| selector.trim_matches(|c: char| c.is_whitespace() || c == '{'))
            .collect();
        for selector in [".top", "main:has(> .letter) > h1", "main:has(> .letter) > .unread-note"] {
            assert!(hidden.contains(&selector), "{selector}: {hidden:?}");
        }
        for selector in hidden {
            let is_of_letter = selector.starts_with("main:has(> .letter) > ");
            for kept in [".crumb", "h1"] {
                assert!(is_of_letter || !selector.ends_with(kept), "{selector}");
            }
            assert!(![".note", ".warn"].iter().any(|warning| selector.ends_with(warning)), "{selector}");
        }
    }
}
