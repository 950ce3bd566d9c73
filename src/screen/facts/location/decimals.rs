//! Which pairs of plain decimals are places? Those of which the sentence says that they are coordinates.
//!
//! Counts, measurements and columns of figures are left alone: a pair needs three decimals or more on both sides, the
//! word near it, and nothing behind it that is a unit.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Place, decimal, inside_number, regex};
use crate::domain::fact::Location;
use crate::domain::span::TextRange;

/// Words by which a sentence speaks of coordinates; `coordination` and `координатор` are others.
static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bco-?ordinates?\b|\b(?P<comma>координат(?:[аыеуилн]\p{L}*)?|koordinat(?:[ail]\p{L}*)?)\b|좌표",
    )
});
/// Two decimals in a row.
static DECIMALS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<first>-?\d{1,3}[.,](?P<frac>\d{3,8}))[°º˚]?(?P<gap>\s*[,;/|]\s*|\s+(?:and|и|va|ва)\s+|\s+)(?P<second>-?\d{1,3}[.,](?P<other>\d{3,8}))[°º˚]?",
    )
});
/// A third decimal before or behind the two.
static DECIMAL_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\d[.,]\d{3,}[°º˚]?(?P<gap>\s*[,;/|]\s*|\s+)$"));
static DECIMAL_BEHIND: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?P<gap>\s*[,;/|]\s*|\s+)-?\d+[.,]\d{3}"));
/// What makes the second decimal a measurement.
static UNIT_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\s*(?:[%‰℃㎡㎥]|[°º˚]\s*[CС]|(?:[mcdk]?m|ha|k?t|[mk]?g|l|s|h|[kmg]?w|[kmg]wh|kv|db|pa|m[²³23]|[смдк]?м|га|т|[мк]?г|л|к?вт|мвт|дб|м[²³23]|ton\p{L}*|тонн\p{L}*|met(?:er|re|r)\p{L}*|метр\p{L}*|hectares?|gektar\p{L}*|гектар\p{L}*|feet|foot|ft|acres?|miles?|persons?|people)(?:[^\p{L}]|$)|미터|톤)",
    )
});
/// Longitude named before latitude.
static LONGITUDE_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\blong?(?:itude)?\b|долгот|uzunlik|узунлик|경도).{1,24}(?:\blat(?:itude)?\b|широт|kenglik|кенглик|위도)",
    )
});
/// Farthest in bytes that the word coordinates stands before and behind its decimals.
const SPEAKS_BEFORE: usize = 160;
const SPEAKS_BEHIND: usize = 40;
/// Bytes before a pair in which another decimal is looked for.
const LOOKS_BACK: usize = 80;

/// `coordinates 38.4125, 66.7350`: two decimals of three places or more, latitude first unless the words or the
/// range say otherwise.
pub(super) fn pairs(sentence: &str) -> Vec<Place> {
    let words: Vec<(TextRange, bool)> = SPEAKS
        .captures_iter(sentence)
        .filter_map(|c| c.get(0).map(|m| (TextRange::new(m.start(), m.end()), c.name("comma").is_some())))
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    // Wherever before the pair; the rest of what stands before it stands near it.
    let longitude_first = LONGITUDE_FIRST.shortest_match(sentence);
    let marks_decimals = words.iter().any(|(_, marks_decimals)| *marks_decimals);
    let read = |captures: Captures<'_>| {
        let whole = captures.get(0)?;
        let from = sentence.floor_char_boundary(whole.start().saturating_sub(LOOKS_BACK));
        let (before, behind) = (&sentence[from..whole.start()], &sentence[whole.end()..]);
        // Words are in order, and no pair holds one.
        let next = words.partition_point(|(word, _)| word.start < whole.end());
        let is_spoken_of =
            words[..next].last().is_some_and(|(word, _)| whole.start() - word.end <= SPEAKS_BEFORE)
                || words.get(next).is_some_and(|(word, _)| word.start - whole.end() <= SPEAKS_BEHIND);
        let (first, second, gap) = (&captures["first"], &captures["second"], &captures["gap"]);
        let has_comma = first.contains(',');
        if !is_spoken_of || has_comma != second.contains(',') || (has_comma && gap == ",") {
            return None;
        }
        // Where a comma groups thousands, `38,412` is a count.
        let may_group = has_comma && !marks_decimals;
        if may_group && (captures["frac"].len() == 3 || captures["other"].len() == 3) {
            return None;
        }
        let goes_on = behind.starts_with(|c: char| c.is_ascii_digit())
            || (behind.starts_with(['.', ',']) && behind[1..].starts_with(|c: char| c.is_ascii_digit()));
        if goes_on || inside_number(before) || UNIT_BEHIND.is_match(behind) {
            return None;
        }
        // Three in a row are a column of figures.
        let is_listed = |other: Option<Captures<'_>>| other.is_some_and(|c| c["gap"].trim() == gap.trim());
        if is_listed(DECIMAL_BEFORE.captures(before)) || is_listed(DECIMAL_BEHIND.captures(behind)) {
            return None;
        }
        let (first, second) = (decimal(first)?, decimal(second)?);
        let is_swapped = longitude_first.is_some_and(|end| end <= whole.start()) || first.abs() > 90.0;
        let (latitude, longitude) = if is_swapped { (second, first) } else { (first, second) };
        let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        // Shares and coefficients lie about zero.
        let is_small = latitude.abs() < 1.0 && longitude.abs() < 1.0;
        let range = TextRange::new(whole.start(), whole.end());
        (is_place && !is_small).then_some(Place { location: Location::Point { latitude, longitude }, range })
    };
    DECIMALS.captures_iter(sentence).filter_map(read).collect()
}
