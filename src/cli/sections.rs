//! `sections`: the section tree with the canonical elements each section speaks of.

use std::fmt::Write;

use super::arguments::{ListFormat, SectionsArguments};
use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::assembly;
use crate::ingest::watch::Watch;
use crate::rpc::convert::document_message;
use crate::screen::completeness::{self, CaseFacts, CompletenessModel};
use crate::settings::Settings;

/// Runs the command. Elements come from headings and wording; no model is loaded.
pub fn run(settings: &Settings, arguments: &SectionsArguments) -> Result<Exit, CliError> {
    let bytes = output::read_file(&arguments.file)?;
    let name = output::file_name(&arguments.file);
    let document = assembly::reader(settings).read(&name, &bytes, &Watch::NOBODY)?;
    let rulebook = assembly::rulebook(settings)?;
    let model = CompletenessModel::new(&rulebook, None).map_err(CliError::failed)?;
    let assessment = completeness::assess(&model, &document, &[], None, &[], &CaseFacts::default());
    let text = match arguments.format {
        ListFormat::Json => {
            let message = document_message(&document, &assessment.elements);
            serde_json::to_string_pretty(&message).map_err(CliError::failed)? + "\n"
        }
        ListFormat::Text => {
            let mut text = String::new();
            for section in &document.sections {
                let indent = "  ".repeat(usize::from(section.level.saturating_sub(1)));
                let number = section.number.as_deref().unwrap_or("");
                let page = section.page_start.map_or_else(String::new, |page| format!("  p. {page}"));
                let elements: Vec<String> = assessment
                    .elements
                    .get(&section.id)
                    .map_or_else(Vec::new, |ids| ids.iter().map(ToString::to_string).collect());
                let heading = format!("{number} {}", section.title);
                let _ = writeln!(text, "{indent}{}{page}  {}", heading.trim(), elements.join(" "));
            }
            for part in &document.not_examined {
                let page = part.page.map_or_else(String::new, |page| format!("page {page}: "));
                let _ = writeln!(text, "not examined: {page}{}", part.detail);
            }
            text
        }
    };
    output::print(&text)?;
    Ok(Exit::Done)
}
