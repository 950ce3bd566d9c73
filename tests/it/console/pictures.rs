//! Pictures of pages: drawn by a process of their own, and a reason where there is none.

use std::os::unix::fs::PermissionsExt;

use axum::http::{StatusCode, header};
use eia_screen::ingest::isolated::Isolation;

use super::desk::{Desk, get};

/// A PDF of one page with a text layer.
pub fn pdf() -> Vec<u8> {
    let content = "BT /F1 14 Tf 72 720 Td (1. Introduction) Tj 0 -24 Td (The company plans a gravel quarry of 12 hectares.) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        file += &format!("{offset:010} 00000 n \n");
    }
    file += &format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}

#[tokio::test]
async fn a_page_is_drawn_by_a_process_of_its_own() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.pdf", &pdf()).await;
    let page = desk.ok(&format!("{report}?view=picture")).await;
    let address = format!("{report}/pages/1.png");
    assert!(page.contains(&format!("src=\"{address}\"")), "{page}");
    let mut request = get(&address);
    request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    let response = desk.send(request).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
    let png = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    assert_eq!(png.get(1..4), Some(&b"PNG"[..]));
    assert_eq!(desk.page(&format!("{report}/pages/2.png")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_that_breaks_the_process_leaves_its_text_and_a_reason() {
    // Reads like the program, and crashes when it is to draw.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("reader");
    let script = format!(
        "#!/bin/sh\nall=$(mktemp)\ncat > \"$all\"\nif head -c 200 \"$all\" | grep -aq Draw; then rm \"$all\"; kill -SEGV $$; fi\n\
         exec '{}' \"$@\" < \"$all\"\n",
        env!("CARGO_BIN_EXE_eia-screen")
    );
    // Copied by a process of its own: what this one has open for writing, one that another test starts meanwhile has,
    // too, and nobody can run it then.
    let draft = folder.path().join("draft");
    std::fs::write(&draft, script).unwrap();
    assert!(std::process::Command::new("cp").args([&draft, &program]).status().unwrap().success());
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let desk = Desk::open_with(|screener| screener.reader.isolation = Some(Isolation::by(program))).await;
    let report = desk.screen("quarry.pdf", &pdf()).await;
    assert!(desk.ok(&report).await.contains("gravel quarry of 12 hectares"));
    let page = desk.ok(&format!("{report}?view=picture")).await;
    assert!(page.contains("The picture is not available:") && page.contains("the reader crashed"), "{page}");
    assert!(!page.contains("class=\"sheet\""), "no picture is asked for");
    let (status, problem) = desk.page(&format!("{report}/pages/1.png")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(problem.contains("the reader crashed"), "{problem}");
}
