//! The ways of searching that are compared: words or meaning alone, both, and parts of the ranking switched off.
//!
//! Where no model is chosen, arms that say they compare by meaning are not run; the others are the program as it is set.

use crate::eval::result::Outcome;
use crate::eval::suites::NO_MODEL;
use crate::screen::precedent::Ranking;

/// By words alone and by meaning alone.
const WORDS: [f64; 2] = [0.0, 1.0];
const MEANING: [f64; 2] = [1.0, 0.0];

/// One way of searching.
pub(super) struct ArmOf {
    pub(super) name: &'static str,
    pub(super) ranking: Ranking,
    pub(super) gives_facets: bool,
    pub(super) uses_glossary: bool,
    /// Whether it says that it compares by meaning.
    needs_model: bool,
}

impl ArmOf {
    /// The program as it is set, with another ranking.
    fn of(name: &'static str, ranking: Ranking) -> Self {
        Self { name, ranking, gives_facets: false, uses_glossary: true, needs_model: false }
    }

    fn by_meaning(name: &'static str, ranking: Ranking) -> Self {
        Self { needs_model: true, ..Self::of(name, ranking) }
    }
}

/// The ways compared when every archived report asks for the others; the last but one is the default.
pub(super) fn arms_of_archive() -> Vec<ArmOf> {
    let alone = |branch_weights| Ranking { branch_weights, uses_facets: false, ..Ranking::default() };
    let plain = Ranking { activity_weight: 0.0, uses_facets: false, ..Ranking::default() };
    let undamped = Ranking { damps_templates: false, ..Ranking::default() };
    vec![
        ArmOf::of("sparse", Ranking { branch_weights: WORDS, ..plain }),
        ArmOf::of("sparse and activity", alone(WORDS)),
        ArmOf::by_meaning("dense", Ranking { branch_weights: MEANING, ..plain }),
        ArmOf::by_meaning("dense and activity", alone(MEANING)),
        ArmOf::by_meaning("hybrid, templates not damped", Ranking { damps_templates: false, ..plain }),
        ArmOf::by_meaning("hybrid", plain),
        ArmOf::of("activity, templates not damped", undamped),
        ArmOf::by_meaning("hybrid and activity (default)", Ranking::default()),
        ArmOf { gives_facets: true, ..ArmOf::of("default, facets given", Ranking::default()) },
    ]
}

/// The ways compared for reports of another language; the last is the default.
pub(super) fn arms_of_queries() -> Vec<ArmOf> {
    let plain = Ranking { activity_weight: 0.0, ..Ranking::default() };
    let undamped = Ranking { damps_templates: false, ..Ranking::default() };
    let alone = |branch_weights| Ranking { branch_weights, ..Ranking::default() };
    vec![
        ArmOf { uses_glossary: false, ..ArmOf::of("default without glossary", Ranking::default()) },
        ArmOf::of("sparse with glossary", Ranking { branch_weights: WORDS, ..plain }),
        ArmOf::of("sparse with glossary and activity", alone(WORDS)),
        ArmOf::by_meaning("dense with glossary", Ranking { branch_weights: MEANING, ..plain }),
        ArmOf::by_meaning("dense with glossary and activity", alone(MEANING)),
        ArmOf::by_meaning("hybrid with glossary", plain),
        ArmOf::of("with activity, templates not damped", undamped),
        ArmOf::of("with glossary and activity (default)", Ranking::default()),
    ]
}

/// Leaves out the arms that need a model where there is none, and says so.
pub(super) fn runnable(arms: Vec<ArmOf>, with_model: bool, outcome: &mut Outcome) -> Vec<ArmOf> {
    if with_model {
        return arms;
    }
    let (not_run, run): (Vec<ArmOf>, Vec<ArmOf>) = arms.into_iter().partition(|arm| arm.needs_model);
    not_run.iter().for_each(|arm| outcome.not_run(arm.name, NO_MODEL));
    outcome.result.notes.push("no model was chosen: every arm compares by words alone".to_owned());
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_model_no_arm_says_that_it_compares_by_meaning() {
        for arms in [arms_of_archive(), arms_of_queries()] {
            for arm in &arms {
                let says_so = arm.name.starts_with("dense") || arm.name.starts_with("hybrid");
                assert_eq!(arm.needs_model, says_so, "{}", arm.name);
                assert!(!says_so || arm.ranking.branch_weights[0] > 0.0, "{}", arm.name);
                assert_eq!(
                    arm.name.starts_with("sparse"),
                    arm.ranking.branch_weights[0] == 0.0,
                    "{}",
                    arm.name
                );
            }
            assert!(arms.iter().any(|arm| !arm.needs_model && arm.ranking == Ranking::default()));
        }
    }
}
