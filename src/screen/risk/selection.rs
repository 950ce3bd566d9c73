//! Which of the terms and readings of a sentence count?
//!
//! Terms in cross-references and run-in headings give way to those of the statement; of several readings of one
//! category the one a reviewer needs to see first is kept.

use std::collections::BTreeMap;

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, RiskCategory, Severity};

use super::sentence::Sentence;
use super::{Occurrence, SentenceRisk};

/// A line of cells is data, not a heading, however short it is.
pub(super) fn is_row(text: &str) -> bool {
    text.matches('|').count() >= 2
}

/// Drops terms that stand only in a cross-reference or, if the statement itself names terms, in its run-in heading.
pub(super) fn drop_asides(occurrences: &mut Vec<Occurrence>, sentence: &Sentence<'_>) {
    occurrences.retain(|one| !sentence.references.iter().any(|range| range.encloses(one.range)));
    // "Non-fish-bearing stream": the term is denied within the word.
    let before = |one: &Occurrence| sentence.text[..one.range.start].to_lowercase();
    occurrences.retain(|one| !["non-", "non ", "non–"].iter().any(|prefix| before(one).ends_with(prefix)));
    let in_body = |one: &Occurrence| one.range.start >= sentence.body_start;
    if occurrences.iter().any(in_body) {
        occurrences.retain(in_body);
    }
}

/// What a reviewer needs to see first when a category occurs more than once in a sentence.
pub(super) fn rank(polarity: Polarity) -> u8 {
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

pub(super) fn keep_stronger(best: &mut BTreeMap<usize, SentenceRisk>, category: usize, risk: SentenceRisk) {
    let key = |risk: &SentenceRisk| (risk.severity, rank(risk.polarity), std::cmp::Reverse(risk.range.start));
    match best.get(&category) {
        Some(known) if key(known) >= key(&risk) => {}
        _ => {
            best.insert(category, risk);
        }
    }
}

/// Keeps what a sentence that stands alone says most severely. A lesser category gives way to a more severe one, a
/// background category (`is_background`) also to one that is as severe and named by at least as long a phrase. A
/// denial that has to be verified stays beside assertions.
///
/// One sentence seldom is about two risks: of the development sentences with a risk one in sixteen has two labels. A
/// whole report keeps everything, so that no category is empty because its only sentence says something worse as well.
pub(super) fn keep_foremost(risks: &mut Vec<SentenceRisk>, is_background: impl Fn(&RiskCategory) -> bool) {
    let is_claim =
        |risk: &SentenceRisk| risk.polarity == Polarity::Negated && risk.severity >= Severity::Medium;
    let gives_way = |one: &SentenceRisk, other: &SentenceRisk| {
        let is_lesser = one.severity < other.severity;
        let is_setting = one.severity == other.severity
            && is_background(&one.category)
            && !is_background(&other.category)
            && one.range.len() <= other.range.len();
        let stays = is_claim(one) && other.polarity != Polarity::Negated;
        !stays && (is_lesser || is_setting)
    };
    let is_kept: Vec<bool> =
        risks.iter().map(|one| !risks.iter().any(|other| gives_way(one, other))).collect();
    let mut kept = is_kept.into_iter();
    risks.retain(|_| kept.next().unwrap_or(true));
}

/// The likeliest language where detection abstains: short lines still have a script.
pub(super) fn language_of_script(text: &str) -> Language {
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

#[cfg(test)]
mod tests {
    use crate::domain::language::Language;
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::RiskScanner;

    fn categories(text: &str) -> Vec<String> {
        let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
        let found = scanner.scan_sentence(text, Some(Language::English));
        found.into_iter().map(|risk| risk.category.0).collect()
    }

    #[test]
    fn a_sentence_is_found_under_what_it_says_most_severely() {
        let reserve = "The pipeline crosses the river and passes through the Zarafshan nature reserve.";
        assert_eq!(categories(reserve), ["R01"]);
        let polluted = "Groundwater is polluted with phenols and the soil is polluted with oil.";
        assert_eq!(categories(polluted), ["R03"]);
    }

    #[test]
    fn what_is_said_as_severely_is_kept_unless_it_is_the_setting() {
        let drawdown = "Groundwater will be drawn down by 12 m, and soils near the river will become saline.";
        assert!(categories(drawdown).contains(&"R03".to_owned()));
        assert!(!categories(drawdown).contains(&"R09".to_owned()));
    }

    #[test]
    fn a_claim_to_verify_stays_beside_an_assertion() {
        let text = "There are no wetlands on the site, but benzene exceeds the limit 3.4 times at the nearest house.";
        assert_eq!(categories(text), ["R01", "R07"]);
    }
}
