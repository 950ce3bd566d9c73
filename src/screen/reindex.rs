//! Embeds an archive again with another model, into a second archive.
//!
//! The passages are those of the first archive, with their texts, fields and lexical vectors; only the dense
//! vectors are made anew. A passage that the second archive holds already is not embedded again, so
//! an interrupted run goes on where it was. The records come last: until then the second archive shows
//! nothing.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::contain::stopped;
use crate::domain::language::Language;
use crate::embed::model::{EmbedError, Embedder, TextKind};
use crate::index::copy::{Collection, Compatibility, CopiedPoints, Copier, Point};
use crate::index::schema::field;
use crate::index::store::IndexError;
use crate::rules::glossary::Glossary;
use crate::screen::vectorizer::Vectorizer;

/// Passages after which what was embedded is written to disk: what a kill may cost.
const KEEP_EVERY: u64 = 1_000;

/// Batches of points on their way.
const QUEUE: usize = 2;

/// Why an archive was not embedded again; the first one is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum ReindexError {
    /// An archive refused or failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// A worker thread ended without an answer.
    #[error("embedding stopped unexpectedly: {what}")]
    Worker {
        /// What the runtime said.
        what: String,
    },
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reindexed {
    /// Passages that were embedded.
    pub embedded: u64,
    /// Passages of languages that the model does not cover; they are found by words.
    pub by_words_only: u64,
    /// Passages that an earlier run had stored.
    pub present: u64,
    /// Records that were copied.
    pub records: u64,
}

/// Fills `into` from `from`, which nobody else may write into meanwhile. What an earlier run stored and `from`
/// does not hold any more stays ([`crate::index::keep_only`]). `progress` gets the passages done.
pub async fn reindex(
    from: &Copier,
    into: &Copier,
    embedder: Arc<dyn Embedder>,
    glossary: Option<Arc<Glossary>>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Reindexed, ReindexError> {
    let mut done = Reindexed::default();
    for collection in [Collection::Passages, Collection::Records] {
        let (sender, mut receiver) = mpsc::channel::<CopiedPoints>(QUEUE);
        let storing = async {
            let mut kept = 0;
            while let Some(copied) = receiver.recv().await {
                if copied.collection != collection {
                    continue;
                }
                match collection {
                    Collection::Passages => passages(copied, into, (&embedder, &glossary), &mut done).await?,
                    Collection::Records => records(copied, into, &mut done).await?,
                }
                let made = done.embedded + done.by_words_only;
                if made >= kept + KEEP_EVERY {
                    into.keep().await?;
                    kept = made;
                }
                progress(made + done.present);
            }
            Ok::<(), ReindexError>(())
        };
        let copying = async {
            from.copy_out(sender).await?;
            Ok::<(), ReindexError>(())
        };
        tokio::try_join!(storing, copying)?;
        into.finish().await?;
    }
    Ok(done)
}

async fn passages(
    mut copied: CopiedPoints,
    into: &Copier,
    (embedder, glossary): (&Arc<dyn Embedder>, &Option<Arc<Glossary>>),
    done: &mut Reindexed,
) -> Result<(), ReindexError> {
    let vectorizer = Vectorizer { embedder: Some(embedder.as_ref()), glossary: glossary.as_deref() };
    for point in &mut copied.points {
        point.dense = embedded_text(point, &vectorizer).map(|_| Vec::new());
    }
    let present = into.alike(&copied).await?;
    copied.points.retain(|point| !present.contains(&point.id));
    done.present += present.len() as u64;
    let (embedder, glossary) = (Arc::clone(embedder), glossary.clone());
    let embedding = tokio::task::spawn_blocking(move || {
        let vectorizer = Vectorizer { embedder: Some(embedder.as_ref()), glossary: glossary.as_deref() };
        embed(copied.points, embedder.as_ref(), &vectorizer)
    });
    let points =
        embedding.await.map_err(|task| ReindexError::Worker { what: stopped(&task).to_owned() })??;
    let embedded = points.iter().filter(|point| point.dense.is_some()).count();
    done.embedded += embedded as u64;
    done.by_words_only += (points.len() - embedded) as u64;
    into.copy_in(CopiedPoints { collection: Collection::Passages, points, removed: Vec::new() }).await?;
    Ok(())
}

async fn records(mut copied: CopiedPoints, into: &Copier, done: &mut Reindexed) -> Result<(), ReindexError> {
    // Who wrote it is the one record that stays different.
    copied.points.retain(|point| point.id != Compatibility::point_id());
    done.records += copied.points.len() as u64;
    into.copy_in(copied).await?;
    Ok(())
}

fn embed(
    mut points: Vec<Point>,
    embedder: &dyn Embedder,
    vectorizer: &Vectorizer<'_>,
) -> Result<Vec<Point>, EmbedError> {
    let embedded = |(at, point)| Some((at, embedded_text(point, vectorizer)?));
    let (covered, texts): (Vec<usize>, Vec<String>) = points.iter().enumerate().filter_map(embedded).unzip();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    if !texts.is_empty() {
        let vectors = embedder.embed(TextKind::Passage, &texts, &CancellationToken::new())?;
        for (&i, vector) in covered.iter().zip(vectors) {
            points[i].dense = Some(vector);
        }
    }
    Ok(points)
}

/// Returns what of a passage is embedded, as at import: itself, its gloss, or nothing.
fn embedded_text(point: &Point, vectorizer: &Vectorizer<'_>) -> Option<String> {
    let read = |key| point.payload.get(key).and_then(|text| text.as_str()).unwrap_or_default();
    let (text, tag) = (read(field::TEXT), read(field::PASSAGE_LANGUAGE));
    let language = Language::ALL.into_iter().find(|language| language.tag() == tag)?;
    let gloss = vectorizer.gloss(text, language);
    vectorizer.embedded(text, Some(language), gloss.as_ref()).map(|embedded| embedded.text().to_owned())
}
