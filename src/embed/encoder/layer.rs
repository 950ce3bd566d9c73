//! What does a model consist of, and what memory does one pass through it need? Weights and tables, a batch of
//! sequences, activations, and each thread's working memory; `pass` computes with them.
//!
//! Rows are tokens of many sequences, one after another, without padding.

use super::attention::{Heads, Scratch};
use super::dispatch::Backend;
use super::memory::Buffer;
use super::pass::Pass;
use super::product::{Arithmetic, Dense, Operand, Packed};
use super::shape::Shape;
use super::team::Phases;
use super::weights::{Matrix, Weights};
use super::{BLOCK, PANEL, Pooling};

/// Rows beyond the last that kernels may read and write.
const SLACK: usize = 32;

/// Gain and bias of a layer norm, padded with zeros.
pub struct Norm {
    pub gain: Buffer<f32>,
    pub bias: Buffer<f32>,
}

/// Weights of one layer.
pub struct Layer {
    pub projection: Packed,
    pub output: Packed,
    pub attention_norm: Norm,
    pub expand: Packed,
    pub contract: Packed,
    pub output_norm: Norm,
}

/// Tables that turn token ids into the first layer's input.
pub struct Embeddings {
    pub weights: Weights,
    pub words: Matrix,
    pub positions: Matrix,
    pub token_type: Matrix,
    pub norm: Norm,
}

/// A model ready to run.
pub struct Model {
    pub shape: Shape,
    pub backend: Backend,
    pub pooling: Pooling,
    pub embeddings: Embeddings,
    pub layers: Vec<Layer>,
}

/// Token ids of several sequences, one after another.
#[derive(Debug, Default)]
pub struct Batch {
    /// Token ids.
    pub ids: Vec<u32>,
    /// First row and length of each sequence.
    pub sequences: Vec<(usize, usize)>,
}

impl Batch {
    /// Appends a sequence.
    pub fn push(&mut self, ids: &[u32]) {
        self.sequences.push((self.ids.len(), ids.len()));
        self.ids.extend_from_slice(ids);
    }

    /// Removes all sequences.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.sequences.clear();
    }
}

/// Activations of one batch; allocated once, for the largest batch.
pub struct Activations {
    /// Tokens it has room for.
    pub capacity: usize,
    /// The residual stream; after pooling, each sequence's vector in its first row.
    pub(super) hidden: Buffer<f32>,
    /// A dense layer's output plus residual, before layer norm.
    pub(super) sum: Buffer<f32>,
    /// Queries, keys and values.
    pub(super) projected: Buffer<u8>,
    /// Attention's result where it is plain.
    pub(super) context: Buffer<f32>,
    /// The next product's operand where it is not plain.
    pub(super) operand: Buffer<u8>,
    /// Its scales.
    pub(super) operand_scales: Buffer<f32>,
    /// The feed-forward part's inner vectors.
    pub(super) inner: Buffer<u8>,
    /// Their scales.
    pub(super) inner_scales: Buffer<f32>,
}

/// One thread's working memory.
pub struct Workbench {
    /// For attention.
    pub(super) attention: Scratch,
    /// For raw sums.
    pub(super) sums: Buffer<f32>,
    /// For three rows of the embedding tables.
    pub(super) row: Buffer<f32>,
}

impl Model {
    pub(super) fn heads(&self) -> Heads {
        Heads { hidden: self.shape.hidden, head: self.shape.head() }
    }

    pub(super) fn width(&self) -> usize {
        self.shape.hidden.next_multiple_of(PANEL)
    }

    pub(super) fn inner_width(&self) -> usize {
        self.shape.intermediate.next_multiple_of(PANEL)
    }

    pub(super) fn projected_width(&self) -> usize {
        (3 * self.shape.hidden).next_multiple_of(PANEL)
    }

    /// Returns the number of phases of one pass.
    pub fn phases(&self) -> usize {
        2 + 8 * self.shape.layers
    }

    /// Makes room for batches of up to `capacity` tokens.
    pub fn activations(&self, capacity: usize) -> Activations {
        let rows = capacity + SLACK;
        let dense = self.backend.arithmetic;
        let own_operand = dense != Arithmetic::F32;
        let sized = |needed: bool, len: usize| if needed { len } else { 0 };
        Activations {
            capacity,
            hidden: Buffer::zeroed(rows * self.width()),
            sum: Buffer::zeroed(rows * self.width()),
            projected: Buffer::zeroed(
                (rows * self.projected_width() + PANEL) * self.backend.attention_arithmetic.bytes(),
            ),
            context: Buffer::zeroed(sized(dense != Arithmetic::Bf16, rows * self.width())),
            operand: Buffer::zeroed(sized(own_operand, rows * self.width() * dense.bytes())),
            operand_scales: Buffer::zeroed(rows * Operand::scales_of(dense, self.width())),
            inner: Buffer::zeroed(rows * self.inner_width() * dense.bytes()),
            inner_scales: Buffer::zeroed(rows * Operand::scales_of(dense, self.inner_width())),
        }
    }

    /// Makes one thread's working memory for sequences of up to `longest` tokens.
    pub fn workbench(&self, longest: usize) -> Workbench {
        Workbench {
            attention: Scratch::new(&self.backend, self.heads(), longest),
            sums: Buffer::zeroed(Dense::scratch(self.backend.dense.rows, BLOCK / PANEL)),
            row: Buffer::zeroed(3 * self.width()),
        }
    }

    /// Runs the batch together with whoever else calls this for the same `phases`; afterwards
    /// [`Model::pooled`] has the results.
    ///
    /// # Safety
    /// The processor has the backend's features; between `phases.open()` and `phases.close()` the batch does not
    /// change and nobody else uses `space`; all members of the team pass the same model, batch and space.
    pub unsafe fn run(&self, batch: &Batch, space: &Activations, phases: &Phases, bench: &mut Workbench) {
        assert!(batch.ids.len() <= space.capacity, "the batch fits the activations");
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the backend is only chosen where the processor has tiles and the system permits their use.
        let _tiles = self.backend.tiles.then(|| unsafe { super::kernel_amx::TileUse::begin() });
        // SAFETY: passed on to the caller.
        unsafe { Pass::new(self, batch, space, phases).run(bench) };
    }

    /// Returns the vector of sequence `index` after a pass.
    ///
    /// # Safety
    /// The pass over the batch has ended.
    pub unsafe fn pooled<'a>(&self, batch: &Batch, space: &'a Activations, index: usize) -> &'a [f32] {
        // SAFETY: pooling left the vector in the sequence's first row; nobody writes after the pass.
        unsafe { space.hidden.view().slice(batch.sequences[index].0 * self.width(), self.shape.hidden) }
    }
}
