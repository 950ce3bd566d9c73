//! Records as the tenant reads them.

use uuid::Uuid;

use super::{Archive, PAGE};
use crate::domain::ids::CaseId;
use crate::index::engine::{Fields, Record};
use crate::index::filter::Filter;
use crate::index::payload;
use crate::index::schema::{Collection, field};
use crate::index::store::IndexError;
use crate::index::tenancy::{self, CaseKey};

impl Archive {
    /// Returns all records that match and that the tenant reads.
    pub(in crate::index) async fn records(
        &self,
        filter: Filter,
        fields: Fields,
    ) -> Result<Vec<Record>, IndexError> {
        let mut found = Vec::new();
        let add = |record| {
            found.push(record);
            Ok(())
        };
        self.each_record(filter, fields, add).await?;
        Ok(found)
    }

    /// Hands on every record that matches and that the tenant reads, with few of them in memory at a time.
    pub(in crate::index) async fn each_record(
        &self,
        filter: Filter,
        fields: Fields,
        mut take: impl FnMut(Record) -> Result<(), IndexError> + Send,
    ) -> Result<(), IndexError> {
        let filter = tenancy::readable(filter, &self.tenant);
        let mut after = None;
        loop {
            let page = self.engine.list(Collection::Records, filter.clone(), fields, PAGE, after).await?;
            after = page.last().map(|record| record.id);
            let full = page.len() == PAGE;
            page.into_iter().try_for_each(&mut take)?;
            if !full {
                return Ok(());
            }
        }
    }

    /// Returns a record of a kind, if there is one and the tenant reads it.
    pub(in crate::index) async fn record(
        &self,
        id: Uuid,
        expected: &str,
    ) -> Result<Option<Record>, IndexError> {
        self.fields_of(id, expected, Fields::All).await
    }

    /// Returns some of a record of a kind, the kind and the owner among them.
    pub(super) async fn fields_of(
        &self,
        id: Uuid,
        expected: &str,
        fields: Fields,
    ) -> Result<Option<Record>, IndexError> {
        let found = self.engine.get(Collection::Records, vec![id], fields).await?;
        let is_expected = |record: &Record| {
            payload::text(record, field::KIND) == Some(expected) && tenancy::may_read(record, &self.tenant)
        };
        Ok(found.into_iter().find(is_expected))
    }

    /// Returns the cases that a list may show, in order: the keys without those covered by others.
    pub(super) async fn first_shown(
        &self,
        keys: &[(CaseKey, Uuid)],
        wanted: usize,
    ) -> Result<Vec<(CaseKey, Uuid)>, IndexError> {
        let mut shown: Vec<(CaseKey, Uuid)> = Vec::new();
        for batch in keys.chunks(wanted) {
            let foreign: Vec<&CaseId> =
                batch.iter().filter(|(key, _)| key.tenant != self.tenant).map(|(key, _)| &key.id).collect();
            let covered = tenancy::own_among(&self.engine, &self.tenant, &foreign).await?;
            let is_shown =
                |(key, _): &&(CaseKey, Uuid)| key.tenant == self.tenant || !covered.contains(&key.id);
            shown.extend(batch.iter().filter(is_shown).cloned());
            if shown.len() >= wanted {
                break;
            }
        }
        shown.truncate(wanted);
        Ok(shown)
    }
}
