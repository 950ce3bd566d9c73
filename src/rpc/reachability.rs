//! Does the archive answer, on a server or in a directory? Asked all the time, so that health says what callers
//! would find.
//!
//! While it cannot, the services that need it are NOT_SERVING and the operator's port is not ready; the
//! process goes on, and answers again by itself when the archive does.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::index::CaseIndex;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks the archive until `stop`, and tells `changed` when it begins or ceases to answer. It counts as
/// answering in the beginning.
pub async fn watch<F>(index: Arc<dyn CaseIndex>, stop: CancellationToken, changed: impl Fn(bool) -> F)
where
    F: Future<Output = ()>,
{
    let mut is_reached = true;
    loop {
        let question = async {
            tokio::time::sleep(PAUSE).await;
            index.probe().await
        };
        let Some(answer) = stop.run_until_cancelled(question).await else { return };
        if answer.is_ok() == is_reached {
            continue;
        }
        is_reached = answer.is_ok();
        match answer {
            Ok(()) => tracing::info!(location = index.location(), "the archive answers again"),
            Err(error) => tracing::error!(%error, "the archive does not answer; health says so"),
        }
        changed(is_reached).await;
    }
}
