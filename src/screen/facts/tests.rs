//! The reader and the checks on whole documents, and on any text whatever.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{CheckContext, FactChecker, FactReader, Thresholds};
use crate::domain::document::{Block, BlockKind, Document, HeadingBasis, MediaType, Section};
use crate::domain::fact::{FactKind, Flow, Inconsistency, InconsistencyKind, Standing, Statement};
use crate::domain::ids::{DocumentId, SectionId};
use crate::domain::span::{Span, TextRange};
use crate::rules::lexicon_limits::VoidAct;

pub(super) static READER: LazyLock<FactReader> = LazyLock::new(|| FactReader::builtin().unwrap());

/// A document of sections, each a heading with paragraphs.
pub(super) fn document(sections: &[(&str, &[&str])]) -> Document {
    let (mut text, mut blocks, mut tree) = (String::new(), Vec::new(), Vec::new());
    for (index, (title, paragraphs)) in sections.iter().enumerate() {
        let mut push = |kind, line: &str| {
            let range = TextRange::new(text.len(), text.len() + line.len());
            text.push_str(line);
            text.push('\n');
            blocks.push(Block { kind, span: Span { range, page: None } });
            range
        };
        let heading = push(BlockKind::Heading, title);
        let mut end = heading.end;
        for paragraph in *paragraphs {
            end = push(BlockKind::Paragraph, paragraph).end;
        }
        tree.push(Section {
            id: SectionId(index as u32 + 1),
            parent: None,
            level: 1,
            number: None,
            title: (*title).to_owned(),
            heading,
            body: TextRange::new(heading.end, end),
            extent: TextRange::new(heading.start, end),
            page_start: None,
            page_end: None,
            language: None,
            basis: HeadingBasis::Markup,
        });
    }
    Document {
        id: DocumentId::of_content(&["test"]),
        name: "test.md".to_owned(),
        sha256: String::new(),
        media_type: MediaType::Markdown,
        text,
        pages: Vec::new(),
        blocks,
        sections: tree,
        languages: Vec::new(),
        not_examined: Vec::new(),
    }
}

fn acts() -> Vec<VoidAct> {
    vec![VoidAct {
        numbers: vec!["541".to_owned()],
        title: "Resolution No. 541".to_owned(),
        void_from: "2026-08-15".to_owned(),
        source: "Resolution No. 234".to_owned(),
        ..VoidAct::default()
    }]
}

fn check_on(day: &str, sections: &[(&str, &[&str])]) -> Vec<Inconsistency> {
    let document = document(sections);
    let facts = READER.read_document(&document);
    let checker = FactChecker::new(Thresholds::builtin().unwrap(), acts());
    let context = CheckContext { submitted: day.to_owned(), jurisdictions: vec!["UZ".to_owned()] };
    checker.check(&document, &facts, &context)
}

fn check(sections: &[(&str, &[&str])]) -> Vec<Inconsistency> {
    check_on("2026-11-21", sections)
}

#[test]
fn a_total_that_differs_between_sections_is_raised_with_both_quotes() {
    for (first, second) in [
        ("The total area of the site is 214 hectares.", "The total site area is 241 hectares."),
        ("Общая площадь участка составляет 12,5 га.", "Общая площадь участка – 15,2 га."),
        ("Loyiha maydoni 19 gektarni tashkil etadi.", "Loyihaning umumiy maydoni 29 gektar."),
        (
            "The design capacity is 180,000 tonnes of ore a year.",
            "A capacity of 250,000 tonnes of ore per year is foreseen.",
        ),
        ("사업면적은 642,300㎡이다.", "사업면적 624,300㎡ 중 도로는 98,200㎡이다."),
        ("Eng yaqin turar-joy 310 m masofada joylashgan.", "Eng yaqin turar-joygacha masofa 450 m."),
    ] {
        let found = check(&[("1. Site", &[first]), ("2. Land", &[second])]);
        assert_eq!(found.len(), 1, "{first}: {found:?}");
        assert_eq!((found[0].kind, found[0].evidence.len()), (InconsistencyKind::Quantity, 2));
    }
}

#[test]
fn digits_that_have_changed_places_are_a_slip_wherever_they_stand() {
    for (first, second) in [
        ("The allotment of the quarry takes 42.6 ha.", "The quarry allotment of 46.2 ha is fenced."),
        ("Потребление воды составит 185 м³ в сутки.", "Потребление воды – 158 м³ в сутки."),
    ] {
        let found = check(&[("1. Site", &[first]), ("2. Land", &[second])]);
        assert_eq!(found.len(), 1, "{first}: {found:?}");
        assert_eq!((found[0].kind, found[0].evidence.len()), (InconsistencyKind::Quantity, 2));
        let same: &[&str] = &[first, second];
        assert!(check(&[("1. Site", same)]).is_empty(), "of one section: parts");
    }
    for second in [
        "The allotment of the plant takes 12.4 ha.",
        "A depot of 426 ha lies apart.",
        "The store takes 4.26 ha.",
    ] {
        let found = check(&[("1. Site", &["The allotment takes 42.6 ha."]), ("2. Land", &[second])]);
        assert!(found.is_empty(), "{second}: {found:?}");
    }
}

#[test]
fn rounding_parts_alternatives_and_other_phases_are_no_contradiction() {
    for (first, second) in [
        ("The total area of the site is 214 hectares.", "The total site area is 214.3 ha."),
        (
            "The total area of the site is 214 hectares.",
            "About 210 hectares in total are taken for the site.",
        ),
        ("The capacity is 100 MW.", "Each turbine has a capacity of 60 MW."),
        ("The nearest dwelling is 780 m from the dam.", "The nearest dwelling is 1.2 km from the chimney."),
        (
            "The total area of the site is 214 hectares.",
            "In the second variant the total site area is 190 hectares.",
        ),
        ("The existing capacity is 150 MW.", "The capacity in operation will be 200 MW."),
    ] {
        let found = check(&[("1. Site", &[first]), ("2. Land", &[second])]);
        assert!(found.is_empty(), "{first} / {second}: {found:?}");
    }
}

#[test]
fn a_capacity_above_its_threshold_contradicts_a_lower_category() {
    let solar = "A solar photovoltaic station of 120 MW will be built.";
    let claim =
        |category: &str| format!("The activity belongs to category {category} of the list of activities.");
    let found = |category: &str| check(&[("1. Plant", &[solar]), ("2. Category", &[&claim(category)])]);
    assert_eq!(found("II")[0].kind, InconsistencyKind::Category);
    assert!(found("II")[0].message.to_string().contains("row 7"), "{:?}", found("II"));
    assert!(found("I").is_empty());
    assert!(found("IV")[0].message.to_string().contains("list in force"));
    let small = check(&[("1. Plant", &["A solar station of 60 MW."]), ("2. Category", &[&claim("II")])]);
    assert!(small.is_empty());
    let road = check(&[("1. Plant", &[solar]), ("2. Road", &["The access road is of category III."])]);
    assert!(road.is_empty());
    let earlier = check_on("2026-01-10", &[("1. Plant", &[solar]), ("2. Category", &[&claim("II")])]);
    assert!(earlier.is_empty());
}

fn categories(title: &str, plant: &str, claim: &str) -> Vec<Inconsistency> {
    let found = check(&[(title, &[plant]), ("2. Basis", &[claim])]);
    found.into_iter().filter(|found| found.kind == InconsistencyKind::Category).collect()
}

#[test]
fn a_claim_is_taken_from_a_sentence_that_classifies_the_project() {
    for claim in [
        "The project is classified as category II.",
        "Объект отнесён ко II категории.",
        "Деятельность относится к III категории.",
        "Loyiha II toifaga kiritilgan.",
        "Obyekt III toifali hisoblanadi.",
        "Лойиҳа III тоифага мансуб.",
        "Лойиҳа II тоифага киритилган.",
        "본 사업은 II등급으로 분류된다.",
    ] {
        let found = categories("Solar station", "The installed capacity is 120 MW.", claim);
        assert_eq!(found.len(), 1, "{claim}");
    }
    for other in [
        "The access road is classified as category III.",
        "Подъездная дорога относится к III категории.",
        "Грунты относятся ко II категории по сейсмическим свойствам.",
        "По надёжности электроснабжения объект относится ко II категории.",
        "Предприятие относится к IV категории опасности.",
        "Kirish yoʻli III toifaga kiradi.",
        "Ерлар II тоифага киради.",
        "Соседняя станция отнесена ко II категории.",
        "Объект не относится ко II категории.",
        "IV категория по воздействию не присваивается.",
        "본 지역의 토양은 II등급에 해당한다.",
    ] {
        let found = categories("Solar station", "The installed capacity is 120 MW.", other);
        assert!(found.is_empty(), "{other}: {found:?}");
    }
}

#[test]
fn a_capacity_counts_for_what_its_sentence_or_the_title_names() {
    const CLAIM: &str = "The project belongs to category II.";
    let line = "Это воздушная линия напряжением 220 кВ.";
    assert_eq!(categories("Проект ЗВОС", line, CLAIM).len(), 1);
    for (title, plant) in [
        ("Greenhouses", "The installed capacity is 120 MW."),
        ("Solar station", "The installed capacity is 60 MW."),
        ("Solar station", "The neighbouring station has an installed capacity of 500 MW."),
        ("Bridges and ramps", "The installed capacity is 120 MW."),
    ] {
        assert!(categories(title, plant, CLAIM).is_empty(), "{title}: {plant}");
    }
}

#[test]
fn people_served_by_a_landfill_count_and_those_of_a_town_far_away_do_not() {
    const CLAIM: &str = "The project belongs to category II.";
    for plant in [
        "The landfill serves 350,000 people.",
        "Полигон предусмотрен для города с населением 350 тысяч человек.",
        "Poligon shaharning 260 ming kishilik aholiga xizmat koʻrsatadi.",
    ] {
        let found = categories("Waste", plant, CLAIM);
        assert!(found[0].message.to_string().contains("row 35"), "{plant}: {found:?}");
    }
    for plant in [
        "The landfill serves 150,000 people.",
        "The site for the landfill lies 20 km from a town of 350,000 people.",
        "The market serves 350,000 people.",
    ] {
        assert!(categories("Waste", plant, CLAIM).is_empty(), "{plant}");
    }
}

#[test]
fn a_row_without_a_size_holds_for_what_the_title_says_the_project_is() {
    const CLAIM: &str = "The project belongs to category II.";
    for (title, plant) in [
        ("Cement plant at Koson", "A cement plant will be built."),
        ("«Koson Sement» zavodi", "Yangi sement ishlab chiqarish zavodi quriladi."),
        ("시멘트공장 건설사업", "시멘트 생산공장을 신설하는 사업이다."),
        ("«Қўқон айланма» йўли", "Буюртмачи М тоифадаги автомобиль йўлини қуради."),
        ("Waste incineration at Navoi", "A kiln is planned."),
    ] {
        let found = categories(title, plant, CLAIM);
        assert_eq!(found.len(), 1, "{title}");
        assert!(found[0].message.to_string().contains("of any size"), "{found:?}");
        assert!(categories(title, plant, "The project belongs to category I.").is_empty());
    }
    for (title, plant) in [
        ("Poultry farm", "A cement plant lies in the district."),
        ("Limestone quarry of the cement plant", "The cement plant takes the stone."),
        ("Koson Sement solar plant", "It feeds the cement plant."),
        ("Сурхон йўли", "Тўртинчи йўл М тоифадаги автомобиль йўлига туташади."),
        ("Йўл бўйидаги меҳмонхона", "Меҳмонхонадан М тоифадаги автомобиль йўлини кўриш мумкин."),
    ] {
        let found = categories(title, plant, CLAIM);
        assert!(found.is_empty(), "{title}: {found:?}");
    }
}

#[test]
fn a_void_act_is_raised_once_with_every_place() {
    let sections: [(&str, &[&str]); 2] = [
        ("1. Basis", &["Hisobot Vazirlar Mahkamasining 541-son qaroriga muvofiq tayyorlangan."]),
        ("2. Category", &["The category was taken from Resolution No. 541."]),
    ];
    let found = check(&sections);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].evidence.len()), (InconsistencyKind::VoidAct, 2));
    assert!(check_on("2026-08-14", &sections).is_empty());
}

#[test]
fn a_name_of_another_project_in_one_section_is_raised_and_a_neighbour_is_not() {
    let own: &[&str] = &["The Blackstone Mine will be opened by the applicant."];
    let copied: &[&str] = &[
        "Dust from the proposed Redhill Quarry will be kept down.",
        "The Redhill Quarry will be watered twice a day.",
    ];
    let neighbour: &[&str] =
        &["The existing Redhill Quarry lies nearby.", "The load of the Redhill Quarry will be added."];
    let report = |section| {
        check(&[("1. Blackstone Mine", own), ("2. Site", own), ("3. Air", section), ("4. End", own)])
    };
    // The first page is what stands first; push the air section behind it.
    let far = "x ".repeat(1400);
    let long: Vec<&str> = vec![far.as_str(); 1];
    let padded = |section| {
        check(&[
            ("1. Blackstone Mine", own),
            ("2. Site", &long),
            ("3. Air", section),
            ("4. End", own),
            ("5. Sum", own),
        ])
    };
    assert!(report(neighbour).is_empty());
    assert!(padded(neighbour).is_empty());
    let found = padded(copied);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, InconsistencyKind::ForeignName);
}

#[test]
fn a_name_from_which_our_own_waste_comes_was_copied() {
    let own: &[&str] =
        &["The landfill takes the household waste of the town.", "Work begins in spring and lasts a year."];
    let report = |said: &str| {
        check(&[("Landfill of Qarshi", own), ("2. Site", own), ("3. Water", &[said]), ("4. End", own)])
    };
    for copied in [
        "The leachate from the Sarbon Meat Plant will be collected in a basin.",
        "Персонал завода «Зарафшон Агро» проходит инструктаж.",
        "«Олмос Шарбат» заводининг оқова сувлари тиндиргичга йўналтирилади.",
        "푸른솔 골프장 조성사업으로 인하여 발생하는 오수는 처리한다.",
    ] {
        let found = report(copied);
        assert_eq!(found.len(), 1, "{copied}: {found:?}");
        assert_eq!(found[0].kind, InconsistencyKind::ForeignName);
    }
    for right in [
        "The leachate from the nearby Sarbon Meat Plant is treated by the town.",
        "Waste is hauled to the Sarbon Landfill.",
        "Cement is bought from the Sarbon Cement Plant.",
        "Сточные воды передаются на завод «Зарафшон Агро».",
    ] {
        let found = report(right);
        assert!(found.is_empty(), "{right}: {found:?}");
    }
}

#[test]
fn the_making_of_transformers_is_told_by_title_and_opening() {
    const CLAIM: &str = "Faoliyat III toifaga (past xavf) kiradi.";
    for (title, plant) in [
        ("«Zafar» transformator zavodi", "Korxona 10 kV transformator ishlab chiqarishni yoʻlga qoʻyadi."),
        ("Завод трансформаторов «Зафар»", "Проектом намечено производство трансформаторов."),
    ] {
        assert_eq!(categories(title, plant, CLAIM).len(), 1, "{title}");
    }
    for (title, plant) in [
        ("«Zafar» kabel zavodi", "Qoʻshni korxona transformator ishlab chiqarishni yoʻlga qoʻyadi."),
        ("Transformator podstansiyasi", "Podstansiya 35 kV kuchlanishga moʻljallangan."),
        ("Завод трансформаторного масла", "Масло нужно для производства трансформаторов."),
        ("Transformator zavodi uchun ombor", "Omborda mis saqlanadi."),
    ] {
        assert!(categories(title, plant, CLAIM).is_empty(), "{title}");
    }
}

fn flows(sentence: &str) -> Vec<Flow> {
    let facts = READER.read_sentence(sentence, None).into_iter();
    let flow = |statement| if let Statement::Emission(_, flow) = statement { Some(flow) } else { None };
    facts.filter_map(|fact| flow(fact.statement)).collect()
}

#[test]
fn greenhouse_gases_that_are_taken_up_are_sinks() {
    for sentence in [
        "The trees take up 350 t CO2e a year.",
        "About 350 t CO2e a year will be taken up by the peat.",
        "The forest removes 350 t CO2e per year from the atmosphere.",
        "Annual uptake is 350 t CO2e.",
        "Посадки связывают 350 т CO2-экв в год.",
        "Лес поглотит 350 т CO2-экв в год.",
        "Daraxtlar yiliga 350 t CO2e shimadi.",
        "Дарахтлар йилига 350 т CO2-экв ютади.",
        "숲은 연간 350 tCO2e를 흡수한다.",
    ] {
        assert_eq!(flows(sentence), [Flow::Sink], "{sentence}");
    }
}

#[test]
fn what_absorbs_something_else_makes_no_sink() {
    for sentence in [
        "The wall absorbs noise, and the boiler emits 4,200 t CO2e a year.",
        "The scrubber absorbs acid; emissions are 12 t of sulphur dioxide a year.",
    ] {
        assert_eq!(flows(sentence), [Flow::Source], "{sentence}");
    }
    assert!(flows("The soil takes up 12 t of ammonia.").is_empty());
    let both = "The plant emits 4,200 t CO2e a year and the trees absorb 350 t CO2e a year.";
    assert_eq!(flows(both), [Flow::Source, Flow::Sink]);
}

#[test]
fn figures_under_a_heading_on_alternatives_are_alternatives() {
    let document = document(&[
        ("3. Alternatives considered", &["The capacity would be 80 MW."]),
        ("4. Plant", &["The capacity is 90 MW."]),
    ]);
    let facts = READER.read_document(&document);
    let standings: Vec<Standing> = facts
        .iter()
        .filter(|fact| fact.statement.kind() == FactKind::Capacity)
        .map(|fact| fact.standing)
        .collect();
    assert_eq!(standings, [Standing::Alternative, Standing::Stated]);
}

#[test]
fn a_thousand_pages_take_well_under_a_second_per_hundred() {
    // A bound on growth rather than on the clock: twice the text must not take eight times as long.
    let page = "The plant needs 330,000 m3 of water a year. The nearest dwelling is 780 m away. ".repeat(20);
    let time = |copies: usize| {
        let text = page.repeat(copies);
        let reading = |_| {
            let started = std::time::Instant::now();
            let found = READER.read_document(&document(&[("1. All", &[text.as_str()])]));
            (started.elapsed(), found.len())
        };
        // The shortest of some: the machine may have stood still in one.
        (0..3).map(reading).min().unwrap()
    };
    let ((_, _), (short, few), (long, many)) = (time(1), time(20), time(80));
    assert_eq!(many, few * 4);
    assert!(long.as_secs_f64() <= short.as_secs_f64() * 16.0 + 0.2, "{short:?} {long:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read_without_panic_and_on_character_boundaries(
        text in "([0-9]{1,4}[ .,/°′″'~–-]{0,2}|[NSEWTRмтгаkmhдайёўқғҳʻ’가-힣²³㎡㎥ ]{1,3}|с\\.ш\\.|в\\.д\\.|km|ha|гектар|tonna|톤|CO2|yiliga|UTM zone 42N|в год|and|\\PC){0,24}"
    ) {
        for fact in READER.read_sentence(&text, None) {
            prop_assert!(text.is_char_boundary(fact.range.start) && text.is_char_boundary(fact.range.end));
            prop_assert!(fact.range.end <= text.len() && !fact.range.is_empty());
            if let Some(quantity) = fact.statement.quantity() {
                prop_assert!(quantity.value.is_finite() && quantity.upper.is_none_or(|upper| upper >= quantity.value));
            }
        }
    }

    #[test]
    fn any_document_is_checked_without_panic(a in "\\PC{0,200}", b in "[0-9a-zа-яʻ°.,№ \\n]{0,200}") {
        let sections: [(&str, &[&str]); 2] = [("1. One", &[a.as_str()]), ("2. Two", &[b.as_str(), a.as_str()])];
        let document = document(&sections);
        let facts = READER.read_document(&document);
        for fact in &facts {
            prop_assert!(document.text.is_char_boundary(fact.span.range.start));
            prop_assert!(document.text.is_char_boundary(fact.evidence.span.range.end));
            prop_assert!(fact.evidence.span.range.encloses(fact.span.range) || fact.span.range.len() > 800);
        }
        prop_assert!(check(&sections).len() < 10);
    }
}
