//! Do the numbers of the headings make sense together? Items of numbered lists that look like
//! headings give themselves away: their numbers do not go on where the outline would need them to.

use super::draft::Draft;
use super::numbering::NumberKind;
use super::outline::Heading;

/// Drops numbered headings that fit into no sequence.
pub(crate) fn prune(found: &mut Vec<Heading>, draft: &Draft) {
    settle_single_letters(found);
    drop_list_items(found, draft);
}

/// `I.` after `H.` is a letter; `C.` after `XCIX.` does not happen.
fn settle_single_letters(found: &mut [Heading]) {
    let mut last_letter: Option<u32> = None;
    for heading in found.iter_mut() {
        let Some(number) = &mut heading.number else { continue };
        let label = heading.text[..number.label].to_owned();
        match number.kind {
            NumberKind::UpperLetter => last_letter = number.path.first().copied(),
            NumberKind::Roman if label.len() == 1 => {
                let as_letter = label.bytes().next().map_or(0, |byte| u32::from(byte.saturating_sub(b'A')) + 1);
                if last_letter.is_some_and(|last| last + 1 == as_letter) {
                    number.kind = NumberKind::UpperLetter;
                    number.path = vec![as_letter];
                    last_letter = Some(as_letter);
                }
            }
            _ => {}
        }
    }
}

/// Two numbered headings of one list kind with hardly any text between them are list items.
fn drop_list_items(found: &mut Vec<Heading>, draft: &Draft) {
    let is_item = |heading: &Heading| {
        heading.number.as_ref().is_some_and(|number| {
            !number.kind.is_worded() && (number.depth == 1 || number.kind != NumberKind::Decimal) && heading.stated.is_none()
        })
    };
    let mut drop = vec![false; found.len()];
    let mut from = 0;
    while from < found.len() {
        if !is_item(&found[from]) {
            from += 1;
            continue;
        }
        let kind = found[from].number.as_ref().map(|number| number.kind);
        let mut to = from + 1;
        while to < found.len() && is_item(&found[to]) && found[to].number.as_ref().map(|number| number.kind) == kind && found[to].line <= found[to - 1].line + found[to - 1].lines {
            to += 1;
        }
        // Three or more in a row without a line between: a list.
        if to - from >= 3 {
            drop[from..to].fill(true);
        }
        from = to;
    }
    let _ = draft;
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !drop[index - 1]
    });
}
