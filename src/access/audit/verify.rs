//! Is the audit log what was written?
//!
//! Finds every change, removal, insertion and reordering of lines before the last one, and files that
//! are missing between others. It cannot find that lines were cut off at the end or that the very last
//! one was changed, nor that somebody who may write the files has rewritten all lines from some point
//! on: for that the head, which it prints, has to be noted where that somebody cannot write.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::chain::{self, Line, NOTHING};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Lines read.
    pub lines: u64,
    /// Number of the first line; above 0 if older files were not given.
    pub first: u64,
    /// Time of the first line.
    pub from: String,
    /// Time of the last line.
    pub until: String,
    /// Hash of the last line.
    pub head: String,
    /// Hashes of all lines, to look a noted head up.
    hashes: Vec<String>,
    /// What is wrong, with file and line.
    pub problems: Vec<String>,
}

impl Verification {
    /// True if a head that was noted earlier is the hash of one of the lines.
    pub fn contains(&self, head: &str) -> bool {
        self.hashes.iter().any(|hash| hash.eq_ignore_ascii_case(head))
    }
}

/// Checks files, in whatever order they are given.
pub fn verify(files: &[PathBuf]) -> std::io::Result<Verification> {
    let mut ordered: Vec<(u64, &PathBuf)> = Vec::new();
    for file in files {
        ordered.push((first_number(file)?, file));
    }
    ordered.sort();
    let mut check =
        Check { found: Verification { head: NOTHING.to_owned(), ..Verification::default() }, next: None };
    for (_, file) in ordered {
        check.file(file)?;
    }
    Ok(check.found)
}

/// Number of the first line; files that cannot be read as such come last.
fn first_number(file: &Path) -> std::io::Result<u64> {
    let mut line = Vec::new();
    BufReader::new(File::open(file)?).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice::<Line>(&line).map_or(u64::MAX, |line| line.seq))
}

struct Check {
    found: Verification,
    /// Number that the next line must have; none before the first line.
    next: Option<u64>,
}

impl Check {
    fn file(&mut self, file: &Path) -> std::io::Result<()> {
        let mut reader = BufReader::new(File::open(file)?);
        let name = file.display();
        for number in 1u64.. {
            let mut bytes = Vec::new();
            if reader.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            if bytes.pop_if(|last| *last == b'\n').is_none() {
                self.found.problems.push(format!("{name}, line {number}: the line is unfinished"));
            }
            if let Err(what) = self.line(&bytes) {
                self.found.problems.push(format!("{name}, line {number}: {what}"));
            }
        }
        Ok(())
    }

    fn line(&mut self, bytes: &[u8]) -> Result<(), String> {
        let before = std::mem::replace(&mut self.found.head, chain::hash(bytes));
        self.found.hashes.push(self.found.head.clone());
        self.found.lines += 1;
        let line: Line = match serde_json::from_slice(bytes) {
            Ok(line) => line,
            Err(error) => {
                self.next = self.next.map(|next| next + 1);
                return Err(format!("not an audit line ({error})"));
            }
        };
        let expected = self.next.replace(line.seq + 1);
        self.found.until.clone_from(&line.time);
        if expected.is_none() {
            self.found.first = line.seq;
            self.found.from.clone_from(&line.time);
        }
        match expected {
            Some(expected) if line.seq != expected => {
                return Err(format!("it has number {}, number {expected} was due", line.seq));
            }
            None if line.seq > 0 => return Ok(()),
            _ => {}
        }
        if line.prev != before {
            return Err(
                "it does not continue the line before, which was changed, removed or inserted".to_owned()
            );
        }
        Ok(())
    }
}
