//! PDF → lines, page by page: what cannot be read is reported with its reason, the rest is read.
//!
//! `reader` is the trait a PDF library has to fill, `oxide` fills it, `worker` keeps it at arm's length,
//! `content` is what a page paints, `layout` makes lines and `table` the rows of tables, `scan` judges whether the page
//! is a picture or drawing, `quality` whether the lines are words.

mod bookmarks;
mod content;
mod layout;
mod oxide;
mod quality;
pub(crate) mod reader;
mod scan;
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
use reader::ReaderFailure;
use worker::PageOutcome;
pub(crate) use worker::READER_THREAD;

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
    let is_scanned = scan::is_scanned(outcome.pages.iter().map(PageOutcome::page));
    let mut pages: Vec<(PageState, Vec<Line>)> =
        (1u32..).zip(outcome.pages).map(|(number, page)| examine(page, number, is_scanned)).collect();
    let mut remarks = recognise(bytes, &mut pages, ocr, watch, attempt);
    for (state, lines) in pages {
        if let PageState::NotExamined(reason) = &state {
            draft.not_examined.push(reason.clone());
        }
        draft.lines.extend(lines);
        draft.pages.push(state);
    }
    draft.not_examined.append(&mut remarks);
    if outcome.is_portfolio {
        let detail = Code::AttachedFilesUnread;
        draft.not_examined.push(not_examined(NotExaminedReason::ParserFailed, None, detail));
    }
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
            Recognition::Blank if slot.1.is_empty() => *slot = (PageState::Blank, Vec::new()),
            // Text that is not seen on its picture: the page was not drawn as it is.
            Recognition::Blank => leave_unread(&mut slot.0, *number, Code::NoWordsInPicture.into()),
            Recognition::Failed(detail) => leave_unread(&mut slot.0, *number, detail),
        }
    }
    remarks
}

fn leave_unread(state: &mut PageState, number: u32, detail: Explanation) {
    if let PageState::NotExamined(why) = state {
        why.detail = Code::PagePictureUnread.with("page", number).because(detail);
    }
}

fn needs_recognition(state: &PageState) -> bool {
    use NotExaminedReason::{NoTextLayer, RotatedScan, UnreadableText};
    matches!(state, PageState::NotExamined(why)
        if matches!(why.reason, NoTextLayer | RotatedScan | UnreadableText))
}

/// Judges one page of a file that is scanned or not.
fn examine(outcome: PageOutcome, number: u32, is_scanned: bool) -> (PageState, Vec<Line>) {
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
    if let Some(reason) = scan::judge(&page, &lines, number, is_scanned) {
        return (PageState::NotExamined(reason), lines);
    }
    let text: String = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
    if let Some(flaw) = quality::unreadable(&text) {
        return failed(
            NotExaminedReason::UnreadableText,
            Code::PageUnreadable.with("page", number).because(flaw),
        );
    }
    if page.is_lost {
        let why = Code::Technical.with("what", "a part of its content does not decode");
        let detail = Code::PageFailed.with("page", number).because(why);
        let reason = not_examined(NotExaminedReason::ParserFailed, Some(number), detail);
        return (PageState::NotExamined(reason), lines);
    }
    if lines.is_empty() { (PageState::Blank, lines) } else { (PageState::Read, lines) }
}

#[cfg(test)]
pub(crate) mod tests;
