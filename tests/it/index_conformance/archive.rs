//! Cases, screenings and verdicts: stored, listed, replaced, deleted.

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::{DocumentId, ScreeningId, VerdictId};
use eia_screen::domain::verdict::{Disposition, Verdict};
use eia_screen::index::IndexError;
use eia_screen::index::store::{CaseFilter, ImportOutcome, QueryVector, ScreeningRecord, SparseVector};
use eia_screen::index::work::{ScreeningFilter, ScreeningState, Seen};

use super::Open;
use super::fixture::{case, case_id, dense, document, emptied, words};

pub async fn import_is_created_unchanged_or_replaced(open: &Open) {
    let index = emptied(open).await;
    let facets = Facets { year: 2021, decision_date: "2021-05-06".into(), ..Facets::default() };
    let mut first = case("uz.1", facets);
    let documents = [document("a", &[("river water", Some([1.0, 0.0, 0.0, 0.0])), ("dust", None)])];
    assert_eq!(index.get_case(&first.id).await.unwrap(), None);
    assert_eq!(index.import_case(&first, &documents).await.unwrap(), ImportOutcome::Created);
    assert_eq!(index.import_case(&first, &documents).await.unwrap(), ImportOutcome::Unchanged);

    let stored = index.get_case(&first.id).await.unwrap().unwrap();
    assert_eq!((&stored.title, &stored.facets), (&first.title, &first.facets));
    assert_eq!(stored.conditions, first.conditions);
    assert_eq!(stored.documents.len(), 1);
    assert_eq!((stored.documents[0].name.as_str(), stored.documents[0].passages), ("a.pdf", 2));

    first.decision = "refused".to_owned();
    assert_eq!(index.import_case(&first, &documents).await.unwrap(), ImportOutcome::Replaced);
    drop(index);
    let index = open().await;
    assert_eq!(index.get_case(&first.id).await.unwrap().unwrap().decision, "refused");
    assert_eq!(index.import_case(&first, &documents).await.unwrap(), ImportOutcome::Unchanged);
    assert_eq!(index.archive_state().await.unwrap().passages, 2);
    let found = index.nearest(&[words("river")], &CaseFilter::default(), 10).await.unwrap();
    assert_eq!(found[0].len(), 1, "no duplicate of the passage: {found:?}");
}

pub async fn cases_are_listed_by_id_in_pages(open: &Open) {
    let index = emptied(open).await;
    for id in ["b", "a.10", "c", "a.9", "B"] {
        index.import_case(&case(id, Facets::default()), &[]).await.unwrap();
    }
    let mut listed = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = index.list_cases(&CaseFilter::default(), 2, after.as_deref()).await.unwrap();
        assert!(page.items.len() <= 2);
        listed.extend(page.items.into_iter().map(|case| case.id.to_string()));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(listed, ["B", "a.10", "a.9", "b", "c"]);
}

/// Four megabytes-long objects are more than a page holds, however many are asked for.
pub async fn pages_of_large_objects_are_shorter(open: &Open) {
    let index = emptied(open).await;
    let (names, large) = (["a", "b", "c", "d"], "x".repeat(3 << 20));
    for name in names {
        let stored = Case { conditions: vec![large.clone()], ..case(name, Facets::default()) };
        index.import_case(&stored, &[]).await.unwrap();
    }
    let (mut listed, mut pages, mut after) = (Vec::new(), 0, None::<String>);
    loop {
        let page = index.list_cases(&CaseFilter::default(), 10, after.as_deref()).await.unwrap();
        pages += 1;
        assert!(page.items.iter().map(|case| case.conditions[0].len()).sum::<usize>() <= 8 << 20);
        listed.extend(page.items.into_iter().map(|case| case.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((listed, pages), (names.map(str::to_owned).to_vec(), 2));
    for name in names {
        assert!(index.delete_case(&case_id(name)).await.unwrap());
    }

    let screening = ScreeningId::of_content(&["long verdicts"]);
    let mut verdicts = Vec::new();
    for (name, finding) in names.into_iter().zip(["UZ-D01", "UZ-D02", "UZ-D01", "UZ-D02"]) {
        let verdict = Verdict {
            id: VerdictId::of_content(&["long", name]),
            screening,
            finding: finding.to_owned(),
            disposition: Disposition::Rejected,
            replacement: String::new(),
            reason: large.clone(),
            reviewer: "reviewer-1".to_owned(),
            create_time: format!("2026-11-21T10:00:0{}Z", verdicts.len()),
        };
        verdicts.push(index.append_verdict(&verdict, Seen::Whatever).await.unwrap());
        assert_eq!(index.appended_verdict(&verdict).await.unwrap().as_ref(), verdicts.last());
    }
    let first = index.list_verdicts(screening, 10, None).await.unwrap();
    let rest = index.list_verdicts(screening, 10, first.next.as_deref()).await.unwrap();
    assert!(first.items == verdicts[..2] && rest.items == verdicts[2..] && rest.next.is_none());
}

pub async fn lists_filter_inside_the_engine(open: &Open) {
    let index = emptied(open).await;
    let facets = |jurisdiction: &str, year, decision_date: &str, project: &str| Facets {
        jurisdiction: jurisdiction.into(),
        year,
        decision_date: decision_date.into(),
        project: project.into(),
        ..Facets::default()
    };
    for (id, facets) in [
        ("a", facets("UZ", 2019, "2019-12-31", "canal")),
        ("b", facets("UZ", 2020, "2020-01-01", "dam")),
        ("c", facets("KR", 2021, "", "")),
        ("d", facets("UZ", 0, "", "dam")),
    ] {
        let paper = document(id, &[("text", None)]);
        index.import_case(&case(id, facets), &[paper]).await.unwrap();
    }
    let all = CaseFilter::default;
    let uz = CaseFilter { facets: facets("UZ", 0, "", ""), ..all() };
    let of_2020 = CaseFilter { facets: facets("", 2020, "", ""), ..all() };
    let listed = [
        (uz.clone(), vec!["a", "b", "d"]),
        (of_2020, vec!["b"]),
        (CaseFilter { year_from: Some(2020), ..all() }, vec!["b", "c"]),
        (CaseFilter { year_from: Some(2019), year_to: Some(2019), ..all() }, vec!["a"]),
        (CaseFilter { as_of: Some("2019-12-31".into()), ..all() }, vec!["a"]),
        (CaseFilter { as_of: Some("2030-01-01".into()), ..all() }, vec!["a", "b"]),
        (CaseFilter { exclude_cases: vec![case_id("a"), case_id("c")], ..all() }, vec!["b", "d"]),
        (CaseFilter { exclude_projects: vec!["dam".into()], ..all() }, vec!["a", "c"]),
        (CaseFilter { exclude_documents: vec![DocumentId::of_content(&["b"])], ..uz }, vec!["a", "d"]),
    ];
    for (filter, expected) in listed {
        let cases = index.list_cases(&filter, 10, None).await.unwrap().items;
        let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, expected, "{filter:?}");
        // The same filter says which passages are found.
        let found = index.nearest(&[words("text")], &filter, 10).await.unwrap();
        let mut ids: Vec<&str> = found[0].iter().map(|hit| hit.case.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{filter:?}");
    }
}

pub async fn deleted_case_leaves_nothing(open: &Open) {
    let index = emptied(open).await;
    let empty = index.archive_state().await.unwrap();
    assert_eq!((empty.cases, empty.passages), (0, 0));
    let paper = document("a", &[("river", Some([1.0, 0.0, 0.0, 0.0]))]);
    index.import_case(&case("a", Facets::default()), &[paper]).await.unwrap();
    assert!(index.delete_case(&case_id("a")).await.unwrap());
    assert!(!index.delete_case(&case_id("a")).await.unwrap());
    assert_eq!(index.get_case(&case_id("a")).await.unwrap(), None);
    let queries = [words("river"), dense([1.0, 0.0, 0.0, 0.0])];
    let found = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    assert_eq!(found, [vec![], vec![]]);
    assert_eq!(index.archive_state().await.unwrap(), empty);
}

pub async fn state_depends_on_content_alone(open: &Open) {
    let index = emptied(open).await;
    let paper = |name: &str| [document(name, &[("dust", None), ("noise", None)])];
    index.import_case(&case("a", Facets::default()), &paper("a")).await.unwrap();
    index.import_case(&case("b", Facets::default()), &paper("b")).await.unwrap();
    let state = index.archive_state().await.unwrap();
    assert_eq!((state.cases, state.passages), (2, 4));

    index.import_case(&case("a", Facets::default()), &paper("other")).await.unwrap();
    assert_ne!(index.archive_state().await.unwrap().fingerprint, state.fingerprint);

    drop(index);
    let index = emptied(open).await;
    index.import_case(&case("b", Facets::default()), &paper("b")).await.unwrap();
    index.import_case(&case("a", Facets::default()), &paper("a")).await.unwrap();
    assert_eq!(index.archive_state().await.unwrap(), state);
}

pub async fn screening_keeps_its_first_time(open: &Open) {
    let index = open().await;
    let record = |number: u32, case: Option<&str>| ScreeningRecord {
        id: ScreeningId::of_content(&["conformance", &number.to_string()]),
        case: case.map(case_id),
        document: DocumentId::of_content(&["d"]),
        document_name: "ariza ўзбек.pdf".to_owned(),
        packs: vec!["uz-234-draft".to_owned()],
        create_time: "2026-11-21T10:00:00Z".to_owned(),
        state: ScreeningState::Succeeded,
        work: None,
        report_json: "{\"b\":1,\"a\":[1.50,2]}".repeat(40_000),
    };
    let first = record(1, Some("s1"));
    assert_eq!(index.get_screening(first.id).await.unwrap(), None);
    index.put_screening(&first).await.unwrap();
    let later = ScreeningRecord { create_time: "2027-01-01T00:00:00Z".to_owned(), ..first.clone() };
    index.put_screening(&later).await.unwrap();
    assert_eq!(index.get_screening(first.id).await.unwrap(), Some(first.clone()));

    for number in 2..=4 {
        index.put_screening(&record(number, (number < 4).then_some("s1"))).await.unwrap();
    }
    let of_case = ScreeningFilter { case: Some(case_id("s1")), state: None };
    let page = index.list_screenings(&of_case, 2, None).await.unwrap();
    let rest = index.list_screenings(&of_case, 2, page.next.as_deref()).await.unwrap();
    assert_eq!(rest.next, None);
    let listed: Vec<ScreeningId> = page.items.iter().chain(&rest.items).map(|record| record.id).collect();
    let mut expected: Vec<ScreeningId> = (1..=3).map(|number| record(number, None).id).collect();
    expected.sort();
    assert_eq!(listed, expected);
    assert!(page.items.iter().all(|record| record.report_json.is_empty()));
    let all = index.list_screenings(&ScreeningFilter::default(), 100, None).await.unwrap().items;
    assert!(all.iter().any(|listed| listed.id == record(4, None).id && listed.case.is_none()));
}

pub async fn verdicts_are_appended_and_never_changed(open: &Open) {
    let index = open().await;
    let screening = ScreeningId::of_content(&["verdicts"]);
    let verdict = |name: &str, time: &str| Verdict {
        id: VerdictId::of_content(&[name]),
        screening,
        finding: "UZ-D01".to_owned(),
        disposition: Disposition::Rejected,
        replacement: String::new(),
        reason: "see page 4".to_owned(),
        reviewer: "reviewer-1".to_owned(),
        create_time: time.to_owned(),
    };
    // A fraction of a second sorts before the whole one as text, after it in time.
    let in_time = [
        verdict("x", "2026-11-21T10:00:00Z"),
        verdict("y", "2026-11-21T10:00:00.5Z"),
        verdict("z", "2026-11-21T10:00:01Z"),
    ];
    for verdict in &in_time {
        index.append_verdict(verdict, Seen::Whatever).await.unwrap();
    }
    let again = Verdict { create_time: "2026-11-21T10:30:00Z".to_owned(), ..in_time[0].clone() };
    assert_eq!(index.append_verdict(&again, Seen::None).await.unwrap(), in_time[0], "as it is stored");
    let changed = Verdict { reason: "no".to_owned(), ..in_time[0].clone() };
    let refused = index.append_verdict(&changed, Seen::Whatever).await;
    assert!(matches!(refused, Err(IndexError::Taken { .. })), "{refused:?}");
    assert_eq!(index.appended_verdict(&again).await.unwrap().as_ref(), Some(&in_time[0]));
    assert!(matches!(index.appended_verdict(&changed).await, Err(IndexError::Taken { .. })));
    let never = verdict("never", "2026-11-21T10:00:00Z");
    assert_eq!(index.appended_verdict(&never).await.unwrap(), None);

    let page = index.list_verdicts(screening, 2, None).await.unwrap();
    assert_eq!(page.items, in_time[..2]);
    let rest = index.list_verdicts(screening, 2, page.next.as_deref()).await.unwrap();
    assert_eq!((rest.items.as_slice(), rest.next), (&in_time[2..], None));
    // What a reviewer has to have seen.
    let late = verdict("late", "2026-11-21T11:00:00Z");
    for seen in [Seen::None, Seen::Verdict(in_time[0].id)] {
        let refused = index.append_verdict(&late, seen).await;
        assert!(matches!(refused, Err(IndexError::Superseded { latest: Some(_) })), "{refused:?}");
    }
    assert_eq!(index.list_verdicts(screening, 9, None).await.unwrap().items, in_time);
    index.append_verdict(&late, Seen::Verdict(in_time[2].id)).await.unwrap();
    // The clock was put back; the last in time is still the one that was made last.
    let corrected = verdict("corrected", "2026-11-21T09:00:00Z");
    let stored = index.append_verdict(&corrected, Seen::Verdict(late.id)).await.unwrap();
    assert_eq!(
        stored,
        Verdict { create_time: "2026-11-21T11:00:00.000001Z".to_owned(), ..corrected.clone() }
    );
    assert_eq!(index.append_verdict(&corrected, Seen::Whatever).await.unwrap(), stored, "repeated");
    let listed = index.list_verdicts(screening, 9, None).await.unwrap().items;
    assert_eq!((listed.len(), listed.last()), (5, Some(&stored)));
    let elsewhere = Verdict { finding: "UZ-D02".to_owned(), ..verdict("e", "2026-11-21T12:00:00Z") };
    index.append_verdict(&elsewhere, Seen::None).await.unwrap();

    let other = ScreeningId::of_content(&["none"]);
    assert!(index.list_verdicts(other, 2, None).await.unwrap().items.is_empty());
}

pub async fn of_many_who_decide_at_once_one_is_first(open: &Open) {
    let index = open().await;
    let screening = ScreeningId::of_content(&["rivals"]);
    let verdicts = (0..6).map(|number: u32| Verdict {
        id: VerdictId::of_content(&["rival", &number.to_string()]),
        screening,
        finding: "risk:1".to_owned(),
        disposition: Disposition::Accepted,
        replacement: String::new(),
        reason: String::new(),
        reviewer: format!("reviewer-{number}"),
        create_time: "2026-11-21T10:00:00Z".to_owned(),
    });
    let calls: Vec<_> = verdicts
        .map(|verdict| {
            let index = std::sync::Arc::clone(&index);
            tokio::spawn(async move { index.append_verdict(&verdict, Seen::None).await.is_ok() })
        })
        .collect();
    let mut first = 0;
    for call in calls {
        first += usize::from(call.await.unwrap());
    }
    assert_eq!(first, 1);
    assert_eq!(index.list_verdicts(screening, 9, None).await.unwrap().items.len(), 1);
}

pub async fn wrong_input_is_refused_and_changes_nothing(open: &Open) {
    let index = emptied(open).await;
    let before = index.archive_state().await.unwrap();
    let plain = case("a", Facets::default());
    let mut short = document("a", &[("x", None)]);
    short.passages[0].dense = Some(vec![1.0; 3]);
    let mut endless = document("a", &[("x", None)]);
    endless.passages[0].dense = Some(vec![f32::NAN, 1.0, 0.0, 0.0]);
    let mut twice = document("a", &[("x", None), ("y", None)]);
    twice.passages[1].ordinal = 1;
    for bad in [short, endless, twice] {
        let refused = index.import_case(&plain, &[bad]).await;
        assert!(matches!(refused, Err(IndexError::Invalid { .. })), "{refused:?}");
    }
    let undated = case("a", Facets { decision_date: "May 2020".into(), ..Facets::default() });
    assert!(matches!(index.import_case(&undated, &[]).await, Err(IndexError::Invalid { .. })));
    assert_eq!(index.archive_state().await.unwrap(), before);

    let all = CaseFilter::default();
    let crooked = SparseVector { indices: vec![2, 1], values: vec![1.0, 1.0] };
    for bad in [QueryVector::Dense(vec![1.0]), QueryVector::Sparse(crooked)] {
        assert!(matches!(index.nearest(&[bad], &all, 3).await, Err(IndexError::Invalid { .. })));
    }
    assert!(matches!(index.nearest(&[words("x")], &all, 0).await, Err(IndexError::Invalid { .. })));
    let undated = CaseFilter { as_of: Some("yesterday".into()), ..all };
    assert!(matches!(index.list_cases(&undated, 3, None).await, Err(IndexError::Invalid { .. })));
    let page = index.list_screenings(&ScreeningFilter::default(), 3, Some("not an id")).await;
    assert!(matches!(page, Err(IndexError::Invalid { .. })));
    assert_eq!(index.nearest(&[words("")], &CaseFilter::default(), 3).await.unwrap(), [vec![]]);
}
