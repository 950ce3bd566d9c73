//! Who sits in front of the browser: sessions behind a cookie that scripts cannot read, each with a token that
//! every form has to carry.
//!
//! Sessions live in memory: a restart signs everybody out, and behind a load balancer a browser has to stay with
//! one replica.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use subtle::ConstantTimeEq;

/// Cookie that holds the key of the session.
pub const COOKIE: &str = "eia_session";
/// A session that is not used for this long ends.
const IDLE: Duration = Duration::from_secs(8 * 3600);
/// Most sessions; beyond, the one that was used least recently ends.
const MOST: usize = 10_000;
/// Random bytes of keys and tokens.
const RANDOM_BYTES: usize = 32;

/// What the console knows about a signed-in person.
pub struct Session {
    /// Who, as verdicts name them.
    pub reviewer: String,
    /// What the person showed; asked again with every request, so that a token that is withdrawn or over ends the
    /// session. `None` where authentication is off.
    pub token: Option<SecretString>,
    /// Token that every form has to carry.
    pub csrf: String,
}

struct Entry {
    session: Arc<Session>,
    used: Instant,
}

/// All sessions.
pub struct Sessions {
    random: SystemRandom,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { random: SystemRandom::new(), entries: Mutex::default() }
    }
}

impl Sessions {
    /// Begins a session and returns the value of its cookie; `None` if the system gives no random numbers.
    pub fn begin(&self, reviewer: String, token: Option<SecretString>) -> Option<String> {
        let key = self.secret()?;
        let session = Arc::new(Session { reviewer, token, csrf: self.secret()? });
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| now.duration_since(entry.used) < IDLE);
        if entries.len() >= MOST {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            oldest.map(|oldest| entries.remove(&oldest));
        }
        entries.insert(key.clone(), Entry { session, used: now });
        Some(key)
    }

    /// Returns the session of a request.
    pub fn of(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        let key = cookie(headers, COOKIE)?;
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(key)?;
        if now.duration_since(entry.used) >= IDLE {
            entries.remove(key);
            return None;
        }
        entry.used = now;
        Some(Arc::clone(&entry.session))
    }

    /// Ends the session of a request.
    pub fn end(&self, headers: &HeaderMap) {
        if let Some(key) = cookie(headers, COOKIE) {
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        }
    }

    fn secret(&self) -> Option<String> {
        let mut bytes = [0; RANDOM_BYTES];
        self.random.fill(&mut bytes).ok()?;
        let mut text = String::with_capacity(2 * RANDOM_BYTES);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        Some(text)
    }
}

/// Returns the value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// True if two tokens are equal, in a time that does not tell where they differ.
pub fn is_same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=1; {COOKIE}={value}; b=2").parse().unwrap());
        headers
    }

    #[test]
    fn a_session_is_found_by_its_cookie_until_it_ends() {
        let sessions = Sessions::default();
        let key = sessions.begin("Dilnoza".to_owned(), None).unwrap();
        let other = sessions.begin("Jasur".to_owned(), None).unwrap();
        assert!(key.len() == 64 && key != other);
        let session = sessions.of(&with_cookie(&key)).unwrap();
        assert_eq!(session.reviewer, "Dilnoza");
        assert_ne!(session.csrf, sessions.of(&with_cookie(&other)).unwrap().csrf);
        sessions.end(&with_cookie(&key));
        assert!(sessions.of(&with_cookie(&key)).is_none());
        assert!(sessions.of(&with_cookie("")).is_none());
        assert!(sessions.of(&HeaderMap::new()).is_none());
    }

    #[test]
    fn tokens_are_compared_as_a_whole() {
        assert!(is_same_token("abc", "abc"));
        assert!(!is_same_token("abc", "abd"));
        assert!(!is_same_token("abc", "abcd"));
        assert!(!is_same_token("", "a"));
    }
}
