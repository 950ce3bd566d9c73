//! Which risks does a whole report name?
//!
//! Walks the running text ([`super::flow`]) sentence by sentence: headings give polarity heading, contents pages and
//! running heads are skipped, rows of forms are read by their answer, and every finding is weighed by where it stands
//! ([`super::standing`]). What is too long for a sentence is read in stretches. Per section and category at most three
//! findings of a kind are kept, the most severe first. The order of the result is fixed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::domain::document::{Document, Section};
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
use crate::domain::language::Language;
use crate::domain::risk::{FlagKind, Polarity, RiskCategory, RiskFinding, Severity};
use crate::domain::span::TextRange;
use crate::text::language::detect;
use crate::text::sentences::sentences;
use crate::text::stretches::stretches;

use super::claims::{self, Support, VagueClaim};
use super::contradiction::{ABOUT_THE_FILE, Candidate, pair};
use super::facts::Facts;
use super::flow::{Flow, FlowKind, flows};
use super::form::{self, read_row};
use super::selection::rank;
use super::sentence::Form;
use super::standing::{self, Role, weigh};
use super::{RiskScanner, Scan, SentenceRisk};

/// Longest quotation in characters.
const LONGEST_QUOTE: usize = 400;

/// Characters before the term that a cut quotation keeps.
const QUOTE_LEAD: usize = 160;

/// Findings of one category that stand together before other categories have their turn.
const FIRST_OF_CATEGORY: usize = 2;

/// Settings of a document scan.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// Most findings per category and section.
    pub evidence_per_section: usize,
    /// Day the report was submitted, ISO 8601: void acts are void only from their repeal on.
    pub submitted: Option<String>,
    /// Keep findings that ask for nothing (headings, measures, citations).
    pub keep_unremarkable: bool,
    /// Asked before every sentence; once it says true the rest is left out, and the caller discards the result.
    pub is_cancelled: Option<CancellationToken>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { evidence_per_section: 3, submitted: None, keep_unremarkable: true, is_cancelled: None }
    }
}

impl ScanOptions {
    fn is_over(&self) -> bool {
        self.is_cancelled.as_ref().is_some_and(CancellationToken::is_cancelled)
    }
}

impl RiskScanner {
    /// Returns the risk findings of a report: the most severe first, within a severity risks before claims, and the
    /// strongest of each category before the rest.
    pub fn scan_document(&self, document: &Document, options: &ScanOptions) -> Vec<RiskFinding> {
        let report = Report { document, roles: self.roles(document), support: Support::new(document) };
        let flows = flows(document);
        // Order of flows, whoever reads them: the result does not depend on the number of threads.
        let read: Vec<Vec<Candidate>> =
            flows.par_iter().map(|flow| self.scan_flow(&report, flow, options)).collect();
        let mut found: Vec<Candidate> = read.into_iter().flatten().collect();
        pair(&mut found);
        select(found, options)
    }

    fn scan_flow(&self, report: &Report<'_>, flow: &Flow, options: &ScanOptions) -> Vec<Candidate> {
        let mut found = Vec::new();
        if options.is_over() {
            return found;
        }
        let role = flow.section.and_then(|id| report.roles.get(&id)).copied().unwrap_or_default();
        let place = Place { report, flow, role };
        let language = detect(&flow.text).or_else(|| self.section_language(report.document, flow.section));
        match flow.kind {
            FlowKind::Row => self.scan_row(&place, language, options, &mut found),
            FlowKind::Heading | FlowKind::Prose | FlowKind::Item => {
                for sentence in sentences(&flow.text) {
                    self.scan_piece(&place, sentence, language, options, &mut found);
                }
            }
        }
        found
    }

    fn roles(&self, document: &Document) -> BTreeMap<SectionId, Role> {
        let fallback = document.languages.first().map_or(Language::English, |share| share.language);
        let role_of = |section: &Section| {
            let path = std::iter::successors(Some(section), |section| {
                section.parent.and_then(|id| document.section(id))
            });
            let titles = path.map(|section| {
                let title = section.title.as_str();
                (title, detect(title).or(section.language).unwrap_or(fallback))
            });
            standing::role(&self.matcher, &self.standing, titles)
        };
        document.sections.iter().map(|section| (section.id, role_of(section))).collect()
    }

    /// Scans one sentence of a flow, of one that is too long each stretch.
    fn scan_piece(
        &self,
        place: &Place<'_>,
        sentence: TextRange,
        language: Option<Language>,
        options: &ScanOptions,
        found: &mut Vec<Candidate>,
    ) {
        for stretch in stretches(&place.flow.text, sentence) {
            if options.is_over() {
                return;
            }
            self.scan_stretch(place, stretch, language, options, found);
        }
    }

    fn scan_stretch(
        &self,
        place: &Place<'_>,
        sentence: TextRange,
        language: Option<Language>,
        options: &ScanOptions,
        found: &mut Vec<Candidate>,
    ) {
        let text = sentence.of(&place.flow.text);
        let scan = self.scan_at(text, language, place.form(), options);
        let Some(facts) = scan.facts else {
            found.extend(
                scan.risks.into_iter().map(|risk| self.candidate(place, sentence, language, risk, None)),
            );
            return;
        };
        let subjects =
            scan.risks.iter().filter(|risk| !ABOUT_THE_FILE.contains(&risk.category.0.as_str())).count();
        for mut risk in scan.risks {
            let strength = weigh(place.role, &facts, &mut risk);
            // What is not known matters where it is about the environment.
            if risk.category.0 == claims::CATEGORY && subjects == 0 && !facts.is_effect {
                risk.severity = risk.severity.min(Severity::Low);
            }
            let candidate = self.candidate(place, sentence, language, risk, Some(&facts));
            found.push(Candidate { strength, ..candidate });
        }
        let is_claim = matches!(place.role, Role::Ordinary | Role::Measures)
            && !(facts.is_question || facts.is_conditional || facts.is_listing || scan.has_basis);
        if let Some(range) = scan.vague.filter(|_| is_claim) {
            let words = claims::words(text, range);
            let evidence = place.evidence(sentence, sentence.start + range.start, language, 0.0);
            let claim = VagueClaim { words, language, evidence };
            let title = self.category_title(&RiskCategory(claims::CATEGORY.to_owned()), language);
            let finding = claims::finding(&place.report.support, claim, title);
            let strength = facts.strength;
            found.push(Candidate {
                finding,
                entry: usize::MAX,
                strength,
                denies_presence: false,
                states_presence: false,
            });
        }
    }

    /// Scans a row: labels by their answer, remarks as sentences, anything else as a whole.
    fn scan_row(
        &self,
        place: &Place<'_>,
        language: Option<Language>,
        options: &ScanOptions,
        found: &mut Vec<Candidate>,
    ) {
        let text = &place.flow.text;
        let Some(row) = read_row(text) else {
            return self.scan_piece(place, TextRange::new(0, text.len()), language, options, found);
        };
        for remark in row.remarks {
            for sentence in sentences(remark.of(text)) {
                let range = TextRange::new(remark.start + sentence.start, remark.start + sentence.end);
                self.scan_piece(place, range, language, options, found);
            }
        }
        let labels = row.labels.into_iter().flat_map(|label| stretches(text, label));
        for label in labels.take_while(|_| !options.is_over()) {
            for mut risk in self.scan_at(label.of(text), language, Form::Sentence, options).risks {
                form::settle(row.answer, &mut risk);
                found.push(self.candidate(place, label, language, risk, None));
            }
        }
    }

    fn scan_at(&self, sentence: &str, language: Option<Language>, form: Form, options: &ScanOptions) -> Scan {
        let mut scan = self.scan(sentence, language, form);
        let found = &mut scan.risks;
        if let Some(void) = self.void_act(sentence, options.submitted.as_deref()) {
            match found.iter_mut().find(|risk| risk.category == void.category) {
                Some(known) if known.severity >= void.severity => {}
                Some(known) => *known = void,
                None => found.push(void),
            }
        }
        scan
    }

    fn candidate(
        &self,
        place: &Place<'_>,
        sentence: TextRange,
        language: Option<Language>,
        risk: SentenceRisk,
        facts: Option<&Facts>,
    ) -> Candidate {
        let title = self.category_title(&risk.category, language).to_owned();
        let score = score(risk.polarity, risk.severity);
        let kind = match risk.polarity {
            Polarity::Negated => FlagKind::AbsenceClaim,
            _ => FlagKind::Term,
        };
        let finding = RiskFinding {
            category: risk.category,
            category_title: title,
            term: risk.term,
            polarity: risk.polarity,
            severity: risk.severity,
            language,
            reason: risk.reason,
            evidence: place.evidence(sentence, sentence.start + risk.range.start, language, score),
            kind,
            contradicted_by: None,
        };
        Candidate {
            finding,
            entry: risk.entry,
            strength: facts.map_or(0, |facts| facts.strength),
            denies_presence: facts.is_some_and(|facts| facts.denies_presence),
            states_presence: facts
                .is_some_and(|facts| facts.states_presence && facts.is_located && facts.is_near()),
        }
    }

    fn section_language(&self, document: &Document, section: Option<SectionId>) -> Option<Language> {
        let own = section.and_then(|id| document.section(id)).and_then(|section| section.language);
        own.or_else(|| document.languages.first().map(|share| share.language))
    }
}

/// A report with what is known of its sections.
struct Report<'a> {
    document: &'a Document,
    roles: BTreeMap<SectionId, Role>,
    support: Support<'a>,
}

/// Where a piece of text stands.
struct Place<'a> {
    report: &'a Report<'a>,
    flow: &'a Flow,
    role: Role,
}

impl Place<'_> {
    /// As what its sentences stand there: the block decides.
    fn form(&self) -> Form {
        match self.flow.kind {
            FlowKind::Heading => Form::Heading,
            FlowKind::Item => Form::Item,
            FlowKind::Prose | FlowKind::Row => Form::Sentence,
        }
    }

    /// Makes evidence of a sentence of the flow; `anchor` is a place in the flow that the quotation must hold.
    fn evidence(
        &self,
        sentence: TextRange,
        anchor: usize,
        language: Option<Language>,
        score: f32,
    ) -> Evidence {
        let document = self.report.document;
        let text = &document.text;
        let whole = self.flow.located(sentence, anchor);
        let range = window(text, whole, self.flow.original(anchor));
        let plain = range.of(text).split_whitespace().collect::<Vec<_>>().join(" ");
        Evidence {
            section: document.section_at(range.start).map(|section| section.id),
            span: document.span(range),
            quote: plain,
            score,
            language,
        }
    }
}

/// Returns the part of a long sentence around a place that fits a quotation, cut between words.
fn window(text: &str, whole: TextRange, anchor: usize) -> TextRange {
    let count = |range: TextRange| range.of(text).chars().count();
    if count(whole) <= LONGEST_QUOTE {
        return whole;
    }
    let lead = text[whole.start..anchor.clamp(whole.start, whole.end)].char_indices().rev().nth(QUOTE_LEAD);
    let start = match lead {
        // The head of the sentence is kept where the term is near it.
        Some((at, _)) if at > QUOTE_LEAD => {
            let from = whole.start + at;
            text[from..whole.end].find(char::is_whitespace).map_or(from, |blank| from + blank)
        }
        _ => whole.start,
    };
    let start = start + (text[start..whole.end].len() - text[start..whole.end].trim_start().len());
    let end =
        text[start..whole.end].char_indices().nth(LONGEST_QUOTE).map_or(whole.end, |(at, _)| start + at);
    let end = if end == whole.end {
        end
    } else {
        text[start..end].rfind(char::is_whitespace).map_or(end, |at| start + at)
    };
    TextRange::new(start, start + text[start..end].trim_end().len())
}

/// Strength of evidence; not a probability.
fn score(polarity: Polarity, severity: Severity) -> f32 {
    let severity = match severity {
        Severity::None => 0.0,
        Severity::Low => 0.3,
        Severity::Medium => 0.6,
        Severity::High => 0.9,
    };
    severity + f32::from(rank(polarity)) / 100.0
}

type Order<'a> = (Reverse<Severity>, FlagKind, Reverse<u8>, Reverse<i32>, &'a RiskCategory, usize, usize);

fn order(candidate: &Candidate) -> Order<'_> {
    let finding = &candidate.finding;
    let range = finding.evidence.span.range;
    let (severity, polarity) = (Reverse(finding.severity), Reverse(rank(finding.polarity)));
    (severity, finding.kind, polarity, Reverse(candidate.strength), &finding.category, range.start, range.end)
}

/// Keeps the strongest findings per section and category, each quotation once, and puts them in order.
fn select(mut found: Vec<Candidate>, options: &ScanOptions) -> Vec<RiskFinding> {
    found.retain(|one| options.keep_unremarkable || one.finding.severity > Severity::None);
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut quotes = BTreeSet::new();
    let mut kept: BTreeMap<(Option<SectionId>, RiskCategory, FlagKind), usize> = BTreeMap::new();
    found.retain(|one| {
        let finding = &one.finding;
        let count =
            kept.entry((finding.evidence.section, finding.category.clone(), finding.kind)).or_default();
        let key = (finding.category.clone(), finding.kind, finding.evidence.quote.to_lowercase());
        let keep = *count < options.evidence_per_section && quotes.insert(key);
        *count += usize::from(keep);
        keep
    });
    // One category does not crowd out the others: its strongest come first, the rest after those of all others.
    let mut seen: BTreeMap<(Severity, FlagKind, RiskCategory), usize> = BTreeMap::new();
    let mut ranked: Vec<(Reverse<Severity>, FlagKind, usize, usize, RiskFinding)> =
        Vec::with_capacity(found.len());
    for (at, Candidate { finding, .. }) in found.into_iter().enumerate() {
        let count = seen.entry((finding.severity, finding.kind, finding.category.clone())).or_default();
        ranked.push((Reverse(finding.severity), finding.kind, *count / FIRST_OF_CATEGORY, at, finding));
        *count += 1;
    }
    ranked.sort_by_key(|(severity, kind, round, at, _)| (*severity, *kind, *round, *at));
    ranked.into_iter().map(|(.., finding)| finding).collect()
}

#[cfg(test)]
#[path = "document_tests.rs"]
pub(super) mod tests;
