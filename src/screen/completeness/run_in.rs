//! Titles that stand at the beginning of a paragraph, or on a line that the reader did not take for a heading.

use crate::domain::document::Document;
use crate::domain::span::TextRange;

use super::reading::{Naming, TitleMatch, shares};
use super::units::{self, Unit, UnitClass, Units, Zone};

/// Longest run-in title in bytes.
const RUN_IN: usize = 120;

/// Units that the title of a summary at the very beginning heads.
const OPENING_UNITS: usize = 40;

/// Strength of a known title that is run in.
const RUN_IN_TITLE: f32 = 0.6;

/// Words of a run-in title that is known by its words alone: a single word (`Major`) is too easily a label.
const RUN_IN_WORDS: std::ops::RangeInclusive<usize> = 2..=7;

/// Strength from which the words of a run-in title name a subject.
const RUN_IN_STRENGTH: f32 = 0.5;

/// Units that a run-in title on a line of its own can head.
const RUN_IN_UNITS: usize = 6;

/// Finds titles that stand at the beginning of a paragraph (`Список литературы: …`) or on a line that the
/// reader did not take for a heading. They are weaker than headings.
pub(super) fn run_in_titles(
    document: &Document,
    units: &mut Units,
    naming: Naming<'_>,
    titles: &mut [Vec<TitleMatch>],
) {
    let Naming { subjects, hidden, words } = naming;
    let mut labels = Vec::new();
    for (index, unit) in units.units.iter().enumerate().filter(|(_, unit)| unit.zone != Zone::Contents) {
        let text = unit.range.of(&document.text);
        let Some((title, beginning)) = run_in_title(unit, text) else { continue };
        let bare = title.trim_start_matches(is_numbering);
        let mut named = shares(bare, unit.language, subjects, hidden);
        named.retain(|(_, share)| *share >= 0.7);
        named.iter_mut().for_each(|(_, share)| *share = RUN_IN_TITLE);
        let opens_paragraph = heads_paragraph(document, units, index);
        let is_titular = RUN_IN_WORDS.contains(&bare.split_whitespace().count())
            && !bare.contains(|c: char| c.is_ascii_digit());
        if named.is_empty() && opens_paragraph && is_titular {
            named = words.strengths(bare, unit.language);
            named.retain(|(_, strength)| *strength >= RUN_IN_STRENGTH);
            named.iter_mut().for_each(|(_, strength)| *strength *= RUN_IN_TITLE);
        }
        for (subject, strength) in named {
            let is_listed = unit.zone == Zone::Listing && beginning.is_none();
            if beginning.is_none() {
                labels.push(index);
            }
            let last = match beginning {
                Some(at) if units::size_of(&text[at..]) >= 20.0 => index + 1,
                _ if is_listed => index,
                _ if opens_paragraph => {
                    end_of_run(units, index).max(end_of_paragraph(document, units, index))
                }
                _ => end_of_run(units, index),
            };
            // A report that opens with this title is a summary as a whole.
            let opens = subjects.is_summary(subject)
                && unit.range.start * 20 < document.text.len()
                && beginning.is_none();
            let last = if opens { (index + OPENING_UNITS).min(units.units.len()) } else { last };
            titles[subject as usize].push(TitleMatch {
                section: unit.section,
                heading: TextRange::new(unit.range.start, unit.range.start + title.len()),
                units: index..last,
                strength: match (is_listed, opens) {
                    (true, _) => 0.3,
                    (false, true) => 0.9,
                    (false, false) => strength,
                },
                is_heading: false,
            });
        }
    }
    for index in labels {
        units.units[index].class = UnitClass::Label;
    }
}

/// Returns what may be a title in a unit, with the place of the colon behind it.
pub(super) fn run_in_title<'t>(unit: &Unit, text: &'t str) -> Option<(&'t str, Option<usize>)> {
    let beginning = text.find(':').filter(|at| *at <= RUN_IN && *at + 1 < text.len());
    match beginning {
        Some(at) => Some((&text[..at], beginning)),
        None => {
            (text.len() <= RUN_IN && unit.size <= 50.0 && !is_end_of_sentence(text)).then_some((text, None))
        }
    }
}

/// True for what is left of a sentence whose beginning was lost or stands elsewhere: `hazard.`
fn is_end_of_sentence(text: &str) -> bool {
    text.ends_with(['.', ';', ','])
        && text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase)
}

pub(super) fn is_numbering(c: char) -> bool {
    c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')' | '(' | '-' | '–' | '•' | '*')
}

fn end_of_run(units: &Units, index: usize) -> usize {
    let section = units.units[index].section;
    let limit = (index + 1 + RUN_IN_UNITS).min(units.units.len());
    (index + 1..limit).find(|next| units.units[*next].section != section).unwrap_or(limit)
}

/// True for the first of several sentences of a paragraph: `Noise. At night the fans …`.
fn heads_paragraph(document: &Document, units: &Units, index: usize) -> bool {
    let before = document.text[..units.units[index].range.start].trim_end_matches([' ', '\t', '*', '_', '#']);
    (before.is_empty() || before.ends_with('\n')) && end_of_paragraph(document, units, index) > index + 1
}

/// Returns one past the last sentence of the paragraph.
fn end_of_paragraph(document: &Document, units: &Units, index: usize) -> usize {
    let mut last = index;
    while last + 1 < units.units.len() {
        let (end, start) = (units.units[last].range.end, units.units[last + 1].range.start);
        if start < end || document.text[end..start].contains('\n') {
            break;
        }
        last += 1;
    }
    last + 1
}

/// True for a list entry that goes on after its title: `References: Smith 2014; Miller 2018`.
pub(super) fn says_more(text: &str) -> bool {
    text.find(':').is_some_and(|at| at <= RUN_IN && units::size_of(&text[at..]) >= 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_sentence_is_no_title() {
        for text in ["hazard.", "(continued) of the site;", "и отходов."] {
            assert!(is_end_of_sentence(text), "{text}");
        }
        for text in ["Hazards.", "natural hazards", "Опасные отходы.", "위험물."] {
            assert!(!is_end_of_sentence(text), "{text}");
        }
    }
}
