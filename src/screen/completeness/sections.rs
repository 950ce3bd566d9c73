//! Which canonical elements does each section speak of, by its heading and by its own text?

use std::collections::{BTreeMap, HashMap};

use crate::domain::ids::SectionId;
use crate::domain::requirement::ElementId;

use super::profile::Lens;
use super::reading::Reading;
use super::subjects::Subjects;

/// Elements shown per section.
const MOST: usize = 6;

/// Least strength with which an element is shown.
const LEAST: f32 = 0.7;

/// Returns the elements of each section, strongest first; sections without any are left out.
pub fn elements(reading: &Reading, subjects: &Subjects) -> BTreeMap<SectionId, Vec<ElementId>> {
    let mut strengths: BTreeMap<usize, Vec<(f32, usize)>> = BTreeMap::new();
    for (index, element) in subjects.elements().iter().enumerate() {
        let mut of_sections: BTreeMap<usize, f32> = BTreeMap::new();
        for title in &reading.titles[index] {
            let Some(section) = title.section else { continue };
            let strength = of_sections.entry(section).or_insert(0.0);
            *strength = strength.max(2.0 * title.strength);
        }
        let lens = Lens::of([element.0.as_str()]);
        let mut wording: HashMap<(usize, u32), f32> = HashMap::new();
        for hit in &reading.hits[index] {
            let unit = &reading.units.units[hit.unit];
            if let Some(section) = unit.section {
                let value = wording.entry((section, hit.phrase)).or_insert(0.0);
                *value = value.max(hit.weight * lens.trust(unit));
            }
        }
        let mut sums: Vec<((usize, u32), f32)> = wording.into_iter().collect();
        sums.sort_by_key(|(key, _)| *key);
        for ((section, _), value) in sums {
            *of_sections.entry(section).or_insert(0.0) += 0.35 * value;
        }
        for (section, strength) in of_sections {
            strengths.entry(section).or_default().push((strength, index));
        }
    }
    let mut found = BTreeMap::new();
    for (section, mut list) in strengths {
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let elements: Vec<ElementId> = list
            .into_iter()
            .filter(|(strength, _)| *strength >= LEAST)
            .take(MOST)
            .map(|(_, index)| subjects.elements()[index].clone())
            .collect();
        if !elements.is_empty() {
            found.insert(reading.document.sections[section].id, elements);
        }
    }
    found
}
