//! Tiny reports through the reader, the checks and the baseline.

use super::export::{Agreement, Gas, Site};
use super::*;
use crate::domain::document::Document;
use crate::eval::facts::Baseline;
use crate::ingest::{self, Limits};
use crate::rules::lexicon::Lexicon;
use crate::rules::lexicon_limits::VoidAct;
use crate::screen::facts::{CheckContext, FactChecker, FactReader, Thresholds};

const DAY: &str = "2026-11-21";

const FAULTY: &str = "# Draft statement\n\nThe statement follows Resolution No. 541 of the Cabinet of\nMinisters.\n\n\
                      # Site\n\nThe total area of the site is 214 hectares.\n\n\
                      # Land\n\nThe total site area is 241 hectares.\n";

/// The act is named as repealed, the other area is that of a variant.
const TRAP: &str = "# Draft statement\n\nResolution No. 234 repealed Resolution No. 541.\n\n\
                    # Site\n\nThe total area of the site is 214 hectares.\n\n\
                    # Land\n\nIn the second variant the total site area is 190 hectares.\n";

fn acts() -> Vec<VoidAct> {
    Lexicon::load_builtin().unwrap().limits.acts
}

fn read(text: &str) -> Document {
    ingest::read_document("report.md", text.as_bytes(), &Limits::default()).unwrap()
}

fn checked(document: &Document) -> Vec<Finding> {
    let facts = FactReader::builtin().unwrap().read_document(document);
    let checker = FactChecker::new(Thresholds::builtin().unwrap(), acts());
    let context = CheckContext { submitted: DAY.to_owned(), jurisdictions: vec!["UZ".to_owned()] };
    checker.check(document, &facts, &context).iter().map(Finding::from).collect()
}

fn plain(document: &Document) -> Vec<Finding> {
    keywords::find(document, &acts(), DAY, &Baseline::new())
}

fn fault(kind: InconsistencyKind, quotes: &[&str]) -> Fault {
    let quotes = quotes.iter().map(|quote| (*quote).to_owned()).collect();
    Fault { kind, quotes, about: String::new() }
}

fn faults() -> Vec<Fault> {
    vec![
        fault(InconsistencyKind::Quantity, &["214 hectares", "241 hectares"]),
        fault(InconsistencyKind::VoidAct, &["Resolution No. 541 of the Cabinet of Ministers"]),
    ]
}

#[test]
fn a_gold_line_reads_and_what_is_for_people_is_left_alone() {
    let line = r#"{"id":"a","language":"ru","submitted":"2026-09-01","packs":["uz-234-draft"],
        "faults":[{"kind":"foreign_name","quotes":["x"],"about":"y"}],
        "site":[{"lat":41.25,"lon":64.5,"quote":"41.25"}],
        "ghg":[{"t_co2e":350,"sink":true,"quote":"350 t"}],"traps":["a number of another thing"]}"#;
    let report: GoldReport = serde_json::from_str(line).unwrap();
    assert_eq!(report.submitted.to_string(), "2026-09-01");
    assert!(report.ghg[0].sink && report.site[0].lat == 41.25);
    for kind in KINDS {
        assert_eq!(serde_json::to_value(kind).unwrap(), name(kind));
    }
}

#[test]
fn planted_faults_are_found_and_a_trap_only_by_the_baseline() {
    let document = read(FAULTY);
    let located = locate(&faults(), &document.text).unwrap();
    for findings in [checked(&document), plain(&document)] {
        let matched = matched(&located, &findings);
        let counts = Counts::of(&KINDS, &faults(), &findings, &matched);
        assert_eq!(counts, Counts { right: 2, raised: 2, there: 2 }, "{findings:?}");
    }
    let trap = read(TRAP);
    assert!(checked(&trap).is_empty());
    let raised: Vec<InconsistencyKind> = plain(&trap).iter().map(|finding| finding.kind).collect();
    assert_eq!(raised, [InconsistencyKind::Quantity, InconsistencyKind::VoidAct]);
}

#[test]
fn a_fault_is_matched_once_by_a_finding_of_its_kind_that_overlaps_it() {
    let place = |start, end| TextRange::new(start, end);
    let finding = |kind, at| Finding { kind, about: String::new(), places: vec![at] };
    let (quantity, act) = (InconsistencyKind::Quantity, InconsistencyKind::VoidAct);
    let located = [Located { kind: quantity, places: vec![place(10, 20), place(50, 60)] }];
    let findings = [
        finding(act, place(10, 20)),
        finding(quantity, place(20, 50)),
        finding(quantity, place(55, 90)),
        finding(quantity, place(12, 14)),
    ];
    assert_eq!(matched(&located, &findings), [None, None, Some(0), None]);
    let faults = [fault(quantity, &["x"]), fault(act, &["y"])];
    let of =
        |kinds: &[InconsistencyKind]| Counts::of(kinds, &faults, &findings, &matched(&located, &findings));
    assert_eq!(of(&[quantity]), Counts { right: 1, raised: 3, there: 1 });
    assert_eq!(of(&KINDS), Counts { right: 1, raised: 4, there: 2 });
}

#[test]
fn quotes_are_found_across_lines_and_apostrophes_but_not_inside_numbers() {
    let text = "Maydon 112 ha.\nLoyihaning umumiy\n maydoni | 12 ha, oʻrmon 5 ha.";
    let places = |quote: &str| Folded::new(text).places(quote);
    let twelve: Vec<&str> = places("12 ha").into_iter().map(|place| place.of(text)).collect();
    assert_eq!(twelve, ["12 ha"]);
    assert_eq!(places("umumiy maydoni 12 ha, o'rmon").len(), 1);
    assert!(places("…").is_empty());
    let error = locate(&[fault(InconsistencyKind::Quantity, &["13 ha"])], text).unwrap_err();
    assert!(error.contains("13 ha"), "{error}");
    assert!(locate(&[fault(InconsistencyKind::Category, &[])], text).unwrap_err().contains("category"));
}

#[test]
fn an_export_is_read_as_a_map_reads_it() {
    let text = serde_json::json!({ "type": "FeatureCollection", "features": [
        { "geometry": { "type": "Point", "coordinates": [64.5, 41.25] }, "properties": { "role": "site" } },
        { "geometry": { "type": "Polygon",
            "coordinates": [[[64.0, 41.0], [64.2, 41.0], [64.2, 41.4], [64.0, 41.4], [64.0, 41.0]]] },
          "properties": { "role": "site" } },
        { "geometry": null, "properties":
            { "role": "source", "unit": "t CO2e/year", "value": 4200.0, "standing": "stated", "substance": "co2e" } },
        { "geometry": null, "properties":
            { "role": "sink", "unit": "t/year", "value": 350.0, "standing": "stated", "substance": "co2" } },
        { "geometry": null, "properties":
            { "role": "source", "unit": "t/year", "value": 9.0, "standing": "stated", "substance": "dust" } },
        { "geometry": null, "properties":
            { "role": "source", "unit": "t CO2e/year", "value": 25000.0, "standing": "required", "substance": "co2e" } },
    ] });
    let exported = export::read(&text.to_string()).unwrap();
    let site = |lat, lon| Site { lat, lon, quote: String::new() };
    let gas = |t_co2e, sink| Gas { t_co2e, sink, quote: String::new() };
    assert_eq!(exported.gases, [gas(4200.0, false), gas(350.0, true)]);
    let gold = [site(41.251, 64.499), site(41.2, 64.102)];
    let sites = Agreement::of(&gold, &exported.sites, Site::fits);
    assert_eq!(sites, Agreement { right: vec![true, false], found: vec![true, false] });
    let gases = Agreement::of(&[gas(4242.0, false), gas(350.0, false)], &exported.gases, Gas::fits);
    assert_eq!(gases, Agreement { right: vec![true, false], found: vec![true, false] });
    assert_eq!(export::read("{\"features\":[]}").unwrap(), export::Exported::default());
}
