//! What does a piece of work take, and what is short when there is too much of it?

/// What a piece of work takes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Bytes of memory, estimated.
    pub bytes: u64,
    /// Tokens to be embedded, estimated.
    pub tokens: u64,
}

impl Cost {
    /// Memory that reading and judging takes whatever the file.
    const BASE_BYTES: u64 = 4 << 20;
    /// Most tokens that a document is taken for: about five thousand pages.
    const MOST_TOKENS: u64 = 4_000_000;
    /// Memory that a section takes beside its text: as it came, in the document, and in the report.
    const SECTION_BYTES: u64 = 2 << 10;

    /// Estimates the cost of screening a file of that size. A packed format (PDF, DOCX) holds far less
    /// text than bytes; `is_packed` says so.
    pub fn of_file(bytes: u64, is_packed: bool) -> Self {
        let text = if is_packed { bytes / 8 } else { bytes };
        // The text, its words and vectors, and the findings take about ten times the text.
        let memory = Self::BASE_BYTES + bytes + text.saturating_mul(10);
        Self { bytes: memory, tokens: (text / 4).clamp(1, Self::MOST_TOKENS) }
    }

    /// Estimates the cost of work on a text of that length in bytes.
    pub fn of_text(bytes: u64) -> Self {
        Self { bytes: bytes.saturating_mul(10), tokens: (bytes / 4).clamp(1, Self::MOST_TOKENS) }
    }

    /// Returns the cost of screening a file of that size that has been read and holds a text of that length.
    pub fn of_read(bytes: u64, text: u64) -> Self {
        let Self { bytes: memory, tokens } = Self::of_text(text);
        Self { bytes: memory.saturating_add(Self::BASE_BYTES).saturating_add(bytes), tokens }
    }

    /// Estimates the cost of work on so many sections with texts of that length together.
    pub fn of_sections(count: u64, text: u64) -> Self {
        let Self { bytes, tokens } = Self::of_text(text);
        Self { bytes: bytes.saturating_add(count.saturating_mul(Self::SECTION_BYTES)), tokens }
    }

    /// Returns the cost of answering with a report of that length: as it is stored, as a message, and as sent.
    pub fn of_report(bytes: u64) -> Self {
        Self::of_bytes(bytes.saturating_mul(3))
    }

    /// Memory alone.
    pub fn of_bytes(bytes: u64) -> Self {
        Self { bytes, tokens: 0 }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            tokens: self.tokens.saturating_add(other.tokens),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(other.bytes),
            tokens: self.tokens.saturating_sub(other.tokens),
        }
    }

    pub(super) fn at_most(self, other: Self) -> Self {
        Self { bytes: self.bytes.min(other.bytes), tokens: self.tokens.min(other.tokens) }
    }

    pub(super) fn fits(self, limit: Self) -> bool {
        self.bytes <= limit.bytes && self.tokens <= limit.tokens
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Self::plus)
    }
}

/// Too much is running.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{in_use} {unit} are in use of {limit}, and this call needs {asked}")]
pub struct Overload {
    /// `bytes of memory` or `tokens`.
    pub unit: &'static str,
    /// What the call needs.
    pub asked: u64,
    /// What is taken.
    pub in_use: u64,
    /// What there is.
    pub limit: u64,
}

impl Overload {
    /// Says what is short for a cost that does not fit beside what is in use.
    pub(super) fn of(cost: Cost, in_use: Cost, limit: Cost) -> Self {
        if in_use.plus(cost).bytes > limit.bytes {
            let (asked, in_use, limit) = (cost.bytes, in_use.bytes, limit.bytes);
            Self { unit: "bytes of memory", asked, in_use, limit }
        } else {
            let (asked, in_use, limit) = (cost.tokens, in_use.tokens, limit.tokens);
            Self { unit: "tokens", asked, in_use, limit }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_costs_what_it_holds() {
        let megabyte = 1 << 20;
        assert!(Cost::of_read(megabyte, 64 * megabyte).bytes > 10 * Cost::of_file(megabyte, true).bytes);
        assert!(Cost::of_read(megabyte, megabyte / 8).bytes <= Cost::of_file(megabyte, true).bytes);
        assert!(Cost::of_sections(20_000, 0).bytes > 20 * megabyte, "sections without text cost, too");
    }
}
