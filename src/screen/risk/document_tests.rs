//! Whole reports: order, forms, pieces of sentences, claims.

use super::*;
use crate::domain::document::{Block, BlockKind, MediaType};
use crate::domain::explanation::Code;
use crate::domain::ids::DocumentId;
use crate::rules::lexicon::Lexicon;

pub(in super::super) fn document(blocks: &[(BlockKind, &str)]) -> Document {
    let mut text = String::new();
    let mut list = Vec::new();
    for (kind, words) in blocks {
        let start = text.len();
        text.push_str(words);
        let range = TextRange::new(start, text.len());
        list.push(Block { kind: *kind, span: crate::domain::span::Span { range, page: None } });
        text.push('\n');
    }
    Document {
        id: DocumentId::of_content(&[&text]),
        name: "report.txt".to_owned(),
        sha256: String::new(),
        media_type: MediaType::PlainText,
        text,
        pages: Vec::new(),
        blocks: list,
        sections: Vec::new(),
        languages: Vec::new(),
        not_examined: Vec::new(),
    }
}

fn scanner() -> RiskScanner {
    RiskScanner::new(&Lexicon::load_builtin().unwrap())
}

fn polarity_of(sentence: &str, category: &str, language: Language) -> Polarity {
    let found = scanner().scan_sentence(sentence, Some(language));
    let risk = found.iter().find(|risk| risk.category.0 == category);
    risk.unwrap_or_else(|| panic!("{sentence}: {found:?}")).polarity
}

#[test]
fn a_barrier_that_is_imagined_to_fail_is_no_measure() {
    let sentence =
        "If the sulphur recovery unit trips, hydrogen sulphide would be sent to the stack for half an hour.";
    assert_eq!(polarity_of(sentence, "R07", Language::English), Polarity::Hypothetical);
    let sentence = "If hydrogen sulphide is detected, the gas is recycled to the recovery unit.";
    assert_eq!(polarity_of(sentence, "R07", Language::English), Polarity::Mitigation);
}

#[test]
fn a_barrier_beside_an_exceedance_is_its_place() {
    let sentence = "방음벽 후면 공동주택의 소음도는 59dB(A)로 기준 55dB(A)를 초과한다.";
    assert_eq!(polarity_of(sentence, "R14", Language::Korean), Polarity::Asserted);
    let sentence = "소음이 기준을 초과하는 구간에는 방음벽을 설치한다.";
    assert_eq!(polarity_of(sentence, "R14", Language::Korean), Polarity::Mitigation);
}

#[test]
fn a_measure_that_nobody_takes_leaves_the_hazard_standing() {
    let sentence = "Ombordagi eski pestitsidlar hech bir tashkilot tomonidan qabul qilinmagan.";
    assert_eq!(polarity_of(sentence, "R04", Language::UzbekLatin), Polarity::Asserted);
    let sentence = "Hududda hech qanday pestitsid ishlatilmaydi.";
    assert_eq!(polarity_of(sentence, "R19", Language::UzbekLatin), Polarity::Negated);
}

#[test]
fn attainment_and_no_net_loss_are_neither_exceedance_nor_absence() {
    let sentence = "Kern County is in attainment for nitrogen oxides.";
    assert_eq!(polarity_of(sentence, "R07", Language::English), Polarity::Negated);
    let sentence = "The bank credits achieve no-net-loss of wetlands.";
    assert_eq!(polarity_of(sentence, "R01", Language::English), Polarity::Mitigation);
}

#[test]
fn contents_and_running_heads_are_skipped_and_headings_marked() {
    let document = document(&[
        (BlockKind::Contents, "Radioactive waste .... 12"),
        (BlockKind::RunningHead, "Radioactive waste"),
        (BlockKind::Heading, "Radioactive waste"),
    ]);
    let found = scanner().scan_document(&document, &ScanOptions::default());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].polarity, Polarity::Heading);
}

#[test]
fn an_item_of_a_list_with_an_amount_is_read_like_a_row() {
    for item in [
        "- Sodium cyanide, 40 t",
        "- Sodium Cyanide, 40 t",
        "- Mercury, 200 kg",
        "- Цианистый натрий, 40 т",
        "- 시안화나트륨 40톤",
    ] {
        let found = scan(&[(BlockKind::ListItem, item)]);
        assert_eq!(found.len(), 1, "{item}: {found:#?}");
        assert_eq!((found[0].polarity, found[0].severity), (Polarity::Asserted, Severity::Low), "{item}");
    }
    let row = scan(&[(BlockKind::TableRow, "Sodium cyanide | 40 t | reagent store")]);
    assert_eq!((row[0].polarity, row[0].severity), (Polarity::Asserted, Severity::Low));
}

#[test]
fn short_text_without_an_amount_and_headings_with_one_name_a_subject_only() {
    for block in [
        (BlockKind::ListItem, "- Sodium cyanide"),
        (BlockKind::Paragraph, "Sodium cyanide"),
        (BlockKind::Heading, "Sodium cyanide, 40 t"),
    ] {
        assert_eq!(scan(&[block])[0].polarity, Polarity::Heading, "{block:?}");
    }
}

#[test]
fn at_most_three_findings_per_category_and_section_most_severe_first() {
    let lines: Vec<String> = (1..=6).map(|n| format!("Dust emissions amount to {n} t per year.")).collect();
    let mut blocks: Vec<_> = lines.iter().map(|line| (BlockKind::Paragraph, line.as_str())).collect();
    blocks.push((BlockKind::Paragraph, "Dust exceeds the limit at the nearest houses."));
    let found = scanner().scan_document(&document(&blocks), &ScanOptions::default());
    let air: Vec<_> = found.iter().filter(|finding| finding.category.0 == "R07").collect();
    assert_eq!(air.len(), 3);
    assert_eq!(air[0].severity, Severity::High);
    assert!(air[0].evidence.quote.contains("exceeds"));
}

#[test]
fn same_document_gives_the_same_findings() {
    let document =
        document(&[(BlockKind::Paragraph, "Mercury and asbestos were found. Blasting is planned.")]);
    let scanner = scanner();
    let options = ScanOptions::default();
    assert_eq!(scanner.scan_document(&document, &options), scanner.scan_document(&document, &options));
}

fn scan(blocks: &[(BlockKind, &str)]) -> Vec<RiskFinding> {
    scanner().scan_document(&document(blocks), &ScanOptions::default())
}

fn paragraphs<'a>(texts: &[&'a str]) -> Vec<(BlockKind, &'a str)> {
    texts.iter().map(|text| (BlockKind::Paragraph, *text)).collect()
}

fn of<'a>(found: &'a [RiskFinding], category: &str) -> Vec<&'a RiskFinding> {
    found.iter().filter(|finding| finding.category.0 == category).collect()
}

#[test]
fn sentence_cut_by_layout_gives_the_finding_of_the_whole_sentence() {
    let whole = "Construction of the dam would destroy 12 ha of wetland in the valley.";
    let pieces = ["Construction of the dam would destroy 12 ha of", "wetland in the valley."];
    let (one, two) = (scan(&paragraphs(&[whole])), scan(&paragraphs(&pieces)));
    let key = |found: &[RiskFinding]| {
        found
            .iter()
            .map(|f| (f.category.clone(), f.polarity, f.severity, f.evidence.quote.clone()))
            .collect::<Vec<_>>()
    };
    assert!(of(&one, "R01").iter().any(|finding| finding.severity == Severity::High), "{one:#?}");
    assert_eq!(key(&one), key(&two));
}

#[test]
fn term_is_called_what_the_text_says() {
    let found = scan(&paragraphs(&[
        "Dust from the quarry reaches the nearest houses.",
        "Wetlands occur on the plot.",
    ]));
    assert_eq!(of(&found, "R07")[0].term, "dust");
    assert!(of(&found, "R01")[0].term.starts_with("wetland"));
}

#[test]
fn checklist_items_law_and_lists_are_no_flags() {
    for text in [
        "8. Have significant impacts on species listed on the List of Endangered or Threatened Species.",
        "NRHP National Register of Historic Places NWI National Wetlands Inventory",
        "The Holder will comply with the Toxic Substances Control Act of 1976.",
        "A floodplain is defined as the land adjoining inland waters that is subject to flooding.",
        "Would the action affect wetlands or floodplains?",
    ] {
        let high =
            scan(&paragraphs(&[text])).into_iter().find(|finding| finding.severity >= Severity::Medium);
        assert_eq!(high, None, "{text}");
    }
}

#[test]
fn row_of_a_form_is_read_by_its_answer() {
    let found = scan(&[(BlockKind::TableRow, "Wetlands / Riparian Zones | No | 3/20/24")]);
    let wetland = of(&found, "R01");
    assert_eq!((wetland[0].polarity, wetland[0].severity), (Polarity::Negated, Severity::Low));
}

#[test]
fn row_of_a_form_with_boxes_is_read_by_the_ticked_one() {
    for (row, polarity) in [
        ("Asbestos | ☐ No | ☒ Yes", Polarity::Asserted),
        ("Asbestos | [ ] No | [x] Yes", Polarity::Asserted),
        ("Асбест | Нет ☐ | Да ☒", Polarity::Asserted),
        ("Asbestos | ☒ No | ☐ Yes", Polarity::Negated),
    ] {
        let found = scan(&[(BlockKind::TableRow, row)]);
        assert_eq!(of(&found, "R04")[0].polarity, polarity, "{row}");
    }
}

#[test]
fn a_hazard_that_lacks_something_is_flagged_for_what_it_is() {
    for text in [
        "The cyanide store, which does not meet the design standard, stands 40 m from the river.",
        "Хвостохранилище, не имеющее противофильтрационного экрана, расположено в 300 м от реки.",
        "Хвостохранилище, в котором нет экрана, расположено в 300 м от реки.",
    ] {
        let found = scan(&paragraphs(&[text]));
        let mining = of(&found, "R05");
        assert_eq!(mining[0].polarity, Polarity::Asserted, "{text}");
        assert!(mining[0].severity >= Severity::Medium, "{text}: {mining:#?}");
    }
}

#[test]
fn a_decimal_comma_before_three_digits_makes_no_thousand() {
    let sentence = "Гнездо балобана находится в 1,250 км от площадки.";
    let found = scanner().scan_sentence(sentence, Some(Language::Russian));
    let nest = found.iter().find(|risk| risk.category.0 == "R01").expect("the nest is found");
    assert!(nest.reason.0.iter().all(|clause| clause.code != Code::FarAway), "{nest:?}");
    assert!(nest.severity >= Severity::Medium, "{nest:?}");
}

#[test]
fn vague_claims_are_flags_of_their_own_in_every_script() {
    for (text, language) in [
        ("Impacts of the plant on the environment will be minimal.", Language::English),
        ("Воздействие объекта на окружающую среду будет незначительным.", Language::Russian),
        ("Obyektning atrof-muhitga taʼsiri sezilarsiz boʻladi.", Language::UzbekLatin),
        ("Объектнинг атроф-муҳитга таъсири сезиларсиз бўлади.", Language::UzbekCyrillic),
        ("본 사업이 주변 환경에 미치는 영향은 미미할 것으로 판단된다.", Language::Korean),
    ] {
        let found = scan(&paragraphs(&[text]));
        let claim = found.iter().find(|finding| finding.kind == FlagKind::VagueClaim);
        assert!(claim.is_some_and(|claim| claim.severity == Severity::Medium), "{language}: {found:#?}");
    }
}

#[test]
fn claim_with_an_amount_or_a_document_title_is_not_vague() {
    for text in [
        "Impacts would be minimal: 0.2 t of dust per year at a distance of 3 km.",
        "This is the Finding of No Significant Impact for the bridge.",
        "Under the No Action Alternative there would be no impacts to wildlife.",
    ] {
        let found = scan(&paragraphs(&[text]));
        assert!(found.iter().all(|finding| finding.kind != FlagKind::VagueClaim), "{text}: {found:#?}");
    }
}

#[test]
fn denial_and_statement_of_the_same_thing_are_raised_as_a_pair() {
    for (denial, statement) in [
        (
            "There are no water wells near the site.",
            "The nearest water well is located 300 m from the plant.",
        ),
        ("Асбест на площадке не используется.", "На складе площадки хранится асбест, 12 т."),
        ("사업지구에는 석면이 없다.", "철거 대상 공장 건물에서 석면 12톤이 확인되었다."),
    ] {
        let found = scan(&paragraphs(&[denial, statement]));
        let paired: Vec<_> = found.iter().filter(|finding| finding.contradicted_by.is_some()).collect();
        assert_eq!(paired.len(), 2, "{denial}: {found:#?}");
        let quote = |finding: &RiskFinding| finding.contradicted_by.as_ref().map(|other| other.quote.clone());
        assert_eq!(quote(paired[0]), Some(paired[1].evidence.quote.clone()));
        assert_eq!(quote(paired[1]), Some(paired[0].evidence.quote.clone()));
    }
}

#[test]
fn unharmed_or_distant_things_do_not_contradict_a_statement() {
    for (denial, statement) in [
        ("There will be no effect on wetlands.", "A wetland lies within the project area."),
        ("There are no water wells near the site.", "A water well is located 9 km from the plant."),
    ] {
        let found = scan(&paragraphs(&[denial, statement]));
        assert!(found.iter().all(|finding| finding.contradicted_by.is_none()), "{denial}: {found:#?}");
    }
}

#[test]
fn risks_come_before_claims_of_the_same_severity() {
    let found = scan(&paragraphs(&[
        "There are no protected areas near the site.",
        "The plant would discharge wastewater into the river at 40 m3 per day.",
    ]));
    let kinds: Vec<_> = found.iter().filter(|f| f.severity == Severity::Medium).map(|f| f.kind).collect();
    let mut sorted = kinds.clone();
    sorted.sort();
    assert_eq!(kinds, sorted);
}

#[test]
fn long_sentence_is_quoted_around_the_term() {
    let text =
        format!("The survey {} and the plant stores mercury in the open.", "went on and on ".repeat(60));
    let found = scan(&paragraphs(&[&text]));
    let mercury = of(&found, "R04");
    assert!(mercury[0].evidence.quote.contains("mercury"), "{mercury:#?}");
    assert!(mercury[0].evidence.quote.chars().count() <= LONGEST_QUOTE);
}

mod wild {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const PIECES: [&str; 22] = [
        "Wetlands",
        "mercury",
        "no",
        "will be",
        "exceeds the limit",
        "12 ha",
        "|",
        "No",
        "ртуть",
        "не обнаружен",
        "simob",
        "yoʻq",
        "сув",
        "수은",
        "없다",
        "(see",
        "Act)",
        ".",
        "•",
        "\u{f0b7}",
        "½",
        "\n",
    ];

    fn kinds() -> impl Strategy<Value = BlockKind> {
        prop::sample::select(vec![
            BlockKind::Heading,
            BlockKind::Paragraph,
            BlockKind::ListItem,
            BlockKind::TableRow,
            BlockKind::RunningHead,
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        #[test]
        fn every_quotation_is_the_text_at_its_span(blocks in prop::collection::vec(
            (kinds(), prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..30)), 0..8)) {
            let texts: Vec<(BlockKind, String)> =
                blocks.into_iter().map(|(kind, words)| (kind, words.join(" "))).collect();
            let list: Vec<(BlockKind, &str)> = texts.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
            let document = document(&list);
            let found = SCANNER.with(|scanner| scanner.scan_document(&document, &ScanOptions::default()));
            let mut counts: BTreeMap<_, usize> = BTreeMap::new();
            for finding in &found {
                let range = finding.evidence.span.range;
                let text = document.text.get(range.start..range.end);
                prop_assert!(text.is_some());
                let plain = text.unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
                prop_assert_eq!(&plain, &finding.evidence.quote);
                prop_assert!(plain.chars().count() <= LONGEST_QUOTE);
                let key = (finding.evidence.section, finding.category.clone(), finding.kind);
                *counts.entry(key).or_default() += 1;
            }
            prop_assert!(counts.values().all(|count| *count <= 3));
        }
    }

    thread_local! {
        static SCANNER: RiskScanner = scanner();
    }
}
