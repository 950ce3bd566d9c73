//! One caller that takes too much is refused, and the others are not.

use std::time::{Duration, Instant};

use eia_screen::access::Role;
use eia_screen::rpc::v1;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::rule_service_client::RuleServiceClient;

use crate::access::{ready, serve, shown, tokens_for, with_tokens};
use crate::service::reason;

const BOTH: [Role; 2] = [Role::Reviewer, Role::Curator];

/// Waits until calls are served, by health checks, which nobody counts.
async fn serving(channel: &Channel) {
    let mut health = HealthClient::new(channel.clone());
    for _ in 0..2_400 {
        let answer = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
        if answer.status() == ServingStatus::Serving {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not become ready");
}

fn is_refused(status: &Status, expected: &str) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::ResourceExhausted, expected), "{status:?}");
    assert!(status.get_details_retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO);
    assert_eq!(status.get_details_quota_failure().unwrap().violations.len(), 1);
    assert!(status.get_details_error_info().unwrap().metadata.contains_key("limit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_loops_is_slowed_down_and_the_others_are_not() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("loops", &BOTH, &["north"]), ("calm", &BOTH, &["north"])]);
        with_tokens(settings, folder);
        settings.callers.calls_per_s = 2;
        settings.callers.burst = 20;
    })
    .await;
    let channel = server.plain().await;
    serving(&channel).await;
    let mut rules = RuleServiceClient::new(channel.clone());
    let begun = Instant::now();
    let (mut served, mut refused) = (0, Vec::new());
    while refused.len() < 15 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{served} are served, {} are not", refused.len());
        match rules.list_requirement_sets(shown(Default::default(), &made[0])).await {
            Ok(_) => served += 1,
            Err(status) => refused.push(status),
        }
    }
    // The burst, and what the rate allows in the time that it took.
    let most = 20 + 2 * (begun.elapsed().as_secs() + 1);
    assert!((20..=most).contains(&served), "{served} of at most {most}");
    refused.iter().for_each(|status| is_refused(status, "TOO_MANY_CALLS"));
    rules.list_requirement_sets(shown(Default::default(), &made[1])).await.unwrap();
    let delay = refused[0].get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(delay <= Duration::from_millis(500), "{delay:?}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    rules.list_requirement_sets(shown(Default::default(), &made[0])).await.unwrap();
    drop((rules, channel));
    let folder = server.end().await;
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(log.matches("\"RESOURCE_EXHAUSTED\"").count(), 1, "one of them stands for all of a minute");
}

/// What a caller may not do counts as well: its refusals stand in the audit log, and they must not fill it.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_on_asking_for_what_it_may_not_do_is_not_recorded_for_ever() {
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("curious", &[Role::Submitter], &["north"])]);
        with_tokens(settings, folder);
        settings.callers.calls_per_s = 1;
        settings.callers.burst = 5;
    })
    .await;
    let channel = server.plain().await;
    serving(&channel).await;
    let mut precedents = PrecedentServiceClient::new(channel.clone());
    let mut reasons = Vec::new();
    for _ in 0..40 {
        let delete = v1::DeleteCaseRequest { name: "cases/x".to_owned() };
        reasons.push(reason(&precedents.delete_case(shown(delete, &made[0])).await.unwrap_err()));
    }
    let count = |wanted: &str| reasons.iter().filter(|reason| *reason == wanted).count();
    assert_eq!(reasons[..5], ["ROLE_MISSING"; 5]);
    assert!(count("TOO_MANY_CALLS") >= 20, "{reasons:?}");
    assert_eq!(count("ROLE_MISSING") + count("TOO_MANY_CALLS"), reasons.len());
    drop((precedents, channel));
    let folder = server.end().await;
    let log = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(log.matches("\"PERMISSION_DENIED\"").count(), count("ROLE_MISSING"));
    let refused = |line: &&str| line.contains("\"PERMISSION_DENIED\"");
    assert!(log.lines().filter(refused).all(|line| line.contains("\"north\"")), "the tenant is named: {log}");
    assert_eq!(log.matches("\"RESOURCE_EXHAUSTED\"").count(), 1, "one of them stands for all of a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_has_so_many_documents_at_once() {
    use v1::import_case_request::Part;
    let mut made = Vec::new();
    let server = serve(|settings, folder| {
        made = tokens_for(folder, &[("greedy", &BOTH, &["north"]), ("modest", &BOTH, &["north"])]);
        with_tokens(settings, folder);
        settings.callers.documents = 2;
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &made[0]).await;
    // Imports whose files never end.
    let import = |token: &str| {
        let case = v1::Case { name: "cases/x".to_owned(), title: "X".to_owned(), ..Default::default() };
        let first = v1::ImportCaseRequest { part: Some(Part::Case(case)), ..Default::default() };
        let (sender, messages) = tokio::sync::mpsc::channel(1);
        sender.try_send(first).unwrap();
        let request = shown(tokio_stream::wrappers::ReceiverStream::new(messages), token);
        let mut client = PrecedentServiceClient::new(channel.clone());
        (sender, tokio::spawn(async move { client.import_case(request).await.map(|_| ()) }))
    };
    // Of three at once one is refused, whichever comes last.
    let mut held = vec![import(&made[0]), import(&made[0]), import(&made[0])];
    let begun = Instant::now();
    let last = loop {
        if let Some(at) = held.iter().position(|(_, call)| call.is_finished()) {
            break at;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "three are let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (_open, third) = held.swap_remove(last);
    is_refused(&third.await.unwrap().unwrap_err(), "TOO_MANY_DOCUMENTS");
    let (_other_open, other) = import(&made[1]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!other.is_finished(), "another caller is let in");
    // Look-ups are no documents.
    let mut rules = RuleServiceClient::new(channel.clone());
    rules.list_requirement_sets(shown(Default::default(), &made[0])).await.unwrap();
    // What has ended does not count.
    for (sender, call) in held {
        drop(sender);
        let status = call.await.unwrap().unwrap_err();
        assert_eq!(reason(&status), "NO_FILE");
    }
    let (open, again) = import(&made[0]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!again.is_finished());
    drop((open, _other_open));
    for call in [again, other] {
        assert_eq!(reason(&call.await.unwrap().unwrap_err()), "NO_FILE", "it was let in");
    }
    drop((rules, channel));
    server.end().await;
}
