//! Which category does the report claim for its project?
//!
//! A sentence counts if it speaks of impact, hazard or the list of activities, or if it classifies something and names
//! nothing that has categories of its own (roads, soils, pipelines, power supply, fire hazard, sources of emissions).

use std::sync::LazyLock;

use regex::Regex;

use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::plain;
use crate::domain::document::{Block, Document};
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;

static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)categor(?:y|ies)\s+(?P<a>IV|I{1,3}|[1-4])\b|\b(?P<b>IV|I{1,3}|[1-4])\s*-?\s*(?:й|ой|я|ей|inchi|нчи)?\s*-?\s*(?:категори|toifa|тоифа)|категори\p{L}*\s+(?:воздействия\s+|опасности\s+)?[-–—:]?\s*(?P<c>IV|I{1,3}|[1-4])\b|\b(?P<d>IV|I{1,3})\s*(?:등급|범주|카테고리)";
    Regex::new(pattern).expect("the pattern is a constant, compiled by the tests")
});

/// The claim is about environmental expertise, not about a road or a soil.
const CONTEXT: &[&str] = &[
    "list of activities",
    "impact",
    "hazard",
    "expertise",
    "воздейств",
    "перечн",
    "экспертиз",
    "вид деятельности",
    "видам деятельности",
    "royxat",
    "faoliyat",
    "ekologik",
    "руйхат",
    "фаолият",
    "экологик",
];

/// Something is put into a category.
const CLASSIFIES: &[&str] = &[
    "belong",
    "classified",
    "assigned to",
    "falls into",
    "falls under",
    "fall into",
    "fall under",
    "относится к",
    "относятся к",
    "относим",
    "отнес",
    "kiritil",
    "mansub",
    "kiradi",
    "hisoblan",
    "киритил",
    "мансуб",
    "киради",
    "хисоблан",
    "분류",
    "해당",
];

/// What has categories of its own, and denials.
#[rustfmt::skip]
const OTHER_CATEGORIES: &[&str] = &[
    // Roads, ways, lines
    " road", "highway", "дорог", "автомобил", " yol", "avtomobil", " йул", "도로",
    "pipeline", "провод", "quvur", "кувур", "배관", "관로",
    // Soil, land, water
    " soil", " land ", " lands ", "почв", "грунт", "земел", "земл", "tuproq", "тупрок", " yer ", " yerlar", "yerlari",
    " ер ", " ерлар", "ерлари", "토양", "토지", "자연도",
    "water use", "water supply", "water bod", "водопольз", "водоснабж", "водоем", "водоток", "водного объект",
    "suvdan foydalan", "suv obyekt", "suv taminot", "сувдан фойдалан", "сув объект", "сув таъминот", "수질",
    // Supply, fire, buildings, hazard classes
    "reliab", "power supply", "electricity supply", "надежн", "электроснабж", "ishonchlilik", "elektr taminot",
    "ишончлилик", "электр таъминот", "전력", "fire", "пожар", "взрыв", "yongin", "portlash", "енгин", "портлаш", "화재",
    "소방", "building", "room", "здани", "сооружени", "помещени", "bino", "бино", "seism", "сейсм", "seysm",
    "опасност", "xavflilik", "хавфлилик", "выброс", "emission", "tashlanma", "ташланма", "сложност", "murakkab",
    "мураккаб", "storage volume", "нефтебаз", "neft baza", "нефть база",
    // Nature
    "protected", "охраня", "iucn", "red book", "красн", "qizil kitob", "кизил китоб", "species", "рыбохоз",
    // Denials
    " not ", "не относ", "не отнес", " emas", " эмас", "kirmaydi", "кирмайди", "아니", "않",
];

/// The category is denied, whatever else the sentence says.
#[rustfmt::skip]
const DENIES: &[&str] = &[
    "not belong", "not assigned", "not classified", "not fall", "не относ", "не отнес", "не присва", "не присво", "kirmaydi",
    "кирмайди", "해당하지 않", "해당되지 않",
];

/// The sentence speaks of a neighbour or of somebody else's project.
#[rustfmt::skip]
const OF_OTHERS: &[&str] = &[
    "neighbour", "neighbor", "another project", "another investor", "another company", "соседн", "другой инвестор",
    "другого инвестора", "другого объекта", "qoshni", "кушни", "boshqa tashkilot", "бошка ташкилот", "인근", "인접",
    "타 사업", "narida qurilayotgan",
];

/// The sentence says how far away its subject lies.
#[rustfmt::skip]
const AWAY: &[&str] =
    &["narida", "uzoqlikda", "нарида", "узокликда", "km away", "km to the", "km from", " км от ", " км к "];

/// A claim of a category.
pub(super) struct Claim {
    /// `I` to `IV`.
    pub category: String,
    /// Where it stands.
    pub evidence: Evidence,
}

/// Returns the claims of a report in its order.
pub(super) fn claims(document: &Document) -> Vec<Claim> {
    evidence_blocks(document).flat_map(|block| claims_of(document, block)).collect()
}

/// True if a plain sentence is about a project that is not the report's own.
pub(super) fn is_of_others(plain: &str) -> bool {
    any(plain, OF_OTHERS)
}

fn claims_of(document: &Document, block: &Block) -> Vec<Claim> {
    let text = block.span.range.of(&document.text);
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "ategor", "ATEGOR", "атегори", "АТЕГОРИ", "oifa", "OIFA", "оифа", "ОИФА", "등급", "범주", "카테고리",
    ];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for sentence in sentences_of(block, text) {
        let words = sentence.of(text);
        let Some(captures) = CLAIM.captures(words) else { continue };
        if !is_claim(words) {
            continue;
        }
        let named = ["a", "b", "c", "d"].iter().find_map(|group| captures.name(group));
        let (Some(named), Some(whole)) = (named, captures.get(0)) else { continue };
        let start = block.span.range.start + sentence.start;
        let figure = TextRange::new(start + whole.start(), start + whole.end());
        let range = TextRange::new(start, start + sentence.len());
        found.push(Claim {
            category: roman(named.as_str()),
            evidence: evidence(document, range, figure, None),
        });
    }
    found
}

fn is_claim(sentence: &str) -> bool {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let words = format!(" {} ", plain(&words.join(" ")));
    if is_of_others(&words) || any(&words, DENIES) {
        return false;
    }
    any(&words, CONTEXT) || (any(&words, CLASSIFIES) && !any(&words, OTHER_CATEGORIES) && !any(&words, AWAY))
}

fn any(words: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| words.contains(cue))
}

fn roman(text: &str) -> String {
    match text {
        "1" => "I".to_owned(),
        "2" => "II".to_owned(),
        "3" => "III".to_owned(),
        "4" => "IV".to_owned(),
        other => other.to_uppercase(),
    }
}
