//! Errors of the command line: the message for the user and the exit code.

use super::exit::Exit;
use crate::assembly::AssemblyError;
use crate::index::IndexError;
use crate::index::backup::BackupError;
use crate::ingest::IngestError;
use crate::screen::run::ScreenError;

/// Why a command failed.
#[derive(Debug)]
pub struct CliError {
    exit: Exit,
    message: String,
}

impl CliError {
    /// Makes an error with an exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// The arguments or the configuration are wrong.
    pub fn usage(error: impl std::fmt::Display) -> Self {
        Self::new(Exit::Usage, error.to_string())
    }

    /// The program failed.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }

    /// A file could not be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(Exit::Data, format!("{}: {error}", path.display()))
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

/// The message with its chain of causes, since what is wrong often lies two levels down. A cause that the
/// message quotes already is not said twice.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = source.source();
    }
    text
}

impl From<AssemblyError> for CliError {
    fn from(error: AssemblyError) -> Self {
        let exit = match &error {
            AssemblyError::Rules(_)
            | AssemblyError::Lexicon(_)
            | AssemblyError::Quantities(_)
            | AssemblyError::Thresholds(_)
            | AssemblyError::Calibration(_)
            | AssemblyError::RuleFile { .. }
            | AssemblyError::Secret { .. } => Exit::Usage,
            AssemblyError::Model { .. } => Exit::Unavailable,
            AssemblyError::Completeness(_) | AssemblyError::Classifier(_) => Exit::Failed,
            AssemblyError::Index(error) => of_index(error),
        };
        Self::new(exit, error.to_string())
    }
}

fn of_index(error: &IndexError) -> Exit {
    match error {
        IndexError::Invalid { .. } | IndexError::Taken { .. } | IndexError::Superseded { .. } => Exit::Usage,
        IndexError::Engine { .. } => Exit::Failed,
        _ => Exit::Unavailable,
    }
}

impl From<IndexError> for CliError {
    fn from(error: IndexError) -> Self {
        Self::new(of_index(&error), error.to_string())
    }
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        let exit = match &error {
            BackupError::Index(error) => of_index(error),
            BackupError::File { .. } | BackupError::Damaged { .. } | BackupError::Differs { .. } => {
                Exit::Data
            }
            BackupError::Exists { .. }
            | BackupError::Incompatible { .. }
            | BackupError::Occupied { .. }
            | BackupError::Outdated { .. } => Exit::Usage,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<IngestError> for CliError {
    fn from(error: IngestError) -> Self {
        Self::new(Exit::Data, error.to_string())
    }
}

impl From<ScreenError> for CliError {
    fn from(error: ScreenError) -> Self {
        let exit = match &error {
            ScreenError::Ingest(_) => Exit::Data,
            ScreenError::Rules(_) => Exit::Usage,
            ScreenError::Cancelled | ScreenError::Worker { .. } => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}
