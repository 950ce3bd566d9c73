//! Which of the terms and readings of a sentence count?
//!
//! Terms in cross-references and run-in headings give way to those of the statement; of several readings of one
//! category the one a reviewer needs to see first is kept.

use std::collections::BTreeMap;

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::Gaps;

use super::sentence::Sentence;
use super::{Occurrence, SentenceRisk};

/// A line of cells is data, not a heading, however short it is.
pub(super) fn is_row(text: &str) -> bool {
    text.matches('|').count() >= 2
}

/// Beginnings of words that deny what follows, and the bytes of the longest.
const DENYING_PREFIXES: [&str; 3] = ["non-", "non ", "non–"];
const LONGEST_PREFIX: usize = 6;

/// Drops terms that stand only in a cross-reference or, if the statement itself names terms, in its run-in heading.
pub(super) fn drop_asides(occurrences: &mut Vec<Occurrence>, sentence: &Sentence<'_>) {
    occurrences.retain(|one| !sentence.references.iter().any(|range| range.encloses(one.range)));
    // "Non-fish-bearing stream": the term is denied within the word.
    let is_denied_in_word = |one: &Occurrence| {
        let from = sentence.text.ceil_char_boundary(one.range.start.saturating_sub(LONGEST_PREFIX));
        let before = sentence.text[from..one.range.start].to_lowercase();
        DENYING_PREFIXES.iter().any(|prefix| before.ends_with(prefix))
    };
    occurrences.retain(|one| !is_denied_in_word(one));
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
    let key = |risk: &SentenceRisk| {
        (risk.severity, rank(risk.polarity), !risk.gives_way, std::cmp::Reverse(risk.range.start))
    };
    match best.get(&category) {
        Some(known) if key(known) >= key(&risk) => {}
        _ => {
            best.insert(category, risk);
        }
    }
}

/// Categories of which the lack itself is the finding: hearings, data, measures.
const ABOUT_LACKS: [&str; 3] = ["R16", "R17", "R18"];

/// Category of missing data and studies.
const MISSING_DATA: &str = "R17";

/// The words by which a sentence says that a hearing, a study or a measure is missing.
fn stated_lacks<'a>(risks: impl Iterator<Item = &'a SentenceRisk>) -> Vec<TextRange> {
    risks
        .filter(|risk| ABOUT_LACKS.contains(&risk.category.0.as_str()) && risk.polarity == Polarity::Asserted)
        .flat_map(|risk| [Some(risk.range), risk.denied_by])
        .flatten()
        .collect()
}

fn is_subject(risk: &SentenceRisk, lacks: &[TextRange]) -> bool {
    !ABOUT_LACKS.contains(&risk.category.0.as_str())
        && risk.denied_by.is_some_and(|denial| lacks.iter().any(|lack| lack.overlaps(denial)))
}

/// Drops denials that only say what is missing: "there are no data on the composition of the wastewater" does not deny
/// wastewater.
pub(super) fn drop_subjects_of_gaps(best: &mut BTreeMap<usize, SentenceRisk>) {
    let lacks = stated_lacks(best.values());
    best.retain(|_, risk| risk.polarity != Polarity::Negated || !is_subject(risk, &lacks));
}

/// Of a missing study and what was to be studied one is kept, unless the category says both (`gaps`): an archaeological
/// survey that was not made is about heritage, fish that were not counted are missing data.
pub(super) fn drop_doubled_gaps(risks: &mut Vec<SentenceRisk>, gaps: impl Fn(&RiskCategory) -> Gaps) {
    let lacks = stated_lacks(risks.iter());
    let is_gap = |risk: &SentenceRisk| risk.is_gap && is_subject(risk, &lacks);
    let owned: Vec<TextRange> = risks
        .iter()
        .filter(|risk| gaps(&risk.category) == Gaps::Own && is_gap(risk))
        .filter_map(|risk| risk.denied_by)
        .collect();
    risks.retain(|risk| {
        let is_owned =
            risk.category.0 == MISSING_DATA && owned.iter().any(|denial| denial.overlaps(risk.range));
        !is_owned && (gaps(&risk.category) != Gaps::Data || !is_gap(risk))
    });
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
    fn a_study_that_was_not_made_is_no_finding_of_what_was_to_be_studied() {
        assert_eq!(categories("Fish in the river were not surveyed."), ["R17"]);
        assert_eq!(categories("The cultural resource survey of the plot was not carried out."), ["R12"]);
        assert_eq!(categories("Data on the composition of the wastewater are not available."), ["R17"]);
        assert_eq!(categories("The carbon footprint of the plant has not been calculated."), ["R08", "R17"]);
    }

    #[test]
    fn a_claim_to_verify_stays_beside_an_assertion() {
        let text = "There are no wetlands on the site, but benzene exceeds the limit 3.4 times at the nearest house.";
        assert_eq!(categories(text), ["R01", "R07"]);
    }
}
