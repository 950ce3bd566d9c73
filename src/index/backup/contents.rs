//! What do the points of an archive or of a backup come to? Counts and one hash, by which they are compared.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Backup, BackupError, QUEUE, line};
use crate::contain::stopped;
use crate::index::copy::{Collection, CopiedPoints, Copier, Point, generation_of, visible_generation};
use crate::index::payload::hex;
use crate::index::schema::{field, kind};

/// The points that count, as a restore counts them: a passage that was copied before its case was replaced or
/// deleted does not.
#[derive(Default)]
pub struct Contents {
    points: BTreeMap<Uuid, Content>,
    /// Case record → the generation that it makes visible.
    visible: BTreeMap<Uuid, Uuid>,
}

struct Content {
    kind: String,
    hash: [u8; 32],
    /// Of a passage: what has to be visible for it to count.
    generation: Option<Uuid>,
}

impl Contents {
    /// Takes in what comes about points; later words replace earlier ones.
    pub fn take(&mut self, copied: &CopiedPoints) {
        for point in &copied.points {
            self.insert(copied.collection, point);
        }
        for id in &copied.removed {
            self.points.remove(id);
            self.visible.remove(id);
        }
    }

    /// Takes in a point.
    pub fn insert(&mut self, collection: Collection, point: &Point) {
        let (kind, generation) = match collection {
            Collection::Passages => {
                let Some(generation) = generation_of(point) else { return };
                (kind::PASSAGE, Some(generation))
            }
            Collection::Records => {
                match visible_generation(point) {
                    Some((generation, _)) => self.visible.insert(point.id, generation),
                    None => self.visible.remove(&point.id),
                };
                (point.payload.get(field::KIND).and_then(|kind| kind.as_str()).unwrap_or(""), None)
            }
        };
        let content = Content { kind: kind.to_owned(), hash: line::content_hash(point), generation };
        self.points.insert(point.id, content);
    }

    /// Returns the points that count, ordered by id.
    fn counted(&self) -> impl Iterator<Item = (&Uuid, &Content)> {
        let visible: BTreeSet<Uuid> = self.visible.values().copied().collect();
        let is_shown = move |generation: Uuid| visible.contains(&generation);
        self.points.iter().filter(move |(_, content)| content.generation.is_none_or(&is_shown))
    }

    /// Returns how many there are of each kind.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (_, content) in self.counted() {
            *counts.entry(content.kind.clone()).or_default() += 1;
        }
        counts
    }

    /// Returns the hash over ids and contents.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (id, content) in self.counted() {
            hash.update(id.as_bytes());
            hash.update(content.hash);
        }
        hex(&hash.finalize())
    }
}

/// Refuses a backup that is not of what an archive shows now. Ids and contents are compared as the manifest has
/// them, so what the archive holds and does not show, as of an interrupted import, makes no difference.
pub async fn require_current(backup: &Backup, origin: &Copier) -> Result<(), BackupError> {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let taking = tokio::task::spawn_blocking(move || {
        let mut contents = Contents::default();
        while let Some(copied) = receiver.blocking_recv() {
            contents.take(&copied);
        }
        (contents.counts(), contents.sha256())
    });
    let copied = origin.copy_out(sender).await;
    let (counts, sha256) = taking.await.map_err(|task| BackupError::File {
        path: backup.path().display().to_string(),
        source: std::io::Error::other(stopped(&task)),
    })?;
    copied?;
    if sha256 == backup.manifest().content_sha256 {
        return Ok(());
    }
    Err(BackupError::Outdated {
        path: backup.path().display().to_string(),
        location: origin.location().to_owned(),
        changes: changes(&backup.manifest().counts, &counts),
    })
}

/// Says of which kinds there are more or fewer now.
fn changes(then: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> String {
    let kinds: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let changed = kinds.into_iter().filter_map(|kind| {
        let of = |counts: &BTreeMap<String, u64>| counts.get(kind).copied().unwrap_or(0);
        (of(then) != of(now)).then(|| format!("{kind} {} instead of {}", of(now), of(then)))
    });
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() { "as many points, of other contents".to_owned() } else { changed.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::index::backup::{Manifest, write_files};
    use crate::index::copy::Compatibility;
    use crate::index::engine::Payload;
    use crate::index::payload::{compatibility_record, put};
    use crate::index::schema::VectorSpace;

    const GENERATIONS: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];

    fn of_kind(id: u128, kind: &str, generation: Uuid) -> Point {
        let mut payload = Payload::new();
        put(&mut payload, field::KIND, kind);
        put(&mut payload, field::GENERATION, generation.to_string());
        put(&mut payload, field::PASSAGES, 1_u64);
        Point::record(Uuid::from_u128(id), payload)
    }

    /// Makes a backup of what comes in this order.
    fn made_of(to: &Path, copied: Vec<CopiedPoints>) -> Manifest {
        let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
        let (written_by, now) = (Compatibility::needed_for(&space), "2026-11-26T02:00:00Z".parse().unwrap());
        let (sender, receiver) = mpsc::channel(copied.len() + 1);
        let points = vec![compatibility_record(&written_by).unwrap()];
        let first = CopiedPoints { collection: Collection::Records, points, removed: Vec::new() };
        for copied in std::iter::once(first).chain(copied) {
            sender.try_send(copied).unwrap();
        }
        drop(sender);
        write_files(to, receiver, written_by, now).unwrap().publish(to).unwrap()
    }

    #[test]
    fn passages_of_a_case_that_went_or_changed_during_the_copy_do_not_count() {
        let of = |collection, points| CopiedPoints { collection, points, removed: Vec::new() };
        let [old, new] = GENERATIONS;
        let begun = vec![
            of(Collection::Records, vec![of_kind(10, kind::CASE, old)]),
            of(Collection::Passages, vec![of_kind(20, kind::PASSAGE, old)]),
        ];
        let deleted = vec![CopiedPoints {
            collection: Collection::Records,
            points: Vec::new(),
            removed: vec![Uuid::from_u128(10)],
        }];
        let replaced = vec![
            of(Collection::Passages, vec![of_kind(21, kind::PASSAGE, new)]),
            of(Collection::Records, vec![of_kind(10, kind::CASE, new)]),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (name, end, left) in [("deleted", deleted, 0), ("replaced", replaced, 1)] {
            let to = folder.path().join(name);
            let manifest = made_of(&to, [begun.clone(), end].concat());
            for kind in [kind::CASE, kind::PASSAGE] {
                assert_eq!(manifest.counts.get(kind).copied().unwrap_or(0), left, "{name}: {kind}");
            }
            // What is read of it comes to the same.
            Backup::open(&to).unwrap().check().unwrap();
        }
    }

    #[test]
    fn changes_name_the_kinds_with_other_counts() {
        let counts = |of: [(&str, u64); 3]| BTreeMap::from(of.map(|(kind, count)| (kind.to_owned(), count)));
        let then = counts([("case", 2), ("passage", 9), ("request", 1)]);
        let now = counts([("case", 2), ("passage", 12), ("verdict", 1)]);
        let expected = "passage 12 instead of 9, request 0 instead of 1, verdict 1 instead of 0";
        assert_eq!(changes(&then, &now), expected);
        assert!(changes(&then, &then).contains("other contents"));
    }
}
