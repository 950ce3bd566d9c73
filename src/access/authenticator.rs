//! Is the caller who it says it is?
//!
//! One entrance for the gRPC port and for the console. A caller that shows a token is judged by the
//! token alone; only without one does its certificate count. Invariant: whatever fails, the caller
//! learns one and the same thing; what it was stands in the log, without the proof itself.

use jiff::{Timestamp, Zoned};
use rustls::pki_types::CertificateDer;
use secrecy::{ExposeSecret, SecretString};

use super::certificates::{self, SubjectFile};
use super::jwt::JwtVerifierSet;
use super::principal::Principal;
use super::settings::{AccessMode, AccessSettings};
use super::tokens::{self, TokenFile};
use super::watched::{UnusableFile, Watched};

/// The caller was not recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller was not recognised; show a valid token or certificate")]
pub struct Unrecognised;

/// What a caller shows.
#[derive(Default)]
pub struct Proofs<'a> {
    /// Token after `Bearer`.
    pub token: Option<SecretString>,
    /// Certificate of the connection, checked against the authorities.
    pub certificate: Option<&'a CertificateDer<'static>>,
}

/// Recognises callers.
pub struct Authenticator {
    open_to_all: bool,
    tokens: Option<Watched<TokenFile>>,
    jwt: Option<JwtVerifierSet>,
    subjects: Option<Watched<SubjectFile>>,
}

impl Authenticator {
    /// Reads the files that the settings name.
    pub fn open(settings: &AccessSettings) -> Result<Self, UnusableFile> {
        let uses = |mode| settings.modes.contains(&mode);
        let tokens = uses(AccessMode::Tokens).then(|| {
            let file = settings.tokens_file.clone();
            Watched::open(vec![file.clone()], move || TokenFile::read(&file))
        });
        let subjects = uses(AccessMode::Mtls).then(|| {
            let file = settings.subjects_file.clone();
            Watched::open(vec![file.clone()], move || SubjectFile::read(&file))
        });
        let jwt = uses(AccessMode::Jwt).then(|| JwtVerifierSet::open(&settings.jwt));
        Ok(Self {
            open_to_all: settings.modes.is_empty(),
            tokens: tokens.transpose()?,
            jwt: jwt.transpose()?,
            subjects: subjects.transpose()?,
        })
    }

    /// Makes an authenticator that lets everybody do everything, as on a desk of one's own.
    pub fn open_to_all() -> Self {
        Self { open_to_all: true, tokens: None, jwt: None, subjects: None }
    }

    /// True if authentication is off.
    pub fn is_open_to_all(&self) -> bool {
        self.open_to_all
    }

    /// True if tokens of some kind are accepted.
    pub fn accepts_tokens(&self) -> bool {
        self.tokens.is_some() || self.jwt.is_some()
    }

    /// Returns who shows these proofs.
    pub fn authenticate(&self, proofs: &Proofs<'_>) -> Result<Principal, Unrecognised> {
        if self.open_to_all {
            return Ok(Principal::anonymous());
        }
        let judged = match (&proofs.token, proofs.certificate) {
            (Some(token), _) => self.by_token(token),
            (None, Some(certificate)) => self.by_certificate(certificate),
            (None, None) => Err("nothing was shown".to_owned()),
        };
        judged.map_err(|why| {
            tracing::info!(why, "a caller was not recognised");
            Unrecognised
        })
    }

    /// Returns whose token this is, as typed into the console's login page.
    pub fn authenticate_token(&self, token: SecretString) -> Result<Principal, Unrecognised> {
        self.authenticate(&Proofs { token: Some(token), certificate: None })
    }

    fn by_token(&self, token: &SecretString) -> Result<Principal, String> {
        let is_static = token.expose_secret().starts_with(tokens::PREFIX);
        match (&self.tokens, &self.jwt) {
            (Some(tokens), _) if is_static => {
                let today = Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
                let found = tokens.current().principal_of(token, today).cloned();
                found.ok_or_else(|| "the token is not in the file, or its last day is over".to_owned())
            }
            (_, Some(jwt)) if !is_static => jwt.principal_of(token),
            _ => Err("tokens of this kind are not accepted".to_owned()),
        }
    }

    fn by_certificate(&self, certificate: &CertificateDer<'static>) -> Result<Principal, String> {
        let subjects = self.subjects.as_ref().ok_or("certificates are not accepted as proof")?;
        // The handshake has asked this once; a connection may outlast its certificate.
        if certificates::ends_at(certificate)? < Timestamp::now().as_second() {
            return Err("the certificate has expired".to_owned());
        }
        subjects.current().principal_of(certificate).cloned()
    }
}

/// Takes the token out of the value of an `authorization` header.
pub fn bearer(header: &http::HeaderValue) -> Option<SecretString> {
    let text = header.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| SecretString::from(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn certificate_until(end: SystemTime) -> CertificateDer<'static> {
        let mut parameters = rcgen::CertificateParams::new(vec!["cms.example".to_owned()]).unwrap();
        parameters.not_after = end.into();
        parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_proves_nothing_when_it_has_ended_whatever_the_connection_does() {
        let folder = tempfile::tempdir().unwrap();
        let subjects_file = folder.path().join("subjects.toml");
        let subjects = "[[principal]]\ncertificate = \"dns:cms.example\"\nname = \"cms\"\nroles = []\n";
        std::fs::write(&subjects_file, subjects).unwrap();
        let settings =
            AccessSettings { modes: vec![AccessMode::Mtls], subjects_file, ..AccessSettings::default() };
        let authenticator = Authenticator::open(&settings).unwrap();
        let shown = |certificate: &CertificateDer<'static>| {
            authenticator.authenticate(&Proofs { token: None, certificate: Some(certificate) })
        };
        let minute = Duration::from_secs(60);
        assert_eq!(shown(&certificate_until(SystemTime::now() + minute)).unwrap().subject, "cms");
        assert_eq!(shown(&certificate_until(SystemTime::now() - minute)), Err(Unrecognised));
    }
}
