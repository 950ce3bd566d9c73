//! Where did a byte of rewritten text come from? [`OffsetMap`] answers for [`super::normalize`].
//!
//! Invariants: pieces are ordered by both texts; a *linear* piece has the same byte length and the same
//! `char` boundaries on both sides, every other piece stands for its whole original range at once.

use crate::domain::span::TextRange;

/// A run of rewritten text with the original bytes it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text_start: usize,
    original: TextRange,
    is_linear: bool,
}

/// Map from byte offsets of rewritten text to byte ranges of the original.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct OffsetMap {
    pieces: Vec<Piece>,
    text_len: usize,
    original_len: usize,
}

impl OffsetMap {
    /// Makes the empty map for an original of `original_len` bytes.
    pub(super) fn new(original_len: usize) -> Self {
        Self { pieces: Vec::new(), text_len: 0, original_len }
    }

    /// Appends text that has the same `char` boundaries as the original from `start` on.
    pub(super) fn push_linear(&mut self, len: usize, start: usize) {
        if len == 0 {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.is_linear && last.original.end == start => last.original.end += len,
            _ => self.push_piece(TextRange::new(start, start + len), true),
        }
        self.text_len += len;
    }

    /// Appends one character of `len` bytes that stands for `original`.
    pub(super) fn push_char(&mut self, len: usize, original: TextRange) {
        if len == original.len() {
            self.push_linear(len, original.start);
        } else {
            self.push_block(len, original);
        }
    }

    /// Appends `len` bytes that stand for `original` as a whole.
    pub(super) fn push_block(&mut self, len: usize, original: TextRange) {
        if len > 0 {
            self.push_piece(original, false);
            self.text_len += len;
        }
    }

    fn push_piece(&mut self, original: TextRange, is_linear: bool) {
        self.pieces.push(Piece { text_start: self.text_len, original, is_linear });
    }

    /// Returns the original bytes behind `range`, which must lie on `char` boundaries of the text.
    pub(super) fn to_original(&self, range: TextRange) -> TextRange {
        let start = range.start.min(self.text_len);
        let end = range.end.clamp(start, self.text_len);
        let Some(first) = self.piece_at(start) else {
            // Only the end of the text has no piece of its own.
            return TextRange::new(self.original_len, self.original_len);
        };
        let from = if first.is_linear {
            first.original.start + (start - first.text_start)
        } else {
            first.original.start
        };
        if start == end {
            return TextRange::new(from, from);
        }
        let to = match self.piece_at(end - 1) {
            Some(last) if last.is_linear => last.original.start + (end - last.text_start),
            Some(last) => last.original.end,
            None => self.original_len,
        };
        TextRange::new(from, to)
    }

    fn piece_at(&self, offset: usize) -> Option<&Piece> {
        if offset >= self.text_len {
            return None;
        }
        let after = self.pieces.partition_point(|piece| piece.text_start <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_runs_map_byte_by_byte_and_blocks_as_a_whole() {
        let mut map = OffsetMap::new(20);
        map.push_linear(5, 0);
        map.push_linear(2, 5);
        map.push_block(2, TextRange::new(8, 11));
        map.push_char(1, TextRange::new(12, 15));
        assert_eq!(map.pieces.len(), 3);
        assert_eq!(map.to_original(TextRange::new(1, 6)), TextRange::new(1, 6));
        assert_eq!(map.to_original(TextRange::new(6, 8)), TextRange::new(6, 11));
        assert_eq!(map.to_original(TextRange::new(8, 10)), TextRange::new(8, 15));
        assert_eq!(map.to_original(TextRange::new(10, 10)), TextRange::new(20, 20));
        assert_eq!(map.to_original(TextRange::new(90, 99)), TextRange::new(20, 20));
    }
}
