//! Tokens made here with ring, checked by the product.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::jwt::JwtVerifierSet;
use super::principal::{Denied, Principal, Role};
use super::settings::JwtSettings;

/// Made for these tests, protects nothing.
const RSA: &[u8] = include_bytes!("../../tests/fixtures/access/rsa-2048-for-tests.der");
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Secret,
}

impl Signer {
    fn ec() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap())
    }

    fn ed() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap())
    }

    fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(RSA).unwrap())
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                match algorithm {
                    "PS256" => key.sign(&RSA_PSS_SHA256, &random, message, &mut signature).unwrap(),
                    _ => key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap(),
                }
                signature
            }
            Self::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Secret => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
                ring::hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }

    fn jwk(&self, id: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                let parts: RsaPublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "kid": id, "n": base64url(&parts.n), "e": base64url(&parts.e), "use": "sig"})
            }
            Self::Ec(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
                json!({"kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y, "alg": "ES256"})
            }
            Self::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": base64url(key.public_key().as_ref())})
            }
            Self::Secret => json!({"kty": "oct", "kid": id, "k": base64url(SECRET)}),
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let algorithm = header["alg"].as_str().unwrap_or("");
        let message = format!(
            "{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        format!("{message}.{}", base64url(&self.sign(algorithm, message.as_bytes())))
    }
}

struct Provider {
    folder: tempfile::TempDir,
}

impl Provider {
    fn new(keys: &[Value]) -> Self {
        let provider = Self { folder: tempfile::tempdir().unwrap() };
        provider.publish(keys);
        provider
    }

    fn publish(&self, keys: &[Value]) {
        std::fs::write(self.folder.path().join("jwks.json"), json!({ "keys": keys }).to_string()).unwrap();
    }

    fn verifier(&self, change: impl FnOnce(&mut JwtSettings)) -> JwtVerifierSet {
        let mut settings = JwtSettings {
            issuer: "https://id.example".to_owned(),
            audience: "eia-screen".to_owned(),
            jwks_file: self.folder.path().join("jwks.json"),
            ..JwtSettings::default()
        };
        change(&mut settings);
        assert_eq!(settings.problems(), Vec::<String>::new());
        JwtVerifierSet::open(&settings).unwrap()
    }
}

fn claims() -> Value {
    let now = jiff::Timestamp::now().as_second();
    json!({
        "iss": "https://id.example", "aud": ["other", "eia-screen"], "sub": "expert-3", "exp": now + 300,
        "nbf": now - 5, "roles": ["reviewer", "offline_access"], "tenants": ["north"],
    })
}

fn ask(verifier: &JwtVerifierSet, token: String) -> Result<Principal, String> {
    verifier.principal_of(&SecretString::from(token))
}

#[test]
fn signatures_of_every_allowed_algorithm_are_checked() {
    for (signer, algorithm) in
        [(Signer::rsa(), "RS256"), (Signer::rsa(), "PS256"), (Signer::ec(), "ES256"), (Signer::ed(), "EdDSA")]
    {
        let provider = Provider::new(&[signer.jwk("k1")]);
        let verifier = provider.verifier(|_| {});
        let token = signer.token(&json!({"alg": algorithm, "kid": "k1"}), &claims());
        let principal = ask(&verifier, token.clone()).unwrap();
        assert_eq!(
            (principal.subject.as_str(), principal.tenants.to_string()),
            ("expert-3", "north".to_owned())
        );
        assert_eq!(
            principal.roles.into_iter().collect::<Vec<_>>(),
            [Role::Reviewer],
            "roles of others are left out"
        );

        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let mut greedy = claims();
        greedy["roles"] = json!(["curator"]);
        let forged = format!("{header}.{}.{signature}", base64url(greedy.to_string().as_bytes()));
        assert!(ask(&verifier, forged).is_err(), "{algorithm}: other claims under the same signature");
        assert!(ask(&verifier, format!("{message}.")).is_err(), "{algorithm}: no signature");
    }
}

#[test]
fn every_claim_that_does_not_hold_refuses_the_token() {
    let signer = Signer::ed();
    let provider = Provider::new(&[signer.jwk("k1")]);
    let verifier = provider.verifier(|_| {});
    let header = json!({"alg": "EdDSA", "kid": "k1"});
    let now = jiff::Timestamp::now().as_second();
    for (claim, value) in [
        ("iss", json!("https://id.other")),
        ("aud", json!("other")),
        ("exp", json!(now - 61)),
        ("nbf", json!(now + 65)),
        ("sub", json!("")),
        ("sub", json!("two\nlines")),
        ("tenants", json!(["North!"])),
        ("iss", Value::Null),
        ("aud", Value::Null),
        ("exp", Value::Null),
        ("sub", Value::Null),
    ] {
        let mut wrong = claims();
        wrong[claim] = value.clone();
        if value.is_null() {
            wrong.as_object_mut().unwrap().remove(claim);
        }
        assert!(ask(&verifier, signer.token(&header, &wrong)).is_err(), "{claim} {value}");
    }
    let mut late = claims();
    late["exp"] = json!(now - 30);
    assert!(ask(&verifier, signer.token(&header, &late)).is_ok(), "clocks may differ by a minute");
    for header in [
        json!({"alg": "EdDSA", "kid": "k2"}),
        json!({"alg": "none", "kid": "k1"}),
        json!({"alg": "RS256", "kid": "k1"}),
        json!({"alg": "EdDSA", "kid": "k1", "crit": ["exp"]}),
    ] {
        assert!(ask(&verifier, signer.token(&header, &claims())).is_err(), "{header}");
    }
    for text in ["", ".", "a.b.c", "eia_0123", &"a.".repeat(20_000)] {
        assert!(ask(&verifier, text.to_owned()).is_err());
    }
}

#[test]
fn shared_secrets_are_refused_unless_allowed_and_never_stand_for_public_keys() {
    let provider = Provider::new(&[Signer::Secret.jwk("k1")]);
    let token = Signer::Secret.token(&json!({"alg": "HS256", "kid": "k1"}), &claims());
    assert!(ask(&provider.verifier(|_| {}), token.clone()).unwrap_err().contains("not allowed"));
    let allowed = provider.verifier(|settings| settings.algorithms = vec!["HS256".to_owned()]);
    assert!(ask(&allowed, token.clone()).is_ok());
    // The classic attack: the public key as the secret of an HMAC.
    let provider = Provider::new(&[Signer::rsa().jwk("k1")]);
    let both = provider.verifier(|settings| settings.algorithms = vec!["RS256".into(), "HS256".into()]);
    assert!(ask(&both, token).unwrap_err().contains("no key fits"));
}

#[test]
fn keys_are_rotated_by_replacing_the_file() {
    let (old, new) = (Signer::ec(), Signer::ec());
    let provider = Provider::new(&[old.jwk("2026-10")]);
    let verifier = provider.verifier(|_| {});
    let by = |signer: &Signer, id: &str| signer.token(&json!({"alg": "ES256", "kid": id}), &claims());
    assert!(ask(&verifier, by(&old, "2026-10")).is_ok());
    assert!(ask(&verifier, by(&new, "2026-11")).is_err());
    provider.publish(&[old.jwk("2026-10"), new.jwk("2026-11")]);
    std::thread::sleep(std::time::Duration::from_millis(550));
    assert!(ask(&verifier, by(&new, "2026-11")).is_ok() && ask(&verifier, by(&old, "2026-10")).is_ok());
    let nameless = new.token(&json!({"alg": "ES256"}), &claims());
    assert!(ask(&verifier, nameless).unwrap_err().contains("several"));
    provider.publish(&[new.jwk("2026-11")]);
    std::thread::sleep(std::time::Duration::from_millis(550));
    assert!(ask(&verifier, by(&old, "2026-10")).is_err());
}

#[test]
fn roles_are_found_under_paths_and_in_texts() {
    let signer = Signer::ed();
    let provider = Provider::new(&[signer.jwk("k1")]);
    let verifier = provider.verifier(|settings| {
        settings.roles_claim = "realm_access.roles".to_owned();
        settings.tenants_claim = "scope".to_owned();
    });
    let mut nested = claims();
    nested["realm_access"] = json!({"roles": ["data-scientist"]});
    nested["scope"] = json!("south north");
    let principal = ask(&verifier, signer.token(&json!({"alg": "EdDSA", "kid": "k1"}), &nested)).unwrap();
    assert!(principal.roles.contains(&Role::DataScientist));
    assert_eq!(principal.tenants.to_string(), "south,north");
}

#[test]
fn a_token_that_names_no_tenant_acts_for_none_unless_the_site_has_but_one() {
    let signer = Signer::ed();
    let provider = Provider::new(&[signer.jwk("k1")]);
    let (several, one) = (provider.verifier(|_| {}), provider.verifier(|to| to.tenants_claim.clear()));
    let header = json!({"alg": "EdDSA", "kid": "k1"});
    for value in [Value::Null, json!([]), json!([7]), json!(7), json!({"north": true}), json!(""), json!(" ")]
    {
        let mut without = claims();
        without["tenants"] = value.clone();
        // An empty name is no claim.
        without[""] = json!(["north"]);
        if value.is_null() {
            without.as_object_mut().unwrap().remove("tenants");
        }
        let token = signer.token(&header, &without);
        let nobodys = ask(&several, token.clone()).unwrap();
        assert_eq!(nobodys.acting_for(None), Err(Denied::NoTenant), "{value}");
        assert!(ask(&one, token).unwrap().acting_for(None).unwrap().is_default(), "{value}");
    }
    // Where there is but one, nobody acts for another.
    let of_north = ask(&one, signer.token(&header, &claims())).unwrap();
    assert_eq!(of_north.acting_for(Some("north")), Err(Denied::Tenant));
}

#[test]
fn a_broken_key_file_is_named_without_its_content() {
    let provider = Provider::new(&[]);
    let path = provider.folder.path().join("jwks.json");
    for text in ["{\"keys\": [\"0123secret\"", "{\"keys\": []}", "[]"] {
        std::fs::write(&path, text).unwrap();
        let settings = JwtSettings { jwks_file: path.clone(), ..JwtSettings::default() };
        let error = JwtVerifierSet::open(&settings).err().unwrap().to_string();
        assert!(error.contains("jwks.json") && !error.contains("0123secret"), "{error}");
    }
}
