//! Numbers with their units, ranges and lists included: `6 to 9 m`, `1.4 and 3.2 km`, `14.4/24.9 kV`.

use super::number::{Number, numbers};
use super::unit::{PrintedUnit, unit_after};
use crate::domain::fact::{Quantity, Unit};
use crate::domain::span::TextRange;

/// A quantity in a sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    /// Value in the normalised unit.
    pub quantity: Quantity,
    /// From the first digit to the end of the unit.
    pub range: TextRange,
    /// First digit of the unit's own part; words between number and unit belong to neither.
    pub unit_start: usize,
}

/// What stands between two numbers that share a unit.
enum Joint {
    Range,
    List,
}

/// Returns the quantities of a sentence in order of place.
pub(super) fn amounts(folded: &str, decimal_comma: bool) -> Vec<Amount> {
    let found = numbers(folded, decimal_comma);
    let units: Vec<Option<PrintedUnit>> =
        found.iter().map(|number| unit_after(folded, number.range.end)).collect();
    let mut all = Vec::new();
    let mut next = 0;
    while next < found.len() {
        let first = next;
        next += 1;
        if let Some(unit) = units[first] {
            all.push(amount(&found[first], None, &unit));
            continue;
        }
        // A number without a unit may share that of the next one.
        let Some(second) = found.get(first + 1) else { break };
        let Some(unit) = units[first + 1] else { continue };
        match joint(folded, &found[first], second) {
            Some(Joint::Range) => {
                all.push(amount(&found[first], Some(second), &unit));
                next += 1;
            }
            Some(Joint::List) => all.push(shared(&found[first], &unit)),
            None => {}
        }
    }
    all
}

fn amount(number: &Number, upper: Option<&Number>, unit: &PrintedUnit) -> Amount {
    // `1.8–2.4 million`: the multiplier of the upper end counts for both.
    let scale = upper.map_or(1.0, |up| {
        if number.value < up.value / 500.0 && up.value >= 1e3 { up_scale(up.value) } else { 1.0 }
    });
    let low = number.value * scale * unit.factor;
    let high = upper.map(|up| up.value * unit.factor).filter(|high| *high > low);
    Amount {
        quantity: Quantity { value: low, upper: high, unit: unit.unit },
        range: TextRange::new(number.range.start, unit.end),
        unit_start: unit.start,
    }
}

fn up_scale(value: f64) -> f64 {
    if value >= 1e6 { 1e6 } else { 1e3 }
}

fn shared(number: &Number, unit: &PrintedUnit) -> Amount {
    let unit_of = Unit { base: unit.unit.base, period: unit.unit.period };
    Amount {
        quantity: Quantity { value: number.value * unit.factor, upper: None, unit: unit_of },
        range: number.range,
        unit_start: number.range.end,
    }
}

fn joint(folded: &str, first: &Number, second: &Number) -> Option<Joint> {
    let between = folded[first.range.end..second.range.start].trim();
    let before = folded[..first.range.start].trim_end();
    let opens = ["between", "from", "от", "между", "с"].iter().any(|word| ends_with_word(before, word));
    match between {
        "-" | "–" | "—" | "‑" | "~" | "∼" | "to" | "до" | "dan" | "дан" | "…" | "..." | "÷" | "에서" => {
            Some(Joint::Range)
        }
        "and" | "и" | "va" | "ва" if opens => Some(Joint::Range),
        "and" | "or" | "и" | "или" | "va" | "ва" | "/" | "+" | "및" | "·" => Some(Joint::List),
        _ => None,
    }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(f64, Option<f64>, String)> {
        let found = amounts(text, false);
        found.iter().map(|a| (a.quantity.value, a.quantity.upper, a.quantity.unit.to_string())).collect()
    }

    #[test]
    fn ranges_have_two_ends_and_lists_two_quantities() {
        assert_eq!(read("under 4 to 9 m of loam"), [(4.0, Some(9.0), "m".to_owned())]);
        assert_eq!(read("60~75 km"), [(60e3, Some(75e3), "m".to_owned())]);
        let two = read("wells 1.4 and 3.2 km away");
        assert_eq!(two, [(1400.0, None, "m".to_owned()), (3200.0, None, "m".to_owned())]);
        assert_eq!(read("a 14.4/24.9 kv line").len(), 2);
        assert_eq!(read("between 500 and 700 m"), [(500.0, Some(700.0), "m".to_owned())]);
    }
}
