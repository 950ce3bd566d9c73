//! Does the category the report claims fit the capacity it states?
//!
//! The thresholds are data (`rules/thresholds.toml`), read in the act; only sizes above a threshold say something: below
//! it another row may apply. A size counts for an activity that its own sentence names, or that the title names if the
//! size is the whole; rows without a size count only for what the title says the project is.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::check::CheckContext;
use super::claim::{Claim, claims, is_of_others};
use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::plain;
use crate::domain::document::{BlockKind, Document};
use crate::domain::explanation::{Clauses, Code, Explanation};
use crate::domain::fact::{Fact, Inconsistency, InconsistencyKind, Phase, Standing, Statement};
use crate::domain::finding::Evidence;
use crate::domain::provenance::RulesIdentity;
use crate::domain::span::TextRange;

/// Title and first headings stand within so many bytes.
const OPENING: usize = 1_500;

/// Unit of rows that count the people served.
const PEOPLE: &str = "people";

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
    /// Words that name the activity.
    stems: Vec<String>,
    /// One of these has to stand in the same heading, if there are any.
    #[serde(default)]
    with: Vec<String>,
    /// None of these may stand in a heading of the opening.
    #[serde(default)]
    without: Vec<String>,
    /// One of these has to stand in a sentence of the opening, if there are any.
    #[serde(default)]
    opening: Vec<String>,
    /// Holds whatever the size.
    #[serde(default)]
    always: bool,
    #[serde(default)]
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
        let mut file: ThresholdsFile = toml::from_str(text)?;
        for row in &mut file.rows {
            for words in [&mut row.stems, &mut row.with, &mut row.without, &mut row.opening] {
                words.iter_mut().for_each(|word| *word = plain(word));
            }
        }
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
    let opening = Opening::of(document);
    let contradicting = file.rows.iter().filter(|row| row.category != claim.category);
    for row in contradicting {
        if let Some((message, mut grounds)) = grounds(row, claim, document, facts, &opening) {
            grounds.insert(0, claim.evidence.clone());
            return vec![Inconsistency {
                kind: InconsistencyKind::Category,
                subject: Code::SubjectCategory.with("category", &claim.category).to_string(),
                message,
                citation: format!("{}; {}", row.row, file.source),
                evidence: grounds,
            }];
        }
    }
    Vec::new()
}

/// Why the row applies, and where that stands; `None` if nothing says that it does.
fn grounds(
    row: &Threshold,
    claim: &Claim,
    document: &Document,
    facts: &[Fact],
    opening: &Opening,
) -> Option<(Explanation, Vec<Evidence>)> {
    if row.always {
        let message = Code::CategoryAlways
            .with("category", &claim.category)
            .with("activity", &row.activity)
            .with("row", &row.row)
            .with("other", &row.category);
        return Some((message, opening.shows(row)?));
    }
    let (value, place) = if row.unit == PEOPLE {
        served(row, document)?
    } else {
        let fact = facts.iter().find(|fact| exceeds(row, fact, opening))?;
        (fact.statement.quantity().map_or(0.0, |quantity| quantity.value), fact.evidence.clone())
    };
    let message = Code::CategoryExceeded
        .with("category", &claim.category)
        .with("activity", &row.activity)
        .with("value", value)
        .with("unit", &row.unit)
        .with("row", &row.row)
        .because(row.limit())
        .with("other", &row.category);
    Some((message, vec![place]))
}

fn exceeds(row: &Threshold, fact: &Fact, opening: &Opening) -> bool {
    let Statement::Capacity(quantity) = &fact.statement else { return false };
    let own = fact.standing == Standing::Stated && fact.phase != Some(Phase::Existing);
    if !own || quantity.unit.to_string() != row.unit || !row.is_met(quantity.value) {
        return false;
    }
    let sentence = words_of(&fact.evidence.quote);
    let is_named = names(&sentence, &row.stems) || (fact.is_whole && opening.heading(row).is_some());
    is_named && !is_of_others(&sentence)
}

/// Title and first headings, and the sentences among them.
struct Opening {
    headings: Vec<(String, Evidence)>,
    sentences: Vec<(String, Evidence)>,
}

impl Opening {
    fn of(document: &Document) -> Self {
        let mut opening = Self { headings: Vec::new(), sentences: Vec::new() };
        let first = evidence_blocks(document).filter(|block| block.span.range.start < OPENING);
        for (index, block) in first.enumerate() {
            let text = block.span.range.of(&document.text);
            // A report without marked headings begins with its title.
            let is_heading = block.kind == BlockKind::Heading || (index == 0 && text.len() <= 300);
            if is_heading {
                let place = evidence(document, block.span.range, block.span.range, None);
                opening.headings.push((words_of(text), place));
                continue;
            }
            for sentence in sentences_of(block, text) {
                let start = block.span.range.start + sentence.start;
                if start < OPENING {
                    let range = TextRange::new(start, start + sentence.len());
                    let place = evidence(document, range, range, None);
                    opening.sentences.push((words_of(sentence.of(text)), place));
                }
            }
        }
        opening
    }

    /// The heading that names the row's activity.
    fn heading(&self, row: &Threshold) -> Option<&Evidence> {
        if self.headings.iter().any(|(words, _)| names(words, &row.without)) {
            return None;
        }
        let is_it = |words: &str| {
            names(words, &row.stems)
                && (row.with.is_empty() || names(words, &row.with))
                && !is_of_others(words)
        };
        self.headings.iter().find(|(words, _)| is_it(words)).map(|(_, place)| place)
    }

    /// Where the opening says that the project is the row's activity.
    fn shows(&self, row: &Threshold) -> Option<Vec<Evidence>> {
        let heading = self.heading(row)?.clone();
        if row.opening.is_empty() {
            return Some(vec![heading]);
        }
        let is_it = |words: &str| names(words, &row.opening) && !is_of_others(words);
        let (_, sentence) = self.sentences.iter().find(|(words, _)| is_it(words))?;
        Some(vec![heading, sentence.clone()])
    }
}

static SERVED: LazyLock<Regex> = LazyLock::new(|| {
    const NUMBER: &str = r"(?:(?P<groups>\d{1,3}(?:[ \u{a0}\u{202f},.]\d{3})+)|(?P<plain>\d+(?:[.,]\d+)?))";
    const TIMES: &str = r"\s*(?:(?P<thousand>thousand|тыс\p{L}*\.?|ming|минг|천)|(?P<million>million|млн\.?|миллион\p{L}*|mln|만))?";
    const WHO: &str = r"\s*(?:people|inhabitants|residents|человек|жител|kishi|киши|aholi|ахоли|명)";
    Regex::new(&format!("{NUMBER}{TIMES}{WHO}")).expect("the pattern is a constant, compiled by the tests")
});

/// The sentence says whom the activity serves.
const SERVING: &[&str] =
    &[" for ", "serv", "для ", "обслужив", "uchun", "xizmat", "aholiga", "учун", "хизмат", "ахолига", "위한"];

/// People of another place or of a variant.
#[rustfmt::skip]
const NOT_SERVED: &[&str] = &[
    " km ", "kilomet", " км ", "километр", "alternativ", "variant", "вариант", "альтернатив", "muqobil", "대안",
];

/// How many people the activity serves, where its sentence says so.
fn served(row: &Threshold, document: &Document) -> Option<(f64, Evidence)> {
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let words = words_of(sentence.of(text));
            let is_it = names(&words, &row.stems)
                && SERVING.iter().any(|cue| words.contains(cue))
                && !NOT_SERVED.iter().any(|cue| words.contains(cue))
                && !is_of_others(&words);
            if !is_it {
                continue;
            }
            let Some(value) = people(&words).filter(|value| row.is_met(*value)) else { continue };
            let start = block.span.range.start + sentence.start;
            let range = TextRange::new(start, start + sentence.len());
            return Some((value, evidence(document, range, range, None)));
        }
    }
    None
}

fn people(words: &str) -> Option<f64> {
    let captures = SERVED.captures(words)?;
    let word = captures.name("million").or(captures.name("thousand")).map_or("", |word| word.as_str());
    let million = captures.name("million").map(|word| if word.as_str() == "만" { 1e4 } else { 1e6 });
    let times = million.or(captures.name("thousand").map(|_| 1e3));
    // `0,150 млн`: before a word that multiplies, one mark is that of decimals – which in English and Korean is
    // never a comma.
    let marks: &[char] =
        if ["million", "thousand", "만", "천"].contains(&word) { &['.'] } else { &['.', ','] };
    let is_fraction = |text: &str| {
        let one_mark = text.matches(['.', ',']).count() == 1 && text.contains(marks);
        times.is_some() && one_mark && !text.contains(char::is_whitespace)
    };
    let number: f64 = match captures.name("groups").map(|groups| groups.as_str()) {
        Some(groups) if !is_fraction(groups) => {
            groups.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?
        }
        Some(fraction) => fraction.replace(',', ".").parse().ok()?,
        None => captures.name("plain")?.as_str().replace(',', ".").parse().ok()?,
    };
    Some(number * times.unwrap_or(1.0))
}

/// Plain words with a space before and behind.
fn words_of(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!(" {} ", plain(&words.join(" ")))
}

/// True if one of the stems occurs; short ones only at the beginning of a word (`ges` is in `bridges`), but for Korean,
/// which writes words together.
fn names(words: &str, stems: &[String]) -> bool {
    stems.iter().any(|stem| {
        let is_hangul = stem.contains(|c: char| ('가'..='힣').contains(&c));
        let is_short = !is_hangul && stem.trim_end().chars().count() < 5;
        let is_start = |at: usize| !words[..at].ends_with(char::is_alphanumeric);
        words.match_indices(stem.as_str()).any(|(at, _)| !is_short || is_start(at))
    })
}

#[cfg(test)]
mod tests {
    use super::people;

    #[test]
    fn marks_of_thousands_and_of_decimals_are_told_apart() {
        for (words, expected) in [
            ("для 0,150 млн человек", 150_000.0),
            ("for 1.250 million people", 1_250_000.0),
            ("for 1,500 thousand inhabitants", 1_500_000.0),
            ("2,600만 명을 위한", 26_000_000.0),
            ("1,500천 명", 1_500_000.0),
            ("for 150,000 people", 150_000.0),
            ("для 1 250 тыс. человек", 1_250_000.0),
            ("для 12,5 тыс. жителей", 12_500.0),
            ("aholiga 1.250.000 kishi", 1_250_000.0),
        ] {
            assert_eq!(people(words), Some(expected), "{words}");
        }
    }
}
