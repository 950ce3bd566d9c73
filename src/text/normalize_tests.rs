use super::*;
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("Ёлка  ОБЪЁМ", "елка объем")]
#[case("oʻz o'z o‘z o’z oʼz o`z o´z", "o'z o'z o'z o'z o'z o'z o'z")]
#[case("ﬁnal ﬂow oﬃce", "final flow office")]
#[case("10\u{a0}км\u{2009}в\u{202f}час", "10 км в час")]
#[case("５０㎍/㎥ ＡＢＣ м³", "50μg/m3 abc м3")]
#[case("за\u{ad}по\u{ad}вед\u{ad}ник", "заповедник")]
#[case("окружа-\nющая", "окружающая")]
#[case("environ-\r\n   mental", "environmental")]
#[case("environ\u{ad}\nmental", "environmental")]
#[case("Aydar-\nArnasoy", "aydar- arnasoy")]
#[case("2020-\nyil", "2020- yil")]
#[case("word-\n\nnext", "word- next")]
#[case("cafe\u{301} и\u{306} е\u{308}", "café й е")]
#[case("ㆍ생태ㆍ자연도·", "·생태·자연도·")]
#[case("\u{1112}\u{1161}\u{11ab}", "한")]
#[case("зaпoвeдник СО2 СО₂", "заповедник co2 co2")]
#[case("\u{feff}\u{202b}a\0b\u{200b}c\u{202c}", "a bc")]
#[case("№ 5 «Красная» книга™", "№ 5 \"красная\" книга™")]
#[case("İstanbul", "istanbul")]
#[case("  \n ", "")]
#[case("x \u{a8} y", "x \u{a8} y")]
#[case("Aydar‑Arnasoy 5–10", "aydar-arnasoy 5-10")]
fn folding_gives_the_matching_form(#[case] original: &str, #[case] folded: &str) {
    assert_eq!(fold(original).text, folded);
}

#[rstest]
#[case("Ер ости сувлари", "yer osti suvlari", Some(Language::UzbekCyrillic))]
#[case("Ёдгорлик", "yodgorlik", Some(Language::UzbekCyrillic))]
#[case("Qoʻriqxona maʼlumot", "qoriqxona malumot", Some(Language::UzbekLatin))]
#[case("Чиқинди", "chiqindi", Some(Language::UzbekLatin))]
#[case("환경 영향 평가 소음ㆍ진동", "환경영향평가소음진동", Some(Language::Korean))]
#[case("Объём", "объем", Some(Language::Russian))]
#[case("Company's", "company's", None)]
fn match_keys_join_what_a_language_writes_in_many_ways(
    #[case] original: &str,
    #[case] key: &str,
    #[case] language: Option<Language>,
) {
    assert_eq!(match_key(original, language).text, key);
}

#[test]
fn ranges_lead_back_to_the_original_bytes() {
    let original = "  Ифлос\u{ad}ланган тоғ-\nлар, oʻrmon\u{a0}\u{a0}ﬁre";
    let folded = fold(original);
    for (word, expected) in
        [("ифлосланган", "Ифлос\u{ad}ланган"), ("тоғлар", "тоғ-\nлар"), ("o'rmon", "oʻrmon"), ("ir", "ﬁr")]
    {
        let start = folded.text.find(word).expect("the word is there");
        let range = folded.to_original(TextRange::new(start, start + word.len()));
        assert_eq!(range.of(original), expected);
    }
    let key = match_key("Сув ўтказиш", Some(Language::UzbekCyrillic));
    let start = key.text.find("tkazish").expect("the word is there");
    assert_eq!(key.to_original(TextRange::new(start, start + 7)).of("Сув ўтказиш"), "тказиш");
}

#[test]
fn an_empty_line_stays_visible_where_it_is_asked_for() {
    let keep = Keep { yo: true, paragraphs: true };
    assert_eq!(fold_with("ёр\nбор \n \n йўқ\u{c}а", keep).text, "ёр бор\nйўқ\nа");
}

/// Text with the characters that fold in unusual ways, and wild text.
fn wild_text() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "a", "B", "ё", "Қ", "o", "g", "ʻ", "’", "'", "´", "-", "\u{2010}", "\u{ad}", "\n", "\r\n", " ",
        "\u{a0}", "\u{c}", "\0", "ﬁ", "㎥", "Ａ", "\u{301}", "\u{308}", "и", "е", "환", "\u{1112}",
        "\u{1161}", "\u{11ab}", "ㆍ", "\u{200f}", "\u{202b}", "İ", "ß", "\u{a8}", "½", "1", "С", "c", "²",
        "ﷺ", "😀", "\u{feff}", "¬",
    ]);
    prop_oneof![proptest::collection::vec(pieces, 0..24).prop_map(|parts| parts.concat()), any::<String>(),]
}

proptest! {
    #[test]
    fn every_folded_range_maps_to_characters_of_the_original(text in wild_text()) {
        for folded in [
            fold(&text),
            match_key(&text, Some(Language::UzbekCyrillic)),
            match_key(&text, Some(Language::Korean)),
        ] {
            let bounds: Vec<usize> = folded.text.char_indices().map(|(at, _)| at).collect();
            let mut last = TextRange::default();
            for &start in &bounds {
                let end = start + folded.text[start..].chars().next().map_or(0, char::len_utf8);
                let range = folded.to_original(TextRange::new(start, end));
                prop_assert!(text.get(range.start..range.end).is_some());
                prop_assert!(!range.is_empty());
                prop_assert!(last.start <= range.start && last.end <= range.end);
                last = range;
            }
        }
    }

    #[test]
    fn the_original_behind_a_folded_word_folds_to_that_word(text in wild_text()) {
        let folded = fold(&text);
        let mut start = 0;
        for word in folded.text.split(' ') {
            let range = folded.to_original(TextRange::new(start, start + word.len()));
            prop_assert_eq!(&fold(range.of(&text)).text, word);
            start += word.len() + 1;
        }
        prop_assert!(!folded.text.contains("  ") && folded.text.trim_matches(' ') == folded.text);
    }

    #[test]
    fn any_offsets_are_answered(text in wild_text(), a in 0usize..90, b in 0usize..90) {
        let range = fold(&text).to_original(TextRange::new(a, b));
        prop_assert!(text.get(range.start..range.end).is_some());
    }
}
