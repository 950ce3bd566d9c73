//! Measures of rankings, as `trec_eval` computes them.
//!
//! Invariants, all from `trec_eval`: documents are ordered by score descending, compared in single
//! precision, and ties by document id *descending* (byte order), whatever order the run file has; a
//! document without a judgement is not relevant; a judgement below 1 is not relevant and gains nothing;
//! `P@k` divides by `k` even if fewer were found; a query without relevant documents scores 0.
//! Means are taken over all judged queries: one that found nothing counts 0 (`trec_eval -c`).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a relevant document at a rank is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Gain {
    /// The grade itself: `trec_eval`'s `ndcg_cut`, BEIR, MTEB.
    #[default]
    Linear,
    /// `2^grade - 1` (Burges and others 2005): `ir_measures`' `nDCG(dcg='exp-log2')`. The same as linear
    /// where grades are 0 and 1.
    Exponential,
}

/// A measure of one ranked list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RankingMeasure {
    /// Discounted cumulative gain of the first k, divided by that of the best order: `ndcg_cut_k`.
    Ndcg(usize, Gain),
    /// Mean of the precisions at the ranks of the relevant documents: `map`.
    AveragePrecision,
    /// One over the rank of the first relevant document: `recip_rank`.
    ReciprocalRank,
    /// Share of the relevant documents among the first k: `recall_k`.
    Recall(usize),
    /// Share of the first k that is relevant: `P_k`.
    Precision(usize),
    /// Share of the first k (or of all that were found, if fewer) that was judged at all.
    Judged(usize),
}

impl fmt::Display for RankingMeasure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ndcg(k, Gain::Linear) => write!(out, "nDCG@{k}"),
            Self::Ndcg(k, Gain::Exponential) => write!(out, "nDCG-exp@{k}"),
            Self::AveragePrecision => out.write_str("MAP"),
            Self::ReciprocalRank => out.write_str("MRR"),
            Self::Recall(k) => write!(out, "Recall@{k}"),
            Self::Precision(k) => write!(out, "P@{k}"),
            Self::Judged(k) => write!(out, "Judged@{k}"),
        }
    }
}

/// A name that is no measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} is no measure; known are nDCG@k, nDCG-exp@k, MAP, MRR, Recall@k, P@k and Judged@k, k from 1 to 1000"
)]
pub struct UnknownMeasure {
    name: String,
}

impl FromStr for RankingMeasure {
    type Err = UnknownMeasure;

    fn from_str(name: &str) -> Result<Self, UnknownMeasure> {
        let unknown = || UnknownMeasure { name: name.to_owned() };
        match name {
            "MAP" => return Ok(Self::AveragePrecision),
            "MRR" => return Ok(Self::ReciprocalRank),
            _ => {}
        }
        let (kind, cut) = name.split_once('@').ok_or_else(unknown)?;
        let k = cut.parse().ok().filter(|k| (1..=1000).contains(k)).ok_or_else(unknown)?;
        match kind {
            "nDCG" => Ok(Self::Ndcg(k, Gain::Linear)),
            "nDCG-exp" => Ok(Self::Ndcg(k, Gain::Exponential)),
            "Recall" => Ok(Self::Recall(k)),
            "P" => Ok(Self::Precision(k)),
            "Judged" => Ok(Self::Judged(k)),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for RankingMeasure {
    type Error = UnknownMeasure;

    fn try_from(name: String) -> Result<Self, UnknownMeasure> {
        name.parse()
    }
}

impl From<RankingMeasure> for String {
    fn from(measure: RankingMeasure) -> Self {
        measure.to_string()
    }
}

/// Grades of the judged documents of one query.
pub type Grades = BTreeMap<String, i32>;

/// Puts the documents of a run into the order in which `trec_eval` reads them.
pub fn trec_order(scored: &mut [(String, f64)]) {
    scored.sort_by(|a, b| (b.1 as f32).total_cmp(&(a.1 as f32)).then_with(|| b.0.cmp(&a.0)));
}

impl RankingMeasure {
    /// Measures one ranking, ids best first (see [`trec_order`]).
    pub fn of(&self, ranking: &[&str], grades: &Grades) -> f64 {
        let grade = |id: &&str| grades.get(*id).copied().unwrap_or(0).max(0);
        let relevant = grades.values().filter(|grade| **grade > 0).count();
        let found = |k: usize| ranking.iter().take(k).filter(|id| grade(id) > 0).count();
        match *self {
            Self::Ndcg(k, gain) => {
                let mut best: Vec<i32> = grades.values().map(|grade| (*grade).max(0)).collect();
                best.sort_unstable_by(|a, b| b.cmp(a));
                let reached = discounted(ranking.iter().map(grade), k, gain);
                share(reached, discounted(best.into_iter(), k, gain))
            }
            Self::AveragePrecision => {
                let mut hits = 0;
                let mut sum = 0.0;
                for (position, id) in ranking.iter().enumerate() {
                    if grade(id) > 0 {
                        hits += 1;
                        sum += f64::from(hits) / (position + 1) as f64;
                    }
                }
                share(sum, relevant as f64)
            }
            Self::ReciprocalRank => {
                ranking.iter().position(|id| grade(id) > 0).map_or(0.0, |first| 1.0 / (first + 1) as f64)
            }
            Self::Recall(k) => share(found(k) as f64, relevant as f64),
            Self::Precision(k) => share(found(k) as f64, k as f64),
            Self::Judged(k) => {
                let judged = ranking.iter().take(k).filter(|id| grades.contains_key(**id)).count();
                share(judged as f64, ranking.len().min(k) as f64)
            }
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn discounted(grades: impl Iterator<Item = i32>, k: usize, gain: Gain) -> f64 {
    grades
        .take(k)
        .enumerate()
        .map(|(position, grade)| {
            let worth = match gain {
                Gain::Linear => f64::from(grade),
                Gain::Exponential => f64::from(grade).exp2() - 1.0,
            };
            worth / (position as f64 + 2.0).log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grades(rows: &[(&str, i32)]) -> Grades {
        rows.iter().map(|(id, grade)| ((*id).to_owned(), *grade)).collect()
    }

    #[test]
    fn hand_worked_values() {
        let judged = grades(&[("a", 2), ("b", 1), ("c", 0), ("d", 1)]);
        let ranking = ["c", "a", "x", "b"];
        let of = |name: &str| name.parse::<RankingMeasure>().unwrap().of(&ranking, &judged);
        let best = 2.0 + 1.0 / 3f64.log2() + 0.5;
        assert!((of("nDCG@10") - (2.0 / 3f64.log2() + 1.0 / 5f64.log2()) / best).abs() < 1e-12);
        assert!((of("MAP") - (0.5 + 0.5) / 3.0).abs() < 1e-12);
        assert!((of("MRR") - 0.5).abs() < 1e-12);
        assert!((of("Recall@2") - 1.0 / 3.0).abs() < 1e-12);
        assert!((of("P@10") - 0.2).abs() < 1e-12);
        assert!((of("Judged@10") - 0.75).abs() < 1e-12);
    }

    #[test]
    fn ties_go_to_the_greater_id_in_single_precision() {
        let mut run: Vec<(String, f64)> =
            [("a", 0.5), ("c", 0.5 + 1e-12), ("b", 0.5), ("z", 0.1)].map(|(id, s)| (id.to_owned(), s)).into();
        trec_order(&mut run);
        let ids: Vec<&str> = run.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["c", "b", "a", "z"]);
    }

    #[test]
    fn names_are_read_as_written_and_others_refused() {
        for name in ["nDCG@10", "nDCG-exp@5", "MAP", "MRR", "Recall@100", "P@1", "Judged@10"] {
            assert_eq!(name.parse::<RankingMeasure>().unwrap().to_string(), name);
        }
        for name in ["nDCG", "P@0", "ndcg@10", "Recall@x", "P@1001"] {
            assert!(name.parse::<RankingMeasure>().is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_measure_lies_between_zero_and_one(
            ranking in proptest::collection::btree_set("[a-j]", 0..10),
            judged in proptest::collection::btree_map("[a-j]", -1..4i32, 0..10),
        ) {
            let ranking: Vec<&str> = ranking.iter().map(String::as_str).collect();
            for name in ["nDCG@3", "nDCG-exp@10", "MAP", "MRR", "Recall@5", "P@5", "Judged@5"] {
                let value = name.parse::<RankingMeasure>().unwrap().of(&ranking, &judged);
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{name} {value}");
            }
        }

        #[test]
        fn the_best_order_has_full_ndcg(judged in proptest::collection::btree_map("[a-j]", 1..4i32, 1..10)) {
            let mut best: Vec<(&str, i32)> = judged.iter().map(|(id, grade)| (id.as_str(), *grade)).collect();
            best.sort_by(|a, b| b.1.cmp(&a.1));
            let ranking: Vec<&str> = best.iter().map(|(id, _)| *id).collect();
            prop_assert!((RankingMeasure::Ndcg(5, Gain::Linear).of(&ranking, &judged) - 1.0).abs() < 1e-12);
        }
    }
}
