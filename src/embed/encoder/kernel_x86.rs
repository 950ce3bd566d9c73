//! Products on x86-64 by vector instructions: AVX2/FMA and AVX-512 for `f32`, VNNI for 16-bit integers, AVX-512-BF16
//! for bf16. All four share one shape: a block of rows times a panel 32 columns wide, every accumulator in a
//! register, operand numbers broadcast.
//!
//! SAFETY of every block in this file: callers of a kernel guarantee that the processor has the features named
//! in `target_feature`, and that operand, panel and sums cover the block; all addresses are computed from
//! `rows`, `depth` and the strides of that block.

use std::arch::x86_64::*;

use super::product::{Block, Kernel};
use super::{BLOCK, PANEL};

/// `f32` with AVX2 and FMA.
pub const AVX2_F32: Kernel = Kernel { rows: 6, run: avx2_f32 };
/// `f32` with AVX-512.
pub const AVX512_F32: Kernel = Kernel { rows: 12, run: avx512_f32 };
/// 16-bit integers with AVX-512 VNNI.
pub const VNNI_I16: Kernel = Kernel { rows: 12, run: vnni_i16 };
/// bf16 with AVX-512-BF16.
pub const AVX512_BF16: Kernel = Kernel { rows: 12, run: avx512_bf16 };

/// Calls the instance for the block's number of rows.
macro_rules! by_rows {
    ($block:ident, $rows:ident: $($n:literal)*) => {
        match $block.rows {
            $($n => $rows::<$n>($block),)*
            _ => debug_assert!(false, "the block has more rows than the kernel"),
        }
    };
}

#[target_feature(enable = "avx2,fma")]
unsafe fn avx2_f32(block: &Block) {
    unsafe { by_rows!(block, avx2_f32_rows: 1 2 3 4 5 6) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2_f32_rows<const ROWS: usize>(block: &Block) {
    for strip in (0..PANEL).step_by(16) {
        unsafe {
            let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
            let mut panel = block.panel.cast::<f32>().add(strip);
            let mut operand = block.operand;
            for _ in 0..block.depth {
                let weights = [_mm256_loadu_ps(panel), _mm256_loadu_ps(panel.add(8))];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_broadcast_ss(&*operand.add(row * block.operand_stride).cast::<f32>());
                    sums[0] = _mm256_fmadd_ps(x, weights[0], sums[0]);
                    sums[1] = _mm256_fmadd_ps(x, weights[1], sums[1]);
                }
                panel = panel.add(PANEL);
                operand = operand.add(4);
            }
            for (row, sums) in sums.iter().enumerate() {
                let to = block.sums.add(row * block.sums_stride + strip);
                _mm256_storeu_ps(to, sums[0]);
                _mm256_storeu_ps(to.add(8), sums[1]);
            }
        }
    }
}

/// One multiply-and-add of 32-bit words: one `f32` number, or a pair of 16-bit ones.
trait Step {
    /// A register of sums.
    type Sums: Copy;
    unsafe fn zero() -> Self::Sums;
    /// `sums + x * weights`
    unsafe fn step(sums: Self::Sums, x: __m512i, weights: __m512i) -> Self::Sums;
}

struct StepF32;
struct StepI16;
struct StepBf16;

impl Step for StepF32 {
    type Sums = __m512;
    #[inline(always)]
    unsafe fn zero() -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn step(sums: __m512, x: __m512i, weights: __m512i) -> __m512 {
        unsafe { _mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_castsi512_ps(weights), sums) }
    }
}

impl Step for StepI16 {
    type Sums = __m512i;
    #[inline(always)]
    unsafe fn zero() -> __m512i {
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    unsafe fn step(sums: __m512i, x: __m512i, weights: __m512i) -> __m512i {
        unsafe { _mm512_dpwssd_epi32(sums, x, weights) }
    }
}

impl Step for StepBf16 {
    type Sums = __m512;
    #[inline(always)]
    unsafe fn zero() -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn step(sums: __m512, x: __m512i, weights: __m512i) -> __m512 {
        // Both types are 512 plain bits.
        unsafe {
            let (x, weights) = (
                std::mem::transmute::<__m512i, __m512bh>(x),
                std::mem::transmute::<__m512i, __m512bh>(weights),
            );
            _mm512_dpbf16_ps(sums, x, weights)
        }
    }
}

/// Hides where an address came from. Without it the compiler computes every row's address from the one before,
/// eleven additions per step, and the kernel is bound by decoding instead of multiplying.
#[inline(always)]
#[expect(clippy::pointers_in_nomem_asm_block, reason = "the address passes through; nothing is read")]
fn opaque(mut address: *const u8) -> *const u8 {
    // SAFETY: no instruction at all.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags))
    };
    address
}

/// Multiplies `ROWS` rows of `words` words with a panel.
#[inline(always)]
unsafe fn multiply<S: Step, const ROWS: usize>(
    words: usize,
    operand: *const u8,
    stride: usize,
    panel: *const i32,
    ahead: usize,
) -> [[S::Sums; 2]; ROWS] {
    const UNROLL: usize = 4;
    unsafe {
        let mut sums = [[S::zero(); 2]; ROWS];
        // Three rows share a base: base, base + stride, base + 2 * stride are single addressing modes.
        let mut bases = [operand; 4];
        for (i, base) in bases.iter_mut().enumerate() {
            *base = opaque(operand.wrapping_add(3 * i * stride));
        }
        let mut panel = panel;
        let mut left = words;
        while left >= UNROLL {
            for step in 0..UNROLL {
                let soon = panel.wrapping_add(step * PANEL).wrapping_byte_add(ahead).cast();
                _mm_prefetch::<_MM_HINT_T0>(soon);
                _mm_prefetch::<_MM_HINT_T0>(soon.wrapping_add(64));
                let weights = [
                    _mm512_loadu_si512(panel.add(step * PANEL).cast()),
                    _mm512_loadu_si512(panel.add(step * PANEL + 16).cast()),
                ];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let from = bases[row / 3].wrapping_add(row % 3 * stride + 4 * step);
                    let x = _mm512_set1_epi32(from.cast::<i32>().read_unaligned());
                    sums[0] = S::step(sums[0], x, weights[0]);
                    sums[1] = S::step(sums[1], x, weights[1]);
                }
            }
            panel = panel.add(UNROLL * PANEL);
            for base in &mut bases {
                *base = base.wrapping_add(4 * UNROLL);
            }
            left -= UNROLL;
        }
        for step in 0..left {
            let weights = [
                _mm512_loadu_si512(panel.add(step * PANEL).cast()),
                _mm512_loadu_si512(panel.add(step * PANEL + 16).cast()),
            ];
            for (row, sums) in sums.iter_mut().enumerate() {
                let from = bases[row / 3].wrapping_add(row % 3 * stride + 4 * step);
                let x = _mm512_set1_epi32(from.cast::<i32>().read_unaligned());
                sums[0] = S::step(sums[0], x, weights[0]);
                sums[1] = S::step(sums[1], x, weights[1]);
            }
        }
        sums
    }
}

#[inline(always)]
unsafe fn store_sums<const ROWS: usize>(block: &Block, sums: &[[__m512; 2]; ROWS]) {
    for (row, sums) in sums.iter().enumerate() {
        unsafe {
            let to = block.sums.add(row * block.sums_stride);
            _mm512_storeu_ps(to, sums[0]);
            _mm512_storeu_ps(to.add(16), sums[1]);
        }
    }
}

#[target_feature(enable = "avx512f")]
unsafe fn avx512_f32(block: &Block) {
    unsafe { by_rows!(block, avx512_f32_rows: 1 2 3 4 5 6 7 8 9 10 11 12) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn avx512_f32_rows<const ROWS: usize>(block: &Block) {
    unsafe {
        let sums = multiply::<StepF32, ROWS>(
            block.depth,
            block.operand,
            block.operand_stride,
            block.panel.cast(),
            block.ahead,
        );
        store_sums(block, &sums);
    }
}

#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn avx512_bf16(block: &Block) {
    unsafe { by_rows!(block, avx512_bf16_rows: 1 2 3 4 5 6 7 8 9 10 11 12) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn avx512_bf16_rows<const ROWS: usize>(block: &Block) {
    unsafe {
        let sums = multiply::<StepBf16, ROWS>(
            block.depth / 2,
            block.operand,
            block.operand_stride,
            block.panel.cast(),
            block.ahead,
        );
        store_sums(block, &sums);
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn vnni_i16(block: &Block) {
    unsafe { by_rows!(block, vnni_i16_rows: 1 2 3 4 5 6 7 8 9 10 11 12) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn vnni_i16_rows<const ROWS: usize>(block: &Block) {
    for (index, first) in (0..block.depth).step_by(BLOCK).enumerate() {
        unsafe {
            let words = BLOCK.min(block.depth - first) / 2;
            let panel = block.panel.cast::<i32>().add(first / 2 * PANEL);
            let operand = block.operand.add(2 * first);
            let whole = multiply::<StepI16, ROWS>(words, operand, block.operand_stride, panel, block.ahead);
            // The sums of the blocks before wait in the first-level cache: registers are full.
            for (row, whole) in whole.iter().enumerate() {
                let scale = _mm512_set1_ps(*block.scales.add(row * block.scales_stride + index));
                for (half, whole) in whole.iter().enumerate() {
                    let to = block.sums.add(row * block.sums_stride + half * 16);
                    let value = _mm512_cvtepi32_ps(*whole);
                    let sum = if first == 0 {
                        _mm512_mul_ps(value, scale)
                    } else {
                        _mm512_fmadd_ps(value, scale, _mm512_loadu_ps(to))
                    };
                    _mm512_storeu_ps(to, sum);
                }
            }
        }
    }
}
