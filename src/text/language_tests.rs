use super::*;
use proptest::prelude::*;

/// `tag<TAB>text` lines; `none` where no language may be named.
const LABELLED: &str = include_str!("testdata/language.tsv");

fn labelled() -> impl Iterator<Item = (&'static str, &'static str)> {
    LABELLED.lines().filter_map(|line| line.split_once('\t'))
}

#[test]
fn labelled_sentences_are_recognised() {
    for language in Language::ALL {
        let texts: Vec<&str> =
            labelled().filter(|(tag, _)| *tag == language.tag()).map(|(_, text)| text).collect();
        assert!(texts.len() >= 25, "{language} has too few sentences");
        let missed: Vec<(&str, Option<Language>)> = texts
            .iter()
            .map(|text| (*text, detect(text)))
            .filter(|(_, found)| *found != Some(language))
            .collect();
        let accuracy = 1.0 - missed.len() as f64 / texts.len() as f64;
        assert!(accuracy >= 0.96, "{language}: {missed:?}");
        assert!(missed.iter().all(|(_, found)| found.is_none()), "named wrongly: {missed:?}");
    }
    let known: Vec<(&str, &str)> = labelled().filter(|(tag, _)| *tag != "none").collect();
    let right = known.iter().filter(|(tag, text)| detect(text).map(Language::tag) == Some(tag)).count();
    assert!(right as f64 / known.len() as f64 >= 0.97);
}

#[test]
fn other_languages_codes_and_names_are_not_named() {
    let texts: Vec<&str> = labelled().filter(|(tag, _)| *tag == "none").map(|(_, text)| text).collect();
    assert!(texts.len() >= 20);
    let named: Vec<(&str, Language)> = texts.iter().filter_map(|text| Some((*text, detect(text)?))).collect();
    assert!(named.len() * 10 <= texts.len(), "{named:?}");
}

#[test]
fn a_word_of_another_language_does_not_change_the_paragraph() {
    let mixed = "Ҳудудда опасные отходы сақланмайди, чиқиндилар ҳар ойда олиб кетилади.";
    assert_eq!(detect(mixed), Some(Language::UzbekCyrillic));
    let mixed = "The khokimiyat (hokimlik) of Navoiy viloyati has agreed to the site.";
    assert_eq!(detect(mixed), Some(Language::English));
}

proptest! {
    #[test]
    fn any_text_is_answered_alike_twice(text in any::<String>()) {
        prop_assert_eq!(detect(&text), detect(&text));
    }
}
