//! How much of the disk has to be free for a write?
//!
//! The engine writes through memory maps of sparse files, where a full disk kills the process; so room is asked for
//! before every write. What takes something away, announces that, or puts right what a kill has left needs less
//! than what stores: of a disk that is too full to store anything everything can still be deleted, and an archive
//! on it can be opened.

use std::path::Path;

use serde_json::Value;

use super::shard::io_failed;
use crate::index::engine::Point;
use crate::index::payload;
use crate::index::store::IndexError;

/// Returns how many bytes of the disk that holds a path are free.
pub type FreeBytes = fn(&Path) -> std::io::Result<u64>;

/// What must be left when points are stored: what the engine's sparse files may grow by.
const RESERVE_BYTES: u64 = 96 * 1024 * 1024;

/// What must be left for everything else.
const SMALL_RESERVE_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes that must be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room(u64);

impl Room {
    /// Returns what points need that are stored.
    pub fn to_store(points: &[Point]) -> Self {
        let frees = |point: &Point| payload::is_of_deletion(&point.payload);
        let reserve = if points.iter().all(frees) { SMALL_RESERVE_BYTES } else { RESERVE_BYTES };
        Self(reserve + growth(points))
    }

    /// Returns what points need that are stored again as they were.
    pub fn to_restore(points: &[Point]) -> Self {
        Self(SMALL_RESERVE_BYTES + growth(points))
    }

    /// Returns what a deletion, or a write to disk of what was stored before, needs.
    pub fn to_delete() -> Self {
        Self(SMALL_RESERVE_BYTES)
    }

    /// Returns what it takes to write segments anew.
    pub fn to_tidy() -> Self {
        Self(RESERVE_BYTES)
    }

    /// Refuses if the disk that holds the path has less.
    pub fn require(self, path: &Path, free_bytes: FreeBytes) -> Result<(), IndexError> {
        let free = free_bytes(path).map_err(|error| io_failed(path, "write", &error))?;
        if free >= self.0 {
            return Ok(());
        }
        Err(IndexError::Unavailable {
            location: path.display().to_string(),
            what: format!(
                "the disk is full: {} MiB are free, {} MiB are needed",
                free / (1024 * 1024),
                self.0.div_ceil(1024 * 1024)
            ),
        })
    }
}

/// Returns the free bytes of the disk that holds `path`.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// A write stands in the log and in the segment, and indexes grow with it.
fn growth(points: &[Point]) -> u64 {
    4 * points.iter().map(size).sum::<usize>() as u64
}

/// Returns about how many bytes a point takes.
fn size(point: &Point) -> usize {
    let dense = point.dense.as_ref().map_or(0, Vec::len) * size_of::<f32>();
    let sparse = point.sparse.as_ref().map_or(0, |sparse| sparse.indices.len()) * 8;
    let texts = point.payload.values().map(|value| match value {
        Value::String(text) => text.len(),
        Value::Object(fields) => fields.len() * 64,
        _ => 16,
    });
    dense + sparse + texts.sum::<usize>() + 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::engine::Payload;
    use crate::index::payload::put;
    use crate::index::schema::{field, kind};
    use uuid::Uuid;

    fn record(kind: &str) -> Point {
        let mut payload = Payload::new();
        put(&mut payload, field::KIND, kind);
        Point::record(Uuid::nil(), payload)
    }

    #[test]
    fn what_announces_a_deletion_needs_less_than_what_stores() {
        let needed = |points: &[Point]| Room::to_store(points).0;
        let deletion = [record(kind::DELETION), record(kind::FILE_DELETION)];
        assert!(needed(&deletion) < RESERVE_BYTES);
        assert!(needed(&[record(kind::SCREENING)]) > RESERVE_BYTES);
        assert!(needed(&[record(kind::DELETION), record(kind::SCREENING)]) > RESERVE_BYTES);
        assert!(Room::to_restore(&[record(kind::SCREENING)]).0 < RESERVE_BYTES);
    }
}
