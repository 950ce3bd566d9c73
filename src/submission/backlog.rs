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

use super::MAX_ATTEMPTS;
use crate::admission::Cost;
use crate::domain::ids::ScreeningId;
use crate::domain::tenant::TenantId;
use crate::index::store::ScreeningRecord;
use crate::index::work::Lane;
use crate::metrics::{SUBMISSIONS_OLDEST, SUBMISSIONS_PENDING};

/// What has to be known of a submission to choose among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Owner.
    pub tenant: TenantId,
    /// Name of the screening.
    pub id: ScreeningId,
    /// What it may overtake.
    pub lane: Lane,
    /// Revision that was seen.
    pub revision: u64,
    /// Times that it was begun.
    pub attempts: u32,
    /// What it takes at first, by its file.
    pub cost: Cost,
    /// When it was first submitted, RFC 3339.
    pub create_time: String,
    /// When it began to wait. Not when it was created: what failed a year ago may be submitted again today.
    since: Option<Timestamp>,
}

impl Candidate {
    /// Returns what is to be known of a record; `None` if it was not submitted.
    pub fn of(tenant: TenantId, record: &ScreeningRecord) -> Option<Self> {
        let work = record.work.as_ref()?;
        Some(Self {
            tenant,
            id: record.id,
            lane: work.lane,
            revision: work.revision,
            attempts: work.attempts,
            cost: Cost::of_file(work.file_bytes, work.is_packed),
            create_time: record.create_time.clone(),
            since: work.update_time.parse().ok(),
        })
    }

    /// True if the process stopped each time that it was begun, and one more time is the last: it is begun alone, so
    /// that it is not given up for what another one did.
    pub fn is_suspect(&self) -> bool {
        self.attempts + 1 >= MAX_ATTEMPTS
    }
}

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
    candidate: Candidate,
    told: u64,
}

/// A reading of the archive that has begun.
pub struct Reading {
    begun: Instant,
    told: u64,
    found: Vec<Candidate>,
}

impl Reading {
    /// Adds a page of what the archive has.
    pub fn add(&mut self, page: Vec<(TenantId, ScreeningRecord)>) {
        self.found.extend(page.into_iter().filter_map(|(tenant, record)| Candidate::of(tenant, &record)));
    }
}

impl Backlog {
    /// Returns for how long the last reading is not older than `age`; zero if all have to be read.
    pub fn fresh_for(&self, age: Duration) -> Duration {
        self.read.map_or(Duration::ZERO, |read| age.saturating_sub(read.elapsed()))
    }

    /// Begins a reading. What is told from now on holds, whatever is read.
    pub fn begin(&self) -> Reading {
        Reading { begun: Instant::now(), told: self.told, found: Vec::new() }
    }

    /// Takes over what was read.
    pub fn end(&mut self, reading: Reading) {
        self.waiting.retain(|_, entry| entry.told > reading.told);
        for candidate in reading.found {
            let entry = Entry { candidate, told: reading.told };
            self.waiting.entry(entry.candidate.id).or_insert(entry);
        }
        self.read = Some(reading.begun);
    }

    /// Learns that a submission waits.
    pub fn add(&mut self, candidate: Candidate) {
        self.told += 1;
        self.waiting.insert(candidate.id, Entry { candidate, told: self.told });
    }

    /// Learns that a submission waits no more.
    pub fn remove(&mut self, id: ScreeningId) {
        self.waiting.remove(&id);
    }

    /// Learns that a submission is not what it was: others are at work, so all are read again.
    pub fn remove_stale(&mut self, id: ScreeningId) {
        self.waiting.remove(&id);
        self.read = None;
    }

    /// True if a submission waits, as far as is known.
    pub fn contains(&self, id: ScreeningId) -> bool {
        self.waiting.contains_key(&id)
    }

    /// Returns what waits, ordered by id.
    pub fn waiting(&self) -> impl Iterator<Item = &Candidate> {
        self.waiting.values().map(|entry| &entry.candidate)
    }

    /// Shows how many wait, and since when, to whoever watches the service.
    pub fn show(&self) {
        metrics::gauge!(SUBMISSIONS_PENDING).set(self.waiting.len() as f64);
        let oldest = self.waiting().filter_map(|candidate| candidate.since).min();
        metrics::gauge!(SUBMISSIONS_OLDEST).set(oldest.map_or(0, Timestamp::as_second) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str) -> Candidate {
        Candidate {
            tenant: TenantId::default(),
            id: ScreeningId::of_content(&[name]),
            lane: Lane::Bulk,
            revision: 1,
            attempts: 0,
            cost: Cost::default(),
            create_time: name.to_owned(),
            since: None,
        }
    }

    fn names(backlog: &Backlog) -> Vec<&str> {
        let mut names: Vec<&str> =
            backlog.waiting().map(|candidate| candidate.create_time.as_str()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_is_told_during_a_reading_holds() {
        let hour = Duration::from_secs(3_600);
        let mut backlog = Backlog::default();
        assert_eq!(backlog.fresh_for(hour), Duration::ZERO, "nothing was read yet");
        backlog.add(candidate("of another process by now"));
        let mut reading = backlog.begin();
        reading.found.push(candidate("read"));
        backlog.add(candidate("told"));
        backlog.end(reading);
        assert_eq!(names(&backlog), ["read", "told"]);
        assert!(backlog.fresh_for(hour) > Duration::ZERO);

        let mut reading = backlog.begin();
        reading.found.extend([candidate("read"), candidate("told")]);
        backlog.end(reading);
        assert_eq!(names(&backlog), ["read", "told"], "once each");
        backlog.remove(candidate("read").id);
        assert_eq!(names(&backlog), ["told"]);
        assert!(backlog.fresh_for(hour) > Duration::ZERO);
        backlog.remove_stale(candidate("told").id);
        assert_eq!(names(&backlog), Vec::<&str>::new());
        assert_eq!(backlog.fresh_for(hour), Duration::ZERO, "who else is there?");
    }
}
