//! How is a text compared word by word? As a BM25 vector: one dimension per term, weighted here, with
//! the inverse document frequency supplied by the engine at query time.
//!
//! Stands between the tokeniser (`text::tokens`), which yields the terms in every language, and both
//! index engines, which only multiply and add; so both rank alike.
//!
//! Invariants: indices ascend without repeats, every weight is finite and positive, and the vector
//! depends on the multiset of terms alone, not on their order.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::store::SparseVector;

/// Saturation of repeated terms: the usual value of Robertson and Spärck Jones.
pub const K1: f64 = 1.2;
/// How much longer passages are held back; 0 not at all, 1 in full.
pub const B: f64 = 0.75;
/// Terms in an average passage.
///
/// A constant rather than a measured mean: with a running mean the same passage would get another
/// vector depending on what was imported before it. Passages are cut to the model's window, so their
/// lengths lie close together: 256 word pieces are about 180 words.
pub const AVERAGE_TERMS: f64 = 180.0;

/// Returns the BM25 vector of a passage with these terms (repeats included).
pub fn sparse_vector(terms: &[String]) -> SparseVector {
    let length = terms.len() as f64;
    let norm = K1 * (1.0 - B + B * length / AVERAGE_TERMS);
    weigh(terms, |count| {
        let count = f64::from(count);
        count * (K1 + 1.0) / (count + norm)
    })
}

/// Returns the vector of a query: weight 1 for each distinct term.
pub fn sparse_query(terms: &[String]) -> SparseVector {
    weigh(terms, |_| 1.0)
}

/// Returns the vector that has every dimension of both: where they share one, the greater of its weight in
/// `own` and `factor` times its weight in `other`. Numbers and names, which a passage and its gloss have in
/// common, so count once.
pub fn joined(own: &SparseVector, other: &SparseVector, factor: f32) -> SparseVector {
    let mut weights: BTreeMap<u32, f32> =
        own.indices.iter().copied().zip(own.values.iter().copied()).collect();
    for (&id, &value) in other.indices.iter().zip(&other.values) {
        let weight = weights.entry(id).or_insert(0.0);
        *weight = weight.max(value * factor);
    }
    let (indices, values) = weights.into_iter().unzip();
    SparseVector { indices, values }
}

/// Returns the dimension of a term: the first four bytes of its SHA-256, big-endian.
///
/// Stable across platforms and releases, which a standard-library hash is not. Among 200,000 distinct
/// terms about five pairs share a dimension (n² / 2³³); a given term meets another one with a chance
/// of 1 in 20,000. Two such terms count as one, which moves a score a little and breaks nothing.
pub fn term_id(term: &str) -> u32 {
    let digest = Sha256::digest(term.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

fn weigh(terms: &[String], weight: impl Fn(u32) -> f64) -> SparseVector {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for term in terms {
        *counts.entry(term_id(term)).or_default() += 1;
    }
    let (indices, values) = counts.into_iter().map(|(id, count)| (id, weight(count) as f32)).unzip();
    SparseVector { indices, values }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn term_ids_are_the_published_ones() {
        // Pinned so that a change of hash is noticed: an index written with another one would
        // silently find nothing.
        assert_eq!(term_id("water"), 0x0f41_6849);
        // SHA-256 of the empty string is e3b0c442…
        assert_eq!(term_id(""), 0xe3b0_c442);
        // SHA-256("abc") is ba7816bf… (FIPS 180-2, appendix B.1)
        assert_eq!(term_id("abc"), 0xba78_16bf);
    }

    #[test]
    fn weight_of_a_single_term_is_the_hand_worked_one() {
        // one term, length 1: 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 / 180)) = 2.2 / 1.305
        let vector = sparse_vector(&terms("water"));
        assert!((vector.values[0] - 1.685_823_8).abs() < 1e-6, "{}", vector.values[0]);
    }

    #[test]
    fn repeated_terms_saturate_below_k1_plus_one() {
        let vector = sparse_vector(&vec!["water".to_owned(); 500]);
        assert_eq!(vector.indices.len(), 1);
        assert!(vector.values[0] < (K1 + 1.0) as f32);
        assert!(vector.values[0] > sparse_vector(&terms("water")).values[0]);
    }

    #[test]
    fn query_terms_count_once() {
        let vector = sparse_query(&terms("сув сув ҳаво"));
        assert_eq!(vector.values, [1.0, 1.0]);
    }

    #[test]
    fn joined_vectors_count_a_shared_term_once() {
        let (own, gloss) = (sparse_query(&terms("вода 12")), sparse_query(&terms("water 12")));
        let both = joined(&own, &gloss, 0.5);
        let weight =
            |term: &str| both.values[both.indices.iter().position(|id| *id == term_id(term)).unwrap()];
        assert_eq!(both.indices.len(), 3);
        assert_eq!([weight("вода"), weight("12"), weight("water")], [1.0, 1.0, 0.5]);
    }

    proptest! {
        #[test]
        fn indices_ascend_and_weights_are_positive(words in proptest::collection::vec("\\PC{0,6}", 0..200)) {
            let vector = sparse_vector(&words);
            prop_assert!(vector.indices.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(vector.indices.len(), vector.values.len());
            prop_assert!(vector.values.iter().all(|value| value.is_finite() && *value > 0.0));
        }

        #[test]
        fn order_of_terms_does_not_matter(mut words in proptest::collection::vec("[a-d]{1,2}", 0..60)) {
            let forward = sparse_vector(&words);
            words.reverse();
            prop_assert_eq!(forward, sparse_vector(&words));
        }
    }
}
