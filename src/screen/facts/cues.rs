//! Which of the cue words stand in a sentence?
//!
//! The words are data (`rules/quantities.toml`); one automaton finds all of them in one pass. A cue begins where a
//! word begins (Korean: anywhere) and may carry an ending. Apostrophes and Uzbek letters typed on a foreign keyboard
//! are covered by spelling variants and by folding, so that offsets never have to be mapped back.

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use super::fold::fold;
use crate::domain::span::TextRange;

/// The words by class, as written in `rules/quantities.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityCues {
    /// Version of the file.
    pub version: String,
    /// Classes in file order.
    #[serde(rename = "cue")]
    pub cues: Vec<CueWords>,
}

/// The words of one class.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueWords {
    /// `receptor:dwelling`, `distance`, `substance:dust` …
    pub class: String,
    /// Stems; `$` at the end closes the word.
    pub stems: Vec<String>,
}

/// Why the words could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CueError {
    /// The file is not what it should be: correct it.
    #[error("quantities.toml: {0}")]
    Format(#[from] toml::de::Error),
    /// Classes are not known to the program: correct their names.
    #[error("quantities.toml: not known as a class: {}", .0.join(", "))]
    UnknownClasses(Vec<String>),
    /// The automaton could not be built: the file is too large.
    #[error("quantities.toml: the words cannot be searched for: {0}")]
    Automaton(#[from] aho_corasick::BuildError),
}

/// What a cue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Cue {
    /// Something that could be harmed; index into the class names.
    Receptor(u16),
    Distance,
    Within,
    Dimension,
    Negation,
    Required,
    Alternative,
    /// The total or the site as a whole.
    Whole,
    /// One of several.
    Part,
    Nearest,
    /// A phase; index into the class names.
    Phase(u16),
    /// A period; index into the class names.
    Period(u16),
    CapacityStrong,
    CapacityWeak,
    CapacityFacility,
    Treatment,
    Storage,
    Demand,
    Waste,
    Livestock,
    Places,
    /// Water and its use; index into the class names.
    Water(u16),
    NotWater,
    Emit,
    /// Saved elsewhere or by a measure.
    Avoided,
    Sink,
    /// A pollutant; index into the class names.
    Substance(u16),
    /// What an area is of; index into the class names.
    Area(u16),
}

impl Cue {
    /// Remarks on a figure stand beside the words for what it is about and hide none of them.
    fn is_remark(self) -> bool {
        matches!(self, Self::Whole | Self::Part | Self::Nearest | Self::Distance | Self::Within)
    }
}

/// A cue in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// What it says.
    pub cue: Cue,
    /// The stem as found, its ending included.
    pub range: TextRange,
}

struct Pattern {
    cue: Cue,
    closed: bool,
    hangul: bool,
}

/// Finds cues. Expensive to build, cheap to use.
pub(super) struct CueFinder {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
    classes: Vec<String>,
}

impl CueFinder {
    pub fn new(words: &QuantityCues) -> Result<Self, CueError> {
        let mut texts: Vec<String> = Vec::new();
        let mut patterns = Vec::new();
        let mut classes = Vec::new();
        let mut unknown = Vec::new();
        for entry in &words.cues {
            let index = u16::try_from(classes.len()).unwrap_or(u16::MAX);
            let Some(cue) = cue_of(&entry.class, index) else {
                unknown.push(entry.class.clone());
                continue;
            };
            classes.push(entry.class.split(':').next_back().unwrap_or("").to_owned());
            for stem in &entry.stems {
                let closed = stem.ends_with('$');
                for spelling in spellings(stem.trim_end_matches('$')) {
                    let hangul = spelling.chars().next().is_some_and(is_hangul);
                    patterns.push(Pattern { cue, closed, hangul });
                    texts.push(spelling);
                }
            }
        }
        if !unknown.is_empty() {
            return Err(CueError::UnknownClasses(unknown));
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&texts)?;
        Ok(Self { automaton, patterns, classes })
    }

    /// Returns the name behind an index.
    pub fn class(&self, index: u16) -> &str {
        self.classes.get(usize::from(index)).map_or("other", String::as_str)
    }

    /// Returns the cues of a sentence by place; of cues that begin at the same place only the longest of each
    /// kind stays, and a cue inside a longer one of another kind is dropped.
    pub fn find(&self, folded: &str) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for found in self.automaton.find_overlapping_iter(folded) {
            let pattern = &self.patterns[found.pattern().as_usize()];
            let starts_word = pattern.hangul || !folded[..found.start()].ends_with(char::is_alphanumeric);
            let open = folded[found.end()..].starts_with(|c: char| c.is_alphabetic() && !is_hangul(c));
            if starts_word && !(pattern.closed && open) {
                hits.push(Hit { cue: pattern.cue, range: TextRange::new(found.start(), found.end()) });
            }
        }
        hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end), hit.cue));
        let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
        for hit in hits {
            // `oqova suv` is sewage, not water; a word may still say two things at once (`radius`).
            let covered = kept.iter().rev().take(4).any(|other| {
                let names_something = !hit.cue.is_remark() && !other.cue.is_remark();
                (names_something && other.range.encloses(hit.range) && other.range != hit.range)
                    || *other == hit
            });
            if !covered {
                kept.push(hit);
            }
        }
        kept
    }
}

fn cue_of(class: &str, index: u16) -> Option<Cue> {
    let (family, member) = class.split_once(':').unwrap_or((class, ""));
    Some(match (family, member) {
        ("receptor", _) => Cue::Receptor(index),
        ("distance", _) => Cue::Distance,
        ("within", _) => Cue::Within,
        ("dimension", _) => Cue::Dimension,
        ("negation", _) => Cue::Negation,
        ("required", _) => Cue::Required,
        ("alternative", _) => Cue::Alternative,
        ("whole", _) => Cue::Whole,
        ("part", _) => Cue::Part,
        ("nearest", _) => Cue::Nearest,
        ("phase", "existing" | "construction" | "operation" | "closure") => Cue::Phase(index),
        ("period", "year" | "day" | "hour") => Cue::Period(index),
        ("capacity", "strong") => Cue::CapacityStrong,
        ("capacity", "weak") => Cue::CapacityWeak,
        ("capacity", "facility") => Cue::CapacityFacility,
        ("treatment", _) => Cue::Treatment,
        ("storage", _) => Cue::Storage,
        ("demand", _) => Cue::Demand,
        ("waste", _) => Cue::Waste,
        ("livestock", _) => Cue::Livestock,
        ("places", _) => Cue::Places,
        ("water", _) => Cue::Water(index),
        ("notwater", _) => Cue::NotWater,
        ("emit", _) => Cue::Emit,
        ("avoided", _) => Cue::Avoided,
        ("sink", _) => Cue::Sink,
        ("substance", _) => Cue::Substance(index),
        ("area", _) => Cue::Area(index),
        _ => return None,
    })
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// Spellings of a stem: every usual apostrophe, or none. The stem is folded as the text is.
fn spellings(stem: &str) -> Vec<String> {
    let stem = fold(stem);
    let mut all = vec![stem.clone()];
    if stem.contains('ʻ') {
        let typed = ["'", "’", "‘", "ʼ", "`", ""];
        all.extend(typed.iter().map(|sign| stem.replace('ʻ', sign)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder() -> CueFinder {
        let text = include_str!("../../../rules/quantities.toml");
        CueFinder::new(&toml::from_str(text).unwrap()).unwrap()
    }

    fn names(text: &str) -> Vec<String> {
        let finder = finder();
        let water = |hit: &Hit| match hit.cue {
            Cue::Water(index) | Cue::Receptor(index) => Some(finder.class(index).to_owned()),
            _ => None,
        };
        finder.find(text).iter().filter_map(water).collect()
    }

    #[test]
    fn longer_cues_win_over_the_ones_inside_them() {
        assert_eq!(names("chiqindi suv kuniga 6 kubometr"), ["wastewater"]);
        assert_eq!(names("сточных вод – 43,8 тыс. м3"), ["wastewater", "supply"]);
    }

    #[test]
    fn apostrophes_and_typed_letters_do_not_matter() {
        for text in ["qo'riqxona", "qo`riqxona", "қўриқхона", "куриқхона", "қуриқхона", "курикхона"]
        {
            assert_eq!(names(&fold(text)), ["protected"], "{text}");
        }
    }

    #[test]
    fn a_stem_inside_a_word_is_no_cue() {
        assert!(names("prewells highlander").is_empty());
    }
}
