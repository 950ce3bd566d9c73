//! What stands after the verdicts, and what of a report is still open? While anything is, no letter may say that its
//! list is complete: no new grounds may be raised later.

use crate::console::language::Words;
use crate::console::report::{Reading, unread};
use crate::domain::verdict::{Disposition, Verdict};
use crate::render::words::page_ranges;
use crate::rpc::v1;

/// Longest list of pages that the letter repeats, in bytes; the report has all of them.
const LONGEST_PAGES: usize = 100;

/// What stands about a requirement after its last verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A gap that a person accepted or found: missing or weak.
    Gap(v1::Presence),
    /// A gap without a verdict.
    Undecided,
    /// Nobody has examined it.
    NotExamined,
    /// No gap, or one that was rejected.
    Settled,
}

/// Says what stands about a requirement. To accept or reject "not examined" examines nothing, so it stays open until
/// a verdict gives another outcome.
pub fn standing(found: &v1::CompletenessFinding, last: Option<&Verdict>) -> Standing {
    use v1::Presence::{Missing, NotExamined, Unspecified, Weak};
    if let Some(last) = last.filter(|last| last.disposition == Disposition::Changed) {
        return match last.replacement.as_str() {
            "missing" => Standing::Gap(Missing),
            "weak" => Standing::Gap(Weak),
            "not_examined" => Standing::NotExamined,
            _ => Standing::Settled,
        };
    }
    match (found.presence(), last.map(|last| last.disposition)) {
        (NotExamined | Unspecified, _) => Standing::NotExamined,
        (gap @ (Missing | Weak), Some(Disposition::Accepted)) => Standing::Gap(gap),
        (Missing | Weak, None) => Standing::Undecided,
        _ => Standing::Settled,
    }
}

/// What the letter cannot say yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Open {
    /// Gaps without a verdict.
    pub undecided: usize,
    /// Requirements that nobody has examined.
    pub not_examined: usize,
    /// Parts of the file that were not examined.
    pub unread: usize,
    /// Pages among them, e.g. `3-5, 9`.
    pub unread_pages: String,
}

impl Open {
    /// Counts what is open in a report.
    pub fn of(reading: &Reading<'_>) -> Self {
        let report = &reading.opened.report;
        let mut pages: Vec<u32> =
            unread::of_file(report).map(|part| part.page).filter(|page| *page > 0).collect();
        pages.sort_unstable();
        let unread = unread::of_file(report).count();
        let mut open = Self { unread, unread_pages: page_ranges(&pages), ..Self::default() };
        for found in &report.completeness {
            match standing(found, reading.verdicts_of(&found.requirement_id).next_back()) {
                Standing::Undecided => open.undecided += 1,
                Standing::NotExamined => open.not_examined += 1,
                Standing::Gap(_) | Standing::Settled => {}
            }
        }
        open
    }

    /// What stands in the letter in place of the sentence that the list is complete; `None` if nothing is open.
    pub fn placeholder(&self, w: Words) -> Option<String> {
        let mut open = Vec::new();
        if self.undecided > 0 {
            open.push(w.count("letter-open-undecided", self.undecided));
        }
        if self.not_examined > 0 {
            open.push(w.count("letter-open-not-examined", self.not_examined));
        }
        if self.unread > 0 {
            let mut parts = w.count("letter-open-unread", self.unread);
            if (1..=LONGEST_PAGES).contains(&self.unread_pages.len()) {
                parts += &format!(" ({})", w.about("place-pages", &self.unread_pages));
            }
            open.push(parts);
        }
        (!open.is_empty()).then(|| w.about("letter-open", &open.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ScreeningId, VerdictId};
    use crate::domain::language::Language;

    fn verdict(disposition: Disposition, replacement: &str) -> Verdict {
        Verdict {
            id: VerdictId::of_content(&["v"]),
            screening: ScreeningId::of_content(&["s"]),
            finding: "UZ-D01".to_owned(),
            disposition,
            replacement: replacement.to_owned(),
            reason: String::new(),
            reviewer: "reviewer 7".to_owned(),
            create_time: "2026-11-26T01:00:00Z".to_owned(),
        }
    }

    fn stands(presence: v1::Presence, last: Option<&Verdict>) -> Standing {
        let found = v1::CompletenessFinding { presence: presence.into(), ..Default::default() };
        standing(&found, last)
    }

    #[test]
    fn what_is_not_examined_stays_open_until_its_outcome_is_changed() {
        use v1::Presence::{Missing, NotExamined, Present, Weak};
        let (accepted, rejected) = (verdict(Disposition::Accepted, ""), verdict(Disposition::Rejected, ""));
        for last in [None, Some(&accepted), Some(&rejected)] {
            assert_eq!(stands(NotExamined, last), Standing::NotExamined, "{last:?}");
        }
        let unseen = verdict(Disposition::Changed, "not_examined");
        for presence in [Missing, Weak, Present, NotExamined] {
            assert_eq!(stands(presence, Some(&unseen)), Standing::NotExamined, "{presence:?}");
        }
        for (replacement, expected) in [
            ("present", Standing::Settled),
            ("not_applicable", Standing::Settled),
            ("weak", Standing::Gap(Weak)),
            ("missing", Standing::Gap(Missing)),
        ] {
            let changed = verdict(Disposition::Changed, replacement);
            assert_eq!(stands(NotExamined, Some(&changed)), expected, "{replacement}");
        }
    }

    #[test]
    fn gaps_are_open_until_a_person_decides() {
        use v1::Presence::{Missing, NotApplicable, Present, Weak};
        let (accepted, rejected) = (verdict(Disposition::Accepted, ""), verdict(Disposition::Rejected, ""));
        for gap in [Missing, Weak] {
            assert_eq!(stands(gap, None), Standing::Undecided);
            assert_eq!(stands(gap, Some(&accepted)), Standing::Gap(gap));
            assert_eq!(stands(gap, Some(&rejected)), Standing::Settled);
        }
        for fine in [Present, NotApplicable] {
            assert_eq!(stands(fine, None), Standing::Settled);
        }
    }

    #[test]
    fn the_letter_says_what_is_open_in_brackets() {
        for language in Language::ALL {
            let w = Words::of(language);
            assert_eq!(Open::default().placeholder(w), None);
            let open = Open { undecided: 21, not_examined: 3, unread: 4, unread_pages: "5-7".to_owned() };
            let text = open.placeholder(w).expect("something is open");
            assert!(text.starts_with('[') && text.ends_with(']'), "{text}");
            for number in ["21", "3", "4", "5-7"] {
                assert!(text.contains(number), "{language}: {number}: {text}");
            }
        }
        let many = Open { unread: 900, unread_pages: "1, 3, ".repeat(300), ..Open::default() };
        let text = many.placeholder(Words::of(Language::English)).expect("something is open");
        assert!(text.contains("900 parts") && text.len() < 300, "{text}");
    }
}
