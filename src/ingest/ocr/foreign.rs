//! Numbers, units and Latin words on Korean pages, read a second time.
//!
//! The Korean data read Hangul well and Latin letters hardly at all (`km` becomes `07`), with low
//! confidence. English data read along with them take whole Korean words for English ones. So the page is
//! read with the Korean data, what they were unsure of and is no Hangul is cut out, all else painted
//! white, and that picture is read with the English data.

use super::picture::Picture;
use super::tsv::Word;

/// Below this the Korean reading of what is no Hangul is doubted. Digits that are right have 0.89 to 0.97,
/// letters taken for digits 0 to 0.87.
const SURE: f32 = 0.88;
/// The second reading counts from this, or if it is at least as sure as the first.
const LEAST_SECOND: f32 = 0.30;
/// Part of the height of a line that is added above and below it, for brackets and descenders.
const LINE_MARGIN: f32 = 0.2;
/// How far from where a syllable should end its end is looked for, in syllables.
const SNAP: f32 = 0.4;

/// What the Korean data make of `·`; by name a letter.
const MIDDLE_DOT: char = 'ㆍ';

/// Words of one line that stand together and are no Hangul.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Positions of its words: from, to (excluded).
    words: (usize, usize),
    /// Edges in dots.
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

/// Finds what has to be read again.
pub(super) fn runs(words: &[Word], picture: &Picture) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut start = 0;
    for line in words.chunk_by(|a, b| a.line == b.line) {
        let mut from = 0;
        for part in line.chunk_by(|a, b| has_hangul(&a.text) == has_hangul(&b.text)) {
            let to = from + part.len();
            let doubted = part.iter().any(|word| word.confidence < SURE)
                && part
                    .iter()
                    .any(|word| word.text.contains(|c: char| c.is_alphanumeric() && c != MIDDLE_DOT));
            if doubted && !has_hangul(&part[0].text) {
                runs.extend(run(line, (from, to), start, picture));
            }
            from = to;
        }
        start += line.len();
    }
    runs
}

/// Places a run: between the syllables before and after it, at columns without ink.
fn run(line: &[Word], (from, to): (usize, usize), start: usize, picture: &Picture) -> Option<Run> {
    let middle = |mut values: Vec<f32>| {
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let (top, bottom) = (
        middle(line.iter().map(|word| word.top).collect())?,
        middle(line.iter().map(Word::bottom).collect())?,
    );
    let syllable =
        middle(line.iter().filter(|word| has_hangul(&word.text)).map(|word| word.height).collect())
            .unwrap_or(bottom - top);
    let margin = (bottom - top).max(0.0) * LINE_MARGIN;
    let (top, bottom) = ((top - margin).max(0.0) as usize, ((bottom + margin) as usize).min(picture.height));
    let clear = |x: usize| (top..bottom).all(|y| picture.dots[y * picture.width + x] >= 128);
    let snap = |x: f32| {
        let x = x.clamp(0.0, picture.width as f32) as usize;
        let near = (0..=(syllable * SNAP) as usize).flat_map(|away| [x.saturating_sub(away), x + away]);
        near.filter(|x| *x < picture.width).find(|x| clear(*x)).unwrap_or(x)
    };
    let left = match from.checked_sub(1) {
        // Brackets stand close to a syllable: the run's own edge counts if it is beyond its middle.
        Some(before) => {
            let (begins, ends) = extent(&line[before], syllable);
            let own = line[from].left - 1.0;
            snap(if own > (begins + ends) / 2.0 { own.min(ends) } else { ends })
        }
        None => (line[from].left - margin).max(0.0) as usize,
    };
    let right = match line.get(to) {
        Some(after) => snap(extent(after, syllable).0),
        None => ((line[to - 1].right() + margin) as usize).min(picture.width),
    };
    (left + 2 < right && top < bottom).then_some(Run {
        words: (start + from, start + to),
        left,
        right,
        top,
        bottom,
    })
}

/// Returns where a Korean word stands. The boxes of single syllables are often the narrow middle of one,
/// or that of several.
fn extent(word: &Word, syllable: f32) -> (f32, f32) {
    let width: f32 = word.text.chars().map(|c| if is_hangul(c) { syllable } else { syllable / 2.0 }).sum();
    if word.width < width {
        let more = (width - word.width) / 2.0;
        (word.left - more, word.right() + more)
    } else if word.width > 1.25 * width {
        (word.left, word.left + width)
    } else {
        (word.left, word.right())
    }
}

/// Returns a white picture with nothing but the runs.
pub(super) fn cut_out(picture: &Picture, runs: &[Run]) -> Picture {
    let mut dots = vec![255; picture.dots.len()];
    for run in runs {
        for y in run.top..run.bottom {
            let row = y * picture.width + run.left..y * picture.width + run.right;
            dots[row.clone()].copy_from_slice(&picture.dots[row]);
        }
    }
    Picture { width: picture.width, height: picture.height, dots }
}

/// Puts the second reading in the place of the runs where it is the surer one.
pub(super) fn replace(words: Vec<Word>, runs: &[Run], second: &[Word]) -> Vec<Word> {
    let mut result = Vec::with_capacity(words.len());
    let mut at = 0;
    for run in runs {
        let (from, to) = run.words;
        let mut found: Vec<Word> = second.iter().filter(|word| run.holds(word)).cloned().collect();
        found.sort_by(|a, b| a.left.total_cmp(&b.left));
        let letters = |word: &Word| word.text.chars().count() as f32;
        let confidence = found.iter().map(|word| word.confidence * letters(word)).sum::<f32>()
            / found.iter().map(letters).sum::<f32>();
        let first = words[from..to].iter().map(|word| word.confidence).fold(1.0, f32::min);
        if found.is_empty() || confidence < LEAST_SECOND.min(first) {
            continue;
        }
        result.extend_from_slice(&words[at..from]);
        found[0].begins_word = words[from].begins_word;
        result.extend(found.into_iter().map(|word| Word { line: words[from].line, ..word }));
        at = to;
    }
    result.extend_from_slice(&words[at..]);
    result
}

impl Run {
    fn holds(&self, word: &Word) -> bool {
        let (x, y) = (word.left + word.width / 2.0, word.top + word.height / 2.0);
        (self.left as f32..=self.right as f32).contains(&x)
            && (self.top as f32..=self.bottom as f32).contains(&y)
    }
}

/// Writes signs that the Korean data prefer as they are printed in reports: the middle dot, and Latin
/// letters and digits of full width.
pub(super) fn usual_signs(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            MIDDLE_DOT => '·',
            '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect()
}

pub(super) fn has_hangul(text: &str) -> bool {
    text.contains(is_hangul)
}

pub(super) fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}
