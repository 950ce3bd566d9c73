//! Transposes keys into panels with AVX-512, sixteen by sixteen 32-bit words in registers, and interleaves rows of
//! values.
//!
//! SAFETY of every block in this file: the caller vouches for AVX-512 F and BW and for pointers as stated at each
//! function; loads and stores beyond the given rows and words are masked or left to the portable form.

use std::arch::x86_64::*;

use super::PANEL;
use super::attention::{interleave_portable, transpose_portable};

/// As [`transpose_portable`].
///
/// # Safety
/// The processor has AVX-512 F; `from` covers `rows` rows `stride` bytes apart, `to` covers `words * 32` words.
#[target_feature(enable = "avx512f")]
pub unsafe fn transpose_avx512(from: *const u8, stride: usize, rows: usize, words: usize, to: *mut u32) {
    for first in (0..rows).step_by(16) {
        let rows = 16.min(rows - first);
        let whole = if rows == 16 { words - words % 16 } else { 0 };
        unsafe {
            let from = from.add(first * stride);
            for word in (0..whole).step_by(16) {
                square(from.add(word * 4), stride, to.add(word * PANEL + first));
            }
            let rest = to.add(whole * PANEL + first);
            transpose_portable(from.add(whole * 4), stride, rows, words - whole, rest);
        }
    }
}

/// As [`interleave_portable`].
///
/// # Safety
/// The processor has AVX-512 F and BW; pointers as for [`interleave_portable`].
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn interleave_avx512(from: *const u16, stride: usize, len: usize, depth: usize, to: *mut u16) {
    let whole = len / 2;
    unsafe {
        // Unpacking works within 128-bit lanes; lane i gets words i and i + 4, whose low halves make the first line.
        let order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
        for pair in 0..whole {
            let row = |row: usize| {
                _mm512_permutexvar_epi64(order, _mm512_loadu_si512(from.add(row * stride).cast()))
            };
            let (even, odd) = (row(2 * pair), row(2 * pair + 1));
            let to = to.add(pair * 2 * PANEL);
            _mm512_storeu_si512(to.cast(), _mm512_unpacklo_epi16(even, odd));
            _mm512_storeu_si512(to.add(PANEL).cast(), _mm512_unpackhi_epi16(even, odd));
        }
        if 2 * whole < depth {
            let (rest, to) = (len - 2 * whole, to.add(2 * whole * PANEL));
            if rest == 0 {
                std::ptr::write_bytes(to, 0, (depth - 2 * whole) * PANEL);
            } else {
                interleave_portable(from.add(2 * whole * stride), stride, rest, depth - 2 * whole, to);
            }
        }
    }
}

/// Transposes sixteen rows of sixteen words; target rows are [`PANEL`] words apart.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn square(from: *const u8, stride: usize, to: *mut u32) {
    unsafe {
        let mut rows = [_mm512_setzero_si512(); 16];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = _mm512_loadu_si512(from.add(i * stride).cast());
        }
        let mut pairs = rows;
        for i in (0..16).step_by(2) {
            pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
            pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
        }
        let mut fours = pairs;
        for i in (0..16).step_by(4) {
            fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
            fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
            fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
            fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
        }
        for i in 0..4 {
            // Lane j of `fours[4 * g + i]` holds column 4 * j + i of rows 4 * g .. 4 * g + 4.
            let low = _mm512_shuffle_i32x4::<0x88>(fours[i], fours[4 + i]);
            let high = _mm512_shuffle_i32x4::<0xdd>(fours[i], fours[4 + i]);
            let low2 = _mm512_shuffle_i32x4::<0x88>(fours[8 + i], fours[12 + i]);
            let high2 = _mm512_shuffle_i32x4::<0xdd>(fours[8 + i], fours[12 + i]);
            let columns = [
                _mm512_shuffle_i32x4::<0x88>(low, low2),
                _mm512_shuffle_i32x4::<0x88>(high, high2),
                _mm512_shuffle_i32x4::<0xdd>(low, low2),
                _mm512_shuffle_i32x4::<0xdd>(high, high2),
            ];
            for (j, column) in columns.into_iter().enumerate() {
                _mm512_storeu_si512(to.add((4 * j + i) * PANEL).cast(), column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_portable_form(rows in 1usize..=32, words in 1usize..70, extra in 0usize..5) {
            if !std::arch::is_x86_feature_detected!("avx512f") {
                return Ok(());
            }
            let stride = words + extra;
            let from: Vec<u32> = (0..(rows * stride) as u32).collect();
            let mut want = vec![7; words * PANEL];
            let mut have = want.clone();
            // SAFETY: both buffers have the stated sizes, the feature was checked.
            unsafe {
                transpose_portable(from.as_ptr().cast(), stride * 4, rows, words, want.as_mut_ptr());
                transpose_avx512(from.as_ptr().cast(), stride * 4, rows, words, have.as_mut_ptr());
            }
            prop_assert_eq!(want, have);
        }

        #[test]
        fn interleaving_agrees_with_the_portable_form(len in 1usize..70, more in 0usize..33, extra in 0usize..5) {
            if !std::arch::is_x86_feature_detected!("avx512bw") {
                return Ok(());
            }
            let (stride, depth) = (PANEL + extra, (len + more).next_multiple_of(2));
            let from: Vec<u16> = (0..(len * stride) as u16).collect();
            let mut want = vec![7; depth * PANEL];
            let mut have = want.clone();
            // SAFETY: both buffers have the stated sizes, the feature was checked.
            unsafe {
                interleave_portable(from.as_ptr(), stride, len, depth, want.as_mut_ptr());
                interleave_avx512(from.as_ptr(), stride, len, depth, have.as_mut_ptr());
            }
            prop_assert_eq!(&want, &have);
            let exact = |row: usize, column: usize| if row < len { from[row * stride + column] } else { 0 };
            for (at, x) in want.iter().enumerate() {
                prop_assert_eq!(*x, exact(at / (2 * PANEL) * 2 + at % 2, at % (2 * PANEL) / 2));
            }
        }
    }
}
