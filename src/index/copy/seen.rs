//! What has a copy met so far? Hashes, by which it sees what has changed, and the passages still to come.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Point, canonical, generation_of, visible_generation};
use crate::index::engine::{Payload, Record};
use crate::index::schema::field;

/// The beginning of a SHA-256.
type Hash = [u8; 16];

/// What a copy has met so far.
#[derive(Default)]
pub struct Seen {
    records: BTreeMap<Uuid, Hash>,
    /// Screening → hash of its record without the report.
    without_report: BTreeMap<Uuid, Hash>,
    /// Case record → its visible generation and the passages still to come.
    cases: BTreeMap<Uuid, (Uuid, u64)>,
    /// Visible generation → its case record.
    generations: BTreeMap<Uuid, Uuid>,
}

impl Seen {
    /// True if the record has not been met just so; remembers it.
    pub fn is_new(&mut self, record: &Point) -> bool {
        let hash = hash_of(&record.payload);
        if self.records.insert(record.id, hash) == Some(hash) {
            return false;
        }
        if record.payload.contains_key(field::REPORT) {
            self.without_report.insert(record.id, hash_without_report(&record.payload));
        } else {
            self.without_report.remove(&record.id);
        }
        if let Some((generation, passages)) = visible_generation(record) {
            if let Some((old, _)) = self.cases.insert(record.id, (generation, passages)) {
                self.generations.remove(&old);
            }
            self.generations.insert(generation, record.id);
        }
        true
    }

    /// True if the record has been met.
    pub fn has(&self, record: Uuid) -> bool {
        self.records.contains_key(&record)
    }

    /// True if a screening, read without its report, was met just so.
    pub fn is_as_met(&self, screening: &Record) -> bool {
        self.without_report.get(&screening.id) == Some(&hash_without_report(&screening.payload))
    }

    /// Forgets records that are not there any more and returns them.
    pub fn forget_all_but(&mut self, there: &BTreeSet<Uuid>) -> Vec<Uuid> {
        let removed = self.records.keys().filter(|id| !there.contains(id)).copied().collect();
        self.records.retain(|id, _| there.contains(id));
        self.without_report.retain(|id, _| there.contains(id));
        self.cases.retain(|id, _| there.contains(id));
        self.generations.retain(|_, case| there.contains(case));
        removed
    }

    /// True if the passage is visible; counts it.
    pub fn count(&mut self, passage: &Point) -> bool {
        let generation = generation_of(passage);
        let Some(case) = generation.and_then(|generation| self.generations.get(&generation)) else {
            return false;
        };
        if let Some((_, missing)) = self.cases.get_mut(case) {
            *missing = missing.saturating_sub(1);
        }
        true
    }

    /// Returns the case records of which passages are missing.
    pub fn incomplete(&self) -> Vec<Uuid> {
        self.cases.iter().filter(|(_, (_, missing))| *missing > 0).map(|(case, _)| *case).collect()
    }
}

fn hash_of(payload: &Payload) -> Hash {
    let hash = Sha256::digest(canonical(payload));
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    short
}

fn hash_without_report(payload: &Payload) -> Hash {
    let others = payload.iter().filter(|(name, _)| name.as_str() != field::REPORT);
    let others: Payload = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    hash_of(&others)
}
