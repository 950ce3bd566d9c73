//! To which annex of the European directive does the report say that its project belongs?
//!
//! Annex I of Directive 2011/92/EU lists what is always assessed, Annex II what is screened. Many other acts have annexes
//! of these numbers, national laws among them, and so have reports: a sentence counts if it puts one project into an annex
//! and speaks of the directive, or of a numbered point where the report names the directive elsewhere; and of no species,
//! plan, other directive or national act. An annex that the sentence denies or compares with is not claimed. A report that
//! claims both annexes in one sentence, or speaks of a change or an extension, whose sizes are those of the change, claims
//! neither. Annex I is heard more readily than Annex II, since it keeps a report from being raised. Read in English only.

use std::sync::LazyLock;

use regex::Regex;

use super::category::words_of;
use super::claim::{Claim, is_of_others};
use super::document::{evidence, evidence_blocks, sentences_of};
use crate::domain::document::Document;
use crate::domain::span::TextRange;

static ANNEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bannex\s+(?P<numeral>[IVX]+)\b")
        .expect("the pattern is a constant, compiled by the tests")
});

/// A point of the annex, or the annex as the kind of a project.
static POINT: LazyLock<Regex> = LazyLock::new(|| {
    const PART: &str = "(?:point|item|paragraph|class)";
    let pattern = format!(
        r"annex i{{1,2}},? \(?{PART} ?\d|{PART} \d+ ?(?:\([a-z]+\) ?)*(?:of|in|to) (?:the )?annex i{{1,2}}\b|annex i{{1,2}} ?\(\d{{1,2}}[^\d]|an annex i{{1,2}} (?:project|development|activity|installation)"
    );
    Regex::new(&pattern).expect("the pattern is a constant, compiled by the tests")
});

/// The sentence speaks of the directive on the assessment of projects.
const DIRECTIVE: &[&str] = &["2011/92", "2014/52", "85/337", "eia directive"];

/// One project is put into an annex.
#[rustfmt::skip]
const CLASSIFIES: &[&str] = &[
    "belongs to", "belong to", "is classified", "was classified", "falls under", "falls within", "falls into", "falls in ",
    "fall under", "fall within", "comes under", "comes within", "is one of", "is listed", "is covered by", "is assigned to",
    "is an annex", "is a project", "is of a type listed", "is of a class listed", "was assigned to", "is to be assigned to",
    "is placed in", "is to be placed in", "was placed in", "is to be classified",
];

/// One project is a thing of Annex II: `the farm is an intensive livestock installation of Annex II`.
static IS_ONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bis (?:therefore |thus |hence )?an? (?:[\p{L}-]+ ){1,5}of annex ii\b")
        .expect("the pattern is a constant, compiled by the tests")
});

/// One project is assessed as one of an annex; says something of Annex I only.
#[rustfmt::skip]
const ASSESSED: &[&str] = &[
    "subject to", "is assessed", "are assessed", "be assessed", "assessed under", "requires", "is required", "is mandatory",
    "under annex i", "reaches", "exceeds",
];

/// Projects in general, or one that has no place in the annex.
#[rustfmt::skip]
const GENERAL: &[&str] = &[
    " projects which", " projects that", " projects listed", " projects of ", " projects in ", " projects under ",
    " projects for ", "developments listed", "developments of", "installations", " facilities ", " farms ", " quarries",
    " plants ", "activities of", "unless", "if the project", "if a project", "where a project", "where the project",
    "would fall", "would be",
];

/// The project is a change of one that stands.
#[rustfmt::skip]
const CHANGES: &[&str] = &[
    "13(a)", "13 (a)", "13a)", "point 13", "item 13", "paragraph 13", "class 13", "change or", "changes or", "change of",
    "change to", "changes to", "extension", "expansion", "modification", "upgrade", "moderni",
];

/// Acts of a state, which have annexes of their own, whatever directive they put into force.
#[rustfmt::skip]
const NATIONAL: &[&str] = &[
    " decree", "part two", "part ii", "part 2", " convention", " schedule", " ordinance", "royal", "legislative",
];

/// Words for acts that say of a point that it may be theirs, where the sentence does not name the directive.
const ACTS: [&str; 9] =
    ["act", "acts", "law", "laws", "code", "regulation", "regulations", "statute", "rules"];

/// What has annexes of its own.
#[rustfmt::skip]
const OTHER_ANNEXES: &[&str] = &[
    "habitat", "species", " bird", "92/43", "2009/147", "seveso", "2012/18", "industrial emission", "2010/75", " ied ",
    "water framework", "2000/60", "waste framework", "2008/98", "cites", "bern ", "strategic", "2001/42", "programmes",
    "regulation (e", "espoo", "this report", "of the report", "attached", "iucn", "protected", "flora", "fauna",
];

/// What stands before an annex to which the project does not belong.
#[rustfmt::skip]
const DENIED: &[&str] = &[
    "not ", "nor ", "neither ", "never ", "no longer ", "below", "less than", "fewer", " than ", "outside", "threshold",
    "limit", "without", "unlike", "instead of",
];

/// What joins an annex to the one before, and its denial with it.
const JOINTS: [&str; 8] = ["", "or", "and", "nor", "and/or", "or in", "or of", "nor in"];

/// What a sentence says of the project's annex.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// Both annexes, or that of a change: the report's claims are left alone.
    Doubtful,
    /// The annex, and where it is named.
    Annex(&'static str, TextRange),
}

const ANNEX_I: &str = "Annex I";
const ANNEX_II: &str = "Annex II";

/// Returns the claims of a report in its order; the categories are `Annex I` and `Annex II`.
pub(super) fn claims(document: &Document) -> Vec<Claim> {
    let mut found = Vec::new();
    let mut named = None;
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        if !ANNEX.is_match(text) {
            continue;
        }
        let is_named = *named.get_or_insert_with(|| names_directive(document));
        for sentence in sentences_of(block, text) {
            match said(sentence.of(text), is_named) {
                Said::Nothing => {}
                Said::Doubtful => return Vec::new(),
                Said::Annex(category, place) => {
                    let start = block.span.range.start + sentence.start;
                    let figure = TextRange::new(start + place.start, start + place.end);
                    let range = TextRange::new(start, start + sentence.len());
                    let quote = evidence(document, range, figure, None);
                    found.push(Claim { category: category.to_owned(), evidence: quote });
                }
            }
        }
    }
    found
}

/// True if the directive is named anywhere in the report.
fn names_directive(document: &Document) -> bool {
    evidence_blocks(document).any(|block| any(&words_of(block.span.range.of(&document.text)), DIRECTIVE))
}

/// What a sentence says; a point alone is one of the directive only where the report names the directive.
fn said(sentence: &str, is_named: bool) -> Said {
    let words = words_of(sentence);
    if !is_claim(&words) {
        return Said::Nothing;
    }
    let (mut first, mut second) = (None, None);
    let mut before = 0;
    let mut is_denied = false;
    for captures in ANNEX.captures_iter(sentence) {
        let (Some(whole), Some(numeral)) = (captures.get(0), captures.name("numeral")) else { continue };
        let lead = sentence[before..whole.start()].to_lowercase();
        let is_joined = before > 0 && JOINTS.contains(&lead.trim_matches([' ', ',', '\u{a0}']));
        is_denied = (is_joined && is_denied) || denies(&lead);
        before = whole.end();
        let place = TextRange::new(whole.start(), whole.end());
        match numeral.as_str().to_uppercase().as_str() {
            "I" if !is_denied => first = first.or(Some(place)),
            "II" if !is_denied => second = second.or(Some(place)),
            _ => {}
        }
    }
    let is_of_directive = any(&words, DIRECTIVE) || (is_named && !is_of_act(&words));
    match (first, second) {
        (None, None) => Said::Nothing,
        _ if any(&words, CHANGES) => Said::Doubtful,
        (Some(_), Some(_)) => Said::Doubtful,
        (Some(place), None) => Said::Annex(ANNEX_I, place),
        (None, Some(place)) if classifies(&words) && is_of_directive => Said::Annex(ANNEX_II, place),
        (None, Some(_)) => Said::Nothing,
    }
}

/// True if the clause before an annex denies it, or compares the project with it.
fn denies(lead: &str) -> bool {
    let clause = lead.rsplit([',', ';', ':', '(']).find(|part| !part.trim().is_empty()).unwrap_or("");
    DENIED.iter().any(|cue| format!(" {clause}").contains(cue))
}

/// True if a sentence puts one project into an annex that may be one of the directive.
fn is_claim(words: &str) -> bool {
    (classifies(words) || any(words, ASSESSED))
        && (any(words, DIRECTIVE) || POINT.is_match(words))
        && !any(words, GENERAL)
        && !any(words, OTHER_ANNEXES)
        && !any(words, NATIONAL)
        && !is_of_others(words)
}

fn classifies(words: &str) -> bool {
    any(words, CLASSIFIES) || IS_ONE.is_match(words)
}

/// True if the sentence names an act that may be another than the directive.
fn is_of_act(words: &str) -> bool {
    words.split(|c: char| !c.is_alphanumeric()).any(|word| ACTS.contains(&word))
}

fn any(words: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| words.contains(cue))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The annex claimed by a sentence of a report that names the directive elsewhere.
    fn category(sentence: &str) -> Option<&'static str> {
        match said(sentence, true) {
            Said::Annex(category, _) => Some(category),
            Said::Nothing | Said::Doubtful => None,
        }
    }

    #[test]
    fn a_project_is_put_into_an_annex_by_its_point_or_by_the_directive() {
        for (sentence, expected) in [
            ("The farm belongs to Annex II, point 1(e), of the Directive.", ANNEX_II),
            ("The project is one of Annex II, point 1(e), and does not reach Annex I.", ANNEX_II),
            ("The works fall under point 10 (b) of Annex II.", ANNEX_II),
            ("The unit is an intensive rearing installation of Annex II, point 1(e).", ANNEX_II),
            (
                "In our view the works are new and the plant is to be placed in Annex II, point 11(c).",
                ANNEX_II,
            ),
            ("The project is listed in Annex II of Directive 2011/92/EU.", ANNEX_II),
            ("It is an Annex II project, since the number of places stays below that of Annex I.", ANNEX_II),
            ("As it is not in Annex I, the quarry falls under Annex II of the EIA Directive.", ANNEX_II),
            ("The plant is listed in Annex I (point 2(a)), not in Annex II.", ANNEX_I),
            ("The farm is therefore subject to assessment under Annex I, point 17(a).", ANNEX_I),
        ] {
            assert_eq!(category(sentence), Some(expected), "{sentence}");
        }
    }

    #[test]
    fn other_annexes_denials_and_the_law_in_general_put_no_project_anywhere() {
        for sentence in [
            "The limit of 150 ha for peat extraction in Annex I is therefore of no concern.",
            "The otter is listed in Annex II, point 3, of the Habitats Directive.",
            "The otter is listed in Annex II (no. 1355).",
            "The otter is listed in Annex II (1355).",
            "The project is described in Annex II.",
            "The otter is a strictly guarded species of Annex II, point 3.",
            "The map is a large sheet of Annex II.",
            "The list of wells is listed in Annex I of this report.",
            "Projects listed in Annex II of Directive 2011/92/EU are screened.",
            "Installations for rearing poultry fall under Annex II, point 1(e), unless they exceed Annex I.",
            "The project is listed neither in Annex I nor in Annex II of Directive 2011/92/EU.",
            "The neighbouring farm falls under Annex II, point 1(e).",
            "The project falls under Annex III of Directive 2011/92/EU.",
            "If the project falls under Annex II, point 13, it is screened.",
            "The project falls under point 2 of Annex II to Part Two of Legislative Decree 152/2006.",
            "Under the Environment Act the project falls under Annex II, point 2.",
            "Under Annex II, point 1(e), an assessment is required.",
        ] {
            assert_eq!(said(sentence, true), Said::Nothing, "{sentence}");
        }
        let point = "The farm falls under Annex II, point 1(e).";
        assert_eq!(category(point), Some(ANNEX_II));
        assert_eq!(said(point, false), Said::Nothing);
    }

    #[test]
    fn both_annexes_and_changes_leave_the_report_in_doubt() {
        for sentence in [
            "The project falls under Annex I and Annex II of Directive 2011/92/EU.",
            "The project falls under Annex II, point 13(a), of Directive 2011/92/EU.",
            "The extension falls under Annex II of Directive 2011/92/EU.",
            "The project is listed in Annex II of the EIA Directive as a change or extension.",
        ] {
            assert_eq!(said(sentence, true), Said::Doubtful, "{sentence}");
        }
    }
}
