//! What are the words of the field in the other languages? The glossary in `rules/glossary/`.
//!
//! One row per English headword with its equivalents in Russian, Uzbek and Korean, in tab-separated files;
//! `glossary.toml` states the version and from which share of known words on a gloss may stand for a passage.
//! [`Glossary::glosser`] makes it ready for texts. Invariants: a loaded glossary has no fault – the headwords
//! are different, no phrase stands in two rows, every phrase is written in the script of its column and is
//! found again when it is looked for; the identity changes with every byte of the sources.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::glossary_check;
use super::load::{Sources, hash_of};
use super::problem::{Problem, RulesError};
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::text::gloss::{GlossaryEntry, Glosser};

static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/glossary");

/// File with version and thresholds.
pub(super) const HEAD: &str = "glossary.toml";

/// First line of every table.
pub(super) const COLUMNS: [&str; 4] = ["en", "ru", "uz", "ko"];

/// Languages of the columns after the first.
pub(super) const LANGUAGES: [Language; 3] = [Language::Russian, Language::UzbekLatin, Language::Korean];

/// Cell of a headword that has no equivalent in a language.
pub(super) const NONE: &str = "-";

/// One headword with its equivalents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlossaryRow {
    /// File under `glossary/`.
    pub file: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// English headword.
    pub english: String,
    /// Phrases by column: Russian, Uzbek in Latin letters, Korean.
    pub phrases: [Vec<String>; 3],
}

/// The file `glossary.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlossaryHead {
    /// Day of the last change.
    pub version: String,
    /// How the glossary came about and how far it was checked.
    pub note: String,
    /// By language: least share of known words from which on a gloss stands for a passage.
    pub least_known: BTreeMap<Language, f32>,
    /// How the thresholds were found.
    pub least_known_origin: String,
}

/// The loaded glossary.
#[derive(Debug)]
pub struct Glossary {
    /// Version and thresholds.
    pub head: GlossaryHead,
    /// Rows in order of file and line.
    pub rows: Vec<GlossaryRow>,
    /// Name, version and hash of the sources.
    pub identity: RulesIdentity,
    glosser: Glosser,
}

impl Glossary {
    /// Loads the glossary this program was built with.
    ///
    /// # Errors
    /// [`RulesError::Faulty`] if the embedded files have faults, which the tests of this module exclude.
    pub fn load_builtin() -> Result<Self, RulesError> {
        let mut sources = Sources::new();
        for file in BUILTIN.files() {
            if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                sources.insert(name.to_owned(), text.to_owned());
            }
        }
        Self::from_sources(&sources)
    }

    /// Loads the glossary of a folder laid out like `rules/glossary`.
    ///
    /// # Errors
    /// [`RulesError::Unreadable`] if a file cannot be read, [`RulesError::Faulty`] with every fault.
    pub fn load_dir(folder: &Path) -> Result<Self, RulesError> {
        let unreadable = |source| RulesError::Unreadable { path: folder.to_owned(), source };
        let mut sources = Sources::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name == HEAD || name.ends_with(".tsv") {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| RulesError::Unreadable { path: path.clone(), source })?;
                sources.insert(name.to_owned(), text);
            }
        }
        Self::from_sources(&sources)
    }

    /// Makes a glossary of source texts by name.
    ///
    /// # Errors
    /// [`RulesError::Faulty`] with every fault, ordered by file and subject.
    pub fn from_sources(sources: &Sources) -> Result<Self, RulesError> {
        let mut problems = Vec::new();
        let head = read_head(sources, &mut problems);
        let mut rows = Vec::new();
        for (file, text) in sources.iter().filter(|(file, _)| file.ends_with(".tsv")) {
            read_table(file, text, &mut rows, &mut problems);
        }
        let glosser = Glosser::build(&entries(&rows));
        glossary_check::rows(&rows, &glosser, &mut problems);
        if let Some(head) = &head {
            glossary_check::head(head, &mut problems);
        }
        problems.sort();
        problems.dedup();
        match head {
            Some(head) if problems.is_empty() => {
                let identity = RulesIdentity {
                    name: "glossary".to_owned(),
                    version: head.version.clone(),
                    sha256: hash_of(sources, ""),
                };
                Ok(Self { head, rows, identity, glosser })
            }
            _ => Err(RulesError::Faulty(problems)),
        }
    }

    /// Returns the glossary ready to be applied to texts.
    pub fn glosser(&self) -> &Glosser {
        &self.glosser
    }

    /// Returns the least share of known words from which on a gloss stands for a passage of the language.
    pub fn least_known(&self, language: Language) -> f32 {
        // The check demands a threshold for every language but English.
        self.head.least_known.get(&language).copied().unwrap_or(1.0)
    }
}

/// Entries in the order of the rows, which decides between phrases that share a stem.
fn entries(rows: &[GlossaryRow]) -> Vec<GlossaryEntry<'_>> {
    rows.iter()
        .flat_map(|row| {
            LANGUAGES.into_iter().zip(&row.phrases).flat_map(move |(language, own)| {
                own.iter().map(move |phrase| GlossaryEntry { english: &row.english, language, phrase })
            })
        })
        .collect()
}

fn read_head(sources: &Sources, problems: &mut Vec<Problem>) -> Option<GlossaryHead> {
    let Some(text) = sources.get(HEAD) else {
        problems.push(Problem::new(&shown(HEAD), "", "is missing"));
        return None;
    };
    toml::from_str(text)
        .map_err(|error| problems.push(Problem::new(&shown(HEAD), "", error.to_string().trim_end())))
        .ok()
}

/// Reads a table; a line that cannot be read becomes a problem and is left out.
fn read_table(file: &str, text: &str, rows: &mut Vec<GlossaryRow>, problems: &mut Vec<Problem>) {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let header = lines.next().map(|(_, line)| line).unwrap_or_default();
    if !header.split('\t').eq(COLUMNS) {
        let message = format!("the first line has to name the columns {}", COLUMNS.join(", "));
        problems.push(Problem::new(&shown(file), "line 1", message));
        return;
    }
    for (line, row) in lines {
        let mut fault = |message: String| {
            problems.push(Problem::new(&shown(file), format!("line {line:04}"), message));
        };
        let cells: Vec<&str> = row.split('\t').collect();
        let &[english, russian, uzbek, korean] = cells.as_slice() else {
            fault(format!("has {} cells instead of 4, separated by tabs", cells.len()));
            continue;
        };
        if cells.iter().any(|cell| cell.trim().is_empty()) {
            fault(format!("has an empty cell; write `{NONE}` where a language has no equivalent"));
            continue;
        }
        let phrases = [russian, uzbek, korean].map(|cell| match cell {
            NONE => Vec::new(),
            cell => cell.split(';').map(|phrase| phrase.trim().to_owned()).collect(),
        });
        rows.push(GlossaryRow { file: file.to_owned(), line, english: english.to_owned(), phrases });
    }
}

/// Path under the rules folder, as problems name it.
pub(super) fn shown(file: &str) -> String {
    format!("glossary/{file}")
}

#[cfg(test)]
#[path = "glossary_tests.rs"]
mod tests;
