//! Receives the chunks of an upload under a hard cap, to disk, hashed while they are written.

use tonic::Status;

use super::convert::LONGEST_TEXT;
use super::status;
use crate::submission::{Spool, SpoolError, Spooled};
use crate::text::names;

/// Largest chunk of an upload in bytes.
pub const MAX_CHUNK: usize = 1 << 20;
/// Memory that receiving an upload takes: the chunk that is decoded and the one that is written.
pub const RECEIVING: u64 = 2 * MAX_CHUNK as u64;

/// One file as it arrives.
pub struct Upload {
    spool: Spool,
}

impl Upload {
    /// Starts an upload of at most `limit` bytes.
    pub async fn start(limit: u64) -> Result<Self, Status> {
        Ok(Self { spool: Spool::start(limit).await.map_err(refused)? })
    }

    /// Adds a chunk, or refuses it before anything is spent on it.
    pub async fn add(&mut self, chunk: &[u8]) -> Result<(), Status> {
        if chunk.len() > MAX_CHUNK {
            let message = format!("a chunk has {} bytes, the limit is {MAX_CHUNK}", chunk.len());
            return Err(status::plain("CHUNK_TOO_LARGE", message));
        }
        self.spool.add(chunk).await.map_err(refused)
    }

    /// Ends the upload.
    pub async fn finish(self) -> Result<Spooled, Status> {
        self.finish_as_announced(0, "").await
    }

    /// Ends the upload; size (unless 0) and hash (unless empty) must be those announced.
    pub async fn finish_as_announced(self, size: u64, sha256: &str) -> Result<Spooled, Status> {
        self.spool.finish(size, sha256).await.map_err(refused)
    }
}

/// Refuses an upload.
pub fn refused(error: SpoolError) -> Status {
    let message = error.to_string();
    match error {
        SpoolError::TooLarge { .. } => status::plain("FILE_TOO_LARGE", message),
        SpoolError::OtherSize { .. } => status::plain("OTHER_SIZE", message),
        SpoolError::OtherHash { .. } => status::plain("OTHER_HASH", message),
        SpoolError::Disk { source } => status::no_spool(&source),
    }
}

/// Returns the file name without directories, without what is not seen in it, and without what is beyond the longest
/// name.
pub fn base_name(name: &str) -> String {
    let base = names::file_name(name);
    let base = base.trim();
    if base.is_empty() { "document".to_owned() } else { base.chars().take(LONGEST_TEXT).collect() }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[tokio::test]
    async fn upload_beyond_the_limit_is_refused() {
        let mut upload = Upload::start(10).await.unwrap();
        assert!(upload.add(&[0; 8]).await.is_ok());
        assert_eq!(upload.add(&[0; 3]).await.unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(upload.finish().await.unwrap().bytes, 8);
    }

    #[test]
    fn directories_are_cut_off() {
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name("C:\\files\\report.pdf"), "report.pdf");
        assert_eq!(base_name("/"), "document");
        assert_eq!(base_name("report\u{202e}fdp.exe"), "reportfdp.exe");
        assert_eq!(base_name("\u{202e} \u{200f}"), "document");
        assert_eq!(base_name(&format!("a/{}", "ў".repeat(2 * LONGEST_TEXT))), "ў".repeat(LONGEST_TEXT));
    }
}
