//! What belongs to one tenant is out of reach for all others, in every call.

use std::sync::Arc;

use eia_screen::domain::case::Facets;
use eia_screen::domain::ids::{DocumentId, ScreeningId, VerdictId};
use eia_screen::domain::span::TextRange;
use eia_screen::domain::tenant::TenantId;
use eia_screen::domain::verdict::{Disposition, Verdict};
use eia_screen::index::copy::Collection;
use eia_screen::index::schema::tag;
use eia_screen::index::store::{CaseFilter, ImportOutcome, ScreeningRecord};
use eia_screen::index::work::{
    RequestRecord, ScreeningFilter, ScreeningState, Seen, StoredFile, Swap, TextOutline,
};
use eia_screen::index::{CaseIndex, IndexError};

use super::Open;
use super::fixture::{case, case_id, dense, document, emptied, words};

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

/// Opens the index for a tenant, without cases.
async fn of(open: &Open, name: &str) -> Arc<dyn CaseIndex> {
    let index = emptied(open).await.of_tenant(&tenant(name)).unwrap();
    for case in index.list_cases(&CaseFilter::default(), 1_000, None).await.unwrap().items {
        index.delete_case(&case.id).await.unwrap();
    }
    index
}

async fn listed(index: &Arc<dyn CaseIndex>) -> Vec<String> {
    let cases = index.list_cases(&CaseFilter::default(), 100, None).await.unwrap().items;
    cases.into_iter().map(|case| format!("{} {}", case.id, case.title)).collect()
}

async fn found(index: &Arc<dyn CaseIndex>) -> Vec<String> {
    let queries = [words("river"), dense([1.0, 0.0, 0.0, 0.0])];
    let hits = index.nearest(&queries, &CaseFilter::default(), 10).await.unwrap();
    assert_eq!(hits[0].len(), hits[1].len());
    let mut cases: Vec<String> = hits[0].iter().map(|hit| hit.case.to_string()).collect();
    cases.sort();
    cases
}

pub async fn tenants_do_not_see_each_other(open: &Open) {
    let shared = of(open, "shared").await;
    let north = shared.of_tenant(&tenant("north"));
    assert!(north.is_none(), "an index that is bound stays bound");
    drop(shared);
    let whole = emptied(open).await;
    let [north, south, shared, default] =
        ["north", "south", "shared", "default"].map(|name| whole.of_tenant(&tenant(name)).unwrap());
    let paper = |name: &str| [document(name, &[("river water", Some([1.0, 0.0, 0.0, 0.0]))])];
    let titled = |id: &str, title: &str| {
        let mut case = case(id, Facets { jurisdiction: title.into(), ..Facets::default() });
        case.title = title.to_owned();
        case
    };
    for (index, title) in [(&north, "N"), (&south, "S"), (&shared, "X"), (&default, "D")] {
        let outcome = index.import_case(&titled("own", title), &paper("same")).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Created, "{title}: the same id and file are free for each");
        assert_eq!(index.tenant(), index.of_tenant(index.tenant()).unwrap().tenant());
    }
    shared.import_case(&titled("model", "X"), &paper("model")).await.unwrap();
    for (index, title) in [(&north, "N"), (&south, "S"), (&default, "D")] {
        assert_eq!(listed(index).await, ["model X".to_owned(), format!("own {title}")]);
        assert_eq!(index.get_case(&case_id("own")).await.unwrap().unwrap().title, title);
        assert_eq!(index.get_case(&case_id("model")).await.unwrap().unwrap().title, "X");
        assert_eq!(found(index).await, ["model", "own"], "{title}: its own and the shared one, each once");
        let theirs = CaseFilter {
            facets: Facets { jurisdiction: "X".into(), ..Facets::default() },
            ..CaseFilter::default()
        };
        let cases = index.list_cases(&theirs, 100, None).await.unwrap().items;
        assert_eq!(cases.len(), 1, "a covered case is not shown by a filter that its cover does not match");
        let hits = index.nearest(&[words("river")], &theirs, 10).await.unwrap();
        assert_eq!(hits[0].len(), 1);
        assert!(
            !index.delete_case(&case_id("model")).await.unwrap(),
            "what is shared is not theirs to delete"
        );
    }
    assert_eq!(listed(&shared).await, ["model X", "own X"]);
    assert_eq!(found(&shared).await, ["model", "own"]);

    // Pages hold what they should, covered cases left out.
    let mut pages = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = north.list_cases(&CaseFilter::default(), 1, after.as_deref()).await.unwrap();
        pages.push(page.items.len());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [1, 1]);

    let before = south.archive_state().await.unwrap();
    assert!(north.delete_case(&case_id("own")).await.unwrap());
    assert_eq!(
        north.get_case(&case_id("own")).await.unwrap().unwrap().title,
        "X",
        "the shared one shows again"
    );
    assert_eq!(found(&north).await, ["model", "own"]);
    assert_eq!(listed(&south).await, ["model X", "own S"]);
    assert_eq!(south.archive_state().await.unwrap(), before, "others do not enter its state");
    for index in [&north, &south, &shared, &default] {
        for id in ["own", "model"] {
            index.delete_case(&case_id(id)).await.unwrap();
        }
    }
}

/// As if the tag of a passage of one tenant had the number of another's.
pub async fn passages_whose_tags_fail_are_not_shown(open: &Open) {
    let whole = emptied(open).await;
    let [north, default] = ["north", "default"].map(|name| whole.of_tenant(&tenant(name)).unwrap());
    for (index, id, text) in [(&north, "ice", "river ice"), (&default, "dam", "river dam")] {
        index.import_case(&case(id, Facets::default()), &[document(id, &[(text, None)])]).await.unwrap();
    }
    let copier = whole.copier().unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(100);
    copier.copy_out(sender).await.unwrap();
    let told = [tag("tenant", "north"), tag("private", "yes")].map(serde_json::Value::from);
    while let Some(mut copied) = receiver.recv().await {
        copied.points.retain(|point| {
            copied.collection == Collection::Passages && point.payload.contains_key("tenant")
        });
        for point in &mut copied.points {
            let tags = point.payload["tags"].as_array_mut().unwrap();
            tags.retain(|tag| !told.contains(tag));
        }
        copier.copy_in(copied).await.unwrap();
    }
    let hits = default.nearest(&[words("river ice")], &CaseFilter::default(), 10).await.unwrap();
    assert_eq!(hits[0].iter().map(|hit| hit.text.as_str()).collect::<Vec<_>>(), ["river dam"]);
    for (index, id) in [(&north, "ice"), (&default, "dam")] {
        index.delete_case(&case_id(id)).await.unwrap();
    }
}

pub async fn sessions_stay_ended_until_they_would_be_over(open: &Open) {
    let whole = emptied(open).await;
    let [north, south] = ["north", "south"].map(|name| whole.of_tenant(&tenant(name)).unwrap());
    let count = async || {
        let copier = whole.copier().unwrap();
        copier.ids(Collection::Records).await.unwrap().len()
    };
    let before = count().await;
    north.end_session("a", 1_000, 2_000).await.unwrap();
    north.end_session("a", 1_001, 2_000).await.unwrap();
    south.end_session("b", 1_000, 1_500).await.unwrap();
    for (session, by_north, by_south) in [("a", true, false), ("b", false, true), ("c", false, false)] {
        assert_eq!(north.has_session_ended(session).await.unwrap(), by_north, "{session}");
        assert_eq!(south.has_session_ended(session).await.unwrap(), by_south, "{session}");
    }
    assert_eq!(count().await, before + 2);
    drop((north, south, whole));
    let again = open().await.of_tenant(&tenant("north")).unwrap();
    assert!(again.has_session_ended("a").await.unwrap(), "as after a restart");
    // Over by itself, it is forgotten when the next one ends.
    again.end_session("d", 2_000, 3_000).await.unwrap();
    assert!(!again.has_session_ended("a").await.unwrap());
    assert!(again.has_session_ended("d").await.unwrap());
}

pub async fn screenings_and_verdicts_have_owners(open: &Open) {
    let whole = emptied(open).await;
    let [north, south] = ["north", "south"].map(|name| whole.of_tenant(&tenant(name)).unwrap());
    let screening = |name: &str| ScreeningRecord {
        id: ScreeningId::of_content(&["tenants", name]),
        case: Some(case_id("c")),
        document: DocumentId::of_content(&["d"]),
        document_name: "report.pdf".to_owned(),
        packs: Vec::new(),
        create_time: "2026-11-21T10:00:00Z".to_owned(),
        state: ScreeningState::Succeeded,
        work: None,
        report_json: format!("{{\"{name}\":1}}"),
    };
    let ours = screening("north");
    north.put_screening(&ours).await.unwrap();
    assert_eq!(south.get_screening(ours.id).await.unwrap(), None);
    assert_eq!(whole.get_screening(ours.id).await.unwrap(), None);
    for case in [None, Some(case_id("c"))] {
        let of_case = ScreeningFilter { case, state: None };
        let theirs = south.list_screenings(&of_case, 100, None).await.unwrap().items;
        assert!(theirs.iter().all(|record| record.id != ours.id));
        let own = north.list_screenings(&of_case, 100, None).await.unwrap().items;
        assert!(own.iter().any(|record| record.id == ours.id));
    }
    let over = ScreeningRecord { report_json: "{}".to_owned(), ..ours.clone() };
    assert!(matches!(south.put_screening(&over).await, Err(IndexError::Invalid { .. })));
    assert_eq!(north.get_screening(ours.id).await.unwrap(), Some(ours.clone()));

    let verdict = |name: &str| Verdict {
        id: VerdictId::of_content(&["tenants", name]),
        screening: ours.id,
        finding: "UZ-D01".to_owned(),
        disposition: Disposition::Accepted,
        replacement: String::new(),
        reason: String::new(),
        reviewer: "r".to_owned(),
        create_time: "2026-11-21T10:00:00Z".to_owned(),
    };
    assert!(matches!(
        south.append_verdict(&verdict("s"), Seen::Whatever).await,
        Err(IndexError::Invalid { .. })
    ));
    north.append_verdict(&verdict("n"), Seen::Whatever).await.unwrap();
    assert_eq!(north.list_verdicts(ours.id, 10, None).await.unwrap().items.len(), 1);
    assert!(south.list_verdicts(ours.id, 10, None).await.unwrap().items.is_empty());
}

pub async fn files_texts_and_requests_have_owners(open: &Open) {
    let whole = emptied(open).await;
    let [north, south] = ["north", "south"].map(|name| whole.of_tenant(&tenant(name)).unwrap());
    let file = StoredFile { document: DocumentId::of_content(&["owned"]), sha256: "00".to_owned(), bytes: 6 };
    north.put_file(&file, Box::new(std::io::Cursor::new(b"secret".to_vec()))).await.unwrap();
    assert_eq!(north.get_file(file.document).await.unwrap(), Some(file.clone()));
    let outline = TextOutline { bytes: 6, pages: Vec::new(), sections: Vec::new() };
    let text = north.put_text(file.document, "secret", &outline).await.unwrap();
    let range = TextRange::new(0, 6);
    assert_eq!(north.read_text(text, range).await.unwrap().as_deref(), Some("secret"));
    for other in [&south, &whole] {
        assert_eq!(other.get_file(file.document).await.unwrap(), None);
        assert_eq!(other.read_file(file.document, 0).await.unwrap(), None);
        assert_eq!(other.get_outline(text).await.unwrap(), None);
        assert_eq!(other.read_text(text, range).await.unwrap(), None);
    }
    // The same bytes of another tenant are stored again, and are its own.
    south.put_file(&file, Box::new(std::io::Cursor::new(b"secret".to_vec()))).await.unwrap();
    assert_eq!(south.read_file(file.document, 0).await.unwrap().as_deref(), Some(&b"secret"[..]));
    assert_ne!(south.put_text(file.document, "secret", &outline).await.unwrap(), text);

    let request = |answer: &str| RequestRecord {
        caller: "clerk".to_owned(),
        method: "SubmitDocument".to_owned(),
        request: uuid::Uuid::nil(),
        fingerprint: answer.to_owned(),
        promise: String::new(),
        answer: answer.to_owned(),
    };
    assert_eq!(north.claim_request(&request("n")).await.unwrap(), request("n"));
    assert_eq!(south.claim_request(&request("s")).await.unwrap(), request("s"), "ids of tenants never meet");
    assert_eq!(north.claim_request(&request("x")).await.unwrap(), request("n"));

    // What the shared archive holds is read by all and changed by nobody else.
    let shared = whole.of_tenant(&TenantId::shared()).unwrap();
    let of_shared = super::work::record("of shared", ScreeningState::Pending, 1);
    assert_eq!(shared.swap_screening(None, &of_shared).await.unwrap(), Swap::Stored);
    assert_eq!(north.get_screening(of_shared.id).await.unwrap(), Some(of_shared.clone()));
    let taken = super::work::record("of shared", ScreeningState::Cancelled, 2);
    let refused = north.swap_screening(Some(1), &taken).await.unwrap();
    assert_eq!(refused, Swap::Refused(Some(Box::new(of_shared.clone()))));
    assert_eq!(shared.get_screening(of_shared.id).await.unwrap(), Some(of_shared));

    let pending = ScreeningRecord {
        id: ScreeningId::of_content(&["tenants", "pending"]),
        case: None,
        document: file.document,
        document_name: "report.pdf".to_owned(),
        packs: Vec::new(),
        create_time: "2026-11-21T10:00:00Z".to_owned(),
        state: ScreeningState::Pending,
        work: None,
        report_json: String::new(),
    };
    assert_eq!(north.swap_screening(None, &pending).await.unwrap(), Swap::Stored);
    assert_eq!(south.swap_screening(None, &pending).await.unwrap(), Swap::Refused(None));
    assert_eq!(north.get_screening(pending.id).await.unwrap(), Some(pending.clone()));
    let work = whole.work_of_all(ScreeningState::Pending, 100, None).await.unwrap();
    assert!(work.contains(&(tenant("north"), pending)), "who runs the work finds that of every tenant");
    let last = work.last().map(|(_, record)| record.id);
    assert_eq!(whole.work_of_all(ScreeningState::Pending, 100, last).await.unwrap(), []);
    let refused = north.work_of_all(ScreeningState::Pending, 1, None).await;
    assert!(matches!(refused, Err(IndexError::Invalid { .. })));
}
