//! Collects the chunks of an upload under a hard cap.

use tonic::{Code, Status};

use super::status;

/// Largest chunk of an upload in bytes.
pub const MAX_CHUNK: usize = 1 << 20;

/// Bytes of one file as they arrive.
#[derive(Debug)]
pub struct Upload {
    bytes: Vec<u8>,
    limit: u64,
}

impl Upload {
    /// Starts an upload of at most `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Adds a chunk, or refuses it before memory is spent on it.
    pub fn add(&mut self, chunk: &[u8]) -> Result<(), Status> {
        if chunk.len() > MAX_CHUNK {
            let message = format!("a chunk has {} bytes, the limit is {MAX_CHUNK}", chunk.len());
            return Err(status::plain(Code::InvalidArgument, "CHUNK_TOO_LARGE", message));
        }
        if self.len() + chunk.len() as u64 > self.limit {
            let message = format!("the file is larger than the limit of {} bytes", self.limit);
            return Err(status::plain(Code::InvalidArgument, "FILE_TOO_LARGE", message));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Returns the number of bytes received.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Ends the upload.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Returns the file name without directories, of either kind of separator.
pub fn base_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or("").trim();
    if base.is_empty() { "document".to_owned() } else { base.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upload_beyond_the_limit_is_refused() {
        let mut upload = Upload::new(10);
        assert!(upload.add(&[0; 8]).is_ok());
        assert_eq!(upload.add(&[0; 3]).unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(upload.len(), 8);
    }

    #[test]
    fn directories_are_cut_off() {
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name("C:\\files\\report.pdf"), "report.pdf");
        assert_eq!(base_name("/"), "document");
    }
}
