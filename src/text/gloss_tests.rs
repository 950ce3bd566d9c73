use proptest::prelude::*;
use rstest::rstest;

use super::*;

const ENTRIES: &[(&str, Language, &str)] = &[
    ("water", Language::Russian, "вода"),
    ("groundwater", Language::Russian, "подземные воды"),
    ("impact", Language::Russian, "воздействие"),
    ("pollution", Language::Russian, "загрязнение"),
    ("cement", Language::Russian, "цемент"),
    ("hectare", Language::Russian, "га"),
    ("impact", Language::UzbekLatin, "taʼsir"),
    ("groundwater", Language::UzbekLatin, "yer osti suvlari"),
    ("gravel quarry", Language::UzbekLatin, "shagʻal karyeri"),
    ("environmental impact assessment", Language::Korean, "환경영향평가"),
    ("environment", Language::Korean, "환경"),
    ("groundwater", Language::Korean, "지하수"),
    ("noise", Language::Korean, "소음"),
];

fn glosser() -> Glosser {
    let entries: Vec<GlossaryEntry<'_>> = ENTRIES
        .iter()
        .map(|&(english, language, phrase)| GlossaryEntry { english, language, phrase })
        .collect();
    Glosser::build(&entries)
}

fn gloss(text: &str, language: Language) -> Gloss {
    glosser().gloss(text, language).expect("a language of the glossary")
}

#[rstest]
#[case(Language::Russian, "Воздействие на подземные воды: 12,5 га.", "impact groundwater 12,5 hectare", 4, 4)]
#[case(Language::Russian, "Воды загрязняющих цехов", "water pollution", 3, 2)]
#[case(Language::Russian, "БПК и COD, PM2.5. Вода", "cod pm2.5. water", 2, 1)]
#[case(Language::UzbekLatin, "Yer osti suvlariga ta'siri", "groundwater impact", 4, 4)]
#[case(Language::UzbekCyrillic, "шағал карьерининг таъсири", "gravel quarry impact", 3, 3)]
#[case(
    Language::Korean,
    "환경영향평가는 지하수를 포함한다",
    "environmental impact assessment groundwater",
    3,
    2
)]
#[case(Language::Korean, "소음환경", "noise", 1, 1)]
fn texts_become_english_words_in_order(
    #[case] language: Language,
    #[case] text: &str,
    #[case] english: &str,
    #[case] words: usize,
    #[case] known: usize,
) {
    assert_eq!(gloss(text, language), Gloss { text: english.to_owned(), words, known });
}

#[test]
fn stop_words_and_numbers_are_neither_known_nor_unknown() {
    let found = gloss("и на 15 вода", Language::Russian);
    assert_eq!((found.words, found.known, found.share_known()), (1, 1, 1.0));
    assert_eq!(gloss("15 на 20", Language::Russian).share_known(), 0.0);
}

#[test]
fn english_needs_no_gloss_and_a_language_without_entries_has_none() {
    assert_eq!(glosser().gloss("water", Language::English), None);
    assert_eq!(Glosser::build(&[]).gloss("вода", Language::Russian), None);
}

#[test]
fn a_word_as_written_goes_before_its_stem_and_stop_words_are_no_forms_of_others() {
    let entry = |english, phrase| GlossaryEntry { english, language: Language::Russian, phrase };
    let glosser = Glosser::build(&[entry("summer", "лето"), entry("years", "лет"), entry("soybean", "соя")]);
    let gloss = |text| glosser.gloss(text, Language::Russian).unwrap().text;
    assert_eq!(gloss("пять лет, со всеми сроками"), "years");
    assert_eq!(gloss("летом соя"), "summer soybean");
}

#[test]
fn of_entries_with_one_phrase_the_first_is_used() {
    let entry = |english| GlossaryEntry { english, language: Language::Russian, phrase: "среда" };
    let glosser = Glosser::build(&[entry("environment"), entry("wednesday")]);
    assert_eq!(
        glosser.gloss("среда", Language::Russian).map(|gloss| gloss.text),
        Some("environment".to_owned())
    );
}

proptest! {
    #[test]
    fn any_text_has_a_gloss_of_known_words_at_most(text in any::<String>()) {
        let glosser = glosser();
        for language in Language::ALL {
            if let Some(gloss) = glosser.gloss(&text, language) {
                prop_assert!(gloss.known <= gloss.words);
            }
        }
    }
}
