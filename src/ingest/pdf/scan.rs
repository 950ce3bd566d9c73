//! Is what a page says in its text, or in a picture or drawing that has to be recognised first?

use crate::domain::explanation::Code;
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::ingest::draft::{Line, not_examined};

use super::reader::RawPage;

/// Pages with at least so many letters are text, whatever stands behind it; only below pictures are looked up.
pub(super) const MUCH_TEXT: usize = 400;
/// Pages with fewer letters have next to no text: a page number, a running head, a caption.
pub(super) const LITTLE_TEXT: usize = 100;

/// A page with a picture of at least this share is a scan if there is next to no text.
const SCAN_COVERAGE: f32 = 0.5;
/// A page that is one picture has at least this share of it.
const WHOLE_PAGE: f32 = 0.95;
/// A file is scanned if at least one in so many of its pages is one picture with next to no text.
const SCANNED_PART: usize = 10;
/// Drawing instructions without text above this size may be outlined letters.
const MANY_DRAWING_BYTES: usize = 4_000;

/// Stamps and running heads are set in at most this size, with at most so many long lines, in the margins or on one
/// spot of this share of the page's height. Titles are larger, legends spread, and text has more lines.
const STAMP_SIZE: f32 = 14.0;
const LONG_LINE: usize = 60;
const STAMP_LONG_LINES: usize = 2;
const MARGIN: f32 = 0.1;
const STAMP_HEIGHT: f32 = 0.2;

/// Letters and digits.
pub(super) fn count_letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Whether a file with these pages is scanned, at least in part: what is printed on its pictures may be stamps.
pub(super) fn is_scanned<'a>(pages: impl ExactSizeIterator<Item = Option<&'a RawPage>>) -> bool {
    let all = pages.len();
    let letters = |page: &RawPage| page.pieces.iter().map(|piece| count_letters(&piece.text)).sum::<usize>();
    let scans = pages.flatten().filter(|page| is_whole(page) && letters(page) < LITTLE_TEXT).count();
    scans > 0 && scans * SCANNED_PART >= all
}

/// Whether the page is one picture, whatever is printed on it.
pub(super) fn is_whole(page: &RawPage) -> bool {
    page.pictures.iter().any(|picture| picture.coverage >= WHOLE_PAGE)
}

/// Says why a page with these lines is a picture or drawing, if it is. Stamps are looked for where the file is scanned.
pub(super) fn judge(page: &RawPage, lines: &[Line], number: u32, is_scanned: bool) -> Option<NotExamined> {
    let letters: usize = lines.iter().map(|line| count_letters(&line.text)).sum();
    let coverage: f32 = page.pictures.iter().map(|picture| picture.coverage).sum();
    let is_picture = coverage >= SCAN_COVERAGE || (letters == 0 && coverage >= 0.02);
    if (is_picture && letters < LITTLE_TEXT) || (is_scanned && is_stamped(page, lines, letters)) {
        return Some(picture(page, coverage, number));
    }
    (letters == 0 && page.drawing_bytes > MANY_DRAWING_BYTES).then(|| {
        not_examined(NotExaminedReason::NoTextLayer, Some(number), Code::PageDrawn.with("page", number))
    })
}

fn picture(page: &RawPage, coverage: f32, number: u32) -> NotExamined {
    let main = page.pictures.iter().max_by(|a, b| a.coverage.total_cmp(&b.coverage));
    let turned =
        page.rotation != 0 || main.is_some_and(|picture| picture.rotation.rem_euclid(360.0).abs() > 1.0);
    let on_its_side = main.is_some_and(|picture| picture.landscape != (page.width > page.height))
        && coverage >= SCAN_COVERAGE;
    if turned || on_its_side || (page.width > page.height && coverage >= SCAN_COVERAGE) {
        not_examined(NotExaminedReason::RotatedScan, Some(number), Code::PageTurned.with("page", number))
    } else {
        not_examined(NotExaminedReason::NoTextLayer, Some(number), Code::PagePicture.with("page", number))
    }
}

/// Whether the page is one picture on which only a stamp, a running head or a caption is printed. Text of the page
/// itself over a background picture is let alone, as is the layer that text recognition leaves.
fn is_stamped(page: &RawPage, lines: &[Line], letters: usize) -> bool {
    if !is_whole(page) || page.has_recognised_layer || letters >= MUCH_TEXT {
        return false;
    }
    let long = lines.iter().filter(|line| line.text.chars().count() >= LONG_LINE).count();
    let within = lines.iter().map(|line| line.height).filter(|at| (MARGIN..1.0 - MARGIN).contains(at));
    let (top, bottom) =
        within.fold((1.0, 0.0), |(top, bottom): (f32, f32), at| (top.min(at), bottom.max(at)));
    long <= STAMP_LONG_LINES
        && bottom - top <= STAMP_HEIGHT
        && lines.iter().all(|line| line.looks.size <= STAMP_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::pdf::layout;
    use crate::ingest::pdf::reader::{Picture, Piece};

    fn picture(coverage: f32) -> Picture {
        Picture { coverage, rotation: 0.0, landscape: false }
    }

    /// A page of lines at these distances from the lower edge, in this type size.
    fn page(size: f32, lines: &[(f32, &str)]) -> RawPage {
        let piece = |(y, text): &(f32, &str)| Piece {
            text: (*text).to_owned(),
            x: 60.0,
            y: *y,
            width: text.len() as f32 * size * 0.45,
            height: size,
            size,
            bold: false,
            italic: false,
            rotation: 0.0,
        };
        RawPage {
            width: 600.0,
            height: 800.0,
            pieces: lines.iter().map(piece).collect(),
            ..RawPage::default()
        }
    }

    fn said(page: &RawPage) -> Option<Code> {
        judge(page, &layout::lines(page, 1), 1, true).map(|why| why.detail.code)
    }

    const STAMP: [(f32, &str); 4] = [
        (120.0, "Signed by a qualified electronic signature"),
        (108.0, "Certificate 01D9C3E0AB34F2D60000B5E100060002"),
        (96.0, "Owner: Director of the plant"),
        (84.0, "Valid from 2024-01-09 to 2025-01-09"),
    ];

    #[test]
    fn a_scan_with_a_stamp_is_a_picture() {
        let stamped = RawPage { pictures: vec![picture(0.97)], ..page(8.0, &STAMP) };
        assert!((LITTLE_TEXT..MUCH_TEXT).contains(&count_letters(&STAMP.map(|(_, text)| text).concat())));
        assert_eq!(said(&stamped), Some(Code::PagePicture));
        let layered = RawPage { has_recognised_layer: true, ..stamped.clone() };
        assert_eq!(said(&layered), None, "a short page that was recognised");
        let alone = judge(&stamped, &layout::lines(&stamped, 1), 1, false);
        assert_eq!(alone, None, "a map with its legend in a file that is not scanned");
        let beside = RawPage { pictures: vec![picture(0.9)], ..stamped };
        assert_eq!(said(&beside), None, "a picture beside the text");
    }

    #[test]
    fn text_over_a_background_picture_is_text() {
        let background = || vec![picture(1.0)];
        let line = "The plant takes water from the river and gives it back in the same state.";
        let body = [(400.0, line), (388.0, line), (376.0, line), (364.0, line)];
        assert_eq!(said(&RawPage { pictures: background(), ..page(10.0, &body) }), None);
        let legend = [
            (700.0, "Sources of emissions of the plant, by number"),
            (500.0, "Dwellings within the sanitary zone"),
            (300.0, "Intake and outlet on the river"),
            (150.0, "Observation wells one to twelve"),
        ];
        assert_eq!(said(&RawPage { pictures: background(), ..page(9.0, &legend) }), None, "a map");
        let title = [
            (420.0, "Environmental impact assessment of the gravel quarry near the river"),
            (390.0, "Draft for public comment, prepared for the agency in December"),
        ];
        assert_eq!(said(&RawPage { pictures: background(), ..page(22.0, &title) }), None, "a cover");
    }

    #[test]
    fn a_file_is_scanned_if_some_of_its_pages_are_nothing_else() {
        let scan = RawPage { pictures: vec![picture(1.0)], ..page(8.0, &STAMP[..1]) };
        let stamped = RawPage { pictures: vec![picture(1.0)], ..page(8.0, &STAMP) };
        let scanned = |scans: usize, others: usize| {
            let pages = [vec![Some(&scan); scans], vec![Some(&stamped); others]].concat();
            is_scanned(pages.into_iter())
        };
        assert!(scanned(1, 9) && scanned(3, 0));
        assert!(!scanned(0, 10) && !scanned(1, 10));
    }

    #[test]
    fn an_outlined_page_is_drawn_with_or_without_a_logo() {
        let outlined = RawPage { drawing_bytes: 200_000, ..page(9.0, &[]) };
        assert_eq!(said(&outlined), Some(Code::PageDrawn));
        let with_logo = RawPage { pictures: vec![picture(0.01)], ..outlined.clone() };
        assert_eq!(said(&with_logo), Some(Code::PageDrawn));
        let map = RawPage { pieces: page(9.0, &[(30.0, "Map 2. Water intakes")]).pieces, ..outlined };
        assert_eq!(said(&map), None, "a drawn map with its caption");
    }
}
