//! Markdown → lines. Every paragraph, heading, item and table row is one line.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::domain::document::MediaType;
use crate::domain::finding::NotExamined;

use super::draft::{Draft, Line, LineKind};
use super::plain::join_cells;

/// Reads decoded Markdown, following tables of raw HTML at most `depth` deep.
pub(crate) fn read(text: &str, depth: usize) -> Draft {
    let mut writer = Writer { depth, ..Writer::default() };
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(text, options) {
        writer.take(event);
    }
    writer.flush(LineKind::Text);
    let mut draft = Draft::new(MediaType::Markdown);
    draft.lines = writer.lines;
    draft.not_examined = writer.not_examined;
    draft
}

#[derive(Default)]
struct Writer {
    lines: Vec<Line>,
    not_examined: Vec<NotExamined>,
    text: String,
    /// The open block of raw HTML.
    html: String,
    /// Bytes of `text` in bold type, and the length of a bold start.
    bold_bytes: usize,
    lead: usize,
    bold: usize,
    deleted: usize,
    image: usize,
    /// Next number of each open list; `None` for bulleted lists.
    lists: Vec<Option<u64>>,
    cells: Vec<String>,
    in_table: bool,
    /// How deep tables of raw HTML are followed.
    depth: usize,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.push(" "),
            Event::Rule => self.flush(LineKind::Text),
            Event::TaskListMarker(done) => self.push(if done { "[x] " } else { "[ ] " }),
            // A block comes line by line and is read as a whole.
            Event::Html(html) => self.html.push_str(&html),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.deleted > 0 || self.image > 0 {
            return;
        }
        if self.bold > 0 {
            if self.lead == self.text.len() {
                self.lead += text.len();
            }
            self.bold_bytes += text.len();
        }
        self.text.push_str(text);
    }

    /// Raw HTML blocks (tables, mostly) are read by the HTML reader.
    fn block_html(&mut self) {
        self.flush(LineKind::Text);
        let html = std::mem::take(&mut self.html);
        let mut draft = super::html::read(&html, self.depth);
        self.lines.append(&mut draft.lines);
        self.not_examined.append(&mut draft.not_examined);
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph if self.text.is_empty() => {}
            Tag::Heading { .. } | Tag::Paragraph | Tag::CodeBlock(_) | Tag::BlockQuote(_)
                if self.in_item_start() => {}
            Tag::Heading { .. } | Tag::Paragraph | Tag::CodeBlock(_) | Tag::BlockQuote(_) => {
                self.flush(LineKind::Text);
            }
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.deleted += 1,
            Tag::Image { .. } => self.image += 1,
            Tag::List(start) => {
                self.flush(LineKind::ListItem);
                self.lists.push(start);
            }
            Tag::Item => {
                self.flush(LineKind::ListItem);
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.text.push_str(&marker);
                self.lead = self.text.len();
            }
            Tag::Table(_) => {
                self.flush(LineKind::Text);
                self.in_table = true;
            }
            _ => {}
        }
    }

    fn in_item_start(&self) -> bool {
        !self.lists.is_empty() && self.text.chars().count() <= 6
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => self.block_html(),
            TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::BlockQuote(_) => {
                let kind = if self.lists.is_empty() { LineKind::Text } else { LineKind::ListItem };
                self.flush(kind);
            }
            TagEnd::Heading(level) => self.flush(LineKind::Heading(depth(level))),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.deleted = self.deleted.saturating_sub(1),
            TagEnd::Image => self.image = self.image.saturating_sub(1),
            TagEnd::Item => self.flush(LineKind::ListItem),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                self.cells.push(cell.replace('|', "/"));
            }
            TagEnd::TableRow | TagEnd::TableHead => {
                self.text = join_cells(self.cells.drain(..).collect::<Vec<_>>().iter().map(String::as_str));
                self.flush(LineKind::TableRow);
            }
            TagEnd::Table => self.in_table = false,
            _ => {}
        }
    }

    fn flush(&mut self, kind: LineKind) {
        let text = std::mem::take(&mut self.text);
        if let Some(mut line) = Line::new(&text, 1, kind) {
            let solid = text.trim().len();
            line.looks.bold = self.bold_bytes > 0 && self.bold_bytes + 3 >= solid;
            line.looks.lead = if line.looks.bold || self.bold_bytes == 0 {
                0
            } else {
                line.text.floor_char_boundary(self.lead)
            };
            line.gap = kind != LineKind::TableRow && kind != LineKind::ListItem;
            self.lines.push(line);
        }
        self.bold_bytes = 0;
        self.lead = 0;
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Draft {
        read(text, 16)
    }

    #[test]
    fn blocks_become_lines_with_their_kinds() {
        let draft = read_all(
            "# <span id=\"p\"></span>**1.0 Scope**\n\nSome *text*\nof two lines.\n\n3. third\n4. fourth\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        );
        let seen: Vec<(&str, LineKind)> =
            draft.lines.iter().map(|line| (line.text.as_str(), line.kind)).collect();
        assert_eq!(
            seen,
            [
                ("1.0 Scope", LineKind::Heading(1)),
                ("Some text of two lines.", LineKind::Text),
                ("3. third", LineKind::ListItem),
                ("4. fourth", LineKind::ListItem),
                ("a | b", LineKind::TableRow),
                ("1 | 2", LineKind::TableRow),
            ]
        );
    }

    #[test]
    fn deleted_text_and_pictures_are_left_out() {
        let draft = read_all("kept ~~gone~~ ![picture](a.png)\n");
        assert_eq!(draft.lines[0].text, "kept");
    }

    #[test]
    fn raw_html_is_read_block_by_block() {
        let draft = read_all(
            "before\n\n<!--\nCyanide is used.\n-->\n\n<style>\np {}\n</style>\n\n<table>\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n</table>\n\nafter\n",
        );
        let seen: Vec<(&str, LineKind)> =
            draft.lines.iter().map(|line| (line.text.as_str(), line.kind)).collect();
        let expected = [("before", LineKind::Text), ("a | b", LineKind::TableRow), ("after", LineKind::Text)];
        assert_eq!(seen, expected);
        assert!(draft.not_examined.is_empty());
    }
}
