//! Static tokens of a small site: one file, one line per token, hashes only.
//!
//! ```text
//! # name        roles               tenants   hash                            until (optional)
//! case-system   submitter           tashkent  sha256:9f86d081884c7d659a2f…    2027-06-30
//! ```
//!
//! A token is 256 random bits, so a plain SHA-256 of it cannot be guessed back. Every line is compared
//! in constant time, and all lines are compared whichever matches.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use super::principal::{Principal, Proof, Role, Tenants};
use super::watched::UnusableFile;

/// Beginning of every token, so that it is recognised where it does not belong (in logs, in code).
pub const PREFIX: &str = "eia_";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Longest name of a token.
const MAX_NAME: usize = 128;

/// Tokens of a file.
pub struct TokenFile {
    lines: Vec<Line>,
}

struct Line {
    hash: [u8; 32],
    until: Option<jiff::civil::Date>,
    principal: Principal,
}

impl TokenFile {
    /// Reads a file; every line that is wrong is named.
    pub fn read(path: &Path) -> Result<Self, UnusableFile> {
        let text = std::fs::read_to_string(path).map_err(|error| UnusableFile::new(path, error))?;
        Self::parse(&text).map_err(|what| UnusableFile::new(path, what))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines: Vec<Line> = Vec::new();
        let mut problems = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match parse_line(line) {
                Ok(parsed) if lines.iter().any(|other| other.hash == parsed.hash) => {
                    problems.push(format!("line {number}: the token stands here twice"));
                }
                Ok(parsed)
                    if lines.iter().any(|other| other.principal.subject == parsed.principal.subject) =>
                {
                    problems.push(format!(
                        "line {number}: the name {} stands here twice",
                        parsed.principal.subject
                    ));
                }
                Ok(parsed) => lines.push(parsed),
                Err(what) => problems.push(format!("line {number}: {what}")),
            }
        }
        if problems.is_empty() { Ok(Self { lines }) } else { Err(problems.join("; ")) }
    }

    /// Returns whose token this is, as of a day.
    pub fn principal_of(&self, token: &SecretString, today: jiff::civil::Date) -> Option<&Principal> {
        let hash = hash(token);
        let mut found = None;
        for line in &self.lines {
            let same: Choice = line.hash.ct_eq(&hash);
            if bool::from(same) && line.until.is_none_or(|last| today <= last) {
                found = Some(&line.principal);
            }
        }
        found
    }

    /// Returns the number of tokens.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if nobody can be recognised.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

fn parse_line(line: &str) -> Result<Line, String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (name, roles, tenants, hash, until) = match fields.as_slice() {
        [name, roles, tenants, hash] => (name, roles, tenants, hash, None),
        [name, roles, tenants, hash, until] => (name, roles, tenants, hash, Some(until)),
        _ => {
            return Err(
                "write name, roles, tenants and sha256:HASH, and a last day if there is one".to_owned()
            );
        }
    };
    check_name(name)?;
    let roles = roles.split(',').map(Role::parse).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let tenants = Tenants::parse(tenants.split(',')).map_err(|error| error.to_string())?;
    let digits = hash.strip_prefix("sha256:").ok_or("the fourth field is sha256:HASH, never the token")?;
    let hash = parse_hash(digits).ok_or("the hash has 64 hexadecimal digits")?;
    let until = until
        .map(|day| day.parse().map_err(|_| "the last day is written YYYY-MM-DD".to_owned()))
        .transpose()?;
    let principal = Principal { subject: (*name).to_owned(), roles, tenants, proof: Proof::Token };
    Ok(Line { hash, until, principal })
}

/// Checks the name of a token: it stands in logs and in a file of fields separated by blanks.
pub fn check_name(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_alphanumeric() || "._@+-".contains(c);
    if !name.is_empty() && name.chars().count() <= MAX_NAME && name.chars().all(legal) {
        Ok(())
    } else {
        Err(format!("a name has 1 to {MAX_NAME} letters, digits and . _ @ + -"))
    }
}

fn parse_hash(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, place) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[place..place + 2], 16).ok()?;
    }
    Some(hash)
}

fn hash(token: &SecretString) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, token.expose_secret().as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

/// The system has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Makes a token, and the line for the file.
pub fn make(
    name: &str,
    roles: &[Role],
    tenants: &Tenants,
    until: Option<jiff::civil::Date>,
) -> Result<(SecretString, String), NoRandomness> {
    let mut random = [0u8; TOKEN_BYTES];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random)
        .map_err(|_| NoRandomness)?;
    let token = SecretString::from(format!("{PREFIX}{}", hex(&random)));
    let roles = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(",");
    let mut line = format!("{name} {roles} {tenants} sha256:{}", hex(&hash(&token)));
    if let Some(day) = until {
        line.push_str(&format!(" {day}"));
    }
    Ok((token, line))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> jiff::civil::Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_made_token_is_recognised_and_its_file_does_not_hold_it() {
        let tenants = Tenants::parse(["north"]).unwrap();
        let (token, line) = make("case-system", &[Role::Submitter], &tenants, None).unwrap();
        assert!(!line.contains(token.expose_secret()) && token.expose_secret().len() == 68);
        let file = TokenFile::parse(&format!("# tokens\n\n{line}\n")).unwrap();
        let principal = file.principal_of(&token, day("2026-11-26")).unwrap();
        assert_eq!((principal.subject.as_str(), principal.proof), ("case-system", Proof::Token));
        let (other, _) = make("x", &[Role::Submitter], &tenants, None).unwrap();
        assert!(file.principal_of(&other, day("2026-11-26")).is_none());
        let line_as_token = SecretString::from(line);
        assert!(file.principal_of(&line_as_token, day("2026-11-26")).is_none());
    }

    #[test]
    fn a_token_ends_after_its_last_day() {
        let until = Some(day("2026-12-31"));
        let (token, line) = make("a", &[Role::Reviewer], &Tenants::Any, until).unwrap();
        let file = TokenFile::parse(&line).unwrap();
        assert!(file.principal_of(&token, day("2026-12-31")).is_some());
        assert!(file.principal_of(&token, day("2027-01-01")).is_none());
    }

    #[test]
    fn every_wrong_line_is_named_and_nothing_of_it_is_repeated() {
        let secret = "eia_0123456789abcdef";
        let (_, line) = make("twice", &[Role::Reviewer], &Tenants::Any, None).unwrap();
        let text = format!(
            "{line}\n{line}\nx reviewer north {secret}\nx root north sha256:{}\nx reviewer Nord sha256:{}\nx\n",
            "0".repeat(64),
            "0".repeat(64)
        );
        let error = TokenFile::parse(&text).err().unwrap();
        for number in 2..=6 {
            assert!(error.contains(&format!("line {number}: ")), "{error}");
        }
        assert!(!error.contains(secret), "{error}");
    }
}
