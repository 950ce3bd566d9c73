//! How many submissions wait, and since when? Counted from what the dispatcher reads anyway.
//!
//! The archive is the same for all replicas, and so is the answer. Shown is the time since which the oldest one waits,
//! not for how long: that grows by itself, also while nobody looks.

use jiff::Timestamp;

use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::metrics::{SUBMISSIONS_OLDEST, SUBMISSIONS_PENDING};

/// The submissions that wait.
#[derive(Debug, Default)]
pub struct Waiting {
    count: usize,
    since: Option<Timestamp>,
}

impl Waiting {
    /// Adds a page of them.
    pub fn add(&mut self, page: &[(TenantId, ScreeningRecord)]) {
        self.count += page.len();
        let times = page.iter().filter_map(|(_, record)| since(record));
        self.since = self.since.into_iter().chain(times).min();
    }

    /// Shows them to whoever watches the service.
    pub fn show(&self) {
        metrics::gauge!(SUBMISSIONS_PENDING).set(self.count as f64);
        let since = self.since.map_or(0, Timestamp::as_second);
        metrics::gauge!(SUBMISSIONS_OLDEST).set(since as f64);
    }
}

/// When it began to wait. Not when it was created: what failed a year ago may be submitted again today.
fn since(record: &ScreeningRecord) -> Option<Timestamp> {
    record.work.as_ref()?.update_time.parse().ok()
}
