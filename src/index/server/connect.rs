//! How is a Qdrant server reached, and what is done when it does not answer?
//!
//! Every call has a deadline. Within it, failures that pass (a node restarts, the connection broke, the
//! server asks to wait) are tried again with growing pauses, on the next node where several are named;
//! every call of ours may be repeated, because ids derive from content. What remains is reported as
//! [`IndexError::Unavailable`].
//!
//! A process stays with a node until that one fails. So it does not come back to a node the moment it has
//! started again, when that node may still answer from before it went away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qdrant_client::{Qdrant, QdrantError};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout_at};

use super::failure::{self, Remedy};
use crate::index::store::IndexError;

/// gRPC port of a Qdrant server, used where the URL names none.
const DEFAULT_PORT: u16 = 6334;

/// Minor versions of Qdrant 1 that the client library (1.19) is made for.
const SUPPORTED_MINORS: std::ops::RangeInclusive<u32> = 18..=20;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where a Qdrant server is and how to speak to it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// gRPC address, `http://HOST[:6334]` or, with TLS, `https://HOST[:6334]`; several nodes of one
    /// cluster are separated by commas. Certificates are checked against the system's store, or the file
    /// named by `SSL_CERT_FILE`.
    pub url: String,
    /// API key, if the server asks for one.
    pub api_key: Option<SecretString>,
    /// Time for one call, repetitions included.
    pub timeout: Duration,
    /// Time for making a connection.
    pub connect_timeout: Duration,
    /// What the names of the two collections begin with; several archives can share a server.
    pub collection_prefix: String,
    /// How the collections are spread where they are not there yet.
    pub layout: Layout,
}

/// How collections are spread over the nodes of a cluster. It holds from their creation on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Parts of the collection of passages. Inverse document frequencies are counted per part.
    pub shards: u32,
    /// Copies of every part.
    pub replicas: u32,
    /// Copies that must have applied a write before it counts as done.
    pub write_consistency: u32,
}

impl Layout {
    /// Copies of one part, of which a write must reach more than half.
    pub fn of_replicas(replicas: u32) -> Self {
        Self { shards: 1, replicas, write_consistency: replicas / 2 + 1 }
    }
}

impl ServerConfig {
    /// Makes a configuration with the usual settings: no key, 30 s per call, 5 s to connect, prefix
    /// `eia`, one copy.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api_key: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            collection_prefix: "eia".to_owned(),
            layout: Layout::of_replicas(1),
        }
    }
}

/// A server that was reached and has a version we can speak to.
pub struct Connection {
    nodes: Vec<Node>,
    /// Which of the nodes is asked.
    current: AtomicUsize,
    url: String,
    timeout: Duration,
}

struct Node {
    client: Qdrant,
    url: String,
}

impl Connection {
    /// Connects and checks the version.
    pub async fn open(config: &ServerConfig) -> Result<Self, IndexError> {
        let nodes = nodes(config)?;
        let url = nodes.iter().map(|node| node.url.as_str()).collect::<Vec<_>>().join(",");
        if config.api_key.is_some() && url.contains("http://") {
            tracing::warn!(%url, "the API key is sent without TLS");
        }
        // Processes that are given the same list begin with different nodes.
        let first = uuid::Uuid::new_v4().as_u128() % nodes.len() as u128;
        let current = AtomicUsize::new(usize::try_from(first).unwrap_or(0));
        let connection = Self { nodes, current, url, timeout: config.timeout };
        let server = connection
            .call("ask for the version", |client| async move { client.health_check().await })
            .await?;
        connection.require_version(&server.version)?;
        Ok(connection)
    }

    /// Returns the URL, or all of them separated by commas.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a call, again if need be, until it succeeds, fails for good or the time is up.
    pub async fn call<T, F>(
        &self,
        action: &'static str,
        request: impl Fn(Qdrant) -> F,
    ) -> Result<T, IndexError>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut pause = FIRST_PAUSE;
        let mut others = self.nodes.len() - 1;
        loop {
            let asked = self.current.load(Ordering::Relaxed);
            let node = &self.nodes[asked];
            let attempt = timeout_at(self.attempt_end(deadline), request(node.client.clone()));
            let error = match attempt.await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => Some(error),
                Err(_) => None,
            };
            let wait = match error.as_ref().map_or(Remedy::Repeat(None), failure::remedy) {
                Remedy::Repeat(wait) => wait.unwrap_or(pause),
                Remedy::OtherNode if others > 0 => Duration::ZERO,
                _ => return Err(self.failed(action, error)),
            };
            if Instant::now() + wait >= deadline {
                return Err(self.failed(action, error));
            }
            others = others.saturating_sub(1);
            let next = (asked + 1) % self.nodes.len();
            // Whoever else has seen the same failure has moved on already.
            let _ = self.current.compare_exchange(asked, next, Ordering::Relaxed, Ordering::Relaxed);
            let error = error.map_or_else(|| "no answer".to_owned(), |error| error.to_string());
            tracing::debug!(url = node.url, action, %error, "trying again");
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns until when one node is given time to answer: half of what is left where there are others.
    fn attempt_end(&self, deadline: Instant) -> Instant {
        if self.nodes.len() == 1 {
            return deadline;
        }
        let now = Instant::now();
        now + deadline.saturating_duration_since(now) / 2
    }

    fn require_version(&self, version: &str) -> Result<(), IndexError> {
        if is_supported(version) {
            return Ok(());
        }
        Err(IndexError::Incompatible {
            location: self.url.clone(),
            found: format!("a server of version {version:?}"),
            expected: format!("Qdrant 1.{} to 1.{}", SUPPORTED_MINORS.start(), SUPPORTED_MINORS.end()),
        })
    }

    fn failed(&self, action: &'static str, error: Option<QdrantError>) -> IndexError {
        let location = self.url.clone();
        match error {
            Some(error) => failure::reported(&error, location, action),
            None => {
                let what = format!("no answer within {:?} while it was to {action}", self.timeout);
                IndexError::Unavailable { location, what }
            }
        }
    }
}

/// Returns the nodes that the configuration names, unconnected.
fn nodes(config: &ServerConfig) -> Result<Vec<Node>, IndexError> {
    let nodes = config.url.split(',').map(|url| {
        let url = with_port(url.trim())?;
        let mut settings = Qdrant::from_url(&url);
        settings.api_key = config.api_key.as_ref().map(|key| key.expose_secret().to_owned());
        settings.timeout = config.timeout;
        settings.connect_timeout = config.connect_timeout;
        settings.keep_alive_while_idle = true;
        // Checked when the connection is opened: the library prints a warning and goes on.
        settings.check_compatibility = false;
        let invalid = |error: QdrantError| IndexError::Invalid { what: format!("{url}: {error}") };
        Ok(Node { client: settings.build().map_err(invalid)?, url })
    });
    nodes.collect()
}

fn is_supported(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next(), parts.next().and_then(|minor| minor.parse().ok()));
    major == Some("1") && minor.is_some_and(|minor| SUPPORTED_MINORS.contains(&minor))
}

fn with_port(url: &str) -> Result<String, IndexError> {
    let invalid = |why: &str| IndexError::Invalid {
        what: format!("{url:?} is not the address of a Qdrant server: {why}"),
    };
    let parsed: http::Uri = url.parse().map_err(|_| invalid("it is not a URL"))?;
    let scheme = parsed.scheme_str().unwrap_or("");
    if !["http", "https"].contains(&scheme) {
        return Err(invalid("it must begin with http:// or https://"));
    }
    let host = parsed.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| invalid("it names no host"))?;
    let port = parsed.port_u16().unwrap_or(DEFAULT_PORT);
    if port == 6333 {
        return Err(invalid("6333 is the port for REST; give the one for gRPC, usually 6334"));
    }
    Ok(format!("{scheme}://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_within_one_minor_version_are_supported() {
        for version in ["1.18.0", "1.19.3", "1.20.0-dev", "v1.18.2"] {
            assert!(is_supported(version), "{version}");
        }
        for version in ["1.17.9", "1.21.0", "2.19.0", "0.19.0", "", "1", "one.two"] {
            assert!(!is_supported(version), "{version}");
        }
    }

    #[test]
    fn addresses_get_the_grpc_port_and_wrong_ones_a_reason() {
        assert_eq!(with_port("http://db").unwrap(), "http://db:6334");
        assert_eq!(with_port("https://[::1]:7000/").unwrap(), "https://[::1]:7000");
        for (url, reason) in
            [("http://db:6333", "gRPC"), ("db:6334", "http://"), ("ftp://db", "http://"), ("http://", "URL")]
        {
            let message = with_port(url).unwrap_err().to_string();
            assert!(message.contains(reason), "{url}: {message}");
        }
    }
}
