//! Optical character recognition: pages that are pictures → words, where `tesseract` is installed.
//!
//! `render` draws the page, `picture` straightens it, `tesseract` tells how it lies and reads it, `foreign`
//! has it read numbers and Latin words on Korean pages again, `tsv` takes its table apart. Pages are read in parallel, each in a bounded child process; what cannot be
//! read with certainty is never passed off as text: unsure words become `[?]`, unsure pages stay *not
//! examined*.

mod foreign;
mod picture;
pub(crate) mod render;
mod tesseract;
mod tsv;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::domain::explanation::{Code, Explanation};

use super::isolated::Attempt;
use super::pdf::reader::{Piece, RawPage};
use super::watch::Watch;
use foreign::has_hangul;
use picture::Picture;
use render::{Canvas, DrawnPage};
use tesseract::Tesseract;
use tsv::Word;

/// Stands for a word that could not be read with certainty.
pub const UNSURE_WORD: &str = "[?]";

/// Words below this confidence are not taken for text.
const LEAST_WORD_CONFIDENCE: f32 = 0.40;
/// Pages whose words, weighed by length, stay below this are not examined.
const LEAST_PAGE_CONFIDENCE: f32 = 0.65;
/// A page with less ink than this is blank paper.
const BLANK_INK: f32 = 0.000_5;
/// Type size by height of a line from the top of its capitals to the foot of its descenders.
const SIZE_BY_HEIGHT: f32 = 1.1;

/// The same for lines of Hangul, by the height of a syllable.
const SIZE_BY_SYLLABLE: f32 = 1.09;

/// How recognition is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcrLimits {
    /// Pages read at the same time.
    pub workers: usize,
    /// Longest time for one page.
    pub page_time: Duration,
    /// Longest time for one document; pages left over are not examined.
    pub document_time: Duration,
}

impl Default for OcrLimits {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            page_time: Duration::from_secs(90),
            document_time: Duration::from_secs(4 * 3600),
        }
    }
}

/// Reads pages that are pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ocr {
    tesseract: Tesseract,
    limits: OcrLimits,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Recognition {
    /// Words were read; `unsure` of `words` were not.
    Read { page: RawPage, confidence: f32, words: usize, unsure: usize },
    /// Nothing is printed on it.
    Blank,
    /// It could not be read, and why.
    Failed(Explanation),
}

impl Ocr {
    /// Looks for an installed `tesseract`; `None` if there is none that knows a language of ours.
    pub fn find(limits: OcrLimits) -> Option<Self> {
        Tesseract::find(limits.page_time).map(|tesseract| Self { tesseract, limits })
    }

    /// Returns program, version and languages, for provenance.
    pub fn identity(&self) -> String {
        self.tesseract.identity()
    }

    /// Returns the longest time for the pages of one document.
    pub(crate) fn document_time(&self) -> Duration {
        self.limits.document_time
    }

    /// Returns the folders, besides those of the system, that the program has to read.
    pub(crate) fn places(&self) -> Vec<PathBuf> {
        self.tesseract.places()
    }

    /// Reads pages of a PDF, numbered from 1; the answers are in the order of `numbers`.
    pub(crate) fn read(
        &self,
        bytes: &[u8],
        numbers: &[u32],
        watch: &Watch<'_>,
        attempt: &Attempt,
    ) -> Vec<Recognition> {
        let begun = Instant::now();
        let bytes = Arc::new(bytes.to_vec());
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let answers: Vec<Mutex<Option<Recognition>>> = numbers.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            let canvas = Canvas::open(Arc::clone(&bytes));
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(number) = numbers.get(index) else { break };
                let answer = if (watch.is_cancelled)() {
                    Recognition::Failed(Code::WorkCancelled.into())
                } else if begun.elapsed() > self.limits.document_time {
                    Recognition::Failed(Code::DocumentTimeUsedUp.into())
                } else {
                    let draw =
                        || canvas.as_ref().map_err(Clone::clone).and_then(|canvas| canvas.draw(*number));
                    match attempt.on_page(*number, draw) {
                        Some(Ok(drawn)) => self.page(drawn),
                        Some(Err(detail)) => Recognition::Failed(Code::Technical.with("what", detail)),
                        None => Recognition::Failed(Code::ReaderBrokeDown.into()),
                    }
                };
                *answers[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                (watch.progress)(done.fetch_add(1, Ordering::Relaxed) as u64 + 1, numbers.len() as u64);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.limits.workers.clamp(1, numbers.len().max(1)) {
                scope.spawn(work);
            }
        });
        let lost = || Recognition::Failed(Code::WorkerStopped.into());
        answers
            .into_iter()
            .map(|answer| answer.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(lost))
            .collect()
    }

    /// Reads one drawn page.
    fn page(&self, drawn: DrawnPage) -> Recognition {
        let DrawnPage { picture, scale } = drawn;
        if picture.ink() < BLANK_INK {
            return Recognition::Blank;
        }
        // Half the dots are enough to tell how the page lies.
        let orientation = self.tesseract.orientation(&picture.reduced(picture.width / 2));
        let upright = if orientation.turn == 0 { picture } else { picture.turned(orientation.turn) };
        let upright = upright.straightened();
        let script = orientation.script.or_else(|| self.tesseract.try_scripts(&upright));
        match self.tesseract.words(&upright, script) {
            Ok(words) => judge(&upright, scale, &words),
            Err(error) => Recognition::Failed(Code::Technical.with("what", error)),
        }
    }
}

/// Judges how well a page was read and places its words.
fn judge(picture: &Picture, scale: f32, words: &[Word]) -> Recognition {
    let letters = |word: &Word| word.text.chars().filter(|c| c.is_alphanumeric()).count() as f32;
    let all: f32 = words.iter().map(letters).sum();
    if all == 0.0 {
        return Recognition::Failed(Code::NoWordsInPicture.into());
    }
    let confidence = words.iter().map(|word| word.confidence * letters(word)).sum::<f32>() / all;
    if confidence < LEAST_PAGE_CONFIDENCE {
        let percent = format!("{:.0}", confidence * 100.0);
        return Recognition::Failed(Code::RecognitionUnsure.with("percent", percent));
    }
    let is_unsure = |word: &Word| word.confidence < LEAST_WORD_CONFIDENCE;
    let unsure = words.iter().filter(|word| is_unsure(word)).count();
    let mut page = RawPage {
        width: picture.width as f32 / scale,
        height: picture.height as f32 / scale,
        ..RawPage::default()
    };
    for line in words.chunk_by(|a, b| a.line == b.line) {
        place(line, scale, &mut page, is_unsure);
    }
    Recognition::Read { page, confidence, words: words.len(), unsure }
}

/// Places the words of one line on a common baseline.
fn place(line: &[Word], scale: f32, page: &mut RawPage, is_unsure: impl Fn(&Word) -> bool) {
    let (bottom, size) = measures(line);
    let is_korean = line.iter().any(|word| has_hangul(&word.text));
    // Half points: the heights of letters differ by a dot or two from line to line.
    let size = (size / scale * 2.0).round() / 2.0;
    for (index, word) in line.iter().enumerate() {
        let text = if is_unsure(word) { UNSURE_WORD } else { &word.text };
        let goes_on = index > 0 && !word.begins_word;
        // Korean comes in syllables, whose boxes may overlap: blanks are set here, not by distance.
        match page.pieces.last_mut().filter(|_| goes_on) {
            Some(piece) => {
                if text != UNSURE_WORD || !piece.text.ends_with(UNSURE_WORD) {
                    piece.text.push_str(text);
                }
                piece.width = piece.width.max(word.right() / scale - piece.x);
            }
            None => page.pieces.push(Piece {
                text: text.to_owned(),
                x: word.left / scale,
                y: page.height - bottom / scale,
                width: word.width / scale,
                height: size,
                size: size.max(1.0),
                bold: false,
                italic: false,
                rotation: 0.0,
            }),
        }
        let ends = is_korean && line.get(index + 1).is_some_and(|next| next.begins_word);
        if let Some(piece) = page.pieces.last_mut().filter(|_| ends) {
            piece.text.push(' ');
        }
    }
}

/// Returns the lower edge of a line and its type size, in dots.
fn measures(line: &[Word]) -> (f32, f32) {
    let mut syllables: Vec<(f32, f32)> = line
        .iter()
        .filter(|word| has_hangul(&word.text))
        .map(|word| (word.bottom(), word.height * SIZE_BY_SYLLABLE))
        .collect();
    if syllables.is_empty() {
        let tallest = line.iter().map(|word| word.height).fold(0.0, f32::max);
        return (line.iter().map(Word::bottom).fold(0.0, f32::max), tallest * SIZE_BY_HEIGHT);
    }
    // The middle one: boxes of single syllables can be half as high again.
    syllables.sort_by(|a, b| a.1.total_cmp(&b.1));
    syllables[syllables.len() / 2]
}

#[cfg(test)]
mod tests;
