//! Which passages mean what an element is described as, compared with what the other elements mean?
//!
//! A bare similarity says little: every passage of an impact assessment resembles every description a
//! little. So a passage's similarity to an element is contrasted with its similarity to the other
//! elements; only what stands out counts. Where the model does not cover a passage's language there is no
//! vector, and meaning says nothing.

use tokio_util::sync::CancellationToken;

use crate::domain::document::Passage;
use crate::domain::language::Language;
use crate::domain::requirement::CanonicalElement;
use crate::embed::model::{EmbedError, Embedder, TextKind};

/// Description vectors of the elements.
#[derive(Debug, Default, Clone)]
pub struct Descriptions {
    /// Per element, one vector per description in a language the model covers.
    vectors: Vec<Vec<Vec<f32>>>,
}

/// How strongly a passage stands out for an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning {
    /// Index of the passage.
    pub passage: usize,
    /// Similarity above the passage's mean similarity to all elements.
    pub contrast: f32,
}

impl Descriptions {
    /// Embeds the descriptions of the elements in every language the model covers.
    pub fn new(elements: &[CanonicalElement], embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        let mut texts: Vec<&str> = Vec::new();
        let mut owners = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            for language in Language::ALL.into_iter().filter(|language| embedder.covers(*language)) {
                for text in element.descriptions.get(&language).into_iter().flatten() {
                    texts.push(text);
                    owners.push(index);
                }
            }
        }
        let embedded = embedder.embed(TextKind::Query, &texts, &CancellationToken::new())?;
        let mut vectors = vec![Vec::new(); elements.len()];
        for (owner, vector) in owners.into_iter().zip(embedded) {
            vectors[owner].push(vector);
        }
        Ok(Self { vectors })
    }

    /// Returns per element the passages that stand out most for it, strongest first, at most three.
    pub fn compare(&self, passages: &[Passage], vectors: &[Option<Vec<f32>>]) -> Vec<Vec<Meaning>> {
        let mut found: Vec<Vec<Meaning>> = vec![Vec::new(); self.vectors.len()];
        for passage in 0..passages.len().min(vectors.len()) {
            let Some(vector) = &vectors[passage] else { continue };
            let similarities: Vec<Option<f32>> = self
                .vectors
                .iter()
                .map(|own| own.iter().map(|other| dot(vector, other)).max_by(f32::total_cmp))
                .collect();
            let known: Vec<f32> = similarities.iter().flatten().copied().collect();
            if known.is_empty() {
                continue;
            }
            let mean = known.iter().sum::<f32>() / known.len() as f32;
            for (element, similarity) in similarities.iter().enumerate() {
                if let Some(similarity) = similarity {
                    let contrast = similarity - mean;
                    keep_three(&mut found[element], Meaning { passage, contrast });
                }
            }
        }
        found
    }
}

fn keep_three(list: &mut Vec<Meaning>, candidate: Meaning) {
    let at = list.partition_point(|known| known.contrast >= candidate.contrast);
    if at < 3 {
        list.insert(at, candidate);
        list.truncate(3);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_strongest_passages_are_kept_in_order() {
        let mut list = Vec::new();
        for (passage, contrast) in [(0, 0.1), (1, 0.4), (2, 0.2), (3, 0.3)] {
            keep_three(&mut list, Meaning { passage, contrast });
        }
        let order: Vec<usize> = list.iter().map(|known| known.passage).collect();
        assert_eq!(order, [1, 3, 2]);
    }
}
