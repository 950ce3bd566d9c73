//! Which numbers does the decision on one requirement rest on?
//!
//! Fourth step of the completeness check. The numbers are the same for every requirement of every pack, so
//! that a few parameters serve all of them and a pack written tomorrow needs no fitting.

use std::collections::BTreeSet;

use crate::domain::language::Language;
use crate::domain::requirement::{ElementId, Requirement, RequirementSet};

use super::likeness::Likeness;
use super::meaning::Meaning;
use super::profile::{CLEAR_TITLE, Focus, Lens, Places, Profile, wording_in_scope};
use super::reading::Reading;
use super::subjects::{Nature, RequirementSubjects, SubjectIndex, Subjects, nature_of};

/// Names of the features, in the order of [`Features::values`].
pub const NAMES: [&str; 42] = [
    "bias",
    "heading",
    "title",
    "inside",
    "local",
    "total",
    "size",
    "numbers",
    "below",
    "meaning",
    "covered",
    "weakest_part",
    "strongest_part",
    "titled",
    "titled_heading",
    "statement",
    "statement_local",
    "chapter",
    "share",
    "doubt",
    "mention",
    "deferred",
    "specific",
    "denying",
    "bare",
    "speaking",
    "absent",
    "glossed",
    "focused",
    "figures",
    "slim",
    "gathered",
    "unheaded",
    "leading",
    "leading_size",
    "leading_figures",
    "formal",
    "alike",
    "alike_least",
    "alike_own",
    "hollow",
    "announced",
];

/// Number of features.
pub const COUNT: usize = NAMES.len();

/// What a feature belongs to when the decision is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Headings and what stands below them.
    Heading,
    /// Phrases in the text.
    Wording,
    /// Embeddings.
    Meaning,
    /// The requirement itself.
    Prior,
}

/// Returns what a feature belongs to.
pub fn source_of(feature: usize) -> Source {
    match NAMES[feature] {
        "heading" | "title" | "below" | "titled_heading" | "chapter" | "bare" | "announced" => {
            Source::Heading
        }
        "meaning" | "glossed" => Source::Meaning,
        "bias" | "titled" | "statement" | "specific" | "denying" => Source::Prior,
        _ => Source::Wording,
    }
}

/// Evidence for one part of a requirement.
#[derive(Debug, Clone, PartialEq)]
pub struct PartEvidence {
    /// Name of the part.
    pub name: String,
    /// How well it is covered, 0 to 1.
    pub covered: f32,
}

/// The numbers for one requirement in one document, with the evidence they were made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// One value per name in [`NAMES`].
    pub values: [f32; COUNT],
    /// Evidence of the whole requirement.
    pub profile: Profile,
    /// Evidence of its parts.
    pub parts: Vec<PartEvidence>,
    /// The passage that means it most, if passages have vectors.
    pub meaning: Option<Meaning>,
}

/// What a part's phrase far from the requirement's own wording counts, compared with one near it.
const FAR: f32 = 0.4;

/// Support of a requirement from which its parts count in full.
const GATE: f32 = 0.35;

/// Coverage below which a part that the law names is not there at all.
const ABSENT: f32 = 0.15;

fn elements_of(
    subjects: &Subjects,
    requirement: &Requirement,
    own: Option<&RequirementSubjects>,
) -> Vec<SubjectIndex> {
    match own {
        Some(own) => own.elements.clone(),
        None => requirement.elements.iter().filter_map(|element| subjects.element(element)).collect(),
    }
}

/// Returns the subjects whose titles and wording name the requirement, its parts left out.
pub fn subjects_that_name(
    subjects: &Subjects,
    requirement: &Requirement,
    own: Option<&RequirementSubjects>,
) -> Vec<SubjectIndex> {
    let is_narrow = own.is_some_and(|own| own.is_narrow);
    let mut named = if is_narrow { Vec::new() } else { elements_of(subjects, requirement, own) };
    named.extend(own.map(|own| own.own));
    named
}

/// Returns the share of the requirements that a heading or run-in title of the report names: where nearly all have
/// one, the lack of one says something.
pub fn orderly(reading: &Reading, subjects: &Subjects, set: &RequirementSet) -> f32 {
    let is_named = |requirement: &Requirement| {
        let own = subjects.requirement(&set.name, &requirement.id);
        subjects_that_name(subjects, requirement, own).iter().any(|subject| {
            reading.titles[*subject as usize].iter().any(|title| title.strength >= CLEAR_TITLE)
        })
    };
    let named = set.requirements.iter().filter(|requirement| is_named(requirement)).count();
    named as f32 / set.requirements.len().max(1) as f32
}

/// What is known before the evidence of one requirement is collected.
#[derive(Debug, Clone, Copy)]
pub struct OfDocument {
    /// Share of the requirements that have a title, see [`orderly`].
    pub orderly: f32,
    /// What labelled passages say about the requirement.
    pub likeness: Likeness,
}

/// Collects the evidence for `requirement`.
pub fn of_requirement(
    reading: &Reading,
    subjects: &Subjects,
    requirement: &Requirement,
    own: Option<&RequirementSubjects>,
    meanings: Option<&[Vec<Meaning>]>,
    document: OfDocument,
) -> Features {
    let is_narrow = own.is_some_and(|own| own.is_narrow);
    let lens = Lens::of(requirement.elements.iter().map(|element| element.0.as_str()));
    let core = subjects_that_name(subjects, requirement, own);
    let mut all = core.clone();
    all.extend(own.into_iter().flat_map(|own| own.parts.iter().copied()));
    // The parts' phrases are general (`because`, `plan`): they count where the requirement itself shows.
    let core_profile = Profile::of(reading, &core, lens);
    let gate = if is_narrow { 1.0 } else { (support(&core_profile) / GATE).min(1.0) };
    let near = core_profile.near.clone();
    let profile = if gate < 0.5 { core_profile } else { Profile::of(reading, &all, lens) };
    let mut parts = parts_of(reading, subjects, requirement, own, &profile, &near);
    for part in &mut parts {
        part.covered *= gate;
    }
    let meaning = meanings
        .filter(|_| !is_narrow)
        .and_then(|meanings| strongest(&elements_of(subjects, requirement, own), meanings));
    let nature = nature_of_all(&requirement.elements);
    let mut kin = elements_of(subjects, requirement, own);
    kin.extend(
        requirement
            .parts
            .iter()
            .flat_map(|part| &part.elements)
            .filter_map(|element| subjects.element(element)),
    );
    let subjects_used = if gate < 0.5 { &core } else { &all };
    let focus = Focus::of(reading, subjects_used, &kin, &profile.scope, lens);
    let values = values(&profile, &parts, meaning, nature, reading, focus, document);
    Features { values, profile, parts, meaning }
}

fn nature_of_all(elements: &[ElementId]) -> Nature {
    let natures: Vec<Nature> = elements.iter().map(nature_of).collect();
    if natures.contains(&Nature::Topic) || natures.is_empty() {
        Nature::Topic
    } else if natures.contains(&Nature::Titled) {
        Nature::Titled
    } else {
        Nature::Statement
    }
}

fn strongest(elements: &[SubjectIndex], meanings: &[Vec<Meaning>]) -> Option<Meaning> {
    elements
        .iter()
        .filter_map(|element| meanings.get(*element as usize)?.first().copied())
        .max_by(|a, b| a.contrast.total_cmp(&b.contrast).then(b.passage.cmp(&a.passage)))
}

fn values(
    profile: &Profile,
    parts: &[PartEvidence],
    meaning: Option<Meaning>,
    nature: Nature,
    reading: &Reading,
    focus: Focus,
    of_document: OfDocument,
) -> [f32; COUNT] {
    let OfDocument { orderly, likeness } = of_document;
    let document = reading.all_substance();
    let manner = reading.manner();
    let whole = [PartEvidence { name: String::new(), covered: support(profile) }];
    let parts = if parts.is_empty() { &whole } else { parts };
    let covered: Vec<f32> = parts.iter().map(|part| part.covered).collect();
    let mean = covered.iter().sum::<f32>() / covered.len() as f32;
    let titled = f32::from(nature == Nature::Titled);
    let statement = f32::from(nature == Nature::Statement);
    let local = profile.local.ln_1p();
    // Meaning that goes through a glossary of English words says less than meaning read in the text itself.
    let contrast = meaning.map_or(0.0, |meaning| meaning.contrast.clamp(0.0, 0.6) * 4.0);
    let main = reading.document.languages.first().map(|share| share.language);
    let is_english = main == Some(Language::English);
    [
        1.0,
        profile.heading,
        profile.title,
        profile.inside.ln_1p(),
        local,
        profile.total.ln_1p(),
        (profile.size / 300.0).ln_1p(),
        profile.numbers.ln_1p(),
        (profile.below / 300.0).ln_1p(),
        if is_english { contrast } else { 0.0 },
        mean,
        covered.iter().copied().fold(1.0, f32::min),
        covered.iter().copied().fold(0.0, f32::max),
        titled,
        titled * profile.heading,
        statement,
        statement * local,
        profile.title * (profile.below / 250.0).min(1.0),
        (100.0 * profile.size / document.max(1000.0)).ln_1p(),
        profile.doubt,
        profile.mention.ln_1p(),
        profile.deferred,
        manner.specific,
        manner.denying,
        f32::from(profile.is_bare),
        profile.speaking.ln_1p(),
        f32::from(covered.iter().any(|part| *part < ABSENT)),
        if is_english { 0.0 } else { contrast },
        focus.wording.ln_1p(),
        profile.figures.ln_1p(),
        f32::from(focus.is_slim()),
        profile.local / profile.total.max(1.0),
        orderly * (1.0 - profile.title),
        focus.units.ln_1p(),
        (focus.size / 300.0).ln_1p(),
        focus.figures.ln_1p(),
        profile.formal,
        likeness.substance,
        likeness.least_element,
        likeness.own,
        likeness.hollow,
        likeness.announced,
    ]
}

/// Returns how well a group of subjects is supported, 0 to 1.
pub fn support(profile: &Profile) -> f32 {
    let titled = 1.7 * profile.heading * (0.6 + profile.inside.min(1.2));
    1.0 - (-(titled + 0.45 * profile.local + 0.05 * profile.total)).exp()
}

fn parts_of(
    reading: &Reading,
    subjects: &Subjects,
    requirement: &Requirement,
    own: Option<&RequirementSubjects>,
    whole: &Profile,
    near: &BTreeSet<usize>,
) -> Vec<PartEvidence> {
    let mut parts = Vec::new();
    for (index, part) in requirement.parts.iter().enumerate() {
        let lens = Lens::of(part.elements.iter().map(|element| element.0.as_str()));
        let mut supports: Vec<f32> = part
            .elements
            .iter()
            .filter_map(|element| subjects.element(element))
            .map(|subject| support(&Profile::of(reading, &[subject], lens)))
            .collect();
        supports.sort_by(|a, b| b.total_cmp(a));
        let has_section = whole.title >= 0.5 && whole.below >= 100.0;
        let phrases = own.and_then(|own| own.parts.get(index).copied());
        let by_wording = phrases.map_or(0.0, |subject| {
            let own_lens = if part.elements.is_empty() { Lens::default() } else { lens };
            let nearby = if has_section { 0.5 } else { 0.75 };
            // A requirement without wording of its own is known by its parts alone.
            let elsewhere = if near.is_empty() { nearby } else { FAR * nearby };
            let places = Places { scope: &whole.scope, near, nearby, elsewhere };
            let wording = wording_in_scope(reading, subject, own_lens, places);
            1.0 - (-1.6 * wording).exp()
        });
        let is_narrow = own.is_some_and(|own| own.is_narrow);
        let general = if is_narrow { 0.2 } else { 0.6 };
        let covered = match (part.elements.is_empty(), part.wording.is_empty()) {
            (false, false) => covered_with_wording(&supports, part.minimum, general, by_wording),
            (false, true) => weakest_needed(&supports, part.minimum),
            _ => by_wording,
        };
        parts.push(PartEvidence { name: part.name.clone(), covered });
    }
    parts
}

/// Returns the support of the weakest of `needed` elements, which `supports` has strongest first; 0 if there are fewer.
fn weakest_needed(supports: &[f32], needed: usize) -> f32 {
    supports.get(needed.max(1) - 1).copied().unwrap_or(0.0)
}

/// Returns how well a part is covered by as many elements as it needs, or by one fewer and its own wording.
fn covered_with_wording(supports: &[f32], needed: usize, general: f32, by_wording: f32) -> f32 {
    let beside = if needed > 1 { weakest_needed(supports, needed - 1) } else { 1.0 };
    1.0 - (1.0 - general * weakest_needed(supports, needed)) * (1.0 - by_wording.min(beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_is_one_of_as_many_as_a_part_needs() {
        let covered = |supports: &[f32], needed| covered_with_wording(supports, needed, 0.6, 0.9);
        assert!((covered(&[0.0], 1) - 0.9).abs() < 1e-6, "one is needed, and the wording is there");
        assert!(covered(&[0.0], 2) < ABSENT, "its wording alone is one of two");
        assert!((covered(&[0.8], 2) - 0.8).abs() < 1e-6);
        assert!(covered(&[0.8, 0.0], 3) < ABSENT);
        assert!(covered(&[0.8, 0.7], 2) > covered(&[0.8, 0.0], 2), "more elements, more evidence");
    }
}
