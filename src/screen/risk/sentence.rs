//! How is one sentence built: words, cues, statements, clauses, numbers?
//!
//! Made once per sentence with a term in it and then read by [`super::context`] and [`super::severity`].
//! A *segment* is what stands between scope enders ("however", `но`, `ammo`, `-지만`): possibility and measures reach
//! that far. A *clause* is a part of a segment with its own predicate: negation reaches no further.
//! Invariants: segments cover the sentence without overlap; every clause lies in one segment.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::language::Language;
use crate::domain::span::TextRange;

use super::cues::{CueClass, CueHit, CueMatcher, Word};
use super::heading::{has_predicate, is_heading};
use super::numbers::{Amount, amounts};
use super::stated_limit::exceeds_stated_limit;

/// The cue classes the context logic speaks of, looked up once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    pub(super) contrast: CueClass,
    pub(super) negation: CueClass,
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

/// One sentence taken apart.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) language: Language,
    pub(super) words: Vec<Word>,
    pub(super) hits: Vec<CueHit>,
    pub(super) segments: Vec<TextRange>,
    pub(super) clauses: Vec<TextRange>,
    pub(super) amounts: Vec<Amount>,
    /// A value is given beside a stricter limit.
    pub(super) exceeds_limit: bool,
    pub(super) is_heading: bool,
    /// Where the statement begins after a run-in heading ("Floodplains There are …"); 0 without one.
    pub(super) body_start: usize,
    /// Cross-references in brackets ("see section 3.2, Wetlands").
    pub(super) references: Vec<TextRange>,
    /// Where risk terms begin; filled in by the scanner.
    pub(super) terms: Vec<usize>,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(
        text: &'a str,
        language: Language,
        (words, found): (Vec<Word>, Vec<CueHit>),
        classes: &Classes,
    ) -> Self {
        let hits = without_shadowed(found, classes);
        let body_start = run_in_heading(text, &words, language);
        let segments = segments(text, &hits, body_start, classes);
        let clauses = segments.iter().flat_map(|segment| clauses(text, *segment, &words, language)).collect();
        let is_heading = is_heading(text, &words, language);
        Self {
            text,
            language,
            words,
            hits,
            segments,
            clauses,
            amounts: amounts(text),
            exceeds_limit: exceeds_stated_limit(text),
            is_heading,
            body_start,
            references: references(text),
            terms: Vec::new(),
        }
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

fn ranges_between(whole: TextRange, mut cuts: Vec<usize>) -> Vec<TextRange> {
    cuts.retain(|&cut| cut > whole.start && cut < whole.end);
    cuts.sort_unstable();
    cuts.dedup();
    let mut start = whole.start;
    let mut ranges = Vec::new();
    for cut in cuts.into_iter().chain([whole.end]) {
        ranges.push(TextRange::new(start, cut));
        start = cut;
    }
    ranges
}

/// Cuts a segment where one predicate ends and another statement begins.
fn clauses(text: &str, segment: TextRange, words: &[Word], language: Language) -> Vec<TextRange> {
    let inside: Vec<&Word> = words.iter().filter(|word| segment.contains(word.range.start)).collect();
    let keys = |list: &[&Word]| list.iter().map(|word| word.key.clone()).collect::<Vec<_>>();
    let mut cuts = Vec::new();
    let mut from = 0;
    for (at, pair) in inside.windows(2).enumerate() {
        // Two words may come from one character (½), so the gap can be empty or inverted.
        let between = text.get(pair[0].range.end..pair[1].range.start).unwrap_or("");
        let (left, right) = (&inside[from..=at], &inside[at + 1..]);
        let says = |list: &[&Word]| {
            let keys = keys(list);
            has_predicate(&keys.iter().map(String::as_str).collect::<Vec<_>>(), language)
        };
        let comma =
            between.contains([',', '(', ')']) || between.contains(" - ") || between.contains(['–', '—', ':']);
        let cut = match language {
            Language::English => {
                let joined =
                    comma || matches!(pair[1].key.as_str(), "which" | "while" | "so" | "because" | "where");
                let conjunction = pair[1].key == "and" && inside.get(at + 2).is_some();
                (joined || conjunction)
                    && says(left)
                    && says(right)
                    && !is_list_item(text, right)
                    && !is_at_aside(text, pair[0].range.end, pair[1].range.start)
            }
            Language::Russian => (comma || pair[1].key == "и") && says(left) && says(right),
            Language::UzbekLatin | Language::UzbekCyrillic => {
                let value =
                    left.iter().rev().take(2).any(|word| word.key.starts_with(|c: char| c.is_ascii_digit()));
                let ends = value || says(left) || ["ib", "sa"].iter().any(|e| pair[0].key.ends_with(e));
                let conjunction = pair[1].key == "va" && says(left);
                comma && ends || conjunction
            }
            Language::Korean => ends_korean_clause(&pair[0].key, comma),
        };
        if cut {
            cuts.push(pair[1].range.start);
            from = at + 1;
        }
    }
    ranges_between(segment, cuts)
}

/// True if a gap opens or closes an enumeration in brackets that has no predicate of its own: the statement goes on
/// behind it ("those present (birds, sites) would not be affected").
fn is_at_aside(text: &str, from: usize, to: usize) -> bool {
    let Some(gap) = text.get(from..to) else { return false };
    let inside = match (gap.contains('('), gap.contains(')')) {
        (true, false) => text[to..].split(')').next(),
        (false, true) => text[..from].rsplit('(').next(),
        _ => None,
    };
    inside.is_some_and(|inside| {
        let words: Vec<String> = inside
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase)
            .filter(|w| !w.is_empty())
            .collect();
        let keys: Vec<&str> = words.iter().map(String::as_str).collect();
        words.len() >= 3 && !has_predicate(&keys, Language::English)
    })
}

/// True if an English part goes on with another item of a list ("threatened, endangered, or candidate species").
fn is_list_item(text: &str, right: &[&Word]) -> bool {
    if right.first().is_some_and(|word| word.key == "or") {
        return true;
    }
    for pair in right.windows(2).take(6) {
        if has_predicate(&[pair[0].key.as_str()], Language::English) {
            return false;
        }
        let between = text.get(pair[0].range.end..pair[1].range.start).unwrap_or("");
        if matches!(pair[1].key.as_str(), "or" | "nor") || between.contains(',') && pair[1].key == "and" {
            return true;
        }
    }
    false
}

fn ends_korean_clause(word: &str, comma: bool) -> bool {
    const NOUNS: [&str; 11] =
        ["창고", "사고", "보고", "경고", "신고", "재고", "광고", "공고", "최고", "참고", "화약고"];
    if NOUNS.iter().any(|noun| word.ends_with(noun)) {
        return false;
    }
    let long = word.chars().count() >= 2;
    // "수용하나", "통과하지만": the other half of a concession has its own predicate; 하나 alone is "one".
    let concedes =
        word.chars().count() >= 4 && ["하나", "되나", "으나", "이나"].iter().any(|end| word.ends_with(end));
    long && (word.ends_with('고') || word.ends_with('며') || word.ends_with("면서"))
        || concedes
        || comma
            && ["여", "아", "어", "해", "음", "함", "됨", "임"].iter().any(|ending| word.ends_with(ending))
}
