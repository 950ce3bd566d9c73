//! What one attempt at reading a file knows of earlier ones, and what it lets the next one know.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Stands for the bookmarks of a file where pages are counted from 1.
pub(crate) const BOOKMARKS: u32 = 0;

/// Told the number of a page, from 1, or [`BOOKMARKS`], and whether work on it begins (true) or has ended.
pub(crate) type PageNotice = Arc<dyn Fn(u32, bool) + Send + Sync>;

/// One attempt at reading a file.
#[derive(Clone, Default)]
pub(crate) struct Attempt {
    /// Pages, from 1, or [`BOOKMARKS`], on which an earlier attempt ended: they are not touched again.
    pub(crate) fatal_pages: Arc<BTreeSet<u32>>,
    /// Told about every page, so that somebody else knows where this attempt ended if it does.
    pub(crate) notice: Option<PageNotice>,
}

impl Attempt {
    /// Runs `work` on a page between the two notices; `None` if the page ended an earlier attempt.
    pub(crate) fn on_page<T>(&self, page: u32, work: impl FnOnce() -> T) -> Option<T> {
        if self.fatal_pages.contains(&page) {
            return None;
        }
        if let Some(notice) = &self.notice {
            notice(page, true);
        }
        let done = work();
        if let Some(notice) = &self.notice {
            notice(page, false);
        }
        Some(done)
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").field("fatal_pages", &self.fatal_pages).finish_non_exhaustive()
    }
}
