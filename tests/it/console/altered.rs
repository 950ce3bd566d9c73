//! Reports as the program would have made them of other files: a stored one is changed and stored under another id.

use eia_screen::domain::ids::ScreeningId;
use eia_screen::index::store::ScreeningRecord;
use eia_screen::rpc::v1;

use super::desk::Desk;

/// Stores a changed copy of a report under that name and returns its address.
pub async fn altered(
    desk: &Desk,
    report: &str,
    name: &str,
    change: impl FnOnce(&mut v1::ScreeningReport),
) -> String {
    let id = ScreeningId::parse(report.trim_start_matches("/screenings/")).unwrap();
    let index = desk.screener.index.as_ref().unwrap();
    let record = index.get_screening(id).await.unwrap().unwrap();
    let mut content: v1::ScreeningReport = serde_json::from_str(&record.report_json).unwrap();
    change(&mut content);
    let record = ScreeningRecord {
        id: ScreeningId::of_content(&[name]),
        document_name: name.to_owned(),
        report_json: serde_json::to_string(&content).unwrap(),
        ..record
    };
    index.put_screening(&record).await.unwrap();
    format!("/screenings/{}", record.id)
}

/// Makes every requirement present except those named.
pub fn outcomes(report: &mut v1::ScreeningReport, but: &[(&str, v1::Presence)]) {
    for found in &mut report.completeness {
        let named = but.iter().find(|(id, _)| *id == found.requirement_id);
        found.presence = named.map_or(v1::Presence::Present, |(_, presence)| *presence).into();
    }
}

/// A part that was not examined; page 0 for one that is no page.
pub fn unread(reason: v1::not_examined::Reason, page: u32) -> v1::NotExamined {
    v1::NotExamined { reason: reason.into(), page, ..Default::default() }
}
