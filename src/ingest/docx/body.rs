//! The text of a DOCX part: paragraphs, tables (nested ones too), notes; tracked deletions left out.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::ingest::draft::{Line, LineKind};
use crate::ingest::row::Row;

use super::notes::{self, Notes};
use super::numbering::{Mark, Numbering};
use super::styles::{Properties, Role, Styles, attribute};
use super::unread::Unread;

/// Rows with more text than this hold the page's layout, not data.
const LONGEST_ROW: usize = 4_000;

/// Lines of the main part, what was passed over, and what stopped the reader if it did not reach the end.
pub(super) struct Read {
    pub(super) lines: Vec<Line>,
    pub(super) unread: Unread,
    pub(super) stopped: Option<String>,
    /// Notes that the text refers to and that are not there.
    pub(super) lost_notes: usize,
}

/// Reads the main part.
pub(super) fn read(xml: &str, styles: &Styles, numbering: &Numbering, notes: &Notes, depth: usize) -> Read {
    let mut walker = Walker::new(depth);
    let mut stopped = walker.walk(xml, styles, &mut numbering.clone(), notes);
    // Where a field of contents has no end, the rest of the file would be contents.
    if walker.fields.contains(&true) {
        walker = Walker { trusts_fields: false, ..Walker::new(depth) };
        stopped = walker.walk(xml, styles, &mut numbering.clone(), notes);
    }
    Read { lines: walker.lines, unread: walker.unread, stopped, lost_notes: walker.lost_notes }
}

/// Notes of a part by id, what was passed over, and what stopped the reader.
pub(super) struct ReadNotes {
    pub(super) notes: Vec<(String, Vec<Line>)>,
    pub(super) unread: Unread,
    pub(super) stopped: Option<String>,
}

/// Reads a part of notes, whose elements are called `kind`.
pub(super) fn read_notes(xml: &str, kind: &'static str, depth: usize) -> ReadNotes {
    let mut walker = Walker { note_element: Some(kind), ..Walker::new(depth) };
    let stopped = walker.walk(xml, &Styles::default(), &mut Numbering::default(), &Notes::default());
    ReadNotes { notes: walker.notes, unread: walker.unread, stopped }
}

#[derive(Default)]
struct Paragraph {
    style: Option<String>,
    own: Properties,
    /// Pieces with their run properties.
    runs: Vec<(String, Properties)>,
    notes: Vec<notes::Key>,
    in_properties: bool,
}

/// Whose run properties are open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunProperties {
    Nobody,
    Run,
    /// Those of the mark at the paragraph's end, which say nothing about its text (ECMA-376, 17.3.1.29).
    ParagraphMark,
}

struct Walker {
    lines: Vec<Line>,
    notes: Vec<(String, Vec<Line>)>,
    note_element: Option<&'static str>,
    note: Option<String>,
    lost_notes: usize,
    paragraphs: Vec<Paragraph>,
    rows: Vec<Row>,
    /// Properties of the open run; runs nest only through text boxes.
    run: Vec<(Properties, Option<String>)>,
    run_properties: RunProperties,
    in_text: bool,
    /// Depth below an element whose content is left out.
    skipping: usize,
    /// Open fields, innermost last: whether each one makes a table of contents.
    fields: Vec<bool>,
    trusts_fields: bool,
    instruction: bool,
    /// Open content controls, innermost last: whether each one holds the table of contents.
    controls: Vec<bool>,
    depth: usize,
    limit: usize,
    gap: bool,
    unread: Unread,
}

fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "del" | "moveFrom" | "Fallback" | "rPrChange" | "pPrChange" | "tblPrChange" | "sectPr" | "delText"
    )
}

impl Walker {
    fn new(limit: usize) -> Self {
        Self {
            lines: Vec::new(),
            notes: Vec::new(),
            note_element: None,
            note: None,
            lost_notes: 0,
            paragraphs: Vec::new(),
            rows: Vec::new(),
            run: Vec::new(),
            run_properties: RunProperties::Nobody,
            in_text: false,
            skipping: 0,
            fields: Vec::new(),
            trusts_fields: true,
            instruction: false,
            controls: Vec::new(),
            depth: 0,
            limit,
            gap: true,
            unread: Unread::default(),
        }
    }

    /// Walks the XML; returns what stopped it short of the end.
    fn walk(
        &mut self,
        xml: &str,
        styles: &Styles,
        numbering: &mut Numbering,
        notes: &Notes,
    ) -> Option<String> {
        let mut reader = Reader::from_str(xml);
        let stopped = loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => {
                    self.depth += 1;
                    if self.depth > self.limit {
                        break Some(format!("elements are nested more than {} deep", self.limit));
                    }
                    self.open(&tag, styles);
                }
                Ok(Event::Empty(tag)) => {
                    if self.skipping == 0 && !is_left_out(tag.local_name().into_inner()) {
                        self.open(&tag, styles);
                        self.close(tag.local_name().into_inner(), styles, numbering, notes);
                    }
                }
                Ok(Event::End(tag)) => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.skipping > 0 {
                        self.skipping -= 1;
                        continue;
                    }
                    self.close(tag.local_name().into_inner(), styles, numbering, notes);
                }
                Ok(Event::Text(text)) => self.text(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
                Ok(Event::CData(text)) => self.text(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
                Ok(Event::GeneralRef(reference)) => {
                    let c = reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .or_else(|| predefined(reference.as_ref()));
                    if let Some(c) = c {
                        self.text(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::Eof) if self.depth > 0 => {
                    break Some("the XML ends too early".to_owned());
                }
                Ok(Event::Eof) => break None,
                Ok(_) => {}
                Err(error) => break Some(error.to_string()),
            }
        };
        // Broken XML: keep what was read.
        while !self.paragraphs.is_empty() {
            self.close_paragraph(styles, numbering, notes);
        }
        while !self.rows.is_empty() {
            self.close_row();
        }
        stopped
    }

    fn text(&mut self, text: &str) {
        if self.skipping > 0 {
            return;
        }
        if self.instruction {
            // `TOC \o "1-3"` makes a table of contents.
            if self.trusts_fields
                && text.trim_start().starts_with("TOC")
                && let Some(field) = self.fields.last_mut()
            {
                *field = true;
            }
        } else if self.in_text {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        let properties = self.run.last().map(|(properties, _)| properties.clone()).unwrap_or_default();
        if let Some(paragraph) = self.paragraphs.last_mut() {
            match paragraph.runs.last_mut() {
                Some((last, same)) if *same == properties => last.push_str(text),
                _ => paragraph.runs.push((text.to_owned(), properties)),
            }
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, styles: &Styles) {
        let local = tag.local_name();
        let name = local.into_inner();
        if self.skipping > 0 || is_left_out(name) {
            self.skipping += 1;
            return;
        }
        self.unread.look(name, tag);
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "pPr" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.in_properties = true;
                }
            }
            "pStyle" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = attribute(tag, "val");
                }
            }
            "r" => self.run.push((Properties::default(), None)),
            "rPr" => {
                let of_mark = self.paragraphs.last().is_some_and(|paragraph| paragraph.in_properties);
                self.run_properties = if of_mark { RunProperties::ParagraphMark } else { RunProperties::Run };
            }
            "rStyle" if self.run_properties == RunProperties::Run => {
                let style = attribute(tag, "val");
                if let (Some((properties, _)), Some(id)) = (self.run.last_mut(), style.as_deref()) {
                    *properties = std::mem::take(properties).or(&styles.resolve_run(id));
                }
            }
            "t" => self.in_text = true,
            "tab" if self.run.is_empty() => {}
            "tab" | "br" | "cr" | "ptab" => self.push(" "),
            "noBreakHyphen" => self.push("-"),
            "softHyphen" => self.push("\u{ad}"),
            "sym" => self.push("•"),
            "fldChar" => match attribute(tag, "fldCharType").as_deref() {
                Some("begin") => {
                    self.fields.push(false);
                }
                Some("end") => {
                    self.fields.pop();
                }
                _ => {}
            },
            "instrText" => self.instruction = true,
            "sdt" => self.controls.push(false),
            "docPartGallery" => {
                let is_contents = attribute(tag, "val")
                    .is_some_and(|value| value.eq_ignore_ascii_case("table of contents"));
                if let Some(control) = self.controls.last_mut() {
                    *control |= is_contents;
                }
            }
            "footnoteReference" | "endnoteReference" => {
                let kind = if name == "footnoteReference" { "footnote" } else { "endnote" };
                if let (Some(paragraph), Some(id)) = (self.paragraphs.last_mut(), attribute(tag, "id")) {
                    paragraph.notes.push((kind, id));
                }
            }
            "footnote" | "endnote"
                if self.note_element == Some(if name == "footnote" { "footnote" } else { "endnote" }) =>
            {
                self.note = attribute(tag, "id");
                self.lines.clear();
            }
            "tr" => self.rows.push(Row::default()),
            "tc" => {
                if let Some(row) = self.rows.last_mut() {
                    row.cells.push(Vec::new());
                }
            }
            _ if self.run_properties == RunProperties::ParagraphMark => {}
            _ if self.run_properties == RunProperties::Run && !self.run.is_empty() => {
                if let Some((properties, _)) = self.run.last_mut() {
                    properties.take(name, tag);
                }
            }
            _ => {
                if let Some(paragraph) =
                    self.paragraphs.last_mut().filter(|paragraph| paragraph.in_properties)
                {
                    paragraph.own.take(name, tag);
                }
            }
        }
    }

    fn close(&mut self, name: &str, styles: &Styles, numbering: &mut Numbering, notes: &Notes) {
        match name {
            "p" => self.close_paragraph(styles, numbering, notes),
            "pPr" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.in_properties = false;
                }
            }
            "r" => {
                self.run.pop();
            }
            "rPr" => self.run_properties = RunProperties::Nobody,
            "t" => self.in_text = false,
            "instrText" => self.instruction = false,
            "sdt" => {
                self.controls.pop();
            }
            "footnote" | "endnote" => {
                if let Some(id) = self.note.take() {
                    self.notes.push((id, std::mem::take(&mut self.lines)));
                }
            }
            "tr" => self.close_row(),
            _ => {}
        }
    }

    fn emit(&mut self, line: Line) {
        match self.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            Some(cell) => cell.push(line),
            None => self.lines.push(line),
        }
    }

    fn close_paragraph(&mut self, styles: &Styles, numbering: &mut Numbering, notes: &Notes) {
        let Some(paragraph) = self.paragraphs.pop() else { return };
        let inherited = styles.resolve(paragraph.style.as_deref());
        let role = styles.role(paragraph.style.as_deref());
        let properties = paragraph.own.clone().or(&inherited);
        let mut text = String::new();
        let mut kind = LineKind::Text;
        let has_text = paragraph.runs.iter().any(|(text, _)| !text.trim().is_empty());
        let list = properties.list.filter(|id| *id != 0 && has_text);
        let mut bullet = false;
        if let Some(id) = list {
            match numbering.next(id, properties.list_level.unwrap_or(0)) {
                Mark::Number(number) => text = format!("{} ", number.trim()),
                Mark::Bullet => {
                    text = "• ".to_owned();
                    bullet = true;
                }
                Mark::Nothing => {}
            }
        }
        let looks = append_runs(&paragraph.runs, &properties, &mut text);
        let outline = properties.outline.filter(|level| *level > 0);
        let in_contents =
            self.controls.contains(&true) || self.fields.contains(&true) || role == Role::Contents;
        if in_contents {
            kind = LineKind::Contents;
        } else if let Role::Heading(level) = role {
            kind = LineKind::Heading(level);
        } else if let Some(level) = outline {
            kind = LineKind::Heading(level);
        } else if role == Role::Title {
            kind = LineKind::Text;
        } else if role == Role::Caption {
            kind = LineKind::Caption;
        } else if list.is_some() && bullet {
            kind = LineKind::ListItem;
        }
        match Line::new(&text, 1, kind) {
            Some(mut line) => {
                line.gap = self.gap;
                self.gap = false;
                line.looks = looks;
                line.looks.lead = looks.lead.min(line.text.len());
                while !line.text.is_char_boundary(line.looks.lead) {
                    line.looks.lead -= 1;
                }
                self.emit(line);
            }
            None => self.gap = true,
        }
        for key in paragraph.notes {
            let note = notes.get(&key);
            self.lost_notes += usize::from(note.is_none());
            for note in note.into_iter().flatten() {
                let mut note = note.clone();
                note.kind = LineKind::Note;
                note.gap = true;
                self.emit(note);
            }
        }
    }

    fn close_row(&mut self) {
        let Some(row) = self.rows.pop() else { return };
        for line in row.close(LONGEST_ROW) {
            self.emit(line);
        }
    }
}

fn predefined(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Appends the visible runs and returns how the paragraph looks.
fn append_runs(
    runs: &[(String, Properties)],
    paragraph: &Properties,
    text: &mut String,
) -> crate::ingest::draft::Looks {
    let mut looks =
        crate::ingest::draft::Looks { bold: true, italic: true, underlined: true, ..Default::default() };
    let mut visible = 0usize;
    let mut leading = true;
    for (piece, own) in runs {
        let run = own.clone().or(paragraph);
        if run.hidden == Some(true) {
            continue;
        }
        let shown = if run.capitals == Some(true) { piece.to_uppercase() } else { piece.clone() };
        let solid = shown.trim().len();
        if solid > 0 {
            let strong = run.bold == Some(true) || run.underlined == Some(true) || run.italic == Some(true);
            visible += solid;
            looks.bold &= run.bold == Some(true);
            looks.italic &= run.italic == Some(true);
            looks.underlined &= run.underlined == Some(true);
            looks.size = looks.size.max(run.size.unwrap_or(0.0));
            if strong && leading {
                looks.lead =
                    text.trim_end().len() + shown.trim_end().len() + usize::from(text.ends_with(' '));
            } else {
                leading = false;
            }
        }
        text.push_str(&shown);
    }
    if visible == 0 {
        return crate::ingest::draft::Looks::default();
    }
    looks.centred = paragraph.centred == Some(true);
    if leading {
        looks.lead = 0;
    }
    looks
}
