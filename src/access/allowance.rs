//! How much may one caller take? A rate of calls and a number of documents at once, so that one client
//! that loops does not shut out the others.
//!
//! Stands behind recognition and permission, before admission: what is refused here has cost nothing yet.
//! A caller is a subject acting for a tenant. Where authentication is off there are no callers to tell
//! apart, and nothing is counted.
//!
//! Invariant: callers that ask for nothing are forgotten, so memory is bounded by those who do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::caller::Caller;
use super::principal::Proof;
use super::settings::CallerSettings;

/// Callers remembered before those that ask for nothing are looked for.
const MANY: usize = 1_024;

/// A subject acting for a tenant.
type Key = (String, String);

/// What callers may take, and what they have taken. Clones share it.
#[derive(Clone)]
pub struct Allowance {
    shared: Arc<Shared>,
}

struct Shared {
    /// Time that one call stands for; none if calls are not limited.
    interval: Option<Duration>,
    /// How far ahead of the rate a caller may be.
    ahead: Duration,
    /// Calls on documents at once; none if they are not limited.
    documents: Option<usize>,
    calls_per_s: u32,
    taken: Mutex<HashMap<Key, Taken>>,
}

/// What a caller has taken.
struct Taken {
    /// When a caller that keeps to the rate would send its next call: a token bucket, written as one
    /// moment (generic cell rate algorithm).
    due: Instant,
    documents: usize,
}

/// A caller asks for too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Too many calls in too short a time.
    #[error("more than {per_second} calls a second")]
    Rate {
        /// Calls per second that are allowed in the long run.
        per_second: u32,
        /// Time after which the call would have been allowed.
        retry_after: Duration,
    },
    /// Too many documents at once.
    #[error("more than {limit} documents at once")]
    Documents {
        /// How many are allowed.
        limit: usize,
    },
}

impl Exceeded {
    /// Returns what was exceeded: `calls` or `documents`.
    pub fn limit(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "calls",
            Self::Documents { .. } => "documents",
        }
    }
}

/// A call on a document; it does not count any more when this is dropped.
pub struct Document {
    shared: Arc<Shared>,
    key: Key,
}

impl Allowance {
    /// Makes what the settings allow.
    pub fn of(settings: &CallerSettings) -> Self {
        let interval = (settings.calls_per_s > 0).then(|| Duration::from_secs(1) / settings.calls_per_s);
        let shared = Shared {
            interval,
            ahead: interval.unwrap_or_default() * settings.burst.max(1),
            documents: Some(settings.documents).filter(|limit| *limit > 0),
            calls_per_s: settings.calls_per_s,
            taken: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Counts a call of a caller at that moment.
    pub fn call(&self, caller: &Caller, now: Instant) -> Result<(), Exceeded> {
        let (Some(interval), Some(key)) = (self.shared.interval, key(caller)) else { return Ok(()) };
        let mut taken = self.shared.taken();
        let of_caller = of(&mut taken, key, now);
        let due = of_caller.due.max(now) + interval;
        let over = due.saturating_duration_since(now).saturating_sub(self.shared.ahead);
        if !over.is_zero() {
            let per_second = self.shared.calls_per_s;
            return Err(Exceeded::Rate { per_second, retry_after: over });
        }
        of_caller.due = due;
        Ok(())
    }

    /// Counts a call on a document until what is returned is dropped; nothing is counted where nothing is
    /// limited.
    pub fn document(&self, caller: &Caller, now: Instant) -> Result<Option<Document>, Exceeded> {
        let (Some(limit), Some(key)) = (self.shared.documents, key(caller)) else { return Ok(None) };
        let mut taken = self.shared.taken();
        let of_caller = of(&mut taken, key.clone(), now);
        if of_caller.documents >= limit {
            return Err(Exceeded::Documents { limit });
        }
        of_caller.documents += 1;
        Ok(Some(Document { shared: Arc::clone(&self.shared), key }))
    }
}

fn key(caller: &Caller) -> Option<Key> {
    let is_known = caller.principal.proof != Proof::None;
    is_known.then(|| (caller.principal.subject.clone(), caller.tenant.to_string()))
}

fn of(taken: &mut HashMap<Key, Taken>, key: Key, now: Instant) -> &mut Taken {
    if taken.len() >= MANY && !taken.contains_key(&key) {
        taken.retain(|_, of_caller| of_caller.documents > 0 || of_caller.due > now);
    }
    taken.entry(key).or_insert(Taken { due: now, documents: 0 })
}

impl Shared {
    fn taken(&self) -> MutexGuard<'_, HashMap<Key, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        if let Some(of_caller) = self.shared.taken().get_mut(&self.key) {
            of_caller.documents -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::principal::{Principal, Role, Tenants};
    use crate::domain::tenant::TenantId;

    fn caller(subject: &str, tenant: &str, proof: Proof) -> Arc<Caller> {
        let principal = Principal {
            subject: subject.to_owned(),
            roles: [Role::Reviewer].into(),
            tenants: Tenants::Any,
            proof,
        };
        Caller::new(principal, TenantId::parse(tenant).unwrap(), String::new())
    }

    fn settings() -> CallerSettings {
        CallerSettings { calls_per_s: 10, burst: 5, documents: 2, submissions: 0 }
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_rate_holds() {
        let (allowance, begun) = (Allowance::of(&settings()), Instant::now());
        let expert = caller("expert", "north", Proof::Token);
        let at = |ms: u64| begun + Duration::from_millis(ms);
        for _ in 0..5 {
            allowance.call(&expert, at(0)).unwrap();
        }
        let refused = allowance.call(&expert, at(0)).unwrap_err();
        let retry_after = Duration::from_millis(100);
        assert_eq!(refused, Exceeded::Rate { per_second: 10, retry_after });
        assert!(allowance.call(&expert, at(99)).is_err());
        allowance.call(&expert, at(100)).unwrap();
        assert!(allowance.call(&expert, at(110)).is_err(), "refused calls do not push the next one away");
        allowance.call(&expert, at(200)).unwrap();
        for (other, tenant) in [("other", "north"), ("expert", "south")] {
            allowance.call(&caller(other, tenant, Proof::Jwt), at(200)).unwrap();
        }
        // In the long run no more than the rate, whatever is tried.
        let many = (0..10_000).filter(|ms| allowance.call(&expert, at(1_000 + ms)).is_ok()).count();
        assert!((100..=105).contains(&many), "{many}");
    }

    #[test]
    fn documents_count_until_they_are_done() {
        let (allowance, now) = (Allowance::of(&settings()), Instant::now());
        let expert = caller("expert", "north", Proof::Token);
        let first = allowance.document(&expert, now).unwrap();
        let _second = allowance.document(&expert, now).unwrap();
        assert_eq!(allowance.document(&expert, now).err(), Some(Exceeded::Documents { limit: 2 }));
        assert!(allowance.document(&caller("other", "north", Proof::Token), now).is_ok());
        drop(first);
        assert!(allowance.document(&expert, now).is_ok());
    }

    #[test]
    fn nobody_is_counted_where_nobody_is_recognised_or_nothing_limited() {
        let now = Instant::now();
        let off = CallerSettings { calls_per_s: 0, burst: 0, documents: 0, submissions: 0 };
        for (allowance, proof) in
            [(Allowance::of(&settings()), Proof::None), (Allowance::of(&off), Proof::Token)]
        {
            let caller = caller("anybody", "default", proof);
            for _ in 0..1_000 {
                allowance.call(&caller, now).unwrap();
                std::mem::forget(allowance.document(&caller, now).unwrap());
            }
        }
    }

    #[test]
    fn callers_that_ask_for_nothing_are_forgotten() {
        let (allowance, begun) = (Allowance::of(&settings()), Instant::now());
        for number in 0..10 * MANY {
            let now = begun + Duration::from_secs(number as u64);
            allowance.call(&caller(&format!("job-{number}"), "north", Proof::Jwt), now).unwrap();
        }
        assert!(allowance.shared.taken().len() <= MANY);
    }
}
