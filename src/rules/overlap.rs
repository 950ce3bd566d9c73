//! Does a jurisdiction, with a day and a stage, ever mean two packs?
//!
//! `--rules uz` takes the pack that is in force for the stage. Were there two, one would be taken without a word, and
//! as long as an old one has no last day, always the old one.

use jiff::civil::Date;

use super::problem::Problem;
use super::resolve::stages_of;
use crate::domain::requirement::RequirementSet;

/// Adds a problem for every two packs between which a name, a day and a stage could not choose.
pub(super) fn check(sets: &[RequirementSet], problems: &mut Vec<Problem>) {
    for (at, one) in sets.iter().enumerate() {
        let jurisdiction = one.jurisdiction.to_lowercase();
        // The name of a pack goes before that of a jurisdiction: `kr` always means the pack `kr`.
        if sets.iter().any(|set| set.name == jurisdiction) {
            continue;
        }
        for other in &sets[at + 1..] {
            if jurisdiction != other.jurisdiction.to_lowercase() || !meet(one, other) {
                continue;
            }
            let theirs = stages_of(other);
            let shared: Vec<String> = stages_of(one).into_iter().filter(|own| theirs.contains(own)).collect();
            // Packs without a stage are named outright.
            if shared.is_empty() {
                continue;
            }
            let message = format!(
                "is in force on the same days as packs/{}.toml for the stage {}, so `{jurisdiction}` could mean either: \
                 end one of them by `in_force_until`, or begin it later by `in_force_from`",
                other.name,
                shared.join(", "),
            );
            problems.push(Problem::new(&format!("packs/{}.toml", one.name), "", message));
        }
    }
}

/// True if there is a day on which both are in force.
fn meet(one: &RequirementSet, other: &RequirementSet) -> bool {
    let (Some((from, until)), Some((other_from, other_until))) = (period(one), period(other)) else {
        // What is no day is reported as such, and says nothing here.
        return false;
    };
    from <= other_until && other_from <= until
}

/// First and last day; `None` if one of them is no day.
fn period(set: &RequirementSet) -> Option<(Date, Date)> {
    let day = |text: Option<&str>, open: Date| text.map_or(Some(open), |text| text.parse().ok());
    Some((day(set.in_force_from.as_deref(), Date::MIN)?, day(set.in_force_until.as_deref(), Date::MAX)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rulebook;
    use crate::rules::load::builtin_sources;

    /// Problems of the shipped rules with a copy of the statement pack under another name, changed so.
    fn problems(changes: &[(&str, &str)]) -> Vec<Problem> {
        let rulebook = Rulebook::from_sources(&builtin_sources()).expect("the shipped rules are sound");
        let mut sets = rulebook.sets.clone();
        let mut own = rulebook.set("uz-234-statement").expect("it is there").clone();
        own.name = "uz-own".to_owned();
        for (key, value) in changes {
            let value = (*value).to_owned();
            match *key {
                "name" => own.name = value,
                "from" => own.in_force_from = Some(value),
                "until" => own.in_force_until = Some(value),
                "stage" => own.stage = value,
                "jurisdiction" => own.jurisdiction = value,
                other => panic!("no such key: {other}"),
            }
        }
        sets.push(own);
        let mut problems = Vec::new();
        check(&sets, &mut problems);
        problems
    }

    #[test]
    fn two_packs_of_one_law_and_stage_in_force_together_are_refused_with_both_names() {
        let together: [&[(&str, &str)]; 4] =
            [&[], &[("jurisdiction", "uz")], &[("until", "2026-08-15")], &[("from", "2030-01-01")]];
        for changes in together {
            let found = problems(changes);
            assert_eq!(found.len(), 1, "{changes:?}: {found:?}");
            let said = found[0].to_string();
            for name in ["packs/uz-234-statement.toml: ", "packs/uz-own.toml", "statement", "in_force_until"]
            {
                assert!(said.contains(name), "{name}: {said}");
            }
        }
    }

    #[test]
    fn packs_that_follow_each_other_or_are_of_other_stages_or_laws_may_be_there_together() {
        let before = [("from", "2026-08-01"), ("until", "2026-08-14")];
        assert_eq!(problems(&before).len(), 1, "until then there was No. 541");
        let apart: [&[(&str, &str)]; 4] = [
            &[("stage", "scoping")],
            &[("stage", "")],
            &[("jurisdiction", "XX")],
            &[("from", "2010-01-01"), ("until", "2020-09-06")],
        ];
        for changes in apart {
            assert_eq!(problems(changes), Vec::new(), "{changes:?}");
        }
    }

    #[test]
    fn a_jurisdiction_that_is_also_the_name_of_a_pack_always_means_that_pack() {
        let of_korea = [("jurisdiction", "KR"), ("stage", "assessment")];
        assert_eq!(problems(&of_korea), Vec::new(), "`kr` is the pack of that name");
        assert_eq!(problems(&[("name", "uz")]), Vec::new(), "`uz` is the added pack");
        assert_eq!(problems(&[("name", "kr-own")]).len(), 1);
    }
}
