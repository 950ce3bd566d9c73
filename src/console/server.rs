//! Listens and serves the pages, over TLS where the server has it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::{Console, Door};
use crate::access::Guard;
use crate::access::tls::Tls;
use crate::access::watched::UnusableFile;
use crate::rpc::state::State;
use crate::settings::Settings;

/// Connections that wait to be served.
const WAITING: usize = 64;
/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after the system could not accept (usually: no file descriptor is free).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
        source: io::Error,
    },
    /// Correct the certificate, its key or the key of the sessions.
    #[error("the console cannot use {0}")]
    File(#[from] UnusableFile),
}

/// A console that listens and is about to serve.
pub struct Listening {
    /// Address it listens on; the port is known even if 0 was asked for.
    pub address: SocketAddr,
    console: Console,
    listener: TcpListener,
    tls: Option<Tls>,
}

/// Starts to listen, over TLS with the settings of the server: its certificate, and what it asks of clients.
pub async fn listen(
    settings: &Settings,
    guard: Guard,
    state: State,
    address: SocketAddr,
) -> Result<Listening, ConsoleError> {
    let tls = Tls::open(&settings.server.tls, &["http/1.1"])?;
    let failed = |source| ConsoleError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let door = Door { is_local: address.ip().is_loopback(), is_secure: tls.is_some() };
    let console = Console::open(settings, guard, state, door)?;
    Ok(Listening { address, console, listener, tls })
}

impl Listening {
    /// Returns the address as a browser wants it.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until `stop` is cancelled; pages under way are finished.
    pub async fn serve(self, stop: CancellationToken) -> io::Result<()> {
        let router = self.console.router().into_make_service_with_connect_info::<Peer>();
        let accepted = Accepted::start(self.listener, self.tls, self.address, stop.clone());
        axum::serve(accepted, router).with_graceful_shutdown(stop.cancelled_owned()).await
    }
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Address.
    pub address: SocketAddr,
    /// The certificate that the connection was made with, checked against the authorities.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Connected<IncomingStream<'_, Accepted>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Accepted>) -> Self {
        let certificate = match stream.io() {
            Stream::Plain(_) => None,
            Stream::Tls(stream) => {
                let chain = stream.get_ref().1.peer_certificates();
                chain.and_then(|chain| chain.first()).map(|certificate| certificate.clone().into_owned())
            }
        };
        Self { address: *stream.remote_addr(), certificate }
    }
}

/// Connections after their handshake. Handshakes run beside each other, so that a slow one holds up nobody.
pub(super) struct Accepted {
    receiver: mpsc::Receiver<(Stream, SocketAddr)>,
    address: SocketAddr,
}

impl Accepted {
    fn start(listener: TcpListener, tls: Option<Tls>, address: SocketAddr, stop: CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, peer)) => {
                        let acceptor = tls.as_ref().map(Tls::acceptor);
                        let sender = sender.clone();
                        tokio::spawn(async move {
                            if let Some(stream) = greet(stream, acceptor).await {
                                // The console may be stopping; then nobody waits.
                                let _ = sender.send((stream, peer)).await;
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection to the console could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
        Self { receiver, address }
    }
}

async fn greet(stream: TcpStream, acceptor: Option<tokio_rustls::TlsAcceptor>) -> Option<Stream> {
    let Some(acceptor) = acceptor else { return Some(Stream::Plain(stream)) };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a handshake with the console failed");
            None
        }
        Err(_) => None,
    }
}

impl axum::serve::Listener for Accepted {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self.receiver.recv().await {
            Some(accepted) => accepted,
            // The port is closed; the server stops by its own token.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection with or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
