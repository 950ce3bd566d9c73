//! Which sessions of the console were ended before their time? Kept in the archive, so that whoever signs out at one
//! replica of the service is signed out at all of them, and stays so after a restart.
//!
//! A session lives in its cookie (`console::session`); all that is stored of it is that it has ended, until it would
//! be over anyway.

use async_trait::async_trait;
use uuid::Uuid;

use super::archive::Archive;
use super::engine::{Fields, Point};
use super::filter::Filter;
use super::payload::{self, put};
use super::schema::{Collection, field, kind};
use super::store::IndexError;
use super::tenancy::{self, tenant_id};
use super::work_archive::described;

/// Sessions that are over and whose ends are forgotten, at most, when another one ends.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// A store of the ends of sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Ends a session at `now`; `over` is when it would be over anyway, both in seconds since 1970. Durable when it
    /// returns.
    async fn end_session(&self, session: &str, now: i64, over: i64) -> Result<(), IndexError>;

    /// True if a session was ended.
    async fn has_session_ended(&self, session: &str) -> Result<bool, IndexError>;
}

#[async_trait]
impl SessionStore for Archive {
    async fn end_session(&self, session: &str, now: i64, over: i64) -> Result<(), IndexError> {
        let mut payload = described(&self.tenant, kind::ENDED_SESSION, &[]);
        put(&mut payload, field::OVER, over);
        let point = Point::record(self.session_point(session), payload);
        let archive = self.clone();
        let ended = tenancy::owned(Filter::default(), &self.tenant).and_is(field::KIND, kind::ENDED_SESSION);
        self.to_the_end(async move {
            let (engine, fields) = (&archive.engine, Fields::Only(&[field::OVER]));
            let known = engine.list(Collection::Records, ended, fields, FORGOTTEN_AT_ONCE, None).await?;
            let is_over = |over: u64| i64::try_from(over).is_ok_and(|over| over <= now);
            let over: Vec<Uuid> = known
                .iter()
                .filter(|record| payload::number(record, field::OVER).is_some_and(is_over))
                .map(|record| record.id)
                .collect();
            let storing = async {
                if !over.is_empty() {
                    engine.remove(Collection::Records, over).await?;
                }
                engine.upsert(Collection::Records, vec![point]).await?;
                engine.persist(Collection::Records).await
            };
            archive.writer.beside(storing).await
        })
        .await
    }

    async fn has_session_ended(&self, session: &str) -> Result<bool, IndexError> {
        Ok(self.record(self.session_point(session), kind::ENDED_SESSION).await?.is_some())
    }
}

impl Archive {
    fn session_point(&self, session: &str) -> Uuid {
        tenant_id(&self.tenant, kind::ENDED_SESSION, &[session])
    }
}
