//! Characters that turn the writing round stay within the name or quotation that holds them.

use axum::http::StatusCode;
use eia_screen::rpc::v1;

use super::altered::altered;
use super::desk::{Desk, REPORT};

/// Turns round whatever follows it, up to the end of what isolates it.
const OVERRIDE: char = '\u{202e}';

#[tokio::test]
async fn file_names_lose_what_turns_the_writing_round() {
    let desk = Desk::open().await;
    let report = desk.screen(&format!("report{OVERRIDE}fdp.md"), REPORT.as_bytes()).await;
    for path in ["/", "/precedents", "/compare", &report] {
        let page = desk.ok(path).await;
        assert!(!page.contains(OVERRIDE) && page.contains("reportfdp.md"), "{path}: {page}");
    }
}

/// A report whose quotations, titles and conditions hold an override each.
fn turn(report: &mut v1::ScreeningReport) {
    let gap = report.completeness.iter_mut().find(|found| found.requirement_id == "UZ-D01").unwrap();
    gap.presence = v1::Presence::Weak.into();
    let quote = "Dust is measured.".to_owned();
    gap.evidence = vec![v1::Evidence { quote, page: 12, ..Default::default() }];
    gap.nearest = None;
    for risk in &mut report.risks {
        risk.severity = v1::Severity::High.into();
    }
    let evidence =
        report.completeness.iter_mut().flat_map(|found| found.evidence.iter_mut().chain(&mut found.nearest));
    for evidence in evidence.chain(report.risks.iter_mut().filter_map(|found| found.evidence.as_mut())) {
        evidence.quote.insert(0, OVERRIDE);
    }
    let found = v1::SectionMatch {
        section_title: format!("2 Air {OVERRIDE}"),
        precedent_section: format!("3 Air, dust {OVERRIDE}"),
        precedent_page: 12,
        quote: format!("Dust is measured every month at the nearest house by the laboratory. {OVERRIDE}"),
        ..Default::default()
    };
    report.precedents = vec![v1::Precedent {
        case_id: "old-1".to_owned(),
        title: format!("Quarry {OVERRIDE}"),
        decision: format!("approved {OVERRIDE}"),
        conditions: vec![format!("Water the road {OVERRIDE}")],
        matches: vec![found],
        ..Default::default()
    }];
}

#[tokio::test]
async fn what_turns_the_writing_round_ends_with_its_quotation() {
    let desk = Desk::open().await;
    let report = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let report = altered(&desk, &report, "turned.md", turn).await;
    let id = |report: &str| report.trim_start_matches("/screenings/").to_owned();
    let reason = format!("seen {OVERRIDE}");
    let accepted = [
        ("csrf", desk.csrf.as_str()),
        ("finding", "UZ-D01"),
        ("disposition", "accepted"),
        ("reason", reason.as_str()),
    ];
    assert_eq!(desk.post(&format!("{report}/verdicts"), &accepted).await.0, StatusCode::SEE_OTHER);
    let alike = desk.ok(&format!("/precedents?like={}", id(&report))).await;
    let mut pages = vec![("like".to_owned(), alike)];
    for tab in ["completeness", "risks", "precedents"] {
        let path = format!("{report}?tab={tab}&show=all");
        pages.push((path.clone(), desk.part(&path, "findings").await));
    }
    let notice = format!("{report}/notice?language=en");
    pages.push((notice.clone(), desk.ok(&notice).await));
    let cleared = altered(&desk, &report, "cleared.md", |report| report.risks.clear()).await;
    let compared = format!("/compare?old={}&new={}", id(&report), id(&cleared));
    pages.push((compared.clone(), desk.ok(&compared).await));
    for (path, page) in &pages {
        assert!(page.contains(OVERRIDE), "{path}: {page}");
        for (at, _) in page.match_indices(OVERRIDE) {
            let before = &page[..at];
            assert!(before.rfind("<bdi>") > before.rfind("</bdi>"), "{path}: {before}");
        }
    }
    let (letter, versions) = (&pages[4].1, &pages[5].1);
    assert_eq!(letter.matches(OVERRIDE).count(), 2, "in the quotation and the remark: {letter}");
    assert!(letter.contains("Dust is measured.</bdi>” (<bdi>p. 12</bdi>)"), "{letter}");
    assert!(letter.contains("<bdi>turned.md</bdi>"), "{letter}");
    assert!(versions.contains("<bdi>turned.md</bdi> → <bdi>cleared.md</bdi>"), "{versions}");
    for (path, page) in [&pages[0], &pages[3]] {
        assert!(page.contains("</bdi>, <bdi>p. 12</bdi>"), "{path}: {page}");
        assert!(page.contains("<blockquote lang=\"en\"><bdi>Dust is measured"), "{path}: {page}");
    }
}
