//! Which numbers count as above a limit, near it, or near a receptor?
//!
//! Limits change with the sanitary norms, so they are a dated table in `rules/risk/limits.toml`, never constants in
//! code. A limit that is not confirmed against its norm says so, and the reason of a finding repeats it.

use serde::Deserialize;

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Multiple of a maximum permissible concentration.
    ConcentrationRatio,
    /// Noise at housing, dB(A).
    NoiseDba,
    /// Noise at housing at night, dB(A).
    NightNoiseDba,
    /// Ambient dose rate, µSv/h.
    DoseRate,
    /// Seismic intensity, points.
    SeismicPoints,
    /// Distance to a protected area or habitat, metres.
    ProtectedDistance,
    /// Distance to housing, monuments, water: metres.
    ReceptorDistance,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What is limited.
    pub quantity: Quantity,
    /// At or above it, a finding is of high severity (for distances: at or below).
    pub limit: f64,
    /// From here on a value deserves a look (for distances: beyond it the thing is only background).
    pub watch: f64,
    /// Where the value comes from.
    pub source: String,
    /// Day the value was entered, ISO 8601.
    pub as_of: String,
    /// Whether the value was read in the norm itself.
    pub confirmed: bool,
}

/// An act that was repealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidAct {
    /// Numbers by which reports cite it.
    pub numbers: Vec<String>,
    /// What it was, for the reviewer.
    pub title: String,
    /// First day on which citing it as law in force is wrong, ISO 8601.
    #[serde(deserialize_with = "crate::rules::day::deserialize")]
    pub void_from: String,
    /// What repealed it, and how sure that is.
    pub source: String,
    /// Jurisdictions of the rule packs under which it counts (`US`); empty: under every pack.
    #[serde(default)]
    pub jurisdictions: Vec<String>,
    /// What stands right before the number (`40 CFR Parts`); empty: the usual signs of a number (`No.`, `№`, `제`).
    #[serde(default)]
    pub signs: Vec<String>,
    /// Groups of words: the sentence has one of each group; empty: any of the usual words for an act.
    #[serde(default)]
    pub words: Vec<Vec<String>>,
    /// Words for the act that stand in one phrase with the number and with `words`, which the sentence alone does not
    /// make its own then; for numbers that many acts have. Empty: the sentence is enough.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Years and days of the act itself: other times before `void_from` make a sentence history.
    #[serde(default)]
    pub dates: Vec<String>,
    /// Names by which reports speak of it without its number (`$` closes the word). They cite nothing; `may_outlast`
    /// looks for them.
    #[serde(default)]
    pub names: Vec<String>,
    /// Reviews begun under it may be ended under it: a report is left alone if a sentence with a number or name says so,
    /// or that the act is void.
    #[serde(default)]
    pub may_outlast: bool,
}

impl VoidAct {
    /// True if the act was void on a day (ISO 8601).
    pub fn is_void(&self, day: &str) -> bool {
        day >= self.void_from.as_str()
    }

    /// True if the act counts under rule packs of these jurisdictions.
    pub fn counts_under(&self, jurisdictions: &[String]) -> bool {
        self.jurisdictions.is_empty() || self.jurisdictions.iter().any(|own| jurisdictions.contains(own))
    }
}

/// The dated table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Version of the file.
    pub version: String,
    /// Rows in file order.
    #[serde(rename = "limit")]
    pub rows: Vec<Limit>,
    /// Repealed acts.
    #[serde(default, rename = "act")]
    pub acts: Vec<VoidAct>,
}

impl Limits {
    /// Returns the row for a quantity: the last one in the file wins.
    pub fn of(&self, quantity: Quantity) -> Option<&Limit> {
        self.rows.iter().rev().find(|row| row.quantity == quantity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_that_is_void_from_no_day_is_refused() {
        let read = |day: &str| {
            let head = "version = \"1\"\nlimit = []\n[[act]]\nnumbers = [\"1\"]\ntitle = \"An act\"\n";
            toml::from_str::<Limits>(&format!("{head}void_from = \"{day}\"\nsource = \"a note\"\n"))
        };
        assert_eq!(read("2026-08-15").unwrap().acts[0].void_from, "2026-08-15");
        for day in ["2026-8-15", "15.08.2026", "20260815", "2026-02-30", ""] {
            let error = read(day).unwrap_err().to_string();
            assert!(error.contains("void_from") && error.contains("YYYY-MM-DD"), "{day}: {error}");
        }
    }
}
