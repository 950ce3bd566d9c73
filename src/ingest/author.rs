//! What the author says about the outline: bookmarks, the printed contents list, the title.
//!
//! Bookmarks are matched to lines fuzzily, by title and page. Where bookmarks or a contents list that
//! the body follows are there, other headings make no sections of their own.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::domain::document::HeadingBasis;

use super::contents::{key, title_key};
use super::draft::{Bookmark, Line, LineKind};
use super::headings::{self, shape};
use super::numbering::{self, NumberKind, Numbered};
use super::outline::{Heading, Scene};

/// Lines that may be looked at for bookmarks: some seconds, and many times what the largest reports need. Then the
/// file is read without them.
const MOST_WORK: u64 = 500_000_000;
/// Lines that are looked at in the time in which a byte is compared.
const COMPARED_BYTE: u64 = 5;

impl Scene<'_> {
    /// Matches bookmarks to lines, fuzzily, by title and page.
    pub(super) fn bookmarks(&self) -> Vec<Heading> {
        self.bookmarks_within(MOST_WORK)
    }

    /// Headings that bookmarks name; none if it takes more work to find them.
    fn bookmarks_within(&self, most_work: u64) -> Vec<Heading> {
        let bookmarks = &self.draft.bookmarks;
        if bookmarks.is_empty() {
            return Vec::new();
        }
        let lines = &self.draft.lines;
        let keys = lines.iter().map(|line| key(&line.text)).collect();
        let mut comparison = Comparison { lines, keys, work: 0 };
        let mut found: Vec<Heading> = Vec::new();
        let mut from = 0;
        for bookmark in bookmarks {
            // Lines are in page order; without a page the whole rest is looked through, by first letters.
            let (first, last) = bookmark.page.map_or((from, lines.len()), |page| {
                (
                    lines.partition_point(|line| line.page + 1 < page).max(from),
                    lines.partition_point(|line| line.page <= page + 1),
                )
            });
            let best = comparison.most_alike(bookmark, first..last);
            if comparison.work > most_work {
                return Vec::new();
            }
            if let Some((index, lines)) = best {
                let text = self.joined(index, lines);
                let mut heading = self.heading(index, lines, text, HeadingBasis::Bookmark);
                heading.stated = Some(bookmark.level);
                heading.score = 10.0;
                from = index + lines;
                found.push(heading);
            }
        }
        // Bookmarks that match almost nothing belong to something else (a template, another file).
        if found.len() * 3 < bookmarks.len() { Vec::new() } else { found }
    }

    /// The title of a short form is its outermost heading; a report with numbered chapters needs none.
    pub(super) fn keep_document_title(&self, found: &mut Vec<Heading>) {
        // Chapters are of the kind of the first number; lists further down do not make chapters.
        let first_kind = found.iter().find_map(|heading| {
            heading
                .number
                .as_ref()
                .filter(|number| !heading.run_in && number.kind != NumberKind::Appendix && number.depth == 1)
                .map(|number| number.kind)
        });
        let chapters = first_kind
            .filter(|kind| {
                matches!(
                    kind,
                    NumberKind::Chapter | NumberKind::Division | NumberKind::Decimal | NumberKind::Roman
                )
            })
            .map_or(0, |kind| {
                found
                    .iter()
                    .filter(|heading| {
                        !heading.run_in
                            && heading
                                .number
                                .as_ref()
                                .is_some_and(|number| number.kind == kind && number.depth == 1)
                    })
                    .count()
            });
        let has_chapters = chapters >= 2 || !self.bookmarked.is_empty() || self.stated >= 3;
        let first_numbered = found.iter().position(|heading| {
            heading.number.as_ref().is_some_and(|number| number.kind != NumberKind::Appendix)
                || self.contents.lists(&heading.text)
        });
        if has_chapters {
            // Headings before the first chapter belong to the cover, unless text follows them.
            if let Some(first) = first_numbered {
                let keep: Vec<bool> = (0..found.len())
                    .map(|at| {
                        at >= first || found[at].basis == HeadingBasis::Bookmark || self.has_body(found, at)
                    })
                    .collect();
                let mut keep = keep.into_iter();
                found.retain(|_| keep.next().unwrap_or(true));
            }
            return;
        }
        let top = self.draft.lines.len().min(45);
        let title = (0..top).find(|&index| {
            let line = &self.draft.lines[index];
            let s = shape(&line.text);
            matches!(line.kind, LineKind::Text | LineKind::Heading(_))
                && headings::names_a_document(&line.text)
                && (s.capitals || s.title_case)
                && s.words <= 14
                && s.end != '.'
                && !line.text.contains(". ")
                && numbering::parse(&line.text).is_none()
        });
        let Some(index) = title else { return };
        let at = found.partition_point(|heading| heading.line < index);
        if found.get(at).is_none_or(|heading| heading.line != index) {
            let heading =
                self.heading(index, 1, self.draft.lines[index].text.clone(), HeadingBasis::Typography);
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

    /// True if running text stands between a heading and the next one.
    fn has_body(&self, found: &[Heading], at: usize) -> bool {
        let from = found[at].line + found[at].lines;
        let to = found.get(at + 1).map_or(self.draft.lines.len(), |next| next.line);
        let prose = |line: &Line| {
            line.kind == LineKind::Text
                && line.text.chars().count() >= 60
                && line.text.split(' ').count() >= 8
        };
        self.draft.lines[from.min(to)..to].iter().filter(|line| prose(line)).count() >= 2
            || headings::is_outermost_title(&found[at].text)
    }

    /// Where the author gives an outline (bookmarks, or a contents list that the body follows), headings
    /// outside it make no sections unless their numbers go on from it.
    pub(super) fn follow_author(&self, found: &mut Vec<Heading>) {
        let listed = found.iter().filter(|heading| self.contents.lists(&heading.text)).count();
        let has_outline =
            !self.bookmarked.is_empty() || (listed >= 5 && listed * 10 >= self.contents.entries() * 6);
        if !has_outline {
            return;
        }
        // `Alternative A` under every topic is not the `2.2 Alternative A` of the contents list.
        let numbered_titles: HashSet<String> = found
            .iter()
            .filter(|heading| heading.number.is_some() && self.contents.lists(&heading.text))
            .map(|heading| title_key(&heading.text))
            .collect();
        let is_listed = |heading: &Heading| {
            self.contents.lists(&heading.text)
                && (heading.number.is_some() || !numbered_titles.contains(&title_key(&heading.text)))
        };
        let known: HashSet<Vec<u32>> = found
            .iter()
            .filter(|heading| {
                heading.basis == HeadingBasis::Bookmark
                    || heading.stated.is_some()
                    || self.contents.lists(&heading.text)
            })
            .filter_map(|heading| heading.number.as_ref().map(outline_path))
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

/// Compares lines with titles of bookmarks and counts what that costs: many bookmarks that are like many lines would
/// cost more than all the rest of reading.
struct Comparison<'a> {
    lines: &'a [Line],
    /// Letters and digits of each line.
    keys: Vec<String>,
    work: u64,
}

impl Comparison<'_> {
    /// Returns the first and the number of the lines that are most like the title of a bookmark.
    fn most_alike(&mut self, bookmark: &Bookmark, among: Range<usize>) -> Option<(usize, usize)> {
        let wanted = key(&bookmark.title);
        if wanted.is_empty() {
            return None;
        }
        let mut best: Option<(f32, usize, usize)> = None;
        for index in among {
            self.work += 1;
            let fits = matches!(
                self.lines[index].kind,
                LineKind::Text | LineKind::Heading(_) | LineKind::ListItem | LineKind::TableRow
            );
            let own = &self.keys[index];
            let begins_alike = own.chars().zip(wanted.chars()).take(3).all(|(a, b)| a == b);
            if !fits || own.is_empty() || (bookmark.page.is_none() && !begins_alike) {
                continue;
            }
            let mut joined = String::new();
            for (more, next) in self.keys[index..(index + 3).min(self.keys.len())].iter().enumerate() {
                // Too long to be alike, and longer with every line.
                if (joined.len() + next.len()) * 6 > wanted.len() * 10 {
                    break;
                }
                joined.push_str(next);
                if !are_comparable(&joined, &wanted) {
                    continue;
                }
                self.work += COMPARED_BYTE * (joined.len() + wanted.len()) as u64;
                let similarity = similarity(&joined, &wanted);
                if similarity >= 0.85 && best.is_none_or(|(score, ..)| similarity > score + 0.001) {
                    best = Some((similarity, index, more + 1));
                }
            }
        }
        best.map(|(_, index, lines)| (index, lines))
    }
}

/// The number without trailing zeros: `1.0` is the first chapter as `1` is.
fn outline_path(number: &Numbered) -> Vec<u32> {
    number.path[..usize::from(number.depth).min(number.path.len())].to_vec()
}

/// True if strings are equal or may be alike by their lengths.
fn are_comparable(a: &str, b: &str) -> bool {
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    a == b || (short >= 4 && short * 10 >= long * 6)
}

/// Share of common character pairs, 0 to 1; equal strings give 1.
pub(crate) fn similarity(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    if !are_comparable(a, b) {
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
    let common: i32 =
        left.iter().map(|(pair, count)| right.get(pair).map_or(0, |other| *count.min(other))).sum();
    let all: i32 = left.values().sum::<i32>() + right.values().sum::<i32>();
    if all == 0 { 0.0 } else { 2.0 * common as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::MediaType;
    use crate::ingest::contents::PrintedContents;
    use crate::ingest::draft::Draft;
    use crate::ingest::outline::usual;

    /// Titles that are found with that much work, of fifty bookmarks that are like all of fifty lines.
    fn found(most_work: u64) -> Vec<String> {
        let mut draft = Draft::new(MediaType::Pdf);
        for settlement in 1..=50 {
            let title = format!("Impact on settlement {settlement}");
            draft.lines.extend(Line::new(&title, 1, LineKind::Text));
            draft.bookmarks.push(Bookmark { title, page: None, level: 1 });
        }
        let contents = PrintedContents::default();
        let scene = Scene {
            draft: &draft,
            contents: &contents,
            usual: usual(&draft),
            stated: 0,
            bookmarked: Vec::new(),
        };
        scene.bookmarks_within(most_work).into_iter().map(|heading| heading.text).collect()
    }

    #[test]
    fn bookmarks_that_take_too_long_to_find_are_done_without() {
        let all = found(MOST_WORK);
        assert_eq!((all.len(), all[49].as_str()), (50, "Impact on settlement 50"));
        assert!(found(100_000).is_empty());
    }
}
