//! `screen`: reports in, findings out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::arguments::{ReportFormat, ScreenArguments, ScreeningArguments};
use super::error::CliError;
use super::exit::Exit;
use super::{key_values, output, progress};
use crate::assembly;
use crate::domain::ids::CaseId;
use crate::domain::report::ScreeningReport;
use crate::render;
use crate::rpc::convert::report_json;
use crate::screen::run::{Screener, ScreeningRequest};
use crate::settings::Settings;

/// Runs the command.
pub async fn run(settings: Settings, arguments: ScreenArguments) -> Result<Exit, CliError> {
    let request = request(&arguments.screening)?;
    check_out(&arguments)?;
    let screener = Arc::new(open(&settings).await?);
    screener.check_facts(&request)?;
    let mut exit = Exit::Done;
    for path in &arguments.files {
        match screen_one(&screener, path, request.clone()).await {
            Ok(report) => write(&arguments, path, &report)?,
            // One bad file does not keep the others from being screened.
            Err(error) if arguments.files.len() > 1 && error.exit() == Exit::Data => {
                anstream::eprintln!("eia-screen: {}", error.message());
                exit = Exit::Data;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(exit)
}

/// Builds a screener with model and archive; a directory that is not there is no archive.
pub async fn open(settings: &Settings) -> Result<Screener, CliError> {
    let embedder = assembly::embedder(settings)?;
    let index = if assembly::has_archive(settings) {
        Some(assembly::archive_of_tenant(settings, embedder.as_deref()).await?)
    } else {
        None
    };
    Ok(assembly::screener(settings, embedder, index)?)
}

/// Translates the arguments.
pub fn request(arguments: &ScreeningArguments) -> Result<ScreeningRequest, CliError> {
    let case = arguments.case.as_deref().map(CaseId::parse).transpose().map_err(CliError::usage)?;
    Ok(ScreeningRequest {
        case,
        packs: arguments.rules.clone(),
        submitted: arguments.submitted.unwrap_or_else(today),
        stage: arguments.stage.clone().unwrap_or_default(),
        facts: key_values::facts(&arguments.facts)?,
        facets: key_values::facets(&arguments.facets)?,
        filter: key_values::filter(&arguments.filters)?,
        max_precedents: arguments.precedents as usize,
    })
}

/// Today in the local time zone.
pub fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// Screens one file.
pub async fn screen_one(
    screener: &Arc<Screener>,
    path: &Path,
    request: ScreeningRequest,
) -> Result<ScreeningReport, CliError> {
    let bytes = output::read_file(path)?;
    let name = output::file_name(path);
    let told = progress::of_screening(&name);
    Ok(screener.screen_bytes(name, bytes, request, told, CancellationToken::new()).await?)
}

fn check_out(arguments: &ScreenArguments) -> Result<(), CliError> {
    let Some(out) = &arguments.out else { return Ok(()) };
    if arguments.files.len() > 1 && !out.is_dir() {
        let message = format!("--out {}: with several reports this must be a directory", out.display());
        return Err(CliError::usage(message));
    }
    let mut names = BTreeMap::new();
    for file in &arguments.files {
        if let Some(other) = names.insert(output::file_name(file), file) {
            let message = format!(
                "{} and {} have the same name and would be written to the same file in {}; screen them one by one",
                other.display(),
                file.display(),
                out.display()
            );
            return Err(CliError::usage(message));
        }
    }
    Ok(())
}

fn write(arguments: &ScreenArguments, input: &Path, report: &ScreeningReport) -> Result<(), CliError> {
    let (text, extension) = match arguments.format {
        ReportFormat::Text => (render::text::render(report, output::width()), "txt"),
        ReportFormat::Json => (report_json(report), "json"),
        ReportFormat::Html => (render::html::render(report), "html"),
        ReportFormat::Geojson => (render::geojson::render(report), "geojson"),
    };
    let Some(out) = &arguments.out else { return output::print(&text) };
    let path = if out.is_dir() { out.join(out_name(input, extension)) } else { out.clone() };
    let text = if arguments.format == ReportFormat::Text { output::plain(&text) } else { text };
    output::write_file(&path, &text)
}

/// `report.pdf` → `report.pdf.json`: the extension is kept, since a report may come in two formats.
fn out_name(input: &Path, extension: &str) -> PathBuf {
    PathBuf::from(format!("{}.{extension}", output::file_name(input)))
}
