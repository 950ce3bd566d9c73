//! How long work on a file tells where it stands and learns that nobody waits for it any more.

/// Callbacks for long work.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told the pages done and the pages in all.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
    /// Asked before every page.
    pub is_cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Watch<'_> {
    /// Nobody watches, nobody cancels.
    pub const NOBODY: Watch<'static> = Watch { progress: &|_, _| {}, is_cancelled: &|| false };
}
