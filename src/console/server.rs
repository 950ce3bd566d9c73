//! Listens and serves the pages, over TLS where the server has it.
//!
//! Connections are bounded in number, handshakes and the heads of requests in time: a client that holds a connection
//! and says nothing is sent away. A stop closes the port, lets pages under way end within the drain of the server, and
//! cuts what is left.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::{Console, Door};
use crate::access::Guard;
use crate::access::tls::Tls;
use crate::access::watched::UnusableFile;
use crate::rpc::state::State;
use crate::settings::Settings;

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
    tls: Option<Arc<Tls>>,
    limits: Limits,
}

/// What connections may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Connections at the same time; further ones wait to be accepted.
    most: usize,
    /// For a handshake, for the head of a request, between requests, and between two pieces of what a request brings.
    head: Duration,
    /// For a request with its answer, however large the file is that it brings.
    visit: Duration,
    /// For pages under way at a stop.
    drain: Duration,
}

/// Starts to listen, over TLS with the settings of the server: its certificate, and what it asks of clients.
pub async fn listen(
    settings: &Settings,
    guard: Guard,
    state: State,
    address: SocketAddr,
) -> Result<Listening, ConsoleError> {
    let tls = Tls::open(&settings.server.tls, &["http/1.1"])?.map(Arc::new);
    let failed = |source| ConsoleError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let door = Door { is_local: address.ip().is_loopback(), is_secure: tls.is_some() };
    let console = Console::open(settings, guard, state, door)?;
    let limits = Limits {
        most: settings.server.connections.most,
        head: Duration::from_secs(settings.server.connections.handshake_s),
        visit: Duration::from_secs(settings.work.document_s),
        drain: Duration::from_secs(settings.server.drain_s),
    };
    Ok(Listening { address, console, listener, tls, limits })
}

impl Listening {
    /// Returns the address as a browser wants it.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Returns what connections are encrypted with, if they are.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Serves until `stop` is cancelled and pages under way have ended or were cut at the drain limit.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { console, listener, tls, limits, .. } = self;
        let (visits, cut) = (TaskTracker::new(), CancellationToken::new());
        // Connections are told after the port is closed: a browser whose connection ends connects anew at once.
        let closed = CancellationToken::new();
        let entry = Entry {
            router: console.router().layer(RequestBodyTimeoutLayer::new(limits.head)),
            tls,
            limits,
            closed: closed.clone(),
            cut: cut.clone(),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = entry.accept_all(&listener, limits.most, &visits) => {}
        }
        drop(listener);
        closed.cancel();
        visits.close();
        if tokio::time::timeout(limits.drain, visits.wait()).await.is_err() {
            let seconds = limits.drain.as_secs();
            tracing::warn!(seconds, "pages under way are cut off at the drain limit");
            cut.cancel();
            visits.wait().await;
        }
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

/// What every connection is let in with.
#[derive(Clone)]
struct Entry {
    router: Router,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    closed: CancellationToken,
    cut: CancellationToken,
}

impl Entry {
    async fn accept_all(&self, listener: &TcpListener, most: usize, visits: &TaskTracker) {
        let places = Arc::new(Semaphore::new(most));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, address)) => {
                    visits.spawn(self.clone().let_in(stream, address, place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the console could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn let_in(self, stream: TcpStream, address: SocketAddr, _place: OwnedSemaphorePermit) {
        let cut = self.cut.clone();
        tokio::select! {
            () = cut.cancelled() => {}
            () = self.visit(stream, address) => {}
        }
    }

    /// Serves one connection. Handshakes run beside each other, so that a slow one holds up nobody.
    async fn visit(self, stream: TcpStream, address: SocketAddr) {
        let Some((stream, certificate)) = self.greet(stream).await else { return };
        let (router, peer) = (self.router, Peer { address, certificate });
        let page = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer.clone()));
            let answer = tokio::time::timeout(self.limits.visit, router.clone().oneshot(request));
            async { answer.await.unwrap_or_else(|_| Ok(StatusCode::REQUEST_TIMEOUT.into_response())) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .serve_connection(TokioIo::new(stream), page);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.closed.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the console broke off");
        }
    }

    async fn greet(&self, stream: TcpStream) -> Option<(Stream, Option<CertificateDer<'static>>)> {
        let Some(tls) = &self.tls else { return Some((Stream::Plain(stream), None)) };
        match tokio::time::timeout(self.limits.head, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let chain = stream.get_ref().1.peer_certificates();
                let certificate =
                    chain.and_then(|chain| chain.first()).map(|shown| shown.clone().into_owned());
                Some((Stream::Tls(Box::new(stream)), certificate))
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake with the console failed");
                None
            }
            Err(_) => None,
        }
    }
}

/// A connection with or without TLS.
enum Stream {
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
