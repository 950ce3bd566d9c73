//! Brings a case with its files into the archive: each is read and embedded, then all are stored at once. Whoever has
//! let them in by their sizes can look after each how much it holds.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::domain::case::{Case, CaseDocument, Position};
use crate::domain::document::Document;
use crate::domain::finding::NotExamined;
use crate::embed::model::EmbedError;
use crate::index::store::{ImportOutcome, IndexError, IndexedDocument};
use crate::ingest::IngestError;
use crate::screen::prepare::prepare;
use crate::screen::run::{Progress, ScreenError, Screener, in_worker};

/// A file to be archived.
#[derive(Debug, Clone)]
pub struct ArchivedFile {
    /// File name without directories.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What the archive gets of a file that has been read.
pub struct ReadyDocument {
    indexed: IndexedDocument,
    positions: Vec<Position>,
    /// Tag of its main language; empty if none is known.
    language: String,
    not_examined: Vec<NotExamined>,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The case as stored.
    pub case: Case,
    /// What changed.
    pub outcome: ImportOutcome,
    /// Parts of the files that could not be read.
    pub not_examined: Vec<NotExamined>,
}

/// Why a case was not imported; the archive is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A case needs at least one file.
    #[error("case {case} has no file")]
    NoFile {
        /// The case.
        case: String,
    },
    /// There is no archive to import into.
    #[error("no archive is open")]
    NoArchive,
    /// A file could not be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The archive refused or failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A worker thread ended without an answer.
    #[error("the import stopped unexpectedly: {what}")]
    Worker {
        /// What the runtime said.
        what: String,
    },
}

impl From<ScreenError> for ImportError {
    fn from(error: ScreenError) -> Self {
        match error {
            ScreenError::Ingest(error) => Self::Ingest(error),
            ScreenError::Cancelled => Self::Embed(EmbedError::Cancelled),
            stopped => Self::Worker { what: stopped.to_string() },
        }
    }
}

impl Screener {
    /// Reads, embeds and stores the files of a case.
    pub async fn import_case(
        self: &Arc<Self>,
        case: Case,
        files: Vec<ArchivedFile>,
        cancel: CancellationToken,
    ) -> Result<Imported, ImportError> {
        if self.index.is_none() {
            return Err(ImportError::NoArchive);
        }
        let quiet: Progress = Arc::new(|_, _, _| {});
        let mut ready = Vec::with_capacity(files.len());
        for ArchivedFile { name, bytes } in files {
            let document = self.read_document(name, bytes, &quiet, &cancel).await?;
            ready.push(self.ready_document(document, &cancel).await?);
        }
        self.import_ready(case, ready).await
    }

    /// Makes ready for the archive what a file holds.
    pub async fn ready_document(
        self: &Arc<Self>,
        document: Document,
        cancel: &CancellationToken,
    ) -> Result<ReadyDocument, ImportError> {
        let (this, stop) = (Arc::clone(self), cancel.clone());
        let ready = in_worker(move || {
            let prepared = prepare(document, &this.vectorizer(), &stop, &mut |_, _| {})?;
            let indexed = prepared.to_indexed();
            let document = prepared.document;
            let main = document.languages.first();
            Ok::<_, EmbedError>(ReadyDocument {
                indexed,
                positions: this.facts.positions(&document),
                language: main.map_or_else(String::new, |share| share.language.tag().to_owned()),
                not_examined: document.not_examined,
            })
        });
        Ok(ready.await??)
    }

    /// Stores a case with its files. `case.documents` and `case.positions` are filled in; language and page facets that
    /// the caller left empty are taken from the first file.
    pub async fn import_ready(
        &self,
        mut case: Case,
        files: Vec<ReadyDocument>,
    ) -> Result<Imported, ImportError> {
        let index = self.index.as_ref().ok_or(ImportError::NoArchive)?;
        if files.is_empty() {
            return Err(ImportError::NoFile { case: case.id.to_string() });
        }
        let mut documents = Vec::with_capacity(files.len());
        let mut not_examined = Vec::new();
        case.positions.clear();
        for file in files {
            case.positions.extend(file.positions);
            if case.facets.language.is_empty() {
                case.facets.language = file.language;
            }
            not_examined.extend(file.not_examined);
            documents.push(file.indexed);
        }
        case.documents = documents.iter().map(described).collect();
        let outcome = index.import_case(&case, &documents).await?;
        Ok(Imported { case, outcome, not_examined })
    }
}

fn described(document: &IndexedDocument) -> CaseDocument {
    CaseDocument {
        id: document.id,
        name: document.name.clone(),
        sha256: document.sha256.clone(),
        pages: document.pages,
        passages: u32::try_from(document.passages.len()).unwrap_or(u32::MAX),
    }
}
