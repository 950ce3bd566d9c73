//! Results as one self-contained page: no script, no outside resource, readable on paper.

use std::fmt::Write;

use super::svg::{self, ForestLine, escaped};
use super::table::{number, plural, undefined};
use crate::domain::provenance::RulesIdentity;
use crate::eval::result::{Figure, Plot, SuiteResult};

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

/// Returns a whole page.
pub(super) fn page(title: &str, body: &str) -> String {
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
            Plot::Confusion { title, columns, rows } => (title, counts(columns, rows)),
        };
        let _ = writeln!(body, "<figure><figcaption>{}</figcaption>{picture}</figure>", escaped(title));
    }
    if let Some(picture) = headline(result) {
        let _ = writeln!(body, "{picture}");
    }
    body.push_str("</div>\n");
    for note in undefined(result).iter().chain(&result.notes) {
        let _ = writeln!(body, "<p class=\"quiet\">{}</p>", escaped(note));
    }
    if !provenance.rules.is_empty() {
        let _ = writeln!(body, "<p class=\"quiet\">Rules: {}.</p>", escaped(&versions(&provenance.rules)));
    }
    let _ = writeln!(body, "<p class=\"quiet\">Data: {}</p>\n</section>", escaped(&result.licence));
}

/// Returns names and versions of rules.
pub(super) fn versions(rules: &[RulesIdentity]) -> String {
    rules.iter().map(|own| format!("{} {}", own.name, own.version)).collect::<Vec<_>>().join(", ")
}

/// Counts by label (rows) and answer (columns).
fn counts(columns: &[String], rows: &[(String, Vec<usize>)]) -> String {
    let mut table = "<table>\n<thead><tr><th></th>".to_owned();
    for column in columns {
        let _ = write!(table, "<th>{}</th>", escaped(column));
    }
    table.push_str("</tr></thead>\n<tbody>\n");
    for (name, counts) in rows {
        let _ = write!(table, "<tr><th>{}</th>", escaped(name));
        for count in counts {
            let _ = write!(table, "<td>{count}</td>");
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</tbody></table>");
    table
}

/// Rows are figures, columns arms; the best of a row stands out if there are several. Arms that were not run have a row
/// with the reason.
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
        let own: Vec<Option<&Figure>> =
            result.arms.iter().map(|arm| arm.figures.iter().find(|figure| figure.name == name)).collect();
        let values: Vec<f64> = own.iter().flatten().filter_map(|figure| figure.value).collect();
        let is_error = own.iter().flatten().any(|figure| figure.formula.is_error());
        let best = values.iter().copied().reduce(if is_error { f64::min } else { f64::max });
        let _ = write!(body, "<tr><th>{}</th>", escaped(name));
        for figure in own {
            match figure.map(|figure| (figure.value, figure.interval)) {
                Some((Some(value), Some(interval))) => {
                    let stands_out = values.len() > 1 && best == Some(value);
                    let _ = write!(
                        body,
                        "<td{}>{} <small>[{}, {}]</small></td>",
                        if stands_out { " class=\"best\"" } else { "" },
                        number(value),
                        number(interval.low),
                        number(interval.high)
                    );
                }
                Some(_) => body.push_str("<td>–</td>"),
                None => body.push_str("<td></td>"),
            }
        }
        body.push_str("</tr>\n");
    }
    for arm in &result.not_run {
        let _ = writeln!(
            body,
            "<tr><th>{}</th><td colspan=\"{}\">not run: {}</td></tr>",
            escaped(&arm.arm),
            result.arms.len().max(1),
            escaped(&arm.reason)
        );
    }
    let units = result.arms.first().and_then(|arm| arm.figures.first()).map_or(0, |figure| figure.units);
    let unit = if units == 1 { result.unit.clone() } else { plural(&result.unit) };
    let _ = writeln!(body, "</tbody></table></div>\n<p class=\"quiet\">{units} {}</p>", escaped(&unit));
}

/// Intervals of the figure that sums a suite up, by arm, where there are several arms.
fn headline(result: &SuiteResult) -> Option<String> {
    let name = result.primary()?;
    let lines: Vec<ForestLine> = (result.arms.iter())
        .filter_map(|arm| {
            let figure = arm.figures.iter().find(|figure| figure.name == name)?;
            let (value, interval) = (figure.value?, figure.interval?);
            Some(ForestLine {
                name: arm.name.clone(),
                value,
                low: interval.low,
                high: interval.high,
                note: format!("{} [{}, {}]", number(value), number(interval.low), number(interval.high)),
                is_strong: true,
            })
        })
        .collect();
    (lines.len() > 1).then(|| {
        format!("<figure><figcaption>{}</figcaption>{}</figure>", escaped(name), svg::forest(&lines))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::measures::Formula;
    use crate::eval::result::{Outcome, ResultProvenance, Tallies};
    use crate::eval::suite::Suite;

    fn outcome() -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "name = \"s\"\nkind = \"completeness\"\ntitle = \"T\"\ndocuments = \"*\"\nlicence = \"L\"\n";
        std::fs::write(folder.path().join("suite.toml"), text).unwrap();
        let provenance = ResultProvenance {
            build: "test".to_owned(),
            model: None,
            rules: Vec::new(),
            data_sha256: "d".to_owned(),
            settings: std::collections::BTreeMap::new(),
        };
        Outcome::new(&Suite::open(folder.path()).unwrap(), "document", provenance)
    }

    #[test]
    fn what_is_not_defined_is_a_dash_and_what_was_not_run_says_why() {
        let mut outcome = outcome();
        let tallies = |part: f64, whole: f64| Tallies::from([("d1".to_owned(), vec![part, whole])]);
        outcome.figure("keywords", "weak precision", Formula::Ratio, tallies(0.0, 0.0));
        outcome.figure("program", "weak precision", Formula::Ratio, tallies(0.0, 1.0));
        outcome.not_run("dense", "no model <none>");
        let page = of_results(&[outcome.result]);
        assert!(page.contains("<th>weak precision</th><td>–</td><td>0.000 <small>"), "{page}");
        assert!(
            page.contains("<tr><th>dense</th><td colspan=\"2\">not run: no model &lt;none&gt;</td></tr>")
        );
    }

    #[test]
    fn counts_of_answers_stand_in_a_table() {
        let mut outcome = outcome();
        outcome.result.plots.push(Plot::Confusion {
            title: "keywords".to_owned(),
            columns: vec!["missing".to_owned(), "a<b".to_owned()],
            rows: vec![("gold missing".to_owned(), vec![3, 1])],
        });
        let page = of_results(&[outcome.result]);
        assert!(page.contains("<th>missing</th><th>a&lt;b</th>"), "{page}");
        assert!(page.contains("<tr><th>gold missing</th><td>3</td><td>1</td></tr>"), "{page}");
    }
}
