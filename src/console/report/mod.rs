//! The report page: the document on the left, the findings in tabs on the right.
//!
//! `page` answers requests; `triage` is its head; `units` and `marks` cut the document; `document` shows it; `entries`
//! lists the findings of a tab, `findings` shows a page of them, `finding` one again after a verdict; `view` puts them
//! into words; `facts` and `map` show figures and positions, `unread` what was not examined, `unseen` what a tab cannot
//! show for that.

pub mod document;
pub mod entries;
pub mod facts;
pub mod finding;
pub mod findings;
pub mod map;
pub mod marks;
pub mod page;
pub mod picture;
pub mod precedents;
pub mod rule;
pub mod triage;
pub mod units;
pub mod unread;
pub mod unseen;
pub mod view;

use serde::Deserialize;

use super::language::Words;
use super::opened::Opened;
use super::shell::encode;
use crate::domain::explanation::Explanation;
use crate::domain::language::Language;
use crate::domain::requirement::Localized;
use crate::domain::verdict::Verdict;
use crate::screen::run::Screener;

/// A tab of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What the law asks for.
    Completeness,
    /// Risk terms.
    Risks,
    /// Claims and contradictions to verify.
    Claims,
    /// Earlier cases.
    Precedents,
    /// Text nearly copied.
    Reuse,
    /// Figures and positions.
    Facts,
    /// What was not examined.
    Unread,
}

impl Tab {
    /// Every tab, in the order shown.
    pub const ALL: [Tab; 7] = [
        Self::Completeness,
        Self::Risks,
        Self::Claims,
        Self::Precedents,
        Self::Reuse,
        Self::Facts,
        Self::Unread,
    ];

    /// Name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Risks => "risks",
            Self::Claims => "claims",
            Self::Precedents => "precedents",
            Self::Reuse => "reuse",
            Self::Facts => "facts",
            Self::Unread => "unread",
        }
    }

    /// Reads the name; anything else is completeness.
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.as_str() == name).unwrap_or(Self::Completeness)
    }
}

/// What of a report is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Tab.
    pub tab: String,
    /// Page of the findings, from 1.
    pub page: usize,
    /// Finding to look at.
    pub finding: String,
    /// Unit of the document, from 1.
    pub at: usize,
    /// Page of the document, from 1; goes before `at`.
    pub sheet: u32,
    /// `picture` for the picture of the page, `contents` for the sections.
    pub view: String,
    /// Page of the list of sections, from 1.
    pub sections: usize,
    /// Which findings: `all`, `gaps`, `open` …
    pub show: String,
}

/// What is needed to put a report into words.
pub struct Reading<'a> {
    /// The screening.
    pub opened: &'a Opened,
    /// Rules, for titles in the reader's language.
    pub screener: &'a Screener,
    /// Words.
    pub w: Words,
    /// Verdicts, oldest first.
    pub verdicts: &'a [Verdict],
    /// What is asked for.
    pub wanted: &'a Wanted,
    /// Why the picture that is asked for cannot be shown.
    pub no_picture: Option<Explanation>,
}

impl Reading<'_> {
    /// Address of the report.
    pub fn base(&self) -> String {
        format!("/screenings/{}", self.opened.record.id)
    }

    /// Address of a tab.
    pub fn tab_link(&self, tab: Tab) -> String {
        format!("{}?tab={}", self.base(), tab.as_str())
    }

    /// Address of a finding.
    pub fn finding_link(&self, tab: Tab, finding: &str) -> String {
        let show = match self.wanted.show.as_str() {
            "" => String::new(),
            show => format!("&show={}", encode(show)),
        };
        format!("{}?tab={}{show}&finding={}", self.base(), tab.as_str(), encode(finding))
    }

    /// Verdicts about a finding, oldest first.
    pub fn verdicts_of<'b>(&'b self, finding: &'b str) -> impl DoubleEndedIterator<Item = &'b Verdict> {
        self.verdicts.iter().filter(move |verdict| verdict.finding == finding)
    }
}

/// The text in a language, or in English, or in whatever there is.
pub fn localized(text: &Localized, language: Language) -> String {
    text.get(&language)
        .or_else(|| text.get(&Language::English))
        .or_else(|| text.values().next())
        .cloned()
        .unwrap_or_default()
}
