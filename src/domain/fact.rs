//! Facts a reviewer checks by hand: positions, sizes, capacities, distances, emissions and water, each with the
//! place where it was read – and what in a report contradicts itself, the law or the calendar.
//!
//! A figure is normalised once, when it is read; the text as printed stays reachable through its span.

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::explanation::Explanation;
use super::finding::Evidence;
use super::span::Span;

/// What kind of fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// A position or extent on the ground.
    Location,
    /// Size of land or of a surface.
    Area,
    /// Production, design or storage capacity.
    Capacity,
    /// Distance to something that could be harmed.
    Distance,
    /// Mass of a pollutant or greenhouse gas emitted or absorbed.
    Emission,
    /// Volume of water taken, used, reused or discharged.
    Water,
}

impl FactKind {
    /// Every kind, in the order used for output.
    pub const ALL: [FactKind; 6] =
        [Self::Location, Self::Area, Self::Capacity, Self::Distance, Self::Emission, Self::Water];

    /// Returns the name used in files: `location`, `area` …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Area => "area",
            Self::Capacity => "capacity",
            Self::Distance => "distance",
            Self::Emission => "emission",
            Self::Water => "water",
        }
    }
}

/// What is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Metres.
    Metre,
    /// Hectares.
    Hectare,
    /// Tonnes.
    Tonne,
    /// Tonnes of carbon dioxide equivalent.
    TonneCo2e,
    /// Cubic metres.
    CubicMetre,
    /// Megawatts.
    Megawatt,
    /// Kilovolts.
    Kilovolt,
    /// Animals.
    Head,
    /// Beds, seats, places for people.
    Place,
    /// Pieces of a product.
    Piece,
    /// Grams (only per second: short-term emission rates).
    Gram,
}

/// The time to which a quantity refers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Per second.
    Second,
    /// Per hour.
    Hour,
    /// Per day.
    Day,
    /// Per month.
    Month,
    /// Per year.
    Year,
}

/// A unit: what is measured, and per what time if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit {
    /// What is measured.
    pub base: Base,
    /// Per what time.
    pub period: Option<Period>,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.base {
            Base::Metre => "m",
            Base::Hectare => "ha",
            Base::Tonne => "t",
            Base::TonneCo2e => "t CO2e",
            Base::CubicMetre => "m3",
            Base::Megawatt => "MW",
            Base::Kilovolt => "kV",
            Base::Head => "head",
            Base::Place => "places",
            Base::Piece => "pieces",
            Base::Gram => "g",
        })?;
        f.write_str(match self.period {
            None => "",
            Some(Period::Second) => "/s",
            Some(Period::Hour) => "/h",
            Some(Period::Day) => "/day",
            Some(Period::Month) => "/month",
            Some(Period::Year) => "/year",
        })
    }
}

/// A figure in a normalised unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The value, or the lower end of a range.
    pub value: f64,
    /// The upper end of a range; never below `value`.
    pub upper: Option<f64>,
    /// Unit of both.
    pub unit: Unit,
}

/// A place on the ground. Degrees are WGS84; other datums are taken as they stand, since reports rarely name
/// them and the difference (below 200 m) is smaller than a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Location {
    /// A point.
    Point {
        /// Degrees north, -90 to 90.
        latitude: f64,
        /// Degrees east, -180 to 180.
        longitude: f64,
    },
    /// A box between two latitudes and two longitudes.
    Extent {
        /// Southern edge.
        south: f64,
        /// Western edge.
        west: f64,
        /// Northern edge; not below `south`.
        north: f64,
        /// Eastern edge.
        east: f64,
    },
    /// Township, range and section of the United States land survey: recognised, not converted.
    Survey {
        /// As printed, white space reduced: `T30N, R108W, section 15`.
        description: String,
    },
}

/// Whether an emission leaves or is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Emitted.
    Source,
    /// Absorbed or stored.
    Sink,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Statement {
    /// A place.
    Location(Location),
    /// Hectares.
    Area(Quantity),
    /// Capacity in the unit of the product.
    Capacity(Quantity),
    /// Metres to what the subject names.
    Distance(Quantity),
    /// Tonnes of what the subject names.
    Emission(Quantity, Flow),
    /// Cubic metres (or tonnes) of water.
    Water(Quantity),
}

impl Statement {
    /// Returns the kind.
    pub fn kind(&self) -> FactKind {
        match self {
            Self::Location(_) => FactKind::Location,
            Self::Area(_) => FactKind::Area,
            Self::Capacity(_) => FactKind::Capacity,
            Self::Distance(_) => FactKind::Distance,
            Self::Emission(..) => FactKind::Emission,
            Self::Water(_) => FactKind::Water,
        }
    }

    /// Returns the figure, unless it is a place.
    pub fn quantity(&self) -> Option<&Quantity> {
        match self {
            Self::Location(_) => None,
            Self::Area(q) | Self::Capacity(q) | Self::Distance(q) | Self::Water(q) => Some(q),
            Self::Emission(q, _) => Some(q),
        }
    }
}

/// How the sentence holds the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stated as it is or will be.
    Stated,
    /// Nothing of the kind within that distance, or none of it: a claim to verify.
    Absent,
    /// A norm, limit or condition, not a description.
    Required,
    /// About an alternative, a variant that was not chosen or another project.
    Alternative,
}

/// The time in the life of the project to which a figure belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// As it is today.
    Existing,
    /// While building.
    Construction,
    /// In operation.
    Operation,
    /// Closing and after.
    Closure,
}

/// What a figure is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Stable class, e.g. `dwelling`, `site`, `dust`, `wastewater`; `other` if none fits.
    pub class: String,
    /// The words of the sentence that gave the class, or that stand beside the figure.
    pub label: String,
}

/// One fact in one sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What was read.
    pub statement: Statement,
    /// What it is about.
    pub subject: Subject,
    /// How the sentence holds it.
    pub standing: Standing,
    /// When in the project's life, where the sentence says so.
    pub phase: Option<Phase>,
    /// True if the sentence says that this is the whole, the total, the design value or the nearest one: only such
    /// figures are compared with each other.
    pub is_whole: bool,
    /// The figure as printed.
    pub span: Span,
    /// The sentence.
    pub evidence: Evidence,
}

impl Fact {
    /// Returns the figure as printed in `document`, white space reduced to single blanks.
    pub fn as_printed(&self, document: &Document) -> String {
        let words: Vec<&str> = self.span.range.of(&document.text).split_whitespace().collect();
        words.join(" ")
    }
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InconsistencyKind {
    /// The same quantity has different values in different sections.
    Quantity,
    /// The stated category is not the one the capacity calls for.
    Category,
    /// An act is cited as law that was void when the report was submitted.
    VoidAct,
    /// Another project's name stands in one section.
    ForeignName,
}

/// A contradiction for the reviewer to settle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inconsistency {
    /// What does not fit.
    pub kind: InconsistencyKind,
    /// What it is about, in a few words.
    pub subject: String,
    /// One sentence: what contradicts what.
    pub message: Explanation,
    /// The law or rule behind it; empty where the report contradicts itself.
    pub citation: String,
    /// The quotations, in document order; never empty.
    pub evidence: Vec<Evidence>,
}
