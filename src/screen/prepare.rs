//! Makes a document ready for matching: passages, dense vectors, lexical vectors.
//!
//! Screening and import share this step, so that a report and the archive are cut and embedded alike. What
//! stands for a passage in a language the model does not cover is decided by [`super::vectorizer`].

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::domain::document::{Document, Passage};
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::domain::language::Language;
use crate::embed::model::{EmbedError, Embedder, TextKind};
use crate::index::store::{IndexedDocument, IndexedPassage, SparseVector};
use crate::ingest::passages;
use crate::screen::vectorizer::{Embedded, Vectorizer};
use crate::text::gloss::Gloss;

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
    /// English words of each passage in another language, where there is a glossary.
    pub glosses: Vec<Option<Gloss>>,
    /// Unit vector per passage; `None` where neither the model nor the glossary covers it.
    pub dense: Vec<Option<Vec<f32>>>,
    /// Whether the vector of a passage is that of its gloss: weaker evidence by meaning.
    pub is_glossed: Vec<bool>,
    /// Lexical vector per passage.
    pub sparse: Vec<SparseVector>,
    /// What could not be embedded, with the reason.
    pub not_examined: Vec<NotExamined>,
}

/// Cuts and embeds a document. Without an embedder only lexical vectors are made. `progress` gets
/// the number of embedded passages and their total.
pub fn prepare(
    document: Document,
    vectorizer: &Vectorizer<'_>,
    cancel: &CancellationToken,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<PreparedDocument, EmbedError> {
    let embedder = vectorizer.embedder;
    let limit = embedder.map_or(PASSAGE_TOKENS, |e| e.room(TextKind::Passage).min(PASSAGE_TOKENS));
    let main = document.languages.first().map(|share| share.language);
    // A model cuts the words of a language it was not trained for into letters, which says nothing about
    // their length; a gloss has about as many words as its text.
    let counts_tokens = embedder.filter(|e| main.is_none_or(|language| e.covers(language)));
    let count_words = |text: &str| words_as_tokens(text, main);
    let passages = match counts_tokens {
        Some(e) => passages::cut(&document, limit, &|text: &str| e.count_tokens(text)),
        None => passages::cut(&document, limit, &count_words),
    };
    let text = |passage: &Passage| passage.span.range.of(&document.text);
    let (glosses, sparse): (Vec<_>, Vec<_>) = passages
        .par_iter()
        .map(|passage| {
            if cancel.is_cancelled() {
                return (None, SparseVector::default());
            }
            let gloss = passage.language.and_then(|spoken| vectorizer.gloss(text(passage), spoken));
            let vector = vectorizer.lexical_vector(text(passage), passage.language, gloss.as_ref());
            (gloss, vector)
        })
        .unzip();
    if cancel.is_cancelled() {
        return Err(EmbedError::Cancelled);
    }
    let mut dense = vec![None; passages.len()];
    let mut is_glossed = vec![false; passages.len()];
    let mut not_examined = Vec::new();
    if let Some(embedder) = embedder {
        let embedded: Vec<(usize, Embedded<'_>)> = passages
            .iter()
            .zip(&glosses)
            .enumerate()
            .filter_map(|(i, (passage, gloss))| {
                Some((i, vectorizer.embedded(text(passage), passage.language, gloss.as_ref())?))
            })
            .collect();
        for chunk in embedded.chunks(TEXTS_PER_CALL) {
            if cancel.is_cancelled() {
                return Err(EmbedError::Cancelled);
            }
            let texts: Vec<&str> = chunk.iter().map(|(_, embedded)| embedded.text()).collect();
            let vectors = embedder.embed(TextKind::Passage, &texts, cancel)?;
            for (&(i, embedded), vector) in chunk.iter().zip(vectors) {
                dense[i] = Some(vector);
                is_glossed[i] = matches!(embedded, Embedded::Gloss(_));
            }
            let done = chunk.last().map_or(0, |(last, _)| last + 1);
            progress(done, passages.len());
        }
        not_examined = uncovered(embedder, &passages, &is_glossed);
        not_examined.extend(cut_short(embedder, &embedded, counts_tokens.is_some()));
    }
    Ok(PreparedDocument { document, passages, glosses, dense, is_glossed, sparse, not_examined })
}

/// Tokens that a text has in English or in its gloss. Korean writes two or three words as one.
fn words_as_tokens(text: &str, language: Option<Language>) -> usize {
    let words = text.split_whitespace().count();
    if language == Some(Language::Korean) { words * 8 / 3 } else { words * 4 / 3 }
}

/// One entry per language that the model does not cover: what was judged by a gloss, what by words alone.
fn uncovered(embedder: &dyn Embedder, passages: &[Passage], is_glossed: &[bool]) -> Vec<NotExamined> {
    let name = &embedder.identity().name;
    Language::ALL
        .into_iter()
        .filter(|&language| !embedder.covers(language))
        .filter_map(|language| {
            let own =
                passages.iter().zip(is_glossed).filter(|(passage, _)| passage.language == Some(language));
            let (glossed, rest): (Vec<_>, Vec<_>) = own.partition(|(_, is_glossed)| **is_glossed);
            (glossed.len() + rest.len() > 0).then(|| NotExamined {
                reason: NotExaminedReason::LanguageNotCovered,
                page: None,
                section: None,
                detail: uncovered_detail(name, language, glossed.len(), rest.len()),
            })
        })
        .collect()
}

/// Says of how many passages the model reads the beginning only: a gloss may be longer than its text, and where
/// `fits` does not hold, passages were not cut by the model's own tokens.
fn cut_short(embedder: &dyn Embedder, embedded: &[(usize, Embedded<'_>)], fits: bool) -> Option<NotExamined> {
    let room = embedder.room(TextKind::Passage);
    let is_longer = |text: Embedded<'_>| {
        (!fits || matches!(text, Embedded::Gloss(_))) && embedder.count_tokens(text.text()) > room
    };
    let n = embedded.par_iter().filter(|&&(_, text)| is_longer(text)).count();
    (n > 0).then(|| NotExamined {
        reason: NotExaminedReason::LimitReached,
        page: None,
        section: None,
        detail: Code::PassagesCutShort.with("n", n).with("tokens", room),
    })
}

fn uncovered_detail(model: &str, language: Language, glossed: usize, rest: usize) -> Explanation {
    let mut how = Vec::new();
    if glossed > 0 {
        how.push(Code::JudgedByGlossary.with("n", glossed));
    }
    if rest > 0 {
        how.push(Code::JudgedByWords.with("n", rest));
    }
    Code::ModelNotCovering.with("model", model).with("language", language).because(how)
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
