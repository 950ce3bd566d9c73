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

/// Runs a test with figures of its own, as they are after a start. What other threads count is not in them.
pub(crate) fn with_figures<T>(test: impl FnOnce(&PrometheusHandle) -> T) -> T {
    let recorder = new_recorder().unwrap();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        declare();
        test(&handle)
    })
}

/// Series of counters without their values.
pub(crate) fn series_of_counters(text: &str) -> BTreeSet<String> {
    let is_counter = |line: &&str| {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        METRICS.iter().any(|metric| metric.kind == Kind::Counter && metric.name == name)
    };
    let lines = text.lines().filter(is_counter);
    lines.filter_map(|line| line.rsplit_once(' ')).map(|(series, _)| series.to_owned()).collect()
}

/// The counters that a text of queries reads, with what their labels are asked to be.
fn asked_of_counters(text: &str) -> Vec<(&'static str, Vec<(String, String)>)> {
    let mut asked = Vec::new();
    for metric in METRICS.iter().filter(|metric| metric.kind == Kind::Counter) {
        for (at, name) in text.match_indices(metric.name) {
            let rest = text[at + name.len()..].strip_prefix('{');
            let matchers = rest.and_then(|rest| rest.split_once('}')).map_or("", |(inside, _)| inside);
            let mut labels = Vec::new();
            for matcher in matchers.split(',') {
                let parts = matcher.split_once("=~").or_else(|| matcher.split_once('='));
                // What is left out asks for nothing.
                if let Some((label, values)) = parts.filter(|(label, _)| !label.ends_with('!')) {
                    labels.push((label.to_owned(), values.trim_matches('"').to_owned()));
                }
            }
            asked.push((metric.name, labels));
        }
    }
    asked
}

#[test]
fn the_first_event_that_an_alert_is_about_is_an_increase() {
    let text = with_figures(|handle| {
        crate::rpc::measure::begin();
        handle.render()
    });
    let there = series_of_counters(&text);
    let alerts = include_str!("../../deploy/prometheus/alerts.yml");
    let asked = asked_of_counters(alerts);
    assert!(asked.len() >= 9, "{asked:?}");
    for (name, labels) in asked {
        let of_metric = || there.iter().filter(move |series| series.split('{').next() == Some(name));
        assert!(of_metric().next().is_some(), "{name} is born with its first event");
        for (label, values) in labels {
            for value in values.split('|') {
                let part = format!("{label}=\"{value}\"");
                assert!(of_metric().any(|series| series.contains(&part)), "{name}: {part} is not there");
            }
        }
    }
    for series in &there {
        assert!(text.contains(&format!("{series} 0\n")), "{series} does not begin at 0");
    }
    assert!(there.len() < 200, "{} series before anything happened", there.len());
}

#[test]
fn alerts_about_calls_leave_out_those_that_end_late_by_design() {
    let alerts = include_str!("../../deploy/prometheus/alerts.yml");
    let (_, rule) = alerts.split_once("- alert: DeadlinesMissed").unwrap();
    let (expr, _) = rule.split_once("labels:").unwrap();
    // In what is counted and in what it is compared with.
    let left_out = r#"rpc_method!~"grpc.health.*|.*/WatchScreening""#;
    assert_eq!(expr.matches(left_out).count(), 2, "{expr}");
    assert!(!expr.contains("rate(rpc_server_call_duration_seconds_count[15m])"), "{expr}");
}

#[test]
fn slow_screenings_are_told_of_however_they_came() {
    let alerts = include_str!("../../deploy/prometheus/alerts.yml");
    let (_, rule) = alerts.split_once("- alert: ScreeningSlow").unwrap();
    let (expr, _) = rule.split_once("labels:").unwrap();
    // Calls end with the upload where a screening is submitted.
    assert!(expr.contains(STAGE_DURATION) && !expr.contains(CALL_DURATION), "{expr}");
    let (_, told) = expr.rsplit_once("> ").unwrap();
    let told: f64 = told.split_whitespace().next().unwrap().parse().unwrap();
    assert!(STAGE_SECONDS.contains(&told), "{told} is no bound, so that it can only be guessed");
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
    let figure =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
    let (memory, own) = (figure("process_resident_memory_bytes "), figure("process_anonymous_memory_bytes "));
    assert!(memory.is_some_and(|bytes| bytes > 1e6), "{text}");
    assert!(own.is_some_and(|bytes| bytes > 1e5 && bytes < memory.unwrap()), "{text}");
}
