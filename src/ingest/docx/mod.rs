//! DOCX → lines: own reader over the package and its XML parts.
//!
//! `package` unpacks parts within limits, `styles` resolves paragraph styles, `numbering` computes the
//! printed numbers of lists, `body` walks the text, `notes` keeps foot- and endnotes, `unread` counts what is no text.
//! Word files have no pages of their own.

mod body;
mod notes;
mod numbering;
mod package;
mod styles;
mod unread;

use crate::domain::document::MediaType;
use crate::domain::explanation::Code;

use super::draft::{Draft, Line, LineKind};
use super::error::IngestError;
use super::limits::Limits;

/// Reads a DOCX file.
pub(crate) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Draft, IngestError> {
    let mut package = package::Package::open(name, bytes, limits)?;
    let document = package.main_part()?;
    let styles = package.part("styles")?.map(|xml| styles::Styles::parse(&xml)).unwrap_or_default();
    let numbering =
        package.part("numbering")?.map(|xml| numbering::Numbering::parse(&xml)).unwrap_or_default();
    let mut notes = notes::Notes::default();
    for part in ["footnotes", "endnotes"] {
        match package.part(part) {
            Ok(Some(xml)) => notes.read(&xml, part, limits.depth),
            Ok(None) => {}
            // A part that does not unpack costs its notes, not the text.
            Err(IngestError::Malformed { detail, .. }) => notes.lose(detail),
            Err(error) => return Err(error),
        }
    }
    let mut draft = Draft::new(MediaType::Docx);
    let mut read = body::read(&document, &styles, &numbering, &notes, limits.depth);
    draft.lines = read.lines;
    draft.not_examined.extend(notes.said(read.lost_notes));
    read.unread.add(notes.unread);
    draft.not_examined.extend(read.unread.said(&draft.lines));
    if let Some(detail) = read.stopped {
        if draft.lines.is_empty() {
            return Err(IngestError::Malformed {
                name: name.to_owned(),
                media_type: MediaType::Docx,
                detail,
            });
        }
        let detail = Code::WordFileDamaged.because(Code::Technical.with("what", detail));
        draft.not_examined.push(super::draft::not_examined(
            crate::domain::finding::NotExaminedReason::ParserFailed,
            None,
            detail,
        ));
    }
    if are_printed_lines(&draft.lines) {
        draft.printed_lines = true;
        mark_full_lines(&mut draft.lines);
    }
    Ok(draft)
}

/// Files made from page images or PDF hold one paragraph per printed line: then many paragraphs stop
/// in the middle of a sentence and the next one goes on in lower case.
fn are_printed_lines(lines: &[Line]) -> bool {
    let text = |line: &Line| line.kind == LineKind::Text && line.text.chars().count() >= 40;
    let (mut broken, mut pairs) = (0usize, 0usize);
    for pair in lines.windows(2) {
        if !text(&pair[0]) || pair[1].kind != LineKind::Text {
            continue;
        }
        pairs += 1;
        let open = !pair[0].text.ends_with(['.', '!', '?', ':', ';', '。']);
        let goes_on = pair[1].text.chars().next().is_some_and(|c| c.is_lowercase());
        if open && goes_on {
            broken += 1;
        }
    }
    pairs >= 20 && broken * 4 >= pairs
}

fn mark_full_lines(lines: &mut [Line]) {
    let mut lengths: Vec<usize> = lines
        .iter()
        .filter(|line| line.kind == LineKind::Text)
        .map(|line| line.text.chars().count())
        .filter(|n| *n > 40)
        .collect();
    lengths.sort_unstable();
    let measure = lengths.get(lengths.len() * 19 / 20).copied().unwrap_or(80);
    for index in 0..lines.len() {
        let next_word = lines
            .get(index + 1)
            .and_then(|line| line.text.split(' ').next())
            .map_or(0, |word| word.chars().count());
        let line = &mut lines[index];
        line.full = line.text.chars().count() + 1 + next_word > measure * 9 / 10;
    }
}

#[cfg(test)]
pub(crate) mod tests;
