//! What does the form of a sentence tell, whatever risk it names: statement, question, instruction, list, claim?
//!
//! Read once per sentence with a term in it, from the cues of `rules/risk/standing.toml`, and then used by
//! [`super::standing`] to weigh what the sentence says.

use crate::domain::language::Language;

use super::cues::{CueClass, CueMatcher, Word};
use super::heading::has_predicate;
use super::numbers::Measure;
use super::selection::is_row;
use super::sentence::{Classes, Sentence};
use super::standing::Role;

/// Farthest place that contradicts a denial "near the site".
const NEAR_METRES: f64 = 1000.0;

/// Cue classes this module speaks of.
#[derive(Debug, Clone)]
pub(super) struct StandingClasses {
    pub(super) roles: [(CueClass, Role); 6],
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
    /// Calls the effect slight.
    pub(super) is_slight: bool,
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
            names_absence: is_absence_stated(sentence, standing) && !has(classes.contrast),
            is_process: has(standing.process),
            is_metatext: has(standing.metatext) && !is_strong || has(standing.definition),
            is_law: has(classes.law),
            is_slight: has(classes.slight),
            has_amount: !sentence.amounts.is_empty(),
            is_duty: has(classes.project_actor) && has(standing.instruction),
            has_measure: has(classes.measure) || has(classes.purpose),
            is_located: standing.located.iter().any(|&class| has(class)) || !sentence.amounts.is_empty(),
            nearest,
            strength: strength + i32::try_from(placed).unwrap_or(0),
        }
    }
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

/// True if the sentence denies that something is there, but for what a relative clause says that its head lacks.
fn is_absence_stated(sentence: &Sentence<'_>, standing: &StandingClasses) -> bool {
    let mut stated = sentence.hits_in(standing.absence, sentence.whole());
    stated.any(|hit| sentence.relative(hit.range.start).is_none_or(|clause| !clause.tells_lack))
}

/// True for lists of names: most words begin with a capital and none is a verb.
fn is_names(sentence: &Sentence<'_>) -> bool {
    // "Sodium Cyanide, 40 t" in a list is a thing and how much there is of it.
    let is_item = sentence.is_entry && !is_row(sentence.text);
    if is_item || sentence.language == Language::Korean || sentence.words.len() < 4 {
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
