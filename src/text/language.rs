//! Which language is a paragraph or sentence in, and when is it better not to say?
//!
//! Evidence is weighed from cheap to dear: scripts, then letters, function words and endings, and only
//! where those leave a longer text undecided the trigram model of `whatlang` has a say (it knows no Uzbek
//! Cyrillic). Digits, codes, single names and other languages give `None`.

use whatlang::Lang;

use super::language_cues::{
    BULGARIAN_ENDINGS, CYRILLIC_CUES, Cue, ENGLISH_ENDINGS, LATIN_CUES, RUSSIAN_ENDINGS, UZBEK_ENDINGS,
    UZBEK_ENDINGS_CYRILLIC, UZBEK_KEYS, UZBEK_TYPED, typed_class,
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
            Some(Lang::Eng) if points.foreign <= 2 && points.first > points.second => Some(Language::English),
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
    if !word.is_ascii() {
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
    let Some((before, after)) = word.split_once('\'') else {
        return;
    };
    let is_english = matches!(after, "" | "s" | "t" | "re" | "ll" | "ve" | "d" | "m");
    if before.ends_with(['o', 'g']) && !is_english {
        points.second += 3;
    } else if matches!(before, "l" | "d" | "qu" | "n" | "j" | "dell" | "nell" | "all" | "un")
        && after.len() > 2
    {
        points.foreign += 2;
    } else if !is_english {
        points.second += 1;
    }
}

fn ends_in(word: &str, endings: &str) -> bool {
    endings.split(' ').any(|ending| word.len() > ending.len() && word.ends_with(ending))
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
        'і' | 'ї'
            | 'є'
            | 'ґ'
            | 'ј'
            | 'љ'
            | 'њ'
            | 'ћ'
            | 'ђ'
            | 'џ'
            | 'ѓ'
            | 'ќ'
            | 'ѕ'
            | 'ә'
            | 'ң'
            | 'ө'
            | 'ұ'
            | 'ү'
            | 'һ'
            | 'ӣ'
            | 'ӯ'
            | 'ҷ'
            | 'ӑ'
            | 'ӗ'
            | 'җ'
            | 'ҡ'
            | 'ҙ'
            | 'ҫ'
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
