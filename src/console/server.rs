//! Listens and serves the pages.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Console;
use crate::settings::Settings;

/// Why there is no console.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Choose another address.
    #[error("the console cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// A console that listens and is about to serve.
pub struct Listening {
    /// Address it listens on; the port is known even if 0 was asked for.
    pub address: SocketAddr,
    /// The console, to hand the screener to.
    pub console: Console,
    listener: TcpListener,
}

/// Starts to listen.
pub async fn listen(settings: &Settings, address: SocketAddr) -> Result<Listening, ConsoleError> {
    let failed = |source| ConsoleError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let console = Console::starting(settings, address.ip().is_loopback());
    Ok(Listening { address, console, listener })
}

impl Listening {
    /// Serves until `stop` is cancelled; pages under way are finished.
    pub async fn serve(self, stop: CancellationToken) -> std::io::Result<()> {
        let router = self.console.router();
        axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
    }
}
