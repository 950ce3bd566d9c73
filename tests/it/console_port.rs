//! The console's port: connections that hold on to it, and what a stop does to pages under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eia_screen::access::Guard;
use eia_screen::console::server::listen;
use eia_screen::rpc::state::State;
use eia_screen::settings::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const PAGE: &[u8] = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// A form of which half has been sent, and the other half.
const HALF: (&[u8], &[u8]) = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
      Content-Length: 10\r\n\r\nname=",
    b"Jasur",
);
/// The head of that form, from a browser that asks whether the rest is wanted. The answer comes when it is being read.
const ASKING: &[u8] = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\
      Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n";
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

struct Port {
    address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

async fn open(set: impl FnOnce(&mut Settings)) -> Port {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = crate::service::settings(folder.path());
    set(&mut settings);
    let index = eia_screen::assembly::archive(&settings, None).await.unwrap();
    let state = State::of(&settings);
    state.ready(Arc::new(crate::service::screener(&settings, None, Some(index)).unwrap()));
    let address = "127.0.0.1:0".parse().unwrap();
    let listening = listen(&settings, Guard::open_to_all(), state, address).await.unwrap();
    let (address, stop) = (listening.address, CancellationToken::new());
    let serving = tokio::spawn(listening.serve(stop.clone()));
    Port { address, stop, serving, _folder: folder }
}

impl Port {
    async fn say(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// Sends half of a form; the page is under way by then.
    async fn begin(&self) -> TcpStream {
        let mut page = self.say(ASKING).await;
        assert_eq!(answer(&mut page).await, "HTTP/1.1 100 Continue\r\n\r\n");
        page.write_all(b"name=").await.unwrap();
        page
    }
}

/// The beginning of the answer; empty if the connection is closed.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 64];
    let read =
        tokio::time::timeout(LONG, stream.read(&mut bytes)).await.expect("an answer comes").unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // Closed in order or not.
    let _ =
        tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await.expect("the connection is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_are_closed() {
    let port = open(|settings| settings.server.connections.handshake_s = 1).await;
    for begun in [&b""[..], b"GET / HTTP/1.1\r\nHost: local", PAGE] {
        closed(&mut port.say(begun).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_brings_may_neither_stall_nor_trickle() {
    let port = open(|settings| settings.server.connections.handshake_s = 1).await;
    let mut stalled = port.say(HALF.0).await;
    assert!(answer(&mut stalled).await.starts_with("HTTP/1.1 4"));
    closed(&mut stalled).await;

    let port = open(|settings| settings.work.document_s = 1).await;
    let mut slow = port.say(HALF.0).await;
    for piece in HALF.1.chunks(1).take(4) {
        tokio::time::sleep(Duration::from_millis(400)).await;
        // It may be closed by then.
        let _ = slow.write_all(piece).await;
    }
    assert!(answer(&mut slow).await.starts_with("HTTP/1.1 408"));
    closed(&mut slow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_as_many_connections_as_the_settings_say() {
    let port = open(|settings| {
        (settings.server.connections.most, settings.server.connections.handshake_s) = (1, 60);
    })
    .await;
    let mut first = port.say(PAGE).await;
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = port.say(PAGE).await;
    let early = tokio::time::timeout(Duration::from_millis(300), second.readable()).await;
    assert!(early.is_err(), "the second waits for the first");
    drop(first);
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_pages_under_way_end_and_cuts_what_outlasts_the_drain() {
    let port = open(|settings| settings.server.drain_s = 30).await;
    let (mut page, mut idle) = (port.begin().await, port.say(PAGE).await);
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    port.stop.cancel();
    closed(&mut idle).await;
    assert!(TcpStream::connect(port.address).await.is_err(), "no new connections");
    assert!(!port.serving.is_finished(), "a page is under way");
    page.write_all(HALF.1).await.unwrap();
    assert!(answer(&mut page).await.starts_with("HTTP/1.1 303"));
    tokio::time::timeout(LONG, port.serving).await.expect("it ends").unwrap();

    let port = open(|settings| settings.server.drain_s = 1).await;
    let (mut page, mut idle) = (port.begin().await, port.say(PAGE).await);
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    let begun = Instant::now();
    port.stop.cancel();
    tokio::time::timeout(LONG, port.serving).await.expect("it ends").unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    closed(&mut page).await;
}
