//! Checks the signatures of JSON Web Tokens with ring: the one provider of cryptography of this program,
//! put under `jsonwebtoken`, which brings none.
//!
//! Tokens are checked here and never made: the signer refuses.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature as keys;

/// Shortest secret for HMAC (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the provider of the process; a second call changes nothing.
pub fn install() {
    if PROVIDER.install_default().is_err() {
        tracing::debug!("the provider of JWT cryptography was installed before");
    }
}

enum Key {
    Rsa(keys::RsaPublicKeyComponents<Vec<u8>>, &'static keys::RsaParameters),
    Public(keys::UnparsedPublicKey<Vec<u8>>),
    Secret(ring::hmac::Key),
}

struct RingVerifier {
    algorithm: Algorithm,
    key: Key,
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let rsa = |parameters: &'static keys::RsaParameters| match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            // Leading zeros are legal in DER and refused by ring.
            let stripped = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
            Key::Rsa(keys::RsaPublicKeyComponents { n: stripped(n), e: stripped(e) }, parameters)
        }
        DecodingKeyKind::SecretOrDer(der) => {
            Key::Public(keys::UnparsedPublicKey::new(parameters, der.clone()))
        }
    };
    let public = |algorithm: &'static dyn keys::VerificationAlgorithm| -> Result<Key, Error> {
        Ok(Key::Public(keys::UnparsedPublicKey::new(algorithm, key.try_get_as_bytes()?.to_vec())))
    };
    let secret = |algorithm: ring::hmac::Algorithm| -> Result<Key, Error> {
        let bytes = key.try_get_as_bytes()?;
        if bytes.len() < MIN_SECRET {
            return Err(ErrorKind::InvalidKeyFormat.into());
        }
        Ok(Key::Secret(ring::hmac::Key::new(algorithm, bytes)))
    };
    let key = match algorithm {
        Algorithm::RS256 => rsa(&keys::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => rsa(&keys::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => rsa(&keys::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => rsa(&keys::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => rsa(&keys::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => rsa(&keys::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => public(&keys::ECDSA_P256_SHA256_FIXED)?,
        Algorithm::ES384 => public(&keys::ECDSA_P384_SHA384_FIXED)?,
        Algorithm::EdDSA => public(&keys::ED25519)?,
        Algorithm::HS256 => secret(ring::hmac::HMAC_SHA256)?,
        Algorithm::HS384 => secret(ring::hmac::HMAC_SHA384)?,
        Algorithm::HS512 => secret(ring::hmac::HMAC_SHA512)?,
        // An algorithm of a later version of the library.
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(RingVerifier { algorithm: *algorithm, key }))
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let checked = match &self.key {
            Key::Rsa(components, parameters) => components.verify(parameters, message, signature),
            Key::Public(key) => key.verify(message, signature),
            Key::Secret(key) => ring::hmac::verify(key, message, signature),
        };
        checked.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
