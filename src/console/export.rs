//! Verdicts as an evaluation suite: the layout that `eval run` reads, so that what reviewers decide measures the
//! program.
//!
//! A label is what stands after the verdicts: the outcome that was accepted, or the one it was changed to. A finding
//! that was only rejected has no label – what it should have been is not known – and is counted in the note.

use std::io::{Cursor, Write};

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::error::Problem;
use super::opened::Opened;
use super::report::entries::presence;
use super::report::page::open;
use super::visit::Visit;
use crate::domain::document::MediaType;
use crate::domain::verdict::{Disposition, Verdict};
use crate::rpc::v1;

/// A line of the labels.
#[derive(Debug, PartialEq, Serialize)]
struct Label<'a> {
    doc_id: &'a str,
    pack: &'a str,
    requirement_id: &'a str,
    label: &'a str,
    note: &'a str,
}

/// `suite.toml`.
#[derive(Debug, Serialize)]
struct SuiteFile<'a> {
    name: String,
    kind: &'a str,
    title: String,
    documents: &'a str,
    gold: &'a str,
    licence: &'a str,
    languages: Vec<String>,
    note: String,
}

/// `GET /screenings/{id}/suite.zip`.
pub async fn suite(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let opened = open(&visit, &id).await?;
    let verdicts = visit.backend.verdicts(opened.record.id).await?;
    let file = visit.backend.file(opened.record.document).await?;
    let bytes = suite_of(&opened, file.as_deref(), &verdicts).map_err(|error| match error {
        ExportError::Nothing => Problem::mistake(visit.words.say("export-nothing")),
        ExportError::NoDocument => Problem::mistake(visit.words.say("no-text-kept")),
        other => Problem::internal(&other),
    })?;
    let name = format!("attachment; filename=\"suite-{}.zip\"", opened.record.id);
    let headers = [(header::CONTENT_TYPE, "application/zip"), (header::CONTENT_DISPOSITION, name.as_str())];
    Ok((headers, bytes).into_response())
}

/// Why there is no suite.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No requirement has a label yet.
    #[error("no verdict gives a label")]
    Nothing,
    /// The submitted file is not kept.
    #[error("the submitted file is not kept")]
    NoDocument,
    /// The archive could not be written.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
    /// The archive could not be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
    /// A label could not be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The description could not be written.
    #[error(transparent)]
    Toml(#[from] toml::ser::Error),
}

/// Label of a requirement after the verdicts; `None` if they give none.
fn label<'a>(found: &v1::CompletenessFinding, last: &'a Verdict) -> Option<&'a str> {
    let outcome = match last.disposition {
        Disposition::Accepted => presence(found.presence()),
        Disposition::Changed => last.replacement.as_str(),
        Disposition::Rejected => return None,
    };
    matches!(outcome, "present" | "weak" | "missing").then_some(outcome)
}

/// Makes the suite as a ZIP file: `suite.toml`, `gold.jsonl`, `documents/`.
pub fn suite_of(
    opened: &Opened,
    file: Option<&Vec<u8>>,
    verdicts: &[Verdict],
) -> Result<Vec<u8>, ExportError> {
    let file = file.ok_or(ExportError::NoDocument)?;
    let doc_id = opened.record.document.to_string();
    let mut gold = String::new();
    let (mut labels, mut rejected) = (0, 0);
    for found in &opened.report.completeness {
        let Some(last) = verdicts.iter().rfind(|verdict| verdict.finding == found.requirement_id) else {
            continue;
        };
        let Some(label) = label(found, last) else {
            rejected += usize::from(last.disposition == Disposition::Rejected);
            continue;
        };
        labels += 1;
        let (pack, requirement_id) = (found.pack.as_str(), found.requirement_id.as_str());
        let row = Label { doc_id: &doc_id, pack, requirement_id, label, note: &last.reason };
        gold += &serde_json::to_string(&row)?;
        gold.push('\n');
    }
    if labels == 0 {
        return Err(ExportError::Nothing);
    }
    let summary = opened.report.document.as_ref();
    let suite = SuiteFile {
        name: format!("verdicts-{}", opened.record.id),
        kind: "completeness",
        title: format!("Verdicts on {}", opened.record.document_name),
        documents: "documents",
        gold: "gold.jsonl",
        licence: "The applicant's document: ask before passing it on",
        languages: summary.map_or_else(Vec::new, |summary| summary.languages.clone()),
        note: format!(
            "Labels are the outcomes that reviewers let stand. {rejected} rejected findings without a new outcome \
             are left out. Reviewers saw the program's outcome first, so agreement is likely to be overstated."
        ),
    };
    let extension = match summary.map_or("", |summary| summary.media_type.as_str()) {
        media if media == MediaType::Pdf.as_str() => "pdf",
        media if media == MediaType::Docx.as_str() => "docx",
        media if media == MediaType::Html.as_str() => "html",
        media if media == MediaType::Markdown.as_str() => "md",
        _ => "txt",
    };
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let parts: [(String, &[u8]); 3] = [
        ("suite.toml".to_owned(), &toml::to_string_pretty(&suite)?.into_bytes()),
        ("gold.jsonl".to_owned(), gold.as_bytes()),
        (format!("documents/{doc_id}.{extension}"), file.as_slice()),
    ];
    for (name, bytes) in parts {
        package.start_file(name, SimpleFileOptions::DEFAULT)?;
        package.write_all(bytes)?;
    }
    Ok(package.finish()?.into_inner())
}
