//! `rules`: the requirement sets.

use std::fmt::Write;
use std::path::PathBuf;

use super::arguments::{ListFormat, RulesCommand};
use super::error::{CliError, with_sources};
use super::exit::Exit;
use super::output;
use crate::assembly;
use crate::domain::language::Language;
use crate::domain::requirement::{Localized, Obligation, SourceConfidence};
use crate::rpc::convert::requirement_set_message;
use crate::rpc::v1;
use crate::rules::Rulebook;
use crate::settings::Settings;

/// Runs the command.
pub fn run(settings: &Settings, command: RulesCommand) -> Result<Exit, CliError> {
    match command {
        RulesCommand::List { format } => list(&assembly::rulebook(settings)?, format),
        RulesCommand::Show { pack, format } => show(&assembly::rulebook(settings)?, &pack, format),
        RulesCommand::Check { dir } => check(settings, dir),
    }
}

fn english(localized: &Localized) -> &str {
    localized.get(&Language::English).or_else(|| localized.values().next()).map_or("", String::as_str)
}

fn list(rulebook: &Rulebook, format: ListFormat) -> Result<Exit, CliError> {
    let text = match format {
        ListFormat::Json => {
            let message = v1::ListRequirementSetsResponse {
                requirement_sets: rulebook
                    .sets
                    .iter()
                    .map(|set| requirement_set_message(set, false))
                    .collect(),
                next_page_token: String::new(),
            };
            serde_json::to_string_pretty(&message).map_err(CliError::failed)? + "\n"
        }
        ListFormat::Text => {
            let mut text = String::new();
            for set in &rulebook.sets {
                let count = set.requirements.len();
                let _ = writeln!(text, "{:<22} {count:>3} requirements  {}", set.name, english(&set.title));
            }
            text
        }
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

fn show(rulebook: &Rulebook, pack: &str, format: ListFormat) -> Result<Exit, CliError> {
    let set = rulebook.set(pack).ok_or_else(|| {
        let known: Vec<&str> = rulebook.sets.iter().map(|set| set.name.as_str()).collect();
        CliError::usage(format!("unknown rule pack {pack:?}; known are {}", known.join(", ")))
    })?;
    if format == ListFormat::Json {
        let message = requirement_set_message(set, true);
        let json = serde_json::to_string_pretty(&message).map_err(CliError::failed)?;
        output::print(&(json + "\n"))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("{} {}\n{}\n{}\n", set.name, set.version, english(&set.title), set.legal_basis);
    let from = set.in_force_from.as_deref().unwrap_or("not known");
    let until = set.in_force_until.as_deref().unwrap_or("now");
    let _ = writeln!(text, "in force from {from} until {until}\n");
    for requirement in &set.requirements {
        let mark = match requirement.source {
            SourceConfidence::Verified => "",
            SourceConfidence::Secondary => "  [secondary source]",
            SourceConfidence::Unverified => "  [not checked against the official text]",
        };
        let _ = writeln!(text, "{:<10} {}{mark}", requirement.id.to_string(), english(&requirement.title));
        let indent = |text: &mut String, line: &str| {
            for wrapped in textwrap::wrap(line, output::width().saturating_sub(11).max(40)) {
                let _ = writeln!(text, "           {wrapped}");
            }
        };
        indent(&mut text, &requirement.content);
        indent(&mut text, &requirement.citation);
        match &requirement.obligation {
            Obligation::Mandatory => {}
            Obligation::Conditional { fact, condition } => {
                indent(&mut text, &format!("only where: {condition} (--fact {fact}=true|false)"));
            }
            Obligation::Indicative => indent(&mut text, "guidance, not law"),
        }
    }
    output::print(&text)?;
    Ok(Exit::Done)
}

/// Checks every layer as `serve` would load it with that directory.
fn check(settings: &Settings, dir: Option<PathBuf>) -> Result<Exit, CliError> {
    let mut settings = settings.clone();
    settings.rules_dir = dir.unwrap_or(settings.rules_dir);
    let layers = assembly::rule_layers(&settings).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(|fault| with_sources(fault)).collect();
        CliError::new(Exit::CheckFailed, faults.join("\n"))
    })?;
    let (sets, categories) = (&layers.rulebook.sets, &layers.lexicon.categories);
    let requirements: usize = sets.iter().map(|set| set.requirements.len()).sum();
    let terms: usize = categories.iter().map(|category| category.terms.len()).sum();
    output::print(&format!(
        "{} packs with {requirements} requirements, {} canonical elements, {} risk categories with {terms} \
         terms, a glossary of {} words, quantities, thresholds and calibration are sound\n",
        sets.len(),
        layers.rulebook.elements.len(),
        categories.len(),
        layers.glossary.rows.len(),
    ))?;
    Ok(Exit::Done)
}
