//! Which terms, cues and limits does the risk screening know?
//!
//! The lexicon is data under `rules/risk/`: one file per category (`R01.toml` … `R20.toml`), the context cues
//! (`context.toml`), the cues that weigh a statement within a report (`standing.toml`, optional) and the dated table
//! of limits (`limits.toml`). This module reads and checks them;
//! [`crate::screen::risk`] applies them. Invariants of a loaded [`Lexicon`]: categories are in order of code,
//! every term has an id unique in its category and at least one phrase or cue, every cue a term or a
//! category names exists, and [`Lexicon::identity`] changes whenever a byte of the sources changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::lexicon_context::{ContextRules, CueName};
use super::lexicon_limits::Limits;
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::domain::risk::{RiskCategory, Severity};

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/risk");

/// Cues that are computed from numbers, substances and the clause, not listed in `context.toml`.
pub const COMPUTED_CUES: [&str; 11] = [
    "distance",
    "near-distance",
    "far-distance",
    "above-limit",
    "near-limit",
    "area",
    "quantity",
    "quantity-mass",
    "quantity-people",
    "high-seismic",
    "lacking",
];

/// Why a lexicon could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// A file is missing or unreadable: check the directory.
    #[error("could not read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Files do not have the shape described in `rules/risk/README.md`, or contradict each other: correct
    /// them.
    #[error("{} problem(s) in the risk lexicon:\n  {}", problems.len(), problems.join("\n  "))]
    Faulty {
        /// One entry per problem: files that cannot be read as what they are, then contradictions.
        problems: Vec<String>,
    },
}

/// How a term behaves in its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// A hazard, a receptor or a protected thing: polarity comes from the context.
    #[default]
    Hazard,
    /// A measure: planned means mitigation, missing is a finding.
    Measure,
    /// A technical barrier named as part of an object: missing is a finding, otherwise as a hazard.
    Barrier,
    /// The phrase says itself that something is wrong ("without a conclusion"): asserted unless hypothetical.
    Own,
    /// Counts only where the context says that it is missing, which is then asserted.
    Lack,
    /// Something the developer must do: missing is asserted, done is mitigation.
    Duty,
    /// Worth noting when it is there (objections of residents); missing is a negation.
    Note,
    /// The title of a law: named, it is a citation.
    Law,
    /// A name that contains a term and is none (a forest service, a province): hides what it encloses.
    Name,
    /// A social or residual effect that is as often a measure as an effect: low unless the context says more.
    Soft,
}

/// One entry of the lexicon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Unique in its category, e.g. `tailings`.
    pub id: String,
    /// Severity of a bare assertion.
    pub level: Severity,
    /// How the term behaves.
    pub kind: TermKind,
    /// At least one of these cues must stand in the sentence; empty = no condition.
    pub with: Vec<CueName>,
    /// None of these cues may stand in the sentence.
    pub unless: Vec<CueName>,
    /// Cues whose own occurrence is an occurrence of the term.
    pub cues: Vec<CueName>,
    /// When it gives way to other risks of the same sentence.
    pub yields: Yields,
    /// Phrases by language, in the syntax of [`crate::text::phrases`].
    pub phrases: BTreeMap<Language, Vec<String>>,
}

/// When a term gives way to other risks that its sentence names: a quarry or a pipeline is as often the place of
/// something as the thing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Yields {
    /// Counts whatever else is named.
    #[default]
    Never,
    /// Gives way to what is said more firmly.
    WhenWeaker,
    /// Gives way to whatever is said as firmly.
    Always,
}

/// What it is a finding of that something was not assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gaps {
    /// Missing data: fish that were not counted.
    #[default]
    Data,
    /// The category itself: an archaeological survey that was not made.
    Own,
    /// Both: greenhouse gases that were not calculated.
    Both,
}

/// One category with its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// `R01` to `R20`.
    pub code: RiskCategory,
    /// Title by language.
    pub title: BTreeMap<Language, String>,
    /// An assertion together with one of these cues is of high severity.
    pub high_when: Vec<CueName>,
    /// An assertion together with one of these cues is one step less severe.
    pub low_when: Vec<CueName>,
    /// An assertion that something is missing ("not answered") together with one of these cues is of high severity.
    pub high_when_missing: Vec<CueName>,
    /// A denial without source or survey is of medium severity: the thing denied is a legal trigger.
    pub verify_absence: bool,
    /// Gives way to another category that is named as severely by at least as long a phrase: rivers, land, people
    /// and chemicals are as often the setting of what a sentence says as its subject.
    pub is_background: bool,
    /// What an assessment of it that was not made is a finding of.
    pub gaps: Gaps,
    /// Entries in file order.
    pub terms: Vec<Term>,
}

/// The loaded lexicon.
#[derive(Debug, Clone)]
pub struct Lexicon {
    /// Categories in order of code.
    pub categories: Vec<Category>,
    /// Context cues.
    pub context: ContextRules,
    /// Limits with dates.
    pub limits: Limits,
    /// Name, version and hash of the sources.
    pub identity: RulesIdentity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    code: String,
    version: String,
    #[serde(default)]
    high_when: Vec<CueName>,
    #[serde(default)]
    low_when: Vec<CueName>,
    #[serde(default)]
    high_when_missing: Vec<CueName>,
    #[serde(default)]
    verify_absence: bool,
    #[serde(default)]
    background: bool,
    #[serde(default)]
    gaps: Gaps,
    title: BTreeMap<Language, String>,
    term: Vec<TermFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    id: String,
    level: LevelFile,
    #[serde(default)]
    kind: TermKind,
    #[serde(default)]
    with: Vec<CueName>,
    #[serde(default)]
    unless: Vec<CueName>,
    #[serde(default)]
    cues: Vec<CueName>,
    #[serde(default)]
    yields: Yields,
    #[serde(default)]
    en: Vec<String>,
    #[serde(default)]
    ru: Vec<String>,
    #[serde(default, rename = "uz-Latn")]
    uz_latn: Vec<String>,
    #[serde(default, rename = "uz-Cyrl")]
    uz_cyrl: Vec<String>,
    #[serde(default)]
    ko: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LevelFile {
    Low,
    Medium,
    High,
}

impl Lexicon {
    /// Returns the lexicon that is compiled into the program.
    pub fn load_builtin() -> Result<Self, LexiconError> {
        let files = BUILTIN.files().filter_map(|file| {
            let name = file.path().to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        });
        Self::from_sources(files.collect())
    }

    /// Reads a lexicon from a directory of the same layout as `rules/risk/`.
    pub fn load_dir(directory: &Path) -> Result<Self, LexiconError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| LexiconError::Unreadable { path, source }
        };
        let mut sources = BTreeMap::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable(directory))? {
            let path = entry.map_err(unreadable(directory))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let text = match path.extension().and_then(|extension| extension.to_str()) {
                Some("toml") => std::fs::read_to_string(&path).map_err(unreadable(&path))?,
                _ => continue,
            };
            sources.insert(name.to_owned(), text);
        }
        Self::from_sources(sources)
    }

    fn from_sources(sources: BTreeMap<String, String>) -> Result<Self, LexiconError> {
        let mut hash = Sha256::new();
        let mut problems = Vec::new();
        let mut categories = Vec::new();
        let mut versions = BTreeSet::new();
        let mut context: Option<ContextRules> = None;
        let mut standing = Some(Vec::new());
        let mut limits: Option<Limits> = None;
        for (name, text) in sources.iter().filter(|(name, _)| name.ends_with(".toml")) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            match name.as_str() {
                "context.toml" => context = read(name, text, &mut problems),
                "standing.toml" => {
                    standing = read::<ContextRules>(name, text, &mut problems).map(|file| file.cues);
                }
                "limits.toml" => limits = read(name, text, &mut problems),
                _ => {
                    if let Some(file) = read::<CategoryFile>(name, text, &mut problems) {
                        versions.insert(file.version.clone());
                        categories.push(file.into_category());
                    }
                }
            }
        }
        for name in ["context.toml", "limits.toml"] {
            if !sources.contains_key(name) {
                problems.push(format!("risk/{name}: is missing"));
            }
        }
        categories.sort_by(|a, b| a.code.cmp(&b.code));
        // Where cues could not be read, every name of one would count as unknown.
        if let (Some(context), Some(standing)) = (&mut context, &mut standing) {
            context.cues.append(standing);
            contradictions(&categories, context, &mut problems);
        }
        match (context, limits) {
            (Some(context), Some(limits)) if problems.is_empty() => {
                let identity = RulesIdentity {
                    name: "risk-lexicon".to_owned(),
                    version: versions.into_iter().collect::<Vec<_>>().join("+"),
                    sha256: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
                };
                Ok(Self { categories, context, limits, identity })
            }
            _ => Err(LexiconError::Faulty { problems }),
        }
    }

    /// Returns the category with that code.
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code.0 == code)
    }
}

/// Reads a file; what is wrong with it becomes a problem.
fn read<T: DeserializeOwned>(name: &str, text: &str, problems: &mut Vec<String>) -> Option<T> {
    toml::from_str(text)
        .map_err(|error| problems.push(format!("risk/{name}: {}", error.to_string().trim_end())))
        .ok()
}

/// Adds one sentence per contradiction in the categories and their cues.
fn contradictions(categories: &[Category], context: &ContextRules, problems: &mut Vec<String>) {
    let mut codes = BTreeSet::new();
    let known = |cue: &CueName| COMPUTED_CUES.contains(&cue.as_str()) || context.has(cue);
    for category in categories {
        let code = &category.code;
        if !is_code(&code.0) {
            problems.push(format!("{code} is not a category code R01 to R20"));
        }
        if !codes.insert(code) {
            problems.push(format!("{code} is defined twice"));
        }
        for language in Language::ALL {
            if category.title.get(&language).is_none_or(|title| title.trim().is_empty()) {
                problems.push(format!("{code} has no title in {language}"));
            }
        }
        let named = category.high_when.iter().chain(&category.low_when).chain(&category.high_when_missing);
        for cue in named.filter(|cue| !known(cue)) {
            problems.push(format!("{code} names the unknown cue {cue}"));
        }
        let mut ids = BTreeSet::new();
        for term in &category.terms {
            if !ids.insert(&term.id) {
                problems.push(format!("{code} has two terms {}", term.id));
            }
            if term.cues.is_empty() && term.phrases.values().all(Vec::is_empty) {
                problems.push(format!("{code} {} has neither phrases nor cues", term.id));
            }
            if term.phrases.values().flatten().any(|phrase| !phrase.chars().any(char::is_alphanumeric)) {
                problems.push(format!("{code} {} has an empty phrase", term.id));
            }
            for cue in term.with.iter().chain(&term.unless).chain(&term.cues).filter(|cue| !known(cue)) {
                problems.push(format!("{code} {} names the unknown cue {cue}", term.id));
            }
        }
    }
}

impl CategoryFile {
    fn into_category(self) -> Category {
        Category {
            code: RiskCategory(self.code),
            title: self.title,
            high_when: self.high_when,
            low_when: self.low_when,
            high_when_missing: self.high_when_missing,
            verify_absence: self.verify_absence,
            is_background: self.background,
            gaps: self.gaps,
            terms: self.term.into_iter().map(TermFile::into_term).collect(),
        }
    }
}

impl TermFile {
    fn into_term(self) -> Term {
        let phrases = [
            (Language::English, self.en),
            (Language::Russian, self.ru),
            (Language::UzbekLatin, self.uz_latn),
            (Language::UzbekCyrillic, self.uz_cyrl),
            (Language::Korean, self.ko),
        ];
        Term {
            id: self.id,
            level: match self.level {
                LevelFile::Low => Severity::Low,
                LevelFile::Medium => Severity::Medium,
                LevelFile::High => Severity::High,
            },
            kind: self.kind,
            with: self.with,
            unless: self.unless,
            cues: self.cues,
            yields: self.yields,
            phrases: phrases.into_iter().filter(|(_, list)| !list.is_empty()).collect(),
        }
    }
}

impl Term {
    /// Returns the name shown to a reviewer: the first phrase in that language, else in English, else the id.
    pub fn name(&self, language: Option<Language>) -> &str {
        let first = |language: Language| self.phrases.get(&language).and_then(|list| list.first());
        let name = language.and_then(first).or_else(|| first(Language::English));
        name.map_or(self.id.as_str(), |name| name.trim_end_matches('*'))
    }
}

fn is_code(code: &str) -> bool {
    code.strip_prefix('R').is_some_and(|digits| {
        digits.len() == 2 && digits.parse::<u8>().is_ok_and(|number| (1..=20).contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(extra: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = [
            ("context.toml", "version = \"1\"\n[[cue]]\nname = \"exceed\"\nen = [\"exceed*\"]\n"),
            ("limits.toml", "version = \"1\"\nlimit = []\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
        all.extend(extra.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        all
    }

    fn problems_of(files: &[(&str, &str)]) -> Vec<String> {
        match Lexicon::from_sources(sources(files)) {
            Err(LexiconError::Faulty { problems }) => problems,
            other => panic!("expected faults, not {other:?}"),
        }
    }

    const TITLE: &str = "[title]\nen = \"a\"\nru = \"a\"\nuz-Latn = \"a\"\nuz-Cyrl = \"a\"\nko = \"a\"\n";

    #[test]
    fn builtin_lexicon_has_twenty_categories_in_order() {
        let lexicon = Lexicon::load_builtin().unwrap();
        let codes: Vec<_> = lexicon.categories.iter().map(|category| category.code.0.as_str()).collect();
        let expected: Vec<_> = (1..=20).map(|number| format!("R{number:02}")).collect();
        assert_eq!(codes, expected);
        assert_eq!(lexicon.identity.sha256.len(), 64);
    }

    #[test]
    fn every_builtin_category_has_phrases_in_every_language() {
        for category in Lexicon::load_builtin().unwrap().categories {
            for language in Language::ALL {
                let count = category.terms.iter().filter(|term| term.phrases.contains_key(&language)).count();
                assert!(count >= 10, "{} has {count} terms in {language}", category.code);
            }
        }
    }

    #[test]
    fn unknown_field_is_refused() {
        let file = format!("code = \"R01\"\nversion = \"1\"\ncolour = 3\nterm = []\n{TITLE}");
        let problems = problems_of(&[("R01.toml", &file)]);
        assert!(problems[0].starts_with("risk/R01.toml: ") && problems[0].contains("colour"), "{problems:?}");
    }

    #[test]
    fn every_file_that_cannot_be_read_is_reported_beside_the_contradictions_of_the_others() {
        let file = format!("code = \"R01\"\nversion = \"1\"\nhigh_when = [\"nowhere\"]\nterm = []\n{TITLE}");
        let broken = [("R01.toml", file.as_str()), ("R02.toml", "="), ("limits.toml", "=")];
        let problems = problems_of(&broken);
        for start in ["risk/R02.toml: ", "risk/limits.toml: ", "R01 names the unknown cue nowhere"] {
            assert!(problems.iter().any(|problem| problem.starts_with(start)), "{start}: {problems:?}");
        }
        assert_eq!(problems.len(), 3, "{problems:?}");
        // Without its cues nothing is said about who names them.
        let problems = problems_of(&[("R01.toml", file.as_str()), ("context.toml", "=")]);
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn unknown_cue_and_double_term_are_reported() {
        let term = "[[term]]\nid = \"x\"\nlevel = \"low\"\nwith = [\"nowhere\"]\nen = [\"x\"]\n";
        let file = format!("code = \"R01\"\nversion = \"1\"\n{TITLE}{term}{term}");
        let problems = problems_of(&[("R01.toml", &file)]);
        assert!(problems.iter().any(|problem| problem.contains("unknown cue nowhere")));
        assert!(problems.iter().any(|problem| problem.contains("two terms x")));
    }

    #[test]
    fn identity_changes_with_the_source() {
        let file = format!("code = \"R01\"\nversion = \"1\"\nterm = []\n{TITLE}");
        let first = Lexicon::from_sources(sources(&[("R01.toml", &file)])).unwrap();
        let second = Lexicon::from_sources(sources(&[("R01.toml", &format!("{file}# note\n"))])).unwrap();
        assert_ne!(first.identity.sha256, second.identity.sha256);
    }
}
