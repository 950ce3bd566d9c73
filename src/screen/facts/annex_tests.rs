//! The rows of Annex I of the European directive, in whole documents.

use super::tests::{READER, document};
use super::{CheckContext, FactChecker, Thresholds};
use crate::domain::fact::{Inconsistency, InconsistencyKind};

const CLAIM: &str = "The project is listed in Annex II of Directive 2011/92/EU.";

const POULTRY: &str = "Broiler farm at Lesna";
const PIGS: &str = "Farm for fattening pigs at Lesna";
const QUARRY: &str = "Limestone quarry at Lesna";
const POWER: &str = "Gas-fired power plant at Lesna";
const SEWAGE: &str = "Waste water treatment works at Lesna";

/// What is raised under a pack of one jurisdiction.
fn raised(jurisdiction: &str, title: &str, plant: &str, claims: &[&str]) -> Vec<Inconsistency> {
    let document = document(&[(title, &[plant]), ("2. Basis", claims)]);
    let facts = READER.read_document(&document);
    let checker = FactChecker::new(Thresholds::builtin().unwrap(), Vec::new());
    let context =
        CheckContext { submitted: "2026-11-21".to_owned(), jurisdictions: vec![jurisdiction.to_owned()] };
    let found = checker.check(&document, &facts, &context);
    found.into_iter().filter(|one| one.kind == InconsistencyKind::Category).collect()
}

/// Raised once by a row, by title or sentence, and not for the second sentence.
fn assert_raised_by(row: &str, title: &str, above: &str, below: &str) {
    let found = raised("EU", title, above, &[CLAIM]);
    assert_eq!(found.len(), 1, "{above}: {found:?}");
    assert!(found[0].citation.starts_with(&format!("{row};")), "{above}: {}", found[0].citation);
    assert_eq!(found[0].evidence.first().map(|one| one.quote.as_str()), Some(CLAIM));
    assert!(raised("EU", title, below, &[CLAIM]).is_empty(), "{below}");
    assert!(raised("UZ", title, above, &[CLAIM]).is_empty(), "{above}");
    let other = "The project is listed in Annex I of Directive 2011/92/EU.";
    assert!(raised("EU", title, above, &[other]).is_empty(), "{above}");
}

/// Of two sentences of a report with this title only the first is raised.
fn assert_quiet(title: &str, loud: &str, quiet: &[&str]) {
    assert_eq!(raised("EU", title, loud, &[CLAIM]).len(), 1, "{title}: {loud}");
    for sentence in quiet {
        let found = raised("EU", title, sentence, &[CLAIM]);
        assert!(found.is_empty(), "{title}: {sentence}: {found:?}");
    }
}

#[test]
fn a_size_above_annex_i_contradicts_annex_ii() {
    for (row, title, above, below) in [
        (
            "Annex I, point 2(a)",
            POWER,
            "A gas-fired power plant with a capacity of 450 MW will be built.",
            "A gas-fired power plant with a capacity of 220 MW will be built.",
        ),
        (
            "Annex I, point 10",
            "Waste incinerator at Lesna",
            "The incinerator has a capacity of 240 tonnes per day.",
            "The incinerator has a capacity of 90 tonnes per day.",
        ),
        (
            "Annex I, point 13",
            SEWAGE,
            "The works are designed for 180,000 population equivalent.",
            "The works are designed for 120,000 population equivalent.",
        ),
        (
            "Annex I, point 14",
            "Oil field at Lesna",
            "The oil field produces 620 tonnes of petroleum per day.",
            "The oil field produces 410 tonnes of petroleum per day.",
        ),
        (
            "Annex I, point 14",
            "Gas field at Lesna",
            "The gas field has a design capacity of 700,000 m3 of natural gas per day.",
            "The gas field has a design capacity of 300,000 m3 of natural gas per day.",
        ),
        (
            "Annex I, point 15",
            "Reservoir at Lesna",
            "The reservoir will have a storage capacity of 14 million m3.",
            "The reservoir will have a storage capacity of 8 million m3.",
        ),
        (
            "Annex I, point 17(a)",
            POULTRY,
            "The farm will have 120,000 places for broilers.",
            "The farm will have 60,500 places for broilers.",
        ),
        (
            "Annex I, point 17(a)",
            "Poultry farm at Lesna",
            "The farm will have 65,000 places for laying hens.",
            "The farm will have 40,000 places for laying hens.",
        ),
        (
            "Annex I, point 17(b)",
            "Pig farm at Lesna",
            "The farm will house 3,400 production pigs.",
            "The farm will house 2,600 production pigs.",
        ),
        (
            "Annex I, point 17(c)",
            "Pig farm at Lesna",
            "The farm will have 950 sows.",
            "The farm will have 700 sows.",
        ),
        (
            "Annex I, point 18(b)",
            "Paper mill at Lesna",
            "The paper machine has a capacity of 260 t/day.",
            "The paper machine has a capacity of 150 t/day.",
        ),
        ("Annex I, point 19", QUARRY, "The quarry covers 42 ha in all.", "The quarry covers 21 ha in all."),
        (
            "Annex I, point 19",
            "Peat extraction at Lesna",
            "Peat extraction takes 180 ha in total.",
            "Peat extraction takes 140 ha in total.",
        ),
        (
            "Annex I, point 21",
            "Crude oil terminal at Lesna",
            "The terminal stores 240,000 t of crude oil.",
            "The terminal stores 140,000 t of crude oil.",
        ),
    ] {
        assert_raised_by(row, title, above, below);
    }
}

#[test]
fn a_whole_capacity_counts_for_what_the_title_names() {
    for (row, title, above, below) in [
        (
            "Annex I, point 19",
            QUARRY,
            "The total area of the site is 42 ha.",
            "The total area of the site is 24 ha.",
        ),
        (
            "Annex I, point 17(a)",
            POULTRY,
            "The houses have a capacity of 90,000 birds.",
            "The houses have a capacity of 80,000 birds.",
        ),
    ] {
        assert_raised_by(row, title, above, below);
    }
}

#[test]
fn what_the_opening_plans_counts_as_the_title_does() {
    let planned =
        "Agro plans three houses for fattening pigs; the farm will have 3,600 places for fattening pigs.";
    assert_eq!(raised("EU", "1. The project", planned, &[CLAIM]).len(), 1);
    for plant in [
        "The farm will have 3,600 places for fattening pigs.",
        "Agro plans a road that leads past a farm; the farm will have 3,600 places for fattening pigs.",
        "Agro plans a line from the farm for fattening pigs; it will have 3,600 places for fattening pigs.",
    ] {
        assert!(raised("EU", "1. The project", plant, &[CLAIM]).is_empty(), "{plant}");
    }
}

#[test]
fn a_title_without_a_size_counts_where_the_opening_bears_it_out() {
    for (row, title, above, below) in [
        (
            "Annex I, point 1",
            "Oil refinery at Lesna",
            "The project is the construction of an oil refinery.",
            "A boiler of the oil refinery is replaced.",
        ),
        (
            "Annex I, point 2(b)",
            "Nuclear power station at Lesna",
            "The project is the construction of a nuclear power station.",
            "The canteen of the nuclear power station is rebuilt.",
        ),
        (
            "Annex I, point 7(b)",
            "Motorway Lesna–Brod",
            "The project is the construction of a motorway of 14 km.",
            "A new motorway exit will be built.",
        ),
        (
            "Annex I, point 9",
            "Hazardous waste landfill at Lesna",
            "The project is a landfill for hazardous waste.",
            "The weighbridge is renewed.",
        ),
        (
            "Annex I, point 18(a)",
            "Pulp mill at Lesna",
            "The project is the construction of a pulp mill.",
            "The log yard of the pulp mill is paved.",
        ),
    ] {
        assert_raised_by(row, title, above, below);
    }
    for (title, plant) in [
        ("Motorway A4, exit Brod", "The project is the construction of a motorway of 14 km."),
        ("Motorway A4, parking at Brod", "A new motorway parking will be built."),
        ("Motorway Lesna–Brod", "A fence along the motorway is renewed."),
        ("Motorway Lesna–Brod", "The construction of a motorway of 14 km was considered and dropped."),
        ("Service area on the motorway", "The new motorway is 2 km away."),
        ("Landfill for non-hazardous waste", "The project is no landfill for hazardous waste."),
    ] {
        assert!(raised("EU", title, plant, &[CLAIM]).is_empty(), "{title}: {plant}");
    }
}

#[test]
fn a_size_of_something_else_contradicts_no_annex() {
    assert_quiet(
        POULTRY,
        "The farm will have 95,000 places for broilers.",
        &[
            "After the extension the farm will have 95,000 places for broilers.",
            "Together with the neighbouring farm 95,000 broilers are kept.",
            "The nearby farm will have 95,000 places for broilers.",
            "The farm will have 70,000 broilers and 5,000 hens.",
            "The existing farm has 95,000 places for broilers.",
            "The farms of the village have 95,000 places for broilers.",
            "Originally 95,000 places for broilers were planned.",
            "A farm with 95,000 places for broilers was considered first and dropped.",
            "The farm stays below 95,000 places for broilers.",
        ],
    );
    assert_quiet(
        "Laying hen farm at Lesna",
        "The farm keeps 120,000 laying hens.",
        &["The nearby farm keeps 120,000 laying hens."],
    );
    assert_quiet(
        PIGS,
        "On the farm 4,200 fattening pigs are kept.",
        &["Together with two farms in the village 4,200 fattening pigs are kept."],
    );
    assert_quiet(
        POWER,
        "The gas-fired power plant has a capacity of 450 MW.",
        &[
            "The solar park beside the gas-fired plant has a capacity of 450 MW.",
            "The line connects the 450 MW gas-fired power plant at Brod.",
            "The gas-fired power plant stays below the 300 MW of Annex I, point 2(a).",
            "The gas-fired power plant has less than 300 MW.",
        ],
    );
    assert_quiet(
        "Gas-fired power plant at Lesna (60 MW)",
        "The total installed capacity is 450 MW.",
        &[
            "The total installed capacity of the country is 12,300 MW.",
            "The total installed capacity of the energy system is 12,300 MW.",
            "In the region the total installed capacity is 900 MW.",
        ],
    );
    assert_quiet(
        SEWAGE,
        "The works are designed for 160,000 population equivalent.",
        &[
            "The works are designed for 160,000 population equivalent, as Annex I has it.",
            "The agglomeration has a load of 160,000 population equivalent.",
            "The existing works are designed for 160,000 population equivalent.",
        ],
    );
    assert_quiet(
        "Reservoir at Lesna",
        "The reservoir has a capacity of 45 million m3.",
        &[
            "Water is taken from the Brod reservoir, which has a capacity of 45 million m3.",
            "The tailings of the reservoir have a capacity of 45 million m3.",
        ],
    );
}

#[test]
fn a_report_on_something_else_may_name_a_plant_above_annex_i() {
    for (title, plant) in [
        ("Dairy at Lesna", "The municipal sewage works has a capacity of 400,000 population equivalent."),
        (
            "Dairy at Lesna",
            "Effluent goes to the municipal sewage works, which has a capacity of 400,000 population equivalent.",
        ),
        ("110 kV line Brod–Lesna", "The line begins at the 450 MW gas-fired power plant at Brod."),
        ("110 kV line Brod–Lesna", "The line connects the 450 MW gas-fired power plant at Brod to the grid."),
        ("Trout farm at Lesna", "The Brod reservoir has a capacity of 45 million m3."),
        (
            "Trout farm at Lesna",
            "Water is taken from the Brod reservoir, which has a capacity of 45 million m3.",
        ),
        ("Biogas plant at Lesna", "The farm keeps 120,000 laying hens."),
        ("Restoration of the quarry at Lesna", "The total area of the site is 42 ha."),
    ] {
        let found = raised("EU", title, plant, &[CLAIM]);
        assert!(found.is_empty(), "{title}: {plant}: {found:?}");
    }
}

#[test]
fn what_a_year_yields_is_no_number_of_places() {
    assert_quiet(
        POULTRY,
        "On the farm 120,000 broilers are reared.",
        &[
            "Each year 480,000 broilers are reared in six rounds.",
            "On the farm 480,000 broilers are reared in six rounds.",
            "The line slaughters 120,000 broilers a week.",
            "The farm sells 700,000 broilers a year.",
        ],
    );
    assert_quiet(
        PIGS,
        "On the farm 7,800 finishing pigs are fattened.",
        &["7,800 finishing pigs leave in three batches.", "From the farm 7,800 finishing pigs leave."],
    );
}

#[test]
fn the_day_of_a_figure_stands_right_behind_it() {
    assert_quiet(
        "Waste incinerator at Lesna",
        "The incinerator will process 280 tonnes of waste a day.",
        &[
            "The incinerator will take 28,000 tonnes of waste, delivered by 8 lorries a day.",
            "The incinerator will process 28,000 tonnes of waste, 8 lorries a day.",
            "The incinerator will process 28,000 tonnes of waste from 8 lorries a day.",
        ],
    );
    assert_quiet(
        "Paper mill at Lesna",
        "The paper machine makes 260 t a day.",
        &["The paper machine makes 60,000 t, 170 t a day."],
    );
}

#[test]
fn an_area_is_that_of_what_the_sentence_is_about() {
    assert_quiet(
        QUARRY,
        "The quarry covers 310 ha in all.",
        &[
            "The Vysoka nature park, 2 km east of the quarry, covers 4,300 ha.",
            "The study area for noise around the quarry covers 310 ha.",
            "The haul road of the quarry covers 310 ha.",
            "The wood behind the quarry covers 310 ha.",
            "The protected area at the quarry covers 310 ha.",
            "A quarry that covers 310 ha in all was looked at.",
            "A quarry that covers 42 ha in all was considered first and dropped.",
            "The quarry covers less than 310 ha in all.",
            "The licence area of the quarry covers 310 ha.",
        ],
    );
    assert_quiet(
        QUARRY,
        "The total area of the site is 310 ha.",
        &[
            "The total area of the Natura site is 310 ha.",
            "The park that begins at the site covers 310 ha.",
            "The site was to have a total area of 310 ha at first.",
        ],
    );
    assert_quiet(
        "Peat extraction at Lesna",
        "Peat extraction takes 600 ha in all.",
        &["The bog covers 600 ha in all, and peat extraction takes 90 ha of it."],
    );
}

#[test]
fn what_claims_no_annex_of_the_directive_for_one_project_raises_nothing() {
    const LOUD: &str = "The farm will have 120,000 places for broilers.";
    const FOLLOWS: &str = "The report follows Directive 2011/92/EU.";
    for claim in [CLAIM, "The farm falls under Annex II, point 1(e)."] {
        assert_eq!(raised("EU", POULTRY, LOUD, &[claim, FOLLOWS]).len(), 1, "{claim}");
    }
    for claim in [
        "The project falls under Annex II, point 13(a), of Directive 2011/92/EU.",
        "The project falls under Annex II, point 13, as a modification.",
        "The farm falls under Annex II of the EIA Directive as a change or extension.",
        "The project falls under point 2 of Annex II to Part Two of Legislative Decree 152/2006.",
        "The otter is listed in Annex II (no. 1355).",
        "Installations for rearing poultry fall under Annex II, point 1(e), unless they exceed the limits of \
         Annex I. The farm is therefore subject to assessment under Annex I, point 17(a).",
        "The farm falls under Annex II, point 1(e). It is assessed under Annex I, point 17(a).",
        "The farm falls under Annex I, point 17(a), and Annex II, point 1(e).",
        "The farm belongs to Annex II, point 1(e). The houses fall under Annex I, point 17(a).",
    ] {
        let found = raised("EU", POULTRY, LOUD, &[claim, FOLLOWS]);
        assert!(found.is_empty(), "{claim}: {found:?}");
    }
    let unnamed = raised("EU", POULTRY, LOUD, &["The farm falls under Annex II, point 1(e)."]);
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

#[test]
fn a_project_that_changes_something_is_left_alone() {
    for title in [
        "Extension of the broiler farm at Lesna",
        "Modernisation of the broiler farm at Lesna",
        "Broiler farm at Lesna, upgrade",
        "Reconstruction of the broiler farm at Lesna",
    ] {
        let found = raised("EU", title, "The farm will have 120,000 places for broilers.", &[CLAIM]);
        assert!(found.is_empty(), "{title}: {found:?}");
    }
    let plant = "The project is an expansion. The farm will have 120,000 places for broilers.";
    assert!(raised("EU", POULTRY, plant, &[CLAIM]).is_empty());
}

#[test]
fn names_of_works_with_their_reach_and_hens_with_a_hyphen_are_known() {
    for (row, title, above, below) in [
        (
            "Annex I, point 13",
            "Regional sewage treatment plant of the Lesna valley",
            "Design load of the new plant | 190,000 population equivalents",
            "Design load of the new plant | 90,000 population equivalents",
        ),
        (
            "Annex I, point 17(a)",
            "Lesna laying-hen farm",
            "Total capacity | 72,000 places for laying hens",
            "Total capacity | 42,000 places for laying hens",
        ),
    ] {
        assert_raised_by(row, title, above, below);
    }
    assert!(
        raised(
            "EU",
            "Sewage works of the region of Lesna",
            "The region has 190,000 population equivalents.",
            &[CLAIM]
        )
        .is_empty()
    );
}
