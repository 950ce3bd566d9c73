//! What changed between two screenings: gaps that are resolved, that are new, that came back.
//!
//! Pure functions over what was found; they know neither documents nor storage. Requirements are matched by their
//! key, findings about text by what they say: first the same sentence, then another sentence with the same term said
//! in the same way (the text was reworded). Findings of every severity are to be given: one that has become less
//! severe is not gone.

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
    /// Not asked for: its condition does not hold.
    NotApplicable,
    /// Not judged.
    NotExamined,
}

/// What became of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Was found, is now missing or weak; or was weak and is now missing.
    Regressed,
    /// Was not judged or not asked for before and is a gap now.
    New,
    /// A gap before and now.
    Remains,
    /// Was missing and is now weak.
    Improved,
    /// Was judged before and cannot be judged now, whatever it was.
    Unclear,
    /// Judged neither before nor now.
    Unexamined,
    /// Was a gap, is not asked for now.
    Lapsed,
    /// Was a gap, is there now.
    Resolved,
    /// Was not judged before, is no gap now.
    Cleared,
    /// Judged in both, no gap before or now.
    Fine,
}

/// Says what became of a requirement; `None` where a version does not have it, which is as if it had not judged it.
pub fn change(old: Option<Outcome>, new: Option<Outcome>) -> Change {
    use Outcome::{Missing, NotApplicable, NotExamined, Present, Weak};
    match (old.unwrap_or(NotExamined), new.unwrap_or(NotExamined)) {
        (Present, Missing | Weak) | (Weak, Missing) => Change::Regressed,
        (NotApplicable | NotExamined, Missing | Weak) => Change::New,
        (Missing, Missing) | (Weak, Weak) => Change::Remains,
        (Missing, Weak) => Change::Improved,
        (NotExamined, NotExamined) => Change::Unexamined,
        (_, NotExamined) => Change::Unclear,
        (Missing | Weak, NotApplicable) => Change::Lapsed,
        (Missing | Weak, Present) => Change::Resolved,
        (NotExamined, Present | NotApplicable) => Change::Cleared,
        (Present | NotApplicable, Present | NotApplicable) => Change::Fine,
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
    /// How severe it is. No part of what is said; of several partners an equally severe one is taken.
    pub severity: i32,
    /// The sentence.
    pub quote: &'a str,
}

/// What became of findings about sentences, as positions in the lists given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaidChanges {
    /// Only in the old version.
    pub gone: Vec<usize>,
    /// Only in the new version.
    pub new: Vec<usize>,
    /// In both: the position in the old version with that in the new one.
    pub kept: Vec<(usize, usize)>,
}

/// Compares findings about sentences.
pub fn said(old: &[Said<'_>], new: &[Said<'_>]) -> SaidChanges {
    let everything = |list: &[Said<'_>]| (0..list.len()).collect();
    let mut changes = SaidChanges { gone: everything(old), new: everything(new), kept: Vec::new() };
    for (by_sentence, by_severity) in [(true, true), (true, false), (false, true), (false, false)] {
        changes = pair(old, new, changes, |said| {
            let sentence = by_sentence.then(|| squeezed(said.quote));
            let severity = by_severity.then_some(said.severity);
            (said.category, said.term.to_lowercase(), said.polarity, sentence, severity)
        });
    }
    changes.kept.sort_unstable();
    changes
}

/// Pairs off entries with equal keys, in order, among those that have no partner yet.
fn pair<'a, K: Ord>(
    old: &[Said<'a>],
    new: &[Said<'a>],
    before: SaidChanges,
    key: impl Fn(&Said<'a>) -> K,
) -> SaidChanges {
    let mut waiting: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &position in before.gone.iter().rev() {
        waiting.entry(key(&old[position])).or_default().push(position);
    }
    let mut fresh = Vec::new();
    let mut kept = before.kept;
    for position in before.new {
        match waiting.get_mut(&key(&new[position])).and_then(Vec::pop) {
            Some(partner) => kept.push((partner, position)),
            None => fresh.push(position),
        }
    }
    let mut gone: Vec<usize> = waiting.into_values().flatten().collect();
    gone.sort_unstable();
    SaidChanges { gone, new: fresh, kept }
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
        use Outcome::{Missing, NotApplicable, NotExamined, Present, Weak};
        let table = [
            (Missing, Present, Change::Resolved),
            (Weak, Present, Change::Resolved),
            (Missing, Weak, Change::Improved),
            (Present, Missing, Change::Regressed),
            (Present, Weak, Change::Regressed),
            (Weak, Missing, Change::Regressed),
            (NotExamined, Missing, Change::New),
            (NotExamined, Weak, Change::New),
            (NotApplicable, Missing, Change::New),
            (NotApplicable, Weak, Change::New),
            (Missing, Missing, Change::Remains),
            (Weak, Weak, Change::Remains),
            (Missing, NotExamined, Change::Unclear),
            (Weak, NotExamined, Change::Unclear),
            (Present, NotExamined, Change::Unclear),
            (NotApplicable, NotExamined, Change::Unclear),
            (NotExamined, NotExamined, Change::Unexamined),
            (Missing, NotApplicable, Change::Lapsed),
            (Weak, NotApplicable, Change::Lapsed),
            (NotExamined, Present, Change::Cleared),
            (NotExamined, NotApplicable, Change::Cleared),
            (Present, Present, Change::Fine),
            (Present, NotApplicable, Change::Fine),
            (NotApplicable, Present, Change::Fine),
            (NotApplicable, NotApplicable, Change::Fine),
        ];
        assert_eq!(table.len(), 25);
        for (old, new, expected) in table {
            assert_eq!(change(Some(old), Some(new)), expected, "{old:?} {new:?}");
        }
        assert_eq!(change(None, Some(Missing)), Change::New);
        assert_eq!(change(Some(Missing), None), Change::Unclear);
        assert_eq!(change(Some(Present), None), Change::Unclear);
        assert_eq!(change(None, Some(Present)), Change::Cleared);
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
                ("D04", Change::Unclear),
                ("D01", Change::Resolved)
            ]
        );
    }

    fn of<'a>(term: &'a str, quote: &'a str) -> Said<'a> {
        Said { category: "R05", term, polarity: 1, severity: 3, quote }
    }

    fn as_severe(severity: i32, said: Said<'_>) -> Said<'_> {
        Said { severity, ..said }
    }

    #[test]
    fn layout_and_rewording_are_no_change() {
        let old =
            [of("tailings", "Tailings  are stored."), of("dam", "The dam is 30 m high."), of("acid", "x")];
        let new =
            [of("Tailings", "tailings are stored"), of("dam", "A dam of 30 m is built."), of("dust", "y")];
        assert_eq!(said(&old, &new), SaidChanges { gone: vec![2], new: vec![2], kept: vec![(0, 0), (1, 1)] });
    }

    #[test]
    fn another_severity_is_no_other_finding() {
        let old = [as_severe(3, of("dam", "The dam is 30 m high."))];
        let new = [as_severe(2, of("dam", "The dam is 30 m high."))];
        assert_eq!(said(&old, &new).kept, [(0, 0)]);
        let reworded = [as_severe(2, of("dam", "A dam of 30 m is built."))];
        assert_eq!(said(&old, &reworded).kept, [(0, 0)]);
    }

    #[test]
    fn of_several_sentences_an_equally_severe_one_is_the_partner() {
        let old = [as_severe(3, of("dam", "The dam is 30 m high."))];
        let new = [as_severe(2, of("dam", "Dams are inspected.")), as_severe(3, of("dam", "A dam of 30 m."))];
        assert_eq!(said(&old, &new), SaidChanges { gone: vec![], new: vec![0], kept: vec![(0, 1)] });
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_turning_round_swaps_gone_and_new(
            old in proptest::collection::vec(("[ab]", "[xy]", 2..4i32), 0..8),
            new in proptest::collection::vec(("[ab]", "[xy]", 2..4i32), 0..8),
        ) {
            let olds: Vec<Said<'_>> =
                old.iter().map(|(term, quote, severity)| as_severe(*severity, of(term, quote))).collect();
            let news: Vec<Said<'_>> =
                new.iter().map(|(term, quote, severity)| as_severe(*severity, of(term, quote))).collect();
            let there = said(&olds, &news);
            prop_assert_eq!(there.gone.len() + there.kept.len(), olds.len());
            prop_assert_eq!(there.new.len() + there.kept.len(), news.len());
            let back = said(&news, &olds);
            prop_assert_eq!(there.kept.len(), back.kept.len());
            prop_assert!(said(&olds, &olds).gone.is_empty());
        }
    }
}
