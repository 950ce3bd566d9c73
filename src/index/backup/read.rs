//! A backup on its way back: opened, checked, read point by point.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::contents::Contents;
use super::line::{self, Said};
use super::{BackupError, FORMAT, FORMAT_VERSION, MANIFEST, Manifest, Part, SUMS, file_error};
use crate::index::copy::{Collection, Compatibility, Point, generation_of, visible_generation};
use crate::index::payload::hex;
use crate::index::upgrade;

/// Longest line that is read: a record with the report of a very long document.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// A backup whose manifest has been read and matches its hash.
pub struct Backup {
    path: PathBuf,
    manifest: Manifest,
}

/// Which lines of the parts count, since later ones replace earlier ones.
pub(super) struct Valid {
    /// Record → number of its last line among all lines of records.
    records: BTreeMap<Uuid, u64>,
    /// Generations that the records make visible.
    generations: BTreeSet<Uuid>,
}

impl Valid {
    /// Returns the ids of all records.
    pub fn record_ids(&self) -> BTreeSet<Uuid> {
        self.records.keys().copied().collect()
    }
}

impl Backup {
    /// Opens a backup and checks its manifest.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let read = |name: &str| {
            let file = path.join(name);
            std::fs::read_to_string(&file).map_err(|source| file_error(&file, source))
        };
        let (text, sums) = (read(MANIFEST)?, read(SUMS)?);
        let damaged =
            |what: String| BackupError::Damaged { path: path.join(MANIFEST).display().to_string(), what };
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT || manifest.version != FORMAT_VERSION {
            let Manifest { format, version, program, .. } = &manifest;
            return Err(damaged(format!(
                "it is {format:?} version {version} made by program version {program}; this program reads \
                 {FORMAT:?} version {FORMAT_VERSION}"
            )));
        }
        if manifest.sums(&text) != sums {
            return Err(damaged(format!("{SUMS} does not list it and its parts with their SHA-256")));
        }
        Ok(Self { path: path.to_owned(), manifest })
    }

    /// Returns its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what it holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns what an archive has to be to hold it: points of the schema before are stored as those of this one.
    pub fn fits(&self) -> Compatibility {
        upgrade::compatibility(&self.manifest.written_by)
    }

    /// Reads all of it and compares every hash. Blocking.
    pub fn check(&self) -> Result<(), BackupError> {
        for part in &self.manifest.parts {
            self.check_part(part)?;
        }
        let (valid, mut contents) = (self.valid()?, Contents::default());
        for collection in Collection::ALL {
            self.read(collection, &valid, &mut |point| {
                contents.insert(collection, &point);
                true
            })?;
        }
        let Manifest { counts, content_sha256, .. } = &self.manifest;
        if contents.counts() != *counts || contents.sha256() != *content_sha256 {
            return Err(BackupError::Damaged {
                path: self.path.display().to_string(),
                what: format!("its lines come to {:?}, its manifest says {counts:?}", contents.counts()),
            });
        }
        Ok(())
    }

    fn check_part(&self, part: &Part) -> Result<(), BackupError> {
        let path = self.path.join(&part.file);
        let mut file = File::open(&path).map_err(|source| file_error(&path, source))?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
        loop {
            let read = file.read(&mut buffer).map_err(|source| file_error(&path, source))?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            bytes += read as u64;
        }
        let damaged = |what| Err(BackupError::Damaged { path: path.display().to_string(), what });
        if bytes != part.bytes {
            return damaged(format!("it has {bytes} bytes, the manifest says {}", part.bytes));
        }
        if hex(&hash.finalize()) != part.sha256 {
            return damaged("its SHA-256 is not the one of the manifest".to_owned());
        }
        Ok(())
    }

    /// Finds out which lines count. Blocking.
    pub(super) fn valid(&self) -> Result<Valid, BackupError> {
        let (mut records, mut visible) = (BTreeMap::new(), BTreeMap::new());
        self.lines(Collection::Records, &mut |number, said| {
            match said {
                Said::Point(point) => {
                    records.insert(point.id, number);
                    visible.insert(point.id, visible_generation(&point).map(|(generation, _)| generation));
                }
                Said::Removed(id) => {
                    records.remove(&id);
                    visible.remove(&id);
                }
            }
            true
        })?;
        Ok(Valid { records, generations: visible.into_values().flatten().collect() })
    }

    /// Hands over the points of a collection, as they were written, until `take` returns false. Blocking.
    pub(super) fn read(
        &self,
        collection: Collection,
        valid: &Valid,
        take: &mut dyn FnMut(Point) -> bool,
    ) -> Result<(), BackupError> {
        self.lines(collection, &mut |number, said| {
            let Said::Point(point) = said else { return true };
            let counts = match collection {
                Collection::Records => valid.records.get(&point.id) == Some(&number),
                Collection::Passages => generation_of(&point).is_some_and(|g| valid.generations.contains(&g)),
            };
            !counts || take(*point)
        })
    }

    fn lines(
        &self,
        collection: Collection,
        take: &mut dyn FnMut(u64, Said) -> bool,
    ) -> Result<(), BackupError> {
        let mut number = 0;
        for part in self.manifest.parts.iter().filter(|part| part.collection == collection.name()) {
            let path = self.path.join(&part.file);
            let file = File::open(&path).map_err(|source| file_error(&path, source))?;
            let mut text = BufReader::with_capacity(1 << 20, GzDecoder::new(BufReader::new(file)));
            let mut line = Vec::new();
            for count in 1.. {
                let damaged = |what: String| BackupError::Damaged {
                    path: path.display().to_string(),
                    what: format!("line {count}: {what}"),
                };
                line.clear();
                let mut limited = text.by_ref().take(LONGEST_LINE);
                if limited.read_until(b'\n', &mut line).map_err(|error| damaged(error.to_string()))? == 0 {
                    if count != part.lines + 1 {
                        return Err(damaged(format!(
                            "the file ends, the manifest says {} lines",
                            part.lines
                        )));
                    }
                    break;
                }
                if line.pop() != Some(b'\n') {
                    return Err(damaged("it does not end, or is too long".to_owned()));
                }
                number += 1;
                if !take(number, line::parse(&line).map_err(damaged)?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
