//! What was shown to the program is nowhere in what it says.

use std::time::Duration;

use eia_screen::access::Role;
use eia_screen::rpc::v1;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use v1::rule_service_client::RuleServiceClient;

use super::transport::Authority;
use super::{ready, shown, tokens_for};

/// Asks the operator's port; returns status line and body.
fn ask_admin(address: &str, path: &str) -> (String, String) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Waits until the program has said where it listens.
async fn address_after(start: &str, said: impl Fn() -> String) -> String {
    for _ in 0..1_500 {
        if let Some((_, rest)) = said().split_once(start)
            && let Some((address, _)) = rest.split_once('\n')
        {
            return address.trim().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the program did not say {start}: {}", said())
}

/// The real program at its most talkative; everything it says is searched for what it was shown.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_never_enter_logs_or_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let made = tokens_for(path, &[("expert", &[Role::Reviewer], &["north"])]);
    let authority = Authority::new();
    let (cert, key) = authority.write(path, "server");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = format!(
        "model = \"none\"\n[server]\nlisten = \"127.0.0.1:0\"\n[server.tls]\ncert = {cert:?}\nkey = {key:?}\n\
         [access]\nmodes = [\"tokens\"]\ntokens_file = {:?}\n[audit]\nfile = {:?}\n\
         [admin]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n",
        path.join("tokens"),
        path.join("audit.jsonl"),
    );
    std::fs::write(path.join("config.toml"), config).unwrap();
    let log = std::fs::File::create(path.join("log")).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_eia-screen"))
        .args(["--config", "config.toml", "serve"])
        .current_dir(path)
        .env("EIA_SCREEN_LOG", "trace")
        .stderr(log)
        .spawn()
        .unwrap();
    let said = || String::from_utf8_lossy(&std::fs::read(path.join("log")).unwrap()).into_owned();
    let address = address_after("listening on ", &said).await;
    let admin = address_after("admin port on http://", &said).await;
    let port = address.rsplit(':').next().unwrap();
    let tls =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem)).domain_name("localhost");
    let channel = Channel::from_shared(format!("https://localhost:{port}")).unwrap().tls_config(tls).unwrap();
    let channel = channel.connect().await.unwrap();
    ready(&channel, &made[0]).await;
    let mut rules = RuleServiceClient::new(channel.clone());
    let wrong = format!("eia_{}", "5ec2e7".repeat(11));
    let signed = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0LXNpZ25hdHVyZQ";
    for token in [made[0].as_str(), &wrong, signed] {
        let _ = rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), token)).await;
    }
    // A file that cannot be used any more is complained about, without what stands in it.
    let broken = format!("expert reviewer north {}\n", made[0]);
    std::fs::write(path.join("tokens"), broken).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let _ = rules.list_requirement_sets(shown(v1::ListRequirementSetsRequest::default(), &wrong)).await;
    assert!(ask_admin(&admin, "/readyz").0.contains("200"));
    assert!(ask_admin(&admin, "/healthz").0.contains("200"));
    let (figures, configuration) = (ask_admin(&admin, "/metrics").1, ask_admin(&admin, "/configz").1);
    for figure in [
        "rpc_server_call_duration_seconds_count{rpc_method=\"eia.screening.v1.RuleService/ListRequirementSets\",\
         rpc_response_status_code=\"UNAUTHENTICATED\"} 3",
        "eia_access_refused_total{reason=\"unrecognised\"} 3",
        "eia_ready 1",
        "eia_audit_writable 1",
        "eia_tls_certificate_expiry_timestamp_seconds ",
    ] {
        assert!(figures.contains(figure), "{figure} is missing in:\n{figures}");
    }
    assert!(configuration.contains("tokens_file"), "{configuration}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&program), rustix::process::Signal::TERM)
        .unwrap();
    assert!(program.wait().unwrap().success());
    let text =
        said() + &figures + &configuration + &std::fs::read_to_string(path.join("audit.jsonl")).unwrap();
    assert!(
        text.contains("TRACE") && text.contains("was not recognised") && text.contains("line 1: "),
        "{text}"
    );
    let key = std::fs::read_to_string(key).unwrap();
    let key_line = key.lines().nth(1).unwrap();
    for secret in [&made[0][4..], &wrong[4..], "c2VjcmV0LXNpZ25hdHVyZQ", key_line] {
        let place = text.find(secret);
        let around = place.map(|at| text[at.saturating_sub(300)..at].to_owned());
        assert!(place.is_none(), "a secret is in the log after: {around:?}");
    }
}
