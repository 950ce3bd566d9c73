//! What does a sentence weigh within its report: a statement about the project, or text that only names the term?
//!
//! A labelled sentence can be read alone; in a report the same words also stand in checklists, law digests, lists of
//! abbreviations, literature and conditions. Those are not flags. This module takes what [`super::RiskScanner`] read
//! in one sentence and weighs it: by the section it stands in, by its form, and by what ties it to the project. It
//! lowers severities and turns non-statements into citations or measures; it never raises anything.

use crate::domain::explanation::Code;
use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};
use crate::rules::lexicon::TermKind;

use super::SentenceRisk;
use super::cues::CueMatcher;
use super::facts::{Facts, StandingClasses};

/// Least strength of a high and of a medium flag.
const HIGH_FROM: i32 = 3;
const MEDIUM_FROM: i32 = 1;

/// Strength below which an instruction is a measure and no statement of a risk.
const INSTRUCTION_BELOW: i32 = 6;

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

/// Weighs a finding by its standing and returns the strength it is ordered by.
pub(super) fn weigh(role: Role, facts: &Facts, risk: &mut SentenceRisk) -> i32 {
    let is_gap = matches!(risk.kind, TermKind::Own | TermKind::Lack | TermKind::Duty | TermKind::Note);
    // Stock phrases ("as appropriate") are no finding by themselves.
    let is_telling = is_gap && risk.category.0 != "R18";
    let strength = facts.strength + if is_telling { 2 } else { 0 };
    if role == Role::Reference || facts.is_listing && !facts.is_tied {
        return settle(risk, Polarity::Citation, Code::ListOfNames);
    }
    if facts.is_metatext && !is_gap {
        return settle(risk, Polarity::Citation, Code::AboutDocument);
    }
    if facts.is_question {
        return settle(risk, Polarity::Citation, Code::FormItem);
    }
    if role == Role::Measures && risk.polarity == Polarity::Negated && !is_gap {
        return settle(risk, Polarity::Mitigation, Code::AmongMeasures);
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
            return settle(risk, Polarity::Citation, Code::ExplainsLaw);
        }
        Role::Method if explains || !facts.has_amount => {
            return settle(risk, Polarity::Citation, Code::ExplainsMethod);
        }
        Role::Measures if facts.is_instruction || facts.is_conditional || !facts.is_strong => {
            return settle(risk, Polarity::Mitigation, Code::AmongMeasures);
        }
        _ => {}
    }
    if facts.is_process && !(facts.is_effect || facts.is_located || is_gap) {
        return settle(risk, Polarity::Citation, Code::SaysWhatWasExamined);
    }
    if facts.is_law && !facts.is_tied {
        return settle(risk, Polarity::Citation, Code::SaysLaw);
    }
    if facts.is_conditional && facts.has_measure && !is_gap {
        return settle(risk, Polarity::Mitigation, Code::DoneInThatCase);
    }
    if facts.is_duty && risk.category.0 != "R18" {
        return settle(risk, Polarity::Mitigation, Code::ToBeDone);
    }
    if facts.is_instruction
        && risk.category.0 != "R18"
        && (facts.is_conditional || strength < INSTRUCTION_BELOW)
    {
        return settle(risk, Polarity::Mitigation, Code::ToBeDone);
    }
    if risk.polarity == Polarity::Hypothetical && risk.level <= Severity::Low {
        risk.severity = risk.severity.min(Severity::Low);
    }
    let (mut ceiling, mut why) = ceiling(role, facts, risk.level, is_telling, strength);
    if is_gap && !is_telling && !facts.has_measure {
        (ceiling, why) = (Severity::Low, Some(Code::StockPhrase));
    }
    if risk.severity > ceiling {
        risk.severity = ceiling;
        risk.reason.0.extend(why.map(Into::into));
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
) -> (Severity, Option<Code>) {
    if !facts.is_statement {
        return (Severity::Low, Some(Code::NotFullStatement));
    }
    if role == Role::NoAction || facts.is_alternative {
        return (Severity::Low, Some(Code::WithoutProject));
    }
    if facts.is_general && !(facts.is_strong || facts.is_located) {
        return (Severity::Low, Some(Code::GeneralStatement));
    }
    if facts.plays_down && !facts.is_strong {
        return (Severity::Low, Some(Code::SaidSmall));
    }
    if facts.names_absence && !facts.is_strong && !is_telling {
        return (Severity::Low, Some(Code::SameSentenceDenies));
    }
    // A legal status alone is a property of the thing named, not of what happens to it here.
    let says_something = facts.is_effect || facts.is_located || is_telling || level == Severity::High;
    let says_much =
        facts.is_strong || facts.is_located && facts.is_tied || is_telling || level == Severity::High;
    let is_mild = facts.is_conditional || facts.plays_down || facts.is_slight && !facts.has_amount;
    match strength {
        HIGH_FROM.. if says_much && !is_mild => (Severity::High, None),
        HIGH_FROM.. if says_much => (Severity::Medium, Some(Code::OnlySlightly)),
        MEDIUM_FROM.. if says_something => (Severity::Medium, Some(Code::LittleTie)),
        _ => (Severity::Low, Some(Code::NoEffectNamed)),
    }
}

fn settle(risk: &mut SentenceRisk, polarity: Polarity, why: Code) -> i32 {
    if !matches!(risk.polarity, Polarity::Citation | Polarity::Heading | Polarity::Mitigation) {
        risk.polarity = polarity;
        risk.reason = why.into();
    }
    risk.severity = Severity::None;
    0
}
