//! Is a length the distance to something that could be harmed?
//!
//! It needs a receptor and a word that makes it a distance; widths, depths, elevations, limits and speeds are none. Of
//! several receptors the nearest in the same clause counts.

use super::cues::{Cue, Hit};
use super::read::{Read, Reader};
use crate::domain::fact::{Base, Quantity, Statement, Subject};
use crate::domain::span::TextRange;

/// Shortest distance in metres; below it stand the reference points of noise levels and heights of screens.
const SHORTEST: f64 = 5.0;
/// How far in bytes an elevation speaks for the lengths behind it.
const ELEVATION_REACH: usize = 160;

impl Reader<'_, '_> {
    /// Reads a length as the distance to something that could be harmed.
    pub fn distance(&self, quantity: Quantity) -> Option<Read> {
        let s = self.sentence;
        // Speeds, and lengths so short that no receptor is meant.
        if quantity.unit.period.is_some() || quantity.value < SHORTEST {
            return None;
        }
        if self.is_dimension() || self.is_attribute() {
            return None;
        }
        let is_cue = |cue| matches!(cue, Cue::Distance | Cue::Within);
        // `до … 120 м`: nearness to the figure counts, the whole sentence only if it is the only length.
        let lengths = s.amounts.iter().filter(|a| a.quantity.unit.base == Base::Metre).count();
        if !(s.near(self.index, 90, is_cue) || (lengths == 1 && s.any(is_cue)) || self.ends_in_dative()) {
            return None;
        }
        if let Some(hit) = self.receptor()
            && let Cue::Receptor(class) = hit.cue
        {
            return Some((Statement::Distance(quantity), self.subject(class, &hit)));
        }
        let town = self.direction_of_a_name()?;
        let subject = Subject { class: "settlement".to_owned(), label: town };
        Some((Statement::Distance(quantity), subject))
    }

    /// Width, height, depth: a word for it stands directly before or behind.
    fn is_dimension(&self) -> bool {
        let range = self.sentence.amounts[self.index].range;
        let before = self.sentence.folded[..range.start].trim_end();
        let words = before
            .strip_suffix("approximately")
            .or(before.strip_suffix("about"))
            .unwrap_or(before)
            .trim_end();
        // `H=5m`, `for approximately 0.4 mile`, `скважин до 15 м`.
        if before.ends_with('=')
            || words.ends_with(" for")
            || words.ends_with("up to")
            || words.ends_with(" до")
        {
            return true;
        }
        self.sentence.hits.iter().filter(|hit| hit.cue == Cue::Dimension).any(|hit| {
            let word = hit.range.of(&self.sentence.folded);
            let is_elevation = ["elev", "altit", "отмет", "표고"].iter().any(|stem| word.starts_with(stem));
            let reach = if is_elevation { ELEVATION_REACH } else { 40 };
            let behind = hit.range.start >= range.end && hit.range.start - range.end <= 6;
            let before = hit.range.end <= range.start && range.start - hit.range.end <= reach;
            let gap = TextRange::new(hit.range.end.min(range.start), range.start).of(self.sentence.text);
            behind || (before && !gap.contains([',', ';']))
        })
    }

    /// English `a 149 mile detour`: a singular unit behind a number above one belongs to the noun that follows.
    fn is_attribute(&self) -> bool {
        let amount = &self.sentence.amounts[self.index];
        let unit = &self.sentence.folded[amount.unit_start..amount.range.end];
        let factor = match unit {
            "mile" => 1609.344,
            "foot" => 0.3048,
            "meter" | "metre" => 1.0,
            _ => return false,
        };
        amount.quantity.value > factor * 1.0001
    }

    /// Uzbek `aholi punktigacha 2,5 km`, `daryogacha 1 km`: the ending says "up to".
    fn ends_in_dative(&self) -> bool {
        let start = self.sentence.amounts[self.index].range.start;
        let before = self.sentence.folded[..start].trim_end();
        before.ends_with("gacha") || before.ends_with("гача")
    }

    /// The nearest receptor in the amount's own stretch, else in the sentence.
    fn receptor(&self) -> Option<Hit> {
        let s = self.sentence;
        let range = s.amounts[self.index].range;
        let is_receptor = |cue| matches!(cue, Cue::Receptor(_));
        // A receptor beyond a comma belongs to another clause.
        let apart = |hit: &&Hit| {
            let gap = if hit.range.start >= range.end {
                TextRange::new(range.end, hit.range.start)
            } else {
                TextRange::new(hit.range.end, range.start)
            };
            (gap.of(s.text).contains([',', ';']), gap.len())
        };
        let own = s.own(self.index);
        let mine =
            s.hits.iter().filter(|hit| is_receptor(hit.cue) && own.overlaps(hit.range)).min_by_key(apart);
        mine.or_else(|| s.hits.iter().filter(|hit| is_receptor(hit.cue)).min_by_key(apart)).copied()
    }

    /// `8 miles east of Sheridan`: a name behind a direction is a town unless it says otherwise.
    fn direction_of_a_name(&self) -> Option<String> {
        let range = self.sentence.amounts[self.index].range;
        let rest = self.sentence.text[range.end..].trim_start();
        let folded = &self.sentence.folded[self.sentence.text.len() - rest.len()..];
        const DIRECTIONS: [&str; 8] = [
            "northeast of ",
            "northwest of ",
            "southeast of ",
            "southwest of ",
            "north of ",
            "south of ",
            "east of ",
            "west of ",
        ];
        let direction = DIRECTIONS.iter().find(|direction| folded.starts_with(**direction))?;
        let name = &rest[direction.len()..];
        let words: Vec<&str> =
            name.split_whitespace().take_while(|word| word.starts_with(char::is_uppercase)).take(3).collect();
        let name = words.join(" ");
        const NATURE: [&str; 8] =
            ["Mountain", "Canyon", "Creek", "River", "Ridge", "Valley", "Highway", "Road"];
        let is_town = !name.is_empty() && !NATURE.iter().any(|word| name.contains(word));
        is_town.then(|| name.trim_end_matches(['.', ',', ';', ')']).to_owned())
    }
}
