//! Screens a file: reads it, and then what it holds. How much that is shows only in between, where whoever has let it in
//! by its size can look again. So for searches with a file, and for imports.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::domain::document::Document;
use crate::domain::report::ScreeningReport;
use crate::ingest::watch::Watch;
use crate::screen::prepare::{PreparedDocument, prepare};
use crate::screen::run::{Progress, ScreenError, Screener, ScreeningRequest, Stage, in_worker, stage_span};

/// A file that has been read.
pub struct ReadFile {
    /// What it holds.
    pub document: Document,
    /// How long reading took.
    seconds: f64,
}

impl Screener {
    /// Screens a file.
    pub async fn screen_bytes(
        self: &Arc<Self>,
        name: String,
        bytes: Vec<u8>,
        request: ScreeningRequest,
        progress: Progress,
        cancel: CancellationToken,
    ) -> Result<ScreeningReport, ScreenError> {
        let read = self.read_bytes(name, bytes, &request, &progress, &cancel).await?;
        self.screen_read(read, request, progress, cancel).await
    }

    /// Reads a file that is to be screened.
    pub async fn read_bytes(
        &self,
        name: String,
        bytes: Vec<u8>,
        request: &ScreeningRequest,
        progress: &Progress,
        cancel: &CancellationToken,
    ) -> Result<ReadFile, ScreenError> {
        self.sets(request)?;
        let started = Instant::now();
        let document = self.read_document(name, bytes, progress, cancel).await?;
        Ok(ReadFile { document, seconds: started.elapsed().as_secs_f64() })
    }

    /// Reads a file.
    pub async fn read_document(
        &self,
        name: String,
        bytes: Vec<u8>,
        progress: &Progress,
        cancel: &CancellationToken,
    ) -> Result<Document, ScreenError> {
        progress(Stage::Read, 0, 0);
        let (reader, told, stop) = (self.reader.clone(), Arc::clone(progress), cancel.clone());
        let document = in_worker(move || {
            let watch = Watch {
                progress: &|done, all| told(Stage::Read, done, all),
                is_cancelled: &|| stop.is_cancelled(),
            };
            let _span = stage_span("read").entered();
            reader.read(&name, &bytes, &watch)
        })
        .await??;
        let pages = document.pages.len() as u64;
        progress(Stage::Read, pages, pages);
        Ok(document)
    }

    /// Cuts and embeds a document that has been read.
    pub async fn prepare_document(
        self: &Arc<Self>,
        document: Document,
        cancel: &CancellationToken,
    ) -> Result<PreparedDocument, ScreenError> {
        let (this, stop) = (Arc::clone(self), cancel.clone());
        let prepared = in_worker(move || prepare(document, &this.vectorizer(), &stop, &mut |_, _| {}));
        Ok(prepared.await??)
    }

    /// Screens a file that has been read.
    pub async fn screen_read(
        self: &Arc<Self>,
        read: ReadFile,
        request: ScreeningRequest,
        progress: Progress,
        cancel: CancellationToken,
    ) -> Result<ScreeningReport, ScreenError> {
        let mut report = self.screen_document(read.document, request, progress, cancel).await?;
        report.timings.insert("read".to_owned(), read.seconds);
        Ok(report)
    }
}
