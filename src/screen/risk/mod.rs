//! Which risks does a report name, and what does it say about them?
//!
//! Stands after ingest; needs no model. A finding is a lexicon term in its context, never a bare keyword:
//! [`RiskScanner`] finds terms ([`crate::text::phrases`]), `context` reads the polarity, `severity` grades
//! it, `document` walks a whole report. Invariants: at most one finding per category and sentence (the strongest);
//! ranges lie inside the sentence on `char` boundaries; the same text and lexicon give the same findings.

mod context;
mod cues;
mod document;
mod heading;
mod legal;
pub mod numbers;
mod sentence;
mod severity;
pub mod substances;
#[cfg(test)]
mod trap_tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Category, Lexicon, Term, TermKind};
use crate::rules::lexicon_context::CueName;
use crate::rules::lexicon_limits::Quantity;
use crate::text::language::detect;
use crate::text::phrases::PhraseSet;

use context::{Place, Reading};
use cues::CueMatcher;
use numbers::{NumberCues, grade};
use sentence::{Classes, Sentence};
use severity::{Grading, holds_in};

pub use document::ScanOptions;

/// What one sentence says about one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentenceRisk {
    /// `R01` to `R20`.
    pub category: RiskCategory,
    /// The term in the language of the sentence.
    pub term: String,
    /// What the sentence says about it.
    pub polarity: Polarity,
    /// How soon to look.
    pub severity: Severity,
    /// Where the term stands in the sentence.
    pub range: TextRange,
    /// Why this polarity and severity, in a few words.
    pub reason: String,
}

/// Finds risk terms in sentences and documents. Cheap to share, expensive to build.
#[derive(Debug)]
pub struct RiskScanner {
    lexicon: Lexicon,
    phrases: PhraseSet,
    matcher: CueMatcher,
    classes: Classes,
    /// What a phrase belongs to, by phrase id.
    owners: Vec<Owner>,
    /// Terms found by cues: class, category, term.
    by_cue: Vec<(cues::CueClass, usize, usize)>,
}

/// Category and term of a phrase, and whether the phrase itself has a negation ("untreated", `javobsiz`).
#[derive(Debug, Clone, Copy)]
struct Owner {
    category: usize,
    term: usize,
    is_negative: bool,
}

/// A place where a term stands.
#[derive(Debug, Clone, Copy)]
struct Occurrence {
    category: usize,
    term: usize,
    range: TextRange,
    /// True if a negation inside `range` is part of what the term means.
    is_negative: bool,
}

impl Place {
    fn of(occurrence: Occurrence) -> Self {
        Self { range: occurrence.range, is_negative: occurrence.is_negative }
    }
}

impl RiskScanner {
    /// Builds the matchers of a lexicon.
    pub fn new(lexicon: &Lexicon) -> Self {
        let matcher = CueMatcher::new(&lexicon.context);
        let classes = Classes::new(&matcher);
        let mut owners = Vec::new();
        let mut phrases: Vec<(u32, Language, &str)> = Vec::new();
        for (c, category) in lexicon.categories.iter().enumerate() {
            for (t, term) in category.terms.iter().enumerate() {
                for (language, phrase) in
                    term.phrases.iter().flat_map(|(l, list)| list.iter().map(move |p| (*l, p)))
                {
                    let id = u32::try_from(owners.len()).expect("a lexicon has far fewer than 2^32 phrases");
                    let cues = matcher.find(&phrase.replace(['*', '~'], ""), language).1;
                    let is_negative = cues.iter().any(|hit| hit.class == classes.negation);
                    owners.push(Owner { category: c, term: t, is_negative });
                    phrases.push((id, language, phrase.as_str()));
                }
            }
        }
        let by_cue = (lexicon.categories.iter().enumerate())
            .flat_map(|(c, category)| category.terms.iter().enumerate().map(move |(t, term)| (c, t, term)))
            .flat_map(|(c, t, term)| term.cues.iter().map(move |cue| (cue, c, t)))
            .filter_map(|(cue, c, t)| Some((matcher.class(cue.as_str())?, c, t)))
            .collect();
        let phrases = PhraseSet::build(phrases);
        Self { lexicon: lexicon.clone(), phrases, matcher, classes, owners, by_cue }
    }

    /// Returns the identity of the lexicon in use.
    pub fn identity(&self) -> &RulesIdentity {
        &self.lexicon.identity
    }

    /// Returns the title of a category in a language, in English where there is none.
    pub fn category_title(&self, code: &RiskCategory, language: Option<Language>) -> &str {
        let titles = self.lexicon.category(&code.0).map(|category| &category.title);
        let title = |language: Language| titles.and_then(|titles| titles.get(&language));
        language.and_then(title).or_else(|| title(Language::English)).map_or("", String::as_str)
    }

    /// Returns what a sentence says, in order of category. A language that is not given is detected.
    pub fn scan_sentence(&self, text: &str, language: Option<Language>) -> Vec<SentenceRisk> {
        self.scan(text, language, false)
    }

    /// Like [`Self::scan_sentence`] for text that is known to be a heading.
    pub fn scan_heading(&self, text: &str, language: Option<Language>) -> Vec<SentenceRisk> {
        self.scan(text, language, true)
    }

    /// Returns the categories of which any phrase occurs: what a keyword search would flag.
    pub fn keyword_categories(&self, text: &str, language: Option<Language>) -> BTreeSet<String> {
        let code = |id: u32| self.lexicon.categories[self.owners[id as usize].category].code.0.clone();
        self.phrases.find(text, language).into_iter().map(|found| code(found.phrase)).collect()
    }

    fn scan(&self, text: &str, language: Option<Language>, is_heading: bool) -> Vec<SentenceRisk> {
        let language = language.or_else(|| detect(text)).unwrap_or_else(|| language_of_script(text));
        let mut occurrences = self.occurrences(text, language);
        let named = substances::substances(text);
        let found = self.matcher.find(text, language);
        for hit in &found.1 {
            for &(_, category, term) in self.by_cue.iter().filter(|(class, _, _)| *class == hit.class) {
                occurrences.push(Occurrence { category, term, range: hit.range, is_negative: true });
            }
        }
        if occurrences.is_empty() && named.is_empty() {
            return Vec::new();
        }
        let mut sentence = Sentence::new(text, language, found, &self.classes);
        sentence.is_heading |= is_heading;
        drop_asides(&mut occurrences, &sentence);
        sentence.terms = occurrences.iter().map(|one| one.range.start).collect();
        let mut best: BTreeMap<usize, SentenceRisk> = BTreeMap::new();
        for occurrence in &occurrences {
            if let Some(risk) = self.judge(&sentence, *occurrence) {
                keep_stronger(&mut best, occurrence.category, risk);
            }
        }
        for (substance, range) in named {
            let code = |category: &Category| category.code.0 == substance.category;
            let Some(at) = self.lexicon.categories.iter().position(code) else { continue };
            let risk = self.judge_substance(&sentence, at, substance, range);
            keep_stronger(&mut best, at, risk);
        }
        best.into_values().collect()
    }

    /// Returns the terms of a sentence without those that share words with an earlier or longer term of another
    /// category.
    fn occurrences(&self, text: &str, language: Language) -> Vec<Occurrence> {
        let all: Vec<Occurrence> = (self.phrases.find(text, Some(language)).into_iter())
            .map(|found| {
                let Owner { category, term, is_negative } = self.owners[found.phrase as usize];
                Occurrence { category, term, range: found.range, is_negative }
            })
            .collect();
        let longest = |one: &Occurrence| {
            !all.iter().any(|other| {
                let longer = other.range.encloses(one.range) && other.range != one.range;
                let earlier = other.range.start < one.range.start && other.range.overlaps(one.range);
                let kind = self.term(*other).1.kind;
                if kind == TermKind::Name && other.range.encloses(one.range) {
                    return true;
                }
                // A phrase that states a lack ("расчёт … не выполнен") spans its subject without naming it.
                let states_lack = kind == TermKind::Own;
                if other.category == one.category { longer } else { !states_lack && (longer || earlier) }
            })
        };
        all.iter().filter(|one| longest(one)).copied().collect()
    }

    fn term(&self, occurrence: Occurrence) -> (&Category, &Term) {
        let category = &self.lexicon.categories[occurrence.category];
        (category, &category.terms[occurrence.term])
    }

    fn judge(&self, sentence: &Sentence<'_>, occurrence: Occurrence) -> Option<SentenceRisk> {
        let (category, term) = self.term(occurrence);
        let numbers = self.numbers(sentence, &category.code.0);
        let any = |names: &[CueName], part: TextRange| {
            names.iter().any(|name| holds_in(name.as_str(), part, sentence, &numbers, &self.matcher))
        };
        let lacks_company = !term.with.is_empty() && !any(&term.with, sentence.whole());
        let is_excluded = any(&term.unless, sentence.segment(occurrence.range.start));
        if !sentence.is_heading && (lacks_company || is_excluded) {
            return None;
        }
        if sentence.is_heading && matches!(term.kind, TermKind::Own | TermKind::Lack) {
            return None;
        }
        let reading = context::read(sentence, Place::of(occurrence), term.kind, &self.classes)?;
        let (matcher, classes, numbers) = (&self.matcher, &self.classes, &numbers);
        let grading = Grading { category, term, sentence, numbers, matcher, classes };
        Some(finding(&grading, &reading, term.name(Some(sentence.language)), occurrence.range))
    }

    fn judge_substance(
        &self,
        sentence: &Sentence<'_>,
        category: usize,
        substance: substances::Substance,
        range: TextRange,
    ) -> SentenceRisk {
        let category = &self.lexicon.categories[category];
        let numbers = self.numbers(sentence, &category.code.0);
        let term = Term {
            id: substance.cas.to_owned(),
            level: Severity::Medium,
            kind: TermKind::Hazard,
            with: Vec::new(),
            unless: Vec::new(),
            cues: Vec::new(),
            phrases: BTreeMap::new(),
        };
        let reading = context::read(sentence, Place { range, is_negative: false }, term.kind, &self.classes)
            .unwrap_or(Reading {
                polarity: Polarity::Asserted,
                unlikely: false,
                is_gap: false,
                reason: String::new(),
            });
        let (matcher, classes) = (&self.matcher, &self.classes);
        let grading = Grading { category, term: &term, sentence, numbers: &numbers, matcher, classes };
        finding(&grading, &reading, &format!("{} (CAS {})", substance.name, substance.cas), range)
    }

    fn numbers(&self, sentence: &Sentence<'_>, code: &str) -> NumberCues {
        let distance = if code == "R01" { Quantity::ProtectedDistance } else { Quantity::ReceptorDistance };
        let lower = sentence.text.to_lowercase();
        let night = ["night", "ноч", "tun", "тун", "야간"].iter().any(|word| lower.contains(word));
        grade(&sentence.amounts, &self.lexicon.limits, distance, night)
    }
}

fn finding(grading: &Grading<'_>, reading: &Reading, term: &str, range: TextRange) -> SentenceRisk {
    let (severity, why) = grading.severity(reading);
    let reason = match (reading.reason.as_str(), why) {
        (reason, "") => reason.to_owned(),
        (reason, why) => format!("{reason}; {why}"),
    };
    SentenceRisk {
        category: grading.category.code.clone(),
        term: term.to_owned(),
        polarity: reading.polarity,
        severity,
        range,
        reason,
    }
}

/// Drops terms that stand only in a cross-reference or, if the statement itself names terms, in its run-in heading.
fn drop_asides(occurrences: &mut Vec<Occurrence>, sentence: &Sentence<'_>) {
    occurrences.retain(|one| !sentence.references.iter().any(|range| range.encloses(one.range)));
    let in_body = |one: &Occurrence| one.range.start >= sentence.body_start;
    if occurrences.iter().any(in_body) {
        occurrences.retain(in_body);
    }
}

/// What a reviewer needs to see first when a category occurs more than once in a sentence.
fn rank(polarity: Polarity) -> u8 {
    match polarity {
        Polarity::Asserted => 6,
        Polarity::Hypothetical => 5,
        Polarity::Negated => 4,
        Polarity::Mitigation => 3,
        Polarity::OtherPlace => 2,
        Polarity::Citation => 1,
        Polarity::Heading => 0,
    }
}

fn keep_stronger(best: &mut BTreeMap<usize, SentenceRisk>, category: usize, risk: SentenceRisk) {
    let key = |risk: &SentenceRisk| (risk.severity, rank(risk.polarity), std::cmp::Reverse(risk.range.start));
    match best.get(&category) {
        Some(known) if key(known) >= key(&risk) => {}
        _ => {
            best.insert(category, risk);
        }
    }
}

/// The likeliest language where detection abstains: short lines still have a script.
fn language_of_script(text: &str) -> Language {
    let count = |test: fn(char) -> bool| text.chars().filter(|&c| test(c)).count();
    let hangul = count(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
    let cyrillic = count(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    let latin = count(|c| c.is_ascii_alphabetic());
    let uzbek_cyrillic = count(|c| "ўқғҳЎҚҒҲ".contains(c));
    let uzbek_latin = ["oʻ", "gʻ", "o'", "g'", "o‘", "g‘", "oʼ", "gʼ", "o`", "g`"];
    if hangul > 0 && hangul * 2 >= latin.max(cyrillic) {
        Language::Korean
    } else if cyrillic > latin {
        if uzbek_cyrillic > 0 { Language::UzbekCyrillic } else { Language::Russian }
    } else if uzbek_latin.iter().any(|mark| text.to_lowercase().contains(mark)) {
        Language::UzbekLatin
    } else {
        Language::English
    }
}
