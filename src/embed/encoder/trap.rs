//! How are AMX and AVX-512-BF16 kernels tested on a processor that has neither? Their instructions raise SIGILL
//! there; this handler decodes the very bytes the assembler produced and carries them out in software, as the
//! manuals say, on tiles kept per thread and on the vector registers saved in the signal frame. Tests only.
//!
//! Covered: `ldtilecfg`, `tilerelease`, `tilezero`, `tileloadd`, `tilestored`, `tdpbf16ps`, `vdpbf16ps` and
//! `vcvtneps2bf16` on 512-bit registers. Anything else ends the process, as it would without the handler.

use std::cell::UnsafeCell;
use std::sync::{Once, OnceLock};

use super::lanes::{from_bf16, to_bf16};
use super::trap_tiles::{Tiles, flush};

thread_local! {
    static TILES: UnsafeCell<Tiles> = const {
        UnsafeCell::new(Tiles::RESET)
    };
}

/// Installs the handler, once per process. Instructions that the processor has never reach it.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        xsave_offsets();
        // SAFETY: a zeroed action is valid; the handler has the signature that SA_SIGINFO asks for.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
            assert_eq!(libc::sigaction(libc::SIGILL, &raw const action, std::ptr::null_mut()), 0);
        }
    });
}

extern "C" fn handle(_signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the system passes a valid context; the instruction pointer stands on the instruction that trapped.
    unsafe {
        let mut cpu = Cpu(&mut *context.cast::<libc::ucontext_t>());
        let at = cpu.register(RIP) as *const u8;
        let length = match *at {
            0xc4 => cpu.vex(at),
            0x62 => cpu.evex(at),
            _ => None,
        };
        match length {
            Some(length) => cpu.0.uc_mcontext.gregs[RIP] += length as i64,
            None => libc::abort(),
        }
    }
}

const RIP: usize = libc::REG_RIP as usize;

struct Cpu<'a>(&'a mut libc::ucontext_t);

/// Where an instruction's operand is: a register, or an address; with the bytes that the operand takes.
enum Place {
    Register(usize),
    Memory { base: usize, index: usize },
}

// SAFETY of every block below: runs only inside `handle`, on a frame of the thread that trapped; memory is
// accessed as the trapped instruction would have accessed it.
impl Cpu<'_> {
    fn register(&self, index: usize) -> usize {
        self.0.uc_mcontext.gregs[index] as usize
    }

    /// General register by its number in instructions.
    fn general(&self, number: usize) -> usize {
        const ORDER: [i32; 16] = [
            libc::REG_RAX,
            libc::REG_RCX,
            libc::REG_RDX,
            libc::REG_RBX,
            libc::REG_RSP,
            libc::REG_RBP,
            libc::REG_RSI,
            libc::REG_RDI,
            libc::REG_R8,
            libc::REG_R9,
            libc::REG_R10,
            libc::REG_R11,
            libc::REG_R12,
            libc::REG_R13,
            libc::REG_R14,
            libc::REG_R15,
        ];
        self.register(ORDER[number] as usize)
    }

    /// Decodes the operand that starts at the ModRM byte; returns it with its length. `scale8` is what a short
    /// displacement counts in.
    unsafe fn operand(
        &self,
        modrm: *const u8,
        extend_base: usize,
        extend_index: usize,
        scale8: i64,
    ) -> (Place, usize) {
        unsafe {
            let (mode, rm) = (*modrm >> 6, (*modrm & 7) as usize);
            if mode == 3 {
                return (Place::Register(rm + extend_base), 1);
            }
            let mut length = 1;
            let (mut base, mut index) = (0, 0);
            let mut absolute = false;
            if rm == 4 {
                let sib = *modrm.add(1);
                length += 1;
                let number = (sib >> 3 & 7) as usize + extend_index;
                if number != 4 {
                    index = self.general(number) << (sib >> 6);
                }
                absolute = mode == 0 && sib & 7 == 5;
                if !absolute {
                    base = self.general((sib & 7) as usize + extend_base);
                }
            } else {
                assert!(mode != 0 || rm != 5, "addresses relative to the instruction are not used");
                base = self.general(rm + extend_base);
            }
            let displacement = match (mode, absolute) {
                (1, _) => {
                    length += 1;
                    i64::from(*modrm.add(length - 1).cast::<i8>()) * scale8
                }
                (2, _) | (0, true) => {
                    length += 4;
                    i64::from(modrm.add(length - 4).cast::<i32>().read_unaligned())
                }
                _ => 0,
            };
            (Place::Memory { base: base.wrapping_add_signed(displacement as isize), index }, length)
        }
    }

    unsafe fn vex(&mut self, at: *const u8) -> Option<usize> {
        unsafe {
            let (first, second, opcode) = (*at.add(1), *at.add(2), *at.add(3));
            if first & 0x1f != 2 {
                return None;
            }
            let extend = |bit: u8| if first >> bit & 1 == 0 { 8 } else { 0 };
            let modrm = at.add(4);
            let (place, length) = self.operand(modrm, extend(5), extend(6), 1);
            let target = (*modrm >> 3 & 7) as usize;
            let source = (!second >> 3 & 15) as usize;
            TILES.with(|tiles| {
                let tiles = &mut *tiles.get();
                match (opcode, second & 3, place) {
                    (0x49, 0, Place::Memory { base, index }) => tiles.configure((base + index) as *const u8),
                    (0x49, 0, Place::Register(0)) => tiles.configured = false,
                    (0x49, 3, Place::Register(_)) => tiles.tile(target).fill(0),
                    (0x4b, 3, Place::Memory { base, index }) => {
                        let row_bytes = tiles.row_bytes[target];
                        tiles.tile(target).fill(0);
                        for row in 0..tiles.rows[target] {
                            let from = (base + row * index) as *const u8;
                            let to = tiles.tile(target)[row * 64..].as_mut_ptr();
                            std::ptr::copy_nonoverlapping(from, to, row_bytes);
                        }
                    }
                    (0x4b, 2, Place::Memory { base, index }) => {
                        for row in 0..tiles.rows[target] {
                            let to = (base + row * index) as *mut u8;
                            let row_bytes = tiles.row_bytes[target];
                            std::ptr::copy_nonoverlapping(
                                tiles.tile(target)[row * 64..].as_ptr(),
                                to,
                                row_bytes,
                            );
                        }
                    }
                    (0x5c, 2, Place::Register(left)) => tiles.multiply(target, left, source),
                    _ => return None,
                }
                Some(4 + length)
            })
        }
    }

    unsafe fn evex(&mut self, at: *const u8) -> Option<usize> {
        unsafe {
            let (p0, p1, p2, opcode) = (*at.add(1), *at.add(2), *at.add(3), *at.add(4));
            // Map 0F38, F3, W0, 512 bits, no mask.
            if p0 & 7 != 2 || p1 & 0x83 != 2 || p2 & 0xe7 != 0x40 {
                return None;
            }
            let broadcast = p2 >> 4 & 1 == 1;
            let bit = |byte: u8, bit: u8, value: usize| if byte >> bit & 1 == 0 { value } else { 0 };
            let modrm = at.add(5);
            let target = (*modrm >> 3 & 7) as usize + bit(p0, 7, 8) + bit(p0, 4, 16);
            let source = (!p1 >> 3 & 15) as usize + bit(p2, 3, 16);
            let (place, length) =
                self.operand(modrm, bit(p0, 5, 8), bit(p0, 6, 8), if broadcast { 4 } else { 64 });
            let right: [u32; 16] = match place {
                Place::Register(number) => self.vector(number + bit(p0, 6, 16)),
                Place::Memory { base, index } if broadcast => {
                    [((base + index) as *const u32).read_unaligned(); 16]
                }
                Place::Memory { base, index } => ((base + index) as *const [u32; 16]).read_unaligned(),
            };
            match opcode {
                0x52 => {
                    let (mut sums, left) = (self.vector(target), self.vector(source));
                    for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
                        *sum = pair_product(f32::from_bits(*sum), left, right).to_bits();
                    }
                    self.set_vector(target, sums);
                }
                0x72 => {
                    let mut packed = [0u32; 16];
                    for (lane, bits) in right.iter().enumerate() {
                        let half = u32::from(to_bf16(flush(f32::from_bits(*bits))));
                        packed[lane / 2] |= half << (16 * (lane % 2));
                    }
                    self.set_vector(target, packed);
                }
                _ => return None,
            }
            Some(5 + length)
        }
    }

    /// The saved state of a vector register: the addresses of its four parts of 16, 16 and 32 bytes.
    fn parts(&mut self, number: usize) -> [(*mut u8, usize); 3] {
        let state = self.0.uc_mcontext.fpregs.cast::<u8>();
        let offset = |component: usize| xsave_offsets()[component];
        // SAFETY: the frame holds the standard XSAVE layout; mark the components as in use before writing.
        unsafe {
            let present = state.add(512).cast::<u64>();
            for (bit, from, len) in
                [(1, 160, 256), (2, offset(2), 256), (6, offset(6), 512), (7, offset(7), 1024)]
            {
                if *present >> bit & 1 == 0 {
                    std::ptr::write_bytes(state.add(from), 0, len);
                    *present |= 1 << bit;
                }
            }
            if number < 16 {
                let (low, middle) = (state.add(160 + 16 * number), state.add(offset(2) + 16 * number));
                [(low, 16), (middle, 16), (state.add(offset(6) + 32 * number), 32)]
            } else {
                let whole = state.add(offset(7) + 64 * (number - 16));
                [(whole, 64), (whole, 0), (whole, 0)]
            }
        }
    }

    fn vector(&mut self, number: usize) -> [u32; 16] {
        let mut value = [0u32; 16];
        let mut to = value.as_mut_ptr().cast::<u8>();
        for (from, len) in self.parts(number) {
            // SAFETY: the parts add up to 64 bytes.
            unsafe {
                std::ptr::copy_nonoverlapping(from, to, len);
                to = to.add(len);
            }
        }
        value
    }

    fn set_vector(&mut self, number: usize, value: [u32; 16]) {
        let mut from = value.as_ptr().cast::<u8>();
        for (to, len) in self.parts(number) {
            // SAFETY: the parts add up to 64 bytes.
            unsafe {
                std::ptr::copy_nonoverlapping(from, to, len);
                from = from.add(len);
            }
        }
    }
}

/// Where the components of the saved state lie. Asked once: in a virtual machine `cpuid` takes microseconds.
fn xsave_offsets() -> &'static [usize; 8] {
    static OFFSETS: OnceLock<[usize; 8]> = OnceLock::new();
    OFFSETS
        .get_or_init(|| std::array::from_fn(|i| std::arch::x86_64::__cpuid_count(0xd, i as u32).ebx as usize))
}

fn pair_product(sum: f32, left: u32, right: u32) -> f32 {
    let half = |word: u32, index: u32| flush(from_bf16((word >> (16 * index)) as u16));
    let odd = half(left, 1).mul_add(half(right, 1), sum);
    half(left, 0).mul_add(half(right, 0), odd)
}
