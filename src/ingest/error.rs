//! Why nothing at all could be read from a file. A file that is partly unreadable is no error: it is
//! read, and what could not be read stands in `Document::not_examined`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::domain::document::MediaType;

/// A file of which nothing could be read, by what the sender can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum IngestError {
    /// The file holds no bytes, or only white space: send the right file.
    #[error("{name} is empty")]
    Empty {
        /// File name.
        name: String,
    },
    /// The format is not read: convert it.
    #[error("{name} is {format}, which is not read; {advice}")]
    Unsupported {
        /// File name.
        name: String,
        /// What the content is, with its article: `a legacy Word file (.doc)`.
        format: Cow<'static, str>,
        /// What to do: `save it as DOCX or PDF`.
        advice: Cow<'static, str>,
    },
    /// The bytes are no text and no known format: send the right file.
    #[error(
        "{name} is neither text nor a document format that is known; send PDF, DOCX, HTML, Markdown or plain text"
    )]
    NotADocument {
        /// File name.
        name: String,
    },
    /// The file needs a password: remove it.
    #[error("{name} is protected by a password; save it without one")]
    Encrypted {
        /// File name.
        name: String,
    },
    /// The file is larger than allowed: split it or raise the limit.
    #[error(
        "{name} has {}, the limit for {media_type} is {}; split the file or raise the limit",
        mebibytes(*bytes),
        mebibytes(*limit)
    )]
    TooLarge {
        /// File name.
        name: String,
        /// What kind of file.
        media_type: MediaType,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The archive unpacks to more than allowed: it is broken or hostile.
    #[error("{name} unpacks to more than is allowed ({detail})")]
    Expands {
        /// File name.
        name: String,
        /// Which limit was passed.
        detail: String,
    },
    /// The file has no pages: send the right file.
    #[error("{name} has no pages")]
    NoPages {
        /// File name.
        name: String,
    },
    /// The file ends in the middle, as after a broken upload: send all of it. It is not screened in
    /// part: what stood in the lost part would be called missing.
    #[error("{name} is cut off: the end of the file is not there; send the whole file")]
    Truncated {
        /// File name.
        name: String,
    },
    /// The structure is broken: save the file again or send the original.
    #[error(
        "{name} is damaged and could not be read as {media_type} ({detail}); save it again or send the original"
    )]
    Malformed {
        /// File name.
        name: String,
        /// What kind of file the content says it is.
        media_type: MediaType,
        /// What the reader stumbled on.
        detail: String,
    },
}

impl IngestError {
    /// Returns a stable code for the kind of error, in upper case with underscores.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "EMPTY_FILE",
            Self::Unsupported { .. } => "UNSUPPORTED_FORMAT",
            Self::NotADocument { .. } => "NOT_A_DOCUMENT",
            Self::Encrypted { .. } => "ENCRYPTED",
            Self::TooLarge { .. } => "FILE_TOO_LARGE",
            Self::Expands { .. } => "EXPANDS_TOO_MUCH",
            Self::NoPages { .. } => "NO_PAGES",
            Self::Truncated { .. } => "TRUNCATED",
            Self::Malformed { .. } => "MALFORMED",
        }
    }
}

/// Writes a size in MiB, rounded up to a tenth so that it never reads as its own limit.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    match tenths % 10 {
        0 => format!("{} MiB", tenths / 10),
        tenth => format!("{}.{tenth} MiB", tenths / 10),
    }
}
