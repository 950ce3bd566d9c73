//! What do the numbers of a sentence say: how far, how much, how many times the limit?
//!
//! Limits come from the dated table of the lexicon ([`crate::rules::lexicon_limits`]), never from code. Accepts
//! decimal comma and point, blanks inside numbers (NBSP, thin space) and the units of all five scripts.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::rules::lexicon_limits::{Limits, Quantity};
use crate::text::numerals::{has_decimal_comma, value_of};

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Length in metres.
    Distance,
    /// Multiple of a permissible concentration.
    ConcentrationRatio,
    /// Sound level, dB(A).
    Noise,
    /// Dose rate, µSv/h.
    DoseRate,
    /// Seismic points.
    Seismic,
    /// Area in hectares.
    Area,
    /// Mass in tonnes (per year or stored).
    Mass,
    /// Volume in cubic metres.
    Volume,
    /// People, households or houses.
    People,
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    /// What it measures.
    pub measure: Measure,
    /// Value in the unit of the measure.
    pub value: f64,
    /// Where it stands in the sentence.
    pub range: TextRange,
}

const NUMBER: &str = r"([0-9]+(?:[ \u{a0}\u{2009}\u{202f}][0-9]{3})*(?:[.,][0-9]+)*)";

/// Bytes after a length in which a height is named as such.
const HEIGHT_REACH: usize = 32;

struct Rule {
    measure: Measure,
    pattern: Regex,
    /// Factor by the unit that was captured.
    factor: fn(&str) -> f64,
}

fn rule(measure: Measure, after: &str, factor: fn(&str) -> f64) -> Rule {
    let pattern = Regex::new(&format!(r"(?i){NUMBER}[ \u{{a0}}\u{{2009}}\u{{202f}}-]*{after}"));
    Rule { measure, pattern: pattern.expect("the patterns are constants"), factor }
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        rule(Measure::ConcentrationRatio, r"(?:доли |доля )?(ПДК|REK|RECHK|PDK|РЭК|РЭЧК|MPC)\w*", |_| 1.0),
        rule(
            Measure::ConcentrationRatio,
            r"(times|fold)\b[^.;]{0,12}(?:the )?(?:limit|MPC|standard)",
            |_| 1.0,
        ),
        rule(Measure::ConcentrationRatio, r"(배)[^.;]{0,4}초과", |_| 1.0),
        Rule {
            measure: Measure::ConcentrationRatio,
            pattern: Regex::new(r"기준(?:치)?의 ?([0-9]+(?:[.,][0-9]+)?) ?(배)")
                .expect("the patterns are constants"),
            factor: |_| 1.0,
        },
        rule(Measure::Noise, r"(дБА?|dBA?|dB\(A\)|데시벨)", |_| 1.0),
        rule(Measure::DoseRate, r"(мкЗв/ч|мкЗв/соат|mkZv/soat|µSv/h|μSv/h)", |_| 1.0),
        rule(Measure::Seismic, r"(балл|ball|points?\b)", |_| 1.0),
        rule(
            Measure::Area,
            r"(га\b|гектар|gektar|ga\b|ha\b|hectares?|acres?|㎡|м2|м²|m2|m²|헥타르)",
            |unit| match unit.to_lowercase().as_str() {
                "acre" | "acres" => 0.405,
                "㎡" | "м2" | "м²" | "m2" | "m²" => 0.0001,
                _ => 1.0,
            },
        ),
        rule(
            Measure::Mass,
            r"(тыс\.? ?т|млн ?т|т/год|т\b|тонн|tonna|t/yil|ming tonna|tonnes?|tons?|tpy|t\b|kg|кг|톤|만 톤|만톤|만 tCO|tCO)",
            |unit| match unit.to_lowercase().as_str() {
                "kg" | "кг" => 0.001,
                _ => 1.0,
            },
        ),
        rule(
            Measure::Volume,
            r"(?:млн ?|mln ?|million ?)?(м3|м³|m3|m³|㎥|куб|kub|gallons?|acre-feet|톤/일)",
            |_| 1.0,
        ),
        rule(
            Measure::People,
            r"(?:\w+ )?(жител|человек|семе|семьи|домохозяйств|жилых дом|дом\w*|хозяйств|xonadon|aholi|kishi|oila|ta uy|ta turar|ta fermer|хонадон|киши|оила|та уй|та турар|та фермер|가구|세대|명의 주민|주민|households?|houses?|homes?|people|residents?|families)",
            |_| 1.0,
        ),
        rule(
            Measure::Distance,
            // Cases and particles follow the unit: "метрах", "kmda", "m를".
            r"(километр\p{Cyrillic}*|kilometr\p{Latin}*|км(?:да|дан|га|гача|лик)?|km(?:da|dan|ga|gacha|lik)?|킬로미터|㎞|miles?|metres?|meters?|feet|foot|ft|метр\p{Cyrillic}*|metr\p{Latin}*|м|m|미터)(?:$|\p{Hangul}|[^\p{L}\p{N}/])",
            |unit| {
                let unit = unit.to_lowercase();
                let is = |beginnings: &[&str]| beginnings.iter().any(|beginning| unit.starts_with(beginning));
                if is(&["к", "k", "킬", "㎞"]) {
                    1000.0
                } else if is(&["mile"]) {
                    1609.0
                } else if is(&["f"]) {
                    0.305
                } else {
                    1.0
                }
            },
        ),
    ]
});

/// Returns the amounts of a sentence in order of place; the language decides what a comma before three digits means.
pub fn amounts(sentence: &str, language: Option<Language>) -> Vec<Amount> {
    if !sentence.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let decimal_comma = has_decimal_comma(sentence, language);
    let read = |rule: &'static Rule| {
        let all = rule.pattern.captures_iter(sentence);
        all.filter_map(move |captures| amount(rule, &captures, sentence, decimal_comma))
    };
    let mut found: Vec<Amount> = RULES.iter().flat_map(read).collect();
    found.sort_by_key(|amount| (amount.range.start, amount.measure));
    found
}

fn amount(rule: &Rule, captures: &Captures<'_>, sentence: &str, decimal_comma: bool) -> Option<Amount> {
    let number = captures.get(1)?;
    let unit = captures.get(2).map_or("", |unit| unit.as_str());
    if rule.measure == Measure::Distance && is_dimension(captures, sentence) {
        return None;
    }
    let value = value_of(number.as_str(), decimal_comma)? * (rule.factor)(unit);
    Some(Amount { measure: rule.measure, value, range: TextRange::new(number.start(), number.end()) })
}

/// True for a height above the sea, a dimension of a thing (`4-foot wide`, `covered with 0.6 m of loam`) or a
/// mark along a line (`17-km`): no distance to anything.
fn is_dimension(captures: &Captures<'_>, sentence: &str) -> bool {
    const AFTER: [&str; 32] = [
        "in elevation",
        "above sea",
        "above mean sea",
        "elevation",
        "wide",
        "thick",
        "deep",
        "tall",
        "high ",
        "in diameter",
        "long ",
        "long,",
        "long-",
        "in length",
        "of drawdown",
        "в длину",
        "uzunlikda",
        "узунликда",
        "길이",
        "in height",
        "in width",
        "in depth",
        "над уровнем",
        "в ширину",
        "в глубину",
        "в высоту",
        "dengiz sathi",
        "qalinlik",
        "kenglikda",
        "chuqurlik",
        "денгиз сатҳи",
        "чуқурлик",
    ];
    const BEFORE: [&str; 27] = [
        "해발",
        "폭",
        "두께",
        "높이",
        "깊이",
        "elevation of",
        "depth of",
        "width of",
        "thickness of",
        "глубиной",
        "шириной",
        "толщиной",
        "высотой",
        "слоем",
        "length of",
        "drawdown of",
        "drawdown is",
        "длиной",
        "протяженностью",
        "протяжённостью",
        "понижение на",
        "uzunligi",
        "chuqurligi",
        "узунлиги",
        "чуқурлиги",
        "길이",
        "연장",
    ];
    const UNDER: [&str; 5] = ["with", "under", "beneath", "below", "layer of"];
    let (start, end) = captures.get(0).map_or((0, 0), |all| (all.start(), all.end()));
    let is_joined = captures
        .get(1)
        .zip(captures.get(2))
        .is_some_and(|(number, unit)| sentence[number.end()..unit.start()].starts_with('-'));
    if is_joined && captures.get(2).is_some_and(|unit| ["км", "km"].contains(&unit.as_str())) {
        return true;
    }
    let near = sentence.ceil_char_boundary((end + HEIGHT_REACH).min(sentence.len()));
    let after = sentence[end..near].to_lowercase();
    let after = after.trim_start_matches([' ', '\u{a0}', '-']);
    let before = sentence[..start].trim_end();
    AFTER.iter().any(|words| after.starts_with(words))
        || BEFORE.iter().any(|words| before.ends_with(words))
        || (after.starts_with("of ") && UNDER.iter().any(|words| before.ends_with(words)))
}

/// Which computed cues hold for the numbers of a sentence (see [`crate::rules::lexicon::COMPUTED_CUES`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberCues {
    /// A length is given.
    pub distance: bool,
    /// A length at or below the near bound.
    pub near: bool,
    /// All lengths are beyond the far bound.
    pub far: bool,
    /// A value at or above its limit.
    pub above_limit: bool,
    /// A value between watch value and limit.
    pub near_limit: bool,
    /// An area.
    pub area: bool,
    /// Any amount at all.
    pub quantity: bool,
    /// A mass.
    pub mass: bool,
    /// A number of people or houses.
    pub people: bool,
    /// Seismic points at or above the limit.
    pub high_seismic: bool,
}

/// Grades the amounts against the table; `distance` says which row bounds lengths.
pub fn grade(amounts: &[Amount], limits: &Limits, distance: Quantity, night: bool) -> NumberCues {
    let of =
        |measure: Measure| amounts.iter().filter(move |amount| amount.measure == measure).map(|a| a.value);
    let mut cues = NumberCues {
        quantity: !amounts.is_empty(),
        distance: of(Measure::Distance).next().is_some(),
        area: of(Measure::Area).next().is_some(),
        mass: of(Measure::Mass).next().is_some(),
        people: of(Measure::People).next().is_some(),
        ..NumberCues::default()
    };
    if let Some(bounds) = limits.of(distance) {
        cues.near = of(Measure::Distance).any(|value| value <= bounds.limit);
        cues.far = cues.distance && of(Measure::Distance).all(|value| value > bounds.watch);
    }
    let noise = if night { Quantity::NightNoiseDba } else { Quantity::NoiseDba };
    let rows = [
        (Measure::ConcentrationRatio, Quantity::ConcentrationRatio),
        (Measure::Noise, noise),
        (Measure::DoseRate, Quantity::DoseRate),
    ];
    for (measure, quantity) in rows {
        let Some(row) = limits.of(quantity) else { continue };
        cues.above_limit |= of(measure).any(|value| value >= row.limit);
        cues.near_limit |= of(measure).any(|value| value >= row.watch && value < row.limit);
    }
    if let Some(row) = limits.of(Quantity::SeismicPoints) {
        cues.high_seismic = of(Measure::Seismic).any(|value| value >= row.limit && value <= 12.0);
    }
    cues
}

/// Words by which a sentence speaks of the night.
const NIGHT: [&str; 5] = ["night", "ноч", "tun", "тун", "야간"];

/// The computed cues of one sentence, graded once: lengths to nature are bounded by another row than lengths to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SentenceNumbers {
    nature: NumberCues,
    receptor: NumberCues,
}

impl SentenceNumbers {
    /// Grades the amounts of `text`; `exceeds_limit` says that it gives a value beside a stricter limit.
    pub(super) fn of(text: &str, amounts: &[Amount], exceeds_limit: bool, limits: &Limits) -> Self {
        let lower = text.to_lowercase();
        let night = NIGHT.iter().any(|word| lower.contains(word));
        let graded = |distance: Quantity| {
            let mut cues = grade(amounts, limits, distance, night);
            cues.above_limit |= exceeds_limit;
            cues
        };
        Self { nature: graded(Quantity::ProtectedDistance), receptor: graded(Quantity::ReceptorDistance) }
    }

    /// Returns the cues for a category by its code.
    pub(super) fn of_category(&self, code: &str) -> &NumberCues {
        if code == "R01" { &self.nature } else { &self.receptor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;

    fn first(sentence: &str, measure: Measure) -> f64 {
        amounts(sentence, None).into_iter().find(|amount| amount.measure == measure).unwrap().value
    }

    #[test]
    fn numbers_are_read_with_comma_point_and_blanks() {
        assert_eq!(first("0,92 ПДК", Measure::ConcentrationRatio), 0.92);
        assert_eq!(first("1.5 REKni tashkil etadi", Measure::ConcentrationRatio), 1.5);
        assert_eq!(first("на расстоянии 1\u{a0}200 м от реки", Measure::Distance), 1200.0);
        assert_eq!(first("1,200 m away", Measure::Distance), 1200.0);
        assert_eq!(first("반경 10km 이내", Measure::Distance), 10_000.0);
        assert_eq!(first("жилье в 1,2 км.", Measure::Distance), 1200.0);
        assert_eq!(first("школа в 300 метрах", Measure::Distance), 300.0);
        assert_eq!(first("uya 300 metrdan uzoq emas", Measure::Distance), 300.0);
        assert_eq!(first("боғча 2 кмда", Measure::Distance), 2000.0);
        assert_eq!(first("보호구역을 220m를 가로지른다", Measure::Distance), 220.0);
    }

    #[test]
    fn a_comma_before_three_digits_is_read_by_the_habits_of_the_language() {
        let metres = |sentence: &str, language: Language| amounts(sentence, Some(language))[0].value;
        let russian = "Гнездо балобана находится в 1,250 км от площадки.";
        assert_eq!(metres(russian, Language::Russian), 1250.0);
        assert_eq!(metres("Uya maydondan 1,250 km uzoqlikda.", Language::UzbekLatin), 1250.0);
        assert_eq!(metres("Уя майдондан 1,250 км узоқликда.", Language::UzbekCyrillic), 1250.0);
        assert_eq!(metres("The nest is 1,250 m from the plant.", Language::English), 1250.0);
        assert_eq!(metres("둥지는 1,250m 떨어져 있다.", Language::Korean), 1250.0);
    }

    #[test]
    fn cubic_and_square_metres_are_no_distances() {
        for sentence in ["5 m3 of soil", "5 м3 воды", "12 m² of roof", "40 MW", "0.2 mg/l"] {
            let lengths = amounts(sentence, None)
                .into_iter()
                .filter(|amount| amount.measure == Measure::Distance)
                .count();
            assert_eq!(lengths, 0, "{sentence}");
        }
    }

    #[test]
    fn heights_and_dimensions_are_no_distances() {
        for sentence in [
            "They occur up to 4,200 feet in elevation.",
            "на высоте 1200 м над уровнем моря",
            "해발 300m",
            "a 4-foot wide trail through the reserve",
            "covered with 0.6 m of loam and sown with saxaul",
            "канал шириной 12 м",
            "폭 20m 도로",
            "A 270-foot-long bridge is built over the wetlands.",
            "a pipe of 40 m in length crosses the stream",
            "The wells cause a drawdown of 1.9 m at the reserve.",
            "мост длиной 80 м над рекой",
            "uzunligi 120 m bo'lgan ko'prik",
            "길이 45m 교량",
        ] {
            assert!(amounts(sentence, None).iter().all(|a| a.measure != Measure::Distance), "{sentence}");
        }
    }

    #[test]
    fn values_are_graded_by_the_table() {
        let limits = Lexicon::load_builtin().unwrap().limits;
        let cues = |text: &str| grade(&amounts(text, None), &limits, Quantity::ProtectedDistance, false);
        assert!(cues("0,92 ПДК").near_limit);
        assert!(cues("1,4 ПДК").above_limit);
        assert!(cues("в 45 км от площадки").far);
        assert!(cues("гнездо в 1,2 км").near);
        assert!(cues("within 500 m of the reserve").near);
        assert!(!cues("0.12 µSv/h").above_limit);
        assert!(cues("62 dB(A)").above_limit);
        assert!(cues("9 баллов").high_seismic);
    }

    #[test]
    fn a_length_that_is_near_for_nature_is_not_near_for_people() {
        let limits = Lexicon::load_builtin().unwrap().limits;
        let text = "в 1,250 км от площадки";
        let numbers = SentenceNumbers::of(text, &amounts(text, None), false, &limits);
        assert!(numbers.of_category("R01").near && !numbers.of_category("R14").near);
    }
}
