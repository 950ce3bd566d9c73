//! How is one vector instruction written once for every processor? A trait over a register of `f32` lanes with
//! three implementations: portable arrays (which the compiler maps to SSE2 or NEON), AVX2 with FMA, AVX-512.
//!
//! Every method is inlined into a function that carries the target feature; called elsewhere, the intrinsics
//! would still be correct only on a processor that has them. That is why all methods are `unsafe`: the caller
//! vouches for the processor, and for the pointers.

/// A register of `f32` numbers.
///
/// # Safety
/// Every method requires that the running processor has the instructions of the implementing type, and that
/// pointers are valid for [`Lanes::COUNT`] numbers (no alignment is needed).
pub trait Lanes: Copy {
    /// Numbers per register.
    const COUNT: usize;
    /// Fills every lane with `x`.
    unsafe fn splat(x: f32) -> Self;
    /// Reads consecutive numbers.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes consecutive numbers.
    unsafe fn store(self, to: *mut f32);
    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;
    /// `self - other`.
    unsafe fn sub(self, other: Self) -> Self;
    /// `self * other`.
    unsafe fn mul(self, other: Self) -> Self;
    /// `self * factor + addend`.
    unsafe fn fma(self, factor: Self, addend: Self) -> Self;
    /// The larger of the two, lane by lane.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller of the two, lane by lane.
    unsafe fn min(self, other: Self) -> Self;
    /// `self / other`, within two units in the last place.
    unsafe fn div(self, other: Self) -> Self;
    /// Nearest whole number.
    unsafe fn round(self) -> Self;
    /// `self * 2^n` for whole `n` up to 127; below -126 the result is smaller than that or zero.
    unsafe fn scale_by_power_of_two(self, n: Self) -> Self;
    /// Absolute value.
    unsafe fn abs(self) -> Self;
    /// The first `count` lanes of `self`, the others of `other`.
    unsafe fn first(self, count: usize, other: Self) -> Self;
    /// Sum of all lanes, always added in the same order.
    unsafe fn sum(self) -> f32;
    /// Largest lane.
    unsafe fn largest(self) -> f32;
    /// Writes the lanes as bf16, rounded to nearest even.
    unsafe fn store_bf16(self, to: *mut u16);
    /// Writes the lanes, rounded to nearest and clamped, as 16-bit integers.
    unsafe fn store_i16(self, to: *mut i16);
}

/// Rounds to bf16, nearest even; not-a-number stays not-a-number.
pub fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if x.is_nan() {
        return ((bits >> 16) as u16) | 0x40;
    }
    (bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// Nearest whole number, even on ties, of numbers below 2^22. Without SSE4.1 the standard function is a call of the
/// C library per number; adding 1.5 * 2^23 leaves no bits for the fraction.
pub fn round(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    (x + MAGIC) - MAGIC
}

/// Widens bf16.
pub fn from_bf16(x: u16) -> f32 {
    f32::from_bits(u32::from(x) << 16)
}

/// Four lanes in plain Rust.
#[derive(Debug, Clone, Copy)]
pub struct Portable([f32; 4]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let (a, b) = (self.0, other.0);
        Self([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

// SAFETY of the whole block: only the pointer methods do anything unsafe, under the trait's contract.
impl Lanes for Portable {
    const COUNT: usize = 4;
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // Not `mul_add`: without the instruction that is a call of the C library per number.
        self.zip(factor, |a, b| a * b).zip(addend, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        self.zip(self, |a, _| round(a))
    }
    #[inline(always)]
    unsafe fn scale_by_power_of_two(self, n: Self) -> Self {
        self.zip(n, |a, n| a * f32::from_bits((n as i32).saturating_add(127).max(0).cast_unsigned() << 23))
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        self.zip(self, |a, _| a.abs())
    }
    #[inline(always)]
    unsafe fn first(self, count: usize, other: Self) -> Self {
        Self(std::array::from_fn(|lane| if lane < count { self.0[lane] } else { other.0[lane] }))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }
    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        let larger = |a: f32, b: f32| if a > b { a } else { b };
        larger(larger(self.0[0], self.0[2]), larger(self.0[1], self.0[3]))
    }
    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16) {
        // SAFETY: the trait's contract.
        unsafe { to.cast::<[u16; 4]>().write_unaligned(self.0.map(to_bf16)) }
    }
    #[inline(always)]
    unsafe fn store_i16(self, to: *mut i16) {
        let narrow = |x: f32| round(x).clamp(-32767.0, 32767.0) as i16;
        // SAFETY: the trait's contract.
        unsafe { to.cast::<[i16; 4]>().write_unaligned(self.0.map(narrow)) }
    }
}
