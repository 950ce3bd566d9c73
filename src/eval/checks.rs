//! Which faults of a report do the checks of facts find, and how much of what they raise is one?
//!
//! Stands behind [`crate::screen::facts`] and before the suite of the kind. A finding is right if a fault of its kind is
//! not yet matched and one of its quotations overlaps one of the fault's. Quotes are looked for in the text as it was
//! read, by letters and digits alone: white space and the marks of a format differ between file and text. Invariants:
//! every fault is matched at most once, in the order of the findings; a quote that stands nowhere is an error.

pub mod export;
pub mod keywords;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::domain::span::TextRange;

/// Every kind of fault, in the order of the checks.
pub const KINDS: [InconsistencyKind; 4] = [
    InconsistencyKind::Quantity,
    InconsistencyKind::Category,
    InconsistencyKind::VoidAct,
    InconsistencyKind::ForeignName,
];

/// Returns the name of a kind as it stands in gold files.
pub fn name(kind: InconsistencyKind) -> &'static str {
    match kind {
        InconsistencyKind::Quantity => "quantity",
        InconsistencyKind::Category => "category",
        InconsistencyKind::VoidAct => "void_act",
        InconsistencyKind::ForeignName => "foreign_name",
    }
}

/// One line of the gold file; what else it holds, such as its traps, is for people.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GoldReport {
    /// File name of the report without its ending.
    pub id: String,
    /// BCP 47 tag.
    #[serde(default)]
    pub language: String,
    /// Day of submission.
    pub submitted: Date,
    /// Rule packs it is screened by.
    pub packs: Vec<String>,
    /// What does not fit; empty = a report without fault.
    pub faults: Vec<Fault>,
    /// Positions of the project.
    #[serde(default)]
    pub site: Vec<export::Site>,
    /// Quantities of greenhouse gases.
    #[serde(default)]
    pub ghg: Vec<export::Gas>,
}

/// A fault of a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Fault {
    /// Which check should find it.
    pub kind: InconsistencyKind,
    /// Where it shows, as printed.
    pub quotes: Vec<String>,
    /// What is wrong, for people.
    #[serde(default)]
    pub about: String,
}

/// A fault with the places of its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Which check should find it.
    pub kind: InconsistencyKind,
    /// Every place of every quote.
    pub places: Vec<TextRange>,
}

/// What a check raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub kind: InconsistencyKind,
    /// What it says.
    pub about: String,
    /// Its quotations.
    pub places: Vec<TextRange>,
}

impl From<&Inconsistency> for Finding {
    fn from(raised: &Inconsistency) -> Self {
        Self {
            kind: raised.kind,
            about: raised.message.to_string(),
            places: raised.evidence.iter().map(|evidence| evidence.span.range).collect(),
        }
    }
}

impl Finding {
    fn is_about(&self, fault: &Located) -> bool {
        let overlaps = |own: &TextRange| fault.places.iter().any(|place| place.overlaps(*own));
        self.kind == fault.kind && self.places.iter().any(overlaps)
    }
}

/// Finds the quotes of faults in the text of their report; the message says which one stands nowhere.
pub fn locate(faults: &[Fault], text: &str) -> Result<Vec<Located>, String> {
    let folded = Folded::new(text);
    let located = |fault: &Fault| {
        if fault.quotes.is_empty() {
            return Err(format!("a fault of the kind {} has no quote", name(fault.kind)));
        }
        let mut places = Vec::new();
        for quote in &fault.quotes {
            let found = folded.places(quote);
            if found.is_empty() {
                return Err(format!("the quote {quote:?} stands nowhere in the report"));
            }
            places.extend(found);
        }
        Ok(Located { kind: fault.kind, places })
    };
    faults.iter().map(located).collect()
}

/// Returns which fault each finding is about; `None` for a wrong one.
pub fn matched(faults: &[Located], findings: &[Finding]) -> Vec<Option<usize>> {
    let mut is_found = vec![false; faults.len()];
    findings
        .iter()
        .map(|finding| {
            let fault = (0..faults.len()).find(|&at| !is_found[at] && finding.is_about(&faults[at]))?;
            is_found[fault] = true;
            Some(fault)
        })
        .collect()
}

/// Right, raised and there: what a report adds to the figures of some kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Findings that are right, and so faults that are found.
    pub right: u32,
    /// Findings.
    pub raised: u32,
    /// Faults.
    pub there: u32,
}

impl Counts {
    /// Counts the findings and faults of these kinds.
    pub fn of(
        kinds: &[InconsistencyKind],
        faults: &[Fault],
        findings: &[Finding],
        matched: &[Option<usize>],
    ) -> Self {
        let mut counts = Self::default();
        for (_, fault) in findings.iter().zip(matched).filter(|(finding, _)| kinds.contains(&finding.kind)) {
            counts.raised += 1;
            counts.right += u32::from(fault.is_some());
        }
        for _ in faults.iter().filter(|fault| kinds.contains(&fault.kind)) {
            counts.there += 1;
        }
        counts
    }
}

/// A text by its letters and digits in lower case, each with its place in the text.
struct Folded<'t> {
    text: &'t str,
    letters: Vec<(char, TextRange)>,
}

impl<'t> Folded<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, letters: letters(text).collect() }
    }

    /// Every place of a quote.
    fn places(&self, quote: &str) -> Vec<TextRange> {
        let wanted: Vec<char> = letters(quote).map(|(letter, _)| letter).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let is_same =
            |there: &[(char, TextRange)]| there.iter().zip(&wanted).all(|((letter, _), own)| letter == own);
        self.letters
            .windows(wanted.len())
            .filter(|there| is_same(there))
            .map(|there| TextRange::new(there[0].1.start, there[there.len() - 1].1.end))
            .filter(|range| !self.cuts_a_number(*range))
            .collect()
    }

    /// `12 ha` is not quoted in `112 ha`.
    fn cuts_a_number(&self, range: TextRange) -> bool {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let own = range.of(self.text);
        let (before, behind) = (&self.text[..range.start], &self.text[range.end..]);
        (is_digit(own.chars().next()) && is_digit(before.chars().next_back()))
            || (is_digit(own.chars().next_back()) && is_digit(behind.chars().next()))
    }
}

/// Letters and digits; apostrophes that are letters in Uzbek are typed in too many ways to count.
fn letters(text: &str) -> impl Iterator<Item = (char, TextRange)> {
    text.char_indices().filter(|(_, c)| c.is_alphanumeric() && !matches!(c, 'ʻ' | 'ʼ')).flat_map(|(at, c)| {
        let range = TextRange::new(at, at + c.len_utf8());
        c.to_lowercase().map(move |letter| (letter, range))
    })
}
