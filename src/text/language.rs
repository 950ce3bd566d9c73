//! Which language is a paragraph or sentence in, and when is it better not to say?
//!
//! Evidence is weighed from cheap to dear: scripts, then letters, function words and endings, and only
//! where those leave a longer text undecided the trigram model of `whatlang` has a say (it knows no Uzbek
//! Cyrillic). Digits, codes, single names and other languages give `None`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use whatlang::Lang;

use super::language_cues::{
    ENGLISH_TOPICS, ENGLISH_WORDS, FOREIGN_CYRILLIC, FOREIGN_LATIN, RUSSIAN_WORDS, UZBEK_WORDS,
};
use super::normalize::{Keep, fold_with};
use super::script::Histogram;
use super::tokens::latin_key;
use super::words::{WordKind, words};
use crate::domain::language::Language;

/// Bytes that are looked at; a paragraph does not change its language after them often enough to matter.
const LOOKED_AT: usize = 3000;

/// Shortest text in letters that the trigram model is asked about.
const SHORTEST_FOR_TRIGRAMS: usize = 40;

/// Returns the language of a paragraph or sentence, `None` if unsure.
pub fn detect(text: &str) -> Option<Language> {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    let counts = Histogram::of(text);
    let letters = counts.letters();
    // Korean packs a word into two or three characters.
    if counts.hangul >= 2 && counts.hangul * 3 >= letters && counts.other <= counts.hangul {
        return (counts.hangul * 3 >= counts.digits).then_some(Language::Korean);
    }
    if letters < 3 || counts.digits > letters * 2 {
        return None;
    }
    if counts.cyrillic * 2 > letters {
        cyrillic_language(text, counts.cyrillic)
    } else if counts.latin * 2 > letters {
        latin_language(text, counts.latin)
    } else {
        None
    }
}

/// Points of a word for the languages of its script.
#[derive(Debug, Clone, Copy, Default)]
struct Cue {
    first: i32,
    foreign: i32,
}

/// Words of the Cyrillic lists but for Uzbek, which is compared by its Latin key.
static CYRILLIC_CUES: LazyLock<HashMap<&str, Cue>> = LazyLock::new(|| {
    let mut cues: HashMap<&str, Cue> = HashMap::new();
    for word in RUSSIAN_WORDS {
        // One letter is little evidence.
        cues.entry(word).or_default().first = if word.chars().count() == 1 { 1 } else { 2 };
    }
    for word in FOREIGN_CYRILLIC {
        cues.entry(word).or_default().foreign = 2;
    }
    cues
});

/// Words of the Latin lists but for Uzbek.
static LATIN_CUES: LazyLock<HashMap<&str, Cue>> = LazyLock::new(|| {
    let mut cues: HashMap<&str, Cue> = HashMap::new();
    for word in ENGLISH_TOPICS {
        cues.entry(word).or_default().first = 1;
    }
    for word in ENGLISH_WORDS {
        cues.entry(word).or_default().first = 2;
    }
    for word in FOREIGN_LATIN {
        cues.entry(word).or_default().foreign = 2;
    }
    cues
});

static UZBEK_KEYS: LazyLock<HashSet<&str>> = LazyLock::new(|| UZBEK_WORDS.iter().copied().collect());

/// Uzbek words from four letters on, as they look when typed without ў қ ғ ҳ.
static UZBEK_TYPED: LazyLock<HashSet<String>> =
    LazyLock::new(|| UZBEK_WORDS.iter().filter(|word| word.len() >= 3).map(|word| typed_class(word)).collect());

/// Letters that the missing keys make alike, as one.
fn typed_class(key: &str) -> String {
    key.replace('o', "u").replace('q', "k").replace('h', "x").replace("sx", "sh").replace("cx", "ch")
}

/// Points for the two languages of a script, and for any other.
#[derive(Debug, Default)]
struct Points {
    first: i32,
    second: i32,
    foreign: i32,
    words: i32,
}

/// What the points say.
enum Decision {
    First,
    Second,
    Foreign,
    Undecided,
}

impl Points {
    fn add(&mut self, cue: Option<&Cue>) {
        let cue = cue.copied().unwrap_or_default();
        self.first += cue.first;
        self.foreign += cue.foreign;
    }

    fn decide(&self) -> Decision {
        let best = self.first.max(self.second);
        let other = self.first.min(self.second);
        if self.foreign >= 2 && self.foreign * 2 >= best {
            return Decision::Foreign;
        }
        // Longer texts have to show more: one point in seven words, two at least unless very short.
        let needed = match self.words {
            ..=3 if other == 0 && self.foreign == 0 => 1,
            ..=3 => 2,
            words => 2 + words / 7,
        };
        if best < needed || best * 2 < other * 3 {
            return Decision::Undecided;
        }
        if self.first > self.second { Decision::First } else { Decision::Second }
    }
}

fn cyrillic_language(text: &str, letters: usize) -> Option<Language> {
    let mut points = Points::default();
    for_each_word(text, WordKind::Cyrillic, |word| weigh_cyrillic(word, &mut points));
    match points.decide() {
        Decision::First => Some(Language::Russian),
        Decision::Second => Some(Language::UzbekCyrillic),
        Decision::Foreign => None,
        Decision::Undecided => {
            let is_russian = points.second == 0 && points.foreign == 0 && points.first > 0;
            (is_russian && trigrams(text, letters) == Some(Lang::Rus)).then_some(Language::Russian)
        }
    }
}

fn latin_language(text: &str, letters: usize) -> Option<Language> {
    let mut points = Points::default();
    for_each_word(text, WordKind::Latin, |word| weigh_latin(word, &mut points));
    match points.decide() {
        Decision::First => Some(Language::English),
        Decision::Second => Some(Language::UzbekLatin),
        Decision::Foreign => None,
        Decision::Undecided => match trigrams(text, letters) {
            Some(Lang::Eng) if points.foreign <= 2 && points.first > points.second => {
                Some(Language::English)
            }
            Some(Lang::Uzb) if points.foreign <= 2 && points.second > points.first => {
                Some(Language::UzbekLatin)
            }
            _ => None,
        },
    }
}

fn trigrams(text: &str, letters: usize) -> Option<Lang> {
    if letters < SHORTEST_FOR_TRIGRAMS {
        return None;
    }
    whatlang::detect(text).filter(|info| info.confidence() > 0.5).map(|info| info.lang())
}

fn for_each_word(text: &str, kind: WordKind, mut weigh: impl FnMut(&str)) {
    let folded = fold_with(text, Keep { yo: true, paragraphs: false });
    for word in words(&folded.text).filter(|word| word.kind == kind) {
        weigh(&folded.text[word.start..word.end]);
    }
}

fn weigh_cyrillic(word: &str, points: &mut Points) {
    points.words += 1;
    let letters = word.chars().count();
    if word.contains(is_other_cyrillic) || has_bulgarian_er(word) {
        points.foreign += 3;
        return;
    }
    if word.contains(['ў', 'қ', 'ғ', 'ҳ']) {
        points.second += 2;
    }
    if word.contains(['ы', 'щ']) {
        points.first += 2;
    }
    let plain = word.replace('ё', "е");
    points.add(CYRILLIC_CUES.get(plain.as_str()));
    if is_uzbek_word(word) {
        points.second += 2;
    }
    if letters >= 5 {
        points.first += i32::from(ends_in(&plain, RUSSIAN_ENDINGS));
        points.second += i32::from(ends_in(word, UZBEK_ENDINGS_CYRILLIC));
        points.foreign += 2 * i32::from(ends_in(word, BULGARIAN_ENDINGS));
    }
}

fn weigh_latin(word: &str, points: &mut Points) {
    points.words += 1;
    let letters = word.chars().count();
    if word.chars().any(|c| !c.is_ascii()) {
        points.foreign += 3;
        return;
    }
    weigh_apostrophe(word, points);
    let key = latin_key(word);
    points.add(LATIN_CUES.get(word));
    points.second += 2 * i32::from(UZBEK_KEYS.contains(key.as_str()));
    let has_bare_q = key.contains('q') && !key.contains("qu") || key.contains("oqu");
    points.second += 2 * i32::from(has_bare_q && letters >= 3);
    if letters >= 6 {
        points.first += i32::from(ends_in(&key, ENGLISH_ENDINGS));
        points.second += i32::from(ends_in(&key, UZBEK_ENDINGS));
    }
}

/// oʻ and gʻ before a letter or at a word's end are Uzbek; `l'`, `d'`, `dell'` are Romance.
fn weigh_apostrophe(word: &str, points: &mut Points) {
    let Some((before, after)) = word.split_once('\'') else { return };
    let is_english = matches!(after, "" | "s" | "t" | "re" | "ll" | "ve" | "d" | "m");
    if before.ends_with(['o', 'g']) && !is_english {
        points.second += 3;
    } else if matches!(before, "l" | "d" | "qu" | "n" | "j" | "dell" | "nell" | "all" | "un") && after.len() > 2 {
        points.foreign += 2;
    } else if !is_english {
        points.second += 1;
    }
}

const RUSSIAN_ENDINGS: &[&str] = &[
    "ение", "ения", "ению", "ением", "ание", "ания", "анию", "анием", "ость", "ости", "остью", "ого", "его", "ому",
    "ая", "яя", "ое", "ее", "ой", "ей", "ый", "ые", "ых", "ых", "их", "ие", "ии", "ую", "ться", "ется",
    "ются", "ами", "ями", "ах", "ях", "ов", "ев", "ство", "ства", "ский", "ские", "ных", "ный", "ные", "ная", "ного",
    "ции", "цию", "ены", "ено", "ена", "ован", "ать", "ить", "ить", "ьный",
];

const UZBEK_ENDINGS_CYRILLIC: &[&str] = &[
    "лар", "лари", "ларни", "ларнинг", "ларда", "лардан", "ларга", "ларини", "ларининг", "нинг", "даги", "гача",
    "моқда", "мокда", "ган", "қан", "ади", "япти", "диган", "иши", "иш", "ишни", "лиги", "лик", "сида", "сидан",
    "сига", "сини", "сининг", "идан", "ида", "ини", "имиз", "маган", "майди", "мас", "сиз", "син", "дир", "чилик",
    "увчи", "хона", "атлар", "аси", "еси", "яси",
];

const BULGARIAN_ENDINGS: &[&str] = &["ите", "ията", "ването", "ането", "ският"];

const ENGLISH_ENDINGS: &[&str] = &[
    "tion", "tions", "ment", "ments", "ing", "ness", "ity", "ities", "able", "ible", "ed", "ly", "ance", "ence",
    "ous", "ical", "ship", "ings", "ies", "ward", "land", "lands", "ways", "ers", "ful", "less",
];

const UZBEK_ENDINGS: &[&str] = &[
    "lar", "lari", "larni", "larning", "larda", "lardan", "larga", "larini", "larining", "ning", "dagi", "gacha",
    "moqda", "gan", "adi", "digan", "ishi", "ish", "ishni", "ligi", "lik", "sida", "sidan", "siga", "sini", "sining",
    "idan", "ida", "ini", "magan", "maydi", "masligi", "siz", "dir", "chilik", "uvchi", "xona", "asi", "iladi",
    "ilgan", "langan", "lanadi", "shdi",
];

fn ends_in(word: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
}

/// Compares a Cyrillic word with the Uzbek list as it is and as typed without ў қ ғ ҳ.
fn is_uzbek_word(word: &str) -> bool {
    let key = latin_key(word);
    UZBEK_KEYS.contains(key.as_str()) || (key.len() >= 3 && UZBEK_TYPED.contains(&typed_class(&key)))
}

/// Letters of other languages in Cyrillic script. Uzbek has ў қ ғ ҳ, and Belarusian ў stands beside і.
fn is_other_cyrillic(c: char) -> bool {
    matches!(
        c,
        'і' | 'ї' | 'є' | 'ґ' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'ѓ' | 'ќ' | 'ѕ' | 'ә' | 'ң' | 'ө' | 'ұ' | 'ү'
            | 'һ' | 'ӣ' | 'ӯ' | 'ҷ' | 'ӑ' | 'ӗ' | 'җ' | 'ҡ' | 'ҙ' | 'ҫ'
    )
}

/// True for ъ between consonants, a vowel only in Bulgarian.
fn has_bulgarian_er(word: &str) -> bool {
    let is_consonant = |c: char| "бвгджзклмнпрстфхцчшщ".contains(c);
    let chars: Vec<char> = word.chars().collect();
    chars.windows(3).any(|w| w[1] == 'ъ' && is_consonant(w[0]) && is_consonant(w[2]))
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
