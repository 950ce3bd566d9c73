//! What is wrong with the rule files, said so that the person who edits them can put it right.

use std::path::PathBuf;

/// One fault in the rule files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File under the rules folder, e.g. `packs/eu.toml`.
    pub file: String,
    /// Requirement, element or fact it concerns; empty if the whole file.
    pub subject: String,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// Makes a problem; `subject` may be empty.
    pub fn new(file: &str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), subject: subject.into(), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.subject.is_empty() {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}: {}: {}", self.file, self.subject, self.message)
        }
    }
}

/// Why no rulebook could be made.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file or folder could not be read: check the path and its permissions.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The files have faults: correct them. Every fault found is listed, ordered by file and subject.
    #[error("{} problem(s) in the rule files:\n{}", .0.len(), lines(.0))]
    Faulty(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}
