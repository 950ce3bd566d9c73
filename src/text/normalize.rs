//! What do the characters say once typing, layout and extraction accidents are taken away?
//!
//! Every comparison of text with wording (risk terms, headings, search terms) runs over folded text; every
//! quote is taken from the original through the map that folding keeps.
//! Invariants: folding never panics and never reorders; each `char` range of the folded text maps to a
//! `char` range of the original that holds what was folded; blank runs become one blank, text is trimmed.

use unicode_normalization::UnicodeNormalization;

use super::characters::{
    blank_run, fold_sign, is_hyphen, is_invisible, is_plain, joins_previous, lower_plain, plain_run,
};
use super::lookalike::{Repair, scan_word};
use super::offsets::OffsetMap;
use super::translit::{is_apostrophe, latin_of};
use crate::domain::language::Language;
use crate::domain::span::TextRange;

/// Rewritten text with the way back to the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalized {
    /// The rewritten text.
    pub text: String,
    map: OffsetMap,
}

impl Normalized {
    /// Returns the original bytes behind `range`; a range inside a character is widened to the whole.
    pub fn to_original(&self, range: TextRange) -> TextRange {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end.max(start));
        self.map.to_original(TextRange::new(start, end))
    }
}

/// What [`fold_with`] leaves standing beyond the matching form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Keep {
    /// Keep ё, a letter of its own in Uzbek.
    pub(super) yo: bool,
    /// Write `\n` instead of a blank for an empty line or a form feed.
    pub(super) paragraphs: bool,
}

/// Returns the matching form: NFKC, lower case, invisible characters out, line-end hyphenation joined,
/// apostrophes of oʻ, gʻ and tutuq as `'`, ё as е, look-alike letters repaired, blank runs as one blank.
pub fn fold(original: &str) -> Normalized {
    fold_with(original, Keep::default())
}

/// Returns the form in which headings and terms of a language are compared: folded; Uzbek of either
/// script in Latin letters without apostrophes; Korean without blanks and middle dots.
pub fn match_key(original: &str, language: Option<Language>) -> Normalized {
    match language {
        Some(Language::UzbekCyrillic | Language::UzbekLatin) => {
            let folded = fold_with(original, Keep { yo: true, paragraphs: false });
            rewrite(&folded, original.len(), uzbek_key)
        }
        Some(Language::Korean) => {
            let folded = fold(original);
            rewrite(&folded, original.len(), |c, _, _, out| {
                if !matches!(c, ' ' | '·') {
                    out.push(c);
                }
            })
        }
        Some(Language::English | Language::Russian) | None => fold(original),
    }
}

/// Appends the apostrophe-free Latin form of one folded character.
pub(super) fn uzbek_key(c: char, previous: Option<char>, next: Option<char>, out: &mut String) {
    match latin_of(c, previous, next) {
        Some(latin) => out.extend(latin.chars().filter(|&l| !is_apostrophe(l))),
        None if is_apostrophe(c) => {}
        None => match c {
            // Letters of the reform alphabets.
            'ş' => out.push_str("sh"),
            'ç' => out.push_str("ch"),
            'ğ' => out.push('g'),
            'õ' | 'ō' | 'ö' | 'ŏ' => out.push('o'),
            _ => out.push(c),
        },
    }
}

/// Rewrites folded text character by character and composes the maps.
fn rewrite(
    folded: &Normalized,
    original_len: usize,
    write: impl Fn(char, Option<char>, Option<char>, &mut String),
) -> Normalized {
    let mut out = Builder::new(original_len, folded.text.len());
    let mut letters = String::new();
    let mut previous = None;
    let mut chars = folded.text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        letters.clear();
        write(c, previous, chars.peek().map(|&(_, next)| next), &mut letters);
        let original = folded.map.to_original(TextRange::new(at, at + c.len_utf8()));
        out.push_str(&letters, original);
        previous = Some(c);
    }
    out.finish()
}

struct Builder {
    text: String,
    map: OffsetMap,
    blank: Option<(char, TextRange)>,
}

impl Builder {
    fn new(original_len: usize, capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), map: OffsetMap::new(original_len), blank: None }
    }

    /// Notes a blank; it is written before the next character, never at the start or the end.
    fn note_blank(&mut self, blank: char, original: TextRange) {
        if self.text.is_empty() {
            return;
        }
        self.blank = match self.blank {
            None => Some((blank, original)),
            Some((earlier, range)) => {
                let stronger = if earlier == '\n' { earlier } else { blank };
                Some((stronger, TextRange::new(range.start, original.end)))
            }
        };
    }

    fn write_blank(&mut self) {
        if let Some((blank, original)) = self.blank.take() {
            self.text.push(blank);
            self.map.push_char(1, original);
        }
    }

    fn push(&mut self, c: char, original: TextRange) {
        self.write_blank();
        self.text.push(c);
        self.map.push_char(c.len_utf8(), original);
    }

    fn push_str(&mut self, letters: &str, original: TextRange) {
        let mut chars = letters.chars();
        match (chars.next(), chars.next()) {
            (None, _) => {}
            (Some(only), None) => self.push(only, original),
            _ => {
                self.write_blank();
                self.text.push_str(letters);
                self.map.push_block(letters.len(), original);
            }
        }
    }

    fn push_ascii_word(&mut self, word: &str, start: usize) {
        if word.is_empty() {
            return;
        }
        self.write_blank();
        let from = self.text.len();
        self.text.push_str(word);
        if let Some(pushed) = self.text.get_mut(from..) {
            pushed.make_ascii_lowercase();
        }
        self.map.push_linear(word.len(), start);
    }

    /// Appends a run that [`plain_run`] has measured.
    fn push_plain_run(&mut self, run: &str, start: usize, keep_yo: bool) {
        self.write_blank();
        self.text.extend(run.chars().map(|c| fold_yo(lower_plain(c), keep_yo)));
        self.map.push_linear(run.len(), start);
    }

    fn ends_in_letter(&self) -> bool {
        self.blank.is_none() && self.text.chars().next_back().is_some_and(char::is_alphabetic)
    }

    fn finish(self) -> Normalized {
        Normalized { text: self.text, map: self.map }
    }
}

/// Folds, leaving what `keep` names.
pub(super) fn fold_with(original: &str, keep: Keep) -> Normalized {
    let mut out = Builder::new(original.len(), original.len());
    let bytes = original.as_bytes();
    let mut at = 0;
    // End of the word that `repair` was decided for.
    let (mut word_end, mut repair) = (0, Repair::Keep);
    while let Some(rest) = original.get(at..).filter(|rest| !rest.is_empty()) {
        if at >= word_end {
            let run = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
            if run > 0 && bytes.get(at + run).is_none_or(u8::is_ascii) {
                out.push_ascii_word(&rest[..run], at);
                at += run;
                continue;
            }
        }
        let Some(c) = rest.chars().next() else { break };
        let run = if at >= word_end { plain_run(rest) } else { 0 };
        if run > 0 {
            out.push_plain_run(&rest[..run], at, keep.yo);
            at += run;
            continue;
        }
        let (step, newlines) = blank_run(rest);
        if step > 0 {
            let blank = if keep.paragraphs && newlines > 1 { '\n' } else { ' ' };
            out.note_blank(blank, TextRange::new(at, at + step));
            at += step;
        } else if is_invisible(c) || is_hyphen(c) || c == '¬' {
            at += fold_hyphen(rest, c, at, &mut out);
        } else {
            if at >= word_end && c.is_alphanumeric() {
                let scan = scan_word(rest);
                (word_end, repair) = (at + scan.len, scan.repair);
            }
            let active = if at < word_end { repair } else { Repair::Keep };
            at += fold_cluster(rest, c, at, active, keep.yo, &mut out);
        }
    }
    out.finish()
}

/// Folds an invisible character or a hyphen; joins the two halves of a word divided at a line end.
/// Returns the bytes used up.
fn fold_hyphen(rest: &str, c: char, at: usize, out: &mut Builder) -> usize {
    let len = c.len_utf8();
    let divides = matches!(c, '-' | '\u{ad}' | '\u{2010}' | '¬');
    if divides && out.ends_in_letter() {
        let after = &rest[len..];
        let (blank, newlines) = blank_run(after);
        let continues = after[blank..].chars().next().is_some_and(char::is_lowercase);
        if newlines == 1 && continues {
            return len + blank;
        }
    }
    if c == '¬' {
        out.push(c, TextRange::new(at, at + len));
    } else if is_hyphen(c) {
        out.push('-', TextRange::new(at, at + len));
    }
    len
}

/// Folds the character `c` at the start of `rest` with the marks that belong to it.
fn fold_cluster(rest: &str, c: char, at: usize, repair: Repair, keep_yo: bool, out: &mut Builder) -> usize {
    let len = c.len_utf8();
    let mut end = len;
    for follower in rest[len..].chars() {
        if !joins_previous(follower) {
            break;
        }
        end += follower.len_utf8();
    }
    let original = TextRange::new(at, at + end);
    if end == len
        && let Some(sign) = fold_sign(c)
    {
        out.push(sign, original);
    } else if end == len && is_plain(c) {
        for lower in repair.apply(c).to_lowercase() {
            out.push(fold_yo(lower, keep_yo), original);
        }
    } else {
        let composed: String = rest[..end].nfkc().collect();
        // U+00A8 and its like decompose to a blank and a mark; a word must not fall apart on them.
        let source = if composed.contains(char::is_whitespace) { &rest[..end] } else { &composed };
        let letters: String = source
            .chars()
            .flat_map(|letter| repair.apply(letter).to_lowercase())
            // The second half of `İ` in lower case.
            .filter(|&letter| letter != '\u{307}')
            .map(|letter| fold_sign(letter).unwrap_or_else(|| fold_yo(letter, keep_yo)))
            .collect();
        out.push_str(&letters, original);
    }
    end
}

fn fold_yo(c: char, keep_yo: bool) -> char {
    if c == 'ё' && !keep_yo { 'е' } else { c }
}

#[cfg(test)]
#[path = "normalize_tests.rs"]
mod tests;
