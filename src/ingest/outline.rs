//! Which lines are headings? Bookmarks first, then markup, then numbers, then looks and position.
//!
//! Every line gets points for and against; the printed contents list confirms. Levels are given
//! afterwards by `levels`. Works on a draft in which running heads and contents pages are marked.

use std::collections::{HashMap, HashSet};

use crate::domain::document::HeadingBasis;

use super::contents::{PrintedContents, key, title_key};
use super::draft::{Draft, Line, LineKind};
use super::headings::{self, Shape, shape};
use super::numbering::{self, NumberKind, Numbered};

/// Points a line needs to be a heading.
const THRESHOLD: f32 = 2.0;
/// Points that a line may lack if it is set like other headings of the document.
const ALIKE: f32 = 0.7;
/// Headings of one style that make the style known.
const KNOWN_STYLE: usize = 4;
/// Longest heading in characters.
const LONGEST: usize = 200;

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
    let size = sizes.into_iter().max_by_key(|(size, count)| (*count, *size)).map_or(0.0, |(size, _)| size as f32 / 2.0);
    Usual { size, bold: bold * 2 > all, has_weights: bold > 0 && bold * 2 <= all }
}

/// Finds the headings of a document, in order.
pub(crate) fn find(draft: &Draft, contents: &PrintedContents) -> Vec<Heading> {
    let usual = usual(draft);
    let scene = Scene { draft, contents, usual, stated: stated_headings(draft), bookmarked: Vec::new() };
    let bookmarks = scene.bookmarks();
    let mut found: Vec<Heading> = Vec::new();
    let mut index = 0;
    let scene = Scene { bookmarked: bookmarks.iter().map(|heading| style_of(&draft.lines[heading.line])).collect(), ..scene };
    let mut by_line: HashMap<usize, Heading> = bookmarks.into_iter().map(|heading| (heading.line, heading)).collect();
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
    super::sequence::prune(&mut found, draft);
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

struct Scene<'a> {
    draft: &'a Draft,
    contents: &'a PrintedContents,
    usual: Usual,
    /// Headings stated by the format's markup.
    stated: usize,
    /// Styles of bookmarked headings.
    bookmarked: Vec<Style>,
}

impl Scene<'_> {
    /// Matches bookmarks to lines, fuzzily, by title and page.
    fn bookmarks(&self) -> Vec<Heading> {
        let mut found: Vec<Heading> = Vec::new();
        let mut from = 0;
        for bookmark in &self.draft.bookmarks {
            let wanted = key(&bookmark.title);
            if wanted.is_empty() {
                continue;
            }
            let candidates = (from..self.draft.lines.len()).filter(|&index| {
                let line = &self.draft.lines[index];
                let near = bookmark.page.is_none_or(|page| line.page + 1 >= page && line.page <= page + 1);
                near && matches!(line.kind, LineKind::Text | LineKind::Heading(_) | LineKind::ListItem | LineKind::TableRow)
            });
            let mut best: Option<(f32, usize, usize)> = None;
            for index in candidates {
                for lines in 1..=3 {
                    let text = self.joined(index, lines);
                    let similarity = similarity(&key(&text), &wanted);
                    if similarity >= 0.85 && best.is_none_or(|(score, ..)| similarity > score + 0.001) {
                        best = Some((similarity, index, lines));
                    }
                }
            }
            if let Some((_, index, lines)) = best {
                let text = self.joined(index, lines);
                let mut heading = self.heading(index, lines, text, HeadingBasis::Bookmark);
                heading.stated = Some(bookmark.level);
                heading.score = 10.0;
                from = index + lines;
                found.push(heading);
            }
        }
        // Bookmarks that match almost nothing belong to something else (a template, another file).
        if found.len() * 3 < self.draft.bookmarks.len() { Vec::new() } else { found }
    }

    fn joined(&self, index: usize, lines: usize) -> String {
        let end = (index + lines).min(self.draft.lines.len());
        self.draft.lines[index..end].iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn heading(&self, line: usize, lines: usize, text: String, basis: HeadingBasis) -> Heading {
        let number = numbering::parse(&text).filter(|number| number.title < text.len() || number.kind.is_worded());
        let title = number.as_ref().map_or(0, |number| number.title);
        let shape = shape(&text[title..]);
        let end = self.draft.lines[line + lines - 1].text.len();
        Heading { line, lines, end, text, number, basis, stated: None, run_in: false, score: 0.0, shape, is_title: false, is_minor: false }
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
            distinct.then(|| (style_of(line), matches!(heading.shape.end, '.' | ':').then_some(heading.shape.end), kind))
        };
        let mut known: HashMap<_, usize> = HashMap::new();
        for heading in found.iter().filter(|heading| !heading.run_in) {
            if let Some(setting) = setting(heading) {
                *known.entry(setting).or_default() += 1;
            }
        }
        found.extend(doubtful.into_iter().filter(|heading| setting(heading).is_some_and(|setting| known.get(&setting).is_some_and(|count| *count >= KNOWN_STYLE))));
        found.sort_by_key(|heading| heading.line);
        found.dedup_by(|later, earlier| later.line < earlier.line + earlier.lines);
    }

    /// Where the file states its headings, lines that it does not state need more points.
    fn threshold(&self, heading: &Heading) -> f32 {
        let numbered = heading.number.as_ref().is_some_and(|number| number.depth > 1 || number.kind.is_worded());
        let line = &self.draft.lines[heading.line];
        if !self.bookmarked.is_empty() {
            return if numbered || self.bookmarked.contains(&style_of(line)) { THRESHOLD + 0.8 } else { f32::MAX };
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
        let found = headings::run_in(&line.text, line.looks.lead)?;
        let text = line.text[..found.end].to_owned();
        if headings::is_caption(&text) {
            return None;
        }
        let mut heading = self.heading(index, 1, text, HeadingBasis::Typography);
        let set_apart = line.looks.lead > found.title + 2;
        let numbered = heading.number.as_ref().is_some_and(|number| !number.kind.is_list_like());
        let length = self.paragraph_length(index);
        let listed = self.contents.lists(&heading.text);
        let convinced = listed || (numbered && length >= 120) || (set_apart && length >= 60 && line.kind == LineKind::Text) || length >= 240;
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

    fn before(&self, index: usize) -> Option<&Line> {
        self.draft.lines[..index].iter().rev().take(8).find(|line| line.kind != LineKind::RunningHead)
    }

    fn after(&self, index: usize) -> Option<&Line> {
        self.draft.lines.get(index..)?.iter().take(8).find(|line| line.kind != LineKind::RunningHead)
    }

    /// True unless the line goes on with the sentence of the line before.
    fn begins_paragraph(&self, index: usize) -> bool {
        let line = &self.draft.lines[index];
        if line.gap || !self.draft.printed_lines {
            return true;
        }
        self.before(index).is_none_or(|before| !before.full || before.text.ends_with(['.', ':', '!', '?']) || before.kind != LineKind::Text)
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
            let one_title = rest.is_some_and(|rest| rest.iter().all(|next| next.kind == LineKind::Text && next.page == first.page && next.text.chars().count() <= 100 && numbering::parse(&next.text).is_none()));
            if one_title && numbering::parse(&first.text).is_some() && self.contents.lists(&self.joined(index, lines)) {
                return lines;
            }
        }
        let mut lines = 1;
        let mut length = first.text.chars().count();
        while lines < 3 {
            let (last, Some(next)) = (&self.draft.lines[index + lines - 1], self.draft.lines.get(index + lines)) else { break };
            let next_shape = shape(&next.text);
            length += next_shape.characters;
            let closed = last.text.ends_with(['.', ':', ';', '!', '?']);
            if next.gap || closed || next.kind != LineKind::Text || length > LONGEST || numbering::parse(&next.text).is_some_and(|n| n.title > 0) || headings::is_bulleted(&next.text) {
                break;
            }
            let same_looks = next.looks.size == first.looks.size && next.looks.bold == first.looks.bold;
            let wraps = last.full || shape(&last.text).dangling || last.text.ends_with(',') || last.text.chars().count() >= 45;
            let both_capitals = first_shape.capitals && next_shape.capitals && wraps && !next_shape.is_noise;
            let set_apart = self.is_set_apart(first) && same_looks && next_shape.capitals == first_shape.capitals;
            let gap_after = self.draft.lines.get(index + lines + 1).is_none_or(|after| after.gap);
            let runs_over = (last.full || shape(&last.text).dangling) && gap_after && first_shape.title_case && (next_shape.title_case || next.text.ends_with(':'));
            if !(both_capitals || set_apart || runs_over) {
                break;
            }
            lines += 1;
        }
        lines
    }

    fn is_set_apart(&self, line: &Line) -> bool {
        let larger = self.usual.size > 0.0 && line.looks.size >= self.usual.size * 1.08;
        larger || (line.looks.bold && self.usual.has_weights)
    }

    /// Points for and against.
    fn score(&self, heading: &Heading) -> f32 {
        let line = &self.draft.lines[heading.line];
        let s = &heading.shape;
        let text = &heading.text;
        let listed = self.contents.lists(text);
        if text.chars().count() > LONGEST || s.words > 25 || (s.words == 0 && heading.number.is_none()) || headings::is_bulleted(text) || headings::is_caption(text) {
            return -9.0;
        }
        let bare_worded = heading.number.as_ref().is_some_and(|number| number.kind.is_worded() && number.title == text.len());
        if !listed && ((s.is_noise && !bare_worded) || (s.lower_start && heading.number.as_ref().is_none_or(|number| number.depth < 2))) {
            return -9.0;
        }
        if matches!(s.end, ',' | ';') || (s.dangling && !listed) {
            return -9.0;
        }
        let mut points = self.points_of_number(heading) + self.points_of_looks(line, s) + self.points_of_place(heading);
        points += if listed { 2.5 } else { 0.0 };
        points += match s.end {
            '.' if s.capitals => -0.2,
            '.' if s.words <= 6 && s.title_case => -0.1,
            '.' => -1.8,
            ':' if s.words <= 14 => 0.5,
            '?' | '!' => -0.8,
            _ => 0.0,
        };
        if s.words > 14 {
            points -= 1.0;
        }
        // `Label: value` is a form field.
        let title = heading.number.as_ref().map_or(text.as_str(), |number| &text[number.title..]);
        if title.trim_end_matches(':').contains(": ") && !listed {
            points -= 1.6;
        }
        points
    }

    fn points_of_number(&self, heading: &Heading) -> f32 {
        let Some(number) = &heading.number else { return 0.0 };
        let s = &heading.shape;
        let title_like = s.capitals || s.title_case || s.caseless;
        match number.kind {
            kind if kind.is_worded() => if number.title == heading.text.len() || title_like { 2.6 } else { 1.6 },
            NumberKind::Decimal if number.depth >= 2 && number.marked => if title_like { 2.4 } else if s.words <= 10 && s.end != '.' { 1.7 } else { 0.2 },
            NumberKind::Decimal if number.marked => if title_like { 1.2 } else if s.words <= 8 && s.end != '.' { 0.5 } else { -1.0 },
            NumberKind::Decimal => if title_like { 0.4 } else { -0.6 },
            NumberKind::Roman | NumberKind::UpperLetter | NumberKind::KoreanLetter => if title_like { 1.2 } else if s.end != '.' { 0.4 } else { -0.8 },
            _ => if title_like && s.words <= 8 { -0.2 } else { -1.5 },
        }
    }

    fn points_of_looks(&self, line: &Line, s: &Shape) -> f32 {
        let mut points = 0.0;
        if s.capitals && s.characters >= 4 {
            points += 1.2;
        } else if s.title_case {
            points += 0.7;
        } else if s.caseless {
            points += 0.3;
        }
        if self.usual.size > 0.0 {
            let ratio = line.looks.size / self.usual.size;
            points += match ratio {
                _ if ratio >= 1.3 => 2.2,
                _ if ratio >= 1.08 => 1.4,
                _ if ratio <= 0.85 => -1.5,
                _ => 0.0,
            };
        }
        if self.usual.has_weights {
            points += if line.looks.bold {
                1.5
            } else if !s.capitals && !line.looks.italic && line.looks.size <= self.usual.size {
                -0.8
            } else {
                -0.3
            };
        } else if line.looks.bold && !self.usual.bold {
            points += 1.0;
        }
        if line.looks.underlined || line.looks.italic {
            points += 0.6;
        }
        if line.looks.centred {
            points += 0.3;
        }
        points
    }

    fn points_of_place(&self, heading: &Heading) -> f32 {
        let line = &self.draft.lines[heading.line];
        let next_at = heading.line + heading.lines;
        let mut points = 0.0;
        let sentence_over = self.before(heading.line).is_none_or(|before| before.text.ends_with(['.', ':', '!', '?', ';']) || before.kind != LineKind::Text);
        if line.gap || (sentence_over && !line.full) {
            points += 0.6;
        } else if !self.begins_paragraph(heading.line) {
            points -= 2.5;
        }
        // The sentence goes on in the next line: an item of a list, or the first line of a paragraph.
        let last = &self.draft.lines[next_at - 1];
        let unmarked = !self.is_set_apart(line);
        if unmarked && last.full && self.draft.lines.get(next_at).is_some_and(|next| !next.gap && next.kind == LineKind::Text) && !heading.shape.capitals {
            points -= 1.5;
        }
        let after = self.after(next_at);
        match after {
            Some(next) => {
                if next.gap {
                    points += 0.4;
                }
                let next_shape = shape(&next.text);
                let prose = next_shape.characters >= 45 && next_shape.words >= 6 && !next_shape.lower_start;
                let goes_on = !next.gap && next_shape.lower_start && self.draft.printed_lines;
                points += if goes_on {
                    -2.0
                } else if self.leads_to_heading(next_at) {
                    0.6
                } else if next.kind == LineKind::TableRow {
                    0.0
                } else if prose || headings::is_bulleted(&next.text) {
                    0.8
                } else if numbering::parse(&next.text).is_some_and(|n| n.title > 0) || next.kind != LineKind::Text {
                    0.3
                } else {
                    -0.2
                };
            }
            None => points -= 0.5,
        }
        let numbered = heading.number.as_ref().is_some_and(|number| !number.kind.is_list_like());
        points - self.crowd(heading) * if numbered { 0.5 } else { 1.0 } - self.near_signature(heading)
    }

    /// True if the next line is itself a title with running text below.
    fn leads_to_heading(&self, next_at: usize) -> bool {
        let (Some(next), Some(after)) = (self.draft.lines.get(next_at), self.after(next_at + 1)) else { return false };
        let s = shape(&next.text);
        let below = shape(&after.text);
        next.kind == LineKind::Text && (s.title_case || s.capitals) && s.words <= 8 && !s.is_noise && !matches!(s.end, '.' | ',') && below.characters >= 45 && below.words >= 6 && !below.lower_start
    }

    /// Names and offices stand around signatures; they are no titles.
    fn near_signature(&self, heading: &Heading) -> f32 {
        let from = heading.line.saturating_sub(2);
        let to = (heading.line + heading.lines + 2).min(self.draft.lines.len());
        let signed = self.draft.lines[from..to].iter().any(|line| {
            let text = line.text.to_lowercase();
            line.text.contains("____") || text.starts_with("/s/") || text.starts_with("//") || text == "date" || text == "signature" || text.starts_with("date:") || text.starts_with("signature:")
        });
        if signed { 1.2 } else { 0.0 }
    }

    /// Short lines all around make a map, an address or a list of names, where titles are no titles.
    fn crowd(&self, heading: &Heading) -> f32 {
        if !self.draft.printed_lines {
            return 0.0;
        }
        let from = heading.line.saturating_sub(3);
        let to = (heading.line + heading.lines + 3).min(self.draft.lines.len());
        let around = (from..heading.line).chain(heading.line + heading.lines..to);
        let (mut short, mut all) = (0usize, 0usize);
        for index in around {
            let line = &self.draft.lines[index];
            if line.kind == LineKind::RunningHead {
                continue;
            }
            all += 1;
            short += usize::from(line.text.chars().count() < 40 && !line.gap && line.kind != LineKind::Heading(1));
        }
        if all >= 4 && short * 4 >= all * 3 { 1.6 } else if all >= 3 && short * 2 > all { 0.6 } else { 0.0 }
    }

    /// The title of a short form is its outermost heading; a report with numbered chapters needs none.
    fn keep_document_title(&self, found: &mut Vec<Heading>) {
        let chapters = found.iter().filter(|heading| {
            heading.number.as_ref().is_some_and(|number| {
                matches!(number.kind, NumberKind::Chapter | NumberKind::Division) || (matches!(number.kind, NumberKind::Decimal | NumberKind::Roman) && number.depth == 1 && !heading.run_in)
            })
        });
        let has_chapters = chapters.count() >= 2 || !self.bookmarked.is_empty() || self.stated >= 3;
        let first_numbered = found.iter().position(|heading| heading.number.as_ref().is_some_and(|number| number.kind != NumberKind::Appendix) || self.contents.lists(&heading.text));
        if has_chapters {
            // Headings before the first chapter belong to the cover, unless text follows them.
            if let Some(first) = first_numbered {
                let keep: Vec<bool> = (0..found.len()).map(|at| at >= first || found[at].basis == HeadingBasis::Bookmark || self.has_body(found, at)).collect();
                let mut keep = keep.into_iter();
                found.retain(|_| keep.next().unwrap_or(true));
            }
            return;
        }
        let top = self.draft.lines.len().min(45);
        let title = (0..top).find(|&index| {
            let line = &self.draft.lines[index];
            let s = shape(&line.text);
            matches!(line.kind, LineKind::Text | LineKind::Heading(_)) && headings::names_a_document(&line.text) && (s.capitals || s.title_case) && s.words <= 14 && s.end != '.' && !line.text.contains(". ") && numbering::parse(&line.text).is_none()
        });
        let Some(index) = title else { return };
        let at = found.partition_point(|heading| heading.line < index);
        if found.get(at).is_none_or(|heading| heading.line != index) {
            let heading = self.heading(index, 1, self.draft.lines[index].text.clone(), HeadingBasis::Typography);
            found.insert(at, heading);
        }
        found.drain(..at);
        // Printed again on the next page, it is no second title.
        let title = key(&found[0].text);
        let mut position = 0;
        found.retain(|heading| {
            position += 1;
            position == 1 || key(&heading.text) != title
        });
        found[0].is_title = true;
        found[0].run_in = false;
        found[0].end = self.draft.lines[index + found[0].lines - 1].text.len();
    }
}

impl Scene<'_> {
    /// True if running text stands between a heading and the next one.
    fn has_body(&self, found: &[Heading], at: usize) -> bool {
        let from = found[at].line + found[at].lines;
        let to = found.get(at + 1).map_or(self.draft.lines.len(), |next| next.line);
        let prose = |line: &Line| line.kind == LineKind::Text && line.text.chars().count() >= 60 && line.text.split(' ').count() >= 8;
        self.draft.lines[from.min(to)..to].iter().filter(|line| prose(line)).count() >= 2 || headings::is_outermost_title(&found[at].text)
    }

    /// Where the author gives an outline (bookmarks, or a contents list that the body follows), headings
    /// outside it make no sections unless their numbers go on from it.
    fn follow_author(&self, found: &mut Vec<Heading>) {
        let listed = found.iter().filter(|heading| self.contents.lists(&heading.text)).count();
        let has_outline = !self.bookmarked.is_empty() || (listed >= 5 && listed * 10 >= self.contents.entries() * 6);
        if !has_outline {
            return;
        }
        // `Alternative A` under every topic is not the `2.2 Alternative A` of the contents list.
        let numbered_titles: HashSet<String> = found.iter().filter(|heading| heading.number.is_some() && self.contents.lists(&heading.text)).map(|heading| title_key(&heading.text)).collect();
        let is_listed = |heading: &Heading| self.contents.lists(&heading.text) && (heading.number.is_some() || !numbered_titles.contains(&title_key(&heading.text)));
        let known: HashSet<Vec<u32>> = found
            .iter()
            .filter(|heading| heading.basis == HeadingBasis::Bookmark || heading.stated.is_some() || self.contents.lists(&heading.text))
            .filter_map(|heading| heading.number.as_ref().map(|number| outline_path(number)))
            .collect();
        found.retain_mut(|heading| {
            if heading.basis == HeadingBasis::Bookmark || heading.stated.is_some() || is_listed(heading) {
                return true;
            }
            match &heading.number {
                Some(number) if number.kind.is_worded() => true,
                Some(number) if number.kind == NumberKind::Decimal && number.depth >= 2 => {
                    let path = outline_path(number);
                    known.is_empty() || (1..path.len()).any(|length| known.contains(&path[..length]))
                }
                Some(_) => false,
                None if headings::is_outermost_title(&heading.text) => true,
                None => {
                    heading.is_minor = true;
                    !heading.run_in
                }
            }
        });
    }
}

/// The number without trailing zeros: `1.0` is the first chapter as `1` is.
fn outline_path(number: &Numbered) -> Vec<u32> {
    number.path[..usize::from(number.depth).min(number.path.len())].to_vec()
}

/// Share of common character pairs, 0 to 1; equal strings give 1.
pub(crate) fn similarity(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    if short < 4 || short * 10 < long * 6 {
        return 0.0;
    }
    let pairs = |text: &str| -> HashMap<(char, char), i32> {
        let chars: Vec<char> = text.chars().collect();
        let mut pairs = HashMap::new();
        for pair in chars.windows(2) {
            *pairs.entry((pair[0], pair[1])).or_default() += 1;
        }
        pairs
    };
    let (left, right) = (pairs(a), pairs(b));
    let common: i32 = left.iter().map(|(pair, count)| right.get(pair).map_or(0, |other| *count.min(other))).sum();
    let all: i32 = left.values().sum::<i32>() + right.values().sum::<i32>();
    if all == 0 { 0.0 } else { 2.0 * common as f32 / all as f32 }
}
