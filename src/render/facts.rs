//! Facts as rows: the same figure in several places is one row, figures that claim to be the whole come first.

use super::words;
use crate::domain::document::Document;
use crate::domain::fact::{Fact, FactKind, Flow, Location, Phase, Standing, Statement};
use crate::domain::finding::Evidence;
use crate::domain::report::ScreeningReport;

/// Facts of one kind.
pub struct FactGroup<'a> {
    /// `Coordinates`, `Distances` …
    pub title: &'static str,
    /// One row per different figure.
    pub rows: Vec<FactRow<'a>>,
}

/// One figure.
pub struct FactRow<'a> {
    /// What it is about.
    pub subject: String,
    /// The normalised figure.
    pub figure: String,
    /// The figure as printed, where it reads differently.
    pub printed: String,
    /// `p. 12, 3.1 Air quality`.
    pub place: String,
    /// Further places with the same figure.
    pub repeats: usize,
    /// Where it was read.
    pub evidence: &'a Evidence,
    is_whole: bool,
}

/// Groups the facts of a report by kind.
pub fn groups(report: &ScreeningReport) -> Vec<FactGroup<'_>> {
    FactKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let facts = report.facts.iter().filter(|fact| fact.statement.kind() == kind);
            let mut rows: Vec<FactRow<'_>> = Vec::new();
            for fact in facts {
                let row = row(&report.document, fact);
                match rows.iter_mut().find(|known| known.subject == row.subject && known.figure == row.figure)
                {
                    Some(known) => {
                        known.repeats += 1;
                        known.is_whole |= row.is_whole;
                    }
                    None => rows.push(row),
                }
            }
            rows.sort_by_key(|row| (!row.is_whole, row.evidence.span));
            (!rows.is_empty()).then_some(FactGroup { title: title(kind), rows })
        })
        .collect()
}

fn row<'a>(document: &Document, fact: &'a Fact) -> FactRow<'a> {
    let figure = figure(&fact.statement);
    let printed = fact.as_printed(document);
    FactRow {
        subject: subject(fact),
        printed: if printed == figure { String::new() } else { printed },
        figure,
        place: words::place(document, &fact.evidence),
        repeats: 0,
        evidence: &fact.evidence,
        is_whole: fact.is_whole,
    }
}

fn title(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Location => "Coordinates",
        FactKind::Area => "Areas",
        FactKind::Capacity => "Capacities",
        FactKind::Distance => "Distances",
        FactKind::Emission => "Emissions",
        FactKind::Water => "Water",
    }
}

fn subject(fact: &Fact) -> String {
    let class = fact.subject.class.as_str();
    let mut words = vec![class.to_owned()];
    // Classes that do not say what it is are told apart by the words beside the figure.
    let is_general = matches!(class, "other" | "production" | "storage" | "treatment" | "power");
    if is_general && !fact.subject.label.is_empty() {
        words.push(format!("({})", fact.subject.label));
    }
    if let Statement::Emission(_, Flow::Sink) = fact.statement {
        words.push("absorbed".to_owned());
    }
    match fact.standing {
        Standing::Stated => {}
        Standing::Absent => {
            words.insert(0, "no".to_owned());
            words.push("within".to_owned());
        }
        Standing::Required => words.push("(required)".to_owned()),
        Standing::Alternative => words.push("(alternative)".to_owned()),
    }
    match fact.phase {
        None => {}
        Some(Phase::Existing) => words.push("today".to_owned()),
        Some(Phase::Construction) => words.push("in construction".to_owned()),
        Some(Phase::Operation) => words.push("in operation".to_owned()),
        Some(Phase::Closure) => words.push("at closure".to_owned()),
    }
    words.join(" ")
}

fn figure(statement: &Statement) -> String {
    let Some(quantity) = statement.quantity() else {
        return match statement {
            Statement::Location(location) => place_text(location),
            _ => String::new(),
        };
    };
    let upper = quantity.upper.map_or_else(String::new, |upper| format!(" to {}", number(upper)));
    format!("{}{upper} {}", number(quantity.value), quantity.unit)
}

fn place_text(location: &Location) -> String {
    match location {
        Location::Point { latitude, longitude } => format!("{latitude:.5}, {longitude:.5}"),
        Location::Extent { south, west, north, east } => {
            format!("{south:.4} to {north:.4} N, {west:.4} to {east:.4} E")
        }
        Location::Survey { description } => description.clone(),
    }
}

/// At most four places behind the point, fewer for large values, none that are zero.
pub(crate) fn number(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 1000.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 0.1 => 3,
        _ => 6,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short_and_true() {
        assert_eq!(number(180_000.0), "180000");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(0.979_339), "0.979");
        assert_eq!(number(0.000_405), "0.000405");
        assert_eq!(number(200.0), "200");
    }
}
