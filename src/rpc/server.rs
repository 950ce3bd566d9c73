//! Assembles the server: services, layers, health, reflection, orderly stop.
//!
//! Health says NOT_SERVING until the model's golden vectors check out and the archive is open, again
//! while the archive does not answer or the audit log cannot be written, and from the moment a stop is asked
//! for. A stop runs in this order: health, no new connections, watches end, calls in flight finish within a
//! time of their own, what is left is cut.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower_http::catch_panic::CatchPanicLayer;

use super::access::AccessLayer;
use super::around::AroundLayer;
use super::callers::LimitCallers;
use super::deadline::{Ceilings, DeadlineLayer};
use super::following::Following;
use super::held::HoldRoom;
use super::measure::Measure;
use super::meter::MeterLayer;
use super::precedents::PrecedentApi;
use super::reachability::Reached;
use super::request_id::RequestIdLayer;
use super::reviews::ReviewApi;
use super::rules::RuleApi;
use super::screening::ScreeningApi;
use super::state::State;
use super::watches::EndWatches;
use super::{DESCRIPTORS, connections, frames, measure, reachability, status, v1};
use crate::access::Guard;
use crate::access::tls::Tls;
use crate::access::watched::UnusableFile;
use crate::admin::Readiness;
use crate::contain::BROKE_DOWN;
use crate::screen::run::Screener;
use crate::settings::Settings;

/// Largest messages of a service in bytes. Those of requests are the decoder's own; `meter` refuses earlier and with a
/// reason, method by method.
struct MessageLimits {
    request: usize,
    answer: usize,
}

/// A whole document in sections; the report of a very long document.
const SCREENING: MessageLimits = MessageLimits { request: frames::DOCUMENT, answer: 64 << 20 };
/// One chunk with its frame; five hundred cases with their conditions and documents.
const PRECEDENT: MessageLimits = MessageLimits { request: frames::UPLOAD, answer: 32 << 20 };
/// A reason of ten thousand characters; five hundred of them.
const REVIEW: MessageLimits = MessageLimits { request: frames::VERDICT, answer: 32 << 20 };
/// A name; five hundred requirement sets or one with its requirements.
const RULE: MessageLimits = MessageLimits { request: frames::NAME, answer: 8 << 20 };
/// Calls of one connection at the same time.
const MAX_STREAMS: u32 = 256;
/// Largest headers of a call; a signed token is the largest thing in them.
const MAX_HEADERS: u32 = 32 << 10;
/// Time for cut connections to be gone.
const CUT: Duration = Duration::from_secs(5);

/// Names of the public services that need the archive, for health; the first one is the server as a whole.
const ON_ARCHIVE: [&str; 4] = [
    "",
    "eia.screening.v1.ScreeningService",
    "eia.screening.v1.PrecedentService",
    "eia.screening.v1.ReviewService",
];
/// The one that does not.
const RULES: &str = "eia.screening.v1.RuleService";

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Choose another address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Correct the certificate, the key or the authorities.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] UnusableFile),
    /// Report it.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
    /// Report it: the descriptor set does not decode.
    #[error("reflection could not be set up: {what}")]
    Reflection {
        /// What the library said.
        what: String,
    },
    /// Correct the model, the rules or the archive.
    #[error("{what}")]
    NotReady {
        /// What is wrong.
        what: String,
    },
}

/// A server that listens and is about to serve.
pub struct Listening {
    /// Address it listens on; the port is known even if 0 was asked for.
    pub address: SocketAddr,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    guard: Guard,
    settings: Settings,
    readiness: Readiness,
    state: State,
}

/// Starts to listen; calls wait until [`Listening::serve`] runs. `guard` stands before every method.
pub async fn listen(settings: &Settings, guard: Guard) -> Result<Listening, ServeError> {
    measure::begin();
    let tls = Tls::open(&settings.server.tls, &["h2"])?.map(Arc::new);
    let failed = |source| ServeError::Listen { address: settings.server.listen, source };
    let listener = TcpListener::bind(settings.server.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let readiness = Readiness::default();
    let state = State::of(settings);
    Ok(Listening { address, listener, tls, guard, settings: settings.clone(), readiness, state })
}

/// A handler that panics fails its own call, and nothing else.
fn panicked(_: Box<dyn Any + Send>) -> http::Response<tonic::body::Body> {
    status::internal(&BROKE_DOWN).into_http()
}

fn serving_if(is_served: bool) -> ServingStatus {
    if is_served { ServingStatus::Serving } else { ServingStatus::NotServing }
}

async fn set_all(health: &HealthReporter, status: ServingStatus) {
    set_on_archive(health, status).await;
    health.set_service_status(RULES, status).await;
}

async fn set_on_archive(health: &HealthReporter, status: ServingStatus) {
    for service in ON_ARCHIVE {
        health.set_service_status(service, status).await;
    }
}

impl Listening {
    /// Returns what the services share; other doors of the same service share it too.
    pub fn state(&self) -> State {
        self.state.clone()
    }

    /// Returns what connections are encrypted with, if they are.
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Returns what tells others whether calls are served.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Serves until `stop` is cancelled. `prepare` loads model, rules and archive meanwhile; if it
    /// fails, the server stops with its message.
    pub async fn serve(
        self,
        prepare: impl Future<Output = Result<Arc<Screener>, String>> + Send,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        let Self { listener, tls, guard, settings, readiness, state, .. } = self;
        let (closing, cut) = (CancellationToken::new(), CancellationToken::new());
        // However this ends, nothing goes on listening and no connection stays.
        let _ends = (closing.clone().drop_guard(), cut.clone().drop_guard());
        let ceilings = Ceilings {
            lookup: Duration::from_secs(settings.work.lookup_s),
            document: Duration::from_secs(settings.work.document_s),
            watch: Duration::from_secs(settings.work.watch_s),
        };
        let allowance = state.allowance().clone();
        let settings = settings.server;
        let (health, health_service) = tonic_health::server::health_reporter();
        set_all(&health, ServingStatus::NotServing).await;
        let reflection =
            |what: tonic_reflection::server::Error| ServeError::Reflection { what: what.to_string() };
        let (reflection_v1, reflection_v1alpha) = if settings.reflection {
            let build = || {
                tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(DESCRIPTORS)
                    .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            };
            (
                Some(build().build_v1().map_err(reflection)?),
                Some(build().build_v1alpha().map_err(reflection)?),
            )
        } else {
            (None, None)
        };
        macro_rules! sized {
            ($limits:ident, $server:expr) => {
                $server.max_decoding_message_size($limits.request).max_encoding_message_size($limits.answer)
            };
        }
        use v1::precedent_service_server::PrecedentServiceServer;
        use v1::review_service_server::ReviewServiceServer;
        use v1::rule_service_server::RuleServiceServer;
        use v1::screening_service_server::ScreeningServiceServer;
        let seconds = |seconds| Some(Duration::from_secs(seconds)).filter(|time| !time.is_zero());
        let connections = &settings.connections;
        let mut server = Server::builder()
            .http2_keepalive_interval(seconds(connections.ping_s))
            .http2_keepalive_timeout(seconds(connections.ping_answer_s))
            .http2_max_header_list_size(MAX_HEADERS)
            .max_concurrent_streams(MAX_STREAMS);
        if let Some(age) = seconds(connections.age_s) {
            server = server.max_connection_age(age);
        }
        let router = server
            // From the outside in. Access is outside of panics and deadlines, so that the audit log has
            // what became of the call.
            .layer(RequestIdLayer)
            .layer(AroundLayer(Measure))
            .layer(AccessLayer::new(guard.clone(), allowance.clone()))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(DeadlineLayer::new(ceilings))
            // Inside of deadlines: who reads no answers takes no more than others for longer than they may take.
            .layer(AroundLayer(LimitCallers { allowance, following: Following::default() }))
            .layer(EndWatches { closing: closing.clone() })
            .layer(MeterLayer::new(state.admission().clone()))
            .layer(AroundLayer(HoldRoom))
            .add_service(health_service)
            .add_optional_service(reflection_v1)
            .add_optional_service(reflection_v1alpha)
            .add_service(sized!(
                SCREENING,
                ScreeningServiceServer::new(ScreeningApi { state: state.clone() })
            ))
            .add_service(sized!(
                PRECEDENT,
                PrecedentServiceServer::new(PrecedentApi { state: state.clone() })
            ))
            .add_service(sized!(REVIEW, ReviewServiceServer::new(ReviewApi { state: state.clone() })))
            .add_service(sized!(RULE, RuleServiceServer::new(RuleApi { state: state.clone() })));
        let incoming =
            connections::accept(listener, tls, &settings.connections, closing.clone(), cut.clone());
        let serving = router.serve_with_incoming_shutdown(incoming, closing.clone().cancelled_owned());
        tokio::pin!(serving);

        let become_ready = async {
            let screener = prepare.await.map_err(|what| ServeError::NotReady { what })?;
            let index = screener.index.clone();
            state.ready(screener);
            set_all(&health, ServingStatus::Serving).await;
            readiness.set(true);
            tracing::info!("serving");
            Ok::<_, ServeError>(index)
        };
        let archive = tokio::select! {
            result = &mut serving => return result.map_err(ServeError::from),
            result = become_ready => result?,
            // Nobody was told that calls are served, and nothing is under way.
            () = stop.cancelled() => {
                guard.audit.flush();
                return Ok(());
            }
        };
        let reached = async {
            let changed = async |reached: Reached| {
                set_on_archive(&health, serving_if(reached.archive && reached.audit)).await;
                health.set_service_status(RULES, serving_if(reached.audit)).await;
                // The operator's port asks the audit log itself, and says that it is the reason.
                readiness.set(reached.archive);
            };
            reachability::watch(archive, guard.audit.clone(), stop.clone(), changed).await;
        };
        tokio::select! {
            result = &mut serving => return result.map_err(ServeError::from),
            () = reached => {
                readiness.set(false);
                set_all(&health, ServingStatus::NotServing).await;
            }
        }
        closing.cancel();
        // tonic waits for calls in flight without end; the drain has a limit of its own.
        let drain = Duration::from_secs(settings.drain_s);
        // Submitted screenings that do not end in time go back to the archive, for the next process.
        let submissions = async {
            if let Ok(submissions) = state.submissions() {
                submissions.stop(drain).await;
            }
        };
        let (served, ()) = tokio::join!(tokio::time::timeout(drain, &mut serving), submissions);
        let drained = match served {
            Ok(result) => result.map_err(ServeError::from),
            Err(_) => {
                tracing::warn!(seconds = settings.drain_s, "calls in flight are cut off at the drain limit");
                cut.cancel();
                match tokio::time::timeout(CUT, &mut serving).await {
                    Ok(result) => result.map_err(ServeError::from),
                    Err(_) => Ok(()),
                }
            }
        };
        if !guard.audit.flush() {
            tracing::error!("the audit log could not be written to its end");
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;
    use tower::{Layer, Service, ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_fails_its_own_call_with_an_id() {
        let handler = service_fn(|_: http::Request<()>| async {
            if true {
                panic!("index out of range, secret path");
            }
            Ok::<_, std::convert::Infallible>(http::Response::new(tonic::body::Body::empty()))
        });
        let mut service = CatchPanicLayer::custom(panicked).layer(handler);
        for _ in 0..2 {
            let answer = service.ready().await.unwrap().call(http::Request::new(())).await.unwrap();
            let status = tonic::Status::from_header_map(answer.headers()).unwrap();
            assert_eq!(status.code(), tonic::Code::Internal);
            assert!(!status.message().contains("secret"));
            assert!(status.get_details_error_info().unwrap().metadata.contains_key("error_id"));
        }
    }
}
