//! Runs a PDF library where it cannot hurt: on a thread with a stack of its own, panics caught, a
//! deadline per page and one for the document.
//!
//! A thread that overruns its deadline is left behind (threads cannot be stopped) and a new one goes on
//! with the next page; after a few of those the rest of the file is given up.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Instant;

use crate::contain::contain;
use crate::domain::explanation::{Code, Explanation};
use crate::ingest::draft::Bookmark;
use crate::ingest::isolated::{Attempt, BOOKMARKS};
use crate::ingest::limits::Limits;
use crate::ingest::watch::Watch;

use super::reader::{PdfReader, RawPage, ReaderFailure};

/// Name of the threads that run the PDF library.
pub(crate) const READER_THREAD: &str = "pdf-reader";
const STACK_BYTES: usize = 256 << 20;
const MOST_ABANDONED: usize = 3;
/// Pages read ahead of the consumer.
const QUEUE: usize = 8;

/// How one page came out.
#[derive(Debug)]
pub(crate) enum PageOutcome {
    Page(RawPage),
    Failed(Explanation),
    Encrypted,
    TimedOut,
}

impl PageOutcome {
    /// The page, if it was read.
    pub(crate) fn page(&self) -> Option<&RawPage> {
        match self {
            Self::Page(page) => Some(page),
            _ => None,
        }
    }
}

/// A file after its worker: bookmarks, number of pages, pages up to the limit.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) is_portfolio: bool,
    pub(crate) bookmarks: Vec<Bookmark>,
    pub(crate) page_count: u32,
    pub(crate) pages: Vec<PageOutcome>,
}

enum Message {
    Opened { page_count: u32, is_portfolio: bool },
    Bookmarks(Vec<Bookmark>),
    Page(PageOutcome),
    Failed(ReaderFailure),
}

/// Opens the file and reads its pages. Pages left when nobody waits any more are failed.
pub(crate) fn read<R, O>(
    bytes: &[u8],
    limits: &Limits,
    watch: &Watch<'_>,
    attempt_at: &Attempt,
    open: O,
) -> Result<Outcome, ReaderFailure>
where
    R: PdfReader,
    O: Fn(&[u8]) -> Result<R, ReaderFailure> + Clone + Send + 'static,
{
    let bytes: Arc<[u8]> = Arc::from(bytes);
    follow(limits, watch, |first, with_bookmarks| {
        start(Arc::clone(&bytes), limits.pages, first, with_bookmarks, attempt_at.clone(), open.clone())
    })
}

/// Takes what workers send. `start` is told the first page, and whether bookmarks are wanted.
fn follow(
    limits: &Limits,
    watch: &Watch<'_>,
    start: impl Fn(u32, bool) -> Result<Receiver<Message>, ReaderFailure>,
) -> Result<Outcome, ReaderFailure> {
    let begun = Instant::now();
    let mut outcome =
        Outcome { is_portfolio: false, bookmarks: Vec::new(), page_count: 0, pages: Vec::new() };
    let (mut is_open, mut has_bookmarks) = (false, false);
    for _ in 0..=MOST_ABANDONED {
        let first = u32::try_from(outcome.pages.len()).unwrap_or(u32::MAX);
        let messages = match start(first, !has_bookmarks) {
            Ok(messages) => messages,
            Err(failure) if !is_open => return Err(failure),
            // What was read before stays.
            Err(_) => {
                let wanted = outcome.page_count.min(limits.pages) as usize;
                outcome.pages.resize_with(wanted, || PageOutcome::Failed(Code::ReaderStopped.into()));
                return Ok(outcome);
            }
        };
        loop {
            if (watch.is_cancelled)() {
                let wanted = outcome.page_count.min(limits.pages) as usize;
                outcome.pages.resize_with(wanted, || PageOutcome::Failed(Code::WorkCancelled.into()));
                return Ok(outcome);
            }
            let left = limits.document_time.saturating_sub(begun.elapsed());
            match messages.recv_timeout(limits.page_time.min(left)) {
                Ok(Message::Opened { page_count, is_portfolio }) => {
                    outcome.page_count = page_count;
                    outcome.is_portfolio = is_portfolio;
                    is_open = true;
                }
                Ok(Message::Bookmarks(bookmarks)) => {
                    outcome.bookmarks = bookmarks;
                    has_bookmarks = true;
                }
                Ok(Message::Page(page)) => {
                    outcome.pages.push(page);
                    let wanted = outcome.page_count.min(limits.pages);
                    (watch.progress)(outcome.pages.len() as u64, u64::from(wanted));
                }
                Ok(Message::Failed(failure)) if !is_open => return Err(failure),
                Ok(Message::Failed(_)) | Err(RecvTimeoutError::Disconnected) => {
                    let wanted = outcome.page_count.min(limits.pages) as usize;
                    if !is_open {
                        return Err(ReaderFailure::Failed("the reader stopped".to_owned()));
                    }
                    while outcome.pages.len() < wanted {
                        outcome.pages.push(PageOutcome::Failed(Code::ReaderStopped.into()));
                    }
                    return Ok(outcome);
                }
                Err(RecvTimeoutError::Timeout) if !is_open => {
                    return Err(ReaderFailure::Failed("opening the file takes too long".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if has_bookmarks {
                        outcome.pages.push(PageOutcome::TimedOut);
                    }
                    // Those that take too long are done without.
                    has_bookmarks = true;
                    break;
                }
            }
        }
        if begun.elapsed() >= limits.document_time {
            break;
        }
    }
    let wanted = outcome.page_count.min(limits.pages) as usize;
    while outcome.pages.len() < wanted {
        outcome.pages.push(PageOutcome::TimedOut);
    }
    Ok(outcome)
}

/// Starts a worker that reads from page `first` on. It stops when the receiver is dropped.
fn start<R, O>(
    bytes: Arc<[u8]>,
    most_pages: u32,
    first: u32,
    with_bookmarks: bool,
    attempt: Attempt,
    open: O,
) -> Result<Receiver<Message>, ReaderFailure>
where
    R: PdfReader,
    O: Fn(&[u8]) -> Result<R, ReaderFailure> + Send + 'static,
{
    let (sender, receiver) = sync_channel(QUEUE);
    let work = move || {
        let opened = catch(|| {
            let reader = open(&bytes)?;
            let (page_count, is_portfolio) = (reader.page_count()?, reader.is_portfolio());
            Ok((reader, page_count, is_portfolio))
        });
        let (reader, page_count, is_portfolio) = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(failure)) => return drop(sender.send(Message::Failed(failure))),
            Err(panic) => return drop(sender.send(Message::Failed(ReaderFailure::Failed(panic)))),
        };
        if sender.send(Message::Opened { page_count, is_portfolio }).is_err() {
            return;
        }
        if with_bookmarks {
            let bookmarks = attempt.on_page(BOOKMARKS, || catch(|| reader.bookmarks()).unwrap_or_default());
            if sender.send(Message::Bookmarks(bookmarks.unwrap_or_default())).is_err() {
                return;
            }
        }
        for index in first..page_count.min(most_pages) {
            let page = match attempt.on_page(index + 1, || catch(|| reader.page(index))) {
                None => PageOutcome::Failed(Code::ReaderBrokeDown.into()),
                Some(Ok(Ok(page))) => PageOutcome::Page(page),
                Some(Ok(Err(ReaderFailure::Encrypted))) => PageOutcome::Encrypted,
                Some(Ok(Err(ReaderFailure::Failed(detail))) | Err(detail)) => {
                    PageOutcome::Failed(Code::Technical.with("what", detail))
                }
            };
            if sender.send(Message::Page(page)).is_err() {
                return;
            }
        }
    };
    let builder = std::thread::Builder::new().name(READER_THREAD.to_owned()).stack_size(STACK_BYTES);
    builder
        .spawn(work)
        .map_err(|error| ReaderFailure::Failed(format!("no thread for the reader: {error}")))?;
    Ok(receiver)
}

/// Runs `work` and turns a panic into a sentence.
fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    contain(work).map_err(|what| format!("the reader stopped: {what}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// For a page: a machine that stands still for a second is not taken for a page that never ends.
    const PAGE: Duration = Duration::from_secs(2);
    /// For what never ends. Its thread is left behind and ends with the process.
    const ENDLESS: Duration = Duration::from_secs(60);

    struct Moody;

    impl PdfReader for Moody {
        fn page_count(&self) -> Result<u32, ReaderFailure> {
            Ok(4)
        }
        fn bookmarks(&self) -> Vec<Bookmark> {
            panic!("bad bookmarks")
        }
        fn page(&self, index: u32) -> Result<RawPage, ReaderFailure> {
            match index {
                1 => panic!("bad page"),
                2 => {
                    std::thread::sleep(ENDLESS);
                    Ok(RawPage::default())
                }
                _ => Ok(RawPage::default()),
            }
        }
    }

    #[test]
    fn panics_and_endless_pages_cost_one_page_each() {
        let limits = Limits { page_time: PAGE, ..Limits::default() };
        let outcome = read(b"x", &limits, &Watch::NOBODY, &Attempt::default(), |_| Ok(Moody)).unwrap();
        assert_eq!(outcome.page_count, 4);
        assert!(outcome.bookmarks.is_empty());
        assert!(matches!(outcome.pages[0], PageOutcome::Page(_)));
        let PageOutcome::Failed(detail) = &outcome.pages[1] else { panic!("{:?}", outcome.pages[1]) };
        let detail = detail.to_string();
        assert!(detail.contains("broke down") && !detail.contains("bad page"), "{detail}");
        assert!(matches!(outcome.pages[2], PageOutcome::TimedOut));
        assert!(matches!(outcome.pages[3], PageOutcome::Page(_)));
    }

    #[test]
    fn a_panic_while_opening_is_a_failure() {
        let opened = read::<Moody, _>(b"x", &Limits::default(), &Watch::NOBODY, &Attempt::default(), |_| {
            panic!("no header")
        });
        let Err(ReaderFailure::Failed(detail)) = &opened else { panic!("{opened:?}") };
        assert!(detail.contains("broke down") && !detail.contains("no header"), "{detail}");
    }

    #[test]
    fn a_worker_that_cannot_be_replaced_costs_the_pages_that_are_left() {
        let limits = Limits { page_time: Duration::from_millis(20), ..Limits::default() };
        let (sender, receiver) = sync_channel(QUEUE);
        for message in [
            Message::Opened { page_count: 3, is_portfolio: false },
            Message::Bookmarks(Vec::new()),
            Message::Page(PageOutcome::Page(RawPage::default())),
        ] {
            assert!(sender.send(message).is_ok());
        }
        let first = std::cell::Cell::new(Some(receiver));
        let refused = || ReaderFailure::Failed("no thread".to_owned());
        let outcome = follow(&limits, &Watch::NOBODY, |_, _| first.take().ok_or_else(refused)).unwrap();
        assert!(matches!(
            outcome.pages.as_slice(),
            [PageOutcome::Page(_), PageOutcome::TimedOut, PageOutcome::Failed(_)]
        ));
        let none = follow(&limits, &Watch::NOBODY, |_, _| Err(refused()));
        assert!(matches!(none, Err(ReaderFailure::Failed(_))));
    }

    struct Winding;

    impl PdfReader for Winding {
        fn page_count(&self) -> Result<u32, ReaderFailure> {
            Ok(2)
        }
        fn bookmarks(&self) -> Vec<Bookmark> {
            std::thread::sleep(ENDLESS);
            Vec::new()
        }
        fn page(&self, _: u32) -> Result<RawPage, ReaderFailure> {
            Ok(RawPage::default())
        }
    }

    #[test]
    fn endless_bookmarks_cost_no_page() {
        let limits = Limits { page_time: PAGE, ..Limits::default() };
        let outcome = read(b"x", &limits, &Watch::NOBODY, &Attempt::default(), |_| Ok(Winding)).unwrap();
        assert!(outcome.bookmarks.is_empty());
        let is_read = |page: &PageOutcome| matches!(page, PageOutcome::Page(_));
        assert!(outcome.pages.len() == 2 && outcome.pages.iter().all(is_read));
    }

    #[test]
    fn bookmarks_that_ended_an_earlier_attempt_are_left_alone() {
        let earlier = Attempt { fatal_pages: Arc::new([BOOKMARKS].into()), notice: None };
        let outcome = read(b"x", &Limits::default(), &Watch::NOBODY, &earlier, |_| Ok(Winding)).unwrap();
        assert_eq!((outcome.pages.len(), outcome.bookmarks.len()), (2, 0));
    }

    struct Many;

    impl PdfReader for Many {
        fn page_count(&self) -> Result<u32, ReaderFailure> {
            Ok(1_000)
        }
        fn bookmarks(&self) -> Vec<Bookmark> {
            Vec::new()
        }
        fn page(&self, _: u32) -> Result<RawPage, ReaderFailure> {
            Ok(RawPage::default())
        }
    }

    #[test]
    fn reading_tells_where_it_stands_and_stops_when_nobody_waits() {
        let told = std::sync::Mutex::new(Vec::new());
        let watch = Watch {
            progress: &|done, all| told.lock().unwrap().push((done, all)),
            is_cancelled: &|| told.lock().unwrap().len() >= 5,
        };
        let outcome = read(b"x", &Limits::default(), &watch, &Attempt::default(), |_| Ok(Many)).unwrap();
        assert_eq!(*told.lock().unwrap(), (1..=5).map(|page| (page, 1_000)).collect::<Vec<_>>());
        assert_eq!(outcome.pages.len(), 1_000);
        assert!(matches!(&outcome.pages[5], PageOutcome::Failed(why) if why.code == Code::WorkCancelled));
    }
}
