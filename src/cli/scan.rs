//! `scan`: risk findings for single sentences, JSON lines in and out.

use std::io::{BufRead, BufReader, Read};

use serde::{Deserialize, Serialize};

use super::arguments::ScanArguments;
use super::error::CliError;
use super::exit::Exit;
use super::{output, screen};
use crate::assembly;
use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};
use crate::settings::Settings;

#[derive(Deserialize)]
struct Input {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Serialize)]
struct Output {
    id: serde_json::Value,
    risks: Vec<Risk>,
}

#[derive(Serialize)]
struct Risk {
    category: String,
    term: String,
    polarity: Polarity,
    severity: Severity,
    reason: String,
    /// Byte offsets of the term in `text`.
    start: usize,
    end: usize,
}

/// Runs the command. A malformed line is named and ends it, so that no sentence is lost unnoticed.
pub fn run(settings: &Settings, arguments: &ScanArguments) -> Result<Exit, CliError> {
    let scanner = assembly::sentence_scanner(settings)?;
    let submitted = arguments.submitted.unwrap_or_else(screen::today).to_string();
    let source: Box<dyn Read> = if arguments.input.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        let file = std::fs::File::open(&arguments.input)
            .map_err(|error| CliError::file(&arguments.input, &error))?;
        Box::new(file)
    };
    for (number, line) in BufReader::new(source).lines().enumerate() {
        let at = |what: String| {
            let name = arguments.input.display();
            CliError::new(Exit::Data, format!("{name}, line {}: {what}", number + 1))
        };
        let line = line.map_err(|error| at(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let input: Input = serde_json::from_str(&line).map_err(|error| at(error.to_string()))?;
        let language = match input.lang.as_deref().filter(|tag| !tag.is_empty()) {
            None => None,
            Some(tag) => {
                Some(Language::from_tag(tag).ok_or_else(|| at(format!("unknown language {tag:?}")))?)
            }
        };
        let mut risks: Vec<Risk> = scanner
            .scan_sentence(&input.text, language)
            .into_iter()
            .chain(scanner.void_act(&input.text, Some(&submitted)))
            .map(|risk| Risk {
                category: risk.category.to_string(),
                term: risk.term,
                polarity: risk.polarity,
                severity: risk.severity,
                reason: risk.reason.to_string(),
                start: risk.range.start,
                end: risk.range.end,
            })
            .collect();
        // One finding per category: the strongest.
        risks.sort_by(|a, b| a.category.cmp(&b.category).then(b.severity.cmp(&a.severity)));
        risks.dedup_by(|a, b| a.category == b.category);
        let json = serde_json::to_string(&Output { id: input.id, risks }).map_err(CliError::failed)?;
        output::print(&(json + "\n"))?;
    }
    Ok(Exit::Done)
}
