//! Does this full stop end an abbreviation? The lists behind [`super::sentences`].
//!
//! Words are compared in lower case without their last full stop.

/// What an abbreviation says about the sentence around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Something always follows: `Fig.`, `рис.`.
    Introduces,
    /// May stand at the end of a sentence: `etc.`, `т.д.`.
    MayEnd,
}

/// Abbreviations after which the sentence goes on.
const INTRODUCES: &[&str] = &[
    // English
    "e.g",
    "i.e",
    "cf",
    "viz",
    "vs",
    "no",
    "nos",
    "fig",
    "figs",
    "sec",
    "secs",
    "sect",
    "ch",
    "art",
    "par",
    "para",
    "app",
    "eq",
    "eqs",
    "ref",
    "refs",
    "tab",
    "vol",
    "ed",
    "eds",
    "pp",
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "st",
    "mt",
    "ft",
    "gen",
    "gov",
    "sen",
    "rep",
    "lt",
    "col",
    "sgt",
    "capt",
    "dept",
    "approx",
    "ca",
    "max",
    "min",
    "avg",
    "incl",
    "excl",
    "reg",
    "stat",
    "tel",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    // Russian
    "т.е",
    "т.к",
    "т.н",
    "т.о",
    "ст",
    "п",
    "пп",
    "подп",
    "рис",
    "табл",
    "гл",
    "разд",
    "прил",
    "см",
    "ср",
    "напр",
    "им",
    "ул",
    "пр",
    "просп",
    "пер",
    "обл",
    "р-н",
    "пос",
    "дер",
    "д",
    "с",
    "к",
    "кв",
    "стр",
    "оф",
    "акад",
    "проф",
    "доц",
    "инж",
    "канд",
    "руб",
    "долл",
    "мин",
    "макс",
    "ориент",
    "прибл",
    "ок",
    "св",
    "гр",
    "тел",
    "ред",
    "изд",
    "вып",
    "утв",
    "зам",
    "отв",
    "исп",
    "нач",
    "куб",
    "пог",
    "табл",
    // Uzbek
    "q",
    "b",
    "rasm",
    "jadv",
    "ilova",
    "mas",
    "masalan",
    "sh.j",
    "ш.ж",
    "қ",
    "расм",
    "жадв",
    "мас",
    "кўч",
    "koʻch",
    "ko'ch",
    "tum",
    "тум",
    "vil",
    "вил",
];

/// Abbreviations that may end a sentence when a new one begins after them.
const MAY_END: &[&str] = &[
    // English
    "etc",
    "al",
    "seq",
    "inc",
    "ltd",
    "co",
    "corp",
    "jr",
    "sr",
    "u.s",
    "u.s.a",
    "u.s.c",
    "c.f.r",
    "u.k",
    "e.u",
    "a.m",
    "p.m",
    "b.s",
    "m.s",
    "b.a",
    "m.a",
    "ph.d",
    "d.c",
    "est",
    "misc",
    "resp",
    "ave",
    "blvd",
    "rd",
    // Russian
    "т.д",
    "т.п",
    "др",
    "пр",
    "г",
    "гг",
    "в",
    "вв",
    "н.э",
    "млн",
    "млрд",
    "тыс",
    "трлн",
    "сут",
    "час",
    "чел",
    "ед",
    "экз",
    "шт",
    "м",
    "км",
    "га",
    "куб.м",
    "кв.м",
    "кв.км",
    "кг",
    "т",
    "л",
    "сек",
    "р.х",
    // Uzbek
    "v.h",
    "v.b",
    "h.k",
    "va h.k",
    "y",
    "yil",
    "ming",
    "mln",
    "mlrd",
    "t",
    "v.b.q",
    "в.ҳ",
    "в.б",
    "ҳ.к",
    "й",
    "йил",
    "минг",
];

/// Words that begin a sentence even after `U.S.`.
const STARTERS: &[&str] = &[
    "the", "this", "these", "those", "that", "it", "its", "in", "a", "an", "there", "if", "no", "all", "any",
    "for", "to", "as", "at", "on", "when", "where", "however", "he", "she", "they", "we", "our", "his",
];

/// Looks up a word without its last full stop.
pub(super) fn abbreviation(word: &str) -> Option<Abbreviation> {
    if word.chars().count() > 10 {
        return None;
    }
    let word = word.to_lowercase();
    if MAY_END.contains(&word.as_str()) {
        return Some(Abbreviation::MayEnd);
    }
    INTRODUCES.contains(&word.as_str()).then_some(Abbreviation::Introduces)
}

/// True if the word begins a sentence even after an abbreviation that is part of a name.
pub(super) fn is_starter(word: &str) -> bool {
    word.is_ascii() && STARTERS.contains(&word.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_known_in_any_case() {
        assert_eq!(abbreviation("Fig"), Some(Abbreviation::Introduces));
        assert_eq!(abbreviation("Т.Д"), Some(Abbreviation::MayEnd));
        assert_eq!(abbreviation("river"), None);
    }
}
