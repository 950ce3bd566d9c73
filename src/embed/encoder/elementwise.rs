//! What happens to numbers between two products? Bias, activation, residual sum, layer norm, softmax and the
//! rounding to the next product's operand, each in one pass over numbers that are still in the cache.
//!
//! Every function is generic over [`Lanes`]; `dispatch` instantiates it once per instruction set.
//! Invariant: widths are multiples of [`super::PANEL`], padding columns hold zeros and stay zeros.

use super::PANEL;
use super::activation::{
    Accuracy, Full, Function, Gelu, GeluRounded, GeluTanh, Identity, Relu, Rounded, exp2,
};
use super::lanes::Lanes;
use super::shape::Activation;

/// Largest Euclidean norm of a quantised block of [`super::BLOCK`] numbers, for activations as for weights. By the
/// Cauchy-Schwarz inequality a product of two such blocks stays below 2^31, so the 32-bit sum cannot overflow;
/// the margin covers the rounding of each number to a whole one.
pub const BLOCK_NORM: f32 = 46_000.0;

/// A block of raw sums as a kernel left them: `rows` rows of `columns` numbers, `stride` apart.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    pub start: *mut f32,
    pub stride: usize,
    pub rows: usize,
    pub columns: usize,
}

/// Where finished numbers go. Strides count numbers.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// Plain numbers.
    F32 { start: *mut f32, stride: usize },
    /// Plain numbers after adding those of `residual`.
    Residual { start: *mut f32, stride: usize, residual: *const f32 },
    /// bf16.
    Bf16 { start: *mut u16, stride: usize },
    /// 16-bit integers with one scale per row and block.
    I16 { start: *mut i16, stride: usize, scales: *mut f32, scales_stride: usize },
}

/// Turns raw sums into a layer's output: `activation(sums * scale + bias)`.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    pub sums: Sums,
    pub scale: *const f32,
    pub bias: *const f32,
    pub activation: Option<Activation>,
    pub target: Target,
}

/// Layer norm over rows: `output = (input - mean) / deviation * gain + bias`, and the same as an operand.
#[derive(Debug, Clone, Copy)]
pub struct Normalise {
    pub input: *const f32,
    pub output: *mut f32,
    pub stride: usize,
    pub rows: usize,
    /// Numbers that count; the mean is taken over these.
    pub width: usize,
    pub gain: *const f32,
    pub bias: *const f32,
    pub epsilon: f32,
    /// The operand for the next product, where it differs from `output`.
    pub operand: Option<Target>,
}

/// Softmax over rows of scores, left unnormalised: `exp(scale * (score - largest))`, with the reciprocal of each
/// row's sum on the side.
#[derive(Debug, Clone, Copy)]
pub struct Softmax {
    pub scores: Sums,
    /// Scores that count; the others become zero.
    pub len: usize,
    pub scale: f32,
    pub reciprocals: *mut f32,
    /// bf16 copy; `None` writes the weights over the scores.
    pub bf16: Option<(*mut u16, usize)>,
}

/// The finished numbers of one register: `activation(sums * scale + bias)`.
#[inline(always)]
unsafe fn finished<L: Lanes, F: Function>(job: &Finish, row: usize, c: usize) -> L {
    // SAFETY: the caller's pointers cover the row and column.
    unsafe {
        let sums = L::load(job.sums.start.add(row * job.sums.stride + c));
        F::apply(sums.fma(L::load(job.scale.add(c)), L::load(job.bias.add(c))))
    }
}

#[inline(always)]
unsafe fn finish_with<L: Lanes, F: Function>(job: &Finish) {
    let Sums { rows, columns, .. } = job.sums;
    // Rows inside: scale and bias stay in registers, and one row need not wait for another.
    for c in (0..columns).step_by(L::COUNT) {
        for row in 0..rows {
            // SAFETY: the caller's pointers cover `rows` rows of `columns` numbers; steps stay inside.
            unsafe {
                let x = finished::<L, F>(job, row, c);
                match job.target {
                    Target::F32 { start, stride } => x.store(start.add(row * stride + c)),
                    Target::Residual { start, stride, residual } => {
                        let at = row * stride + c;
                        x.add(L::load(residual.add(at))).store(start.add(at));
                    }
                    Target::Bf16 { start, stride } => x.store_bf16(start.add(row * stride + c)),
                    // Quantised below, when the whole row is there.
                    Target::I16 { .. } => x.store(job.sums.start.add(row * job.sums.stride + c)),
                }
            }
        }
    }
    if let Target::I16 { .. } = job.target {
        for row in 0..rows {
            // SAFETY: as above; the group of panels is at most one block wide.
            unsafe { convert_row::<L>(job.sums.start.add(row * job.sums.stride), columns, row, job.target) };
        }
    }
}

/// Finishes a block of sums.
///
/// # Safety
/// The pointers cover the stated rows and columns, nobody else touches the written part; see [`Lanes`].
#[inline(always)]
pub unsafe fn finish<L: Lanes>(job: &Finish) {
    // SAFETY: passed on to the caller.
    unsafe {
        match job.activation {
            None => finish_with::<L, Identity>(job),
            Some(Activation::Gelu) if matches!(job.target, Target::Bf16 { .. }) => {
                finish_with::<L, GeluRounded>(job)
            }
            Some(Activation::Gelu) => finish_with::<L, Gelu>(job),
            Some(Activation::GeluTanh) => finish_with::<L, GeluTanh>(job),
            Some(Activation::Relu) => finish_with::<L, Relu>(job),
        }
    }
}

/// Returns the number that one step of the quantised block stands for: the finest that keeps every number in
/// 16 bits and the block's norm within [`BLOCK_NORM`].
pub fn block_scale(largest: f32, squares: f32) -> f32 {
    (largest / 32_700.0).max(squares.sqrt() / BLOCK_NORM)
}

#[inline(always)]
unsafe fn quantise<L: Lanes>(from: *const f32, columns: usize, scale: f32, to: *mut i16) {
    let inverse = if scale > f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
    for c in (0..columns).step_by(L::COUNT) {
        // SAFETY: the caller's pointers cover `columns` numbers.
        unsafe { L::load(from.add(c)).mul(L::splat(inverse)).store_i16(to.add(c)) };
    }
}

/// Writes one row of `columns` numbers as the operand of a product.
#[inline(always)]
unsafe fn convert_row<L: Lanes>(from: *const f32, columns: usize, row: usize, target: Target) {
    // SAFETY: the caller's pointers cover the row.
    unsafe {
        match target {
            Target::F32 { start, stride } => {
                for c in (0..columns).step_by(L::COUNT) {
                    L::load(from.add(c)).store(start.add(row * stride + c));
                }
            }
            Target::Residual { .. } => unreachable!("an operand has no residual"),
            Target::Bf16 { start, stride } => {
                for c in (0..columns).step_by(L::COUNT) {
                    L::load(from.add(c)).store_bf16(start.add(row * stride + c));
                }
            }
            Target::I16 { start, stride, scales, scales_stride } => {
                for (block, first) in (0..columns).step_by(super::BLOCK).enumerate() {
                    let width = super::BLOCK.min(columns - first);
                    let (mut largest, mut squares) = (L::splat(0.0), L::splat(0.0));
                    for c in (first..first + width).step_by(L::COUNT) {
                        let x = L::load(from.add(c));
                        largest = largest.max(x.abs());
                        squares = x.fma(x, squares);
                    }
                    let scale = block_scale(largest.largest(), squares.sum());
                    *scales.add(row * scales_stride + block) = scale;
                    quantise::<L>(from.add(first), width, scale, start.add(row * stride + first));
                }
            }
        }
    }
}

/// Writes rows of plain numbers as the operand of a product.
///
/// # Safety
/// As for [`finish`].
#[inline(always)]
pub unsafe fn convert<L: Lanes>(from: &Sums, target: Target) {
    for row in 0..from.rows {
        // SAFETY: passed on to the caller.
        unsafe { convert_row::<L>(from.start.add(row * from.stride), from.columns, row, target) };
    }
}

/// What is added up.
trait Term {
    /// # Safety
    /// See [`Lanes`].
    unsafe fn add<L: Lanes>(sum: L, x: L) -> L;
}

struct Plainly;
struct Squared;

impl Term for Plainly {
    #[inline(always)]
    unsafe fn add<L: Lanes>(sum: L, x: L) -> L {
        // SAFETY: passed on to the caller.
        unsafe { sum.add(x) }
    }
}

impl Term for Squared {
    #[inline(always)]
    unsafe fn add<L: Lanes>(sum: L, x: L) -> L {
        // SAFETY: passed on to the caller.
        unsafe { x.fma(x, sum) }
    }
}

/// Adds up a row, each number less `centre`. Every register of a panel has a sum of its own: one alone would wait
/// for itself.
#[inline(always)]
unsafe fn sum_of<L: Lanes, T: Term>(from: *const f32, len: usize, centre: f32) -> f32 {
    // SAFETY: the caller's pointer covers `len` numbers, whole panels.
    unsafe {
        let mut sums = [L::splat(0.0); 8];
        for c in (0..len).step_by(PANEL) {
            for (i, sum) in sums.iter_mut().enumerate().take(PANEL / L::COUNT) {
                *sum = T::add(*sum, L::load(from.add(c + i * L::COUNT)).sub(L::splat(centre)));
            }
        }
        let [first, rest @ ..] = sums;
        rest.into_iter().take(PANEL / L::COUNT - 1).fold(first, |sum, other| sum.add(other)).sum()
    }
}

/// Normalises rows.
///
/// # Safety
/// As for [`finish`]; `stride` numbers of each row are read and written.
#[inline(always)]
pub unsafe fn normalise<L: Lanes>(job: &Normalise) {
    let width = job.width as f32;
    let padding = (job.stride - job.width) as f32;
    for row in 0..job.rows {
        // SAFETY: the caller's pointers cover `rows` rows of `stride` numbers, gain and bias one row.
        unsafe {
            let from = job.input.add(row * job.stride);
            let to = job.output.add(row * job.stride);
            let mean = sum_of::<L, Plainly>(from, job.stride, 0.0) / width;
            let squares = sum_of::<L, Squared>(from, job.stride, mean);
            // Padding columns hold zero and each added mean² to the sum.
            let variance = ((squares - padding * mean * mean) / width).max(0.0);
            let inverse = 1.0 / (variance + job.epsilon).sqrt();
            for c in (0..job.stride).step_by(L::COUNT) {
                let centred = L::load(from.add(c)).sub(L::splat(mean)).mul(L::splat(inverse));
                centred.fma(L::load(job.gain.add(c)), L::load(job.bias.add(c))).store(to.add(c));
            }
            if let Some(target) = job.operand {
                convert_row::<L>(to, job.stride, row, target);
            }
        }
    }
}

/// Turns scores into attention weights.
///
/// # Safety
/// As for [`finish`]; `reciprocals` takes one number per row.
#[inline(always)]
pub unsafe fn softmax<L: Lanes>(job: &Softmax) {
    let Sums { start, stride, rows, .. } = job.scores;
    for row in 0..rows {
        // SAFETY: the caller's pointers cover `rows` rows of scores and of bf16 weights.
        unsafe {
            let scores = start.add(row * stride);
            let sum = match job.bf16 {
                Some((to, stride)) => {
                    let to = to.add(row * stride);
                    softmax_row::<L, Rounded>(job, scores, |c, weight| weight.store_bf16(to.add(c)))
                }
                None => softmax_row::<L, Full>(job, scores, |c, weight| weight.store(scores.add(c))),
            };
            *job.reciprocals.add(row) = 1.0 / sum;
        }
    }
}

/// Hands the weights of one row to `store`, register by register, and returns their sum.
#[inline(always)]
unsafe fn softmax_row<L: Lanes, A: Accuracy>(
    job: &Softmax,
    scores: *const f32,
    store: impl Fn(usize, L),
) -> f32 {
    let whole = job.len - job.len % L::COUNT;
    // SAFETY: the caller's pointers cover the row up to its padded end, a multiple of every register's lanes.
    unsafe {
        let mut largest = L::splat(f32::MIN);
        for c in (0..whole).step_by(L::COUNT) {
            largest = largest.max(L::load(scores.add(c)));
        }
        if whole < job.len {
            largest = largest.max(L::load(scores.add(whole)).first(job.len - whole, largest));
        }
        let scale = job.scale * std::f32::consts::LOG2_E;
        let (scale, shift) = (L::splat(scale), L::splat(-scale * largest.largest()));
        let mut sum = L::splat(0.0);
        for c in (0..whole).step_by(L::COUNT) {
            let weight = exp2::<L, A>(L::load(scores.add(c)).fma(scale, shift));
            sum = sum.add(weight);
            store(c, weight);
        }
        let mut next = whole;
        if whole < job.len {
            let weight = exp2::<L, A>(L::load(scores.add(whole)).fma(scale, shift));
            let weight = weight.first(job.len - whole, L::splat(0.0));
            sum = sum.add(weight);
            store(whole, weight);
            next += L::COUNT;
        }
        for c in (next..job.scores.columns).step_by(L::COUNT) {
            store(c, L::splat(0.0));
        }
        sum.sum()
    }
}

/// Writes the first `width` columns of sums, each row times its factor.
///
/// # Safety
/// As for [`finish`]; `factors` holds one number per row. The target is plain or bf16.
#[inline(always)]
pub unsafe fn weigh<L: Lanes>(sums: &Sums, width: usize, factors: *const f32, target: Target) {
    for row in 0..sums.rows {
        // SAFETY: the caller's pointers cover the rows; whole registers are used only where they fit.
        unsafe {
            let from = sums.start.add(row * sums.stride);
            let factor = *factors.add(row);
            let whole = width - width % L::COUNT;
            for c in (0..whole).step_by(L::COUNT) {
                let x = L::load(from.add(c)).mul(L::splat(factor));
                match target {
                    Target::Bf16 { start, stride } => x.store_bf16(start.add(row * stride + c)),
                    Target::F32 { start, stride } => x.store(start.add(row * stride + c)),
                    Target::Residual { .. } | Target::I16 { .. } => {
                        unreachable!("heads are written plain or as bf16")
                    }
                }
            }
            for c in whole..width {
                let x = *from.add(c) * factor;
                match target {
                    Target::Bf16 { start, stride } => *start.add(row * stride + c) = super::lanes::to_bf16(x),
                    Target::F32 { start, stride } => *start.add(row * stride + c) = x,
                    Target::Residual { .. } | Target::I16 { .. } => {
                        unreachable!("heads are written plain or as bf16")
                    }
                }
            }
        }
    }
}
