//! Measures heading detection: `cargo run --release --example headings -- CORPUS_DIR [DOCUMENT] [-v]`.
//!
//! `CORPUS_DIR` holds `headings.jsonl` and `documents/`. With `-v` every miss is printed.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use eia_screen::eval::sections::{Coverage, ExpectedHeading, HeadingScore, score};
use eia_screen::ingest::{Limits, read_document};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "-v");
    let mut names = arguments.iter().filter(|argument| !argument.starts_with('-'));
    let corpus = std::path::PathBuf::from(names.next().context("name the corpus directory")?);
    let only = names.next();
    let expected = expected_headings(&std::fs::read_to_string(corpus.join("headings.jsonl"))?)?;
    let mut files: Vec<_> = std::fs::read_dir(corpus.join("documents"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut by_format: BTreeMap<String, HeadingScore> = BTreeMap::new();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let format = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if only.is_some_and(|only| !format!("{stem}.{format}").contains(only.as_str())) {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let begun = Instant::now();
        let document = match read_document(&path.to_string_lossy(), &bytes, &Limits::default()) {
            Ok(document) => document,
            Err(error) => {
                println!("{stem}.{format}: {error}");
                continue;
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        eia_screen::ingest::invariants::check_invariants(&document)
            .map_err(anyhow::Error::msg)
            .with_context(|| stem.clone())?;
        if verbose && only.is_some() {
            for section in &document.sections {
                println!(
                    "{:w$}[{}] {} | {} ({:?}, page {:?})",
                    "",
                    section.level,
                    section.number.as_deref().unwrap_or("-"),
                    section.title,
                    section.basis,
                    section.page_start,
                    w = usize::from(section.level) * 2
                );
            }
        }
        let Some(expected) = expected.get(&stem) else {
            if only.is_some() || !document.not_examined.is_empty() {
                println!(
                    "{stem}.{format}: {} sections, {} pages, {} not examined, {seconds:.2} s",
                    document.sections.len(),
                    document.pages.len(),
                    document.not_examined.len()
                );
                for reason in document.not_examined.iter().filter(|_| verbose) {
                    println!("    {:?} {:?} {}", reason.reason, reason.page, reason.detail);
                }
            }
            continue;
        };
        let coverage = if stem.starts_with("blm-ca-") && stem.ends_with("-ea") {
            Coverage::ChaptersAndCapitals
        } else {
            Coverage::All
        };
        let score = score(expected, &document.sections, coverage);
        print_score(&format!("{stem}.{format}"), &score);
        println!(
            "    {} pages, {seconds:.2} s, {} not examined",
            document.pages.len(),
            document.not_examined.len()
        );
        if verbose {
            for missed in &score.missed {
                println!("    - {missed}");
            }
            for spurious in &score.spurious {
                println!("    + {spurious}");
            }
            for (heading, wanted, found) in &score.wrong_level {
                println!("    ~ level {found} instead of {wanted}: {heading}");
            }
        }
        by_format.entry(format).or_default().add(&score);
        by_format.entry("all".to_owned()).or_default().add(&score);
    }
    for (format, score) in &by_format {
        print_score(format, score);
    }
    Ok(())
}

fn print_score(name: &str, score: &HeadingScore) {
    println!(
        "{name:52} F1 {:.3} (P {:.3} R {:.3}) level {:.3} number {:.3} of {}/{}/{}",
        score.f1(),
        score.precision(),
        score.recall(),
        score.level_accuracy(),
        score.number_accuracy(),
        score.matched,
        score.found,
        score.expected
    );
}

fn expected_headings(jsonl: &str) -> anyhow::Result<BTreeMap<String, Vec<ExpectedHeading>>> {
    let mut expected: BTreeMap<String, Vec<ExpectedHeading>> = BTreeMap::new();
    for line in jsonl.lines().filter(|line| !line.trim().is_empty()) {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let note = text("note");
        expected.entry(text("doc_id")).or_default().push(ExpectedHeading {
            level: row["level"].as_u64().and_then(|level| level.try_into().ok()).unwrap_or(1),
            number: row["number"].as_str().map(str::to_owned),
            heading: text("heading"),
            is_beginning: row["beginning"]
                .as_bool()
                .unwrap_or_else(|| note.contains("two lines") || note.contains("two-line")),
        });
    }
    Ok(expected)
}
