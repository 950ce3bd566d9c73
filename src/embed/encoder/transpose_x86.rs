//! Transposes keys into panels with AVX-512: sixteen by sixteen 32-bit words in registers.
//!
//! SAFETY of every block in this file: the caller vouches for AVX-512 F and for pointers as stated at
//! [`transpose_avx512`]; loads and stores beyond the given rows and words are masked or left to the portable form.

use std::arch::x86_64::*;

use super::PANEL;
use super::attention::transpose_portable;

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
    }
}
