//! What is found, in which order, and what must never be found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use eia_screen::domain::case::Facets;
use eia_screen::index::IndexError;
use eia_screen::index::store::{CaseFilter, PassageHit};

use super::Open;
use super::fixture::{case, case_id, dense, document, emptied, words};

fn places(hits: &[PassageHit]) -> Vec<(&str, u32)> {
    hits.iter().map(|hit| (hit.case.as_str(), hit.ordinal)).collect()
}

pub async fn nearest_ranks_by_cosine_and_by_bm25(open: &Open) {
    let index = emptied(open).await;
    let first = document(
        "a",
        &[
            ("ground water level", Some([1.0, 0.0, 0.0, 0.0])),
            ("water water water", Some([0.6, 0.8, 0.0, 0.0])),
            ("noise of traffic", None),
        ],
    );
    let second = document("b", &[("сув сатҳи", Some([0.0, 1.0, 0.0, 0.0]))]);
    index.import_case(&case("a", Facets::default()), &[first]).await.unwrap();
    index.import_case(&case("b", Facets::default()), &[second]).await.unwrap();

    let queries = [dense([0.0, 2.0, 0.0, 0.0]), words("water"), words("сатҳи")];
    let found = index.nearest(&queries, &CaseFilter::default(), 10).await.unwrap();
    assert_eq!(places(&found[0]), [("b", 1), ("a", 2), ("a", 1)]);
    let cosines: Vec<f32> = found[0].iter().map(|hit| hit.score).collect();
    for (cosine, expected) in cosines.iter().zip([1.0, 0.8, 0.0]) {
        assert!((cosine - expected).abs() < 1e-4, "{cosines:?}");
    }
    assert_eq!(places(&found[1]), [("a", 2), ("a", 1)]);
    assert_eq!(places(&found[2]), [("b", 1)]);

    // IDF of a term in 2 of 4 passages, times BM25 of three occurrences in three terms.
    let (passages, with_term) = (4.0_f64, 2.0_f64);
    let idf = (1.0 + (passages - with_term + 0.5) / (with_term + 0.5)).ln();
    let weight = 3.0 * 2.2 / (3.0 + 1.2 * (0.25 + 0.75 * 3.0 / 180.0));
    assert!((f64::from(found[1][0].score) - idf * weight).abs() < 1e-3, "{:?}", found[1][0]);

    let hit = &found[1][0];
    assert_eq!((hit.text.as_str(), hit.page), ("water water water", Some(2)));
    assert_eq!(hit.heading_path, "Chapter > 2");
}

pub async fn rare_terms_count_more(open: &Open) {
    let index = emptied(open).await;
    let common: Vec<(&str, _)> = (0..20).map(|_| ("impact assessment", None)).collect();
    index.import_case(&case("common", Facets::default()), &[document("a", &common)]).await.unwrap();
    let rare = document("b", &[("impact saxaul", None)]);
    index.import_case(&case("rare", Facets::default()), &[rare]).await.unwrap();
    let found = index.nearest(&[words("impact saxaul")], &CaseFilter::default(), 3).await.unwrap();
    assert_eq!(found[0][0].case.as_str(), "rare");
    assert!(found[0][0].score > 2.0 * found[0][1].score, "{:?}", found[0]);
}

pub async fn equal_scores_are_ordered_by_id_whatever_the_limit(open: &Open) {
    let index = emptied(open).await;
    for id in ["t1", "t2", "t3"] {
        let passages: Vec<_> =
            (0..15).map(|_| ("the same boilerplate", Some([0.0, 0.0, 1.0, 0.0]))).collect();
        index.import_case(&case(id, Facets::default()), &[document(id, &passages)]).await.unwrap();
    }
    let queries = [dense([0.0, 0.0, 1.0, 0.0]), words("boilerplate")];
    let all = index.nearest(&queries, &CaseFilter::default(), 45).await.unwrap();
    for (query, hits) in all.iter().enumerate() {
        assert_eq!(hits.len(), 45);
        assert!(hits.windows(2).all(|pair| pair[0].id < pair[1].id));
        for limit in [1, 7, 30] {
            let fewer = index.nearest(&queries, &CaseFilter::default(), limit).await.unwrap();
            assert_eq!(fewer[query], hits[..limit]);
        }
    }
}

pub async fn filters_apply_before_candidates_are_chosen(open: &Open) {
    let index = emptied(open).await;
    let near: Vec<_> = (0..60).map(|_| ("dam", Some([1.0, 0.0, 0.0, 0.0]))).collect();
    let near = document("near", &near);
    let facets = Facets { project: "dam".into(), year: 2025, ..Facets::default() };
    index.import_case(&case("near", facets), &[near]).await.unwrap();
    let far = document("far", &[("dam canal", Some([0.1, 1.0, 0.0, 0.0]))]);
    let facets = Facets { year: 2010, ..Facets::default() };
    index.import_case(&case("far", facets), &[far]).await.unwrap();
    let all = CaseFilter::default;
    for filter in [
        CaseFilter { exclude_cases: vec![case_id("near")], ..all() },
        CaseFilter { exclude_projects: vec!["dam".into()], ..all() },
        CaseFilter { year_to: Some(2020), ..all() },
    ] {
        let queries = [dense([1.0, 0.0, 0.0, 0.0]), words("dam")];
        let found = index.nearest(&queries, &filter, 2).await.unwrap();
        assert_eq!(places(&found[0]), [("far", 1)], "{filter:?}");
        assert_eq!(places(&found[1]), [("far", 1)], "{filter:?}");
    }
}

pub async fn replaced_passages_are_never_found(open: &Open) {
    let index = emptied(open).await;
    let old = document("old", &[("reservoir", Some([1.0, 0.0, 0.0, 0.0])), ("reservoir", None)]);
    let new = document("new", &[("quarry", Some([0.0, 1.0, 0.0, 0.0]))]);
    index.import_case(&case("r", Facets::default()), std::slice::from_ref(&old)).await.unwrap();
    index.import_case(&case("r", Facets::default()), &[new]).await.unwrap();
    let queries = [words("reservoir"), words("quarry"), dense([1.0, 0.1, 0.0, 0.0])];
    let found = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    assert_eq!(found[0], []);
    assert_eq!(places(&found[1]), [("r", 1)]);
    assert_eq!(places(&found[2]), [("r", 1)]);
    // And back again: the first content is visible once more, once.
    index.import_case(&case("r", Facets::default()), &[old]).await.unwrap();
    let found = index.nearest(&queries, &CaseFilter::default(), 5).await.unwrap();
    assert_eq!(found[0].len(), 2);
    assert_eq!(found[1], []);
}

/// A case whose passages all say the same word changes between two versions of different sizes while
/// others search: every answer holds one version in full.
pub async fn searches_during_imports_see_whole_cases(open: &Open) {
    let index = emptied(open).await;
    let small: Vec<_> = (0..40).map(|_| ("flux", Some([1.0, 0.0, 0.0, 0.0]))).collect();
    let large: Vec<_> = (0..70).map(|_| ("flux", Some([1.0, 0.0, 0.0, 0.0]))).collect();
    let (small, large) = (document("small", &small), document("large", &large));
    let moving = case("moving", Facets::default());
    index.import_case(&moving, std::slice::from_ref(&small)).await.unwrap();
    let (done, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let searcher = {
        let (index, done, answers) = (Arc::clone(&index), Arc::clone(&done), Arc::clone(&answers));
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                let queries = [words("flux"), dense([1.0, 0.0, 0.0, 0.0])];
                let found = match index.nearest(&queries, &CaseFilter::default(), 200).await {
                    // No answer at all is whole, too.
                    Err(IndexError::Unavailable { what, .. }) if what.contains("imported faster") => continue,
                    found => found.unwrap(),
                };
                for hits in found {
                    let version = hits[0].document;
                    assert!(hits.iter().all(|hit| hit.document == version));
                    assert!(matches!(hits.len(), 40 | 70), "{} hits", hits.len());
                }
                answers.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    // However late a busy machine lets the searcher begin.
    let is_searched = || answers.load(Ordering::Relaxed) > 0 || searcher.is_finished();
    let mut round = 0;
    while round < 6 || !is_searched() {
        let version = if round % 2 == 0 { &large } else { &small };
        index.import_case(&moving, std::slice::from_ref(version)).await.unwrap();
        round += 1;
    }
    done.store(true, Ordering::Relaxed);
    searcher.await.unwrap();
}

pub async fn many_queries_are_answered_in_order(open: &Open) {
    let index = emptied(open).await;
    let texts: Vec<String> = (0..30).map(|number| format!("term{number}")).collect();
    let passages: Vec<(&str, _)> = texts.iter().map(|text| (text.as_str(), None)).collect();
    index.import_case(&case("m", Facets::default()), &[document("m", &passages)]).await.unwrap();
    let queries: Vec<_> = texts.iter().rev().map(|text| words(text)).collect();
    let found = index.nearest(&queries, &CaseFilter::default(), 3).await.unwrap();
    let ordinals: Vec<u32> = found.iter().map(|hits| hits[0].ordinal).collect();
    assert_eq!(ordinals, (1..=30).rev().collect::<Vec<_>>());
}

/// Ranks pseudo-random passages by both kinds of vector.
pub async fn ranking(open: &Open) -> Vec<Vec<PassageHit>> {
    let index = emptied(open).await;
    let mut state = 7_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for number in 0..4 {
        let texts: Vec<String> =
            (0..40).map(|_| (0..12).map(|_| format!("w{} ", next(25))).collect::<String>()).collect();
        let passages: Vec<_> = texts
            .iter()
            .map(|text| {
                let vector = [0; 4].map(|_: i32| next(2_000) as f32 / 1_000.0 - 1.0005);
                (text.as_str(), (next(5) > 0).then_some(vector))
            })
            .collect();
        let id = format!("case-{number}");
        index.import_case(&case(&id, Facets::default()), &[document(&id, &passages)]).await.unwrap();
    }
    let queries =
        [words("w1 w2 w3"), words("w24"), dense([0.3, -0.2, 0.9, 0.1]), dense([-1.0, 0.0, 0.1, 0.0])];
    index.nearest(&queries, &CaseFilter::default(), 25).await.unwrap()
}
