//! Pages, reasons and letters in five languages.

use axum::http::header;

use super::desk::{Desk, REPORT, get, text};

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

/// Reasons of the program come in the reader's language: no paragraph, list item or cell is left in English.
#[tokio::test]
async fn reasons_are_said_in_the_readers_language() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    for tag in ["uz-Latn", "uz-Cyrl", "ru", "ko"] {
        let cookie = desk.cookie.replace("eia_language=en", &format!("eia_language={tag}"));
        let mut paths = vec!["/".to_owned()];
        for tab in ["completeness", "risks", "claims", "precedents", "reuse", "facts", "unread"] {
            paths.push(format!("{report}?tab={tab}&show=all"));
        }
        for path in paths {
            let mut request = get(&path);
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
            let page = text(desk.send(request).await).await;
            for left in ["<p lang=\"en\"", "<li lang=\"en\"", "<td lang=\"en\"", "<span lang=\"en\""] {
                assert!(!page.contains(left), "{tag} {path}: {left}\n{page}");
            }
            for words in
                ["No heading names it", "no high risk finding", "asserted;", "is loaded", "cases import`"]
            {
                assert!(!page.contains(words), "{tag} {path}: {words}\n{page}");
            }
        }
    }
}
