//! What surrounds every page: words, navigation, who is signed in.

use super::language::{self, Words};
use crate::domain::language::Language;

/// The frame of a page.
pub struct Shell {
    /// Words in the reader's language.
    pub w: Words,
    /// Who is signed in; empty for nobody.
    pub reviewer: String,
    /// Token that forms carry.
    pub csrf: String,
    /// Path and query of the page, to come back to.
    pub here: String,
    /// Entry of the navigation that is open.
    pub active: &'static str,
}

impl Shell {
    /// Returns tag and name of the languages to choose from.
    pub fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        let entry = |language: Language| {
            (language.tag(), language::own_name(language), language == self.w.language())
        };
        language::OFFERED.into_iter().map(entry).collect()
    }

    /// The page as a query value.
    pub fn here_encoded(&self) -> String {
        encode(&self.here)
    }
}

/// Encodes a text as the value of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn queries_are_encoded() {
        assert_eq!(encode("risk:3 & ғ"), "risk%3A3%20%26%20%D2%93");
    }
}
