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

use super::draft::{Draft, Line, LineKind, not_examined, tidy};
use super::row::Row;

/// Rows with more text than this hold the page's layout, not data.
const LONGEST_ROW: usize = 2_000;

/// Reads decoded HTML, following tables at most `depth` deep.
pub(crate) fn read(text: &str, depth: usize) -> Draft {
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
    draft
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
    bold: usize,
    bold_bytes: usize,
    lead: usize,
    heading: Option<u8>,
    caption: bool,
    /// Next number of each open list; `None` for bulleted lists.
    lists: Vec<Option<u32>>,
    item: bool,
    dropping: Option<Dropped>,
    depth: usize,
}

impl State {
    fn push(&mut self, text: &str) {
        if let Some(dropped) = &mut self.dropping {
            dropped.has_text |= !text.trim().is_empty();
            return;
        }
        if self.bold > 0 && !text.trim().is_empty() {
            if tidy(&self.text).len() <= self.lead {
                self.lead = self.text.len() + text.len();
            }
            self.bold_bytes += tidy(text).len();
        }
        self.text.push_str(text);
    }

    fn tag(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
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
        if is_dropped(name) {
            if tag.kind == StartTag && !tag.self_closing {
                self.dropping = Some(Dropped { element: name.to_owned(), open: 1, has_text: false });
            }
            return;
        }
        match tag.kind {
            StartTag => self.open(name, tag),
            EndTag => self.close(name),
        }
    }

    fn open(&mut self, name: &str, tag: &Tag) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = name[1..].parse().ok();
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
            "p" | "div" | "span" if self.item && self.text.chars().count() <= 6 => {}
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
mod tests {
    use super::*;

    fn seen(html: &str) -> Vec<(String, LineKind)> {
        read(html, 16).lines.into_iter().map(|line| (line.text, line.kind)).collect()
    }

    #[test]
    fn scripts_styles_and_navigation_are_dropped() {
        let lines = seen(
            "<title>T</title><style>p{}</style><nav><p>menu</p></nav><script>if(a<b){}</script><p>R&eacute;sum&eacute; &amp; o&#699;zgarish</p>",
        );
        assert_eq!(lines, [("Résumé & oʻzgarish".to_owned(), LineKind::Text)]);
    }

    #[test]
    fn headings_lists_and_table_rows_keep_their_kinds() {
        let lines = seen(
            "<h2>1. <b>Air</b></h2><p>Text<br>more</p><ol start=3><li><p>three</p><li>four</ol><table><tr><th>a<th>b</tr><tr><td>1</td><td>2</td></tr></table>",
        );
        let expected = [
            ("1. Air", LineKind::Heading(2)),
            ("Text", LineKind::Text),
            ("more", LineKind::Text),
            ("3. three", LineKind::ListItem),
            ("4. four", LineKind::ListItem),
            ("a | b", LineKind::TableRow),
            ("1 | 2", LineKind::TableRow),
        ];
        assert_eq!(lines, expected.map(|(text, kind)| (text.to_owned(), kind)));
    }

    #[test]
    fn layout_tables_are_opened_up() {
        let lines = seen(
            "<table><tr><td><h1>Report</h1><table><tr><td>x</td><td>y</td></tr></table></td><td>side</td></tr></table>",
        );
        assert_eq!(lines[0], ("Report".to_owned(), LineKind::Heading(1)));
        assert_eq!(lines[1], ("x | y".to_owned(), LineKind::TableRow));
        assert_eq!(lines[2], ("side".to_owned(), LineKind::Text));
    }

    #[test]
    fn text_swallowed_by_an_element_that_is_never_closed_is_said_to_be_unread() {
        let draft = read("<p>Kept.</p><nav><p>All chapters follow here.</p><p>And the last one.</p>", 16);
        assert_eq!(draft.lines.len(), 1);
        let [unread] = draft.not_examined.as_slice() else { panic!("{:?}", draft.not_examined) };
        assert_eq!(unread.reason, NotExaminedReason::ParserFailed);
        assert!(unread.detail.to_string().contains("<nav>"), "{}", unread.detail);
        assert!(read("<p>Kept.</p><nav>menu</nav>", 16).not_examined.is_empty());
        assert!(read("<p>Kept.</p><svg>", 16).not_examined.is_empty(), "nothing stood in it");
    }

    #[test]
    fn charset_is_found_in_meta() {
        assert_eq!(stated_charset(b"<html><meta charset=\"Windows-1251\">").as_deref(), Some("windows-1251"));
        assert_eq!(
            stated_charset(b"<meta http-equiv=Content-Type content='text/html; charset=euc-kr'>").as_deref(),
            Some("euc-kr")
        );
        assert_eq!(stated_charset(b"<p>charset=x"), None);
    }
}
