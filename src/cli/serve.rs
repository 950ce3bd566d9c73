//! `serve`: the gRPC server.

use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};

use super::arguments::ServeArguments;
use super::error::CliError;
use super::exit::Exit;
use crate::access::audit::Audit;
use crate::access::tls::Tls;
use crate::access::{Guard, check};
use crate::admin::{self, Readiness};
use crate::assembly;
use crate::background;
use crate::console;
use crate::console::server::ConsoleError;
use crate::embed::{ModelStore, golden};
use crate::freed_memory;
use crate::ingest::isolated::Isolation;
use crate::retention;
use crate::rpc::server::{ServeError, listen};
use crate::rpc::state::State;
use crate::screen::run::Screener;
use crate::settings::Settings;

/// Runs the command until SIGINT or SIGTERM.
pub async fn run(mut settings: Settings, arguments: ServeArguments) -> Result<Exit, CliError> {
    if let Some(address) = arguments.listen {
        settings.server.listen = address;
    }
    if !arguments.insecure {
        require_protection(&settings)?;
    }
    let findings = check::check(&settings, jiff::Timestamp::now().as_second());
    for warning in &findings.warnings {
        tracing::warn!("{warning}");
    }
    if !findings.problems.is_empty() {
        return Err(CliError::usage(findings.problems.join("\n")));
    }
    let guard = Guard::open(&settings).map_err(CliError::usage)?;
    if settings.admin.address().is_some() && crate::metrics::start().is_none() {
        tracing::warn!("figures are not counted: something else in this process counts already");
    }
    let listening = listen(&settings, guard.clone()).await.map_err(serve_error)?;
    anstream::eprintln!("eia-screen: listening on {}", listening.address);
    let stop = CancellationToken::new();
    tokio::spawn(wait_for_signal(stop.clone()));
    freed_memory::start();
    background::use_low_priority();
    let (preparing, recorded, audit) = (settings.clone(), guard.audit.clone(), guard.audit.clone());
    let console = listen_console(&settings, guard, listening.state()).await?;
    let tls = listening.tls().into_iter().chain(console.as_ref().and_then(|console| console.tls()));
    // Beyond the end of the calls: the operator sees the drain.
    let _admin = admin_port(&settings, audit.clone(), listening.readiness(), tls.collect()).await?;
    let console = console.map(|console| tokio::spawn(console.serve(stop.clone())));
    let served = listening.serve(async move { prepare(&preparing, recorded).await }, stop.clone()).await;
    // However it ended, pages under way end too, and what they did is recorded.
    stop.cancel();
    if let Some(console) = console
        && let Err(error) = console.await
    {
        tracing::error!(%error, "the console ended badly");
    }
    if audit.is_writable() {
        audit.flush();
    }
    served.map_err(serve_error)?;
    Ok(Exit::Done)
}

/// Opens the operator's port, if there is to be one; it closes when what is returned is dropped.
async fn admin_port(
    settings: &Settings,
    audit: Audit,
    readiness: Readiness,
    tls: Vec<Arc<Tls>>,
) -> Result<Option<DropGuard>, CliError> {
    let Some(address) = settings.admin.address() else { return Ok(None) };
    let closing = CancellationToken::new();
    let bound = admin::serve(address, settings, readiness, audit, tls, closing.clone()).await;
    let bound =
        bound.map_err(|error| CliError::new(Exit::Unavailable, format!("{error}: {}", error.source)))?;
    anstream::eprintln!("eia-screen: admin port on http://{bound}");
    Ok(Some(closing.drop_guard()))
}

/// What other machines reach is encrypted and asks who is there.
fn require_protection(settings: &Settings) -> Result<(), CliError> {
    let listen = settings.server.listen;
    let console = settings.console.address().and_then(Result::ok);
    let is_open = !settings.server.tls.is_on() || settings.access.modes.is_empty();
    if let Some(address) = console.filter(|address| is_open && !address.ip().is_loopback()) {
        let message = format!(
            "the console at {address} is reachable from other machines, and there is no TLS or no authentication; \
             set them up (docs/security.md), let console.listen be on loopback, leave it empty, or say --insecure"
        );
        return Err(CliError::usage(message));
    }
    let mut missing = Vec::new();
    if !settings.server.tls.is_on() {
        missing.push("TLS (server.tls.cert and server.tls.key)");
    }
    if settings.access.modes.is_empty() {
        missing.push("authentication (access.modes)");
    }
    if listen.ip().is_loopback() || missing.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "{listen} is reachable from other machines, and there is no {}; set it up (docs/security.md), listen \
         on loopback behind a proxy that has it, or say --insecure",
        missing.join(" and no ")
    )))
}

/// Opens the port of the reviewer's console, if there is to be one.
async fn listen_console(
    settings: &Settings,
    guard: Guard,
    state: State,
) -> Result<Option<console::server::Listening>, CliError> {
    let Some(address) = settings.console.address() else { return Ok(None) };
    let address = address.map_err(CliError::usage)?;
    let listening = match console::server::listen(settings, guard, state, address).await {
        Ok(listening) => listening,
        // The usual port may be somebody else's; whoever did not ask for it still gets the service.
        Err(error @ ConsoleError::Listen { .. }) if settings.console.listen == console::settings::LISTEN => {
            let cause = std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
            anstream::eprintln!(
                "eia-screen: no console: {error}: {cause}; choose another address with console.listen, or an \
                 empty one for none"
            );
            return Ok(None);
        }
        Err(error) => {
            let source = std::error::Error::source(&error);
            let cause = source.map_or_else(String::new, |cause| format!(": {cause}"));
            return Err(CliError::new(Exit::Unavailable, format!("{error}{cause}")));
        }
    };
    anstream::eprintln!("eia-screen: console at {}", listening.url());
    Ok(Some(listening))
}

fn serve_error(error: ServeError) -> CliError {
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    let exit = match &error {
        ServeError::Listen { .. } | ServeError::NotReady { .. } => Exit::Unavailable,
        ServeError::Tls(_) => Exit::Usage,
        ServeError::Transport(_) | ServeError::Reflection { .. } => Exit::Failed,
    };
    CliError::new(exit, format!("{error}{cause}"))
}

/// Loads and verifies the model, then opens the archive.
async fn prepare(settings: &Settings, audit: Audit) -> Result<Arc<Screener>, String> {
    let for_model = settings.clone();
    let embedder = tokio::task::spawn_blocking(move || {
        let embedder = assembly::embedder(&for_model).map_err(|error| error.to_string())?;
        if let Some(embedder) = &embedder {
            let store = ModelStore::open(&for_model.models_dir).map_err(|error| error.to_string())?;
            let reference = store.golden(&for_model.model).map_err(|error| error.to_string())?;
            let report = golden::check(embedder.as_ref(), &reference, &CancellationToken::new())
                .map_err(|error| error.to_string())?;
            tracing::info!(
                vectors = report.checked,
                lowest_cosine = report.lowest_cosine,
                "golden vectors check out"
            );
        }
        Ok::<_, String>(embedder)
    })
    .await
    .map_err(|error| error.to_string())??;
    let index = assembly::archive(settings, embedder.as_deref()).await.map_err(|e| e.to_string())?;
    super::scheduled_backup::start(settings.backup.clone(), index.copier().map_err(|e| e.to_string())?);
    retention::start(Arc::clone(&index), settings.retention.clone(), audit);
    let screener = assembly::screener(settings, embedder, Some(index)).map_err(|error| error.to_string())?;
    if let Some(isolation) = screener.reader.isolation.clone() {
        tokio::task::spawn_blocking(move || tell_confinement(&isolation))
            .await
            .map_err(|e| e.to_string())??;
    }
    Ok(Arc::new(screener))
}

/// Says how far processes that read files give up their rights; an error if none can be started at all.
fn tell_confinement(isolation: &Isolation) -> Result<(), String> {
    let confinement = isolation.probe().map_err(|error| format!("{error}; see limits.isolation"))?;
    for lacking in confinement.lacking() {
        tracing::warn!(lacking, "files are read by processes that this system cannot confine fully");
    }
    tracing::info!(?confinement, "files are read by confined processes");
    Ok(())
}

async fn wait_for_signal(stop: CancellationToken) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, "SIGTERM cannot be watched");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
    tracing::info!("stopping");
    stop.cancel();
}
