//! What can a tab not show? An empty list of a file that was not read, or of a report that was compared with nothing,
//! must not look like one in which there was nothing to find.

use super::{Reading, Tab, unread};
use crate::console::reasons::{self, Sentence};
use crate::domain::explanation::Code;
use crate::rpc::v1;

/// What is missing from the list of a tab.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unseen<'a> {
    /// What stands in so many unread parts of the file.
    Parts(usize),
    /// Every earlier case; the entry that says why, none where nobody asked for the comparison.
    Archive(Option<&'a v1::NotExamined>),
}

/// The same in words.
pub struct UnseenNote {
    /// What is missing.
    pub words: String,
    /// Why, where it has to be said here.
    pub reason: Option<Sentence>,
    /// Address of the tab that says more; empty where it says nothing of it.
    pub link: String,
}

/// Returns what the list of a tab cannot hold, `None` if everything was looked at.
pub fn of(report: &v1::ScreeningReport, tab: Tab) -> Option<Unseen<'_>> {
    let archive = match tab {
        // Requirements say one by one what was not examined.
        Tab::Completeness | Tab::Unread => return None,
        Tab::Precedents | Tab::Reuse => without_archive(report),
        Tab::Risks | Tab::Claims | Tab::Facts => None,
    };
    let parts = unread::hiding_risks(report).count();
    archive.or_else(|| (parts > 0).then_some(Unseen::Parts(parts)))
}

/// Whether nothing was compared with earlier cases: then both of their lists are empty.
fn without_archive(report: &v1::ScreeningReport) -> Option<Unseen<'_>> {
    if !report.precedents.is_empty() || !report.reuse.is_empty() {
        return None;
    }
    let why = report.not_examined.iter().find(|part| unread::prevents_comparison(part));
    let was_searched = report.provenance.as_ref().is_some_and(|provenance| !provenance.archive.is_empty());
    (why.is_some() || !was_searched).then_some(Unseen::Archive(why))
}

/// Puts it into words.
pub fn note(reading: &Reading<'_>, unseen: Unseen<'_>) -> UnseenNote {
    let w = reading.w;
    let link = reading.tab_link(Tab::Unread);
    match unseen {
        Unseen::Parts(parts) => UnseenNote { words: w.count("unseen-parts", parts), reason: None, link },
        Unseen::Archive(why) => UnseenNote {
            words: w.say("unseen-archive"),
            reason: Some(match why {
                Some(part) => unread::detail(w, part),
                None => reasons::of_program(w, &Code::PrecedentsNotAsked.into()),
            }),
            link: if why.is_some() { link } else { String::new() },
        },
    }
}

/// What an empty list says below the note, if anything.
pub fn empty(reading: &Reading<'_>, unseen: Option<Unseen<'_>>) -> Option<String> {
    match unseen {
        None => Some(reading.w.say("tab-empty")),
        Some(Unseen::Parts(_)) => Some(reading.w.say("unseen-empty")),
        Some(Unseen::Archive(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::convert::explanation_message;
    use crate::rpc::v1::not_examined::Reason;

    fn part(reason: Reason, code: Code) -> v1::NotExamined {
        let explanation = Some(explanation_message(&code.into()));
        v1::NotExamined { reason: reason.into(), explanation, ..Default::default() }
    }

    fn report(archive: &str, not_examined: Vec<v1::NotExamined>) -> v1::ScreeningReport {
        let provenance = v1::Provenance { archive: archive.to_owned(), ..Default::default() };
        v1::ScreeningReport { provenance: Some(provenance), not_examined, ..Default::default() }
    }

    #[test]
    fn unread_parts_touch_what_is_looked_for_in_the_text() {
        let pages =
            vec![part(Reason::NoTextLayer, Code::PagePicture), part(Reason::Encrypted, Code::PageEncrypted)];
        let report = report("3 cases, 0f", pages);
        for tab in [Tab::Risks, Tab::Claims, Tab::Facts, Tab::Precedents, Tab::Reuse] {
            assert_eq!(of(&report, tab), Some(Unseen::Parts(2)), "{}", tab.as_str());
        }
        assert_eq!(of(&report, Tab::Completeness), None);
        assert_eq!(of(&report, Tab::Unread), None);
    }

    #[test]
    fn an_archive_that_was_not_searched_touches_what_comes_from_it() {
        for (reason, code) in [
            (Reason::NoArchive, Code::NoArchive),
            (Reason::NoArchive, Code::ArchiveEmpty),
            (Reason::StageFailed, Code::PrecedentsFailed),
        ] {
            let report = report("", vec![part(reason, code)]);
            for tab in [Tab::Precedents, Tab::Reuse] {
                let why = &report.not_examined[0];
                assert_eq!(of(&report, tab), Some(Unseen::Archive(Some(why))), "{code:?}");
            }
            assert_eq!(of(&report, Tab::Risks), None, "{code:?}");
        }
        let not_asked = report("", Vec::new());
        assert_eq!(of(&not_asked, Tab::Reuse), Some(Unseen::Archive(None)));
    }

    #[test]
    fn a_report_that_was_looked_at_in_full_has_nothing_unseen() {
        let words_only = report("3 cases, 0f", vec![part(Reason::LanguageNotCovered, Code::NoModel)]);
        for tab in Tab::ALL {
            assert_eq!(of(&words_only, tab), None, "{}", tab.as_str());
        }
        // A stored list is shown for what it is, whatever the provenance says.
        let precedents = vec![v1::Precedent::default()];
        let found = v1::ScreeningReport { precedents, ..report("", Vec::new()) };
        assert_eq!(of(&found, Tab::Precedents), None);
    }
}
