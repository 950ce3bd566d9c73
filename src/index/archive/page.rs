//! How much is in one page of a list? Objects are read a few at a time until there are as many as were asked for, or
//! until they are large: hundreds of the largest ones would be in memory outside of every limit, for an answer that no
//! message holds.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Archive;
use crate::index::engine::{Fields, Record};
use crate::index::payload;
use crate::index::schema::{Collection, field};
use crate::index::store::{CaseIndex, IndexError};

/// Bytes of objects beyond which a page ends. As a message they are no larger, and an answer may have four times as
/// many.
const PAGE_BYTES: usize = 8 << 20;
/// Objects read in one engine call.
const READ_AT_ONCE: usize = 32;
/// Bytes counted for every value of an object beside its text.
const EACH_VALUE: usize = 16;

/// Objects of a page, by the points that hold them.
pub(in crate::index) struct PageRead<T> {
    /// In the order that was asked for.
    pub items: Vec<(Uuid, T)>,
    /// True if further ones would have been too much.
    pub is_cut: bool,
}

impl Archive {
    /// Reads objects in the order of their points, as many as a page holds, at least one; those that are not there
    /// any more are left out.
    pub(in crate::index) async fn read_page<T: DeserializeOwned>(
        &self,
        points: &[Uuid],
    ) -> Result<PageRead<T>, IndexError> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        for few in points.chunks(READ_AT_ONCE) {
            for record in self.engine.get(Collection::Records, few.to_vec(), Fields::All).await? {
                bytes += content_bytes(&record);
                if bytes > PAGE_BYTES && !items.is_empty() {
                    return Ok(PageRead { items, is_cut: true });
                }
                items.push((record.id, payload::read_content(record, self.location())?));
            }
        }
        Ok(PageRead { items, is_cut: false })
    }
}

fn content_bytes(record: &Record) -> usize {
    record.payload.get(field::CONTENT).map_or(0, size)
}

fn size(value: &Value) -> usize {
    EACH_VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(size).sum::<usize>(),
            Value::Object(fields) => fields.values().map(size).sum::<usize>(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}
