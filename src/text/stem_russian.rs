//! Which words are forms of one Russian word? Snowball, with its two gaps for this field closed.
//!
//! Snowball keeps the fleeting vowel of *участок – участка* and takes *сель* (mudflow) and *село*
//! (village) for one word; [`listed_forms`] lets [`super::phrases`] list the forms of short soft nouns.

use rust_stemmers::{Algorithm, Stemmer};

use super::tokens::is_too_long_to_stem;

/// Returns the stem of a folded Russian word (lower case, е for ё).
pub(super) fn stem(word: &str) -> String {
    if is_too_long_to_stem(word) {
        return word.to_owned();
    }
    let stemmer = Stemmer::create(Algorithm::Russian);
    // объем, водоем: -ем is no verb ending here.
    if word.ends_with("ъем") || word.ends_with("водоем") || matches!(word, "прием" | "заем" | "наем")
    {
        return word.to_owned();
    }
    let stem = stemmer.stem(word);
    for (full, short) in [("ок", "к"), ("ек", "к"), ("ец", "ц")] {
        if let Some(base) = stem.strip_suffix(full)
            && base.chars().count() >= 3
        {
            return format!("{base}{short}");
        }
    }
    if &*stem == "земел" {
        return "земл".to_owned();
    }
    stem.into_owned()
}

/// Elements whose names Snowball cuts down to the stem of other words: радий, ради, рад.
const ELEMENTS: &[&str] = &["радий", "торий", "литий", "барий", "калий", "гелий", "церий"];

/// Returns every case form of a word whose stem is too short to be compared, `None` for any other word.
pub(super) fn listed_forms(word: &str) -> Option<Vec<String>> {
    if word == "селен" {
        // Snowball makes one word of it and of сель.
        return Some(["", "а", "у", "ом", "е"].iter().map(|ending| format!("{word}{ending}")).collect());
    }
    if ELEMENTS.contains(&word) {
        let base = word.strip_suffix('й')?;
        return Some(["й", "я", "ю", "ем", "и"].iter().map(|ending| format!("{base}{ending}")).collect());
    }
    soft_noun_forms(word)
}

/// Returns the case forms of a short noun in -ь (сель, ртуть, уголь), `None` for any other word.
///
/// Such stems are too short to be compared: сель and село, уголь and угол would be the same.
fn soft_noun_forms(word: &str) -> Option<Vec<String>> {
    let base = word.strip_suffix('ь')?;
    let letters = base.chars().count();
    let is_infinitive =
        base.ends_with('т') && base.chars().rev().nth(1).is_some_and(|c| "аяеиоуы".contains(c));
    if !(2..=5).contains(&letters) || (is_infinitive && word != "ртуть" && word != "сеть") {
        return None;
    }
    // уголь – угля: the vowel before the last consonant is fleeting.
    let mut bases = vec![base.to_owned()];
    if word == "уголь" {
        bases.push("угл".to_owned());
    }
    let mut forms = vec![word.to_owned()];
    for base in bases {
        for ending in ["я", "ю", "ем", "и", "ей", "ям", "ями", "ях", "ью"] {
            forms.push(format!("{base}{ending}"));
        }
    }
    Some(forms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for group in [
            ["участок", "участка", "участков"],
            ["загрязнение", "загрязнения", "загрязнением"],
            ["охраняемая", "охраняемые", "охраняемых"],
            ["площадка", "площадок", "площадкой"],
            ["вода", "воды", "вод"],
            ["водоем", "водоемы", "водоемов"],
            ["земля", "земель", "землями"],
        ] {
            assert_eq!(stem(group[0]), stem(group[1]), "{group:?}");
            assert_eq!(stem(group[0]), stem(group[2]), "{group:?}");
        }
        assert_ne!(stem("сель"), stem("сельский"));
    }

    #[test]
    fn a_run_of_letters_longer_than_any_word_is_kept() {
        let run = "ами".repeat(30);
        assert_eq!(stem(&run), run);
    }

    #[test]
    fn soft_nouns_list_their_forms() {
        let forms = soft_noun_forms("сель").expect("a soft noun");
        assert!(forms.contains(&"селя".to_owned()) && !forms.contains(&"села".to_owned()));
        assert!(soft_noun_forms("уголь").is_some_and(|forms| forms.contains(&"угля".to_owned())));
        assert_eq!(soft_noun_forms("загрязнять"), None);
    }
}
