//! Is a term part of the proper name of an office, programme, plan or law?
//!
//! "Groundwater Resources Monitoring Program" names no groundwater. English alone writes such names in capitals word by
//! word; names of places ("Long Canyon Wilderness") have no such head and stay what they are.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::span::TextRange;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let head = "Act|Acts|Order|Treaty|Code|Law|Regulations?|Program|Programme|Plan|Plans|Agency|Department|Office|\
                Service|Commission|Council|Board|Institute|Team|Report|Manual|Handbook|Guidebook|Policy|Committee|\
                Bureau|Division|Administration|Authority|Inventory|Database|Monitoring|Initiative|Strategy|Society|\
                Association|Foundation|Center|Opinion|Assessment|Statement|Agreement|Model|System|Insurance|Map|Maps|Officer";
    Regex::new(&format!(
        r"[A-Z][\w’'/-]*(?:,? (?:(?:of|and|the|for|on|to|&) )*[A-Z][\w’'/-]*)*,? (?:(?:{head})\b|(?:LTD|Ltd|LLC|L\.L\.C|LP|INC|Inc|Corp|Co|Company|Corporation)\b)"
    ))
    .expect("the pattern is a constant")
});

/// True if a name with such a head encloses the range.
pub(super) fn in_name(text: &str, range: TextRange) -> bool {
    let is_capital = range.of(text).starts_with(char::is_uppercase);
    is_capital && NAME.find_iter(text).any(|name| name.start() <= range.start && range.end <= name.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, term: &str) -> bool {
        let start = text.find(term).unwrap();
        in_name(text, TextRange::new(start, start + term.len()))
    }

    #[test]
    fn offices_programmes_and_laws_are_names() {
        assert!(named("It follows the Migratory Bird Treaty Act and more.", "Migratory Bird"));
        assert!(named("The Groundwater Resources Monitoring has ended.", "Groundwater"));
        assert!(named("The request of Delta Pipeline, LLC was granted.", "Pipeline"));
        assert!(named("See the Wetlands Protection and Restoration Program of 1990.", "Wetlands"));
    }

    #[test]
    fn places_and_plain_words_are_none() {
        assert!(!named("The road enters the Long Canyon Wilderness.", "Wilderness"));
        assert!(!named("Wetlands and wildlife need a plan.", "Wetlands"));
        assert!(!named("The plan protects wetlands.", "wetlands"));
    }
}
