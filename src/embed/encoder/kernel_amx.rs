//! Products on Intel AMX: two by two tiles of 16 rows and 16 columns, bf16 in, `f32` out, by inline assembly because
//! the intrinsics are not stable yet (rust-lang/rust#126622).
//!
//! Operand tiles are read straight from the rows, weight tiles straight from the panel (pairs of numbers of one
//! column side by side, 32 columns per row of 128 bytes). Invariant: every thread that calls the kernel holds a
//! [`TileUse`], which loaded the one configuration used here: eight tiles of 16 rows by 64 bytes.

use std::arch::asm;

use super::product::{Block, Kernel};

/// bf16 on AMX tiles. Reads operand rows and writes sums up to the next multiple of 16 rows.
pub const AMX_BF16: Kernel = Kernel { rows: 32, run: amx_bf16 };

/// Asks the kernel for permission to use tile data, once per process; true if granted.
#[cfg(target_os = "linux")]
pub fn permission() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: the call takes two integers and touches no memory of this process. Kernels before 5.16 refuse it.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

/// Other systems have other ways, not used here.
#[cfg(not(target_os = "linux"))]
pub fn permission() -> bool {
    false
}

#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// While it lives, this thread's tiles are configured; then they return to their initial state, so that the
/// operating system need not save them.
pub struct TileUse(std::marker::PhantomData<*const ()>);

impl TileUse {
    /// Configures the tiles of this thread.
    ///
    /// # Safety
    /// The processor has AMX-TILE and [`permission`] was granted.
    pub unsafe fn begin() -> Self {
        let mut row_bytes = [0; 16];
        row_bytes[..8].fill(64);
        let mut rows = [0; 16];
        rows[..8].fill(16);
        let configuration = Configuration { palette: 1, start_row: 0, reserved: [0; 14], row_bytes, rows };
        // SAFETY: reads 64 bytes of the configuration, which palette 1 accepts.
        unsafe { asm!("ldtilecfg [{0}]", in(reg) &raw const configuration, options(nostack, readonly)) };
        Self(std::marker::PhantomData)
    }
}

impl Drop for TileUse {
    fn drop(&mut self) {
        // SAFETY: the tiles were configured by this thread in `begin` and are not used after.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

unsafe fn amx_bf16(block: &Block) {
    debug_assert!(block.depth.is_multiple_of(32) && block.rows <= 32);
    let steps = block.depth / 32;
    if steps == 0 {
        return;
    }
    // SAFETY: passed on to the caller.
    unsafe { if block.rows > 16 { two_by_two(block, steps) } else { one_by_two(block, steps) } }
}

/// Bytes of a panel that one step of 32 numbers in depth takes: 16 rows of 32 pairs.
const PANEL_STEP: usize = 16 * 128;

unsafe fn two_by_two(block: &Block, steps: usize) {
    // SAFETY: the caller vouches for features, configuration and pointers. Each step reads 32 operand rows of 64
    // bytes and 16 panel rows of 128 bytes; 32 rows of 32 sums are written at the end.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "2:",
            "tileloadd tmm6, [{panel} + {panel_stride}*1]",
            "tileloadd tmm4, [{upper} + {stride}*1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{panel} + {panel_stride}*1 + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{lower} + {stride}*1]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {panel}, {panel_step}",
            "add {upper}, 64",
            "add {lower}, 64",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{sums} + {sums_stride}*1], tmm0",
            "tilestored [{sums} + {sums_stride}*1 + 64], tmm1",
            "tilestored [{sums_lower} + {sums_stride}*1], tmm2",
            "tilestored [{sums_lower} + {sums_stride}*1 + 64], tmm3",
            panel = inout(reg) block.panel => _,
            panel_stride = in(reg) 128usize,
            panel_step = const PANEL_STEP,
            upper = inout(reg) block.operand => _,
            lower = inout(reg) block.operand.add(16 * block.operand_stride) => _,
            stride = in(reg) block.operand_stride,
            steps = inout(reg) steps => _,
            sums = in(reg) block.sums,
            sums_lower = in(reg) block.sums.add(16 * block.sums_stride),
            sums_stride = in(reg) block.sums_stride * 4,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

unsafe fn one_by_two(block: &Block, steps: usize) {
    // SAFETY: as above, with 16 rows.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1",
            "2:",
            "tileloadd tmm4, [{upper} + {stride}*1]",
            "tileloadd tmm6, [{panel} + {panel_stride}*1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{panel} + {panel_stride}*1 + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "add {panel}, {panel_step}",
            "add {upper}, 64",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{sums} + {sums_stride}*1], tmm0",
            "tilestored [{sums} + {sums_stride}*1 + 64], tmm1",
            panel = inout(reg) block.panel => _,
            panel_stride = in(reg) 128usize,
            panel_step = const PANEL_STEP,
            upper = inout(reg) block.operand => _,
            stride = in(reg) block.operand_stride,
            steps = inout(reg) steps => _,
            sums = in(reg) block.sums,
            sums_stride = in(reg) block.sums_stride * 4,
            out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
