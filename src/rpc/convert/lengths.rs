//! How long may a field be? What is kept beside a report is read again with every look at what waits, so it is short.

use super::FieldViolation;

/// Longest name, title or facet in characters.
pub const LONGEST_TEXT: usize = 1_000;
/// Longest word that stands for something the rules know, in characters; refusals quote it.
pub const LONGEST_KEY: usize = 128;
/// Longest text that a person writes, in characters.
pub const LONGEST_PROSE: usize = 10_000;
/// Most entries of a list.
pub const MOST_ENTRIES: usize = 1_000;
/// Characters of a value that a refusal quotes.
const QUOTED: usize = 80;

/// Refuses a text of more characters than `most`.
pub fn at_most(field: &str, text: &str, most: usize) -> Result<(), FieldViolation> {
    // A character has at least a byte, so that short texts are not counted.
    if text.len() > most && text.chars().count() > most {
        return Err(FieldViolation::new(field, format!("at most {most} characters")));
    }
    Ok(())
}

/// Refuses a list of too many entries.
pub fn not_too_many(field: &str, entries: usize) -> Result<(), FieldViolation> {
    if entries > MOST_ENTRIES {
        return Err(FieldViolation::new(field, format!("at most {MOST_ENTRIES} entries")));
    }
    Ok(())
}

/// Returns the beginning of a value in quotation marks: a status goes into headers, which are short.
pub fn quoted(value: &str) -> String {
    let mut beginning: String = value.chars().take(QUOTED).collect();
    if beginning.len() < value.len() {
        beginning.push('…');
    }
    format!("{beginning:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(at_most("stage", &"ў".repeat(LONGEST_KEY), LONGEST_KEY).is_ok());
        let refused = at_most("stage", &"a".repeat(LONGEST_KEY + 1), LONGEST_KEY).unwrap_err();
        assert_eq!(refused.to_string(), "stage: at most 128 characters");
        assert_eq!(not_too_many("packs", MOST_ENTRIES + 1).unwrap_err().field, "packs");
    }

    #[test]
    fn refusals_quote_the_beginning() {
        assert_eq!(quoted("case/1"), "\"case/1\"");
        assert!(quoted(&"ў".repeat(70_000)).len() < 200);
    }
}
