//! `archive`: back up, restore, migrate, verify, expire.
//!
//! An embedded archive belongs to one process: while `serve` has it open, the backups are those that `serve`
//! makes by itself (`backup.dir`); with a Qdrant server the command works at any time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;

use super::error::CliError;
use super::exit::Exit;
use super::{expire, output, progress, reindex};
use crate::assembly;
use crate::index::backup::{Backup, BackupError, Manifest, require_current, restore, verify, write};
use crate::index::copy::Copier;
use crate::index::{self, CaseIndex, IndexConfig, IndexError, Place};
use crate::settings::Settings;

/// The archive as a whole.
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Copy everything the archive holds into a new directory.
    Backup {
        /// Directory to make; it appears when it is complete.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Archive to copy, a directory or the URL of a Qdrant server; the configured one if not given.
        #[arg(long, value_name = "DIR|URL")]
        from: Option<String>,
    },
    /// Store a backup in an empty archive and compare all of it; repeat to go on after an interruption.
    /// Nobody may serve the archive meanwhile.
    Restore {
        /// Backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Archive, a directory or the URL of a Qdrant server; the configured one if not given.
        #[arg(long, value_name = "DIR|URL")]
        to: Option<String>,
    },
    /// Check every hash of a backup, and compare it with an archive if one is given.
    Verify {
        /// Backup.
        #[arg(value_name = "BACKUP")]
        backup: PathBuf,
        /// Archive that must hold just the same.
        #[arg(long, value_name = "DIR|URL")]
        with: Option<String>,
    },
    /// Move everything from one archive into another, by way of a backup that is kept; repeat to go on after
    /// an interruption. Nobody may serve either archive meanwhile.
    Migrate {
        /// Archive to read, a directory or the URL of a Qdrant server.
        #[arg(long, value_name = "DIR|URL")]
        from: String,
        /// Empty archive to fill, a directory or the URL of a Qdrant server.
        #[arg(long, value_name = "DIR|URL")]
        to: String,
        /// Directory of the backup in between; one that is there already is used if the archive has not
        /// changed since.
        #[arg(long, value_name = "DIR")]
        through: PathBuf,
    },
    /// Delete finished screenings and submitted files that are older than the settings keep them
    /// (`retention`). `serve` does it by itself once an hour.
    Expire {
        /// Only show what would be deleted.
        #[arg(long)]
        dry_run: bool,
    },
    /// Embed all passages again with the model chosen by `--model`, beside the old ones, then switch over.
    /// Only for the embedded archive, and not while it is served; repeat to go on after an interruption.
    Reindex,
}

/// Runs the command.
pub async fn run(settings: Settings, command: ArchiveCommand) -> Result<Exit, CliError> {
    match command {
        ArchiveCommand::Backup { to, from } => {
            let place = named_or_configured(&settings, from.as_deref())?;
            let manifest = back_up(&settings, place, &to).await?;
            output::print(&format!("{}\n{}", to.display(), contents(&manifest)))?;
        }
        ArchiveCommand::Restore { from, to } => {
            let place = named_or_configured(&settings, to.as_deref())?;
            output::print(&put_back(&settings, &from, place).await?)?;
        }
        ArchiveCommand::Verify { backup, with } => check(&settings, &backup, with.as_deref()).await?,
        ArchiveCommand::Migrate { from, to, through } => migrate(&settings, &from, &to, &through).await?,
        ArchiveCommand::Expire { dry_run } => return expire::run(&settings, dry_run).await,
        ArchiveCommand::Reindex => return reindex::run(settings).await,
    }
    Ok(Exit::Done)
}

fn named_or_configured(settings: &Settings, name: Option<&str>) -> Result<Place, CliError> {
    Ok(match name {
        Some(name) => assembly::place_named(settings, name)?,
        None => assembly::place(settings)?,
    })
}

async fn back_up(settings: &Settings, from: Place, to: &Path) -> Result<Manifest, CliError> {
    let advice = "the server that has it open makes backups by itself if `backup.dir` is set";
    let index = opened(settings, from, advice).await?;
    Ok(write(&index.copier()?, to, jiff::Timestamp::now()).await?)
}

/// Opens an archive that is there; `advice` is for one that is in use.
async fn opened(settings: &Settings, place: Place, advice: &str) -> Result<Arc<dyn CaseIndex>, CliError> {
    match index::open_existing(place, assembly::tuning(settings)).await {
        Err(error @ IndexError::Locked { .. }) => {
            Err(CliError::new(Exit::Unavailable, format!("{error}; {advice}")))
        }
        opened => Ok(opened?),
    }
}

/// Moves an archive. A directory stays open until the end, so that nobody serves it meanwhile.
async fn migrate(settings: &Settings, from: &str, to: &str, through: &Path) -> Result<(), CliError> {
    let place = assembly::place_named(settings, from)?;
    let is_server = matches!(place, Place::Server(_));
    let index = opened(settings, place, "stop the server that has it open").await?;
    let copier = index.copier()?;
    if through.exists() {
        require_unchanged(through, &copier).await?;
    } else {
        let manifest = write(&copier, through, jiff::Timestamp::now()).await?;
        output::print(&contents(&manifest))?;
    }
    let moved = put_back(settings, through, assembly::place_named(settings, to)?).await?;
    // Nothing keeps others from writing into a server, so it is looked at once more.
    if is_server {
        require_unchanged(through, &copier).await?;
    }
    output::print(&moved)
}

/// Refuses to move less than the archive holds now.
async fn require_unchanged(through: &Path, copier: &Copier) -> Result<(), CliError> {
    match require_current(&Backup::open(through)?, copier).await {
        Err(error @ BackupError::Outdated { .. }) => Err(CliError::usage(format!(
            "{error}: stop whoever serves it, remove {} or pass another directory as --through, and pass an \
             empty archive as --to",
            through.display()
        ))),
        compared => Ok(compared?),
    }
}

/// Stores a backup; returns what is to be said about it.
async fn put_back(settings: &Settings, from: &Path, to: Place) -> Result<String, CliError> {
    let backup = Arc::new(Backup::open(from)?);
    let location = to.to_string();
    let space = index::space_of(&backup.fits(), &from.display().to_string())?;
    let index = index::open_tuned(IndexConfig { place: to, space }, assembly::tuning(settings)).await?;
    let points = backup.manifest().counts.values().sum::<u64>();
    let bar = progress::bar(2 * points, "restoring");
    let restored = restore(Arc::clone(&backup), &index.copier()?, &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(format!(
        "{location}: {} points stored, {} were there, all compared\n{}",
        restored.written,
        restored.present,
        contents(backup.manifest())
    ))
}

async fn check(settings: &Settings, path: &Path, with: Option<&str>) -> Result<(), CliError> {
    let backup = Arc::new(Backup::open(path)?);
    match with {
        None => {
            let checked = Arc::clone(&backup);
            tokio::task::spawn_blocking(move || checked.check()).await.map_err(CliError::failed)??;
        }
        Some(name) => {
            let place = assembly::place_named(settings, name)?;
            let index = index::open_existing(place, assembly::tuning(settings)).await?;
            let bar = progress::bar(backup.manifest().counts.values().sum(), "comparing");
            verify(Arc::clone(&backup), &index.copier()?, &|done| bar.set_position(done)).await?;
            bar.finish_and_clear();
        }
    }
    output::print(&format!("{} is whole\n{}", path.display(), contents(backup.manifest())))
}

fn contents(manifest: &Manifest) -> String {
    let counts: Vec<String> = manifest.counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    format!(
        "made {} of {}\n{}\ncontent sha256 {}\n",
        manifest.create_time,
        manifest.written_by,
        counts.join(", "),
        manifest.content_sha256
    )
}
