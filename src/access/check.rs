//! Will access work as configured? Looks at the files that the settings name, before the service does.

use std::path::Path;

use super::settings::{AdminSettings, AuditSettings, TlsSettings};
use super::{Authenticator, certificates, tls};
use crate::settings::Settings;

/// Days before the end of a certificate from which it is mentioned.
const SOON_DAYS: i64 = 30;
const DAY: i64 = 86_400;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The service would not start, or would refuse everybody.
    pub problems: Vec<String>,
    /// It would start; somebody should look.
    pub warnings: Vec<String>,
}

/// Looks at the files; `now` is in seconds since 1970.
pub fn check(settings: &Settings, now: i64) -> Findings {
    let mut findings = Findings::default();
    if let Err(error) = Authenticator::open(&settings.access) {
        findings.problems.push(format!("access: {error}"));
    }
    check_tls(&settings.server.tls, now, &mut findings);
    check_audit(&settings.audit, &mut findings);
    check_admin(&settings.admin, &mut findings);
    let session_key = &settings.console.session_key_file;
    if !session_key.as_os_str().is_empty() && !session_key.is_file() {
        findings
            .problems
            .push(format!("console.session_key_file: there is no file {}", session_key.display()));
    }
    for file in [&settings.access.tokens_file, &settings.access.jwt.jwks_file] {
        check_mode(file, false, &mut findings);
    }
    for key in [&settings.server.tls.key, session_key] {
        check_mode(key, true, &mut findings);
    }
    findings
}

fn check_tls(tls: &TlsSettings, now: i64, findings: &mut Findings) {
    let opened = tls::Tls::open(tls, &["h2"]);
    if let Err(error) = opened {
        findings.problems.push(format!("server.tls: {error}"));
        return;
    }
    for file in [&tls.cert, &tls.client_ca].into_iter().filter(|file| !file.as_os_str().is_empty()) {
        for certificate in tls::certificates(file).unwrap_or_default() {
            let Ok(end) = certificates::ends_at(&certificate) else { continue };
            let days = (end - now).div_euclid(DAY);
            let name = file.display();
            if end < now {
                findings.problems.push(format!("server.tls: a certificate in {name} has expired"));
            } else if days < SOON_DAYS {
                findings.warnings.push(format!("server.tls: a certificate in {name} expires in {days} days"));
            }
        }
    }
}

fn check_audit(audit: &AuditSettings, findings: &mut Findings) {
    let folder = audit.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        findings.problems.push(format!("audit.file: there is no directory {}", folder.display()));
    }
}

/// The port never asks for a proof, so it has a setting of its own for being reached by others; `--insecure`
/// is about the other ports.
fn check_admin(admin: &AdminSettings, findings: &mut Findings) {
    let open = admin.address().filter(|address| !address.ip().is_loopback() && !admin.exposed);
    if let Some(address) = open {
        findings.problems.push(format!(
            "admin.listen: the admin port {address} is reachable from other machines and asks nobody for a \
             proof; let it listen on loopback, or set admin.exposed if a firewall keeps others out"
        ));
    }
}

/// A key that others can read is not a secret.
#[cfg(unix)]
fn check_mode(file: &Path, is_key: bool, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = std::fs::metadata(file) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    let name = file.display();
    if is_key && mode & 0o007 != 0 {
        findings
            .problems
            .push(format!("{name}: everybody on this machine may use the key (mode {mode:03o}); chmod 600"));
    } else if mode & 0o002 != 0 {
        findings.problems.push(format!("{name}: everybody on this machine may change it (mode {mode:03o})"));
    } else if is_key && mode & 0o070 != 0 {
        findings.warnings.push(format!("{name}: the group may use the key (mode {mode:03o})"));
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: bool, _: &mut Findings) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Files {
        _folder: tempfile::TempDir,
        settings: Settings,
        key: PathBuf,
    }

    fn files(days: i64) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let pair = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let today = std::time::SystemTime::now();
        parameters.not_after = (today + std::time::Duration::from_secs((days * DAY) as u64)).into();
        std::fs::write(&cert, parameters.self_signed(&pair).unwrap().pem()).unwrap();
        std::fs::write(&key, pair.serialize_pem()).unwrap();
        set_mode(&key, 0o600);
        let mut settings = Settings::default();
        settings.server.tls.cert = cert;
        settings.server.tls.key.clone_from(&key);
        Files { _folder: folder, settings, key }
    }

    fn set_mode(file: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn now() -> i64 {
        jiff::Timestamp::now().as_second()
    }

    #[test]
    fn a_sound_certificate_has_no_findings_and_an_old_one_has() {
        assert_eq!(check(&files(90).settings, now()), Findings::default());
        let soon = check(&files(10).settings, now());
        assert!(soon.problems.is_empty() && soon.warnings[0].contains("expires in"), "{soon:?}");
        let late = check(&files(10).settings, now() + 11 * DAY);
        assert!(late.problems[0].contains("expired"), "{late:?}");
    }

    #[test]
    fn a_key_of_another_certificate_or_open_to_all_is_a_problem() {
        let one = files(90);
        std::fs::copy(&files(90).key, &one.key).unwrap();
        let unfit = check(&one.settings, now());
        assert!(unfit.problems[0].contains("does not fit"), "{unfit:?}");
        let one = files(90);
        set_mode(&one.key, 0o644);
        assert!(check(&one.settings, now()).problems[0].contains("mode 644"));
        set_mode(&one.key, 0o640);
        assert!(check(&one.settings, now()).warnings[0].contains("group"));
    }

    #[test]
    fn an_admin_port_that_others_reach_is_a_problem_unless_it_is_meant_to_be() {
        let mut settings = Settings::default();
        for (listen, exposed, problems) in [
            ("127.0.0.1:9464", false, 0),
            ("0.0.0.0:9464", true, 0),
            ("0.0.0.0:9464", false, 1),
            ("[::]:9464", false, 1),
        ] {
            (settings.admin.listen, settings.admin.exposed) = (listen.to_owned(), exposed);
            let found = check(&settings, now()).problems;
            assert_eq!(found.len(), problems, "{listen} {exposed}: {found:?}");
        }
    }

    #[test]
    fn missing_files_are_named() {
        let mut settings = Settings::default();
        settings.access.modes = vec![crate::access::settings::AccessMode::Tokens];
        settings.access.tokens_file = "no/such/tokens".into();
        settings.audit.file = "no/such/audit.jsonl".into();
        let found = check(&settings, now()).problems.join("\n");
        assert!(found.contains("no/such/tokens") && found.contains("no directory no/such"), "{found}");
    }
}
