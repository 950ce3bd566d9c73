//! How is a verdict appended so that two reviewers who decide at the same moment do not overlook each
//! other?
//!
//! Beside the verdicts, which are never changed, every finding has a head: the point that holds its
//! latest verdict. A new verdict first becomes the head, by comparison with the head that was seen, and
//! is then stored as a verdict. A kill in between leaves a head whose verdict is not stored; lists count
//! it, and the next verdict stores it before its own.
//!
//! Readers take the last verdict by time for the one that counts. So a verdict never has a time before that of the
//! one it follows, even where the clock was put back in between or another replica's is fast.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::archive::{Archive, VERDICT_TURNS, of_another};
use super::engine::{Fields, Payload, Point, Record};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, field, kind, tag};
use super::store::{CaseIndex, IndexError};
use super::tenancy;
use super::validate;
use super::work::Seen;
use crate::domain::ids::{ScreeningId, VerdictId};
use crate::domain::verdict::Verdict;

/// Attempts when others decide about the same finding at the same moment.
const ATTEMPTS: usize = 32;

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
                Some(head) => Some(payload::read_content::<Verdict>(head, self.location())?),
                // Verdicts of earlier versions have no head.
                None => self.verdicts_of(verdict.screening, Some(&verdict.finding)).await?.pop(),
            };
            if let Some(latest) = latest.as_ref() {
                if self.record(latest.id.0, kind::VERDICT).await?.is_none() {
                    self.store_verdict(latest).await?;
                }
                if latest.id == verdict.id {
                    return validate::same_verdict(latest.clone(), verdict);
                }
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

    /// Returns the verdicts of a screening, or of one finding, by time and id.
    pub(super) async fn verdicts_of(
        &self,
        screening: ScreeningId,
        finding: Option<&str>,
    ) -> Result<Vec<Verdict>, IndexError> {
        let mut verdicts = BTreeMap::new();
        for kind in [kind::FINDING, kind::VERDICT] {
            let filter =
                Filter::default().and_is(field::KIND, kind).and_is(field::SCREENING, screening.to_string());
            for record in self.records(filter, Fields::All).await? {
                let verdict = payload::read_content::<Verdict>(record, self.location())?;
                verdicts.insert(verdict.id, verdict);
            }
        }
        let mut verdicts: Vec<Verdict> = verdicts
            .into_values()
            .filter(|verdict| finding.is_none_or(|finding| verdict.finding == finding))
            .collect();
        verdicts.sort_by_cached_key(|verdict| (validate::time(&verdict.create_time).ok(), verdict.id));
        Ok(verdicts)
    }

    fn head_point(&self, verdict: &Verdict) -> Uuid {
        tenancy::tenant_id(&self.tenant, kind::FINDING, &[&verdict.screening.to_string(), &verdict.finding])
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
