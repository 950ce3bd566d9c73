//! How far do reviewers agree with the program, and with each other?
//!
//! With the program: of the findings that were decided, the share whose verdict that stands is *accepted*. With each
//! other: findings on which several people decided, the last decision of each; pairs that decided alike, and Cohen's
//! kappa over those pairs (Cohen 1960), each pair counted in both orders so that it does not matter who comes first.

use std::collections::BTreeMap;

use crate::domain::verdict::{Disposition, Verdict};

/// Counts of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Agreement {
    /// Findings that were decided.
    pub decided: usize,
    /// Of these, accepted.
    pub accepted: usize,
    /// Rejected.
    pub rejected: usize,
    /// Changed.
    pub changed: usize,
    /// Pairs of people who decided about the same finding.
    pub pairs: usize,
    /// Of these, decided alike.
    pub alike: usize,
    /// Cohen's kappa over the pairs; `None` without pairs or where chance alone explains everything.
    pub kappa: Option<f64>,
}

impl Agreement {
    /// Share of accepted findings in percent; `None` if nothing was decided.
    pub fn accepted_percent(&self) -> Option<u32> {
        percent(self.accepted, self.decided)
    }

    /// Share of pairs that decided alike in percent; `None` if there are none.
    pub fn alike_percent(&self) -> Option<u32> {
        percent(self.alike, self.pairs)
    }

    /// Kappa with two decimals.
    pub fn kappa_text(&self) -> String {
        self.kappa.map_or_else(|| "–".to_owned(), |kappa| format!("{kappa:.2}"))
    }
}

fn percent(part: usize, all: usize) -> Option<u32> {
    (all > 0).then(|| (part as f64 * 100.0 / all as f64).round() as u32)
}

/// A decision as it is compared: the disposition, and the new outcome where there is one.
type Choice<'a> = (u8, &'a str);

fn choice(verdict: &Verdict) -> Choice<'_> {
    let number = match verdict.disposition {
        Disposition::Accepted => 0,
        Disposition::Rejected => 1,
        Disposition::Changed => 2,
    };
    (number, &verdict.replacement)
}

/// Counts the verdicts of any number of screenings; they come oldest first.
pub fn agreement(verdicts: &[Verdict]) -> Agreement {
    type Key<'a> = (uuid::Uuid, &'a str);
    let mut standing: BTreeMap<Key<'_>, &Verdict> = BTreeMap::new();
    let mut by_reviewer: BTreeMap<Key<'_>, BTreeMap<&str, Choice<'_>>> = BTreeMap::new();
    for verdict in verdicts {
        let key = (verdict.screening.0, verdict.finding.as_str());
        standing.insert(key, verdict);
        by_reviewer.entry(key).or_default().insert(&verdict.reviewer, choice(verdict));
    }
    let count = |wanted| standing.values().filter(|verdict| verdict.disposition == wanted).count();
    let mut pairs: BTreeMap<(Choice<'_>, Choice<'_>), usize> = BTreeMap::new();
    for choices in by_reviewer.values() {
        let choices: Vec<Choice<'_>> = choices.values().copied().collect();
        for (first, one) in choices.iter().enumerate() {
            for other in &choices[first + 1..] {
                *pairs.entry((*one, *other)).or_default() += 1;
                *pairs.entry((*other, *one)).or_default() += 1;
            }
        }
    }
    let all: usize = pairs.values().sum();
    let alike: usize = pairs.iter().filter(|((one, other), _)| one == other).map(|(_, count)| count).sum();
    Agreement {
        decided: standing.len(),
        accepted: count(Disposition::Accepted),
        rejected: count(Disposition::Rejected),
        changed: count(Disposition::Changed),
        pairs: all / 2,
        alike: alike / 2,
        kappa: kappa(&pairs, all, alike),
    }
}

fn kappa(pairs: &BTreeMap<(Choice<'_>, Choice<'_>), usize>, all: usize, alike: usize) -> Option<f64> {
    if all == 0 {
        return None;
    }
    let mut share: BTreeMap<Choice<'_>, f64> = BTreeMap::new();
    for ((one, _), count) in pairs {
        *share.entry(*one).or_default() += *count as f64 / all as f64;
    }
    let chance: f64 = share.values().map(|share| share * share).sum();
    let observed = alike as f64 / all as f64;
    (chance < 1.0 - 1e-12).then(|| (observed - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ScreeningId, VerdictId};

    fn verdict(finding: &str, reviewer: &str, disposition: Disposition, at: u32) -> Verdict {
        Verdict {
            id: VerdictId::of_content(&[finding, reviewer, &at.to_string()]),
            screening: ScreeningId::of_content(&["s"]),
            finding: finding.to_owned(),
            disposition,
            replacement: String::new(),
            reason: String::new(),
            reviewer: reviewer.to_owned(),
            create_time: format!("2026-10-01T00:00:{at:02}Z"),
        }
    }

    #[test]
    fn the_newest_verdict_stands() {
        use Disposition::{Accepted, Rejected};
        let found = agreement(&[
            verdict("A", "x", Rejected, 1),
            verdict("A", "x", Accepted, 2),
            verdict("B", "x", Rejected, 3),
        ]);
        assert_eq!((found.decided, found.accepted, found.rejected), (2, 1, 1));
        assert_eq!((found.accepted_percent(), found.pairs, found.kappa), (Some(50), 0, None));
        assert_eq!(agreement(&[]).accepted_percent(), None);
    }

    #[test]
    fn kappa_of_a_hand_worked_table() {
        use Disposition::{Accepted, Rejected};
        // Two people, ten findings: 4 times both accept, 3 times both reject, 3 times they differ.
        let mut verdicts = Vec::new();
        for n in 0..10 {
            let (one, other) = match n {
                0..4 => (Accepted, Accepted),
                4..7 => (Rejected, Rejected),
                _ => (Accepted, Rejected),
            };
            verdicts.push(verdict(&n.to_string(), "x", one, 1));
            verdicts.push(verdict(&n.to_string(), "y", other, 2));
        }
        let found = agreement(&verdicts);
        assert_eq!((found.pairs, found.alike, found.alike_percent()), (10, 7, Some(70)));
        // Counted in both orders each side accepts 11 of 20: chance = 0.55² + 0.45² = 0.505.
        let expected = (0.7 - 0.505) / (1.0 - 0.505);
        assert!((found.kappa.unwrap() - expected).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn where_all_agree_on_one_answer_kappa_says_nothing() {
        let all = [verdict("A", "x", Disposition::Accepted, 1), verdict("A", "y", Disposition::Accepted, 2)];
        assert_eq!((agreement(&all).alike, agreement(&all).kappa), (1, None));
    }
}
