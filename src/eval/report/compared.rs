//! A comparison as one self-contained page: what differs, whether it is chance, and what both sides rest on.

use std::fmt::Write;

use super::html::{page, versions};
use super::svg::{self, ForestLine, escaped};
use super::table::{not_compared, number, sides, verdict};
use crate::eval::comparison::{ComparedSuite, Comparison, Row};
use crate::eval::result::ResultProvenance;

/// Returns the page of a comparison; `first` and `second` name its sides.
pub fn of_comparison(comparison: &Comparison, first: &str, second: &str) -> String {
    let mut body = format!(
        "<p>Second minus first, with 95 % intervals; blue where the difference is significant (paired randomisation \
         test, p below 0.05 after Holm's correction within a family: one suite and one figure, over its arms). The \
         first plot of a suite shows the figure that decides; the others are to look into.</p>\n\
         <p class=\"quiet\">first: {}; second: {}</p>\n",
        escaped(first),
        escaped(second)
    );
    for suite in &comparison.suites {
        let own = |is_primary: bool| -> Vec<&Row> {
            let rows = comparison.rows.iter();
            rows.filter(|row| row.suite == suite.suite && row.is_primary == is_primary).collect()
        };
        let _ = writeln!(body, "<section><h2>{}</h2>", escaped(&suite.suite));
        let primary = suite.primary.as_deref().unwrap_or_default();
        for (title, rows) in [(primary, own(true)), ("Other figures", own(false))] {
            if !rows.is_empty() {
                let _ = writeln!(
                    body,
                    "<div class=\"scroll\"><figure><figcaption>{}</figcaption>{}</figure></div>",
                    escaped(title),
                    forest(&rows)
                );
            }
        }
        rests_on(&mut body, suite);
        body.push_str("</section>\n");
    }
    if !comparison.not_compared.is_empty() {
        body.push_str("<section><h2>Not compared</h2>\n<ul>\n");
        for left_out in &comparison.not_compared {
            let _ = writeln!(body, "<li>{}</li>", escaped(&not_compared(left_out)));
        }
        body.push_str("</ul></section>\n");
    }
    page("Comparison", &body)
}

fn forest(rows: &[&Row]) -> String {
    let line = |row: &&Row| ForestLine {
        name: format!("{}: {}", row.figure, sides(row)),
        value: row.difference,
        low: row.interval.low,
        high: row.interval.high,
        note: format!(
            "{} → {}, p {:.4} ({}), {}",
            number(row.first),
            number(row.second),
            row.p_holm,
            row.family,
            verdict(row)
        ),
        is_strong: row.verdict.is_shown(),
    };
    svg::forest(&rows.iter().map(line).collect::<Vec<_>>())
}

/// Model, rules, build and data of both sides; once where they are the same.
fn rests_on(body: &mut String, suite: &ComparedSuite) {
    let sides = if suite.first == suite.second {
        vec![("both sides", &suite.first)]
    } else {
        vec![("first", &suite.first), ("second", &suite.second)]
    };
    for (name, provenance) in sides {
        let _ = writeln!(body, "<p class=\"quiet\">{name}: {}</p>", escaped(&described(provenance)));
    }
}

fn described(provenance: &ResultProvenance) -> String {
    let model = provenance
        .model
        .as_ref()
        .map_or_else(|| "no model".to_owned(), |model| format!("{} ({})", model.name, model.precision));
    let rules = if provenance.rules.is_empty() { "none".to_owned() } else { versions(&provenance.rules) };
    let settings: Vec<String> =
        provenance.settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let settings = if settings.is_empty() { "as they are".to_owned() } else { settings.join(", ") };
    format!(
        "{model}; rules: {rules}; settings: {settings}; build {}; data {}",
        provenance.build, provenance.data_sha256
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::eval::comparison::{NotCompared, Verdict};
    use crate::eval::statistics::Interval;
    use crate::eval::suite::Kind;

    fn provenance(build: &str) -> ResultProvenance {
        ResultProvenance {
            build: build.to_owned(),
            model: None,
            rules: Vec::new(),
            data_sha256: "0123".to_owned(),
            settings: BTreeMap::new(),
        }
    }

    fn comparison() -> Comparison {
        let row = Row {
            suite: "s<1>".to_owned(),
            figure: "F&1".to_owned(),
            is_primary: true,
            first_arm: "a".to_owned(),
            second_arm: "b".to_owned(),
            unit: "document".to_owned(),
            units: 3,
            first: 0.1,
            second: 0.2,
            difference: 0.1,
            interval: Interval { low: 0.0, high: 0.2 },
            undefined_resamples: 0,
            p: 0.25,
            p_holm: 0.25,
            family: 1,
            is_error: false,
            verdict: Verdict::TooFewUnits,
        };
        Comparison {
            format: String::new(),
            suites: vec![ComparedSuite {
                suite: row.suite.clone(),
                kind: Kind::Risk,
                primary: Some(row.figure.clone()),
                first: provenance("before"),
                second: provenance("after"),
            }],
            rows: vec![row],
            not_compared: vec![NotCompared {
                suite: "t".to_owned(),
                arm: Some("<dense>".to_owned()),
                figure: None,
                why: "in the first results only".to_owned(),
            }],
        }
    }

    #[test]
    fn the_page_needs_nothing_from_outside_and_escapes_names() {
        let page = of_comparison(&comparison(), "x", "y");
        assert!(page.contains("s&lt;1&gt;") && page.contains("F&amp;1"));
        for outside in ["http", "<script", "<link", "url(", "@import", "src="] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_page_says_what_both_sides_rest_on_and_what_was_not_compared() {
        let page = of_comparison(&comparison(), "x", "y");
        for said in [
            "first: no model; rules: none; settings: as they are; build before; data 0123",
            "second: no model; rules: none; settings: as they are; build after; data 0123",
            "<li>t, &lt;dense&gt;: in the first results only</li>",
            "too few documents to show a difference",
        ] {
            assert!(page.contains(said), "{said}");
        }
    }
}
