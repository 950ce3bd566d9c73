//! Products on any processor: plain Rust that the compiler maps to SSE2 or NEON. Also the reference for bf16 and
//! 16-bit integers where no instruction exists, so that every number format works everywhere.

use super::lanes::from_bf16;
use super::product::{Block, Kernel};
use super::{BLOCK, PANEL};

/// 32-bit floating point.
pub const F32: Kernel = Kernel { rows: 4, run: f32_block };
/// bfloat16, widened number by number.
pub const BF16: Kernel = Kernel { rows: 4, run: bf16_block };
/// 16-bit integers.
pub const I16: Kernel = Kernel { rows: 4, run: i16_block };

/// Columns per inner block: with four rows, sixteen accumulators of four lanes fit NEON's registers.
const STRIP: usize = 8;

unsafe fn f32_block(block: &Block) {
    for strip in (0..PANEL).step_by(STRIP) {
        // SAFETY: the caller's pointers cover the block.
        unsafe {
            match block.rows {
                1 => f32_rows::<1>(block, strip),
                2 => f32_rows::<2>(block, strip),
                3 => f32_rows::<3>(block, strip),
                _ => f32_rows::<4>(block, strip),
            }
        }
    }
}

#[inline(always)]
unsafe fn f32_rows<const ROWS: usize>(block: &Block, strip: usize) {
    let mut sums = [[0.0f32; STRIP]; ROWS];
    for k in 0..block.depth {
        // SAFETY: k is below the depth, the strip inside the panel, rows below the block's.
        unsafe {
            let weights = block.panel.cast::<f32>().add(k * PANEL + strip).cast::<[f32; STRIP]>().read();
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = block.operand.add(row * block.operand_stride).cast::<f32>().add(k).read();
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += x * weight;
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        // SAFETY: as above.
        unsafe {
            block.sums.add(row * block.sums_stride + strip).cast::<[f32; STRIP]>().write_unaligned(*sums)
        };
    }
}

unsafe fn bf16_block(block: &Block) {
    for row in 0..block.rows {
        let mut sums = [0.0f32; PANEL];
        for k in 0..block.depth {
            // SAFETY: k is below the depth, rows below the block's.
            unsafe {
                let x = from_bf16(block.operand.add(row * block.operand_stride).cast::<u16>().add(k).read());
                for (column, sum) in sums.iter_mut().enumerate() {
                    let at = (k / 2) * 2 * PANEL + 2 * column + k % 2;
                    *sum += x * from_bf16(block.panel.cast::<u16>().add(at).read());
                }
            }
        }
        // SAFETY: as above.
        unsafe { block.sums.add(row * block.sums_stride).cast::<[f32; PANEL]>().write_unaligned(sums) };
    }
}

unsafe fn i16_block(block: &Block) {
    for row in 0..block.rows {
        let mut sums = [0.0f32; PANEL];
        for first in (0..block.depth).step_by(BLOCK) {
            let mut whole = [0i32; PANEL];
            for k in first..block.depth.min(first + BLOCK) {
                // SAFETY: k is below the depth, rows below the block's.
                unsafe {
                    let x = block.operand.add(row * block.operand_stride).cast::<i16>().add(k).read();
                    for (column, sum) in whole.iter_mut().enumerate() {
                        let at = (k / 2) * 2 * PANEL + 2 * column + k % 2;
                        let weight = block.panel.cast::<i16>().add(at).read();
                        *sum = sum.wrapping_add(i32::from(x) * i32::from(weight));
                    }
                }
            }
            // SAFETY: one scale per row and block.
            let scale = unsafe { *block.scales.add(row * block.scales_stride + first / BLOCK) };
            for (sum, whole) in sums.iter_mut().zip(whole) {
                *sum += whole as f32 * scale;
            }
        }
        // SAFETY: as above.
        unsafe { block.sums.add(row * block.sums_stride).cast::<[f32; PANEL]>().write_unaligned(sums) };
    }
}
