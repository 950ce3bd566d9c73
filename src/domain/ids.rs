//! Identifiers: newtypes with one parser and one formatter each.
//!
//! Identifiers of content (documents, screenings, passages) are UUIDv5 of that content, so that
//! repeating a call changes nothing. Identifiers that people choose (cases) are checked when parsed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Root of every UUIDv5 made by this service: UUIDv5 of the URL name below.
pub fn namespace() -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://eia-screening.example/v1")
}

/// A string that is not a valid identifier of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {kind}: {rule}")]
pub struct InvalidId {
    /// What was to be parsed, e.g. `case id`.
    pub kind: &'static str,
    /// The offending string, cut to 80 characters.
    pub value: String,
    /// What a valid one looks like.
    pub rule: &'static str,
}

/// Name of a case, chosen by the case-management system: 1 to 128 of `A-Z a-z 0-9 . _ -`, starting
/// with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseId(String);

impl CaseId {
    /// Parses a case id.
    pub fn parse(value: &str) -> Result<Self, InvalidId> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let starts_well = value.starts_with(|c: char| c.is_ascii_alphanumeric());
        if starts_well && value.len() <= 128 && value.chars().all(legal) {
            Ok(Self(value.to_owned()))
        } else {
            Err(InvalidId {
                kind: "case id",
                value: value.chars().take(80).collect(),
                rule: "use 1 to 128 of A-Z a-z 0-9 . _ -, starting with a letter or digit",
            })
        }
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CaseId {
    type Error = InvalidId;
    fn try_from(value: String) -> Result<Self, InvalidId> {
        Self::parse(&value)
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> String {
        id.0
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Parses the hyphenated form.
            pub fn parse(value: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(value).map(Self).map_err(|_| InvalidId {
                    kind: $kind,
                    value: value.chars().take(80).collect(),
                    rule: "use a UUID such as 6ba7b810-9dad-51d1-80b4-00c04fd430c8",
                })
            }

            /// Derives the id from the parts that identify the content; parts are length-prefixed,
            /// so `["ab", "c"]` and `["a", "bc"]` differ.
            pub fn of_content(parts: &[&str]) -> Self {
                let mut name = String::from($kind);
                for part in parts {
                    name.push_str(&format!("\u{1f}{}:{part}", part.len()));
                }
                Self(Uuid::new_v5(&namespace(), name.as_bytes()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// One submitted file, identified by its bytes.
    DocumentId,
    "document id"
);
uuid_id!(
    /// One screening, identified by document, rules, model and options.
    ScreeningId,
    "screening id"
);
uuid_id!(
    /// One verdict, identified by screening, finding, reviewer and time (or the caller's request id).
    VerdictId,
    "verdict id"
);

/// A section of one document, numbered from 1 in document order; written `s12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SectionId(pub u32);

impl std::fmt::Display for SectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// A passage of one document, numbered from 1 in document order; written `p12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PassageId(pub u32);

impl std::fmt::Display for PassageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl DocumentId {
    /// Returns the id of the file with that SHA-256 (lower-case hexadecimal).
    pub fn of_file(sha256: &str) -> Self {
        Self::of_content(&[sha256])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_do_not_confuse_part_boundaries() {
        assert_ne!(DocumentId::of_content(&["ab", "c"]), DocumentId::of_content(&["a", "bc"]));
        assert_eq!(DocumentId::of_content(&["ab", "c"]), DocumentId::of_content(&["ab", "c"]));
    }

    #[test]
    fn case_ids_refuse_paths_and_blanks() {
        for bad in ["", "a/b", " a", "-a", "a b", &"a".repeat(129)] {
            assert!(CaseId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(CaseId::parse("UZ-2026.17_b").unwrap().as_str(), "UZ-2026.17_b");
    }
}
