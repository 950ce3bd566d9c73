//! How is a file used while it is still being read, with the certainty that what is used is what was hashed? One
//! thread reads it into memory of its own piece by piece and hashes each piece before it announces it; others wait
//! for the part they need.
//!
//! Invariant: bytes below the announced mark were hashed and do not change any more, except that
//! [`Reading::release`] gives pages back that nobody will read again. The file itself is never looked at twice.

use std::fs::File;
use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;

/// Bytes read and hashed in one go: small enough to be hashed out of the second-level cache.
const PIECE: usize = 512 << 10;

/// A file on its way into memory.
pub struct Reading {
    memory: MmapMut,
    start: *mut u8,
    progress: Mutex<Progress>,
    moved: Condvar,
}

#[derive(Default)]
struct Progress {
    /// Bytes read and hashed.
    announced: usize,
    failure: Option<(std::io::ErrorKind, String)>,
}

// SAFETY: `start` points into `memory`, which lives as long and is shared under the protocol stated at the top: the
// thread in `fill` writes at and above the mark, all others read below it.
unsafe impl Send for Reading {}
// SAFETY: as above.
unsafe impl Sync for Reading {}

impl Reading {
    /// Makes room for a file of `len` bytes. Pages come into being when they are written.
    pub fn new(len: usize) -> std::io::Result<Self> {
        let mut memory = MmapMut::map_anon(len.max(1))?;
        #[cfg(target_os = "linux")]
        // Fewer page faults while reading; refused on systems without huge pages, which does no harm.
        let _ = memory.advise(memmap2::Advice::HugePage);
        let start = memory.as_mut_ptr();
        Ok(Self { memory, start, progress: Mutex::default(), moved: Condvar::new() })
    }

    /// Returns the length of the file.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the whole file and returns the SHA-256 of what was read. To be called once, by one thread.
    pub fn fill(&self, mut file: File) -> std::io::Result<[u8; 32]> {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        let mut done = 0;
        while done < self.len() {
            let len = PIECE.min(self.len() - done);
            // SAFETY: the piece lies inside the memory and above the mark, where only this thread goes.
            let piece = unsafe { std::slice::from_raw_parts_mut(self.start.add(done), len) };
            if let Err(error) = file.read_exact(piece) {
                self.progress().failure = Some((error.kind(), error.to_string()));
                self.moved.notify_all();
                return Err(error);
            }
            hash.update(piece);
            done += len;
            self.progress().announced = done;
            self.moved.notify_all();
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(hash.finish().as_ref());
        Ok(sha256)
    }

    /// Waits until the first `end` bytes are there.
    pub fn wait(&self, end: usize) -> std::io::Result<()> {
        let mut progress = self.progress();
        loop {
            if progress.announced >= end {
                return Ok(());
            }
            if let Some((kind, text)) = &progress.failure {
                return Err(std::io::Error::new(*kind, text.clone()));
            }
            progress = self.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns `len` bytes from `start`.
    ///
    /// # Safety
    /// [`Reading::wait`] succeeded for their end, and they were not released.
    pub unsafe fn slice(&self, start: usize, len: usize) -> &[u8] {
        debug_assert!(start + len <= self.len(), "{start}+{len} is outside {}", self.len());
        // SAFETY: inside the memory by the caller's word, and below the mark, where nothing is written any more.
        unsafe { std::slice::from_raw_parts(self.start.add(start), len) }
    }

    /// Gives the pages that lie wholly inside the range back to the system.
    ///
    /// # Safety
    /// The range is below the mark and nobody reads it any more.
    pub unsafe fn release(&self, start: usize, len: usize) {
        #[cfg(target_os = "linux")]
        {
            const PAGE: usize = 64 << 10; // the largest page size in use, so that no neighbour is touched
            let (first, end) = (start.next_multiple_of(PAGE), (start + len) / PAGE * PAGE);
            if first < end && end <= self.len() {
                // SAFETY: an anonymous private mapping of this process; by the caller's word its content is no
                // longer needed.
                unsafe { libc::madvise(self.start.add(first).cast(), end - first, libc::MADV_DONTNEED) };
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (start, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(content).expect("it takes bytes");
        file.reopen().expect("it opens again")
    }

    #[test]
    fn parts_can_be_used_before_the_end_is_there_and_the_hash_covers_all() {
        let content: Vec<u8> = (0..3 * PIECE + 17).map(|i| (i * i >> 7) as u8).collect();
        let reading = Reading::new(content.len()).expect("memory");
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| reading.fill(file(&content)));
            for (start, len) in [(0, 8), (PIECE - 4, 8), (2 * PIECE, PIECE + 17)] {
                reading.wait(start + len).expect("the file is long enough");
                // SAFETY: just waited for.
                assert_eq!(unsafe { reading.slice(start, len) }, &content[start..start + len]);
            }
            let hash = reader.join().expect("no panic").expect("the file is long enough");
            assert_eq!(hash.as_slice(), ring::digest::digest(&ring::digest::SHA256, &content).as_ref());
        });
    }

    #[test]
    fn a_file_that_ends_early_fails_for_the_reader_and_for_those_who_wait() {
        let reading = Reading::new(PIECE + 100).expect("memory");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| reading.wait(PIECE + 100));
            assert!(reading.fill(file(&vec![1; PIECE + 99])).is_err());
            assert!(waiting.join().expect("no panic").is_err());
            assert!(reading.wait(PIECE).is_ok(), "what is there can be used");
        });
    }

    #[test]
    fn releasing_leaves_the_neighbours_alone() {
        let content = vec![7; 1 << 20];
        let reading = Reading::new(content.len()).expect("memory");
        reading.fill(file(&content)).expect("the file is long enough");
        let (start, len) = (100_001, 500_003);
        // SAFETY: only the neighbours are read afterwards.
        let (before, after) = unsafe {
            reading.release(start, len);
            (reading.slice(0, start), reading.slice(start + len, content.len() - start - len))
        };
        assert!(before.iter().chain(after).all(|byte| *byte == 7));
    }
}
