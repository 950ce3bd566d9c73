//! Does a finding follow the text? Reports are changed on purpose, and the finding has to change with them.
//!
//! A reviewer's trust rests on this: what is taken out has to become missing, what only stands under another
//! heading must not, a heading without its text is weak, and a mention in the contents or in a list of annexes
//! is no chapter. Every change goes through the production path: the report is written out as Markdown,
//! changed, read and assessed again. No labels are needed, so any report can be tried.
//!
//! Invariant: only requirements that the unchanged report is found to fulfil under a heading are tried.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::domain::document::{BlockKind, Document};
use crate::domain::language::Language;
use crate::domain::requirement::{Requirement, RequirementSet};
use crate::domain::span::TextRange;
use crate::ingest::{IngestError, Limits, read_document};
use crate::screen::completeness::calibration::Outcome;
use crate::screen::completeness::{CaseFacts, CompletenessModel, Support, assess};

use super::completeness::outcome_of;

/// A change on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Every passage that supports the requirement is taken out: expected missing.
    Removed,
    /// Its sections stand under a heading that says nothing: expected present.
    Renamed,
    /// Its headings are left without text: expected weak.
    Emptied,
    /// Only the contents page still names it: expected not present.
    ContentsOnly,
    /// Only the list of annexes still names it: expected not present.
    AnnexesOnly,
}

impl Change {
    /// Every change, in order.
    pub const ALL: [Self; 5] =
        [Self::Removed, Self::Renamed, Self::Emptied, Self::ContentsOnly, Self::AnnexesOnly];

    /// Returns the name, as in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Emptied => "emptied",
            Self::ContentsOnly => "contents only",
            Self::AnnexesOnly => "annexes only",
        }
    }

    /// Returns change and expectation in words: the name of the figure.
    pub fn expectation(self) -> &'static str {
        match self {
            Self::Removed => "removed: missing",
            Self::Renamed => "under another heading: present",
            Self::Emptied => "headings without text: weak",
            Self::ContentsOnly => "in the contents only: not present",
            Self::AnnexesOnly => "among annexes only: not present",
        }
    }

    /// True if the outcome is what the change has to lead to.
    pub fn expects(self, outcome: Outcome) -> bool {
        match self {
            Self::Removed => outcome == Outcome::Missing,
            Self::Renamed => outcome == Outcome::Present,
            Self::Emptied => outcome == Outcome::Weak,
            Self::ContentsOnly | Self::AnnexesOnly => outcome != Outcome::Present,
        }
    }
}

/// One requirement in one changed report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Report.
    pub document: String,
    /// Requirement.
    pub requirement: String,
    /// What was changed.
    pub change: Change,
    /// What the service found afterwards; `None` if it abstained.
    pub found: Option<Outcome>,
}

impl Trial {
    /// True if the finding followed the change.
    pub fn holds(&self) -> bool {
        self.found.is_some_and(|found| self.change.expects(found))
    }
}

/// How often the finding followed one kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rate {
    /// Trials in which it did.
    pub held: usize,
    /// Trials.
    pub tried: usize,
}

/// Returns the rates per kind of change.
pub fn rates(trials: &[Trial]) -> BTreeMap<Change, Rate> {
    let mut rates: BTreeMap<Change, Rate> = BTreeMap::new();
    for trial in trials {
        let rate = rates.entry(trial.change).or_default();
        rate.tried += 1;
        rate.held += usize::from(trial.holds());
    }
    rates
}

/// Tries every change on every requirement that `document` fulfils under a heading.
pub fn try_document(
    name: &str,
    document: &Document,
    sets: &[&RequirementSet],
    model: &CompletenessModel,
) -> Result<Vec<Trial>, IngestError> {
    let plain = read(&markdown(document, &Edit::default()))?;
    let before = outcomes(&plain, sets, model);
    let requirements = sets.iter().flat_map(|set| set.requirements.iter().map(|own| (*set, own)));
    let present =
        requirements.zip(before).filter(|(_, outcome)| *outcome == Some(Outcome::Present)).map(|(of, _)| of);
    let supported = present.map(|(set, own)| (set, own, model.support(&plain, set, own)));
    let tried: Vec<_> = supported
        .filter(|(_, _, support)| !support.sections.is_empty())
        .flat_map(|(set, own, support)| Change::ALL.map(|change| (set, own, support.clone(), change)))
        .collect();
    let trials = tried.into_par_iter().map(|(set, requirement, support, change)| {
        let changed = read(&markdown(&plain, &edit(&plain, &support, change)))?;
        Ok(Trial {
            document: name.to_owned(),
            requirement: requirement.id.0.clone(),
            change,
            found: outcome_in(&changed, set, requirement, model),
        })
    });
    trials.collect()
}

fn read(text: &str) -> Result<Document, IngestError> {
    read_document("report.md", text.as_bytes(), &Limits::default())
}

fn outcomes(
    document: &Document,
    sets: &[&RequirementSet],
    model: &CompletenessModel,
) -> Vec<Option<Outcome>> {
    let assessment = assess(model, document, &[], None, sets, &CaseFacts::default());
    assessment.findings.iter().map(outcome_of).collect()
}

fn outcome_in(
    document: &Document,
    set: &RequirementSet,
    requirement: &Requirement,
    model: &CompletenessModel,
) -> Option<Outcome> {
    let at = set.requirements.iter().position(|known| known.id == requirement.id)?;
    outcomes(document, &[set], model).get(at).copied().flatten()
}

/// What to leave out, rename and add when a report is written out.
#[derive(Debug, Default)]
struct Edit {
    without: Vec<TextRange>,
    renamed: BTreeSet<usize>,
    before: Vec<String>,
    after: Vec<String>,
}

fn edit(document: &Document, support: &Support, change: Change) -> Edit {
    let language = document.languages.first().map_or(Language::English, |share| share.language);
    let words = Words::of(language);
    let sections = || support.sections.iter().map(|index| &document.sections[*index]);
    let mut edit = Edit::default();
    match change {
        Change::Renamed => edit.renamed = support.sections.iter().copied().collect(),
        Change::Emptied => {
            edit.without.extend(support.sentences.iter().copied());
            edit.without.extend(sections().map(|section| {
                TextRange::new(section.heading.end, section.extent.end.max(section.heading.end))
            }));
        }
        Change::Removed | Change::ContentsOnly | Change::AnnexesOnly => {
            edit.without.extend(support.sentences.iter().copied());
            edit.without.extend(sections().map(|section| {
                TextRange::new(section.heading.start, section.extent.end.max(section.heading.end))
            }));
        }
    }
    let entries = || sections().map(|section| format!("- {}", one_line(&section.title)));
    if change == Change::ContentsOnly {
        edit.before.push(format!("## {}\n", words.contents));
        edit.before.extend(document.sections.iter().map(|section| format!("- {}", one_line(&section.title))));
    }
    if change == Change::AnnexesOnly {
        edit.after.push(format!("## {}\n", words.annexes));
        edit.after.extend(entries());
        edit.after.extend(words.others.iter().map(|other| format!("- {other}")));
    }
    edit
}

/// Words of the report's language that the changes need.
struct Words {
    unrelated: &'static str,
    contents: &'static str,
    annexes: &'static str,
    others: [&'static str; 2],
}

impl Words {
    fn of(language: Language) -> Self {
        let [unrelated, contents, annexes, first, second] = match language {
            Language::Russian => ["Раздел", "Содержание", "Перечень приложений", "Фотографии", "Письма"],
            Language::UzbekLatin => ["Boʻlim", "Mundarija", "Ilovalar roʻyxati", "Fotosuratlar", "Xatlar"],
            Language::UzbekCyrillic => ["Бўлим", "Мундарижа", "Иловалар рўйхати", "Фотосуратлар", "Хатлар"],
            Language::Korean => ["본문", "목차", "부록 목록", "사진", "공문"],
            Language::English => ["Section", "Contents", "List of annexes", "Photographs", "Letters"],
        };
        Self { unrelated, contents, annexes, others: [first, second] }
    }
}

/// Writes a document out as Markdown.
fn markdown(document: &Document, edit: &Edit) -> String {
    let language = document.languages.first().map_or(Language::English, |share| share.language);
    let mut lines = edit.before.clone();
    for block in &document.blocks {
        let range = block.span.range;
        let kept = without(range, &edit.without);
        let text: Vec<String> = kept.iter().map(|part| one_line(part.of(&document.text))).collect();
        let text = text.join(" ");
        if text.trim().is_empty() {
            continue;
        }
        match block.kind {
            BlockKind::Heading => {
                let section =
                    document.sections.iter().position(|section| section.heading.start == range.start);
                let level = section.map_or(4, |index| document.sections[index].level.clamp(1, 6) as usize);
                let is_renamed = section.is_some_and(|index| edit.renamed.contains(&index));
                let title = if is_renamed { Words::of(language).unrelated } else { text.trim() };
                lines.push(format!("\n{} {title}\n", "#".repeat(level)));
            }
            BlockKind::Paragraph | BlockKind::Caption => lines.push(format!("\n{text}\n")),
            BlockKind::ListItem => lines.push(format!("- {}", text.trim_start_matches(['-', '•', '*', ' ']))),
            BlockKind::TableRow => lines.push(format!("\n{text}\n")),
            BlockKind::Contents | BlockKind::RunningHead => {}
        }
    }
    lines.push(String::new());
    lines.extend(edit.after.iter().cloned());
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns what is left of `range` without the ranges given.
fn without(range: TextRange, removed: &[TextRange]) -> Vec<TextRange> {
    let mut left = vec![range];
    for gone in removed.iter().filter(|gone| gone.start < range.end && gone.end > range.start) {
        left = left
            .into_iter()
            .flat_map(|part| {
                [
                    TextRange::new(part.start, part.end.min(gone.start.max(part.start))),
                    TextRange::new(part.start.max(gone.end.min(part.end)), part.end),
                ]
            })
            .filter(|part| part.start < part.end)
            .collect();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rulebook;

    #[test]
    fn what_is_left_of_a_range_excludes_what_was_removed() {
        let left = without(TextRange::new(10, 30), &[TextRange::new(0, 12), TextRange::new(20, 25)]);
        assert_eq!(left, [TextRange::new(12, 20), TextRange::new(25, 30)]);
        assert!(without(TextRange::new(3, 5), &[TextRange::new(0, 9)]).is_empty());
    }

    #[test]
    fn findings_of_the_sample_report_follow_its_text() {
        let rulebook = Rulebook::load_builtin().unwrap();
        let model = CompletenessModel::new(&rulebook, None).unwrap();
        let text = include_str!("../../samples/report-uz.md");
        let document = read(text).unwrap();
        let sets = [rulebook.set("uz-234-draft").unwrap()];
        let trials = try_document("sample", &document, &sets, &model).unwrap();
        assert!(trials.len() >= 25, "{}", trials.len());
        for (change, rate) in rates(&trials) {
            assert!(10 * rate.held >= 6 * rate.tried, "{change:?} {rate:?}: {trials:#?}");
        }
        let emptied: Vec<&Trial> = trials.iter().filter(|trial| trial.change == Change::Emptied).collect();
        assert!(emptied.iter().all(|trial| trial.holds()), "{emptied:#?}");
    }
}
