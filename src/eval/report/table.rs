//! Results for the terminal: a table per suite, figures by arm with their 95 % intervals.

use std::fmt::Write;

use crate::eval::comparison::{Comparison, NotCompared, Row, Verdict};
use crate::eval::result::{Figure, SuiteResult};
use crate::eval::statistics::RESAMPLES;

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
            let cell = arm.figures.iter().find(|own| own.name == figure).map_or_else(String::new, shown);
            let _ = write!(text, "  {cell:<w$}", w = width(&arm.name));
        }
        text.push('\n');
    }
    for arm in &result.not_run {
        let _ = writeln!(text, "  not run: {}: {}", arm.arm, arm.reason);
    }
    if let Some(note) = undefined(result) {
        let _ = writeln!(text, "  note: {note}");
    }
    for note in &result.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A figure with its interval; a dash where it is not defined.
fn shown(figure: &Figure) -> String {
    match (figure.value, figure.interval) {
        (Some(value), Some(ends)) => {
            format!("{} [{}, {}]", number(value), number(ends.low), number(ends.high))
        }
        _ => "–".to_owned(),
    }
}

/// Says which intervals leave resamples out; `None` where none does.
pub fn undefined(result: &SuiteResult) -> Option<String> {
    let figures = result.undefined();
    (!figures.is_empty()).then(|| {
        format!(
            "not defined in so many of {RESAMPLES} resamples, which the interval leaves out: {}",
            figures.join(", ")
        )
    })
}

/// Returns the table of comparisons.
pub fn of_comparison(comparison: &Comparison) -> String {
    let rows = &comparison.rows;
    let mut text = String::new();
    let width =
        |part: &dyn Fn(&Row) -> String| rows.iter().map(|row| part(row).chars().count()).max().unwrap_or(0);
    let name = |row: &Row| format!("{} {}{}", row.suite, row.figure, if row.is_primary { " *" } else { "" });
    let (first, second) = (width(&name), width(&sides));
    for row in rows {
        let _ = writeln!(
            text,
            "{:<first$}  {:<second$}  {} → {}  {:+.4} [{:+.4}, {:+.4}]  p {:.4}  Holm {:.4} ({})  {}",
            name(row),
            sides(row),
            number(row.first),
            number(row.second),
            row.difference,
            row.interval.low,
            row.interval.high,
            row.p,
            row.p_holm,
            row.family,
            verdict(row)
        );
    }
    for left_out in &comparison.not_compared {
        let _ = writeln!(text, "not compared: {}", not_compared(left_out));
    }
    if rows.iter().any(|row| row.is_primary) {
        text.push_str("* the figure that decides; in brackets the comparisons that p is corrected for\n");
    }
    text
}

/// Returns what a comparison says, in words.
pub fn verdict(row: &Row) -> String {
    match row.verdict {
        Verdict::Better => "better".to_owned(),
        Verdict::Worse => "worse".to_owned(),
        Verdict::NoDifference => "no difference shown".to_owned(),
        Verdict::TooFewUnits => format!("too few {} to show a difference", plural(&row.unit)),
        Verdict::TooManyComparisons => "too many comparisons to show a difference".to_owned(),
    }
}

/// Returns what was not compared, and why, in words.
pub fn not_compared(left_out: &NotCompared) -> String {
    let parts = [Some(&left_out.suite), left_out.arm.as_ref(), left_out.figure.as_ref()];
    let named: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    format!("{}: {}", named.join(", "), left_out.why)
}

/// Returns the word for several units.
pub fn plural(unit: &str) -> String {
    unit.strip_suffix('y').map_or_else(|| format!("{unit}s"), |stem| format!("{stem}ies"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::measures::Formula;
    use crate::eval::statistics::Interval;

    #[test]
    fn what_is_not_defined_is_a_dash_and_zero_is_a_number() {
        let figure = |value: Option<f64>| Figure {
            name: "missing precision".to_owned(),
            value,
            interval: value.map(|value| Interval { low: value, high: value }),
            units: 3,
            formula: Formula::Ratio,
            undefined_resamples: 0,
        };
        assert_eq!(shown(&figure(None)), "–");
        assert_eq!(shown(&figure(Some(0.0))), "0.000 [0.000, 0.000]");
    }

    #[test]
    fn units_have_their_plural() {
        assert_eq!([plural("query"), plural("document")], ["queries", "documents"]);
    }
}
