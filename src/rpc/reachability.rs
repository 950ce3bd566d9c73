//! Is there what calls need: does the archive answer, on a server or in a directory, and can the audit log be written?
//! Asked all the time, so that health says what callers would find.
//!
//! While the archive does not answer, the services that need it are NOT_SERVING and the operator's port is not ready;
//! while the audit log cannot be written all of them are, since every call would have to be recorded. The
//! process goes on, and answers again by itself when they do.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::access::audit::Audit;
use crate::index::CaseIndex;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(2);

/// What there is of what calls need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The archive answers, or none is configured.
    pub archive: bool,
    /// The audit log can be written, or none is configured.
    pub audit: bool,
}

/// Asks until `stop`, and tells `changed` when something begins or ceases to be there. Everything counts as being
/// there in the beginning.
pub async fn watch<F>(
    index: Option<Arc<dyn CaseIndex>>,
    audit: Audit,
    stop: CancellationToken,
    changed: impl Fn(Reached) -> F,
) where
    F: Future<Output = ()>,
{
    let mut reached = Reached { archive: true, audit: true };
    loop {
        let question = async {
            tokio::time::sleep(PAUSE).await;
            match &index {
                Some(index) => index.probe().await,
                None => Ok(()),
            }
        };
        let Some(answer) = stop.run_until_cancelled(question).await else { return };
        let now = Reached { archive: answer.is_ok(), audit: audit.is_writable() };
        if now == reached {
            continue;
        }
        if now.archive != reached.archive {
            match answer {
                Ok(()) => tracing::info!("the archive answers again"),
                Err(error) => tracing::error!(%error, "the archive does not answer; health says so"),
            }
        }
        if now.audit != reached.audit {
            tracing::warn!(is_writable = now.audit, "calls depend on the audit log; health says so");
        }
        reached = now;
        changed(reached).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::access::audit::Entry;
    use crate::access::settings::{AuditSettings, AuditSync};

    /// A folder that has the name of the file to be closed stands for a full disk.
    #[tokio::test]
    async fn an_audit_log_that_cannot_be_written_is_told_and_that_it_can_again() {
        let folder = tempfile::tempdir().unwrap();
        let settings = AuditSettings {
            file: folder.path().join("audit.jsonl"),
            sync: AuditSync::Never,
            rotate_mib: 1,
            rotate_daily: false,
        };
        let audit = Audit::open(&settings).unwrap();
        let in_the_way = folder.path().join("audit.000000000000.jsonl");
        std::fs::create_dir(&in_the_way).unwrap();
        while audit.is_writable() {
            audit.record(Entry { what: "x".repeat(3_000), ..Entry::default() });
        }
        let (stop, told) = (CancellationToken::new(), Mutex::new(Vec::new()));
        let changed = async |reached: Reached| {
            told.lock().unwrap().push(reached);
            if reached.audit {
                stop.cancel();
            } else {
                std::fs::remove_dir(&in_the_way).unwrap();
            }
        };
        let watching = watch(None, audit, stop.clone(), changed);
        tokio::time::timeout(Duration::from_secs(60), watching).await.expect("both are told");
        let wanted = [false, true].map(|audit| Reached { archive: true, audit });
        assert_eq!(*told.lock().unwrap(), wanted);
    }
}
