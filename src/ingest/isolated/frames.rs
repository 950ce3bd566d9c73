//! What parent and child say to each other: frames of JSON behind their length.
//!
//! The parent does not trust the child: every length is checked against a limit before memory is spent,
//! and a frame that does not decode ends the conversation.

use std::io::{Read, Write};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confine::Confinement;
use crate::domain::document::Document;
use crate::domain::explanation::Explanation;
use crate::ingest::error::IngestError;
use crate::ingest::limits::Limits;
use crate::ingest::ocr::Ocr;

/// Largest request without the file's bytes.
pub(super) const MOST_REQUEST: u64 = 1 << 20;

/// What a child is to do with the file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Task {
    /// Read the document.
    Read,
    /// Draw a page, counted from 1.
    Draw(u32),
}

/// The parent's only frame; `bytes` bytes of the file follow it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// What to do.
    pub(super) task: Task,
    /// File name, for messages.
    pub(super) name: String,
    /// Length of the file.
    pub(super) bytes: u64,
    /// Ceilings for reading.
    pub(super) limits: Limits,
    /// Recognition of pages that are pictures.
    pub(super) ocr: Option<Ocr>,
    /// Pages that ended an earlier child.
    pub(super) fatal_pages: Vec<u32>,
    /// Most address space in bytes.
    pub(super) memory: u64,
    /// Most memory of its own in bytes, if less.
    pub(super) heap: Option<u64>,
    /// Most processor time.
    pub(super) processor_time: Duration,
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Frame {
    /// How far it has given up its rights; the first frame.
    Confined(Confinement),
    /// Pages done and pages in all.
    Progress(u64, u64),
    /// Work on a page begins.
    Begins(u32),
    /// Work on a page has ended.
    Ended(u32),
    /// The document; the last frame.
    Document(Box<Document>),
    /// Nothing of the file could be read; the last frame.
    Refused(IngestError),
    /// A picture of that many bytes follows; the last frame.
    Picture(u64),
    /// The page could not be drawn; the last frame.
    NotDrawn(Explanation),
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// The other side has gone, or the pipe broke.
    #[error("the pipe ended: {0}")]
    Ended(#[from] std::io::Error),
    /// The frame is longer than allowed.
    #[error("a message of {0} bytes is longer than allowed")]
    TooLong(u64),
    /// The frame does not decode.
    #[error("a message does not decode: {0}")]
    Garbled(#[from] serde_json::Error),
}

/// Writes a frame.
pub(super) fn write(out: &mut impl Write, frame: &impl Serialize) -> Result<(), FrameError> {
    let body = serde_json::to_vec(frame)?;
    out.write_all(&(body.len() as u64).to_le_bytes())?;
    out.write_all(&body)?;
    out.flush()?;
    Ok(())
}

/// Reads a frame of at most `most` bytes.
pub(super) fn read<T: DeserializeOwned>(input: &mut impl Read, most: u64) -> Result<T, FrameError> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > most {
        return Err(FrameError::TooLong(length));
    }
    let mut body = Vec::new();
    // Memory grows with what arrives, not with what was promised.
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Err(FrameError::Ended(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(serde_json::from_slice(&body)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_come_back_as_they_were() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Frame::Progress(3, 9)).unwrap();
        write(&mut pipe, &Frame::Refused(IngestError::Empty { name: "ариза.pdf".to_owned() })).unwrap();
        let mut pipe = pipe.as_slice();
        assert!(matches!(read(&mut pipe, 99).unwrap(), Frame::Progress(3, 9)));
        let Frame::Refused(error) = read(&mut pipe, 999).unwrap() else { panic!("refused") };
        assert_eq!(error, IngestError::Empty { name: "ариза.pdf".to_owned() });
        assert!(matches!(read::<Frame>(&mut pipe, 999), Err(FrameError::Ended(_))));
    }

    #[test]
    fn a_promise_of_too_much_is_not_believed() {
        let pipe = u64::MAX.to_le_bytes();
        assert!(matches!(read::<Frame>(&mut pipe.as_slice(), 1 << 30), Err(FrameError::TooLong(u64::MAX))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Frame>(&mut bytes.as_slice(), 150);
        }
    }
}
