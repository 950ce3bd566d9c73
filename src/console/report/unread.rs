//! What was not examined, for reading: pages with the same reason are one row.

use std::collections::BTreeMap;

use super::Reading;
use crate::console::language::Words;
use crate::console::reasons::{self, Names, Sentence};
use crate::domain::explanation::Code;
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

/// Parts of the submitted file that were not examined, as opposed to side services: an archive or a language model that
/// was not there, a search for precedents that failed.
pub fn of_file(report: &v1::ScreeningReport) -> impl Iterator<Item = &v1::NotExamined> {
    report.not_examined.iter().filter(|part| is_of_file(part))
}

/// Those among them in which risk terms may stand: where only meaning was not compared, they were looked for.
pub fn hiding_risks(report: &v1::ScreeningReport) -> impl Iterator<Item = &v1::NotExamined> {
    report.not_examined.iter().filter(|part| may_hide_risks(part))
}

/// Whether risk terms may stand in it.
pub fn may_hide_risks(part: &v1::NotExamined) -> bool {
    is_of_file(part) && !is_said(part, Code::MeaningFailed)
}

fn is_of_file(part: &v1::NotExamined) -> bool {
    let leaves_none = [Code::PrecedentsFailed, Code::PassagesCutShort];
    leaves_file_unread(part.reason()) && !leaves_none.into_iter().any(|code| is_said(part, code))
}

fn is_said(part: &v1::NotExamined, code: Code) -> bool {
    part.explanation.as_ref().is_some_and(|said| said.code == code.as_str())
}

/// As the domain says it; a reason that only a later version of the program knows counts as unread.
fn leaves_file_unread(reason: v1::not_examined::Reason) -> bool {
    use v1::not_examined::Reason;
    !matches!(reason, Reason::LanguageNotCovered | Reason::NoArchive)
}

/// Whether it left the file without comparison with earlier cases.
pub fn prevents_comparison(part: &v1::NotExamined) -> bool {
    part.reason() == v1::not_examined::Reason::NoArchive || is_said(part, Code::PrecedentsFailed)
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
pub fn detail(w: Words, part: &v1::NotExamined) -> Sentence {
    reasons::say(w, &part.detail, part.explanation.as_slice(), "", &Names::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{NotExamined, NotExaminedReason};
    use crate::rpc::convert::not_examined_message;

    #[test]
    fn stored_reasons_leave_the_file_unread_as_those_of_the_domain_do() {
        for reason in NotExaminedReason::ALL {
            let part = NotExamined { reason, page: None, section: None, detail: Code::NoTextRead.into() };
            let stored = not_examined_message(&part).reason();
            assert_eq!(leaves_file_unread(stored), reason.leaves_file_unread(), "{reason:?}");
        }
    }

    #[test]
    fn a_passage_that_the_model_read_in_part_is_not_unread() {
        for code in [Code::PassagesCutShort, Code::TextBeyondLimit] {
            let (reason, detail) = (NotExaminedReason::LimitReached, code.with("n", 1));
            let part = NotExamined { reason, page: None, section: None, detail };
            let report =
                v1::ScreeningReport { not_examined: vec![not_examined_message(&part)], ..Default::default() };
            assert_eq!(of_file(&report).count(), usize::from(part.leaves_file_unread()), "{code:?}");
        }
    }

    #[test]
    fn a_stage_that_failed_leaves_unexamined_what_it_looks_for() {
        let failed = |code: Code| {
            let (reason, detail) =
                (NotExaminedReason::StageFailed, code.because(Code::Technical.with("what", "x")));
            not_examined_message(&NotExamined { reason, page: None, section: None, detail })
        };
        let report = |code| v1::ScreeningReport { not_examined: vec![failed(code)], ..Default::default() };
        for (code, of_the_file, hides_risks) in
            [(Code::MeaningFailed, 1, 0), (Code::PrecedentsFailed, 0, 0), (Code::NoTextRead, 1, 1)]
        {
            let report = report(code);
            assert_eq!(of_file(&report).count(), of_the_file, "{code:?}");
            assert_eq!(hiding_risks(&report).count(), hides_risks, "{code:?}");
        }
    }
}
