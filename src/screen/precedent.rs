//! Finds earlier cases that resemble a report, with reasons.
//!
//! Every query passage is searched by meaning and by words; the two lists are fused by their scores, and
//! each case collects its best fused score per query passage. Wording that many cases share (an agency's
//! form) weighs little. What the report itself says about the activity of an archived case is added
//! ([`super::activity`]), facets add a stated bonus. The decision of a case is shown and never enters the
//! score. How well each part does: `eval run eval/precedents`, figures in `docs/accuracy.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::case::Facets;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{Precedent, SectionMatch};
use crate::domain::ids::{CaseId, SectionId};
use crate::index::fusion::{ScoredBranch, fuse_scores};
use crate::index::store::{CaseFilter, CaseIndex, IndexError, PassageHit, QueryVector, SparseVector};
use crate::screen::activity::Wording;
use crate::screen::likeness::Archive;
use crate::screen::vectorizer::Vectorizer;

/// Hits fetched per query passage and branch: a report brings many passages, a text only one.
const HITS_PER_PASSAGE: usize = 40;
/// Hits fetched per branch for a single text; more change the fused order of the first ten little.
pub const HITS_PER_TEXT: usize = 100;
/// Weight of the branch by meaning and of the branch by words. Equal weights were best on the training
/// queries of SciFact.
pub const BRANCH_WEIGHTS: [f64; 2] = [1.0, 1.0];
/// Fewest cases whose facets are looked at.
const LEAST_CANDIDATES: usize = 100;
/// From this share on the report is said to speak of an activity.
const SPEAKS_OF: f32 = 0.5;
/// Most section matches shown per precedent.
const MATCHES_SHOWN: usize = 5;
/// Longest quotation.
const QUOTE_CHARS: usize = 400;

/// Which parts of the ranking are used. The defaults are what measured best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking {
    /// Weights of the branch by meaning and of the branch by words; with 0 a branch is not looked at.
    pub branch_weights: [f64; 2],
    /// Whether passages that are like those of many cases weigh less.
    pub damps_templates: bool,
    /// Weight of what the report says about the activity of a case, against 1 for the most similar text.
    pub activity_weight: f32,
    /// Whether facets that agree add their bonus.
    pub uses_facets: bool,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            branch_weights: BRANCH_WEIGHTS,
            damps_templates: true,
            activity_weight: 2.0,
            uses_facets: true,
        }
    }
}

/// What to find precedents for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// Passages to search with.
    pub queries: &'a [QueryPassage],
    /// Terms of the whole report; empty for a search by text.
    pub wording: &'a Wording,
    /// What is known about the case.
    pub facets: &'a Facets,
}

/// One passage to search with.
#[derive(Debug, Clone)]
pub struct QueryPassage {
    /// Section of the screened report, if any.
    pub section: Option<SectionId>,
    /// Its title; the query itself for a search by text.
    pub section_title: String,
    /// Share of the total weight; larger for passages that describe the activity.
    pub weight: f32,
    /// Unit vector; `None` where the model does not cover the language.
    pub dense: Option<Vec<f32>>,
    /// Lexical vector.
    pub sparse: SparseVector,
}

/// What one query passage found in one case.
#[derive(Debug, Clone)]
struct CaseHit {
    score: f32,
    similarity: Option<f32>,
    hit: PassageHit,
}

/// A case with its fused score, before details are fetched.
#[derive(Debug, Clone)]
struct RankedCase {
    id: CaseId,
    score: f32,
    /// Query passage → what it found, strongest first.
    hits: Vec<(usize, CaseHit)>,
}

/// What the archive holds for each query passage, before anything is ranked: hits by meaning and by words.
#[derive(Debug, Clone, Default)]
pub struct Hits(Vec<[Vec<PassageHit>; 2]>);

impl Hits {
    /// Returns the hits of each query passage, those by meaning first.
    pub fn by_query(&self) -> Vec<Vec<PassageHit>> {
        self.0.iter().map(|[dense, lexical]| [dense.as_slice(), lexical.as_slice()].concat()).collect()
    }
}

/// Searches the archive with all query passages.
pub async fn search(
    index: &dyn CaseIndex,
    queries: &[QueryPassage],
    filter: &CaseFilter,
) -> Result<Hits, IndexError> {
    let (vectors, owners) = query_vectors(queries);
    let depth = if queries.len() == 1 { HITS_PER_TEXT } else { HITS_PER_PASSAGE };
    let results = index.nearest(&vectors, filter, depth).await?;
    let mut branches: Vec<[Vec<PassageHit>; 2]> = vec![Default::default(); queries.len()];
    for ((query, branch), hits) in owners.into_iter().zip(results) {
        branches[query][branch] = hits;
    }
    Ok(Hits(branches))
}

/// Ranks the cases of what was found; returns up to `limit`, most similar first.
pub async fn rank(
    archive: Archive<'_>,
    sought: Sought<'_>,
    hits: &Hits,
    limit: usize,
    ranking: &Ranking,
) -> Result<Vec<Precedent>, IndexError> {
    let (index, vectorizer) = (archive.index, archive.vectorizer);
    let queries = sought.queries;
    let ranked = rank_cases(queries, &hits.0, ranking);
    let top = ranked.first().map_or(1.0, |case| case.score).max(f32::MIN_POSITIVE);
    let mut precedents = Vec::new();
    // Activity and facets change the order, so more cases are looked at than are wanted.
    for candidate in ranked.iter().take(LEAST_CANDIDATES.max(limit * 3)) {
        if let Some(case) = index.get_case(&candidate.id).await? {
            let agreement = Agreement { vectorizer, ours: sought.facets, theirs: &case.facets };
            let (mut reasons, mut bonus) = agreement.reasons();
            if !ranking.uses_facets {
                (reasons, bonus) = (Vec::new(), 1.0);
            }
            let activity = sought.wording.share_of(&case.facets.activity_type, &vectorizer);
            if ranking.activity_weight > 0.0 && activity >= SPEAKS_OF {
                reasons.push(Code::SpeaksOf.with("value", &case.facets.activity_type));
            }
            for (name, ours, theirs) in [
                (Code::FacetBasin, &sought.facets.basin, &case.facets.basin),
                (Code::FacetRegion, &sought.facets.region, &case.facets.region),
            ] {
                if ours.is_empty() && sought.wording.names(theirs, &vectorizer) {
                    reasons.push(Code::NamesFacet.because(name).with("value", theirs));
                }
            }
            let differences = agreement.differences();
            let matches = section_matches(queries, candidate);
            precedents.push(Precedent {
                score: (candidate.score / top + ranking.activity_weight * activity) * bonus,
                reasons: with_section_reasons(reasons, &matches),
                differences,
                matches,
                case,
            });
        }
    }
    precedents.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.case.id.cmp(&b.case.id)));
    precedents.truncate(limit);
    Ok(precedents)
}

/// Vectors to search for, with the query passage and branch (0 meaning, 1 words) of each.
fn query_vectors(queries: &[QueryPassage]) -> (Vec<QueryVector>, Vec<(usize, usize)>) {
    let mut vectors = Vec::new();
    let mut owners = Vec::new();
    for (i, query) in queries.iter().enumerate() {
        if let Some(dense) = &query.dense {
            vectors.push(QueryVector::Dense(dense.clone()));
            owners.push((i, 0));
        }
        if !query.sparse.indices.is_empty() {
            vectors.push(QueryVector::Sparse(query.sparse.clone()));
            owners.push((i, 1));
        }
    }
    (vectors, owners)
}

/// Fuses the branches of each query passage and sums each case's best score per passage.
fn rank_cases(
    queries: &[QueryPassage],
    branches: &[[Vec<PassageHit>; 2]],
    ranking: &Ranking,
) -> Vec<RankedCase> {
    let mut cases: BTreeMap<CaseId, Vec<(usize, CaseHit)>> = BTreeMap::new();
    for (i, (query, lists)) in queries.iter().zip(branches).enumerate() {
        let best = best_per_case(lists, ranking.branch_weights);
        // Wording found in many cases says little about any of them.
        let spread = best.len().max(1) as f32;
        let specificity = if ranking.damps_templates { 1.0 / (1.0 + spread.ln()) } else { 1.0 };
        for (case, mut hit) in best {
            hit.score *= query.weight * specificity;
            cases.entry(case).or_default().push((i, hit));
        }
    }
    let mut ranked: Vec<RankedCase> = cases
        .into_iter()
        .map(|(id, mut hits)| {
            hits.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then(a.0.cmp(&b.0)));
            RankedCase { id, score: hits.iter().map(|(_, hit)| hit.score).sum(), hits }
        })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    ranked
}

/// Best passage of each case for one query passage; a case counts once per branch, so that a long document
/// does not crowd out the others.
fn best_per_case(lists: &[Vec<PassageHit>; 2], weights: [f64; 2]) -> BTreeMap<CaseId, CaseHit> {
    let mut first: BTreeMap<&CaseId, (Option<f32>, &PassageHit)> = BTreeMap::new();
    for (branch, hits) in lists.iter().enumerate().filter(|(branch, _)| weights[*branch] > 0.0) {
        for hit in hits {
            first.entry(&hit.case).or_insert(((branch == 0).then_some(hit.score), hit));
        }
    }
    fuse_hits(lists, weights, |hit| hit.case.clone())
        .into_iter()
        .filter_map(|(case, score)| {
            let (similarity, hit) = first.get(&case)?;
            let hit = CaseHit { score: score as f32, similarity: *similarity, hit: (*hit).clone() };
            Some((case, hit))
        })
        .collect()
}

/// Fuses the hits by meaning and by words of one query, each at what `key` says it belongs to (a case, a
/// document); best first, ties by key.
pub fn fuse_hits<K: Ord + Clone>(
    lists: &[Vec<PassageHit>; 2],
    weights: [f64; 2],
    key: impl Fn(&PassageHit) -> K,
) -> Vec<(K, f64)> {
    let branches: Vec<ScoredBranch<K>> = lists
        .iter()
        .zip(weights)
        .map(|(hits, weight)| ScoredBranch {
            weight,
            hits: hits.iter().map(|hit| (key(hit), f64::from(hit.score))).collect(),
        })
        .collect();
    fuse_scores(&branches).into_iter().map(|fused| (fused.id, fused.score)).collect()
}

/// Facets that are compared, with the word shown and the bonus for agreement.
fn compared<'a>(a: &'a Facets, b: &'a Facets) -> [(Code, &'a str, &'a str, f32); 7] {
    [
        (Code::FacetActivity, &a.activity_type, &b.activity_type, 0.30),
        (Code::FacetCategory, &a.category, &b.category, 0.05),
        (Code::FacetBasin, &a.basin, &b.basin, 0.10),
        (Code::FacetRegion, &a.region, &b.region, 0.05),
        (Code::FacetJurisdiction, &a.jurisdiction, &b.jurisdiction, 0.05),
        (Code::FacetStage, &a.stage, &b.stage, 0.02),
        (Code::FacetDocumentType, &a.document_type, &b.document_type, 0.02),
    ]
}

/// The facets of the report beside those of an archived case.
#[derive(Clone, Copy)]
struct Agreement<'a> {
    vectorizer: Vectorizer<'a>,
    ours: &'a Facets,
    theirs: &'a Facets,
}

impl Agreement<'_> {
    /// One sentence per facet that agrees, and the factor for all of them.
    fn reasons(&self) -> (Vec<Explanation>, f32) {
        let mut reasons = Vec::new();
        let mut bonus = 1.0;
        for (name, ours, theirs, weight) in compared(self.ours, self.theirs) {
            if self.is_same(ours, theirs) {
                reasons.push(Code::SameFacet.because(name).with("value", theirs));
                bonus += weight;
            }
        }
        (reasons, bonus)
    }

    /// One sentence per facet that is known on both sides and differs.
    fn differences(&self) -> Vec<Explanation> {
        compared(self.ours, self.theirs)
            .into_iter()
            .filter(|(_, ours, theirs, _)| {
                !ours.is_empty() && !theirs.is_empty() && !self.is_same(ours, theirs)
            })
            .map(|(name, ours, theirs, _)| {
                Code::FacetDiffers.because(name).with("here", ours).with("there", theirs)
            })
            .collect()
    }

    /// True if two labels say the same, in whatever language each is written.
    fn is_same(&self, ours: &str, theirs: &str) -> bool {
        if ours.is_empty() || theirs.is_empty() {
            return false;
        }
        ours.to_lowercase() == theirs.to_lowercase() || {
            let ours = self.vectorizer.concept(ours);
            !ours.is_empty() && ours == self.vectorizer.concept(theirs)
        }
    }
}

/// The strongest match of each section, strongest first.
fn section_matches(queries: &[QueryPassage], case: &RankedCase) -> Vec<SectionMatch> {
    let mut seen = BTreeSet::new();
    case.hits
        .iter()
        .filter(|(query, hit)| seen.insert((queries[*query].section, hit.hit.heading_path.clone())))
        .take(MATCHES_SHOWN)
        .map(|(query, hit)| SectionMatch {
            section: queries[*query].section,
            section_title: queries[*query].section_title.clone(),
            precedent_section: hit.hit.heading_path.clone(),
            precedent_page: hit.hit.page,
            quote: quote(&hit.hit.text),
            similarity: hit.similarity,
        })
        .collect()
}

fn with_section_reasons(mut reasons: Vec<Explanation>, matches: &[SectionMatch]) -> Vec<Explanation> {
    for found in matches.iter().take(3) {
        let theirs = found.precedent_section.rsplit(" > ").next().unwrap_or("");
        reasons.push(match (found.section_title.as_str(), theirs) {
            ("", "") => Code::SimilarFront.into(),
            ("", theirs) => Code::SimilarThere.with("there", theirs),
            (ours, "") => Code::SimilarHere.with("here", ours),
            (ours, theirs) => Code::SimilarBoth.with("here", ours).with("there", theirs),
        });
    }
    reasons
}

/// Returns the text with white space reduced to single blanks, cut to 400 characters at a word.
pub fn quote(text: &str) -> String {
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.chars().count() <= QUOTE_CHARS {
        return tidy;
    }
    let cut: String = tidy.chars().take(QUOTE_CHARS - 1).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DocumentId;
    use uuid::Uuid;

    fn hit(case: &str, id: u128, score: f32) -> PassageHit {
        PassageHit {
            id: Uuid::from_u128(id),
            score,
            case: CaseId::parse(case).unwrap(),
            document: DocumentId(Uuid::nil()),
            ordinal: 1,
            heading_path: "Air".to_owned(),
            page: Some(1),
            text: "text".to_owned(),
        }
    }

    fn query() -> QueryPassage {
        QueryPassage {
            section: None,
            section_title: String::new(),
            weight: 1.0,
            dense: None,
            sparse: SparseVector::default(),
        }
    }

    #[test]
    fn long_document_does_not_crowd_out_the_others() {
        let many: Vec<_> = (0..30).map(|i| hit("long", i, 0.9)).chain([hit("short", 99, 0.8)]).collect();
        let ranked = rank_cases(&[query()], &[[many, Vec::new()]], &Ranking::default());
        let ratio = ranked[1].score / ranked[0].score;
        assert_eq!(ranked[1].id.as_str(), "short");
        assert!((ratio - 0.8 / 0.9).abs() < 1e-5, "{ratio}");
    }

    #[test]
    fn both_branches_beat_one() {
        let dense = vec![hit("one", 1, 0.9), hit("both", 2, 0.8)];
        let lexical = vec![hit("other", 3, 9.0), hit("both", 2, 8.0)];
        let ranked = rank_cases(&[query()], &[[dense, lexical]], &Ranking::default());
        assert_eq!(ranked[0].id.as_str(), "both");
    }

    #[test]
    fn a_branch_without_weight_neither_finds_nor_damps() {
        let dense = vec![hit("far", 1, 0.9), hit("both", 2, 0.8), hit("other", 4, 0.7)];
        let lexical = vec![hit("words", 3, 9.0), hit("both", 5, 6.0)];
        let words = Ranking { branch_weights: [0.0, 1.0], ..Ranking::default() };
        let ranked = rank_cases(&[query()], &[[dense, lexical.clone()]], &words);
        let ids: Vec<&str> = ranked.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["words", "both"]);
        let alone = rank_cases(&[query()], &[[Vec::new(), lexical]], &words);
        for (found, wanted) in ranked.iter().zip(&alone) {
            assert_eq!(found.score, wanted.score);
            assert_eq!(found.hits[0].1.hit.id, wanted.hits[0].1.hit.id);
            assert_eq!(found.hits[0].1.similarity, None, "nothing was compared by meaning");
        }
    }

    #[test]
    fn equal_scores_are_ordered_by_case_id() {
        let ranked = rank_cases(
            &[query(), query()],
            &[[vec![hit("b", 1, 0.9)], Vec::new()], [vec![hit("a", 2, 0.9)], Vec::new()]],
            &Ranking::default(),
        );
        let ids: Vec<_> = ranked.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn quotation_is_cut_at_a_word() {
        let long = "слово ".repeat(200);
        let cut = quote(&long);
        assert!(cut.chars().count() <= QUOTE_CHARS && cut.ends_with("слово…"));
    }
}
