//! HTML → lines, through the tokenizer of html5ever: block elements end a line, scripts, styles and
//! navigation are dropped, table rows become one line unless the table is used for layout.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::domain::document::MediaType;
use crate::domain::explanation::Code;
use crate::domain::finding::NotExaminedReason;

use super::draft::{Draft, Line, LineKind, TidyLength, not_examined, tidy};
use super::pictures::{Pictures, has_words};
use super::row::Row;

/// Rows with more text than this hold the page's layout, not data.
const LONGEST_ROW: usize = 2_000;

/// Reads decoded HTML, following tables at most `depth` deep.
pub(crate) fn read(text: &str, depth: usize) -> Draft {
    let (mut draft, pictures) = read_part(text, depth);
    draft.not_examined.extend(pictures.said(&draft.lines));
    draft
}

/// Reads a part of a file; how much of it is pictures is for the whole file to judge.
pub(super) fn read_part(text: &str, depth: usize) -> (Draft, Pictures) {
    let sink = Sink { state: RefCell::new(State { depth, ..State::default() }) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut state = tokenizer.sink.state.into_inner();
    state.finish();
    let mut draft = Draft::new(MediaType::Html);
    draft.lines = state.lines;
    if let Some(dropped) = state.dropping.filter(|dropped| dropped.has_text) {
        let detail = Code::ElementNotClosed.with("element", dropped.element);
        draft.not_examined.push(not_examined(NotExaminedReason::ParserFailed, None, detail));
    }
    (draft, state.pictures)
}

/// Returns the encoding stated in a `meta` element within the first bytes.
pub(crate) fn stated_charset(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(4096).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let meta = head.find("<meta").or_else(|| head.find("<?xml"))?;
    let rest = &head[meta..];
    let at = rest.find("charset=").map(|at| at + 8).or_else(|| rest.find("encoding=").map(|at| at + 9))?;
    let label: String = rest[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!label.is_empty()).then_some(label)
}

struct Sink {
    state: RefCell<State>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.push(&text),
            Token::TagToken(tag) => {
                let opens = tag.kind == StartTag && !tag.self_closing;
                let raw = raw_kind(&tag.name);
                state.tag(&tag);
                if let (true, Some(kind)) = (opens, raw) {
                    return TokenSinkResult::RawData(kind);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

fn is_dropped(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "nav"
            | "title"
            | "template"
            | "noscript"
            | "select"
            | "button"
            | "svg"
            | "iframe"
            | "xmp"
            | "noembed"
            | "noframes"
            | "textarea"
            | "object"
            | "del"
            | "s"
    )
}

fn heading_level(name: &str) -> Option<u8> {
    name.strip_prefix('h')?.parse().ok().filter(|level| (1..=6).contains(level))
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| &*attr.value)
}

/// A side of a picture, if its attributes or its style state it.
fn side<'a>(tag: &'a Tag, side: &str) -> Option<&'a str> {
    let styled = || {
        let style = attribute(tag, "style")?;
        style.split(';').find_map(|part| part.trim().strip_prefix(side)?.trim_start().strip_prefix(':'))
    };
    attribute(tag, side).or_else(styled)
}

/// Whether a tag begins or ends the block of a picture: captions belong to theirs, lines do not end it.
fn bounds_picture(name: &str) -> bool {
    matches!(name, "li" | "table" | "caption" | "tr" | "td" | "th")
        || heading_level(name).is_some()
        || (is_block(name) && name != "br")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "br"
            | "hr"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "pre"
            | "blockquote"
            | "section"
            | "article"
            | "main"
            | "header"
            | "footer"
            | "aside"
            | "form"
            | "fieldset"
            | "figure"
            | "address"
            | "center"
            | "body"
            | "html"
            | "head"
            | "summary"
            | "details"
            | "legend"
    )
}

/// An element whose content is left out.
struct Dropped {
    element: String,
    /// How often it is open.
    open: usize,
    has_text: bool,
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    rows: Vec<Row>,
    /// Rows that were open when each open table began.
    tables: Vec<usize>,
    text: String,
    tidied: TidyLength,
    bold: usize,
    bold_bytes: usize,
    lead: usize,
    heading: Option<u8>,
    caption: bool,
    /// Next number of each open list; `None` for bulleted lists.
    lists: Vec<Option<u32>>,
    item: bool,
    dropping: Option<Dropped>,
    pictures: Pictures,
    /// Pictures of the open block, whether text of it has become lines, and how long the mark of its item is.
    block_pictures: Pictures,
    block_has_words: bool,
    marker: usize,
    depth: usize,
}

impl State {
    fn push(&mut self, text: &str) {
        if let Some(dropped) = &mut self.dropping {
            dropped.has_text |= !text.trim().is_empty();
            return;
        }
        if self.bold > 0 && !text.trim().is_empty() {
            if self.tidied.of(&self.text) <= self.lead {
                self.lead = self.text.len() + text.len();
            }
            self.bold_bytes += tidy(text).len();
        }
        self.text.push_str(text);
    }

    fn tag(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        // Headings that fold their section in and out hold a button, or stand in one.
        let is_heading = heading_level(name).is_some() && tag.kind == StartTag;
        if is_heading && self.dropping.as_ref().is_some_and(|dropped| dropped.element == "button") {
            self.dropping = None;
        }
        if let Some(dropped) = &mut self.dropping {
            if dropped.element == name {
                match tag.kind {
                    StartTag if !tag.self_closing => dropped.open += 1,
                    StartTag => {}
                    EndTag => dropped.open -= 1,
                }
                if dropped.open == 0 {
                    self.dropping = None;
                }
            }
            return;
        }
        if is_dropped(name) && !(name == "button" && self.heading.is_some()) {
            if tag.kind == StartTag && !tag.self_closing {
                self.dropping = Some(Dropped { element: name.to_owned(), open: 1, has_text: false });
            }
            return;
        }
        let is_bound = bounds_picture(name);
        if is_bound {
            self.end_picture_block();
        }
        match tag.kind {
            StartTag => self.open(name, tag),
            EndTag => self.close(name),
        }
        // What has become a line now was the text of the block before.
        self.block_has_words &= !is_bound;
    }

    fn end_picture_block(&mut self) {
        let has_words = self.block_has_words || has_words(&self.text[self.marker..]);
        self.pictures.add_block(&mut self.block_pictures, has_words);
    }

    fn open(&mut self, name: &str, tag: &Tag) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = heading_level(name);
            }
            "img" => {
                // Pictures that are loaded late show another one before.
                let address = attribute(tag, "data-src").or_else(|| attribute(tag, "src"));
                let sides = ["width", "height"].map(|name| side(tag, name));
                self.block_pictures.add(address.unwrap_or_default(), sides);
            }
            "b" | "strong" => self.bold += 1,
            "ul" => {
                self.flush();
                self.lists.push(None);
            }
            "ol" => {
                self.flush();
                let start = tag.attrs.iter().find(|attr| &*attr.name.local == "start");
                self.lists.push(Some(start.and_then(|attr| attr.value.trim().parse().ok()).unwrap_or(1)));
            }
            "li" => {
                self.flush();
                self.item = true;
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number = number.saturating_add(1);
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.text.push_str(&marker);
                self.marker = marker.len();
            }
            "caption" | "figcaption" => {
                self.flush();
                self.caption = true;
            }
            "table" => {
                self.flush();
                self.tables.push(self.rows.len());
            }
            "tr" => {
                self.flush();
                // The end tag of the row before may be left out.
                if self.rows.len() > self.tables.last().copied().unwrap_or(0) {
                    self.close_row();
                }
                if self.rows.len() < self.depth {
                    self.rows.push(Row::default());
                }
            }
            "td" | "th" => {
                self.flush();
                if let Some(row) = self.rows.last_mut() {
                    row.cells.push(Vec::new());
                }
            }
            "p" | "div" | "span" if self.item && self.text.chars().nth(6).is_none() => {}
            _ if is_block(name) => self.flush(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = None;
            }
            "b" | "strong" => self.bold = self.bold.saturating_sub(1),
            "ul" | "ol" => {
                self.flush();
                self.lists.pop();
            }
            "li" => {
                self.flush();
                self.item = false;
            }
            "caption" | "figcaption" => {
                self.flush();
                self.caption = false;
            }
            "td" | "th" => self.flush(),
            "tr" if self.rows.len() > self.tables.last().copied().unwrap_or(0) => self.close_row(),
            "table" => {
                self.flush();
                let outer = self.tables.pop().unwrap_or(0);
                while self.rows.len() > outer {
                    self.close_row();
                }
            }
            _ if is_block(name) => self.flush(),
            _ => {}
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.block_has_words |= has_words(&text[self.marker..]);
        self.marker = 0;
        self.tidied = TidyLength::default();
        let kind = match (self.heading, self.caption, self.item) {
            (Some(level), ..) => LineKind::Heading(level),
            (None, true, _) => LineKind::Caption,
            (None, false, true) => LineKind::ListItem,
            (None, false, false) => LineKind::Text,
        };
        if let Some(mut line) = Line::new(&text, 1, kind) {
            line.gap = true;
            line.looks.bold = self.bold_bytes > 0 && self.bold_bytes + 3 >= line.text.len();
            line.looks.lead =
                if line.looks.bold || self.bold_bytes == 0 { 0 } else { floor(&line.text, self.lead) };
            self.emit(line);
        }
        self.bold_bytes = 0;
        self.lead = 0;
    }

    fn emit(&mut self, line: Line) {
        match self.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            Some(cell) => cell.push(line),
            None => self.lines.push(line),
        }
    }

    fn close_row(&mut self) {
        self.flush();
        let Some(row) = self.rows.pop() else { return };
        for line in row.close(LONGEST_ROW) {
            self.emit(line);
        }
    }

    fn finish(&mut self) {
        self.end_picture_block();
        self.flush();
        while !self.rows.is_empty() {
            self.close_row();
        }
    }
}

/// The largest char boundary of `text` that is not above `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
