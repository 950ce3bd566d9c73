//! Results for the terminal: a table per suite, figures by arm with their 95 % intervals.

use std::fmt::Write;

use crate::eval::comparison::Row;
use crate::eval::result::SuiteResult;

/// Returns the table of a suite.
pub fn of_suite(result: &SuiteResult) -> String {
    let mut text = format!("{} – {} ({})\n", result.suite, result.title, result.kind);
    let model = result.provenance.model.as_ref().map_or("no model", |model| model.name.as_str());
    let _ = writeln!(text, "data {} · {model}", &short(&result.provenance.data_sha256));
    let names: Vec<&str> = result.arms.iter().map(|arm| arm.name.as_str()).collect();
    let mut figures: Vec<&str> = Vec::new();
    for figure in result.arms.iter().flat_map(|arm| &arm.figures) {
        if !figures.contains(&figure.name.as_str()) {
            figures.push(&figure.name);
        }
    }
    let first = figures.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(6);
    let width = |name: &str| name.chars().count().max(22);
    let _ = write!(text, "  {:<first$}", "");
    for name in &names {
        let _ = write!(text, "  {name:<w$}", w = width(name));
    }
    text.push('\n');
    for figure in figures {
        let _ = write!(text, "  {figure:<first$}");
        for arm in &result.arms {
            let cell = arm.figures.iter().find(|own| own.name == figure).map_or_else(String::new, |own| {
                format!("{} [{}, {}]", number(own.value), number(own.interval.low), number(own.interval.high))
            });
            let _ = write!(text, "  {cell:<w$}", w = width(&arm.name));
        }
        text.push('\n');
    }
    for note in &result.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Returns the table of comparisons.
pub fn of_comparison(rows: &[Row]) -> String {
    let mut text = String::new();
    let width =
        |part: &dyn Fn(&Row) -> String| rows.iter().map(|row| part(row).chars().count()).max().unwrap_or(0);
    let name = |row: &Row| format!("{} {}", row.suite, row.figure);
    let (first, second) = (width(&name), width(&sides));
    for row in rows {
        let verdict = if row.p_holm >= 0.05 {
            "no difference shown"
        } else if (row.difference > 0.0) == row.is_error {
            "worse"
        } else {
            "better"
        };
        let _ = writeln!(
            text,
            "{:<first$}  {:<second$}  {} → {}  {:+.4} [{:+.4}, {:+.4}]  p {:.4}  Holm {:.4}  {verdict}",
            name(row),
            sides(row),
            number(row.first),
            number(row.second),
            row.difference,
            row.interval.low,
            row.interval.high,
            row.p,
            row.p_holm
        );
    }
    text
}

/// Returns the arms of a comparison.
pub fn sides(row: &Row) -> String {
    if row.first_arm == row.second_arm {
        row.first_arm.clone()
    } else {
        format!("{} → {}", row.first_arm, row.second_arm)
    }
}

/// Returns a number with the digits that mean something.
pub fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
