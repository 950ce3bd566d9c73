//! Earlier cases in words: decision and conditions first, then why they are shown.

use super::Reading;
use super::view::{VerdictView, anchor, seen, verdict_view};
use crate::console::language::Words;
use crate::console::reasons::{self, Names, Sentence};
use crate::rpc::v1;

/// Matching sections shown of one case.
const MOST_MATCHES: usize = 3;

/// An earlier case.
pub struct PrecedentView {
    /// As verdicts name it.
    pub id: String,
    /// Name of its element.
    pub anchor: String,
    /// Case id.
    pub case: String,
    /// Title of the project.
    pub title: String,
    /// Decision; empty if not known.
    pub decision: String,
    /// Conditions of the decision.
    pub conditions: Vec<String>,
    /// Kind, place and year.
    pub facets: Vec<String>,
    /// Why it is shown.
    pub reasons: Vec<Sentence>,
    /// What differs.
    pub differences: Vec<Sentence>,
    /// Matching sections.
    pub matches: Vec<MatchView>,
    /// What was decided.
    pub verdicts: Vec<VerdictView>,
    /// The same for the form; see [`view::seen`](super::view::seen).
    pub seen: String,
    /// True if the reviewer looks at it.
    pub is_current: bool,
}

/// A matching section.
pub struct MatchView {
    /// Section of this report.
    pub here: String,
    /// Section and page of the case.
    pub there: String,
    /// Quotation from the case.
    pub text: String,
}

impl PrecedentView {
    /// The verdict that stands.
    pub fn last(&self) -> Option<&VerdictView> {
        self.verdicts.last()
    }
}

/// Puts a precedent of a report into words.
pub fn view(reading: &Reading<'_>, precedent: &v1::Precedent) -> PrecedentView {
    let id = format!("precedent:{}", precedent.case_id);
    let verdicts = reading.verdicts_of(&id).map(|verdict| verdict_view(reading, verdict)).collect();
    let is_current = id == reading.wanted.finding;
    PrecedentView { verdicts, seen: seen(reading, &id), is_current, ..of(reading.w, precedent) }
}

/// Puts a precedent into words.
pub fn of(w: Words, precedent: &v1::Precedent) -> PrecedentView {
    let id = format!("precedent:{}", precedent.case_id);
    let facets = precedent.facets.as_ref().map_or_else(Vec::new, |facets| {
        let year = if facets.year == 0 { String::new() } else { facets.year.to_string() };
        let all = [&facets.activity_type, &facets.jurisdiction, &facets.region, &facets.basin, &year];
        all.into_iter().filter(|facet| !facet.is_empty()).cloned().collect()
    });
    let matches = precedent.matches.iter().take(MOST_MATCHES).map(|found| {
        let mut there = found.precedent_section.clone();
        if found.precedent_page > 0 {
            there += &format!(", {}", w.count("place-page", found.precedent_page));
        }
        MatchView { here: found.section_title.clone(), there, text: found.quote.clone() }
    });
    let names = Names::default();
    PrecedentView {
        anchor: anchor(&id),
        id,
        case: precedent.case_id.clone(),
        title: precedent.title.clone(),
        decision: precedent.decision.clone(),
        conditions: precedent.conditions.clone(),
        facets,
        reasons: reasons::said(w, &precedent.reasons, &precedent.reason_explanations, &names),
        differences: reasons::said(w, &precedent.differences, &precedent.difference_explanations, &names),
        matches: matches.collect(),
        verdicts: Vec::new(),
        seen: String::new(),
        is_current: false,
    }
}
