//! How is a classifier kept in a file? Labels and origin as JSON, then pieces, rarities and weights, all compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Classifier, ClassifierOrigin, Entry};
use crate::domain::provenance::RulesIdentity;
use crate::rules::RulesError;

/// First bytes of a stored classifier.
const MAGIC: &[u8; 8] = b"EIALIN03";

/// Longest head and most pieces that a file may state; far above any real one.
const MOST: u32 = 16 << 20;

/// Why a stored classifier cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// The bytes do not begin like a classifier.
    #[error("this is no classifier file, or one of another version")]
    OtherFormat,
    /// The bytes end early or contradict each other.
    #[error("the classifier file is damaged: {0}")]
    Damaged(&'static str),
    /// The compressed bytes cannot be read.
    #[error("the classifier file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// The description at the beginning is malformed.
    #[error("the description in the classifier file is malformed")]
    Head(#[from] serde_json::Error),
    /// The glossary that belongs to the classifiers cannot be used.
    #[error("the glossary of the classifiers cannot be used")]
    Glossary(#[from] RulesError),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    origin: ClassifierOrigin,
    labels: Vec<String>,
    bias: Vec<f32>,
    step: Vec<f32>,
    mark_step: Vec<f32>,
}

impl Classifier {
    /// Reads a stored classifier.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let packed = bytes.strip_prefix(MAGIC).ok_or(ClassifierError::OtherFormat)?;
        let mut plain = Vec::new();
        ZlibDecoder::new(packed).take(u64::from(MOST) * 4).read_to_end(&mut plain)?;
        let mut reader = Reader { rest: &plain };
        let head_length = reader.count()?;
        let head: Head = serde_json::from_slice(reader.take(head_length)?)?;
        let count = head.labels.len();
        if count == 0
            || count > usize::from(u16::MAX)
            || [&head.bias, &head.step, &head.mark_step].iter().any(|list| list.len() != count)
        {
            return Err(ClassifierError::Damaged("labels, offsets and steps do not belong together"));
        }
        let pieces = reader.count()?;
        let mut keys = Vec::with_capacity(pieces);
        let mut key = 0u32;
        for _ in 0..pieces {
            key =
                key.checked_add(reader.number()?).ok_or(ClassifierError::Damaged("keys are out of order"))?;
            keys.push(key);
        }
        if keys.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(ClassifierError::Damaged("keys are out of order"));
        }
        let half = |bytes: &[u8]| f32::from(half::f16::from_le_bytes([bytes[0], bytes[1]]));
        let rarity: Vec<f32> = reader.take(pieces * 2)?.chunks_exact(2).map(half).collect();
        let two = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes[1]]);
        let mut starts = vec![0u32];
        for length in reader.take(pieces * 2)?.chunks_exact(2).map(two) {
            starts.push(starts.last().copied().unwrap_or_default() + u32::from(length));
        }
        let entries = starts.last().copied().unwrap_or_default() as usize;
        let labels: Vec<u16> = reader.take(entries * 2)?.chunks_exact(2).map(two).collect();
        let steps = reader.take(entries)?;
        if !reader.rest.is_empty() || labels.iter().any(|label| usize::from(*label) >= count) {
            return Err(ClassifierError::Damaged("entries do not belong to the labels"));
        }
        let entries = labels
            .iter()
            .zip(steps)
            .map(|(label, steps)| Entry { label: *label, steps: *steps as i8 })
            .collect();
        let identity = no_identity();
        let Head { origin, labels, bias, step, mark_step } = head;
        let mut read =
            Self { origin, labels, bias, step, mark_step, keys, rarity, starts, entries, identity };
        read.identity = read.identity_of(bytes);
        Ok(read)
    }

    /// Returns the stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            origin: self.origin.clone(),
            labels: self.labels.clone(),
            bias: self.bias.clone(),
            step: self.step.clone(),
            mark_step: self.mark_step.clone(),
        };
        let head = serde_json::to_vec(&head).expect("a head is made of strings and numbers");
        let mut plain = Vec::new();
        plain.extend((head.len() as u32).to_le_bytes());
        plain.extend(head);
        plain.extend((self.keys.len() as u32).to_le_bytes());
        let mut before = 0;
        for key in &self.keys {
            plain.extend((key - before).to_le_bytes());
            before = *key;
        }
        self.rarity.iter().for_each(|rarity| plain.extend(half::f16::from_f32(*rarity).to_le_bytes()));
        plain.extend(self.starts.windows(2).flat_map(|pair| ((pair[1] - pair[0]) as u16).to_le_bytes()));
        plain.extend(self.entries.iter().flat_map(|entry| entry.label.to_le_bytes()));
        plain.extend(self.entries.iter().map(|entry| entry.steps as u8));
        let mut packed = ZlibEncoder::new(MAGIC.to_vec(), Compression::best());
        packed.write_all(&plain).and_then(|()| packed.finish()).expect("memory takes any number of bytes")
    }

    pub(super) fn identity_of(&self, bytes: &[u8]) -> RulesIdentity {
        RulesIdentity {
            name: self.origin.name.clone(),
            version: self.origin.date.clone(),
            sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Stands in until the bytes are known that the identity is made of.
pub(super) fn no_identity() -> RulesIdentity {
    RulesIdentity { name: String::new(), version: String::new(), sha256: String::new() }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ClassifierError> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or(ClassifierError::Damaged("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, ClassifierError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn count(&mut self) -> Result<usize, ClassifierError> {
        match self.number()? {
            count if count <= MOST => Ok(count as usize),
            _ => Err(ClassifierError::Damaged("it states more than it can hold")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::classifier;
    use super::*;

    #[test]
    fn stored_and_read_again_it_is_the_same() {
        let made = classifier();
        assert_eq!(Classifier::from_bytes(&made.to_bytes()).unwrap(), made);
    }

    #[test]
    fn a_file_that_is_cut_is_an_error_and_a_changed_one_is_never_another_classifier() {
        let bytes = classifier().to_bytes();
        assert!(matches!(Classifier::from_bytes(b"PK"), Err(ClassifierError::OtherFormat)));
        for length in 0..bytes.len() {
            assert!(Classifier::from_bytes(&bytes[..length]).is_err(), "cut at {length}");
        }
        let whole = classifier();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            if let Ok(read) = Classifier::from_bytes(&changed) {
                assert_eq!((&read.keys, &read.entries), (&whole.keys, &whole.entries), "changed at {at}");
                assert_eq!((&read.labels, &read.bias), (&whole.labels, &whole.bias), "changed at {at}");
            }
        }
    }
}
