//! How do reports speak of elements and requirements beyond the wording of the law and the packs?
//!
//! The form of `rules/usage.toml`: more titles of elements, more phrases of requirements and of their parts, and
//! which requirements are narrower than the elements they map to.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::requirement::{ElementId, Phrases, RequirementId};

/// Usage of one requirement.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequirementUsage {
    /// True if only the requirement's own phrases are evidence, not its elements in general.
    pub narrow: bool,
    /// The elements whose evidence counts, if they are not those that the pack names.
    pub elements: Option<Vec<ElementId>>,
    /// More titles.
    pub headings: Phrases,
    /// More phrases for running text.
    pub wording: Phrases,
    /// More phrases per part, by the part's name.
    pub part: BTreeMap<String, Phrases>,
}

/// Usage beyond headings and packs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// Titles of lists that name everything and prove nothing: abbreviations, tables, figures.
    pub listing: Phrases,
    /// Titles of the report's own contents.
    pub contents: Phrases,
    /// More titles per element.
    pub headings: BTreeMap<ElementId, Phrases>,
    /// Per requirement.
    pub requirement: BTreeMap<RequirementId, RequirementUsage>,
}

#[cfg(test)]
mod tests {
    use crate::rules::Rulebook;

    #[test]
    fn usage_names_only_known_elements_requirements_and_parts() {
        let rulebook = Rulebook::load_builtin().unwrap();
        let usage = &rulebook.usage;
        for element in usage.headings.keys() {
            assert!(rulebook.elements.iter().any(|known| known.id == *element), "{element}");
        }
        for (id, extra) in &usage.requirement {
            let requirement = rulebook
                .sets
                .iter()
                .flat_map(|set| &set.requirements)
                .find(|known| known.id == *id)
                .unwrap_or_else(|| panic!("{id} is in no pack"));
            for element in extra.elements.iter().flatten() {
                assert!(rulebook.elements.iter().any(|known| known.id == *element), "{id}: {element}");
            }
            for part in extra.part.keys() {
                assert!(requirement.parts.iter().any(|known| known.name == *part), "{id}: {part}");
            }
        }
    }
}
