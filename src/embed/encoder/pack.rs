//! In what order do weights lie in memory? Panels of 32 outputs, each panel in the order in which the kernels
//! read it, rounded to the arithmetic in use. Done once, when a model is loaded.

use super::elementwise::BLOCK_NORM;
use super::lanes::{round, to_bf16};
use super::memory::Buffer;
use super::product::{Arithmetic, Packed};
use super::weights::{Matrix, Weights};
use super::{BLOCK, PANEL};

/// Matrices (outputs by inputs) that become one dense layer, with the bias of each.
pub struct Source<'a> {
    /// The file.
    pub weights: &'a Weights,
    /// The parts, stacked by outputs.
    pub parts: &'a [(Matrix, Matrix)],
}

impl Source<'_> {
    fn outputs(&self) -> usize {
        self.parts.iter().map(|(matrix, _)| matrix.rows).sum()
    }

    fn inputs(&self) -> usize {
        self.parts.first().map_or(0, |(matrix, _)| matrix.columns)
    }

    fn read_output(&self, mut output: usize, to: &mut [f32]) {
        for (matrix, _) in self.parts {
            if output < matrix.rows {
                return self.weights.read_row(matrix, output, to);
            }
            output -= matrix.rows;
        }
    }

    /// Packs the layer with `threads` threads and gives the unpacked matrices' memory back: they cannot be packed
    /// twice.
    pub fn pack(self, arithmetic: Arithmetic, threads: usize) -> Packed {
        let depth = self.inputs().next_multiple_of(PANEL);
        let outputs = self.outputs().next_multiple_of(PANEL);
        let mut packed = Packed {
            arithmetic,
            panels: Buffer::zeroed(depth * outputs * arithmetic.bytes()),
            depth,
            outputs,
            scale: Buffer::zeroed(outputs),
            bias: Buffer::zeroed(outputs),
        };
        packed.panels.prefer_huge_pages();
        let mut first = 0;
        for (matrix, bias) in self.parts {
            self.weights.read_row(bias, 0, &mut packed.bias.as_mut_slice()[first..]);
            first += matrix.rows;
        }
        let panel_bytes = packed.panel_bytes();
        let panels = packed.panels.as_mut_slice().chunks_mut(panel_bytes).enumerate();
        let scales = packed.scale.as_mut_slice().chunks_mut(PANEL);
        let mut shares: Vec<Vec<_>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
        for (turn, ((panel, bytes), scales)) in panels.zip(scales).enumerate() {
            shares[turn % threads.max(1)].push((panel, bytes, scales));
        }
        let source = &self;
        std::thread::scope(|scope| {
            for share in shares {
                scope.spawn(move || {
                    let mut rows = vec![0.0; PANEL * depth];
                    for (panel, bytes, scales) in share {
                        source.fill(panel, &mut rows, depth);
                        write_panel(arithmetic, &rows, depth, bytes, scales);
                    }
                });
            }
        });
        // SAFETY: the layer is packed; nothing else reads its matrices, which belong to no table.
        self.parts.iter().for_each(|(matrix, _)| unsafe { self.weights.release(matrix) });
        packed
    }

    fn fill(&self, panel: usize, rows: &mut [f32], depth: usize) {
        for (column, row) in rows.chunks_exact_mut(depth).enumerate() {
            let output = panel * PANEL + column;
            if output < self.outputs() {
                self.read_output(output, row);
            } else {
                row.fill(0.0);
            }
        }
    }
}

/// Writes one panel from 32 rows (one per output) of `depth` numbers.
pub fn write_panel(arithmetic: Arithmetic, rows: &[f32], depth: usize, to: &mut [u8], scales: &mut [f32]) {
    scales.fill(1.0);
    match arithmetic {
        Arithmetic::F32 => scatter::<1, 4>(rows, depth, to, |_, x| x.to_le_bytes()),
        Arithmetic::Bf16 => scatter::<2, 2>(rows, depth, to, |_, x| to_bf16(x).to_le_bytes()),
        Arithmetic::I16 => {
            let mut inverse = [0.0; PANEL];
            for ((row, scale), inverse) in rows.chunks_exact(depth).zip(scales.iter_mut()).zip(&mut inverse) {
                *scale = output_scale(row);
                *inverse = 1.0 / *scale;
            }
            scatter::<2, 2>(rows, depth, to, |column, x| (round(x * inverse[column]) as i16).to_le_bytes());
        }
    }
}

/// Returns the number that one step of an output's quantised weights stands for: see [`BLOCK_NORM`].
fn output_scale(row: &[f32]) -> f32 {
    let scale = row.chunks(BLOCK).fold(0.0f32, |scale, block| {
        let largest = block.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let norm = block.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt() as f32;
        scale.max(largest / 32_700.0).max(norm / BLOCK_NORM)
    });
    if scale > f32::MIN_POSITIVE { scale } else { 1.0 }
}

/// Puts number `k` of column `c` at `[k / INTERLEAVE][c][k % INTERLEAVE]`.
fn scatter<const INTERLEAVE: usize, const BYTES: usize>(
    rows: &[f32],
    depth: usize,
    to: &mut [u8],
    narrow: impl Fn(usize, f32) -> [u8; BYTES],
) {
    for (column, row) in rows.chunks_exact(depth).enumerate() {
        let lines = to.chunks_exact_mut(PANEL * INTERLEAVE * BYTES);
        for (line, group) in lines.zip(row.chunks_exact(INTERLEAVE)) {
            let slots = line[column * INTERLEAVE * BYTES..].chunks_exact_mut(BYTES);
            for (slot, x) in slots.zip(group) {
                slot.copy_from_slice(&narrow(column, *x));
            }
        }
    }
}
