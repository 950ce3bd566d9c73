//! How is what an earlier schema wrote read? Point by point, on its way out of a backup: an archive of schema 2
//! becomes one of this schema by a backup made with the program that wrote it, restored with this one.
//!
//! Schema 2 kept tags as texts `field=value`; the record of who wrote the archive says so.

use serde_json::Value;

use super::engine::Point;
use super::payload;
use super::schema::{Compatibility, SCHEMA_VERSION, field, kind, tag};

/// The schema whose points can be read as those of [`SCHEMA_VERSION`].
const BEFORE: u32 = 2;

/// Returns what an archive has to be to hold what `written_by` wrote; the same if it cannot be upgraded.
pub fn compatibility(written_by: &Compatibility) -> Compatibility {
    let mut upgraded = written_by.clone();
    if upgraded.schema == BEFORE {
        upgraded.schema = SCHEMA_VERSION;
    }
    upgraded
}

/// Returns a point that `written_by` wrote as this schema has it.
pub fn point(mut point: Point, written_by: &Compatibility) -> Point {
    if written_by.schema != BEFORE {
        return point;
    }
    if let Some(Value::Array(tags)) = point.payload.get_mut(field::TAGS) {
        for text in tags {
            if let Some((name, value)) = text.as_str().and_then(|text| text.split_once('=')) {
                *text = tag(name, value).into();
            }
        }
    }
    if point.payload.get(field::KIND).and_then(Value::as_str) == Some(kind::COMPATIBILITY)
        && let Ok(content) = serde_json::to_value(compatibility(written_by))
    {
        payload::put(&mut point.payload, field::CONTENT, content);
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::schema::VectorSpace;

    fn written(schema: u32) -> Compatibility {
        let space = VectorSpace { model: "m".into(), sha256: "ff".into(), dimension: 4 };
        Compatibility { schema, ..Compatibility::needed_for(&space) }
    }

    #[test]
    fn only_the_schema_before_is_upgraded() {
        assert_eq!(compatibility(&written(BEFORE)), written(SCHEMA_VERSION));
        for other in [1, SCHEMA_VERSION, SCHEMA_VERSION + 1] {
            assert_eq!(compatibility(&written(other)), written(other));
        }
    }

    #[test]
    fn a_value_with_the_sign_between_name_and_value_keeps_it() {
        let mut old = payload::compatibility_record(&written(BEFORE)).unwrap();
        payload::put(&mut old.payload, field::TAGS, vec!["project=a=b"]);
        let new = point(old.clone(), &written(BEFORE));
        assert_eq!(new.payload[field::TAGS], Value::from(vec![tag(field::PROJECT, "a=b")]));
        assert_eq!(new.payload[field::CONTENT]["schema"], SCHEMA_VERSION);
        assert_eq!(point(old.clone(), &written(SCHEMA_VERSION)), old);
    }
}
