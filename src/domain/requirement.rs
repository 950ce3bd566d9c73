//! What the law asks a report to contain: requirement sets ("rule packs") over canonical elements.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::language::Language;

/// Text in several languages.
pub type Localized = BTreeMap<Language, String>;

/// Phrases in several languages.
pub type Phrases = BTreeMap<Language, Vec<String>>;

/// Stable code of a requirement, e.g. `UZ-D01`, `EU-05a`, `ADB-G`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequirementId(pub String);

impl std::fmt::Display for RequirementId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Stable code of a canonical element, `C01` to `C41`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ElementId(pub String);

impl std::fmt::Display for ElementId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How well the source behind a rule was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceConfidence {
    /// Read in the text of the law itself.
    Verified,
    /// Read in a secondary public source.
    Secondary,
    /// General knowledge; check against the official text before relying on it.
    Unverified,
}

/// Whether the law demands an element.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Obligation {
    /// Always.
    Mandatory,
    /// Only where a condition holds.
    Conditional {
        /// Key under which the case system states the fact, e.g. `hearing_required`; a leading `!`
        /// negates it (`!sea_consultation_held`: the condition holds where that fact is false).
        fact: String,
        /// The condition in words.
        condition: String,
    },
    /// Guidance, not law.
    Indicative,
}

/// One of the elements C01-C41 on which all rule packs rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanonicalElement {
    /// `C01` to `C41`.
    pub id: ElementId,
    /// Short name in each language.
    pub title: Localized,
    /// Headings under which the element occurs in real files.
    pub headings: Phrases,
    /// Phrases that carry the element's substance in running text.
    pub wording: Phrases,
    /// Descriptions to embed, in each language the pack has; used for evidence by meaning.
    pub descriptions: Phrases,
    /// Phrases that look like the element and are not it (e.g. a bare pointer to another volume).
    pub decoys: Phrases,
}

/// A part of a requirement; a report covers the requirement in full only if it covers every part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequirementPart {
    /// Short name in English, shown when the part is absent: `evolution without the project`.
    pub name: String,
    /// Short name in other languages, where no wording serves as one.
    #[serde(default)]
    pub title: Localized,
    /// Canonical elements that count for this part.
    pub elements: Vec<ElementId>,
    /// How many of `elements` have to be found for the part to be covered; at least 1. A match of the
    /// part's own `wording` counts as one more; a part without elements rests on its wording alone.
    pub minimum: usize,
    /// Phrases of this part's own, in addition to those of its elements.
    pub wording: Phrases,
}

/// Confidence limits of a requirement's own, where the calibrated ones do not fit it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Confidence from which the element counts as present.
    pub present: f32,
    /// Confidence from which it counts as weak.
    pub weak: f32,
}

/// An example that a rule must accept or refuse; checked when a pack is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Language of the example.
    pub language: Language,
    /// Heading as it would stand in a report; may be empty.
    pub heading: String,
    /// Text below the heading; may be empty.
    pub text: String,
}

/// A place in a law that counts annexes, points and indents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalPlace {
    /// Annex.
    pub annex: u32,
    /// Point of the annex.
    pub point: u32,
    /// Indent of the point; 0 for the whole point.
    #[serde(default)]
    pub indent: u32,
}

/// One thing the report must contain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Stable code.
    pub id: RequirementId,
    /// Title in each language.
    pub title: Localized,
    /// What must be in it, in English.
    pub content: String,
    /// Procedural stage it belongs to, where one set covers several (`draft`, `small-scale`); empty
    /// means every stage of the set.
    #[serde(default)]
    pub stage: String,
    /// Legal citation.
    pub citation: String,
    /// The same as numbers, where the law counts annexes, points and indents; else empty.
    #[serde(default)]
    pub places: Vec<LegalPlace>,
    /// Whether the law demands it.
    pub obligation: Obligation,
    /// How well the source was verified.
    pub source: SourceConfidence,
    /// Canonical elements the requirement maps to.
    pub elements: Vec<ElementId>,
    /// Headings of this requirement's own, in addition to those of its elements.
    pub headings: Phrases,
    /// Phrases of this requirement's own, in addition to those of its elements.
    pub wording: Phrases,
    /// Descriptions to embed.
    pub descriptions: Phrases,
    /// Parts that all have to be covered; empty means one part made of all elements.
    pub parts: Vec<RequirementPart>,
    /// Confidence limits of its own; `None` means the calibrated ones.
    #[serde(default)]
    pub thresholds: Option<Thresholds>,
    /// Examples that must match.
    pub accept: Vec<Example>,
    /// Examples that must not match.
    pub reject: Vec<Example>,
}

/// The versioned list of requirements for a jurisdiction and stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequirementSet {
    /// Name on the command line, e.g. `uz-234-draft`.
    pub name: String,
    /// Version of the pack, `YYYY-MM-DD` of its last change.
    pub version: String,
    /// Title in each language.
    pub title: Localized,
    /// Jurisdiction, e.g. `UZ`, `EU`, `WB`.
    pub jurisdiction: String,
    /// Procedural stage, e.g. `draft`; empty where the law has none. Where the requirements name stages
    /// of their own, this is the one assumed when none is asked for.
    pub stage: String,
    /// The law the pack rests on.
    pub legal_basis: String,
    /// That law in the languages of letters; may be empty.
    #[serde(default)]
    pub act: Localized,
    /// First day on which submissions fall under it (`YYYY-MM-DD`), if known.
    pub in_force_from: Option<String>,
    /// Last day, if it has been replaced.
    pub in_force_until: Option<String>,
    /// What a reader must know about these days, e.g. that one is approximate; empty if nothing.
    #[serde(default)]
    pub in_force_note: String,
    /// Lower-case hexadecimal SHA-256 of the pack's source text.
    pub sha256: String,
    /// Requirements in legal order.
    pub requirements: Vec<Requirement>,
}
