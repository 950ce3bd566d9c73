//! How do many async callers share one model?
//!
//! A queue in front of one worker thread, named `embed`. Callers wait for room (a number of tokens), the
//! worker takes one text from each waiting call in turn until a batch is full. So a one-line query that
//! arrives behind a 3 000-page report is in the next batch, and the report still advances with every
//! batch.
//!
//! Channels: callers send through [`EmbedQueue`]; the worker ends when the last clone of it is dropped
//! and the calls it holds are answered. Each call owns a oneshot for its answer; a call whose receiver is
//! gone or whose token is cancelled is dropped before its next text is computed.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::model::{EmbedError, Embedder, TextKind};

/// How much may wait and how much is computed at once, in estimated tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Tokens that may wait or be in work; further callers wait outside.
    pub waiting_tokens: usize,
    /// Tokens handed to the model at once: the grain of cancellation and of fairness. A text longer than
    /// this is computed alone.
    pub batch_tokens: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        // A batch takes about a second with the default model on two cores.
        Self { waiting_tokens: 2_000_000, batch_tokens: 4_096 }
    }
}

/// Async front of one loaded model. Clones share the worker.
#[derive(Clone)]
pub struct EmbedQueue {
    calls: mpsc::UnboundedSender<Call>,
    room: Arc<Semaphore>,
    capacity: usize,
    embedder: Arc<dyn Embedder>,
}

type Answer = Result<Vec<Vec<f32>>, EmbedError>;

/// One call, as the worker sees it.
struct Call {
    kind: TextKind,
    texts: Vec<String>,
    costs: Vec<usize>,
    vectors: Vec<Vec<f32>>,
    cancel: CancellationToken,
    /// Taken when the call has been answered.
    answer: Option<oneshot::Sender<Answer>>,
    /// Room taken in the queue; given back when the call is dropped.
    _room: OwnedSemaphorePermit,
}

impl EmbedQueue {
    /// Starts the worker thread for a loaded model.
    pub fn start(embedder: Arc<dyn Embedder>, limits: QueueLimits) -> std::io::Result<Self> {
        let (calls, arriving) = mpsc::unbounded_channel();
        // A permit count has to fit in 32 bits.
        let capacity = limits.waiting_tokens.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        let worker = Worker {
            embedder: Arc::clone(&embedder),
            batch_tokens: limits.batch_tokens.max(1),
            waiting: VecDeque::new(),
        };
        std::thread::Builder::new().name("embed".into()).spawn(move || worker.run(arriving))?;
        Ok(Self { calls, room: Arc::new(Semaphore::new(capacity)), capacity, embedder })
    }

    /// Returns the model behind the queue, for its identity, limits and coverage. Do not call its
    /// blocking methods from async code.
    pub fn embedder(&self) -> &Arc<dyn Embedder> {
        &self.embedder
    }

    /// Returns one unit vector per text, in input order. Ends early when `cancel` is cancelled; dropping
    /// the future has the same effect on the work.
    pub async fn embed(&self, kind: TextKind, texts: Vec<String>, cancel: CancellationToken) -> Answer {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        // Cancelled by the caller's token and by dropping this future, whichever comes first.
        let cancel = cancel.child_token();
        let _gone = cancel.clone().drop_guard();
        let longest = self.embedder.max_tokens();
        let costs: Vec<usize> = texts.iter().map(|text| estimated_tokens(text, longest)).collect();
        // A call larger than the whole queue is admitted alone: one item always fits.
        let cost = costs.iter().sum::<usize>().min(self.capacity);
        let permits = u32::try_from(cost).unwrap_or(u32::MAX);
        let room = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EmbedError::Cancelled),
            room = Arc::clone(&self.room).acquire_many_owned(permits) => room.map_err(|_| self.stopped())?,
        };
        let (answer, result) = oneshot::channel();
        let vectors = Vec::with_capacity(texts.len());
        let call =
            Call { kind, texts, costs, vectors, cancel: cancel.clone(), answer: Some(answer), _room: room };
        self.calls.send(call).map_err(|_| self.stopped())?;
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(EmbedError::Cancelled),
            answer = result => answer.unwrap_or_else(|_| Err(self.stopped())),
        }
    }

    fn stopped(&self) -> EmbedError {
        EmbedError::Inference {
            model: self.embedder.identity().name.clone(),
            source: "its worker thread has stopped".into(),
        }
    }
}

/// Estimates the tokens of a text without tokenising it, which would block the async runtime. On the
/// high side: half the characters, at most what the model reads.
fn estimated_tokens(text: &str, longest: usize) -> usize {
    (2 + text.chars().take(longest.saturating_mul(2)).count() / 2).min(longest.max(1))
}

/// The worker's state; lives on its own thread.
struct Worker {
    embedder: Arc<dyn Embedder>,
    batch_tokens: usize,
    /// Calls with texts left to compute; the front one is served next.
    waiting: VecDeque<Call>,
}

impl Worker {
    fn run(mut self, mut arriving: mpsc::UnboundedReceiver<Call>) {
        loop {
            if self.waiting.is_empty() {
                match arriving.blocking_recv() {
                    Some(call) => self.waiting.push_back(call),
                    None => return,
                }
            }
            self.admit(&mut arriving);
            self.waiting.retain(|call| !call.is_gone());
            if let Some(batch) = self.next_batch() {
                self.compute(&batch);
                // Whoever came in the meantime goes before the calls just served.
                self.admit(&mut arriving);
                self.rotate(&batch);
            }
        }
    }

    fn admit(&mut self, arriving: &mut mpsc::UnboundedReceiver<Call>) {
        while let Ok(call) = arriving.try_recv() {
            self.waiting.push_back(call);
        }
    }

    /// Chooses how many texts of each call are next. All texts of a batch are of one kind, that of the
    /// front call. One text of each call in turn is taken while there is room, the first one always.
    fn next_batch(&self) -> Option<Batch> {
        let kind = self.waiting.front()?.kind;
        let members: Vec<usize> =
            (0..self.waiting.len()).filter(|&call| self.waiting[call].kind == kind).collect();
        let mut taken = vec![0; members.len()];
        let (mut tokens, mut is_advancing) = (0, true);
        while is_advancing {
            is_advancing = false;
            for (slot, &member) in members.iter().enumerate() {
                let call = &self.waiting[member];
                let Some(&cost) = call.costs.get(call.vectors.len() + taken[slot]) else { continue };
                if tokens == 0 || tokens + cost <= self.batch_tokens {
                    taken[slot] += 1;
                    tokens += cost.max(1);
                    is_advancing = true;
                }
            }
        }
        let parts = members.into_iter().zip(taken).filter(|(_, count)| *count > 0);
        Some(Batch { kind, parts: parts.collect() })
    }

    fn compute(&mut self, batch: &Batch) {
        let parts = batch.parts.iter().map(|&(call, count)| {
            let call = &self.waiting[call];
            &call.texts[call.vectors.len()..][..count]
        });
        let texts: Vec<&str> = parts.flatten().map(String::as_str).collect();
        // A batch of one call stops with it; a shared one is finished for the others' sake.
        let cancel = match batch.parts.as_slice() {
            [(call, _)] => self.waiting[*call].cancel.clone(),
            _ => CancellationToken::new(),
        };
        let embedder = Arc::clone(&self.embedder);
        // A panic in a library must fail this batch, not every later one.
        let result = catch_unwind(AssertUnwindSafe(|| embedder.embed(batch.kind, &texts, &cancel)));
        let result = result.unwrap_or_else(|_| Err(self.failure("it panicked")));
        match result {
            Ok(vectors) if vectors.len() == texts.len() => self.hand_out(batch, vectors),
            Ok(vectors) => {
                let error =
                    self.failure(format!("it gave {} vectors for {} texts", vectors.len(), texts.len()));
                self.fail(batch, error);
            }
            Err(error) => self.fail(batch, error),
        }
    }

    fn hand_out(&mut self, batch: &Batch, vectors: Vec<Vec<f32>>) {
        let mut vectors = vectors.into_iter();
        for &(call, count) in &batch.parts {
            self.waiting[call].vectors.extend(vectors.by_ref().take(count));
        }
    }

    /// Fails the call a text belongs to, or every call of the batch where no text is to blame. Calls
    /// that are not to blame keep their place and are computed again.
    fn fail(&mut self, batch: &Batch, error: EmbedError) {
        match error {
            EmbedError::Cancelled => {
                for &(call, _) in &batch.parts {
                    self.waiting[call].end(Err(EmbedError::Cancelled));
                }
            }
            EmbedError::Tokenise { index, source } => {
                let mut before = 0;
                let owner = batch.parts.iter().find(|(_, count)| {
                    before += count;
                    index < before
                });
                if let Some(&(call, count)) = owner {
                    let index = self.waiting[call].vectors.len() + index + count - before;
                    self.waiting[call].end(Err(EmbedError::Tokenise { index, source }));
                } else {
                    let failure = self.failure(source);
                    self.fail(batch, failure);
                }
            }
            EmbedError::Inference { model, source } => {
                let source: Arc<dyn std::error::Error + Send + Sync> = source.into();
                for &(call, _) in &batch.parts {
                    let source = Box::new(Shared(Arc::clone(&source)));
                    self.waiting[call].end(Err(EmbedError::Inference { model: model.clone(), source }));
                }
            }
        }
    }

    /// Answers finished calls, drops those that have ended, and puts the calls just served behind those
    /// that were not.
    fn rotate(&mut self, batch: &Batch) {
        let mut served = VecDeque::new();
        let mut others = VecDeque::new();
        for (index, mut call) in self.waiting.drain(..).enumerate() {
            if call.is_gone() {
                continue;
            }
            if call.vectors.len() == call.texts.len() {
                let vectors = std::mem::take(&mut call.vectors);
                call.end(Ok(vectors));
            } else if batch.parts.iter().any(|(member, _)| *member == index) {
                served.push_back(call);
            } else {
                others.push_back(call);
            }
        }
        others.append(&mut served);
        self.waiting = others;
    }

    fn failure(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EmbedError {
        EmbedError::Inference { model: self.embedder.identity().name.clone(), source: source.into() }
    }
}

impl Call {
    /// Answered, cancelled, or given up by the caller.
    fn is_gone(&self) -> bool {
        self.cancel.is_cancelled() || self.answer.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    fn end(&mut self, answer: Answer) {
        if let Some(caller) = self.answer.take() {
            // The caller may have left in the meantime; then nobody needs the answer.
            let _ = caller.send(answer);
        }
    }
}

/// What is computed next: positions of calls, and how many texts of each.
struct Batch {
    kind: TextKind,
    parts: Vec<(usize, usize)>,
}

/// One error shared by every call of a batch.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Shared(Arc<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
