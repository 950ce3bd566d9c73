//! Kernels against naive `f64` arithmetic on random shapes, on every backend: those this processor has, and those
//! whose instructions are carried out in software (see `trap`).

use proptest::prelude::*;

use super::PANEL;
use super::dispatch::Backend;
use super::elementwise::{Finish, Normalise, Softmax, Sums, Target};
use super::lanes::{from_bf16, to_bf16};
use super::measure::{AttentionProbe, DenseProbe, backends, numbers, weights};
use super::product::Arithmetic;
use super::shape::Activation;

/// All backends that can run here, natively or trapped.
pub(super) fn all_backends() -> Vec<Backend> {
    let native = backends();
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if super::dispatch::Features::detect().avx512 {
        super::trap::install();
        let trapped = [super::dispatch::AVX512_BF16, super::dispatch::AMX_BF16];
        let is_missing = |extra: &Backend| native.iter().all(|backend| backend.name != extra.name);
        return native.iter().copied().chain(trapped.into_iter().filter(is_missing)).collect();
    }
    native
}

/// Relative error that rounding of both operands to the format explains.
fn tolerance(arithmetic: Arithmetic) -> f64 {
    match arithmetic {
        Arithmetic::F32 => 2e-6,
        Arithmetic::Bf16 => 4e-3,
        Arithmetic::I16 => 3e-4,
    }
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))
}

/// Maclaurin series, and the bound beyond which it is one to twelve digits.
fn erf(x: f64) -> f64 {
    if x.abs() > 5.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn check_dense(
    backend: Backend,
    rows: usize,
    depth: usize,
    outputs: usize,
    with_gelu: bool,
) -> Result<(), TestCaseError> {
    let mut probe = DenseProbe::with(backend, rows, depth, outputs);
    let have = probe.run(with_gelu);
    let (packed, weight_rows) = weights(Arithmetic::F32, depth, outputs, 1);
    let inputs = numbers(7, rows.next_multiple_of(PANEL) * packed.depth);
    for row in 0..rows {
        for output in 0..outputs {
            let (mut sum, mut size) = (f64::from(packed.bias.as_slice()[output]), 1.0);
            for k in 0..depth {
                let product = f64::from(inputs[row * packed.depth + k])
                    * f64::from(weight_rows[output * packed.depth + k]);
                sum += product;
                size += product * product;
            }
            let want = if with_gelu { gelu(sum) } else { sum };
            let got = f64::from(have[row * packed.outputs + output]);
            let bound = tolerance(backend.arithmetic) * 6.0 * size.sqrt();
            prop_assert!(
                (want - got).abs() <= bound,
                "{} {rows}x{depth}x{outputs} at {row},{output}: {got} instead of {want}",
                backend.name
            );
        }
    }
    Ok(())
}

fn check_attention(backend: Backend, len: usize, heads: usize, head: usize) -> Result<(), TestCaseError> {
    let hidden = heads * head;
    let stride = (3 * hidden).next_multiple_of(PANEL);
    let mut probe = AttentionProbe::with(backend, len, hidden, head);
    let inputs = AttentionProbe::projected_numbers(len, hidden);
    let at =
        |row: usize, part: usize, column: usize| f64::from(inputs[row * stride + part * hidden + column]);
    for index in [0, heads - 1] {
        let first = index * head;
        let have = probe.run(index);
        for query in 0..len {
            let score = |key| {
                (0..head).map(|k| at(query, 0, first + k) * at(key, 1, first + k)).sum::<f64>()
                    / (head as f64).sqrt()
            };
            let scores: Vec<f64> = (0..len).map(score).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for column in 0..head {
                let want = (0..len).map(|key| weights[key] / sum * at(key, 2, first + column)).sum::<f64>();
                let got = f64::from(have[query * hidden.next_multiple_of(PANEL) + first + column]);
                // Scores of size ~9 sqrt(head) make absolute errors of the weights that much larger.
                let bound =
                    tolerance(backend.attention_arithmetic) * 3.0 * (4.0 + 9.0 * (head as f64).sqrt());
                prop_assert!(
                    (want - got).abs() <= bound,
                    "{} len {len} head {head}: {got} instead of {want}",
                    backend.name
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn dense_layers_agree_with_f64(rows in 1usize..70, depth in 1usize..420, outputs in 1usize..100, gelu: bool) {
        for backend in all_backends() {
            check_dense(backend, rows, depth, outputs, gelu)?;
        }
    }

    #[test]
    fn attention_agrees_with_f64(len in 1usize..80, heads in 1usize..4, head in 1usize..70) {
        for backend in all_backends() {
            check_attention(backend, len, heads, head)?;
        }
    }

    #[test]
    fn layer_norm_agrees_with_f64(rows in 1usize..20, width in 1usize..200, offset in -3.0f32..3.0) {
        let stride = width.next_multiple_of(PANEL);
        let mut input = vec![0.0; rows * stride];
        let (mut gain, mut bias) = (numbers(1, stride), numbers(2, stride));
        gain[width..].fill(0.0);
        bias[width..].fill(0.0);
        for row in input.chunks_exact_mut(stride) {
            row[..width].copy_from_slice(&numbers(offset.to_bits().into(), width));
            row[..width].iter_mut().for_each(|x| *x += offset);
        }
        for backend in all_backends() {
            let mut output = vec![f32::NAN; rows * stride];
            let job = Normalise {
                input: input.as_ptr(), output: output.as_mut_ptr(), stride, rows, width,
                gain: gain.as_ptr(), bias: bias.as_ptr(), epsilon: 1e-5, operand: None,
            };
            // SAFETY: all slices have `rows` rows of `stride` numbers.
            unsafe { (backend.elementwise.normalise)(&job) };
            for (x, y) in input.chunks_exact(stride).zip(output.chunks_exact(stride)) {
                let mean = x[..width].iter().map(|x| f64::from(*x)).sum::<f64>() / width as f64;
                let variance = x[..width].iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / width as f64;
                for c in 0..width {
                    let want = (f64::from(x[c]) - mean) / (variance + 1e-5).sqrt() * f64::from(gain[c]) + f64::from(bias[c]);
                    prop_assert!((want - f64::from(y[c])).abs() < 1e-3, "{}: {} instead of {want}", backend.name, y[c]);
                }
                prop_assert!(y[width..].iter().all(|x| *x == 0.0), "padding stays zero");
            }
        }
    }

    #[test]
    fn softmax_weights_add_up_and_padding_gets_none(rows in 1usize..14, len in 1usize..100, spread in 0.1f32..300.0) {
        let columns = len.next_multiple_of(PANEL);
        let scores: Vec<f32> = numbers(u64::from(spread.to_bits()), rows * columns).iter().map(|x| x * spread).collect();
        for backend in all_backends() {
            let (mut weights, mut reciprocals) = (scores.clone(), vec![0.0; rows]);
            let job = Softmax {
                scores: Sums { start: weights.as_mut_ptr(), stride: columns, rows, columns },
                len, scale: 0.5, reciprocals: reciprocals.as_mut_ptr(), bf16: None,
            };
            // SAFETY: `weights` has `rows` rows of `columns` numbers, `reciprocals` one per row.
            unsafe { (backend.elementwise.softmax)(&job) };
            for ((have, from), reciprocal) in weights.chunks_exact(columns).zip(scores.chunks_exact(columns)).zip(&reciprocals) {
                let largest = from[..len].iter().copied().fold(f32::MIN, f32::max);
                let exact: Vec<f64> = from[..len].iter().map(|x| (0.5 * f64::from(x - largest)).exp()).collect();
                let sum: f64 = exact.iter().sum();
                for (have, exact) in have.iter().zip(&exact) {
                    prop_assert!((f64::from(have * reciprocal) - exact / sum).abs() < 2e-6 + 1e-7 * f64::from(spread), "{}", backend.name);
                }
                prop_assert!(have[len..].iter().all(|x| *x == 0.0), "padding weighs nothing");
            }
            let (mut from, mut rounded) = (scores.clone(), vec![7u16; rows * columns]);
            let mut sums = vec![0.0; rows];
            let start = from.as_mut_ptr();
            let job = Softmax {
                scores: Sums { start, ..job.scores }, reciprocals: sums.as_mut_ptr(),
                bf16: Some((rounded.as_mut_ptr(), columns)), ..job
            };
            // SAFETY: as above; `rounded` has `rows` rows of `columns` numbers.
            unsafe { (backend.elementwise.softmax)(&job) };
            for row in 0..rows {
                for c in 0..columns {
                    let at = row * columns + c;
                    let (exact, have) = (weights[at] * reciprocals[row], from_bf16(rounded[at]) * sums[row]);
                    prop_assert!((exact - have).abs() <= 0.0045 * exact + 1e-30, "{}: {have} instead of {exact}", backend.name);
                }
            }
        }
    }

    #[test]
    fn bf16_rounds_to_nearest_even_everywhere(seed: u64, exponent in -30i32..30) {
        let mut values: Vec<f32> = numbers(seed, PANEL).iter().map(|x| x * (exponent as f32).exp2()).collect();
        values[0] = f32::from_bits(0x3f80_8000); // halfway, even below
        values[1] = f32::from_bits(0x3f81_8000); // halfway, even above
        values[2] = f32::INFINITY;
        values[3] = -0.0;
        for backend in all_backends() {
            let mut output = vec![0u16; PANEL];
            let sums = Sums { start: values.as_mut_ptr(), stride: PANEL, rows: 1, columns: PANEL };
            // SAFETY: one row of `PANEL` numbers on both sides.
            unsafe { (backend.elementwise.convert)(&sums, Target::Bf16 { start: output.as_mut_ptr(), stride: PANEL }) };
            let want: Vec<u16> = values.iter().map(|x| to_bf16(*x)).collect();
            prop_assert_eq!(&output, &want, "{}", backend.name);
        }
        prop_assert_eq!((to_bf16(values[0]), to_bf16(values[1])), (0x3f80, 0x3f82));
        prop_assert!(from_bf16(to_bf16(f32::NAN)).is_nan());
    }

    #[test]
    fn quantised_blocks_keep_their_numbers_and_cannot_overflow(seed: u64, size in -20i32..20, columns in 1usize..13) {
        let columns = columns * PANEL;
        let mut values: Vec<f32> = numbers(seed, columns).iter().map(|x| x * (size as f32).exp2()).collect();
        values[0] *= 30.0; // an outlier, as layer norms produce
        for backend in all_backends() {
            let blocks = columns.div_ceil(super::BLOCK);
            let (mut output, mut scales) = (vec![0i16; columns], vec![0.0; blocks]);
            let sums = Sums { start: values.as_mut_ptr(), stride: columns, rows: 1, columns };
            let target = Target::I16 { start: output.as_mut_ptr(), stride: columns, scales: scales.as_mut_ptr(), scales_stride: blocks };
            // SAFETY: one row of `columns` numbers, one scale per block.
            unsafe { (backend.elementwise.convert)(&sums, target) };
            for ((numbers, whole), scale) in values.chunks(super::BLOCK).zip(output.chunks(super::BLOCK)).zip(&scales) {
                let norm = whole.iter().map(|q| f64::from(*q).powi(2)).sum::<f64>();
                prop_assert!(norm < f64::from(i32::MAX), "{}: a product of two such blocks fits 32 bits", backend.name);
                for (x, q) in numbers.iter().zip(whole) {
                    prop_assert!((f64::from(*x) - f64::from(*q) * f64::from(*scale)).abs() <= 0.51 * f64::from(*scale), "{}", backend.name);
                }
            }
        }
    }
}

#[test]
fn dense_layers_agree_at_the_edges_of_tiles() {
    for backend in all_backends() {
        for rows in [1, 11, 12, 13, 15, 16, 17, 31, 32, 33, 64] {
            for (depth, outputs) in [(1, 1), (31, 33), (32, 32), (192, 31), (193, 64)] {
                check_dense(backend, rows, depth, outputs, false).expect("sums agree");
            }
        }
    }
}

#[test]
fn attention_agrees_at_the_edges_of_tiles_and_at_the_longest_sequence() {
    for backend in all_backends() {
        for len in [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
            check_attention(backend, len, 2, 32).expect("contexts agree");
        }
    }
    let native = backends();
    for backend in all_backends().into_iter().filter(|backend| !backend.name.contains("portable")) {
        // A trapped tile product does 8,192 multiplications, a trapped vector product 32: that one gets less to do.
        let is_slow = !backend.tiles && native.iter().all(|other| other.name != backend.name);
        check_attention(backend, if is_slow { 130 } else { 512 }, 1, 64).expect("contexts agree");
    }
}

#[test]
fn activations_are_accurate_over_their_whole_range() {
    let inputs: Vec<f32> = (-4000..4000).map(|i| i as f32 / 200.0).collect();
    let (ones, zeros) = (vec![1.0f32; inputs.len()], vec![0.0f32; inputs.len()]);
    let tanh_form = |x: f64| 0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044_715 * x * x * x)).tanh());
    type Exact<'a> = &'a dyn Fn(f64) -> f64;
    let forms: [(Activation, Exact); 3] = [
        (Activation::Gelu, &gelu),
        (Activation::GeluTanh, &tanh_form),
        (Activation::Relu, &|x: f64| x.max(0.0)),
    ];
    for backend in all_backends() {
        for (activation, exact) in forms {
            let (mut sums, mut output) = (inputs.clone(), vec![0.0f32; inputs.len()]);
            let columns = inputs.len();
            let job = Finish {
                sums: Sums { start: sums.as_mut_ptr(), stride: columns, rows: 1, columns },
                scale: ones.as_ptr(),
                bias: zeros.as_ptr(),
                activation: Some(activation),
                target: Target::F32 { start: output.as_mut_ptr(), stride: columns },
            };
            // SAFETY: one row of `columns` numbers everywhere; 8,000 is a multiple of every register's lanes.
            unsafe { (backend.elementwise.finish)(&job) };
            for (x, y) in inputs.iter().zip(&output) {
                let want = exact(f64::from(*x));
                let error = (want - f64::from(*y)).abs();
                assert!(
                    error <= 2.5e-7 * f64::from(x.abs()).max(4.0),
                    "{} {activation:?}({x}) = {y} instead of {want}",
                    backend.name
                );
            }
            let mut rounded = vec![0u16; inputs.len()];
            let target = Target::Bf16 { start: rounded.as_mut_ptr(), stride: columns };
            sums.clone_from(&inputs);
            let job = Finish { sums: Sums { start: sums.as_mut_ptr(), ..job.sums }, target, ..job };
            // SAFETY: as above.
            unsafe { (backend.elementwise.finish)(&job) };
            for (x, y) in inputs.iter().zip(&rounded) {
                let (want, y) = (exact(f64::from(*x)), f64::from(from_bf16(*y)));
                let error = (want - y).abs();
                // Half a unit in the last place of bf16, and what the shorter polynomial may be off.
                assert!(
                    error <= want.abs() / 256.0 * 1.01 + 5e-5 * f64::from(x.abs()).max(1.0),
                    "{} {activation:?}({x}) = {y} instead of {want}",
                    backend.name
                );
            }
        }
    }
}
