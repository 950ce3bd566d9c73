//! The languages the service reads. Abstention is `Option::None`, never a guess.

use serde::{Deserialize, Serialize};

/// A language together with the script it is written in (BCP 47 tags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Russian.
    #[serde(rename = "ru")]
    Russian,
    /// Uzbek in Latin letters.
    #[serde(rename = "uz-Latn")]
    UzbekLatin,
    /// Uzbek in Cyrillic letters.
    #[serde(rename = "uz-Cyrl")]
    UzbekCyrillic,
    /// Korean.
    #[serde(rename = "ko")]
    Korean,
}

impl Language {
    /// Every language, in the order used for output.
    pub const ALL: [Language; 5] =
        [Self::English, Self::Russian, Self::UzbekLatin, Self::UzbekCyrillic, Self::Korean];

    /// Returns the BCP 47 tag: `en`, `ru`, `uz-Latn`, `uz-Cyrl` or `ko`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::UzbekLatin => "uz-Latn",
            Self::UzbekCyrillic => "uz-Cyrl",
            Self::Korean => "ko",
        }
    }

    /// Parses a BCP 47 tag, ignoring case; plain `uz` means the Latin script (the official one).
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.to_ascii_lowercase().as_str() {
            "en" | "eng" => Some(Self::English),
            "ru" | "rus" => Some(Self::Russian),
            "uz" | "uz-latn" | "uzb" => Some(Self::UzbekLatin),
            "uz-cyrl" => Some(Self::UzbekCyrillic),
            "ko" | "kor" => Some(Self::Korean),
            _ => None,
        }
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}
