//! How do several rankings become one, and how do passages become cases?
//!
//! Stands between the index, which ranks passages per query and per kind of vector, and the search for
//! precedents, which shows cases. Fused here and not in the engine, because the engine's grouped
//! queries widen the branches by the group size and so change the ranks that are fused.
//!
//! Invariants: results depend on the ranks or scores alone, not on the order in which branches or hits are
//! given (sums are taken in order of size, so that rounding cannot differ); equal scores are ordered
//! by id; what only a ranking of weight 0 has is not found.

use std::collections::BTreeMap;

/// The constant of reciprocal rank fusion from Cormack, Clarke and Büttcher (2009).
pub const DEFAULT_K: f64 = 60.0;

/// One ranking to be fused: ids, best first, and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch<I> {
    /// Factor on every contribution of this ranking; with 0 or less it is left out.
    pub weight: f64,
    /// Ids, best first. A repeated id counts at its best rank.
    pub ids: Vec<I>,
}

/// An id with its fused score.
#[derive(Debug, Clone, PartialEq)]
pub struct Fused<I> {
    /// What was ranked.
    pub id: I,
    /// Sum of `weight / (k + rank)` over the branches, ranks counted from 1.
    pub score: f64,
}

/// Fuses rankings by weighted reciprocal rank; best first, ties by id.
pub fn fuse_ranks<I: Ord + Clone>(k: f64, branches: &[Branch<I>]) -> Vec<Fused<I>> {
    let mut contributions: BTreeMap<&I, Vec<f64>> = BTreeMap::new();
    for branch in branches.iter().filter(|branch| branch.weight > 0.0) {
        let mut seen = std::collections::BTreeSet::new();
        for (position, id) in branch.ids.iter().enumerate() {
            if seen.insert(id) {
                let rank = position as f64 + 1.0;
                contributions.entry(id).or_default().push(branch.weight / (k + rank));
            }
        }
    }
    let fused = contributions
        .into_iter()
        .map(|(id, parts)| Fused { id: id.clone(), score: stable_sum(parts) })
        .collect();
    sorted_by_score(fused)
}

/// One ranking with its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredBranch<I> {
    /// Factor on every contribution of this ranking; with 0 or less it is left out.
    pub weight: f64,
    /// Ids with their scores, in any order. A repeated id counts with its best score.
    pub hits: Vec<(I, f64)>,
}

/// Fuses rankings by their scores, each divided by the best of its ranking; best first, ties by id.
///
/// Unlike ranks, scores say whether the first is far ahead of the second. Dividing by the best makes
/// cosines and BM25 comparable without knowing their ranges (Lee 1997; Bruch, Gai and Ingber 2023 find such
/// combinations ahead of reciprocal ranks). A ranking without a positive score adds nothing.
pub fn fuse_scores<I: Ord + Clone>(branches: &[ScoredBranch<I>]) -> Vec<Fused<I>> {
    let mut contributions: BTreeMap<&I, Vec<f64>> = BTreeMap::new();
    for branch in branches.iter().filter(|branch| branch.weight > 0.0) {
        let mut best: BTreeMap<&I, f64> = BTreeMap::new();
        for (id, score) in &branch.hits {
            let known = best.entry(id).or_insert(0.0);
            *known = known.max(*score);
        }
        let top = best.values().copied().fold(0.0, f64::max);
        if top > 0.0 {
            for (id, score) in best {
                contributions.entry(id).or_default().push(branch.weight * score / top);
            }
        }
    }
    let fused = contributions
        .into_iter()
        .map(|(id, parts)| Fused { id: id.clone(), score: stable_sum(parts) })
        .collect();
    sorted_by_score(fused)
}

/// How the scores of a case's passages make the score of the case.
///
/// `score = Σ decay^i · sᵢ` over the `best` highest passage scores `s₀ ≥ s₁ ≥ …`. With a decay below 1
/// a second good passage adds less than the first, and what comes after `best` adds nothing: a long
/// document with many middling passages cannot crowd out a short one with a few good ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CaseAggregation {
    /// How many passages count.
    pub best: usize,
    /// Factor from each passage to the next; 0 counts the best alone, 1 counts all alike.
    pub decay: f64,
}

impl Default for CaseAggregation {
    fn default() -> Self {
        Self { best: 5, decay: 0.5 }
    }
}

/// A case with the passages that brought it up.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedCase<C, P> {
    /// The case.
    pub case: C,
    /// Its score by [`CaseAggregation`].
    pub score: f64,
    /// All its passages among the hits, best first, ties by id.
    pub passages: Vec<Fused<P>>,
}

impl CaseAggregation {
    /// Aggregates scored passages to cases; best first, ties by case id.
    ///
    /// A passage that occurs several times for a case (found by several sections) counts once, with
    /// its highest score.
    pub fn rank_cases<C: Ord + Clone, P: Ord + Clone>(
        &self,
        hits: impl IntoIterator<Item = (C, Fused<P>)>,
    ) -> Vec<RankedCase<C, P>> {
        let mut by_case: BTreeMap<C, BTreeMap<P, f64>> = BTreeMap::new();
        for (case, hit) in hits {
            let best = by_case.entry(case).or_default().entry(hit.id).or_insert(f64::NEG_INFINITY);
            *best = best.max(hit.score);
        }
        let mut ranked: Vec<_> = by_case
            .into_iter()
            .map(|(case, passages)| {
                let passages = passages.into_iter().map(|(id, score)| Fused { id, score });
                let passages = sorted_by_score(passages.collect());
                RankedCase { case, score: self.score(&passages), passages }
            })
            .collect();
        // The map gives cases in order of id and the sort is stable, so ties stay ordered by id.
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranked
    }

    fn score<P>(&self, best_first: &[Fused<P>]) -> f64 {
        let counted = best_first.iter().take(self.best);
        counted.fold((0.0, 1.0), |(sum, factor), hit| (sum + factor * hit.score, factor * self.decay)).0
    }
}

fn sorted_by_score<I: Ord>(mut fused: Vec<Fused<I>>) -> Vec<Fused<I>> {
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    fused
}

/// Adds in ascending order, so that the sum does not depend on the order of the branches.
fn stable_sum(mut parts: Vec<f64>) -> f64 {
    parts.sort_by(f64::total_cmp);
    parts.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn branch(weight: f64, ids: &[u32]) -> Branch<u32> {
        Branch { weight, ids: ids.to_vec() }
    }

    #[test]
    fn scores_are_fused_by_their_share_of_the_best() {
        let dense = ScoredBranch { weight: 1.0, hits: vec![(1, 0.8), (2, 0.4), (2, 0.2)] };
        let words = ScoredBranch { weight: 0.5, hits: vec![(2, 10.0), (3, 5.0)] };
        let none = ScoredBranch { weight: 1.0, hits: vec![(9, -0.1)] };
        let fused = fuse_scores(&[dense, words, none]);
        let found: Vec<(u32, f64)> = fused.into_iter().map(|hit| (hit.id, hit.score)).collect();
        assert_eq!(found, [(1, 1.0), (2, 1.0), (3, 0.25)]);
    }

    #[test]
    fn a_ranking_without_weight_brings_nothing_in() {
        let dense = |weight| ScoredBranch { weight, hits: vec![(1, 0.8), (2, 0.4)] };
        let words = ScoredBranch { weight: 1.0, hits: vec![(2, 10.0), (3, 5.0)] };
        let fused = fuse_scores(&[dense(0.0), words.clone()]);
        assert_eq!(fused, fuse_scores(&[words]));
        assert_eq!(fused.iter().map(|hit| hit.id).collect::<Vec<_>>(), [2, 3]);
        let ranks = fuse_ranks(60.0, &[branch(0.0, &[7, 8]), branch(1.0, &[8, 9])]);
        assert_eq!(ranks, fuse_ranks(60.0, &[branch(1.0, &[8, 9])]));
    }

    #[test]
    fn fused_scores_are_the_hand_worked_ones() {
        let fused = fuse_ranks(60.0, &[branch(1.0, &[7, 8]), branch(2.0, &[8, 9])]);
        let ids: Vec<u32> = fused.iter().map(|hit| hit.id).collect();
        assert_eq!(ids, [8, 9, 7]);
        assert!((fused[0].score - (1.0 / 62.0 + 2.0 / 61.0)).abs() < 1e-15);
        assert!((fused[1].score - 2.0 / 62.0).abs() < 1e-15);
        assert!((fused[2].score - 1.0 / 61.0).abs() < 1e-15);
    }

    #[test]
    fn equal_scores_are_ordered_by_id() {
        let fused = fuse_ranks(60.0, &[branch(1.0, &[9]), branch(1.0, &[3])]);
        assert_eq!(fused.iter().map(|hit| hit.id).collect::<Vec<_>>(), [3, 9]);
    }

    #[test]
    fn a_repeated_id_counts_at_its_best_rank() {
        let once = fuse_ranks(60.0, &[branch(1.0, &[4])]);
        assert_eq!(fuse_ranks(60.0, &[branch(1.0, &[4, 4, 4])]), once);
    }

    #[test]
    fn a_long_case_of_middling_passages_does_not_beat_two_good_ones() {
        let middling = (0..100).map(|id| ("long", Fused { id, score: 0.5 }));
        let good = (200..202).map(|id| ("short", Fused { id, score: 0.8 }));
        let ranked = CaseAggregation::default().rank_cases(middling.chain(good));
        assert_eq!(ranked[0].case, "short");
        assert!((ranked[0].score - (0.8 + 0.4)).abs() < 1e-12);
        assert!((ranked[1].score - 0.5 * 1.9375).abs() < 1e-12);
        assert_eq!(ranked[1].passages.len(), 100);
    }

    #[test]
    fn a_passage_found_twice_counts_once_with_its_best_score() {
        let hits = [("a", Fused { id: 1, score: 0.2 }), ("a", Fused { id: 1, score: 0.6 })];
        let ranked = CaseAggregation::default().rank_cases(hits);
        assert_eq!(ranked[0].passages, [Fused { id: 1, score: 0.6 }]);
        assert!((ranked[0].score - 0.6).abs() < 1e-12);
    }

    #[test]
    fn cases_at_equal_score_are_ordered_by_id() {
        let hits = ["b", "a", "c"].map(|case| (case, Fused { id: 1, score: 0.2 }));
        let cases: Vec<_> =
            CaseAggregation::default().rank_cases(hits).into_iter().map(|case| case.case).collect();
        assert_eq!(cases, ["a", "b", "c"]);
    }

    fn branches() -> impl Strategy<Value = Vec<Branch<u32>>> {
        let ids = proptest::collection::vec(0_u32..30, 0..40);
        let one = (0.0_f64..3.0, ids).prop_map(|(weight, ids)| Branch { weight, ids });
        proptest::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn order_of_branches_does_not_matter(branches in branches(), turn in 0_usize..8) {
            let mut turned = branches.clone();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            let mut reversed = branches.clone();
            reversed.reverse();
            let fused = fuse_ranks(DEFAULT_K, &branches);
            prop_assert_eq!(&fused, &fuse_ranks(DEFAULT_K, &turned));
            prop_assert_eq!(&fused, &fuse_ranks(DEFAULT_K, &reversed));
            let is_ordered = |pair: &[Fused<u32>]| {
                pair[0].score > pair[1].score
                    || (pair[0].score == pair[1].score && pair[0].id < pair[1].id)
            };
            prop_assert!(fused.windows(2).all(is_ordered));
        }

        #[test]
        fn order_of_hits_does_not_matter(
            mut hits in proptest::collection::vec((0_u8..5, 0_u32..20, 0.0_f64..1.0), 0..80),
        ) {
            let ranked = |hits: &[(u8, u32, f64)]| {
                CaseAggregation::default()
                    .rank_cases(hits.iter().map(|&(case, id, score)| (case, Fused { id, score })))
            };
            let forward = ranked(&hits);
            hits.reverse();
            prop_assert_eq!(forward, ranked(&hits));
        }
    }
}
