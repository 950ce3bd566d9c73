//! `access`, `audit`, `check-config` and `serve` as an operator meets them.

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

fn program(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::cargo_bin("eia-screen").unwrap();
    command.current_dir(folder).env_remove("EIA_SCREEN_CONFIG").args(["--model", "none"]);
    command
}

#[test]
fn a_token_is_shown_once_and_its_line_holds_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let make = [
        "access",
        "token",
        "case-system",
        "--role",
        "submitter",
        "--tenant",
        "north",
        "--until",
        "2030-01-31",
    ];
    let made = program(&folder).args(make).assert().success().get_output().clone();
    let (line, said) = (String::from_utf8(made.stdout).unwrap(), String::from_utf8(made.stderr).unwrap());
    let token = said.lines().find(|line| line.starts_with("eia_")).unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(line, format!("case-system submitter north sha256:{hash} 2030-01-31\n"));
    for (wrong, message) in [
        (["access", "token", "x", "--role", "root"], "data-scientist"),
        (["access", "token", "a b", "--role", "reviewer"], "a name has"),
    ] {
        program(&folder).args(wrong).assert().code(64).stdout("").stderr(contains(message));
    }
    program(&folder).args(["access", "roles"]).assert().success().stdout(contains("| record verdicts |"));
}

#[test]
fn serve_does_not_listen_beyond_loopback_without_protection() {
    let folder = tempfile::tempdir().unwrap();
    program(&folder)
        .args(["serve", "--listen", "0.0.0.0:0"])
        .assert()
        .code(64)
        .stderr(contains("TLS").and(contains("authentication")).and(contains("--insecure")));
    std::fs::write(folder.path().join("open-admin.toml"), "[admin]\nlisten = \"0.0.0.0:0\"\n").unwrap();
    // What `--insecure` allows is not this.
    let lines: [&[&str]; 3] = [
        &["serve", "--listen", "127.0.0.1:0"],
        &["serve", "--listen", "127.0.0.1:0", "--insecure"],
        &["check-config"],
    ];
    for line in lines {
        program(&folder)
            .args(["--config", "open-admin.toml"])
            .args(line)
            .assert()
            .code(64)
            .stderr(contains("the admin port").and(contains("admin.exposed")));
    }
}

#[test]
fn check_config_reads_the_files_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[server.tls]\ncert = \"no-cert.pem\"\nkey = \"no-key.pem\"\n\
                  [access]\nmodes = [\"tokens\"]\ntokens_file = \"tokens\"\n[audit]\nfile = \"nowhere/audit.jsonl\"\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    std::fs::write(folder.path().join("tokens"), "expert reviewer north plain-text-token\n").unwrap();
    program(&folder).args(["--config", "config.toml", "check-config"]).assert().code(64).stderr(
        contains("no-cert.pem")
            .and(contains("tokens: line 1"))
            .and(contains("no directory nowhere"))
            .and(contains("plain-text-token").not()),
    );
    let config = "[access]\nmodes = [\"mtls\", \"jwt\"]\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    program(&folder).args(["--config", "config.toml", "check-config"]).assert().code(64).stderr(
        contains("mtls needs server.tls").and(contains("access.jwt.issuer")).and(contains("jwks_file")),
    );
}

#[test]
fn check_config_tries_the_folders_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let check = |config: &str| {
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        program(&folder).args(["--config", "config.toml", "check-config"]).assert()
    };
    // What is not there yet can be made.
    check("").success().stderr(contains("warning").not());
    check("data_dir = \"a/b\"\n[backup]\ndir = \"c/d\"\n").success();
    for (config, key) in [
        ("data_dir = \"file\"\n", "data_dir: file "),
        ("data_dir = \"file/data\"\n", "data_dir: file/data "),
        ("[backup]\ndir = \"file/backups\"\n", "backup.dir: file/backups "),
    ] {
        check(config).code(64).stderr(contains(key).and(contains("can be neither made nor written")));
    }
    // The archive is on a server.
    check("data_dir = \"file/data\"\n[qdrant]\nurl = \"http://db:6334\"\n").success();
    let mut left: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["config.toml", "file"]);
}

#[test]
fn check_config_says_that_the_model_is_not_there_and_refuses_one_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let check = |model: &str| {
        let mut command = Command::cargo_bin("eia-screen").unwrap();
        command.current_dir(&folder).env_remove("EIA_SCREEN_CONFIG").args(["--model", model, "check-config"]);
        command.assert()
    };
    // It may be fetched later.
    let said =
        contains("warning: model: model all-minilm-l6-v2 is not complete").and(contains("models pull"));
    check("all-minilm-l6-v2").success().stderr(said);
    check("no-such-model").code(64).stderr(contains("model: there is no model named no-such-model"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_console_beyond_loopback_needs_tls_and_authentication_and_a_key_that_is_secret() {
    let folder = tempfile::tempdir().unwrap();
    for more in [
        "",
        "[access]\nmodes = [\"tokens\"]\ntokens_file = \"tokens\"\n",
        "[server.tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n",
    ] {
        let config = format!("[console]\nlisten = \"0.0.0.0:0\"\n{more}");
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let refused = program(&folder).args(["--config", "config.toml", "serve"]).assert().code(64);
        let said =
            contains("the console at 0.0.0.0:0").and(contains("--insecure")).and(contains("listening").not());
        refused.stderr(said);
    }
    let config = "[console]\nsession_key_file = \"key\"\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let check = || program(&folder).args(["--config", "config.toml", "check-config"]).assert();
    check().code(64).stderr(contains("console.session_key_file: there is no file key"));
    std::fs::write(folder.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |mode| std::fs::set_permissions(folder.path().join("key"), PermissionsExt::from_mode(mode));
        mode(0o644).unwrap();
        check().code(64).stderr(contains("everybody on this machine may use the key"));
        mode(0o600).unwrap();
    }
    check().success();
    std::fs::write(folder.path().join("key"), "too short").unwrap();
    check().code(64).stderr(contains("console.session_key_file: key: holds 9 bytes"));
}

#[test]
fn check_config_reads_the_key_of_the_archive_and_prints_no_secret_of_its_url() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[qdrant]\nurl = \"http://user:secret@db:6334\"\napi_key_file = \"api-key\"\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    std::fs::write(folder.path().join("api-key"), [0xff, 0xfe]).unwrap();
    let check = |more: &[&str]| {
        program(&folder).args(["--config", "config.toml", "check-config"]).args(more).assert()
    };
    check(&[]).code(64).stderr(contains("qdrant.api_key_file: cannot read api-key: "));
    let shown = contains("url = \"http://db:6334\"").and(contains("secret").not());
    check(&["--print"]).success().stdout(shown);
    std::fs::write(folder.path().join("api-key"), "key\n").unwrap();
    check(&[]).success();
}

#[test]
fn an_audit_log_that_was_changed_is_told_from_one_that_was_not() {
    use eia_screen::access::audit::{Audit, Entry};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let settings = eia_screen::access::settings::AuditSettings { file: file.clone(), ..Default::default() };
    let audit = Audit::open(&settings).unwrap();
    for number in 0..5 {
        audit.record(Entry { who: "expert".to_owned(), request_id: number.to_string(), ..Entry::default() });
    }
    drop(audit);
    let verified = program(&folder).args(["audit", "verify", "audit.jsonl"]).assert().success();
    let told = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    assert!(told.contains("the chain is whole") && told.contains("--head"), "{told}");
    let head = told.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    program(&folder).args(["audit", "verify", "audit.jsonl", "--head", &head]).assert().success();

    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("expert", "nobody", 1)).unwrap();
    program(&folder)
        .args(["audit", "verify", "audit.jsonl"])
        .assert()
        .code(1)
        .stdout(contains("line 3").and(contains("BROKEN")));
    let cut: Vec<&str> = text.lines().take(4).collect();
    std::fs::write(&file, cut.join("\n") + "\n").unwrap();
    program(&folder)
        .args(["audit", "verify", "audit.jsonl", "--head", &head])
        .assert()
        .code(1)
        .stdout(contains("cut off or rewritten"));
    program(&folder)
        .args(["audit", "verify", "no-such-file"])
        .assert()
        .code(65)
        .stderr(contains("no-such-file"));
}
