//! How fast is one kernel on this processor? Single products and attention heads on made-up numbers, for
//! `benches/encoder.rs`; nothing else uses this module.

use super::BLOCK;
use super::PANEL;
use super::attention::{Heads, Projected, Scratch, attend};
use super::dispatch::Backend;
use super::elementwise::{Sums, Target};
use super::memory::Buffer;
use super::pack::write_panel;
use super::product::{Arithmetic, Dense, Operand, Packed};
use super::shape::Activation;

/// A dense layer on made-up numbers.
pub struct DenseProbe {
    backend: Backend,
    rows: usize,
    weights: Packed,
    operand: Buffer<u8>,
    scales: Buffer<f32>,
    output: Buffer<f32>,
    sums: Buffer<f32>,
}

/// Numbers between -1 and 1 that depend on `seed` alone.
pub(super) fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Packs made-up weights; returns them also as rows of one output each.
pub(super) fn weights(arithmetic: Arithmetic, depth: usize, outputs: usize, seed: u64) -> (Packed, Vec<f32>) {
    let (padded, all) = (depth.next_multiple_of(PANEL), outputs.next_multiple_of(PANEL));
    let mut rows = vec![0.0; padded * all];
    for (output, row) in rows.chunks_exact_mut(padded).take(outputs).enumerate() {
        row[..depth].copy_from_slice(&numbers(seed + output as u64, depth));
    }
    let mut packed = Packed {
        arithmetic,
        panels: Buffer::zeroed(padded * all * arithmetic.bytes()),
        depth: padded,
        outputs: all,
        scale: Buffer::zeroed(all),
        bias: Buffer::zeroed(all),
    };
    packed.bias.as_mut_slice()[..outputs].copy_from_slice(&numbers(seed ^ 0xb1a5, outputs));
    let bytes = packed.panel_bytes();
    let panels = packed.panels.as_mut_slice().chunks_exact_mut(bytes);
    for ((panel, rows), scales) in
        panels.zip(rows.chunks_exact(padded * PANEL)).zip(packed.scale.as_mut_slice().chunks_exact_mut(PANEL))
    {
        write_panel(arithmetic, rows, padded, panel, scales);
    }
    (packed, rows)
}

/// Returns the backends this processor can run: name and table.
pub(super) fn backends() -> Vec<Backend> {
    let portable =
        [super::dispatch::PORTABLE_F32, super::dispatch::PORTABLE_BF16, super::dispatch::PORTABLE_I16];
    #[cfg(target_arch = "x86_64")]
    let of_processor = {
        use super::dispatch::{AMX_BF16, AVX2_F32, AVX512_BF16, AVX512_F32, Features, VNNI_I16};
        let has = Features::detect();
        let offered = [has.avx2, has.avx512, has.vnni, has.avx512_bf16, has.amx];
        let tables = [AVX2_F32, AVX512_F32, VNNI_I16, AVX512_BF16, AMX_BF16];
        tables.into_iter().zip(offered).filter(|(_, offered)| *offered).map(|(table, _)| table)
    };
    #[cfg(not(target_arch = "x86_64"))]
    let of_processor = std::iter::empty();
    portable.into_iter().chain(of_processor).collect()
}

/// Returns the names of the backends this processor can run.
pub fn backend_names() -> Vec<&'static str> {
    backends().iter().map(|backend| backend.name).collect()
}

impl DenseProbe {
    /// Makes a layer for the named backend; `None` if this processor cannot run it.
    pub fn new(backend: &str, rows: usize, depth: usize, outputs: usize) -> Option<Self> {
        let backend = backends().into_iter().find(|candidate| candidate.name == backend)?;
        Some(Self::with(backend, rows, depth, outputs))
    }

    pub(super) fn with(backend: Backend, rows: usize, depth: usize, outputs: usize) -> Self {
        let (weights, _) = weights(backend.arithmetic, depth, outputs, 1);
        let padded = rows.next_multiple_of(PANEL);
        let probe = Self {
            backend,
            rows,
            operand: Buffer::zeroed(padded * weights.depth * backend.arithmetic.bytes()),
            scales: Buffer::zeroed(padded * weights.depth.div_ceil(BLOCK)),
            output: Buffer::zeroed(padded * weights.outputs),
            sums: Buffer::zeroed(Dense::scratch(backend.dense.rows, BLOCK / PANEL)),
            weights,
        };
        let mut from = numbers(7, padded * probe.weights.depth);
        let columns = probe.weights.depth;
        let sums = Sums { start: from.as_mut_ptr(), stride: columns, rows: padded, columns };
        // SAFETY: source and operand have `padded` rows of `depth` numbers; the backend is one this processor has.
        unsafe { (backend.elementwise.convert)(&sums, probe.operand().target(0, 0)) };
        probe
    }

    fn operand(&self) -> Operand {
        Operand {
            arithmetic: self.backend.arithmetic,
            bytes: self.operand.view(),
            stride: self.weights.depth,
            scales: self.scales.view(),
            scales_stride: self.weights.depth.div_ceil(BLOCK),
        }
    }

    /// Computes the layer once; with `gelu`, applies the activation.
    pub fn run(&mut self, gelu: bool) -> &[f32] {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `backends` offers tiles only where processor and system allow them.
        let _tiles = self.backend.tiles.then(|| unsafe { super::kernel_amx::TileUse::begin() });
        let (output, stride) = (self.output.view(), self.weights.outputs);
        let dense = Dense {
            kernel: self.backend.dense,
            finish: self.backend.elementwise.finish,
            operand: self.operand(),
            weights: &self.weights,
            rows: self.rows,
            activation: gelu.then_some(Activation::Gelu),
            group: 1,
            target: &|row, column| Target::F32 { start: output.at(row * stride + column), stride },
        };
        for unit in 0..dense.units() {
            // SAFETY: all buffers were made for these rows; one thread runs all units.
            unsafe { dense.run(unit, self.sums.as_mut_slice()) };
        }
        self.output.as_slice()
    }
}

/// One head of attention on made-up numbers.
pub struct AttentionProbe {
    backend: Backend,
    heads: Heads,
    len: usize,
    projected: Buffer<u8>,
    stride: usize,
    context: Buffer<f32>,
    scratch: Scratch,
}

impl AttentionProbe {
    /// Makes a sequence of `len` tokens for the named backend; `None` if this processor cannot run it.
    pub fn new(backend: &str, len: usize, hidden: usize, head: usize) -> Option<Self> {
        let backend = backends().into_iter().find(|candidate| candidate.name == backend)?;
        Some(Self::with(backend, len, hidden, head))
    }

    pub(super) fn with(backend: Backend, len: usize, hidden: usize, head: usize) -> Self {
        let stride = (3 * hidden).next_multiple_of(PANEL);
        let heads = Heads { hidden, head };
        let rows = len + PANEL;
        let probe = Self {
            backend,
            heads,
            len,
            projected: Buffer::zeroed((rows * stride + PANEL) * backend.attention_arithmetic.bytes()),
            stride,
            context: Buffer::zeroed(rows * hidden.next_multiple_of(PANEL)),
            scratch: Scratch::new(&backend, heads, len),
        };
        let mut from = Self::projected_numbers(len, hidden);
        let sums = Sums { start: from.as_mut_ptr(), stride, rows: len, columns: stride };
        let operand = Operand {
            arithmetic: backend.attention_arithmetic,
            bytes: probe.projected.view(),
            stride,
            scales: probe.context.view(),
            scales_stride: 0,
        };
        // SAFETY: source and target have `len` rows of `stride` numbers; the backend is one this processor has.
        unsafe { (backend.elementwise.convert)(&sums, operand.target(0, 0)) };
        probe
    }

    pub(super) fn projected_numbers(len: usize, hidden: usize) -> Vec<f32> {
        numbers(3, len * (3 * hidden).next_multiple_of(PANEL)).iter().map(|x| 3.0 * x).collect()
    }

    /// Attends once for head `head`; returns rows of `hidden` numbers (padded) of which the head's are filled in.
    pub fn run(&mut self, head: usize) -> &[f32] {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `backends` offers tiles only where processor and system allow them.
        let _tiles = self.backend.tiles.then(|| unsafe { super::kernel_amx::TileUse::begin() });
        let projected = Projected { bytes: self.projected.view(), stride: self.stride };
        let (context, stride) = (self.context.view(), self.heads.hidden.next_multiple_of(PANEL));
        let target = |row, column| Target::F32 { start: context.at(row * stride + column), stride };
        // SAFETY: all buffers were made for `len` rows plus what whole tiles read.
        unsafe {
            attend(&self.backend, self.heads, projected, (0, self.len), head, target, &mut self.scratch)
        };
        self.context.as_slice()
    }
}
