//! Is a size that a sentence states that of the project itself, as it will be?
//!
//! Serves acts whose rows are compared with one project only, and where a false alarm costs more than a missed one. Other
//! plants, whole countries, limits of the law, variants that were given up and yields of a year are written in the same
//! words as the project's own size: a sentence that may be about them says nothing. Read in English only.

use super::category::words_of;
use crate::domain::document::Document;
use crate::domain::fact::Fact;

/// Farthest behind a figure in bytes at which its day stands.
const DAY_REACH: usize = 30;

/// Other plants, and what stands around the project.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "nearby", "adjacent", "adjoining", "together with", "cumulative", "combined with", "existing", "next to", "beside",
    "in the vicinity", "in the area", "in the village", " other ", " others", " farms ", "owned by", "run by",
    "operated by", "connect", "taken from", "supplied", "supplies", "goes to", "sent to", "delivered", "bought from",
    "sold to", "serves ", "upstream", "downstream", "extension", "expansion", "enlarge",
];

/// A country or a region, and what it has in all.
#[rustfmt::skip]
const WHOLES: &[&str] = &[
    "country", "national", " grid", "network", "energy system", "power system", "region", "province", "county",
    "district", " sector", " world", "europe", " nation",
];

/// Limits, and what does not reach them.
#[rustfmt::skip]
const LIMITS: &[&str] = &[
    "annex", "directive", "threshold", "below", "less than", "fewer than", "under the", "up to ", "limit", "exceed",
    "at most", "no more than", " not ", " nor ", " never ", " if ", "would",
];

/// What was thought of and given up, and what was before.
#[rustfmt::skip]
const GIVEN_UP: &[&str] = &[
    "considered", "dropped", "rejected", "discarded", "abandoned", "given up", "not pursued", "withdrawn", "originally",
    "initially", "at first", "in the first", "earlier", "instead", "no longer", "was planned", "were planned", "had been",
    "formerly", "former ", "until ", "used to", "in the past", "alternativ", "variant", " option",
];

/// What a project that takes land calls its land.
pub(super) const SITES: [&str; 6] = ["site", "plot", "allotment", "project area", "land take", "parcel"];

/// What may stand before the word for a place, beside a few words of its name: `the total area of the limestone quarry`.
#[rustfmt::skip]
const LEADS: &[&str] = &[
    "the", "a", "an", "its", "our", "this", "total", "overall", "whole", "entire", "gross", "net", "final", "planned",
    "area", "surface", "extent", "size", "footprint", "land", "take",
];

/// Most words of a name before the word for a place.
const MOST_OF_A_NAME: usize = 3;

/// What stands before another word than that for the place itself.
#[rustfmt::skip]
const PREPOSITIONS: &[&str] = &[
    "of", "around", "near", "by", "at", "from", "for", "in", "on", "to", "behind", "beyond", "with", "along", "against",
    "under", "above", "between", "and", "or", "east", "west", "north", "south", "study", "park", "natura",
];

/// What may stand between the word for a place and its size.
#[rustfmt::skip]
const PREDICATES: &[&str] = &[
    "s", "mine", "mining", "pit", "area", "site", "surface", "will", "cover", "covers", "take", "takes", "up", "occupy",
    "occupies", "extends", "over", "has", "have", "is", "be", "measures", "an", "a", "the", "total", "overall", "whole",
    "final", "size", "extent", "land", "of", "about", "some", "approximately", "nearly", "almost", "roughly", "around",
    "more", "than", "in", "all",
];

/// True if nothing in plain words says that they are about something else than the project as it will be.
pub(super) fn is_own(words: &str) -> bool {
    ![OTHERS, WHOLES, LIMITS, GIVEN_UP].iter().any(|cues| cues.iter().any(|cue| words.contains(cue)))
}

/// True if the day to which a figure refers stands in it or right behind it.
pub(super) fn is_daily(document: &Document, fact: &Fact) -> bool {
    let figure = words_of(fact.span.range.of(&document.text));
    if figure.contains("day") || figure.contains("/d ") || figure.contains("tpd ") {
        return true;
    }
    let (text, start) = (&document.text, fact.span.range.end);
    let behind = &text[start..text.floor_char_boundary(start + DAY_REACH)];
    let phrase = behind.split([',', ';', ':', '(', '.']).next().unwrap_or("");
    let words = words_of(phrase);
    let is_of_figure = !words.contains(|c: char| c.is_ascii_digit());
    is_of_figure && (words.contains(" day ") || words.contains(" daily "))
}

/// True if one of the places is what the sentence says to have the size: `the quarry at Lesna covers 42 ha`.
pub(super) fn is_subject<S: AsRef<str>>(words: &str, places: &[S], figure: &str) -> bool {
    let is_it = |at: usize, place: &str| {
        let (lead, rest) = (&words[..at], &words[at + place.len()..]);
        let size = rest.find(figure);
        lead.ends_with(' ') && is_lead(lead) && size.is_some_and(|end| is_predicate(&rest[..end]))
    };
    places.iter().any(|place| words.match_indices(place.as_ref()).any(|(at, found)| is_it(at, found)))
}

fn is_lead(lead: &str) -> bool {
    let words: Vec<&str> = lead.split_whitespace().collect();
    let (of, name) = match words.iter().position(|word| *word == "of") {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (&words[..0], words.as_slice()),
    };
    let is_name =
        |word: &&str| !PREPOSITIONS.contains(word) && word.chars().all(|c| c.is_alphabetic() || c == '-');
    of.iter().all(|word| LEADS.contains(word))
        && name.iter().all(is_name)
        && name.iter().filter(|word| !LEADS.contains(word)).count() <= MOST_OF_A_NAME
}

fn is_predicate(between: &str) -> bool {
    let mut words = between.split_whitespace();
    while let Some(word) = words.next() {
        if word == "at" || word == "near" {
            // The name of a place.
            words.next();
        } else if !PREDICATES.contains(&word) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_own, is_subject};
    use crate::screen::facts::category::words_of;

    #[test]
    fn a_place_has_the_size_of_its_own_sentence_and_not_that_of_what_lies_around_it() {
        for (sentence, expected) in [
            ("The quarry covers 42 ha in all.", true),
            ("The quarry at Lesna will take up about 42 ha in all.", true),
            ("The total area of the limestone quarry is 42 ha.", true),
            ("The quarry's total area is 42 ha.", true),
            ("The Vysoka nature park, 2 km east of the quarry, covers 42 ha.", false),
            ("The study area for noise around the quarry covers 42 ha.", false),
            ("The study area of the quarry covers 42 ha.", false),
            ("The forest covers 42 ha in all, and the quarry takes a part.", false),
            ("A quarry that covers 42 ha in all was looked at.", false),
            ("The quarry adjoins a wood which covers 42 ha.", false),
            ("The haul road to the quarry covers 42 ha.", false),
        ] {
            assert_eq!(is_subject(&words_of(sentence), &["quarry"], "42 ha"), expected, "{sentence}");
        }
    }

    #[test]
    fn sentences_about_others_the_law_and_what_was_given_up_are_not_the_projects_own() {
        for (sentence, expected) in [
            ("The farm will have 120,000 places for broilers.", true),
            ("The farm will have 3,600 places for pigs of more than 30 kg.", true),
            ("The farms of the village have 120,000 places for broilers.", false),
            ("The farm stays below 85,000 places for broilers.", false),
            ("Places for 120,000 broilers were planned at first.", false),
            ("The country keeps 12 million broilers.", false),
        ] {
            assert_eq!(is_own(&words_of(sentence)), expected, "{sentence}");
        }
    }
}
