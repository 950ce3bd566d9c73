//! Pages of a PDF → pictures, by the pure-Rust renderer `hayro`.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use super::picture::Picture;
use crate::contain::contain;

/// Dots per inch at which pages are drawn; what recognition is trained on.
pub(crate) const DOTS_PER_INCH: f32 = 300.0;
/// Points per inch.
pub(crate) const POINTS_PER_INCH: f32 = 72.0;
/// Longest edge of a picture in dots; larger sheets (maps, drawings) are drawn smaller.
const LONGEST_EDGE: f32 = 5_000.0;

/// A page as it was drawn.
pub(crate) struct DrawnPage {
    /// The picture.
    pub(crate) picture: Picture,
    /// Dots per point of the page.
    pub(crate) scale: f32,
}

/// An open PDF for drawing.
pub(crate) struct Canvas {
    pdf: Pdf,
    settings: InterpreterSettings,
}

impl Canvas {
    /// Opens a PDF.
    pub(crate) fn open(bytes: Arc<Vec<u8>>) -> Result<Self, String> {
        guarded(|| Pdf::new(bytes).map_err(|error| format!("{error:?}")))
            .and_then(|opened| opened)
            .map(|pdf| Self { pdf, settings: InterpreterSettings::default() })
    }

    /// Draws one page, counted from 1.
    pub(crate) fn draw(&self, number: u32) -> Result<DrawnPage, String> {
        guarded(|| {
            let pages = self.pdf.pages();
            let page = number
                .checked_sub(1)
                .and_then(|index| pages.get(index as usize))
                .ok_or_else(|| format!("page {number} is not there"))?;
            let (width, height) = page.render_dimensions();
            let longest = width.max(height);
            if !(longest.is_finite() && width >= 1.0 && height >= 1.0) {
                return Err(format!("page {number} has no size"));
            }
            let scale = (DOTS_PER_INCH / POINTS_PER_INCH).min(LONGEST_EDGE / longest);
            let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
            // A cache per page: memory stays bounded over thousands of pages.
            let drawn = render(page, &RenderCache::new(), &self.settings, &RenderSettings::default(), &size);
            let dots =
                drawn.data_as_u8_slice().chunks_exact(4).map(|dot| grey(dot[0], dot[1], dot[2])).collect();
            let (width, height) = (usize::from(drawn.width()), usize::from(drawn.height()));
            Ok(DrawnPage { picture: Picture { width, height, dots }, scale })
        })
        .and_then(|drawn| drawn)
    }
}

/// Dots per inch of pictures for people.
const SCREEN_DOTS_PER_INCH: f32 = 110.0;
/// Longest edge of a picture for people.
const SCREEN_EDGE: f32 = 2_000.0;

/// Draws one page, counted from 1, in colour as a PNG file.
pub(crate) fn page_png(bytes: Arc<Vec<u8>>, number: u32) -> Result<Vec<u8>, String> {
    let canvas = Canvas::open(bytes)?;
    guarded(|| {
        let pages = canvas.pdf.pages();
        let page = number.checked_sub(1).and_then(|index| pages.get(index as usize));
        let page = page.ok_or_else(|| format!("page {number} is not there"))?;
        let (width, height) = page.render_dimensions();
        let longest = width.max(height);
        if !(longest.is_finite() && width >= 1.0 && height >= 1.0) {
            return Err(format!("page {number} has no size"));
        }
        let scale = (SCREEN_DOTS_PER_INCH / POINTS_PER_INCH).min(SCREEN_EDGE / longest);
        let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let drawn = render(page, &RenderCache::new(), &canvas.settings, &RenderSettings::default(), &size);
        drawn.into_png().map_err(|error| error.to_string())
    })
    .and_then(|drawn| drawn)
}

/// Luminance (ITU-R BT.601).
fn grey(red: u8, green: u8, blue: u8) -> u8 {
    ((u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000) as u8
}

/// Turns a panic of the renderer into a failure of the page.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    contain(work).map_err(|_| "the renderer broke down".to_owned())
}
