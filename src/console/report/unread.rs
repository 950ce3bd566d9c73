//! What was not examined, for reading: pages with the same reason are one row.

use std::collections::BTreeMap;

use super::Reading;
use crate::console::language::Words;
use crate::console::reasons::{self, Names, Sentence};
use crate::rpc::v1;

/// A reason with the pages or the part that it is about.
pub struct UnreadRow {
    /// Why, in a few words.
    pub reason: String,
    /// Which pages, or what happened and what to do about it.
    pub detail: Sentence,
}

/// Key of the words for a reason why something was not examined.
pub fn key(reason: v1::not_examined::Reason) -> &'static str {
    use v1::not_examined::Reason;
    match reason {
        Reason::NoTextLayer => "unread-no-text-layer",
        Reason::RotatedScan => "unread-rotated-scan",
        Reason::UnreadableText => "unread-unreadable-text",
        Reason::Encrypted => "unread-encrypted",
        Reason::ParserFailed | Reason::Unspecified => "unread-parser-failed",
        Reason::LimitReached => "unread-limit-reached",
        Reason::LanguageUnknown => "unread-language-unknown",
        Reason::LanguageNotCovered => "unread-language-not-covered",
        Reason::NoArchive => "unread-no-archive",
        Reason::StageFailed => "unread-stage-failed",
    }
}

/// What was not examined: pages with the same reason are one row.
pub fn rows(reading: &Reading<'_>) -> Vec<UnreadRow> {
    let w = reading.w;
    let mut pages: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    let mut rows = Vec::new();
    for part in &reading.opened.report.not_examined {
        if part.page > 0 {
            pages.entry(part.reason).or_default().push(part.page);
        } else {
            rows.push(UnreadRow { reason: w.say(key(part.reason())), detail: detail(w, part) });
        }
    }
    let by_page = pages.into_iter().map(|(reason, pages)| {
        let reason = v1::not_examined::Reason::try_from(reason).unwrap_or_default();
        let ranges = crate::render::words::page_ranges(&pages);
        UnreadRow { reason: w.say(key(reason)), detail: Sentence::own(w.about("place-pages", &ranges)) }
    });
    by_page.chain(rows).collect()
}

/// What was not examined and what to do about it.
fn detail(w: Words, part: &v1::NotExamined) -> Sentence {
    reasons::say(w, &part.detail, part.explanation.as_slice(), "", &Names::default())
}
