//! Is a term part of the proper name of an office, company, programme, plan or law?
//!
//! "Groundwater Resources Monitoring Program" names no groundwater, and «Об охране атмосферного воздуха» is the title of
//! a law. English writes such names in capitals word by word; Russian and Uzbek set them in quotation marks or build
//! them around a word for the office; Korean joins that word to them. Names of places ("Long Canyon Wilderness") have no
//! such word and stay what they are.

use std::cell::OnceCell;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// What a name is a name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A law, treaty or standard.
    Law,
    /// An office, company, programme, plan or document.
    Body,
}

static LAW: LazyLock<Regex> =
    LazyLock::new(|| capitalised(r"(?:Act|Acts|Order|Treaty|Convention|Code|Law|Regulations?)\b"));

static BODY: LazyLock<Regex> = LazyLock::new(|| {
    capitalised(
        r"(?:(?:Program|Programme|Plan|Plans|Agency|Department|Office|Service|Commission|Council|Board|Institute|Team|Report|Manual|Handbook|Guidebook|Policy|Committee|Bureau|Division|Administration|Authority|Inventory|Database|Monitoring|Initiative|Strategy|Society|Association|Foundation|Center|Centre|Opinion|Assessment|Statement|Agreement|Model|System|Insurance|Map|Maps|Officer|Ministry|Force Base|Army Base|Naval Base|Air Base|Air Station)\b|(?:LTD|Ltd|LLC|L\.L\.C|LP|INC|Inc|Corp|Co|Company|Corporation|JSC|PLC|GmbH)\b)",
    )
});

/// A name in quotation marks with what stands before and behind it.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[«“„"「『]([^«»“”„"「」『』]{2,160})[»”“"」』]"#).expect("the pattern is a constant")
});

static COMPANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\p{L}])(?:ООО|ОАО|ЗАО|АО|ГУП|ТОО|СП|НПО|ИП|МЧЖ|АЖ|ДУК|ҚК|MChJ|AJ|DUK|QK|XK|LLC|JSC|주식회사|компани\p{L}*|фирм\p{L}*|предприяти\p{L}*|kompaniya\p{L}*|korxona\p{L}*|компания\p{L}*|корхона\p{L}*)(?:$|[^\p{L}])|\(주\)|㈜")
        .expect("the pattern is a constant")
});

static RUSSIAN_OFFICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:Министерств|Комитет|Госкомитет|Агентств|Институт|НИИ|Департамент|Центр|Инспекци|Академи|Узгидромет|Общество|Объединени|Фонд)\p{L}*(?: \p{L}+){0,4} ?$")
        .expect("the pattern is a constant")
});

static UZBEK_OFFICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\p{L}*(?: \p{L}+){0,2} (?:vazirlig|qoʻmita|qo.mita|qomita|agentlig|institut|boshqarma|inspeksiya|jamiyat|akademiya|вазирлиг|қўмита|агентлиг|институт|бошқарма|инспекция|жамият|академия)")
        .expect("the pattern is a constant")
});

static KOREAN_OFFICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\p{Hangul}{0,6}(?:공단|연구원|연구소|협회|위원회|학회|관리소|유역환경청|환경청|산림청|수산부|환경부|청(?:은|이|의|에|과|장|에서)?(?:$|[^\p{Hangul}]))")
        .expect("the pattern is a constant")
});

fn capitalised(head: &str) -> Regex {
    Regex::new(&format!(r"[A-Z][\w’'/-]*(?:,? (?:(?:of|and|the|for|on|to|&) )*[A-Z][\w’'/-]*)*,? {head}"))
        .expect("the pattern is a constant")
}

/// Bytes before or behind a quoted name in which the word for its kind stands.
const REACH: usize = 40;

/// Bytes before or behind a term in which the word for an office stands.
const OFFICE_REACH: usize = 400;

/// The names in a sentence. Those that enclose a term are looked for once, when the first term asks.
#[derive(Debug)]
pub(super) struct Names<'a> {
    text: &'a str,
    language: Language,
    /// True if the sentence speaks of a law.
    has_law: bool,
    /// Names in quotation marks with what they are names of.
    quoted: OnceCell<Vec<(TextRange, Option<NameKind>)>>,
    /// English names of laws.
    laws: OnceCell<Vec<TextRange>>,
    /// English names of bodies.
    bodies: OnceCell<Vec<TextRange>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(text: &'a str, language: Language, has_law: bool) -> Self {
        let (quoted, laws, bodies) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { text, language, has_law, quoted, laws, bodies }
    }

    /// True if the sentence may hold the title of a law.
    pub(super) fn may_be_law(&self) -> bool {
        self.has_law || self.text.contains('「')
    }

    /// Returns what the name that encloses the range is a name of, if there is one.
    pub(super) fn kind_at(&self, range: TextRange) -> Option<NameKind> {
        let text = self.text;
        let quoted = self.quoted();
        let begun = quoted.partition_point(|(name, _)| name.start <= range.start);
        let enclosing = quoted[..begun].last().filter(|(name, _)| name.encloses(range));
        if let Some((_, Some(kind))) = enclosing {
            return Some(*kind);
        }
        match self.language {
            Language::English if !range.of(text).starts_with(char::is_uppercase) => None,
            Language::English if encloses(self.laws.get_or_init(|| found(&LAW, text)), range) => {
                Some(NameKind::Law)
            }
            Language::English => {
                encloses(self.bodies.get_or_init(|| found(&BODY, text)), range).then_some(NameKind::Body)
            }
            Language::Russian => {
                let from = text.ceil_char_boundary(range.start.saturating_sub(OFFICE_REACH));
                RUSSIAN_OFFICE.is_match(&text[from..range.start]).then_some(NameKind::Body)
            }
            Language::UzbekLatin | Language::UzbekCyrillic => {
                let is_capital = range.of(text).starts_with(char::is_uppercase);
                let end = text.floor_char_boundary((range.end + OFFICE_REACH).min(text.len()));
                (is_capital && UZBEK_OFFICE.is_match(&text[range.end..end].to_lowercase()))
                    .then_some(NameKind::Body)
            }
            Language::Korean => {
                let is_letter = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
                let is_part = is_letter(text[..range.start].chars().next_back())
                    || is_letter(text[range.end..].chars().next());
                let is_word = !range.of(text).contains(char::is_whitespace);
                (is_word && is_part && KOREAN_OFFICE.is_match(&text[range.end..])).then_some(NameKind::Body)
            }
        }
    }

    fn quoted(&self) -> &[(TextRange, Option<NameKind>)] {
        self.quoted.get_or_init(|| {
            QUOTED
                .find_iter(self.text)
                .map(|name| TextRange::new(name.start(), name.end()))
                .map(|name| (name, self.kind_of_quoted(name)))
                .collect()
        })
    }

    fn kind_of_quoted(&self, name: TextRange) -> Option<NameKind> {
        let text = self.text;
        let before = &text[text.floor_char_boundary(name.start.saturating_sub(REACH))..name.start];
        let behind = &text[name.end..text.ceil_char_boundary((name.end + REACH / 2).min(text.len()))];
        if name.of(text).starts_with(['「', '『']) {
            return Some(NameKind::Law);
        }
        if COMPANY.is_match(before) || COMPANY.is_match(behind) {
            return Some(NameKind::Body);
        }
        (self.has_law && self.language != Language::English).then_some(NameKind::Law)
    }
}

fn found(name: &Regex, text: &str) -> Vec<TextRange> {
    name.find_iter(text).map(|found| TextRange::new(found.start(), found.end())).collect()
}

/// True if one of the names, which are in order and apart, encloses a range.
fn encloses(names: &[TextRange], range: TextRange) -> bool {
    let begun = names.partition_point(|name| name.start <= range.start);
    names[..begun].last().is_some_and(|name| name.encloses(range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn named(text: &str, term: &str, language: Language) -> Option<NameKind> {
        let start = text.find(term).unwrap();
        let names = Names::new(text, language, text.contains("Закон"));
        names.kind_at(TextRange::new(start, start + term.len()))
    }

    #[rstest]
    #[case(
        "It follows the Migratory Bird Treaty Act and more.",
        "Migratory Bird",
        Language::English,
        NameKind::Law
    )]
    #[case(
        "The Groundwater Resources Monitoring has ended.",
        "Groundwater",
        Language::English,
        NameKind::Body
    )]
    #[case("The request of Delta Pipeline, LLC was granted.", "Pipeline", Language::English, NameKind::Body)]
    #[case("It lies near Mountain Home Air Force Base.", "Home", Language::English, NameKind::Body)]
    #[case(
        "Согласно Закону «Об охране атмосферного воздуха» ведётся учёт.",
        "атмосферного воздуха",
        Language::Russian,
        NameKind::Law
    )]
    #[case("Работы выполнило ООО «Чистая река» в мае.", "река", Language::Russian, NameKind::Body)]
    #[case("Данные дал Институт сейсмологии в мае.", "сейсмологии", Language::Russian, NameKind::Body)]
    #[case("Maʼlumotni Oʻrmon xoʻjaligi agentligi berdi.", "Oʻrmon", Language::UzbekLatin, NameKind::Body)]
    #[case("Маълумотни Сув хўжалиги вазирлиги берди.", "Сув", Language::UzbekCyrillic, NameKind::Body)]
    #[case("자료는 산림청에서 받았다.", "산림", Language::Korean, NameKind::Body)]
    #[case("「대기환경보전법」에 따른다.", "대기", Language::Korean, NameKind::Law)]
    fn names_are_known(
        #[case] text: &str,
        #[case] term: &str,
        #[case] language: Language,
        #[case] kind: NameKind,
    ) {
        assert_eq!(named(text, term, language), Some(kind));
    }

    #[test]
    fn a_wide_blank_before_a_term_is_a_blank() {
        assert_eq!(named("자료는\u{3000}산림청에서 받았다.", "산림", Language::Korean), Some(NameKind::Body));
        assert_eq!(named("자료는\u{3000}산림 18ha이다.", "산림", Language::Korean), None);
    }

    #[rstest]
    #[case("The road enters the Long Canyon Wilderness.", "Wilderness", Language::English)]
    #[case("The plan protects wetlands.", "wetlands", Language::English)]
    #[case("Рядом протекает река.", "река", Language::Russian)]
    #[case("Площадка примыкает к заповеднику «Нурата».", "Нурата", Language::Russian)]
    #[case("Yaqinda suv ombori bor.", "suv", Language::UzbekLatin)]
    #[case("산림 18ha가 훼손된다.", "산림", Language::Korean)]
    fn places_and_plain_words_are_no_names(
        #[case] text: &str,
        #[case] term: &str,
        #[case] language: Language,
    ) {
        assert_eq!(named(text, term, language), None);
    }
}
