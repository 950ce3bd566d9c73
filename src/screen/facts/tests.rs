//! The reader and the checks on whole documents, and on any text whatever.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{CheckContext, FactChecker, FactReader, Thresholds};
use crate::domain::document::{Block, BlockKind, Document, HeadingBasis, MediaType, Section};
use crate::domain::fact::{FactKind, Inconsistency, InconsistencyKind, Standing};
use crate::domain::ids::{DocumentId, SectionId};
use crate::domain::span::{Span, TextRange};
use crate::rules::lexicon_limits::VoidAct;

static READER: LazyLock<FactReader> = LazyLock::new(|| FactReader::builtin().unwrap());

/// A document of sections, each a heading with paragraphs.
fn document(sections: &[(&str, &[&str])]) -> Document {
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
        let started = std::time::Instant::now();
        let found = READER.read_document(&document(&[("1. All", &[text.as_str()])]));
        (started.elapsed(), found.len())
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
