//! What changed between two screenings: gaps that are resolved, that are new, that came back.
//!
//! Pure functions over what was found; they know neither documents nor storage. Requirements are matched by their
//! key, findings about text by what they say: first the same sentence, then another sentence with the same term said
//! in the same way (the text was reworded).

use std::collections::BTreeMap;

/// Outcome of a requirement, as far as versions are compared by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Not there.
    Missing,
    /// Touched or partial.
    Weak,
    /// There.
    Present,
    /// Not applicable or not examined: nothing to compare.
    Unknown,
}

impl Outcome {
    fn is_gap(self) -> bool {
        matches!(self, Self::Missing | Self::Weak)
    }
}

/// What became of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Was found, is now missing or weak; or was weak and is now missing.
    Regressed,
    /// Was not judged before and is a gap now.
    New,
    /// A gap before and now.
    Remains,
    /// Was missing and is now weak.
    Improved,
    /// A gap before that cannot be judged now.
    Unclear,
    /// Was a gap, is there now.
    Resolved,
    /// No gap before or now.
    Fine,
}

/// Says what became of a requirement; `None` where a version did not judge it.
pub fn change(old: Option<Outcome>, new: Option<Outcome>) -> Change {
    let (old, new) = (old.unwrap_or(Outcome::Unknown), new.unwrap_or(Outcome::Unknown));
    match (old, new) {
        (Outcome::Present, new) if new.is_gap() => Change::Regressed,
        (Outcome::Weak, Outcome::Missing) => Change::Regressed,
        (Outcome::Unknown, new) if new.is_gap() => Change::New,
        (Outcome::Missing, Outcome::Weak) => Change::Improved,
        (old, Outcome::Present) if old.is_gap() => Change::Resolved,
        (old, Outcome::Unknown) if old.is_gap() => Change::Unclear,
        (old, _) if old.is_gap() => Change::Remains,
        _ => Change::Fine,
    }
}

/// A requirement in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared<K> {
    /// Key of the requirement.
    pub key: K,
    /// Outcome before.
    pub old: Option<Outcome>,
    /// Outcome now.
    pub new: Option<Outcome>,
    /// What became of it.
    pub change: Change,
}

/// Compares the requirements of two versions: what needs attention first, within that by key.
pub fn requirements<K: Ord + Clone>(old: &[(K, Outcome)], new: &[(K, Outcome)]) -> Vec<Compared<K>> {
    let mut both: BTreeMap<&K, (Option<Outcome>, Option<Outcome>)> = BTreeMap::new();
    for (key, outcome) in old {
        both.entry(key).or_default().0 = Some(*outcome);
    }
    for (key, outcome) in new {
        both.entry(key).or_default().1 = Some(*outcome);
    }
    let mut compared: Vec<Compared<K>> = both
        .into_iter()
        .map(|(key, (old, new))| Compared { key: key.clone(), old, new, change: change(old, new) })
        .collect();
    compared.sort_by_key(|entry| entry.change);
    compared
}

/// A finding about a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Category, e.g. `R05`.
    pub category: &'a str,
    /// The term.
    pub term: &'a str,
    /// What the sentence says about it.
    pub polarity: i32,
    /// The sentence.
    pub quote: &'a str,
}

/// Findings about sentences that only one version has, as positions in the lists given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaidChanges {
    /// Only in the old version.
    pub gone: Vec<usize>,
    /// Only in the new version.
    pub new: Vec<usize>,
    /// In both.
    pub kept: usize,
}

/// Compares findings about sentences.
pub fn said(old: &[Said<'_>], new: &[Said<'_>]) -> SaidChanges {
    let (gone, fresh, same) = pair(old, new, &positions(old), &positions(new), |said| {
        (said.category, said.term.to_lowercase(), said.polarity, squeezed(said.quote))
    });
    let (gone, fresh, reworded) = pair(old, new, &gone, &fresh, |said| {
        (said.category, said.term.to_lowercase(), said.polarity, String::new())
    });
    SaidChanges { gone, new: fresh, kept: same + reworded }
}

fn positions(list: &[Said<'_>]) -> Vec<usize> {
    (0..list.len()).collect()
}

/// Pairs off entries with equal keys, in order; returns what is left of both and the number of pairs.
fn pair<'a, K: Ord>(
    old: &[Said<'a>],
    new: &[Said<'a>],
    of_old: &[usize],
    of_new: &[usize],
    key: impl Fn(&Said<'a>) -> K,
) -> (Vec<usize>, Vec<usize>, usize) {
    let mut waiting: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &position in of_old.iter().rev() {
        waiting.entry(key(&old[position])).or_default().push(position);
    }
    let mut fresh = Vec::new();
    let mut pairs = 0;
    for &position in of_new {
        match waiting.get_mut(&key(&new[position])).and_then(Vec::pop) {
            Some(_) => pairs += 1,
            None => fresh.push(position),
        }
    }
    let mut gone: Vec<usize> = waiting.into_values().flatten().collect();
    gone.sort_unstable();
    (gone, fresh, pairs)
}

/// Lower case, single blanks, no punctuation: what is left when only the layout of a sentence changes.
fn squeezed(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let plain: String = text.chars().map(letters).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_pair_of_outcomes_has_its_change() {
        use Outcome::{Missing, Present, Unknown, Weak};
        let table = [
            (Missing, Present, Change::Resolved),
            (Weak, Present, Change::Resolved),
            (Missing, Weak, Change::Improved),
            (Present, Missing, Change::Regressed),
            (Present, Weak, Change::Regressed),
            (Weak, Missing, Change::Regressed),
            (Unknown, Missing, Change::New),
            (Unknown, Weak, Change::New),
            (Missing, Missing, Change::Remains),
            (Weak, Weak, Change::Remains),
            (Missing, Unknown, Change::Unclear),
            (Weak, Unknown, Change::Unclear),
            (Present, Present, Change::Fine),
            (Present, Unknown, Change::Fine),
            (Unknown, Present, Change::Fine),
            (Unknown, Unknown, Change::Fine),
        ];
        for (old, new, expected) in table {
            assert_eq!(change(Some(old), Some(new)), expected, "{old:?} {new:?}");
        }
        assert_eq!(change(None, Some(Missing)), Change::New);
        assert_eq!(change(Some(Missing), None), Change::Unclear);
    }

    #[test]
    fn what_needs_attention_comes_first() {
        use Outcome::{Missing, Present};
        let old = [("D01", Missing), ("D02", Present), ("D03", Missing), ("D04", Present)];
        let new = [("D01", Present), ("D02", Missing), ("D03", Missing), ("D05", Missing)];
        let found: Vec<_> = requirements(&old, &new).into_iter().map(|c| (c.key, c.change)).collect();
        assert_eq!(
            found,
            [
                ("D02", Change::Regressed),
                ("D05", Change::New),
                ("D03", Change::Remains),
                ("D01", Change::Resolved),
                ("D04", Change::Fine)
            ]
        );
    }

    fn of<'a>(term: &'a str, quote: &'a str) -> Said<'a> {
        Said { category: "R05", term, polarity: 1, quote }
    }

    #[test]
    fn layout_and_rewording_are_no_change() {
        let old =
            [of("tailings", "Tailings  are stored."), of("dam", "The dam is 30 m high."), of("acid", "x")];
        let new =
            [of("Tailings", "tailings are stored"), of("dam", "A dam of 30 m is built."), of("dust", "y")];
        assert_eq!(said(&old, &new), SaidChanges { gone: vec![2], new: vec![2], kept: 2 });
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_turning_round_swaps_gone_and_new(
            old in proptest::collection::vec(("[ab]", "[xy]"), 0..8),
            new in proptest::collection::vec(("[ab]", "[xy]"), 0..8),
        ) {
            let list = |of_list: &'_ [(String, String)]| -> Vec<(String, String)> { of_list.to_vec() };
            let (old, new) = (list(&old), list(&new));
            let olds: Vec<Said<'_>> = old.iter().map(|(term, quote)| of(term, quote)).collect();
            let news: Vec<Said<'_>> = new.iter().map(|(term, quote)| of(term, quote)).collect();
            let there = said(&olds, &news);
            prop_assert_eq!(there.gone.len() + there.kept, olds.len());
            prop_assert_eq!(there.new.len() + there.kept, news.len());
            let back = said(&news, &olds);
            prop_assert_eq!(there.kept, back.kept);
            prop_assert!(said(&olds, &olds).gone.is_empty());
        }
    }
}
