//! Running heads, running feet and page numbers: lines that repeat from page to page.
//!
//! Runs before contents pages and headings are looked for, so that neither is disturbed by them.

use std::collections::HashMap;

use super::draft::{Draft, Line, LineKind};
use super::numbering;

/// Lines looked at from the top and from the bottom of each page.
const EDGE: usize = 5;
/// Lines at each edge, page numbers apart, that recur as running heads do where nothing tells how high they stand.
const UNPLACED_EDGE: usize = 2;
/// What may stand after the end of a sentence.
const CLOSING: [char; 5] = [')', '"', '”', '»', '’'];

/// Marks running heads, running feet and page numbers.
pub(crate) fn mark(draft: &mut Draft) {
    mark_page_labels(draft);
    if draft.pages.len() >= 2 {
        mark_edges(draft);
    }
    if draft.pages.len() < 2 && draft.printed_lines {
        mark_unpaged(draft);
    }
}

/// The line with every number replaced by `#`, in lower case.
fn pattern(text: &str) -> String {
    let mut out = String::new();
    let mut in_number = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            if !in_number {
                out.push('#');
            }
            in_number = true;
        } else {
            in_number = false;
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// True for `Page 3 of 12`, `Стр. 4`, `- 5 -`, `6-bet`, `쪽 7`: lines that are page numbers by their words.
fn is_page_label(text: &str) -> bool {
    if text.chars().count() > 24 || !text.chars().any(|c| c.is_ascii_digit()) {
        return false;
    }
    let shape: String = pattern(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '[' | ']' | '(' | ')' | '|' | '.'))
        .collect();
    matches!(
        shape.as_str(),
        "page#"
            | "page#of#"
            | "page#/#"
            | "#page"
            | "p#"
            | "pg#"
            | "стр#"
            | "страница#"
            | "страница#из#"
            | "лист#"
            | "#стр"
            | "-#-"
            | "–#–"
            | "—#—"
            | "#-bet"
            | "#bet"
            | "#-бет"
            | "#бет"
            | "-#쪽"
            | "#쪽"
            | "쪽#"
            | "#/#"
            | "#of#"
            | "#из#"
    )
}

fn mark_page_labels(draft: &mut Draft) {
    for line in &mut draft.lines {
        if matches!(line.kind, LineKind::Text | LineKind::TableRow | LineKind::ListItem)
            && is_page_label(&line.text)
        {
            line.kind = LineKind::RunningHead;
        }
    }
}

/// A bare page number: `12`, `iv`, `ES-3`, `B-2`.
fn bare_number(text: &str) -> Option<u32> {
    if text.chars().count() > 8 {
        return None;
    }
    let digits = text.trim_matches(|c: char| matches!(c, '-' | '–' | '—' | ' ' | '.' | '|'));
    if let Ok(number) = digits.parse::<u32>() {
        return (number < 10_000).then_some(number);
    }
    if let Some((prefix, number)) = digits.rsplit_once('-')
        && prefix.chars().count() <= 4
        && prefix.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
    {
        return number.parse().ok();
    }
    const ROMAN: [&str; 20] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi",
        "xvii", "xviii", "xix", "xx",
    ];
    ROMAN.iter().position(|roman| *roman == digits).map(|index| index as u32 + 1)
}

/// With pages: lines at the edges whose pattern recurs on several pages, and bare numbers there.
fn mark_edges(draft: &mut Draft) {
    let mut by_page: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, line) in draft.lines.iter().enumerate() {
        by_page.entry(line.page).or_default().push(index);
    }
    let mut pages: Vec<(u32, Vec<usize>)> = by_page.into_iter().collect();
    pages.sort_unstable();
    let mut seen: HashMap<String, Recurrence> = HashMap::new();
    let edges = |lines: &[usize]| -> Vec<usize> {
        let top = lines.iter().take(EDGE);
        let bottom = lines.iter().skip(EDGE.max(lines.len().saturating_sub(EDGE)));
        top.chain(bottom).copied().collect()
    };
    for (page, lines) in &pages {
        for index in edges(lines) {
            let text = &draft.lines[index].text;
            let recurrence = seen.entry(pattern(text)).or_insert_with(|| Recurrence {
                pages: 0,
                last: 0,
                text: text.clone(),
                same: true,
            });
            recurrence.same &= recurrence.text == *text;
            if recurrence.last != *page {
                recurrence.pages += 1;
                recurrence.last = *page;
            }
        }
    }
    let needed = if pages.len() <= 4 { 2 } else { 3 };
    let is_placed = draft.lines.iter().any(|line| line.height >= 0.0);
    let recurring = Edges { seen, needed, is_placed };
    for (_, lines) in &pages {
        let kinds: Vec<LineKind> = lines.iter().map(|index| draft.lines[*index].kind).collect();
        recurring.mark(draft, lines.iter().copied());
        recurring.mark(draft, lines.iter().rev().copied());
        let is_head = |index: &usize| draft.lines[*index].kind == LineKind::RunningHead;
        // Short pages of one form: what recurs on them is what they say.
        if !is_placed && lines.iter().all(is_head) {
            for (index, kind) in lines.iter().zip(kinds) {
                if bare_number(&draft.lines[*index].text).is_none() {
                    draft.lines[*index].kind = kind;
                }
            }
        }
    }
}

/// On how many pages a pattern stands at the edge.
struct Recurrence {
    pages: usize,
    last: u32,
    text: String,
    /// True if the text is the same every time, numbers included.
    same: bool,
}

/// What recurs at the edges of the pages.
struct Edges {
    seen: HashMap<String, Recurrence>,
    /// Pages on which a running head has to recur.
    needed: usize,
    /// True if it is known how high lines stand.
    is_placed: bool,
}

impl Edges {
    /// Marks lines from the edge inwards until one is no running head; in the margin one may be skipped.
    fn mark(&self, draft: &mut Draft, lines: impl Iterator<Item = usize>) {
        let mut recurring = 0;
        for (position, index) in lines.take(EDGE).enumerate() {
            let line = &mut draft.lines[index];
            let in_margin = line.height >= 0.0 && !(0.08..=0.92).contains(&line.height);
            let is_number = position <= 2 && is_number_line(line);
            if line.kind == LineKind::RunningHead || is_number {
                line.kind = LineKind::RunningHead;
            } else if self.recurs(line) && (self.is_placed || recurring < UNPLACED_EDGE) {
                line.kind = LineKind::RunningHead;
                recurring += 1;
            } else if !in_margin {
                return;
            }
        }
    }

    fn recurs(&self, line: &Line) -> bool {
        // Where the place is known, lines well inside the page are none.
        if !may_be_head(line) || (0.13..=0.88).contains(&line.height) {
            return false;
        }
        // Where it is not, what ends as a sentence does is none.
        if !self.is_placed && line.text.trim_end_matches(CLOSING).ends_with(['.', '!', '?', '…', '。']) {
            return false;
        }
        let pattern = pattern(&line.text);
        // Rows of digits recur by accident; `3.1.1 Affected Environment` recurs because headings do.
        let has_letters = pattern.chars().filter(|c| c.is_alphabetic()).count() >= 4;
        let recurrence = self.seen.get(&pattern).filter(|recurrence| recurrence.pages >= self.needed);
        recurrence.is_some_and(|recurrence| {
            let numbered = numbering::parse(&line.text).is_some_and(|number| {
                number.title < line.text.len()
                    && (number.depth > 1 || number.kind.is_worded() || number.marked)
            });
            has_letters && (recurrence.same || !numbered)
        })
    }
}

fn may_be_head(line: &Line) -> bool {
    !matches!(line.kind, LineKind::Heading(_)) && line.text.chars().count() <= 160
}

fn is_number_line(line: &Line) -> bool {
    may_be_head(line) && bare_number(&line.text).is_some()
}

/// Without pages, running heads stand in the midst of the text. They give themselves away by a page
/// number beside them, by a number inside that grows, or by cutting sentences apart.
fn mark_unpaged(draft: &mut Draft) {
    let numbers = page_numbers(draft);
    for &index in &numbers {
        draft.lines[index].kind = LineKind::RunningHead;
    }
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, line) in draft.lines.iter().enumerate() {
        let length = line.text.chars().count();
        if line.kind == LineKind::Text && (12..=160).contains(&length) {
            groups.entry(pattern(&line.text)).or_default().push(index);
        }
    }
    let mut heads: Vec<usize> = Vec::new();
    for (pattern, lines) in &groups {
        if lines.len() < 3 || pattern.chars().filter(|c| c.is_alphabetic()).count() < 8 {
            continue;
        }
        let numbered =
            numbering::parse(&draft.lines[lines[0]].text).is_some_and(|n| n.depth > 1 || n.kind.is_worded());
        // Running heads are a page apart.
        let apart = lines.windows(2).filter(|pair| pair[1] - pair[0] >= 8).count();
        if apart * 5 < (lines.len() - 1) * 4 {
            continue;
        }
        let beside = lines.iter().filter(|index| is_beside_number(draft, **index)).count();
        let cutting = lines.iter().filter(|index| cuts_a_sentence(draft, **index)).count();
        let same_text = lines.iter().all(|index| draft.lines[*index].text == draft.lines[lines[0]].text);
        let counting = !same_text && counts_up(lines.iter().map(|index| draft.lines[*index].text.as_str()));
        let convinced = beside * 2 >= lines.len() || counting || (same_text && cutting * 4 >= lines.len());
        if convinced && !numbered {
            heads.extend(lines);
        }
    }
    for index in heads {
        draft.lines[index].kind = LineKind::RunningHead;
    }
}

/// Bare numbers that count up through the text: 1, 2, 3 … with other lines in between. The longest such
/// chain is taken, so that numbers in tables do not derail it.
fn page_numbers(draft: &Draft) -> Vec<usize> {
    const NEAREST: usize = 6;
    // Per number: length of the longest chain that ends with it, its line, and the chain before.
    let mut chains: Vec<(usize, usize, Option<usize>)> = Vec::new();
    let mut best_with: HashMap<u32, usize> = HashMap::new();
    for (index, line) in draft.lines.iter().enumerate() {
        let Some(number) = bare_number(&line.text).filter(|_| line.kind == LineKind::Text) else {
            continue;
        };
        let next_gap = draft.lines.get(index + 1).is_none_or(|next| next.gap);
        if !(line.gap || next_gap) {
            continue;
        }
        let before = [1, 2]
            .iter()
            .filter_map(|step| best_with.get(&number.checked_sub(*step)?).copied())
            .filter(|chain| index - chains[*chain].1 >= NEAREST)
            .max_by_key(|chain| chains[*chain].0);
        let length = before.map_or(1, |chain| chains[chain].0 + 1);
        chains.push((length, index, before));
        let chain = chains.len() - 1;
        let best = best_with.entry(number).or_insert(chain);
        if chains[*best].0 <= length {
            *best = chain;
        }
    }
    let Some(longest) =
        (0..chains.len()).max_by_key(|chain| chains[*chain].0).filter(|chain| chains[*chain].0 >= 2)
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut next = Some(longest);
    while let Some(chain) = next {
        found.push(chains[chain].1);
        next = chains[chain].2;
    }
    // Two numbers may be chance; three and more are pages.
    if found.len() == 2 && found[0].abs_diff(found[1]) < 20 { Vec::new() } else { found }
}

fn is_beside_number(draft: &Draft, index: usize) -> bool {
    let near = |offset: isize| {
        index
            .checked_add_signed(offset)
            .and_then(|at| draft.lines.get(at))
            .is_some_and(|line| line.kind == LineKind::RunningHead)
    };
    near(-1) || near(1) || near(-2) || near(2)
}

/// True if the lines before and after belong to one sentence.
fn cuts_a_sentence(draft: &Draft, index: usize) -> bool {
    let before = draft.lines[..index].iter().rev().find(|line| line.kind != LineKind::RunningHead);
    let after = draft.lines[index + 1..].iter().find(|line| line.kind != LineKind::RunningHead);
    let (Some(before), Some(after)) = (before, after) else { return false };
    let open = !before.text.ends_with(['.', '!', '?', ':', ';']) && before.text.chars().count() > 30;
    open && after.text.chars().next().is_some_and(char::is_lowercase)
}

/// True if some number in the lines grows by one or two from line to line.
fn counts_up<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let rows: Vec<Vec<u32>> = texts
        .map(|text| {
            text.split(|c: char| !c.is_ascii_digit())
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().unwrap_or(u32::MAX))
                .collect()
        })
        .collect();
    let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
    (0..columns).any(|column| {
        let steps = rows
            .windows(2)
            .filter(|pair| pair[1][column] > pair[0][column] && pair[1][column] - pair[0][column] <= 2)
            .count();
        rows.len() >= 3 && steps * 4 >= (rows.len() - 1) * 3
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::plain;

    fn heads(text: &str) -> Vec<String> {
        let mut draft = plain::read(text, 100);
        mark(&mut draft);
        draft
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::RunningHead)
            .map(|line| line.text.clone())
            .collect()
    }

    #[test]
    fn heads_with_varying_page_numbers_are_found() {
        let mut text = String::new();
        for page in 1..=6 {
            text.push_str(&format!("Draft Report on the Bridge\n\n3.{page}.1 Affected Environment\n\nText {w} is here.\nMore {w} of it.\nStill {w} more.\nAnd {w} more.\nThe {w} end.\n\nBridge EA {page}\n\u{c}", w = "w".repeat(page)));
        }
        let found = heads(&text);
        assert_eq!(found.len(), 12, "{found:?}");
        assert!(found.iter().all(|line| line.starts_with("Draft") || line.starts_with("Bridge")));
    }

    #[test]
    fn short_pages_of_one_form_keep_what_they_say() {
        let mut sentences = String::new();
        let mut figures = String::new();
        for page in 1..=4 {
            sentences.push_str(&format!("Monitoring point {page}\nNoise at the school reaches 4{page} dBA.\nDust stays below {page}0 micrograms.\n\u{c}"));
            figures.push_str(&format!("Noise, dBA: 4{page}\nDust, micrograms: {page}0\n{page}\n\u{c}"));
        }
        let found = heads(&sentences);
        assert!(found.iter().all(|line| line.starts_with("Monitoring point")), "{found:?}");
        assert_eq!(heads(&figures), ["1", "2", "3", "4"]);
    }

    #[test]
    fn at_most_two_lines_of_an_edge_recur_where_nothing_tells_their_place() {
        let mut text = String::new();
        for page in 1..=4u8 {
            let letter = char::from(b'a' + page);
            text.push_str(&format!(
                "Monitoring report\nStation of the quarry\nNoise: {page} dBA\nDust: {page} mg\n"
            ));
            text.push_str(&format!(
                "The wind {letter} blows.\nThe rain {letter} falls.\nThe sun {letter} shines.\n\u{c}"
            ));
        }
        let found = heads(&text);
        assert_eq!(found.len(), 8, "{found:?}");
        assert!(found.iter().all(|line| !line.contains(':')), "{found:?}");
    }

    #[test]
    fn without_pages_page_numbers_count_up() {
        let mut text = String::new();
        for page in 1..=5 {
            for line in 0..12 {
                text.push_str(&format!(
                    "The sentence {} of the text is broken over a line {} and\n",
                    "x".repeat(line + 1),
                    "y".repeat(page)
                ));
            }
            text.push_str(&format!(
                "\n{page}\n\nSmall Allotment Land Health Report\n{} goes on in lower case after the head.\n",
                "z".repeat(page)
            ));
        }
        let found = heads(&text);
        assert_eq!(found.iter().filter(|line| line.starts_with("Small")).count(), 5);
        assert_eq!(found.len(), 10);
    }

    #[test]
    fn repeated_headings_are_not_running_heads() {
        let mut text = String::new();
        for alternative in ["A", "B", "C", "D"] {
            text.push_str(&format!("Alternative {alternative}\n\nWater Resources\n\nWater is affected by the project.\n\nAir Quality\n\nAir is not affected.\n\n"));
        }
        assert!(heads(&text).is_empty(), "{:?}", heads(&text));
    }
}
