//! Results as one self-contained page: no script, no outside resource, readable on paper.

use std::fmt::Write;

use super::svg::{self, ForestLine, escaped};
use super::table::{number, sides};
use crate::eval::comparison::Row;
use crate::eval::result::{Plot, SuiteResult};
use crate::eval::suite::Kind;

const STYLE: &str = "
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, 'Segoe UI', 'Noto Sans', sans-serif; color: #1a1a1a; margin: 2rem auto;
  max-width: 68rem; padding: 0 1.5rem; background: #fff; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; border-top: 2px solid #0072b2;
  padding-top: .75rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .25rem 0 .75rem; } .quiet { color: #555; font-size: .875rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #ddd; white-space: nowrap; }
thead th { border-bottom: 2px solid #999; } td small { color: #555; } tr.best td, td.best { font-weight: 600; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: flex-start; } figure { margin: 0; max-width: 100%; }
figcaption { font-weight: 600; margin-bottom: .4rem; } svg { max-width: 100%; height: auto; }
svg text { font: 12px system-ui, 'Segoe UI', 'Noto Sans', sans-serif; fill: #1a1a1a; } svg .axis { fill: #555; }
svg .grid { stroke: #e3e3e3; fill: none; } svg .zero { stroke: #1a1a1a; fill: none; }
nav ul { padding-left: 1.2rem; } @media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// Returns the page of a run.
pub fn of_results(results: &[SuiteResult]) -> String {
    let mut body = String::new();
    if let Some(first) = results.first() {
        let _ = writeln!(body, "<p class=\"quiet\">{}</p>", escaped(&first.provenance.build));
    }
    body.push_str(
        "<p>Figures with 95 % intervals (bootstrap over the named units). The last arms are the product; those before \
         are baselines or parts of it.</p>\n",
    );
    if results.len() > 1 {
        body.push_str("<nav><ul>\n");
        for result in results {
            let _ = writeln!(
                body,
                "<li><a href=\"#{0}\">{0}</a> – {1}</li>",
                escaped(&result.suite),
                escaped(&result.title)
            );
        }
        body.push_str("</ul></nav>\n");
    }
    for result in results {
        suite(&mut body, result);
    }
    page("Evaluation", &body)
}

fn suite(body: &mut String, result: &SuiteResult) {
    let provenance = &result.provenance;
    let model = provenance
        .model
        .as_ref()
        .map_or_else(|| "no model".to_owned(), |model| format!("{} ({})", model.name, model.precision));
    let _ = write!(
        body,
        "<section>\n<h2 id=\"{0}\">{0}</h2>\n<p>{1}. Kind: {2}; {3}; data {4}.</p>\n",
        escaped(&result.suite),
        escaped(&result.title),
        result.kind,
        escaped(&model),
        escaped(&provenance.data_sha256.chars().take(12).collect::<String>()),
    );
    figures(body, result);
    let order: Vec<String> = result.arms.iter().map(|arm| arm.name.clone()).collect();
    body.push_str("<div class=\"plots\">\n");
    for plot in &result.plots {
        let (title, picture) = match plot {
            Plot::PrecisionRecall { title, lines } => (title, svg::precision_recall(lines, &order)),
            Plot::Reliability { title, bins } => (title, svg::reliability(bins)),
            Plot::HeatMap { title, columns, rows } => (title, svg::heat_map(columns, rows)),
        };
        let _ = writeln!(body, "<figure><figcaption>{}</figcaption>{picture}</figure>", escaped(title));
    }
    if let Some(picture) = headline(result) {
        let _ = writeln!(body, "{picture}");
    }
    body.push_str("</div>\n");
    for note in &result.notes {
        let _ = writeln!(body, "<p class=\"quiet\">{}</p>", escaped(note));
    }
    let rules: Vec<String> =
        provenance.rules.iter().map(|rules| format!("{} {}", rules.name, rules.version)).collect();
    if !rules.is_empty() {
        let _ = writeln!(body, "<p class=\"quiet\">Rules: {}.</p>", escaped(&rules.join(", ")));
    }
    let _ = writeln!(body, "<p class=\"quiet\">Data: {}</p>\n</section>", escaped(&result.licence));
}

/// Rows are figures, columns arms; the best of a row stands out if there are several.
fn figures(body: &mut String, result: &SuiteResult) {
    let mut names: Vec<&str> = Vec::new();
    for figure in result.arms.iter().flat_map(|arm| &arm.figures) {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    body.push_str("<div class=\"scroll\"><table>\n<thead><tr><th></th>");
    for arm in &result.arms {
        let _ = write!(body, "<th>{}</th>", escaped(&arm.name));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for name in names {
        let own: Vec<Option<&crate::eval::result::Figure>> =
            result.arms.iter().map(|arm| arm.figures.iter().find(|figure| figure.name == name)).collect();
        let better = |a: f64, b: f64, is_error: bool| if is_error { a < b } else { a > b };
        let best = own.iter().flatten().copied().reduce(|best, figure| {
            if better(figure.value, best.value, figure.formula.is_error()) { figure } else { best }
        });
        let _ = write!(body, "<tr><th>{}</th>", escaped(name));
        for figure in &own {
            match figure {
                Some(figure) => {
                    let stands_out = own.iter().flatten().count() > 1
                        && best.is_some_and(|best| best.value == figure.value);
                    let _ = write!(
                        body,
                        "<td{}>{} <small>[{}, {}]</small></td>",
                        if stands_out { " class=\"best\"" } else { "" },
                        number(figure.value),
                        number(figure.interval.low),
                        number(figure.interval.high)
                    );
                }
                None => body.push_str("<td>–</td>"),
            }
        }
        body.push_str("</tr>\n");
    }
    let units = result.arms.first().and_then(|arm| arm.figures.first()).map_or(0, |figure| figure.units);
    let unit = match (units, result.unit.strip_suffix('y')) {
        (1, _) => result.unit.clone(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{}s", result.unit),
    };
    let _ = writeln!(body, "</tbody></table></div>\n<p class=\"quiet\">{units} {}</p>", escaped(&unit));
}

/// Intervals of the figure that sums a suite up, by arm, where there are several arms.
fn headline(result: &SuiteResult) -> Option<String> {
    let arms = &result.arms;
    let name = match result.kind {
        Kind::Completeness => "macro F1",
        Kind::Risk => "category F1",
        _ => arms.first()?.figures.first()?.name.as_str(),
    };
    let lines: Vec<ForestLine> = arms
        .iter()
        .filter_map(|arm| {
            let figure = arm.figures.iter().find(|figure| figure.name == name)?;
            Some(ForestLine {
                name: arm.name.clone(),
                value: figure.value,
                low: figure.interval.low,
                high: figure.interval.high,
                note: format!(
                    "{} [{}, {}]",
                    number(figure.value),
                    number(figure.interval.low),
                    number(figure.interval.high)
                ),
                is_strong: true,
            })
        })
        .collect();
    (lines.len() > 1).then(|| {
        format!("<figure><figcaption>{}</figcaption>{}</figure>", escaped(name), svg::forest(&lines))
    })
}

/// Returns the page of comparisons.
pub fn of_comparison(rows: &[Row], first: &str, second: &str) -> String {
    let mut body = format!(
        "<p>Second minus first, with 95 % intervals; blue where the difference is significant (paired randomisation \
         test, Holm-corrected p below 0.05 over all {} comparisons).</p>\n<p class=\"quiet\">first: {}; second: {}</p>\n",
        rows.len(),
        escaped(first),
        escaped(second)
    );
    let mut suites: Vec<&str> = rows.iter().map(|row| row.suite.as_str()).collect();
    suites.dedup();
    for suite in suites {
        let own: Vec<&Row> = rows.iter().filter(|row| row.suite == suite).collect();
        let lines: Vec<ForestLine> = own
            .iter()
            .map(|row| ForestLine {
                name: format!("{}: {}", row.figure, sides(row)),
                value: row.difference,
                low: row.interval.low,
                high: row.interval.high,
                note: format!("{} → {}, p {:.4}", number(row.first), number(row.second), row.p_holm),
                is_strong: row.p_holm < 0.05,
            })
            .collect();
        let _ = writeln!(
            body,
            "<section><h2>{}</h2>\n<div class=\"scroll\"><figure>{}</figure></div></section>",
            escaped(suite),
            svg::forest(&lines)
        );
    }
    page("Comparison", &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::statistics::Interval;

    #[test]
    fn the_page_needs_nothing_from_outside_and_escapes_names() {
        let row = Row {
            suite: "s<1>".to_owned(),
            figure: "F&1".to_owned(),
            first_arm: "a".to_owned(),
            second_arm: "b".to_owned(),
            units: 3,
            first: 0.1,
            second: 0.2,
            difference: 0.1,
            interval: Interval { low: 0.0, high: 0.2 },
            p: 0.01,
            p_holm: 0.01,
            is_error: false,
        };
        let page = of_comparison(&[row], "x", "y");
        assert!(page.contains("s&lt;1&gt;") && page.contains("F&amp;1"));
        for outside in ["http", "<script", "<link", "url(", "@import", "src="] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
