//! Does the GeoJSON of a report give its places and its greenhouse gases rightly?
//!
//! Reads what [`crate::render::geojson`] wrote, as a map would. A report gives a place or a quantity several times, and
//! the export may give it once or each time: so an exported value is right if the gold has one that fits it, and a value
//! of the gold is found if the export has one that fits. Of an extent the middle counts. Quantities that the export marks
//! as absent, required or of an alternative claim nothing about the project and are left out.

use serde::Deserialize;
use serde_json::Value;

/// Largest difference of latitude and of longitude, in degrees.
const NEAR: f64 = 0.001;
/// Largest relative difference of a quantity.
const CLOSE: f64 = 0.01;
/// Decimals do not subtract exactly: the bounds themselves still fit.
const SLACK: f64 = 1e-9;

/// A position of the project, in degrees.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Site {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// As printed; empty for what was exported.
    #[serde(default)]
    pub quote: String,
}

impl Site {
    /// True if two positions are the same place.
    pub fn fits(&self, other: &Self) -> bool {
        (self.lat - other.lat).abs() <= NEAR + SLACK && (self.lon - other.lon).abs() <= NEAR + SLACK
    }
}

/// A quantity of greenhouse gas.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Gas {
    /// Tonnes of carbon dioxide equivalent.
    pub t_co2e: f64,
    /// True if it is absorbed or stored.
    #[serde(default)]
    pub sink: bool,
    /// As printed; empty for what was exported.
    #[serde(default)]
    pub quote: String,
}

impl Gas {
    /// True if two quantities are the same; `self` is the gold.
    pub fn fits(&self, other: &Self) -> bool {
        let gap = (self.t_co2e - other.t_co2e).abs();
        self.sink == other.sink && gap <= CLOSE * self.t_co2e.abs() + SLACK
    }
}

/// What an export gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exported {
    /// Places of the project.
    pub sites: Vec<Site>,
    /// Greenhouse gases emitted or absorbed.
    pub gases: Vec<Gas>,
}

/// Reads an export.
pub fn read(geojson: &str) -> Result<Exported, serde_json::Error> {
    let collection: Value = serde_json::from_str(geojson)?;
    let mut exported = Exported::default();
    for feature in collection["features"].as_array().into_iter().flatten() {
        let properties = &feature["properties"];
        match properties["role"].as_str() {
            Some("site") => exported.sites.extend(site(&feature["geometry"])),
            Some("source") => exported.gases.extend(gas(properties, false)),
            Some("sink") => exported.gases.extend(gas(properties, true)),
            _ => {}
        }
    }
    Ok(exported)
}

fn site(geometry: &Value) -> Option<Site> {
    let corner = |at: &Value| Some((at[1].as_f64()?, at[0].as_f64()?));
    let coordinates = &geometry["coordinates"];
    let (lat, lon) = match geometry["type"].as_str()? {
        "Point" => corner(coordinates)?,
        // The third corner lies opposite to the first.
        "Polygon" => {
            let (first, third) = (corner(&coordinates[0][0])?, corner(&coordinates[0][2])?);
            ((first.0 + third.0) / 2.0, (first.1 + third.1) / 2.0)
        }
        _ => return None,
    };
    Some(Site { lat, lon, quote: String::new() })
}

/// Equivalents, and tonnes of carbon dioxide itself; other substances and units are no greenhouse gas here.
fn gas(properties: &Value, sink: bool) -> Option<Gas> {
    let base = properties["unit"].as_str()?.split('/').next()?;
    let is_greenhouse = base == "t CO2e" || (base == "t" && properties["substance"] == "co2");
    if !is_greenhouse || properties["standing"] != "stated" {
        return None;
    }
    Some(Gas { t_co2e: properties["value"].as_f64()?, sink, quote: String::new() })
}

/// How an export and the gold agree, value by value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreement {
    /// Of each exported value, whether the gold has one that fits.
    pub right: Vec<bool>,
    /// Of each value of the gold, whether the export has one that fits.
    pub found: Vec<bool>,
}

impl Agreement {
    /// Compares exported values with the gold; `fits` gets the gold first.
    pub fn of<T>(gold: &[T], exported: &[T], fits: impl Fn(&T, &T) -> bool) -> Self {
        Self {
            right: exported.iter().map(|own| gold.iter().any(|wanted| fits(wanted, own))).collect(),
            found: gold.iter().map(|wanted| exported.iter().any(|own| fits(wanted, own))).collect(),
        }
    }
}
