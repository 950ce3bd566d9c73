//! How often may an address show proofs that are not recognised? So often that a client with an expired
//! token learns of it, and no more: such calls fill the audit log, which has to stay writable.
//!
//! Used at both doors, the gRPC port and the page to sign in. A proof that is recognised is let in whatever
//! else comes from its address: behind one proxy or gateway there are many callers, and one of them that
//! loops must not shut the others out. This is not against guessing: tokens have 256 bits.
//!
//! Invariant: the table is bounded. Addresses that owe nothing are forgotten; when all of them owe, new
//! ones are counted as one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses remembered at most.
const MANY: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// What addresses may show and have shown. Clones share it.
#[derive(Clone)]
pub struct Attempts {
    shared: Arc<Shared>,
}

struct Shared {
    /// Time that one attempt stands for; none if they are not limited.
    interval: Option<Duration>,
    shown: Mutex<HashMap<Option<IpAddr>, Shown>>,
}

struct Shown {
    /// When an address that keeps to the rate would try next: a token bucket, written as one moment.
    due: Instant,
    /// Whether it was noted that the rate is exceeded.
    is_noted: bool,
}

/// What becomes of a call whose proof was not recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It is refused for its proof, and recorded.
    Within,
    /// It is refused for the number of attempts.
    Beyond {
        /// Time after which another attempt would be within the rate.
        retry_after: Duration,
        /// Whether it is the first beyond the rate and is recorded; those that follow are counted alone.
        is_first: bool,
    },
}

impl Attempts {
    /// Makes a table with so many attempts of an address in a minute; 0 for no limit.
    pub fn per_minute(limit: u32) -> Self {
        let interval = (limit > 0).then(|| MINUTE / limit);
        Self { shared: Arc::new(Shared { interval, shown: Mutex::default() }) }
    }

    /// Counts a call of that address whose proof was not recognised at that moment.
    pub fn count(&self, address: Option<IpAddr>, now: Instant) -> Attempt {
        let Some(interval) = self.shared.interval else { return Attempt::Within };
        let mut shown = self.shared.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = address.map(network);
        if shown.len() >= MANY && !shown.contains_key(&key) {
            shown.retain(|_, of_address| of_address.due > now);
            if shown.len() >= MANY {
                key = None;
            }
        }
        let of_address = shown.entry(key).or_insert(Shown { due: now, is_noted: false });
        let due = of_address.due.max(now) + interval;
        let retry_after = due.saturating_duration_since(now).saturating_sub(MINUTE);
        if retry_after.is_zero() {
            *of_address = Shown { due, is_noted: false };
            return Attempt::Within;
        }
        let is_first = !std::mem::replace(&mut of_address.is_noted, true);
        Attempt::Beyond { retry_after, is_first }
    }
}

/// Returns what one site has: an address, of the sixth version its network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_a_minutes_worth_at_once_and_then_the_rate_holds() {
        let (attempts, begun) = (Attempts::per_minute(60), Instant::now());
        let at = |ms: u64| begun + Duration::from_millis(ms);
        let many = address("192.0.2.7");
        assert!((0..60).all(|_| attempts.count(many, at(0)) == Attempt::Within));
        let retry_after = Duration::from_secs(1);
        assert_eq!(attempts.count(many, at(0)), Attempt::Beyond { retry_after, is_first: true });
        assert_eq!(attempts.count(many, at(0)), Attempt::Beyond { retry_after, is_first: false });
        assert_eq!(attempts.count(address("192.0.2.8"), at(0)), Attempt::Within, "others are not meant");
        assert_eq!(attempts.count(many, at(1_000)), Attempt::Within);
        assert!(matches!(attempts.count(many, at(1_500)), Attempt::Beyond { is_first: true, .. }));
        // In the long run no more than the rate, whatever is tried.
        let within = (0..600_u64).filter(|s| attempts.count(many, at(2_000 + s * 200)) == Attempt::Within);
        assert!((119..=121).contains(&within.count()));
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_address_and_a_mapped_one_is_the_other_one() {
        let (attempts, now) = (Attempts::per_minute(2), Instant::now());
        for text in ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "192.0.2.7", "::ffff:192.0.2.7"] {
            assert_eq!(attempts.count(address(text), now), Attempt::Within, "{text}");
        }
        for text in ["2001:db8:0:1::3", "192.0.2.7"] {
            assert!(matches!(attempts.count(address(text), now), Attempt::Beyond { .. }), "{text}");
        }
        assert_eq!(attempts.count(address("2001:db8:0:2::1"), now), Attempt::Within);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_who_owes_nothing() {
        let (attempts, now) = (Attempts::per_minute(60), Instant::now());
        let of = |number: u32| Some(IpAddr::V4(number.into()));
        for number in 0..3 * MANY as u32 {
            attempts.count(of(number), now);
        }
        let size = || attempts.shared.shown.lock().unwrap().len();
        assert_eq!(size(), MANY + 1);
        // Those for whom there was no room were counted as one, and are beyond the rate together.
        assert!(matches!(attempts.count(of(u32::MAX), now), Attempt::Beyond { .. }));
        assert_eq!(attempts.count(of(5), now), Attempt::Within);
        let later = now + 2 * MINUTE;
        assert_eq!(attempts.count(of(u32::MAX), later), Attempt::Within);
        assert!(size() <= 2, "{}", size());
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let attempts = Attempts::per_minute(0);
        let now = Instant::now();
        assert!((0..1_000).all(|_| attempts.count(address("192.0.2.7"), now) == Attempt::Within));
        assert!(attempts.shared.shown.lock().unwrap().is_empty());
    }
}
