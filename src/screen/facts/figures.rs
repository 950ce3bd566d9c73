//! Is a figure of any kind given differently in two sections that speak of it in the same words?
//!
//! Stands beside [`super::agreement`], which compares figures whose kind is known: manure, gas or the height of a dam are
//! no facts, but may contradict each other all the same. A figure is known by its unit, its time and the words around
//! it. Two are one quantity if they share most of their words and no third figure does; none is compared whose clause
//! speaks of a part, a variant, a stage, a limit, a change, another time or another's plant, nor of which the difference
//! or the sum stands in the text too. Tables are left alone: what their figures are about stands elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::agreement::{LARGEST_RATIO, listed, speaks_of_others};
use super::amount::{Amount, amounts};
use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::{fold, plain};
use super::sentence::korean_period;
use crate::domain::document::{BlockKind, Document};
use crate::domain::explanation::Code;
use crate::domain::fact::{Base, Inconsistency, InconsistencyKind, Period, Unit};
use crate::domain::ids::SectionId;
use crate::domain::language::Language;
use crate::domain::span::TextRange;
use crate::text::language::detect;
use crate::text::numerals::has_decimal_comma;
use crate::text::tokens::lexical_terms;

/// Ratio of two values up to which they are rounded, not different.
const SMALLEST_RATIO: f64 = 1.05;
/// Words taken before and behind a figure.
const WORDS_BEFORE: usize = 8;
/// As [`WORDS_BEFORE`].
const WORDS_BEHIND: usize = 6;
/// Most amounts of a sentence that is no list.
const MOST_AMOUNTS: usize = 3;
/// Words before and behind a figure that make its clause.
const WORDS_OF_CLAUSE: usize = 40;
/// Bytes; what is longer is no word.
const LONGEST_WORD: usize = 120;
/// Most figures of one unit that are compared with each other: in longer lists two are easily alike.
const MOST_FIGURES: usize = 200;
/// Most values of one unit among which a difference or a sum is looked for.
const MOST_BESIDE: usize = 2000;
/// Most contradictions told of one report.
const MOST_FOUND: usize = 5;
/// How far before and behind a figure its time is looked for, in bytes.
const TIME_REACH: (usize, usize) = (140, 80);

/// Stems, where words begin, that make a figure one of something else than the same words mean elsewhere: variants,
/// others' plants, comparisons, changes, limits, stages, other times, parts, averages.
#[rustfmt::skip]
const QUALIFIED: &[&str] = &[
    "alternativ", "option", "variant", "reject", "was considered", "альтернатив", "вариант", "отклон", "muqobil",
    "мукобил", "rad etil", "рад этил",
    "neighbour", "neighbor", "another", "other ", "others", "adjacent", "nearby", "cumulat", "together with", "соседн",
    "друг", "чуж", "принадлеж", "вместе с", "накопл", "qoshni", "кушни", "boshqa", "бошка",
    "compar", "instead of", "than ", "against", "unlike", "по сравнению", "вместо", "чем ", "nisbatan", "нисбатан",
    "increas", "reduc", "decreas", "rise ", "rises", "grow", "fall", "save", "from [0-9]", "увелич", "сниж", "сниз",
    "сократ", "уменьш", "возраст", "вырас", "прирост", "дополнительн", "oshir", "kamay", "qisqar", "ошир", "камай",
    "кискар", "qoshimcha", "кушимча", "yana ", "яна ",
    "up to", "at most", "no more than", "not exceed", "at least", "limit", "maximum", "minimum", "peak", "allow",
    "must", "shall", "required", "norm", "до ", "не более", "не менее", "предел", "норм", "максим", "пиков", "лимит",
    "допуск", "должн", "kamida", "kopi bilan", "meyor", "камида", "купи билан", "меъер", "chegara", "чегара",
    "ortiq", "ортик", "свыше", "more than", "over [0-9]",
    "stage", "phase", "first", "second", "third", "interim", "temporar", "season", "этап", "очеред", "перв", "втор",
    "треть", "временн", "navbat", "навбат", "birinchi", "ikkinchi", "биринчи", "иккинчи", "bosqich", "боскич",
    "existing", "current", "today", "at present", "now ", "former", "old ", "earlier", "before", "after", "previous",
    "without", "had ", "in (?:19|20)[0-9]{2}", "существующ", "сейчас", "прежн", "ранее", "после", "без ", "был",
    "mavjud", "мавжуд", "hozir", "хозир", "ilgari", "илгари", "oldin", "олдин", "keyin", "кейин", "eski ", "эски ",
    "each [^ydhm]", "per unit", "one of", "of which", "including", "of them", "part of", "half", "share", "rest ", "remain",
    "net ", "gross", "кажд", "в том числе", "из них", "из которых", "часть", "остальн", "половин", "брутто", "нетто",
    "har bir", "shundan", "jumladan", "qolgan", "хар бир", "шундан", "жумладан", "колган", "qismi", "кисми",
    "average", "range", "between", "about", "approx", "roughly", "средн", "около", "примерно", "ortacha", "уртача",
    "taxminan", "тахминан",
];

/// As [`QUALIFIED`], where words are written together.
#[rustfmt::skip]
const QUALIFIED_KOREAN: &[&str] = &[
    "대안", "제외", "누적", "인근", "다른", "떨어진", "대신", "비해", "보다", "에서 [0-9]", "증가", "감소", "추가", "이하",
    "이상", "기준", "최대", "최소", "단계", "[0-9]차", "임시", "현재", "기존", "현황", "이전", "이후", "각각", "중 ", "나머지",
    "일부", "평균", "약 [0-9]", "gacha", "гача",
];

/// Headings under which figures are those of variants or of others.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern("alternativ|альтернатив|вариант|variant|muqobil|мукобил|option|cumulat|кумулятив|대안|누적")
});

static IS_QUALIFIED: LazyLock<Regex> = LazyLock::new(|| {
    let stems = QUALIFIED.join("|");
    pattern(&format!(r"(?:^|[^\p{{L}}\p{{N}}])(?:{stems})|{}", QUALIFIED_KOREAN.join("|")))
});

/// Words for the time to which a figure refers, in the order in which they are tried.
static TIMES: LazyLock<[(Regex, Period); 4]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"\b(?:a|per|each) year\b|\bannual|\byearly\b|в год|годов|ежегодн|yiliga|yillik|йилига|йиллик|연간",
            ),
            Period::Year,
        ),
        (
            pattern(
                r"\b(?:a|per|each) day\b|\bdaily\b|в сутки|суточн|в день|kuniga|sutka|bir kunda|kunlik|кунига|сутка|бир кунда|кунлик|하루|일평균|1일",
            ),
            Period::Day,
        ),
        (pattern(r"\ban hour\b|\bper hour\b|в час|soatiga|соатига|시간당"), Period::Hour),
        (pattern(r"\b(?:a|per|each) month\b|в месяц|oyiga|ойига"), Period::Month),
    ]
});

/// Phases of which only one side may speak.
static CONSTRUCTION: LazyLock<Regex> =
    LazyLock::new(|| pattern("construction|строительств|qurilish|курилиш|공사"));

/// Words that stand beside every figure.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "area", "total", "project", "site", "plan", "plant", "work", "new", "water", "hectar", "metr", "meter", "use",
    "take", "make", "produc", "come", "cover", "amount", "volum", "place",
];

/// Beginnings of words for times and of words that multiply.
#[rustfmt::skip]
const TIME_WORDS: &[&str] = &[
    "year", "day", "annual", "daily", "hour", "month", "год", "сут", "yil", "kun", "sutk", "йил", "кун", "연간", "하루",
    "thousand", "million", "mln", "ming", "тыс", "млн", "минг",
];

/// Beginnings of stems that say which length is meant.
#[rustfmt::skip]
const DIMENSIONS: &[&str] = &[
    "height", "high", "length", "width", "depth", "diamet", "thick", "высот", "длин", "ширин", "глубин", "диаметр",
    "протяжен", "balandli", "uzunli", "kengli", "chuqurli", "diametr", "높이", "길이", "폭", "연장", "깊이",
];

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant, compiled by the tests")
}

/// A figure in running text.
struct Figure<'a> {
    value: f64,
    unit: Unit,
    /// What stands before it and belongs to it.
    before: &'a str,
    /// As `before`, behind it.
    behind: &'a str,
    /// Stems of the words around it, each with one form as printed; empty in groups that are not compared.
    words: BTreeMap<String, &'a str>,
    /// Stem of the first word before it; as `words`.
    subject: Option<String>,
    /// As `words`, of the whole clause.
    around: BTreeSet<String>,
    /// True if its clause says nothing that makes it the figure of something else.
    is_plain: bool,
    is_of_construction: bool,
    section: Option<SectionId>,
    language: Option<Language>,
    figure: TextRange,
    sentence: TextRange,
}

/// Returns pairs of figures in different sections that claim to be the same quantity and differ.
pub(super) fn check(document: &Document) -> Vec<Inconsistency> {
    let mut groups: BTreeMap<Unit, Vec<Figure<'_>>> = BTreeMap::new();
    let mut values: BTreeMap<Base, Vec<f64>> = BTreeMap::new();
    figures(document, |base, value, figure| {
        let beside = values.entry(base).or_default();
        if beside.len() < MOST_BESIDE {
            beside.push(value);
        }
        let Some(figure) = figure else { return };
        let group = groups.entry(figure.unit).or_default();
        // One more tells that there are too many.
        if group.len() <= MOST_FIGURES {
            group.push(figure);
        }
    });
    let mut found = Vec::new();
    for group in groups.values_mut().filter(|group| (2..=MOST_FIGURES).contains(&group.len())) {
        for figure in group.iter_mut() {
            figure.words = words(figure);
            let mut before = stems(figure.before, figure.language).peekable();
            figure.subject = before.peek().cloned();
            figure.around = before.chain(stems(figure.behind, figure.language)).collect();
        }
        let group: &[Figure<'_>] = group;
        let beside = values.get(&group[0].unit.base).map(Vec::as_slice).unwrap_or_default();
        for (at, first) in group.iter().enumerate().filter(|(_, figure)| figure.is_plain) {
            // One contradiction per figure is enough.
            let second = group[at + 1..].iter().find(|second| contradict(first, second, group, beside));
            if let Some(second) = second {
                found.push(differing(document, first, second));
            }
            if found.len() >= MOST_FOUND {
                return found;
            }
        }
    }
    found
}

fn contradict(first: &Figure<'_>, second: &Figure<'_>, group: &[Figure<'_>], beside: &[f64]) -> bool {
    let elsewhere = first.section.is_some() && second.section.is_some() && first.section != second.section;
    let (low, high) = (first.value.min(second.value), first.value.max(second.value));
    let ratio = high / low;
    if !second.is_plain
        || !elsewhere
        || first.is_of_construction != second.is_of_construction
        || !(SMALLEST_RATIO..=LARGEST_RATIO).contains(&ratio)
    {
        return false;
    }
    let shared = shared(first, second);
    is_enough(&shared, first, second)
        && !(has_own_subject(first, second) && has_own_subject(second, first))
        && !are_told_apart(first, second, group)
        && !is_one_of_several(&shared, first, second, group)
        && !is_explained(low, high, beside)
}

fn shared<'a>(first: &'a Figure<'_>, second: &Figure<'_>) -> BTreeSet<&'a str> {
    first.words.keys().map(String::as_str).filter(|word| second.words.contains_key(*word)).collect()
}

/// Two words at least and half of the shorter side's; lengths need one that says which length it is, for distances are
/// of different places.
fn is_enough(shared: &BTreeSet<&str>, first: &Figure<'_>, second: &Figure<'_>) -> bool {
    if shared.len() < 2 {
        return false;
    }
    if first.unit.base == Base::Metre {
        return shared.iter().any(|word| begins(word, DIMENSIONS));
    }
    shared.len() * 2 >= first.words.len().min(second.words.len())
}

/// True if the clause of a figure begins with something of which nothing is said at the other: where both do, they are
/// figures of two things (`the boiler emits …`, `the dryer emits …`).
fn has_own_subject(figure: &Figure<'_>, other: &Figure<'_>) -> bool {
    figure.subject.as_ref().is_some_and(|word| !other.around.contains(word))
}

/// True if the sentence of one states the value of the other, too: whoever wrote it knew both.
fn are_told_apart(first: &Figure<'_>, second: &Figure<'_>, group: &[Figure<'_>]) -> bool {
    group.iter().any(|figure| {
        (figure.sentence == first.sentence && is_same(figure.value, second.value))
            || (figure.sentence == second.sentence && is_same(figure.value, first.value))
    })
}

/// True if a third value is spoken of in the same words: then they are members of a series.
fn is_one_of_several(
    shared: &BTreeSet<&str>,
    first: &Figure<'_>,
    second: &Figure<'_>,
    group: &[Figure<'_>],
) -> bool {
    let is_third = |value: f64| !is_same(value, first.value) && !is_same(value, second.value);
    group.iter().any(|third| {
        is_third(third.value) && shared.iter().filter(|word| third.words.contains_key(**word)).count() >= 2
    })
}

/// True if the text gives the difference or the sum too: one is a part of the other, or both are parts.
fn is_explained(low: f64, high: f64, beside: &[f64]) -> bool {
    beside
        .iter()
        .filter(|value| !is_same(**value, low) && !is_same(**value, high))
        .any(|value| is_same(*value, high - low) || is_same(*value, high + low))
}

fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() <= 0.01 * one.abs()
}

fn differing(document: &Document, first: &Figure<'_>, second: &Figure<'_>) -> Inconsistency {
    let shared = shared(first, second);
    // In the order in which they stand.
    let mut words: Vec<&str> = shared.iter().filter_map(|word| first.words.get(*word).copied()).collect();
    words.sort_by_key(|word| word.as_ptr());
    let subject = Code::SubjectFigure.with("words", words.join(" ")).with("unit", first.unit);
    let spans = [document.span(first.figure), document.span(second.figure)];
    let (listed, figures) = listed(document, &spans);
    let evidence = |figure: &Figure<'_>| evidence(document, figure.sentence, figure.figure, figure.language);
    Inconsistency {
        kind: InconsistencyKind::Quantity,
        subject: subject.to_string(),
        message: Code::FiguresDiffer.because(subject).with("listed", listed).with("figures", figures),
        citation: String::new(),
        evidence: vec![evidence(first), evidence(second)],
    }
}

/// Hands over all amounts in document order, those of the running text with what stands around them.
fn figures<'a>(document: &'a Document, mut take: impl FnMut(Base, f64, Option<Figure<'a>>)) {
    let mut skipped: BTreeMap<Option<SectionId>, bool> = BTreeMap::new();
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let section = document.section_at(block.span.range.start);
        let id = section.map(|section| section.id);
        let language = section.and_then(|section| section.language).or_else(|| detect(text));
        if block.kind == BlockKind::TableRow {
            // A sum in a table explains two figures of the text.
            for sentence in sentences_of(block, text) {
                let words = sentence.of(text);
                for amount in amounts(&fold(words), has_decimal_comma(words, language)) {
                    take(amount.quantity.unit.base, amount.quantity.value, None);
                }
            }
            continue;
        }
        let is_running = matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem);
        if !is_running || *skipped.entry(id).or_insert_with(|| is_elsewhere(document, id)) {
            continue;
        }
        for sentence in sentences_of(block, text) {
            let start = block.span.range.start + sentence.start;
            let range = TextRange::new(start, start + sentence.len());
            read(range.of(&document.text), range, id, language, &mut take);
        }
    }
}

fn is_elsewhere(document: &Document, section: Option<SectionId>) -> bool {
    section.is_some_and(|id| ELSEWHERE.is_match(&plain(&document.heading_path(id))))
}

/// Reads the figures of one sentence.
fn read<'a>(
    text: &'a str,
    sentence: TextRange,
    section: Option<SectionId>,
    language: Option<Language>,
    take: &mut impl FnMut(Base, f64, Option<Figure<'a>>),
) {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let folded = fold(text);
    let found = amounts(&folded, has_decimal_comma(text, language));
    let is_sum = text.contains(['=', '×']);
    for (index, amount) in found.iter().enumerate() {
        let value = amount.quantity.value;
        // A range says nothing exactly; a list has one unit for several.
        if value <= 0.0 || amount.quantity.upper.is_some() || is_listed(&found, index) {
            continue;
        }
        let range = amount.range;
        let before = before(text, &found, index);
        let behind = behind(text, &found, index);
        // Of long lists nothing is asked; asking each of their figures would take time by the square of their length.
        let clause = (found.len() <= MOST_AMOUNTS && !is_sum).then(|| spaced(&plain(clause(text, range))));
        let figure = Figure {
            value,
            unit: unit(amount, &folded, before, behind),
            before: before.of(text),
            behind: behind.of(text),
            words: BTreeMap::new(),
            subject: None,
            around: BTreeSet::new(),
            is_plain: clause
                .as_ref()
                .is_some_and(|clause| !IS_QUALIFIED.is_match(clause) && !speaks_of_others(clause)),
            is_of_construction: clause.as_ref().is_some_and(|clause| CONSTRUCTION.is_match(clause)),
            section,
            language,
            figure: TextRange::new(sentence.start + range.start, sentence.start + range.end),
            sentence,
        };
        take(figure.unit.base, value, Some(figure));
    }
}

/// `1.4 and 3.2 km`: the first has no unit of its own.
fn is_listed(found: &[Amount], index: usize) -> bool {
    let borrows = |amount: &Amount| amount.unit_start == amount.range.end;
    borrows(&found[index]) || index > 0 && borrows(&found[index - 1])
}

/// What stands before a figure, back to the figure before or to a mark that opens something new.
fn before(text: &str, found: &[Amount], index: usize) -> TextRange {
    let end = found[index].range.start;
    let start = index.checked_sub(1).map_or(0, |before| found[before].range.end).min(end);
    let mark = text[start..end].rfind([';', ':']).map_or(start, |at| start + at + 1);
    TextRange::new(mark, end)
}

/// What stands behind a figure, as far as it is its own.
fn behind(text: &str, found: &[Amount], index: usize) -> TextRange {
    let start = found[index].range.end;
    let next = found.get(index + 1).map(|next| next.range.start.max(start));
    let marks: &[char] = if next.is_some() { &[';', ':', ','] } else { &[';', ':'] };
    let end = next.unwrap_or(text.len());
    TextRange::new(start, text[start..end].find(marks).map_or(end, |at| start + at))
}

/// The part of a sentence between semicolons in which a figure stands.
fn clause(text: &str, figure: TextRange) -> &str {
    let start = text[..figure.start].rfind(';').map_or(0, |at| at + 1);
    let end = text[figure.end..].find(';').map_or(text.len(), |at| figure.end + at);
    &text[start..end]
}

/// The unit with the time that stands beside the figure, where amounts have one.
fn unit(amount: &Amount, folded: &str, before: TextRange, behind: TextRange) -> Unit {
    let unit = amount.quantity.unit;
    let is_timed = matches!(unit.base, Base::CubicMetre | Base::Tonne | Base::TonneCo2e | Base::Piece);
    if !is_timed || unit.period.is_some() {
        return unit;
    }
    let near = folded.floor_char_boundary(before.end.saturating_sub(TIME_REACH.0)).max(before.start);
    let far = folded.floor_char_boundary(behind.start + TIME_REACH.1).min(behind.end).max(behind.start);
    let (lead, tail) = (spaced(&folded[near..before.end]), spaced(&folded[behind.start..far]));
    let named = TIMES.iter().find(|(words, _)| words.is_match(&lead) || words.is_match(&tail));
    let period = named.map(|(_, period)| *period).or_else(|| korean_period(folded, amount.range.start));
    Unit { period, ..unit }
}

/// The text on one line, with single blanks.
fn spaced(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Stems of the words around a figure.
fn words<'a>(figure: &Figure<'a>) -> BTreeMap<String, &'a str> {
    let lead: Vec<&'a str> = forms(figure.before).collect();
    let lead = &lead[lead.len().saturating_sub(WORDS_BEFORE)..];
    let all = lead.iter().copied().chain(forms(figure.behind).take(WORDS_BEHIND));
    all.filter_map(|form| Some((stem(form, figure.language)?, form))).collect()
}

/// Stems of the words of part of a clause.
fn stems(text: &str, language: Option<Language>) -> impl Iterator<Item = String> {
    forms(text).take(WORDS_OF_CLAUSE).filter_map(move |form| stem(form, language))
}

/// The words of a text that hold no digit.
fn forms(text: &str) -> impl Iterator<Item = &str> {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, 'ʻ' | 'ʼ' | '‘' | '’' | '\'' | '`');
    text.split(move |c: char| !joins(c))
        .filter(|form: &&str| !form.is_empty() && form.chars().all(|c| !c.is_numeric()))
}

/// The stem of a word that says what a figure is of; `None` for any other.
fn stem(form: &str, language: Option<Language>) -> Option<String> {
    let is_korean = form.starts_with(|c: char| ('\u{ac00}'..='\u{d7a3}').contains(&c));
    let shortest = if is_korean { 2 } else { 3 };
    if form.chars().count() < shortest || form.len() > LONGEST_WORD || begins(&fold(form), TIME_WORDS) {
        return None;
    }
    // None of a stop word; of Korean the noun comes first.
    let stem = lexical_terms(form, language).into_iter().next()?;
    (!GENERIC.contains(&stem.as_str())).then_some(stem)
}

fn begins(word: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| word.starts_with(beginning))
}
