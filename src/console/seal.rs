//! Sealed values: what a browser keeps for the console, without being able to read or change it.
//!
//! AES-256-GCM by ring; the key comes from the file that `console.session_key_file` names, by HKDF, or is made at
//! start. Who has the same file opens each other's values: replicas behind one name share it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use crate::access::watched::{UnusableFile, Watched};

/// Fewest bytes of a key file, white space at its ends apart.
const FEWEST_BYTES: usize = 32;
/// Separates these values from whatever else a key file may be used for, and versions of this format.
const PURPOSE: &[u8] = b"eia-screen console session 1";

/// Seals values and opens them.
pub struct Seal {
    random: SystemRandom,
    key: Key,
}

enum Key {
    /// Of the file; read again when it changes.
    File(Watched<LessSafeKey>),
    /// Of this process.
    Own(Box<LessSafeKey>),
}

impl Seal {
    /// Reads the key file, or makes a key where none is named; an error also if the system gives no random numbers.
    pub fn open(file: &Path) -> Result<Self, UnusableFile> {
        let random = SystemRandom::new();
        let key = if file.as_os_str().is_empty() {
            let mut bytes = [0; FEWEST_BYTES];
            let none = |_| UnusableFile::new(Path::new("/dev/urandom"), "the system gives no random numbers");
            random.fill(&mut bytes).map_err(none)?;
            Key::Own(Box::new(derived(&bytes)))
        } else {
            let path = file.to_path_buf();
            Key::File(Watched::open(vec![path.clone()], move || read(&path))?)
        };
        Ok(Self { random, key })
    }

    /// Seals a value as text for a cookie; `None` if the system gives no random numbers.
    pub fn seal(&self, value: &[u8]) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).ok()?;
        let mut sealed = value.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.with_key(|key| key.seal_in_place_append_tag(unique, Aad::from(PURPOSE), &mut sealed)).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens a sealed value; `None` if it was not sealed by this key, or changed.
    pub fn unseal(&self, text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.with_key(|key| {
            key.open_in_place(nonce, Aad::from(PURPOSE), &mut sealed).map(|value| value.to_vec())
        });
        opened.ok()
    }

    /// Returns random bytes as text, for tokens; `None` if the system gives none.
    pub fn random_text(&self) -> Option<String> {
        let mut bytes = [0; 24];
        self.random.fill(&mut bytes).ok()?;
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn with_key<T>(&self, work: impl FnOnce(&LessSafeKey) -> T) -> T {
        match &self.key {
            Key::File(file) => work(&file.current()),
            Key::Own(key) => work(key),
        }
    }
}

fn read(path: &Path) -> Result<LessSafeKey, UnusableFile> {
    let bytes = std::fs::read(path).map_err(|error| UnusableFile::new(path, error))?;
    let key = bytes.trim_ascii();
    if key.len() < FEWEST_BYTES {
        let what = format!("holds {} bytes; a key needs at least {FEWEST_BYTES} random ones", key.len());
        return Err(UnusableFile::new(path, what));
    }
    Ok(derived(key))
}

fn derived(secret: &[u8]) -> LessSafeKey {
    let pseudorandom = Salt::new(HKDF_SHA256, PURPOSE).extract(secret);
    let info: [&[u8]; 1] = [b"key"];
    let output =
        pseudorandom.expand(&info, &AES_256_GCM).expect("the length of the key is one that HKDF can give");
    LessSafeKey::new(UnboundKey::from(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_a_value_and_changes_show() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        let (one, other) = (Seal::open(&file).unwrap(), Seal::open(&file).unwrap());
        let sealed = one.seal(b"who").unwrap();
        assert_eq!(other.unseal(&sealed).as_deref(), Some(&b"who"[..]));
        assert_ne!(one.seal(b"who").unwrap(), sealed, "no value is sealed the same way twice");
        let own = Seal::open(Path::new("")).unwrap();
        assert_eq!(own.unseal(&sealed), None);
        assert_eq!(own.unseal(&own.seal(b"x").unwrap()).as_deref(), Some(&b"x"[..]));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(one.unseal(std::str::from_utf8(&changed).unwrap()), None, "character {at}");
        }
        for nonsense in ["", "=", "AAAA", "ғ", &"A".repeat(5000)] {
            assert_eq!(one.unseal(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_key_that_is_too_short_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "secret\n").unwrap();
        let error = Seal::open(&file).err().unwrap().to_string();
        assert!(error.contains("6 bytes") && !error.contains("secret"), "{error}");
        assert!(Seal::open(&folder.path().join("none")).is_err());
    }
}
