//! What do the digits, signs and blanks of a printed number say?
//!
//! `1,250` is twelve hundred in English and one and a quarter in Russian, so a comma before three digits is read by the
//! habits of the language.

use crate::domain::language::Language;

/// Blanks that stand between groups of digits.
pub const DIGIT_BLANKS: [char; 4] = [' ', '\u{a0}', '\u{2009}', '\u{202f}'];

/// Russian and Uzbek write decimals with a comma.
pub fn has_decimal_comma(text: &str, language: Option<Language>) -> bool {
    match language {
        Some(Language::Russian | Language::UzbekLatin | Language::UzbekCyrillic) => true,
        Some(Language::English | Language::Korean) => false,
        None => text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c)),
    }
}

/// Reads digits with their separators; `None` for dates and numbers of sections.
pub fn value_of(printed: &str, decimal_comma: bool) -> Option<f64> {
    let compact: String = printed.chars().filter(|c| !DIGIT_BLANKS.contains(c)).collect();
    let (commas, points) = (compact.matches(',').count(), compact.matches('.').count());
    let grouped = |sign: char| {
        let mut groups = compact.split(sign);
        let first = groups.next().unwrap_or("");
        (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
    };
    let plain = match (commas, points) {
        (0, 0 | 1) => compact,
        (0, _) if grouped('.') => compact.replace('.', ""),
        (0, _) => return None,
        (1, 0) if grouped(',') && !decimal_comma && !compact.starts_with('0') => compact.replace(',', ""),
        (1, 0) => compact.replace(',', "."),
        (_, 0) if grouped(',') => compact.replace(',', ""),
        (_, 0) => return None,
        _ if compact.rfind('.') > compact.rfind(',') => compact.replace(',', ""),
        (1, _) => compact.replace('.', "").replace(',', "."),
        _ => return None,
    };
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_before_three_digits_is_read_by_the_habits_of_the_language() {
        for (printed, with_decimal_comma, with_decimal_point) in [
            ("1,250", Some(1.25), Some(1250.0)),
            ("0,125", Some(0.125), Some(0.125)),
            ("1,25", Some(1.25), Some(1.25)),
            ("1\u{a0}250", Some(1250.0), Some(1250.0)),
            ("24,052.5", Some(24_052.5), Some(24_052.5)),
            ("1.200.000", Some(1_200_000.0), Some(1_200_000.0)),
            ("12.05.2026", None, None),
        ] {
            assert_eq!(value_of(printed, true), with_decimal_comma, "{printed}");
            assert_eq!(value_of(printed, false), with_decimal_point, "{printed}");
        }
    }

    #[test]
    fn without_a_language_cyrillic_letters_tell_it() {
        assert!(has_decimal_comma("1,250 км", None));
        assert!(!has_decimal_comma("1,250 km", None));
        assert!(has_decimal_comma("1,250 km", Some(Language::UzbekLatin)));
    }
}
