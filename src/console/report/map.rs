//! Positions of a report drawn as a plot of degrees: no tiles, nothing from outside, true to scale at the middle
//! latitude.

use super::{Reading, Tab};
use crate::rpc::v1;

/// Lines of a grid: where they stand, and their labels.
type Lines = Vec<(f64, String)>;

/// Width and height of the drawing.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
/// Room for the degrees at the edges.
const MARGIN: f64 = 46.0;
/// Most positions drawn.
const MOST: usize = 60;
/// Positions closer than this many degrees are one marker.
const SAME: f64 = 1e-4;
/// Smallest extent shown in degrees, so that one position is not drawn at infinite scale.
const SMALLEST: f64 = 0.02;

/// A drawing of positions.
pub struct Map {
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
    /// Lines of longitude: x, label.
    pub meridians: Vec<(f64, String)>,
    /// Lines of latitude: y, label.
    pub parallels: Vec<(f64, String)>,
    /// Positions.
    pub markers: Vec<Marker>,
    /// The scale bar: length in the drawing and in words.
    pub scale: (f64, String),
}

/// A position.
pub struct Marker {
    /// Number, from 1.
    pub number: usize,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width and height, 0 for a point.
    pub size: (f64, f64),
    /// Degrees in words.
    pub title: String,
    /// Address of the finding.
    pub link: String,
    /// Findings at this position.
    ids: Vec<String>,
    place: [f64; 4],
}

impl Map {
    /// Number of the marker of a finding.
    pub fn number_of(&self, id: &str) -> Option<usize> {
        self.markers.iter().find(|marker| marker.ids.iter().any(|known| known == id)).map(|m| m.number)
    }

    /// Coordinate with one decimal, for the drawing.
    pub fn px(&self, value: &f64) -> String {
        format!("{value:.1}")
    }
}

/// Draws positions; `None` if none is given in degrees.
pub fn draw(reading: &Reading<'_>, places: &[(String, &v1::Location)]) -> Option<Map> {
    let mut markers: Vec<Marker> = Vec::new();
    for (id, place) in places.iter().filter(|(_, place)| place.survey.is_empty()) {
        let edges = [place.south, place.west, place.north, place.east];
        if !edges.iter().all(|edge| edge.is_finite()) {
            continue;
        }
        let is_same =
            |marker: &&mut Marker| marker.place.iter().zip(edges).all(|(a, b)| (a - b).abs() < SAME);
        if let Some(known) = markers.iter_mut().find(is_same) {
            known.ids.push(id.clone());
        } else if markers.len() < MOST {
            markers.push(Marker {
                number: markers.len() + 1,
                x: 0.0,
                y: 0.0,
                size: (0.0, 0.0),
                title: format!("{:.5}° N, {:.5}° E", edges[0], edges[1]),
                link: reading.finding_link(Tab::Facts, id),
                ids: vec![id.clone()],
                place: edges,
            });
        }
    }
    let frame = Frame::around(markers.iter().map(|marker| marker.place))?;
    for marker in &mut markers {
        let [south, west, north, east] = marker.place;
        (marker.x, marker.y) = frame.at(north, west);
        let (right, bottom) = frame.at(south, east);
        marker.size = (right - marker.x, bottom - marker.y);
    }
    let (meridians, parallels) = frame.grid();
    Some(Map { width: WIDTH, height: HEIGHT, meridians, parallels, markers, scale: frame.scale() })
}

/// The part of the ground that is drawn.
struct Frame {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
    /// Drawing units per degree of longitude and of latitude.
    per_degree: (f64, f64),
}

impl Frame {
    /// The frame around places with some room, widened to the shape of the drawing.
    fn around(places: impl Iterator<Item = [f64; 4]>) -> Option<Self> {
        let around = |sum: Option<[f64; 4]>, [s, w, n, e]: [f64; 4]| {
            Some(sum.map_or([s, w, n, e], |[a, b, c, d]| [a.min(s), b.min(w), c.max(n), d.max(e)]))
        };
        let [south, west, north, east] = places.fold(None, around)?;
        let (latitude, longitude) = ((south + north) / 2.0, (west + east) / 2.0);
        // A degree of longitude is shorter than one of latitude by the cosine of the latitude.
        let narrow = latitude.to_radians().cos().max(0.05);
        let (wide, high) = (WIDTH - 2.0 * MARGIN, HEIGHT - 2.0 * MARGIN);
        let tall = ((north - south) * 1.3).max(SMALLEST);
        let broad = ((east - west) * 1.3 * narrow).max(SMALLEST);
        let per_latitude = (high / tall).min(wide / broad);
        let per_longitude = per_latitude * narrow;
        let (half_high, half_wide) = (high / per_latitude / 2.0, wide / per_longitude / 2.0);
        Some(Self {
            south: latitude - half_high,
            north: latitude + half_high,
            west: longitude - half_wide,
            east: longitude + half_wide,
            per_degree: (per_longitude, per_latitude),
        })
    }

    fn at(&self, latitude: f64, longitude: f64) -> (f64, f64) {
        (
            MARGIN + (longitude - self.west) * self.per_degree.0,
            MARGIN + (self.north - latitude) * self.per_degree.1,
        )
    }

    /// Lines at round degrees, with their labels.
    fn grid(&self) -> (Lines, Lines) {
        let east = |degrees: f64| self.at(self.north, degrees).0;
        let north = |degrees: f64| self.at(degrees, self.west).1;
        (lines(self.west, self.east, east), lines(self.south, self.north, north))
    }

    /// A bar of a round number of kilometres, about a fifth of the width.
    fn scale(&self) -> (f64, String) {
        let per_km = self.per_degree.1 / 111.2;
        let about = (WIDTH / 5.0) / per_km;
        let km = round(about);
        let text = if km >= 1.0 { format!("{km} km") } else { format!("{} m", (km * 1000.0).round()) };
        (km * per_km, text)
    }
}

/// The round number (1, 2 or 5 times a power of ten) at or below a positive one.
fn round(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let digit = [5.0, 2.0, 1.0].into_iter().find(|digit| digit * power <= value).unwrap_or(1.0);
    digit * power
}

fn lines(from: f64, to: f64, at: impl Fn(f64) -> f64) -> Vec<(f64, String)> {
    let step = round((to - from) / 3.0);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let mut lines = Vec::new();
    let mut n = (from / step).ceil();
    while n * step <= to && lines.len() < 12 {
        lines.push((at(n * step), format!("{:.decimals$}°", n * step)));
        n += 1.0;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_lies_inside_the_drawing_and_north_is_up() {
        for places in [
            vec![[41.3, 69.2, 41.3, 69.2]],
            vec![[41.3, 69.2, 41.3, 69.2], [37.1, 66.9, 45.6, 73.0]],
            vec![[-89.9, -179.9, 89.9, 179.9]],
            vec![[90.0, 0.0, 90.0, 0.0]],
        ] {
            let frame = Frame::around(places.iter().copied()).unwrap();
            for [south, west, north, east] in places {
                let (left, top) = frame.at(north, west);
                let (right, bottom) = frame.at(south, east);
                assert!(left <= right && top <= bottom);
                assert!(left >= 0.0 && right <= WIDTH && top >= 0.0 && bottom <= HEIGHT, "{south} {west}");
            }
            let (meridians, parallels) = frame.grid();
            assert!(!meridians.is_empty() && !parallels.is_empty());
            let (length, _) = frame.scale();
            assert!(length > 0.0 && length <= WIDTH / 4.0);
        }
        assert!(Frame::around(std::iter::empty()).is_none());
    }

    #[test]
    fn a_bar_of_a_kilometre_is_a_kilometre_of_latitude() {
        let frame = Frame::around(std::iter::once([41.0, 69.0, 41.5, 69.5])).unwrap();
        let (length, words) = frame.scale();
        let km: f64 = words.trim_end_matches(" km").parse().unwrap();
        let (_, top) = frame.at(41.2, 69.0);
        let (_, bottom) = frame.at(41.2 - km / 111.2, 69.0);
        assert!((bottom - top - length).abs() < 1e-6);
    }

    #[test]
    fn round_numbers_are_one_two_or_five() {
        assert_eq!([round(7.3), round(2.1), round(0.19), round(100.0)], [5.0, 2.0, 0.1, 100.0]);
    }
}
