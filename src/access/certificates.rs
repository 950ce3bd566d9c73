//! Client certificates: which subject is who?
//!
//! The connection has proven by then that the certificate was issued by an authority of
//! `server.tls.client_ca`, is in date and that the caller holds its key. A file says what its subject,
//! or one of its alternative names, stands for:
//!
//! ```toml
//! [[principal]]
//! certificate = "CN=case-system, O=Review Centre"   # or "dns:cms.example", "uri:spiffe://…", "email:…"
//! name = "case-system"
//! roles = ["submitter"]
//! tenants = ["tashkent"]
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::principal::{Principal, Proof, Role, Tenants};
use super::subject_name;
use super::watched::UnusableFile;

/// What stands before alternative names; no subject begins like this.
const DNS: &str = "dns:";
const URI: &str = "uri:";
const EMAIL: &str = "email:";

/// What certificates stand for.
pub struct SubjectFile {
    principals: BTreeMap<String, Principal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    principal: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    certificate: String,
    name: String,
    roles: Vec<String>,
    #[serde(default)]
    tenants: Vec<String>,
}

impl SubjectFile {
    /// Reads a file; every entry that is wrong is named.
    pub fn read(path: &Path) -> Result<Self, UnusableFile> {
        let text = std::fs::read_to_string(path).map_err(|error| UnusableFile::new(path, error))?;
        Self::parse(&text).map_err(|what| UnusableFile::new(path, what))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: FileText = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut principals = BTreeMap::new();
        let mut problems = Vec::new();
        for (number, entry) in (1..).zip(file.principal) {
            let named = normal_name(&entry.certificate);
            match entry.principal() {
                Ok(principal) => {
                    if principals.insert(named.clone(), principal).is_some() {
                        problems.push(format!("principal {number}: {named} stands here twice"));
                    }
                }
                Err(what) => problems.push(format!("principal {number}: {what}")),
            }
        }
        if problems.is_empty() { Ok(Self { principals }) } else { Err(problems.join("; ")) }
    }

    /// Returns who a certificate stands for, or why nobody (for the log).
    pub fn principal_of(&self, certificate: &CertificateDer<'_>) -> Result<&Principal, String> {
        let names = names_of(certificate)?;
        let mut found = names.iter().filter_map(|name| self.principals.get(name));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            // Two entries for one certificate: which roles hold would depend on an order nobody sees.
            (Some(one), Some(other)) if one == other => Ok(one),
            (Some(_), Some(_)) => Err(format!("{} fits several entries", names.join("; "))),
            (None, _) => Err(format!("no entry for {}", names.join("; "))),
        }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.principals.len()
    }

    /// True if nobody can be recognised.
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty()
    }
}

impl Entry {
    fn principal(&self) -> Result<Principal, String> {
        super::tokens::check_name(&self.name)?;
        if self.certificate.trim().is_empty() {
            return Err("certificate is empty".to_owned());
        }
        let roles = self.roles.iter().map(|name| Role::parse(name));
        Ok(Principal {
            subject: self.name.clone(),
            roles: roles.collect::<Result<_, _>>().map_err(|error| error.to_string())?,
            tenants: Tenants::parse(self.tenants.iter().map(String::as_str)).map_err(|e| e.to_string())?,
            proof: Proof::Certificate,
        })
    }
}

/// Writes a configured name as [`names_of`] writes those of certificates.
fn normal_name(name: &str) -> String {
    let name = name.trim();
    if [DNS, URI, EMAIL].iter().any(|kind| name.starts_with(*kind)) {
        return name.to_owned();
    }
    subject_name::configured(name)
}

/// Returns the subject and the alternative names of a certificate.
pub fn names_of(certificate: &CertificateDer<'_>) -> Result<Vec<String>, String> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|error| format!("the certificate cannot be read: {error}"))?;
    let mut names: Vec<String> = subject_name::of_certificate(parsed.subject()).into_iter().collect();
    let alternative = parsed
        .subject_alternative_name()
        .map_err(|error| format!("the alternative names cannot be read: {error}"))?;
    for name in alternative.iter().flat_map(|extension| &extension.value.general_names) {
        match name {
            GeneralName::DNSName(name) => names.push(format!("{DNS}{name}")),
            GeneralName::URI(name) => names.push(format!("{URI}{name}")),
            GeneralName::RFC822Name(name) => names.push(format!("{EMAIL}{name}")),
            _ => {}
        }
    }
    Ok(names)
}

/// Returns the seconds since 1970 at which a certificate ends.
pub fn ends_at(certificate: &CertificateDer<'_>) -> Result<i64, String> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|error| format!("the certificate cannot be read: {error}"))?;
    Ok(parsed.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(common_name: &str, dns: &[&str]) -> CertificateDer<'static> {
        let names: Vec<String> = dns.iter().map(ToString::to_string).collect();
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, common_name);
        parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "Review Centre");
        parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    const FILE: &str = r#"
        [[principal]]
        certificate = "CN=case-system, O=Review Centre"
        name = "case-system"
        roles = ["submitter"]
        tenants = ["north"]
        [[principal]]
        certificate = "dns:archive.example"
        name = "archive"
        roles = ["curator"]
    "#;

    #[test]
    fn subject_and_alternative_names_are_recognised() {
        let file = SubjectFile::parse(FILE).unwrap();
        let by_subject = certificate("case-system", &[]);
        assert_eq!(file.principal_of(&by_subject).unwrap().subject, "case-system");
        let by_name = certificate("x", &["archive.example"]);
        assert_eq!(file.principal_of(&by_name).unwrap().subject, "archive");
        let unknown = file.principal_of(&certificate("case-system2", &["example"])).unwrap_err();
        assert!(unknown.contains("CN=case-system2,O=Review Centre"), "{unknown}");
        let both = certificate("case-system", &["archive.example"]);
        assert!(file.principal_of(&both).unwrap_err().contains("several"));
        assert!(file.principal_of(&CertificateDer::from(vec![1, 2, 3])).is_err());
    }

    /// An authority that lets clients choose their common name does not let them choose who they are.
    #[test]
    fn a_common_name_that_looks_like_a_whole_subject_is_nobody() {
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let common_name = "case-system, O=Review Centre";
        parameters.distinguished_name.push(rcgen::DnType::CommonName, common_name);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().der().clone();
        let file = SubjectFile::parse(FILE).unwrap();
        let unknown = file.principal_of(&certificate).unwrap_err();
        assert!(unknown.contains(r"CN=case-system\,O=Review Centre"), "{unknown}");
        // Whoever means it says so.
        let file = FILE.replace("\"CN=case-system, O=Review Centre\"", r"'CN=case-system\, O=Review Centre'");
        let file = SubjectFile::parse(&file).unwrap();
        assert_eq!(file.principal_of(&certificate).unwrap().subject, "case-system");
    }

    #[test]
    fn wrong_entries_are_named() {
        let text = FILE.replace("submitter", "root")
            + "[[principal]]\ncertificate='dns:archive.example'\nname='a'\nroles=[]\n";
        let error = SubjectFile::parse(&text).err().unwrap();
        assert!(
            error.contains("principal 1: \"root\"") && error.contains("principal 3: dns:archive"),
            "{error}"
        );
        assert!(SubjectFile::parse("[[principal]]\nsubject='x'\n").is_err());
    }
}
