//! The command line: one file per command, nothing decided here that the service decides too.

mod access;
mod archive;
mod arguments;
mod audit;
mod backup;
mod check_config;
mod demo;
mod embed;
mod error;
mod eval;
mod exit;
mod expire;
mod key_values;
mod manifest;
mod models;
mod output;
mod progress;
mod reindex;
mod rules;
mod scan;
mod scheduled_backup;
mod screen;
mod sections;
mod serve;

use std::process::ExitCode;

pub use arguments::Arguments;
use arguments::Command;
use error::CliError;
pub use exit::Exit;

use crate::domain::tenant::TenantId;
use crate::ingest::isolated::child;
use crate::settings::{InvalidSettings, Settings};

/// Runs a command and returns its exit code; errors go to standard error, results to standard output.
pub fn run(arguments: Arguments) -> ExitCode {
    let _telemetry = crate::telemetry::start(arguments.verbose);
    let settings = match settings(&arguments) {
        Ok(settings) => settings,
        Err(error) => return report(&CliError::usage(error)).into(),
    };
    let exit = match dispatch(arguments.command, settings) {
        Ok(exit) => exit,
        Err(error) => report(&error),
    };
    exit.into()
}

fn report(error: &CliError) -> Exit {
    anstream::eprintln!("eia-screen: {}", error.message());
    error.exit()
}

/// Flags go before the environment and the file.
fn settings(arguments: &Arguments) -> Result<Settings, InvalidSettings> {
    let mut settings = Settings::load(arguments.config.as_deref())?;
    if let Some(dir) = &arguments.data_dir {
        settings.data_dir.clone_from(dir);
    }
    if let Some(dir) = &arguments.models_dir {
        settings.models_dir.clone_from(dir);
    }
    if let Some(model) = &arguments.model {
        settings.model.clone_from(model);
    }
    if let Some(url) = &arguments.qdrant_url {
        settings.qdrant.url.clone_from(url);
    }
    if let Some(tenant) = &arguments.tenant {
        let parsed = TenantId::parse(tenant);
        settings.tenant =
            parsed.map_err(|error| InvalidSettings { problems: vec![format!("--tenant: {error}")] })?;
    }
    let problems = settings.problems();
    if problems.is_empty() { Ok(settings) } else { Err(InvalidSettings { problems }) }
}

fn dispatch(command: Command, settings: Settings) -> Result<Exit, CliError> {
    match command {
        Command::Demo(arguments) => on_runtime(demo::run(settings, arguments)),
        Command::Screen(arguments) => on_runtime(screen::run(settings, arguments)),
        Command::Sections(arguments) => sections::run(&settings, &arguments),
        Command::Scan(arguments) => scan::run(&settings, &arguments),
        Command::Cases(command) => on_runtime(archive::run(settings, command)),
        Command::Archive(command) => on_runtime(backup::run(settings, command)),
        Command::Eval(command) => on_runtime(eval::run(settings, command)),
        Command::Rules(command) => rules::run(&settings, command),
        Command::Models(command) => models::run(&settings, command),
        Command::Serve(arguments) => {
            crate::freed_memory::bound_pools();
            on_runtime(serve::run(settings, arguments))
        }
        Command::Access(command) => access::run(command),
        Command::Audit(command) => audit::run(command),
        Command::CheckConfig(arguments) => check_config::run(&settings, &arguments),
        Command::Embed(arguments) => embed::run(&settings, &arguments),
        Command::ReadDocument => {
            child::run(std::io::stdin().lock(), std::io::stdout()).map_err(CliError::failed)?;
            Ok(Exit::Done)
        }
    }
}

fn on_runtime(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::failed)?;
    let result = runtime.block_on(work);
    // A screening that was interrupted may still hold a worker; do not wait for it for ever.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    result
}
