//! What becomes of a report for which a stage failed, when its file is submitted again? On an engine in memory, with a
//! model that fails as it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use super::worker_tests::{Replica, screener};
use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;
use crate::embed::model::{EmbedError, Embedder, TextKind};
use crate::index::store::ScreeningRecord;
use crate::index::work::ScreeningState;
use crate::screen::run::Screener;

const TEXT: &[u8] =
    b"1. Introduction\n\nThe road is built for the people of the town, and the trees along it are cut \
                      where they stand in the way of the work.";

/// Fails while it is told to.
struct Moody {
    identity: ModelIdentity,
    fails: AtomicBool,
}

impl Embedder for Moody {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn dimension(&self) -> usize {
        1
    }

    fn max_tokens(&self) -> usize {
        256
    }

    fn room(&self, _: TextKind) -> usize {
        256
    }

    fn covers(&self, _: Language) -> bool {
        true
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn embed(&self, _: TextKind, texts: &[&str], _: &CancellationToken) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(EmbedError::Inference { model: "moody".into(), source: "told to fail".into() });
        }
        Ok(texts.iter().map(|_| vec![1.0]).collect())
    }
}

/// Submits the report and follows it to its end; returns it as it was when it was submitted, and at the end.
async fn submit_and_run(replica: &Replica) -> (ScreeningRecord, ScreeningRecord) {
    let submitted = replica.submit_file("a.txt", TEXT).await;
    let ended = replica.run(&submitted).await;
    assert_eq!((ended.id, ended.state), (submitted.id, ScreeningState::Succeeded));
    (submitted, ended)
}

/// Returns a replica whose model fails, and the model.
async fn moody() -> (Replica, Arc<Moody>) {
    let identity = ModelIdentity {
        name: "moody".to_owned(),
        revision: String::new(),
        sha256: String::new(),
        dimension: 1,
        precision: String::new(),
    };
    let model = Arc::new(Moody { identity, fails: AtomicBool::new(true) });
    let embedder: Arc<dyn Embedder> = model.clone();
    (Replica::new(&Screener { embedder: Some(embedder), ..screener() }).await, model)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_for_which_a_stage_failed_is_made_anew_when_it_is_submitted_again() {
    let (replica, model) = moody().await;
    let (first, poor) = submit_and_run(&replica).await;
    assert_eq!(poor.work.unwrap().degraded_ends, 1);
    model.fails.store(false, Ordering::Relaxed);
    let (second, whole) = submit_and_run(&replica).await;
    assert_eq!((second.id, second.state), (first.id, ScreeningState::Pending));
    assert_eq!(second.create_time, first.create_time);
    assert_eq!(whole.work.unwrap().degraded_ends, 0);
    let (third, _) = submit_and_run(&replica).await;
    assert_eq!((third.id, third.state), (first.id, ScreeningState::Succeeded), "it is whole and stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_for_which_a_stage_failed_twice_stays_as_it_is() {
    let (replica, _) = moody().await;
    for ends in 1..=2 {
        let (submitted, ended) = submit_and_run(&replica).await;
        assert_eq!(submitted.state, ScreeningState::Pending, "{ends}");
        assert_eq!(ended.work.unwrap().degraded_ends, ends);
    }
    let (third, _) = submit_and_run(&replica).await;
    assert_eq!(third.state, ScreeningState::Succeeded, "the file is the cause");
}
