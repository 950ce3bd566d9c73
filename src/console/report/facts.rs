//! Figures and positions as rows, and the map.

use super::entries::{Entry, Item};
use super::map::{self, Map};
use super::view::{QuoteView, place};
use super::{Reading, Tab};
use crate::render::facts::number;
use crate::rpc::v1;

/// Figures of one kind.
pub struct FactGroup {
    /// Kind in words.
    pub title: String,
    /// Rows.
    pub rows: Vec<FactRow>,
}

/// One figure.
pub struct FactRow {
    /// Number on the map; 0 for none.
    pub marker: usize,
    /// As verdicts and marks name it.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// The normalised figure.
    pub figure: String,
    /// As printed.
    pub printed: String,
    /// How the sentence holds it.
    pub standing: String,
    /// The sentence.
    pub quote: QuoteView,
    /// True if the reviewer looks at it.
    pub is_current: bool,
}

/// The tab.
pub struct FactsView {
    /// Positions, if there are any.
    pub map: Option<Map>,
    /// Rows by kind.
    pub groups: Vec<FactGroup>,
    /// Places of a land survey, which are not drawn.
    pub has_survey: bool,
}

/// Makes the tab; `shown` are the entries of the page, `all` those of the tab.
pub fn view(reading: &Reading<'_>, all: &[Entry<'_>], shown: &[Entry<'_>]) -> FactsView {
    let places: Vec<(String, &v1::Location)> = all
        .iter()
        .filter_map(|entry| match entry.item {
            Item::Fact(fact) => Some((entry.id(), fact.location.as_ref()?)),
            _ => None,
        })
        .collect();
    let has_survey = places.iter().any(|(_, place)| !place.survey.is_empty());
    let map = map::draw(reading, &places);
    let mut groups: Vec<FactGroup> = Vec::new();
    for entry in shown {
        let Item::Fact(fact) = entry.item else { continue };
        let title = reading.w.say(kind_key(fact.kind()));
        if groups.last().is_none_or(|group| group.title != title) {
            groups.push(FactGroup { title, rows: Vec::new() });
        }
        let row = row(reading, entry, fact, map.as_ref());
        if let Some(group) = groups.last_mut() {
            group.rows.push(row);
        }
    }
    FactsView { map, groups, has_survey }
}

fn row(reading: &Reading<'_>, entry: &Entry<'_>, fact: &v1::Fact, map: Option<&Map>) -> FactRow {
    let w = reading.w;
    let id = entry.id();
    let link = reading.finding_link(Tab::Facts, &id);
    let evidence = fact.evidence.as_ref();
    let unit = evidence.and_then(|evidence| reading.opened.unit_of(evidence));
    let mut standing = Vec::new();
    match fact.standing() {
        v1::fact::Standing::Absent => standing.push(w.say("standing-absent")),
        v1::fact::Standing::Required => standing.push(w.say("standing-required")),
        v1::fact::Standing::Alternative => standing.push(w.say("standing-alternative")),
        v1::fact::Standing::Stated | v1::fact::Standing::Unspecified => {}
    }
    match fact.phase() {
        v1::fact::Phase::Existing => standing.push(w.say("phase-existing")),
        v1::fact::Phase::Construction => standing.push(w.say("phase-construction")),
        v1::fact::Phase::Operation => standing.push(w.say("phase-operation")),
        v1::fact::Phase::Closure => standing.push(w.say("phase-closure")),
        v1::fact::Phase::Unspecified => {}
    }
    if fact.flow() == v1::fact::Flow::Sink {
        standing.push(w.say("flow-sink"));
    }
    let figure = figure(fact);
    FactRow {
        marker: map.and_then(|map| map.number_of(&id)).unwrap_or(0),
        subject: match (fact.subject.as_str(), fact.subject_class.as_str()) {
            ("", "site") => w.say("class-site"),
            ("", class) => class.to_owned(),
            (subject, _) => subject.to_owned(),
        },
        printed: if fact.as_printed == figure { String::new() } else { fact.as_printed.clone() },
        figure,
        standing: standing.join(", "),
        quote: QuoteView {
            label: String::new(),
            place: evidence.map_or_else(String::new, |evidence| place(reading, evidence)),
            text: evidence.map_or_else(String::new, |evidence| evidence.quote.clone()),
            language: evidence.map_or_else(String::new, |evidence| evidence.language.clone()),
            jump: unit.map_or_else(String::new, |unit| format!("{link}&at={}", unit + 1)),
        },
        is_current: id == reading.wanted.finding,
        id,
    }
}

/// The normalised figure.
fn figure(fact: &v1::Fact) -> String {
    match &fact.location {
        Some(place) if !place.survey.is_empty() => place.survey.clone(),
        Some(place) if place.south == place.north && place.west == place.east => {
            format!("{:.5}, {:.5}", place.south, place.west)
        }
        Some(place) => {
            format!("{:.4} – {:.4} N, {:.4} – {:.4} E", place.south, place.north, place.west, place.east)
        }
        None => {
            let upper = fact.upper.map_or_else(String::new, |upper| format!(" – {}", number(upper)));
            format!("{}{upper} {}", number(fact.value), fact.unit)
        }
    }
}

fn kind_key(kind: v1::fact::Kind) -> &'static str {
    use v1::fact::Kind;
    match kind {
        Kind::Location | Kind::Unspecified => "fact-location",
        Kind::Area => "fact-area",
        Kind::Capacity => "fact-capacity",
        Kind::Distance => "fact-distance",
        Kind::Emission => "fact-emission",
        Kind::Water => "fact-water",
    }
}
