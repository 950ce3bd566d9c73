//! Exponential, error function and the activations, to about single precision, on registers of any width.

use super::lanes::Lanes;

/// `exp(x)` to about one unit in the last place for x in -87..88; smaller x give about 1e-38.
///
/// # Safety
/// See [`Lanes`].
#[inline(always)]
pub unsafe fn exp<L: Lanes>(x: L) -> L {
    // SAFETY: passed on to the caller.
    unsafe {
        let x = x.max(L::splat(-87.0)).min(L::splat(88.0));
        let n = x.mul(L::splat(std::f32::consts::LOG2_E)).round();
        let r = n.fma(L::splat(-0.693_359_375), x);
        let r = n.fma(L::splat(2.121_944_4e-4), r);
        let mut p = L::splat(1.987_569_1e-4);
        for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5, 1.0, 1.0] {
            p = p.fma(r, L::splat(c));
        }
        p.scale_by_power_of_two(n)
    }
}

/// The error function as a quotient of polynomials on -4..4 (beyond, it is one to the last bit).
#[inline(always)]
unsafe fn erf<L: Lanes>(x: L) -> L {
    // SAFETY: passed on to the caller.
    unsafe {
        let x = x.max(L::splat(-4.0)).min(L::splat(4.0));
        let s = x.mul(x);
        let mut p = L::splat(-2.726_142_3e-10);
        for c in [
            2.770_681_4e-8,
            -2.101_024e-6,
            -5.692_506_4e-5,
            -7.349_906_3e-4,
            -2.954_599_8e-3,
            -1.609_603_3e-2,
        ] {
            p = p.fma(s, L::splat(c));
        }
        let mut q = L::splat(-1.456_607_2e-5);
        for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2] {
            q = q.fma(s, L::splat(c));
        }
        x.mul(p).div(q)
    }
}

/// A function of one register. A trait and not a closure: closures do not inherit target features, so the
/// intrinsics in them would stay calls (measured: 27 ns per number instead of 1).
pub trait Function {
    /// The function's value.
    ///
    /// # Safety
    /// See [`Lanes`].
    unsafe fn apply<L: Lanes>(x: L) -> L;
}

/// No activation.
pub struct Identity;
/// Exact GELU, with the error function.
pub struct Gelu;
/// GELU in its hyperbolic-tangent form.
pub struct GeluTanh;
/// The positive part.
pub struct Relu;

impl Function for Identity {
    #[inline(always)]
    unsafe fn apply<L: Lanes>(x: L) -> L {
        x
    }
}

impl Function for Gelu {
    #[inline(always)]
    unsafe fn apply<L: Lanes>(x: L) -> L {
        // SAFETY: passed on to the caller.
        unsafe {
            let half = x.mul(L::splat(0.5));
            half.fma(erf(x.mul(L::splat(std::f32::consts::FRAC_1_SQRT_2))), half)
        }
    }
}

impl Function for GeluTanh {
    #[inline(always)]
    unsafe fn apply<L: Lanes>(x: L) -> L {
        // 0.5 (1 + tanh u) = 1 / (1 + exp(-2u))
        // SAFETY: passed on to the caller.
        unsafe {
            let cube = x.mul(x).mul(x);
            let u = cube.fma(L::splat(0.044_715), x).mul(L::splat(-1.595_769_1));
            x.div(exp(u).add(L::splat(1.0)))
        }
    }
}

impl Function for Relu {
    #[inline(always)]
    unsafe fn apply<L: Lanes>(x: L) -> L {
        // SAFETY: passed on to the caller.
        unsafe { x.max(L::splat(0.0)) }
    }
}
