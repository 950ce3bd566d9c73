//! Lines of the audit log and how they hang together.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entry, closed_name};

/// Longest line that is looked for; a file without a line feed within it is no audit log.
const LONGEST: u64 = 1 << 20;

/// What stands for the line before the first one.
pub const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The service began to write.
    Start,
    /// A change is about to be made; the call that makes it has a line of its own when it ends.
    Begun,
    /// A call ended, or a change that was about to be made was not.
    Call,
    /// A new file goes on where another ended.
    Continue,
    /// Something is not in the log: a line that a crash had left unfinished and that was cut off, or refused
    /// calls that were only counted.
    Recovered,
    /// The service stopped in order.
    Stop,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Number, from 0, without gaps, over all files.
    pub seq: u64,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// What it is about.
    pub kind: Kind,
    /// The call, for [`Kind::Call`] and [`Kind::Begun`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Entry>,
    /// Remark, for the other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// SHA-256 of the line before, without its line feed.
    pub prev: String,
}

/// Where the chain stands: number and hash of its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of the next line.
    pub next: u64,
    /// Hash of the last line.
    pub hash: String,
}

impl Head {
    /// The head of a log without lines.
    pub fn of_nothing() -> Self {
        Self { next: 0, hash: NOTHING.to_owned() }
    }
}

/// Returns the hash of a line.
pub fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is found in a file that is to be continued.
pub struct Found {
    /// Where the chain stands.
    pub head: Head,
    /// Length up to the last finished line.
    pub whole: u64,
    /// Bytes after it: a line that a crash left unfinished.
    pub torn: u64,
    /// Number of the first line of this file.
    pub first: Option<u64>,
    /// Day of the last line.
    pub day: Option<String>,
}

/// Reads how a file ends.
pub fn read_end(file: &mut std::fs::File) -> std::io::Result<Found> {
    let unreadable = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new((&mut *file).take(LONGEST));
    let mut first_line = Vec::new();
    reader.read_until(b'\n', &mut first_line)?;
    if first_line.len() as u64 == LONGEST {
        return Err(unreadable("this is not an audit log"));
    }
    if first_line.last() != Some(&b'\n') {
        // Not one finished line.
        let head = Head::of_nothing();
        return Ok(Found { head, whole: 0, torn: length, first: None, day: None });
    }
    let first: Line =
        serde_json::from_slice(&first_line).map_err(|_| unreadable("the first line is not an audit line"))?;
    let (whole, last_line) = last_line(file, length)?;
    let last: Line =
        serde_json::from_slice(&last_line).map_err(|_| unreadable("the last line is not an audit line"))?;
    Ok(Found {
        head: Head { next: last.seq + 1, hash: hash(&last_line) },
        whole,
        torn: length - whole,
        first: Some(first.seq),
        day: last.time.get(..10).map(str::to_owned),
    })
}

/// Returns the end of the last finished line and the line without its line feed.
fn last_line(file: &mut std::fs::File, length: u64) -> std::io::Result<(u64, Vec<u8>)> {
    let mut tail = 64 << 10;
    loop {
        let from = length.saturating_sub(tail);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(length - from).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        if let Some(end) = end {
            let start = bytes[..end].iter().rposition(|byte| *byte == b'\n').map(|place| place + 1);
            if let Some(start) = start.or((from == 0).then_some(0)) {
                return Ok((from + end as u64 + 1, bytes[start..end].to_vec()));
            }
        }
        if from == 0 || tail > 8 * LONGEST {
            return Ok((0, Vec::new()));
        }
        tail *= 8;
    }
}

/// Returns the closed files of a log, oldest first.
pub fn closed_files(file: &Path) -> std::io::Result<Vec<PathBuf>> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sample = closed_name(file, 0);
    let sample = sample.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (before, after) = sample.split_once("000000000000").unwrap_or((sample.as_str(), ""));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let digits = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        if digits.is_some_and(|digits| digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit())) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
