//! A caller with too many documents under way, or that follows too many screenings, is refused, behind the layer that
//! recognised it and counted its call.
//!
//! What is counted is work: a caller that leaves and calls again has no more under way than one that waits.

use std::sync::Arc;
use std::time::Instant;

use http::{Extensions, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::Around;
use super::deadline::{Class, class_of};
use super::following::{Followed, Following};
use super::outcome::telling;
use super::status;
use crate::access::Caller;
use crate::access::allowance::{Allowance, Document};
use crate::metrics::EXCEEDED;

/// Refuses callers that have too much under way.
#[derive(Clone)]
pub struct LimitCallers {
    /// What callers may take.
    pub allowance: Allowance,
    /// What they follow.
    pub following: Following,
}

/// A document that is under way, or a screening that is followed; an extension of its request. Whatever goes on without
/// the call is to hold it.
#[derive(Clone, Default)]
pub struct UnderWay {
    _document: Option<Arc<Document>>,
    _followed: Option<Arc<Followed>>,
}

impl UnderWay {
    /// Returns what a call has under way; nothing if it is not counted.
    pub fn of<T>(request: &tonic::Request<T>) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }
}

impl Around for LimitCallers {
    type Kept = UnderWay;

    fn before(&self, path: &str) -> Result<Self::Kept, Status> {
        let Some(caller) = Caller::current() else { return Ok(UnderWay::default()) };
        match class_of(path) {
            Some(Class::Document) => {
                let document = self.allowance.document(&caller, Instant::now()).map_err(|exceeded| {
                    metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
                    status::exceeded(&exceeded)
                })?;
                Ok(UnderWay { _document: document.map(Arc::new), _followed: None })
            }
            Some(Class::Watch) => {
                let Some(limit) = self.allowance.followed() else { return Ok(UnderWay::default()) };
                let followed = self.following.begin(&caller, limit).inspect_err(|_| {
                    metrics::counter!(EXCEEDED, "limit" => "followed").increment(1);
                })?;
                Ok(UnderWay { _document: None, _followed: followed.map(Arc::new) })
            }
            Some(Class::Lookup) | None => Ok(UnderWay::default()),
        }
    }

    fn hand_over(counted: &Self::Kept, extensions: &mut Extensions) {
        extensions.insert(counted.clone());
    }

    /// An upload that is answered by a stream lasts as long as the stream.
    fn after(counted: Self::Kept, answer: Response<Body>) -> Response<Body> {
        telling(answer, Box::new(move |_| drop(counted)))
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;
    use crate::access::principal::{Principal, Proof, Role, Tenants};
    use crate::access::settings::CallerSettings;
    use crate::domain::tenant::TenantId;

    const WATCH: &str = "/eia.screening.v1.ScreeningService/WatchScreening";

    fn limit(followed: usize) -> LimitCallers {
        let settings = CallerSettings { calls_per_s: 0, burst: 0, documents: 1, followed, submissions: 0 };
        LimitCallers { allowance: Allowance::of(&settings), following: Following::default() }
    }

    fn caller(subject: &str, proof: Proof) -> Arc<Caller> {
        let principal = Principal {
            subject: subject.to_owned(),
            roles: [Role::Reviewer].into(),
            tenants: Tenants::Any,
            proof,
        };
        Caller::new(principal, TenantId::default(), String::new())
    }

    #[tokio::test]
    async fn a_document_counts_until_the_work_on_it_has_ended() {
        let limit = limit(0);
        let path = "/eia.screening.v1.PrecedentService/ImportCase";
        let calls = async {
            let kept = limit.before(path).unwrap();
            let mut request = tonic::Request::new(());
            LimitCallers::hand_over(&kept, request.extensions_mut());
            let work = UnderWay::of(&request);
            drop(request);
            // The caller leaves.
            drop(LimitCallers::after(kept, Response::new(Body::empty())));
            assert!(limit.before(path).is_err(), "the work goes on");
            drop(work);
            assert!(limit.before(path).is_ok());
        };
        caller("expert", Proof::Token).run(calls).await;
    }

    #[tokio::test]
    async fn one_caller_follows_so_many_screenings_and_the_others_may_follow_theirs() {
        let limit = limit(3);
        let follow = async || limit.before(WATCH);
        let mut followed = Vec::new();
        for _ in 0..3 {
            let kept = caller("expert", Proof::Token).run(follow()).await.unwrap();
            let answer = Body::new(axum::body::Body::from("what has been found so far"));
            followed.push(LimitCallers::after(kept, Response::new(answer)));
        }
        let refused = caller("expert", Proof::Token).run(follow()).await.err().unwrap();
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.metadata["limit"].as_str()), ("TOO_MANY_CALLS", "3"));
        assert!(caller("another", Proof::Token).run(follow()).await.is_ok());
        assert!(caller("anybody", Proof::None).run(follow()).await.is_ok());
        // Until the answer has been sent.
        followed.pop();
        let again = caller("expert", Proof::Token).run(follow()).await;
        assert!(again.is_ok());
        drop((again, followed));
        assert!(limit.following.is_empty(), "who follows nothing is forgotten");
    }

    #[tokio::test]
    async fn without_a_limit_nothing_that_is_followed_is_counted() {
        let (limit, mut followed) = (limit(0), Vec::new());
        for _ in 0..=CallerSettings::default().followed {
            let kept = caller("expert", Proof::Token).run(async { limit.before(WATCH) }).await;
            followed.push(kept.unwrap());
        }
        assert!(limit.following.is_empty());
    }
}
