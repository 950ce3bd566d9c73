//! What does a sentence say about one of its terms, and how soon should a reviewer look?
//!
//! Puts together what [`super::context`], [`super::severity`] and [`super::names`] read at the place of the term.

use std::collections::BTreeMap;

use crate::domain::explanation::{Clauses, Code};
use crate::domain::risk::{Polarity, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Term, TermKind, Yields};
use crate::rules::lexicon_context::CueName;

use super::context::{self, Place, Reading};
use super::names::NameKind;
use super::sentence::Sentence;
use super::severity::{Grading, holds_in};
use super::substances::Substance;
use super::{Occurrence, RiskScanner, SentenceRisk};

/// Longest name of a term in words; longer matches are called by the name of their entry.
const LONGEST_LABEL: usize = 6;

impl Place {
    fn of(occurrence: Occurrence) -> Self {
        Self { range: occurrence.range, is_negative: occurrence.is_negative }
    }
}

impl RiskScanner {
    pub(super) fn judge(&self, sentence: &Sentence<'_>, occurrence: Occurrence) -> Option<SentenceRisk> {
        let (category, term) = self.term(occurrence);
        let numbers = sentence.numbers.of_category(&category.code.0);
        let any = |names: &[CueName], part: TextRange| {
            names.iter().any(|name| holds_in(name.as_str(), part, sentence, numbers, &self.matcher))
        };
        let lacks_company = !term.with.is_empty() && !any(&term.with, sentence.whole());
        let is_excluded = any(&term.unless, sentence.segment(occurrence.range.start));
        if !sentence.is_heading && (lacks_company || is_excluded) {
            return None;
        }
        if sentence.is_heading && matches!(term.kind, TermKind::Own | TermKind::Lack) {
            return None;
        }
        let mut reading = context::read(sentence, Place::of(occurrence), term.kind, &self.classes)?;
        let is_title =
            sentence.names.may_be_law() && sentence.names.kind_at(occurrence.range) == Some(NameKind::Law);
        if is_title && !sentence.is_heading {
            reading = Reading::citation(Code::TitleOfLaw);
        }
        let (matcher, classes) = (&self.matcher, &self.classes);
        let range = occurrence.range;
        let grading = Grading { category, term, range, sentence, numbers, matcher, classes };
        let risk = finding(&grading, &reading, &self.label(sentence, occurrence));
        Some(SentenceRisk { entry: occurrence.term, ..risk })
    }

    /// What the term is called where it stands: the phrase that matched in its dictionary form, or the words
    /// themselves; the name of the entry only where they are too many to be a name.
    fn label(&self, sentence: &Sentence<'_>, occurrence: Occurrence) -> String {
        let label = occurrence.phrase.and_then(|id| self.labels[id as usize].as_ref());
        if let Some((_, name)) = label.filter(|(language, _)| *language == sentence.language) {
            return name.clone();
        }
        let term = self.term(occurrence).1;
        let words = occurrence.range.of(sentence.text).split_whitespace().collect::<Vec<_>>();
        let states_lack = matches!(term.kind, TermKind::Own | TermKind::Lack);
        match words.len() {
            1..=LONGEST_LABEL if !states_lack => words.join(" "),
            _ => term.name(Some(sentence.language)).to_owned(),
        }
    }

    pub(super) fn judge_substance(
        &self,
        sentence: &Sentence<'_>,
        category: usize,
        substance: Substance,
        range: TextRange,
    ) -> SentenceRisk {
        let category = &self.lexicon.categories[category];
        let numbers = sentence.numbers.of_category(&category.code.0);
        let term = Term {
            id: substance.cas.to_owned(),
            level: Severity::Medium,
            kind: TermKind::Hazard,
            with: Vec::new(),
            unless: Vec::new(),
            cues: Vec::new(),
            yields: Yields::Never,
            phrases: BTreeMap::new(),
        };
        let reading = context::read(sentence, Place { range, is_negative: false }, term.kind, &self.classes)
            .unwrap_or(Reading {
                polarity: Polarity::Asserted,
                unlikely: false,
                is_gap: false,
                denied_by: None,
                reason: Clauses::default(),
            });
        let (matcher, classes) = (&self.matcher, &self.classes);
        let grading = Grading { category, term: &term, range, sentence, numbers, matcher, classes };
        finding(&grading, &reading, &format!("{} (CAS {})", substance.name, substance.cas))
    }
}

fn finding(grading: &Grading<'_>, reading: &Reading, term: &str) -> SentenceRisk {
    let (severity, why) = grading.severity(reading);
    let mut reason = reading.reason.clone();
    reason.0.extend(why);
    let severity = match (reading.polarity, severity) {
        // An amount in a table or list is a statement to check.
        (Polarity::Asserted, Severity::Low) if grading.sentence.is_entry => Severity::Medium,
        _ => severity,
    };
    SentenceRisk {
        category: grading.category.code.clone(),
        term: term.to_owned(),
        kind: grading.term.kind,
        level: grading.term.level,
        entry: usize::MAX,
        polarity: reading.polarity,
        severity,
        range: grading.range,
        reason,
        is_gap: reading.is_gap,
        denied_by: reading.denied_by,
        gives_way: grading.term.yields == Yields::Always,
    }
}
