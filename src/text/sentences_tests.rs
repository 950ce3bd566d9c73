use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn split(text: &str) -> Vec<&str> {
    sentences(text).into_iter().map(|range| range.of(text)).collect()
}

#[rstest]
#[case::english("Wells are dry. Dust rises! Is it safe? Yes.", 4)]
#[case::abbreviations("See Fig. 3, sec. 4 and No. 5, i.e. the map, e.g. Map B, etc. and so on.", 1)]
#[case::statute("Under 42 U.S.C. 4332 the U.S. Fish and Wildlife Service agreed. It signed.", 2)]
#[case::acronym_end("The land belongs to the U.S. The project leases it.", 2)]
#[case::etc_end("Oil, paint, etc. The waste is stored.", 2)]
#[case::decimals("The level is 0.12 µSv/h and 1.5 MPC. It is low.", 2)]
#[case::initials("Report by J. R. Smith and A. Jones. Approved.", 2)]
#[case::ellipsis("It was ... not found. Then... Nothing", 3)]
#[case::number_end("Built in 2019. The plant works. In 2020. 150 wells.", 4)]
#[case::russian("В радиусе 10 км ООПТ отсутствуют. Сайгак не встречается.", 2)]
#[case::russian_abbreviations("Согласно п. 3 ст. 5, т.е. рис. 2 и табл. 4, расход 5 тыс. куб.м в сут.", 1)]
#[case::russian_city("Объект в г. Ташкент введён в 2024 г. Проект утверждён.", 2)]
#[case::russian_tail("Масла, лампы и т.д. Отходы вывозятся.", 2)]
#[case::russian_initials("Руководитель А. Б. Иванов подписал. Печать есть.", 2)]
#[case::russian_units("Мощность 5 тыс. МВт. Срок 2 года.", 2)]
#[case::uzbek("Sel xavfi yoʻq hudud. Aholi koʻchirilmaydi, ammo 14 ta fermer yeri olib qoʻyiladi.", 2)]
#[case::uzbek_abbreviations("Qum, shagʻal va h.k. olib kelinadi. Hujjat 2026-y. 5-mayda imzolangan.", 2)]
#[case::uzbek_cyrillic("Тупроқ, сув в.ҳ. ўрганилди. № 5 қарор бор.", 2)]
#[case::korean("보호지역은 분포하지 않음. 영향이 없다고 볼 수 없음.", 2)]
#[case::korean_without_blank("조사하였다.영향은 미미함.저감방안을 수립함", 3)]
#[case::korean_date("2026. 5. 12. 협의를 완료하였다. 다음 절차를 진행한다.", 2)]
#[case::numbering("1. Introduction follows. 1.1. The site is dry. IV. Water", 3)]
#[case::glued("The river is dry.The dam is old.", 2)]
#[case::quoted("He said \"no.\" Then he left. (It rained.) We stayed.", 4)]
#[case::url("See www.example.org/a.html for more. End.", 2)]
fn sentences_are_counted(#[case] text: &str, #[case] expected: usize) {
    assert_eq!(split(text).len(), expected, "{:#?}", split(text));
}

#[test]
fn a_single_line_break_is_layout_and_an_empty_line_is_not() {
    assert_eq!(split("The river\nflows north\nof the site"), ["The river\nflows north\nof the site"]);
    assert_eq!(split("Title\n\nThe river\r\n\r\nEnd\u{c}Page"), ["Title", "The river", "End", "Page"]);
}

#[test]
fn list_markers_begin_sentences() {
    let text = "Impacts:\n• dust\n- noise\n1) waste\n(b) odour\nа) шум\n2.1 Water\n가. 현황\n① 대기";
    assert_eq!(split(text).len(), 9, "{:#?}", split(text));
    assert_eq!(split("dust;\nnoise;\nwaste").len(), 3);
    assert_eq!(split("the years up to\n2026. Then it closed.").len(), 2);
}

#[test]
fn a_numbered_heading_line_stands_alone() {
    assert_eq!(
        split("5.3 Радиоактивное загрязнение\nФон в норме."),
        ["5.3 Радиоактивное загрязнение", "Фон в норме."]
    );
    assert_eq!(split("5.3 Радиоактивное\nзагрязнение").len(), 1);
}

#[test]
fn negation_traps_stay_whole() {
    for text in [
        "There are no protected areas within 10 km of the site.",
        "Краснокнижные виды в ходе обследования не выявлены, однако ближайшее гнездо балобана \
         расположено в 1,2 км.",
        "Превышений ПДК не наблюдается (0,92 ПДК по диоксиду азота).",
        "법정보호종은 확인되지 않았으나 문헌상 서식 가능성이 있음.",
        "Loyiha hududidan 10 km radiusda muhofaza etiladigan tabiiy hududlar mavjud emas.",
    ] {
        assert_eq!(split(text), [text]);
    }
}

proptest! {
    #[test]
    fn ranges_are_in_order_and_leave_out_white_space_only(
        text in "(\\PC|[ .!?\n\r\u{c};1a)(А다•-]){0,60}"
    ) {
        let mut rest = String::new();
        let mut last = 0;
        for range in sentences(&text) {
            prop_assert!(range.start >= last && !range.is_empty());
            prop_assert!(text.get(range.start..range.end).is_some());
            rest.push_str(&text[last..range.start]);
            last = range.end;
        }
        rest.push_str(&text[last..]);
        prop_assert!(rest.trim().is_empty());
    }
}
