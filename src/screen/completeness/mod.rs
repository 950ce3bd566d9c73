//! Is each thing that the law asks for in the report, and how sure is that?
//!
//! Stage of a screening between ingest and triage. For every requirement the check collects evidence from
//! titles ([`reading`]), wording ([`profile`]) and meaning ([`meaning`]), turns it into a few numbers
//! ([`features`]) and lets a calibrated model decide ([`calibration`]). [`CompletenessModel`] holds what is
//! built once per process; [`assess`] does one document.
//!
//! Invariants: a finding for every requirement of every set, in order; text that could not be read never
//! makes something missing; a heading with nothing below it is weak at most; same inputs, same findings.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::domain::document::{Document, PageState, Passage};
use crate::domain::explanation::{Code, Explanation, Sentences};
use crate::domain::finding::{
    CompletenessFinding, Contributions, Evidence, NotExamined, NotExaminedReason, Presence,
};
use crate::domain::ids::SectionId;
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::domain::requirement::{ElementId, Requirement, RequirementSet, Thresholds};
use crate::domain::span::TextRange;
use crate::embed::model::{EmbedError, Embedder};
use crate::rules::{Applicability, Rulebook, applicability};
use crate::screen::classifier::ClassifierError;

pub mod announced;
pub mod calibration;
pub mod cues;
pub mod evidence;
pub mod features;
pub mod likeness;
pub mod meaning;
pub mod profile;
pub mod reading;
pub mod reason;
mod run_in;
pub mod sections;
pub mod subjects;
pub mod title_words;
pub mod together;
pub mod units;

use calibration::{Calibration, CalibrationError, Outcome, Probabilities};
use features::{COUNT, Features, OfDocument, Source, source_of};
use likeness::{Likeness, Passages};
use meaning::{Descriptions, Meaning};
use reading::Reading;
use subjects::{Hidden, Subjects};

/// Share of unread pages from which nothing can be called missing.
const UNREAD_SHARE: f32 = 0.03;

/// Why the completeness check could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum CompletenessError {
    /// The built-in sentence cues are malformed.
    #[error("the sentence cues are malformed")]
    Cues(#[source] toml::de::Error),
    /// The calibration does not fit this program.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// The classifier of passages is not what the program was built for.
    #[error("the classifier of passages cannot be used")]
    Classifier(#[from] ClassifierError),
    /// The descriptions of the elements could not be embedded.
    #[error("the element descriptions could not be embedded")]
    Embed(#[from] EmbedError),
}

/// Everything the completeness check needs besides the document; built once per process.
#[derive(Debug)]
pub struct CompletenessModel {
    subjects: Subjects,
    descriptions: Option<Descriptions>,
    calibration: Calibration,
    passages: Passages,
}

/// What is known about the case besides its document.
#[derive(Debug, Clone, Default)]
pub struct CaseFacts {
    /// Facts stated by the case system, by key, e.g. `hearing_required`.
    pub facts: BTreeMap<String, bool>,
}

/// Result of the completeness check for one document.
#[derive(Debug, Clone, Default)]
pub struct Assessment {
    /// One finding per requirement, in the order of the sets.
    pub findings: Vec<CompletenessFinding>,
    /// How likely each outcome is by the evidence alone, in the same order; for those who measure the check.
    pub probabilities: Vec<Probabilities>,
    /// Canonical elements each section speaks of, strongest first.
    pub elements: BTreeMap<SectionId, Vec<ElementId>>,
}

/// Where a document speaks of a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Support {
    /// Indices of the sections whose headings name it.
    pub sections: Vec<usize>,
    /// Sentences that speak of it, in document order.
    pub sentences: Vec<TextRange>,
}

impl CompletenessModel {
    /// Prepares the check for the packs of `rulebook`, with evidence by meaning if there is an embedder.
    pub fn new(rulebook: &Rulebook, embedder: Option<&dyn Embedder>) -> Result<Self, CompletenessError> {
        let subjects = Subjects::new(rulebook).map_err(CompletenessError::Cues)?;
        let descriptions =
            embedder.map(|embedder| Descriptions::new(&rulebook.elements, embedder)).transpose()?;
        let (calibration, passages) = (Calibration::builtin()?, Passages::builtin()?);
        Ok(Self { subjects, descriptions, calibration, passages })
    }

    /// Replaces the calibration, e.g. by one just fitted.
    pub fn with_calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = calibration;
        self
    }

    /// Returns the calibration in use.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Returns the identity of the calibration, which decides outcomes as much as the rules do.
    pub fn identity(&self) -> RulesIdentity {
        let calibration = &self.calibration;
        let json = serde_json::to_string(calibration).expect("a calibration is made of strings and numbers");
        let digest = Sha256::digest(json.as_bytes());
        RulesIdentity {
            name: "calibration".to_owned(),
            version: calibration.provenance.date.clone(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// Returns the identity of the classifier of passages.
    pub fn classifier(&self) -> &RulesIdentity {
        self.passages.identity()
    }

    /// Returns the phrases that a document uses.
    pub fn phrases_of(&self, document: &Document) -> Hidden {
        let reading = Reading::new(document, &self.subjects);
        let cues = self.subjects.cues.len() as u32;
        let text = reading.units.hits.iter().map(|hit| hit.phrase).filter(|phrase| *phrase >= cues);
        Hidden { titles: reading.title_phrases(&self.subjects), text: text.collect(), headings: false }
    }

    /// Collects the evidence for every requirement of `sets`, in order, without deciding, as if the phrases
    /// of `hidden` were not known.
    pub fn collect(
        &self,
        document: &Document,
        passages: &[Passage],
        vectors: Option<&[Option<Vec<f32>>]>,
        sets: &[&RequirementSet],
        hidden: &Hidden,
    ) -> Vec<Features> {
        let reading = Reading::without(document, &self.subjects, hidden);
        let meanings = self.meanings(passages, vectors);
        let likeness = self.passages.compare(document, &reading.units, sets);
        sets.iter()
            .flat_map(|set| set.requirements.iter().map(|requirement| (*set, requirement)))
            .zip(likeness)
            .map(|((set, requirement), likeness)| {
                let likeness = if hidden.headings { likeness.without_headings() } else { likeness };
                self.features(&reading, meanings.as_deref(), set, requirement, likeness)
            })
            .collect()
    }

    /// Collects the evidence for every requirement of `sets`, in order, as if the headings that name it, and only they,
    /// said nothing; `None` where no heading names it, or where one stands without text: then it is all there is.
    pub fn collect_without_own_headings(
        &self,
        document: &Document,
        passages: &[Passage],
        vectors: Option<&[Option<Vec<f32>>]>,
        sets: &[&RequirementSet],
    ) -> Vec<Option<Features>> {
        let mut reading = Reading::new(document, &self.subjects);
        let meanings = self.meanings(passages, vectors);
        let likeness = self.passages.compare(document, &reading.units, sets);
        let requirements =
            sets.iter().flat_map(|set| set.requirements.iter().map(|requirement| (*set, requirement)));
        let mut collected = Vec::new();
        for ((set, requirement), likeness) in requirements.zip(likeness) {
            let own = self.subjects.requirement(&set.name, &requirement.id);
            let sections =
                reading.sections_named(&features::subjects_that_name(&self.subjects, requirement, own));
            let features = |reading: &Reading, likeness| {
                self.features(reading, meanings.as_deref(), set, requirement, likeness)
            };
            if sections.is_empty() || features(&reading, likeness).profile.is_bare {
                collected.push(None);
                continue;
            }
            let headings = reading.silence(&sections, &self.subjects);
            collected.push(Some(features(&reading, likeness.without_headings())));
            reading.replace_headings(headings);
        }
        collected
    }

    /// Returns where a document speaks of a requirement: the sections below headings that name it, and every
    /// sentence with its wording or in a passage that reads like what is said about it.
    pub fn support(&self, document: &Document, set: &RequirementSet, requirement: &Requirement) -> Support {
        let reading = Reading::new(document, &self.subjects);
        let own = self.subjects.requirement(&set.name, &requirement.id);
        let named = features::subjects_that_name(&self.subjects, requirement, own);
        let mut all = named.clone();
        all.extend(own.into_iter().flat_map(|own| own.parts.iter().copied()));
        let titles = named.iter().flat_map(|subject| &reading.titles[*subject as usize]);
        let strong = titles.filter(|title| title.is_heading && title.strength >= profile::CLEAR_TITLE);
        let sections: BTreeSet<usize> = strong.filter_map(|title| title.section).collect();
        let hits = all.iter().flat_map(|subject| &reading.hits[*subject as usize]);
        let mut units = self.passages.supporting(document, &reading.units, requirement);
        units.extend(hits.filter(|hit| hit.weight > 0.0).map(|hit| hit.unit));
        Support {
            sections: sections.into_iter().collect(),
            sentences: units.into_iter().map(|unit| reading.units.units[unit].range).collect(),
        }
    }

    fn meanings(
        &self,
        passages: &[Passage],
        vectors: Option<&[Option<Vec<f32>>]>,
    ) -> Option<Vec<Vec<Meaning>>> {
        let (descriptions, vectors) = (self.descriptions.as_ref()?, vectors?);
        Some(descriptions.compare(passages, vectors))
    }

    fn features(
        &self,
        reading: &Reading,
        meanings: Option<&[Vec<Meaning>]>,
        set: &RequirementSet,
        requirement: &Requirement,
        likeness: Likeness,
    ) -> Features {
        let own = self.subjects.requirement(&set.name, &requirement.id);
        let document = OfDocument { orderly: features::orderly(reading, &self.subjects, set), likeness };
        features::of_requirement(reading, &self.subjects, requirement, own, meanings, document)
    }
}

/// Decides every requirement of `sets` for one document.
pub fn assess(
    model: &CompletenessModel,
    document: &Document,
    passages: &[Passage],
    vectors: Option<&[Option<Vec<f32>>]>,
    sets: &[&RequirementSet],
    case: &CaseFacts,
) -> Assessment {
    assess_until(model, document, passages, vectors, sets, case, &|| false).expect("nobody cancels it")
}

/// As [`assess`]; `None` if it was cancelled, which is asked for every stretch of text and every requirement.
pub fn assess_until(
    model: &CompletenessModel,
    document: &Document,
    passages: &[Passage],
    vectors: Option<&[Option<Vec<f32>>]>,
    sets: &[&RequirementSet],
    case: &CaseFacts,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<Assessment> {
    let reading = Reading::new(document, &model.subjects);
    if is_cancelled() {
        return None;
    }
    let meanings = model.meanings(passages, vectors);
    let elements = sections::elements(&reading, &model.subjects);
    let unread = Unread::of(document, &reading);
    let likeness = model.passages.compare_until(document, &reading.units, sets, is_cancelled)?;
    let requirements = sets.iter().flat_map(|set| set.requirements.iter().map(move |own| (*set, own)));
    let (mut findings, mut probabilities) = (Vec::new(), Vec::new());
    for ((set, requirement), likeness) in requirements.zip(likeness) {
        if is_cancelled() {
            return None;
        }
        let features = model.features(&reading, meanings.as_deref(), set, requirement, likeness);
        let decision = Decision { model, reading: &reading, passages, unread: &unread, case };
        findings.push(decision.finding(set, requirement, &features));
        probabilities.push(model.calibration.probabilities(&requirement.id.0, &features.values));
    }
    Some(Assessment { findings, probabilities, elements })
}

/// Pages and text that could not be judged.
struct Unread {
    pages: usize,
    share: f32,
    first: Option<NotExamined>,
    /// A part of the file that belongs to no page, or whose pages do not show that they were not read.
    part: Option<NotExamined>,
    nothing_read: bool,
}

impl Unread {
    fn of(document: &Document, reading: &Reading) -> Self {
        let unread: Vec<&NotExamined> = document
            .pages
            .iter()
            .filter_map(|page| match &page.state {
                PageState::NotExamined(because) => Some(because),
                PageState::Read | PageState::Recognised { .. } | PageState::Blank => None,
            })
            .collect();
        let first = unread.first().map(|because| (*because).clone());
        let part = document.not_examined.iter().find(|part| {
            part.reason.leaves_file_unread()
                && (part.page.is_none() || part.detail.code == Code::TextBeyondLimit)
        });
        Self {
            pages: unread.len(),
            share: unread.len() as f32 / document.pages.len().max(1) as f32,
            first: first.or_else(|| document.not_examined.first().cloned()),
            part: part.cloned(),
            nothing_read: reading.units.units.is_empty() && document.sections.is_empty(),
        }
    }

    /// Returns why nothing can be called missing, if too much could not be judged.
    fn prevents_missing(&self, reading: &Reading) -> Option<NotExamined> {
        let all: f32 = reading.units.units.iter().map(|unit| unit.size).sum();
        let unknown = reading.units.unknown_language;
        if self.nothing_read || self.share >= UNREAD_SHARE {
            let because = self.first.clone();
            return Some(because.map_or_else(no_text, |because| NotExamined {
                page: None,
                section: None,
                detail: self.detail(),
                ..because
            }));
        }
        if let Some(part) = &self.part {
            return Some(NotExamined { page: None, ..part.clone() });
        }
        (unknown > 0.3 * all.max(1.0)).then(|| NotExamined {
            reason: NotExaminedReason::LanguageUnknown,
            page: None,
            section: None,
            detail: Code::LanguageUnknownToRules.into(),
        })
    }

    fn detail(&self) -> Explanation {
        match self.pages {
            0 => Code::NoTextRead.into(),
            pages => Code::LookOnUnreadPages.with("n", pages),
        }
    }
}

fn no_text() -> NotExamined {
    NotExamined {
        reason: NotExaminedReason::UnreadableText,
        page: None,
        section: None,
        detail: Code::NoTextToExamine.into(),
    }
}

/// Everything one decision looks at.
struct Decision<'a> {
    model: &'a CompletenessModel,
    reading: &'a Reading<'a>,
    passages: &'a [Passage],
    unread: &'a Unread,
    case: &'a CaseFacts,
}

impl Decision<'_> {
    fn finding(
        &self,
        set: &RequirementSet,
        requirement: &Requirement,
        features: &Features,
    ) -> CompletenessFinding {
        let document = self.reading.document;
        let (presence, confidence, reason) = self.decide(requirement, features);
        let absent_parts = match presence {
            Presence::NotApplicable { .. } | Presence::NotExamined(_) => Vec::new(),
            _ => reason::absent_parts(features),
        };
        let main = document.languages.first().map_or(Language::English, |share| share.language);
        let title = requirement.title.get(&main).or_else(|| requirement.title.get(&Language::English));
        CompletenessFinding {
            requirement: requirement.id.clone(),
            pack: set.name.clone(),
            title: title.cloned().unwrap_or_else(|| requirement.content.clone()),
            presence,
            confidence,
            citation: requirement.citation.clone(),
            source: requirement.source,
            obligation: requirement.obligation.clone(),
            reason,
            absent_parts,
            contributions: contributions(&self.model.calibration, &requirement.id.0, &features.values),
        }
    }

    fn decide(&self, requirement: &Requirement, features: &Features) -> (Presence, f32, Sentences) {
        let due = applicability(&requirement.obligation, &self.case.facts);
        if let Applicability::DoesNotApply { condition: because } = due {
            let reason = Code::NotDue.with("condition", &because).into();
            return (Presence::NotApplicable { because }, 0.99, reason);
        }
        let calibration = &self.model.calibration;
        let probabilities = calibration.probabilities(&requirement.id.0, &features.values);
        let decided = match requirement.thresholds {
            Some(own) => by_own_limits(own, probabilities),
            None => calibration.decide(probabilities),
        };
        let evidence = evidence::collect(self.reading, features, self.passages, true);
        // What cannot be shown does not count.
        let outcome = if evidence.is_empty() {
            Outcome::Missing
        } else {
            calibration::bounded(decided, &features.values)
        };
        let confidence = calibration.confidence(probabilities, decided, outcome);
        if outcome == Outcome::Missing
            && let Some(because) = self.unread.prevents_missing(self.reading)
        {
            let reason = because.detail.clone().into();
            // What could not be read says nothing of what it holds.
            return (Presence::NotExamined(because), 0.0, reason);
        }
        let found = reason::Found { outcome, confidence, unread_pages: self.unread.pages };
        let reason = reason::of(self.reading.document, &requirement.obligation, &due, features, found);
        (presence(outcome, evidence), confidence, reason)
    }
}

/// Decides by limits that a requirement has of its own: how likely it has to be that anything of it is there, and that it
/// is there in full.
fn by_own_limits(own: Thresholds, probabilities: Probabilities) -> Outcome {
    if 1.0 - probabilities.missing < own.weak {
        Outcome::Missing
    } else if probabilities.present < own.present {
        Outcome::Weak
    } else {
        Outcome::Present
    }
}

fn presence(outcome: Outcome, evidence: Vec<Evidence>) -> Presence {
    match outcome {
        Outcome::Missing => Presence::Missing { nearest: evidence.into_iter().next() },
        Outcome::Weak => Presence::Weak(evidence),
        Outcome::Present => Presence::Present(evidence),
    }
}

fn contributions(calibration: &Calibration, requirement: &str, values: &[f32; COUNT]) -> Contributions {
    let sum = |source: Source| {
        (0..COUNT)
            .filter(|feature| source_of(*feature) == source)
            .map(|feature| calibration.contribution(requirement, feature, values[feature]))
            .sum()
    };
    Contributions {
        heading: sum(Source::Heading),
        wording: sum(Source::Wording),
        meaning: sum(Source::Meaning),
    }
}

#[cfg(test)]
mod tests;
