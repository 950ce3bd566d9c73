//! How is one sentence built: words, cues, statements, clauses, numbers?
//!
//! Made once per sentence with a term in it and then read by [`super::context`] and [`super::severity`].
//! A *segment* is what stands between scope enders ("however", `но`, `ammo`, `-지만`): possibility and measures reach
//! that far. A *clause* is a part of a segment with its own predicate ([`super::clauses`]): negation reaches no further.
//! Invariants: segments cover the sentence without overlap; every clause lies in one segment; words and hits are in
//! order of place. What is asked once per term is looked up here, not searched for, since a stretch of text without full
//! stop ([`crate::text::stretches`]) may hold thousands of terms.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::clauses::{clauses, ranges_between};
use super::cues::{CueClass, CueHit, CueMatcher, Word};
use super::heading::{has_predicate, is_heading};
use super::measures::{Measure, measures};
use super::names::Names;
use super::numbers::{Amount, SentenceNumbers, amounts};
use super::relative::{Relative, relatives};
use super::selection::is_row;
use super::stated_limit::exceeds_stated_limit;

/// The cue classes the context logic speaks of, looked up once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    pub(super) contrast: CueClass,
    pub(super) negation: CueClass,
    pub(super) head_lacks: CueClass,
    pub(super) ignore: CueClass,
    pub(super) double_negation: CueClass,
    pub(super) possible: CueClass,
    pub(super) unlikely: CueClass,
    pub(super) unneeded: CueClass,
    pub(super) purpose: CueClass,
    pub(super) measure: CueClass,
    pub(super) duty: CueClass,
    pub(super) prohibition: CueClass,
    pub(super) harmful_plan: CueClass,
    pub(super) law: CueClass,
    pub(super) norm: CueClass,
    pub(super) project_actor: CueClass,
    pub(super) other_place: CueClass,
    pub(super) effect: CueClass,
    pub(super) gap: CueClass,
    pub(super) plain_denial: CueClass,
    pub(super) unmanaged: CueClass,
    pub(super) criterion: CueClass,
    pub(super) within_norm: CueClass,
    pub(super) slight: CueClass,
    pub(super) source: CueClass,
    pub(super) weak_survey: CueClass,
    pub(super) lacking: CueClass,
    pub(super) exceed: CueClass,
    pub(super) erected: CueClass,
    pub(super) placed: CueClass,
}

impl Classes {
    /// Looks the classes up; one that the lexicon lacks never matches.
    pub(super) fn new(matcher: &CueMatcher) -> Self {
        let class = |name: &str| matcher.class(name).unwrap_or(CueClass::MAX);
        Self {
            contrast: class("contrast"),
            negation: class("negation"),
            head_lacks: class("head-lacks"),
            ignore: class("ignore"),
            double_negation: class("double-negation"),
            possible: class("possible"),
            unlikely: class("unlikely"),
            unneeded: class("unneeded"),
            purpose: class("purpose"),
            measure: class("measure"),
            duty: class("duty"),
            prohibition: class("prohibition"),
            harmful_plan: class("harmful-plan"),
            law: class("law"),
            norm: class("norm"),
            project_actor: class("project-actor"),
            other_place: class("other-place"),
            effect: class("effect"),
            gap: class("gap"),
            plain_denial: class("plain-denial"),
            unmanaged: class("unmanaged"),
            criterion: class("criterion"),
            within_norm: class("within-norm"),
            slight: class("slight"),
            source: class("source"),
            weak_survey: class("weak-survey"),
            lacking: class("lacking"),
            exceed: class("exceed"),
            erected: class("erected"),
            placed: class("placed"),
        }
    }
}

/// As what a text stands in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Running text, or a sentence of which no more is known; it may still be a heading.
    Sentence,
    /// A heading, whatever it looks like.
    Heading,
    /// An item of a list: short, without predicate and full stop like a heading, and yet data where it gives an amount.
    Item,
}

/// One sentence taken apart.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) language: Language,
    pub(super) words: Vec<Word>,
    pub(super) hits: Vec<CueHit>,
    pub(super) segments: Vec<TextRange>,
    pub(super) clauses: Vec<TextRange>,
    /// Relative and participial clauses.
    pub(super) relatives: Vec<Relative>,
    /// Measures that are taken.
    pub(super) measures: Vec<Measure>,
    pub(super) amounts: Vec<Amount>,
    /// A value is given beside a stricter limit.
    pub(super) exceeds_limit: bool,
    pub(super) is_heading: bool,
    /// A row of a table or an item of a list that names something with an amount.
    pub(super) is_entry: bool,
    /// Where the statement begins after a run-in heading ("Floodplains There are …"); 0 without one.
    pub(super) body_start: usize,
    /// Cross-references in brackets ("see section 3.2, Wetlands").
    pub(super) references: Vec<TextRange>,
    pub(super) names: Names<'a>,
    /// Where risk terms begin, ascending; filled in by the scanner.
    pub(super) terms: Vec<usize>,
    /// The computed cues; filled in by the scanner.
    pub(super) numbers: SentenceNumbers,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(
        text: &'a str,
        language: Language,
        form: Form,
        (words, found): (Vec<Word>, Vec<CueHit>),
        classes: &Classes,
    ) -> Self {
        let hits = without_shadowed(found, classes);
        let body_start = run_in_heading(text, &words, language);
        let segments = segments(text, &hits, body_start, classes);
        let clauses = segments.iter().flat_map(|segment| clauses(text, *segment, &words, language)).collect();
        let amounts = amounts(text, Some(language));
        let (is_row, has_amount) = (is_row(text), !amounts.is_empty());
        let reads_like_heading = is_heading(text, &words, language);
        let is_item = form == Form::Item && reads_like_heading;
        let is_heading = match form {
            Form::Sentence => reads_like_heading,
            Form::Heading => true,
            Form::Item => reads_like_heading && !has_amount,
        };
        let has_law = hits.iter().any(|hit| hit.class == classes.law);
        let mut sentence = Self {
            text,
            language,
            relatives: relatives(text, &words, &hits, language, classes),
            words,
            hits,
            segments,
            clauses,
            measures: Vec::new(),
            amounts,
            exceeds_limit: exceeds_stated_limit(text, language),
            is_heading: is_heading && !is_row,
            is_entry: (is_row || is_item) && has_amount,
            body_start,
            references: references(text),
            names: Names::new(text, language, has_law),
            terms: Vec::new(),
            numbers: SentenceNumbers::default(),
        };
        sentence.measures = measures(&sentence, classes);
        sentence
    }

    /// Returns the hits of a class inside a range.
    pub(super) fn hits_in(&self, class: CueClass, range: TextRange) -> impl Iterator<Item = &CueHit> {
        self.hits.iter().filter(move |hit| hit.class == class && range.contains(hit.range.start))
    }

    /// True if a class occurs inside a range.
    pub(super) fn has_in(&self, class: CueClass, range: TextRange) -> bool {
        self.hits_in(class, range).next().is_some()
    }

    /// True if a class occurs anywhere.
    pub(super) fn has(&self, class: CueClass) -> bool {
        self.hits.iter().any(|hit| hit.class == class)
    }

    /// True if the range is a hit of a class.
    pub(super) fn is_cue(&self, class: CueClass, range: TextRange) -> bool {
        let first = self.hits.partition_point(|hit| hit.range.start < range.start);
        let mut begun = self.hits[first..].iter().take_while(|hit| hit.range.start == range.start);
        begun.any(|hit| hit.class == class && hit.range == range)
    }

    /// Returns the whole sentence as a range.
    pub(super) fn whole(&self) -> TextRange {
        TextRange::new(0, self.text.len())
    }

    /// Returns the segment a place belongs to.
    pub(super) fn segment(&self, offset: usize) -> TextRange {
        self.segments.iter().copied().find(|range| range.contains(offset)).unwrap_or_else(|| self.whole())
    }

    /// Returns the clause a place belongs to.
    pub(super) fn clause(&self, offset: usize) -> TextRange {
        self.clauses
            .iter()
            .copied()
            .find(|range| range.contains(offset))
            .unwrap_or_else(|| self.segment(offset))
    }

    /// Returns the innermost relative clause a place belongs to.
    pub(super) fn relative(&self, offset: usize) -> Option<&Relative> {
        let begun = self.relatives.partition_point(|relative| relative.range.start <= offset);
        let mut near = self.relatives[..begun].iter().rev().take(RELATIVES_THAT_OVERLAP);
        near.find(|relative| relative.range.contains(offset))
    }

    /// True if a risk term begins inside a range.
    pub(super) fn has_term_in(&self, range: TextRange) -> bool {
        let first = self.terms.partition_point(|term| *term < range.start);
        self.terms.get(first).is_some_and(|term| range.contains(*term))
    }

    /// Returns the words from a place on.
    pub(super) fn words_from(&self, offset: usize) -> &[Word] {
        &self.words[self.words.partition_point(|word| word.range.start < offset)..]
    }

    /// Counts the words that lie between two places.
    pub(super) fn words_between(&self, from: usize, to: usize) -> usize {
        let first = self.words.partition_point(|word| word.range.start < from);
        self.words.partition_point(|word| word.range.end <= to).saturating_sub(first)
    }
}

/// The gap ("not assessed") that a negation is part of; "does not lie within identified habitat" is none.
pub(super) fn gap_around<'a>(hits: &'a [CueHit], negation: &CueHit, classes: &Classes) -> Option<&'a CueHit> {
    let is_plain = |gap: &CueHit| {
        hits.iter().any(|hit| hit.class == classes.plain_denial && hit.range.start == gap.range.start)
    };
    let mut around = hits.iter().filter(|hit| hit.class == classes.gap && hit.range.overlaps(negation.range));
    around.find(|gap| !is_plain(gap))
}

static RUN_IN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:[A-Z][A-Za-z-]*|and|or|of|[,–/-])(?:\s+(?:[A-Z][A-Za-z-]*|and|or|of|[,–/-])){0,7}?\s+(?:The|There|This|These|No|An?|All|In|It|Any|Under)\s+[A-Za-z]*[a-z]",
    )
    .expect("the pattern is a constant")
});

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\([^()]*(?:\bsee\b|section \d|described in|см\.|раздел|приложени|qarang|ilova|бўлим|bo.lim|참조|장 |절 )[^()]*(?:\([^()]*\)[^()]*)?\)|(?:section|chapter|appendix|раздел\w*|глав\w*|приложени\w*) [a-z0-9][0-9.]* ?\([^()]*\)")
        .expect("the pattern is a constant")
});

/// Relative clauses at most that hold one place, one within another.
const RELATIVES_THAT_OVERLAP: usize = 4;

/// Longest run-in heading before a colon, in words.
const LONGEST_RUN_IN: usize = 5;

/// Returns where the statement begins after a heading that layout has run into it; 0 without one.
fn run_in_heading(text: &str, words: &[Word], language: Language) -> usize {
    if let Some(colon) = text.find(": ") {
        let before: Vec<&str> =
            words.iter().filter(|w| w.range.end <= colon).map(|w| w.key.as_str()).collect();
        // "Fuel store: 4 × 1000 m³" names a thing and its size, it does not head a statement.
        let is_size = text[colon + 2..].starts_with(|c: char| c.is_ascii_digit());
        let short = !is_size && (1..=LONGEST_RUN_IN).contains(&before.len());
        if short && !has_predicate(&before, language) && text.len() > colon + 20 {
            return colon + 2;
        }
    }
    if language != Language::English {
        return 0;
    }
    let Some(found) = RUN_IN.find(text) else { return 0 };
    let opener = found.as_str().trim_end_matches(|c: char| !c.is_whitespace()).trim_end();
    opener.rfind(char::is_whitespace).map_or(0, |at| at + 1)
}

fn references(text: &str) -> Vec<TextRange> {
    if !text.contains('(') {
        return Vec::new();
    }
    REFERENCE.find_iter(text).map(|found| TextRange::new(found.start(), found.end())).collect()
}

/// Drops negations, possibilities and aims that are part of a longer cue which says something else: "to widen the road"
/// is no measure.
fn without_shadowed(hits: Vec<CueHit>, classes: &Classes) -> Vec<CueHit> {
    let shadows: Vec<CueHit> = hits
        .iter()
        .filter(|hit| hit.class == classes.ignore || hit.class == classes.double_negation)
        .copied()
        .collect();
    let shadowed = [
        classes.negation,
        classes.possible,
        classes.unneeded,
        classes.lacking,
        classes.unlikely,
        classes.contrast,
        classes.effect,
        classes.purpose,
    ];
    hits.into_iter()
        .filter(|hit| {
            let hidden = shadows.iter().any(|shadow| shadow.range.overlaps(hit.range));
            !(hidden && shadowed.contains(&hit.class))
        })
        .collect()
}

/// Leaves out cues that end with the first words of one that says nothing: "measures ~~ not" in "measures include, but are
/// not limited to, …".
pub(super) fn without_cut_short(hits: Vec<CueHit>, classes: &Classes) -> Vec<CueHit> {
    let idle: Vec<TextRange> =
        hits.iter().filter(|hit| hit.class == classes.ignore).map(|hit| hit.range).collect();
    let ends_in = |own: TextRange, idle: &TextRange| {
        own.start < idle.start && idle.start < own.end && own.end < idle.end
    };
    hits.into_iter().filter(|hit| !idle.iter().any(|idle| ends_in(hit.range, idle))).collect()
}

/// Cuts a sentence at contrasts and semicolons. Korean enders close their segment, the others open the next.
fn segments(text: &str, hits: &[CueHit], body_start: usize, classes: &Classes) -> Vec<TextRange> {
    let mut cuts: Vec<usize> = text.match_indices(';').map(|(at, _)| at + 1).collect();
    cuts.push(body_start);
    for hit in hits.iter().filter(|hit| hit.class == classes.contrast) {
        // "Although A, B": what the concession concedes ends at its comma.
        let opens = !text[..hit.range.start].chars().any(char::is_alphanumeric);
        if opens && let Some(comma) = text[hit.range.end..].find(", ") {
            cuts.push(hit.range.end + comma + 1);
            continue;
        }
        let korean_ending = hit.range.of(text).chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c))
            && text[..hit.range.start].chars().next_back().is_some_and(|c| !c.is_whitespace());
        cuts.push(if korean_ending { hit.range.end } else { hit.range.start });
    }
    ranges_between(TextRange::new(0, text.len()), cuts)
}
