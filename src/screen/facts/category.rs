//! Does the category the report claims fit the capacity it states?
//!
//! The thresholds are data (`rules/thresholds.toml`), and each list says whether its rows were read in the act; only sizes
//! above a threshold say something: below it another row may apply. A size counts for an activity that its own sentence
//! names, or that the title names if the size is the whole; rows without a size count only for what the title says the
//! project is. Where reports name an annex, more is asked: the opening has to name the activity of every size, no sentence
//! on others, limits or variants counts, and a project that changes something is left alone.

use super::check::CheckContext;
use super::claim::{Claim, is_of_others};
use super::fold::plain;
use super::opening::Opening;
use super::own_size::{SITES, is_daily, is_own, is_subject};
use super::served::{load_treated, people_served};
use super::thresholds::{Claimed, List, PEOPLE, POPULATION_EQUIVALENT, Threshold, Thresholds};
use super::{annex, claim};
use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::fact::{Fact, Inconsistency, InconsistencyKind, Phase, Quantity, Standing, Statement};
use crate::domain::finding::Evidence;

/// Class of the land that a project takes.
const SITE: &str = "site";

/// Returns the capacities that call for another category than the one claimed.
pub(super) fn check(
    thresholds: &Thresholds,
    document: &Document,
    facts: &[Fact],
    context: &CheckContext,
) -> Vec<Inconsistency> {
    let applies = |list: &&List| {
        context.jurisdictions.contains(&list.jurisdiction) && context.submitted >= list.in_force_from
    };
    let lists = thresholds.lists().iter().filter(applies);
    lists.filter_map(|list| contradiction(list, document, facts)).collect()
}

/// What contradicts the category of one list that the report claims.
fn contradiction(list: &List, document: &Document, facts: &[Fact]) -> Option<Inconsistency> {
    let claims = match list.claimed {
        Claimed::Category => claim::claims(document),
        Claimed::Annex => annex::claims(document),
    };
    let claim = claims.first()?;
    // A report that names several categories compares variants or cites the list.
    if claims.iter().any(|other| other.category != claim.category) {
        return None;
    }
    let said = |message, citation, evidence| Inconsistency {
        kind: InconsistencyKind::Category,
        subject: Code::SubjectCategory.with("category", &claim.category).to_string(),
        message,
        citation,
        evidence,
    };
    if !list.categories.contains(&claim.category) {
        let message = Code::CategoryNotInList
            .with("category", &claim.category)
            .with("listed", list.categories.join(", "));
        return Some(said(message, list.source.clone(), vec![claim.evidence.clone()]));
    }
    let report = Report { document, facts, opening: Opening::of(document, list.claimed), list };
    if list.claimed == Claimed::Annex && report.opening.is_change() {
        return None;
    }
    let mut contradicting = list.rows.iter().filter(|row| row.category != claim.category);
    contradicting.find_map(|row| {
        let (message, mut grounds) = report.grounds(row, claim)?;
        grounds.insert(0, claim.evidence.clone());
        Some(said(message, format!("{}; {}", row.row, list.source), grounds))
    })
}

/// A report beside a list.
struct Report<'a> {
    document: &'a Document,
    facts: &'a [Fact],
    opening: Opening,
    list: &'a List,
}

impl Report<'_> {
    /// Why the row applies, and where that stands; `None` if nothing says that it does.
    fn grounds(&self, row: &Threshold, claim: &Claim) -> Option<(Explanation, Vec<Evidence>)> {
        if row.always {
            let message = Code::CategoryAlways
                .with("category", &claim.category)
                .with("activity", &row.activity)
                .with("row", &row.row)
                .with("other", &row.category);
            return Some((message, self.opening.shows(row)?));
        }
        let (value, place) = match row.unit.as_str() {
            PEOPLE => people_served(row, self.document)?,
            POPULATION_EQUIVALENT => {
                let is_of_row = self.opening.is_of(row);
                is_of_row.then(|| load_treated(row, self.document))??
            }
            _ => {
                let fact = self.facts.iter().find(|fact| self.exceeds(row, fact))?;
                let value = fact.statement.quantity().map_or(0.0, |quantity| quantity.value);
                (value, fact.evidence.clone())
            }
        };
        let message = Code::CategoryExceeded
            .with("category", &claim.category)
            .with("activity", &row.activity)
            .with("value", value)
            .with("unit", &row.unit)
            .with("row", &row.row)
            .because(row.limit())
            .with("other", &row.category);
        Some((message, vec![place]))
    }

    fn exceeds(&self, row: &Threshold, fact: &Fact) -> bool {
        let Some((quantity, is_of_title)) = size(fact) else { return false };
        let own = fact.standing == Standing::Stated && fact.phase != Some(Phase::Existing);
        if !own || quantity.unit.to_string() != row.unit || !row.is_met(quantity.value) {
            return false;
        }
        let words = words_of(&fact.evidence.quote);
        if is_of_others(&words) || names(&words, &row.without) {
            return false;
        }
        let is_named = names(&words, &row.stems) && (row.with.is_empty() || names(&words, &row.with));
        match self.list.claimed {
            Claimed::Category => is_named || (is_of_title && self.opening.heading(row).is_some()),
            Claimed::Annex => self.is_own_size(row, fact, &words, is_named, is_of_title),
        }
    }

    /// True if the size is that of the project, whose activity its sentence or the title names.
    fn is_own_size(
        &self,
        row: &Threshold,
        fact: &Fact,
        words: &str,
        is_named: bool,
        is_of_title: bool,
    ) -> bool {
        if !is_own(words) || (row.unit.ends_with("/day") && !is_daily(self.document, fact)) {
            return false;
        }
        let is_area = matches!(fact.statement, Statement::Area(_));
        let figure = plain(&fact.as_printed(self.document));
        let has_size = !is_area || is_subject(words, &row.stems, &figure);
        let is_sized = !is_area || is_subject(words, &SITES, &figure);
        (is_named && has_size && self.opening.is_of(row))
            || (is_of_title && is_sized && self.opening.heading(row).is_some())
    }
}

/// The size a fact states, and whether it is the whole to which a title gives the name.
fn size(fact: &Fact) -> Option<(&Quantity, bool)> {
    match &fact.statement {
        Statement::Capacity(quantity) => Some((quantity, fact.is_whole)),
        // A part of the land says nothing about the site, and other land nothing about the project.
        Statement::Area(quantity) if fact.is_whole => Some((quantity, fact.subject.class == SITE)),
        _ => None,
    }
}

/// Plain words with a space before and behind.
pub(super) fn words_of(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!(" {} ", plain(&words.join(" ")))
}

/// True if one of the stems occurs; short ones only at the beginning of a word (`ges` is in `bridges`), but for Korean,
/// which writes words together.
pub(super) fn names(words: &str, stems: &[String]) -> bool {
    stems.iter().any(|stem| {
        let is_hangul = stem.contains(|c: char| ('가'..='힣').contains(&c));
        let is_short = !is_hangul && stem.trim_end().chars().count() < 5;
        let is_start = |at: usize| !words[..at].ends_with(char::is_alphanumeric);
        words.match_indices(stem.as_str()).any(|(at, _)| !is_short || is_start(at))
    })
}
