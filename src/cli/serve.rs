//! `serve`: the gRPC server.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::arguments::ServeArguments;
use super::error::CliError;
use super::exit::Exit;
use crate::assembly;
use crate::embed::{ModelStore, golden};
use crate::rpc::server::{ServeError, listen};
use crate::screen::run::Screener;
use crate::settings::Settings;

/// Runs the command until SIGINT or SIGTERM.
pub async fn run(mut settings: Settings, arguments: ServeArguments) -> Result<Exit, CliError> {
    if let Some(address) = arguments.listen {
        settings.server.listen = address;
    }
    if !settings.server.listen.ip().is_loopback() && !arguments.insecure {
        let message = format!(
            "{} is reachable from other machines, and this server has neither TLS nor authentication of \
             its own; put a proxy that has both in front and listen on loopback, or say --insecure",
            settings.server.listen
        );
        return Err(CliError::usage(message));
    }
    let listening = listen(&settings.server).await.map_err(serve_error)?;
    anstream::eprintln!("eia-screen: listening on {}", listening.address);
    let stop = CancellationToken::new();
    tokio::spawn(wait_for_signal(stop.clone()));
    let preparing = settings.clone();
    listening.serve(async move { prepare(&preparing).await }, stop).await.map_err(serve_error)?;
    Ok(Exit::Done)
}

fn serve_error(error: ServeError) -> CliError {
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    let exit = match &error {
        ServeError::Listen { .. } | ServeError::NotReady { .. } => Exit::Unavailable,
        ServeError::Transport(_) | ServeError::Reflection { .. } => Exit::Failed,
    };
    CliError::new(exit, format!("{error}{cause}"))
}

/// Loads and verifies the model, then opens the archive.
async fn prepare(settings: &Settings) -> Result<Arc<Screener>, String> {
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
    super::scheduled_backup::start(settings.backup.clone(), index.copier());
    let screener = assembly::screener(settings, embedder, Some(index)).map_err(|error| error.to_string())?;
    Ok(Arc::new(screener))
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
