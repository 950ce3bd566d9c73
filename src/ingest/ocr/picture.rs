//! A picture of a page in shades of grey, and what straightens it: skew and turning.
//!
//! Scanned pages stand a degree or two askew, and recognition loses whole lines over it. The skew is
//! the angle under which the rows of dark dots are most unlike their neighbours (projection profile:
//! Postl, "Detection of linear oblique structures and skew scan in digitized documents", ICPR 1986).

/// Angles that are tried, in degrees to both sides; scans further askew are rare and left as they are.
const MOST_SKEW: f32 = 5.0;
/// Steps of the coarse and the fine search in degrees.
const COARSE: f32 = 0.5;
const FINE: f32 = 0.05;
/// A page that leans less than this is left alone.
const LEAST_SKEW: f32 = 0.15;
/// Width to which the picture is reduced for measuring.
const MEASURED_WIDTH: usize = 800;

/// Parts of a page, one of which is enough to tell its script.
const BANDS: usize = 8;

/// Grey dots, row by row from the top; 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Dots per row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// `width * height` dots.
    pub(crate) dots: Vec<u8>,
}

impl Picture {
    /// Returns the picture as a binary PGM file.
    pub(crate) fn to_pgm(&self) -> Vec<u8> {
        let mut file = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        file.extend_from_slice(&self.dots);
        file
    }

    /// Returns the share of dots that are dark.
    pub(crate) fn ink(&self) -> f32 {
        let dark = self.dots.iter().filter(|dot| **dot < 128).count();
        dark as f32 / self.dots.len().max(1) as f32
    }

    /// Turns by a multiple of 90 degrees clockwise.
    pub(crate) fn turned(&self, degrees: u32) -> Self {
        let (width, height) = (self.width, self.height);
        let (new_width, new_height) =
            if degrees.is_multiple_of(180) { (width, height) } else { (height, width) };
        let mut dots = vec![255; self.dots.len()];
        for y in 0..height {
            for x in 0..width {
                let (to_x, to_y) = match degrees % 360 {
                    90 => (height - 1 - y, x),
                    180 => (width - 1 - x, height - 1 - y),
                    270 => (y, width - 1 - x),
                    _ => (x, y),
                };
                dots[to_y * new_width + to_x] = self.dots[y * width + x];
            }
        }
        Self { width: new_width, height: new_height, dots }
    }

    /// Straightens the lines of print; a page that stands straight comes back as it is.
    pub(crate) fn straightened(self) -> Self {
        let skew = self.skew();
        if skew.abs() < LEAST_SKEW { self } else { self.rotated(-skew) }
    }

    /// Measures by how many degrees the lines of print fall to the right; 0 if there is no telling.
    pub(crate) fn skew(&self) -> f32 {
        let small = self.reduced(MEASURED_WIDTH);
        let darkness = otsu(&small.dots);
        let dark: Vec<(f32, f32)> = (0..small.height)
            .flat_map(|y| (0..small.width).map(move |x| (x, y)))
            .filter(|(x, y)| small.dots[y * small.width + x] < darkness)
            .map(|(x, y)| (x as f32, y as f32))
            .collect();
        // Next to nothing printed, or a dark picture: no lines to go by.
        let share = dark.len() as f32 / small.dots.len().max(1) as f32;
        if !(0.002..0.4).contains(&share) {
            return 0.0;
        }
        let best = |from: f32, to: f32, step: f32| {
            let steps = ((to - from) / step).round() as i32;
            (0..=steps)
                .map(|index| from + index as f32 * step)
                .map(|angle| (angle, unevenness(&dark, &small, angle)))
                .fold((0.0f32, f64::MIN), |best, tried| if tried.1 > best.1 { tried } else { best })
                .0
        };
        let coarse = best(-MOST_SKEW, MOST_SKEW, COARSE);
        best(coarse - COARSE, coarse + COARSE, FINE)
    }

    /// Rotates by an angle in degrees, clockwise, about the middle; what comes in is white.
    pub(crate) fn rotated(&self, degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (mid_x, mid_y) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        let mut dots = vec![255; self.dots.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                let (right, down) = (x as f32 - mid_x, y as f32 - mid_y);
                let from_x = right * cos + down * sin + mid_x;
                let from_y = down * cos - right * sin + mid_y;
                dots[y * self.width + x] = self.between(from_x, from_y);
            }
        }
        Self { width: self.width, height: self.height, dots }
    }

    /// Interpolates between the four dots around a place.
    fn between(&self, x: f32, y: f32) -> u8 {
        if x < 0.0 || y < 0.0 {
            return 255;
        }
        let (left, top) = (x as usize, y as usize);
        if left + 1 >= self.width || top + 1 >= self.height {
            return 255;
        }
        let (right, down) = (x - left as f32, y - top as f32);
        let at = |dx: usize, dy: usize| f32::from(self.dots[(top + dy) * self.width + left + dx]);
        let upper = at(0, 0) * (1.0 - right) + at(1, 0) * right;
        let lower = at(0, 1) * (1.0 - right) + at(1, 1) * right;
        (upper * (1.0 - down) + lower * down).round() as u8
    }

    /// Returns the rows of the page, an eighth of its height, with most changes from paper to ink and back:
    /// a few lines of print if there are any.
    pub(crate) fn fullest_band(&self) -> Self {
        let height = (self.height / BANDS).max(1).min(self.height);
        let changes = |y: usize| {
            let row = &self.dots[y * self.width..(y + 1) * self.width];
            row.windows(2).filter(|pair| (pair[0] < 128) != (pair[1] < 128)).count()
        };
        let tops = (0..=self.height - height).step_by((height / 4).max(1));
        let full = |top: &usize| (*top..top + height).step_by(2).map(changes).sum::<usize>();
        let top = tops.max_by_key(full).unwrap_or(0);
        let dots = self.dots[top * self.width..(top + height) * self.width].to_vec();
        Self { width: self.width, height, dots }
    }

    /// Reduces to about the given width by averaging whole blocks of dots.
    pub(crate) fn reduced(&self, width: usize) -> Self {
        let block = (self.width / width.max(1)).max(1);
        if block == 1 {
            return self.clone();
        }
        let (new_width, new_height) = (self.width / block, self.height / block);
        let mut dots = Vec::with_capacity(new_width * new_height);
        for y in 0..new_height {
            for x in 0..new_width {
                let sum: u32 = (0..block)
                    .map(|dy| {
                        let row = (y * block + dy) * self.width + x * block;
                        self.dots[row..row + block].iter().map(|dot| u32::from(*dot)).sum::<u32>()
                    })
                    .sum();
                dots.push((sum / (block * block) as u32) as u8);
            }
        }
        Self { width: new_width, height: new_height, dots }
    }
}

/// Sum of squared differences between neighbouring rows when dots are sheared by an angle.
fn unevenness(dark: &[(f32, f32)], picture: &Picture, degrees: f32) -> f64 {
    let slope = degrees.to_radians().tan();
    let margin = (picture.width as f32 * MOST_SKEW.to_radians().tan() * 1.2) as usize + 1;
    let mut rows = vec![0i64; picture.height + 2 * margin];
    for (x, y) in dark {
        let row = y - x * slope + margin as f32;
        if let Some(count) = rows.get_mut(row.max(0.0) as usize) {
            *count += 1;
        }
    }
    rows.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).powi(2)).sum()
}

/// Returns the grey that parts print from paper best (Otsu 1979: largest variance between classes).
fn otsu(dots: &[u8]) -> u8 {
    let mut counts = [0f64; 256];
    for dot in dots {
        counts[usize::from(*dot)] += 1.0;
    }
    let total: f64 = counts.iter().sum();
    let all: f64 = counts.iter().enumerate().map(|(grey, count)| grey as f64 * count).sum();
    let (mut below, mut below_sum, mut best, mut found) = (0.0, 0.0, 0.0, 128u8);
    for grey in 0u8..255 {
        below += counts[usize::from(grey)];
        below_sum += f64::from(grey) * counts[usize::from(grey)];
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let spread = below * above * (below_sum / below - (all - below_sum) / above).powi(2);
        if spread > best {
            (best, found) = (spread, grey + 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of "lines": rows of dashes of uneven length.
    fn page() -> Picture {
        let (width, height) = (1200, 1600);
        let mut dots = vec![255u8; width * height];
        for line in 0..40 {
            for x in 100..(1100 - (line * 37) % 300) {
                if x % 17 < 12 {
                    for y in 0..14 {
                        dots[(100 + line * 36 + y) * width + x] = 20;
                    }
                }
            }
        }
        Picture { width, height, dots }
    }

    #[test]
    fn a_straight_page_is_left_alone() {
        let page = page();
        assert!(page.skew().abs() < LEAST_SKEW);
        assert_eq!(page.clone().straightened(), page);
    }

    #[test]
    fn skew_is_measured_and_taken_out() {
        for degrees in [-3.4f32, -1.0, 0.6, 2.2, 4.5] {
            let leaning = page().rotated(degrees);
            let measured = leaning.skew();
            assert!((measured - degrees).abs() <= 0.15, "{degrees}: {measured}");
            assert!(leaning.straightened().skew().abs() <= 0.2, "{degrees}");
        }
    }

    #[test]
    fn pages_without_lines_have_no_skew() {
        for grey in [0u8, 255] {
            let picture = Picture { width: 300, height: 400, dots: vec![grey; 120_000] };
            assert_eq!(picture.skew(), 0.0);
        }
        assert_eq!(Picture { width: 0, height: 0, dots: Vec::new() }.skew(), 0.0);
    }

    #[test]
    fn the_fullest_band_is_where_the_lines_are() {
        let (width, height) = (400, 800);
        let mut dots = vec![255u8; width * height];
        dots[..200 * width].fill(0); // a dark picture is no print
        for y in (600..690).filter(|y| y % 30 < 15) {
            for x in (20..380).filter(|x| x % 12 < 7) {
                dots[y * width + x] = 30;
            }
        }
        let page = Picture { width, height, dots };
        let band = page.fullest_band();
        assert_eq!((band.width, band.height), (width, 100));
        assert_eq!(
            band.dots.iter().filter(|dot| **dot == 30).count(),
            page.dots.iter().filter(|dot| **dot == 30).count()
        );
        let nothing = Picture { width: 0, height: 0, dots: Vec::new() };
        assert_eq!(nothing.fullest_band(), nothing);
    }

    #[test]
    fn four_quarter_turns_give_the_page_back() {
        let picture = Picture { width: 3, height: 2, dots: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(picture.turned(90).dots, [4, 1, 5, 2, 6, 3]);
        assert_eq!(picture.turned(90).turned(270), picture);
        assert_eq!(picture.turned(180).turned(180), picture);
    }
}
