//! Fits the classifiers that stand beside the rules: `eval fit-risk` and `eval fit-passages`.
//!
//! Both learn from short labelled texts: pieces of wording weighed by rarity, marks of the rules, and penalised logistic
//! regression ([`super::linear`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::linear;
use crate::assembly::AssemblyError;
use crate::eval::suites::EvalError;
use crate::screen::classifier::wording::{Wording, WordingReader};
use crate::screen::classifier::{Classifier, ClassifierOrigin, MARK, Weights, counted};
use crate::text::ngrams::Key;

pub mod passages;
pub mod risk;

/// Returns what takes texts apart.
fn reader() -> Result<Arc<WordingReader>, EvalError> {
    WordingReader::builtin().map_err(|error| EvalError::Assembly(AssemblyError::Rules(error)))
}

/// The pieces of a text with their counts as logarithms.
#[derive(Debug)]
struct Counts {
    own: BTreeMap<Key, f32>,
    gloss: BTreeMap<Key, f32>,
}

impl Counts {
    fn of(wording: &Wording) -> Self {
        let logarithmic = |keys: &mut dyn Iterator<Item = Key>| {
            counted(keys.map(|key| (key, 0)))
                .into_iter()
                .map(|(key, (count, _))| (key, 1.0 + count.ln()))
                .collect()
        };
        Self {
            own: logarithmic(&mut wording.own.pieces.iter().map(|piece| piece.key)),
            gloss: logarithmic(&mut wording.gloss.iter().copied()),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.own.keys().chain(self.gloss.keys())
    }
}

/// The pieces that several texts share, and the marks of rules.
struct Lexis {
    /// Pieces and marks with their rarity, which is 0 for a mark.
    keys: Vec<(Key, f32)>,
    place: HashMap<Key, usize>,
}

impl Lexis {
    /// `least`: texts in which a piece has to occur.
    fn of<'a>(
        texts: impl ExactSizeIterator<Item = &'a Counts>,
        marks: impl Iterator<Item = Key>,
        least: usize,
    ) -> Self {
        let count = texts.len() as f64;
        let mut frequency: BTreeMap<Key, usize> = BTreeMap::new();
        texts.flat_map(Counts::keys).for_each(|key| *frequency.entry(*key).or_insert(0) += 1);
        let known = frequency.into_iter().filter(|(_, texts)| *texts >= least).map(|(key, texts)| {
            let rarity = ((1.0 + count) / (1.0 + texts as f64)).ln() + 1.0;
            (key, f32::from(half::f16::from_f64(rarity)))
        });
        let marks: BTreeSet<Key> = marks.collect();
        let keys: Vec<(Key, f32)> = known.chain(marks.into_iter().map(|key| (key, 0.0))).collect();
        let place = keys.iter().enumerate().map(|(at, (key, _))| (*key, at)).collect();
        Self { keys, place }
    }

    fn size(&self) -> usize {
        self.keys.len()
    }

    /// A text as two parts of length 1.
    fn values(&self, counts: &Counts) -> Vec<(usize, f32)> {
        [&counts.own, &counts.gloss].into_iter().flat_map(|part| self.scaled(part)).collect()
    }

    fn scaled(&self, part: &BTreeMap<Key, f32>) -> Vec<(usize, f32)> {
        let values: Vec<(usize, f32)> = part
            .iter()
            .filter_map(|(key, count)| self.place.get(key).map(|at| (*at, count * self.keys[*at].1)))
            .collect();
        let length = values.iter().map(|(_, value)| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        values.into_iter().map(|(at, value)| (at, value / length)).collect()
    }

    fn marks(&self, marks: &[Key]) -> Vec<(usize, f32)> {
        marks.iter().filter_map(|key| self.place.get(key)).map(|at| (*at, MARK)).collect()
    }

    fn classifier(
        &self,
        origin: ClassifierOrigin,
        labels: Vec<String>,
        bias: &[f64],
        weights: Vec<Vec<f64>>,
        least: f32,
    ) -> Classifier {
        let fitted = self
            .keys
            .iter()
            .zip(weights)
            .map(|((key, rarity), weights)| Weights {
                key: *key,
                rarity: *rarity,
                weights: weights.into_iter().map(|weight| weight as f32).collect(),
            })
            .collect();
        Classifier::of(origin, labels, bias.iter().map(|bias| *bias as f32).collect(), fitted, least)
    }
}

/// Examples with their labels, growing.
struct Rows {
    examples: linear::Examples,
    truths: Vec<Vec<(bool, f32)>>,
}

impl Rows {
    fn new(features: usize, labels: usize) -> Self {
        let examples = linear::Examples { rows: 0, columns: vec![Vec::new(); features] };
        Self { examples, truths: vec![Vec::new(); labels] }
    }

    /// Adds an example; `truth` says of every label whether it has it and how much that counts.
    fn push(
        &mut self,
        values: &[(usize, f32)],
        marks: &[(usize, f32)],
        truth: impl Iterator<Item = (bool, f32)>,
    ) {
        let row = self.examples.rows as u32;
        values.iter().chain(marks).for_each(|(at, value)| self.examples.columns[*at].push((row, *value)));
        self.truths.iter_mut().zip(truth).for_each(|(truths, own)| truths.push(own));
        self.examples.rows += 1;
    }
}
