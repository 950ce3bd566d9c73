//! Points for and against a line's being a heading: its number, its looks, its place.
//!
//! The weights were set on the development corpus and are the same for every format; what a format does
//! not tell (type size, weight) gives no points either way.

use super::draft::{Line, LineKind};
use super::headings::{self, Shape, shape};
use super::noise;
use super::numbering::{self, NumberKind};
use super::outline::{Heading, LONGEST, Scene};

impl Scene<'_> {
    /// Points for and against.
    pub(super) fn score(&self, heading: &Heading) -> f32 {
        let line = &self.draft.lines[heading.line];
        let s = &heading.shape;
        let text = &heading.text;
        let listed = self.contents.lists(text);
        if text.chars().count() > LONGEST
            || s.words > 25
            || (s.words == 0 && heading.number.is_none())
            || headings::is_bulleted(text)
            || headings::is_caption(text)
        {
            return -9.0;
        }
        let bare_worded = heading
            .number
            .as_ref()
            .is_some_and(|number| number.kind.is_worded() && number.title == text.len());
        if !listed
            && ((s.is_noise && !bare_worded)
                || (s.lower_start && heading.number.as_ref().is_none_or(|number| number.depth < 2)))
        {
            return -9.0;
        }
        let amount = heading.number.as_ref().is_some_and(|number| {
            number.kind == NumberKind::Decimal && noise::begins_with_unit(&text[number.title..])
        });
        if matches!(s.end, ',' | ';') || ((s.dangling || amount) && !listed) {
            return -9.0;
        }
        let mut points =
            self.points_of_number(heading) + self.points_of_looks(line, s) + self.points_of_place(heading);
        points += if listed { 2.5 } else { 0.0 };
        // `References`, `Введение`, `결론` on a line of their own need little more.
        if heading.number.is_none() && line.gap && headings::is_outermost_title(text) {
            points += 0.8;
        }
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
        if noise::has_sentence_verb(text) && !listed && !s.title_case && !s.capitals {
            points -= 1.2;
        }
        if heading.number.is_none() && !listed {
            // `(ACEC)` ends a line above, `67 AUMS` is a value, `…, 2007` a reference.
            let starts_badly =
                text.starts_with(['(', ')', '/']) || text.starts_with(|c: char| c.is_ascii_digit());
            points -= if starts_badly || noise::ends_in_year(text) { 1.5 } else { 0.0 };
            points -= if text.contains('|') { 3.0 } else { 0.0 };
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
            kind if kind.is_worded() => {
                if number.title == heading.text.len() || title_like {
                    2.6
                } else {
                    1.6
                }
            }
            NumberKind::Decimal if number.depth >= 2 && number.marked => {
                if title_like {
                    2.4
                } else if s.words <= 10 && s.end != '.' {
                    1.7
                } else {
                    0.2
                }
            }
            NumberKind::Decimal if number.marked => {
                if title_like {
                    1.2
                } else if s.words <= 8 && s.end != '.' {
                    0.5
                } else {
                    -1.0
                }
            }
            NumberKind::Decimal => {
                if title_like {
                    0.4
                } else {
                    -0.6
                }
            }
            NumberKind::Roman | NumberKind::UpperLetter | NumberKind::KoreanLetter => {
                if title_like {
                    1.2
                } else if s.end != '.' {
                    0.4
                } else {
                    -0.8
                }
            }
            _ => {
                if title_like && s.words <= 8 {
                    -0.2
                } else {
                    -1.5
                }
            }
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
        let sentence_over = self.before(heading.line).is_none_or(|before| {
            before.text.ends_with(['.', ':', '!', '?', ';']) || before.kind != LineKind::Text
        });
        if line.gap || (sentence_over && !line.full) {
            points += 0.6;
        } else if !self.begins_paragraph(heading.line) {
            points -= 2.5;
        }
        // The sentence goes on in the next line: an item of a list, or the first line of a paragraph.
        let last = &self.draft.lines[next_at - 1];
        let unmarked = !self.is_set_apart(line);
        if unmarked
            && last.full
            && self.draft.lines.get(next_at).is_some_and(|next| !next.gap && next.kind == LineKind::Text)
            && !heading.shape.capitals
        {
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
                } else if numbering::parse(&next.text).is_some_and(|n| n.title > 0)
                    || next.kind != LineKind::Text
                {
                    0.3
                } else if headings::is_outermost_title(&heading.text) {
                    // Abbreviations and references are short lines by nature.
                    0.0
                } else if heading.number.is_some() || self.is_set_apart(line) || !self.draft.printed_lines {
                    -0.2
                } else if heading.shape.capitals
                    && (heading.shape.words >= 2 || heading.shape.characters >= 10)
                {
                    -0.4
                } else {
                    -0.8
                };
            }
            None => points -= 0.5,
        }
        let numbered = heading.number.as_ref().is_some_and(|number| !number.kind.is_list_like());
        points - self.crowd(heading) * if numbered { 0.5 } else { 1.0 } - self.near_signature(heading)
    }

    /// True if the next line is itself a title with running text below.
    fn leads_to_heading(&self, next_at: usize) -> bool {
        let (Some(next), Some(after)) = (self.draft.lines.get(next_at), self.after(next_at + 1)) else {
            return false;
        };
        let s = shape(&next.text);
        let below = shape(&after.text);
        next.kind == LineKind::Text
            && (s.title_case || s.capitals)
            && s.words <= 8
            && !s.is_noise
            && !matches!(s.end, '.' | ',')
            && below.characters >= 45
            && below.words >= 6
            && !below.lower_start
    }

    /// Names and offices stand around signatures; they are no titles.
    fn near_signature(&self, heading: &Heading) -> f32 {
        let from = heading.line.saturating_sub(2);
        let to = (heading.line + heading.lines + 2).min(self.draft.lines.len());
        let signed = self.draft.lines[from..to].iter().any(|line| {
            let text = line.text.to_lowercase();
            line.text.contains("____")
                || text.starts_with("/s/")
                || text.starts_with("//")
                || text == "date"
                || text == "signature"
                || text.starts_with("date:")
                || text.starts_with("signature:")
        });
        if signed { 1.2 } else { 0.0 }
    }

    /// Short lines all around make a map, an address or a list of names, where titles are no titles.
    fn crowd(&self, heading: &Heading) -> f32 {
        // A list of abbreviations or references is short lines by nature.
        if !self.draft.printed_lines || headings::is_outermost_title(&heading.text) {
            return 0.0;
        }
        let from = heading.line.saturating_sub(3);
        let to = (heading.line + heading.lines + 3).min(self.draft.lines.len());
        let around = (from..heading.line).chain(heading.line + heading.lines..to);
        let (mut short, mut all, mut apart) = (0usize, 0usize, 0usize);
        for index in around {
            let line = &self.draft.lines[index];
            if line.kind == LineKind::RunningHead {
                continue;
            }
            all += 1;
            let is_short = line.text.chars().count() < 40 && !headings::is_bulleted(&line.text);
            short += usize::from(is_short && !line.gap);
            apart += usize::from(is_short);
        }
        if all >= 5 && apart == all {
            return 1.6;
        }
        if all >= 4 && short * 4 >= all * 3 {
            1.6
        } else if all >= 3 && short * 2 > all {
            0.6
        } else {
            0.0
        }
    }
}
