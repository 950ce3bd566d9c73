//! One suite for every implementation of the case index.
//!
//! Run against the embedded engine and, over real gRPC on the loopback interface, against the server
//! adapter; against a real Qdrant as well if `QDRANT_URL` names one or the nodes of a cluster (and
//! `QDRANT_API_KEY` its key, `QDRANT_REPLICAS` how many copies there are to be).

mod archive;
mod deletion;
pub mod fixture;
mod search;
mod tenants;
pub mod work;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use eia_screen::index::{CaseIndex, Layout, ServerConfig};

use crate::qdrant_protocol::{Behaviour, TestServer};

/// Opens the index under test; opening it again finds what was stored.
pub type Open = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn CaseIndex>> + Send>> + Send + Sync>;

/// Every behaviour that an implementation owes its callers.
async fn owes_its_callers(open: Open) {
    // First, because its scores are worked out by hand: a server counts deleted passages among all
    // passages, and so in the inverse document frequency, until it has optimised its segments.
    search::nearest_ranks_by_cosine_and_by_bm25(&open).await;
    archive::import_is_created_unchanged_or_replaced(&open).await;
    archive::cases_are_listed_by_id_in_pages(&open).await;
    archive::pages_of_large_objects_are_shorter(&open).await;
    archive::lists_filter_inside_the_engine(&open).await;
    archive::deleted_case_leaves_nothing(&open).await;
    archive::state_depends_on_content_alone(&open).await;
    archive::screening_keeps_its_first_time(&open).await;
    archive::verdicts_are_appended_and_never_changed(&open).await;
    archive::of_many_who_decide_at_once_one_is_first(&open).await;
    work::a_record_changes_only_for_who_has_seen_it(&open).await;
    work::of_many_who_want_a_record_one_gets_it(&open).await;
    work::screenings_are_listed_and_counted_by_state(&open).await;
    work::files_come_back_as_they_were(&open).await;
    work::texts_are_read_by_range_and_page(&open).await;
    deletion::deleted_screening_leaves_nothing_but_its_verdicts(&open).await;
    deletion::only_what_has_ended_and_is_as_seen_is_deleted(&open).await;
    deletion::deletions_stay_within_their_tenant(&open).await;
    work::request_ids_stand_for_their_first_request(&open).await;
    archive::wrong_input_is_refused_and_changes_nothing(&open).await;
    search::rare_terms_count_more(&open).await;
    search::equal_scores_are_ordered_by_id_whatever_the_limit(&open).await;
    search::filters_apply_before_candidates_are_chosen(&open).await;
    search::replaced_passages_are_never_found(&open).await;
    search::searches_during_imports_see_whole_cases(&open).await;
    search::many_queries_are_answered_in_order(&open).await;
    tenants::tenants_do_not_see_each_other(&open).await;
    tenants::screenings_and_verdicts_have_owners(&open).await;
    tenants::files_texts_and_requests_have_owners(&open).await;
    tenants::passages_whose_tags_fail_are_not_shown(&open).await;
    tenants::sessions_stay_ended_until_they_would_be_over(&open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_index_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    owes_its_callers(fixture::embedded(folder.path().join("index"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_index_keeps_the_contract() {
    let server = TestServer::start(Behaviour::default()).await;
    owes_its_callers(fixture::served(ServerConfig::new(server.url()))).await;
}

/// Runs against a real Qdrant where the environment names one, in collections of its own.
#[tokio::test(flavor = "multi_thread")]
async fn real_server_keeps_the_contract_where_one_is_named() {
    let Ok(url) = std::env::var("QDRANT_URL") else {
        eprintln!("QDRANT_URL is not set: no real server was tried");
        return;
    };
    let mut config = ServerConfig::new(url);
    config.api_key = std::env::var("QDRANT_API_KEY").ok().map(Into::into);
    if let Ok(replicas) = std::env::var("QDRANT_REPLICAS") {
        config.layout = Layout::of_replicas(replicas.parse().unwrap());
    }
    config.collection_prefix = format!("eia_conformance_{}", uuid::Uuid::new_v4().simple());
    let prefix = config.collection_prefix.clone();
    let client = fixture::client(&config);
    let suite = tokio::spawn(async move { owes_its_callers(fixture::served(config)).await });
    let outcome = suite.await;
    for collection in ["records", "passages"] {
        client.delete_collection(format!("{prefix}_{collection}")).await.unwrap();
    }
    outcome.unwrap();
}

/// The same cases, asked the same, are ranked alike with the same scores by both engines.
#[tokio::test(flavor = "multi_thread")]
async fn both_engines_rank_alike() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start(Behaviour::default()).await;
    let embedded = search::ranking(&fixture::embedded(folder.path().join("index"))).await;
    let served = search::ranking(&fixture::served(ServerConfig::new(server.url()))).await;
    assert_eq!(embedded, served);
}
