//! Where does a report deny in one place what it states in another?
//!
//! "There are no wells near the site" and "the nearest well is 300 m away" cannot both hold. A denial that something is
//! there is paired with the strongest statement that the same thing is there: both findings then carry the quotation
//! of the other, and both are raised one step. Denials of an effect do not count: a river can be there and unharmed.
//! At most one pair per term; the same findings always give the same pairs.

use std::collections::BTreeMap;

use crate::domain::explanation::Code;
use crate::domain::risk::{Polarity, RiskFinding, Severity};

/// A finding with what pairing needs to know.
pub(super) struct Candidate {
    pub(super) finding: RiskFinding,
    /// Entry of the lexicon within its category.
    pub(super) entry: usize,
    /// Strength by which findings are ordered.
    pub(super) strength: i32,
    /// True if the sentence denies that something is there.
    pub(super) denies_presence: bool,
    /// True if the sentence states that something is there.
    pub(super) states_presence: bool,
}

/// Categories whose findings are about the file itself, where absence is the finding.
pub(super) const ABOUT_THE_FILE: [&str; 5] = ["R15", "R16", "R17", "R18", "R20"];

/// Letters that two names of one thing share at the beginning.
const SHARED_LETTERS: usize = 5;

/// What a denial and a statement must share: category, entry of the lexicon, name.
type Subject = (String, usize, String);

/// Pairs denials with statements, in place.
pub(super) fn pair(candidates: &mut [Candidate]) {
    let mut groups: BTreeMap<Subject, (Option<usize>, Option<usize>)> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let finding = &candidate.finding;
        if ABOUT_THE_FILE.contains(&finding.category.0.as_str()) {
            continue;
        }
        let key = (finding.category.0.clone(), candidate.entry, stem(&finding.term));
        let slot = groups.entry(key).or_default();
        let side = match finding.polarity {
            Polarity::Negated if candidate.denies_presence => &mut slot.0,
            Polarity::Asserted if candidate.states_presence && finding.severity >= Severity::Low => {
                &mut slot.1
            }
            _ => continue,
        };
        let stronger = side.is_none_or(|known| {
            let order = |index: usize| (candidates[index].finding.severity, candidates[index].strength);
            order(at) > order(known)
        });
        if stronger {
            *side = Some(at);
        }
    }
    let pairs: Vec<(usize, usize)> =
        groups.into_values().filter_map(|(denial, statement)| Some((denial?, statement?))).collect();
    for (denial, statement) in pairs {
        let (said, denied) =
            (candidates[statement].finding.evidence.clone(), candidates[denial].finding.evidence.clone());
        if said.quote == denied.quote {
            continue;
        }
        let mark = |finding: &mut RiskFinding, other, why: Code| {
            finding.contradicted_by = Some(other);
            finding.severity = raised(finding.severity);
            finding.reason.push(why);
        };
        mark(&mut candidates[denial].finding, said, Code::StatedElsewhere);
        mark(&mut candidates[statement].finding, denied, Code::DeniedElsewhere);
    }
}

fn raised(severity: Severity) -> Severity {
    match severity {
        Severity::None | Severity::Low => Severity::Medium,
        Severity::Medium | Severity::High => Severity::High,
    }
}

/// What two names of the same thing share whatever their ending.
fn stem(term: &str) -> String {
    term.to_lowercase()
        .split_whitespace()
        .map(|word| word.chars().take(SHARED_LETTERS).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}
