//! Facts and inconsistencies as protobuf messages.

use super::report::{evidence_message, explanation_message, range_message};
use crate::domain::document::Document;
use crate::domain::fact::{
    Fact, FactKind, Flow, Inconsistency, InconsistencyKind, Location, Phase, Standing, Statement,
};
use crate::rpc::v1;

/// Converts a fact; the document gives the figure as printed.
pub fn fact_message(fact: &Fact, document: &Document) -> v1::Fact {
    let quantity = fact.statement.quantity();
    v1::Fact {
        kind: kind(fact.statement.kind()).into(),
        subject_class: fact.subject.class.clone(),
        subject: fact.subject.label.clone(),
        as_printed: fact.as_printed(document),
        value: quantity.map_or(0.0, |quantity| quantity.value),
        upper: quantity.and_then(|quantity| quantity.upper),
        unit: quantity.map_or_else(String::new, |quantity| quantity.unit.to_string()),
        location: match &fact.statement {
            Statement::Location(location) => Some(location_message(location)),
            _ => None,
        },
        standing: standing(fact.standing).into(),
        phase: phase(fact.phase).into(),
        flow: flow(&fact.statement).into(),
        range: Some(range_message(fact.span.range)),
        evidence: Some(evidence_message(&fact.evidence)),
    }
}

fn kind(kind: FactKind) -> v1::fact::Kind {
    match kind {
        FactKind::Location => v1::fact::Kind::Location,
        FactKind::Area => v1::fact::Kind::Area,
        FactKind::Capacity => v1::fact::Kind::Capacity,
        FactKind::Distance => v1::fact::Kind::Distance,
        FactKind::Emission => v1::fact::Kind::Emission,
        FactKind::Water => v1::fact::Kind::Water,
    }
}

fn standing(standing: Standing) -> v1::fact::Standing {
    match standing {
        Standing::Stated => v1::fact::Standing::Stated,
        Standing::Absent => v1::fact::Standing::Absent,
        Standing::Required => v1::fact::Standing::Required,
        Standing::Alternative => v1::fact::Standing::Alternative,
    }
}

fn phase(phase: Option<Phase>) -> v1::fact::Phase {
    match phase {
        None => v1::fact::Phase::Unspecified,
        Some(Phase::Existing) => v1::fact::Phase::Existing,
        Some(Phase::Construction) => v1::fact::Phase::Construction,
        Some(Phase::Operation) => v1::fact::Phase::Operation,
        Some(Phase::Closure) => v1::fact::Phase::Closure,
    }
}

fn flow(statement: &Statement) -> v1::fact::Flow {
    match statement {
        Statement::Emission(_, Flow::Source) => v1::fact::Flow::Source,
        Statement::Emission(_, Flow::Sink) => v1::fact::Flow::Sink,
        _ => v1::fact::Flow::Unspecified,
    }
}

fn location_message(location: &Location) -> v1::Location {
    match location {
        Location::Point { latitude, longitude } => v1::Location {
            south: *latitude,
            west: *longitude,
            north: *latitude,
            east: *longitude,
            survey: String::new(),
        },
        Location::Extent { south, west, north, east } => {
            v1::Location { south: *south, west: *west, north: *north, east: *east, survey: String::new() }
        }
        Location::Survey { description } => {
            v1::Location { survey: description.clone(), ..Default::default() }
        }
    }
}

/// Converts an inconsistency.
pub fn inconsistency_message(found: &Inconsistency) -> v1::Inconsistency {
    let kind = match found.kind {
        InconsistencyKind::Quantity => v1::inconsistency::Kind::Quantity,
        InconsistencyKind::Category => v1::inconsistency::Kind::Category,
        InconsistencyKind::VoidAct => v1::inconsistency::Kind::VoidAct,
        InconsistencyKind::ForeignName => v1::inconsistency::Kind::ForeignName,
    };
    v1::Inconsistency {
        kind: kind.into(),
        subject: found.subject.clone(),
        message: found.message.to_string(),
        explanation: Some(explanation_message(&found.message)),
        citation: found.citation.clone(),
        evidence: found.evidence.iter().map(evidence_message).collect(),
    }
}
