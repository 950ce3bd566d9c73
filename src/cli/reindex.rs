//! `archive reindex`: another model for an archive that is there.
//!
//! ```text
//! DATA_DIR             the archive in use
//! DATA_DIR.reindex     the one being made; goes on after an interruption
//! DATA_DIR.switch      says which of the two is the new one, while they change places
//! DATA_DIR.previous    the old one, after the switch; to be deleted by the operator
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CliError;
use super::exit::Exit;
use super::{output, progress};
use crate::assembly;
use crate::embed::Embedder;
use crate::index::schema::Collection;
use crate::index::{self, Compatibility, IndexConfig, Place, PointIds, VectorSpace};
use crate::screen::reindex::{ReindexError, Reindexed, reindex};
use crate::settings::Settings;

/// Runs the command.
pub async fn run(settings: Settings) -> Result<Exit, CliError> {
    if !settings.qdrant.url.is_empty() {
        let message = "reindex works on the embedded archive; for a Qdrant server stop the replicas, migrate \
                       to a directory, reindex there, and migrate back into other collections";
        return Err(CliError::usage(message));
    }
    let places = Places::beside(&settings.data_dir);
    places.settle().await?;
    let for_model = settings.clone();
    let embedder = tokio::task::spawn_blocking(move || assembly::embedder(&for_model))
        .await
        .map_err(CliError::failed)??;
    let Some(embedder) = embedder else {
        return Err(CliError::usage("choose the new model with --model; `none` has no vectors"));
    };
    let space = VectorSpace::from(embedder.identity());
    let needed = Compatibility::needed_for(&space);
    let written_by = index::written_by(&place(&places.current)).await?;
    if written_by == needed {
        output::print(&format!("the archive is of {written_by}: nothing is to be done\n"))?;
        if let Some(unfinished) = places.unfinished_for_another(&needed).await {
            output::print(&format!("{unfinished}\n"))?;
        }
        return Ok(Exit::Done);
    }
    if places.previous.exists() {
        let previous = places.previous.display();
        let message = format!("{previous} is there from an earlier reindex; delete it first");
        return Err(CliError::usage(message));
    }
    if let Some(unfinished) = places.unfinished_for_another(&needed).await {
        return Err(CliError::usage(unfinished));
    }
    let done = fill(&settings, &places, space, embedder).await?;
    places.switch(&needed).await?;
    output::print(&format!(
        "{} passages embedded, {} found by words only, {} were there; {} records copied\n\
         {} is now of {}; the old archive is {}\n",
        done.embedded,
        done.by_words_only,
        done.present,
        done.records,
        places.current.display(),
        index::written_by(&place(&places.current)).await?,
        places.previous.display()
    ))?;
    Ok(Exit::Done)
}

/// Makes the new archive hold just what the old one holds. The old one stays open until then, so that nobody
/// writes into it meanwhile.
async fn fill(
    settings: &Settings,
    places: &Places,
    space: VectorSpace,
    embedder: Arc<dyn Embedder>,
) -> Result<Reindexed, CliError> {
    let tuning = assembly::tuning(settings);
    let from = index::open_existing(place(&places.current), tuning).await?;
    let copier = from.copier()?;
    let done = {
        let config = IndexConfig { place: place(&places.next), space: space.clone() };
        let into = index::open_tuned(config, tuning).await?;
        let state = from.archive_state().await?;
        let glossary = Some(Arc::new(assembly::glossary(settings)?));
        let bar = progress::bar(state.passages, "embedding");
        let filled =
            reindex(&copier, &into.copier()?, embedder, glossary, &|done| bar.set_position(done)).await;
        let filled = filled.map_err(reindex_error)?;
        bar.finish_and_clear();
        filled
    };
    // Of every tenant, not of the one whose state can be asked for.
    let held = PointIds {
        records: copier.ids(Collection::Records).await?,
        passages: copier.ids(Collection::Passages).await?,
    };
    let lacking = index::keep_only(&places.next, &space, tuning, held).await?;
    if lacking == PointIds::default() {
        return Ok(done);
    }
    Err(CliError::failed(format!(
        "{} lacks {} records and {} passages of {}: not switched",
        places.next.display(),
        lacking.records.len(),
        lacking.passages.len(),
        places.current.display(),
    )))
}

/// Where the archives are.
struct Places {
    current: PathBuf,
    next: PathBuf,
    switch: PathBuf,
    previous: PathBuf,
}

impl Places {
    fn beside(current: &Path) -> Self {
        let with = |ending: &str| {
            let mut name = current.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let (next, switch, previous) = (with(".reindex"), with(".switch"), with(".previous"));
        Self { current: current.to_owned(), next, switch, previous }
    }

    /// Says what an earlier run for another model has left, if it has left something.
    async fn unfinished_for_another(&self, needed: &Compatibility) -> Option<String> {
        // One that was hardly begun cannot say for whom; it is begun anew.
        let found = index::written_by(&place(&self.next)).await.ok()?;
        if found == *needed {
            return None;
        }
        let next = self.next.display();
        // Records come last. Earlier versions exchanged the two without a note of it, so after a kill right
        // then this is the archive of before; nobody is to be told to delete that unseen.
        if index::holds_records(&self.next).await.unwrap_or(true) {
            return Some(format!(
                "{next} holds finished records, written for {found}: it may be the previous archive, left by \
                 an earlier version that was stopped while the two changed places. Look at it before you \
                 delete it (eia-screen --data-dir {next} --model {} cases list); if it is the new one for \
                 that model, choose that with --model to go on",
                found.model
            ));
        }
        Some(format!(
            "{next} is left from an unfinished reindex for {found}: choose that model with --model to go on, \
             or delete it"
        ))
    }

    /// Puts the new archive in the place of the old one and the old one aside.
    async fn switch(&self, new: &Compatibility) -> Result<(), CliError> {
        // After a kill nothing else would tell the old archive from one that is half-made: either may be of
        // any model, and the next run may be for any.
        output::write_file(&self.switch, &serde_json::to_string(new).map_err(CliError::failed)?)?;
        self.sync()?;
        let (current, next) = (self.current.clone(), self.next.clone());
        let exchanging = tokio::task::spawn_blocking(move || index::exchange(&current, &next));
        exchanging.await.map_err(CliError::failed)??;
        self.set_aside()
    }

    /// Ends a switch that was interrupted.
    async fn settle(&self) -> Result<(), CliError> {
        let note = match std::fs::read(&self.switch) {
            Ok(note) => note,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(CliError::file(&self.switch, &error)),
        };
        let new: Compatibility = serde_json::from_slice(&note)
            .map_err(|error| CliError::new(Exit::Data, format!("{}: {error}", self.switch.display())))?;
        if self.next.exists() && index::written_by(&place(&self.current)).await? == new {
            return self.set_aside();
        }
        self.forget_switch()
    }

    fn set_aside(&self) -> Result<(), CliError> {
        std::fs::rename(&self.next, &self.previous).map_err(|error| CliError::file(&self.next, &error))?;
        self.sync()?;
        self.forget_switch()
    }

    fn forget_switch(&self) -> Result<(), CliError> {
        std::fs::remove_file(&self.switch).map_err(|error| CliError::file(&self.switch, &error))
    }

    /// Writes the names to disk.
    fn sync(&self) -> Result<(), CliError> {
        let parent = self.current.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new("."));
        let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| CliError::file(folder, &error))
    }
}

fn place(path: &Path) -> Place {
    Place::Directory { path: path.to_owned(), readers: 0 }
}

fn reindex_error(error: ReindexError) -> CliError {
    match error {
        ReindexError::Index(error) => error.into(),
        ReindexError::Embed(_) | ReindexError::Worker { .. } => CliError::failed(error),
    }
}
