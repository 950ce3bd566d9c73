//! Verdicts that stand where earlier versions or interrupted writes left them.

use std::sync::Arc;

use super::*;
use crate::domain::verdict::Disposition;
use crate::index::engine::Engine;
use crate::index::mortal::{Mortal, Shelf, start};

fn verdict(name: &str, finding: &str, time: &str) -> Verdict {
    Verdict {
        id: VerdictId::of_content(&[name]),
        screening: ScreeningId::of_content(&["one"]),
        finding: finding.to_owned(),
        disposition: Disposition::Accepted,
        replacement: String::new(),
        reason: String::new(),
        reviewer: "expert".to_owned(),
        create_time: time.to_owned(),
    }
}

/// Stores a verdict as versions before heads did.
async fn store_alone(engine: &Arc<Mortal>, verdict: &Verdict) {
    let mut point = payload::verdict_record(&TenantId::default(), verdict).unwrap();
    let tags = vec![tag(field::KIND, kind::VERDICT), tag(field::SCREENING, &verdict.screening.to_string())];
    put(&mut point.payload, field::TAGS, tags);
    engine.upsert(Collection::Records, vec![point]).await.unwrap();
}

#[tokio::test]
async fn verdicts_of_earlier_versions_are_not_overlooked() {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    let earlier = [
        verdict("second", "UZ-D01", "2026-01-01T11:00:00Z"),
        verdict("first", "UZ-D01", "2026-01-01T10:00:00Z"),
        verdict("elsewhere", "UZ-D02", "2026-01-01T12:00:00Z"),
    ];
    for verdict in &earlier {
        store_alone(&engine, verdict).await;
    }
    let next = verdict("next", "UZ-D01", "2026-02-01T10:00:00Z");
    let refused = archive.append(&next, Seen::None).await;
    let latest = earlier[0].id.to_string();
    assert!(
        matches!(&refused, Err(IndexError::Superseded { latest: Some(found) }) if *found == latest),
        "{refused:?}"
    );
    archive.append(&next, Seen::Verdict(earlier[0].id)).await.unwrap();
    let other = verdict("other", "UZ-D03", "2026-02-01T11:00:00Z");
    archive.append(&other, Seen::None).await.unwrap();
    let listed = archive.verdicts_of(next.screening, 9, None).await.unwrap();
    let [second, first, elsewhere] = earlier;
    assert_eq!((listed.items, listed.next), (vec![first, second, elsewhere, next, other], None));
}

#[tokio::test]
async fn a_verdict_that_is_a_head_alone_was_appended_and_is_listed() {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    let one = verdict("one", "UZ-D01", "2026-01-01T10:00:00Z");
    assert_eq!(archive.appended(&one).await.unwrap(), None);
    // As after a kill between both writes.
    assert!(archive.raise_head(&one, None).await.unwrap());
    assert_eq!(archive.appended(&one).await.unwrap().as_ref(), Some(&one));
    let changed = Verdict { reviewer: "another".to_owned(), ..one.clone() };
    assert!(matches!(archive.appended(&changed).await, Err(IndexError::Taken { .. })));
    assert_eq!(archive.verdicts_of(one.screening, 9, None).await.unwrap().items, [one]);
}

#[tokio::test]
async fn of_the_verdicts_beside_a_page_no_more_is_read_than_their_places() {
    let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
    let archive = start(&engine).await.unwrap();
    let verdicts: Vec<Verdict> = (0..4)
        .map(|number| verdict(&number.to_string(), "UZ-D01", &format!("2026-01-01T1{number}:00:00Z")))
        .collect();
    for verdict in &verdicts {
        archive.append(verdict, Seen::Whatever).await.unwrap();
    }
    let last = verdicts[3].id.to_string();
    engine.refuse(move |payload| {
        payload.get(field::CONTENT).and_then(|content| content.get("id")).is_some_and(|id| *id == last)
    });
    let page = archive.verdicts_of(verdicts[0].screening, 3, None).await.unwrap();
    assert_eq!(page.items, verdicts[..3]);
    assert!(archive.verdicts_of(verdicts[0].screening, 3, page.next.as_deref()).await.is_err());
}
