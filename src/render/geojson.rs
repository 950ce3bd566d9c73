//! Project sites, sources and sinks as GeoJSON (RFC 7946), for maps and satellite monitoring.
//!
//! Positions are WGS84, longitude first. A source or sink stands at the position its own sentence gives; else at the
//! project's, if the report gives exactly one; else its geometry is null, as section 3.2 provides for features without
//! a place. Where the report gives no coordinates no site is exported, and the member `abstention` says so.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::document::Document;
use crate::domain::fact::{Fact, Flow, Location, Statement};
use crate::domain::report::ScreeningReport;

/// Returns the feature collection, indented, with a final line break.
pub fn render(report: &ScreeningReport) -> String {
    let collection = collection(&report.document, &report.facts, &report.id.to_string());
    let mut text = serde_json::to_string_pretty(&collection).expect("maps with string keys always serialise");
    text.push('\n');
    text
}

fn collection(document: &Document, facts: &[Fact], screening: &str) -> Value {
    let sites = sites(facts);
    let mut members = Map::new();
    members.insert("type".to_owned(), json!("FeatureCollection"));
    members.insert("screening".to_owned(), json!(screening));
    members.insert("document".to_owned(), json!(document.name));
    if sites.is_empty() {
        let survey =
            facts.iter().any(|fact| matches!(fact.statement, Statement::Location(Location::Survey { .. })));
        let why = if survey {
            "no coordinates found in the text that could be read; places of the land survey are not converted"
        } else {
            "no coordinates found in the text that could be read"
        };
        members.insert("abstention".to_owned(), json!(why));
    }
    let mut features: Vec<Value> = sites.iter().map(|site| site_feature(document, site)).collect();
    for fact in facts {
        if let Statement::Emission(_, flow) = fact.statement {
            features.push(flow_feature(document, fact, flow, facts, &sites));
        }
    }
    members.insert("features".to_owned(), Value::Array(features));
    Value::Object(members)
}

/// A place with every fact that gives it.
struct Site<'a> {
    location: &'a Location,
    facts: Vec<&'a Fact>,
}

/// Different places in document order; the same place to five decimals is one.
fn sites(facts: &[Fact]) -> Vec<Site<'_>> {
    let mut order: BTreeMap<String, usize> = BTreeMap::new();
    let mut sites: Vec<Site<'_>> = Vec::new();
    for fact in facts {
        let Statement::Location(location) = &fact.statement else { continue };
        let Some(geometry) = geometry(location) else { continue };
        let at = *order.entry(geometry.to_string()).or_insert_with(|| {
            sites.push(Site { location, facts: Vec::new() });
            sites.len() - 1
        });
        sites[at].facts.push(fact);
    }
    sites
}

fn geometry(location: &Location) -> Option<Value> {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    match location {
        Location::Point { latitude, longitude } => {
            Some(json!({ "type": "Point", "coordinates": [round(*longitude), round(*latitude)] }))
        }
        Location::Extent { south, west, north, east } => {
            let (s, w, n, e) = (round(*south), round(*west), round(*north), round(*east));
            // The outer ring runs anticlockwise and ends where it began.
            Some(json!({ "type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]] }))
        }
        Location::Survey { .. } => None,
    }
}

fn site_feature(document: &Document, site: &Site<'_>) -> Value {
    let mut properties = properties(document, site.facts[0], "site");
    properties.insert("mentions".to_owned(), json!(site.facts.len()));
    json!({ "type": "Feature", "geometry": geometry(site.location), "properties": properties })
}

fn flow_feature(document: &Document, fact: &Fact, flow: Flow, facts: &[Fact], sites: &[Site<'_>]) -> Value {
    let in_sentence = facts.iter().find_map(|other| match &other.statement {
        Statement::Location(location) if other.evidence.span.range.overlaps(fact.evidence.span.range) => {
            geometry(location)
        }
        _ => None,
    });
    let (place, located_by) = match (in_sentence, sites) {
        (Some(place), _) => (Some(place), "same sentence"),
        (None, [only]) => (geometry(only.location), "project site"),
        (None, []) => (None, "not located: the report gives no position"),
        (None, _) => (None, "not located: the report gives several positions"),
    };
    let role = match flow {
        Flow::Source => "source",
        Flow::Sink => "sink",
    };
    let mut properties = properties(document, fact, role);
    properties.insert("located_by".to_owned(), json!(located_by));
    json!({ "type": "Feature", "geometry": place, "properties": properties })
}

fn properties(document: &Document, fact: &Fact, role: &str) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("role", json!(role));
    if let Some(quantity) = fact.statement.quantity() {
        put("substance", json!(fact.subject.class));
        put("value", json!(quantity.value));
        if let Some(upper) = quantity.upper {
            put("upper", json!(upper));
        }
        put("unit", json!(quantity.unit.to_string()));
        put("standing", json!(fact.standing));
        put("phase", json!(fact.phase));
    }
    put("as_printed", json!(fact.as_printed(document)));
    put("page", json!(fact.evidence.span.page));
    put("section", json!(fact.evidence.section.map(|id| document.heading_path(id))));
    put("quote", json!(fact.evidence.quote));
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::{Block, BlockKind, MediaType};
    use crate::domain::ids::DocumentId;
    use crate::domain::span::{Span, TextRange};
    use crate::screen::facts::FactReader;

    fn collection_of(lines: &[&str]) -> Value {
        let text = lines.join("\n");
        let mut start = 0;
        let blocks = lines.iter().map(|line| {
            let range = TextRange::new(start, start + line.len());
            start = range.end + 1;
            Block { kind: BlockKind::Paragraph, span: Span { range, page: None } }
        });
        let document = Document {
            id: DocumentId::of_content(&["x"]),
            name: "x.txt".to_owned(),
            sha256: String::new(),
            media_type: MediaType::PlainText,
            blocks: blocks.collect(),
            text,
            pages: Vec::new(),
            sections: Vec::new(),
            languages: Vec::new(),
            not_examined: Vec::new(),
        };
        let facts = FactReader::builtin().unwrap().read_document(&document);
        collection(&document, &facts, "s")
    }

    #[test]
    fn sites_sources_and_sinks_are_features_with_longitude_first() {
        let found = collection_of(&[
            "The site lies at 41.25° N, 64.5° E.",
            "The boiler emits 4,200 t CO2e per year.",
            "Planting will sequester 350 tCO2e/yr.",
        ]);
        let features = found["features"].as_array().unwrap();
        assert_eq!(features.len(), 3);
        assert_eq!(features[0]["geometry"], json!({ "type": "Point", "coordinates": [64.5, 41.25] }));
        assert_eq!(features[1]["properties"]["role"], "source");
        assert_eq!(features[1]["properties"]["value"], 4200.0);
        assert_eq!(features[1]["properties"]["located_by"], "project site");
        assert_eq!(features[2]["properties"]["role"], "sink");
        for feature in features {
            assert_eq!(feature["type"], "Feature");
            assert!(feature.get("geometry").is_some() && feature["properties"].is_object());
        }
    }

    #[test]
    fn extents_are_closed_rings_and_sources_without_one_place_have_no_geometry() {
        let found = collection_of(&[
            "It lies between 41.90 and 41.94 degrees north and between 64.11 and 64.17 degrees east.",
            "The intake is at 41.80° N, 64.20° E.",
            "The boiler emits 4,200 t CO2e per year.",
        ]);
        let features = found["features"].as_array().unwrap();
        let ring = features[0]["geometry"]["coordinates"][0].as_array().unwrap();
        assert_eq!(ring.len(), 5);
        assert_eq!(ring[0], ring[4]);
        assert_eq!(features[2]["geometry"], Value::Null);
    }

    #[test]
    fn sources_and_sinks_of_a_report_without_coordinates_are_features_without_geometry() {
        let found = collection_of(&[
            "The boiler emits 4,200 t CO2e per year.",
            "The peat will take up 350 t CO2e per year.",
        ]);
        let features = found["features"].as_array().unwrap();
        let roles: Vec<_> = features.iter().map(|feature| &feature["properties"]["role"]).collect();
        assert_eq!(roles, ["source", "sink"]);
        for feature in features {
            assert_eq!(feature.get("geometry"), Some(&Value::Null));
            assert_eq!(feature["properties"]["located_by"], "not located: the report gives no position");
        }
        assert!(found["abstention"].as_str().unwrap().starts_with("no coordinates"));
    }

    #[test]
    fn a_report_without_coordinates_says_so() {
        let found = collection_of(&["The boiler is new.", "The gate is 3 m wide."]);
        assert_eq!(found["features"], json!([]));
        assert!(found["abstention"].as_str().unwrap().starts_with("no coordinates"));
    }
}
