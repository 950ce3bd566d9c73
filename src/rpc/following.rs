//! How many screenings does one caller follow at once? Whoever follows one has the archive looked at again and again, for
//! an hour; it is one call and no document, so no other limit counts it.
//!
//! Where authentication is off there are no callers to tell apart, and nothing is counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tonic::Status;

use super::status;
use crate::access::Caller;
use crate::access::principal::{Proof, Tenants};

/// A subject acting for a tenant; without the tenant where it may name any.
type Key = (String, String);

/// What callers follow. Clones share it.
#[derive(Clone, Default)]
pub struct Following {
    followed: Arc<Mutex<HashMap<Key, usize>>>,
}

/// A screening that is followed; it does not count any more when this is dropped.
pub struct Followed {
    following: Following,
    key: Key,
}

impl Following {
    /// Counts one more, or refuses it if as many as the limit are followed already.
    pub fn begin(&self, caller: &Caller, limit: usize) -> Result<Option<Followed>, Status> {
        let principal = &caller.principal;
        if principal.proof == Proof::None {
            return Ok(None);
        }
        let tenant = match principal.tenants {
            Tenants::Any => String::new(),
            Tenants::Listed(_) => caller.tenant.to_string(),
        };
        let key = (principal.subject.clone(), tenant);
        let mut followed = self.followed();
        let of_caller = followed.entry(key.clone()).or_default();
        if *of_caller >= limit {
            return Err(status::follows_too_many(limit));
        }
        *of_caller += 1;
        Ok(Some(Followed { following: self.clone(), key }))
    }

    /// True if nobody follows anything.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.followed().is_empty()
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<Key, usize>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let mut followed = self.following.followed();
        if let Some(of_caller) = followed.get_mut(&self.key) {
            *of_caller -= 1;
            // Who follows nothing is forgotten.
            if *of_caller == 0 {
                followed.remove(&self.key);
            }
        }
    }
}
