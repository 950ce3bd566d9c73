//! Reads ahead what a start reads: the field indexes of every segment, and the lexical vectors of those without a
//! graph, whose lexical index is built anew.
//!
//! The engine maps these files and goes through them page by page, each a wait for the disk of its own; read from
//! end to end beside it, they are in the page cache while it is still busy with the first of them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::index::schema::{DENSE, SPARSE};

/// Most bytes that are read.
const MOST_BYTES: usize = 1 << 30;

/// Bytes read at a time.
const AT_ONCE: usize = 1 << 20;

/// Reads the files. What cannot be read is left to the engine, which says so.
pub fn read(shard: &Path) {
    let (mut left, mut buffer) = (MOST_BYTES, vec![0; AT_ONCE]);
    for segment in entries(&shard.join("segments")) {
        let mut folders = vec![segment.join("payload_index")];
        if !segment.join(format!("vector_index-{DENSE}/graph.bin")).exists() {
            folders.push(segment.join(format!("vector_storage-{SPARSE}")));
        }
        while let Some(path) = folders.pop() {
            if path.is_dir() {
                folders.extend(entries(&path));
            } else if let Ok(mut file) = File::open(&path) {
                while let Ok(bytes @ 1..) = file.read(&mut buffer) {
                    left = left.saturating_sub(bytes);
                    if left == 0 {
                        return;
                    }
                }
            }
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
