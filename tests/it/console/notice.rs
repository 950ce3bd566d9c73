//! The defect notice: what is still open stands in the letter itself, so that nobody sends it unaware.

use axum::http::{StatusCode, header};
use eia_screen::rpc::v1::Presence;
use eia_screen::rpc::v1::not_examined::Reason;

use super::altered::{altered, outcomes, unread};
use super::desk::{Desk, REPORT, get};

/// How the sentence that the list is complete begins.
const COMPLETE: &str = "This list is complete";
/// How what stands in its place begins.
const OPEN: &str = "[Do not send yet";

async fn page_of(desk: &Desk, report: &str) -> String {
    desk.ok(&format!("{report}/notice?language=en")).await
}

async fn docx_of(desk: &Desk, report: &str, language: &str) -> String {
    let mut request = get(&format!("{report}/notice.docx?language={language}"));
    request.headers_mut().insert(header::COOKIE, desk.cookie.parse().unwrap());
    let response = desk.send(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let limits = eia_screen::ingest::Limits::default();
    eia_screen::ingest::read_document("notice.docx", &bytes, &limits).unwrap().text
}

/// The letter on the page, without what keeps the direction of writing apart, and in the file.
async fn letters(desk: &Desk, report: &str) -> [String; 2] {
    let page = page_of(desk, report).await;
    let start = page.find("class=\"letter\"").unwrap();
    [page[start..].replace("<bdi>", "").replace("</bdi>", ""), docx_of(desk, report, "en").await]
}

/// Whether the filter "Undecided" shows these requirements.
async fn are_open<const N: usize>(desk: &Desk, report: &str, codes: [&str; N]) -> [bool; N] {
    let pane = desk.part(&format!("{report}?tab=completeness&show=open"), "findings").await;
    codes.map(|code| pane.contains(&format!("data-finding=\"{code}\"")))
}

async fn decide(desk: &Desk, report: &str, finding: &str, disposition: &str, replacement: &str) {
    let pairs = [
        ("csrf", desk.csrf.as_str()),
        ("finding", finding),
        ("disposition", disposition),
        ("replacement", replacement),
        ("reason", "read in volume 2"),
    ];
    let (status, page) = desk.post(&format!("{report}/verdicts"), &pairs).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{finding} {disposition}: {page}");
}

#[tokio::test]
async fn what_is_not_examined_stays_open_until_its_outcome_is_changed() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let report = altered(&desk, &screened, "open.md", |report| {
        report.not_examined.clear();
        outcomes(report, &[("UZ-D01", Presence::NotExamined), ("UZ-D02", Presence::Missing)]);
    })
    .await;
    for letter in letters(&desk, &report).await {
        assert!(letter.contains("1 gap without a decision; 1 requirement not examined"), "{letter}");
        assert!(!letter.contains("No defect was found"), "nobody knows that yet: {letter}");
    }
    let codes = ["UZ-D01", "UZ-D02", "UZ-D03"];
    assert_eq!(are_open(&desk, &report, codes).await, [true, true, false]);
    let link = format!("{report}?tab=completeness&amp;show=open");
    assert_eq!(page_of(&desk, &report).await.matches(&link).count(), 2, "both notes lead there");
    decide(&desk, &report, "UZ-D02", "accepted", "").await;
    for (disposition, replacement) in [("accepted", ""), ("rejected", ""), ("changed", "not_examined")] {
        decide(&desk, &report, "UZ-D01", disposition, replacement).await;
        for letter in letters(&desk, &report).await {
            assert!(letter.contains(OPEN) && letter.contains("1 requirement not examined"), "{letter}");
            assert!(!letter.contains(COMPLETE) && !letter.contains("gap without"), "{letter}");
        }
        assert!(page_of(&desk, &report).await.contains("1 requirement is not examined"), "{disposition}");
        assert_eq!(are_open(&desk, &report, codes).await, [true, false, false], "{disposition}");
    }
    // A gap that turns out not to have been examined leaves the list and stays open.
    decide(&desk, &report, "UZ-D02", "changed", "not_examined").await;
    for letter in letters(&desk, &report).await {
        assert!(letter.contains("2 requirements not examined") && !letter.contains("(UZ-D02)"), "{letter}");
        assert!(!letter.contains(COMPLETE), "{letter}");
    }
    decide(&desk, &report, "UZ-D01", "changed", "present").await;
    decide(&desk, &report, "UZ-D02", "changed", "missing").await;
    assert_eq!(are_open(&desk, &report, codes).await, [false; 3]);
    for letter in letters(&desk, &report).await {
        assert!(letter.contains(COMPLETE) && !letter.contains(OPEN), "{letter}");
        assert!(letter.contains("(UZ-D02)") && !letter.contains("(UZ-D01)"), "{letter}");
    }
}

#[tokio::test]
async fn parts_of_the_file_that_were_not_examined_are_open() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let report = altered(&desk, &screened, "scan.md", |report| {
        report.not_examined = vec![
            unread(Reason::NoTextLayer, 4),
            unread(Reason::NoTextLayer, 3),
            unread(Reason::ParserFailed, 0),
            unread(Reason::NoArchive, 0),
        ];
        outcomes(report, &[]);
    })
    .await;
    for letter in letters(&desk, &report).await {
        assert!(letter.contains("3 parts of the file not examined (pages 3-4)"), "{letter}");
        assert!(letter.contains(OPEN) && !letter.contains(COMPLETE), "{letter}");
        assert!(!letter.contains("No defect was found"), "{letter}");
    }
    let page = page_of(&desk, &report).await;
    assert!(page.contains("3 parts of the file were not examined"), "{page}");
    assert!(page.contains(&format!("{report}?tab=unread")), "{page}");
    assert!(page.contains("<p class=\"note warn unread-note\">3 parts"), "it is not printed: {page}");
    for (language, whole) in [
        ("ru", "Перечень исчерпывающий"),
        ("uz-Latn", "Roʻyxat toʻliq:"),
        ("uz-Cyrl", "Рўйхат тўлиқ:"),
        ("ko", "위 목록은 전부이며"),
    ] {
        let letter = docx_of(&desk, &report, language).await;
        assert!(!letter.contains(whole) && letter.contains("3-4"), "{language}: {letter}");
    }
}

#[tokio::test]
async fn the_list_is_complete_when_only_the_archive_was_not_there() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let report = altered(&desk, &screened, "whole.md", |report| {
        report.not_examined = vec![unread(Reason::NoArchive, 0), unread(Reason::LanguageNotCovered, 0)];
        outcomes(report, &[]);
    })
    .await;
    for letter in letters(&desk, &report).await {
        assert!(letter.contains(COMPLETE) && letter.contains("No defect was found"), "{letter}");
        assert!(!letter.contains(OPEN), "{letter}");
    }
}

#[tokio::test]
async fn the_days_of_resolution_234_are_given_for_its_packs_only() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    for letter in letters(&desk, &screened).await {
        assert!(letter.contains("within ten days") && letter.contains("point 23"), "{letter}");
    }
    let before = altered(&desk, &screened, "of-2020.md", |report| {
        for found in &mut report.completeness {
            found.pack = "uz-541".to_owned();
        }
    })
    .await;
    for letter in letters(&desk, &before).await {
        assert!(!letter.contains("ten days") && !letter.contains("point 23"), "{letter}");
    }
}

#[tokio::test]
async fn a_quotation_that_was_cut_says_so() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let words = "Dust ".to_owned() + &"dust is measured at the nearest house ".repeat(20);
    let long: String = words.chars().take(400).collect();
    assert!(long.ends_with(" dust is measure"));
    let report = altered(&desk, &screened, "long.md", |report| {
        outcomes(report, &[("UZ-D01", Presence::Weak)]);
        for found in &mut report.completeness {
            for evidence in &mut found.evidence {
                evidence.quote = "Dust is measured.".to_owned();
            }
            if found.requirement_id == "UZ-D01" {
                let quote = long.clone();
                found.evidence = vec![eia_screen::rpc::v1::Evidence { quote, ..Default::default() }];
            }
        }
    })
    .await;
    decide(&desk, &report, "UZ-D01", "accepted", "").await;
    for letter in letters(&desk, &report).await {
        assert!(letter.contains("house dust is…”"), "{letter}");
    }
}
