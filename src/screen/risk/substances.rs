//! Which substances does a sentence name by CAS registry number?
//!
//! Phone and document numbers have the same shape, so a number counts only if its check digit is right.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::span::TextRange;

/// A substance the screening knows by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Substance {
    /// CAS registry number.
    pub cas: &'static str,
    /// English name.
    pub name: &'static str,
    /// Category of a finding.
    pub category: &'static str,
}

/// Known substances, by CAS number. Registry numbers are facts of the registry, not limits that change.
const SUBSTANCES: [Substance; 25] = [
    Substance { cas: "10102-44-0", name: "nitrogen dioxide", category: "R07" },
    Substance { cas: "12001-29-5", name: "chrysotile asbestos", category: "R04" },
    Substance { cas: "1332-21-4", name: "asbestos", category: "R04" },
    Substance { cas: "1336-36-3", name: "polychlorinated biphenyls", category: "R04" },
    Substance { cas: "143-33-9", name: "sodium cyanide", category: "R05" },
    Substance { cas: "1746-01-6", name: "TCDD (dioxin)", category: "R04" },
    Substance { cas: "18540-29-9", name: "chromium VI", category: "R04" },
    Substance { cas: "2551-62-4", name: "sulphur hexafluoride", category: "R08" },
    Substance { cas: "50-00-0", name: "formaldehyde", category: "R07" },
    Substance { cas: "50-32-8", name: "benzo(a)pyrene", category: "R07" },
    Substance { cas: "71-43-2", name: "benzene", category: "R07" },
    Substance { cas: "74-82-8", name: "methane", category: "R08" },
    Substance { cas: "74-90-8", name: "hydrogen cyanide", category: "R05" },
    Substance { cas: "7439-92-1", name: "lead", category: "R04" },
    Substance { cas: "7439-97-6", name: "mercury", category: "R04" },
    Substance { cas: "7440-02-0", name: "nickel", category: "R04" },
    Substance { cas: "7440-38-2", name: "arsenic", category: "R04" },
    Substance { cas: "7440-43-9", name: "cadmium", category: "R04" },
    Substance { cas: "7440-61-1", name: "uranium", category: "R06" },
    Substance { cas: "7446-09-5", name: "sulphur dioxide", category: "R07" },
    Substance { cas: "7664-39-3", name: "hydrogen fluoride", category: "R07" },
    Substance { cas: "7664-41-7", name: "ammonia", category: "R19" },
    Substance { cas: "7664-93-9", name: "sulphuric acid", category: "R05" },
    Substance { cas: "7782-50-5", name: "chlorine", category: "R19" },
    Substance { cas: "7783-06-4", name: "hydrogen sulphide", category: "R07" },
];

static CAS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[1-9][0-9]{1,6}-[0-9]{2}-[0-9]\b").expect("the pattern is a constant"));

/// True if the number has the shape of a CAS registry number and its check digit is right.
pub fn is_cas_number(text: &str) -> bool {
    let Some((body, check)) = text.rsplit_once('-') else { return false };
    let shape = CAS.find(text).is_some_and(|found| found.len() == text.len());
    let digits = body.bytes().rev().filter(u8::is_ascii_digit);
    let sum: u32 = (1u32..).zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    shape && check.parse() == Ok(sum % 10)
}

/// Returns the known substances whose CAS number stands in the text, in order.
pub fn substances(text: &str) -> Vec<(Substance, TextRange)> {
    if !text.contains('-') {
        return Vec::new();
    }
    CAS.find_iter(text)
        .filter(|found| is_cas_number(found.as_str()))
        .filter_map(|found| {
            let known = SUBSTANCES.iter().find(|substance| substance.cas == found.as_str())?;
            Some((*known, TextRange::new(found.start(), found.end())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_number_has_the_right_check_digit() {
        for substance in SUBSTANCES {
            assert!(is_cas_number(substance.cas), "{}", substance.cas);
        }
    }

    #[test]
    fn wrong_check_digit_and_other_shapes_are_refused() {
        for number in ["7439-97-5", "143-33-8", "0143-33-9", "12-3-4", "71-200-12-3", "", "-", "7439976"] {
            assert!(!is_cas_number(number), "{number}");
        }
    }

    #[test]
    fn known_substance_is_found_with_its_place() {
        let text = "Sodium cyanide (CAS 143-33-9) arrives by rail; tel. 143-33-8.";
        let found = substances(text);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.category, found[0].1.of(text)), ("R05", "143-33-9"));
    }
}
