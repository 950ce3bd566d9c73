//! The layer at which every call is let in or refused, before anything of its message is decoded.
//!
//! ```text
//! proof ─► rate ─► known method? ─► role ─► tenant ─► handler, on behalf of the caller ─► audit log
//! ```
//!
//! Health checks pass without proof. Refused calls are recorded too, those without a valid proof up to the
//! rate of their address, the others up to the rate of their caller. Invariant: no handler runs without
//! a [`Caller`], and the proof itself goes no further than this layer.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tonic::codegen::{Bytes, StdError};
use tonic::{Code, Status};

use super::connections::Peer;
use super::outcome::telling;
use super::reasons::code_name;
use super::request_id::RequestId;
use super::status;
use crate::access::allowance::Allowance;
use crate::access::attempts::Attempt;
use crate::access::audit::Entry;
use crate::access::authenticator::bearer;
use crate::access::methods::{Demand, demand_of};
use crate::access::{Caller, Guard, Noted, Principal, Proofs, authorize};
use crate::domain::tenant::TenantId;
use crate::metrics::{EXCEEDED, REFUSED};

/// Metadata key by which a caller with several tenants chooses one.
pub const TENANT_HEADER: &str = "eia-tenant";

/// Makes the layer.
#[derive(Clone)]
pub struct AccessLayer {
    guard: Guard,
    allowance: Allowance,
}

impl AccessLayer {
    /// Makes the layer; `allowance` says how often one caller may call.
    pub fn new(guard: Guard, allowance: Allowance) -> Self {
        Self { guard, allowance }
    }
}

impl<S> tower::Layer<S> for AccessLayer {
    type Service = Access<S>;
    fn layer(&self, inner: S) -> Access<S> {
        Access { inner, layer: self.clone() }
    }
}

/// Lets calls in or refuses them.
#[derive(Clone)]
pub struct Access<S> {
    inner: S,
    layer: AccessLayer,
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S, B, R> tower::Service<Request<B>> for Access<S>
where
    S: tower::Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let demand = demand_of(request.uri().path());
        if demand == Some(Demand::Nothing) {
            return Box::pin(async move { Ok(inner.call(request).await?.map(Body::new)) });
        }
        let audit = self.layer.guard.audit.clone();
        let mut entry = entry(&request);
        match self.layer.admit(demand, &mut request, &mut entry) {
            Err(Refusal { status, is_recorded, reason }) => {
                if let Some(reason) = reason {
                    metrics::counter!(REFUSED, "reason" => reason).increment(1);
                }
                if is_recorded {
                    entry.outcome = code_name(status.code()).to_owned();
                    audit.record_refusal(entry);
                }
                Box::pin(std::future::ready(Ok(status.into_http())))
            }
            Ok(caller) => Box::pin(async move {
                let noted = Noted::begin(audit, entry, Arc::clone(&caller));
                let answer = caller.run(async move { inner.call(request).await }).await?;
                Ok(telling(answer.map(Body::new), Box::new(move |code| noted.end(code_name(code)))))
            }),
        }
    }
}

fn entry<B>(request: &Request<B>) -> Entry {
    let peer = request.extensions().get::<Peer>();
    Entry {
        // A path that is no method is the caller's own text: kept short.
        what: request.uri().path().chars().take(200).collect(),
        request_id: RequestId::of(request.extensions()).to_string(),
        peer: peer.map_or_else(String::new, |peer| peer.address.to_string()),
        ..Entry::default()
    }
}

impl AccessLayer {
    fn admit<B>(
        &self,
        demand: Option<Demand>,
        request: &mut Request<B>,
        entry: &mut Entry,
    ) -> Result<Arc<Caller>, Refusal> {
        let token = take_token(request.headers_mut());
        let peer = request.extensions().get::<Peer>();
        let proofs = Proofs { token, certificate: peer.and_then(|peer| peer.certificate.as_deref()) };
        let recognised = self.guard.authenticator.authenticate(&proofs);
        let principal = recognised.map_err(|_| self.unrecognised(peer.map(|peer| peer.address.ip())))?;
        entry.who.clone_from(&principal.subject);
        entry.proof = principal.proof.name().to_owned();
        let named = request.headers().get(TENANT_HEADER).map(|value| value.to_str().unwrap_or("?"));
        let tenant = principal.acting_for(named);
        entry.tenant = tenant.as_ref().map_or_else(|_| String::new(), ToString::to_string);
        // Before anything else: whatever the call is refused for, it counts.
        self.count(&principal, tenant.as_ref().ok(), entry)?;
        let Some(Demand::Needs(permission)) = demand else { return Err(status::unknown_method().into()) };
        authorize(&principal, permission).map_err(|denied| status::denied(&denied))?;
        let tenant = tenant.map_err(|denied| status::denied(&denied))?;
        if !self.guard.audit.is_writable() {
            return Err(status::audit_unavailable().into());
        }
        Ok(Caller::new(principal, tenant, entry.request_id.clone()))
    }

    fn unrecognised(&self, address: Option<IpAddr>) -> Refusal {
        let (status, is_recorded) = match self.guard.unrecognised(address) {
            Attempt::Within => (status::unrecognised(), true),
            Attempt::Beyond { retry_after, is_first } => (status::too_many_attempts(retry_after), is_first),
        };
        Refusal { status, is_recorded, reason: None }
    }

    /// Refuses what is beyond the rate of its caller.
    fn count(
        &self,
        principal: &Principal,
        tenant: Option<&TenantId>,
        entry: &mut Entry,
    ) -> Result<(), Refusal> {
        self.allowance.call(principal, tenant, Instant::now()).map_err(|exceeded| {
            metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
            entry.left_out = exceeded.left_out().unwrap_or_default();
            let is_recorded = exceeded.left_out().is_some();
            Refusal { status: status::exceeded(&exceeded), is_recorded, reason: None }
        })
    }
}

/// Why a call is not let in.
struct Refusal {
    status: Status,
    /// Whether it stands in the audit log.
    is_recorded: bool,
    /// What it is counted as; none if it was counted already.
    reason: Option<&'static str>,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let reason = Some(refusal_reason(status.code()));
        Self { status, is_recorded: true, reason }
    }
}

fn refusal_reason(code: Code) -> &'static str {
    match code {
        Code::PermissionDenied => "denied",
        Code::Unimplemented => "unknown_method",
        _ => "audit",
    }
}

/// Takes the token out of the headers, so that nothing behind this layer sees it.
fn take_token(headers: &mut HeaderMap) -> Option<secrecy::SecretString> {
    let header = headers.remove(http::header::AUTHORIZATION)?;
    // What is no bearer token is a proof that does not hold, not the absence of one.
    Some(bearer(&header).unwrap_or_default())
}
