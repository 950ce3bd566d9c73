//! Which submissions wait, as far as this process knows?
//!
//! Hundreds may wait, and something happens several times a second: reading all of them from the archive each time would
//! take the disk and the processor from look-ups. So they are read now and then, and told of in between by whatever makes
//! one wait in this process. Of what other processes take or bring it learns at the next reading; that is no fault, for
//! whoever begins one stores that only over the record that was seen.
//!
//! The archive is the same for all replicas, and so is how many wait, and since when. Shown is the time since which the
//! oldest one waits, not for how long: that grows by itself, also while nobody looks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::ids::ScreeningId;
use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::metrics::{SUBMISSIONS_OLDEST, SUBMISSIONS_PENDING};

/// A submission with its owner.
pub type Submitted = (TenantId, ScreeningRecord);

/// The submissions that wait.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: BTreeMap<ScreeningId, Entry>,
    /// When the reading began that they are of; `None` if they have to be read.
    read: Option<Instant>,
    /// Counts what was told.
    told: u64,
}

#[derive(Debug)]
struct Entry {
    submission: Submitted,
    /// When it began to wait. Not when it was created: what failed a year ago may be submitted again today.
    since: Option<Timestamp>,
    told: u64,
}

/// A reading of the archive that has begun.
pub struct Reading {
    begun: Instant,
    told: u64,
    found: Vec<Submitted>,
}

impl Reading {
    /// Adds a page of what the archive has.
    pub fn add(&mut self, page: Vec<Submitted>) {
        self.found.extend(page);
    }
}

impl Backlog {
    /// True if the last reading began less than `age` ago.
    pub fn is_fresh(&self, age: Duration) -> bool {
        self.read.is_some_and(|read| read.elapsed() < age)
    }

    /// Begins a reading. What is told from now on holds, whatever is read.
    pub fn begin(&self) -> Reading {
        Reading { begun: Instant::now(), told: self.told, found: Vec::new() }
    }

    /// Takes over what was read.
    pub fn end(&mut self, reading: Reading) {
        self.waiting.retain(|_, entry| entry.told > reading.told);
        for submission in reading.found {
            let entry = Entry { since: since(&submission.1), submission, told: reading.told };
            self.waiting.entry(entry.submission.1.id).or_insert(entry);
        }
        self.read = Some(reading.begun);
    }

    /// Learns that a submission waits.
    pub fn add(&mut self, tenant: TenantId, record: ScreeningRecord) {
        self.told += 1;
        let entry = Entry { since: since(&record), submission: (tenant, record), told: self.told };
        self.waiting.insert(entry.submission.1.id, entry);
    }

    /// Learns that this process has begun a submission.
    pub fn begun(&mut self, id: ScreeningId) {
        self.waiting.remove(&id);
    }

    /// Learns that a submission is not what it was: others are at work, so all are read again.
    pub fn drop_stale(&mut self, id: ScreeningId) {
        self.waiting.remove(&id);
        self.read = None;
    }

    /// Returns what waits, ordered by id.
    pub fn waiting(&self) -> impl Iterator<Item = &Submitted> {
        self.waiting.values().map(|entry| &entry.submission)
    }

    /// Shows how many wait, and since when, to whoever watches the service.
    pub fn show(&self) {
        metrics::gauge!(SUBMISSIONS_PENDING).set(self.waiting.len() as f64);
        let oldest = self.waiting.values().filter_map(|entry| entry.since).min();
        metrics::gauge!(SUBMISSIONS_OLDEST).set(oldest.map_or(0, Timestamp::as_second) as f64);
    }
}

fn since(record: &ScreeningRecord) -> Option<Timestamp> {
    record.work.as_ref()?.update_time.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DocumentId;
    use crate::index::work::ScreeningState;

    fn submission(name: &str) -> Submitted {
        let record = ScreeningRecord {
            id: ScreeningId::of_content(&[name]),
            case: None,
            document: DocumentId::of_file("0"),
            document_name: name.to_owned(),
            packs: Vec::new(),
            create_time: String::new(),
            state: ScreeningState::Pending,
            work: None,
            report_json: String::new(),
        };
        (TenantId::default(), record)
    }

    fn names(backlog: &Backlog) -> Vec<&str> {
        let mut names: Vec<&str> =
            backlog.waiting().map(|(_, record)| record.document_name.as_str()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_is_told_during_a_reading_holds() {
        let mut backlog = Backlog::default();
        let add = |backlog: &mut Backlog, name: &str| {
            let (tenant, record) = submission(name);
            backlog.add(tenant, record);
        };
        assert!(!backlog.is_fresh(Duration::MAX), "nothing was read yet");
        add(&mut backlog, "of another process by now");
        let mut reading = backlog.begin();
        reading.add(vec![submission("read")]);
        add(&mut backlog, "told");
        backlog.end(reading);
        assert_eq!(names(&backlog), ["read", "told"]);
        assert!(backlog.is_fresh(Duration::MAX));

        let mut reading = backlog.begin();
        reading.add(vec![submission("read"), submission("told")]);
        backlog.end(reading);
        assert_eq!(names(&backlog), ["read", "told"], "once each");
        backlog.begun(submission("read").1.id);
        assert_eq!(names(&backlog), ["told"]);
        assert!(backlog.is_fresh(Duration::MAX));
        backlog.drop_stale(submission("told").1.id);
        assert_eq!(names(&backlog), Vec::<&str>::new());
        assert!(!backlog.is_fresh(Duration::MAX), "who else is there?");
    }
}
