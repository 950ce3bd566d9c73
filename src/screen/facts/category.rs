//! Does the category the report claims fit the capacity it states?
//!
//! The thresholds are data (`rules/thresholds.toml`), read in the act; only sizes above a threshold say something: below
//! it another row may apply. Abstains unless the sentence of the claim speaks of impact, hazard or the list of
//! activities (roads and soils have categories too), and unless the capacity is the project's own.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::check::CheckContext;
use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::fold;
use crate::domain::document::{Block, Document};
use crate::domain::explanation::{Clauses, Code};
use crate::domain::fact::{Fact, Inconsistency, InconsistencyKind, Phase, Standing, Statement};
use crate::domain::finding::Evidence;
use crate::domain::provenance::RulesIdentity;
use crate::domain::span::TextRange;

/// Why the thresholds could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ThresholdError {
    /// The file is not what it should be: correct it.
    #[error("thresholds.toml: {0}")]
    Format(#[from] toml::de::Error),
}

/// From which size on an activity belongs to which category.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    file: ThresholdsFile,
    /// Name, version and hash of the file.
    pub identity: RulesIdentity,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsFile {
    version: String,
    jurisdiction: String,
    in_force_from: String,
    categories: Vec<String>,
    source: String,
    #[serde(rename = "threshold")]
    rows: Vec<Threshold>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    row: String,
    activity: String,
    stems: Vec<String>,
    unit: String,
    #[serde(default)]
    at_least: Option<f64>,
    #[serde(default)]
    above: Option<f64>,
    category: String,
}

impl Threshold {
    fn is_met(&self, value: f64) -> bool {
        self.at_least.is_some_and(|limit| value >= limit) || self.above.is_some_and(|limit| value > limit)
    }

    fn limit(&self) -> Clauses {
        let said = |code: Code, limit: f64| code.with("limit", limit).with("unit", &self.unit).into();
        match (self.at_least, self.above) {
            (Some(limit), _) => said(Code::LimitAtLeast, limit),
            (None, Some(limit)) => said(Code::LimitMoreThan, limit),
            (None, None) => Clauses::default(),
        }
    }
}

impl Thresholds {
    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let file: ThresholdsFile = toml::from_str(text)?;
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let identity = RulesIdentity { name: "thresholds".to_owned(), version: file.version.clone(), sha256 };
        Ok(Self { file, identity })
    }

    /// Reads the thresholds the program was built with.
    pub fn builtin() -> Result<Self, ThresholdError> {
        Self::parse(include_str!("../../../rules/thresholds.toml"))
    }
}

static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)categor(?:y|ies)\s+(?P<a>IV|I{1,3}|[1-4])\b|\b(?P<b>IV|I{1,3}|[1-4])\s*-?\s*(?:й|ой|я|ей|inchi|нчи)?\s*-?\s*(?:категори|toifa|тоифа)|категори\p{L}*\s+(?:воздействия\s+|опасности\s+)?[-–—:]?\s*(?P<c>IV|I{1,3}|[1-4])\b";
    Regex::new(pattern).expect("the pattern is a constant, compiled by the tests")
});

/// The claim is about environmental expertise, not about a road or a soil.
const CONTEXT: [&str; 17] = [
    "list of activities",
    "impact",
    "hazard",
    "expertise",
    "воздейств",
    "перечн",
    "экспертиз",
    "вид деятельности",
    "видам деятельности",
    "royxat",
    "ro'yxat",
    "roʻyxat",
    "faoliyat",
    "ekologik",
    "руйхат",
    "фаолият",
    "экологик",
];

struct Claim {
    category: String,
    evidence: Evidence,
}

/// Returns the capacities that call for another category than the one claimed.
pub(super) fn check(
    thresholds: &Thresholds,
    document: &Document,
    facts: &[Fact],
    context: &CheckContext,
) -> Vec<Inconsistency> {
    let file = &thresholds.file;
    let applies =
        context.jurisdictions.contains(&file.jurisdiction) && context.submitted >= file.in_force_from;
    if !applies {
        return Vec::new();
    }
    let claims = claims(document);
    let Some(claim) = claims.first() else { return Vec::new() };
    // A report that names several categories compares variants or cites the list.
    if claims.iter().any(|other| other.category != claim.category) {
        return Vec::new();
    }
    if !file.categories.contains(&claim.category) {
        return vec![Inconsistency {
            kind: InconsistencyKind::Category,
            subject: Code::SubjectCategory.with("category", &claim.category).to_string(),
            message: Code::CategoryNotInList
                .with("category", &claim.category)
                .with("listed", file.categories.join(", ")),
            citation: file.source.clone(),
            evidence: vec![claim.evidence.clone()],
        }];
    }
    let contradicts = |row: &&Threshold| row.category != claim.category;
    for row in file.rows.iter().filter(contradicts) {
        if let Some(fact) = facts.iter().find(|fact| exceeds(row, fact)) {
            let value = fact.statement.quantity().map_or(0.0, |quantity| quantity.value);
            return vec![Inconsistency {
                kind: InconsistencyKind::Category,
                subject: Code::SubjectCategory.with("category", &claim.category).to_string(),
                message: Code::CategoryExceeded
                    .with("category", &claim.category)
                    .with("activity", &row.activity)
                    .with("value", value)
                    .with("unit", &row.unit)
                    .with("row", &row.row)
                    .because(row.limit())
                    .with("other", &row.category),
                citation: format!("{}; {}", row.row, file.source),
                evidence: vec![claim.evidence.clone(), fact.evidence.clone()],
            }];
        }
    }
    Vec::new()
}

fn exceeds(row: &Threshold, fact: &Fact) -> bool {
    let Statement::Capacity(quantity) = &fact.statement else { return false };
    let own = fact.standing == Standing::Stated && fact.phase != Some(Phase::Existing);
    if !own || quantity.unit.to_string() != row.unit || !row.is_met(quantity.value) {
        return false;
    }
    let sentence = fold(&fact.evidence.quote);
    row.stems.iter().any(|stem| sentence.contains(stem.as_str()))
}

fn claims(document: &Document) -> Vec<Claim> {
    evidence_blocks(document).flat_map(|block| claims_of(document, block)).collect()
}

fn claims_of(document: &Document, block: &Block) -> Vec<Claim> {
    let text = block.span.range.of(&document.text);
    const WORDS: [&str; 7] = ["ategor", "ATEGOR", "атегори", "АТЕГОРИ", "oifa", "оифа", "ОИФА"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for sentence in sentences_of(block, text) {
        let words = sentence.of(text);
        let Some(captures) = CLAIM.captures(words) else { continue };
        let folded = fold(words);
        if !CONTEXT.iter().any(|cue| folded.contains(cue)) {
            continue;
        }
        let named = captures.name("a").or_else(|| captures.name("b")).or_else(|| captures.name("c"));
        let (Some(named), Some(whole)) = (named, captures.get(0)) else { continue };
        let start = block.span.range.start + sentence.start;
        let figure = TextRange::new(start + whole.start(), start + whole.end());
        let range = TextRange::new(start, start + sentence.len());
        found.push(Claim {
            category: roman(named.as_str()),
            evidence: evidence(document, range, figure, None),
        });
    }
    found
}

fn roman(text: &str) -> String {
    match text {
        "1" => "I".to_owned(),
        "2" => "II".to_owned(),
        "3" => "III".to_owned(),
        "4" => "IV".to_owned(),
        other => other.to_uppercase(),
    }
}
