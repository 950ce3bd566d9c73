//! Does another project's name stand in copied text?
//!
//! A name in quotation marks, or of capitals, beside a word for a project or works. The project's own names are those of
//! the first page. Raised is only a name that recurs, in one top-level section alone, in sentences that speak of the
//! project itself, while the own name runs through the report – or one that stands in one section as the origin of what the
//! report answers for (`the leachate of the … Plant will be collected`). Of more kinds of works such an origin counts only
//! where the same clause says what is done with it (`stormwater from the … Works is led to a basin`). A name that shares a
//! word with the first page, or whose first word stands elsewhere in the report, belongs here: it is that of a place, a
//! neighbour or a supplier. Everything less certain is left alone.

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
    /// Such a name counts by itself, and not only where a clause says what is done with what comes from there.
    is_project: bool,
}

static NAMINGS: LazyLock<[Naming; 8]> = LazyLock::new(|| {
    let with = |is_project, needs, pattern: &str| Naming {
        needs,
        pattern: Regex::new(pattern).expect("the patterns are constants, compiled by the tests"),
        is_project,
    };
    let naming = |needs: &'static [&'static str], pattern: &str| with(true, needs, pattern);
    let works = |needs: &'static [&'static str], pattern: &str| with(false, needs, pattern);
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
        works(
            &[
                "Works", "Station", "Hatchery", "Tannery", "Foundry", "Dairy", "Abattoir", "Feedlot",
                "Winery", "Park",
            ],
            r"\b(?P<name>(?:[A-Z][a-z’'-]+\s){1,3})(?:Works|(?:Power|Pumping|Compressor|Filling) Station|Hatchery|Tannery|Foundry|Dairy|Abattoir|Feedlot|Winery|(?:Industrial|Logistics|Business|Wind) Park)\b",
        ),
        works(
            &["«", "“", "\""],
            r"(?:[Сс]танци|[Фф]ерм|[Рр]удник|[Шш]ахт|[Пп]олигон|[Хх]озяйств|[Пп]редприяти|[Тт]ерминал)[а-я]{0,4}\s*[«“\x22](?P<name>[^»“”\x22\n]{3,40})[»”\x22]",
        ),
        works(
            &["처리시설", "처리장", "자원화시설", "공장", "농장"],
            r"(?P<name>[가-힣]{2,6}) (?:가축분뇨|축산폐수|음식물|도축|도계|염색|제련|제지|레미콘|아스콘|시멘트|양돈|양계|생활폐기물) ?(?:처리시설|처리장|자원화시설|공장|농장)",
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

/// The name is that of a genitive behind what comes from there, and the clause says what is done with it.
static HANDLED: LazyLock<[Clause; 3]> = LazyLock::new(|| {
    let clause = |before: &str, after: &str, sections| Clause {
        before: Regex::new(before).expect("the patterns are constants, compiled by the tests"),
        after: Regex::new(after).expect("the patterns are constants, compiled by the tests"),
        sections,
    };
    [
        clause(
            r"(?:^|[^\p{L}-])(?:storm ?water|rain ?water|run-?off|leachate|waste ?water|sewage|effluent|emissions|dust|noise|odou?rs?|smell|waste|refuse|rubbish|sludge|spoil|staff|personnel|workers|employees|operators|drivers|guards) (?:from|of|at) (?:the )?$",
            r"^[^.;:,|]{0,50}? (?:will be|is|are|shall be|must be) (?:\p{L}+ly )?(?:led|collected|treated|taught|trained|instructed|briefed|drained|piped|pumped|hauled|removed|stored|kept|handed|discharged|disposed|sprayed|settled|captured|screened|sampled|sorted|equipped|reduced|limited)\b",
            &[],
        ),
        // Russian says by the case alone what comes from where: only under a heading that speaks of it.
        clause(
            r"^(?:\p{L}+ ){1,4}\p{L}*(?:завода|комбината|фабрики|комплекса|хозяйства|предприятия|фермы|рудника|шахты|станции|терминала)\s*[«“\x22]$",
            r"^[»”\x22]?\s*(?:буд[уе]т )?(?:\p{L}+о )?(?:вывоз|направля|собира|отвод|сбрасыва|очища|складиру|утилизиру|обезврежива|хранятся|отстаива|накаплива|обуча|проход[ия]т (?:инструкт|обучен))",
            &["отход", "сточн", "стоки", "водоотвед", "выброс", "персонал", "мероприят", "меры"],
        ),
        clause(
            r"^$",
            r"^ (?:가축분뇨|축산폐수|음식물|도축|도계|염색|제련|제지|레미콘|아스콘|시멘트|양돈|양계|생활폐기물) ?(?:처리시설|처리장|자원화시설|공장|농장)(?:에서 (?:발생|배출)[가-힣]{1,3} |의 )(?:악취|오수|폐수|폐기물|침출수|소음|분진|비산먼지|배출가스|슬러지)[^.]{0,60}?(?:줄이|줄인|저감|처리|수거|이송|포집)",
            &[],
        ),
    ]
});

/// What stands around a name whose waste or staff the report answers for.
struct Clause {
    before: Regex,
    after: Regex,
    /// One of these stands in the headings above, if there are any.
    sections: &'static [&'static str],
}

/// Bytes of a sentence before and behind a name that make its clause.
const CLAUSE_REACH: usize = 400;

/// Prepositions that make the name the place where something goes to or comes from.
const TO_OR_FROM: [&str; 10] = [" на ", " в ", " с ", " со ", " к ", " от ", " для ", " из ", " по ", " у "];

/// What is used is bought, whoever it came from.
#[rustfmt::skip]
const USED: &[&str] = &[
    "raw material", "feedstock", "as fuel", "used as", "used for", "used in", "bought", "purchased", "сырь", "в качестве",
    "используе", "используют", "закупа", "xomashyo", "sifatida", "хомаше", "сифатида", "원료", "재활용",
];

/// Headings of sections on what stands around, what was before, and what others did.
#[rustfmt::skip]
const ELSEWHERE: &[&str] = &[
    "existing", "baseline", "setting", "surroundings", "background", "cumulative", "alternativ", "reference", "experience",
    "neighbour", "существующ", "состояние", "фоновы", "кумулятив", "альтернатив", "литератур", "опыт", "аналог",
    "mavjud", "holati", "muqobil", "adabiyot", "tajriba", "мавжуд", "холати", "мукобил", "адабиет", "тажриба",
    "현황", "누적", "대안", "주변", "문헌", "사례",
];

/// Words before the name of works that name nothing.
#[rustfmt::skip]
const NAMELESS: &[&str] = &[
    "public", "city", "municipal", "regional", "local", "state", "federal", "central", "main", "town", "county", "district",
    "water", "sewage", "waste", "civil", "site", "road", "자체", "신설", "공공", "개별", "각종", "모든", "해당", "당해", "운영",
    "계획", "설치", "별도", "위탁", "사업", "단지", "지역", "대상", "부지",
];

/// Ends of Korean words that are no names: `단지내`, `운영시`.
const PARTICLES: [char; 16] =
    ['내', '중', '시', '용', '형', '에', '의', '는', '은', '된', '한', '할', '로', '및', '등', '각'];

/// Most names that stand alone in one report: with more it speaks of others on purpose.
const MOST_ALONE: usize = 6;

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
    /// The clause says what is done with what comes from there.
    is_handled: bool,
}

/// Returns the names that look copied from another report.
pub(super) fn check(document: &Document) -> Vec<Inconsistency> {
    let mentions = mentions(document);
    let own: Vec<&String> = mentions.iter().filter(|(_, m)| m.on_first_page).map(|(name, _)| name).collect();
    let runs_through = mentions.iter().any(|(_, m)| m.on_first_page && m.sections.len() >= 3);
    let beginning = Beginning::of(document);
    let is_foreign = |(name, m): &(&String, &Mentions)| {
        !m.on_first_page && m.sections.len() == 1 && !m.is_other && !own.iter().any(|own| related(own, name))
    };
    let recurs = |m: &Mentions| runs_through && m.quotes.len() >= 2 && m.is_own_claim;
    let foreign: Vec<(&String, &Mentions)> = mentions.iter().filter(is_foreign).collect();
    let mut alone: Vec<(&String, &Mentions)> = foreign
        .iter()
        .filter(|(name, m)| !recurs(m) && (m.is_origin || m.is_handled) && !beginning.knows(name))
        .copied()
        .collect();
    if alone.len() > MOST_ALONE {
        alone.clear();
    }
    let frequencies = frequencies(document, &alone);
    alone.retain(|(name, m)| frequencies.get(first_word(name)).is_none_or(|count| *count <= m.quotes.len()));
    let mut found: Vec<Inconsistency> = foreign
        .iter()
        .filter(|(_, m)| recurs(m))
        .chain(&alone)
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

/// What stands on the first page, folded.
struct Beginning {
    text: String,
    words: BTreeSet<String>,
}

impl Beginning {
    fn of(document: &Document) -> Self {
        let text = fold(&document.text[..first_page(document)]);
        let words = words(&text).map(str::to_owned).collect();
        Self { text, words }
    }

    /// True if a word of the name stands there; a short one of letters without endings as a whole (`red` is in `covered`).
    fn knows(&self, name: &str) -> bool {
        name.split(' ').any(|word| {
            let is_short = !word.contains(is_hangul)
                && (word.chars().count() < 4 || (word.is_ascii() && word.len() < 5));
            if is_short { self.words.contains(word) } else { self.text.contains(word) }
        })
    }
}

/// How often the first words of these names stand in the report, by word.
fn frequencies(document: &Document, names: &[(&String, &Mentions)]) -> BTreeMap<String, usize> {
    let mut all: BTreeMap<String, usize> =
        names.iter().map(|(name, _)| (first_word(name).to_owned(), 0)).collect();
    if all.is_empty() {
        return all;
    }
    for block in evidence_blocks(document) {
        let folded = fold(block.span.range.of(&document.text));
        for word in words(&folded) {
            if let Some(count) = all.get_mut(word) {
                *count += 1;
            }
        }
    }
    all
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

/// The first word of a name as a text has it.
fn first_word(name: &str) -> &str {
    words(name).next().unwrap_or(name)
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
            let all_captures = possible.iter().flat_map(|naming| {
                naming.pattern.captures_iter(words).map(move |captures| (*naming, captures))
            });
            for (naming, captures) in all_captures {
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
                    entry.is_own_claim |= naming.is_project && OWN.iter().any(|cue| folded.contains(cue));
                    entry.is_other |= OTHER.iter().any(|cue| folded.contains(cue));
                    let is_used = || USED.iter().any(|cue| folded.contains(cue));
                    let (before, after) = (&words[..name.start()], &words[name.end()..]);
                    let comes_from = ORIGIN.is_match(before) || ORIGIN.is_match(after);
                    let is_answered_for = ANSWERED_FOR.iter().any(|cue| folded.contains(cue));
                    entry.is_origin |= naming.is_project && comes_from && is_answered_for && !is_used();
                    // Folding moves no byte.
                    let (before, after) = (&folded[..name.start()], &folded[name.end()..]);
                    entry.is_handled |=
                        is_handled(document, figure.start, name.as_str(), before, after) && !is_used();
                }
                entry.quotes.push(evidence(document, range, figure, None));
            }
        }
    }
    all
}

/// True if the clause around a name says what is done with what comes from there, in a section on the project's own doings.
fn is_handled(document: &Document, at: usize, name: &str, before: &str, after: &str) -> bool {
    if before.len() > CLAUSE_REACH {
        return false;
    }
    let after = &after[..after.floor_char_boundary(CLAUSE_REACH)];
    let is_nameless = name.split_whitespace().last().is_none_or(|word| {
        let folded = fold(word);
        NAMELESS.contains(&folded.as_str()) || (word.contains(is_hangul) && word.ends_with(PARTICLES))
    });
    let Some(clause) = HANDLED.iter().find(|one| one.before.is_match(before) && one.after.is_match(after))
    else {
        return false;
    };
    let path = document.section_at(at).map(|section| document.heading_path(section.id)).unwrap_or_default();
    let path = fold(&path);
    let says = |cues: &[&str]| cues.iter().any(|cue| path.contains(cue));
    let goes_or_comes = TO_OR_FROM.iter().any(|cue| before.contains(cue));
    let is_of_section = clause.sections.is_empty() || says(clause.sections);
    !is_nameless && !goes_or_comes && is_of_section && !says(ELSEWHERE)
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

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
