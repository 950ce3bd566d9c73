//! One point as one line of JSON, and back.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::index::copy::{Point, canonical};
use crate::index::engine::Payload;
use crate::index::payload::hex;
use crate::index::store::SparseVector;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Uuid,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
    #[serde(default, skip_serializing_if = "Payload::is_empty")]
    payload: Payload,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dense: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sparse: Option<SparseLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SparseLine {
    indices: Vec<u32>,
    values: String,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// The point is this.
    Point(Box<Point>),
    /// The point is not part of the backup any more.
    Removed(Uuid),
}

/// Returns the line of a point.
pub fn of_point(point: &Point) -> Vec<u8> {
    let sparse = point
        .sparse
        .as_ref()
        .map(|sparse| SparseLine { indices: sparse.indices.clone(), values: digits(&sparse.values) });
    let line = Line {
        id: point.id,
        removed: false,
        payload: point.payload.clone(),
        dense: point.dense.as_deref().map(digits),
        sparse,
    };
    serde_json::to_vec(&line).expect("maps with text keys, texts and whole numbers are JSON")
}

/// Returns the line that takes a point back.
pub fn of_removed(id: Uuid) -> Vec<u8> {
    let line = Line { id, removed: true, payload: Payload::new(), dense: None, sparse: None };
    serde_json::to_vec(&line).expect("an id and a truth value are JSON")
}

/// Reads a line; the error says what is wrong with it.
pub fn parse(line: &[u8]) -> Result<Said, String> {
    let Line { id, removed, payload, dense, sparse } =
        serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if removed {
        return Ok(Said::Removed(id));
    }
    let dense = dense.map(|text| numbers(&text)).transpose()?;
    let sparse = sparse
        .map(|line| Ok::<_, String>(SparseVector { indices: line.indices, values: numbers(&line.values)? }))
        .transpose()?;
    Ok(Said::Point(Box::new(Point { id, payload, dense, sparse })))
}

/// Returns a hash of everything but the numbers of the dense vector, which an engine may round.
pub fn content_hash(point: &Point) -> [u8; 32] {
    let mut hash = Sha256::new();
    let payload = canonical(&point.payload);
    hash.update((payload.len() as u64).to_le_bytes());
    hash.update(payload);
    hash.update([u8::from(point.dense.is_some())]);
    if let Some(sparse) = &point.sparse {
        for (index, value) in sparse.indices.iter().zip(&sparse.values) {
            hash.update(index.to_le_bytes());
            hash.update(value.to_bits().to_le_bytes());
        }
    }
    hash.finalize().into()
}

fn digits(numbers: &[f32]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    hex(&bytes)
}

fn numbers(digits: &str) -> Result<Vec<f32>, String> {
    let wrong = || format!("a vector is not written as hexadecimal digits: {:?}", digits.get(..16));
    let nibble = |byte: u8| char::from(byte).to_digit(16).ok_or_else(wrong);
    let (groups, rest) = digits.as_bytes().as_chunks::<8>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    let number = |group: &[u8; 8]| {
        let mut bytes = [0_u8; 4];
        for (byte, pair) in bytes.iter_mut().zip(group.as_chunks::<2>().0) {
            *byte = (nibble(pair[0])? * 16 + nibble(pair[1])?) as u8;
        }
        Ok::<f32, String>(f32::from_le_bytes(bytes))
    };
    groups.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_survive_bit_by_bit() {
        let mut point = Point::record(Uuid::from_u128(7), Payload::new());
        point.payload.insert("text".to_owned(), "oʻzan 한글\n\"x\"".into());
        point.dense = Some(vec![0.1, -0.0, f32::MIN_POSITIVE, 1.0e-40, -1.0 / 3.0]);
        point.sparse = Some(SparseVector { indices: vec![1, u32::MAX], values: vec![0.3, 1e20] });
        assert_eq!(parse(&of_point(&point)), Ok(Said::Point(Box::new(point.clone()))));
        assert_eq!(parse(&of_removed(point.id)), Ok(Said::Removed(point.id)));
    }

    #[test]
    fn wrong_lines_say_what_is_wrong() {
        let id = Uuid::from_u128(7);
        for (line, sign) in [
            (format!(r#"{{"id":"{id}","dense":"0000"}}"#), "hexadecimal"),
            (format!(r#"{{"id":"{id}","dense":"0000000ü"}}"#), "hexadecimal"),
            (format!(r#"{{"id":"{id}","vector":[]}}"#), "vector"),
            (r#"{"payload":{}}"#.to_owned(), "id"),
        ] {
            let what = parse(line.as_bytes()).unwrap_err();
            assert!(what.contains(sign), "{what}");
        }
    }

    #[test]
    fn content_hash_does_not_depend_on_the_order_of_fields() {
        let fields = [("b", serde_json::json!({"y": 1, "x": [2]})), ("a", "text".into())];
        let of = |fields: Vec<(&str, serde_json::Value)>| {
            let payload = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            content_hash(&Point::record(Uuid::from_u128(7), payload))
        };
        let mut turned = vec![fields[1].clone(), fields[0].clone()];
        turned[1].1 = serde_json::json!({"x": [2], "y": 1});
        assert_eq!(of(fields.to_vec()), of(turned.clone()));
        turned[1].1 = serde_json::json!({"x": [2, 2], "y": 1});
        assert_ne!(of(fields.to_vec()), of(turned));
    }

    #[test]
    fn content_hash_ignores_the_numbers_of_the_dense_vector_alone() {
        let plain = Point::record(Uuid::from_u128(7), Payload::new());
        let with = |dense| Point { dense, ..plain.clone() };
        assert_eq!(content_hash(&with(Some(vec![1.0]))), content_hash(&with(Some(vec![0.5]))));
        assert_ne!(content_hash(&with(Some(vec![1.0]))), content_hash(&plain));
    }
}
