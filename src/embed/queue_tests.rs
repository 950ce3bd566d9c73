use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;

/// A model that notes what it is asked for, and waits for a nod before each batch.
struct Scripted {
    identity: ModelIdentity,
    seen: Mutex<Vec<(TextKind, Vec<String>)>>,
    nods: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Embedder for Scripted {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }
    fn dimension(&self) -> usize {
        1
    }
    fn max_tokens(&self) -> usize {
        512
    }
    fn covers(&self, _: Language) -> bool {
        true
    }
    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }
    fn room(&self, _: TextKind) -> usize {
        512
    }
    fn embed(&self, kind: TextKind, texts: &[&str], cancel: &CancellationToken) -> Answer {
        self.seen.lock().unwrap().push((kind, texts.iter().map(|text| (*text).to_owned()).collect()));
        self.nods
            .lock()
            .unwrap()
            .recv_timeout(Duration::from_secs(20))
            .expect("the test nods once per batch");
        if let Some(index) = texts.iter().position(|text| text.starts_with("untokenisable")) {
            return Err(EmbedError::Tokenise { index, source: "cannot".into() });
        }
        assert!(!texts.contains(&"panic"), "asked to panic");
        if texts.contains(&"fail") {
            return Err(EmbedError::Inference { model: "scripted".into(), source: "asked to fail".into() });
        }
        if cancel.is_cancelled() {
            return Err(EmbedError::Cancelled);
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
    }
}

struct Stage {
    queue: EmbedQueue,
    model: Arc<Scripted>,
    nod: std::sync::mpsc::Sender<()>,
}

fn stage(waiting_tokens: usize, batch_tokens: usize) -> Stage {
    let (nod, nods) = std::sync::mpsc::channel();
    let identity = ModelIdentity {
        name: "scripted".into(),
        revision: "1".into(),
        sha256: String::new(),
        dimension: 1,
        precision: "fp32".into(),
    };
    let model = Arc::new(Scripted { identity, seen: Mutex::default(), nods: Mutex::new(nods) });
    let queue = EmbedQueue::start(
        Arc::clone(&model) as Arc<dyn Embedder>,
        QueueLimits { waiting_tokens, batch_tokens },
    );
    Stage { queue: queue.unwrap(), model, nod }
}

impl Stage {
    fn call(&self, kind: TextKind, texts: &[&str]) -> (tokio::task::JoinHandle<Answer>, CancellationToken) {
        let (queue, cancel) = (self.queue.clone(), CancellationToken::new());
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        let token = cancel.clone();
        (tokio::spawn(async move { queue.embed(kind, texts, token).await }), cancel)
    }

    fn nod(&self, times: usize) {
        (0..times).for_each(|_| self.nod.send(()).unwrap());
    }

    async fn until(&self, is_reached: impl Fn(&Self) -> bool) {
        let wait = async {
            while !is_reached(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the queue got there");
    }

    /// Waits until the worker is inside its n-th batch.
    async fn batches(&self, count: usize) {
        self.until(|stage| stage.model.seen.lock().unwrap().len() >= count).await;
    }

    /// Waits until calls of that many estimated tokens were admitted.
    async fn admitted(&self, tokens: usize) {
        self.until(|stage| stage.queue.capacity - stage.queue.room.available_permits() >= tokens).await;
    }

    fn seen(&self, batch: usize) -> Vec<String> {
        self.model.seen.lock().unwrap()[batch].1.clone()
    }
}

// A text of 16 letters is estimated at 10 tokens.
const SIXTEEN: &str = "abcdefghijklmnop";

#[tokio::test]
async fn vectors_come_back_in_input_order() {
    let stage = stage(1000, 25);
    stage.nod(3);
    let (call, _) = stage.call(TextKind::Passage, &[SIXTEEN, "a", "abc", SIXTEEN, "ab"]);
    assert_eq!(call.await.unwrap().unwrap(), [[16.0], [1.0], [3.0], [16.0], [2.0]]);
    assert!(stage.model.seen.lock().unwrap().len() > 1, "the budget splits the call");
}

#[tokio::test]
async fn empty_call_does_not_reach_the_model() {
    let stage = stage(10, 10);
    assert!(
        stage.queue.embed(TextKind::Query, Vec::new(), CancellationToken::new()).await.unwrap().is_empty()
    );
    assert!(stage.model.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn short_call_behind_a_long_one_is_in_the_next_batch() {
    let stage = stage(10_000, 40);
    let (long, _) = stage.call(TextKind::Passage, &[SIXTEEN; 40]);
    stage.batches(1).await;
    let (short, _) = stage.call(TextKind::Passage, &["short"]);
    stage.admitted(404).await;
    stage.nod(2);
    assert_eq!(short.await.unwrap().unwrap(), [[5.0]]);
    assert!(stage.seen(1).contains(&"short".to_owned()));
    assert!(stage.seen(1).contains(&SIXTEEN.to_owned()), "the long call advances as well");
    stage.nod(20);
    assert_eq!(long.await.unwrap().unwrap().len(), 40);
}

#[tokio::test]
async fn long_call_is_not_starved_by_short_ones() {
    let stage = stage(10_000, 10);
    let (first, _) = stage.call(TextKind::Query, &["x"]);
    stage.batches(1).await;
    let long_text = SIXTEEN.repeat(20);
    let (long, _) = stage.call(TextKind::Passage, &[&long_text]);
    stage.admitted(2 + 162).await;
    let shorts: Vec<_> = (0..10).map(|_| stage.call(TextKind::Passage, &["y"]).0).collect();
    stage.admitted(2 + 162 + 20).await;
    stage.nod(2);
    assert_eq!(long.await.unwrap().unwrap(), [[320.0]], "more than the budget, alone, and first in turn");
    assert_eq!(stage.seen(1), [long_text]);
    stage.nod(20);
    first.await.unwrap().unwrap();
    for short in shorts {
        assert_eq!(short.await.unwrap().unwrap(), [[1.0]]);
    }
}

#[tokio::test]
async fn kinds_are_not_mixed_and_take_turns() {
    let stage = stage(10_000, 100);
    let (first, _) = stage.call(TextKind::Passage, &["p"; 200]);
    stage.batches(1).await;
    let (query, _) = stage.call(TextKind::Query, &["q"]);
    stage.admitted(402).await;
    stage.nod(2);
    assert_eq!(query.await.unwrap().unwrap(), [[1.0]]);
    assert_eq!(stage.seen(1), ["q"]);
    stage.nod(20);
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn caller_waits_for_room_and_a_call_larger_than_the_queue_is_admitted_alone() {
    let stage = stage(15, 1000);
    let (large, _) = stage.call(TextKind::Passage, &[SIXTEEN; 5]);
    stage.batches(1).await;
    let (second, cancel) = stage.call(TextKind::Passage, &["second"]);
    let (third, _) = stage.call(TextKind::Passage, &["third"]);
    cancel.cancel();
    assert!(matches!(second.await.unwrap(), Err(EmbedError::Cancelled)), "waiting outside can be cancelled");
    stage.nod(2);
    large.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
    assert_eq!(stage.seen(1), ["third"], "the cancelled text was never computed");
}

#[tokio::test]
async fn callers_that_have_gone_are_dropped_before_work_starts() {
    let stage = stage(10_000, 10);
    let (first, _) = stage.call(TextKind::Passage, &["first"]);
    stage.batches(1).await;
    let (dropped, _) = stage.call(TextKind::Passage, &["dropped"]);
    let (cancelled, cancel) = stage.call(TextKind::Passage, &["cancelled"]);
    stage.admitted(4 + 5 + 6).await;
    dropped.abort();
    cancel.cancel();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert!(matches!(cancelled.await.unwrap(), Err(EmbedError::Cancelled)));
    let (last, _) = stage.call(TextKind::Passage, &["last"]);
    stage.nod(2);
    first.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    assert_eq!(stage.seen(1), ["last"]);
}

#[tokio::test]
async fn cancelled_call_stops_between_batches_and_gives_its_room_back() {
    let stage = stage(100, 10);
    let (call, cancel) = stage.call(TextKind::Passage, &[SIXTEEN; 10]);
    stage.batches(1).await;
    cancel.cancel();
    assert!(
        matches!(call.await.unwrap(), Err(EmbedError::Cancelled)),
        "the caller does not wait for the batch"
    );
    stage.nod(1);
    stage.until(|stage| stage.queue.room.available_permits() == 100).await;
    assert_eq!(stage.model.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn text_that_cannot_be_tokenised_fails_its_own_call_alone() {
    let stage = stage(10_000, 1000);
    let (first, _) = stage.call(TextKind::Passage, &["first"]);
    stage.batches(1).await;
    let (good, _) = stage.call(TextKind::Passage, &["good", "texts"]);
    stage.admitted(4 + 8).await;
    let (bad, _) = stage.call(TextKind::Passage, &["fine", "untokenisable"]);
    stage.admitted(4 + 8 + 12).await;
    stage.nod(3);
    first.await.unwrap().unwrap();
    assert!(matches!(bad.await.unwrap(), Err(EmbedError::Tokenise { index: 1, .. })));
    assert_eq!(good.await.unwrap().unwrap(), [[4.0], [5.0]]);
}

#[tokio::test]
async fn failing_or_panicking_model_fails_the_batch_and_not_the_queue() {
    let stage = stage(10_000, 1000);
    stage.nod(3);
    for text in ["fail", "panic"] {
        let answer = stage.queue.embed(TextKind::Query, vec![text.into()], CancellationToken::new()).await;
        assert!(matches!(answer, Err(EmbedError::Inference { .. })), "{text}");
    }
    let answer = stage.queue.embed(TextKind::Query, vec!["well".into()], CancellationToken::new()).await;
    assert_eq!(answer.unwrap(), [[4.0]]);
}

#[tokio::test]
async fn real_model_gives_the_same_vectors_through_the_queue() {
    let store = crate::embed::ModelStore::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models"))
        .unwrap();
    let model =
        store.load("tiny-bert", crate::embed::Precision::Auto, crate::embed::ComputeDevice::Cpu).unwrap();
    let golden = store.golden("tiny-bert").unwrap();
    let queue = EmbedQueue::start(model, QueueLimits { waiting_tokens: 500, batch_tokens: 40 }).unwrap();
    for one in golden {
        let answer = queue.embed(one.kind, vec![one.text], CancellationToken::new()).await.unwrap();
        assert!(crate::embed::pooling::cosine(&answer[0], &one.vector) >= 0.9999);
    }
}

#[test]
fn estimate_is_bounded_by_what_the_model_reads() {
    assert_eq!(estimated_tokens("", 512), 2);
    assert_eq!(estimated_tokens(SIXTEEN, 512), 10);
    assert_eq!(estimated_tokens(&SIXTEEN.repeat(1000), 512), 512);
}
