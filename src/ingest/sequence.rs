//! Do the numbers of the headings make sense together? Items of numbered lists that look like
//! headings give themselves away: their numbers do not go on where the outline would need them to.

use std::collections::{HashMap, HashSet};

use super::contents::key;
use super::numbering::NumberKind;
use super::outline::Heading;

/// Drops numbered headings that fit into no sequence, and labels that come again and again.
pub(crate) fn prune(found: &mut Vec<Heading>, is_listed: impl Fn(&Heading) -> bool) {
    settle_single_letters(found);
    drop_list_items(found);
    drop_lonely_numbers(found, &is_listed);
    drop_out_of_turn(found, &is_listed);
    drop_labels(found, &is_listed);
}

fn retain(found: &mut Vec<Heading>, drop: &[bool]) {
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !drop[index - 1]
    });
}

/// `5.` with no `4.` or `3.` before it is an item of a list whose other items are sentences.
fn drop_out_of_turn(found: &mut Vec<Heading>, is_listed: &impl Fn(&Heading) -> bool) {
    let mut seen: HashMap<NumberKind, HashSet<u32>> = HashMap::new();
    let drop: Vec<bool> = found
        .iter()
        .map(|heading| {
            let Some(number) =
                heading.number.as_ref().filter(|number| number.depth == 1 && !number.kind.is_worded())
            else {
                return false;
            };
            let value = number.path.last().copied().filter(|_| number.path.len() == 1).unwrap_or(1);
            let seen = seen.entry(number.kind).or_default();
            let in_turn = value <= 2
                || seen.contains(&(value - 1))
                || seen.contains(&(value - 2))
                || seen.contains(&value);
            let trusted = heading.stated.is_some() || is_listed(heading);
            if in_turn || trusted {
                seen.insert(value);
            }
            !in_turn && !trusted
        })
        .collect();
    retain(found, &drop);
}

/// `34.5` without any other `34` is an amount or a reference.
fn drop_lonely_numbers(found: &mut Vec<Heading>, is_listed: &impl Fn(&Heading) -> bool) {
    let first = |heading: &Heading| heading.number.as_ref().and_then(|number| number.path.first().copied());
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for heading in found.iter() {
        if let Some(first) = first(heading) {
            *counts.entry(first).or_default() += 1;
        }
    }
    let drop: Vec<bool> = found
        .iter()
        .map(|heading| {
            let deep = heading
                .number
                .as_ref()
                .is_some_and(|number| number.kind == NumberKind::Decimal && number.depth >= 2);
            let lonely = first(heading).is_some_and(|first| {
                let near = [first.wrapping_sub(1), first + 1].iter().any(|near| counts.contains_key(near));
                counts.get(&first) == Some(&1) && !near
            });
            deep && lonely && heading.stated.is_none() && !is_listed(heading)
        })
        .collect();
    retain(found, &drop);
}

/// Labels of forms (`Rationale`, `Name`) and of maps come again and again with no other heading in
/// between; true headings that recur (`Mitigation Measures`) stand under different topics.
fn drop_labels(found: &mut Vec<Heading>, is_listed: &impl Fn(&Heading) -> bool) {
    const OFTEN: usize = 3;
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, heading) in found.iter().enumerate() {
        if heading.number.is_none() && heading.stated.is_none() && !is_listed(heading) {
            places.entry(key(&heading.text)).or_default().push(index);
        }
    }
    let frequent: Vec<bool> = found
        .iter()
        .map(|heading| places.get(&key(&heading.text)).is_some_and(|places| places.len() >= OFTEN))
        .collect();
    let mut drop = vec![false; found.len()];
    for places in places.values().filter(|places| places.len() >= OFTEN) {
        let alone = places
            .windows(2)
            .filter(|pair| frequent[pair[0]..pair[1]].iter().all(|frequent| *frequent))
            .count();
        if alone * 2 >= places.len() - 1 {
            places.iter().for_each(|place| drop[*place] = true);
        }
    }
    retain(found, &drop);
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
                let as_letter =
                    label.bytes().next().map_or(0, |byte| u32::from(byte.saturating_sub(b'A')) + 1);
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
fn drop_list_items(found: &mut Vec<Heading>) {
    let is_item = |heading: &Heading| {
        heading.number.as_ref().is_some_and(|number| {
            !number.kind.is_worded()
                && (number.depth == 1 || number.kind != NumberKind::Decimal)
                && heading.stated.is_none()
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
        while to < found.len()
            && is_item(&found[to])
            && found[to].number.as_ref().map(|number| number.kind) == kind
            && found[to].line <= found[to - 1].line + found[to - 1].lines
        {
            to += 1;
        }
        // Three or more in a row without a line between: a list.
        if to - from >= 3 {
            drop[from..to].fill(true);
        }
        from = to;
    }
    retain(found, &drop);
}
