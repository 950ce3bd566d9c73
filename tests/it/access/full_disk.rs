//! What a full disk under the audit log does: calls are refused, everything else goes on, and the server stops.

use std::path::Path;
use std::time::{Duration, Instant};

use eia_screen::access::Role;
use eia_screen::access::audit::{self, AuditLog, Entry};
use eia_screen::access::settings::{AuditSettings, AuditSync};
use eia_screen::rpc::v1;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
use v1::precedent_service_client::PrecedentServiceClient;
use v1::rule_service_client::RuleServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use super::{case_parts, ready, reason, sections, serve, shown, tokens_for, with_tokens};

/// Writes a log that is nearly full, and lets a folder have the name that it gets when it is: from then on nothing
/// can be written, as on a full disk.
fn nearly_full(settings: &mut AuditSettings) {
    (settings.rotate_mib, settings.sync) = (1, AuditSync::Never);
    let log = AuditLog::open(settings).unwrap();
    // Room for the calls that ask whether the server is ready.
    while std::fs::metadata(&settings.file).unwrap().len() < (1 << 20) - (256 << 10) {
        log.record(Entry { what: "x".repeat(3_000), ..Entry::default() });
        assert!(log.flush(Duration::from_secs(60)));
    }
    drop(log);
    std::fs::create_dir(settings.file.with_file_name("audit.000000000000.jsonl")).unwrap();
}

async fn list(channel: &Channel, token: &str) -> Result<(), tonic::Status> {
    let mut rules = RuleServiceClient::new(channel.clone());
    rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), token)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_audit_log_refuses_calls_and_stops_nothing_else() {
    let mut tokens = Vec::new();
    let server = serve(|settings, folder| {
        with_tokens(settings, folder);
        tokens = tokens_for(folder, &[("expert", &[Role::Reviewer], &["north"])]);
        // Many callers at many addresses are one here.
        (settings.access.unrecognised_per_min, settings.callers.calls_per_s) = (0, 0);
        nearly_full(&mut settings.audit);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &tokens[0]).await;
    let mut status = None;
    for _ in 0..5_000 {
        status = list(&channel, &tokens[0]).await.err();
        if status.is_some() {
            break;
        }
    }
    let status = status.expect("the log fills up");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "AUDIT_UNAVAILABLE"));

    // Whoever knocks goes on knocking: more often than entries may wait.
    let knocking = (0..6).map(|_| {
        let channel = channel.clone();
        tokio::spawn(async move {
            for _ in 0..800 {
                assert_eq!(list(&channel, "no token").await.unwrap_err().code(), Code::Unauthenticated);
            }
        })
    });
    for knocking in knocking.collect::<Vec<_>>() {
        tokio::time::timeout(Duration::from_secs(60), knocking).await.expect("refusals do not wait").unwrap();
    }
    // Health answers, and says so for everything that would have to be recorded.
    let mut health = HealthClient::new(channel.clone());
    for name in ["", "eia.screening.v1.ScreeningService", "eia.screening.v1.RuleService"] {
        let begun = Instant::now();
        loop {
            let request = HealthCheckRequest { service: name.to_owned() };
            let asked = tokio::time::timeout(Duration::from_secs(10), health.check(request));
            let answer = asked.await.expect("health answers").unwrap().into_inner();
            if answer.status() == ServingStatus::NotServing {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{name:?} is SERVING");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(reason(&list(&channel, &tokens[0]).await.unwrap_err()), "AUDIT_UNAVAILABLE");
    drop((channel, health));

    let begun = Instant::now();
    server.stop.cancel();
    tokio::time::timeout(Duration::from_secs(60), server.running).await.expect("it stops").unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

/// Calls until the next line is the first one that finds no room.
async fn fill(channel: &Channel, token: &str, file: &Path) {
    let length = || std::fs::metadata(file).unwrap().len();
    // Lines of calls that have ended may be on their way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    while length() < 1 << 20 {
        let before = length();
        list(channel, token).await.unwrap();
        while length() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_meets_the_full_disk_is_refused_and_made_when_there_is_room_again() {
    let mut tokens = Vec::new();
    let server = serve(|settings, folder| {
        with_tokens(settings, folder);
        let wanted: [(&str, &[Role], &[&str]); 2] =
            [("expert", &[Role::Reviewer], &["north"]), ("curator", &[Role::Curator], &["north"])];
        tokens = tokens_for(folder, &wanted);
        settings.callers.calls_per_s = 0;
        nearly_full(&mut settings.audit);
    })
    .await;
    let channel = server.plain().await;
    ready(&channel, &tokens[0]).await;
    let file = server.folder.path().join("audit.jsonl");
    fill(&channel, &tokens[0], &file).await;
    let import = async || {
        let mut precedents = PrecedentServiceClient::new(channel.clone());
        let parts = case_parts("cases/quarry", "Quarry", "Gravel is taken from the river terrace.");
        precedents.import_case(shown(tokio_stream::iter(parts), &tokens[1])).await.map(drop)
    };
    let screen = async || {
        let mut screenings = ScreeningServiceClient::new(channel.clone());
        screenings.screen_sections(shown(sections(), &tokens[0])).await.map(drop)
    };
    // Let in, they learn it when they are about to store something.
    let both = async { tokio::join!(import(), screen()) };
    let (imported, screened) =
        tokio::time::timeout(Duration::from_secs(60), both).await.expect("nobody waits for the disk");
    for refused in [imported, screened] {
        let status = refused.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "AUDIT_UNAVAILABLE"));
    }

    std::fs::remove_dir(file.with_file_name("audit.000000000000.jsonl")).unwrap();
    let begun = Instant::now();
    while let Err(status) = import().await {
        assert_eq!(reason(&status), "AUDIT_UNAVAILABLE");
        assert!(begun.elapsed() < Duration::from_secs(60), "there is room");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    screen().await.unwrap();
    drop(channel);
    let folder = server.end().await;
    let files = ["audit.000000000000.jsonl", "audit.jsonl"].map(|name| folder.path().join(name));
    assert_eq!(audit::verify(&files).unwrap().problems, Vec::<String>::new());
    let log: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let lines = |method: &str, part: &str| {
        log.lines().filter(|line| line.contains(method) && line.contains(part)).count()
    };
    for method in ["ImportCase", "ScreenSections"] {
        assert_eq!(lines(method, "\"kind\":\"begun\""), 1, "what was refused had not begun: {method}");
    }
    assert!(lines("", "\"ABORTED\"") > 0, "and the log says what was refused");
}
