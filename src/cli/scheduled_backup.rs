//! Backups that `serve` makes by itself, because nobody else can open an embedded archive meanwhile.
//!
//! A backup is due when there is none as young as the settings say. One that claims to be of a later time comes from a
//! clock that ran ahead: waiting for that time to come would leave a gap, and it goes before older ones do. What attempts
//! that failed have left goes before the next one, which needs its room.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::index::backup::{BackupError, UNFINISHED, write};
use crate::index::copy::Copier;
use crate::settings::BackupSettings;

const PREFIX: &str = "archive-";
/// Held while a backup is made, by one process of those that share the directory.
const LOCK: &str = "lock";
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// Between two looks at the clock, and after a failure.
const LOOK: Duration = Duration::from_secs(60);

/// Longest time between two attempts that fail: each reads the whole archive, and holds writes up for a moment.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Largest difference of the clocks of replicas that is no fault.
const SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Starts making backups, if a directory for them is set, until the runtime stops. One that a stop
/// interrupts leaves no more than a directory whose name says that it is unfinished.
pub fn start(settings: BackupSettings, copier: Copier) {
    if settings.dir.as_os_str().is_empty() {
        return;
    }
    tokio::spawn(async move {
        let mut pause = LOOK;
        loop {
            pause = match make_if_due(&settings, &copier, Timestamp::now()).await {
                Ok(made) => {
                    if let Some(path) = made {
                        tracing::info!(path = %path.display(), "backup made");
                    }
                    LOOK
                }
                Err(error) => {
                    tracing::error!(%error, "no backup could be made");
                    LONGEST.min(2 * pause)
                }
            };
            tokio::time::sleep(pause).await;
        }
    });
}

/// Makes a backup if it is time, and deletes those that are too many.
async fn make_if_due(
    settings: &BackupSettings,
    copier: &Copier,
    now: Timestamp,
) -> Result<Option<PathBuf>, BackupError> {
    let file = |source| BackupError::File { path: settings.dir.display().to_string(), source };
    std::fs::create_dir_all(&settings.dir).map_err(file)?;
    let hours = i64::try_from(settings.every_h).unwrap_or(i64::MAX / 3_600);
    let every = SignedDuration::from_hours(hours);
    // A little ahead, too: clocks of replicas differ. One that was put right has backups far ahead of it.
    let is_near = |time: Timestamp| {
        let age = now.duration_since(time);
        age < every && age > -SKEW.min(every)
    };
    if made(&settings.dir).map_err(file)?.iter().any(|(time, _)| is_near(*time)) {
        return Ok(None);
    }
    let lock = File::create(settings.dir.join(LOCK)).map_err(file)?;
    match lock.try_lock() {
        Ok(()) => {
            if let Err(error) = clear(&settings.dir) {
                tracing::warn!(%error, "what earlier attempts left cannot be cleared away");
            }
        }
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the directory of the backups cannot be locked; nothing is cleared away");
        }
    }
    let path = settings.dir.join(format!("{PREFIX}{}", now.strftime(TIME)));
    write(copier, &path, now).await?;
    let mut all = made(&settings.dir).map_err(file)?;
    // The one just made stays. Those of a clock that ran ahead go first: they would outlive all others.
    all.retain(|(_, other)| *other != path);
    if let Some((_, ahead)) = all.last().filter(|(time, _)| *time > now) {
        tracing::warn!(path = %ahead.display(), "there is a backup of the future: check the clock");
    }
    all.sort_by_key(|(time, _)| (*time <= now, *time));
    for (_, old) in all.iter().take((all.len() + 1).saturating_sub(settings.keep)) {
        std::fs::remove_dir_all(old).map_err(file)?;
    }
    Ok(Some(path))
}

/// Deletes what attempts left that ended before their time: nobody else makes a backup here now.
fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.and_then(|name| name.strip_suffix(UNFINISHED)).and_then(time_of).is_some() {
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

/// Returns the backups in a directory with their times, oldest first.
fn made(folder: &Path) -> std::io::Result<Vec<(Timestamp, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(time) = path.file_name().and_then(|name| name.to_str()).and_then(time_of) {
            found.push((time, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the time in the name of a backup.
fn time_of(name: &str) -> Option<Timestamp> {
    let time = jiff::civil::DateTime::strptime(TIME, name.strip_prefix(PREFIX)?).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{CaseIndex, IndexConfig, Place, VectorSpace, open};
    use std::sync::Arc;

    /// An empty archive, and settings by which two daily backups of it are kept.
    async fn archive_in(folder: &tempfile::TempDir) -> (Arc<dyn CaseIndex>, BackupSettings) {
        let place = Place::Directory { path: folder.path().join("index"), readers: 1 };
        let space = VectorSpace { model: "m".into(), sha256: String::new(), dimension: 2 };
        let index = open(IndexConfig { place, space }).await.unwrap();
        (index, BackupSettings { dir: folder.path().join("backups"), every_h: 24, keep: 2 })
    }

    #[tokio::test]
    async fn backups_are_made_when_due_and_the_oldest_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let (index, settings) = archive_in(&folder).await;
        let dir = settings.dir.clone();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let copier = index.copier().unwrap();
        let mut made_at = Vec::new();
        for (time, is_due) in [
            ("2026-05-01T10:00:00Z", true),
            ("2026-05-02T09:59:59Z", false),
            ("2026-05-02T10:00:00Z", true),
            ("2026-05-03T10:00:01Z", true),
            // The clock was a month ahead and has been set right.
            ("2026-04-03T10:00:00Z", true),
            ("2026-04-03T10:01:00Z", false),
            ("2026-04-04T10:01:00Z", true),
        ] {
            let path = make_if_due(&settings, &copier, at(time)).await.unwrap();
            assert_eq!(path.is_some(), is_due, "{time}");
            made_at.extend(path);
            assert!(made(&dir).unwrap().len() <= 2);
        }
        assert!(made_at.last().unwrap().join("manifest.json").exists(), "the one just made is kept");
        let kept: Vec<PathBuf> = made(&dir).unwrap().into_iter().map(|(_, path)| path).collect();
        assert_eq!(kept, made_at[made_at.len() - 2..], "those of the future have gone, not the history");
    }

    #[tokio::test]
    async fn what_failed_attempts_left_goes_before_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let (index, settings) = archive_in(&folder).await;
        let dir = settings.dir.clone();
        let left = dir.join("archive-20260430T100000Z.unfinished");
        let others = ["archive-by-hand.unfinished", "notes"].map(|name| dir.join(name));
        for path in others.iter().chain([&left]) {
            std::fs::create_dir_all(path).unwrap();
            std::fs::write(path.join("records-0001.jsonl.gz"), "half").unwrap();
        }
        let now = "2026-05-01T10:00:00Z".parse::<Timestamp>().unwrap();
        let copier = index.copier().unwrap();
        // Another process that shares the directory is making one.
        let other = std::fs::File::create(dir.join(LOCK)).unwrap();
        other.lock().unwrap();
        assert_eq!(make_if_due(&settings, &copier, now).await.unwrap(), None);
        assert!(left.exists());
        drop(other);
        assert!(make_if_due(&settings, &copier, now).await.unwrap().is_some());
        assert!(!left.exists(), "what an attempt left takes the room that the next one needs");
        assert!(others.iter().all(|path| path.exists()), "what it has not made stays");
    }
}
