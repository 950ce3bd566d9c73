//! The left side: one page of the document with its evidence highlighted, its picture, or the list of sections.

use askama::Template;

use super::entries::Entry;
use super::marks::{self, Line, LineKind, Mark};
use super::units;
use super::{Reading, Tab, Wanted};
use crate::console::language::Words;
use crate::console::opened::{Opened, sections};
use crate::console::paging::Paging;
use crate::console::reasons::{self, Sentence};
use crate::domain::document::MediaType;
use crate::domain::span::TextRange;
use crate::rpc::v1;

/// Sections on a page of their list.
const SECTIONS: usize = 60;

/// What the left side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The text.
    Text,
    /// The picture of the page.
    Picture,
    /// The list of sections.
    Contents,
}

/// The left side.
#[derive(Template)]
#[template(path = "console/report_document.html")]
pub struct DocumentPane<'a> {
    w: Words,
    base: String,
    tab: &'static str,
    view: View,
    has_text: bool,
    has_picture: bool,
    /// Why the picture cannot be shown.
    no_picture: Option<Sentence>,
    /// Number of the unit, from 1.
    at: usize,
    all: usize,
    page: Option<u32>,
    pages: u32,
    heading: String,
    recognised: bool,
    unread: Vec<String>,
    lines: Vec<Line<'a>>,
    /// Addresses of the findings by which pieces are marked.
    links: Vec<(String, String)>,
    sections: Vec<SectionRow>,
    paging: Paging,
}

/// An entry of the list of sections.
struct SectionRow {
    level: u32,
    number: String,
    title: String,
    page: u32,
    link: String,
}

impl DocumentPane<'_> {
    fn link_of(&self, finding: &str) -> &str {
        self.links.iter().find(|(known, _)| known == finding).map_or("", |(_, link)| link)
    }

    fn cells<'b>(&self, line: &'b Line<'_>) -> Option<Vec<&'b str>> {
        match (line.kind, line.pieces.as_slice()) {
            (LineKind::Row, [piece]) if piece.finding.is_empty() => Some(piece.text.split(" | ").collect()),
            _ => None,
        }
    }

    fn is_heading(&self, line: &Line<'_>) -> bool {
        line.kind == LineKind::Heading
    }
}

/// Position of the unit that is asked for, if one is.
fn unit_asked_for(opened: &Opened, wanted: &Wanted) -> Option<usize> {
    let last = opened.units.len().saturating_sub(1);
    let sheet = (wanted.sheet > 0).then(|| units::unit_of_page(&opened.units, wanted.sheet)).flatten();
    sheet.or_else(|| (wanted.at > 0).then(|| (wanted.at - 1).min(last)))
}

/// Page whose picture is asked for; `None` for the text, and for what has no pictures.
pub fn sheet(opened: &Opened, wanted: &Wanted) -> Option<u32> {
    if wanted.view != "picture" || !has_picture(opened) {
        return None;
    }
    opened.units.get(unit_asked_for(opened, wanted).unwrap_or(0))?.page
}

/// True if the pages of a document can be drawn.
fn has_picture(opened: &Opened) -> bool {
    let summary = opened.report.document.as_ref();
    opened.text.is_some() && summary.is_some_and(|document| document.media_type == MediaType::Pdf.as_str())
}

/// Position of the unit to show: what is asked for, else where the finding stands, else the first.
pub fn unit(reading: &Reading<'_>, current: Option<&Entry<'_>>) -> usize {
    let opened = reading.opened;
    if let Some(unit) = unit_asked_for(opened, reading.wanted) {
        return unit;
    }
    // Pictures are drawn before findings are looked at.
    let current = current.filter(|_| sheet(opened, reading.wanted).is_none());
    let evidence = current.map(Entry::evidence).unwrap_or_default();
    evidence.first().and_then(|evidence| opened.unit_of(evidence)).unwrap_or(0)
}

/// Marks of the findings that stand in a range.
pub fn marks(reading: &Reading<'_>, entries: &[Entry<'_>], range: TextRange) -> Vec<Mark> {
    let mut marks = Vec::new();
    for entry in entries {
        for evidence in entry.evidence() {
            let here = evidence.range.as_ref().and_then(text_range).filter(|at| at.overlaps(range));
            if let Some(range) = here {
                let finding = entry.id();
                let is_current = finding == reading.wanted.finding;
                marks.push(Mark { range, finding, is_current });
            }
        }
    }
    marks
}

fn text_range(range: &v1::ByteRange) -> Option<TextRange> {
    Some(TextRange::new(usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?))
}

/// Makes the left side.
pub fn pane<'a>(reading: &'a Reading<'a>, tab: Tab, at: usize, marks: &'a [Mark]) -> DocumentPane<'a> {
    let (opened, wanted, w) = (reading.opened, reading.wanted, reading.w);
    let has_text = opened.text.is_some();
    let summary = opened.report.document.as_ref();
    let has_picture = has_picture(opened);
    let view = match wanted.view.as_str() {
        "picture" if has_picture => View::Picture,
        "contents" => View::Contents,
        _ if !has_text => View::Contents,
        _ => View::Text,
    };
    let unit = opened.units.get(at);
    let text = opened.text.as_deref().unwrap_or("");
    let lines = match (view, unit) {
        (View::Text, Some(unit)) => marks::lines(text, unit.range, marks, &opened.headings),
        _ => Vec::new(),
    };
    let page = unit.and_then(|unit| unit.page);
    let mut links: Vec<(String, String)> = Vec::new();
    for mark in marks {
        if links.iter().all(|(known, _)| *known != mark.finding) {
            links.push((mark.finding.clone(), reading.finding_link(tab, &mark.finding)));
        }
    }
    let paging = Paging::of(sections(&opened.report).len(), SECTIONS, wanted.sections);
    DocumentPane {
        w,
        base: reading.base(),
        tab: tab.as_str(),
        view,
        has_text,
        has_picture,
        no_picture: reading.no_picture.as_ref().map(|why| reasons::of_program(w, why)),
        at: at + 1,
        all: opened.units.len(),
        page,
        pages: opened.pages(),
        heading: unit.map_or_else(String::new, |unit| heading(reading, unit.range)),
        recognised: page.is_some_and(|page| summary.is_some_and(|d| d.recognised_pages.contains(&page))),
        unread: unread(reading, page),
        lines,
        links,
        sections: if view == View::Contents { section_rows(reading, tab, paging) } else { Vec::new() },
        paging,
    }
}

/// Titles of the sections around the beginning of a range, outermost first.
fn heading(reading: &Reading<'_>, range: TextRange) -> String {
    let start = range.start as u64;
    let around = sections(&reading.opened.report).iter().filter(|section| {
        section.extent.as_ref().is_some_and(|extent| extent.start <= start && start < extent.end)
    });
    let titles: Vec<String> =
        around.map(|section| format!("{} {}", section.number, section.title).trim().to_owned()).collect();
    titles.join(" › ")
}

/// Why a page was not examined.
fn unread(reading: &Reading<'_>, page: Option<u32>) -> Vec<String> {
    let Some(page) = page else { return Vec::new() };
    let parts = reading.opened.report.not_examined.iter().filter(|part| part.page == page);
    parts.map(|part| reading.w.say(super::unread::key(part.reason()))).collect()
}

fn section_rows(reading: &Reading<'_>, tab: Tab, paging: Paging) -> Vec<SectionRow> {
    let opened = reading.opened;
    sections(&opened.report)[paging.range()]
        .iter()
        .map(|section| {
            let start = section.extent.as_ref().and_then(|extent| usize::try_from(extent.start).ok());
            let unit = start.filter(|_| !opened.units.is_empty());
            let unit = unit.map(|start| units::unit_at(&opened.units, start) + 1);
            SectionRow {
                level: section.level.clamp(1, 6),
                number: section.number.clone(),
                title: section.title.clone(),
                page: section.page_start,
                link: unit.map_or_else(String::new, |unit| {
                    format!("{}?tab={}&at={unit}", reading.base(), tab.as_str())
                }),
            }
        })
        .collect()
}
