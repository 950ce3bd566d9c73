use std::collections::BTreeSet;

use super::*;

/// Names of our metrics that a text mentions: `eia_…`, `rpc_…`, `process_…`.
fn mentioned(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| ["eia_", "rpc_server_", "process_"].iter().any(|start| word.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

fn known(name: &str) -> bool {
    METRICS.iter().any(|metric| match metric.kind {
        Kind::Histogram(_) => {
            ["_bucket", "_sum", "_count"].iter().any(|end| name.strip_suffix(end) == Some(metric.name))
        }
        _ => name == metric.name,
    })
}

#[test]
fn dashboard_and_alerts_name_only_metrics_that_exist() {
    let dashboard = include_str!("../../deploy/grafana/eia-screen.json");
    let alerts = include_str!("../../deploy/prometheus/alerts.yml");
    assert!(serde_json::from_str::<serde_json::Value>(dashboard).is_ok(), "the dashboard is JSON");
    for (file, text) in [("dashboard", dashboard), ("alerts", alerts)] {
        let names = mentioned(text);
        assert!(names.len() >= 8, "{file}: {names:?}");
        for name in names {
            assert!(known(&name), "{file} names {name}, which nothing counts");
        }
    }
}

#[test]
fn every_alert_has_its_place_in_the_runbook() {
    let alerts = include_str!("../../deploy/prometheus/alerts.yml");
    let runbook = include_str!("../../docs/operations.md");
    let names: Vec<&str> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::trim).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        assert!(runbook.contains(&format!("### {name}")), "docs/operations.md says nothing about {name}");
    }
}

#[test]
fn names_and_labels_follow_the_rules() {
    let mut names = BTreeSet::new();
    for metric in METRICS {
        assert!(names.insert(metric.name), "{} stands in the list twice", metric.name);
        let counts = metric.kind == Kind::Counter;
        assert_eq!(metric.name.ends_with("_total"), counts, "{}: counters end in _total", metric.name);
        assert!(!metric.help.is_empty());
        for label in metric.labels {
            assert!(!["id", "name_of_file", "subject", "tenant", "path"].contains(label), "{}", metric.name);
        }
    }
}

#[test]
fn what_is_counted_is_shown() {
    let handle = start().expect("nothing else counts in this process");
    metrics::counter!(REFUSED, "reason" => "role").increment(2);
    metrics::histogram!(STAGE_DURATION, "stage" => "read").record(0.2);
    process::read();
    let text = handle.render();
    for line in [
        "eia_access_refused_total{reason=\"role\"} 2",
        "eia_stage_duration_seconds_bucket{stage=\"read\",le=\"0.5\"} 1",
        "eia_panics_total 0",
        "# HELP eia_ready 1 while calls are served.",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    let memory = text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    assert!(memory.is_some_and(|bytes| bytes.parse::<f64>().unwrap() > 1e6), "{text}");
}
