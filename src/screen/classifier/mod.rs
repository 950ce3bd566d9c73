//! How much does a sentence read like the labelled examples of a class? A linear classifier over pieces of wording.
//!
//! The lexicons and vocabularies of the rules know the words they list; this knows what labelled sentences have in
//! common, and so judges wording that no list has. It is one matrix of weights over the pieces of
//! [`crate::text::ngrams`] and over marks set by the rules, fitted by [`crate::eval`] and stored with its origin.
//! A text is two parts, its own wording and its gloss ([`wording`]), each weighed by rarity (tf-idf with logarithmic
//! counts) and scaled to length 1; a class's log-odds are the sum of its weights, so what speaks for a class can be named
//! word by word. Several texts in a row are judged together as if they shared no piece, so that each is read only once.
//!
//! Invariants: the same bytes and text give the same figures on every machine; a file that is damaged or of another
//! layout is an error, never another result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::provenance::RulesIdentity;
use crate::text::ngrams::Key;

mod stored;
pub mod wording;

pub use stored::ClassifierError;
use wording::Wording;

/// Where a classifier comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierOrigin {
    /// What it is called in reports.
    pub name: String,
    /// Day of the fit, `YYYY-MM-DD`.
    pub date: String,
    /// Suites its examples come from.
    pub data: Vec<String>,
    /// SHA-256 over the examples.
    pub data_sha256: String,
    /// Examples used.
    pub examples: usize,
    /// Figures of the fit.
    #[serde(default)]
    pub figures: BTreeMap<String, f64>,
}

/// Weight of one piece for one class, in steps of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    label: u16,
    steps: i8,
}

/// A fitted classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    origin: ClassifierOrigin,
    labels: Vec<String>,
    bias: Vec<f32>,
    step: Vec<f32>,
    /// Marks weigh more than pieces of wording and have steps of their own.
    mark_step: Vec<f32>,
    /// Known pieces, ascending.
    keys: Vec<Key>,
    /// Inverse document frequency of each; 0 for a mark.
    rarity: Vec<f32>,
    /// Where each piece's entries begin, and the end of the last.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    identity: RulesIdentity,
}

/// Weights of one piece or mark, as the fit found them.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Hash of the piece or mark.
    pub key: Key,
    /// Inverse document frequency; 0 for a mark.
    pub rarity: f32,
    /// One weight per label.
    pub weights: Vec<f32>,
}

/// What a text says for every label.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    own: Part,
    gloss: Part,
}

/// What one part of a text says, before it is scaled to length 1.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    /// Sum of weights by label.
    sums: Vec<f32>,
    squared_length: f32,
}

/// Value of a mark: a statement of a rule counts about as much as the whole wording of a sentence.
pub const MARK: f32 = 0.5;

impl Said {
    /// True if the classifier knows nothing of the text.
    pub fn is_nothing(&self) -> bool {
        self.own.squared_length == 0.0 && self.gloss.squared_length == 0.0
    }
}

impl Classifier {
    /// Makes a classifier of fitted weights. A step is the greatest weight of the label by 127, for pieces of wording
    /// and for marks; weights below half a step or of less than `least` are left out.
    pub fn of(
        origin: ClassifierOrigin,
        labels: Vec<String>,
        bias: Vec<f32>,
        mut fitted: Vec<Weights>,
        least: f32,
    ) -> Self {
        fitted.sort_by_key(|weights| weights.key);
        let steps = |is_mark: bool| -> Vec<f32> {
            let greatest = |label: usize| {
                let own = fitted.iter().filter(|weights| (weights.rarity == 0.0) == is_mark);
                own.map(|weights| weights.weights[label].abs()).fold(f32::MIN_POSITIVE, f32::max)
            };
            (0..labels.len()).map(|label| greatest(label) / 127.0).collect()
        };
        let (step, mark_step) = (steps(false), steps(true));
        let (mut keys, mut rarity, mut starts, mut entries) = (Vec::new(), Vec::new(), vec![0], Vec::new());
        for weights in &fitted {
            let before = entries.len();
            let steps = if weights.rarity > 0.0 { &step } else { &mark_step };
            entries.extend(weights.weights.iter().zip(steps).enumerate().filter_map(
                |(label, (weight, step))| {
                    let steps = (weight / step).round() as i8;
                    (steps != 0 && weight.abs() >= least).then_some(Entry { label: label as u16, steps })
                },
            ));
            // A piece without weights still counts in the length of a text.
            if entries.len() > before || weights.rarity > 0.0 {
                keys.push(weights.key);
                rarity.push(f32::from(half::f16::from_f32(weights.rarity)));
                starts.push(entries.len() as u32);
            }
        }
        let identity = stored::no_identity();
        let mut made =
            Self { origin, labels, bias, step, mark_step, keys, rarity, starts, entries, identity };
        made.identity = made.identity_of(&made.to_bytes());
        made
    }

    /// Returns where it comes from.
    pub fn origin(&self) -> &ClassifierOrigin {
        &self.origin
    }

    /// Returns name, day and hash.
    pub fn identity(&self) -> &RulesIdentity {
        &self.identity
    }

    /// Returns how many pieces and marks it knows.
    pub fn features(&self) -> usize {
        self.keys.len()
    }

    /// Returns the index of a label.
    pub fn label(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| label == name)
    }

    /// Returns the labels in the order of the figures.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Reads a text.
    pub fn read(&self, wording: &Wording) -> Said {
        let own = self.known(wording.own.pieces.iter().map(|piece| (piece.key, piece.word)));
        let gloss = self.known(wording.gloss.iter().map(|key| (*key, 0)));
        Said { own: self.part(&own), gloss: self.part(&gloss) }
    }

    /// Returns the log-odds of every label for texts in a row, with marks of the rules.
    pub fn log_odds(&self, texts: &[&Said], marks: &[Key]) -> Vec<f32> {
        let mut odds = self.bias.clone();
        add_scaled(&mut odds, texts.iter().map(|said| &said.own));
        add_scaled(&mut odds, texts.iter().map(|said| &said.gloss));
        for index in marks.iter().filter_map(|mark| self.keys.binary_search(mark).ok()) {
            self.add(&mut odds, index as u32, MARK);
        }
        odds
    }

    /// Returns what each word of a text says for a label: the sum of the weights of its pieces. The gloss is left out,
    /// because its words are not those of the text.
    pub fn said_by_words(&self, wording: &Wording, label: usize) -> Vec<f32> {
        let known = self.known(wording.own.pieces.iter().map(|piece| (piece.key, piece.word)));
        let mut said = vec![0.0; wording.own.words.len()];
        for (index, value, word) in &known {
            for entry in self.entries_of(*index).iter().filter(|entry| usize::from(entry.label) == label) {
                if let Some(sum) = said.get_mut(*word) {
                    *sum += value * f32::from(entry.steps) * self.steps_of(*index)[label];
                }
            }
        }
        said
    }

    /// Returns the pieces that the classifier knows, each once: index, value, word of its first occurrence.
    fn known(&self, found: impl Iterator<Item = (Key, usize)>) -> Vec<(u32, f32, usize)> {
        let index = |key: Key| self.keys.binary_search(&key).ok().map(|index| index as u32);
        let counted = counted(found.filter_map(|(key, word)| Some((index(key)?, word))));
        let value = |index: u32, count: f32| (1.0 + count.ln()) * self.rarity[index as usize];
        counted.into_iter().map(|(index, (count, word))| (index, value(index, count), word)).collect()
    }

    fn part(&self, known: &[(u32, f32, usize)]) -> Part {
        let mut sums = vec![0.0; self.labels.len()];
        known.iter().for_each(|(index, value, _)| self.add(&mut sums, *index, *value));
        Part { sums, squared_length: known.iter().map(|(_, value, _)| value * value).sum() }
    }

    fn add(&self, sums: &mut [f32], index: u32, value: f32) {
        let steps = self.steps_of(index);
        for entry in self.entries_of(index) {
            let label = usize::from(entry.label);
            sums[label] += value * f32::from(entry.steps) * steps[label];
        }
    }

    fn entries_of(&self, index: u32) -> &[Entry] {
        let at = index as usize;
        &self.entries[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    fn steps_of(&self, index: u32) -> &[f32] {
        if self.rarity[index as usize] > 0.0 { &self.step } else { &self.mark_step }
    }
}

/// Adds parts that together have length 1.
fn add_scaled<'a>(odds: &mut [f32], parts: impl Iterator<Item = &'a Part> + Clone) {
    let squared: f32 = parts.clone().map(|part| part.squared_length).sum();
    if squared > 0.0 {
        let scale = squared.sqrt().recip();
        parts.for_each(|part| odds.iter_mut().zip(&part.sums).for_each(|(odds, sum)| *odds += scale * sum));
    }
}

/// Counts how often each piece occurs; keeps the word of its first occurrence.
pub fn counted<K: Ord>(found: impl Iterator<Item = (K, usize)>) -> BTreeMap<K, (f32, usize)> {
    let mut counts = BTreeMap::new();
    for (key, word) in found {
        counts.entry(key).or_insert((0.0, word)).0 += 1.0;
    }
    counts
}

/// Returns the probability behind log-odds.
pub fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Returns the log-odds whose odds are the sum of two.
pub fn sum_of_odds(one: f32, other: f32) -> f32 {
    let (greater, lesser) = (one.max(other), one.min(other));
    greater + (lesser - greater).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;
    use crate::text::ngrams::{key_of_mark, pieces};

    fn read(text: &str, language: Language) -> Wording {
        wording::WordingReader::builtin().unwrap().read(text, language)
    }

    pub(super) fn classifier() -> Classifier {
        let text = pieces("noise at night", Language::English);
        let fitted = text
            .pieces
            .iter()
            .map(|piece| Weights {
                key: piece.key,
                rarity: 1.5,
                weights: if piece.word == 0 { vec![2.0, -1.0] } else { vec![0.001, 0.5] },
            })
            .chain([Weights { key: key_of_mark("R14"), rarity: 0.0, weights: vec![4.0, 0.0] }])
            .collect::<Vec<_>>();
        let mut once = BTreeMap::new();
        fitted.into_iter().for_each(|weights| {
            once.insert(weights.key, weights);
        });
        let origin =
            ClassifierOrigin { name: "test".to_owned(), date: "2026-11-26".to_owned(), ..Default::default() };
        let labels = vec!["R14".to_owned(), "R07".to_owned()];
        Classifier::of(origin, labels, vec![-3.0, -3.0], once.into_values().collect(), 0.0)
    }

    #[test]
    fn words_and_marks_speak_for_a_label() {
        let made = classifier();
        let (night, noise) = (read("night", Language::English), read("The noise", Language::English));
        let (of_night, of_noise) = (made.read(&night), made.read(&noise));
        let odds = |said: &Said, marks: &[Key]| made.log_odds(&[said], marks)[0];
        assert!(odds(&of_noise, &[]) > odds(&of_night, &[]) + 1.0);
        let marked = odds(&of_night, &[key_of_mark("R14")]);
        assert!((marked - odds(&of_night, &[]) - 4.0 * MARK).abs() < 0.05);
        let said = made.said_by_words(&noise, 0);
        assert!(said[1] > 1.0 && said[0] <= 0.0, "{said:?}");
        assert_eq!(made.log_odds(&[&made.read(&read("Шум", Language::Russian))], &[]), made.bias);
    }

    #[test]
    fn texts_in_a_row_are_one_text_if_they_share_no_piece() {
        let made = classifier();
        let [noise, night, both] =
            ["noise", "night", "noise night"].map(|text| made.read(&read(text, Language::English)));
        for (together, apart) in
            made.log_odds(&[&both], &[]).iter().zip(made.log_odds(&[&noise, &night], &[]))
        {
            assert!((together - apart).abs() < 1e-4, "{together} {apart}");
        }
    }
}
