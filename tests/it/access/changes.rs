//! What is changed stands in the audit log, by name, before it is changed: an end of the process in between hides nothing.

use eia_screen::access::settings::AuditSync;
use eia_screen::access::{Role, audit};
use eia_screen::rpc::v1;
use v1::precedent_service_client::PrecedentServiceClient;

use super::{case_parts, ready, serve, shown, tokens_for, with_tokens};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_in_the_audit_log_by_then_and_searches_are_not_begun() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("curator", &[Role::Curator], &["north"])]);
        with_tokens(settings, folder);
        settings.audit.sync = AuditSync::Entry;
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    let path = server.folder.path().join("audit.jsonl");
    let begun = |method: &str| {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter(|line| line.contains("\"kind\":\"begun\"") && line.contains(method));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let parts = case_parts("cases/quarry", "Quarry", "Gravel is taken from the river terrace.");
    precedents.import_case(shown(tokio_stream::iter(parts), &made[0])).await.unwrap();
    let search = v1::SearchPrecedentsRequest { query: "gravel".to_owned(), ..Default::default() };
    precedents.search_precedents(shown(search, &made[0])).await.unwrap();
    let delete = v1::DeleteCaseRequest { name: "cases/quarry".to_owned() };
    precedents.delete_case(shown(delete, &made[0])).await.unwrap();
    // Read at once: the server may be killed now.
    for method in ["ImportCase", "DeleteCase"] {
        let [line]: [String; 1] = begun(method).try_into().unwrap();
        assert!(line.contains("\"cases/quarry\"") && line.contains("\"who\":\"curator\""), "{line}");
    }
    assert!(begun("SearchPrecedents").is_empty());
    drop((precedents, channel));
    let folder = server.end().await;
    let path = folder.path().join("audit.jsonl");
    assert_eq!(audit::verify(std::slice::from_ref(&path)).unwrap().problems, Vec::<String>::new());
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.matches("DeleteCase").count(), 2, "one line when it begins and one when it has ended");
}
