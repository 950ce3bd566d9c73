//! Who sits in front of the browser: sessions in a sealed cookie, each with a token that every form has to carry.
//!
//! The cookie holds everything, so any replica with the same key knows the session, and a restart signs nobody out.
//! It ends by time, by the proof behind it (asked again with every request), and by signing out, which the archive
//! remembers ([`SessionStore`](crate::index::SessionStore), asked at the `entrance`).

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::seal::Seal;

/// Cookie that holds the session.
pub const COOKIE: &str = "eia_session";
/// Seconds without use after which a session ends.
const IDLE: i64 = 8 * 3600;
/// Seconds after which a session ends whatever its use.
const LONGEST: i64 = 24 * 3600;
/// Seconds after which a session in use gets a new cookie.
const RENEW: i64 = 15 * 60;
/// Longest token that fits into a cookie (RFC 6265: 4,096 bytes) with all the rest.
pub const LONGEST_TOKEN: usize = 2_600;

/// What a person showed to begin the session. Asked again with every request, so that what is withdrawn or over ends
/// the session.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Nothing: authentication is off.
    Nothing,
    /// A token.
    Token(SecretString),
    /// The certificate of the connection.
    Certificate,
}

/// What the console knows about a signed-in person.
#[derive(Debug)]
pub struct Session {
    /// Who, as verdicts name them.
    pub reviewer: String,
    /// What the person showed.
    pub proof: Proof,
    /// Token that every form has to carry.
    pub csrf: String,
    /// Tells it from all others.
    pub id: String,
    begun: i64,
    used: i64,
}

/// What is sealed into the cookie.
#[derive(Serialize, Deserialize)]
struct Content {
    id: String,
    reviewer: String,
    token: Option<String>,
    is_by_certificate: bool,
    csrf: String,
    begun: i64,
    used: i64,
}

/// All sessions.
pub struct Sessions {
    seal: Seal,
}

impl Sessions {
    /// Makes the sessions of a key.
    pub fn new(seal: Seal) -> Self {
        Self { seal }
    }

    /// Begins a session and returns the value of its cookie; `None` if the system gives no random numbers.
    pub fn begin(&self, reviewer: String, proof: Proof, now: Timestamp) -> Option<String> {
        let (id, csrf) = (self.seal.random_text()?, self.seal.random_text()?);
        let now = now.as_second();
        self.sealed(&Session { reviewer, proof, csrf, id, begun: now, used: now })
    }

    /// Returns the session of a request.
    pub fn of(&self, headers: &HeaderMap, now: Timestamp) -> Option<Session> {
        let content: Content = serde_json::from_slice(&self.seal.unseal(cookie(headers, COOKIE)?)?).ok()?;
        let session = Session {
            reviewer: content.reviewer,
            proof: match content.token {
                Some(token) => Proof::Token(SecretString::from(token)),
                None if content.is_by_certificate => Proof::Certificate,
                None => Proof::Nothing,
            },
            csrf: content.csrf,
            id: content.id,
            begun: content.begun,
            used: content.used,
        };
        (now.as_second() < session.ends()).then_some(session)
    }

    /// Returns the value of a new cookie for a session in use, if its cookie is old.
    pub fn renewed(&self, session: &Session, now: Timestamp) -> Option<String> {
        let now = now.as_second();
        if now - session.used < RENEW {
            return None;
        }
        self.sealed(&Session {
            reviewer: session.reviewer.clone(),
            proof: session.proof.clone(),
            csrf: session.csrf.clone(),
            id: session.id.clone(),
            begun: session.begun,
            used: now,
        })
    }

    fn sealed(&self, session: &Session) -> Option<String> {
        let content = Content {
            id: session.id.clone(),
            reviewer: session.reviewer.clone(),
            token: match &session.proof {
                Proof::Token(token) => Some(token.expose_secret().to_owned()),
                Proof::Nothing | Proof::Certificate => None,
            },
            is_by_certificate: matches!(session.proof, Proof::Certificate),
            csrf: session.csrf.clone(),
            begun: session.begun,
            used: session.used,
        };
        self.seal.seal(&serde_json::to_vec(&content).ok()?)
    }
}

impl Session {
    /// Second at which all its cookies are over, whichever of them was shown: it may have been renewed since.
    pub fn over(&self) -> i64 {
        self.begun + LONGEST
    }

    /// Second at which it ends if it is not used.
    fn ends(&self) -> i64 {
        (self.used + IDLE).min(self.begun + LONGEST)
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
    use std::path::Path;

    use super::*;

    fn sessions() -> Sessions {
        Sessions::new(Seal::open(Path::new("")).unwrap())
    }

    fn with_cookie(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=1; {COOKIE}={value}; b=2").parse().unwrap());
        headers
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_session_is_found_by_its_cookie() {
        let sessions = sessions();
        let key = sessions.begin("reviewer 7".to_owned(), Proof::Nothing, at(0)).unwrap();
        let other = sessions.begin("reviewer 12".to_owned(), Proof::Nothing, at(0)).unwrap();
        let session = sessions.of(&with_cookie(&key), at(9)).unwrap();
        assert_eq!(session.reviewer, "reviewer 7");
        assert_ne!(session.csrf, sessions.of(&with_cookie(&other), at(9)).unwrap().csrf);
        assert_eq!(sessions.of(&with_cookie(&key), at(10)).unwrap().id, session.id);
        assert_ne!(sessions.of(&with_cookie(&other), at(10)).unwrap().id, session.id);
        assert!(sessions.of(&with_cookie(""), at(11)).is_none());
        assert!(sessions.of(&HeaderMap::new(), at(11)).is_none());
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_a_day() {
        let sessions = sessions();
        let first = sessions.begin("reviewer 7".to_owned(), Proof::Certificate, at(0)).unwrap();
        assert!(sessions.of(&with_cookie(&first), at(IDLE - 1)).is_some());
        assert!(sessions.of(&with_cookie(&first), at(IDLE)).is_none());
        let session = sessions.of(&with_cookie(&first), at(60)).unwrap();
        assert!(sessions.renewed(&session, at(60)).is_none(), "a young cookie stays");
        let mut cookie = first;
        let mut now = 0;
        while now + IDLE - 1 < LONGEST {
            now += IDLE - 1;
            let session = sessions.of(&with_cookie(&cookie), at(now)).unwrap();
            assert!(matches!(session.proof, Proof::Certificate));
            cookie = sessions.renewed(&session, at(now)).unwrap();
        }
        assert!(sessions.of(&with_cookie(&cookie), at(LONGEST)).is_none(), "a day is the longest");
    }

    #[test]
    fn a_renewed_cookie_is_of_the_same_session() {
        let sessions = sessions();
        let first = sessions.begin("reviewer 7".to_owned(), Proof::Nothing, at(0)).unwrap();
        let session = sessions.of(&with_cookie(&first), at(RENEW)).unwrap();
        let renewed = sessions.renewed(&session, at(RENEW)).unwrap();
        let renewed = sessions.of(&with_cookie(&renewed), at(RENEW + 1)).unwrap();
        assert_eq!((&renewed.id, renewed.over()), (&session.id, at(LONGEST).as_second()));
    }

    #[test]
    fn the_longest_token_fits_into_a_cookie_and_comes_back() {
        let sessions = sessions();
        let token = "t".repeat(LONGEST_TOKEN);
        let proof = Proof::Token(SecretString::from(token.clone()));
        let key = sessions.begin("ғ".repeat(80), proof, at(0)).unwrap();
        assert!(COOKIE.len() + key.len() + "=; Path=/; HttpOnly; SameSite=Strict; Secure".len() < 4096);
        assert!(!key.contains("ttt"));
        let session = sessions.of(&with_cookie(&key), at(1)).unwrap();
        assert!(matches!(session.proof, Proof::Token(found) if found.expose_secret() == token));
    }

    #[test]
    fn tokens_are_compared_as_a_whole() {
        assert!(is_same_token("abc", "abc"));
        assert!(!is_same_token("abc", "abd"));
        assert!(!is_same_token("abc", "abcd"));
        assert!(!is_same_token("", "a"));
    }
}
