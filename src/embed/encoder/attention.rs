//! How is attention computed for one head of one sequence? Keys and values are packed into panels, then blocks of
//! queries go through scores, softmax and weighted values without leaving the first two caches.

use super::PANEL;
use super::dispatch::Backend;
use super::elementwise::{Softmax, Sums, Target};
use super::memory::{Buffer, View};
use super::product::{Arithmetic, Block, NEAR, blocks};

/// Dimensions that stay the same for all layers of a model.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Length of a token's vector.
    pub hidden: usize,
    /// Length of one head's vectors.
    pub head: usize,
}

/// One thread's working memory.
pub struct Scratch {
    keys: Buffer<u8>,
    values: Buffer<u8>,
    rows: Buffer<u8>,
    scores: Buffer<f32>,
    weights: Buffer<u16>,
    sums: Buffer<f32>,
    reciprocals: Buffer<f32>,
}

impl Scratch {
    /// Makes room for sequences of up to `longest` tokens.
    pub fn new(backend: &Backend, heads: Heads, longest: usize) -> Self {
        let longest = longest.next_multiple_of(PANEL);
        let width = heads.head.next_multiple_of(PANEL);
        let rows = backend.attention.rows.next_multiple_of(16);
        Self {
            keys: Buffer::zeroed(longest * width * 4),
            values: Buffer::zeroed(longest * width * 4),
            rows: Buffer::zeroed(PANEL * width * 4),
            scores: Buffer::zeroed(rows * longest),
            weights: Buffer::zeroed(rows * longest),
            sums: Buffer::zeroed(rows * width),
            reciprocals: Buffer::zeroed(rows),
        }
    }
}

/// Queries, keys and values of a batch, side by side in each row: `query | key | value`.
#[derive(Debug, Clone, Copy)]
pub struct Projected {
    /// The numbers, in the attention's format.
    pub bytes: View<u8>,
    /// Numbers from one row to the next.
    pub stride: usize,
}

/// Attends for one head of the sequence in rows `first..first + len` and writes the head's columns of `context`
/// (a target at row 0, column 0 of the batch's context).
///
/// # Safety
/// The processor has the backend's features; `projected` covers the rows plus 32 more for reading; nobody else
/// touches those columns of those rows of `context`; the scratch is this thread's own.
pub unsafe fn attend(
    backend: &Backend,
    heads: Heads,
    projected: Projected,
    (first, len): (usize, usize),
    head: usize,
    context: impl Fn(usize, usize) -> Target,
    scratch: &mut Scratch,
) {
    let size = backend.attention_arithmetic.bytes();
    let padded_len = len.next_multiple_of(PANEL);
    let panels = heads.head.div_ceil(PANEL);
    // bf16 kernels work in steps of 32 numbers; `f32` ones take any depth.
    let whole_steps = backend.attention_arithmetic == Arithmetic::Bf16;
    let key_depth = if whole_steps { panels * PANEL } else { heads.head };
    let value_depth = if whole_steps { padded_len } else { len };
    let column = head * heads.head;
    let at = |row: usize, column: usize| projected.bytes.at((row * projected.stride + column) * size);
    // SAFETY: addresses stay inside `projected` and the scratch, which `Scratch::new` sized for the longest
    // sequence; kernels are called with the shapes their contract asks for.
    unsafe {
        pack_keys(
            backend,
            at(first, heads.hidden + column),
            projected.stride,
            len,
            heads.head,
            key_depth,
            scratch,
        );
        pack_values(
            backend,
            at(first, 2 * heads.hidden + column),
            projected.stride,
            len,
            heads.head,
            value_depth,
            scratch,
        );
        for (row, rows) in blocks(len, backend.attention.rows) {
            for panel in 0..padded_len / PANEL {
                (backend.attention.run)(&Block {
                    rows,
                    depth: key_depth,
                    operand: at(first + row, column),
                    operand_stride: projected.stride * size,
                    scales: std::ptr::null(),
                    scales_stride: 0,
                    panel: scratch.keys.view().at(panel * key_depth * PANEL * size),
                    ahead: NEAR,
                    sums: scratch.scores.view().at(panel * PANEL),
                    sums_stride: padded_len,
                });
            }
            let scores =
                Sums { start: scratch.scores.view().at(0), stride: padded_len, rows, columns: padded_len };
            (backend.elementwise.softmax)(&Softmax {
                scores,
                len,
                scale: 1.0 / (heads.head as f32).sqrt(),
                reciprocals: scratch.reciprocals.view().at(0),
                bf16: whole_steps.then(|| (scratch.weights.view().at(0), padded_len)),
            });
            let weights =
                if whole_steps { scratch.weights.view().at(0).cast() } else { scores.start.cast::<u8>() };
            for panel in 0..panels {
                (backend.attention.run)(&Block {
                    rows,
                    depth: value_depth,
                    operand: weights,
                    operand_stride: padded_len * size,
                    scales: std::ptr::null(),
                    scales_stride: 0,
                    panel: scratch.values.view().at(panel * value_depth * PANEL * size),
                    ahead: NEAR,
                    sums: scratch.sums.view().at(panel * PANEL),
                    sums_stride: panels * PANEL,
                });
            }
            let columns = panels * PANEL;
            let sums = Sums { start: scratch.sums.view().at(0), stride: columns, rows, columns };
            let reciprocals = scratch.reciprocals.view().at(0);
            (backend.elementwise.weigh)(&sums, heads.head, reciprocals, context(first + row, column));
        }
    }
}

/// Packs keys so that a panel's columns are 32 keys: `[depth / interleave][32][interleave]`.
unsafe fn pack_keys(
    backend: &Backend,
    from: *const u8,
    stride: usize,
    len: usize,
    head: usize,
    depth: usize,
    scratch: &mut Scratch,
) {
    let size = backend.attention_arithmetic.bytes();
    let words = depth * size / 4;
    for (panel, first) in (0..len).step_by(PANEL).enumerate() {
        let keys = PANEL.min(len - first);
        // SAFETY: `keys` rows of `head` numbers start at `first`; the panel holds `depth * PANEL` numbers.
        unsafe {
            let to = scratch.keys.view().at(panel * depth * PANEL * size);
            let mut rows = from.add(first * stride * size);
            let mut rows_stride = stride * size;
            if depth != head {
                // Numbers beyond the head belong to its neighbour: copy the head's own before a row of zeros.
                for key in 0..keys {
                    let copy = scratch.rows.view().at(key * depth * size);
                    std::ptr::copy_nonoverlapping(rows.add(key * rows_stride), copy, head * size);
                }
                rows = scratch.rows.view().at(0);
                rows_stride = depth * size;
            }
            (backend.transpose)(rows, rows_stride, keys, words, to.cast());
        }
    }
}

/// Packs values so that a panel's columns are 32 numbers of the head: `[len / interleave][32][interleave]`.
unsafe fn pack_values(
    backend: &Backend,
    from: *const u8,
    stride: usize,
    len: usize,
    head: usize,
    depth: usize,
    scratch: &mut Scratch,
) {
    for panel in 0..head.div_ceil(PANEL) {
        let columns = PANEL.min(head - panel * PANEL);
        // SAFETY: rows below `len` hold `columns` numbers from the panel's first column on; the packed panel holds
        // `depth * PANEL` numbers, and `depth` is at least `len`.
        unsafe {
            match backend.attention_arithmetic {
                Arithmetic::F32 => {
                    let to = scratch.values.view().at(panel * depth * PANEL * 4).cast::<f32>();
                    let from = from.cast::<f32>().add(panel * PANEL);
                    for row in 0..len {
                        std::ptr::copy_nonoverlapping(from.add(row * stride), to.add(row * PANEL), columns);
                    }
                }
                Arithmetic::Bf16 | Arithmetic::I16 => {
                    let to = scratch.values.view().at(panel * depth * PANEL * 2).cast::<u16>();
                    let from = from.cast::<u16>().add(panel * PANEL);
                    if columns == PANEL {
                        (backend.interleave)(from, stride, len, depth, to);
                        continue;
                    }
                    for pair in 0..depth / 2 {
                        let line = std::slice::from_raw_parts_mut(to.add(pair * 2 * PANEL), 2 * PANEL);
                        let row = |row: usize| {
                            let present = if row < len { columns } else { 0 };
                            std::slice::from_raw_parts(from.add(row.min(len - 1) * stride), present)
                        };
                        interleave(row(2 * pair), row(2 * pair + 1), line);
                    }
                }
            }
        }
    }
}

/// Writes `even[0], odd[0], even[1], odd[1], …`; what a row lacks is zero.
fn interleave(even: &[u16], odd: &[u16], to: &mut [u16]) {
    for (column, to) in to.chunks_exact_mut(2).enumerate() {
        to[0] = even.get(column).copied().unwrap_or(0);
        to[1] = odd.get(column).copied().unwrap_or(0);
    }
}

/// Interleaves each even row with the next: `len` rows of 32 numbers, `stride` apart, become `depth / 2` rows of 32
/// pairs; rows from `len` on count as zeros.
///
/// # Safety
/// `from` covers the rows, `to` covers `depth * 32` numbers, `depth` is even and at least `len`.
pub unsafe fn interleave_portable(from: *const u16, stride: usize, len: usize, depth: usize, to: *mut u16) {
    for pair in 0..depth / 2 {
        // SAFETY: the caller's contract.
        unsafe {
            let row = |row: usize| {
                let from = from.add(row.min(len - 1) * stride);
                if row < len { from.cast::<[u16; PANEL]>().read() } else { [0; PANEL] }
            };
            let (even, odd) = (row(2 * pair), row(2 * pair + 1));
            let line = to.add(pair * 2 * PANEL).cast::<[[u16; 2]; PANEL]>();
            line.write(std::array::from_fn(|column| [even[column], odd[column]]));
        }
    }
}

/// Transposes up to 32 rows of `words` 32-bit words into `words` rows of 32; absent rows are left as they are.
///
/// # Safety
/// `from` covers `rows` rows `stride` bytes apart, `to` covers `words * 32` words.
pub unsafe fn transpose_portable(from: *const u8, stride: usize, rows: usize, words: usize, to: *mut u32) {
    for row in 0..rows {
        for word in 0..words {
            // SAFETY: the caller's contract.
            unsafe {
                *to.add(word * PANEL + row) = from.add(row * stride).cast::<u32>().add(word).read_unaligned()
            };
        }
    }
}
