//! Finds text that is nearly the same as in another case's report.
//!
//! Korean law forbids copying a report from another one (Environmental Impact Assessment Act, Articles
//! 53(5) and 56(1)), and the Uzbek rating sheets score copied calculations with zero, so reviewers get
//! these passages as a list of their own, apart from precedents. Wording that stands in several cases
//! is a form's boilerplate and is not listed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::ids::CaseId;
use crate::index::store::PassageHit;

/// Words per shingle.
const SHINGLE: usize = 5;
/// Shorter passages are too often alike by chance.
const MIN_WORDS: usize = 40;
/// Share of shingles in common from which a passage counts as reused.
pub const MIN_OVERLAP: f32 = 0.6;
/// Wording found in at least this many other cases is boilerplate.
const BOILERPLATE_CASES: usize = 3;

/// A passage of the archive that repeats a passage of the screened report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReusedPassage {
    /// Position of the screened passage in the query.
    pub query: usize,
    /// The archive's passage.
    pub hit: PassageHit,
    /// Share of the screened passage's shingles that occur in the other, 0 to 1.
    pub overlap: f32,
}

/// Words of a text, lower case, without punctuation.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn shingles(words: &[String]) -> HashSet<&[String]> {
    words.windows(SHINGLE).collect()
}

/// Returns the share of `text`'s word shingles that occur in `other`; 0 for texts under 40 words.
pub fn overlap(text: &str, other: &str) -> f32 {
    let (words_a, words_b) = (words(text), words(other));
    if words_a.len() < MIN_WORDS {
        return 0.0;
    }
    let (a, b) = (shingles(&words_a), shingles(&words_b));
    a.intersection(&b).count() as f32 / a.len() as f32
}

/// Picks the reused passages among the hits of each query passage: at most one per query and case,
/// strongest overlap first within a query, boilerplate left out.
pub fn reused(texts: &[&str], hits: &[Vec<PassageHit>]) -> Vec<ReusedPassage> {
    let mut found = Vec::new();
    for (query, (text, hits)) in texts.iter().zip(hits).enumerate() {
        let mut best: BTreeMap<&CaseId, (f32, &PassageHit)> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for hit in hits.iter().filter(|hit| seen.insert(hit.id)) {
            let share = overlap(text, &hit.text);
            if share < MIN_OVERLAP {
                continue;
            }
            let entry = best.entry(&hit.case).or_insert((share, hit));
            if share > entry.0 {
                *entry = (share, hit);
            }
        }
        if best.len() >= BOILERPLATE_CASES {
            continue;
        }
        let mut of_query: Vec<_> = best.into_values().collect();
        of_query.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        found.extend(of_query.into_iter().map(|(overlap, hit)| ReusedPassage {
            query,
            hit: hit.clone(),
            overlap,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DocumentId;
    use uuid::Uuid;

    fn text(seed: usize) -> String {
        (0..60).map(|i| format!("word{}", (i * 7 + seed * 1000) % 5003)).collect::<Vec<_>>().join(" ")
    }

    fn hit(case: &str, text: &str, id: u128) -> PassageHit {
        PassageHit {
            id: Uuid::from_u128(id),
            score: 1.0,
            case: CaseId::parse(case).unwrap(),
            document: DocumentId(Uuid::nil()),
            ordinal: 1,
            heading_path: String::new(),
            page: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn copied_passage_is_found_and_other_text_is_not() {
        let copied = text(1);
        let hits = vec![vec![hit("a", &copied, 1), hit("b", &text(2), 2)]];
        let found = reused(&[&copied], &hits);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].hit.case.as_str(), "a");
        assert!(found[0].overlap > 0.99);
    }

    #[test]
    fn wording_of_many_cases_is_boilerplate() {
        let form = text(3);
        let hits = vec![vec![hit("a", &form, 1), hit("b", &form, 2), hit("c", &form, 3)]];
        assert!(reused(&[&form], &hits).is_empty());
    }

    #[test]
    fn short_passages_are_never_reuse() {
        assert_eq!(overlap("no impact is expected", "no impact is expected"), 0.0);
    }
}
