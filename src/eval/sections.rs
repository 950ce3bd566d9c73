//! How well are headings found? Precision, recall and F1 of titles, accuracy of levels and numbers.
//!
//! Expected and found headings are aligned in order (a longest common subsequence weighted by
//! similarity). Titles are compared after folding case, blanks, punctuation and numbers; from a
//! similarity of 0.9 on they are the same.

use std::collections::HashMap;

use crate::domain::document::Section;

/// Titles with at least this similarity are the same.
const SAME: f32 = 0.9;

/// A heading that the document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedHeading {
    /// Depth from 1.
    pub level: u8,
    /// Number as printed, if there is one.
    pub number: Option<String>,
    /// The heading as printed, number included.
    pub heading: String,
    /// True if only the beginning of the heading is given.
    pub is_beginning: bool,
}

/// What is known to be incomplete about the expected headings of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coverage {
    /// Every heading is listed.
    #[default]
    All,
    /// Only chapters and headings in capitals are listed: finding others is no error.
    ChaptersAndCapitals,
}

/// Outcome for one document, or the sum over several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeadingScore {
    /// Headings expected.
    pub expected: usize,
    /// Headings found (those that count).
    pub found: usize,
    /// Pairs of expected and found headings with the same title.
    pub matched: usize,
    /// Pairs with the same level.
    pub same_level: usize,
    /// Pairs where a number is expected.
    pub numbered: usize,
    /// Of those, pairs with the same number.
    pub same_number: usize,
    /// Expected headings that were not found.
    pub missed: Vec<String>,
    /// Found headings that were not expected.
    pub spurious: Vec<String>,
    /// Pairs with different levels: heading, expected level, found level.
    pub wrong_level: Vec<(String, u8, u8)>,
}

impl HeadingScore {
    /// Share of found headings that are expected; 1 if nothing was found.
    pub fn precision(&self) -> f64 {
        ratio(self.matched, self.found)
    }

    /// Share of expected headings that were found; 1 if nothing is expected.
    pub fn recall(&self) -> f64 {
        ratio(self.matched, self.expected)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }

    /// Share of matched headings with the right level.
    pub fn level_accuracy(&self) -> f64 {
        ratio(self.same_level, self.matched)
    }

    /// Share of matched headings with an expected number that have it.
    pub fn number_accuracy(&self) -> f64 {
        ratio(self.same_number, self.numbered)
    }

    /// Adds the counts of another document; the lists are left alone.
    pub fn add(&mut self, other: &HeadingScore) {
        self.expected += other.expected;
        self.found += other.found;
        self.matched += other.matched;
        self.same_level += other.same_level;
        self.numbered += other.numbered;
        self.same_number += other.same_number;
    }
}

fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { part as f64 / all as f64 }
}

/// Compares the sections found with the headings expected, both in document order.
pub fn score(expected: &[ExpectedHeading], sections: &[Section], coverage: Coverage) -> HeadingScore {
    let expected_keys: Vec<Keys> = expected.iter().map(Keys::of_expected).collect();
    let found_keys: Vec<Keys> = sections.iter().map(Keys::of_section).collect();
    let pairs = align(&expected_keys, &found_keys);
    let mut score =
        HeadingScore { expected: expected.len(), matched: pairs.len(), ..HeadingScore::default() };
    let mut is_matched = vec![false; sections.len()];
    let mut was_found = vec![false; expected.len()];
    for &(left, right) in &pairs {
        is_matched[right] = true;
        was_found[left] = true;
        if expected[left].level == sections[right].level {
            score.same_level += 1;
        } else {
            score.wrong_level.push((
                expected[left].heading.clone(),
                expected[left].level,
                sections[right].level,
            ));
        }
        if let Some(number) = &expected[left].number {
            score.numbered += 1;
            let same = sections[right].number.as_ref().is_some_and(|found| fold(found) == fold(number));
            score.same_number += usize::from(same);
        }
    }
    score.missed = expected
        .iter()
        .zip(&was_found)
        .filter(|(_, found)| !**found)
        .map(|(heading, _)| heading.heading.clone())
        .collect();
    let is_capital = |section: &Section| !section.title.chars().any(char::is_lowercase);
    let is_listed_kind = |section: &Section| {
        is_capital(section)
            || section.number.as_ref().is_some_and(|number| number.chars().any(char::is_lowercase))
    };
    score.spurious = sections
        .iter()
        .zip(&is_matched)
        .filter(|(section, matched)| !**matched && (coverage == Coverage::All || is_listed_kind(section)))
        .map(|(section, _)| {
            format!("[{}] {} {}", section.level, section.number.as_deref().unwrap_or(""), section.title)
        })
        .collect();
    score.found = score.matched + score.spurious.len();
    score
}

struct Keys {
    /// Number and title.
    full: String,
    /// Title only.
    title: String,
    number: String,
    is_beginning: bool,
}

impl Keys {
    fn of_expected(heading: &ExpectedHeading) -> Self {
        let number = heading.number.as_deref().unwrap_or("");
        let title = heading.heading.strip_prefix(number).unwrap_or(&heading.heading);
        Self {
            full: fold(&heading.heading),
            title: letters(title),
            number: fold(number),
            is_beginning: heading.is_beginning,
        }
    }

    fn of_section(section: &Section) -> Self {
        let number = section.number.as_deref().unwrap_or("");
        let full =
            if section.title == number { fold(number) } else { fold(&format!("{number} {}", section.title)) };
        Self { full, title: letters(&section.title), number: fold(number), is_beginning: false }
    }
}

/// Letters and digits in lower case.
fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Letters in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// How well two headings fit: 0, or 0.9 to 1.1 (a tenth is for the same number).
fn fit(expected: &Keys, found: &Keys) -> f32 {
    let mut similarity =
        similarity(&expected.full, &found.full).max(similarity(&expected.title, &found.title));
    let begins = |long: &str, short: &str| short.chars().count() >= 6 && long.starts_with(short);
    if expected.is_beginning && (begins(&found.full, &expected.full) || begins(&found.title, &expected.title))
    {
        similarity = 1.0;
    }
    if similarity < SAME {
        return 0.0;
    }
    similarity + if expected.number == found.number { 0.1 } else { 0.0 }
}

/// One minus the edit distance divided by the longer length.
fn similarity(a: &str, b: &str) -> f32 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    if a == b {
        return 1.0;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longest = a.len().max(b.len());
    if (a.len().abs_diff(b.len()) as f32) > longest as f32 * (1.0 - SAME) {
        return 0.0;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    1.0 - row[b.len()] as f32 / longest as f32
}

/// Pairs in order, with the greatest sum of fits.
fn align(expected: &[Keys], found: &[Keys]) -> Vec<(usize, usize)> {
    let mut known: HashMap<(usize, usize), f32> = HashMap::new();
    let width = found.len() + 1;
    let mut best = vec![0.0f32; (expected.len() + 1) * width];
    for i in (0..expected.len()).rev() {
        for j in (0..found.len()).rev() {
            let fit = fit(&expected[i], &found[j]);
            if fit > 0.0 {
                known.insert((i, j), fit);
            }
            let paired = if fit > 0.0 { fit + best[(i + 1) * width + j + 1] } else { 0.0 };
            best[i * width + j] = paired.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < expected.len() && j < found.len() {
        let here = best[i * width + j];
        match known.get(&(i, j)) {
            Some(fit) if (fit + best[(i + 1) * width + j + 1] - here).abs() < 1e-4 => {
                pairs.push((i, j));
                i += 1;
                j += 1;
            }
            _ if (best[(i + 1) * width + j] - here).abs() < 1e-6 => i += 1,
            _ => j += 1,
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::given::{GivenSection, document_from_sections};

    fn expected(level: u8, number: Option<&str>, heading: &str) -> ExpectedHeading {
        ExpectedHeading {
            level,
            number: number.map(str::to_owned),
            heading: heading.to_owned(),
            is_beginning: false,
        }
    }

    fn sections(rows: &[(u32, &str, &str)]) -> Vec<Section> {
        let given = rows
            .iter()
            .map(|(level, number, title)| GivenSection {
                number: (*number).into(),
                title: (*title).into(),
                level: *level,
                ..GivenSection::default()
            })
            .collect();
        document_from_sections("x", given).sections
    }

    #[test]
    fn titles_levels_and_numbers_are_counted_apart() {
        let expected = [
            expected(1, Some("1"), "1. INTRODUCTION"),
            expected(2, Some("1.1"), "1.1 Purpose of the Project"),
            expected(1, None, "References"),
        ];
        let found =
            sections(&[(1, "1", "Introduction"), (1, "1.2", "Purpose of the projects"), (1, "", "Maps")]);
        let score = score(&expected, &found, Coverage::All);
        assert_eq!(
            (score.matched, score.found, score.same_level, score.numbered, score.same_number),
            (2, 3, 1, 2, 1)
        );
        assert_eq!(score.missed, ["References"]);
        assert!((score.f1() - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn repeated_titles_are_aligned_in_order() {
        let expected = [expected(1, Some("1.1"), "1.1 Effects"), expected(1, Some("2.1"), "2.1 Effects")];
        let found = sections(&[(1, "2.1", "Effects")]);
        let score = score(&expected, &found, Coverage::All);
        assert_eq!((score.matched, score.same_number), (1, 1));
        assert_eq!(score.missed, ["1.1 Effects"]);
    }

    #[test]
    fn finer_headings_are_no_error_where_only_chapters_and_capitals_are_listed() {
        let expected = [expected(1, Some("Chapter 1"), "Chapter 1. Effects")];
        let found = sections(&[(1, "Chapter 1", "Effects"), (2, "", "Air"), (2, "", "WATER")]);
        assert_eq!(score(&expected, &found, Coverage::ChaptersAndCapitals).spurious, ["[2]  WATER"]);
        assert_eq!(score(&expected, &found, Coverage::All).spurious.len(), 2);
    }
}
