//! Signed tokens of an identity provider (JSON Web Tokens, RFC 7519).
//!
//! Keys come from a file (a JWK set) that the operator or a timer keeps up to date; it is read again
//! when it changes, so keys are rotated without a restart. Nothing is fetched over the network.
//! Issuer, audience, algorithm and times are always checked; `alg: none` does not exist here, and a
//! key is used only with the algorithms of its own kind.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::jwt_provider;
use super::principal::{Principal, Proof, Role, Tenants};
use super::settings::JwtSettings;
use super::watched::{UnusableFile, Watched};
use crate::domain::tenant::TenantId;

/// Longest token that is looked at.
const MAX_TOKEN: usize = 16 << 10;

/// Checks tokens.
pub struct JwtVerifierSet {
    keys: Watched<Vec<Key>>,
    algorithms: Vec<Algorithm>,
    settings: JwtSettings,
}

struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    key: DecodingKey,
}

impl JwtVerifierSet {
    /// Reads the keys; settings have been checked by [`JwtSettings::problems`].
    pub fn open(settings: &JwtSettings) -> Result<Self, UnusableFile> {
        jwt_provider::install();
        let algorithms =
            settings.algorithms.iter().filter_map(|name| Algorithm::from_str(name).ok()).collect();
        let file = settings.jwks_file.clone();
        let keys = Watched::open(vec![file.clone()], move || read_keys(&file))?;
        Ok(Self { keys, algorithms, settings: settings.clone() })
    }

    /// Returns who the token speaks of, or why it is refused (for the log, never for the caller).
    pub fn principal_of(&self, token: &SecretString) -> Result<Principal, String> {
        let token = token.expose_secret();
        if token.len() > MAX_TOKEN {
            return Err("the token is too long".to_owned());
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
        if !self.algorithms.contains(&header.alg) {
            return Err(format!("the algorithm {:?} is not allowed", header.alg));
        }
        if header.crit.is_some() {
            return Err("the token has critical extensions, and none is understood here".to_owned());
        }
        let keys = self.keys.current();
        let key = choose(&keys, header.kid.as_deref(), header.alg)?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = self.settings.leeway_s;
        let claims = jsonwebtoken::decode::<Value>(token, &key.key, &validation)
            .map_err(|error| error.to_string())?
            .claims;
        self.principal(&claims)
    }

    fn principal(&self, claims: &Value) -> Result<Principal, String> {
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        if subject.is_empty() || subject.chars().count() > 256 || subject.chars().any(char::is_control) {
            return Err("the subject is empty, too long or not printable".to_owned());
        }
        // An identity provider has roles of its own; those that are not ours say nothing here.
        let roles: BTreeSet<Role> = texts(claims, &self.settings.roles_claim)
            .iter()
            .filter_map(|name| Role::parse(name).ok())
            .collect();
        let tenants = self.tenants(claims)?;
        Ok(Principal { subject: subject.to_owned(), roles, tenants, proof: Proof::Jwt })
    }

    /// What a provider does not say is no permission: the default tenant may be somebody's. It is everybody's only
    /// where the operator says that there is no claim.
    fn tenants(&self, claims: &Value) -> Result<Tenants, String> {
        if self.settings.tenants_claim.is_empty() {
            return Ok(Tenants::Listed(vec![TenantId::default()]));
        }
        let named = texts(claims, &self.settings.tenants_claim);
        if named.is_empty() {
            return Ok(Tenants::NONE);
        }
        Tenants::parse(named.iter().map(String::as_str)).map_err(|error| error.to_string())
    }
}

/// Returns the texts under a claim, whose name may be a path (`realm_access.roles`): a list, or one
/// text with blanks between (as scopes are written).
fn texts(claims: &Value, path: &str) -> Vec<String> {
    let direct = claims.get(path);
    let found = direct.or_else(|| path.split('.').try_fold(claims, |value, name| value.get(name)));
    match found {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn choose<'a>(keys: &'a [Key], id: Option<&str>, algorithm: Algorithm) -> Result<&'a Key, String> {
    let fits = |key: &&Key| {
        key.key.family() == algorithm.family() && key.algorithm.is_none_or(|only| only == algorithm)
    };
    let mut fitting = keys.iter().filter(fits).filter(|key| id.is_none() || key.id.as_deref() == id);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (Some(_), Some(_)) => Err("the token names no key, and several would do".to_owned()),
        (None, _) => Err("no key fits the token".to_owned()),
    }
}

fn read_keys(path: &Path) -> Result<Vec<Key>, UnusableFile> {
    let text = std::fs::read_to_string(path).map_err(|error| UnusableFile::new(path, error))?;
    // The parser's message may quote the file, which may hold a secret.
    let set: JwkSet = serde_json::from_str(&text).map_err(|error| {
        UnusableFile::new(path, format!("not a JWK set (line {}, column {})", error.line(), error.column()))
    })?;
    let signs =
        |jwk: &&Jwk| jwk.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let keys: Vec<Key> = set.keys.iter().filter(signs).filter_map(key).collect();
    if keys.is_empty() {
        return Err(UnusableFile::new(path, "holds no key that can check a signature"));
    }
    Ok(keys)
}

fn key(jwk: &Jwk) -> Option<Key> {
    let algorithm = match jwk.common.key_algorithm {
        Some(named) => Some(Algorithm::try_from(named).ok()?),
        None => None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(Key { id: jwk.common.key_id.clone(), algorithm, key })
}
