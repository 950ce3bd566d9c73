//! Can the engine be given this? What an engine would misread, or answer with an error of its own, is
//! refused here with a message that says what to correct.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::store::{IndexError, IndexedDocument, QueryVector, SparseVector};
use crate::domain::verdict::Verdict;

/// Most items of one page or hits of one query.
pub const MAX_LIMIT: usize = 10_000;

/// Checks the number of items asked for.
pub fn limit(limit: usize) -> Result<(), IndexError> {
    check((1..=MAX_LIMIT).contains(&limit), || {
        format!("the limit is {limit}; it must be from 1 to {MAX_LIMIT}")
    })
}

/// Parses the id after which a page starts.
pub fn page_start(after: &str) -> Result<Uuid, IndexError> {
    Uuid::parse_str(after).map_err(|_| IndexError::Invalid {
        what: format!("{after:?} is not an id after which a page can start"),
    })
}

/// Parses the time of a verdict.
pub fn time(time: &str) -> Result<Timestamp, IndexError> {
    time.parse()
        .map_err(|_| IndexError::Invalid { what: format!("{time:?} is not a time written as in RFC 3339") })
}

/// Checks documents before they are imported.
pub fn documents(documents: &[IndexedDocument], dimension: usize) -> Result<(), IndexError> {
    let mut ids = BTreeSet::new();
    for document in documents {
        let name = &document.name;
        check(ids.insert(document.id), || format!("document {name} is given twice"))?;
        let mut ordinals = BTreeSet::new();
        for passage in &document.passages {
            let ordinal = passage.ordinal;
            let at = || format!("passage {ordinal} of {name}");
            check(ordinals.insert(ordinal), || format!("{} is given twice", at()))?;
            if let Some(vector) = &passage.dense {
                dense(vector, dimension).map_err(|what| invalid(format!("{}: {what}", at())))?;
            }
            sparse(&passage.sparse).map_err(|what| invalid(format!("{}: {what}", at())))?;
        }
    }
    Ok(())
}

/// Checks query vectors.
pub fn queries(queries: &[QueryVector], dimension: usize) -> Result<(), IndexError> {
    for (position, query) in queries.iter().enumerate() {
        let checked = match query {
            QueryVector::Dense(vector) => dense(vector, dimension),
            QueryVector::Sparse(vector) => sparse(vector),
        };
        checked.map_err(|what| invalid(format!("query {}: {what}", position + 1)))?;
    }
    Ok(())
}

/// Checks that a verdict given again is the one that is stored, and returns it: the time of the first one
/// stands.
pub fn same_verdict(first: Verdict, again: &Verdict) -> Result<Verdict, IndexError> {
    if first == (Verdict { create_time: first.create_time.clone(), ..again.clone() }) {
        return Ok(first);
    }
    let what =
        format!("verdict {} is already recorded with other content; verdicts are not changed", first.id);
    Err(IndexError::Taken { what })
}

fn dense(vector: &[f32], dimension: usize) -> Result<(), String> {
    if vector.len() != dimension {
        return Err(format!("the vector has {} numbers, the index has {dimension}", vector.len()));
    }
    if !vector.iter().all(|value| value.is_finite()) || vector.iter().all(|value| *value == 0.0) {
        return Err("the vector has no direction (all zero, infinite or not a number)".to_owned());
    }
    Ok(())
}

fn sparse(vector: &SparseVector) -> Result<(), String> {
    if vector.indices.len() != vector.values.len() {
        return Err("the sparse vector has more indices than values, or fewer".to_owned());
    }
    if !vector.indices.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err("the indices of the sparse vector do not ascend".to_owned());
    }
    if !vector.values.iter().all(|value| value.is_finite() && *value > 0.0) {
        return Err("the sparse vector has a weight that is not positive".to_owned());
    }
    Ok(())
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), IndexError> {
    if holds { Ok(()) } else { Err(invalid(what())) }
}

fn invalid(what: String) -> IndexError {
    IndexError::Invalid { what }
}
