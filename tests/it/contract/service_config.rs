//! What clients of other languages are told: times and repetitions of every method.

use std::collections::BTreeSet;
use std::path::Path;

use eia_screen::settings::Settings;
use serde_json::Value;

use super::{PACKAGE, files};

/// Methods that do more when they are called twice, unless their `request_id` is set, which is optional. All others
/// name what they write, or its name follows from what is sent.
const ONCE: [&str; 1] = ["eia.screening.v1.ReviewService/RecordVerdict"];

fn seconds(text: &Value) -> f64 {
    text.as_str()
        .and_then(|text| text.strip_suffix('s'))
        .and_then(|text| text.parse().ok())
        .expect("a duration")
}

#[test]
fn every_method_has_a_time_below_its_ceiling_and_only_unavailable_is_repeated_where_that_adds_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/service-config.json");
    let config: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let work = Settings::default().work;
    let mut named = BTreeSet::new();
    for entry in config["methodConfig"].as_array().unwrap() {
        let retry = entry.get("retryPolicy");
        if let Some(retry) = retry {
            assert_eq!(retry["retryableStatusCodes"], serde_json::json!(["UNAVAILABLE"]));
            assert!((2..=5).contains(&retry["maxAttempts"].as_u64().unwrap()));
            assert!(seconds(&retry["initialBackoff"]) <= seconds(&retry["maxBackoff"]));
        }
        for name in entry["name"].as_array().unwrap() {
            let path = format!("{}/{}", name["service"].as_str().unwrap(), name["method"].as_str().unwrap());
            let ceiling = match path.rsplit('/').next().unwrap() {
                "WatchScreening" => work.watch_s,
                "ScreenSections"
                | "ScreenDocument"
                | "SubmitDocument"
                | "ImportCase"
                | "SearchPrecedentsByDocument" => work.document_s,
                _ => work.lookup_s,
            };
            assert_eq!(retry.is_none(), ONCE.contains(&path.as_str()), "{path}");
            assert!(seconds(&entry["timeout"]) <= ceiling as f64, "{path}");
            assert!(named.insert(path.clone()), "{path} is named twice");
        }
    }
    let all: BTreeSet<String> = files()
        .iter()
        .flat_map(|file| file.service.clone())
        .flat_map(|service| {
            let name = format!("{PACKAGE}.{}", service.name());
            service.method.into_iter().map(move |method| format!("{name}/{}", method.name()))
        })
        .collect();
    assert_eq!(named, all);
}
