//! On whose behalf does this call run?
//!
//! The access layer of the port sets the caller around a call; what hands out the archive asks for it
//! here and fails without one. So a handler can neither forget nor choose the tenant.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::audit::{Audit, Entry, Unrecorded};
use super::principal::Principal;
use crate::domain::tenant::TenantId;

/// Resources noted for one call; a call that reads more is cut short in the audit log.
const MOST_NOTED: usize = 32;

/// A recognised principal in the middle of a call.
#[derive(Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The tenant it acts for.
    pub tenant: TenantId,
    /// Id of the call in logs.
    pub request_id: String,
    touched: Mutex<Vec<String>>,
    /// Where changes are recorded before they are made, and what is known of the call.
    record: OnceLock<(Audit, Entry)>,
}

tokio::task_local! {
    static CURRENT: Arc<Caller>;
}

impl Caller {
    /// Begins a call.
    pub fn new(principal: Principal, tenant: TenantId, request_id: String) -> Arc<Self> {
        let (touched, record) = (Mutex::default(), OnceLock::new());
        Arc::new(Self { principal, tenant, request_id, touched, record })
    }

    /// Runs a call on behalf of this caller.
    pub async fn run<F: Future>(self: Arc<Self>, call: F) -> F::Output {
        CURRENT.scope(self, call).await
    }

    /// Returns the caller of the call that is running, if any.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Notes that a resource was read, for the audit log.
    pub fn touch(&self, resource: String) {
        self.note(resource, MOST_NOTED);
    }

    fn note(&self, resource: String, most: usize) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if touched.len() < most && !touched.contains(&resource) {
            touched.push(resource);
        }
    }

    /// Says where changes of this call are recorded before they are made, and with what.
    pub(super) fn record_changes(&self, audit: Audit, entry: Entry) {
        // A call is noted once.
        let _ = self.record.set((audit, entry));
    }

    /// Notes a resource that is about to be written or deleted, and waits until the audit log has it. Whoever does
    /// not wait to the end must not make the change. It is noted however much was read: the line of the call names
    /// all that was changed.
    pub async fn begin_change(&self, resource: String) -> Result<(), Unrecorded> {
        self.note(resource.clone(), usize::MAX);
        let Some((audit, entry)) = self.record.get() else { return Ok(()) };
        audit.begin(Entry { resources: vec![resource], ..entry.clone() }).await
    }

    /// Returns the resources that were noted.
    pub fn touched(&self) -> Vec<String> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_has_its_own_caller_and_nothing_else_has_one() {
        assert!(Caller::current().is_none());
        let caller = Caller::new(Principal::anonymous(), TenantId::default(), "r1".to_owned());
        let seen = Arc::clone(&caller).run(async { Caller::current().map(|c| c.request_id.clone()) }).await;
        assert_eq!(seen.as_deref(), Some("r1"));
        let spawned =
            Arc::clone(&caller).run(async { tokio::spawn(async { Caller::current().is_none() }).await });
        assert!(spawned.await.unwrap(), "work of its own gets the archive handed over, not the caller");
    }

    #[tokio::test]
    async fn what_is_changed_is_noted_however_much_was_read() {
        let caller = Caller::new(Principal::anonymous(), TenantId::default(), String::new());
        for number in 0..100 {
            caller.touch(format!("cases/{number}"));
        }
        caller.begin_change("screenings/1".to_owned()).await.unwrap();
        assert!(caller.touched().contains(&"screenings/1".to_owned()));
    }

    #[test]
    fn resources_are_noted_once_and_not_without_end() {
        let caller = Caller::new(Principal::anonymous(), TenantId::default(), String::new());
        for number in 0..100 {
            caller.touch(format!("cases/{}", number / 2));
        }
        assert_eq!(caller.touched().len(), MOST_NOTED);
    }
}
