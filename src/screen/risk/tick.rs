//! Which choices does a cell of a form offer, and which of them is ticked?
//!
//! Boxes are printed as signs (☐ ☒ ☑ □ ■ ✓) or typed in brackets (`[x]`, `( )`), before or behind their words. A cross on
//! its own is a tick in some forms and a refusal in others, so it says nothing.

use std::sync::LazyLock;

use regex::Regex;

/// What the box of a choice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    Ticked,
    Empty,
    /// No box, or one of which nobody knows.
    Unknown,
}

/// Words of a cell with their box; a box without words has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    pub(super) words: &'a str,
    pub(super) tick: Tick,
}

static BOX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\[(][ \u{a0}_]*([xXхХvV✓✔✗✘■]?)[ \u{a0}_]*[\])]|[☐☒☑□■✓✔✅✗✘]\u{fe0f}?")
        .expect("the pattern is a constant")
});

/// Returns the choices of a cell in order; a cell without a box is one choice.
pub(super) fn choices(cell: &str) -> Vec<Choice<'_>> {
    let (mut ticks, mut pieces, mut from) = (Vec::new(), Vec::new(), 0);
    for found in BOX.captures_iter(cell) {
        let Some(sign) = found.get(0) else { continue };
        let is_filled = found.get(1).map(|mark| !mark.is_empty());
        ticks.push(tick(sign.as_str(), is_filled));
        pieces.push(cell[from..sign.start()].trim());
        from = sign.end();
    }
    let last = cell[from..].trim();
    // Boxes stand before their words, or behind them; one within a sentence belongs to no choice.
    if pieces.first().is_some_and(|first| first.is_empty()) {
        pieces.remove(0);
        pieces.push(last);
    } else if pieces.is_empty() || !last.is_empty() {
        return vec![Choice { words: cell.trim(), tick: Tick::Unknown }];
    }
    pieces.into_iter().zip(ticks).map(|(words, tick)| Choice { words, tick }).collect()
}

fn tick(sign: &str, is_filled: Option<bool>) -> Tick {
    // A selector behind a sign only asks for its coloured picture.
    match (is_filled, sign.trim_end_matches('\u{fe0f}')) {
        (Some(true), _) | (None, "☒" | "☑" | "✓" | "✔" | "✅" | "■") => Tick::Ticked,
        (Some(false), _) | (None, "☐" | "□") => Tick::Empty,
        _ => Tick::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Vec<(&str, Tick)> {
        choices(cell).into_iter().map(|choice| (choice.words, choice.tick)).collect()
    }

    #[test]
    fn boxes_belong_to_the_words_before_or_behind_them() {
        assert_eq!(read("☐ No ☒ Yes"), [("No", Tick::Empty), ("Yes", Tick::Ticked)]);
        assert_eq!(read("Yes [ ] No [x]"), [("Yes", Tick::Empty), ("No", Tick::Ticked)]);
        assert_eq!(read("(X) Yes"), [("Yes", Tick::Ticked)]);
        assert_eq!(read("✗ No"), [("No", Tick::Unknown)]);
        assert_eq!(read("☑"), [("", Tick::Ticked)]);
        assert_eq!(read("✔\u{fe0f} Yes"), [("Yes", Tick::Ticked)]);
    }

    #[test]
    fn words_without_a_box_and_boxes_within_a_sentence_are_one_choice() {
        for cell in ["No", "Wells (3) in the village", "Yes [ ] No [x] Rationale: none is near"] {
            assert_eq!(read(cell), [(cell, Tick::Unknown)], "{cell}");
        }
    }
}
