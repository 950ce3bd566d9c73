//! How are rules written down? The TOML form of elements, evidence, facts and packs.
//!
//! These types mirror the files word for word and refuse unknown keys; [`super::load`] turns them into
//! the domain types. Keys that are absent are empty lists or empty texts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::resolve::canonical_stage;
use crate::domain::requirement::{
    CanonicalElement, ElementId, Example, LegalPlace, Localized, Obligation, Phrases, Requirement,
    RequirementId, RequirementPart, RequirementSet, SourceConfidence, Thresholds,
};

/// `elements.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementsFile {
    /// Day of the last change, `YYYY-MM-DD`.
    pub version: String,
    /// Phrases that mark a pointer elsewhere, whatever the element.
    pub pointers: Phrases,
    /// The canonical elements.
    pub element: Vec<ElementEntry>,
}

/// `[[element]]` of `elements.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementEntry {
    /// `C01` to `C41`.
    pub id: ElementId,
    /// Short name in each language.
    pub title: Localized,
    /// Headings in real files.
    pub headings: Phrases,
}

/// One file of `evidence/`: tables by element id.
pub type EvidenceFile = BTreeMap<ElementId, EvidenceEntry>;

/// `[Cnn.…]` of an evidence file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvidenceEntry {
    /// Phrases for running text.
    pub wording: Phrases,
    /// Sentences to embed.
    pub descriptions: Phrases,
    /// Phrases that look like the element and are not it.
    pub decoys: Phrases,
}

/// `facts.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    /// Day of the last change, `YYYY-MM-DD`.
    pub version: String,
    /// The facts.
    pub fact: Vec<Fact>,
}

/// Something the case system may state about a case, on which obligations depend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Key, e.g. `hearing_required`.
    pub key: String,
    /// The question it answers, in each language.
    pub question: Localized,
}

/// One file of `packs/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Name on the command line; also the name of the file.
    pub name: String,
    /// Day of the last change, `YYYY-MM-DD`.
    pub version: String,
    /// Jurisdiction, e.g. `UZ`.
    pub jurisdiction: String,
    /// Procedural stage; see [`RequirementSet::stage`].
    #[serde(default)]
    pub stage: String,
    /// The law the pack rests on.
    pub legal_basis: String,
    /// That law in the languages of letters.
    #[serde(default)]
    pub act: Localized,
    /// First day in force.
    pub in_force_from: Option<String>,
    /// Last day in force.
    pub in_force_until: Option<String>,
    /// What a reader must know about these days.
    #[serde(default)]
    pub in_force_note: String,
    /// Title in each language.
    pub title: Localized,
    /// Requirements in legal order.
    pub requirement: Vec<RequirementEntry>,
}

/// `[[requirement]]` of a pack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementEntry {
    /// Stable code.
    pub id: RequirementId,
    /// What must be in it, in English.
    pub content: String,
    /// Legal citation.
    pub citation: String,
    /// The same as numbers, where the law counts annexes, points and indents.
    #[serde(default)]
    pub places: Vec<LegalPlace>,
    /// Stage, where the pack covers several.
    #[serde(default)]
    pub stage: String,
    /// `"mandatory"`, `"indicative"` or `{ when = "fact", condition = "words" }`.
    pub obligation: ObligationEntry,
    /// How well the source was verified.
    pub source: SourceConfidence,
    /// Canonical elements it maps to.
    #[serde(default)]
    pub elements: Vec<ElementId>,
    /// Confidence limits of its own.
    pub thresholds: Option<ThresholdsEntry>,
    /// Title in each language.
    pub title: Localized,
    /// Headings of its own.
    #[serde(default)]
    pub headings: Phrases,
    /// Phrases of its own.
    #[serde(default)]
    pub wording: Phrases,
    /// Sentences to embed.
    #[serde(default)]
    pub descriptions: Phrases,
    /// Parts that all have to be covered.
    #[serde(default)]
    pub part: Vec<PartEntry>,
    /// Examples that must match.
    #[serde(default)]
    pub accept: Vec<ExampleEntry>,
    /// Examples that must not match.
    #[serde(default)]
    pub reject: Vec<ExampleEntry>,
}

/// `obligation` of a requirement.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ObligationEntry {
    /// `"mandatory"` or `"indicative"`.
    Plain(PlainObligation),
    /// `{ when = "fact", condition = "words" }`.
    Conditional(ConditionEntry),
}

/// An obligation without a condition.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlainObligation {
    /// Always demanded.
    Mandatory,
    /// Guidance, not law.
    Indicative,
}

/// A condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionEntry {
    /// Key of a fact; a leading `!` negates it.
    pub when: String,
    /// The condition in words.
    pub condition: String,
}

/// `thresholds` of a requirement.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdsEntry {
    /// From here present.
    pub present: f32,
    /// From here weak.
    pub weak: f32,
}

/// `[[requirement.part]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    /// Short name in English.
    pub name: String,
    /// Short name in other languages, where no wording serves as one.
    #[serde(default)]
    pub title: Localized,
    /// Canonical elements that count for it.
    #[serde(default)]
    pub elements: Vec<ElementId>,
    /// How many of them are needed.
    #[serde(default = "one")]
    pub minimum: usize,
    /// Phrases of its own.
    #[serde(default)]
    pub wording: Phrases,
}

fn one() -> usize {
    1
}

/// `[[requirement.accept]]` and `[[requirement.reject]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleEntry {
    /// Language of the example.
    pub language: crate::domain::language::Language,
    /// Heading; may be absent.
    #[serde(default)]
    pub heading: String,
    /// Text below it; may be absent.
    #[serde(default)]
    pub text: String,
}

impl ElementEntry {
    /// Joins the element with its evidence and the pointers that are decoys of every element.
    pub fn into_domain(self, evidence: EvidenceEntry, pointers: &Phrases) -> CanonicalElement {
        let mut decoys = evidence.decoys;
        for (language, phrases) in pointers {
            let list = decoys.entry(*language).or_default();
            for phrase in phrases {
                if !list.contains(phrase) {
                    list.push(phrase.clone());
                }
            }
        }
        CanonicalElement {
            id: self.id,
            title: self.title,
            headings: self.headings,
            wording: evidence.wording,
            descriptions: evidence.descriptions,
            decoys,
        }
    }
}

impl PackFile {
    /// Turns the file into a requirement set with the hash of its source text.
    pub fn into_domain(self, sha256: String) -> RequirementSet {
        RequirementSet {
            name: self.name,
            version: self.version,
            title: self.title,
            jurisdiction: self.jurisdiction,
            // Whatever word is asked with is turned into this project's; what it is compared with has to be, too.
            stage: canonical_stage(&self.stage),
            legal_basis: self.legal_basis,
            act: self.act,
            in_force_from: self.in_force_from,
            in_force_until: self.in_force_until,
            in_force_note: self.in_force_note,
            sha256,
            requirements: self.requirement.into_iter().map(RequirementEntry::into_domain).collect(),
        }
    }
}

impl RequirementEntry {
    fn into_domain(self) -> Requirement {
        Requirement {
            id: self.id,
            title: self.title,
            content: self.content,
            stage: canonical_stage(&self.stage),
            citation: self.citation,
            places: self.places,
            obligation: self.obligation.into_domain(),
            source: self.source,
            elements: self.elements,
            headings: self.headings,
            wording: self.wording,
            descriptions: self.descriptions,
            parts: self.part.into_iter().map(PartEntry::into_domain).collect(),
            thresholds: self.thresholds.map(|t| Thresholds { present: t.present, weak: t.weak }),
            accept: self.accept.into_iter().map(ExampleEntry::into_domain).collect(),
            reject: self.reject.into_iter().map(ExampleEntry::into_domain).collect(),
        }
    }
}

impl ObligationEntry {
    fn into_domain(self) -> Obligation {
        match self {
            Self::Plain(PlainObligation::Mandatory) => Obligation::Mandatory,
            Self::Plain(PlainObligation::Indicative) => Obligation::Indicative,
            Self::Conditional(entry) => {
                Obligation::Conditional { fact: entry.when, condition: entry.condition }
            }
        }
    }
}

impl PartEntry {
    fn into_domain(self) -> RequirementPart {
        RequirementPart {
            name: self.name,
            title: self.title,
            elements: self.elements,
            minimum: self.minimum,
            wording: self.wording,
        }
    }
}

impl ExampleEntry {
    fn into_domain(self) -> Example {
        Example { language: self.language, heading: self.heading, text: self.text }
    }
}
