//! Connections of the gRPC port: accepted, made secure, aged and, in the end, cut.
//!
//! Handshakes run beside each other and within a time, and the first bytes of HTTP/2 have to come within the same
//! time after them: a client that says nothing gives its place back.
//! Every connection knows the token that cuts it, because the server library waits for calls in flight
//! without end: a cut connection fails its next read or write, which ends its calls and their work.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

use crate::access::tls::Tls;
use crate::metrics::{CONNECTIONS, CONNECTIONS_FAILED};
use crate::settings::ConnectionSettings;

/// Pause after the system could not accept (usually: no file descriptor is free).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Bytes with which every client of HTTP/2 begins (RFC 9113, 3.4).
const PREFACE: usize = 24;
/// Time after a connection's age in which its calls may end.
pub const AGE_GRACE: Duration = Duration::from_secs(300);

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Address.
    pub address: SocketAddr,
    /// Certificate it has shown; checked against the authorities.
    pub certificate: Option<Arc<CertificateDer<'static>>>,
}

/// Accepts connections until `closing`; `cut` ends all of them at once.
pub fn accept(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    settings: &ConnectionSettings,
    closing: CancellationToken,
    cut: CancellationToken,
) -> ReceiverStream<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(1);
    let door = Door {
        tls,
        handshake: Duration::from_secs(settings.handshake_s),
        longest: (settings.age_s > 0).then(|| Duration::from_secs(settings.age_s) + AGE_GRACE),
        cut,
        sender,
    };
    let places = Arc::new(Semaphore::new(settings.most));
    tokio::spawn(async move {
        tokio::select! {
            () = closing.cancelled() => {}
            () = door.accept_all(&listener, places) => {}
        }
        // Dropping the listener closes the port; handshakes that run may end.
    });
    ReceiverStream::new(receiver)
}

#[derive(Clone)]
struct Door {
    tls: Option<Arc<Tls>>,
    handshake: Duration,
    longest: Option<Duration>,
    cut: CancellationToken,
    sender: mpsc::Sender<io::Result<Connection>>,
}

impl Door {
    async fn accept_all(&self, listener: &TcpListener, places: Arc<Semaphore>) {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, address)) => {
                    tokio::spawn(self.clone().let_in(stream, address, place));
                }
                Err(error) => {
                    failed("accept");
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn let_in(self, stream: TcpStream, address: SocketAddr, place: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no delay could not be set");
        }
        let (stream, certificate) = match &self.tls {
            None => (Stream::Plain(stream), None),
            Some(tls) => {
                let greeting = tokio::time::timeout(self.handshake, tls.acceptor().accept(stream));
                match greeting.await {
                    Ok(Ok(stream)) => {
                        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                        let certificate = shown.map(|certificate| Arc::new(certificate.clone()));
                        (Stream::Tls(Box::new(stream)), certificate)
                    }
                    Ok(Err(error)) => {
                        failed("handshake");
                        return tracing::info!(%address, %error, "a TLS handshake failed");
                    }
                    Err(_) => {
                        failed("timeout");
                        return tracing::info!(%address, "a TLS handshake took too long");
                    }
                }
            }
        };
        let connection = Connection {
            stream,
            peer: Peer { address, certificate },
            cut: Box::pin(self.cut.cancelled_owned()),
            end: self.longest.map(|longest| Box::pin(tokio::time::sleep(longest))),
            greeting: Some(Greeting::within(self.handshake)),
            _place: place,
            _counted: Counted::new(),
        };
        // The server has stopped: then the connection is closed by being dropped.
        let _ = self.sender.send(Ok(connection)).await;
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that can be cut.
pub struct Connection {
    stream: Stream,
    peer: Peer,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    end: Option<Pin<Box<Sleep>>>,
    greeting: Option<Greeting>,
    _place: OwnedSemaphorePermit,
    _counted: Counted,
}

/// What a client has still to say before it is known to speak the protocol.
struct Greeting {
    /// Bytes.
    left: usize,
    until: Pin<Box<Sleep>>,
    /// Whether it was counted that the time is over.
    is_late: bool,
}

impl Greeting {
    fn within(time: Duration) -> Self {
        Self { left: PREFACE, until: Box::pin(tokio::time::sleep(time)), is_late: false }
    }
}

/// Counts a connection as long as it stands.
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!(CONNECTIONS).increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS).decrement(1.0);
    }
}

fn failed(reason: &'static str) {
    metrics::counter!(CONNECTIONS_FAILED, "reason" => reason).increment(1);
}

impl Connection {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let cut = self.cut.as_mut().poll(context).is_ready();
        let over = self.end.as_mut().is_some_and(|end| end.as_mut().poll(context).is_ready());
        if cut || over {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the server has cut the connection",
            ));
        }
        if let Some(greeting) = &mut self.greeting
            && greeting.until.as_mut().poll(context).is_ready()
        {
            if !std::mem::replace(&mut greeting.is_late, true) {
                failed("timeout");
            }
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the client has not begun to speak HTTP/2"));
        }
        Ok(())
    }

    /// Notes that the client has said something.
    fn hear(&mut self, bytes: usize) {
        if let Some(greeting) = &mut self.greeting {
            greeting.left = greeting.left.saturating_sub(bytes);
            if greeting.left == 0 {
                self.greeting = None;
            }
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;
    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        let before = buffer.filled().len();
        let read = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        self.hear(buffer.filled().len() - before);
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
