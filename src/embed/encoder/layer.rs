//! What is one forward pass? Embeddings, then per layer: fused query/key/value product, attention, output product
//! with residual, layer norm, two feed-forward products with activation and residual, layer norm; then pooling.
//! Each is a phase that a team's threads share.
//!
//! Rows are tokens of many sequences, one after another, without padding.

use super::attention::{Heads, Projected, Scratch, attend};
use super::dispatch::Backend;
use super::elementwise::{Normalise, Sums, Target};
use super::memory::Buffer;
use super::product::{Arithmetic, Dense, Operand, Packed};
use super::shape::Shape;
use super::team::Phases;
use super::weights::{Matrix, Weights};
use super::{BLOCK, PANEL, Pooling};

/// Rows that one unit of a row-wise phase covers.
const ROWS: usize = 16;
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
    hidden: Buffer<f32>,
    sum: Buffer<f32>,
    projected: Buffer<u8>,
    context: Buffer<f32>,
    operand: Buffer<u8>,
    operand_scales: Buffer<f32>,
    inner: Buffer<u8>,
    inner_scales: Buffer<f32>,
}

/// One thread's working memory.
pub struct Workbench {
    attention: Scratch,
    sums: Buffer<f32>,
    row: Buffer<f32>,
}

impl Model {
    fn heads(&self) -> Heads {
        Heads { hidden: self.shape.hidden, head: self.shape.head() }
    }

    fn width(&self) -> usize {
        self.shape.hidden.next_multiple_of(PANEL)
    }

    fn inner_width(&self) -> usize {
        self.shape.intermediate.next_multiple_of(PANEL)
    }

    fn projected_width(&self) -> usize {
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
        let (own_operand, scaled) = (dense != Arithmetic::F32, dense == Arithmetic::I16);
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
            operand_scales: Buffer::zeroed(sized(scaled, rows * self.width().div_ceil(BLOCK))),
            inner: Buffer::zeroed(rows * self.inner_width() * dense.bytes()),
            inner_scales: Buffer::zeroed(sized(scaled, rows * self.inner_width().div_ceil(BLOCK))),
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
        let pass = Pass { model: self, batch, space, phases, next_phase: 0 };
        // SAFETY: passed on to the caller.
        unsafe { pass.run(bench) };
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

struct Pass<'a> {
    model: &'a Model,
    batch: &'a Batch,
    space: &'a Activations,
    phases: &'a Phases,
    next_phase: usize,
}

// SAFETY of every block below: within a phase each unit writes rows or columns of its own, and reads only what an
// earlier phase wrote (`Phases::share` orders phases); all buffers were sized for `capacity + SLACK` rows.
impl Pass<'_> {
    fn share(&mut self, units: usize, work: impl FnMut(usize)) {
        let phase = self.next_phase;
        self.next_phase += 1;
        self.phases.share(phase, units, work);
    }

    /// Shares blocks of rows: the work gets the first row and the number of rows.
    fn share_rows(&mut self, mut work: impl FnMut(usize, usize)) {
        let rows = self.batch.ids.len();
        self.share(rows.div_ceil(ROWS), |unit| work(unit * ROWS, ROWS.min(rows - unit * ROWS)));
    }

    unsafe fn run(mut self, bench: &mut Workbench) {
        // SAFETY: the caller's contract, and the note above.
        unsafe {
            self.embed(bench);
            let model = self.model;
            for layer in &model.layers {
                self.project(layer, bench);
                self.attend(bench);
                self.convert_context();
                self.add_dense(&layer.output, self.context(), bench);
                self.normalise(&layer.attention_norm);
                self.expand(layer, bench);
                self.add_dense(&layer.contract, self.inner(), bench);
                self.normalise(&layer.output_norm);
            }
            self.pool();
        }
    }

    fn plain(&self, numbers: &Buffer<f32>) -> Operand {
        Operand {
            arithmetic: Arithmetic::F32,
            bytes: numbers.view().as_bytes(),
            stride: self.model.width(),
            scales: self.space.operand_scales.view(),
            scales_stride: 0,
        }
    }

    /// The input of a layer's products.
    fn operand(&self) -> Operand {
        if self.model.backend.arithmetic == Arithmetic::F32 {
            return self.plain(&self.space.hidden);
        }
        Operand {
            arithmetic: self.model.backend.arithmetic,
            bytes: self.space.operand.view(),
            stride: self.model.width(),
            scales: self.space.operand_scales.view(),
            scales_stride: self.model.width().div_ceil(BLOCK),
        }
    }

    /// The result of attention as an operand; where formats differ it shares the buffer with the layer's input,
    /// which is no longer needed then.
    fn context(&self) -> Operand {
        match self.model.backend.arithmetic {
            Arithmetic::F32 => self.plain(&self.space.context),
            _ => self.operand(),
        }
    }

    /// The feed-forward part's inner vectors.
    fn inner(&self) -> Operand {
        let stride = self.model.inner_width();
        Operand {
            arithmetic: self.model.backend.arithmetic,
            bytes: self.space.inner.view(),
            stride,
            scales: self.space.inner_scales.view(),
            scales_stride: stride.div_ceil(BLOCK),
        }
    }

    fn operand_target(&self, row: usize) -> Option<Target> {
        (self.model.backend.arithmetic != Arithmetic::F32).then(|| self.operand().target(row, 0))
    }

    unsafe fn norm_rows(&self, norm: &Norm, input: &Buffer<f32>, row: usize, rows: usize) {
        let model = self.model;
        let width = model.width();
        let job = Normalise {
            input: input.view().at(row * width),
            output: self.space.hidden.view().at(row * width),
            stride: width,
            rows,
            width: model.shape.hidden,
            gain: norm.gain.view().at(0),
            bias: norm.bias.view().at(0),
            epsilon: model.shape.epsilon,
            operand: self.operand_target(row),
        };
        // SAFETY: see the note at the top.
        unsafe { (model.backend.elementwise.normalise)(&job) };
    }

    unsafe fn embed(&mut self, bench: &mut Workbench) {
        let (model, batch, space) = (self.model, self.batch, self.space);
        let tables = &model.embeddings;
        let width = model.width();
        let this = Self { phases: self.phases, ..*self };
        self.share_rows(|first, rows| {
            let (word, rest) = bench.row.as_mut_slice().split_at_mut(width);
            let (position, kind) = rest.split_at_mut(width);
            tables.weights.read_row(&tables.token_type, 0, kind);
            for row in first..first + rows {
                let sequence = batch.sequences.partition_point(|&(start, _)| start <= row) - 1;
                let place = model.shape.first_position + row - batch.sequences[sequence].0;
                let id = (batch.ids[row] as usize).min(tables.words.rows - 1);
                tables.weights.read_row(&tables.words, id, word);
                tables.weights.read_row(&tables.positions, place.min(tables.positions.rows - 1), position);
                // SAFETY: see the note at the top.
                let sum = unsafe { space.sum.view().slice_mut(row * width, width) };
                for (((sum, word), position), kind) in sum.iter_mut().zip(&*word).zip(&*position).zip(&*kind)
                {
                    *sum = word + kind + position;
                }
            }
            // SAFETY: see the note at the top.
            unsafe { this.norm_rows(&tables.norm, &space.sum, first, rows) };
        });
    }

    unsafe fn dense(
        &mut self,
        weights: &Packed,
        operand: Operand,
        gelu: bool,
        bench: &mut Workbench,
        target: &dyn Fn(usize, usize) -> Target,
    ) {
        let model = self.model;
        let dense = Dense {
            kernel: model.backend.dense,
            finish: model.backend.elementwise.finish,
            operand,
            weights,
            rows: self.batch.ids.len(),
            activation: gelu.then_some(model.shape.activation),
            group: if gelu && model.backend.arithmetic == Arithmetic::I16 { BLOCK / PANEL } else { 1 },
            target,
        };
        let scratch = bench.sums.as_mut_slice();
        // SAFETY: see the note at the top.
        self.share(dense.units(), |unit| unsafe { dense.run(unit, scratch) });
    }

    unsafe fn project(&mut self, layer: &Layer, bench: &mut Workbench) {
        let stride = self.model.projected_width();
        let arithmetic = self.model.backend.attention_arithmetic;
        let view = self.space.projected.view();
        let target = |row: usize, column: usize| {
            let start = view.at((row * stride + column) * arithmetic.bytes());
            match arithmetic {
                Arithmetic::F32 => Target::F32 { start: start.cast(), stride },
                _ => Target::Bf16 { start: start.cast(), stride },
            }
        };
        let operand = self.operand();
        // SAFETY: see the note at the top.
        unsafe { self.dense(&layer.projection, operand, false, bench, &target) };
    }

    unsafe fn attend(&mut self, bench: &mut Workbench) {
        let (model, batch) = (self.model, self.batch);
        let heads = model.heads();
        let bytes = self.space.projected.view();
        let projected = Projected { bytes, stride: model.projected_width() };
        let context = match model.backend.attention_arithmetic {
            Arithmetic::F32 => self.plain(&self.space.context),
            _ => self.context(),
        };
        let scratch = &mut bench.attention;
        self.share(batch.sequences.len() * model.shape.heads, |unit| {
            let (sequence, head) = (unit / model.shape.heads, unit % model.shape.heads);
            let place = |row, column| context.target(row, column);
            // SAFETY: see the note at the top.
            unsafe {
                attend(&model.backend, heads, projected, batch.sequences[sequence], head, place, scratch)
            };
        });
    }

    /// Rounds attention's plain result to the dense layers' format, where that differs.
    unsafe fn convert_context(&mut self) {
        let backend = &self.model.backend;
        if backend.arithmetic == backend.attention_arithmetic {
            return;
        }
        let (operand, width, context) = (self.operand(), self.model.width(), self.space.context.view());
        self.share_rows(|row, rows| {
            let sums = Sums { start: context.at(row * width), stride: width, rows, columns: width };
            // SAFETY: see the note at the top.
            unsafe { (backend.elementwise.convert)(&sums, operand.target(row, 0)) };
        });
    }

    /// Computes a dense layer and adds the residual.
    unsafe fn add_dense(&mut self, weights: &Packed, operand: Operand, bench: &mut Workbench) {
        let stride = self.model.width();
        let (sum, hidden) = (self.space.sum.view(), self.space.hidden.view());
        let target = |row: usize, column: usize| Target::Residual {
            start: sum.at(row * stride + column),
            stride,
            residual: hidden.at(row * stride + column),
        };
        // SAFETY: see the note at the top.
        unsafe { self.dense(weights, operand, false, bench, &target) };
    }

    unsafe fn normalise(&mut self, norm: &Norm) {
        let this = Self { phases: self.phases, ..*self };
        // SAFETY: see the note at the top.
        self.share_rows(|row, rows| unsafe { this.norm_rows(norm, &this.space.sum, row, rows) });
    }

    unsafe fn expand(&mut self, layer: &Layer, bench: &mut Workbench) {
        let (operand, inner) = (self.operand(), self.inner());
        // SAFETY: see the note at the top.
        unsafe { self.dense(&layer.expand, operand, true, bench, &|row, column| inner.target(row, column)) };
    }

    /// Leaves each sequence's unit vector in its first row.
    unsafe fn pool(&mut self) {
        let (model, batch, hidden) = (self.model, self.batch, self.space.hidden.view());
        let width = model.width();
        self.share(batch.sequences.len(), |sequence| {
            let (first, len) = batch.sequences[sequence];
            // SAFETY: see the note at the top; the sequence's rows are this unit's own.
            let rows = unsafe { hidden.slice_mut(first * width, len * width) };
            let (vector, others) = rows.split_at_mut(width);
            if model.pooling == Pooling::Mean {
                for row in others.chunks_exact(width) {
                    vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
            }
            let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
            let inverse = if norm > 0.0 { (1.0 / norm) as f32 } else { 0.0 };
            vector.iter_mut().for_each(|x| *x *= inverse);
        });
    }
}
