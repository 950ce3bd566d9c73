//! Error rates of optical character recognition: two PDFs with the same pages, one with a text layer,
//! one of pictures.
//!
//! `cargo run --release --example recognition_errors -- REFERENCE.pdf PICTURES.pdf [...]` prints, per
//! pair and over all pages, the character error rate with and without blanks and the word error rate
//! (Levenshtein distance over the length of the reference) and the pages that were not examined. Without
//! blanks, what was misread is told apart from words torn or run together. The intervals (95 %) of the
//! last line draw pages with replacement.

use eia_screen::domain::document::{Document, PageState};
use eia_screen::eval::statistics::{RESAMPLES, SEED, percentiles};
use eia_screen::ingest::ocr::{Ocr, OcrLimits};
use eia_screen::ingest::watch::Watch;
use eia_screen::ingest::{DocumentReader, Limits};

/// Length of the reference and distance to it, of one page.
#[derive(Default, Clone, Copy)]
struct Tally {
    length: usize,
    wrong: usize,
}

/// One page: characters, characters without blanks, words.
type Page = [Tally; 3];
const RATES: [&str; 3] = ["CER", "CER without blanks", "WER"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let ocr = Ocr::find(OcrLimits::default()).ok_or("tesseract is not installed")?;
    println!("{}", ocr.identity());
    let reader = DocumentReader { limits: Limits::default(), ocr: Some(ocr.into()), isolation: None };
    let (mut all, mut pages, mut time) = (Vec::new(), 0, 0.0);
    for pair in files.chunks(2) {
        let [reference, pictures] = pair else { return Err("name files in pairs".into()) };
        let expected =
            DocumentReader::default().read(reference, &std::fs::read(reference)?, &Watch::NOBODY)?;
        let begun = std::time::Instant::now();
        let found = reader.read(pictures, &std::fs::read(pictures)?, &Watch::NOBODY)?;
        let seconds = begun.elapsed().as_secs_f64();
        let read = compare(&expected, &found);
        print!("{pictures}: ");
        report(&read, found.pages.len(), seconds);
        println!(", sections {} of {}", found.sections.len(), expected.sections.len());
        all.extend(read);
        pages += found.pages.len();
        time += seconds;
    }
    print!("all: ");
    report(&all, pages, time);
    println!();
    for (index, name) in RATES.iter().enumerate() {
        let resampled = percentiles(all.len(), RESAMPLES, SEED, |drawn| {
            Some(rate(drawn.iter().map(|&page| all[page][index])))
        });
        if let Some(interval) = resampled.interval {
            println!("  {name} [{:.2}, {:.2}]", interval.low, interval.high);
        }
    }
    Ok(())
}

/// Compares the pages that were examined.
fn compare(expected: &Document, found: &Document) -> Vec<Page> {
    let both = expected.pages.iter().zip(&found.pages);
    both.filter(|(_, got)| !matches!(got.state, PageState::NotExamined(_)))
        .map(|(want, got)| {
            let want: Vec<&str> = want.range.of(&expected.text).split_whitespace().collect();
            let got: Vec<&str> = got.range.of(&found.text).split_whitespace().collect();
            let joined = |by: &str| tally(&want.join(by), &got.join(by));
            [joined(" "), joined(""), Tally { length: want.len(), wrong: distance(&want, &got) }]
        })
        .collect()
}

fn tally(want: &str, got: &str) -> Tally {
    let (want, got): (Vec<char>, Vec<char>) = (want.chars().collect(), got.chars().collect());
    Tally { length: want.len(), wrong: distance(&want, &got) }
}

/// Errors in percent of the length of the reference.
fn rate(tallies: impl Iterator<Item = Tally>) -> f64 {
    let sum = tallies.fold(Tally::default(), |sum, page| Tally {
        length: sum.length + page.length,
        wrong: sum.wrong + page.wrong,
    });
    100.0 * sum.wrong as f64 / sum.length.max(1) as f64
}

fn report(read: &[Page], pages: usize, seconds: f64) {
    print!("pages {pages}, not examined {}", pages - read.len().min(pages));
    for (index, name) in RATES.iter().enumerate() {
        print!(", {name} {:.2} %", rate(read.iter().map(|page| page[index])));
    }
    print!(", {:.2} s a page", seconds / pages.max(1) as f64);
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
