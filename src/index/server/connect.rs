//! How is a Qdrant server reached, and what is done when it does not answer?
//!
//! Every call has a deadline. Within it, failures that pass (the server restarts, the connection broke,
//! the server asks to wait) are tried again with growing pauses; every call of ours may be repeated,
//! because ids derive from content. What remains is reported as [`IndexError::Unavailable`].

use std::time::Duration;

use qdrant_client::{Qdrant, QdrantError};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::Code;

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
    /// gRPC address, `http://HOST[:6334]` or, with TLS, `https://HOST[:6334]`. Certificates are
    /// checked against the system's store, or the file named by `SSL_CERT_FILE`.
    pub url: String,
    /// API key, if the server asks for one.
    pub api_key: Option<SecretString>,
    /// Time for one call, repetitions included.
    pub timeout: Duration,
    /// Time for making a connection.
    pub connect_timeout: Duration,
    /// What the names of the two collections begin with; several archives can share a server.
    pub collection_prefix: String,
}

impl ServerConfig {
    /// Makes a configuration with the usual settings: no key, 30 s per call, 5 s to connect, prefix
    /// `eia`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api_key: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            collection_prefix: "eia".to_owned(),
        }
    }
}

/// A server that was reached and has a version we can speak to.
pub struct Connection {
    client: Qdrant,
    url: String,
    timeout: Duration,
}

impl Connection {
    /// Connects and checks the version.
    pub async fn open(config: &ServerConfig) -> Result<Self, IndexError> {
        let url = with_port(&config.url)?;
        let key = config.api_key.as_ref().map(|key| key.expose_secret().to_owned());
        if key.is_some() && url.starts_with("http://") {
            tracing::warn!(%url, "the API key is sent without TLS");
        }
        let mut settings = Qdrant::from_url(&url);
        settings.api_key = key;
        settings.timeout = config.timeout;
        settings.connect_timeout = config.connect_timeout;
        settings.keep_alive_while_idle = true;
        // Checked below: the library prints a warning and goes on.
        settings.check_compatibility = false;
        let invalid = |error: QdrantError| IndexError::Invalid { what: format!("{url}: {error}") };
        let client = settings.build().map_err(invalid)?;
        let connection = Self { client, url, timeout: config.timeout };
        let server = connection
            .call("ask for the version", |client| async move { client.health_check().await })
            .await?;
        connection.require_version(&server.version)?;
        Ok(connection)
    }

    /// Returns the URL.
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
        loop {
            let Ok(outcome) = timeout_at(deadline, request(self.client.clone())).await else {
                let what = format!("no answer within {:?} while it was to {action}", self.timeout);
                return Err(self.unavailable(what));
            };
            let error = match outcome {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let Some(wait) = wait_before_retry(&error, pause) else {
                return Err(self.failed(action, &error));
            };
            if Instant::now() + wait >= deadline {
                return Err(self.unavailable(error.to_string()));
            }
            tracing::debug!(url = self.url, action, %error, "trying again");
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
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

    fn unavailable(&self, what: String) -> IndexError {
        IndexError::Unavailable { location: self.url.clone(), what }
    }

    fn failed(&self, action: &'static str, error: &QdrantError) -> IndexError {
        let (location, what) = (self.url.clone(), explain(error));
        match code(error) {
            Some(Code::InvalidArgument) => IndexError::Invalid { what },
            Some(Code::Unauthenticated | Code::PermissionDenied) => {
                IndexError::Invalid { what: format!("the server refuses the API key: {what}") }
            }
            Some(Code::ResourceExhausted | Code::DeadlineExceeded) => {
                IndexError::Unavailable { location, what }
            }
            _ => IndexError::Engine { location, action, what },
        }
    }
}

/// Returns how long to wait before a call is worth repeating, or `None` if it is not.
fn wait_before_retry(error: &QdrantError, pause: Duration) -> Option<Duration> {
    if let QdrantError::ResourceExhaustedError { retry_after_seconds, .. } = error {
        return Some(Duration::from_secs(*retry_after_seconds));
    }
    // The library reports a refused connection as an internal error with this text.
    let refused = || explain(error).contains("Failed to connect");
    match code(error)? {
        Code::Unavailable | Code::Cancelled | Code::Aborted => Some(pause),
        Code::Internal | Code::Unknown if refused() => Some(pause),
        _ => None,
    }
}

fn code(error: &QdrantError) -> Option<Code> {
    match error {
        QdrantError::ResponseError { status } | QdrantError::ResourceExhaustedError { status, .. } => {
            Some(status.code())
        }
        _ => None,
    }
}

fn explain(error: &QdrantError) -> String {
    match error {
        QdrantError::ResponseError { status } => status.message().to_owned(),
        other => other.to_string(),
    }
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

    #[test]
    fn only_passing_failures_are_repeated() {
        let failure = |code| QdrantError::ResponseError { status: tonic::Status::new(code, "no") };
        let pause = Duration::from_millis(5);
        assert_eq!(wait_before_retry(&failure(Code::Unavailable), pause), Some(pause));
        for code in [Code::InvalidArgument, Code::NotFound, Code::Internal, Code::PermissionDenied] {
            assert_eq!(wait_before_retry(&failure(code), pause), None);
        }
    }
}
