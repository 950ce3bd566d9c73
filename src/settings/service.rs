//! The gRPC server, its connections, and how much work is taken on.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Problems;
use crate::access::settings::TlsSettings;

/// gRPC server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on. Beyond loopback `serve` asks for TLS and authentication, or `--insecure`.
    pub listen: SocketAddr,
    /// Screenings and imports that run at once, called or submitted; further ones wait. 0 for one per
    /// processor.
    pub concurrent_screenings: usize,
    /// Seconds for calls in flight after a stop signal.
    pub drain_s: u64,
    /// Whether the reflection service is offered.
    pub reflection: bool,
    /// Transport security.
    pub tls: TlsSettings,
    /// Connections.
    pub connections: ConnectionSettings,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            concurrent_screenings: 0,
            drain_s: 30,
            reflection: true,
            tls: TlsSettings::default(),
            connections: ConnectionSettings::default(),
        }
    }
}

/// Connections of the gRPC port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Connections at the same time; further ones wait to be accepted.
    pub most: usize,
    /// Seconds for the TLS handshake, and then for the first bytes of HTTP/2.
    pub handshake_s: u64,
    /// Seconds between pings to a silent client.
    pub ping_s: u64,
    /// Seconds for the answer to a ping; then the client counts as gone.
    pub ping_answer_s: u64,
    /// Seconds after which a client is asked to connect anew, so that several servers share the load; 0
    /// for never.
    pub age_s: u64,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self { most: 1024, handshake_s: 10, ping_s: 45, ping_answer_s: 20, age_s: 3600 }
    }
}

impl ConnectionSettings {
    /// Says what is wrong with the values.
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(
            self.most > 0 && self.handshake_s > 0 && self.ping_s > 0 && self.ping_answer_s > 0,
            "server.connections: most, handshake_s, ping_s and ping_answer_s must be at least 1",
        );
    }
}

/// How much work is taken on, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkSettings {
    /// Estimated memory of the calls and screenings that may run at once, in MiB; beyond it calls are
    /// refused with RESOURCE_EXHAUSTED and submissions wait. One is always admitted.
    pub memory_mib: u64,
    /// Estimated tokens that may be embedded or wait for it; beyond it the same.
    pub tokens: u64,
    /// Submissions that may wait; more are refused.
    pub waiting: usize,
    /// Calls on documents that may wait for their turn; more are refused.
    pub calls_waiting: usize,
    /// Seconds without a sign of life after which another process takes over a submission.
    pub lease_s: u64,
    /// Most seconds of a call that looks something up, whatever the client states.
    pub lookup_s: u64,
    /// Most seconds of a call that receives a file or works on a document.
    pub document_s: u64,
    /// Most seconds of a call that follows a screening.
    pub watch_s: u64,
}

impl Default for WorkSettings {
    fn default() -> Self {
        Self {
            memory_mib: 2048,
            tokens: 4_000_000,
            waiting: 1000,
            calls_waiting: 16,
            lease_s: 30,
            lookup_s: 30,
            document_s: 3600,
            watch_s: 3600,
        }
    }
}

impl WorkSettings {
    /// Says what is wrong with the values.
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require(self.memory_mib > 0, "work.memory_mib: must be at least 1");
        problems.require(self.tokens > 0, "work.tokens: must be at least 1");
        problems.require((1..=10_000).contains(&self.waiting), "work.waiting: must be from 1 to 10000");
        let times = [self.lookup_s, self.document_s, self.watch_s];
        problems.require(
            times.iter().all(|time| *time > 0),
            "work: lookup_s, document_s and watch_s must be above 0",
        );
        problems.require(self.lease_s >= 4, "work.lease_s: must be at least 4");
    }
}
