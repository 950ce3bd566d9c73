//! What is one forward pass? Embeddings, then per layer: fused query/key/value product, attention, output product
//! with residual, layer norm, two feed-forward products with activation and residual, layer norm; then pooling.
//! Each is a phase that a team's threads share.

use super::attention::{Projected, attend};
use super::elementwise::{Normalise, Sums, Target};
use super::layer::{Activations, Batch, Layer, Model, Norm, Workbench};
use super::memory::Buffer;
use super::product::{Arithmetic, Dense, Operand, Packed};
use super::team::Phases;
use super::{BLOCK, PANEL, Pooling};

/// Rows that one unit of a row-wise phase covers.
const ROWS: usize = 16;

/// One thread's part in a forward pass.
pub struct Pass<'a> {
    model: &'a Model,
    batch: &'a Batch,
    space: &'a Activations,
    phases: &'a Phases,
    next_phase: usize,
}

// SAFETY of every block below: within a phase each unit writes rows or columns of its own, and reads only what an
// earlier phase wrote (`Phases::share` orders phases); all buffers were sized for `capacity + SLACK` rows.
impl<'a> Pass<'a> {
    /// Makes the calling thread a member of the pass.
    pub fn new(model: &'a Model, batch: &'a Batch, space: &'a Activations, phases: &'a Phases) -> Self {
        Self { model, batch, space, phases, next_phase: 0 }
    }

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

    /// Takes part in all phases.
    ///
    /// # Safety
    /// See [`Model::run`].
    pub unsafe fn run(mut self, bench: &mut Workbench) {
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
            scales_stride: Operand::scales_of(self.model.backend.arithmetic, self.model.width()),
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
            scales_stride: Operand::scales_of(self.model.backend.arithmetic, stride),
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

    /// Leaves each sequence's unit vector in its first row; what has no direction stays without one.
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
