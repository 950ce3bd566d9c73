//! Which risks does a report name, and what does it say about them?
//!
//! Stands after ingest; needs no model. A finding is a lexicon term in its context, never a bare keyword:
//! [`RiskScanner`] finds terms ([`crate::text::phrases`]), `context` reads the polarity, `severity` grades
//! it, `document` walks a whole report. Invariants: at most one finding per category and sentence (the strongest);
//! ranges lie inside the sentence on `char` boundaries; the same text and lexicon give the same findings.

mod claims;
mod context;
mod contradiction;
mod cues;
mod denial;
mod document;
mod facts;
mod flow;
mod form;
mod heading;
pub mod learned;
mod legal;
mod names;
pub mod numbers;
mod selection;
mod sentence;
mod severity;
mod standing;
mod stated_limit;
pub mod substances;
#[cfg(test)]
mod trap_tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::explanation::{Clauses, Code};
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Category, Gaps, Lexicon, Term, TermKind, Yields};
use crate::rules::lexicon_context::CueName;
use crate::rules::lexicon_limits::Quantity;
use crate::text::language::detect;
use crate::text::phrases::PhraseSet;

use context::{Place, Reading};
use cues::CueMatcher;
use facts::{Facts, StandingClasses};
use names::NameKind;
use numbers::{NumberCues, grade};
use selection::{
    drop_asides, drop_doubled_gaps, drop_subjects_of_gaps, is_row, keep_foremost, keep_stronger,
    language_of_script, rank,
};
use sentence::{Classes, Sentence, without_cut_short};
use severity::{Grading, holds_in};

pub use document::ScanOptions;
pub use learned::LexiconFindings;

/// Longest name of a term in words; longer matches are called by the name of their entry.
const LONGEST_LABEL: usize = 6;

/// What one sentence says about one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentenceRisk {
    /// `R01` to `R20`.
    pub category: RiskCategory,
    /// The term: the phrase of the lexicon that matched, else the words of the sentence.
    pub term: String,
    /// How the term behaves in context.
    pub kind: TermKind,
    /// Severity of a bare assertion of the term.
    pub level: Severity,
    /// Entry of the lexicon within the category; `usize::MAX` for substances found by number and for acts.
    pub entry: usize,
    /// What the sentence says about it.
    pub polarity: Polarity,
    /// How soon to look.
    pub severity: Severity,
    /// Where the term stands in the sentence.
    pub range: TextRange,
    /// Why this polarity and severity, in a few words.
    pub reason: Clauses,
    /// True if what is asserted is that the thing was not assessed, stated or answered.
    is_gap: bool,
    /// The negation that led to the polarity.
    denied_by: Option<TextRange>,
    /// True if the term gives way to whatever is said as firmly.
    gives_way: bool,
}

/// What was found in one sentence, with what a whole-report view needs to weigh it.
#[derive(Debug, Default)]
struct Scan {
    risks: Vec<SentenceRisk>,
    facts: Option<Facts>,
    /// A claim that effects are small or absent.
    vague: Option<TextRange>,
    /// True if the sentence names a source or an amount.
    has_basis: bool,
}

/// Finds risk terms in sentences and documents. Cheap to share, expensive to build.
#[derive(Debug)]
pub struct RiskScanner {
    lexicon: Lexicon,
    phrases: PhraseSet,
    matcher: CueMatcher,
    classes: Classes,
    standing: StandingClasses,
    /// What a phrase belongs to, by phrase id.
    owners: Vec<Owner>,
    /// Name of a phrase, by phrase id; `None` for patterns, which are named by what they matched.
    labels: Vec<Option<(Language, String)>>,
    /// Terms found by cues: class, category, term.
    by_cue: Vec<(cues::CueClass, usize, usize)>,
    /// Judges sentences that stand alone; `None`: the lexicon alone decides.
    examples: Option<learned::Examples>,
}

/// Category and term of a phrase, and whether the phrase itself has a negation ("untreated", `javobsiz`).
#[derive(Debug, Clone, Copy)]
struct Owner {
    category: usize,
    term: usize,
    is_negative: bool,
}

/// A place where a term stands.
#[derive(Debug, Clone, Copy)]
struct Occurrence {
    category: usize,
    term: usize,
    /// Phrase that matched; `None` for a cue.
    phrase: Option<u32>,
    range: TextRange,
    /// True if a negation inside `range` is part of what the term means.
    is_negative: bool,
}

impl Place {
    fn of(occurrence: Occurrence) -> Self {
        Self { range: occurrence.range, is_negative: occurrence.is_negative }
    }
}

impl RiskScanner {
    /// Builds the matchers of a lexicon, which decides alone.
    pub fn new(lexicon: &Lexicon) -> Self {
        let matcher = CueMatcher::new(&lexicon.context);
        let classes = Classes::new(&matcher);
        let standing = StandingClasses::new(&matcher);
        let mut owners = Vec::new();
        let mut labels = Vec::new();
        let mut phrases: Vec<(u32, Language, &str)> = Vec::new();
        for (c, category) in lexicon.categories.iter().enumerate() {
            for (t, term) in category.terms.iter().enumerate() {
                for (language, phrase) in
                    term.phrases.iter().flat_map(|(l, list)| list.iter().map(move |p| (*l, p)))
                {
                    let id = u32::try_from(owners.len()).expect("a lexicon has far fewer than 2^32 phrases");
                    let cues = matcher.find(&phrase.replace(['*', '~'], ""), language).1;
                    let is_negative = cues.iter().any(|hit| hit.class == classes.negation);
                    owners.push(Owner { category: c, term: t, is_negative });
                    // The Cyrillic phrases follow letter rules that the spelling of a report need not.
                    let is_name = !phrase.contains(['*', '~']) && language != Language::UzbekCyrillic;
                    labels.push(is_name.then(|| (language, phrase.clone())));
                    phrases.push((id, language, phrase.as_str()));
                }
            }
        }
        let by_cue = (lexicon.categories.iter().enumerate())
            .flat_map(|(c, category)| category.terms.iter().enumerate().map(move |(t, term)| (c, t, term)))
            .flat_map(|(c, t, term)| term.cues.iter().map(move |cue| (cue, c, t)))
            .filter_map(|(cue, c, t)| Some((matcher.class(cue.as_str())?, c, t)))
            .collect();
        let phrases = PhraseSet::build(phrases);
        Self {
            lexicon: lexicon.clone(),
            phrases,
            matcher,
            classes,
            standing,
            owners,
            labels,
            by_cue,
            examples: None,
        }
    }

    /// Returns the identity of the lexicon in use.
    pub fn identity(&self) -> &RulesIdentity {
        &self.lexicon.identity
    }

    /// Lets labelled examples judge sentences that stand alone.
    #[must_use]
    pub fn with_examples(self, examples: learned::Examples) -> Self {
        Self { examples: Some(examples), ..self }
    }

    /// Returns the identities of the lexicon and of the classifier beside it.
    pub fn identities(&self) -> Vec<RulesIdentity> {
        let classifier = self.examples.as_ref().map(|examples| examples.classifier().identity().clone());
        [Some(self.lexicon.identity.clone()), classifier].into_iter().flatten().collect()
    }

    /// Returns the title of a category in a language, in English where there is none.
    pub fn category_title(&self, code: &RiskCategory, language: Option<Language>) -> &str {
        let titles = self.lexicon.category(&code.0).map(|category| &category.title);
        let title = |language: Language| titles.and_then(|titles| titles.get(&language));
        language.and_then(title).or_else(|| title(Language::English)).map_or("", String::as_str)
    }

    /// Returns what a sentence that stands alone is about, in order of category: most often one risk. A language that
    /// is not given is detected.
    pub fn scan_sentence(&self, text: &str, language: Option<Language>) -> Vec<SentenceRisk> {
        let found = self.find(text, language);
        match &self.examples {
            Some(examples) => examples.judge(text, found.language, found.rules()),
            None => found.chosen,
        }
    }

    /// Returns what the lexicon says about a sentence that stands alone.
    pub fn find(&self, text: &str, language: Option<Language>) -> LexiconFindings {
        let language = language.or_else(|| detect(text)).unwrap_or_else(|| language_of_script(text));
        let all = self.scan(text, Some(language), false).risks;
        let mut chosen = all.clone();
        drop_doubled_gaps(&mut chosen, |code| {
            self.lexicon.category(&code.0).map_or(Gaps::Data, |category| category.gaps)
        });
        let is_background = |code: &RiskCategory| {
            self.lexicon.category(&code.0).is_some_and(|category| category.is_background)
        };
        keep_foremost(&mut chosen, is_background);
        let cues = self.matcher.find(text, language).1;
        let is_slight = cues.iter().any(|hit| hit.class == self.classes.slight);
        LexiconFindings {
            language,
            all,
            chosen,
            named: self.keyword_categories(text, Some(language)),
            is_slight,
        }
    }

    /// Like [`Self::scan_sentence`] for text that is known to be a heading.
    pub fn scan_heading(&self, text: &str, language: Option<Language>) -> Vec<SentenceRisk> {
        self.scan(text, language, true).risks
    }

    /// Returns the categories of which any phrase occurs: what a keyword search would flag.
    pub fn keyword_categories(&self, text: &str, language: Option<Language>) -> BTreeSet<String> {
        let code = |id: u32| self.lexicon.categories[self.owners[id as usize].category].code.0.clone();
        self.phrases.find(text, language).into_iter().map(|found| code(found.phrase)).collect()
    }

    fn scan(&self, text: &str, language: Option<Language>, is_heading: bool) -> Scan {
        let language = language.or_else(|| detect(text)).unwrap_or_else(|| language_of_script(text));
        let mut occurrences = self.occurrences(text, language);
        let named = substances::substances(text);
        let (words, hits) = self.matcher.find(text, language);
        let found = (words, without_cut_short(hits, &self.classes));
        for hit in &found.1 {
            for &(_, category, term) in self.by_cue.iter().filter(|(class, _, _)| *class == hit.class) {
                let one = Occurrence { category, term, phrase: None, range: hit.range, is_negative: false };
                // A lack is stated with its "not"; "emissions are not expected to exceed" denies.
                let is_negative = matches!(self.term(one).1.kind, TermKind::Own | TermKind::Lack);
                occurrences.push(Occurrence { is_negative, ..one });
            }
        }
        let vague = found.1.iter().find(|hit| hit.class == self.standing.vague).map(|hit| hit.range);
        if occurrences.is_empty() && named.is_empty() && vague.is_none() {
            return Scan::default();
        }
        let mut sentence = Sentence::new(text, language, found, &self.classes);
        sentence.is_heading = (sentence.is_heading || is_heading) && !is_row(text);
        drop_asides(&mut occurrences, &sentence);
        let has_law = sentence.has(self.classes.law);
        let name = |one: &Occurrence| names::name_of(text, one.range, language, has_law);
        occurrences
            .retain(|one| self.term(*one).1.kind == TermKind::Law || name(one) != Some(NameKind::Body));
        sentence.terms = occurrences.iter().map(|one| one.range.start).collect();
        let mut best: BTreeMap<usize, SentenceRisk> = BTreeMap::new();
        for occurrence in &occurrences {
            if let Some(risk) = self.judge(&sentence, *occurrence) {
                keep_stronger(&mut best, occurrence.category, risk);
            }
        }
        for (substance, range) in named {
            let code = |category: &Category| category.code.0 == substance.category;
            let Some(at) = self.lexicon.categories.iter().position(code) else { continue };
            let risk = self.judge_substance(&sentence, at, substance, range);
            keep_stronger(&mut best, at, risk);
        }
        self.drop_surveyed(&sentence, &mut best);
        drop_subjects_of_gaps(&mut best);
        self.drop_yielding(&mut best);
        let facts = Facts::of(&sentence, &self.classes, &self.standing);
        let has_basis = sentence.has(self.classes.source) || !sentence.amounts.is_empty();
        let vague = vague.filter(|_| {
            !sentence.is_heading
                && !self.standing.is_name_of_vague(&sentence)
                && !context::is_about_rules(&sentence, &self.classes)
        });
        Scan { risks: best.into_values().collect(), facts: Some(facts), vague, has_basis }
    }

    /// Drops findings of terms that give way to what else the sentence names.
    fn drop_yielding(&self, best: &mut BTreeMap<usize, SentenceRisk>) {
        let yields = |category: usize, risk: &SentenceRisk| {
            let term = self.lexicon.categories[category].terms.get(risk.entry);
            term.map_or(Yields::Never, |term| term.yields)
        };
        let said: Vec<(usize, u8, Severity)> = best
            .iter()
            .filter(|(category, risk)| yields(**category, risk) != Yields::Always)
            .map(|(category, risk)| (*category, rank(risk.polarity), risk.severity))
            .collect();
        best.retain(|category, risk| {
            let own = rank(risk.polarity);
            let is_claim = own >= rank(Polarity::Hypothetical);
            let gives_way = |(_, other, severity): &(usize, u8, Severity)| match yields(*category, risk) {
                Yields::Never => false,
                Yields::Always => *other >= own,
                Yields::WhenWeaker => {
                    let is_background = risk.severity == Severity::Low && *severity > Severity::Low;
                    *other > own || is_background || *other == own && !is_claim
                }
            };
            !said.iter().any(|other| other.0 != *category && gives_way(other))
        });
    }

    /// A sentence about a survey that is missing or poor names what was to be surveyed; that is no finding of its
    /// presence ("bird counts were made in autumn only").
    fn drop_surveyed(&self, sentence: &Sentence<'_>, best: &mut BTreeMap<usize, SentenceRisk>) {
        let of = |code: &str| self.lexicon.categories.iter().position(|category| category.code.0 == code);
        let (Some(gaps), Some(nature)) = (of("R17"), of("R01")) else { return };
        let is_gap = best.get(&gaps).is_some_and(|risk| risk.polarity == Polarity::Asserted);
        let is_named = best
            .get(&nature)
            .is_some_and(|risk| risk.polarity == Polarity::Asserted && risk.severity <= Severity::Medium);
        if is_gap && is_named && sentence.has(self.classes.source) {
            best.remove(&nature);
        }
    }

    /// Returns the terms of a sentence without those that share words with an earlier or longer term of another
    /// category.
    fn occurrences(&self, text: &str, language: Language) -> Vec<Occurrence> {
        let all: Vec<Occurrence> = (self.phrases.find(text, Some(language)).into_iter())
            .map(|found| {
                let Owner { category, term, is_negative } = self.owners[found.phrase as usize];
                let phrase = Some(found.phrase);
                Occurrence { category, term, phrase, range: found.range, is_negative }
            })
            .collect();
        let longest = |one: &Occurrence| {
            !all.iter().any(|other| {
                let longer = other.range.encloses(one.range) && other.range != one.range;
                let earlier = other.range.start < one.range.start && other.range.overlaps(one.range);
                let kind = self.term(*other).1.kind;
                if kind == TermKind::Name && other.range.encloses(one.range) {
                    return true;
                }
                // A phrase that states a lack ("расчёт … не выполнен") spans its subject without naming it.
                let states_lack = kind == TermKind::Own;
                if other.category == one.category { longer } else { !states_lack && (longer || earlier) }
            })
        };
        all.iter().filter(|one| longest(one)).copied().collect()
    }

    fn term(&self, occurrence: Occurrence) -> (&Category, &Term) {
        let category = &self.lexicon.categories[occurrence.category];
        (category, &category.terms[occurrence.term])
    }

    fn judge(&self, sentence: &Sentence<'_>, occurrence: Occurrence) -> Option<SentenceRisk> {
        let (category, term) = self.term(occurrence);
        let numbers = self.numbers(sentence, &category.code.0);
        let any = |names: &[CueName], part: TextRange| {
            names.iter().any(|name| holds_in(name.as_str(), part, sentence, &numbers, &self.matcher))
        };
        let lacks_company = !term.with.is_empty() && !any(&term.with, sentence.whole());
        let is_excluded = any(&term.unless, sentence.segment(occurrence.range.start));
        if !sentence.is_heading && (lacks_company || is_excluded) {
            return None;
        }
        if sentence.is_heading && matches!(term.kind, TermKind::Own | TermKind::Lack) {
            return None;
        }
        let mut reading = context::read(sentence, Place::of(occurrence), term.kind, &self.classes)?;
        let has_law = sentence.has(self.classes.law);
        let may_be_title = has_law || sentence.text.contains('「');
        let name = may_be_title
            .then(|| names::name_of(sentence.text, occurrence.range, sentence.language, has_law))
            .flatten();
        if name == Some(NameKind::Law) && !sentence.is_heading {
            reading = Reading::citation(Code::TitleOfLaw);
        }
        let (matcher, classes, numbers) = (&self.matcher, &self.classes, &numbers);
        let grading = Grading { category, term, sentence, numbers, matcher, classes };
        let risk = finding(&grading, &reading, &self.label(sentence, occurrence), occurrence.range);
        Some(SentenceRisk { entry: occurrence.term, ..risk })
    }

    /// What the term is called where it stands: the phrase that matched in its dictionary form, or the words
    /// themselves; the name of the entry only where they are too many to be a name.
    fn label(&self, sentence: &Sentence<'_>, occurrence: Occurrence) -> String {
        let label = occurrence.phrase.and_then(|id| self.labels[id as usize].as_ref());
        if let Some((_, name)) = label.filter(|(language, _)| *language == sentence.language) {
            return name.clone();
        }
        let term = self.term(occurrence).1;
        let words = occurrence.range.of(sentence.text).split_whitespace().collect::<Vec<_>>();
        let states_lack = matches!(term.kind, TermKind::Own | TermKind::Lack);
        match words.len() {
            1..=LONGEST_LABEL if !states_lack => words.join(" "),
            _ => term.name(Some(sentence.language)).to_owned(),
        }
    }

    fn judge_substance(
        &self,
        sentence: &Sentence<'_>,
        category: usize,
        substance: substances::Substance,
        range: TextRange,
    ) -> SentenceRisk {
        let category = &self.lexicon.categories[category];
        let numbers = self.numbers(sentence, &category.code.0);
        let term = Term {
            id: substance.cas.to_owned(),
            level: Severity::Medium,
            kind: TermKind::Hazard,
            with: Vec::new(),
            unless: Vec::new(),
            cues: Vec::new(),
            yields: Yields::Never,
            phrases: BTreeMap::new(),
        };
        let reading = context::read(sentence, Place { range, is_negative: false }, term.kind, &self.classes)
            .unwrap_or(Reading {
                polarity: Polarity::Asserted,
                unlikely: false,
                is_gap: false,
                denied_by: None,
                reason: Clauses::default(),
            });
        let (matcher, classes) = (&self.matcher, &self.classes);
        let grading = Grading { category, term: &term, sentence, numbers: &numbers, matcher, classes };
        finding(&grading, &reading, &format!("{} (CAS {})", substance.name, substance.cas), range)
    }

    fn numbers(&self, sentence: &Sentence<'_>, code: &str) -> NumberCues {
        let distance = if code == "R01" { Quantity::ProtectedDistance } else { Quantity::ReceptorDistance };
        let lower = sentence.text.to_lowercase();
        let night = ["night", "ноч", "tun", "тун", "야간"].iter().any(|word| lower.contains(word));
        let mut cues = grade(&sentence.amounts, &self.lexicon.limits, distance, night);
        cues.above_limit |= sentence.exceeds_limit;
        cues
    }
}

fn finding(grading: &Grading<'_>, reading: &Reading, term: &str, range: TextRange) -> SentenceRisk {
    let (severity, why) = grading.severity(reading);
    let mut reason = reading.reason.clone();
    reason.0.extend(why);
    let row = is_row(grading.sentence.text) && !grading.sentence.amounts.is_empty();
    let severity = match (reading.polarity, severity) {
        // An amount in a table is a statement to check.
        (Polarity::Asserted, Severity::Low) if row => Severity::Medium,
        _ => severity,
    };
    SentenceRisk {
        category: grading.category.code.clone(),
        term: term.to_owned(),
        kind: grading.term.kind,
        level: grading.term.level,
        entry: usize::MAX,
        polarity: reading.polarity,
        severity,
        range,
        reason,
        is_gap: reading.is_gap,
        denied_by: reading.denied_by,
        gives_way: grading.term.yields == Yields::Always,
    }
}
