use super::*;
use Language::{English as En, Korean as Ko, Russian as Ru, UzbekCyrillic as UzC, UzbekLatin as UzL};
use proptest::prelude::*;
use rstest::rstest;

fn found<'a>(language: Language, phrase: &str, text: &'a str, tag: Option<Language>) -> Vec<&'a str> {
    PhraseSet::build([(7, language, phrase)])
        .find(text, tag)
        .into_iter()
        .map(|hit| hit.range.of(text))
        .collect()
}

#[rstest]
#[case::plural(En, "protected area", "No Protected\nAreas nearby", "Protected\nAreas")]
#[case::hyphen(En, "non-technical summary", "a nontechnical summary", "nontechnical summary")]
#[case::blank(En, "non-technical summary", "the non technical summaries", "non technical summaries")]
#[case::divided(En, "groundwater", "The ground-\nwater level", "ground-\nwater")]
#[case::spelling(En, "sulphuric acid", "Sulfuric acids leak", "Sulfuric acids")]
#[case::possessive(En, "neighbouring refinery", "the neighboring refinery's flare", "neighboring refinery's")]
#[case::inflection(
    Ru,
    "особо охраняемая природная территория",
    "на особо охраняемых природных территориях",
    "особо охраняемых природных территориях"
)]
#[case::yo(Ru, "тяжёлые металлы", "тяжелых металлов нет", "тяжелых металлов")]
#[case::open(Ru, "краснокнижн*", "Краснокнижные виды", "Краснокнижные")]
#[case::open_second(Ru, "класс опасност*", "II класса опасности", "класса опасности")]
#[case::skip(
    Ru,
    "охраняемая ~ территория",
    "охраняемой особой природной территории",
    "охраняемой особой природной территории"
)]
#[case::skip_none(Ru, "охраняемая ~ территория", "охраняемой территории", "охраняемой территории")]
#[case::soft_noun(Ru, "сель", "угроза селей", "селей")]
#[case::lookalike(Ru, "цианид", "циaнидов нет", "циaнидов")]
#[case::hyphen_russian(
    Ru,
    "санитарно-защитная зона",
    "санитарно-\nзащитной зоны",
    "санитарно-\nзащитной зоны"
)]
#[case::comma(Ru, "руда золота, меди", "руды золота, меди и", "руды золота, меди")]
#[case::quotes(Ru, "закон об отходах", "Законом «Об отходах» принято", "Законом «Об отходах")]
#[case::abbreviation(Ru, "ПДК", "0,92 ПДК по", "ПДК")]
#[case::decimal(Ru, "РМ2,5", "доля PM2.5 мала", "PM2.5")]
#[case::uzbek(
    UzL,
    "muhofaza etiladigan tabiiy hudud",
    "muhofaza etiladigan tabiiy hududlar",
    "muhofaza etiladigan tabiiy hududlar"
)]
#[case::apostrophes(UzL, "davlat qoʻriqxonasi", "davlat qo‘riqxonalarida", "davlat qo‘riqxonalarida")]
#[case::no_apostrophe(UzL, "davlat qoʻriqxonasi", "Davlat qoriqxonasi", "Davlat qoriqxonasi")]
#[case::to_cyrillic(UzL, "yerosti suvlari", "Ерости сувларининг сатҳи", "Ерости сувларининг")]
#[case::to_latin(UzC, "қўриқхона", "qo'riqxonaga yaqin", "qo'riqxonaga")]
#[case::keyboard(UzC, "кўчириш", "ахолини кучиришга", "кучиришга")]
#[case::softening(UzL, "burgʻ qudugʻi", "burg'i quduqlari", "burg'i quduqlari")]
#[case::uzbek_limit(UzL, "REK", "REKdan oshish", "REKdan")]
#[case::korean(Ko, "지하수", "지하수를 취수", "지하수")]
#[case::korean_spacing(Ko, "환경영향평가", "환경 영향 평가를", "환경 영향 평가")]
#[case::korean_dot(Ko, "소음·진동", "소음ㆍ진동이", "소음ㆍ진동")]
#[case::korean_compound(Ko, "온실가스", "연간온실가스배출량", "온실가스")]
#[case::korean_skip(Ko, "보호지역 ~ 분포", "보호지역은 전혀 분포하지 않음", "보호지역은 전혀 분포")]
#[case::korean_mixed(Ko, "6가크롬", "납, 6가 크롬 및", "6가 크롬")]
fn a_phrase_is_found(
    #[case] language: Language,
    #[case] phrase: &str,
    #[case] text: &str,
    #[case] expected: &str,
) {
    assert_eq!(found(language, phrase, text, None), [expected]);
    assert_eq!(found(language, phrase, text, Some(language)), [expected]);
}

#[rstest]
#[case::village(Ru, "сель", "сельский округ, села и сёла")]
#[case::inside(Ru, "лом", "перелом, ломать")]
#[case::sentence(En, "protected area", "It is protected. Area 5 ha")]
#[case::comma(En, "protected area", "protected, area")]
#[case::paragraph(En, "protected area", "protected\n\narea")]
#[case::form_feed(En, "protected area", "protected\u{c}area")]
#[case::dash(En, "waste oil", "waste - oil")]
#[case::too_far(Ru, "охраняемая ~ территория", "охраняемая а б в г территория")]
#[case::skip_stops(Ru, "охраняемая ~ территория", "охраняемая зона. Вся территория")]
#[case::small_letters(Ru, "СИЗ", "сиз учун")]
#[case::short_loose(UzL, "koʻl", "кул чиқиндиси")]
#[case::korean_one(Ko, "납", "납부하였다")]
#[case::korean_two(Ko, "수은", "은수은행")]
#[case::korean_blank(Ko, "물 부족", "건물 부족")]
#[case::korean_decimal(Ko, "1회 조사", "0.1회 조사")]
fn a_phrase_is_not_found(#[case] language: Language, #[case] phrase: &str, #[case] text: &str) {
    assert_eq!(found(language, phrase, text, None), Vec::<&str>::new());
}

#[test]
fn terms_of_another_language_are_found_in_a_mixed_file() {
    let text = "Ҳудудда опасные отходы ва цианиды мавжуд";
    assert_eq!(found(Ru, "опасные отходы", text, Some(UzC)), ["опасные отходы"]);
    assert_eq!(found(Ru, "цианид*", text, Some(UzC)), ["цианиды"]);
    assert_eq!(found(Ru, "цианид", "CN 시안 (цианид)", Some(Ko)), ["цианид"]);
    assert_eq!(found(UzL, "yerosti suvlari", "Скважина: yerosti suvlari", Some(Ru)), ["yerosti suvlari"]);
}

#[test]
fn a_short_word_of_another_language_is_not_taken_for_a_term() {
    assert_eq!(found(En, "may", "2026-yil may oyida", Some(UzL)), Vec::<&str>::new());
    assert_eq!(found(UzL, "hid", "trees hid the road", Some(En)), Vec::<&str>::new());
    assert_eq!(found(Ru, "но", "но-балл", Some(UzC)), Vec::<&str>::new());
    assert_eq!(found(En, "may", "it may leak", Some(En)), ["may"]);
}

#[test]
fn matches_come_sorted_and_one_id_does_not_overlap_itself() {
    let set = PhraseSet::build([
        (3, En, "area"),
        (1, En, "protected area"),
        (1, En, "area"),
        (2, En, "marine protected area"),
    ]);
    let hits: Vec<(u32, usize, usize)> = set
        .find("marine protected area and area", Some(En))
        .iter()
        .map(|hit| (hit.phrase, hit.range.start, hit.range.end))
        .collect();
    assert_eq!(hits, [(2, 0, 21), (1, 7, 21), (3, 17, 21), (1, 26, 30), (3, 26, 30)]);
}

#[test]
fn an_empty_set_and_empty_phrases_find_nothing() {
    assert!(PhraseSet::build([]).find("any text 글", None).is_empty());
    assert!(
        PhraseSet::build([(1, En, ""), (2, Ko, "~"), (3, Ru, "*")]).find("any ~ * text", None).is_empty()
    );
}

fn phrase_of_words() -> impl Strategy<Value = (Language, String)> {
    let words = |pattern: &'static str| {
        proptest::collection::vec(proptest::string::string_regex(pattern).expect("a pattern"), 1..4)
    };
    prop_oneof![
        (Just(En), words("[a-z]{2,10}(-[a-z]{2,5})?")),
        (Just(Ru), words("[а-яё]{2,10}(-[а-я]{2,5})?")),
        (Just(UzL), words("[a-hj-z]{2,4}(oʻ|gʻ|ʼ)?[a-z]{2,6}")),
        (Just(UzC), words("[абвгдежзийклмнопрстуфхчшъэюяўқғҳё]{2,10}")),
        (Just(Ko), words("[가-힣]{1,4}")),
    ]
    .prop_map(|(language, words)| (language, words.join(" ")))
}

proptest! {
    #[test]
    fn every_phrase_is_found_in_itself_and_in_capitals((language, phrase) in phrase_of_words()) {
        let upper = phrase.to_uppercase();
        for text in [phrase.as_str(), upper.as_str()] {
            let hits = found(language, &phrase, text, Some(language));
            prop_assert_eq!(hits.first(), Some(&text));
        }
    }

    #[test]
    fn ranges_are_valid_in_any_text(text in any::<String>(), (language, phrase) in phrase_of_words()) {
        let text = format!("{text}{phrase} {text}-{phrase}.{text}");
        for hit in PhraseSet::build([(1, language, phrase.as_str())]).find(&text, None) {
            prop_assert!(!hit.range.of(&text).is_empty());
        }
    }
}

#[test]
fn a_text_without_a_single_blank_takes_no_longer_than_its_length() {
    let set = PhraseSet::build([(1, Ko, "납"), (2, En, "a ~ b"), (3, Ru, "вода"), (4, Ko, "납 ~ 물")]);
    let units = ["납", "a", "в", "a ", "납 ", "0.1 ", "Fig.", "\u{301}", "a-", "'"];
    let endings = ["lar", "ga", "da", "ay", "лар", "га", "ами"];
    for unit in units.into_iter().chain(endings) {
        let text = unit.repeat(60_000);
        set.find(&text, None);
        super::super::sentences::sentences(&text);
    }
}
