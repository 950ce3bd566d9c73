//! Which lines are headings? Bookmarks first, then markup, then numbers, then looks and position.
//!
//! Every line gets points for and against (`points`); what the author says about the outline comes
//! first (`author`); numbers have to make sense together (`sequence`). Levels are given by `levels`. Works on a draft in which running heads and contents pages are marked.

use std::collections::HashMap;

use crate::domain::document::HeadingBasis;

use super::contents::PrintedContents;
use super::draft::{Draft, Line, LineKind};
use super::headings::{self, Shape, shape};
use super::numbering::{self, Numbered};
use super::run_in;

/// Points a line needs to be a heading.
const THRESHOLD: f32 = 2.0;
/// Points that a line may lack if it is set like other headings of the document.
const ALIKE: f32 = 0.7;
/// Headings of one style that make the style known.
const KNOWN_STYLE: usize = 4;
/// Longest heading in characters.
pub(super) const LONGEST: usize = 200;

/// A line, or lines, found to be a heading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    /// First line.
    pub(crate) line: usize,
    /// Number of lines.
    pub(crate) lines: usize,
    /// Bytes of the (last) line that belong to the heading; more follows if it is a run-in heading.
    pub(crate) end: usize,
    /// The whole heading in one line.
    pub(crate) text: String,
    /// Its number.
    pub(crate) number: Option<Numbered>,
    /// What made it a heading.
    pub(crate) basis: HeadingBasis,
    /// Level stated by bookmark or markup.
    pub(crate) stated: Option<u8>,
    /// True if text of the same paragraph follows.
    pub(crate) run_in: bool,
    /// Points reached.
    pub(crate) score: f32,
    /// Shape of the title.
    pub(crate) shape: Shape,
    /// True if it is the title of the whole document.
    pub(crate) is_title: bool,
    /// True for a heading inside a section that the author's own outline does not name: it is shown as
    /// a heading but makes no section.
    pub(crate) is_minor: bool,
}

/// What is usual in the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usual {
    /// Type size of the running text; 0 if unknown.
    pub(crate) size: f32,
    /// Running text is bold.
    pub(crate) bold: bool,
    /// Some lines are bold and others are not.
    pub(crate) has_weights: bool,
}

/// Measures the running text.
pub(crate) fn usual(draft: &Draft) -> Usual {
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    let (mut bold, mut all) = (0usize, 0usize);
    for line in draft.lines.iter().filter(|line| matches!(line.kind, LineKind::Text | LineKind::ListItem)) {
        let length = line.text.len();
        *sizes.entry((line.looks.size * 2.0) as u32).or_default() += length;
        all += length;
        bold += if line.looks.bold { length } else { 0 };
    }
    let size = sizes
        .into_iter()
        .max_by_key(|(size, count)| (*count, *size))
        .map_or(0.0, |(size, _)| size as f32 / 2.0);
    Usual { size, bold: bold * 2 > all, has_weights: bold > 0 && bold * 2 <= all }
}

/// Finds the headings of a document, in order.
pub(crate) fn find(draft: &Draft, contents: &PrintedContents) -> Vec<Heading> {
    let usual = usual(draft);
    let scene = Scene { draft, contents, usual, stated: stated_headings(draft), bookmarked: Vec::new() };
    let bookmarks = scene.bookmarks();
    let mut found: Vec<Heading> = Vec::new();
    let mut index = 0;
    let scene = Scene {
        bookmarked: bookmarks.iter().map(|heading| style_of(&draft.lines[heading.line])).collect(),
        ..scene
    };
    let mut by_line: HashMap<usize, Heading> =
        bookmarks.into_iter().map(|heading| (heading.line, heading)).collect();
    let mut doubtful: Vec<Heading> = Vec::new();
    while index < draft.lines.len() {
        let heading = by_line.remove(&index).or_else(|| scene.judge(index, &mut doubtful));
        index += match &heading {
            Some(heading) => heading.lines,
            None => 1,
        };
        found.extend(heading);
    }
    scene.add_alike(&mut found, doubtful);
    super::sequence::prune(&mut found, |heading| contents.lists(&heading.text));
    scene.keep_document_title(&mut found);
    scene.follow_author(&mut found);
    found
}

fn stated_headings(draft: &Draft) -> usize {
    draft.lines.iter().filter(|line| matches!(line.kind, LineKind::Heading(_))).count()
}

/// Looks by which headings of one kind are recognised.
type Style = (u32, bool, bool, bool);

fn style_of(line: &Line) -> Style {
    ((line.looks.size * 2.0) as u32, line.looks.bold, line.looks.italic, shape(&line.text).capitals)
}

/// A draft with what is known about it as a whole.
pub(super) struct Scene<'a> {
    pub(super) draft: &'a Draft,
    pub(super) contents: &'a PrintedContents,
    pub(super) usual: Usual,
    /// Headings stated by the format's markup.
    pub(super) stated: usize,
    /// Styles of bookmarked headings.
    pub(super) bookmarked: Vec<Style>,
}

impl Scene<'_> {
    pub(super) fn joined(&self, index: usize, lines: usize) -> String {
        let end = (index + lines).min(self.draft.lines.len());
        self.draft.lines[index..end].iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn heading(&self, line: usize, lines: usize, text: String, basis: HeadingBasis) -> Heading {
        let number =
            numbering::parse(&text).filter(|number| number.title < text.len() || number.kind.is_worded());
        let title = number.as_ref().map_or(0, |number| number.title);
        let shape = shape(&text[title..]);
        let end = self.draft.lines[line + lines - 1].text.len();
        Heading {
            line,
            lines,
            end,
            text,
            number,
            basis,
            stated: None,
            run_in: false,
            score: 0.0,
            shape,
            is_title: false,
            is_minor: false,
        }
    }

    /// Judges the line at `index` by markup, number and looks.
    fn judge(&self, index: usize, doubtful: &mut Vec<Heading>) -> Option<Heading> {
        let line = &self.draft.lines[index];
        match line.kind {
            LineKind::Heading(level) => self.judge_stated(index, level),
            LineKind::Text | LineKind::ListItem => {
                let lines = self.extent(index);
                let text = self.joined(index, lines);
                let mut heading = self.heading(index, lines, text, HeadingBasis::Typography);
                heading.score = self.score(&heading);
                if heading.score >= self.threshold(&heading) {
                    if heading.number.is_some() {
                        heading.basis = HeadingBasis::Numbering;
                    }
                    return Some(heading);
                }
                let run_in = self.judge_run_in(index);
                if run_in.is_none() && heading.score >= self.threshold(&heading) - ALIKE {
                    doubtful.push(heading);
                }
                run_in
            }
            _ => None,
        }
    }

    /// Adds lines that almost are headings and are set as several sure headings are: in capitals or
    /// larger type, with the same sign at the end.
    fn add_alike(&self, found: &mut Vec<Heading>, doubtful: Vec<Heading>) {
        let setting = |heading: &Heading| {
            let line = &self.draft.lines[heading.line];
            let distinct = heading.shape.capitals || self.is_set_apart(line) || heading.number.is_some();
            let kind = heading.number.as_ref().map(|number| (number.kind, number.depth));
            distinct.then(|| {
                (style_of(line), matches!(heading.shape.end, '.' | ':').then_some(heading.shape.end), kind)
            })
        };
        let mut known: HashMap<_, usize> = HashMap::new();
        for heading in found.iter().filter(|heading| !heading.run_in) {
            if let Some(setting) = setting(heading) {
                *known.entry(setting).or_default() += 1;
            }
        }
        found.extend(doubtful.into_iter().filter(|heading| {
            setting(heading)
                .is_some_and(|setting| known.get(&setting).is_some_and(|count| *count >= KNOWN_STYLE))
        }));
        found.sort_by_key(|heading| heading.line);
        found.dedup_by(|later, earlier| later.line < earlier.line + earlier.lines);
    }

    /// Where the file states its headings, lines that it does not state need more points.
    fn threshold(&self, heading: &Heading) -> f32 {
        let numbered =
            heading.number.as_ref().is_some_and(|number| number.depth > 1 || number.kind.is_worded());
        let line = &self.draft.lines[heading.line];
        if !self.bookmarked.is_empty() {
            return if numbered || self.bookmarked.contains(&style_of(line)) {
                THRESHOLD + 0.8
            } else {
                f32::MAX
            };
        }
        if self.stated >= 3 { THRESHOLD + 1.5 } else { THRESHOLD }
    }

    /// Markup is believed unless the line is a caption, a sentence or a list entry.
    fn judge_stated(&self, index: usize, level: u8) -> Option<Heading> {
        let line = &self.draft.lines[index];
        let mut heading = self.heading(index, 1, line.text.clone(), HeadingBasis::Markup);
        let sentence = heading.shape.words > 25 || heading.shape.characters > LONGEST + 50;
        let lettered = line.text.chars().filter(|c| c.is_alphabetic()).count();
        if headings::is_caption(&line.text) || sentence || lettered < 2 || headings::is_bulleted(&line.text) {
            return None;
        }
        heading.stated = Some(level);
        heading.score = 9.0;
        Some(heading)
    }

    fn judge_run_in(&self, index: usize) -> Option<Heading> {
        let line = &self.draft.lines[index];
        if !self.begins_paragraph(index) || !self.bookmarked.is_empty() || headings::is_bulleted(&line.text) {
            return None;
        }
        let found = run_in::run_in(&line.text, line.looks.lead)?;
        let text = line.text[..found.end].to_owned();
        if headings::is_caption(&text) {
            return None;
        }
        let mut heading = self.heading(index, 1, text, HeadingBasis::Typography);
        let set_apart = line.looks.lead > found.title + 2;
        let numbered = heading.number.as_ref().is_some_and(|number| !number.kind.is_list_like());
        let length = self.paragraph_length(index);
        let listed = self.contents.lists(&heading.text);
        let convinced = listed
            || (numbered && length >= 120)
            || (set_apart && length >= 60 && line.kind == LineKind::Text)
            || length >= 240;
        if !convinced || (self.stated >= 3 && !listed && !set_apart) {
            return None;
        }
        heading.end = found.end;
        heading.run_in = true;
        heading.score = THRESHOLD;
        if numbered {
            heading.basis = HeadingBasis::Numbering;
        }
        Some(heading)
    }

    /// Characters of the paragraph that begins at `index`.
    fn paragraph_length(&self, index: usize) -> usize {
        let mut length = 0;
        for (offset, line) in self.draft.lines[index..].iter().enumerate().take(12) {
            if offset > 0 && (line.gap || line.kind != LineKind::Text) {
                break;
            }
            length += line.text.chars().count();
            if !self.draft.printed_lines {
                break;
            }
        }
        length
    }

    pub(super) fn before(&self, index: usize) -> Option<&Line> {
        self.draft.lines[..index].iter().rev().take(8).find(|line| line.kind != LineKind::RunningHead)
    }

    pub(super) fn after(&self, index: usize) -> Option<&Line> {
        self.draft.lines.get(index..)?.iter().take(8).find(|line| line.kind != LineKind::RunningHead)
    }

    /// True unless the line goes on with the sentence of the line before.
    pub(super) fn begins_paragraph(&self, index: usize) -> bool {
        let line = &self.draft.lines[index];
        if line.gap || !self.draft.printed_lines {
            return true;
        }
        self.before(index).is_none_or(|before| {
            !before.full || before.text.ends_with(['.', ':', '!', '?']) || before.kind != LineKind::Text
        })
    }

    /// How many lines the heading at `index` would take: titles run on in the same style.
    fn extent(&self, index: usize) -> usize {
        if !self.draft.printed_lines {
            return 1;
        }
        let first = &self.draft.lines[index];
        let first_shape = shape(&first.text);
        // The contents list knows where a title ends.
        for lines in [3, 2] {
            let rest = self.draft.lines.get(index + 1..index + lines);
            let one_title = rest.is_some_and(|rest| {
                rest.iter().all(|next| {
                    next.kind == LineKind::Text
                        && next.page == first.page
                        && next.text.chars().count() <= 100
                        && numbering::parse(&next.text).is_none()
                })
            });
            if one_title
                && numbering::parse(&first.text).is_some()
                && self.contents.lists(&self.joined(index, lines))
            {
                return lines;
            }
        }
        let mut lines = 1;
        let mut length = first.text.chars().count();
        while lines < 3 {
            let (last, Some(next)) =
                (&self.draft.lines[index + lines - 1], self.draft.lines.get(index + lines))
            else {
                break;
            };
            let next_shape = shape(&next.text);
            length += next_shape.characters;
            let closed = last.text.ends_with(['.', ':', ';', '!', '?']);
            if next.gap
                || closed
                || next.kind != LineKind::Text
                || length > LONGEST
                || numbering::parse(&next.text).is_some_and(|n| n.title > 0)
                || headings::is_bulleted(&next.text)
            {
                break;
            }
            let same_looks = next.looks.size == first.looks.size && next.looks.bold == first.looks.bold;
            let wraps = last.full
                || shape(&last.text).dangling
                || last.text.ends_with(',')
                || last.text.chars().count() >= 45;
            let both_capitals = first_shape.capitals && next_shape.capitals && wraps && !next_shape.is_noise;
            let set_apart =
                self.is_set_apart(first) && same_looks && next_shape.capitals == first_shape.capitals;
            let gap_after = self.draft.lines.get(index + lines + 1).is_none_or(|after| after.gap);
            let runs_over = (last.full || shape(&last.text).dangling)
                && gap_after
                && first_shape.title_case
                && (next_shape.title_case || next.text.ends_with(':'));
            if !(both_capitals || set_apart || runs_over) {
                break;
            }
            lines += 1;
        }
        lines
    }

    pub(super) fn is_set_apart(&self, line: &Line) -> bool {
        let larger = self.usual.size > 0.0 && line.looks.size >= self.usual.size * 1.08;
        larger || (line.looks.bold && self.usual.has_weights)
    }
}
