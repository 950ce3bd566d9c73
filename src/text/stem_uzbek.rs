//! Which words are forms of one Uzbek word? Conservative suffix stripping on the Latin key.
//!
//! Input is the apostrophe-free lower-case Latin key of either script. Only inflection is stripped (case,
//! possessive, plural), never negation (`-siz`) or derivation, longest suffix first, down to four letters
//! – three where a closed syllable such as *suv*, *yer*, *gaz* remains.

use super::tokens::is_too_long_to_stem;

/// Case endings and the endings built on them, longest first.
const CASES: &[&str] = &["dagilar", "gacha", "dagi", "ning", "dan", "dir", "ga", "ka", "qa", "da", "ni"];

/// Words in -s whose possessive -i must not be read as -si: asosi is asos + i.
const S_FINAL: &[&str] = &[
    "asos", "meros", "nafas", "qiyos", "xolos", "avtobus", "virus", "status", "radius", "fokus", "korpus",
    "protses", "boss", "gaus", "minus", "plus", "bonus", "olmos", "idlos",
];

/// Returns the stem of an apostrophe-free lower-case Latin word.
pub(super) fn stem(key: &str) -> String {
    // Cyrillic ц is written ts or s, depending on the writer.
    let mut word = key.replace("ts", "s");
    if is_too_long_to_stem(&word) {
        return word;
    }
    loop {
        let before = word.len();
        strip_case(&mut word);
        strip_possessive(&mut word);
        strip_plural(&mut word);
        if word.len() == before {
            break;
        }
    }
    soften(&mut word);
    word
}

fn strip_case(word: &mut String) {
    for suffix in CASES {
        let Some(base) = word.strip_suffix(suffix) else {
            continue;
        };
        // -ka and -qa follow only the consonant they have taken over.
        let fits = match *suffix {
            "ka" => base.ends_with('k'),
            "qa" => base.ends_with('q'),
            _ => true,
        };
        if fits && is_stem(base) {
            word.truncate(base.len());
        }
        return;
    }
}

fn strip_possessive(word: &mut String) {
    let Some(base) = word.strip_suffix('i') else {
        return;
    };
    if let Some(short) = base.strip_suffix('s')
        && ends_in_vowel(short)
        && !S_FINAL.contains(&base)
    {
        if is_stem(short) {
            word.truncate(short.len());
        }
        return;
    }
    if let Some(short) = base.strip_suffix("im").and_then(|b| b.strip_suffix('z')).filter(|b| is_stem(b)) {
        word.truncate(short.len());
        return;
    }
    if !ends_in_vowel(base) && is_stem(base) {
        word.truncate(base.len());
    }
}

fn strip_plural(word: &mut String) {
    if let Some(base) = word.strip_suffix("lar").filter(|base| is_stem(base)) {
        word.truncate(base.len());
    }
}

/// True if what remains is long enough to be a word: four letters, or three that end in a consonant.
fn is_stem(base: &str) -> bool {
    let letters = base.chars().count();
    letters >= 4 || (letters == 3 && !ends_in_vowel(base) && base.contains(is_vowel))
}

fn ends_in_vowel(word: &str) -> bool {
    word.ends_with(is_vowel)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Makes one class of what changes or cannot be told apart at a stem's end.
fn soften(word: &mut String) {
    let letters = word.chars().count();
    // quduq – qudugi, yolak – yolagi: the last consonant softens before a vowel.
    if letters >= 4 && word.ends_with(['q', 'g']) {
        word.pop();
        word.push('k');
    }
    // The object case -ni of a vowel stem looks like -i after n (maydoni), so n is dropped everywhere;
    // likewise s before -i (merosi).
    if letters >= 5 && word.ends_with(['n', 's']) && word.chars().rev().nth(1).is_some_and(is_vowel) {
        word.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for group in [
            "ekspertiza ekspertizasi ekspertizasidan ekspertizalarining ekspertizani",
            "suv suvlar suvlari suvlarni suvga suvning suvni suvdan",
            "yer yerlarni yerdan yeri yerlar",
            "quduq qudugi quduqlar quduqqa qudugidan",
            "yolak yolaklar yolagi yolakka",
            "togon togoni togonlar togonga togonning",
            "maydon maydoni maydonda maydonlari",
            "meros merosi merosini meroslar",
            "hudud hududi hududidan hududlar hududlarda hududdagi",
            "chiqindi chiqindilar chiqindilarni chiqindilari",
            "konsentratsiyalari konsentrasiyalar",
            "monitoring monitoringi monitoringni",
            "loyiha loyihasi loyihaning loyihadan",
            "sel selga selning",
            "obyekt obyekti obyektlar obyektning",
            "simob simobli",
        ] {
            let mut words: Vec<&str> = group.split(' ').collect();
            if words[0] == "simob" {
                assert_ne!(stem(words[0]), stem(words[1]), "derivation is not stripped");
                continue;
            }
            let first = stem(words.remove(0));
            for word in words {
                assert_eq!(stem(word), first, "{word}");
            }
        }
    }

    #[test]
    fn negation_and_short_words_are_kept() {
        assert_eq!(stem("zararsiz"), "zararsiz");
        assert_eq!(stem("emas"), "emas");
        assert_ne!(stem("yoq"), stem("yog"));
        assert_eq!(stem("kul"), "kul");
    }

    #[test]
    fn a_run_of_letters_longer_than_any_word_is_kept() {
        for unit in ["lar", "ga", "da", "ning"] {
            let run = unit.repeat(40);
            assert_eq!(stem(&run), run);
        }
        let longest = format!("{}lar", "b".repeat(61));
        assert_eq!(stem(&longest), "b".repeat(61));
    }

    proptest! {
        #[test]
        fn stems_are_never_empty_and_never_longer(word in "[a-z]{1,16}|\\PC{1,8}") {
            let stem = stem(&word);
            prop_assert!(!stem.is_empty() && stem.len() <= word.len());
        }
    }
}
