//! How much may one caller take? A rate of calls and a number of documents at once, so that one client
//! that loops does not shut out the others.
//!
//! Calls are counted as soon as it is known who calls, before it is asked what the caller may do: a call that is
//! refused has its entry in the audit log like any other, and nobody may fill the log with them. Of the calls
//! beyond the rate the log gets one a minute, with the number of those that it did not get.
//! A caller is a subject acting for a tenant; one that may name any tenant is one caller whichever it names.
//! Where authentication is off there are no callers to tell apart, and nothing is counted.
//!
//! Invariant: callers that ask for nothing are forgotten, so memory is bounded by those who do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::caller::Caller;
use super::principal::{Principal, Proof, Tenants};
use super::settings::CallerSettings;
use crate::domain::tenant::TenantId;

/// Callers remembered before those that ask for nothing are looked for.
const MANY: usize = 1_024;

/// Time for which one refusal in the audit log stands for those of the same caller that follow.
const PERIOD: Duration = Duration::from_secs(60);

/// A subject acting for a tenant; the tenant is empty if the one that was named is not the caller's, and [`ANY`] if
/// all are.
type Key = (String, String);

/// No name of a tenant.
const ANY: &str = "*";

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
    /// Screenings followed at once; none if they are not limited.
    followed: Option<usize>,
    calls_per_s: u32,
    taken: Mutex<HashMap<Key, Taken>>,
}

/// What a caller has taken.
struct Taken {
    /// When a caller that keeps to the rate would send its next call: a token bucket, written as one
    /// moment (generic cell rate algorithm).
    due: Instant,
    documents: usize,
    /// When a call beyond the rate was last one for the audit log.
    recorded: Option<Instant>,
    /// Calls beyond the rate since then.
    left_out: u64,
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
        /// Whether it is one for the audit log, and then how many before it were not.
        left_out: Option<u64>,
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

    /// Returns how many refusals before this one the audit log did not get; `None` if it does not get this one.
    pub fn left_out(&self) -> Option<u64> {
        match self {
            Self::Rate { left_out, .. } => *left_out,
            // Counted as calls before: there are no more of them than the rate allows.
            Self::Documents { .. } => Some(0),
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
            followed: Some(settings.followed).filter(|limit| *limit > 0),
            calls_per_s: settings.calls_per_s,
            taken: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Counts a call at that moment; there is no tenant if the one that was named is not the caller's.
    pub fn call(
        &self,
        principal: &Principal,
        tenant: Option<&TenantId>,
        now: Instant,
    ) -> Result<(), Exceeded> {
        let Some((interval, key)) = self.shared.interval.zip(key(principal, tenant)) else { return Ok(()) };
        let mut taken = self.shared.taken();
        let of_caller = of(&mut taken, key, now);
        let due = of_caller.due.max(now) + interval;
        let over = due.saturating_duration_since(now).saturating_sub(self.shared.ahead);
        if !over.is_zero() {
            let per_second = self.shared.calls_per_s;
            let left_out = of_caller.refuse(now);
            return Err(Exceeded::Rate { per_second, retry_after: over, left_out });
        }
        of_caller.due = due;
        Ok(())
    }

    /// Returns how many screenings one caller may follow at once; none if that is not limited.
    pub fn followed(&self) -> Option<usize> {
        self.shared.followed
    }

    /// Counts a call on a document until what is returned is dropped; nothing is counted where nothing is
    /// limited.
    pub fn document(&self, caller: &Caller, now: Instant) -> Result<Option<Document>, Exceeded> {
        let key = key(&caller.principal, Some(&caller.tenant));
        let Some((limit, key)) = self.shared.documents.zip(key) else { return Ok(None) };
        let mut taken = self.shared.taken();
        let of_caller = of(&mut taken, key.clone(), now);
        if of_caller.documents >= limit {
            return Err(Exceeded::Documents { limit });
        }
        of_caller.documents += 1;
        Ok(Some(Document { shared: Arc::clone(&self.shared), key }))
    }
}

fn key(principal: &Principal, tenant: Option<&TenantId>) -> Option<Key> {
    let tenant = match (&principal.tenants, tenant) {
        // A new name would be a new caller, with a burst of its own.
        (Tenants::Any, _) => ANY,
        (Tenants::Listed(_), tenant) => tenant.map_or("", TenantId::as_str),
    };
    (principal.proof != Proof::None).then(|| (principal.subject.clone(), tenant.to_owned()))
}

fn of(taken: &mut HashMap<Key, Taken>, key: Key, now: Instant) -> &mut Taken {
    if taken.len() >= MANY && !taken.contains_key(&key) {
        taken.retain(|_, of_caller| of_caller.documents > 0 || of_caller.due > now);
    }
    taken.entry(key).or_insert(Taken { due: now, documents: 0, recorded: None, left_out: 0 })
}

impl Taken {
    /// Counts a call beyond the rate; returns how many before it the audit log did not get, if it gets this one.
    fn refuse(&mut self, now: Instant) -> Option<u64> {
        if self.recorded.is_some_and(|last| now.saturating_duration_since(last) < PERIOD) {
            self.left_out += 1;
            return None;
        }
        self.recorded = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }
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
            tenants: Tenants::parse(["north", "south"]).unwrap(),
            proof,
        };
        Caller::new(principal, TenantId::parse(tenant).unwrap(), String::new())
    }

    fn caller_of_any(tenant: &str) -> Arc<Caller> {
        let listed = caller("keeper", "north", Proof::Token).principal.clone();
        let principal = Principal { tenants: Tenants::Any, ..listed };
        Caller::new(principal, TenantId::parse(tenant).unwrap(), String::new())
    }

    fn call(allowance: &Allowance, caller: &Caller, now: Instant) -> Result<(), Exceeded> {
        allowance.call(&caller.principal, Some(&caller.tenant), now)
    }

    fn settings() -> CallerSettings {
        CallerSettings { calls_per_s: 10, burst: 5, documents: 2, followed: 0, submissions: 0 }
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_rate_holds() {
        let (allowance, begun) = (Allowance::of(&settings()), Instant::now());
        let expert = caller("expert", "north", Proof::Token);
        let at = |ms: u64| begun + Duration::from_millis(ms);
        for _ in 0..5 {
            call(&allowance, &expert, at(0)).unwrap();
        }
        let refused = call(&allowance, &expert, at(0)).unwrap_err();
        let retry_after = Duration::from_millis(100);
        assert_eq!(refused, Exceeded::Rate { per_second: 10, retry_after, left_out: Some(0) });
        assert!(call(&allowance, &expert, at(99)).is_err());
        call(&allowance, &expert, at(100)).unwrap();
        let refused = call(&allowance, &expert, at(110));
        assert!(refused.is_err(), "refused calls do not push the next one away");
        call(&allowance, &expert, at(200)).unwrap();
        for (other, tenant) in [("other", "north"), ("expert", "south")] {
            call(&allowance, &caller(other, tenant, Proof::Jwt), at(200)).unwrap();
        }
        // In the long run no more than the rate, whatever is tried.
        let many = (0..10_000).filter(|ms| call(&allowance, &expert, at(1_000 + ms)).is_ok()).count();
        assert!((100..=105).contains(&many), "{many}");
    }

    #[test]
    fn of_the_calls_beyond_the_rate_one_a_minute_is_for_the_log_and_says_how_many_were_not() {
        let (allowance, begun) = (Allowance::of(&settings()), Instant::now());
        let expert = caller("expert", "north", Proof::Token);
        let at = |ms: u64| begun + Duration::from_millis(ms);
        // As one that may do nothing of what it asks for.
        let ask = |now| allowance.call(&expert.principal, None, now).map_err(|refused| refused.left_out());
        let first: Vec<_> = (0..105).map(|_| ask(at(0))).collect();
        assert_eq!(first[..6], [Ok(()), Ok(()), Ok(()), Ok(()), Ok(()), Err(Some(0))]);
        assert!(first[6..].iter().all(|refused| *refused == Err(None)), "the others are counted alone");
        // A call within the rate in between does not begin a new period.
        assert_eq!((ask(at(100)), ask(at(100))), (Ok(()), Err(None)));
        let later: Vec<_> = (0..8).map(|_| ask(at(60_000))).collect();
        assert_eq!(later[5..], [Err(Some(100)), Err(None), Err(None)]);
        assert_eq!(call(&allowance, &expert, at(60_000)), Ok(()), "for its own tenant it is counted apart");
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
    fn who_may_name_any_tenant_is_one_caller_whichever_it_names() {
        let (allowance, now) = (Allowance::of(&settings()), Instant::now());
        let served = (0..100).filter(|n| call(&allowance, &caller_of_any(&format!("t{n}")), now).is_ok());
        assert_eq!(served.count(), 5);
        let nameless = allowance.call(&caller_of_any("t0").principal, None, now);
        assert!(nameless.is_err(), "what is no tenant is no other caller either");
        let _held: Vec<_> =
            ["t0", "t1"].map(|name| allowance.document(&caller_of_any(name), now).unwrap()).into();
        assert!(allowance.document(&caller_of_any("t2"), now).is_err());
    }

    #[test]
    fn nobody_is_counted_where_nobody_is_recognised_or_nothing_limited() {
        let now = Instant::now();
        let off = CallerSettings { calls_per_s: 0, burst: 0, documents: 0, followed: 0, submissions: 0 };
        for (allowance, proof) in
            [(Allowance::of(&settings()), Proof::None), (Allowance::of(&off), Proof::Token)]
        {
            let caller = caller("anybody", "default", proof);
            for _ in 0..1_000 {
                call(&allowance, &caller, now).unwrap();
                std::mem::forget(allowance.document(&caller, now).unwrap());
            }
        }
    }

    #[test]
    fn callers_that_ask_for_nothing_are_forgotten() {
        let (allowance, begun) = (Allowance::of(&settings()), Instant::now());
        for number in 0..10 * MANY {
            let now = begun + Duration::from_secs(number as u64);
            call(&allowance, &caller(&format!("job-{number}"), "north", Proof::Jwt), now).unwrap();
        }
        assert!(allowance.shared.taken().len() <= MANY);
    }
}
