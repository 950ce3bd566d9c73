//! Lists whose items are large, and tokens that nobody got.

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::CaseId;
use eia_screen::index::store::CaseFilter;
use eia_screen::rpc::{page_token, v1};
use v1::precedent_service_client::PrecedentServiceClient;

use crate::service::{import, settings, start, start_ready};

/// A case as large as a call may make it.
fn large_case(number: usize) -> Case {
    Case {
        id: CaseId::parse(&format!("c{number:03}")).unwrap(),
        title: "Quarry".to_owned(),
        facets: Facets::default(),
        decision: String::new(),
        conditions: vec!["x".repeat(10_000); 25],
        documents: Vec::new(),
        positions: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_largest_cases_is_shorter_and_none_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let index = eia_screen::assembly::archive(&settings(folder.path()), None).await.unwrap();
    // More than one message of the service may have.
    let cases: Vec<_> = (0..140).map(|number| (large_case(number), Vec::new())).collect();
    let names: Vec<String> = cases.iter().map(|(case, _)| format!("cases/{}", case.id)).collect();
    index.import_cases(cases).await.unwrap();
    drop(index);
    let service = start_ready(settings(folder.path())).await;
    let client = PrecedentServiceClient::new(service.channel.clone());
    let mut client = client.max_decoding_message_size(64 << 20);
    let (mut listed, mut token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListCasesRequest { page_size: 500, page_token: token, ..Default::default() };
        let page = client.list_cases(request).await.unwrap().into_inner();
        assert!(!page.cases.is_empty());
        listed.extend(page.cases.into_iter().map(|case| case.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, names);
    drop(client);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_leads_to_an_empty_page() {
    let service = start().await;
    for number in 0..12 {
        import(&service, &format!("cases/{number}"), "Quarry", &format!("Dust of quarry {number}.")).await;
    }
    let filter = serde_json::to_string(&CaseFilter::default()).unwrap();
    let forged = page_token::encode(&format!("precedents dust {filter}"), &usize::MAX.to_string());
    let request =
        v1::SearchPrecedentsRequest { query: "dust".to_owned(), page_token: forged, ..Default::default() };
    let mut client = PrecedentServiceClient::new(service.channel.clone());
    let found = client.search_precedents(request).await.unwrap().into_inner();
    assert!(found.precedents.is_empty() && found.next_page_token.is_empty(), "{found:?}");
    drop(client);
    service.stop().await;
}
