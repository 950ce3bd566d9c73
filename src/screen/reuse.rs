//! Finds text that is nearly the same as in another case's report.
//!
//! Korean law forbids copying a report from another one (Environmental Impact Assessment Act, Articles
//! 53(5) and 56(1)), and the Uzbek rating sheets score copied calculations with zero, so reviewers get
//! these passages as a list of their own, apart from precedents. Wording that stands in the cases of several
//! projects is a form's boilerplate and is not listed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::ids::CaseId;
use crate::index::store::PassageHit;

/// Words per shingle.
const SHINGLE: usize = 5;
/// Shorter passages are too often alike by chance.
const MIN_WORDS: usize = 40;
/// Share of shingles in common from which a passage counts as reused.
pub const MIN_OVERLAP: f32 = 0.6;
/// Wording found in the cases of at least this many other projects is boilerplate.
const BOILERPLATE_PROJECTS: usize = 3;

/// Whose words a case has. One project is archived as several cases (draft, statement, consequences), which repeat each
/// other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Its project's.
    Project(String),
    /// Its own, where nobody says of which project it is.
    Case(CaseId),
}

impl Origin {
    /// Returns whose words a case of that project has; the project may be empty.
    pub fn of(case: &CaseId, project: &str) -> Self {
        if project.is_empty() { Self::Case(case.clone()) } else { Self::Project(project.to_owned()) }
    }
}

/// True if what all these have in common is wording of a form.
pub fn is_boilerplate(origins: &BTreeSet<Origin>) -> bool {
    origins.len() >= BOILERPLATE_PROJECTS
}

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

/// Picks the passages that repeat a query passage among its hits, for each query passage of which there are any: one
/// per case, strongest overlap first. Some of them may be boilerplate.
pub fn repeated(texts: &[&str], hits: &[Vec<PassageHit>]) -> Vec<Vec<ReusedPassage>> {
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
        if best.is_empty() {
            continue;
        }
        let mut of_query: Vec<_> = best.into_values().collect();
        of_query.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let passage = |(overlap, hit): (f32, &PassageHit)| ReusedPassage { query, hit: hit.clone(), overlap };
        found.push(of_query.into_iter().map(passage).collect());
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
        let found = repeated(&[&copied], &hits);
        assert_eq!((found.len(), found[0].len()), (1, 1));
        assert_eq!(found[0][0].hit.case.as_str(), "a");
        assert!(found[0][0].overlap > 0.99);
    }

    #[test]
    fn wording_of_many_projects_is_boilerplate_and_that_of_one_in_many_cases_is_not() {
        let of_cases = |projects: [&str; 3]| {
            let cases = ["a", "b", "c"].map(|case| CaseId::parse(case).unwrap());
            let origins = cases.iter().zip(projects).map(|(case, project)| Origin::of(case, project));
            is_boilerplate(&origins.collect())
        };
        for form in [["", "", ""], ["north", "south", "east"], ["north", "south", ""]] {
            assert!(of_cases(form), "{form:?}");
        }
        for copied in [["north", "north", "north"], ["north", "south", "north"]] {
            assert!(!of_cases(copied), "{copied:?}");
        }
        // A project may be called like the case of another one.
        assert_ne!(
            Origin::of(&CaseId::parse("a").unwrap(), ""),
            Origin::of(&CaseId::parse("b").unwrap(), "a")
        );
    }

    #[test]
    fn a_passage_is_found_once_in_each_case_that_repeats_it() {
        let copied = text(3);
        let hits = vec![
            vec![hit("a", &text(4), 7)],
            vec![hit("a", &copied, 1), hit("b", &copied, 2), hit("a", &copied, 1), hit("c", &copied, 3)],
        ];
        let found = repeated(&[&text(5), &copied], &hits);
        assert_eq!(found.len(), 1, "nothing repeats the first");
        let cases: Vec<(usize, &str)> =
            found[0].iter().map(|one| (one.query, one.hit.case.as_str())).collect();
        assert_eq!(cases, [(1, "a"), (1, "b"), (1, "c")]);
    }

    #[test]
    fn short_passages_are_never_reuse() {
        assert_eq!(overlap("no impact is expected", "no impact is expected"), 0.0);
    }
}
