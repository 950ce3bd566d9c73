//! Which requirement sets apply? Names as the user gives them, with the day of submission and the stage.
//!
//! A name is either a set (`eu`, `uz-234-draft`) or a jurisdiction with several sets (`uz`), of which the
//! one in force on the day of submission and made for the stage is taken. Lists are `uz,eu`.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::load::Rulebook;
use crate::domain::requirement::RequirementSet;

/// Other words for a stage, as case systems and files write them, lower case.
const STAGES: &[(&str, &[&str])] = &[
    (
        "draft",
        &[
            "draft statement",
            "draft-statement",
            "draft zvos",
            "pzvos",
            "i",
            "1",
            "проект звос",
            "пзвос",
            "amtbl",
        ],
    ),
    ("statement", &["zvos", "ii", "2", "звос", "amtb", "eis"]),
    (
        "consequences",
        &[
            "consequences statement",
            "statement of environmental consequences",
            "zep",
            "iii",
            "3",
            "зэп",
            "eotb",
        ],
    ),
    ("assessment", &["eia", "full"]),
    ("small-scale", &["small scale", "small", "소규모"]),
];

/// Why no set could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Name a rule pack.
    #[error("no rule pack was named; known are {}", known.join(", "))]
    NoneNamed {
        /// Names that can be given.
        known: Vec<String>,
    },
    /// Correct the name.
    #[error("unknown rule pack `{name}`; known are {}", known.join(", "))]
    UnknownPack {
        /// The name given.
        name: String,
        /// Names that can be given.
        known: Vec<String>,
    },
    /// Correct the stage.
    #[error("unknown stage `{stage}`; known are {}", known.join(", "))]
    UnknownStage {
        /// The stage given.
        stage: String,
        /// Stages that can be given.
        known: Vec<String>,
    },
    /// Name a pack outright, or correct the date.
    #[error("no rule pack of `{name}` was in force on {submitted}; known are {}", known.join(", "))]
    NoneInForce {
        /// The name given.
        name: String,
        /// The day of submission.
        submitted: String,
        /// The packs of that name.
        known: Vec<String>,
    },
    /// Correct the key.
    #[error("unknown fact `{fact}`; known are {}", known.join(", "))]
    UnknownFact {
        /// The key given.
        fact: String,
        /// Keys that can be given.
        known: Vec<String>,
    },
}

impl ResolveError {
    /// Returns a stable code for the kind of error, in upper case with underscores.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoneNamed { .. } => "NO_RULE_PACK",
            Self::UnknownPack { .. } => "UNKNOWN_RULE_PACK",
            Self::UnknownStage { .. } => "UNKNOWN_STAGE",
            Self::NoneInForce { .. } => "NO_RULE_PACK_IN_FORCE",
            Self::UnknownFact { .. } => "INVALID_FIELD",
        }
    }
}

impl Rulebook {
    /// Returns the sets that `names` mean for a submission on the day `submitted` at `stage` (the stage a
    /// pack assumes if `None`), in the order named, each once, reduced to the requirements of the stage.
    ///
    /// # Errors
    /// [`ResolveError`] if a name or stage is unknown, or no set was in force on that day.
    pub fn resolve(
        &self,
        names: &[&str],
        submitted: Date,
        stage: Option<&str>,
    ) -> Result<Vec<RequirementSet>, ResolveError> {
        let stage = stage.map(canonical_stage).filter(|stage| !stage.is_empty());
        self.require_known_stage(stage.as_deref())?;
        let mut chosen: Vec<RequirementSet> = Vec::new();
        for name in names.iter().flat_map(|list| list.split(',')).map(str::trim) {
            if name.is_empty() {
                continue;
            }
            let set = self.choose(&name.to_lowercase(), submitted, stage.as_deref())?;
            if chosen.iter().all(|earlier| earlier.name != set.name) {
                chosen.push(set);
            }
        }
        if chosen.is_empty() {
            return Err(ResolveError::NoneNamed { known: self.known_names() });
        }
        Ok(chosen)
    }

    /// Refuses facts that no pack asks for: of a fact that is mistyped the one that was meant stays unknown.
    ///
    /// # Errors
    /// [`ResolveError::UnknownFact`] with the first of them.
    pub fn require_known_facts(&self, facts: &BTreeMap<String, bool>) -> Result<(), ResolveError> {
        let is_known = |key: &&String| self.facts.iter().any(|fact| fact.key == **key);
        match facts.keys().find(|key| !is_known(key)) {
            None => Ok(()),
            Some(unknown) => Err(ResolveError::UnknownFact {
                fact: unknown.clone(),
                known: self.facts.iter().map(|fact| fact.key.clone()).collect(),
            }),
        }
    }

    /// Returns every name [`Rulebook::resolve`] understands: the sets, and jurisdictions with several.
    pub fn known_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sets.iter().map(|set| set.name.clone()).collect();
        names.extend(self.sets.iter().map(|set| set.jurisdiction.to_lowercase()));
        names.sort();
        names.dedup();
        names
    }

    fn choose(
        &self,
        name: &str,
        submitted: Date,
        stage: Option<&str>,
    ) -> Result<RequirementSet, ResolveError> {
        if let Some(set) = self.set(name) {
            // A set named outright applies whatever the day: archived cases are screened by old law.
            // A stage meant for another set of the list does not speak against it.
            let own = stage.filter(|stage| stages_of(set).iter().any(|known| known == stage));
            return Ok(reduce(set, own));
        }
        let family: Vec<&RequirementSet> =
            self.sets.iter().filter(|set| set.jurisdiction.to_lowercase() == name).collect();
        if family.is_empty() {
            return Err(ResolveError::UnknownPack { name: name.to_owned(), known: self.known_names() });
        }
        let in_force: Vec<_> = family.iter().copied().filter(|set| covers(set, submitted)).collect();
        if in_force.is_empty() {
            return Err(ResolveError::NoneInForce {
                name: name.to_owned(),
                submitted: submitted.to_string(),
                known: family.iter().map(|set| set.name.clone()).collect(),
            });
        }
        let wanted = stage.unwrap_or("draft");
        // One at most: rules with two are not loaded ([`super::overlap`]).
        in_force
            .iter()
            .find(|set| stages_of(set).iter().any(|known| known == wanted))
            .map(|set| reduce(set, Some(wanted)))
            .ok_or_else(|| {
                let mut known: Vec<String> = in_force.iter().flat_map(|set| stages_of(set)).collect();
                known.sort();
                known.dedup();
                ResolveError::UnknownStage { stage: wanted.to_owned(), known }
            })
    }

    /// Refuses a stage that no set knows: a typing error must not pass as "no stage".
    fn require_known_stage(&self, stage: Option<&str>) -> Result<(), ResolveError> {
        let Some(stage) = stage else { return Ok(()) };
        let mut known: Vec<String> = self.sets.iter().flat_map(stages_of).collect();
        known.sort();
        known.dedup();
        if known.iter().any(|one| one == stage) {
            return Ok(());
        }
        Err(ResolveError::UnknownStage { stage: stage.to_owned(), known })
    }
}

/// Returns the word this project uses for a stage; an unknown word is returned in lower case.
pub fn canonical_stage(stage: &str) -> String {
    let folded = stage.trim().to_lowercase().replace('_', "-");
    STAGES
        .iter()
        .find(|(canonical, others)| *canonical == folded || others.contains(&folded.as_str()))
        .map_or(folded, |(canonical, _)| (*canonical).to_owned())
}

/// Stages a set covers: its own and those its requirements name.
pub(super) fn stages_of(set: &RequirementSet) -> Vec<String> {
    let mut stages = vec![set.stage.clone()];
    stages.extend(set.requirements.iter().map(|requirement| requirement.stage.clone()));
    stages.retain(|stage| !stage.is_empty());
    stages.sort();
    stages.dedup();
    stages
}

/// True if the set was in force on that day. Days were checked when the rules were loaded.
fn covers(set: &RequirementSet, day: Date) -> bool {
    let from = set.in_force_from.as_deref().and_then(|text| text.parse::<Date>().ok());
    let until = set.in_force_until.as_deref().and_then(|text| text.parse::<Date>().ok());
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
}

/// Copies a set with the requirements of one stage; without a stage, the one the set assumes.
fn reduce(set: &RequirementSet, stage: Option<&str>) -> RequirementSet {
    let stage = stage.unwrap_or(&set.stage);
    let mut reduced = set.clone();
    reduced.requirements.retain(|requirement| requirement.stage.is_empty() || requirement.stage == stage);
    stage.clone_into(&mut reduced.stage);
    reduced
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RULEBOOK: LazyLock<Rulebook> =
        LazyLock::new(|| Rulebook::load_builtin().expect("the shipped rules load"));

    fn names(asked: &[&str], submitted: &str, stage: Option<&str>) -> Result<Vec<String>, ResolveError> {
        let day = submitted.parse().expect("a day");
        Ok(RULEBOOK.resolve(asked, day, stage)?.into_iter().map(|set| set.name).collect())
    }

    #[test]
    fn uz_is_chosen_by_day_and_stage() {
        for (day, stage, expected) in [
            ("2025-01-01", None, "uz-541"),
            ("2026-06-30", Some("draft"), "uz-541"),
            ("2026-10-01", None, "uz-234-draft"),
            ("2026-10-01", Some("draft"), "uz-234-draft"),
            ("2026-10-01", Some("Statement"), "uz-234-statement"),
            ("2026-10-01", Some("ZEP"), "uz-234-consequences"),
            ("2026-10-01", Some("consequences"), "uz-234-consequences"),
        ] {
            assert_eq!(names(&["uz"], day, stage), Ok(vec![expected.to_owned()]), "{day} {stage:?}");
        }
    }

    #[test]
    fn a_list_keeps_its_order_and_names_each_set_once() {
        let found = names(&["uz,eu", " ADB ", "uz-234-draft"], "2026-10-01", Some("draft"));
        assert_eq!(found, Ok(vec!["uz-234-draft".to_owned(), "eu".to_owned(), "adb".to_owned()]));
    }

    #[test]
    fn a_set_named_outright_applies_on_any_day() {
        assert_eq!(names(&["uz-541"], "2026-10-01", None), Ok(vec!["uz-541".to_owned()]));
    }

    #[test]
    fn a_set_of_several_stages_is_reduced_to_the_one_asked_for() {
        let day = "2025-01-01".parse().expect("a day");
        for (name, stage, first, count) in [
            ("uz", None, "UZ541-D01", 10),
            ("uz", Some("statement"), "UZ541-S01", 1),
            ("uz-541", Some("consequences"), "UZ541-Z01", 1),
            ("kr", None, "KR-01", 17),
            ("kr", Some("small-scale"), "KR-S1", 6),
            ("eu", Some("draft"), "EU-01", 19),
        ] {
            let sets = RULEBOOK.resolve(&[name], day, stage).expect("resolves");
            assert_eq!(sets[0].requirements[0].id.0, first, "{name} {stage:?}");
            assert_eq!(sets[0].requirements.len(), count, "{name} {stage:?}");
        }
    }

    #[test]
    fn unknown_names_and_stages_are_refused_with_what_is_known() {
        let error = names(&["atlantis"], "2026-10-01", None).expect_err("no such pack");
        let text = error.to_string();
        assert!(text.starts_with("unknown rule pack `atlantis`; known are adb, espoo, eu, kr"), "{text}");
        assert!(text.contains(", uz, uz-234-consequences, uz-234-draft,"), "{text}");
        let error = names(&["uz"], "2026-10-01", Some("darft")).expect_err("no such stage");
        assert!(matches!(error, ResolveError::UnknownStage { .. }), "{error}");
        let error = names(&[" , "], "2026-10-01", None).expect_err("nothing named");
        assert!(matches!(error, ResolveError::NoneNamed { .. }), "{error}");
        let error = names(&["uz"], "1999-01-01", None).expect_err("before every law");
        assert!(matches!(error, ResolveError::NoneInForce { .. }), "{error}");
    }

    #[test]
    fn facts_that_no_pack_asks_for_are_refused_with_those_it_asks_for() {
        let facts = |keys: &[&str]| -> BTreeMap<String, bool> {
            keys.iter().map(|key| ((*key).to_owned(), false)).collect()
        };
        assert_eq!(RULEBOOK.require_known_facts(&facts(&[])), Ok(()));
        assert_eq!(RULEBOOK.require_known_facts(&facts(&["full_eia", "hearing_required"])), Ok(()));
        for key in ["hearing_requird", "Hearing_Required", "!hearing_required", ""] {
            let error = RULEBOOK.require_known_facts(&facts(&["full_eia", key])).expect_err("no such fact");
            let text = error.to_string();
            assert!(
                text.starts_with(&format!("unknown fact `{key}`; known are category_i_or_ii, ")),
                "{text}"
            );
            assert!(text.contains(", hearing_required, "), "{text}");
        }
    }

    #[test]
    fn a_pack_may_call_its_stage_by_any_word_for_it() {
        let mut sources = crate::rules::load::builtin_sources();
        for (file, from, to) in [
            ("packs/uz-234-statement.toml", "stage = \"statement\"", "stage = \"EIS\""),
            ("packs/uz-541.toml", "stage = \"consequences\"", "stage = \"ZEP\""),
        ] {
            let text = sources.get_mut(file).expect("the pack is embedded");
            assert!(text.contains(from), "{file}");
            *text = text.replace(from, to);
        }
        let rulebook = Rulebook::from_sources(&sources).expect("the words are no fault");
        for (day, stage, expected) in [
            ("2026-10-01", "EIS", "uz-234-statement"),
            ("2026-10-01", "statement", "uz-234-statement"),
            ("2025-01-01", "zep", "uz-541"),
        ] {
            let sets = rulebook.resolve(&["uz"], day.parse().expect("a day"), Some(stage)).expect("resolves");
            assert_eq!(
                (sets[0].name.as_str(), sets[0].requirements.is_empty()),
                (expected, false),
                "{stage}"
            );
        }
    }
}
