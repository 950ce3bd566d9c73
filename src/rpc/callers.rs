//! A caller with too many documents under way is refused, behind the layer that recognised it and counted its call.
//!
//! What is counted is work: a caller that leaves and calls again has no more under way than one that waits.

use std::sync::Arc;
use std::time::Instant;

use http::{Extensions, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::Around;
use super::deadline::{Class, class_of};
use super::outcome::telling;
use super::status;
use crate::access::Caller;
use crate::access::allowance::{Allowance, Document};
use crate::metrics::EXCEEDED;

/// Refuses callers with too many documents under way.
#[derive(Clone)]
pub struct LimitCallers {
    /// What callers may take.
    pub allowance: Allowance,
}

/// A document that is under way; an extension of its request. Whatever goes on without the call is to hold it.
#[derive(Clone, Default)]
pub struct UnderWay {
    _counted: Option<Arc<Document>>,
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
        if class_of(path) != Some(Class::Document) {
            return Ok(UnderWay::default());
        }
        let Some(caller) = Caller::current() else { return Ok(UnderWay::default()) };
        let counted = self.allowance.document(&caller, Instant::now()).map_err(|exceeded| {
            metrics::counter!(EXCEEDED, "limit" => exceeded.limit()).increment(1);
            status::exceeded(&exceeded)
        })?;
        Ok(UnderWay { _counted: counted.map(Arc::new) })
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
    use super::*;
    use crate::access::principal::{Principal, Proof, Role, Tenants};
    use crate::access::settings::CallerSettings;
    use crate::domain::tenant::TenantId;

    #[tokio::test]
    async fn a_document_counts_until_the_work_on_it_has_ended() {
        let settings = CallerSettings { calls_per_s: 0, burst: 0, documents: 1, submissions: 0 };
        let limit = LimitCallers { allowance: Allowance::of(&settings) };
        let principal = Principal {
            subject: "expert".to_owned(),
            roles: [Role::Reviewer].into(),
            tenants: Tenants::Any,
            proof: Proof::Token,
        };
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
        Caller::new(principal, TenantId::default(), String::new()).run(calls).await;
    }
}
