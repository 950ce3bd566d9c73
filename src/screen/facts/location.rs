//! Which places on the ground does a sentence give?
//!
//! Degrees with minutes and seconds or with decimals, with or without the sign of degrees, hemispheres before or after
//! in five scripts, two latitudes and two longitudes as an extent, a pair of decimals where the sentence speaks of
//! coordinates, UTM with its zone, and the United States land survey. An angle without a hemisphere is a slope or a
//! temperature; a latitude without a longitude is no place. Nothing is guessed.

mod decimals;

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::utm;
use crate::domain::fact::Location;
use crate::domain::span::TextRange;

/// A place and where it stands in the sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub location: Location,
    pub range: TextRange,
}

/// Farthest apart in bytes that the two halves of a position stand.
const PAIR_GAP: usize = 60;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants, compiled by the tests")
}

/// Anything that could begin a place; sentences without it are not looked at.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)[°º˚]|\d\s*(?:deg|град|daraja|gradus|даража|도)|latitude|longitude|\blat\b|\blon|широт|долгот|kenglik|uzunlik|кенглик|узунлик|위도|경도|북위|남위|동경|서경|coordinat|координат|koordinat|좌표|\d\s*(?:[NSEW]|north|south|с\.?\s*ш|ю\.?\s*ш|ш\.\s*к|ж\.\s*к|sh\.\s*k|j\.\s*k)\b|UTM|\bT(?:ownship|wp)?\.?\s*\d{1,3}\s*[NS]|[NSEW]\s*:?\s*\d{1,3}(?:[.,]\d{3}|\s\d)",
    )
});

static ANGLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)(?P<deg>\d{1,3}(?:[.,]\d+)?)\s*(?:°|º|˚|degrees?\b|deg\b\.?|град(?:ус\p{L}*|\.)?|daraja\p{L}*|gradus\p{L}*|даража\p{L}*|도)(?:\s*(?P<min>\d{1,2}(?:[.,]\d+)?)\s*(?:['′’ʹ‘ʼ`´]|min\b\.?|мин\p{L}*\.?|daqiqa\p{L}*|дақиқа\p{L}*|분)(?:\s*(?P<sec>\d{1,2}(?:[.,]\d+)?)\s*(?:["″”“]|['′’ʹ]{2}|sec\b\.?|сек\p{L}*\.?|soniya\p{L}*|сония\p{L}*|초)?)?)?"#,
    )
});

/// Numbers that a hemisphere or the word latitude stands before, without a degree sign.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:\b(?P<letter>[NSEW])|(?i:\b(?P<word>latitude|longitude|lat|long|lon|широта|долгота|kenglik|uzunlik|кенглик|узунлик)|(?P<korean>위도|경도|북위|남위|동경|서경)))\.?\s*[:=]?\s*(?P<deg>-?\d{1,3})(?:[.,](?P<frac>\d{3,8})|\s(?P<min>\d{1,2}\.\d{1,4}))",
    )
});

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:(?:^|[^\p{L}])(?P<letter>[NSEW])|(?i:(?P<word>latitude|longitude|\blat|\blong?|широт[аыу]|долгот[аыу]|kenglik|uzunlik|кенглик|узунлик|북위|남위|동경|서경|위도|경도)))\.?[\s:=]*$",
    )
});

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?:(?P<letter>[NSEW])(?:[^\p{L}]|[가-힣]|$)|(?i:(?P<word>с\.?\s*ш|ю\.?\s*ш|в\.?\s*д|з\.?\s*д|северн\p{L}*\s+широт|южн\p{L}*\s+широт|восточн\p{L}*\s+долгот|западн\p{L}*\s+долгот|shimoliy\s+kenglik|janubiy\s+kenglik|sharqiy\s+uzunlik|g.?.?.?arbiy\s+uzunlik|sh\.\s*k|j\.\s*k|shq\.?\s*u|sh\.\s*u|g[ʻ'’‘ʼ`]?\.\s*u|шимолий\s+кенглик|жанубий\s+кенглик|шарқий\s+узунлик|ғарбий\s+узунлик|ш\.\s*к|ж\.\s*к|шқ\.?\s*у|ш\.\s*у|ғ\.\s*у|north\b|south\b|east\b|west\b)))",
    )
});

/// Numbers without a sign of degrees that a hemisphere stands behind.
static BARE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<deg>\d{1,3}(?P<mark>[.,])(?P<frac>\d{3,8}))\s*(?:(?P<letter>[NSEW])|(?i:(?P<word>north|south|east|west|с(?:\.\s*)?ш|ю(?:\.\s*)?ш|в(?:\.\s*)?д|з(?:\.\s*)?д|северн\p{L}*\s+широт\p{L}*|южн\p{L}*\s+широт\p{L}*|восточн\p{L}*\s+долгот\p{L}*|западн\p{L}*\s+долгот\p{L}*|shimoliy\s+kenglik\p{L}*|janubiy\s+kenglik\p{L}*|sharqiy\s+uzunlik\p{L}*|g[ʻ'’‘ʼ`]?arbiy\s+uzunlik\p{L}*|sh\.\s*k|j\.\s*k|shq\.?\s*u|sh\.\s*u|g[ʻ'’‘ʼ`]?\.\s*u|шимолий\s+кенглик\p{L}*|жанубий\s+кенглик\p{L}*|шарқий\s+узунлик\p{L}*|ғарбий\s+узунлик\p{L}*|ш\.\s*к|ж\.\s*к|шқ\.?\s*у|ш\.\s*у|ғ\.\s*у)))\b",
    )
});

/// The lower end of a range that stands before an angle.
static LOWER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?P<deg>\d{1,3}(?:[.,]\d+)?)\s*(?:°|º|˚|degrees?)?\s*(?:and|to|–|-|—|до|и|va|dan|дан|ва|~|에서)\s*$",
    )
});

static UTM_ZONE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\bUTM\b[^;]{0,24}?(\d{1,2})\s*([C-HJ-NP-X])\b"));
static EASTING_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(\d{6}(?:[.,]\d{1,3})?)\s*m?\s*E\b[\s,;/]*(\d{7}(?:[.,]\d{1,3})?)\s*m?\s*N\b")
});
static EASTING_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bE(?:asting)?\s*[:=]?\s*(\d{6}(?:[.,]\d{1,3})?)\D{1,6}?N(?:orthing)?\s*[:=]?\s*(\d{7}(?:[.,]\d{1,3})?)",
    )
});

static SURVEY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:T|Township|Twp)\.?\s*(\d{1,3})\s*(N|S|North|South)\b\.?[\s,/]*(?:and\s+)?(?:R|Range|Rge)\.?\s*(\d{1,3})\s*(E|W|East|West)\b",
    )
});
/// Sections directly before or behind township and range.
static SECTION_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bsec(?:tions?|s)?\.?:?\s*(?P<list>\d{1,2}[A-Z]?(?:(?:\s*[,&]\s*|,?\s+and\s+)\d{1,2}[A-Z]?)*)[\s,]*(?:of\s+|\()?$",
    )
});
static SECTION_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[\s,.;:]{0,4}sec(?:tions?|s)?\.?:?\s*(?P<list>\d{1,2}[A-Z]?(?:(?:\s*[,&]\s*|,?\s+and\s+)\d{1,2}[A-Z]?)*)",
    )
});

/// Returns the places of a sentence in order.
pub(super) fn places(sentence: &str) -> Vec<Place> {
    if !HINT.is_match(sentence) {
        return Vec::new();
    }
    let mut found = pairs(&halves(sentence));
    let plain = decimals::pairs(sentence);
    found.extend(plain.into_iter().filter(|place| !overlaps(&found, place)).collect::<Vec<_>>());
    found.extend(utm_places(sentence));
    found.extend(surveys(sentence));
    found.sort_by_key(|place| place.range);
    found
}

fn overlaps(found: &[Place], place: &Place) -> bool {
    found.iter().any(|other| other.range.overlaps(place.range))
}

/// One half of a position: a latitude or a longitude, or two of them.
#[derive(Debug, Clone, Copy)]
struct Half {
    is_latitude: bool,
    low: f64,
    high: f64,
    range: TextRange,
}

fn halves(sentence: &str) -> Vec<Half> {
    let mut found: Vec<Half> = Vec::new();
    let mut consumed = 0;
    for captures in ANGLE.captures_iter(sentence) {
        let Some(whole) = captures.get(0) else { continue };
        let start = sentence.floor_char_boundary(whole.start().saturating_sub(40)).max(consumed);
        let before = &sentence[start..whole.start()];
        let Some(value) = angle(&captures) else { continue };
        let (axis, begin, end) = if let Some(sign) = BEFORE.captures(before) {
            let begin = start + sign.get(0).map_or(0, |m| m.start());
            (axis_of(&sign), begin, whole.end())
        } else if let Some(sign) = AFTER.captures(&sentence[whole.end()..]) {
            let named = sign.name("letter").or_else(|| sign.name("word"));
            (axis_of(&sign), whole.start(), whole.end() + named.map_or(0, |m| m.end()))
        } else {
            continue;
        };
        let Some((is_latitude, sign)) = axis else { continue };
        consumed = end;
        let lower =
            LOWER.captures(before).and_then(|c| Some((c.get(0)?.start(), decimal(c.name("deg")?.as_str())?)));
        let (first, begin) = match lower {
            Some((at, low)) if low < value => (low, start + at),
            _ => (value, begin),
        };
        push(&mut found, is_latitude, sign, first, value, TextRange::new(begin, end));
    }
    bare_before_hemisphere(sentence, &mut found);
    for captures in BARE.captures_iter(sentence) {
        let Some(whole) = captures.get(0) else { continue };
        let range = TextRange::new(whole.start(), whole.end());
        let Some((is_latitude, sign)) = axis_of(&captures) else { continue };
        let Some(value) = bare(&captures) else { continue };
        // `W -123.119` says west twice.
        let value = if sign < 0.0 { value.abs() } else { value };
        if !found.iter().any(|half| half.range.overlaps(range)) {
            push(&mut found, is_latitude, sign, value, value, range);
        }
    }
    found.sort_by_key(|half| half.range);
    found
}

/// `38.8610 N, 65.7925 E`, `37,925 с. ш. и 67,515 в. д.`
fn bare_before_hemisphere(sentence: &str, found: &mut Vec<Half>) {
    let mut consumed = 0;
    for captures in BARE_AFTER.captures_iter(sentence) {
        let Some(whole) = captures.get(0) else { continue };
        if inside_number(&sentence[..whole.start()]) {
            continue;
        }
        let behind = &sentence[whole.end()..];
        let is_english =
            |word: &str| ["north", "south", "east", "west"].contains(&word.to_lowercase().as_str());
        let may_be_unit = captures.name("word").is_none_or(|word| is_english(word.as_str()));
        // `45,000 N` may be newtons, `0.125 W/m` watts.
        let is_grouped = &captures["mark"] == "," && captures["frac"].len() == 3;
        if may_be_unit && (is_grouped || !closes_hemisphere(behind)) {
            continue;
        }
        let Some((is_latitude, sign)) = axis_of(&captures) else { continue };
        let start = sentence.floor_char_boundary(whole.start().saturating_sub(40)).max(consumed);
        let before = &sentence[start..whole.start()];
        if let Some(named) = BEFORE.captures(before) {
            // `N 46.998 W 123.119`: the letter behind belongs to the next number.
            let opens_next =
                behind.trim_start().trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
            let is_same = axis_of(&named).is_some_and(|(axis, _)| axis == is_latitude);
            if named.name("letter").is_some() || (opens_next && !is_same) {
                continue;
            }
        }
        let Some(value) = decimal(&captures["deg"]) else { continue };
        let range = TextRange::new(whole.start(), whole.end());
        if found.iter().any(|half| half.range.overlaps(range)) {
            continue;
        }
        consumed = whole.end();
        let lower = LOWER.captures(before).and_then(|c| {
            let text = c.name("deg")?.as_str();
            Some((c.get(0)?.start(), decimal(text).filter(|_| text.contains(['.', ',']))?))
        });
        let (first, begin) = match lower {
            Some((at, low)) if low < value => (low, start + at),
            _ => (value, whole.start()),
        };
        push(found, is_latitude, sign, first, value, TextRange::new(begin, whole.end()));
    }
}

/// True if what stands before a digit is a part of the same number or code.
fn inside_number(before: &str) -> bool {
    let mut back = before.chars().rev();
    match back.next() {
        Some('.' | ',') => back.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_alphanumeric(),
        None => false,
    }
}

/// True if nothing behind a letter makes it a unit.
fn closes_hemisphere(behind: &str) -> bool {
    let mut rest = behind.chars();
    let closes = match rest.next() {
        None => true,
        Some('/') => rest.as_str().trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-'),
        Some(c) => c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | ')' | ']' | '|' | '–' | '—'),
    };
    let mut word = behind.trim_start().chars();
    closes && !(word.next() == Some('m') && !word.next().is_some_and(char::is_alphabetic))
}

fn push(found: &mut Vec<Half>, is_latitude: bool, sign: f64, first: f64, second: f64, range: TextRange) {
    let (low, high) = (first.min(second) * sign, first.max(second) * sign);
    let limit = if is_latitude { 90.0 } else { 180.0 };
    if low.abs() <= limit && high.abs() <= limit {
        found.push(Half { is_latitude, low: low.min(high), high: low.max(high), range });
    }
}

fn decimal(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok()
}

fn angle(captures: &Captures<'_>) -> Option<f64> {
    let part = |name| captures.name(name).map_or(Some(0.0), |m| decimal(m.as_str()));
    let (degrees, minutes, seconds) = (part("deg")?, part("min")?, part("sec")?);
    (minutes < 60.0 && seconds < 60.0).then(|| degrees + minutes / 60.0 + seconds / 3600.0)
}

fn bare(captures: &Captures<'_>) -> Option<f64> {
    let degrees = captures.name("deg")?.as_str();
    match (captures.name("frac"), captures.name("min")) {
        (Some(frac), _) => decimal(&format!("{degrees}.{}", frac.as_str())),
        (None, Some(min)) => {
            let minutes = decimal(min.as_str()).filter(|minutes| *minutes < 60.0)?;
            Some(degrees.parse::<f64>().ok()? + minutes / 60.0)
        }
        (None, None) => None,
    }
}

/// True for latitude, and the sign of the hemisphere.
fn axis_of(captures: &Captures<'_>) -> Option<(bool, f64)> {
    if let Some(letter) = captures.name("letter") {
        return match letter.as_str() {
            "N" => Some((true, 1.0)),
            "S" => Some((true, -1.0)),
            "E" => Some((false, 1.0)),
            _ => Some((false, -1.0)),
        };
    }
    let word = captures.name("word").or_else(|| captures.name("korean"))?.as_str().to_lowercase();
    let starts = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    // `sh. k.` is the northern latitude, `sh. u.` the eastern longitude.
    if starts(&["sh.", "ш."]) && word.ends_with(['u', 'у']) {
        return Some((false, 1.0));
    }
    if starts(&[
        "lat",
        "широт",
        "kenglik",
        "кенглик",
        "위도",
        "북위",
        "с",
        "shimol",
        "sh.",
        "sh ",
        "шимол",
        "ш.",
        "north",
    ]) && !word.starts_with("shq")
    {
        Some((true, 1.0))
    } else if starts(&["ю", "janub", "j.", "жануб", "ж.", "남위", "south"]) {
        Some((true, -1.0))
    } else if starts(&["з", "g", "ғ", "서경", "west"]) {
        Some((false, -1.0))
    } else if starts(&[
        "lon",
        "долгот",
        "uzunlik",
        "узунлик",
        "경도",
        "동경",
        "в",
        "sharq",
        "shq",
        "шарқ",
        "шқ",
        "east",
    ]) {
        Some((false, 1.0))
    } else {
        None
    }
}

/// Neighbouring halves of different axes make a place.
fn pairs(halves: &[Half]) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 1 < halves.len() {
        let (first, second) = (&halves[at], &halves[at + 1]);
        let gap = second.range.start.saturating_sub(first.range.end);
        // In a run of labels the second half may belong to the one behind it.
        let closer_behind = halves.get(at + 2).is_some_and(|third| {
            third.is_latitude != second.is_latitude
                && third.range.start.saturating_sub(second.range.end) < gap
        });
        if first.is_latitude == second.is_latitude || gap > PAIR_GAP || closer_behind {
            at += 1;
            continue;
        }
        at += 2;
        let (lat, lon) = if first.is_latitude { (first, second) } else { (second, first) };
        let location = if lat.low < lat.high && lon.low < lon.high {
            Location::Extent { south: lat.low, west: lon.low, north: lat.high, east: lon.high }
        } else {
            let middle = |half: &Half| (half.low + half.high) / 2.0;
            Location::Point { latitude: middle(lat), longitude: middle(lon) }
        };
        found.push(Place { location, range: TextRange::new(first.range.start, second.range.end) });
    }
    found
}

fn utm_places(sentence: &str) -> Vec<Place> {
    let Some(zone) = UTM_ZONE.captures(sentence) else { return Vec::new() };
    // Band S lies in the north, hemisphere S in the south: undecidable.
    let band = zone.get(2).map_or("", |m| m.as_str()).to_ascii_uppercase();
    if band == "S" {
        return Vec::new();
    }
    let is_north = band.as_str() >= "N";
    let Some(number) = zone.get(1).and_then(|m| m.as_str().parse().ok()) else { return Vec::new() };
    let start = zone.get(0).map_or(0, |m| m.start());
    let read = |c: &Captures<'_>| {
        let (easting, northing) = (decimal(c.get(1)?.as_str())?, decimal(c.get(2)?.as_str())?);
        let (latitude, longitude) = utm::to_degrees(number, is_north, easting, northing)?;
        let whole = c.get(0)?;
        let range = TextRange::new(whole.start().min(start), whole.end());
        Some(Place { location: Location::Point { latitude, longitude }, range })
    };
    let mut found: Vec<Place> = EASTING_FIRST.captures_iter(sentence).filter_map(|c| read(&c)).collect();
    if found.is_empty() {
        found = EASTING_NAMED.captures_iter(sentence).filter_map(|c| read(&c)).collect();
    }
    found
}

fn surveys(sentence: &str) -> Vec<Place> {
    let mut found = Vec::new();
    for captures in SURVEY.captures_iter(sentence) {
        let Some(whole) = captures.get(0) else { continue };
        let part = |index| captures.get(index).map_or("", |m| m.as_str());
        let initial = |index| part(index).chars().next().unwrap_or(' ').to_ascii_uppercase();
        let mut description = format!("T{}{}, R{}{}", part(1), initial(2), part(3), initial(4));
        let from = sentence.floor_char_boundary(whole.start().saturating_sub(60));
        let to = sentence.ceil_char_boundary((whole.end() + 60).min(sentence.len()));
        let list = |captures: Captures<'_>| captures["list"].split_whitespace().collect::<Vec<_>>().join(" ");
        let behind = SECTION_BEHIND.captures(&sentence[whole.end()..to]).map(list);
        if let Some(sections) =
            behind.or_else(|| SECTION_BEFORE.captures(&sentence[from..whole.start()]).map(list))
        {
            description.push_str(&format!(", section {sections}"));
        }
        let range = TextRange::new(whole.start(), whole.end());
        found.push(Place { location: Location::Survey { description }, range });
    }
    found
}

#[cfg(test)]
mod tests;
