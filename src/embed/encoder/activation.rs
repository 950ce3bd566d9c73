//! Exponential, error function and the activations, to about single precision, on registers of any width.

use super::lanes::Lanes;

/// `2^x` for x up to 127; far below zero it is zero.
///
/// # Safety
/// See [`Lanes`].
#[inline(always)]
pub unsafe fn exp2<L: Lanes, A: Accuracy>(x: L) -> L {
    // SAFETY: passed on to the caller.
    unsafe {
        let n = x.round();
        A::power_of_two(x.sub(n)).scale_by_power_of_two(n)
    }
}

/// How exact functions have to be: there is no use in digits that rounding takes away right after.
pub trait Accuracy {
    /// `2^x` for x in -0.5..=0.5.
    ///
    /// # Safety
    /// See [`Lanes`].
    unsafe fn power_of_two<L: Lanes>(x: L) -> L;
}

/// About one unit in the last place of `f32`.
pub struct Full;
/// Within 1/13,000, a twenty-fifth of a unit in the last place of bf16.
pub struct Rounded;

impl Accuracy for Full {
    #[inline(always)]
    unsafe fn power_of_two<L: Lanes>(x: L) -> L {
        const C: [f32; 6] = [1.339_930_8e-3, 9.618_577e-3, 5.550_331e-2, 2.402_264_6e-1, 6.931_472e-1, 1.0];
        // SAFETY: passed on to the caller.
        unsafe { polynomial(x, 1.531_626_7e-4, C) }
    }
}

impl Accuracy for Rounded {
    #[inline(always)]
    unsafe fn power_of_two<L: Lanes>(x: L) -> L {
        // SAFETY: passed on to the caller.
        unsafe { polynomial(x, 5.517_167e-2, [2.426_111_2e-1, 6.932_61e-1, 9.999_280_7e-1]) }
    }
}

/// Horner's scheme, from the highest power down.
#[inline(always)]
unsafe fn polynomial<L: Lanes, const N: usize>(x: L, highest: f32, others: [f32; N]) -> L {
    // SAFETY: passed on to the caller.
    unsafe {
        let mut sum = L::splat(highest);
        for c in others {
            sum = sum.fma(x, L::splat(c));
        }
        sum
    }
}

/// The error function as a quotient of polynomials on -4..4 (beyond, it is one to the last bit).
#[inline(always)]
unsafe fn erf<L: Lanes>(x: L) -> L {
    // SAFETY: passed on to the caller.
    unsafe {
        let x = x.max(L::splat(-4.0)).min(L::splat(4.0));
        let s = x.mul(x);
        let p = polynomial(
            s,
            -2.726_142_3e-10,
            [
                2.770_681_4e-8,
                -2.101_024e-6,
                -5.692_506_4e-5,
                -7.349_906_3e-4,
                -2.954_599_8e-3,
                -1.609_603_3e-2,
            ],
        );
        let q =
            polynomial(s, -1.456_607_2e-5, [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2]);
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
/// GELU to within 0.00005 times the larger of |x| and 1: for results that are rounded to bf16.
pub struct GeluRounded;
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

impl Function for GeluRounded {
    #[inline(always)]
    unsafe fn apply<L: Lanes>(x: L) -> L {
        const C: [f32; 7] = [
            1.083_091_4e-7,
            -3.768_088_2e-6,
            7.642_553e-5,
            -1.018_925_5e-3,
            9.559_498e-3,
            -6.600_448e-2,
            3.987_656_9e-1,
        ];
        // SAFETY: passed on to the caller.
        unsafe {
            // x times the normal distribution's integral, that less one half being odd: 0.5 + x p(x^2).
            let inner = x.max(L::splat(-4.0)).min(L::splat(4.0));
            let p = polynomial(inner.mul(inner), -1.363_604_4e-9, C);
            x.mul(inner.fma(p, L::splat(0.5)))
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
            let u = cube.fma(L::splat(0.044_715), x).mul(L::splat(-1.595_769_1 * std::f32::consts::LOG2_E));
            x.div(exp2::<L, Full>(u.min(L::splat(126.0))).add(L::splat(1.0)))
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
