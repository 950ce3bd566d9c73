//! Does the same quantity have the same value wherever the report gives it?
//!
//! Compared are only figures that claim to be the whole (total, design value, nearest), of one subject, unit and phase,
//! stated and not of an alternative, in different sections. Abstains where one section gives several values, where
//! sentences measure from different places, and where values are so far apart that they must mean different things – unless
//! they differ by exactly a power of ten, the usual slip of the pen. The other usual slip, digits that have changed
//! places (`42.6` and `46.2`), is raised also of figures that do not claim to be the whole. Figures that are no facts, or
//! claim nothing, are compared by their words in [`super::figures`]. What belongs to others is compared nowhere.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::figures;
use super::fold::plain;
use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::fact::{
    Fact, FactKind, Inconsistency, InconsistencyKind, Location, Phase, Standing, Statement, Unit,
};
use crate::domain::ids::SectionId;
use crate::domain::span::Span;

/// Relative difference that is no contradiction.
const TOLERANCE: f64 = 0.02;
/// As [`TOLERANCE`], where the sentence says "about".
const ROUGH: f64 = 0.1;
/// Largest ratio of two values of one quantity.
pub(super) const LARGEST_RATIO: f64 = 3.0;
/// Most different values that are still one quantity.
const MOST_VALUES: usize = 3;
/// Most different figures of one kind among which changed digits are looked for.
const MOST_FIGURES: usize = 12;
/// Positions of one project lie closer together than this, in kilometres.
const CLUSTER: f64 = 50.0;
/// A position farther than this from all others is another place or a slip.
const OUTLIER: f64 = 300.0;

type Key = (FactKind, String, String, Unit, Option<Phase>);

/// Returns the contradictions between sections.
pub(super) fn check(document: &Document, facts: &[Fact]) -> Vec<Inconsistency> {
    let mut groups: BTreeMap<Key, Vec<&Fact>> = BTreeMap::new();
    let stated: Vec<&Fact> =
        facts.iter().filter(|fact| fact.standing == Standing::Stated && !is_of_others(fact)).collect();
    for fact in stated.iter().copied().filter(|fact| fact.is_whole) {
        if let Some(key) = key(fact) {
            groups.entry(key).or_default().push(fact);
        }
    }
    let mut found: Vec<Inconsistency> =
        groups.iter().filter_map(|(key, facts)| contradiction(document, key, facts)).collect();
    for slip in transposed(document, &stated).into_iter().chain(figures::check(document)) {
        if !found.iter().any(|one| shares_figure(one, &slip)) {
            found.push(slip);
        }
    }
    found.sort_by_key(|one| one.evidence[0].span);
    found.extend(stray_positions(facts));
    found
}

/// Words for plants of others; distances to them are the project's own.
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        r"\bneighbou?r",
        r"\banother (?:owner|company|operator|developer|project|plant|farm)",
        r"\bbelongs to\b",
        r"\bowned by\b",
        r"\bcumulative",
        "принадлеж",
        "соседн",
        "друг(?:ому|ого|ой|им) (?:предприят|завод|организац|компан|собственн|владел)",
        "qoshni",
        "boshqa (?:korxona|zavod|tashkilot)",
        "кушни",
        "бошка (?:корхона|завод|ташкилот)",
        "누적",
        "인근",
        "떨어진",
        "다른 사업",
    ];
    Regex::new(&words.join("|")).expect("the pattern is a constant, compiled by the tests")
});

/// True if a clause, in plain letters, speaks of what belongs to others.
pub(super) fn speaks_of_others(clause: &str) -> bool {
    OTHERS.is_match(clause)
}

fn is_of_others(fact: &Fact) -> bool {
    !matches!(fact.statement.kind(), FactKind::Distance | FactKind::Location)
        && speaks_of_others(&plain(&fact.evidence.quote))
}

/// What has to be equal for two figures to be the same quantity.
fn key(fact: &Fact) -> Option<Key> {
    let quantity = fact.statement.quantity().filter(|quantity| quantity.upper.is_none())?;
    let kind = fact.statement.kind();
    let product = match kind {
        // The product is the word behind the unit: `tonnes of ore`, `т цемента`.
        FactKind::Capacity => product(&fact.subject.label),
        _ => String::new(),
    };
    Some((kind, fact.subject.class.clone(), product, quantity.unit, fact.phase))
}

/// First letters of the first noun of a label; short words are skipped.
fn product(label: &str) -> String {
    let word = label.split_whitespace().find(|word| word.chars().count() > 3).unwrap_or("");
    word.to_lowercase().chars().take(5).collect()
}

fn contradiction(document: &Document, key: &Key, facts: &[&Fact]) -> Option<Inconsistency> {
    let mut values: Vec<&Fact> = Vec::new();
    let mut sections: BTreeMap<Option<SectionId>, &Fact> = BTreeMap::new();
    for fact in facts {
        match sections.get(&fact.evidence.section) {
            Some(first) if !agree(document, first, fact) => return None,
            Some(_) => {}
            None => {
                sections.insert(fact.evidence.section, fact);
            }
        }
        if !values.iter().any(|known| agree(document, known, fact)) {
            values.push(fact);
        }
        if values.len() > MOST_VALUES {
            return None;
        }
    }
    let (first, second) = (values.first()?, values.get(1)?);
    if !comparable(value(first), value(second)) || origins_differ(first, second) {
        return None;
    }
    Some(differing(document, key, &values))
}

/// Says that figures of one quantity differ.
fn differing(document: &Document, key: &Key, values: &[&Fact]) -> Inconsistency {
    let subject = subject(key);
    let spans: Vec<Span> = values.iter().map(|fact| fact.span).collect();
    let (listed, figures) = listed(document, &spans);
    Inconsistency {
        kind: InconsistencyKind::Quantity,
        subject: subject.to_string(),
        message: Code::FiguresDiffer.because(subject).with("listed", listed).with("figures", figures),
        citation: String::new(),
        evidence: values.iter().map(|fact| fact.evidence.clone()).collect(),
    }
}

/// Figures as printed, for a sentence: with their pages and English words between them, and without either, since
/// quotations say the pages.
pub(super) fn listed(document: &Document, spans: &[Span]) -> (String, String) {
    let printed = |span: &Span| {
        let words: Vec<&str> = span.range.of(&document.text).split_whitespace().collect();
        words.join(" ")
    };
    let page = |span: &Span| span.page.map_or_else(String::new, |page| format!(" (p. {page})"));
    let listed: Vec<String> = spans.iter().map(|span| format!("{}{}", printed(span), page(span))).collect();
    let figures: Vec<String> = spans.iter().map(printed).collect();
    (listed.join(" and as "), figures.join("; "))
}

/// Pairs of figures of one kind and unit, in different sections, whose digits have changed places.
///
/// Of many different values two are easily of the same digits, so long lists are left alone.
fn transposed(document: &Document, facts: &[&Fact]) -> Vec<Inconsistency> {
    let mut groups: BTreeMap<(FactKind, Unit), Vec<(Key, &Fact)>> = BTreeMap::new();
    for fact in facts.iter().copied() {
        if let Some(key) = key(fact) {
            let known = groups.entry((key.0, key.3)).or_default();
            // A list that is too long stays so; it is not gone through for each of its figures.
            if known.len() <= MOST_FIGURES && !known.iter().any(|(_, one)| value(one) == value(fact)) {
                known.push((key, fact));
            }
        }
    }
    let mut found = Vec::new();
    for facts in groups.values().filter(|facts| facts.len() <= MOST_FIGURES) {
        for (at, (key, first)) in facts.iter().enumerate() {
            for (other, second) in &facts[at + 1..] {
                if may_be_one(key, other, digits(document, first).len()) && is_slip(document, first, second) {
                    found.push(differing(document, key, &[*first, *second]));
                }
            }
        }
    }
    found
}

/// True if two figures can be of one quantity: sentences do not always say whose a figure is. Four digits and more are
/// the same by chance so rarely that another subject is no objection.
fn may_be_one(one: &Key, other: &Key, digits: usize) -> bool {
    let same_phase = one.4 == other.4 || one.4.is_none() || other.4.is_none();
    let same_subject = one.1 == other.1 || one.1 == "other" || other.1 == "other";
    same_phase && (same_subject || digits >= 4)
}

/// Digits of a figure as printed, in order of size.
fn digits(document: &Document, fact: &Fact) -> Vec<char> {
    let printed = fact.span.range.of(&document.text);
    let figure = printed.chars().take_while(|c| !c.is_alphabetic());
    let mut digits: Vec<char> = figure.filter(char::is_ascii_digit).collect();
    digits.sort_unstable();
    digits
}

/// True if two figures have the same digits in another order and stand in different sections.
fn is_slip(document: &Document, first: &Fact, second: &Fact) -> bool {
    let (one, other) = (digits(document, first), digits(document, second));
    let mut kinds = one.clone();
    kinds.dedup();
    // Of two digits, or of one digit with noughts, too many pairs are made by chance.
    let says_something = one.len() >= 3 && kinds.iter().filter(|digit| **digit != '0').count() >= 3;
    says_something
        && one == other
        && first.evidence.section != second.evidence.section
        && !agree(document, first, second)
        && (value(first) / value(second)).max(value(second) / value(first)) < LARGEST_RATIO
}

fn shares_figure(one: &Inconsistency, other: &Inconsistency) -> bool {
    one.evidence.iter().any(|evidence| other.evidence.iter().any(|second| second.span == evidence.span))
}

fn subject(key: &Key) -> Explanation {
    let (kind, class, _, unit, _) = key;
    match kind {
        FactKind::Distance if class == "water" => Code::SubjectDistanceWater.into(),
        FactKind::Distance => Code::SubjectDistance.with("class", class),
        FactKind::Area => Code::SubjectArea.with("class", class),
        FactKind::Capacity => Code::SubjectCapacity.with("class", class).with("unit", unit),
        FactKind::Emission => Code::SubjectEmission.with("class", class).with("unit", unit),
        FactKind::Water => Code::SubjectWater.with("class", class).with("unit", unit),
        FactKind::Location => Code::SubjectPosition.into(),
    }
}

fn value(fact: &Fact) -> f64 {
    fact.statement.quantity().map_or(0.0, |quantity| quantity.value)
}

/// True if two figures say the same within tolerance and rounding.
fn agree(document: &Document, a: &Fact, b: &Fact) -> bool {
    let (x, y) = (value(a), value(b));
    let rough = [a, b].iter().any(|fact| is_rough(&fact.evidence.quote));
    let tolerance = if rough { ROUGH } else { TOLERANCE };
    let gap = (x - y).abs();
    let rounding = [a, b]
        .iter()
        .map(|fact| rounding(fact.span.range.of(&document.text), value(fact)))
        .fold(0.0, f64::max);
    gap <= x.abs().max(y.abs()) * tolerance || gap <= rounding
}

fn is_rough(quote: &str) -> bool {
    const WORDS: [&str; 13] = [
        "about",
        "approximately",
        "some ",
        "nearly",
        "около",
        "примерно",
        "приблизительно",
        "taxminan",
        "qariyb",
        "тахминан",
        "қарийб",
        "약 ",
        "~",
    ];
    let lower = quote.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Half of the last printed place of a figure: `180 thousand` may stand for anything from 179.5 to 180.5.
fn rounding(printed: &str, value: f64) -> f64 {
    let number: String = printed
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}'))
        .collect();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0');
    // A last group of three is a group of thousands, unless the figure begins with nought.
    let number = number.trim_end_matches([' ', '\u{a0}', '.', ',']);
    let last = number.rsplit(['.', ',']).next().unwrap_or("");
    let has_fraction = number.contains(['.', ',']) && (last.len() != 3 || number.starts_with('0'));
    let significant = if has_fraction { significant } else { significant.trim_end_matches('0') };
    if significant.is_empty() || value == 0.0 {
        return 0.0;
    }
    let places = i32::try_from(significant.len()).unwrap_or(17);
    0.5 * 10f64.powi(value.abs().log10().floor() as i32 - places + 1)
}

fn comparable(x: f64, y: f64) -> bool {
    if x <= 0.0 || y <= 0.0 {
        return false;
    }
    let ratio = (x / y).max(y / x);
    let power = ratio.log10().round();
    ratio <= LARGEST_RATIO || (power >= 1.0 && (ratio / 10f64.powf(power) - 1.0).abs() < 0.005)
}

/// `from the dam` and `from the chimney` are different distances.
fn origins_differ(a: &Fact, b: &Fact) -> bool {
    let origin = |fact: &Fact| {
        let quote = fact.evidence.quote.to_lowercase();
        let at = ["from the ", " from ", " от ", "에서 "]
            .iter()
            .find_map(|word| Some(quote.find(word)? + word.len()))?;
        let words: Vec<String> =
            quote[at..].split_whitespace().take(4).map(|w| w.chars().take(5).collect()).collect();
        Some(words)
    };
    if a.statement.kind() != FactKind::Distance {
        return false;
    }
    match (origin(a), origin(b)) {
        (Some(one), Some(other)) => !one.iter().any(|word| word.chars().count() >= 4 && other.contains(word)),
        _ => false,
    }
}

/// Positions far from a cluster of at least two others.
fn stray_positions(facts: &[Fact]) -> Vec<Inconsistency> {
    let places: Vec<(&Fact, f64, f64)> = facts
        .iter()
        .filter_map(|fact| match &fact.statement {
            Statement::Location(Location::Point { latitude, longitude }) => {
                Some((fact, *latitude, *longitude))
            }
            Statement::Location(Location::Extent { south, west, north, east }) => {
                Some((fact, (south + north) / 2.0, (west + east) / 2.0))
            }
            _ => None,
        })
        // A list of hundreds of points is a survey grid; nothing is said about it.
        .take(200)
        .collect();
    let near = |at: usize, limit: f64| {
        places
            .iter()
            .enumerate()
            .filter(|(other, place)| {
                *other != at && kilometres((places[at].1, places[at].2), (place.1, place.2)) <= limit
            })
            .count()
    };
    let Some(home) = (0..places.len())
        .filter(|at| near(*at, CLUSTER) >= 1)
        .max_by_key(|at| (near(*at, CLUSTER), usize::MAX - at))
    else {
        return Vec::new();
    };
    (0..places.len())
        .filter(|at| near(*at, OUTLIER) == 0)
        .map(|at| {
            let apart = kilometres((places[home].1, places[home].2), (places[at].1, places[at].2));
            Inconsistency {
                kind: InconsistencyKind::Quantity,
                subject: "position".to_owned(),
                message: Code::PositionApart.with("km", format!("{apart:.0}")),
                citation: String::new(),
                evidence: vec![places[home].0.evidence.clone(), places[at].0.evidence.clone()],
            }
        })
        .collect()
}

/// Great-circle distance on a sphere of 6371 km.
fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (d_lat, d_lon) = (lat_b - lat_a, (b.1 - a.1).to_radians());
    let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
    6371.0 * 2.0 * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_follows_the_printed_places() {
        assert_eq!(rounding("180,000 tonnes", 180_000.0), 5000.0);
        assert_eq!(rounding("12,5 га", 12.5), 0.05);
        assert_eq!(rounding("0.27 ha", 0.27), 0.005);
        assert_eq!(rounding("214 hectares", 214.0), 0.5);
    }

    #[test]
    fn values_far_apart_mean_different_things_unless_a_power_of_ten() {
        assert!(comparable(200.0, 250.0));
        assert!(comparable(12.5, 125.0));
        assert!(!comparable(6.25, 100.0));
        assert!(!comparable(0.0, 1.0));
    }
}
