//! How are the days read that rule files compare as texts?
//!
//! `2026-8-15` comes after every other day of that year when texts are compared, and nobody would notice: what is not
//! written as all others are is refused with its line when the file is read.

use jiff::civil::Date;
use serde::de::{Deserialize, Deserializer, Error};

/// Reads a day and returns it as it is written, `YYYY-MM-DD`; for `deserialize_with`.
///
/// # Errors
/// Names what is no such day.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.parse::<Date>().is_ok_and(|day| day.to_string() == text) {
        return Ok(text);
    }
    Err(D::Error::custom(format!("`{text}` is not a day of the form YYYY-MM-DD")))
}
