//! Error rates of optical character recognition: two PDFs with the same pages, one with a text layer,
//! one of pictures.
//!
//! `cargo run --release --example recognition_errors -- REFERENCE.pdf PICTURES.pdf [...]` prints, per
//! pair, the character and word error rate (Levenshtein distance over the length of the reference, blanks
//! reduced) and the pages that were not examined.

use eia_screen::domain::document::{Document, PageState};
use eia_screen::ingest::ocr::{Ocr, OcrLimits};
use eia_screen::ingest::watch::Watch;
use eia_screen::ingest::{DocumentReader, Limits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let ocr = Ocr::find(OcrLimits::default()).ok_or("tesseract is not installed")?;
    println!("{}", ocr.identity());
    let reader = DocumentReader { limits: Limits::default(), ocr: Some(ocr.into()), isolation: None };
    for pair in files.chunks(2) {
        let [reference, pictures] = pair else { return Err("name files in pairs".into()) };
        let begun = std::time::Instant::now();
        let expected =
            DocumentReader::default().read(reference, &std::fs::read(reference)?, &Watch::NOBODY)?;
        let found = reader.read(pictures, &std::fs::read(pictures)?, &Watch::NOBODY)?;
        report(pictures, &expected, &found, begun.elapsed().as_secs_f64());
    }
    Ok(())
}

fn report(name: &str, expected: &Document, found: &Document, seconds: f64) {
    let (mut characters, mut wrong_characters, mut words, mut wrong_words, mut unread) = (0, 0, 0, 0, 0);
    for (want, got) in expected.pages.iter().zip(&found.pages) {
        if matches!(got.state, PageState::NotExamined(_)) {
            unread += 1;
            continue;
        }
        let want: Vec<&str> = want.range.of(&expected.text).split_whitespace().collect();
        let got: Vec<&str> = got.range.of(&found.text).split_whitespace().collect();
        words += want.len();
        wrong_words += distance(&want, &got);
        let (want, got): (Vec<char>, Vec<char>) =
            (want.join(" ").chars().collect(), got.join(" ").chars().collect());
        characters += want.len();
        wrong_characters += distance(&want, &got);
    }
    let rate = |wrong: usize, all: usize| 100.0 * wrong as f64 / all.max(1) as f64;
    println!(
        "{name}: pages {}, not examined {unread}, CER {:.2} %, WER {:.2} %, {:.2} s a page, sections {} of {}",
        found.pages.len(),
        rate(wrong_characters, characters),
        rate(wrong_words, words),
        seconds / found.pages.len().max(1) as f64,
        found.sections.len(),
        expected.sections.len(),
    );
}

/// Levenshtein distance.
fn distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let kept = before + usize::from(left != right);
            before = row[j + 1];
            row[j + 1] = kept.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
