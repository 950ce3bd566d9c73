//! What would a reader of the labelled sentences say about this one?
//!
//! The lexicon decides what it knows; a classifier fitted on several thousand labelled sentences decides between its
//! findings, drops those that are named in passing, adds what no list has, and reads polarity and severity. What the
//! lexicon found goes into the classifier as marks, so each corrects the other. For a sentence that stands alone only:
//! a whole report keeps everything the lexicon finds, weighed by where it stands.
//!
//! Invariants: a finding points to words of the sentence; the same sentence gives the same findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::explanation::{Code, Explanation};
use crate::domain::language::Language;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::TermKind;
use crate::screen::classifier::wording::{Wording, WordingReader};
use crate::screen::classifier::{Classifier, ClassifierError, Said, probability};
use crate::text::ngrams::{Key, key_of_mark};

use super::SentenceRisk;

/// The classifier that ships with the program.
static BUILTIN: &[u8] = include_bytes!("../../../models/sentences/risk.bin");

/// Before the labels of polarities and severities.
pub const POLARITY: &str = "polarity:";
/// See [`POLARITY`].
pub const SEVERITY: &str = "severity:";

/// Probability from which a category is found; chosen by cross-validation on the development sentences.
const FOUND: f32 = 0.2;

/// Most words of a sentence that are shown as the term of a finding which no entry of the lexicon names.
const LONGEST_TERM: usize = 6;

/// Share of the strongest word's weight that a neighbouring word needs to belong to the term.
const BESIDE: f32 = 0.35;

/// Every polarity, in the order of the labels.
pub const POLARITIES: [Polarity; 7] = [
    Polarity::Asserted,
    Polarity::Negated,
    Polarity::Hypothetical,
    Polarity::Mitigation,
    Polarity::Citation,
    Polarity::Heading,
    Polarity::OtherPlace,
];

/// Every severity, ascending.
pub const SEVERITIES: [Severity; 4] = [Severity::None, Severity::Low, Severity::Medium, Severity::High];

/// What the rules say about a sentence.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Everything the lexicon finds.
    pub all: &'a [SentenceRisk],
    /// What is left of it after the choice by rules.
    pub chosen: &'a [SentenceRisk],
    /// Categories of which any phrase occurs.
    pub named: &'a BTreeSet<String>,
    /// True if the sentence itself calls something slight.
    pub is_slight: bool,
}

/// What the lexicon says about a sentence.
#[derive(Debug)]
pub struct LexiconFindings {
    /// Language the sentence was read in.
    pub language: Language,
    pub(super) all: Vec<SentenceRisk>,
    pub(super) chosen: Vec<SentenceRisk>,
    pub(super) named: BTreeSet<String>,
    pub(super) is_slight: bool,
}

impl LexiconFindings {
    /// Nothing was found.
    pub const NOTHING: Rules<'static> =
        Rules { all: &[], chosen: &[], named: &BTreeSet::new(), is_slight: false };

    /// Returns it for [`Examples`].
    pub fn rules(&self) -> Rules<'_> {
        Rules { all: &self.all, chosen: &self.chosen, named: &self.named, is_slight: self.is_slight }
    }
}

/// The classifier of risk sentences.
#[derive(Debug)]
pub struct Examples {
    classifier: Classifier,
    reader: Arc<WordingReader>,
    /// Index of each category's label, with its code.
    categories: Vec<(usize, RiskCategory)>,
    polarities: Vec<(usize, Polarity)>,
    severities: Vec<(usize, Severity)>,
}

impl Examples {
    /// Reads the classifier that ships with the program.
    pub fn builtin() -> Result<Self, ClassifierError> {
        Self::new(Classifier::from_bytes(BUILTIN)?)
    }

    /// Makes ready a classifier with the labels of [`labels`].
    pub fn new(classifier: Classifier) -> Result<Self, ClassifierError> {
        let place = |name: String| {
            classifier
                .label(&name)
                .ok_or(ClassifierError::Damaged("it lacks a category, polarity or severity"))
        };
        let categories = (1..=20)
            .map(|number| format!("R{number:02}"))
            .map(|code| Ok((place(code.clone())?, RiskCategory(code))))
            .collect::<Result<_, ClassifierError>>()?;
        let polarities = POLARITIES
            .into_iter()
            .map(|polarity| Ok((place(name_of(POLARITY, polarity))?, polarity)))
            .collect::<Result<_, ClassifierError>>()?;
        let severities = SEVERITIES
            .into_iter()
            .map(|severity| Ok((place(format!("{SEVERITY}{}", severity.letter()))?, severity)))
            .collect::<Result<_, ClassifierError>>()?;
        Ok(Self { classifier, reader: WordingReader::builtin()?, categories, polarities, severities })
    }

    /// Returns the classifier.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Returns what the sentence says, in order of category.
    pub fn judge(&self, text: &str, language: Language, rules: Rules<'_>) -> Vec<SentenceRisk> {
        let wording = self.reader.read(text, language);
        let said = self.classifier.read(&wording);
        let odds = self.classifier.log_odds(&[&said], &marks_of_sentence(rules));
        // A substance that is named by its number is there, whatever else the sentence says.
        let is_certain = |category: &RiskCategory| {
            let is_substance = |risk: &SentenceRisk| risk.entry == usize::MAX && risk.category == *category;
            rules.chosen.iter().any(is_substance)
        };
        let mut found: Vec<SentenceRisk> = self
            .categories
            .iter()
            .filter(|(label, category)| probability(odds[*label]) >= FOUND || is_certain(category))
            .filter_map(|(label, category)| {
                let known = rules.all.iter().find(|risk| risk.category == *category).cloned();
                let risk = known.or_else(|| self.unlisted(text, &wording, *label, category))?;
                Some(self.reading(risk, &said, rules))
            })
            .collect();
        // What is denied in one breath stays together: "neither mercury nor cyanide".
        let is_denied = |one: &SentenceRisk, other: &SentenceRisk| {
            one.denied_by.is_some() && one.denied_by == other.denied_by && other.polarity == Polarity::Negated
        };
        let beside = rules.chosen.iter().filter(|risk| {
            risk.polarity == Polarity::Negated
                && found.iter().any(|one| is_denied(risk, one))
                && !found.iter().any(|one| one.category == risk.category)
        });
        let beside: Vec<SentenceRisk> = beside.cloned().collect();
        found.extend(beside);
        found.sort_by(|a, b| a.category.cmp(&b.category));
        found
    }

    /// A finding that no entry of the lexicon names: its term is the words that speak most for the category.
    fn unlisted(
        &self,
        text: &str,
        wording: &Wording,
        label: usize,
        category: &RiskCategory,
    ) -> Option<SentenceRisk> {
        let said = self.classifier.said_by_words(wording, label);
        let strongest = (0..said.len()).max_by(|a, b| said[*a].total_cmp(&said[*b]).then(b.cmp(a)))?;
        let speaks = |at: usize| said[at] >= BESIDE * said[strongest] && said[at] > 0.0;
        let (mut first, mut last) = (strongest, strongest);
        while last - first + 1 < LONGEST_TERM {
            match (
                first.checked_sub(1).filter(|at| speaks(*at)),
                Some(last + 1).filter(|at| *at < said.len() && speaks(*at)),
            ) {
                (Some(before), Some(after)) if said[before] >= said[after] => first = before,
                (_, Some(after)) => last = after,
                (Some(before), None) => first = before,
                (None, None) => break,
            }
        }
        let range = TextRange::new(wording.own.words[first].start, wording.own.words[last].end);
        Some(SentenceRisk {
            category: category.clone(),
            term: range.of(text).split_whitespace().collect::<Vec<_>>().join(" "),
            kind: TermKind::Hazard,
            level: Severity::Medium,
            entry: usize::MAX,
            polarity: Polarity::Asserted,
            severity: Severity::Medium,
            range,
            reason: Code::LikeLabelledSentences.into(),
            is_gap: false,
            denied_by: None,
            gives_way: false,
        })
    }

    /// Reads polarity and severity; a reading that differs from the rules' is given as a reason.
    fn reading(&self, risk: SentenceRisk, said: &Said, rules: Rules<'_>) -> SentenceRisk {
        let odds = self.classifier.log_odds(&[said], &marks_of_reading(&risk.category.0, rules));
        let polarity =
            self.polarities.iter().max_by(|a, b| odds[a.0].total_cmp(&odds[b.0]).then(b.0.cmp(&a.0)));
        let polarity = polarity.map_or(risk.polarity, |(_, polarity)| *polarity);
        let said_by_rules = |code: Code| risk.reason.0.iter().find(|clause| clause.code == code);
        // What cannot be ruled out is never read as denied.
        let is_open = said_by_rules(Code::DoubleNegation).is_some();
        let polarity = if is_open && polarity == Polarity::Negated { risk.polarity } else { polarity };
        let weights: Vec<f32> = self.severities.iter().map(|(label, _)| probability(odds[*label])).collect();
        let half = weights.iter().sum::<f32>() / 2.0;
        // The median of the four: as often too high as too low.
        let mut sum = 0.0;
        let median = weights.iter().position(|weight| {
            sum += weight;
            sum >= half
        });
        let severity = median.map_or(risk.severity, |at| self.severities[at].1);
        let is_listed = rules.all.iter().any(|known| known.category == risk.category);
        // A quantity does not make severe what the sentence itself calls slight.
        let severity = if rules.is_slight && is_listed { severity.min(risk.severity) } else { severity };
        let is_sure = said_by_rules(Code::RaisedBy).is_some_and(is_sure);
        let severity = if is_open || is_sure { severity.max(risk.severity) } else { severity };
        let severity = within(polarity, severity);
        if polarity == risk.polarity && severity == risk.severity {
            return risk;
        }
        let mut reason = risk.reason.clone();
        if !reason.0.iter().any(|clause| clause.code == Code::LikeLabelledSentences) {
            reason.push(Code::ReadByLabelledSentences);
        }
        SentenceRisk { polarity, severity, reason, ..risk }
    }
}

/// True if likeness does not lower what the rules raise: an exceedance, or two reasons together, say a legal status and a
/// distance. Of 217 such statements in the development sentences 215 are labelled high.
fn is_sure(raised: &Explanation) -> bool {
    let reasons = &raised.because.0;
    reasons.len() > 1 || reasons.iter().any(|reason| reason.code == Code::CueExceed)
}

/// A measure, a citation and a heading ask for nothing, everything else for something.
fn within(polarity: Polarity, severity: Severity) -> Severity {
    match polarity {
        Polarity::Mitigation | Polarity::Citation | Polarity::Heading => Severity::None,
        Polarity::OtherPlace => Severity::Low,
        Polarity::Negated | Polarity::Hypothetical => severity.clamp(Severity::Low, Severity::Medium),
        Polarity::Asserted => severity.max(Severity::Low),
    }
}

/// Returns the labels of the classifier, in order.
pub fn labels() -> Vec<String> {
    let categories = (1..=20).map(|number| format!("R{number:02}"));
    let polarities = POLARITIES.into_iter().map(|polarity| name_of(POLARITY, polarity));
    let severities = SEVERITIES.into_iter().map(|severity| format!("{SEVERITY}{}", severity.letter()));
    categories.chain(polarities).chain(severities).collect()
}

/// Returns the label of a polarity.
pub fn name_of(prefix: &str, polarity: Polarity) -> String {
    format!("{prefix}{polarity:?}")
}

/// Returns what the rules say about a sentence, as marks for its categories.
pub fn marks_of_sentence(rules: Rules<'_>) -> Vec<Key> {
    let mut marks = BTreeSet::new();
    for risk in rules.all {
        let code = &risk.category.0;
        let is_chosen = rules.chosen.iter().any(|other| other.category == risk.category);
        marks.insert(format!("found {code}"));
        marks.insert(format!("found {code} {:?}", risk.polarity));
        marks.insert(format!("found {code} {}", risk.severity.letter()));
        marks.insert(format!("found {code} {:?}", risk.kind));
        marks.insert(format!("{} {code}", if is_chosen { "chosen" } else { "dropped" }));
    }
    marks.extend(rules.named.iter().map(|code| format!("named {code}")));
    marks.extend(rules.chosen.iter().flat_map(|risk| {
        [format!("says {:?}", risk.polarity), format!("weighs {}", risk.severity.letter())]
    }));
    marks.insert(format!("chosen {}", rules.chosen.len().min(3)));
    marks.insert(format!("found {}", rules.all.len().min(4)));
    marks.iter().map(|mark| key_of_mark(mark)).collect()
}

/// Returns what the rules say about one category of a sentence, as marks for polarity and severity.
pub fn marks_of_reading(category: &str, rules: Rules<'_>) -> Vec<Key> {
    let mut marks = BTreeSet::from([format!("about {category}")]);
    match rules.all.iter().find(|risk| risk.category.0 == category) {
        Some(risk) => {
            let severity = risk.severity.letter();
            marks.insert(format!("read {:?}", risk.polarity));
            marks.insert(format!("read {severity}"));
            marks.insert(format!("read {:?} {severity}", risk.polarity));
            marks.insert(format!("read {:?}", risk.kind));
        }
        None => {
            marks.insert("read nothing".to_owned());
            for risk in rules.all {
                marks.insert(format!("other {:?}", risk.polarity));
                marks.insert(format!("other {}", risk.severity.letter()));
            }
        }
    }
    marks.iter().map(|mark| key_of_mark(mark)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::RiskScanner;

    fn judged(text: &str, language: Language) -> Vec<SentenceRisk> {
        let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
        scanner.with_examples(Examples::builtin().unwrap()).scan_sentence(text, Some(language))
    }

    #[test]
    fn the_classifier_that_ships_knows_every_label() {
        let examples = Examples::builtin().unwrap();
        assert_eq!(examples.classifier().labels(), labels());
        assert!(examples.classifier().origin().examples > 1000);
    }

    #[test]
    fn what_no_entry_names_is_found_by_likeness_says_so_and_points_to_its_words() {
        let text = "Turbine pads T-07 to T-11 sit on a slope that the regional geological survey has mapped as an old \
                    slide with recent creep.";
        let found = judged(text, Language::English);
        let slope = found.iter().find(|risk| risk.category.0 == "R10").expect("the slide is found");
        assert!(slope.reason.0.iter().any(|clause| clause.code == Code::LikeLabelledSentences), "{slope:?}");
        assert!(["slope", "slide"].contains(&slope.range.of(text)), "{slope:?}");
        assert_eq!(slope.polarity, Polarity::Asserted);
    }

    #[test]
    fn what_cannot_be_ruled_out_is_not_denied_and_what_rules_raise_for_sure_is_not_lowered() {
        let open = judged("The impact on groundwater is not insignificant.", Language::English);
        assert_eq!((open[0].polarity, open[0].severity), (Polarity::Hypothetical, Severity::Medium));
        let near = "Краснокнижные виды не выявлены, однако ближайшее гнездо балобана расположено в 1,2 км.";
        assert_eq!(judged(near, Language::Russian)[0].severity, Severity::High);
        let loud = judged("Noise at night exceeds the limit.", Language::English);
        assert_eq!(loud[0].severity, Severity::High);
    }

    #[test]
    fn what_is_denied_in_one_breath_stays_together() {
        let found = judged("The project will not use mercury or cyanide.", Language::English);
        let denied = found.iter().filter(|risk| risk.polarity == Polarity::Negated);
        assert_eq!(denied.map(|risk| risk.category.0.as_str()).collect::<Vec<_>>(), ["R04", "R05"]);
    }

    #[test]
    fn measures_citations_and_headings_ask_for_nothing_and_denials_are_never_severe() {
        for severity in SEVERITIES {
            assert_eq!(within(Polarity::Mitigation, severity), Severity::None);
            assert_eq!(within(Polarity::OtherPlace, severity), Severity::Low);
            assert!(within(Polarity::Negated, severity) <= Severity::Medium);
            assert!(within(Polarity::Asserted, severity) >= Severity::Low);
        }
    }

    #[test]
    fn what_the_rules_say_is_marked() {
        let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
        let found =
            scanner.find("The noise level at the nearest house exceeds the limit.", Some(Language::English));
        let marks = marks_of_sentence(found.rules());
        assert!(marks.contains(&key_of_mark("chosen R14")) && !marks.contains(&key_of_mark("chosen R05")));
        assert!(marks_of_reading("R14", found.rules()).contains(&key_of_mark("read Asserted")));
        assert!(marks_of_reading("R05", found.rules()).contains(&key_of_mark("read nothing")));
    }
}
