//! Makes a document ready for matching: passages, dense vectors, lexical vectors.
//!
//! Screening and import share this step, so that a report and the archive are cut and embedded alike.

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::domain::document::{Document, Passage};
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::domain::language::Language;
use crate::embed::model::{EmbedError, Embedder, TextKind};
use crate::index::sparse;
use crate::index::store::{IndexedDocument, IndexedPassage, SparseVector};
use crate::ingest::passages;
use crate::text::tokens;

/// Longest passage in tokens. Longer inputs dilute a mean-pooled vector; 220 leaves room for a prompt
/// and special tokens below the 256 of the default model.
const PASSAGE_TOKENS: usize = 220;

/// Texts per embedding call: large enough to fill the encoder's batches, small enough that
/// cancellation and progress are noticed quickly.
const TEXTS_PER_CALL: usize = 128;

/// A document with its passages and their vectors, all in the same order.
#[derive(Debug, Clone)]
pub struct PreparedDocument {
    /// The document as read.
    pub document: Document,
    /// Passages in document order.
    pub passages: Vec<Passage>,
    /// Unit vector per passage; `None` where the model does not cover the language.
    pub dense: Vec<Option<Vec<f32>>>,
    /// Lexical vector per passage.
    pub sparse: Vec<SparseVector>,
    /// What could not be embedded, with the reason.
    pub not_examined: Vec<NotExamined>,
}

/// Cuts and embeds a document. Without an embedder only lexical vectors are made. `progress` gets
/// the number of embedded passages and their total.
pub fn prepare(
    document: Document,
    embedder: Option<&dyn Embedder>,
    cancel: &CancellationToken,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<PreparedDocument, EmbedError> {
    let limit = embedder.map_or(PASSAGE_TOKENS, |e| e.max_tokens().min(PASSAGE_TOKENS));
    let count_words = |text: &str| text.split_whitespace().count() * 4 / 3;
    let passages = match embedder {
        Some(e) => passages::cut(&document, limit, &|text: &str| e.count_tokens(text)),
        None => passages::cut(&document, limit, &count_words),
    };
    let sparse = passages
        .par_iter()
        .map(|passage| match cancel.is_cancelled() {
            true => SparseVector::default(),
            false => lexical_vector(passage.span.range.of(&document.text), passage.language),
        })
        .collect();
    if cancel.is_cancelled() {
        return Err(EmbedError::Cancelled);
    }
    let mut dense = vec![None; passages.len()];
    let mut not_examined = Vec::new();
    if let Some(embedder) = embedder {
        let covered: Vec<usize> = (0..passages.len())
            .filter(|&i| passages[i].language.is_some_and(|language| embedder.covers(language)))
            .collect();
        not_examined = uncovered(embedder, &passages);
        for chunk in covered.chunks(TEXTS_PER_CALL) {
            if cancel.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            let texts: Vec<&str> = chunk.iter().map(|&i| passages[i].span.range.of(&document.text)).collect();
            let vectors = embedder.embed(TextKind::Passage, &texts, cancel)?;
            for (&i, vector) in chunk.iter().zip(vectors) {
                dense[i] = Some(vector);
            }
            let done = chunk.last().map_or(0, |last| last + 1);
            progress(done, passages.len());
        }
    }
    Ok(PreparedDocument { document, passages, dense, sparse, not_examined })
}

/// Returns the lexical vector of a text.
pub fn lexical_vector(text: &str, language: Option<Language>) -> SparseVector {
    sparse::sparse_vector(&tokens::lexical_terms(text, language))
}

/// One entry per language that the model does not cover.
fn uncovered(embedder: &dyn Embedder, passages: &[Passage]) -> Vec<NotExamined> {
    let name = &embedder.identity().name;
    Language::ALL
        .into_iter()
        .filter(|&language| !embedder.covers(language))
        .filter_map(|language| {
            let count = passages.iter().filter(|p| p.language == Some(language)).count();
            (count > 0).then(|| NotExamined {
                reason: NotExaminedReason::LanguageNotCovered,
                page: None,
                section: None,
                detail: format!(
                    "the model {name} does not cover {language}: {count} passages were judged by \
                     words only, not by meaning; use a multilingual model for them"
                ),
            })
        })
        .collect()
}

impl PreparedDocument {
    /// Returns the text of passage `i`.
    pub fn text(&self, i: usize) -> &str {
        self.passages[i].span.range.of(&self.document.text)
    }

    /// Returns the titles above passage `i`, outermost first, joined by ` > `.
    pub fn heading_path(&self, i: usize) -> String {
        self.passages[i].section.map_or_else(String::new, |id| self.document.heading_path(id))
    }

    /// Returns the document as the index stores it.
    pub fn to_indexed(&self) -> IndexedDocument {
        let passages = (0..self.passages.len()).map(|i| {
            let passage = &self.passages[i];
            IndexedPassage {
                ordinal: passage.id.0,
                heading_path: self.heading_path(i),
                page: passage.span.page,
                text: self.text(i).to_owned(),
                language: passage.language.map_or_else(String::new, |l| l.tag().to_owned()),
                dense: self.dense[i].clone(),
                sparse: self.sparse[i].clone(),
            }
        });
        IndexedDocument {
            id: self.document.id,
            name: self.document.name.clone(),
            sha256: self.document.sha256.clone(),
            pages: u32::try_from(self.document.pages.len()).unwrap_or(u32::MAX),
            passages: passages.collect(),
        }
    }
}
