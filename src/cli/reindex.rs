//! `archive reindex`: another model for an archive that is there.
//!
//! ```text
//! DATA_DIR             the archive in use
//! DATA_DIR.reindex     the one being made; goes on after an interruption
//! DATA_DIR.previous    the old one, after the switch; to be deleted by the operator
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CliError;
use super::exit::Exit;
use super::{output, progress};
use crate::assembly;
use crate::index::schema::Collection;
use crate::index::{self, Compatibility, IndexConfig, Place, VectorSpace};
use crate::screen::reindex::{ReindexError, reindex};
use crate::settings::Settings;

/// Runs the command.
pub async fn run(settings: Settings) -> Result<Exit, CliError> {
    if !settings.qdrant.url.is_empty() {
        let message = "reindex works on the embedded archive; for a Qdrant server migrate to a directory, \
                       reindex there, and migrate back";
        return Err(CliError::usage(message));
    }
    let current = settings.data_dir.clone();
    let (next, previous) = (beside(&current, "reindex"), beside(&current, "previous"));
    let for_model = settings.clone();
    let embedder = tokio::task::spawn_blocking(move || assembly::embedder(&for_model))
        .await
        .map_err(CliError::failed)??;
    let Some(embedder) = embedder else {
        return Err(CliError::usage("choose the new model with --model; `none` has no vectors"));
    };
    let place = |path: &Path| Place::Directory { path: path.to_owned(), readers: 0 };
    let written_by = index::written_by(&place(&current)).await?;
    let space = VectorSpace::from(embedder.identity());
    if written_by == Compatibility::needed_for(&space) {
        if next.exists() {
            // Killed between the switch and this: what lies there is the old archive.
            set_aside(&next, &previous)?;
        }
        output::print(&format!("the archive is of {written_by}: nothing is to be done\n"))?;
        return Ok(Exit::Done);
    }
    if previous.exists() {
        let message = format!("{} is there from an earlier reindex; delete it first", previous.display());
        return Err(CliError::usage(message));
    }
    let tuning = assembly::tuning(&settings);
    let done = {
        let from = index::open_existing(place(&current), tuning).await?;
        let into = index::open_tuned(IndexConfig { place: place(&next), space }, tuning).await?;
        let state = from.archive_state().await?;
        let glossary = Some(Arc::new(assembly::glossary(&settings)?));
        let bar = progress::bar(state.passages, "embedding");
        let done =
            reindex(&from.copier()?, &into.copier()?, embedder, glossary, &|done| bar.set_position(done))
                .await;
        let done = done.map_err(reindex_error)?;
        bar.finish_and_clear();
        // Of every tenant, not of the one whose state can be asked for.
        for collection in [Collection::Records, Collection::Passages] {
            let (there, made) =
                (from.copier()?.ids(collection).await?, into.copier()?.ids(collection).await?);
            if there != made {
                let message = format!(
                    "{} holds {} points of {collection:?}, {} holds {} or others: not switched",
                    current.display(),
                    there.len(),
                    next.display(),
                    made.len(),
                );
                return Err(CliError::failed(message));
            }
        }
        done
    };
    let (from, to) = (current.clone(), next.clone());
    tokio::task::spawn_blocking(move || index::exchange(&from, &to)).await.map_err(CliError::failed)??;
    set_aside(&next, &previous)?;
    output::print(&format!(
        "{} passages embedded, {} found by words only, {} were there; {} records copied\n\
         {} is now of {}; the old archive is {}\n",
        done.embedded,
        done.by_words_only,
        done.present,
        done.records,
        current.display(),
        index::written_by(&place(&current)).await?,
        previous.display()
    ))?;
    Ok(Exit::Done)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn set_aside(next: &Path, previous: &Path) -> Result<(), CliError> {
    std::fs::rename(next, previous).map_err(|error| CliError::file(next, &error))
}

fn reindex_error(error: ReindexError) -> CliError {
    match error {
        ReindexError::Index(error) => error.into(),
        ReindexError::Embed(_) | ReindexError::Worker { .. } => CliError::failed(error),
    }
}
