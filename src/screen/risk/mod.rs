//! Which risks does a report name, and what does it say about them?
//!
//! Stands after ingest; needs no model. A finding is a lexicon term in its context, never a bare keyword:
//! [`RiskScanner`] finds terms ([`crate::text::phrases`]), `context` reads the polarity, `severity` grades
//! it, `document` walks a whole report. Invariants: at most one finding per category and sentence (the strongest);
//! ranges lie inside the sentence on `char` boundaries; the same text and lexicon give the same findings.

mod claims;
mod clauses;
mod context;
mod contradiction;
mod cues;
mod denial;
mod document;
mod facts;
mod flow;
mod form;
mod heading;
mod judgement;
pub mod learned;
mod legal;
#[cfg(test)]
mod length_tests;
mod measures;
mod names;
pub mod numbers;
mod relative;
#[cfg(test)]
mod relative_tests;
mod selection;
mod sentence;
mod severity;
mod standing;
mod stated_limit;
pub mod substances;
mod tick;
#[cfg(test)]
mod trap_tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::explanation::Clauses;
use crate::domain::language::Language;
use crate::domain::provenance::RulesIdentity;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::{Category, Gaps, Lexicon, Term, TermKind, Yields};
use crate::text::language::detect;
use crate::text::phrases::PhraseSet;

use cues::CueMatcher;
use facts::{Facts, StandingClasses};
use names::NameKind;
use numbers::SentenceNumbers;
use selection::{
    drop_asides, drop_doubled_gaps, drop_subjects_of_gaps, keep_foremost, keep_stronger, language_of_script,
    rank,
};
use sentence::{Classes, Form, Sentence, without_cut_short};

pub use document::ScanOptions;
pub use learned::LexiconFindings;

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
        let all = self.scan(text, Some(language), Form::Sentence).risks;
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
        self.scan(text, language, Form::Heading).risks
    }

    /// Returns the categories of which any phrase occurs: what a keyword search would flag.
    pub fn keyword_categories(&self, text: &str, language: Option<Language>) -> BTreeSet<String> {
        let code = |id: u32| self.lexicon.categories[self.owners[id as usize].category].code.0.clone();
        self.phrases.find(text, language).into_iter().map(|found| code(found.phrase)).collect()
    }

    fn scan(&self, text: &str, language: Option<Language>, form: Form) -> Scan {
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
        let mut sentence = Sentence::new(text, language, form, found, &self.classes);
        drop_asides(&mut occurrences, &sentence);
        let is_of_body = |one: &Occurrence| sentence.names.kind_at(one.range) == Some(NameKind::Body);
        occurrences.retain(|one| self.term(*one).1.kind == TermKind::Law || !is_of_body(one));
        sentence.terms = occurrences.iter().map(|one| one.range.start).collect();
        sentence.terms.sort_unstable();
        let limits = &self.lexicon.limits;
        sentence.numbers = SentenceNumbers::of(text, &sentence.amounts, sentence.exceeds_limit, limits);
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
}
