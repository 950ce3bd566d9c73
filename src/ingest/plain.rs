//! Plain text → lines. Form feeds separate pages; printed lines are told from whole paragraphs by
//! their lengths; columns made of blanks, tabs or bars become table rows.

use crate::domain::document::{MediaType, PageState};
use crate::domain::explanation::Code;
use crate::domain::finding::NotExaminedReason;

use super::draft::{Draft, Line, LineKind, not_examined};

/// Lines longer than this are whole paragraphs, not printed lines.
const LONGEST_PRINTED_LINE: usize = 180;

/// Reads decoded plain text, `most_pages` at most.
pub(crate) fn read(text: &str, most_pages: u32) -> Draft {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let text = restore_line_breaks(text);
    let mut draft = Draft::new(MediaType::PlainText);
    let measure = measure(&text);
    draft.printed_lines = measure <= LONGEST_PRINTED_LINE;
    let paged = text.contains('\u{c}');
    let mut parts = text.split('\u{c}');
    for (page, content) in (1..=most_pages).zip(parts.by_ref()) {
        let from = draft.lines.len();
        read_page(content, page, measure, &mut draft);
        if paged {
            let blank = draft.lines.len() == from;
            draft.pages.push(if blank { PageState::Blank } else { PageState::Read });
        }
    }
    // A form feed at the very end closes the last page, it does not open another one.
    match parts.next() {
        Some(after) if !after.trim().is_empty() || parts.next().is_some() => {
            let beyond = most_pages.saturating_add(1);
            let detail = Code::PageBeyondLimit.with("page", beyond).with("limit", most_pages);
            // Of the file as a whole: there may be any number of pages.
            draft.not_examined.push(not_examined(NotExaminedReason::LimitReached, None, detail));
        }
        None if paged && draft.pages.len() > 1 && draft.pages.last() == Some(&PageState::Blank) => {
            draft.pages.pop();
        }
        _ => {}
    }
    draft
}

/// Some exports turn every line break into a run of blanks, leaving one enormous line. Three or four
/// blanks then stand for a line break, more for a blank line.
fn restore_line_breaks(text: String) -> String {
    let breaks = text.matches('\n').count();
    let runs = text.matches("   ").count();
    if text.len() < 2_000 || breaks * 1_000 > text.len() || runs * 500 < text.len() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut blanks = 0usize;
    for c in text.chars() {
        if c == ' ' {
            blanks += 1;
            continue;
        }
        match blanks {
            0 => {}
            1 | 2 => out.push(' '),
            3 | 4 => out.push('\n'),
            _ => out.push_str("\n\n"),
        }
        blanks = 0;
        out.push(c);
    }
    out
}

/// The width of the text in characters: the length which only one line in twenty passes. Table rows are
/// padded to any length and do not count.
fn measure(text: &str) -> usize {
    let mut lengths: Vec<usize> = text
        .split(['\n', '\u{c}'])
        .filter(|line| !line.contains('|'))
        .map(|line| super::draft::tidy(line).chars().count())
        .filter(|length| *length > 40)
        .collect();
    if lengths.is_empty() {
        return 80;
    }
    lengths.sort_unstable();
    lengths[lengths.len() * 19 / 20]
}

fn read_page(content: &str, page: u32, measure: usize, draft: &mut Draft) {
    let mut gap = true;
    let mut rows = content.split('\n').peekable();
    while let Some(raw) = rows.next() {
        if is_bar_rule(raw) {
            continue;
        }
        let (text, kind) = classify(raw);
        let Some(mut line) = Line::new(&text, page, kind) else {
            gap = true;
            continue;
        };
        line.gap = gap;
        gap = false;
        line.indent = raw.chars().take_while(|c| *c == ' ').count() as f32;
        let length = line.text.chars().count();
        let next_word = rows
            .peek()
            .and_then(|next| next.split_whitespace().next())
            .map_or(0, |word| word.chars().count());
        line.full = length + 1 + next_word > measure * 9 / 10;
        draft.lines.push(line);
    }
}

/// True for `| :--- | ---: |` and `+-----+----+`, the rules of tables made of characters.
fn is_bar_rule(raw: &str) -> bool {
    let trimmed = raw.trim();
    trimmed.len() >= 3
        && trimmed.contains('-')
        && trimmed.starts_with(['|', '+'])
        && trimmed.chars().all(|c| matches!(c, '|' | '+' | '-' | ':' | ' ' | '='))
}

fn classify(raw: &str) -> (String, LineKind) {
    let trimmed = raw.trim();
    if trimmed.starts_with('|') && trimmed.matches('|').count() >= 2 {
        return (join_cells(trimmed.trim_matches('|').split('|')), LineKind::TableRow);
    }
    let has_leader = trimmed.contains("....") || trimmed.contains(". . .") || trimmed.contains("…");
    if !has_leader {
        let cells: Vec<&str> = split_columns(trimmed);
        if cells.len() >= 3 {
            return (join_cells(cells.into_iter()), LineKind::TableRow);
        }
    }
    (trimmed.to_owned(), LineKind::Text)
}

/// Splits at tabs and runs of three or more blanks.
fn split_columns(line: &str) -> Vec<&str> {
    line.split('\t')
        .flat_map(|part| part.split("   "))
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect()
}

/// Joins the cells of a row by ` | `, empty ones included so that columns keep their place.
pub(crate) fn join_cells<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = cells.map(str::trim).collect();
    if cells.iter().all(|cell| cell.is_empty()) {
        return String::new();
    }
    cells.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Draft {
        read(text, 100)
    }

    #[test]
    fn form_feeds_are_pages() {
        let draft = read_all("one\n\u{c}\u{c}three\n\u{c}");
        assert_eq!(draft.pages, [PageState::Read, PageState::Blank, PageState::Read]);
        assert_eq!(draft.lines[1].page, 3);
    }

    #[test]
    fn pages_beyond_the_limit_are_said_once_however_many() {
        for text in ["one\u{c}two\u{c}three".to_owned(), format!("one{}", "\u{c}".repeat(8_000_000))] {
            let draft = read(&text, 2);
            assert_eq!(draft.pages.len(), 2);
            let [beyond] = draft.not_examined.as_slice() else { panic!("{:?}", draft.not_examined) };
            assert_eq!((beyond.reason, beyond.page), (NotExaminedReason::LimitReached, None));
        }
        for text in ["one\u{c}two", "one\u{c}two\u{c}\n", "one\u{c}two\u{c}"] {
            let draft = read(text, 2);
            assert_eq!((draft.pages.len(), draft.not_examined.len()), (2, 0), "{text:?}");
        }
    }

    #[test]
    fn tables_made_of_bars_or_blanks_become_rows() {
        let draft = read_all("| a | b |\n|---|:--|\n| 1 |  |\nName    Area    Unit\n");
        let texts: Vec<&str> = draft.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["a | b", "1 |", "Name | Area | Unit"]);
        assert!(draft.lines.iter().all(|line| line.kind == LineKind::TableRow));
    }

    #[test]
    fn one_enormous_line_gets_its_line_breaks_back() {
        let text = "1.0 Purpose     The project is needed because the old road    was destroyed by water.   "
            .repeat(60);
        let draft = read_all(&text);
        assert_eq!(draft.lines[0].text, "1.0 Purpose");
        assert!(draft.lines[1].gap && draft.lines[1].text.ends_with("road"));
    }
}
