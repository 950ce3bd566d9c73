//! Does another project's name stand in copied text?
//!
//! A name in quotation marks, or of capitals, beside a word for a project or works. The project's own names are those of
//! the first page. Raised is only a name that recurs, in one top-level section alone, in sentences that speak of the
//! project itself, while the own name runs through the report – or one that stands once as the origin of what the report
//! answers for (`the leachate of the … Plant will be collected`). Everything less certain is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::fold;
use crate::domain::document::{BlockKind, Document};
use crate::domain::explanation::Code;
use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
use crate::domain::span::TextRange;

/// Bytes of the document in which its own names stand.
const FIRST_PAGE: usize = 2500;

/// A pattern for names and the words without which it cannot match.
struct Naming {
    needs: &'static [&'static str],
    pattern: Regex,
}

static NAMINGS: LazyLock<[Naming; 5]> = LazyLock::new(|| {
    let naming = |needs, pattern: &str| Naming {
        needs,
        pattern: Regex::new(pattern).expect("the patterns are constants, compiled by the tests"),
    };
    [
        naming(
            &[
                "Project",
                "Mine",
                "Quarry",
                "Landfill",
                "Farm",
                "Plant",
                "Pipeline",
                "Reservoir",
                "project",
                "mine",
                "quarry",
                "landfill",
                "plant",
                "pipeline",
            ],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:(?:Gold|Solar|Wind|Copper|Coal|Gas|Cement|Power|Ore|Processing|Hydropower)\s)?(?:Project|Mine|Quarry|Landfill|Farm|Plant|Pipeline|Reservoir|project|mine|quarry|landfill|plant|pipeline)\b",
        ),
        naming(
            &["«", "“", "\""],
            r"(?:[Пп]роект|[Кк]арьер|[Зз]авод|[Оо]бъект|[Мм]есторождени|[Фф]абрик|[Кк]омбинат|[Кк]омплекс|ООО|АО|СП)[а-я]{0,4}\s*[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]",
        ),
        naming(
            &["»", "”", "\""],
            r"[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]\s*(?:MCHJ|zavodi|loyihasi|karyeri|korxonasi|fermasi|koni|fabrika|kombinat|majmua|МЧЖ|заводи|лойиҳаси|карьери|корхонаси|фермаси|кони|фабрика|комбинат|мажмуа)",
        ),
        naming(
            &["Mill", "Factory", "Complex", "Smelter", "Refinery", "Terminal", "Depot", "Brewery"],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:Mill|Factory|Complex|Smelter|Refinery|Terminal|Depot|Brewery)\b",
        ),
        naming(
            &["단지", "발전소", "골프장", "매립장", "채석장", "사업"],
            r"(?P<name>[가-힣]{2,10}) ?(?:물류단지|산업단지|태양광발전소|풍력발전단지|골프장|매립장|채석장|발전소|준설사업|조성사업|개발사업)",
        ),
    ]
});

/// The sentence speaks of the project itself.
const OWN: [&str; 20] = [
    "proposed",
    "this project",
    "will be",
    "would be",
    "is planned",
    "the project",
    "проектом",
    "проектируем",
    "намечаем",
    "планируе",
    "предусм",
    "будет",
    "loyiha",
    "rejalashtir",
    "quriladi",
    "лойиха",
    "режалаштир",
    "курилади",
    "본 사업",
    "계획",
];

/// The sentence speaks of something else on purpose.
const OTHER: [&str; 26] = [
    "adjacent",
    "neighbour",
    "neighbor",
    "nearby",
    "similar",
    "other",
    "existing",
    "cumulative",
    "compared",
    "previous",
    "km ",
    "соседн",
    "аналог",
    "существующ",
    "ранее",
    "сравнени",
    "близлежащ",
    "qoʻshni",
    "qo'shni",
    "mavjud",
    "oʻxshash",
    "кушни",
    "мавжуд",
    "인근",
    "기존",
    "유사",
];

/// What the report answers for: said to come from somewhere else, it was copied.
const ANSWERED_FOR: [&str; 28] = [
    "leachate",
    "wastewater",
    "waste water",
    "sewage",
    "effluent",
    "emissions",
    "dust",
    "staff",
    "personnel",
    "workers",
    "employees",
    "персонал",
    "работник",
    "сотрудник",
    "сточн",
    "выброс",
    "фильтрат",
    "oqova suv",
    "xodim",
    "ishchi",
    "chiqindi",
    "окова сув",
    "ходим",
    "ишчи",
    "чикинди",
    "오수",
    "폐수",
    "훼손",
];

/// The name is where something comes from.
static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
    // Before the name `of the`; after it a genitive or locative, or `because of the project`. Russian has neither
    // preposition nor ending on a name in quotation marks.
    let pattern = r"(?:\b(?:of|from) (?:the )?$)|(?:^[»”\x22]?\s*\p{L}*(?:ning|нинг|sida|сида)\b)|(?:^[가-힣 ]*?(?:으로 인하여|의 시행으로|의 운영으로))|(?:(?:ого|ой|а|я|ов)(?:\s+\p{Ll}+(?:ого|ой|а|я))?\s*[«“\x22]$)";
    Regex::new(pattern).expect("the pattern is a constant, compiled by the tests")
});

/// Words that begin a sentence or stand in any name.
const COMMON: [&str; 16] = [
    "the",
    "this",
    "proposed",
    "existing",
    "new",
    "a",
    "an",
    "treatment",
    "wastewater",
    "power",
    "our",
    "each",
    "such",
    "that",
    "environmental",
    "national",
];

#[derive(Default)]
struct Mentions {
    sections: BTreeSet<Option<SectionId>>,
    quotes: Vec<Evidence>,
    is_own_claim: bool,
    is_other: bool,
    on_first_page: bool,
    /// What the report answers for comes from there.
    is_origin: bool,
}

/// Returns the names that look copied from another report.
pub(super) fn check(document: &Document) -> Vec<Inconsistency> {
    let mentions = mentions(document);
    let own: Vec<&String> = mentions.iter().filter(|(_, m)| m.on_first_page).map(|(name, _)| name).collect();
    let runs_through = mentions.iter().any(|(_, m)| m.on_first_page && m.sections.len() >= 3);
    let beginning = fold(&document.text[..first_page(document)]);
    let mut found: Vec<Inconsistency> = mentions
        .iter()
        .filter(|(name, m)| {
            let recurs = runs_through && m.quotes.len() >= 2 && m.is_own_claim;
            let is_new = !name.split(' ').any(|word| beginning.contains(word));
            !m.on_first_page
                && m.sections.len() == 1
                && (recurs || m.is_origin && is_new)
                && !m.is_other
                && !own.iter().any(|own| related(own, name))
        })
        .map(|(_, m)| Inconsistency {
            kind: InconsistencyKind::ForeignName,
            subject: m.quotes[0].quote.chars().take(80).collect(),
            message: Code::ForeignName.into(),
            citation: String::new(),
            evidence: m.quotes.iter().take(3).cloned().collect(),
        })
        .collect();
    found.sort_by_key(|one| one.evidence[0].span);
    found
}

/// Bytes at the beginning in which a report says what it is about.
fn first_page(document: &Document) -> usize {
    let mut end = FIRST_PAGE.min(document.text.len() / 3);
    while !document.text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn mentions(document: &Document) -> BTreeMap<String, Mentions> {
    let first_page = first_page(document);
    let mut all: BTreeMap<String, Mentions> = BTreeMap::new();
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        let possible: Vec<&Naming> =
            NAMINGS.iter().filter(|naming| naming.needs.iter().any(|word| text.contains(word))).collect();
        if possible.is_empty() {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let words = sentence.of(text);
            let folded = fold(words);
            for captures in possible.iter().flat_map(|naming| naming.pattern.captures_iter(words)) {
                let Some(name) = captures.name("name") else { continue };
                let key = name_key(name.as_str());
                if key.is_empty() {
                    continue;
                }
                let start = block.span.range.start + sentence.start;
                let figure = TextRange::new(start + name.start(), start + name.end());
                let range = TextRange::new(start, start + sentence.len());
                let entry = all.entry(key).or_default();
                entry.sections.insert(top_section(document, figure.start));
                entry.on_first_page |= figure.start < first_page;
                if block.kind != BlockKind::Heading {
                    entry.is_own_claim |= OWN.iter().any(|cue| folded.contains(cue));
                    entry.is_other |= OTHER.iter().any(|cue| folded.contains(cue));
                    let (before, after) = (&words[..name.start()], &words[name.end()..]);
                    let comes_from = ORIGIN.is_match(before) || ORIGIN.is_match(after);
                    entry.is_origin |= comes_from && ANSWERED_FOR.iter().any(|cue| folded.contains(cue));
                }
                entry.quotes.push(evidence(document, range, figure, None));
            }
        }
    }
    all
}

/// Words of a name without articles, folded.
fn name_key(name: &str) -> String {
    let words: Vec<String> =
        name.split_whitespace().map(fold).filter(|word| !COMMON.contains(&word.as_str())).collect();
    words.join(" ")
}

/// Names that share a word, or the beginning of one, belong to one project.
fn related(a: &str, b: &str) -> bool {
    let stem = |word: &str| word.chars().take(5).collect::<String>();
    let stems: BTreeSet<String> = a.split_whitespace().map(stem).collect();
    b.split_whitespace().any(|word| stems.contains(&stem(word)))
}

fn top_section(document: &Document, offset: usize) -> Option<SectionId> {
    let mut section = document.section_at(offset)?;
    while let Some(parent) = section.parent.and_then(|id| document.section(id)) {
        section = parent;
    }
    Some(section.id)
}
