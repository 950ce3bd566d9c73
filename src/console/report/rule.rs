//! What the rules say of a requirement, in the reader's language as far as they have words for it.

use super::{Reading, localized};
use crate::console::language::Words;
use crate::domain::language::Language;
use crate::domain::requirement::{Obligation, RequirementSet};
use crate::rpc::v1;

/// The question on which a requirement depends, in the reader's language, with "no" where the rules ask for the
/// contrary; `None` in English, where the program's own words are clearer.
pub fn condition(reading: &Reading<'_>, found: &v1::CompletenessFinding) -> Option<String> {
    let language = reading.w.language();
    if language == Language::English {
        return None;
    }
    let rulebook = &reading.screener.rulebook;
    let rules = &rulebook.set(&found.pack)?.requirements;
    let rule = rules.iter().find(|rule| rule.id.0 == found.requirement_id)?;
    let Obligation::Conditional { fact, .. } = &rule.obligation else { return None };
    let (key, is_contrary) = fact.strip_prefix('!').map_or((fact.as_str(), false), |key| (key, true));
    let question = rulebook.facts.iter().find(|known| known.key == key)?.question.get(&language)?;
    Some(if is_contrary { reading.w.about("condition-no", question) } else { question.clone() })
}

/// Title of a requirement in the reader's language.
pub fn title(reading: &Reading<'_>, found: &v1::CompletenessFinding) -> String {
    let set = reading.screener.rulebook.set(&found.pack);
    let requirement =
        set.and_then(|set| set.requirements.iter().find(|rule| rule.id.0 == found.requirement_id));
    requirement.map_or_else(|| found.title.clone(), |rule| localized(&rule.title, reading.w.language()))
}

/// The law in the reader's language; in English, and where the rules have no other words, as the rules cite it.
pub fn law(w: Words, set: &RequirementSet) -> &str {
    let own = set.act.get(&w.language()).filter(|_| w.language() != Language::English);
    own.map_or(&set.legal_basis, String::as_str)
}

/// Law and place in it, in the reader's language as far as the rules have words for it.
pub fn citation(reading: &Reading<'_>, found: &v1::CompletenessFinding) -> String {
    let w = reading.w;
    let set = reading.screener.rulebook.set(&found.pack);
    let own = set.filter(|set| w.language() != Language::English && set.act.contains_key(&w.language()));
    let Some(set) = own else { return found.citation.clone() };
    let law = law(w, set);
    let places =
        set.requirements.iter().find(|rule| rule.id.0 == found.requirement_id).map(|rule| &rule.places);
    match places.filter(|places| !places.is_empty()) {
        Some(places) => {
            let places: Vec<String> = places.iter().map(|place| w.legal_place(*place)).collect();
            format!("{law}, {}", places.join("; "))
        }
        None => format!("{law} ({})", found.citation),
    }
}

/// Parts that were not found, in the reader's language where the rules have words for them.
pub fn absent_parts(reading: &Reading<'_>, found: &v1::CompletenessFinding) -> Vec<String> {
    let rulebook = &reading.screener.rulebook;
    let set = rulebook.set(&found.pack);
    let requirement =
        set.and_then(|set| set.requirements.iter().find(|rule| rule.id.0 == found.requirement_id));
    let language = reading.w.language();
    let translated = |name: &String| {
        if language == Language::English {
            return None;
        }
        let part = requirement?.parts.iter().find(|part| part.name == *name)?;
        // Stems and words at a distance are no names.
        let is_name = |phrase: &&String| !phrase.contains(['*', '~']);
        let own = part.title.get(&language).cloned();
        let own = own.or_else(|| part.wording.get(&language)?.iter().find(is_name).cloned());
        own.or_else(|| {
            let [element] = part.elements.as_slice() else { return None };
            Some(rulebook.element(element)?.title.get(&language)?.clone())
        })
    };
    found.absent_parts.iter().map(|name| translated(name).unwrap_or_else(|| name.clone())).collect()
}
