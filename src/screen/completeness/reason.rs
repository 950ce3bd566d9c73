//! Why this outcome, in one or two sentences a reviewer understands at once?

use crate::domain::document::Document;
use crate::domain::requirement::Obligation;
use crate::rules::Applicability;

use super::calibration::Outcome;
use super::features::Features;
use super::profile::ONE_LINE;

/// From this coverage on a part counts as found.
pub const PART_FOUND: f32 = 0.45;

/// Returns the parts that were not found.
pub fn absent_parts(features: &Features) -> Vec<String> {
    features.parts.iter().filter(|part| part.covered < PART_FOUND).map(|part| part.name.clone()).collect()
}

/// Returns the reason for an outcome.
pub fn of(
    document: &Document,
    obligation: &Obligation,
    due: &Applicability,
    features: &Features,
    outcome: Outcome,
    unread_pages: usize,
) -> String {
    let mut sentences = vec![what_was_found(document, features, outcome)];
    let absent = absent_parts(features);
    if outcome == Outcome::Weak && !absent.is_empty() && absent.len() < features.parts.len() {
        sentences.push(format!("Not found: {}.", absent.join(", ")));
    }
    if outcome != Outcome::Present {
        sentences.extend(whether_due(obligation, due));
        if unread_pages > 0 {
            sentences.push(format!("{unread_pages} page(s) could not be read."));
        }
    }
    sentences.join(" ")
}

/// Says what is known about the condition of a requirement that has one.
fn whether_due(obligation: &Obligation, due: &Applicability) -> Option<String> {
    let Obligation::Conditional { condition, .. } = obligation else { return None };
    match due {
        Applicability::Applies => {
            Some(format!("Due: the case system says that the condition holds ({condition})."))
        }
        Applicability::Unknown { .. } => {
            Some(format!("Due only if {condition}; whether that holds was not stated."))
        }
        Applicability::DoesNotApply { .. } => None,
    }
}

fn what_was_found(document: &Document, features: &Features, outcome: Outcome) -> String {
    let profile = &features.profile;
    let title = profile
        .heading_at
        .filter(|_| profile.title >= 0.3)
        .map(|heading| shorten(heading.of(&document.text), 80));
    let has_wording = !profile.best.is_empty();
    match (outcome, title) {
        (Outcome::Present, Some(title)) => format!(
            "The section \u{201c}{title}\u{201d} deals with it{}.",
            if profile.inside >= 1.0 { " and its text speaks of it" } else { "" }
        ),
        (Outcome::Present, None) => {
            "No heading names it, but the text deals with it in substance.".to_owned()
        }
        (Outcome::Weak, Some(title)) if profile.below < 1.0 => {
            format!("The heading \u{201c}{title}\u{201d} is there, but there is nothing below it.")
        }
        (Outcome::Weak, Some(title)) if profile.is_bare || profile.below < ONE_LINE => format!(
            "The heading \u{201c}{title}\u{201d} is there, but what stands below it is a line, a promise or a \
             pointer elsewhere."
        ),
        (Outcome::Weak, Some(title)) if has_wording => {
            format!("The section \u{201c}{title}\u{201d} touches it, but not in full.")
        }
        (Outcome::Weak, Some(title)) => format!(
            "The section \u{201c}{title}\u{201d} is named after it, but its text says nothing that counts as it."
        ),
        (Outcome::Weak, None) => "No heading names it; the text touches it in passing.".to_owned(),
        (Outcome::Missing, Some(title)) => format!(
            "The heading \u{201c}{title}\u{201d} comes close, but nothing below it or elsewhere counts as it."
        ),
        (Outcome::Missing, None) if has_wording => {
            "No heading names it; single words occur, but nothing that counts as it (see the closest text)."
                .to_owned()
        }
        (Outcome::Missing, None) => {
            "Neither a heading nor the wording of this element was found in the text.".to_owned()
        }
    }
}

/// Returns at most `limit` characters of `text`, cut at a word.
pub fn shorten(text: &str, limit: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= limit {
        return text;
    }
    let kept = limit.saturating_sub(1);
    let cut: String = text.chars().take(kept).collect();
    let is_at_a_word = text.chars().nth(kept) == Some(' ');
    let last_blank = cut.rfind(' ').filter(|at| !is_at_a_word && *at > cut.len() / 2);
    let end = last_blank.unwrap_or(cut.len());
    format!("{}\u{2026}", cut[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_word() {
        assert_eq!(shorten("один два три", 9), "один два\u{2026}");
        assert_eq!(shorten("short  text", 20), "short text");
        assert_eq!(shorten("대기질영향예측결과", 5), "대기질영\u{2026}");
    }
}
