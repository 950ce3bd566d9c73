//! What does a sentence weigh within its report: a statement about the project, or text that only names the term?
//!
//! A labelled sentence can be read alone; in a report the same words also stand in checklists, law digests, lists of
//! abbreviations, literature and conditions. Those are not flags. This module takes what [`super::RiskScanner`] read
//! in one sentence and weighs it: by the section it stands in, by its form, and by what ties it to the project. It
//! lowers severities and turns non-statements into citations or measures; it never raises anything.

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};
use crate::rules::lexicon::TermKind;

use super::SentenceRisk;
use super::cues::{CueClass, CueMatcher, Word};
use super::heading::has_predicate;
use super::numbers::Measure;
use super::sentence::{Classes, Sentence};

/// Least strength of a high and of a medium flag.
const HIGH_FROM: i32 = 3;
const MEDIUM_FROM: i32 = 1;

/// Strength below which an instruction is a measure and no statement of a risk.
const INSTRUCTION_BELOW: i32 = 6;

/// Farthest place that contradicts a denial "near the site".
const NEAR_METRES: f64 = 1000.0;

/// Most section titles that are looked at, from the innermost outwards.
const PATH_DEPTH: usize = 3;

/// What kind of text a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Role {
    #[default]
    Ordinary,
    /// The alternative of doing nothing.
    NoAction,
    /// Conditions, measures, monitoring.
    Measures,
    /// Methods, thresholds, definitions.
    Method,
    /// Items of a form with their answers.
    Form,
    /// What laws and plans say.
    Law,
    /// Literature, abbreviations, lists of persons.
    Reference,
}

/// Cue classes this module speaks of.
#[derive(Debug, Clone)]
pub(super) struct StandingClasses {
    roles: [(CueClass, Role); 6],
    project: CueClass,
    generic: CueClass,
    process: CueClass,
    instruction: CueClass,
    opening_question: CueClass,
    opening_instruction: CueClass,
    bibliography: CueClass,
    alternative: CueClass,
    baseline: CueClass,
    metatext: CueClass,
    definition: CueClass,
    vague_not: CueClass,
    absence: CueClass,
    presence: CueClass,
    pub(super) vague: CueClass,
    strong: Vec<CueClass>,
    placed: Vec<CueClass>,
    located: Vec<CueClass>,
}

impl StandingClasses {
    pub(super) fn new(matcher: &CueMatcher) -> Self {
        let class = |name: &str| matcher.class(name).unwrap_or(CueClass::MAX);
        Self {
            roles: [
                (class("section-no-action"), Role::NoAction),
                (class("section-reference"), Role::Reference),
                (class("section-law"), Role::Law),
                (class("section-form"), Role::Form),
                (class("section-method"), Role::Method),
                (class("section-measure"), Role::Measures),
            ],
            project: class("project"),
            generic: class("generic"),
            process: class("process"),
            instruction: class("instruction"),
            opening_question: class("opening-question"),
            opening_instruction: class("opening-instruction"),
            bibliography: class("bibliography"),
            alternative: class("alternative"),
            baseline: class("baseline"),
            metatext: class("metatext"),
            definition: class("definition"),
            vague_not: class("vague-not"),
            absence: class("absence"),
            presence: class("presence"),
            vague: class("vague"),
            strong: ["loss", "pollution", "exceed", "harmful-plan", "accident"].map(class).to_vec(),
            placed: ["inside", "crossing", "recorded", "status"].map(class).to_vec(),
            located: ["inside", "crossing", "recorded"].map(class).to_vec(),
        }
    }
}

impl StandingClasses {
    /// True if the words of a vague claim are part of a name, such as the title of a decision.
    pub(super) fn is_name_of_vague(&self, sentence: &Sentence<'_>) -> bool {
        sentence.has(self.vague_not) || sentence.has(self.alternative)
    }
}

/// Returns the role of a section from its titles, innermost first.
pub(super) fn role<'a>(
    matcher: &CueMatcher,
    classes: &StandingClasses,
    titles: impl Iterator<Item = (&'a str, Language)>,
) -> Role {
    for (depth, (title, language)) in titles.take(PATH_DEPTH).enumerate() {
        let (_, hits) = matcher.find(title, language);
        let found = classes.roles.iter().filter(|(class, _)| hits.iter().any(|hit| hit.class == *class));
        // An outer title speaks for all that stands below it only if it is of references or forms.
        let found = found.map(|(_, role)| *role).filter(|role| depth == 0 || *role != Role::Method);
        if let Some(role) = found.max() {
            return role;
        }
    }
    Role::Ordinary
}

/// What the form of a sentence tells, whatever risk it names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Facts {
    /// Subject and predicate, not a fragment or label.
    pub(super) is_statement: bool,
    /// An item of a form or a question.
    pub(super) is_question: bool,
    /// Tells somebody what to do.
    pub(super) is_instruction: bool,
    /// Names, literature, addresses.
    pub(super) is_listing: bool,
    /// Begins with a condition.
    pub(super) is_conditional: bool,
    /// Speaks of the project, its site or its surroundings.
    pub(super) is_tied: bool,
    /// States what a word or law means in general.
    pub(super) is_general: bool,
    /// Speaks of effects or losses.
    pub(super) is_effect: bool,
    /// Says that something is lost, polluted, exceeded or taken.
    pub(super) is_strong: bool,
    /// Says where, how far or how much.
    pub(super) is_placed: bool,
    /// About the alternative of doing nothing.
    pub(super) is_alternative: bool,
    /// Denies that something is there.
    pub(super) denies_presence: bool,
    /// States that something is there.
    pub(super) states_presence: bool,
    /// Says that effects are small or absent.
    pub(super) plays_down: bool,
    /// Denies that something is there, in whatever words.
    pub(super) names_absence: bool,
    /// Says what was examined, issued or agreed.
    pub(super) is_process: bool,
    /// Tells what somebody of the project has to do.
    pub(super) is_duty: bool,
    /// Speaks of the document itself.
    pub(super) is_metatext: bool,
    /// Cites a law.
    pub(super) is_law: bool,
    /// Gives an amount with a unit.
    pub(super) has_amount: bool,
    /// Names a measure.
    pub(super) has_measure: bool,
    /// Names a place by inclusion, crossing or record, or gives an amount.
    pub(super) is_located: bool,
    /// The shortest distance in metres that is given.
    pub(super) nearest: Option<f64>,
    /// How much the statement says: effect, place, amount.
    pub(super) strength: i32,
}

impl Facts {
    /// True unless every place the sentence gives is farther off than a report would call near.
    pub(super) fn is_near(&self) -> bool {
        self.nearest.is_none_or(|metres| metres <= NEAR_METRES)
    }

    pub(super) fn of(sentence: &Sentence<'_>, classes: &Classes, standing: &StandingClasses) -> Self {
        let has = |class: CueClass| sentence.has(class);
        let opens = |class: CueClass| {
            let opening = opening(&sentence.words);
            opening.is_some_and(|word| {
                sentence.hits.iter().any(|hit| hit.class == class && hit.range.start == word.range.start)
            })
        };
        let is_listing = is_names(sentence) || has(standing.bibliography);
        let is_tied = has(standing.project);
        let is_general = has(standing.generic) || has(classes.law);
        let is_conditional = opening(&sentence.words).is_some_and(|word| is_condition(&word.key));
        let distances = sentence.amounts.iter().filter(|amount| amount.measure == Measure::Distance);
        let nearest = distances.map(|amount| amount.value).min_by(f64::total_cmp);
        let placed = standing.placed.iter().filter(|&&class| has(class)).count().min(2);
        let is_strong = standing.strong.iter().any(|&class| has(class));
        let points = [
            (is_strong, 3),
            (has(classes.effect), 2),
            (is_tied, 2),
            (!sentence.amounts.is_empty(), 2),
            (has(standing.process), -2),
            (has(standing.generic), -2),
            (has(classes.law), -2),
            (has(classes.slight), -2),
        ];
        let strength: i32 = points.iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum();
        Self {
            is_statement: is_statement(sentence),
            is_question: sentence.text.trim_end().ends_with('?') || opens(standing.opening_question),
            is_instruction: opens(standing.opening_instruction) || has(standing.instruction),
            is_listing,
            is_conditional,
            is_tied,
            is_general,
            is_effect: is_strong || has(classes.effect),
            is_strong,
            is_alternative: has(standing.alternative),
            denies_presence: has(standing.absence)
                && !has(standing.metatext)
                && !is_strong
                && !has(classes.effect),
            states_presence: has(standing.presence)
                && !is_conditional
                && !has(standing.process)
                && !has(classes.negation),
            plays_down: has(standing.vague) || has(standing.baseline),
            names_absence: has(standing.absence) && !has(classes.contrast),
            is_process: has(standing.process),
            is_metatext: has(standing.metatext) && !is_strong || has(standing.definition),
            is_law: has(classes.law),
            has_amount: !sentence.amounts.is_empty(),
            is_duty: has(classes.project_actor) && has(standing.instruction),
            has_measure: has(classes.measure) || has(classes.purpose),
            is_located: standing.located.iter().any(|&class| has(class)) || !sentence.amounts.is_empty(),
            nearest,
            is_placed: placed > 0 || !sentence.amounts.is_empty(),
            strength: strength + i32::try_from(placed).unwrap_or(0),
        }
    }
}

/// Weighs a finding by its standing and returns the strength it is ordered by.
pub(super) fn weigh(role: Role, facts: &Facts, risk: &mut SentenceRisk) -> i32 {
    let is_gap = matches!(risk.kind, TermKind::Own | TermKind::Lack | TermKind::Duty | TermKind::Note);
    // Stock phrases ("as appropriate") are no finding by themselves.
    let is_telling = is_gap && risk.category.0 != "R18";
    let strength = facts.strength + if is_telling { 2 } else { 0 };
    if risk.in_name {
        return settle(risk, Polarity::Citation, "part of a name");
    }
    if role == Role::Reference || facts.is_listing && !facts.is_tied {
        return settle(risk, Polarity::Citation, "a list of names or sources");
    }
    if facts.is_metatext && !is_gap {
        return settle(risk, Polarity::Citation, "speaks of the document itself");
    }
    if facts.is_question {
        return settle(risk, Polarity::Citation, "an item of a form, not a statement");
    }
    if role == Role::Measures && risk.polarity == Polarity::Negated && !is_gap {
        return settle(risk, Polarity::Mitigation, "stands among the measures");
    }
    if !matches!(risk.polarity, Polarity::Asserted | Polarity::Hypothetical) {
        let is_aside = !facts.is_statement
            || facts.is_general && !facts.is_tied
            || facts.is_instruction
            || role == Role::NoAction
            || facts.is_alternative;
        if risk.polarity == Polarity::Negated && is_aside {
            risk.severity = risk.severity.min(Severity::Low);
        }
        return strength;
    }
    let explains = !facts.is_tied || facts.is_general || !(facts.is_located || facts.is_strong);
    match role {
        Role::Law if explains => {
            return settle(risk, Polarity::Citation, "explains law or plan");
        }
        Role::Method if explains || !facts.has_amount => {
            return settle(risk, Polarity::Citation, "explains the method");
        }
        Role::Measures if facts.is_instruction || facts.is_conditional || !facts.is_strong => {
            return settle(risk, Polarity::Mitigation, "stands among the measures");
        }
        _ => {}
    }
    if facts.is_process && !(facts.is_effect || facts.is_located || is_gap) {
        return settle(risk, Polarity::Citation, "says what was examined or agreed");
    }
    if facts.is_law && !facts.is_tied {
        return settle(risk, Polarity::Citation, "says what a law says");
    }
    if facts.is_conditional && facts.has_measure && !is_gap {
        return settle(risk, Polarity::Mitigation, "tells what is done in that case");
    }
    if facts.is_duty && risk.category.0 != "R18" {
        return settle(risk, Polarity::Mitigation, "tells what is to be done");
    }
    if facts.is_instruction
        && risk.category.0 != "R18"
        && (facts.is_conditional || strength < INSTRUCTION_BELOW)
    {
        return settle(risk, Polarity::Mitigation, "tells what is to be done");
    }
    if risk.polarity == Polarity::Hypothetical && risk.level <= Severity::Low {
        risk.severity = risk.severity.min(Severity::Low);
    }
    let (mut ceiling, mut why) = ceiling(role, facts, risk.level, is_telling, strength);
    if is_gap && !is_telling && !facts.has_measure {
        (ceiling, why) = (Severity::Low, "a stock phrase without a measure");
    }
    if risk.severity > ceiling {
        risk.severity = ceiling;
        risk.reason = format!("{}; {why}", risk.reason);
    }
    strength
}

/// The highest severity a statement can carry, and why.
fn ceiling(
    role: Role,
    facts: &Facts,
    level: Severity,
    is_telling: bool,
    strength: i32,
) -> (Severity, &'static str) {
    if !facts.is_statement {
        return (Severity::Low, "not a full statement");
    }
    if role == Role::NoAction || facts.is_alternative {
        return (Severity::Low, "about doing without the project");
    }
    if facts.is_general && !(facts.is_strong || facts.is_located) {
        return (Severity::Low, "a general statement");
    }
    if facts.plays_down && !facts.is_strong {
        return (Severity::Low, "said to be small");
    }
    if facts.names_absence && !facts.is_strong && !is_telling {
        return (Severity::Low, "the same sentence denies it");
    }
    if facts.is_conditional || facts.plays_down {
        return (Severity::Medium, "only conditionally or slightly");
    }
    // A legal status alone is a property of the thing named, not of what happens to it here.
    let says_something = facts.is_effect || facts.is_located || is_telling || level == Severity::High;
    let says_much =
        facts.is_strong || facts.is_located && facts.is_tied || is_telling || level == Severity::High;
    match strength {
        HIGH_FROM.. if says_much => (Severity::High, ""),
        MEDIUM_FROM.. if says_something => (Severity::Medium, "little ties it to the project"),
        _ => (Severity::Low, "names no effect on or by the project"),
    }
}

fn settle(risk: &mut SentenceRisk, polarity: Polarity, why: &str) -> i32 {
    if !matches!(risk.polarity, Polarity::Citation | Polarity::Heading | Polarity::Mitigation) {
        risk.polarity = polarity;
        risk.reason = why.to_owned();
    }
    risk.severity = Severity::None;
    0
}

/// The first word that is no number, letter or mark of an item.
fn opening(words: &[Word]) -> Option<&Word> {
    words.iter().take(8).find(|word| {
        let key = word.key.as_str();
        key.chars().count() > 1
            && key.chars().all(char::is_alphabetic)
            && !matches!(key, "ii" | "iii" | "iv" | "vi")
    })
}

fn is_condition(key: &str) -> bool {
    ["if", "once", "should", "when", "where", "unless", "если", "при", "agar", "agarda", "만약", "만일"]
        .contains(&key)
}

/// True for lists of names: most words begin with a capital and none is a verb.
fn is_names(sentence: &Sentence<'_>) -> bool {
    if sentence.language == Language::Korean || sentence.words.len() < 4 {
        return false;
    }
    let capital =
        |word: &&Word| word.range.of(sentence.text).starts_with(|c: char| c.is_uppercase() || c.is_numeric());
    let capitals = sentence.words.iter().filter(capital).count();
    capitals * 10 >= sentence.words.len() * 6 && !is_statement(sentence)
}

const ENGLISH_PREDICATES: [&str; 48] = [
    "crosses",
    "cross",
    "supports",
    "support",
    "covers",
    "extends",
    "poses",
    "pose",
    "threatens",
    "increases",
    "increase",
    "reduces",
    "reduce",
    "destroys",
    "destroyed",
    "disturbs",
    "leads",
    "lead",
    "discharges",
    "enters",
    "enter",
    "uses",
    "use",
    "produces",
    "runs",
    "shows",
    "show",
    "indicates",
    "indicate",
    "serves",
    "results",
    "resulted",
    "involves",
    "involve",
    "impacts",
    "affect",
    "found",
    "occurred",
    "occupies",
    "inhabit",
    "inhabits",
    "live",
    "grow",
    "nest",
    "breed",
    "depend",
    "represents",
    "supplies",
];

fn is_statement(sentence: &Sentence<'_>) -> bool {
    let keys: Vec<&str> = sentence.words.iter().map(|word| word.key.as_str()).collect();
    if has_predicate(&keys, sentence.language) {
        return true;
    }
    match sentence.language {
        Language::English => keys.iter().skip(1).any(|key| ENGLISH_PREDICATES.contains(key)),
        // The predicate need not be the last word where a remark in brackets follows.
        Language::UzbekLatin | Language::UzbekCyrillic | Language::Korean => {
            sentence.text.trim_end().ends_with(['.', ')', '。']) && keys.len() >= 5
        }
        Language::Russian => sentence.text.trim_end().ends_with('.') && keys.len() >= 5,
    }
}
