//! How is a matrix product cut into kernel calls? An operand (rows of activations) times packed panels of
//! weights, one block of rows and one group of panels at a time; raw sums stay in a small scratch in the
//! first-level cache until [`Finish`] has turned them into the layer's output.
//!
//! Loops run panel outside, rows inside: a panel stays in the cache while the rows stream past it.

use super::PANEL;
use super::elementwise::{Finish, Sums, Target};
use super::memory::{Buffer, View};
use super::shape::Activation;

/// Number format of the operands of a product. Sums are always `f32` (exact 32-bit integers within one block
/// of [`super::BLOCK`] numbers for `I16`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// 32-bit floating point.
    F32,
    /// bfloat16.
    Bf16,
    /// 16-bit integers with a scale per row and block of columns.
    I16,
}

impl Arithmetic {
    /// Returns the size of one number in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 | Self::I16 => 2,
        }
    }
}

/// Prefetch distance for a panel that waits in the second-level cache: it is larger than the first-level cache
/// together with the rows.
pub const NEAR: usize = 512;
/// Prefetch distance for a panel that comes from memory or the last-level cache. What one core gets from there is the
/// number of lines under way divided by the latency; the processor's own prefetchers keep too few under way.
pub const FAR: usize = 8192;

/// What one kernel call computes: `sums[rows][PANEL] = operand[rows][depth] · panel[depth][PANEL]`.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Rows, at most the kernel's.
    pub rows: usize,
    /// Numbers per row that are multiplied.
    pub depth: usize,
    /// First row of the operand.
    pub operand: *const u8,
    /// Bytes from one row to the next.
    pub operand_stride: usize,
    /// Scales of the first row's blocks (`I16` only).
    pub scales: *const f32,
    /// Scales from one row to the next.
    pub scales_stride: usize,
    /// The panel.
    pub panel: *const u8,
    /// How many bytes ahead the kernel asks for the panel's lines: [`NEAR`] or [`FAR`].
    pub ahead: usize,
    /// Where the sums go.
    pub sums: *mut f32,
    /// Numbers from one row of sums to the next.
    pub sums_stride: usize,
}

/// A kernel, with the most rows it takes in one call.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// Most rows per call.
    pub rows: usize,
    /// The function. Callers guarantee the processor's features and the validity of the block's pointers; if
    /// `rows` is a multiple of 16, for reading operand rows and writing sums up to the next multiple of 16.
    pub run: unsafe fn(&Block),
}

/// Rows of numbers that enter products.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    /// Number format.
    pub arithmetic: Arithmetic,
    /// The numbers.
    pub bytes: View<u8>,
    /// Numbers from one row to the next, a multiple of [`PANEL`].
    pub stride: usize,
    /// Scales (`I16` only).
    pub scales: View<f32>,
    /// Scales from one row to the next.
    pub scales_stride: usize,
}

impl Operand {
    /// Returns the number of scales of a row of `numbers`: none in a format without scales, whose buffer of scales
    /// is empty.
    pub fn scales_of(arithmetic: Arithmetic, numbers: usize) -> usize {
        if arithmetic == Arithmetic::I16 { numbers.div_ceil(super::BLOCK) } else { 0 }
    }

    /// Returns the target that writes the operand from `row` and `column` on.
    pub fn target(&self, row: usize, column: usize) -> Target {
        let start = self.bytes.at((row * self.stride + column) * self.arithmetic.bytes());
        match self.arithmetic {
            Arithmetic::F32 => Target::F32 { start: start.cast(), stride: self.stride },
            Arithmetic::Bf16 => Target::Bf16 { start: start.cast(), stride: self.stride },
            Arithmetic::I16 => Target::I16 {
                start: start.cast(),
                stride: self.stride,
                scales: self.scales.at(row * self.scales_stride + column / super::BLOCK),
                scales_stride: self.scales_stride,
            },
        }
    }
}

/// Weights of a dense layer in panel order.
pub struct Packed {
    /// Number format.
    pub arithmetic: Arithmetic,
    /// Panels one after another; each `depth / interleave` rows of `PANEL * interleave` numbers.
    pub panels: Buffer<u8>,
    /// Columns of the operand, padded to a multiple of [`PANEL`].
    pub depth: usize,
    /// Outputs, padded to a multiple of [`PANEL`].
    pub outputs: usize,
    /// What one step of each output stands for: ones unless `I16`.
    pub scale: Buffer<f32>,
    /// Bias of each output.
    pub bias: Buffer<f32>,
}

impl Packed {
    /// Returns the size of one panel in bytes.
    pub fn panel_bytes(&self) -> usize {
        self.depth * PANEL * self.arithmetic.bytes()
    }

    /// Returns the number of panels.
    pub fn panels(&self) -> usize {
        self.outputs / PANEL
    }
}

/// One dense layer applied to the first `rows` rows of an operand.
pub struct Dense<'a> {
    pub kernel: Kernel,
    pub finish: unsafe fn(&Finish),
    pub operand: Operand,
    pub weights: &'a Packed,
    pub rows: usize,
    pub activation: Option<Activation>,
    /// Panels finished together: more than one where an output block spans several.
    pub group: usize,
    /// Returns the target from a row and column on.
    pub target: &'a dyn Fn(usize, usize) -> Target,
}

impl Dense<'_> {
    /// Returns the number of groups of panels, the units that threads share out.
    pub fn units(&self) -> usize {
        self.weights.panels().div_ceil(self.group)
    }

    /// Returns the size of the scratch in numbers.
    pub fn scratch(rows: usize, group: usize) -> usize {
        rows.next_multiple_of(16) * group * PANEL
    }

    /// Computes one group of panels for all rows.
    ///
    /// # Safety
    /// The processor has the kernel's features; operand and target cover `rows` rows (rounded up to 16 for
    /// reading if the kernel works in tiles); nobody else touches this unit's columns of the target.
    pub unsafe fn run(&self, unit: usize, scratch: &mut [f32]) {
        let first = unit * self.group;
        let panels = self.group.min(self.weights.panels() - first);
        let columns = panels * PANEL;
        assert!(
            scratch.len() >= Self::scratch(self.kernel.rows, self.group),
            "the scratch holds one block of sums"
        );
        let operand_stride = self.operand.stride * self.operand.arithmetic.bytes();
        for (row, rows) in blocks(self.rows, self.kernel.rows) {
            for panel in 0..panels {
                let block = Block {
                    rows,
                    depth: self.weights.depth,
                    operand: self.operand.bytes.at(row * operand_stride),
                    operand_stride,
                    scales: self.operand.scales.at(row * self.operand.scales_stride),
                    scales_stride: self.operand.scales_stride,
                    panel: self.weights.panels.view().at((first + panel) * self.weights.panel_bytes()),
                    // The first rows to meet a panel bring it in for the others.
                    ahead: if row == 0 { FAR } else { NEAR },
                    sums: scratch[panel * PANEL..].as_mut_ptr(),
                    sums_stride: columns,
                };
                // SAFETY: the block lies inside operand, weights and scratch; features by the caller.
                unsafe { (self.kernel.run)(&block) };
            }
            let column = first * PANEL;
            let job = Finish {
                sums: Sums { start: scratch.as_mut_ptr(), stride: columns, rows, columns },
                scale: self.weights.scale.view().at(column),
                bias: self.weights.bias.view().at(column),
                activation: self.activation,
                target: (self.target)(row, column),
            };
            // SAFETY: scratch holds the sums just computed; the target is this unit's own.
            unsafe { (self.finish)(&job) };
        }
    }
}

/// Cuts `total` rows into blocks of nearly equal size, at most `largest` each.
pub fn blocks(total: usize, largest: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = total.div_ceil(largest).max(1);
    // Kernels that work in whole tiles are best served by full blocks; their `largest` is a multiple of 16.
    let size = if largest.is_multiple_of(16) { largest } else { total.div_ceil(count).max(1) };
    (0..total).step_by(size).map(move |first| (first, size.min(total - first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_row_lies_beyond_the_empty_scales_of_a_format_without_any() {
        assert_eq!(Operand::scales_of(Arithmetic::I16, 384), 2);
        for arithmetic in [Arithmetic::F32, Arithmetic::Bf16] {
            let stride = Operand::scales_of(arithmetic, 384);
            let scales = Buffer::<f32>::zeroed(0).view();
            assert_eq!(scales.at(511 * stride), scales.at(0), "{arithmetic:?}");
        }
    }

    proptest! {
        #[test]
        fn blocks_cover_every_row_once(total in 0usize..700, largest in 1usize..40) {
            let mut next = 0;
            for (first, rows) in blocks(total, largest) {
                prop_assert_eq!(first, next);
                prop_assert!((1..=largest).contains(&rows));
                next += rows;
            }
            prop_assert_eq!(next, total);
        }
    }
}
