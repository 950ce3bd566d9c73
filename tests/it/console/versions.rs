//! Two versions of a report: no group says more than both versions show.

use eia_screen::rpc::v1::not_examined::Reason;
use eia_screen::rpc::v1::{Evidence, FlagKind, Polarity, Presence, RiskFinding, Severity};

use super::altered::{altered, outcomes, unread};
use super::desk::{Desk, REPORT, between};

fn risk(term: &str, severity: Severity) -> RiskFinding {
    RiskFinding {
        category: "R05".to_owned(),
        term: term.to_owned(),
        polarity: Polarity::Asserted.into(),
        severity: severity.into(),
        kind: FlagKind::Term.into(),
        evidence: Some(Evidence { quote: format!("The {term} is near."), ..Default::default() }),
        ..Default::default()
    }
}

async fn compared(desk: &Desk, old: &str, new: &str) -> String {
    let id = |report: &str| report.trim_start_matches("/screenings/").to_owned();
    desk.ok(&format!("/compare?old={}&new={}", id(old), id(new))).await
}

#[tokio::test]
async fn what_a_version_did_not_judge_is_not_said_to_be_without_gap() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let old = altered(&desk, &screened, "old.md", |report| {
        outcomes(
            report,
            &[
                ("UZ-D02", Presence::NotExamined),
                ("UZ-D03", Presence::NotExamined),
                ("UZ-D04", Presence::Missing),
                ("UZ-D05", Presence::NotApplicable),
            ],
        );
    })
    .await;
    let new = altered(&desk, &screened, "new.md", |report| {
        outcomes(
            report,
            &[
                ("UZ-D01", Presence::NotExamined),
                ("UZ-D02", Presence::NotExamined),
                ("UZ-D04", Presence::NotApplicable),
            ],
        );
    })
    .await;
    let page = compared(&desk, &old, &new).await;
    for (code, group, words) in [
        ("UZ-D01", "unclear", "Can no longer be judged"),
        ("UZ-D02", "unexamined", "Judged in neither"),
        ("UZ-D03", "cleared", "No gap now, not judged before"),
        ("UZ-D04", "lapsed", "No longer applies"),
        ("UZ-D05", "fine", "No gap in either"),
    ] {
        let section = between(&page, &format!("id=\"change-{group}\""), "</section>");
        assert!(section.contains(words) && section.contains(code), "{code}: {section}");
        if group != "fine" {
            let fine = between(&page, "id=\"change-fine\"", "</section>");
            assert!(!fine.contains(code), "{code}: {fine}");
        }
    }
}

#[tokio::test]
async fn a_finding_whose_severity_changes_is_neither_new_nor_gone() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let old = altered(&desk, &screened, "old.md", |report| {
        report.risks = vec![risk("dam", Severity::Medium), risk("acid", Severity::Low)];
    })
    .await;
    let new = altered(&desk, &screened, "new.md", |report| {
        report.risks = vec![risk("dam", Severity::Low), risk("acid", Severity::High)];
    })
    .await;
    let page = compared(&desk, &old, &new).await;
    assert!(page.contains("New (0)") && page.contains("No longer there (0)"), "{page}");
    let lowered = between(&page, "Severity lowered (1)", "</section>");
    assert!(lowered.contains("dam: Medium → Low"), "{lowered}");
    let raised = between(&page, "Severity raised (1)", "</section>");
    assert!(raised.contains("acid: Low → High"), "{raised}");
    let same = compared(&desk, &old, &old).await;
    assert!(same.contains("in both versions: 1") && !same.contains("Severity lowered"), "{same}");
}

#[tokio::test]
async fn a_list_that_is_cut_says_how_many_there_are() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let old = altered(&desk, &screened, "old.md", |report| report.risks.clear()).await;
    let new = altered(&desk, &screened, "new.md", |report| {
        report.risks = (0..60).map(|n| risk(&format!("term-{n}"), Severity::High)).collect();
    })
    .await;
    let page = compared(&desk, &old, &new).await;
    assert!(page.contains("New (60)") && page.contains("and 10 more"), "{page}");
    assert_eq!(page.matches("<figure class=\"quote\">").count(), 50);
    let back = compared(&desk, &new, &old).await;
    assert!(back.contains("No longer there (60)") && back.contains("and 10 more"), "{back}");
}

#[tokio::test]
async fn what_is_not_found_in_a_version_that_was_not_read_is_not_simply_gone() {
    let desk = Desk::open().await;
    let screened = desk.screen("quarry.md", REPORT.as_bytes()).await;
    let read = altered(&desk, &screened, "read.md", |report| {
        report.not_examined = vec![unread(Reason::NoArchive, 0)];
        report.risks = vec![risk("dam", Severity::High)];
    })
    .await;
    let scan = altered(&desk, &screened, "scan.md", |report| {
        report.not_examined = vec![unread(Reason::NoTextLayer, 1)];
        report.risks.clear();
    })
    .await;
    let page = compared(&desk, &read, &scan).await;
    let warning = "1 part of the later version was not examined: what is listed under “No longer there”";
    assert!(page.contains(warning) && page.contains(&format!("{scan}?tab=unread")), "{page}");
    assert!(page.find(warning) < page.find("No longer there (1)"), "it stands above the risks: {page}");
    assert!(!page.contains("earlier version was not examined"), "{page}");
    let back = compared(&desk, &scan, &read).await;
    assert!(back.contains("1 part of the earlier version was not examined"), "{back}");
    assert!(!compared(&desk, &read, &read).await.contains("version was not examined"));
}
