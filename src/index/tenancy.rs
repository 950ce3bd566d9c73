//! What belongs to whom? The one place that knows how a tenant is written into points and how it is
//! filtered by.
//!
//! ```text
//! owner     field    tags                        read by
//! default   –        –                           default
//! shared    tenant   tenant=shared               everybody
//! north     tenant   tenant=north, private=yes   north
//! ```
//!
//! Points of the default tenant look as they did before there were tenants: an archive of one agency
//! stays as it is. Identities of the others include the tenant, so two tenants may use the same case id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::engine::{Engine, Fields, Payload, Record};
use super::filter::{Filter, Test};
use super::payload::{self, put};
use super::schema::{Collection, content_id, field, kind, tag};
use super::store::IndexError;
use crate::domain::ids::CaseId;
use crate::domain::tenant::TenantId;

/// Value of the tag [`field::PRIVATE`].
const YES: &str = "yes";

/// Points read in one engine call.
const BATCH: usize = 1_000;

/// A case of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseKey {
    /// Owner.
    pub tenant: TenantId,
    /// Id, unique within the tenant.
    pub id: CaseId,
}

impl CaseKey {
    /// Makes a key.
    pub fn new(tenant: &TenantId, id: &CaseId) -> Self {
        Self { tenant: tenant.clone(), id: id.clone() }
    }

    /// Returns the id of the point that holds the case.
    pub fn point(&self) -> Uuid {
        tenant_id(&self.tenant, kind::CASE, &[self.id.as_str()])
    }

    /// Reads the key of a case or of one of its passages.
    pub fn read(record: &Record) -> Option<Self> {
        let id = CaseId::parse(payload::text(record, field::CASE)?).ok()?;
        Some(Self { tenant: owner(record)?, id })
    }
}

impl std::fmt::Display for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.tenant.is_default() {
            write!(f, "{}", self.id)
        } else {
            write!(f, "{}:{}", self.tenant, self.id)
        }
    }
}

/// Returns an identity derived from content within a tenant.
pub fn tenant_id(tenant: &TenantId, kind: &str, parts: &[&str]) -> Uuid {
    if tenant.is_default() {
        return content_id(kind, parts);
    }
    let mut with_tenant = parts.to_vec();
    with_tenant.push("tenant");
    with_tenant.push(tenant.as_str());
    content_id(kind, &with_tenant)
}

/// Returns who owns a stored object; `None` if that cannot be read.
pub fn owner(record: &Record) -> Option<TenantId> {
    match record.payload.get(field::TENANT) {
        None => Some(TenantId::default()),
        Some(value) => TenantId::parse(value.as_str()?).ok(),
    }
}

/// Marks what is about to be stored.
pub fn mark(payload: &mut Payload, tenant: &TenantId) {
    if tenant.is_default() {
        return;
    }
    put(payload, field::TENANT, tenant.as_str());
    let mut tags = match payload.remove(field::TAGS) {
        Some(serde_json::Value::Array(tags)) => tags,
        _ => Vec::new(),
    };
    tags.push(tag(field::TENANT, tenant.as_str()).into());
    if !tenant.is_shared() {
        tags.push(tag(field::PRIVATE, YES).into());
    }
    put(payload, field::TAGS, tags);
}

/// Narrows a filter to what a tenant reads.
pub fn readable(mut filter: Filter, tenant: &TenantId) -> Filter {
    if tenant.is_default() {
        filter.must_not.push(Test::Is(field::PRIVATE, YES.to_owned()));
        return filter;
    }
    let mut owners = vec![tenant.as_str().to_owned()];
    if !tenant.is_shared() {
        owners.push(TenantId::SHARED.to_owned());
    }
    filter.must.push(Test::In(field::TENANT, owners));
    filter
}

/// Narrows a filter to what a tenant owns.
pub fn owned(mut filter: Filter, tenant: &TenantId) -> Filter {
    if tenant.is_default() {
        filter.must_not.push(Test::Is(field::PRIVATE, YES.to_owned()));
        filter.must_not.push(Test::Is(field::TENANT, TenantId::SHARED.to_owned()));
        return filter;
    }
    filter.must.push(Test::Is(field::TENANT, tenant.as_str().to_owned()));
    filter
}

/// Returns the owners whose objects a tenant reads, its own first.
pub fn owners_read(tenant: &TenantId) -> Vec<TenantId> {
    let mut owners = vec![tenant.clone()];
    if !tenant.is_shared() {
        owners.push(TenantId::shared());
    }
    owners
}

/// True if a tenant reads the object.
pub fn may_read(record: &Record, tenant: &TenantId) -> bool {
    owner(record).is_some_and(|owner| owner == *tenant || owner.is_shared())
}

/// Returns those of the ids under which the tenant has a case of its own.
pub async fn own_among(
    engine: &Arc<dyn Engine>,
    tenant: &TenantId,
    ids: &[&CaseId],
) -> Result<BTreeSet<CaseId>, IndexError> {
    let mut own = BTreeSet::new();
    for batch in ids.chunks(BATCH) {
        let points = batch.iter().map(|id| CaseKey::new(tenant, id).point()).collect();
        let found =
            engine.get(Collection::Records, points, Fields::Only(&[field::CASE, field::TENANT])).await?;
        own.extend(found.iter().filter_map(CaseKey::read).map(|key| key.id));
    }
    Ok(own)
}

/// True if one of the cases is of another owner and covered by a case of the tenant.
pub async fn any_covered(
    engine: &Arc<dyn Engine>,
    tenant: &TenantId,
    found: &BTreeMap<Uuid, CaseKey>,
) -> Result<bool, IndexError> {
    let foreign: BTreeSet<&CaseId> =
        found.values().filter(|key| key.tenant != *tenant).map(|key| &key.id).collect();
    let foreign: Vec<&CaseId> = foreign.into_iter().collect();
    Ok(!own_among(engine, tenant, &foreign).await?.is_empty())
}

/// Returns the generations of all cases of the shared archive that the tenant's own cases cover.
pub async fn covered(
    engine: &Arc<dyn Engine>,
    tenant: &TenantId,
) -> Result<BTreeMap<Uuid, CaseKey>, IndexError> {
    let of_shared = Filter::default().and_is(field::KIND, kind::CASE).and_is(field::TENANT, TenantId::SHARED);
    let fields = Fields::Only(&[field::CASE, field::TENANT, field::GENERATION]);
    let mut shared: BTreeMap<Uuid, CaseKey> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = engine.list(Collection::Records, of_shared.clone(), fields, BATCH, after).await?;
        after = page.last().map(|record| record.id);
        let full = page.len() == BATCH;
        let key = |record| Some((payload::uuid(record, field::GENERATION)?, CaseKey::read(record)?));
        shared.extend(page.iter().filter_map(key));
        if !full {
            break;
        }
    }
    let ids: Vec<&CaseId> = shared.values().map(|key| &key.id).collect();
    let own = own_among(engine, tenant, &ids).await?;
    shared.retain(|_, key| own.contains(&key.id));
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).unwrap()
    }

    #[test]
    fn the_default_tenant_is_written_as_if_there_were_none() {
        let mut payload = Payload::new();
        put(&mut payload, field::TAGS, vec![tag(field::KIND, kind::CASE)]);
        let before = payload.clone();
        mark(&mut payload, &TenantId::default());
        assert_eq!(payload, before);
        let id = CaseId::parse("17").unwrap();
        assert_eq!(CaseKey::new(&TenantId::default(), &id).point(), content_id(kind::CASE, &["17"]));
    }

    #[test]
    fn identities_of_tenants_never_meet() {
        let id = CaseId::parse("17").unwrap();
        let points: std::collections::BTreeSet<Uuid> = ["default", "shared", "north", "south"]
            .iter()
            .map(|name| CaseKey::new(&tenant(name), &id).point())
            .collect();
        assert_eq!(points.len(), 4);
    }

    #[test]
    fn an_unreadable_owner_is_nobody() {
        let mut payload = Payload::new();
        put(&mut payload, field::TENANT, 7);
        let record = Record { id: Uuid::nil(), payload };
        assert_eq!(owner(&record), None);
        assert!(!may_read(&record, &TenantId::default()));
    }
}
