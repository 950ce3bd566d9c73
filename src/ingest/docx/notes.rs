//! Foot- and endnotes by kind and id. A note that the text refers to and that is not among them was lost: with its
//! part, or behind the place where the part is damaged.

use std::collections::HashMap;

use crate::domain::explanation::Code;
use crate::domain::finding::{NotExamined, NotExaminedReason};
use crate::ingest::draft::{Line, not_examined};

use super::body;
use super::unread::Unread;

/// Kind and id of a note.
pub(super) type Key = (&'static str, String);

/// What the parts of notes hold.
#[derive(Debug, Default)]
pub(super) struct Notes {
    texts: HashMap<Key, Vec<Line>>,
    /// What was passed over in them.
    pub(super) unread: Unread,
    /// What kept a part from being read to its end.
    damage: Option<String>,
}

impl Notes {
    /// Reads a notes part; `part` is `footnotes` or `endnotes`.
    pub(super) fn read(&mut self, xml: &str, part: &str, depth: usize) {
        let kind = if part == "footnotes" { "footnote" } else { "endnote" };
        let read = body::read_notes(xml, kind, depth);
        self.texts.extend(read.notes.into_iter().map(|(id, lines)| ((kind, id), lines)));
        self.unread.add(read.unread);
        self.damage = self.damage.take().or(read.stopped);
    }

    /// Takes down that a part could not be unpacked.
    pub(super) fn lose(&mut self, damage: String) {
        self.damage = self.damage.take().or(Some(damage));
    }

    /// Returns the lines of a note; `None` if it was lost.
    pub(super) fn get(&self, key: &Key) -> Option<&[Line]> {
        self.texts.get(key).map(Vec::as_slice)
    }

    /// Says that so many notes were lost.
    pub(super) fn said(&self, lost: usize) -> Option<NotExamined> {
        let why = self.damage.as_deref().unwrap_or("the file does not hold their text");
        let detail = Code::NotesUnread.with("n", lost).because(Code::Technical.with("what", why));
        (lost > 0).then(|| not_examined(NotExaminedReason::ParserFailed, None, detail))
    }
}
