//! PDF → lines, page by page: what cannot be read is reported with its reason, the rest is read.
//!
//! `reader` is the trait a PDF library has to fill, `oxide` fills it, `worker` keeps it at arm's length,
//! `layout` makes lines and `table` the rows of tables, `quality` judges whether they are words.

mod bookmarks;
mod layout;
mod oxide;
mod quality;
pub(crate) mod reader;
mod table;
mod worker;

use crate::domain::document::{MediaType, PageState};
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{NotExamined, NotExaminedReason};

use super::draft::{Draft, Line, not_examined};
use super::error::IngestError;
use super::isolated::Attempt;
use super::limits::Limits;
use super::ocr::{Ocr, Recognition, UNSURE_WORD};
use super::watch::Watch;
use reader::{RawPage, ReaderFailure};
use worker::PageOutcome;
pub(crate) use worker::READER_THREAD;

/// A page with a picture of at least this share is a scan if there is next to no text.
const SCAN_COVERAGE: f32 = 0.5;
/// Drawing instructions without text above this size may be outlined letters.
const MANY_DRAWING_BYTES: usize = 4_000;

/// Unsure words are worth a remark if they are more than one in this many.
const UNSURE_PART: usize = 20;
/// The marks of a PDF's end (ISO 32000-1, 7.5.5) are looked for in this many of its last bytes.
const TAIL_BYTES: usize = 2_048;

/// Reads a PDF; pages that are pictures by `ocr`, where it is at hand.
pub(crate) fn read(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    ocr: Option<&Ocr>,
    watch: &Watch<'_>,
    attempt: &Attempt,
) -> Result<Draft, IngestError> {
    if is_cut_off(bytes) {
        return Err(IngestError::Truncated { name: name.to_owned() });
    }
    let outcome =
        worker::read(bytes, limits, watch, attempt, oxide::Oxide::open).map_err(|failure| match failure {
            ReaderFailure::Encrypted => IngestError::Encrypted { name: name.to_owned() },
            ReaderFailure::Failed(detail) => {
                IngestError::Malformed { name: name.to_owned(), media_type: MediaType::Pdf, detail }
            }
        })?;
    if outcome.page_count == 0 {
        return Err(IngestError::NoPages { name: name.to_owned() });
    }
    let mut draft = Draft::new(MediaType::Pdf);
    draft.printed_lines = true;
    draft.bookmarks = outcome.bookmarks;
    let mut pages: Vec<(PageState, Vec<Line>)> =
        (1u32..).zip(outcome.pages).map(|(number, page)| examine(page, number)).collect();
    let mut remarks = recognise(bytes, &mut pages, ocr, watch, attempt);
    for (state, lines) in pages {
        if let PageState::NotExamined(reason) = &state {
            draft.not_examined.push(reason.clone());
        }
        draft.lines.extend(lines);
        draft.pages.push(state);
    }
    draft.not_examined.append(&mut remarks);
    draft.not_examined.sort_by_key(|part| part.page);
    let read = u32::try_from(draft.pages.len()).unwrap_or(u32::MAX);
    for number in read + 1..=outcome.page_count.min(read.saturating_add(100_000)) {
        let reason = not_examined(
            NotExaminedReason::LimitReached,
            Some(number),
            Code::PageBeyondLimit.with("page", number).with("limit", limits.pages),
        );
        draft.not_examined.push(reason.clone());
        draft.pages.push(PageState::NotExamined(reason));
    }
    if draft.lines.is_empty() && draft.pages.iter().all(|page| matches!(page, PageState::NotExamined(reason) if reason.reason == NotExaminedReason::Encrypted)) {
        return Err(IngestError::Encrypted { name: name.to_owned() });
    }
    Ok(draft)
}

/// Whether the end is missing. Readers repair such files by collecting the objects that are left, and
/// what was lost leaves no trace; blank padding after the end is common and no harm.
fn is_cut_off(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ' | b'\r' | b'\n' | b'\t' | 0x1a));
    let body = &bytes[..end.map_or(0, |last| last + 1)];
    let tail = &body[body.len().saturating_sub(TAIL_BYTES)..];
    ![&b"%%EOF"[..], b"startxref"].iter().any(|mark| tail.windows(mark.len()).any(|window| window == *mark))
}

/// Reads the pages that are pictures or whose text layer is no text, and returns what remains to be
/// said about pages that were read in part.
fn recognise(
    bytes: &[u8],
    pages: &mut [(PageState, Vec<Line>)],
    ocr: Option<&Ocr>,
    watch: &Watch<'_>,
    attempt: &Attempt,
) -> Vec<NotExamined> {
    let wanted: Vec<u32> = (1u32..)
        .zip(pages.iter())
        .filter(|(_, (state, _))| needs_recognition(state))
        .map(|(number, _)| number)
        .collect();
    let mut remarks = Vec::new();
    let Some(ocr) = ocr.filter(|_| !wanted.is_empty()) else { return remarks };
    for (number, answer) in wanted.iter().zip(ocr.read(bytes, &wanted, watch, attempt)) {
        let slot = &mut pages[*number as usize - 1];
        match answer {
            Recognition::Read { page, confidence, words, unsure } => {
                let confidence = (confidence * 100.0) as u8;
                *slot = (PageState::Recognised { confidence }, layout::lines(&page, *number));
                if unsure * UNSURE_PART > words {
                    let detail = Code::PageWordsUnsure
                        .with("unsure", unsure)
                        .with("words", words)
                        .with("page", number)
                        .with("mark", UNSURE_WORD);
                    remarks.push(not_examined(NotExaminedReason::UnreadableText, Some(*number), detail));
                }
            }
            Recognition::Blank => *slot = (PageState::Blank, Vec::new()),
            Recognition::Failed(detail) => {
                if let PageState::NotExamined(why) = &mut slot.0 {
                    why.detail = Code::PagePictureUnread.with("page", number).because(detail);
                }
            }
        }
    }
    remarks
}

fn needs_recognition(state: &PageState) -> bool {
    use NotExaminedReason::{NoTextLayer, RotatedScan, UnreadableText};
    matches!(state, PageState::NotExamined(why)
        if matches!(why.reason, NoTextLayer | RotatedScan | UnreadableText))
}

/// Judges one page.
fn examine(outcome: PageOutcome, number: u32) -> (PageState, Vec<Line>) {
    let failed = |reason, detail: Explanation| {
        (PageState::NotExamined(not_examined(reason, Some(number), detail)), Vec::new())
    };
    let page = match outcome {
        PageOutcome::Page(page) => page,
        PageOutcome::Encrypted => {
            return failed(NotExaminedReason::Encrypted, Code::PageEncrypted.with("page", number));
        }
        PageOutcome::Failed(detail) => {
            return failed(
                NotExaminedReason::ParserFailed,
                Code::PageFailed.with("page", number).because(detail),
            );
        }
        PageOutcome::TimedOut => {
            return failed(NotExaminedReason::LimitReached, Code::PageTimedOut.with("page", number));
        }
    };
    let lines = layout::lines(&page, number);
    let text: String = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
    let characters = text.chars().filter(|c| c.is_alphanumeric()).count();
    if let Some(reason) = scan(&page, characters, number) {
        return (PageState::NotExamined(reason), lines);
    }
    if let Some(flaw) = quality::unreadable(&text) {
        return failed(
            NotExaminedReason::UnreadableText,
            Code::PageUnreadable.with("page", number).because(flaw),
        );
    }
    if lines.is_empty() { (PageState::Blank, lines) } else { (PageState::Read, lines) }
}

/// Recognises pages that are pictures.
fn scan(page: &RawPage, characters: usize, number: u32) -> Option<NotExamined> {
    let coverage: f32 = page.pictures.iter().map(|picture| picture.coverage).sum();
    let no_text = characters == 0;
    let is_picture = coverage >= SCAN_COVERAGE || (no_text && coverage >= 0.02);
    if is_picture && characters < 100 {
        let main = page.pictures.iter().max_by(|a, b| a.coverage.total_cmp(&b.coverage));
        let turned =
            page.rotation != 0 || main.is_some_and(|picture| picture.rotation.rem_euclid(360.0).abs() > 1.0);
        let on_its_side = main.is_some_and(|picture| picture.landscape != (page.width > page.height))
            && coverage >= SCAN_COVERAGE;
        return Some(if turned || on_its_side || (page.width > page.height && coverage >= SCAN_COVERAGE) {
            not_examined(NotExaminedReason::RotatedScan, Some(number), Code::PageTurned.with("page", number))
        } else {
            not_examined(NotExaminedReason::NoTextLayer, Some(number), Code::PagePicture.with("page", number))
        });
    }
    if no_text && page.drawing_bytes > MANY_DRAWING_BYTES {
        return Some(not_examined(
            NotExaminedReason::NoTextLayer,
            Some(number),
            Code::PageDrawn.with("page", number),
        ));
    }
    None
}

#[cfg(test)]
pub(crate) mod tests;
