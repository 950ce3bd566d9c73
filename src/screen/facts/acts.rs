//! Is an act cited as law that was void when the report was submitted?
//!
//! The acts and days are data (`acts` in `rules/risk/limits.toml`). An act counts under the rule packs it belongs to, a
//! number only as the number of that act. Left alone are sentences that say the act was repealed or replaced, or that speak
//! of a time when it was in force, those of which the next sentence says so, and lists of literature and abbreviations.
//! Where reviews begun under an act may be ended under it, a report is left alone as a whole if a sentence with a number or
//! name of the act says that it is void or that the review is older, or if the notice that opened the review has an older
//! date. One entry per act, with every place.

use super::category::words_of;
use super::check::CheckContext;
use super::document::{evidence, evidence_blocks, sentences_of};
use super::fold::{fold, plain};
use super::history::is_history;
use crate::domain::document::Document;
use crate::domain::explanation::Code;
use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::domain::finding::Evidence;
use crate::domain::span::TextRange;
use crate::rules::lexicon_limits::VoidAct;

/// Most quotations per act.
const MOST_QUOTES: usize = 5;

/// Words for the kind of act, for acts without words of their own.
#[rustfmt::skip]
const ACTS: [&str; 12] = [
    "resolution", "decree", "cmr", "постановлен", "пкм", "qaror", "vmq", "карор", "вмк", "결의", "결정", "regulation",
];

/// What stands before the number of an act, folded; for acts without signs of their own.
const SIGNS: [&str; 10] = ["№", "no.", "no", "n", "제", "cmr", "resolution", "пкм", "vmq", "вмк"];

/// What stands behind the number of such an act.
const SUFFIXES: [&str; 3] = ["son", "сон", "호"];

/// Signs that join a number to what stands behind it.
const HYPHENS: [char; 3] = ['-', '–', '‑'];

/// What the sentence says when it does not lean on the act. Cues are plain words that begin a word; `$` ends one.
#[rustfmt::skip]
const REPEALED: &[&str] = &[
    "repeal", "void", "replaced", "supersed", "no longer in force", "instead of", "lost force", "rescind", "rescission",
    "revok", "remov", "withdrew", "withdrawn", "formerly", "former$", "previous", "then in force", "then in effect",
    "at that time", "applied at the time", "applicable at the time", "in force at the time", "in effect at the time",
    "then applicable", "applied then", "in that year", "as it stood", "as they stood", "as it then", "as they then",
    "утрати", "отмен", "замен", "взамен", "вместо", "признан", "ранее действ", "действовавш", "прежн", "применялся",
    "в то время", "на тот момент", "тогда$", "тогдашн", "в тот период", "не действует", "не действуют",
    "kuchini yoqot", "bekor qil", "orniga", "кучини йукот", "бекор кил", "урнига",
    "osha paytda", "osha vaqtda", "osha davrda", "osha yili", "amalda edi", "amalda bolgan edi", "kuchda edi",
    "kuchda emas", "amalda emas", "уша пайтда", "уша вактда", "уша даврда", "уша йили", "амалда эди", "амалда булган эди",
    "кучда эди", "кучда эмас", "амалда эмас",
    "폐지", "대체", "종전", "당시",
];

/// What the next sentence says of an act that is void, for all those before it.
#[rustfmt::skip]
const LAPSED: &[&str] = &[
    "repealed", "rescinded", "revoked", "withdrawn", "superseded", "replaced by", "void$", "no longer in force",
    "no longer in effect", "no longer appl", "lost force", "not in force",
    "утратил", "отменен", "заменен", "не действует", "не действуют", "не в силе",
    "kuchini yoqot", "bekor qil", "kuchda emas", "amalda emas", "кучини йукот", "бекор кил", "кучда эмас", "амалда эмас",
    "폐지", "효력을 잃",
];

/// How a sentence begins that goes on about the act of the one before.
#[rustfmt::skip]
const REFERS_BACK: &[&str] = &[
    "it$", "they$", "this act$", "this law$", "this order$", "this resolution$", "these regulations$", "those regulations$",
    "the regulations$", "these rules$", "those rules$", "both$",
    "он$", "она$", "оно$", "они$", "оба$", "обе$", "этот$", "эта$", "это$", "эти$",
    "u$", "ular$", "ikkalasi$", "ikkisi$", "bu$", "у$", "улар$", "иккаласи$", "иккиси$", "бу$",
    "이", "두", "그",
];

/// What a report says of an act under which its review may go on: that it is void, or that the review is older.
#[rustfmt::skip]
const OUTLASTED: &[&str] = &[
    "repeal", "rescind", "rescission", "revok", "remov", "withdrew", "withdrawn", "no longer in force",
    "no longer in effect", "no longer appl", "formerly", "former$", "then in force", "then in effect",
    "in force at the time", "in effect at the time", "in force when", "in effect when", "in force on", "in effect on",
    "as of that date", "was begun", "were begun", "been begun", "begun before", "begun under", "began before",
    "began under", "commenced before", "commenced under", "started before", "initiated before", "initiated prior",
    "initiated under", "before april 11", "before 11 april", "prior to april 11", "prior to 11 april",
    "notice of intent", "noi$", "voluntarily",
];

/// What opens a review; with a date before the act was void, the review is older.
const OPENED: &[&str] = &["notice of intent"];

/// Titles of lists that cite nothing as law.
#[rustfmt::skip]
const LISTS: &[&str] = &[
    "references", "reference list", "bibliograph", "literature", "works cited", "table of authorities", "list of sources",
    "abbreviation", "acronym", "glossary",
    "литератур", "библиограф", "использованных источник", "использованные источник", "список источник", "сокращени",
    "глоссари",
    "adabiyot", "bibliograf", "foydalanilgan manba", "qisqartma", "адабиет", "фойдаланилган манба", "кискартма",
    "참고문헌", "참고 문헌", "약어", "용어",
];

/// Returns the void acts that the report cites as law in force.
pub(super) fn check(acts: &[VoidAct], document: &Document, context: &CheckContext) -> Vec<Inconsistency> {
    let is_wanted =
        |act: &&VoidAct| act.is_void(&context.submitted) && act.counts_under(&context.jurisdictions);
    let mut wanted: Vec<Wanted<'_>> = acts.iter().filter(is_wanted).map(Wanted::new).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    for block in evidence_blocks(document) {
        let text = block.span.range.of(&document.text);
        let words = words_of(text);
        if !wanted.iter().any(|act| act.may_stand_in(&words)) {
            continue;
        }
        let is_list = is_list(document, block.span.range.start);
        wanted.iter_mut().for_each(|act| act.stood_before = Stood::Nowhere);
        for sentence in sentences_of(block, text) {
            let said = Said::new(sentence.of(text), is_list);
            let start = block.span.range.start + sentence.start;
            let range = TextRange::new(start, start + sentence.len());
            for act in &mut wanted {
                act.read(document, range, &said);
            }
        }
    }
    wanted.into_iter().filter_map(|act| act.raised(&context.submitted)).collect()
}

/// True if the section there is a list of literature or abbreviations.
fn is_list(document: &Document, at: usize) -> bool {
    let Some(section) = document.section_at(at) else { return false };
    says(&words_of(&document.heading_path(section.id)), LISTS)
}

/// A sentence of the report.
struct Said {
    /// In lower case; places are those of the text.
    folded: String,
    /// Its plain words.
    words: String,
    is_in_list: bool,
}

impl Said {
    fn new(sentence: &str, is_in_list: bool) -> Self {
        Self { folded: fold(sentence), words: words_of(sentence), is_in_list }
    }
}

/// A void act with its words made plain, and where it was found.
struct Wanted<'a> {
    act: &'a VoidAct,
    numbers: Vec<String>,
    signs: Vec<String>,
    kinds: Vec<String>,
    words: Vec<Vec<String>>,
    names: Vec<String>,
    dates: Vec<String>,
    found: Vec<Evidence>,
    /// The number by which it was cited first.
    cited_as: Option<&'a str>,
    /// The report says why it may still lean on the act.
    is_outlasted: bool,
    /// What the sentence before says of the act.
    stood_before: Stood,
}

/// What a sentence says of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stood {
    Nowhere,
    Named,
    /// It is taken as law in force, and the place was kept.
    Kept,
}

impl<'a> Wanted<'a> {
    fn new(act: &'a VoidAct) -> Self {
        Self {
            act,
            numbers: act.numbers.iter().map(|number| fold(number)).collect(),
            signs: act.signs.iter().map(|sign| fold(sign)).collect(),
            kinds: plain_all(&act.kinds),
            words: act.words.iter().map(|group| plain_all(group)).collect(),
            names: plain_all(&act.names),
            dates: plain_all(&act.dates),
            found: Vec::new(),
            cited_as: None,
            is_outlasted: false,
            stood_before: Stood::Nowhere,
        }
    }

    /// False if the plain words have nothing to do with the act.
    fn may_stand_in(&self, words: &str) -> bool {
        self.numbers.iter().any(|number| words.contains(number.as_str()))
            || says(words, &self.names)
            || (self.act.may_outlast && says(words, OPENED))
    }

    /// Takes in a sentence of the report.
    fn read(&mut self, document: &Document, sentence: TextRange, said: &Said) {
        let cited = self.cited(said);
        let is_named = cited.is_some() || says(&said.words, &self.names);
        if self.stood_before != Stood::Nowhere && says_lapsed(&said.words) {
            self.take_back();
        }
        self.stood_before = if is_named { Stood::Named } else { Stood::Nowhere };
        if self.act.may_outlast {
            let is_older = says(&said.words, OPENED) && self.is_history(said);
            self.is_outlasted |= is_older || (is_named && says(&said.words, OUTLASTED));
        }
        let Some((place, number)) = cited.filter(|_| self.is_leant_on(said)) else { return };
        self.cited_as.get_or_insert(number);
        if self.found.len() < MOST_QUOTES {
            let figure = TextRange::new(sentence.start + place.start, sentence.start + place.end);
            self.found.push(evidence(document, sentence, figure, None));
            self.stood_before = Stood::Kept;
        }
    }

    /// The act named last is said to be void: that sentence does not lean on it.
    fn take_back(&mut self) {
        self.is_outlasted |= self.act.may_outlast;
        if self.stood_before == Stood::Kept {
            self.found.pop();
        }
        if self.found.is_empty() {
            self.cited_as = None;
        }
    }

    /// True if a sentence that cites the act takes it as law in force.
    fn is_leant_on(&self, said: &Said) -> bool {
        !said.is_in_list && !says(&said.words, REPEALED) && !self.is_history(said)
    }

    fn is_history(&self, said: &Said) -> bool {
        is_history(&said.words, &self.dates, &self.act.void_from)
    }

    /// Finds a number as the number of the act; returns it as the data have it.
    fn cited(&self, said: &Said) -> Option<(TextRange, &'a str)> {
        let act: &'a VoidAct = self.act;
        let is_act = if self.words.is_empty() {
            says(&said.words, &ACTS)
        } else {
            !self.kinds.is_empty() || self.has_words(&said.words)
        };
        if !is_act {
            return None;
        }
        self.numbers.iter().zip(&act.numbers).find_map(|(number, printed)| {
            let mut places = said
                .folded
                .match_indices(number.as_str())
                .map(|(start, found)| TextRange::new(start, start + found.len()));
            let place = places.find(|place| {
                self.is_number(&said.folded, *place) && self.is_of_kind(&said.folded, *place)
            })?;
            Some((place, printed.as_str()))
        })
    }

    /// True if the text has one word of each group.
    fn has_words(&self, text: &str) -> bool {
        self.words.iter().all(|group| says(text, group))
    }

    /// True if what stands there is a whole number and that of an act.
    fn is_number(&self, folded: &str, place: TextRange) -> bool {
        let (before, after) = (&folded[..place.start], &folded[place.end..]);
        let has_suffix = |text: &str| SUFFIXES.iter().any(|suffix| text.starts_with(suffix));
        // `999н`, `999-р`, `999/пр` and `73-III` are other numbers; Korean particles stand right behind.
        let joined = after.trim_start_matches(HYPHENS);
        let is_letter = |c: char| c.is_alphabetic() && !is_hangul(c);
        let goes_on = after.starts_with(|c: char| c.is_ascii_digit() || c == '/')
            || (joined.starts_with(is_letter) && !has_suffix(joined));
        let is_tail = before.ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
        if is_tail || goes_on {
            return false;
        }
        if !self.signs.is_empty() {
            return self.signs.iter().any(|sign| before_sign(before, sign).is_some());
        }
        SIGNS.iter().any(|sign| before_sign(before, sign).is_some())
            || has_suffix(after.trim_start_matches([' ', '-', '–', '‑', '\u{a0}']))
    }

    /// True if the number belongs to a word for the act and to whose act it is, with nothing else numbered between.
    fn is_of_kind(&self, folded: &str, place: TextRange) -> bool {
        if self.kinds.is_empty() {
            return true;
        }
        let (before, after) = (words_of(&folded[..place.start]), words_of(&folded[place.end..]));
        let last =
            |text: &str| text.rsplit(['№', ';', ',', '(']).next().is_some_and(|part| self.has_words(part));
        // `999-son buyrugʻi`
        let behind = after.trim_start_matches([' ', '-', '–', '‑']);
        let next = behind.split_once(' ').map_or("", |(_, next)| next);
        let has_suffix = SUFFIXES.iter().any(|suffix| behind.starts_with(suffix));
        if has_suffix && self.kinds.iter().any(|kind| next.starts_with(kind.as_str())) {
            return last(&before);
        }
        let places = self.kinds.iter().filter_map(|kind| Some((rfind(&before, kind)?, kind.len())));
        let Some((start, len)) = places.max() else { return false };
        let between = before[start + len..].trim_start_matches(char::is_alphabetic);
        let between = SIGNS.iter().find_map(|sign| before_sign(between, sign)).unwrap_or(between);
        let between = between.trim_matches([' ', '.', ',', ':']);
        if between.contains(['№', ';']) || between.contains(" no. ") {
            return false;
        }
        if !between.is_empty() {
            return self.has_words(between);
        }
        let first = after.split(['№', ';', ',', '(']).next().unwrap_or("");
        let is_joined = [" and ", " и ", " va ", " ва "].iter().any(|word| first.starts_with(word));
        last(&before[..start]) || (!is_joined && self.has_words(first))
    }

    /// The entry of the act, if the report leans on it.
    fn raised(self, submitted: &str) -> Option<Inconsistency> {
        let number = self.cited_as.filter(|_| !self.is_outlasted)?;
        let act = self.act;
        // A number with signs of its own says nothing by itself: `1500`.
        let subject = if act.signs.is_empty() { format!("No. {number}") } else { act.title.clone() };
        Some(Inconsistency {
            kind: InconsistencyKind::VoidAct,
            subject,
            message: Code::VoidActCited
                .with("act", &act.title)
                .with("since", &act.void_from)
                .with("submitted", submitted),
            citation: act.source.clone(),
            evidence: self.found,
        })
    }
}

/// True if a sentence goes on about the act of the one before and says that it is void.
fn says_lapsed(words: &str) -> bool {
    let begins = |cue: &&str| {
        let stem = cue.trim_end_matches('$');
        let rest = words.trim_start().strip_prefix(stem);
        rest.is_some_and(|rest| stem.len() == cue.len() || !rest.starts_with(char::is_alphanumeric))
    };
    REFERS_BACK.iter().any(begins) && says(words, LAPSED)
}

fn plain_all(words: &[String]) -> Vec<String> {
    words.iter().map(|word| plain(word)).collect()
}

/// True if one of the cues begins a word of the text (Korean: stands anywhere); `$` at its end closes the word.
fn says<S: AsRef<str>>(words: &str, cues: &[S]) -> bool {
    cues.iter().any(|cue| {
        let cue = cue.as_ref();
        let stem = cue.trim_end_matches('$');
        let is_word = |at: usize| {
            let goes_on = words[at + stem.len()..].starts_with(char::is_alphanumeric);
            begins_word(words, at) && (stem.len() == cue.len() || !goes_on)
        };
        words.match_indices(stem).any(|(at, _)| is_word(at))
    })
}

/// Where the cue begins a word last.
fn rfind(words: &str, cue: &str) -> Option<usize> {
    words.rmatch_indices(cue).map(|(at, _)| at).find(|at| begins_word(words, *at))
}

fn begins_word(words: &str, at: usize) -> bool {
    words[at..].starts_with(is_hangul) || !words[..at].ends_with(char::is_alphanumeric)
}

fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

/// What stands before the sign that ends the text, whatever blanks and line breaks stand between and behind its words.
fn before_sign<'t>(text: &'t str, sign: &str) -> Option<&'t str> {
    let mut rest = text;
    for word in sign.split_whitespace().rev() {
        rest = rest.trim_end().strip_suffix(word)?;
    }
    (!rest.ends_with(char::is_alphanumeric)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// True if the sentence leans on the act.
    fn leans(act: &VoidAct, sentence: &str) -> bool {
        let (act, said) = (Wanted::new(act), Said::new(sentence, false));
        act.cited(&said).is_some() && act.is_leant_on(&said)
    }

    fn resolution() -> VoidAct {
        VoidAct {
            numbers: vec!["541".to_owned()],
            void_from: "2026-08-15".to_owned(),
            dates: vec!["2020".to_owned()],
            ..VoidAct::default()
        }
    }

    #[test]
    fn acts_are_cited_in_five_scripts() {
        for sentence in [
            "The statement follows Resolution No. 541 of the Cabinet of Ministers.",
            "согласно постановлению Кабинета Министров № 541 от 07.09.2020",
            "согласно Закону от 09.12.1992 № 754-XII и постановлению Кабинета Министров № 541",
            "Vazirlar Mahkamasining 541-sonli qaroriga muvofiq tayyorlandi.",
            "Вазирлар Маҳкамасининг 541-сон қарорига мувофиқ",
            "내각 결의 제541호에 따라 작성하였다",
            "To avoid harm the statement follows Resolution No. 541.",
            "The draft of October 2026 follows Resolution\nNo. 541.",
        ] {
            assert!(leans(&resolution(), sentence), "{sentence}");
        }
    }

    #[test]
    fn repealed_acts_named_as_such_and_other_numbers_are_left_alone() {
        for sentence in [
            "Resolution No. 234 repealed Resolution No. 541.",
            "Resolution No. 541 (void since 15 August 2026) is not applied.",
            "Resolution No. 541 was declared\nvoid.",
            "Resolution No. 541 is no longer\nin force.",
            "Постановление № 541 утратило силу.",
            "Постановление № 541 заменено новым.",
            "Взамен постановления № 541 принято новое.",
            "541-son qaror oʻz kuchini yoʻqotgan.",
            "541-son qaror o‘z kuchini\nyo‘qotgan.",
            "Вазирлар Маҳкамасининг 541-сон қарори ўрнига янги қарор қабул қилинди.",
            "The opinion of 2022 was given under Resolution No. 541.",
            "Заключение от 14.03.2026 выдано по постановлению № 541.",
            "By this decision 541 m2 of land are allotted, regulation applies.",
            "Resolution No. 1541",
            "постановление № 541-р",
            "постановление № 541н",
            "постановление № 541/12",
        ] {
            assert!(!leans(&resolution(), sentence), "{sentence}");
        }
    }

    #[test]
    fn a_sign_of_several_words_stands_across_blanks_and_line_breaks() {
        for text in ["under 40 cfr parts ", "under 40\u{a0}cfr\nparts", "40 cfr  parts\n"] {
            assert!(before_sign(text, "40 cfr parts").is_some(), "{text:?}");
        }
        for text in ["under 140 cfr parts ", "under 40 cfr subparts ", "40 parts"] {
            assert!(before_sign(text, "40 cfr parts").is_none(), "{text:?}");
        }
    }

    #[test]
    fn cues_begin_words_and_end_them_where_they_say_so() {
        for (words, expected) in
            [(" (void since ", true), (" avoid ", false), (" (noi) ", true), (" noise ", false)]
        {
            assert_eq!(says(words, &["void", "noi$"]), expected, "{words}");
        }
    }
}
