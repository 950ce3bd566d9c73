//! What a Word file holds beside text that this reader takes: pictures as large as a page, which are perhaps scanned
//! pages, parts in other formats (`altChunk`) or in other files (`subDoc`), and embedded objects of other programs.

use quick_xml::events::BytesStart;

use crate::domain::explanation::Code;
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::ingest::draft::{Line, not_examined};

use super::styles::attribute;

/// Sides and area in centimetres from which a picture may be a page: a figure in the text is seldom as high, and half
/// of an A4 page without its margins is 200 cm².
const LEAST_SIDE: f32 = 12.0;
const LEAST_AREA: f32 = 250.0;
/// English metric units in a centimetre (ECMA-376, 20.1.2.1), and points.
const EMU: f32 = 360_000.0;
const POINTS: f32 = 72.0 / 2.54;
/// Characters on a page, as good as a Word file tells.
const PAGE_CHARACTERS: usize = 2_500;
/// Pictures are figures up to one in this many pages, as with the pages of a PDF.
const FIGURES: usize = 33;

/// Programs whose objects are documents, of which the page shows little or nothing. What others made is shown as it is:
/// formulas, figures, tables.
const DOCUMENT_PROGRAMS: [&str; 6] = ["word.document", "word.rtf", "package", "acroexch", "acrobat", "foxit"];

/// Counts what is not read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Whether the frame of the open picture has the size of a page.
    in_large_frame: bool,
    pictures: usize,
    parts: usize,
    linked: usize,
    objects: usize,
}

impl Unread {
    /// Looks at an element that opens.
    pub(super) fn look(&mut self, name: &str, tag: &BytesStart<'_>) {
        match name {
            "extent" => {
                let side = |name: &str| attribute(tag, name).and_then(|emu| emu.parse::<f32>().ok());
                self.frame(side("cx").map(|emu| emu / EMU), side("cy").map(|emu| emu / EMU));
            }
            "shape" => {
                let style = attribute(tag, "style").unwrap_or_default();
                self.frame(points(&style, "width"), points(&style, "height"));
            }
            "blip" | "imagedata" => {
                self.pictures += usize::from(std::mem::take(&mut self.in_large_frame));
            }
            "altChunk" => self.parts += 1,
            "subDoc" => self.linked += 1,
            "OLEObject" => {
                let program = attribute(tag, "ProgID").unwrap_or_default().to_lowercase();
                let is_document = DOCUMENT_PROGRAMS.iter().any(|known| program.starts_with(known));
                let is_icon = attribute(tag, "DrawAspect").is_some_and(|aspect| aspect == "Icon");
                self.objects += usize::from(is_document || is_icon);
            }
            _ => {}
        }
    }

    /// Adds what was passed over in another part of the file.
    pub(super) fn add(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.parts += other.parts;
        self.linked += other.linked;
        self.objects += other.objects;
    }

    fn frame(&mut self, width: Option<f32>, height: Option<f32>) {
        let (width, height) = (width.unwrap_or(0.0), height.unwrap_or(0.0));
        self.in_large_frame = width.min(height) >= LEAST_SIDE && width * height >= LEAST_AREA;
    }

    /// Says what was not read of a file with these lines. A few pictures in much text are maps and plans.
    pub(super) fn said(&self, lines: &[Line]) -> Vec<NotExamined> {
        let characters: usize = lines.iter().map(|line| line.text.chars().count()).sum();
        let pages = characters / PAGE_CHARACTERS + self.pictures;
        let mut said = Vec::new();
        if self.pictures > 0 && self.pictures * FIGURES >= pages {
            let detail = Code::PicturesAsPages.with("n", self.pictures);
            said.push(not_examined(NotExaminedReason::NoTextLayer, None, detail));
        }
        for (n, code) in [
            (self.parts, Code::EmbeddedPartUnread),
            (self.linked, Code::LinkedPartUnread),
            (self.objects, Code::ObjectUnread),
        ] {
            if n > 0 {
                said.push(not_examined(NotExaminedReason::ParserFailed, None, code.with("n", n)));
            }
        }
        said
    }
}

/// Returns a length in points of a VML style as centimetres.
fn points(style: &str, name: &str) -> Option<f32> {
    let value = style.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix("pt")?.parse::<f32>().ok().map(|points| points / POINTS)
}
