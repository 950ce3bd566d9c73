//! Receives a file: to disk, under a hard cap, hashed while it is written.
//!
//! The spool file has no name, so nothing is left behind by a kill; what makes an upload durable is the
//! archive ([`crate::index::WorkStore::put_file`]), not this file.

use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

/// Why a file was not received.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Send a smaller file, or raise the limit.
    #[error("the file is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The size announced is not the size sent.
    #[error("the file has {found} bytes, {announced} were announced")]
    OtherSize {
        /// What was announced.
        announced: u64,
        /// What was sent.
        found: u64,
    },
    /// The hash announced is not the hash of what was sent.
    #[error("the file has the SHA-256 {found}, not the one announced: it was damaged on its way")]
    OtherHash {
        /// Hash of what was sent.
        found: String,
    },
    /// The disk for temporary files failed or is full.
    #[error("the file could not be spooled to disk")]
    Disk {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl From<std::io::Error> for SpoolError {
    fn from(source: std::io::Error) -> Self {
        Self::Disk { source }
    }
}

/// A file that is being received.
pub struct Spool {
    file: tokio::fs::File,
    hash: Sha256,
    bytes: u64,
    limit: u64,
    head: Vec<u8>,
}

/// A file that was received.
#[derive(Debug)]
pub struct Spooled {
    file: std::fs::File,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// First bytes, by which the format is told.
    pub head: Vec<u8>,
}

/// Bytes kept of the beginning.
const HEAD: usize = 8;

impl Spool {
    /// Starts to receive at most `limit` bytes.
    pub async fn start(limit: u64) -> Result<Self, SpoolError> {
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(std::io::Error::other)??;
        let file = tokio::fs::File::from_std(file);
        Ok(Self { file, hash: Sha256::new(), bytes: 0, limit, head: Vec::with_capacity(HEAD) })
    }

    /// Adds bytes, or refuses them before they are written.
    pub async fn add(&mut self, chunk: &[u8]) -> Result<(), SpoolError> {
        let bytes = self.bytes + chunk.len() as u64;
        if bytes > self.limit {
            return Err(SpoolError::TooLarge { limit: self.limit });
        }
        self.file.write_all(chunk).await?;
        self.hash.update(chunk);
        self.bytes = bytes;
        let missing = HEAD - self.head.len();
        self.head.extend(chunk.iter().take(missing));
        Ok(())
    }

    /// Returns the number of bytes received.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// True if nothing was received.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Ends the upload, comparing it with what was announced (0 and empty: nothing).
    pub async fn finish(mut self, size: u64, sha256: &str) -> Result<Spooled, SpoolError> {
        if size != 0 && size != self.bytes {
            return Err(SpoolError::OtherSize { announced: size, found: self.bytes });
        }
        let found: String = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if !sha256.is_empty() && !sha256.eq_ignore_ascii_case(&found) {
            return Err(SpoolError::OtherHash { found });
        }
        self.file.flush().await?;
        // A full disk may show only now.
        self.file.sync_data().await?;
        let mut file = self.file.into_std().await;
        file.seek(SeekFrom::Start(0))?;
        Ok(Spooled { file, sha256: found, bytes: self.bytes, head: self.head })
    }
}

impl Spooled {
    /// Spools bytes that are in memory.
    pub async fn of_bytes(bytes: &[u8]) -> Result<Self, SpoolError> {
        let mut spool = Spool::start(u64::MAX).await?;
        spool.add(bytes).await?;
        spool.finish(0, "").await
    }

    /// True for formats that hold far less text than bytes: PDF and ZIP (DOCX).
    pub fn is_packed(&self) -> bool {
        is_packed(&self.head)
    }

    /// Returns the content as a reader, from its beginning. Readers share their position: one at a time.
    pub fn reader(&self) -> std::io::Result<std::fs::File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    /// Reads the whole content.
    pub async fn into_bytes(self) -> Result<Vec<u8>, SpoolError> {
        let mut file = self.file;
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or(0));
            file.read_to_end(&mut bytes).map(|_| bytes)
        });
        Ok(read.await.map_err(std::io::Error::other)??)
    }
}

/// True if a file that begins so is of a packed format.
pub fn is_packed(head: &[u8]) -> bool {
    head.starts_with(b"%PDF") || head.starts_with(b"PK\x03\x04")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn content_comes_back_with_its_hash() {
        let mut spool = Spool::start(10).await.unwrap();
        spool.add(b"abc").await.unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let spooled = spool.finish(3, &abc.to_uppercase()).await.unwrap();
        assert_eq!((spooled.sha256.as_str(), spooled.bytes), (abc, 3));
        assert_eq!(spooled.into_bytes().await.unwrap(), b"abc");
    }

    #[tokio::test]
    async fn too_much_and_something_else_are_refused() {
        let mut spool = Spool::start(4).await.unwrap();
        spool.add(b"abc").await.unwrap();
        assert!(matches!(spool.add(b"de").await, Err(SpoolError::TooLarge { limit: 4 })));
        assert_eq!(spool.len(), 3);
        assert!(matches!(spool.finish(4, "").await, Err(SpoolError::OtherSize { found: 3, .. })));
        let spool = Spool::start(4).await.unwrap();
        assert!(matches!(spool.finish(0, "00").await, Err(SpoolError::OtherHash { .. })));
    }
}
