//! Can these rules work? Every fault in a rulebook, found before it is used.
//!
//! [`rulebook`] runs over what could be read of the files and adds a [`Problem`] for each fault, so that an
//! editor sees all of them at once. Faults of form (unknown keys, wrong types) were found when the files
//! were parsed; examples are tried in `examples`.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::condition::fact_of;
use super::examples;
use super::load::Rulebook;
use super::overlap;
use super::problem::Problem;
use crate::domain::language::Language;
use crate::domain::requirement::{
    ElementId, Localized, Obligation, Phrases, Requirement, RequirementPart, RequirementSet,
};

const ELEMENTS: &str = "elements.toml";
const FACTS: &str = "facts.toml";

/// Adds every fault of `rulebook` to `problems`.
pub fn rulebook(rulebook: &Rulebook, problems: &mut Vec<Problem>) {
    check_elements(rulebook, problems);
    check_facts(rulebook, problems);
    let known = Known::of(rulebook);
    let mut seen = BTreeSet::new();
    for set in &rulebook.sets {
        let file = format!("packs/{}.toml", set.name);
        check_set(set, &file, problems);
        for requirement in &set.requirements {
            if !seen.insert(&requirement.id) {
                problems.push(Problem::new(&file, &requirement.id.0, "the code is used twice"));
            }
            RequirementCheck { requirement, file: &file, problems }.run(&known);
        }
    }
    overlap::check(&rulebook.sets, problems);
    examples::check(rulebook, problems);
}

/// What requirements may refer to.
struct Known<'a> {
    elements: BTreeSet<&'a ElementId>,
    facts: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(rulebook: &'a Rulebook) -> Self {
        Self {
            elements: rulebook.elements.iter().map(|element| &element.id).collect(),
            facts: rulebook.facts.iter().map(|fact| fact.key.as_str()).collect(),
        }
    }
}

fn check_elements(rulebook: &Rulebook, problems: &mut Vec<Problem>) {
    for pair in rulebook.elements.windows(2) {
        if pair[0].id == pair[1].id {
            problems.push(Problem::new(ELEMENTS, &pair[0].id.0, "the element is written twice"));
        }
    }
    for element in &rulebook.elements {
        let id = &element.id.0;
        check_titles(&element.title, ELEMENTS, id, problems);
        for (name, phrases) in [
            ("headings", &element.headings),
            ("wording", &element.wording),
            ("descriptions", &element.descriptions),
            ("decoys", &element.decoys),
        ] {
            let file = if name == "headings" { ELEMENTS } else { "evidence/" };
            check_phrases(phrases, name, file, id, problems);
        }
        if element.headings.is_empty() {
            problems.push(Problem::new(ELEMENTS, id, "no headings"));
        }
    }
    check_phrases(&rulebook.pointers, "pointers", ELEMENTS, "", problems);
}

fn check_facts(rulebook: &Rulebook, problems: &mut Vec<Problem>) {
    let used: BTreeSet<&str> = rulebook
        .sets
        .iter()
        .flat_map(|set| &set.requirements)
        .filter_map(|requirement| match &requirement.obligation {
            Obligation::Conditional { fact, .. } => Some(fact_of(fact).0),
            Obligation::Mandatory | Obligation::Indicative => None,
        })
        .collect();
    for pair in rulebook.facts.windows(2) {
        if pair[0].key == pair[1].key {
            problems.push(Problem::new(FACTS, &pair[0].key, "the fact is written twice"));
        }
    }
    for fact in &rulebook.facts {
        let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if fact.key.is_empty() || !fact.key.chars().all(well_formed) {
            problems.push(Problem::new(FACTS, &fact.key, "a key has small letters, digits and `_` only"));
        }
        check_titles(&fact.question, FACTS, &fact.key, problems);
        if !used.contains(fact.key.as_str()) {
            problems.push(Problem::new(FACTS, &fact.key, "no requirement depends on this fact"));
        }
    }
}

fn check_set(set: &RequirementSet, file: &str, problems: &mut Vec<Problem>) {
    let mut fault = |message: &str| problems.push(Problem::new(file, "", message));
    if set.version.parse::<Date>().is_err() {
        fault("`version` is not a day of the form YYYY-MM-DD");
    }
    if set.jurisdiction.trim().is_empty() {
        fault("`jurisdiction` is empty");
    }
    if set.legal_basis.trim().is_empty() {
        fault("`legal_basis` is empty");
    }
    if set.requirements.is_empty() {
        fault("the pack has no requirements");
    }
    let mut days = Vec::new();
    for day in [&set.in_force_from, &set.in_force_until].into_iter().flatten() {
        match day.parse::<Date>() {
            Ok(parsed) => days.push(parsed),
            Err(_) => fault(&format!("`{day}` is not a day of the form YYYY-MM-DD")),
        }
    }
    if days.len() == 2 && days[1] < days[0] {
        fault("`in_force_until` is before `in_force_from`: the pack could never be chosen");
    }
    let stages: BTreeSet<&str> =
        set.requirements.iter().map(|r| r.stage.as_str()).filter(|stage| !stage.is_empty()).collect();
    if !stages.is_empty() && !stages.contains(set.stage.as_str()) {
        fault("`stage` of the pack is not one of the stages its requirements name");
    }
    check_titles(&set.title, file, "", problems);
}

/// One requirement under check.
struct RequirementCheck<'a> {
    requirement: &'a Requirement,
    file: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl RequirementCheck<'_> {
    fn run(&mut self, known: &Known) {
        let requirement = self.requirement;
        let id = &requirement.id.0;
        check_titles(&requirement.title, self.file, id, self.problems);
        for (name, phrases) in [
            ("headings", &requirement.headings),
            ("wording", &requirement.wording),
            ("descriptions", &requirement.descriptions),
        ] {
            check_phrases(phrases, name, self.file, id, self.problems);
        }
        self.require(!id.trim().is_empty(), "the code is empty");
        self.require(!requirement.content.trim().is_empty(), "`content` is empty");
        self.require(!requirement.citation.trim().is_empty(), "`citation` is empty");
        self.obligation(known);
        self.elements(&requirement.elements, "", known);
        let has_cues = !requirement.elements.is_empty()
            || !requirement.headings.is_empty()
            || !requirement.wording.is_empty();
        self.require(has_cues, "nothing can match it: no elements, headings or wording");
        if let Some(limits) = requirement.thresholds {
            let ordered = 0.0 < limits.weak && limits.weak < limits.present && limits.present <= 1.0;
            self.require(ordered, "thresholds must be 0 < weak < present <= 1");
        }
        self.parts(known);
        self.require(!requirement.accept.is_empty(), "no example that must match");
        self.require(!requirement.reject.is_empty(), "no example that must not match");
        for example in requirement.accept.iter().chain(&requirement.reject) {
            let empty = example.heading.trim().is_empty() && example.text.trim().is_empty();
            self.require(!empty, "an example is empty");
        }
    }

    fn obligation(&mut self, known: &Known) {
        let Obligation::Conditional { fact, condition } = &self.requirement.obligation else { return };
        let (key, _) = fact_of(fact);
        if !known.facts.contains(key) {
            self.fault(format!("unreachable condition: `{key}` is not a fact of facts.toml"));
        }
        self.require(!condition.trim().is_empty(), "the condition is not stated in words");
    }

    fn parts(&mut self, known: &Known) {
        let mut names = BTreeSet::new();
        for part in &self.requirement.parts {
            let RequirementPart { name, title: _, elements, minimum, wording } = part;
            self.require(!name.trim().is_empty(), "a part has no name");
            if !names.insert(name) {
                self.fault(format!("part `{name}` is written twice"));
            }
            let id = &self.requirement.id.0;
            check_phrases(wording, &format!("part `{name}`"), self.file, id, self.problems);
            self.elements(elements, &format!("part `{name}`: "), known);
            let reachable = elements.len() + usize::from(!wording.is_empty());
            if *minimum == 0 || *minimum > reachable {
                self.fault(format!("part `{name}`: minimum {minimum} of {reachable} can never be met"));
            }
        }
    }

    fn elements(&mut self, elements: &[ElementId], place: &str, known: &Known) {
        let mut seen = BTreeSet::new();
        for element in elements {
            if !known.elements.contains(element) {
                self.fault(format!("{place}unknown element `{element}`"));
            }
            if !seen.insert(element) {
                self.fault(format!("{place}element `{element}` is named twice"));
            }
        }
    }

    fn require(&mut self, holds: bool, message: &str) {
        if !holds {
            self.fault(message.to_owned());
        }
    }

    fn fault(&mut self, message: String) {
        self.problems.push(Problem::new(self.file, &self.requirement.id.0, message));
    }
}

fn check_titles(titles: &Localized, file: &str, subject: &str, problems: &mut Vec<Problem>) {
    if !titles.contains_key(&Language::English) {
        problems.push(Problem::new(file, subject, "no English title"));
    }
    for (language, title) in titles {
        if title.trim().is_empty() {
            problems.push(Problem::new(file, subject, format!("the {language} title is empty")));
        }
    }
}

fn check_phrases(phrases: &Phrases, name: &str, file: &str, subject: &str, problems: &mut Vec<Problem>) {
    for (language, list) in phrases {
        let mut seen = BTreeSet::new();
        let mut fault = |message: String| problems.push(Problem::new(file, subject, message));
        if list.is_empty() {
            fault(format!("{name}.{language} is an empty list"));
        }
        for phrase in list {
            if phrase.trim().is_empty() {
                fault(format!("{name}.{language} has an empty phrase"));
            } else if !seen.insert(phrase.to_lowercase()) {
                fault(format!("{name}.{language} has `{phrase}` twice"));
            }
        }
    }
}
