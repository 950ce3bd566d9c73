//! `check-config`: what is wrong with the configuration, before `serve` meets it. Nothing is made or changed.

use std::io::ErrorKind;
use std::path::Path;

use super::arguments::CheckConfigArguments;
use super::error::{CliError, with_sources};
use super::exit::Exit;
use super::output;
use crate::access::check::{self, Findings};
use crate::assembly;
use crate::console::seal::Seal;
use crate::embed::{ModelError, ModelStore};
use crate::settings::Settings;

/// Checks the values and what they name, or prints the values.
pub fn run(settings: &Settings, arguments: &CheckConfigArguments) -> Result<Exit, CliError> {
    if arguments.print {
        output::print(&settings.shown().map_err(CliError::failed)?)?;
        return Ok(Exit::Done);
    }
    let mut findings = check::check(settings, jiff::Timestamp::now().as_second());
    findings.problems.extend(unusable(settings));
    try_folders(settings, &mut findings);
    look_for_model(settings, &mut findings);
    let Findings { problems, warnings } = findings;
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

/// Tries the folders that `serve` makes and writes.
fn try_folders(settings: &Settings, findings: &mut Findings) {
    let (archive, backups) = (&settings.data_dir, &settings.backup.dir);
    let used = [
        settings.qdrant.url.is_empty().then_some(("data_dir", archive)),
        (!backups.as_os_str().is_empty()).then_some(("backup.dir", backups)),
    ];
    for (key, folder) in used.into_iter().flatten() {
        let Err(error) = try_to_write(folder) else { continue };
        let (name, why) = (folder.display(), error.kind());
        match why {
            // It is served all the same: reading and deleting go on.
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                findings.warnings.push(format!("{key}: there is no room in {name}: {why}"));
            }
            _ => findings.problems.push(format!("{key}: {name} can be neither made nor written: {why}")),
        }
    }
}

/// Writes a file without a name into the folder, or where it would be made: nothing is left behind.
fn try_to_write(folder: &Path) -> std::io::Result<()> {
    let mut tried = Err(ErrorKind::NotFound.into());
    for place in Path::new(".").join(folder).ancestors() {
        tried = tempfile::tempfile_in(place).map(drop);
        if !tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            break;
        }
    }
    tried
}

/// Looks whether the files of the model are there; what is in them is checked when it is loaded.
fn look_for_model(settings: &Settings, findings: &mut Findings) {
    if settings.model == assembly::NO_MODEL {
        return;
    }
    let store = ModelStore::open(&settings.models_dir);
    match store.and_then(|store| store.require_files(&settings.model)) {
        Ok(()) => {}
        // It may be fetched later: a configuration is written before.
        Err(error @ ModelError::NotPulled { .. }) => findings.warnings.push(format!("model: {error}")),
        Err(error) => findings.problems.push(format!("model: {}", with_sources(&error))),
    }
}
