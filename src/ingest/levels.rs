//! How deep is each heading? A stack of open headings; each new one closes those that do not outrank it.
//!
//! Numbers outrank by their kind and depth, unnumbered headings by type size, capitals, weight; levels
//! stated by bookmarks come first. Level 1 is the outermost, a child is exactly one level deeper.

use crate::domain::document::HeadingBasis;

use super::draft::Draft;
use super::headings;
use super::numbering::NumberKind;
use super::outline::Heading;

/// Deepest level given.
const DEEPEST: u8 = 9;

/// What decides between two headings.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rank {
    class: Class,
    size: f32,
    capitals: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    /// Title of the document.
    Title,
    /// Level stated by a bookmark.
    Stated(u8),
    /// Level stated by markup, without a number.
    Markup(u8),
    /// Printed number.
    Number(NumberKind, u8),
    /// Unnumbered title that always stands outermost.
    Outermost,
    /// Looks only: prominence, larger is outer.
    Looks(u32),
}

/// Gives every heading its level.
pub(crate) fn assign(found: &[Heading], draft: &Draft) -> Vec<u8> {
    let stated_reliable = markup_is_reliable(found);
    let chapters = found
        .iter()
        .any(|heading| heading.number.as_ref().is_some_and(|number| number.kind == NumberKind::Chapter));
    let mut stack: Vec<(Rank, u8)> = Vec::new();
    let mut levels = Vec::with_capacity(found.len());
    let flat_bookmarks = bookmarks_are_flat(found);
    let titled = found.iter().any(|heading| heading.is_title);
    for heading in found {
        if heading.is_minor {
            levels.push(DEEPEST);
            continue;
        }
        let rank = rank(heading, draft, stated_reliable && !flat_bookmarks, chapters, flat_bookmarks, titled);
        close(&mut stack, rank);
        let level = stack.last().map_or(1, |(_, level)| level + 1).min(DEEPEST);
        stack.push((rank, level));
        levels.push(level);
    }
    levels
}

/// Bookmarks that all stand on one level say nothing about depth if some titles are numbered and others
/// are not.
fn bookmarks_are_flat(found: &[Heading]) -> bool {
    let marked: Vec<&Heading> =
        found.iter().filter(|heading| heading.basis == HeadingBasis::Bookmark).collect();
    let numbered = marked.iter().filter(|heading| heading.number.is_some()).count();
    marked.len() >= 3
        && marked.windows(2).all(|pair| pair[0].stated == pair[1].stated)
        && numbered >= 2
        && numbered < marked.len()
}

/// Markup levels are believed only if they agree with the numbers where both are there.
fn markup_is_reliable(found: &[Heading]) -> bool {
    let (mut agree, mut all) = (0usize, 0usize);
    let both: Vec<(u8, u8)> = found
        .iter()
        .filter_map(|heading| {
            let number = heading.number.as_ref().filter(|number| number.kind == NumberKind::Decimal)?;
            Some((heading.stated?, number.depth))
        })
        .collect();
    for (index, (stated, depth)) in both.iter().enumerate() {
        for (other_stated, other_depth) in &both[index + 1..both.len().min(index + 12)] {
            all += 1;
            agree += usize::from(stated.cmp(other_stated) == depth.cmp(other_depth));
        }
    }
    agree * 10 >= all * 8
}

fn rank(
    heading: &Heading,
    draft: &Draft,
    stated_reliable: bool,
    chapters: bool,
    flat_bookmarks: bool,
    titled: bool,
) -> Rank {
    let line = &draft.lines[heading.line];
    let title = heading.number.as_ref().map_or(heading.text.as_str(), |number| &heading.text[number.title..]);
    let bookmark = heading.basis == HeadingBasis::Bookmark;
    let stated = heading.stated.filter(|_| !(bookmark && flat_bookmarks));
    let class = match (&heading.number, stated) {
        _ if heading.is_title => Class::Title,
        (_, Some(level)) if bookmark => Class::Stated(level),
        (Some(number), stated) if !(stated.is_some() && stated_reliable) => {
            let inner = u8::from(chapters && number.kind == NumberKind::Decimal && number.depth == 1);
            // `3.1` under `Chapter 3` is one below the chapter, as `3.1` is one below `3.`.
            let depth = if number.kind == NumberKind::Decimal { number.depth + inner } else { 1 };
            Class::Number(number.kind, depth.max(1))
        }
        (_, Some(level)) => Class::Markup(level),
        (None, None)
            if !titled && headings::is_outermost_title(title) && !heading.run_in && !title.ends_with(':') =>
        {
            Class::Outermost
        }
        _ => Class::Looks(prominence(
            heading,
            line.looks.bold,
            line.looks.size,
            line.looks.underlined,
            line.looks.italic,
        )),
    };
    Rank { class, size: line.looks.size, capitals: heading.shape.capitals }
}

fn prominence(heading: &Heading, bold: bool, size: f32, underlined: bool, italic: bool) -> u32 {
    let mut points = (size.clamp(0.0, 200.0) * 2.0) as u32 * 16;
    points += if heading.shape.capitals { 8 } else { 0 };
    points += if bold { 4 } else { 0 };
    points += if italic { 0 } else { 2 };
    points += u32::from(underlined);
    if heading.run_in { points / 2 } else { points }
}

/// Closes open headings until the one on top outranks the new one.
fn close(stack: &mut Vec<(Rank, u8)>, new: Rank) {
    // A number of a kind that is open goes back to its own kind, whatever stands in between.
    if let Class::Number(kind, depth) = new.class
        && let Some(position) = stack.iter().position(|(open, _)| matches!(open.class, Class::Number(other, other_depth) if other == kind && other_depth >= depth))
    {
        stack.truncate(position);
        return;
    }
    while let Some((top, _)) = stack.last() {
        if outranks(*top, new, stack) {
            break;
        }
        stack.pop();
    }
}

fn outranks(top: Rank, new: Rank, stack: &[(Rank, u8)]) -> bool {
    let larger = |a: Rank, b: Rank| a.size > 0.0 && b.size > 0.0 && a.size > b.size * 1.06;
    match (top.class, new.class) {
        (Class::Title, Class::Number(NumberKind::Appendix, _)) => false,
        (Class::Title, _) => true,
        (_, Class::Title) => false,
        (Class::Stated(a), Class::Stated(b)) => a < b,
        (Class::Stated(_), _) => true,
        (_, Class::Stated(_)) => false,
        (Class::Markup(a), Class::Markup(b)) => a < b,
        (Class::Outermost, Class::Outermost) => false,
        (Class::Outermost, Class::Number(kind, depth)) => {
            !(kind.is_worded() || depth == 1 || stack.len() > 1)
        }
        (Class::Outermost, _) => !larger(new, top),
        (_, Class::Outermost) => false,
        (Class::Number(a, depth_a), Class::Number(b, depth_b)) => {
            if a == b {
                depth_a < depth_b
            } else {
                group(a) < group(b)
            }
        }
        (Class::Number(..), Class::Looks(_) | Class::Markup(_)) => !larger(new, top),
        (Class::Looks(_) | Class::Markup(_), Class::Number(kind, depth)) => {
            // An unnumbered heading holds numbered ones only if none of their kind is outside it.
            let outside = stack.iter().any(|(open, _)| matches!(open.class, Class::Number(..)));
            !outside
                && !kind.is_worded()
                && !(kind == NumberKind::Decimal && depth > 1)
                && !larger(new, top)
                && (!new.capitals || top.capitals)
        }
        (Class::Looks(a), Class::Looks(b)) => a > b,
        (Class::Markup(_), Class::Looks(_)) => true,
        (Class::Looks(_), Class::Markup(_)) => false,
    }
}

/// Kinds that stand side by side have the same group: chapters and appendices.
fn group(kind: NumberKind) -> u8 {
    match kind {
        NumberKind::Part => 0,
        NumberKind::Division => 1,
        NumberKind::Chapter | NumberKind::Appendix => 2,
        NumberKind::Section => 3,
        NumberKind::Roman => 4,
        NumberKind::UpperLetter => 5,
        NumberKind::Decimal => 6,
        NumberKind::KoreanLetter => 7,
        NumberKind::DecimalParen => 8,
        NumberKind::LowerLetter | NumberKind::KoreanParen => 9,
        NumberKind::Enclosed => 10,
        NumberKind::Circled => 11,
    }
}
