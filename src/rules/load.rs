//! Where do rules come from? Files embedded in the program, or a folder, become a [`Rulebook`].
//!
//! Layout of the folder: `elements.toml`, `facts.toml`, `evidence/*.toml`, `packs/*.toml`, and how reports say
//! things, `usage.toml` and `vocabulary/*.toml` (the built-in ones where a folder has none); anything else
//! there (risk lexicons) is somebody else's and left alone. A rulebook is made in one go: all files are
//! read and checked, and every fault is reported at once.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::check;
use super::problem::{Problem, RulesError};
use super::toml_format::{ElementsFile, EvidenceEntry, EvidenceFile, Fact, FactsFile, PackFile};
use super::usage::Usage;
use super::vocabulary::Vocabulary;
use crate::domain::provenance::RulesIdentity;
use crate::domain::requirement::{CanonicalElement, ElementId, Phrases, RequirementSet};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/packs");
static EVIDENCE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/evidence");
static VOCABULARY: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/vocabulary");
const ELEMENTS: &str = include_str!("../../rules/elements.toml");
const FACTS: &str = include_str!("../../rules/facts.toml");
const USAGE: &str = include_str!("../../rules/usage.toml");

/// Source texts by path under the rules folder.
pub type Sources = BTreeMap<String, String>;

/// Every requirement set with the canonical elements it rests on; checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Rulebook {
    /// Canonical elements, by id.
    pub elements: Vec<CanonicalElement>,
    /// Requirement sets, by name.
    pub sets: Vec<RequirementSet>,
    /// Facts on which obligations may depend, by key.
    pub facts: Vec<Fact>,
    /// Phrases that mark a mere pointer elsewhere; also among the decoys of every element.
    pub pointers: Phrases,
    /// How reports speak of elements and requirements beyond the wording of the law.
    pub usage: Usage,
    /// How they speak in each language.
    pub vocabularies: Vec<Vocabulary>,
    /// Identities of the layers below the packs: `elements`, `evidence`, `facts`, `usage`, `vocabulary`.
    pub base_identities: Vec<RulesIdentity>,
}

impl Rulebook {
    /// Loads the rules this program was built with.
    ///
    /// # Errors
    /// [`RulesError::Faulty`] if the embedded files have faults, which the tests of this module exclude.
    pub fn load_builtin() -> Result<Self, RulesError> {
        Self::from_sources(&builtin_sources())
    }

    /// Loads the rules of a folder laid out like `rules/`.
    ///
    /// # Errors
    /// [`RulesError::Unreadable`] if a file cannot be read, [`RulesError::Faulty`] with every fault.
    pub fn load_dir(folder: &Path) -> Result<Self, RulesError> {
        let mut sources = Sources::new();
        for name in ["elements.toml", "facts.toml"] {
            sources.insert(name.to_owned(), read(&folder.join(name))?);
        }
        for sub in ["evidence", "packs"] {
            read_folder(folder, sub, &mut sources)?;
        }
        if folder.join("usage.toml").is_file() {
            sources.insert("usage.toml".to_owned(), read(&folder.join("usage.toml"))?);
        } else {
            sources.insert("usage.toml".to_owned(), USAGE.to_owned());
        }
        if folder.join("vocabulary").is_dir() {
            read_folder(folder, "vocabulary", &mut sources)?;
        } else {
            add_embedded("vocabulary", &VOCABULARY, &mut sources);
        }
        Self::from_sources(&sources)
    }

    /// Makes a rulebook of source texts.
    ///
    /// # Errors
    /// [`RulesError::Faulty`] with every fault, ordered by file and subject.
    pub fn from_sources(sources: &Sources) -> Result<Self, RulesError> {
        let mut problems = Vec::new();
        let below = layers_below(sources, &mut problems);
        below.finished(read_packs(sources, &mut problems), problems)
    }

    /// Returns these layers with the packs of `sources`, whose other files are left alone, instead of its own.
    ///
    /// # Errors
    /// [`RulesError::Faulty`] with every fault, ordered by file and subject.
    pub(crate) fn with_packs(&self, sources: &Sources) -> Result<Self, RulesError> {
        let mut problems = Vec::new();
        let sets = read_packs(sources, &mut problems);
        self.clone().finished(sets, problems)
    }

    /// Returns the rulebook with `sets` if neither reading (`problems`) nor checking found a fault.
    fn finished(
        mut self,
        mut sets: Vec<RequirementSet>,
        mut problems: Vec<Problem>,
    ) -> Result<Self, RulesError> {
        sets.sort_by(|a, b| a.name.cmp(&b.name));
        self.sets = sets;
        check::rulebook(&self, &mut problems);
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(self) } else { Err(RulesError::Faulty(problems)) }
    }

    /// Returns the set of that exact name.
    pub fn set(&self, name: &str) -> Option<&RequirementSet> {
        self.sets.iter().find(|set| set.name == name)
    }

    /// Returns the element of that id.
    pub fn element(&self, id: &ElementId) -> Option<&CanonicalElement> {
        let at = self.elements.binary_search_by(|element| element.id.cmp(id)).ok()?;
        self.elements.get(at)
    }

    /// Returns the identities behind a screening with `sets`: the layers below, then the packs, by name.
    pub fn identities(&self, sets: &[RequirementSet]) -> Vec<RulesIdentity> {
        let packs = sets.iter().map(|set| RulesIdentity {
            name: set.name.clone(),
            version: set.version.clone(),
            sha256: set.sha256.clone(),
        });
        let mut identities: Vec<_> = self.base_identities.iter().cloned().chain(packs).collect();
        identities.sort();
        identities.dedup();
        identities
    }
}

/// Returns the source texts embedded in the program.
pub fn builtin_sources() -> Sources {
    let mut sources = Sources::from([
        ("elements.toml".to_owned(), ELEMENTS.to_owned()),
        ("facts.toml".to_owned(), FACTS.to_owned()),
        ("usage.toml".to_owned(), USAGE.to_owned()),
    ]);
    for (sub, folder) in [("evidence", &EVIDENCE), ("packs", &PACKS), ("vocabulary", &VOCABULARY)] {
        add_embedded(sub, folder, &mut sources);
    }
    sources
}

fn add_embedded(sub: &str, folder: &Dir<'static>, sources: &mut Sources) {
    for file in folder.files() {
        let name = file.path().file_name().and_then(|name| name.to_str());
        if let (Some(name), Some(text)) = (name, file.contents_utf8())
            && name.ends_with(".toml")
        {
            sources.insert(format!("{sub}/{name}"), text.to_owned());
        }
    }
}

fn read(path: &Path) -> Result<String, RulesError> {
    std::fs::read_to_string(path).map_err(|source| RulesError::Unreadable { path: path.to_owned(), source })
}

fn read_folder(folder: &Path, sub: &str, sources: &mut Sources) -> Result<(), RulesError> {
    let path = folder.join(sub);
    let unreadable = |source| RulesError::Unreadable { path: path.clone(), source };
    for entry in std::fs::read_dir(&path).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".toml")) {
            sources.insert(format!("{sub}/{name}"), read(&path.join(name))?);
        }
    }
    Ok(())
}

/// Reads every source but the packs; what cannot be read becomes a problem and is left out of the rulebook.
fn layers_below(sources: &Sources, problems: &mut Vec<Problem>) -> Rulebook {
    let (elements_version, pointers, entries) =
        match parse::<ElementsFile>(sources, "elements.toml", problems) {
            Some(file) => (file.version, file.pointers, file.element),
            None => Default::default(),
        };
    let (facts_version, mut facts) = match parse::<FactsFile>(sources, "facts.toml", problems) {
        Some(file) => (file.version, file.fact),
        None => Default::default(),
    };
    let mut evidence = read_evidence(sources, problems);
    let mut elements: Vec<CanonicalElement> = entries
        .into_iter()
        .map(|entry| {
            let own = evidence.remove(&entry.id).map(|(_, own)| own).unwrap_or_default();
            entry.into_domain(own, &pointers)
        })
        .collect();
    for (id, (file, _)) in evidence {
        problems.push(Problem::new(&file, id.0, "is not an element of elements.toml"));
    }
    elements.sort_by(|a, b| a.id.cmp(&b.id));
    facts.sort_by(|a, b| a.key.cmp(&b.key));
    let identity = |name: &str, version: &str, prefix: &str| RulesIdentity {
        name: name.to_owned(),
        version: version.to_owned(),
        sha256: hash_of(sources, prefix),
    };
    let base_identities = vec![
        identity("elements", &elements_version, "elements.toml"),
        // Files without a version of their own refine the elements and share theirs.
        identity("evidence", &elements_version, "evidence/"),
        identity("facts", &facts_version, "facts.toml"),
        identity("usage", &elements_version, "usage.toml"),
        identity("vocabulary", &elements_version, "vocabulary/"),
    ];
    let usage = parse::<Usage>(sources, "usage.toml", problems).unwrap_or_default();
    let vocabularies = sources
        .keys()
        .filter(|file| file.starts_with("vocabulary/"))
        .filter_map(|file| parse::<Vocabulary>(sources, file, problems))
        .collect();
    Rulebook { elements, sets: Vec::new(), facts, pointers, usage, vocabularies, base_identities }
}

fn read_evidence(
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> BTreeMap<ElementId, (String, EvidenceEntry)> {
    let mut evidence: BTreeMap<ElementId, (String, EvidenceEntry)> = BTreeMap::new();
    for file in sources.keys().filter(|file| file.starts_with("evidence/")) {
        for (id, entry) in parse::<EvidenceFile>(sources, file, problems).unwrap_or_default() {
            if let Some((other, _)) = evidence.get(&id) {
                problems.push(Problem::new(file, id.0, format!("is written in {other} already")));
            } else {
                evidence.insert(id, (file.clone(), entry));
            }
        }
    }
    evidence
}

fn read_packs(sources: &Sources, problems: &mut Vec<Problem>) -> Vec<RequirementSet> {
    let mut sets = Vec::new();
    for (file, text) in sources.iter().filter(|(file, _)| file.starts_with("packs/")) {
        let Some(pack) = parse::<PackFile>(sources, file, problems) else { continue };
        if *file != format!("packs/{}.toml", pack.name) {
            let message = format!("the pack calls itself `{}`; name and file must agree", pack.name);
            problems.push(Problem::new(file, "", message));
        }
        sets.push(pack.into_domain(sha256(text.as_bytes())));
    }
    sets
}

fn parse<T: serde::de::DeserializeOwned>(
    sources: &Sources,
    file: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let Some(text) = sources.get(file) else {
        problems.push(Problem::new(file, "", "is missing"));
        return None;
    };
    match toml::from_str(text) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            problems.push(Problem::new(file, "", error.to_string().trim_end()));
            None
        }
    }
}

/// Hash of one file, or of all files of a folder with their names.
pub(super) fn hash_of(sources: &Sources, prefix: &str) -> String {
    if let Some(text) = sources.get(prefix) {
        return sha256(text.as_bytes());
    }
    let mut all = String::new();
    for (file, text) in sources.iter().filter(|(file, _)| file.starts_with(prefix)) {
        all.push_str(&format!("{} {file}\n", sha256(text.as_bytes())));
    }
    sha256(all.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
