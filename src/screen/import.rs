//! Brings a case with its files into the archive.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::background;
use crate::domain::case::{Case, CaseDocument};
use crate::domain::document::Document;
use crate::domain::finding::NotExamined;
use crate::embed::model::EmbedError;
use crate::index::store::{ImportOutcome, IndexError, IndexedDocument};
use crate::ingest::IngestError;
use crate::ingest::watch::Watch;
use crate::screen::prepare::prepare;
use crate::screen::run::Screener;

/// A file to be archived.
#[derive(Debug, Clone)]
pub struct ArchivedFile {
    /// File name without directories.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
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

impl Screener {
    /// Reads, embeds and stores the files of a case. `case.documents` is filled in; language and page
    /// facets that the caller left empty are taken from the first file.
    pub async fn import_case(
        self: &Arc<Self>,
        mut case: Case,
        files: Vec<ArchivedFile>,
        cancel: CancellationToken,
    ) -> Result<Imported, ImportError> {
        let index = self.index.clone().ok_or(ImportError::NoArchive)?;
        if files.is_empty() {
            return Err(ImportError::NoFile { case: case.id.to_string() });
        }
        let this = Arc::clone(self);
        let worker = background::run(move || this.read_files(files, &cancel));
        let read = worker.await.map_err(|error| ImportError::Worker { what: error.to_string() })??;
        let mut documents = Vec::new();
        let mut not_examined = Vec::new();
        case.positions.clear();
        for (document, indexed) in read {
            case.positions.extend(self.facts.positions(&document));
            if case.facets.language.is_empty() {
                case.facets.language = document
                    .languages
                    .first()
                    .map_or_else(String::new, |share| share.language.tag().to_owned());
            }
            not_examined.extend(document.not_examined);
            documents.push(indexed);
        }
        case.documents = documents.iter().map(described).collect();
        let outcome = index.import_case(&case, &documents).await?;
        Ok(Imported { case, outcome, not_examined })
    }

    fn read_files(
        &self,
        files: Vec<ArchivedFile>,
        cancel: &CancellationToken,
    ) -> Result<Vec<(Document, IndexedDocument)>, ImportError> {
        let mut read = Vec::with_capacity(files.len());
        let watch = Watch { is_cancelled: &|| cancel.is_cancelled(), ..Watch::NOBODY };
        for file in files {
            let document = self.reader.read(&file.name, &file.bytes, &watch)?;
            let prepared = prepare(document, &self.vectorizer(), cancel, &mut |_, _| {})?;
            let indexed = prepared.to_indexed();
            read.push((prepared.document, indexed));
        }
        Ok(read)
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
