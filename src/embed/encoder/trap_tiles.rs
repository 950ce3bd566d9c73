//! What do AMX tiles hold, and what does their product compute? The state behind `trap`, as the manuals describe it.
//! Tests only.

use super::lanes::from_bf16;

/// One thread's tiles.
pub(super) struct Tiles {
    pub(super) configured: bool,
    pub(super) rows: [usize; 8],
    pub(super) row_bytes: [usize; 8],
    data: [[u8; 1024]; 8],
}

impl Tiles {
    /// The state before any configuration.
    pub(super) const RESET: Self =
        Self { configured: false, rows: [0; 8], row_bytes: [0; 8], data: [[0; 1024]; 8] };

    /// The bytes of a tile, 64 per row.
    pub(super) fn tile(&mut self, number: usize) -> &mut [u8; 1024] {
        assert!(self.configured, "tiles are used without configuration");
        &mut self.data[number]
    }

    /// Loads a configuration.
    ///
    /// # Safety
    /// 64 bytes can be read.
    pub(super) unsafe fn configure(&mut self, from: *const u8) {
        // SAFETY: the instruction reads 64 bytes.
        let bytes = unsafe { std::slice::from_raw_parts(from, 64) };
        assert_eq!(bytes[0], 1, "palette");
        for tile in 0..8 {
            self.row_bytes[tile] =
                usize::from(bytes[16 + 2 * tile]) + 256 * usize::from(bytes[17 + 2 * tile]);
            self.rows[tile] = usize::from(bytes[48 + tile]);
            assert!(self.row_bytes[tile] <= 64 && self.rows[tile] <= 16);
        }
        self.configured = true;
        self.data = [[0; 1024]; 8];
    }

    /// `target += left · right`, pairs of one column side by side in `right`.
    pub(super) fn multiply(&mut self, target: usize, left: usize, right: usize) {
        assert!(self.configured, "tiles are used without configuration");
        // No allocation: the handler may have interrupted the allocator's caller anywhere.
        let widen = |tile: &[u8; 1024]| -> [f32; 512] {
            std::array::from_fn(|i| flush(from_bf16(u16::from_le_bytes([tile[2 * i], tile[2 * i + 1]]))))
        };
        let (a, b) = (widen(&self.data[left]), widen(&self.data[right]));
        let words = self.row_bytes[left] / 4;
        for row in 0..self.rows[target] {
            let (mut even, mut odd) = ([0.0f32; 16], [0.0f32; 16]);
            for k in 0..words {
                let (x, y) = (a[row * 32 + 2 * k], a[row * 32 + 2 * k + 1]);
                for column in 0..16 {
                    even[column] += x * b[k * 32 + 2 * column];
                    odd[column] += y * b[k * 32 + 2 * column + 1];
                }
            }
            for (column, sum) in self.data[target][row * 64..][..64].chunks_exact_mut(4).enumerate() {
                let old = f32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
                sum.copy_from_slice(&(old + (even[column] + odd[column])).to_le_bytes());
            }
        }
    }
}

/// These instructions take numbers too small for the normal format as zero.
pub(super) fn flush(x: f32) -> f32 {
    if x.is_subnormal() { 0.0 } else { x }
}
