//! How is a verdict appended so that two reviewers who decide at the same moment do not overlook each
//! other?
//!
//! Beside the verdicts, which are never changed, every finding has a head: the point that holds its
//! latest verdict. A new verdict first becomes the head, by comparison with the head that was seen, and
//! is then stored as a verdict. A kill in between leaves a head whose verdict is not stored; lists count
//! it, and the next verdict stores it before its own.
//!
//! Where a verdict stands in a list, and what it is about, is read of many; whole verdicts are read of one page.
//!
//! Readers take the last verdict by time for the one that counts. So a verdict never has a time before that of the
//! one it follows, even where the clock was put back in between or another replica's is fast.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::archive::{Archive, VERDICT_TURNS, of_another};
use super::engine::{Fields, Payload, Point, Record};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, field, kind, tag};
use super::store::{CaseIndex, IndexError, ListPage};
use super::tenancy;
use super::validate;
use super::work::Seen;
use crate::domain::ids::{ScreeningId, VerdictId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;

/// Attempts when others decide about the same finding at the same moment.
const ATTEMPTS: usize = 32;

/// What of a verdict says where it stands.
const PLACE: Fields = Fields::Only(&["content.id", "content.create_time"]);
/// The same with what it is about.
const PLACE_AND_FINDING: Fields = Fields::Only(&["content.id", "content.create_time", "content.finding"]);

/// A verdict as far as it was read.
#[derive(Deserialize)]
struct Glimpse {
    id: VerdictId,
    create_time: String,
    #[serde(default)]
    finding: String,
}

/// Where a verdict stands: by time, then by id.
type Place = (Option<Timestamp>, VerdictId);

fn place(create_time: &str, id: VerdictId) -> Place {
    (validate::time(create_time).ok(), id)
}

impl Archive {
    /// Appends a verdict; see [`CaseIndex::append_verdict`].
    pub(super) async fn append(&self, verdict: &Verdict, seen: Seen) -> Result<Verdict, IndexError> {
        validate::time(&verdict.create_time)?;
        let (about, id) = (verdict.screening.0, verdict.id.0);
        let there =
            self.engine.get(Collection::Records, vec![about, id], Fields::Only(&[field::TENANT])).await?;
        for record in there {
            let may = if record.id == about {
                tenancy::may_read(&record, &self.tenant)
            } else {
                tenancy::owner(&record).as_ref() == Some(&self.tenant)
            };
            if !may {
                return Err(of_another("the verdict"));
            }
        }
        let turn = self.head_point(verdict).as_u128() % VERDICT_TURNS as u128;
        // In order of arrival within this process; other processes are told by comparison.
        let _turn = self.verdict_turns[turn as usize].lock().await;
        for _ in 0..ATTEMPTS {
            if let Some(first) = self.record(verdict.id.0, kind::VERDICT).await? {
                return validate::same_verdict(payload::read_content(first, self.location())?, verdict);
            }
            let head = self.record(self.head_point(verdict), kind::FINDING).await?;
            let revision = head.as_ref().and_then(|head| payload::number(head, field::REVISION));
            let latest = match head {
                Some(head) => {
                    let latest: Verdict = payload::read_content(head, self.location())?;
                    if self.record(latest.id.0, kind::VERDICT).await?.is_none() {
                        self.store_verdict(&latest).await?;
                    }
                    Some(latest)
                }
                None => self.latest_without_head(verdict).await?,
            };
            if let Some(latest) = latest.as_ref().filter(|latest| latest.id == verdict.id) {
                return validate::same_verdict(latest.clone(), verdict);
            }
            require_seen(seen, latest.as_ref().map(|latest| latest.id))?;
            let verdict = after(verdict, latest.as_ref())?;
            if self.raise_head(&verdict, revision).await? {
                self.store_verdict(&verdict).await?;
                return Ok(verdict);
            }
        }
        Err(IndexError::Unavailable {
            location: self.location().to_owned(),
            what: "too many verdicts about the same finding at once".to_owned(),
        })
    }

    /// Returns a verdict if it was appended before; see [`CaseIndex::appended_verdict`].
    pub(super) async fn appended(&self, verdict: &Verdict) -> Result<Option<Verdict>, IndexError> {
        let points = [(verdict.id.0, kind::VERDICT), (self.head_point(verdict), kind::FINDING)];
        for (point, kind) in points {
            let Some(record) = self.record(point, kind).await? else { continue };
            let there: Verdict = payload::read_content(record, self.location())?;
            if there.id == verdict.id {
                return validate::same_verdict(there, verdict).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns a page of the verdicts of a screening; see [`CaseIndex::list_verdicts`].
    pub(super) async fn verdicts_of(
        &self,
        screening: ScreeningId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ListPage<Verdict>, IndexError> {
        let mut places = self.places(screening).await?;
        if let Some(after) = after {
            let start = VerdictId(validate::page_start(after)?);
            let last = places.iter().position(|((_, id), _)| *id == start);
            let last = last.ok_or_else(|| IndexError::Invalid {
                what: format!("{after} is not a verdict of screening {screening}"),
            })?;
            places.drain(..=last);
        }
        let more = places.len() > limit;
        places.truncate(limit);
        let points: Vec<Uuid> = places.iter().map(|(_, point)| *point).collect();
        let read = self.read_page::<Verdict>(&points).await?;
        let ids: BTreeMap<Uuid, VerdictId> = places.iter().map(|((_, id), point)| (*point, *id)).collect();
        let last =
            if read.is_cut { read.items.last().map(|(point, _)| *point) } else { points.last().copied() };
        let next = last.filter(|_| more || read.is_cut).and_then(|point| ids.get(&point));
        let next = next.map(ToString::to_string);
        let mut items = Vec::with_capacity(read.items.len());
        for (point, verdict) in read.items {
            let id = ids.get(&point).copied().unwrap_or(verdict.id);
            if verdict.id == id {
                items.push(verdict);
            } else if let Some(record) = self.record(id.0, kind::VERDICT).await? {
                // Another one is the latest by now; before it became so, this one was stored by itself.
                items.push(payload::read_content(record, self.location())?);
            }
        }
        Ok(ListPage { items, next })
    }

    /// Returns where the verdicts of a screening stand, in order, and which points hold them.
    async fn places(&self, screening: ScreeningId) -> Result<Vec<(Place, Uuid)>, IndexError> {
        let mut places: BTreeMap<VerdictId, (Place, Uuid)> = BTreeMap::new();
        for kind in [kind::FINDING, kind::VERDICT] {
            let add = |record: Record| -> Result<(), IndexError> {
                let point = record.id;
                let seen: Glimpse = payload::read_content(record, self.location())?;
                places.insert(seen.id, (place(&seen.create_time, seen.id), point));
                Ok(())
            };
            self.each_record(of_screening(kind, screening), PLACE, add).await?;
        }
        let mut places: Vec<(Place, Uuid)> = places.into_values().collect();
        places.sort_unstable();
        Ok(places)
    }

    /// Returns the latest verdict about a finding about which the tenant has none that is a head: one of the shared
    /// archive, or of an earlier version, which had no heads.
    async fn latest_without_head(&self, about: &Verdict) -> Result<Option<Verdict>, IndexError> {
        let shared = self.record(head_of(&TenantId::shared(), about), kind::FINDING).await?;
        let shared: Option<Verdict> =
            shared.map(|head| payload::read_content(head, self.location())).transpose()?;
        let mut latest = shared.as_ref().map(|verdict| (place(&verdict.create_time, verdict.id), None));
        let earlier =
            of_screening(kind::VERDICT, about.screening).and_none_of(field::HAS_HEAD, vec!["yes".to_owned()]);
        let look = |record: Record| -> Result<(), IndexError> {
            let point = record.id;
            let seen: Glimpse = payload::read_content(record, self.location())?;
            let place = place(&seen.create_time, seen.id);
            if seen.finding == about.finding && latest.as_ref().is_none_or(|(last, _)| *last < place) {
                latest = Some((place, Some(point)));
            }
            Ok(())
        };
        self.each_record(earlier, PLACE_AND_FINDING, look).await?;
        let Some((_, Some(point))) = latest else { return Ok(shared) };
        let found = self.record(point, kind::VERDICT).await?;
        found.map(|record| payload::read_content(record, self.location())).transpose()
    }

    fn head_point(&self, verdict: &Verdict) -> Uuid {
        head_of(&self.tenant, verdict)
    }

    async fn store_verdict(&self, verdict: &Verdict) -> Result<(), IndexError> {
        let point = payload::verdict_record(&self.tenant, verdict)?;
        self.swap_durably(point, None).await
    }

    /// Makes a verdict the latest of its finding if the head still has that revision.
    async fn raise_head(&self, verdict: &Verdict, seen: Option<u64>) -> Result<bool, IndexError> {
        let token = Uuid::new_v4().to_string();
        let revision = seen.unwrap_or(0) + 1;
        let mut payload = Payload::new();
        let tags = vec![
            tag(field::KIND, kind::FINDING),
            tag(field::SCREENING, &verdict.screening.to_string()),
            tag(field::REVISION, &revision.to_string()),
        ];
        put(&mut payload, field::TAGS, tags);
        put(&mut payload, field::KIND, kind::FINDING);
        put(&mut payload, field::REVISION, revision);
        put(&mut payload, field::WRITE, token.as_str());
        put(&mut payload, field::CONTENT, serde_json::to_value(verdict).map_err(payload::unwritable)?);
        tenancy::mark(&mut payload, &self.tenant);
        let point = Point::record(self.head_point(verdict), payload);
        let seen = seen.map(|seen| Filter::default().and_is(field::REVISION, seen.to_string()));
        self.swap_durably(point, seen).await?;
        let now = self.record(self.head_point(verdict), kind::FINDING).await?;
        // Whoever came after ours has seen ours.
        let is_ours = |now: &Record| payload::text(now, field::WRITE) == Some(token.as_str());
        let is_later = |now: &Record| payload::number(now, field::REVISION) > Some(revision);
        Ok(match now {
            Some(now) if is_ours(&now) => true,
            Some(now) if is_later(&now) => self.record(verdict.id.0, kind::VERDICT).await?.is_some(),
            _ => false,
        })
    }
}

/// Returns the point that holds the latest verdict of a tenant about the same finding.
fn head_of(tenant: &TenantId, verdict: &Verdict) -> Uuid {
    tenancy::tenant_id(tenant, kind::FINDING, &[&verdict.screening.to_string(), &verdict.finding])
}

fn of_screening(kind: &str, screening: ScreeningId) -> Filter {
    Filter::default().and_is(field::KIND, kind).and_is(field::SCREENING, screening.to_string())
}

/// Returns the verdict with a time after that of the one it follows.
fn after(verdict: &Verdict, latest: Option<&Verdict>) -> Result<Verdict, IndexError> {
    let mut verdict = verdict.clone();
    if let Some(latest) = latest {
        let latest = validate::time(&latest.create_time)?;
        if validate::time(&verdict.create_time)? <= latest {
            let next = latest.checked_add(jiff::SignedDuration::from_micros(1));
            let next = next.map_err(|error| IndexError::Invalid { what: error.to_string() })?;
            verdict.create_time = next.to_string();
        }
    }
    Ok(verdict)
}

fn require_seen(seen: Seen, latest: Option<VerdictId>) -> Result<(), IndexError> {
    let holds = match seen {
        Seen::Whatever => true,
        Seen::None => latest.is_none(),
        Seen::Verdict(seen) => latest == Some(seen),
    };
    if holds {
        return Ok(());
    }
    Err(IndexError::Superseded { latest: latest.map(|latest| latest.to_string()) })
}

#[cfg(test)]
#[path = "verdict_archive_tests.rs"]
mod tests;
