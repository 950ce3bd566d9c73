//! How much may a message of a request hold? Bounds that are kept while it arrives.
//!
//! A message is decoded when all of it is in memory, and decoded it may be many times as large: an empty section is two
//! bytes on the way and ninety in memory. So this reads along: the length that stands before every message, and within
//! it the keys and lengths of its outermost fields; what lies in a field is passed over. Whatever is too much is refused
//! before the rest of it is received.
//!
//! Invariant: what the decoder takes for a field was counted. What it will refuse need not be counted any further, and
//! fields of a group, which no message of the contract has, count like those outside.

use tonic::Status;

use super::convert::FieldViolation;
use super::status;
use super::upload::MAX_CHUNK;

/// Largest message that carries a document in sections: as much as a file of plain text may have.
pub const DOCUMENT: usize = 32 << 20;
/// Most sections of a document.
pub const MOST_SECTIONS: usize = 20_000;
/// Largest message of an upload: one chunk with its frame.
pub const UPLOAD: usize = MAX_CHUNK + (64 << 10);
/// Largest message that carries a verdict: a reason of ten thousand characters.
pub const VERDICT: usize = 256 << 10;
/// Largest message that asks for something by name or words.
pub const QUESTION: usize = 64 << 10;
/// Largest message that asks for a requirement set.
pub const NAME: usize = 16 << 10;

/// Most bytes of the options of a screening, a submission or a search, wherever they are sent.
const OPTIONS: usize = 64 << 10;
/// Most bytes of a case without its files.
const CASE: usize = 256 << 10;
/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: u8 = 5;

/// What the messages of a method may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of one message.
    message: usize,
    /// The field that carries the document.
    body: Option<Body>,
    /// Bytes of the other fields of one message together, and which one of them may be that large.
    rest: (usize, &'static str),
}

/// The field that carries a document, in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Body {
    number: u64,
    kind: Kind,
}

/// What the pieces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sections, all in one message.
    Sections,
    /// Chunks, one in a message.
    Chunk,
}

impl Bounds {
    /// Returns the bounds of a method; `None` for services that are not of this package.
    pub fn of(path: &str) -> Option<Self> {
        let method = path.strip_prefix("/eia.screening.v1.")?;
        Some(match method {
            "ScreeningService/ScreenSections" => {
                let body = Some(Body { number: 2, kind: Kind::Sections });
                Self { message: DOCUMENT, body, rest: (OPTIONS, "options") }
            }
            "ScreeningService/ScreenDocument" => Self::of_upload(2, (OPTIONS, "options")),
            "ScreeningService/SubmitDocument" => Self::of_upload(2, (OPTIONS, "header")),
            "PrecedentService/SearchPrecedentsByDocument" => Self::of_upload(2, (OPTIONS, "options")),
            "PrecedentService/ImportCase" => Self::of_upload(3, (CASE, "case")),
            _ if method.starts_with("ReviewService/") => Self::of_question(VERDICT),
            _ if method.starts_with("RuleService/") => Self::of_question(NAME),
            _ => Self::of_question(QUESTION),
        })
    }

    fn of_upload(number: u64, rest: (usize, &'static str)) -> Self {
        Self { message: UPLOAD, body: Some(Body { number, kind: Kind::Chunk }), rest }
    }

    fn of_question(message: usize) -> Self {
        Self { message, body: None, rest: (message, "") }
    }

    /// True if the whole document comes in one message.
    pub fn is_whole_document(&self) -> bool {
        self.body.is_some_and(|body| body.kind == Kind::Sections)
    }

    fn refuse_message(&self, bytes: usize) -> Status {
        let limit = self.message;
        if self.body.is_some_and(|body| body.kind == Kind::Chunk) {
            let what = format!("a message has {bytes} bytes, a chunk at most {MAX_CHUNK}");
            return status::plain("CHUNK_TOO_LARGE", what);
        }
        status::plain("MESSAGE_TOO_LARGE", format!("the message has {bytes} bytes, the limit is {limit}"))
    }
}

/// Reads along with the messages of one request.
#[derive(Debug)]
pub struct Frames {
    bounds: Bounds,
    at: At,
    /// Bytes of the message that are still to come.
    left: usize,
    /// Pieces of the document in the message.
    pieces: usize,
    /// Bytes of its other fields.
    rest: usize,
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Before a message: so many bytes of the prefix are known.
    Prefix { known: u8, is_compressed: bool, length: u32 },
    /// In the key of a field.
    Key(Varint),
    /// In a number that is a field.
    Number,
    /// In the length of a field.
    Length { number: u64, length: Varint },
    /// In so many bytes that are passed over.
    Bytes(usize),
}

/// A number of variable length, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
struct Varint {
    value: u64,
    shift: u32,
}

/// A byte further in a number.
enum Step {
    More(Varint),
    Done(u64),
    /// Longer than any number is.
    Broken,
}

impl Varint {
    fn add(self, byte: u8) -> Step {
        if self.shift > 63 {
            return Step::Broken;
        }
        let value = self.value | (u64::from(byte & 0x7f) << self.shift);
        if byte & 0x80 == 0 { Step::Done(value) } else { Step::More(Self { value, shift: self.shift + 7 }) }
    }
}

impl At {
    const MESSAGE: Self = Self::Prefix { known: 0, is_compressed: false, length: 0 };

    fn field() -> Self {
        Self::Key(Varint::default())
    }
}

impl Frames {
    /// Begins before the first message of a request.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, at: At::MESSAGE, left: 0, pieces: 0, rest: 0 }
    }

    /// Reads the next bytes, or says what is too much.
    pub fn read(&mut self, mut data: &[u8]) -> Result<(), Status> {
        while let Some((byte, after)) = data.split_first() {
            match self.at {
                At::Prefix { known, is_compressed, length } => {
                    data = after;
                    let is_compressed = if known == 0 { *byte != 0 } else { is_compressed };
                    let length = if known == 0 { 0 } else { (length << 8) | u32::from(*byte) };
                    self.at = At::Prefix { known: known + 1, is_compressed, length };
                    if known + 1 < PREFIX {
                        continue;
                    }
                    self.begin(length as usize, is_compressed)?;
                }
                At::Bytes(count) => {
                    let passed = count.min(data.len());
                    data = &data[passed..];
                    self.left -= passed;
                    self.at = self.pass(count - passed);
                }
                _ => {
                    data = after;
                    self.left -= 1;
                    self.at = self.step(*byte)?;
                }
            }
            if self.left == 0 {
                self.at = At::MESSAGE;
            }
        }
        Ok(())
    }

    fn begin(&mut self, length: usize, is_compressed: bool) -> Result<(), Status> {
        if length > self.bounds.message {
            return Err(self.bounds.refuse_message(length));
        }
        (self.left, self.pieces, self.rest) = (length, 0, 0);
        // The decoder refuses what is compressed.
        self.at = if is_compressed { At::Bytes(length) } else { At::field() };
        Ok(())
    }

    /// Reads a byte of a key, a number or a length.
    fn step(&mut self, byte: u8) -> Result<At, Status> {
        Ok(match self.at {
            At::Key(key) => match key.add(byte) {
                Step::More(key) => At::Key(key),
                Step::Done(key) => self.field(key >> 3, key & 7)?,
                Step::Broken => At::Bytes(self.left),
            },
            At::Length { number, length } => match length.add(byte) {
                Step::More(length) => At::Length { number, length },
                Step::Done(length) => self.content(number, length)?,
                Step::Broken => At::Bytes(self.left),
            },
            At::Number if byte & 0x80 == 0 => At::field(),
            other => other,
        })
    }

    /// Counts a field of that number and wire type.
    fn field(&mut self, number: u64, wire: u64) -> Result<At, Status> {
        if self.bounds.is_whole_document() && self.is_body(number) {
            self.pieces += 1;
            if self.pieces > MOST_SECTIONS {
                let what = format!("at most {MOST_SECTIONS} sections");
                return Err(FieldViolation::new("sections", what).into());
            }
        }
        Ok(match wire {
            0 => At::Number,
            1 => self.pass(8),
            2 => At::Length { number, length: Varint::default() },
            3 | 4 => At::field(),
            5 => self.pass(4),
            // The decoder goes no further either.
            _ => At::Bytes(self.left),
        })
    }

    /// Counts what a field holds.
    fn content(&mut self, number: u64, length: u64) -> Result<At, Status> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.left {
            return Ok(At::Bytes(self.left));
        }
        if !self.is_body(number) {
            self.rest += length;
            let (limit, field) = self.bounds.rest;
            if self.rest > limit {
                return Err(FieldViolation::new(field, format!("at most {limit} bytes")).into());
            }
        }
        Ok(self.pass(length))
    }

    fn is_body(&self, number: u64) -> bool {
        self.bounds.body.is_some_and(|body| body.number == number)
    }

    /// Passes over bytes of the message, as far as it goes.
    fn pass(&self, bytes: usize) -> At {
        if bytes == 0 { At::field() } else { At::Bytes(bytes.min(self.left)) }
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
