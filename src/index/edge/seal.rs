//! Are the files of a closed index as long as they were when it was closed?
//!
//! The engine opens some of its files cut off at the end without a word, and what stood there is gone: a bad
//! disk, a broken copy, a full target. So a list of all files with their lengths is written when the index
//! has closed, and compared and taken away before it is opened again. After a kill there is none, and
//! nothing is compared.
//!
//! Invariant: while the index is open there is no list, on the disk neither.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::shard::io_failed;
use crate::index::store::IndexError;

/// Name of the list, beside the folders of the shards.
const LIST: &str = "sizes";

/// Writes the list when it is dropped: keep it until everything under the folder is closed.
pub struct Seal {
    store: PathBuf,
}

impl Seal {
    /// Compares the files with the list, if there is one, and takes the list away.
    pub fn open(store: &Path) -> Result<Self, IndexError> {
        let list = store.join(LIST);
        let failed = |error: std::io::Error| io_failed(store, "open", &error);
        match std::fs::read_to_string(&list) {
            Ok(text) => {
                compare(store, &text)?;
                std::fs::remove_file(&list).map_err(failed)?;
                File::open(store).and_then(|folder| folder.sync_all()).map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        Ok(Self { store: store.to_owned() })
    }
}

impl Drop for Seal {
    fn drop(&mut self) {
        if let Err(error) = write(&self.store) {
            tracing::warn!(path = %self.store.display(), %error, "the lengths of files could not be noted");
        }
    }
}

fn compare(store: &Path, list: &str) -> Result<(), IndexError> {
    for line in list.lines() {
        let Some((length, name)) = line.split_once(' ') else { continue };
        let there = std::fs::metadata(store.join(name)).ok().map(|file| file.len());
        if there == length.parse().ok() {
            continue;
        }
        let there = there.map_or_else(|| "is not there".to_owned(), |there| format!("has {there} bytes"));
        return Err(IndexError::Engine {
            location: store.display().to_string(),
            action: "open the store",
            what: format!(
                "{name} {there} and had {length} when the archive was closed: restore a backup; to use what \
                 is left all the same, delete the file {LIST}"
            ),
        });
    }
    Ok(())
}

fn write(store: &Path) -> std::io::Result<()> {
    let mut lines = Vec::new();
    collect(store, store, &mut lines)?;
    lines.sort();
    let unfinished = store.join(format!("{LIST}.unfinished"));
    let mut file = File::create(&unfinished)?;
    file.write_all(lines.concat().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(unfinished, store.join(LIST))
}

fn collect(store: &Path, folder: &Path, lines: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(store).unwrap_or(&path);
        if path.is_dir() {
            collect(store, &path, lines)?;
        } else if !name.starts_with(LIST) && name.extension().is_none_or(|end| end != "unfinished") {
            lines.push(format!("{} {}\n", path.metadata()?.len(), name.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_changed_while_closed_are_noticed_and_an_open_store_has_no_list() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path();
        std::fs::create_dir(store.join("records")).unwrap();
        let file = store.join("records/points.dat");
        std::fs::write(&file, "twelve bytes").unwrap();
        drop(Seal::open(store).unwrap());
        let seal = Seal::open(store).unwrap();
        assert!(!store.join(LIST).exists());
        std::fs::write(&file, "written while it is open").unwrap();
        drop(seal);
        drop(Seal::open(store).unwrap());
        File::options().write(true).open(&file).unwrap().set_len(5).unwrap();
        let noticed = Seal::open(store).err().unwrap().to_string();
        assert!(noticed.contains("records/points.dat has 5 bytes and had 24"), "{noticed}");
        std::fs::remove_file(&file).unwrap();
        let noticed = Seal::open(store).err().unwrap().to_string();
        assert!(noticed.contains("is not there"), "{noticed}");
        // It says so until somebody decides.
        assert!(Seal::open(store).is_err());
        std::fs::remove_file(store.join(LIST)).unwrap();
        Seal::open(store).unwrap();
    }
}
