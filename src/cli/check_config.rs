//! `check-config`: what is wrong with the configuration, before `serve` meets it.

use super::arguments::CheckConfigArguments;
use super::error::{CliError, with_sources};
use super::exit::Exit;
use super::output;
use crate::access::check::{self, Findings};
use crate::assembly;
use crate::console::seal::Seal;
use crate::settings::Settings;

/// Checks the values and what they name, or prints the values.
pub fn run(settings: &Settings, arguments: &CheckConfigArguments) -> Result<Exit, CliError> {
    if arguments.print {
        output::print(&settings.shown().map_err(CliError::failed)?)?;
        return Ok(Exit::Done);
    }
    let Findings { mut problems, warnings } = check::check(settings, jiff::Timestamp::now().as_second());
    problems.extend(unusable(settings));
    for warning in &warnings {
        anstream::eprintln!("eia-screen: warning: {warning}");
    }
    if !problems.is_empty() {
        let problems = problems.join("\n  ");
        return Err(CliError::usage(format!("the configuration is not valid:\n  {problems}")));
    }
    output::print("the configuration is valid\n")?;
    Ok(Exit::Done)
}

/// Uses keys and rules as `serve` does, and returns what cannot be used.
fn unusable(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let key = &settings.console.session_key_file;
    // A file that is not there was named before.
    if settings.console.address().is_some()
        && key.is_file()
        && let Err(error) = Seal::open(key)
    {
        problems.push(format!("console.session_key_file: {error}"));
    }
    if let Err(error) = assembly::place(settings) {
        problems.push(format!("qdrant.api_key_file: {}", with_sources(&error)));
    }
    // Those that the program was built with were checked then.
    if !settings.rules_dir.as_os_str().is_empty()
        && let Err(faults) = assembly::rule_layers(settings)
    {
        let shown = faults.iter().map(|fault| with_sources(fault).replace('\n', "\n  "));
        problems.extend(shown.map(|fault| format!("rules_dir: {fault}")));
    }
    problems
}
