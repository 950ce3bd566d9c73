//! Findings of a screening and the evidence behind them.

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::explanation::{Code, Explanation, Sentences};
use super::ids::{CaseId, SectionId};
use super::language::Language;
use super::requirement::{Obligation, RequirementId, SourceConfidence};
use super::span::Span;

/// Why something could not be judged. Never shown as missing and never as "no risk".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotExaminedReason {
    /// The page is a picture: it has no text layer.
    NoTextLayer,
    /// The page is a picture that stands on its side or upside down.
    RotatedScan,
    /// The text layer is there, but its characters do not form words (broken encoding).
    UnreadableText,
    /// The file or page is encrypted.
    Encrypted,
    /// The reader failed on this part of the file.
    ParserFailed,
    /// A size, page, nesting or time limit was reached.
    LimitReached,
    /// No language could be recognised, so no rule applies.
    LanguageUnknown,
    /// The loaded model does not cover the language: only lexical evidence was used, or meaning was judged
    /// through a word glossary; the detail says which.
    LanguageNotCovered,
    /// There is no precedent archive, or it is empty.
    NoArchive,
    /// A stage of the screening failed; the detail says which and why.
    StageFailed,
}

impl NotExaminedReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::NoTextLayer,
        Self::RotatedScan,
        Self::UnreadableText,
        Self::Encrypted,
        Self::ParserFailed,
        Self::LimitReached,
        Self::LanguageUnknown,
        Self::LanguageNotCovered,
        Self::NoArchive,
        Self::StageFailed,
    ];

    /// Whether it leaves part of the submitted file unread, as opposed to side services (archive, model).
    pub fn leaves_file_unread(self) -> bool {
        matches!(
            self,
            Self::NoTextLayer
                | Self::RotatedScan
                | Self::UnreadableText
                | Self::Encrypted
                | Self::ParserFailed
                | Self::LimitReached
                | Self::LanguageUnknown
                | Self::StageFailed
        )
    }
}

/// A part of the file or of the screening that was not examined, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotExamined {
    /// Why.
    pub reason: NotExaminedReason,
    /// Page counted from 1, where one page is concerned.
    pub page: Option<u32>,
    /// Section, where one section is concerned.
    pub section: Option<SectionId>,
    /// One sentence for the reviewer: what was not examined and what to do about it.
    pub detail: Explanation,
}

impl NotExamined {
    /// Whether it leaves part of the submitted file unread. A comparison with earlier cases that failed leaves none, nor
    /// do passages whose words were searched to the end, though the model read their beginning only.
    pub fn leaves_file_unread(&self) -> bool {
        let leaves_none = matches!(self.detail.code, Code::PrecedentsFailed | Code::PassagesCutShort);
        self.reason.leaves_file_unread() && !leaves_none
    }

    /// Whether risks may stand where nobody looked: in an unread part of the file, or where a stage failed that
    /// looks for them.
    pub fn may_hide_risks(&self) -> bool {
        self.leaves_file_unread() && self.detail.code != Code::MeaningFailed
    }

    /// Whether it left the file without comparison with earlier cases.
    pub fn prevents_comparison(&self) -> bool {
        self.reason == NotExaminedReason::NoArchive || self.detail.code == Code::PrecedentsFailed
    }
}

/// A quotation that supports a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Innermost section; `None` before the first heading.
    pub section: Option<SectionId>,
    /// Where the quotation stands in the extracted text.
    pub span: Span,
    /// The text at `span`, white space reduced to single blanks, cut to at most 400 characters.
    pub quote: String,
    /// Strength between 0 and 1.
    pub score: f32,
    /// Language of the quotation, `None` when unsure.
    pub language: Option<Language>,
}

/// Outcome of looking for one requirement in one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Presence {
    /// The element is there with real content; evidence strongest first, never empty.
    Present(Vec<Evidence>),
    /// The element is touched, partial, only a heading or only a pointer elsewhere; never empty.
    Weak(Vec<Evidence>),
    /// The document was read and nothing that counts was found.
    Missing {
        /// The closest text found, for the reviewer to check.
        nearest: Option<Evidence>,
    },
    /// The condition of the requirement does not hold for this case.
    NotApplicable {
        /// The condition, in words.
        because: String,
    },
    /// The text could not be judged.
    NotExamined(NotExamined),
}

/// How much heading, wording and meaning each added to a completeness decision.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Contributions {
    /// From headings, in log-odds.
    pub heading: f32,
    /// From phrases in the text, in log-odds.
    pub wording: f32,
    /// From embeddings, in log-odds; 0 if the model does not cover the language.
    pub meaning: f32,
}

/// Result for one requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompletenessFinding {
    /// Which requirement, e.g. `UZ-D01`.
    pub requirement: RequirementId,
    /// Rule pack it comes from, e.g. `uz-234-draft`.
    pub pack: String,
    /// Title in the language of the report where the pack has one, else English.
    pub title: String,
    /// Outcome with its evidence.
    pub presence: Presence,
    /// Probability between 0 and 1 that the stated outcome is right, as calibrated; 0 where nothing was examined.
    pub confidence: f32,
    /// Legal citation.
    pub citation: String,
    /// How well the source of the rule was verified.
    pub source: SourceConfidence,
    /// Whether the law demands it.
    pub obligation: Obligation,
    /// One or two sentences: why this outcome.
    pub reason: Sentences,
    /// Parts or sub-topics that were not found, by name.
    pub absent_parts: Vec<String>,
    /// What led to the outcome.
    pub contributions: Contributions,
}

/// Match between a section of the screened report and a section of a precedent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionMatch {
    /// Section of the screened report.
    pub section: Option<SectionId>,
    /// Its title.
    pub section_title: String,
    /// Title (heading path) of the precedent's section.
    pub precedent_section: String,
    /// Page in the precedent's document.
    pub precedent_page: Option<u32>,
    /// Quotation from the precedent, at most 400 characters.
    pub quote: String,
    /// Cosine similarity between the two passages, -1 to 1; `None` if only words matched.
    pub similarity: Option<f32>,
}

/// An earlier case that resembles the screened one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Precedent {
    /// The earlier case with its facets, decision and conditions (shown, never ranked on).
    pub case: Case,
    /// Fused rank score; comparable within one answer only.
    pub score: f32,
    /// Why it is shown: facets and sections that match, one sentence each.
    pub reasons: Vec<Explanation>,
    /// What differs: facets that are known on both sides and not equal, one sentence each.
    pub differences: Vec<Explanation>,
    /// Matching sections, strongest first.
    pub matches: Vec<SectionMatch>,
}

/// Text that is nearly the same as in another case's report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reuse {
    /// The other case.
    pub case: CaseId,
    /// Title of the other case.
    pub case_title: String,
    /// The passage in the screened report.
    pub evidence: Evidence,
    /// Page in the other report.
    pub other_page: Option<u32>,
    /// Quotation from the other report, at most 400 characters.
    pub other_quote: String,
    /// Share of the passage's word 5-grams that occur in the other passage, 0 to 1.
    pub overlap: f32,
}
