//! Submitted screenings, files, texts and request ids.

use eia_screen::domain::ids::{DocumentId, ScreeningId, SectionId};
use eia_screen::domain::span::TextRange;
use eia_screen::index::IndexError;
use eia_screen::index::store::ScreeningRecord;
use eia_screen::index::work::{
    FILE_PIECE, Lane, PageMark, RequestRecord, ScreeningFilter, ScreeningState, SectionMark, StoredFile,
    Swap, TEXT_PIECE, TextOutline, Work,
};

use super::Open;
use super::fixture::case_id;

pub fn record(name: &str, state: ScreeningState, revision: u64) -> ScreeningRecord {
    ScreeningRecord {
        id: ScreeningId::of_content(&["work", name]),
        case: Some(case_id("w1")),
        document: DocumentId::of_content(&[name]),
        document_name: "ҳисобот.pdf".to_owned(),
        packs: vec!["uz".to_owned()],
        create_time: "2026-11-26T10:00:00Z".to_owned(),
        state,
        work: Some(Work {
            request_json: "{\"packs\":[\"uz\"]}".to_owned(),
            file_bytes: 7,
            is_packed: true,
            lane: Lane::Bulk,
            revision,
            attempts: 0,
            holder: None,
            step: None,
            failure: None,
            text: None,
            degraded_ends: 0,
            update_time: "2026-11-26T10:00:00Z".to_owned(),
        }),
        report_json: String::new(),
    }
}

pub async fn a_record_changes_only_for_who_has_seen_it(open: &Open) {
    let index = open().await;
    let first = record("swap", ScreeningState::Pending, 1);
    let running = record("swap", ScreeningState::Running, 2);
    assert_eq!(index.swap_screening(Some(1), &first).await.unwrap(), Swap::Refused(None), "nothing is there");
    assert_eq!(index.swap_screening(None, &first).await.unwrap(), Swap::Stored);
    let there = Swap::Refused(Some(Box::new(first.clone())));
    assert_eq!(index.swap_screening(None, &running).await.unwrap(), there);
    assert_eq!(index.swap_screening(Some(7), &running).await.unwrap(), there);
    assert_eq!(index.swap_screening(Some(1), &running).await.unwrap(), Swap::Stored);
    let there = Swap::Refused(Some(Box::new(running.clone())));
    assert_eq!(index.swap_screening(Some(1), &running).await.unwrap(), there, "the same step twice");
    let done =
        ScreeningRecord { report_json: "{}".to_owned(), ..record("swap", ScreeningState::Succeeded, 4) };
    assert_eq!(
        index.touch_screening(2, &record("swap", ScreeningState::Running, 3)).await.unwrap(),
        Swap::Stored
    );
    assert_eq!(index.swap_screening(Some(3), &done).await.unwrap(), Swap::Stored);
    drop(index);
    let index = open().await;
    assert_eq!(index.get_screening(done.id).await.unwrap(), Some(done));
}

pub async fn of_many_who_want_a_record_one_gets_it(open: &Open) {
    let index = open().await;
    assert_eq!(
        index.swap_screening(None, &record("race", ScreeningState::Pending, 1)).await.unwrap(),
        Swap::Stored
    );
    let claims = (0..8_u32).map(|number| {
        let index = std::sync::Arc::clone(&index);
        tokio::spawn(async move {
            let mut claim = record("race", ScreeningState::Running, 2);
            claim.document_name = number.to_string();
            index.swap_screening(Some(1), &claim).await.unwrap() == Swap::Stored
        })
    });
    let mut won = 0;
    for claim in claims.collect::<Vec<_>>() {
        won += usize::from(claim.await.unwrap());
    }
    assert_eq!(won, 1);
}

pub async fn screenings_are_listed_and_counted_by_state(open: &Open) {
    let index = open().await;
    let states = [ScreeningState::Pending, ScreeningState::Running, ScreeningState::Succeeded];
    let mut before = Vec::new();
    for state in states {
        before.push(index.count_screenings(state).await.unwrap());
    }
    for (name, state) in [
        ("l1", ScreeningState::Pending),
        ("l2", ScreeningState::Failed),
        ("l3", ScreeningState::Succeeded),
        ("l4", ScreeningState::Pending),
    ] {
        let mut record = record(name, state, 1);
        record.case = Some(case_id("listed"));
        assert_eq!(index.swap_screening(None, &record).await.unwrap(), Swap::Stored);
    }
    for (state, expected) in [
        (None, 4),
        (Some(ScreeningState::Pending), 2),
        (Some(ScreeningState::Running), 0),
        (Some(ScreeningState::Succeeded), 1),
        (Some(ScreeningState::Failed), 1),
    ] {
        let filter = ScreeningFilter { case: Some(case_id("listed")), state };
        let listed = index.list_screenings(&filter, 10, None).await.unwrap().items;
        assert_eq!(listed.len(), expected, "{state:?}");
        assert!(listed.iter().all(|record| state.is_none_or(|state| record.state == state)));
    }
    for ((state, before), more) in states.into_iter().zip(before).zip([2, 0, 1]) {
        assert_eq!(index.count_screenings(state).await.unwrap(), before + more, "{state:?}");
    }
}

pub async fn files_come_back_as_they_were(open: &Open) {
    let index = open().await;
    for size in [0, 1, FILE_PIECE, 3 * FILE_PIECE + 17] {
        let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let document = DocumentId::of_content(&["file", &size.to_string()]);
        assert_eq!(index.get_file(document).await.unwrap(), None);
        let file = StoredFile { document, sha256: "ab".repeat(32), bytes: size as u64 };
        let longer = StoredFile { bytes: size as u64 + 1, ..file.clone() };
        let refused = index.put_file(&longer, Box::new(std::io::Cursor::new(bytes.clone()))).await;
        assert!(matches!(refused, Err(IndexError::Invalid { .. })), "{refused:?}");
        assert_eq!(index.get_file(document).await.unwrap(), None, "no half file can be read");
        index.put_file(&file, Box::new(std::io::Cursor::new(bytes.clone()))).await.unwrap();
        // A second time nothing is read.
        index.put_file(&file, Box::new(std::io::empty())).await.unwrap();
        assert_eq!(index.get_file(document).await.unwrap(), Some(file.clone()));
        let mut read = Vec::new();
        for number in 0..file.pieces() {
            read.extend(index.read_file(document, number).await.unwrap().unwrap());
        }
        assert!(read == bytes, "{size} bytes");
        assert_eq!(index.read_file(document, file.pieces()).await.unwrap(), None);
    }
}

pub async fn texts_are_read_by_range_and_page(open: &Open) {
    let index = open().await;
    let page = "ўзбекистон 한글 page ".repeat(TEXT_PIECE / 40);
    let text = format!("{page}\u{c}{page}\u{c}{page}");
    let mark =
        |number: u32, start: usize| PageMark { number, range: TextRange::new(start, start + page.len()) };
    let heading = TextRange::new(0, 20);
    let section = SectionMark {
        id: SectionId(1),
        level: 1,
        number: Some("1".to_owned()),
        title: "ўзбекистон".to_owned(),
        heading,
        extent: TextRange::new(0, text.len()),
        page: Some(1),
    };
    let outline = TextOutline {
        bytes: text.len(),
        pages: vec![mark(1, 0), mark(2, page.len() + 1), mark(3, 2 * page.len() + 2)],
        sections: vec![section],
    };
    let document = DocumentId::of_content(&["text"]);
    let id = index.put_text(document, &text, &outline).await.unwrap();
    assert_eq!(index.put_text(document, &text, &outline).await.unwrap(), id);
    assert_eq!(index.get_outline(id).await.unwrap(), Some(outline.clone()));
    let read = async |range| index.read_text(id, range).await.unwrap().unwrap();
    assert_eq!(read(heading).await, "ўзбекистон");
    assert_eq!(read(TextRange::new(1, 2)).await, "ў", "widened to whole characters");
    for (first, last) in [(1, 1), (2, 3), (3, 9)] {
        let range = outline.of_pages(first, last).unwrap();
        assert!(read(range).await == text[range.start..range.end], "pages {first} to {last}");
    }
    assert!(read(TextRange::new(0, usize::MAX)).await == text);
    assert_eq!(read(TextRange::new(text.len(), text.len() + 5)).await, "");
    assert_eq!(outline.of_pages(4, 9), None);
    assert_eq!(index.read_text(uuid::Uuid::nil(), heading).await.unwrap(), None);
}

pub async fn request_ids_stand_for_their_first_request(open: &Open) {
    let index = open().await;
    let first = RequestRecord {
        caller: String::new(),
        method: "SubmitDocument".to_owned(),
        request: uuid::Uuid::from_u128(7),
        fingerprint: "a".to_owned(),
        promise: "screenings/1".to_owned(),
        answer: String::new(),
    };
    assert_eq!(index.claim_request(&first).await.unwrap(), first);
    let other = RequestRecord { fingerprint: "b".to_owned(), ..first.clone() };
    assert_eq!(index.claim_request(&other).await.unwrap(), first);
    let answered = RequestRecord { answer: "screenings/1".to_owned(), ..first.clone() };
    index.answer_request(&answered).await.unwrap();
    assert_eq!(index.claim_request(&first).await.unwrap(), answered);
    let elsewhere = RequestRecord { method: "ImportCase".to_owned(), ..other };
    assert_eq!(index.claim_request(&elsewhere).await.unwrap(), elsewhere);
}
