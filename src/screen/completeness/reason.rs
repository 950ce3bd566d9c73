//! Why this outcome, in one or two sentences a reviewer understands at once?

use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation, Sentences};
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

/// What was decided about a requirement.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The outcome.
    pub outcome: Outcome,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
    /// Pages that could not be read.
    pub unread_pages: usize,
}

/// Returns the reason for an outcome.
pub fn of(
    document: &Document,
    obligation: &Obligation,
    due: &Applicability,
    features: &Features,
    Found { outcome, confidence, unread_pages }: Found,
) -> Sentences {
    let mut sentences = vec![what_was_found(document, features, outcome)];
    let absent = absent_parts(features);
    if outcome == Outcome::Weak && !absent.is_empty() && absent.len() < features.parts.len() {
        sentences.push(Code::PartsAbsent.with("parts", absent.join(", ")));
    }
    if outcome == Outcome::Missing && confidence < 0.5 {
        let percent = (confidence * 100.0).round();
        sentences.push(Code::MissingUnsure.with("percent", percent));
    }
    if outcome != Outcome::Present {
        sentences.extend(whether_due(obligation, due));
        if unread_pages > 0 {
            sentences.push(Code::PagesUnread.with("n", unread_pages));
        }
    }
    Sentences(sentences)
}

/// Says what is known about the condition of a requirement that has one.
fn whether_due(obligation: &Obligation, due: &Applicability) -> Option<Explanation> {
    let Obligation::Conditional { condition, .. } = obligation else { return None };
    match due {
        Applicability::Applies => Some(Code::Due.with("condition", condition)),
        Applicability::Unknown { .. } => Some(Code::DueUnknown.with("condition", condition)),
        Applicability::DoesNotApply { .. } => None,
    }
}

fn what_was_found(document: &Document, features: &Features, outcome: Outcome) -> Explanation {
    let profile = &features.profile;
    let title = profile
        .heading_at
        .filter(|_| profile.title >= 0.3)
        .map(|heading| shorten(heading.of(&document.text), 80));
    let has_wording = !profile.best.is_empty();
    let about = |code: Code, title: String| code.with("title", title);
    match (outcome, title) {
        (Outcome::Present, Some(title)) if profile.inside >= 1.0 => {
            about(Code::RequirementPresentBoth, title)
        }
        (Outcome::Present, Some(title)) => about(Code::RequirementPresent, title),
        (Outcome::Present, None) => Code::RequirementPresentText.into(),
        (Outcome::Weak, Some(title)) if profile.below < 1.0 => about(Code::RequirementWeakEmpty, title),
        (Outcome::Weak, Some(title)) if profile.is_bare || profile.below < ONE_LINE => {
            about(Code::RequirementWeakLine, title)
        }
        (Outcome::Weak, Some(title)) if has_wording => about(Code::RequirementWeakPartial, title),
        (Outcome::Weak, Some(title)) => about(Code::RequirementWeakName, title),
        (Outcome::Weak, None) => Code::RequirementWeakPassing.into(),
        (Outcome::Missing, Some(title)) => about(Code::RequirementMissingClose, title),
        (Outcome::Missing, None) if has_wording => Code::RequirementMissingWords.into(),
        (Outcome::Missing, None) => Code::RequirementMissingNothing.into(),
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
