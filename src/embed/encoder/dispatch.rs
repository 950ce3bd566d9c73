//! Which instructions does this processor offer, and which arithmetic is best on it? Decided once per process; the
//! answer is a table of functions, and a sentence that ends up in every result's provenance.

use super::attention::{interleave_portable, transpose_portable};
use super::elementwise::{self, Finish, Normalise, Softmax, Sums, Target};
use super::product::{Arithmetic, Kernel};
use super::{Precision, kernel_portable};

/// Element-wise functions instantiated for one instruction set.
#[derive(Debug, Clone, Copy)]
pub struct Elementwise {
    pub finish: unsafe fn(&Finish),
    pub normalise: unsafe fn(&Normalise),
    pub softmax: unsafe fn(&Softmax),
    pub convert: unsafe fn(&Sums, Target),
    pub weigh: unsafe fn(&Sums, usize, *const f32, Target),
}

/// Everything that depends on processor and precision.
#[derive(Debug, Clone, Copy)]
pub struct Backend {
    /// Short name: `bf16 (AMX)`.
    pub name: &'static str,
    /// Format of dense layers' operands.
    pub arithmetic: Arithmetic,
    /// Kernel of dense layers.
    pub dense: Kernel,
    /// Format of queries, keys, values and attention weights: plain or bf16.
    pub attention_arithmetic: Arithmetic,
    /// Kernel of attention.
    pub attention: Kernel,
    /// Element-wise functions.
    pub elementwise: Elementwise,
    /// Transposes up to 32 rows of 32-bit words: rows, stride in bytes, number of rows, words per row, target.
    pub transpose: unsafe fn(*const u8, usize, usize, usize, *mut u32),
    /// Interleaves pairs of rows of 32 numbers: rows, stride in numbers, number of rows, rows including zeros, target.
    pub interleave: unsafe fn(*const u16, usize, usize, usize, *mut u16),
    /// True if threads must configure tiles before calling a kernel.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only x86-64 has tiles"))]
    pub tiles: bool,
}

macro_rules! elementwise {
    ($module:ident, $lanes:ty $(, $features:literal)?) => {
        mod $module {
            use super::*;
            // SAFETY of the five functions: the caller vouches for pointers and processor, see `elementwise`.
            $(#[target_feature(enable = $features)])?
            unsafe fn finish(job: &Finish) {
                unsafe { elementwise::finish::<$lanes>(job) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn normalise(job: &Normalise) {
                unsafe { elementwise::normalise::<$lanes>(job) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn softmax(job: &Softmax) {
                unsafe { elementwise::softmax::<$lanes>(job) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn convert(from: &Sums, target: Target) {
                unsafe { elementwise::convert::<$lanes>(from, target) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn weigh(sums: &Sums, width: usize, factors: *const f32, target: Target) {
                unsafe { elementwise::weigh::<$lanes>(sums, width, factors, target) }
            }
            /// The five functions.
            pub const ALL: Elementwise = Elementwise { finish, normalise, softmax, convert, weigh };
        }
    };
}

elementwise!(portable, super::super::lanes::Portable);
#[cfg(target_arch = "x86_64")]
elementwise!(avx2, super::super::lanes_x86::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
elementwise!(avx512, super::super::lanes_x86::Avx512<false>, "avx512f,avx512bw,avx512vl,avx512dq");
#[cfg(target_arch = "x86_64")]
elementwise!(avx512_bf16, super::super::lanes_x86::Avx512<true>, "avx512f,avx512bw,avx512vl,avx512dq");

/// `f32` everywhere, on any processor.
pub const PORTABLE_F32: Backend = Backend {
    name: "fp32 (portable)",
    arithmetic: Arithmetic::F32,
    dense: kernel_portable::F32,
    attention_arithmetic: Arithmetic::F32,
    attention: kernel_portable::F32,
    elementwise: portable::ALL,
    transpose: transpose_portable,
    interleave: interleave_portable,
    tiles: false,
};

/// bf16 operands on any processor; slow, for comparison.
pub const PORTABLE_BF16: Backend = Backend {
    name: "bf16 (portable)",
    arithmetic: Arithmetic::Bf16,
    dense: kernel_portable::BF16,
    attention_arithmetic: Arithmetic::Bf16,
    attention: kernel_portable::BF16,
    ..PORTABLE_F32
};

/// 16-bit integers on any processor; slow, for comparison.
pub const PORTABLE_I16: Backend = Backend {
    name: "int16 (portable)",
    arithmetic: Arithmetic::I16,
    dense: kernel_portable::I16,
    ..PORTABLE_F32
};

#[cfg(target_arch = "x86_64")]
pub use x86::*;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::{kernel_amx, kernel_x86, transpose_x86};
    use super::*;

    /// `f32` with AVX2 and FMA.
    pub const AVX2_F32: Backend = Backend {
        name: "fp32 (AVX2)",
        dense: kernel_x86::AVX2_F32,
        attention: kernel_x86::AVX2_F32,
        elementwise: avx2::ALL,
        ..PORTABLE_F32
    };

    /// `f32` with AVX-512.
    pub const AVX512_F32: Backend = Backend {
        name: "fp32 (AVX-512)",
        dense: kernel_x86::AVX512_F32,
        attention: kernel_x86::AVX512_F32,
        elementwise: avx512::ALL,
        transpose: transpose_x86::transpose_avx512,
        interleave: transpose_x86::interleave_avx512,
        ..PORTABLE_F32
    };

    /// 16-bit integers in dense layers with AVX-512 VNNI, `f32` in attention.
    pub const VNNI_I16: Backend = Backend {
        name: "int16 (AVX-512 VNNI)",
        arithmetic: Arithmetic::I16,
        dense: kernel_x86::VNNI_I16,
        ..AVX512_F32
    };

    /// bf16 with AVX-512-BF16.
    pub const AVX512_BF16: Backend = Backend {
        name: "bf16 (AVX-512-BF16)",
        arithmetic: Arithmetic::Bf16,
        dense: kernel_x86::AVX512_BF16,
        attention_arithmetic: Arithmetic::Bf16,
        attention: kernel_x86::AVX512_BF16,
        elementwise: avx512_bf16::ALL,
        ..AVX512_F32
    };

    /// bf16 on AMX tiles. Element-wise functions do not rely on AVX-512-BF16, which AMX processors have too.
    pub const AMX_BF16: Backend = Backend {
        name: "bf16 (AMX)",
        dense: kernel_amx::AMX_BF16,
        attention: kernel_amx::AMX_BF16,
        tiles: true,
        ..AVX512_BF16
    };
}

/// What the processor offers and the system permits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// AVX2 with FMA.
    pub avx2: bool,
    /// AVX-512 F, BW, VL and DQ.
    pub avx512: bool,
    /// AVX-512 VNNI.
    pub vnni: bool,
    /// AVX-512-BF16.
    pub avx512_bf16: bool,
    /// AVX-512-BF16 multiplies as fast as VNNI does: on AMD's processors; on Intel's it is four times slower.
    pub quick_bf16: bool,
    /// AMX tiles for bf16, permitted by the system.
    pub amx: bool,
}

impl Features {
    /// Asks the processor and the system.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512dq");
            let avx512_bf16 = avx512 && has!("avx512bf16");
            Self {
                avx2: has!("avx2") && has!("fma"),
                avx512,
                vnni: avx512 && has!("avx512vnni"),
                avx512_bf16,
                quick_bf16: avx512_bf16 && vendor_is_amd(),
                amx: avx512_bf16 && amx_bf16() && super::kernel_amx::permission(),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Self::default()
    }

    /// Chooses the backend for a precision, with the reason in words.
    pub fn choose(self, precision: Precision) -> (Backend, String) {
        let (backend, reason) = self.candidates(precision);
        (backend, format!("{}: {reason}", backend.name))
    }

    #[cfg(target_arch = "x86_64")]
    fn candidates(self, precision: Precision) -> (Backend, &'static str) {
        let fp32 = match self {
            Self { avx512: true, .. } => AVX512_F32,
            Self { avx2: true, .. } => AVX2_F32,
            _ => PORTABLE_F32,
        };
        match (precision, self) {
            (Precision::Fp32, _) => (fp32, "configured"),
            (Precision::Auto, Self { amx: true, .. }) => (AMX_BF16, "automatic, the processor has AMX"),
            (Precision::Bf16, Self { amx: true, .. }) => (AMX_BF16, "configured"),
            // Measured in `docs/performance.md`: as many products a second as with VNNI and less work between them.
            (Precision::Auto, Self { avx512_bf16: true, quick_bf16: true, .. }) => {
                (AVX512_BF16, "automatic, the processor has quick AVX-512-BF16 but no usable AMX")
            }
            (Precision::Auto, Self { vnni: true, .. }) => {
                (VNNI_I16, "automatic, the processor has VNNI but no usable AMX")
            }
            (Precision::Bf16, Self { avx512_bf16: true, .. }) => {
                (AVX512_BF16, "configured, without usable AMX")
            }
            (Precision::Int16, Self { vnni: true, .. }) => (VNNI_I16, "configured"),
            (Precision::Auto, _) => (fp32, "automatic, the processor has no faster arithmetic"),
            (Precision::Bf16, _) => (fp32, "bf16 was configured, the processor has no instruction for it"),
            (Precision::Int16, _) => (fp32, "int16 was configured, the processor has no instruction for it"),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn candidates(self, precision: Precision) -> (Backend, &'static str) {
        let reason = match precision {
            Precision::Fp32 => "configured",
            _ => "the only arithmetic on this kind of processor",
        };
        (PORTABLE_F32, reason)
    }
}

/// True if the processor says that AMD made it.
#[cfg(target_arch = "x86_64")]
fn vendor_is_amd() -> bool {
    let leaf = std::arch::x86_64::__cpuid(0);
    [leaf.ebx, leaf.edx, leaf.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD"
}

/// True if the processor has AMX-TILE and AMX-BF16 (CPUID leaf 7, EDX bits 24 and 22).
#[cfg(target_arch = "x86_64")]
fn amx_bf16() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    let edx = if __cpuid(0).eax >= 7 { __cpuid_count(7, 0).edx } else { 0 };
    edx >> 24 & 1 == 1 && edx >> 22 & 1 == 1
}
