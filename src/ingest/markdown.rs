//! Markdown → lines. Every paragraph, heading, item and table row is one line.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::domain::document::MediaType;
use crate::domain::finding::NotExamined;

use super::draft::{Draft, Line, LineKind};
use super::pictures::{Pictures, has_words};
use super::plain::join_cells;

/// Parts of Markdown that are read besides those that are always there.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_TASKLISTS);

/// Reads decoded Markdown, following tables of raw HTML at most `depth` deep.
pub(crate) fn read(text: &str, depth: usize) -> Draft {
    let mut writer = Writer { depth, ..Writer::default() };
    let mut cell_end = 0;
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        match event {
            Event::End(TagEnd::TableCell) => cell_end = range.end,
            Event::End(TagEnd::TableRow) => writer.beyond(text.get(cell_end..range.end).unwrap_or("")),
            _ => {}
        }
        writer.take(event);
    }
    writer.flush(LineKind::Text);
    let mut draft = Draft::new(MediaType::Markdown);
    draft.lines = writer.lines;
    draft.not_examined = writer.not_examined;
    draft.not_examined.extend(writer.pictures.said(&draft.lines));
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
    pictures: Pictures,
    /// Pictures of the open block, and how long the mark of its item is.
    block_pictures: Pictures,
    marker: usize,
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
            Event::InlineHtml(html) => {
                if breaks_line(&html) {
                    self.push(" ");
                }
                self.block_pictures.add_all(super::html::read_part(&html, self.depth).1);
            }
            _ => {}
        }
    }

    /// Takes the cells of a row beyond those of the table's head. The library leaves them out, so they are read as a
    /// row of a table that is wide enough.
    fn beyond(&mut self, rest: &str) {
        if rest.chars().all(|c| c == '|' || c.is_whitespace()) {
            return;
        }
        let columns = rest.matches('|').count() + 1;
        let table = format!("{}|\n{}|\n{}\n", "|x".repeat(columns), "|-".repeat(columns), rest.trim_end());
        let mut row = Self { depth: self.depth, ..Self::default() };
        Parser::new_ext(&table, OPTIONS)
            .skip_while(|event| *event != Event::End(TagEnd::TableHead))
            .skip(1)
            .take_while(|event| *event != Event::End(TagEnd::TableRow))
            .for_each(|event| row.take(event));
        if row.cells.is_empty() {
            row.cells.push(rest.replace('|', " "));
        }
        let last = row.cells.iter().rposition(|cell| !cell.trim().is_empty());
        self.cells.extend(row.cells.drain(..last.map_or(0, |last| last + 1)));
        self.pictures.add_all(row.pictures);
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
        let (mut draft, pictures) = super::html::read_part(&html, self.depth);
        self.pictures.add_all(pictures);
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
            Tag::Image { dest_url, .. } => {
                self.image += 1;
                self.block_pictures.add(&dest_url, [None, None]);
            }
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
                self.marker = self.text.len();
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
                self.end_picture_block();
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

    fn end_picture_block(&mut self) {
        let has_words = has_words(&self.text[self.marker..]);
        self.pictures.add_block(&mut self.block_pictures, has_words);
        self.marker = 0;
    }

    fn flush(&mut self, kind: LineKind) {
        self.end_picture_block();
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

/// True for tags that put what follows on a line of its own, as cells of tables often have.
fn breaks_line(html: &str) -> bool {
    let tag = html.trim_start_matches(['<', '/']);
    let name = &tag[..tag.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tag.len())];
    ["br", "p", "div", "ul", "ol", "li", "hr"].iter().any(|known| name.eq_ignore_ascii_case(known))
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
    fn lines_within_a_cell_stay_apart() {
        let draft = read_all("| a | b |\n|---|---|\n| PM10<br>NO2 | 45<BR />20<p>30</p> |\n\none<br/>two\n");
        let texts: Vec<&str> = draft.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["a | b", "PM10 NO2 | 45 20 30", "one two"]);
    }

    #[test]
    fn cells_beyond_the_head_of_a_table_are_read() {
        let draft = read_all(
            "| a | b |\n|---|---|\n| 1 | 2 | the **discharge** is treated | | x\\|y |\n| 3 | 4 | |\n| 5 |\n6 | 7 | 8\n",
        );
        let texts: Vec<&str> = draft.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["a | b", "1 | 2 | the discharge is treated | | x/y", "3 | 4", "5 |", "6 | 7 | 8"]);
    }

    #[test]
    fn deleted_text_and_pictures_are_left_out() {
        let draft = read_all("kept ~~gone~~ ![picture](a.png)\n");
        assert_eq!(draft.lines[0].text, "kept");
    }

    #[test]
    fn text_made_of_pictures_is_said_to_be_unread() {
        let pages = |n: usize| format!("![](a{n}.png) <img src=\"b{n}.png\">\n\n");
        let scans = (1..4).map(pages).collect::<String>();
        let draft = read_all(&format!("# Report\n\n{scans}\n<img src=\"c.png\">\n"));
        let [unread] = draft.not_examined.as_slice() else { panic!("{:?}", draft.not_examined) };
        assert!(unread.detail.to_string().starts_with("7 pictures"), "{}", unread.detail);
        let figure = format!(
            "{}\n\n![](map.png)\n\n<img src=\"plan.png\">\n",
            "The site lies in the valley. ".repeat(40)
        );
        assert!(read_all(&figure).not_examined.is_empty());
        for beside in [
            "Dust ![](a.png) is raised.\n",
            "1. ![](a.png) Dust\n",
            "| a |\n|---|\n| low <img src=\"a.png\"> |\n",
        ] {
            assert!(read_all(beside).not_examined.is_empty(), "{beside}");
        }
        assert_eq!(read_all("1. ![](a.png)\n2. ![](b.png)\n").not_examined.len(), 1);
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
