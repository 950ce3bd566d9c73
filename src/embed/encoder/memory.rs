//! Where do the kernels' numbers live? Buffers aligned to cache lines (to huge pages when large), filled with
//! zeros, and the unchecked view through which the members of a team write disjoint parts of one.
//!
//! Invariant: a [`Buffer`] never moves or grows after it was made, so views stay valid as long as it lives.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Numbers for which all bits zero is a valid value.
pub trait Plain: Copy + Send + Sync + 'static {}
impl Plain for u8 {}
impl Plain for i16 {}
impl Plain for u16 {}
impl Plain for f32 {}

const CACHE_LINE: usize = 64;
const HUGE_PAGE: usize = 2 << 20;

/// A fixed block of zeroed numbers.
pub struct Buffer<T: Plain> {
    start: NonNull<T>,
    len: usize,
    layout: Layout,
}

// SAFETY: the buffer owns its memory exclusively, like a `Vec`, and `Plain` numbers may cross threads.
unsafe impl<T: Plain> Send for Buffer<T> {}
// SAFETY: shared access only reads, except through `View`, whose methods carry their own contract.
unsafe impl<T: Plain> Sync for Buffer<T> {}

impl<T: Plain> Buffer<T> {
    /// Makes a buffer of `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        let bytes = (len.max(1) * size_of::<T>()).next_multiple_of(CACHE_LINE);
        let align = if bytes >= HUGE_PAGE { HUGE_PAGE } else { CACHE_LINE };
        let layout = Layout::from_size_align(bytes, align).expect("the alignment is a power of two");
        // SAFETY: the layout's size is at least one cache line, hence not zero.
        let raw = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(raw.cast::<T>()) else { handle_alloc_error(layout) };
        Self { start, len, layout }
    }

    /// Asks the kernel to back the buffer with huge pages; only worth it for packed weights, which are read
    /// in full again and again.
    pub fn prefer_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        if self.layout.size() >= HUGE_PAGE {
            // SAFETY: the range is this buffer's own allocation; the advice does not change its content.
            unsafe { libc::madvise(self.start.as_ptr().cast(), self.layout.size(), libc::MADV_HUGEPAGE) };
        }
    }

    /// Returns the numbers.
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: `len` initialised numbers live at `start`; `&self` keeps safe code from writing them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// Returns the numbers for writing.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as above, and `&mut self` makes the access exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Returns a view that several threads may use at once.
    pub fn view(&self) -> View<T> {
        View { start: self.start.as_ptr(), len: self.len }
    }
}

impl<T: Plain> Drop for Buffer<T> {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this very layout and freed only here.
        unsafe { dealloc(self.start.as_ptr().cast(), self.layout) };
    }
}

/// An unchecked window on a [`Buffer`]. Whoever uses it guarantees that the buffer lives, and that no two
/// threads touch the same number at the same time unless both only read.
#[derive(Debug, Clone, Copy)]
pub struct View<T: Plain> {
    start: *mut T,
    len: usize,
}

// SAFETY: a view is an address; every dereference is in an unsafe block with the contract stated above.
unsafe impl<T: Plain> Send for View<T> {}
// SAFETY: as above.
unsafe impl<T: Plain> Sync for View<T> {}

impl<T: Plain> View<T> {
    /// Returns the address of number `index`, which must lie inside the buffer.
    pub fn at(self, index: usize) -> *mut T {
        debug_assert!(index <= self.len, "{index} is outside a buffer of {}", self.len);
        self.start.wrapping_add(index)
    }

    /// Returns the same memory as bytes.
    pub fn as_bytes(self) -> View<u8> {
        View { start: self.start.cast(), len: self.len * size_of::<T>() }
    }

    /// Returns `len` numbers from `index`.
    ///
    /// # Safety
    /// They lie inside the living buffer and nobody writes them while the slice is in use.
    pub unsafe fn slice<'a>(self, index: usize, len: usize) -> &'a [T] {
        debug_assert!(index + len <= self.len, "{index}+{len} is outside a buffer of {}", self.len);
        // SAFETY: passed on to the caller.
        unsafe { std::slice::from_raw_parts(self.start.add(index), len) }
    }

    /// Returns `len` numbers from `index` for writing.
    ///
    /// # Safety
    /// They lie inside the living buffer and nobody else touches them while the slice is in use.
    pub unsafe fn slice_mut<'a>(self, index: usize, len: usize) -> &'a mut [T] {
        debug_assert!(index + len <= self.len, "{index}+{len} is outside a buffer of {}", self.len);
        // SAFETY: passed on to the caller.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(index), len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_zeroed_and_aligned() {
        for len in [0, 1, 15, 16, 17, 600_000] {
            let buffer = Buffer::<f32>::zeroed(len);
            assert_eq!(buffer.as_slice().len(), len);
            assert!(buffer.as_slice().iter().all(|&x| x == 0.0));
            assert_eq!(buffer.as_slice().as_ptr() as usize % CACHE_LINE, 0);
        }
    }
}
