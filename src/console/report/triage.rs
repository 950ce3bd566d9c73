//! The head of the report: gate, priority, depth and deadline, each with its reasons.

use super::{Reading, unread};
use crate::console::glance;
use crate::console::queue;
use crate::console::reasons::{self, Names, Sentence};
use crate::console::visit::Visit;
use crate::domain::report::PriorityLevel;
use crate::rpc::v1;

/// A line of the triage.
pub struct TriageCard {
    /// What the line is about.
    pub label: String,
    /// Name of the outcome, for its colour.
    pub tone: &'static str,
    /// The outcome.
    pub words: String,
    /// Why.
    pub reasons: Vec<Sentence>,
}

/// The lines of the triage; none where the report has none.
pub fn cards(visit: &Visit, reading: &Reading<'_>) -> Vec<TriageCard> {
    let w = reading.w;
    let Some(triage) = &reading.opened.report.triage else { return Vec::new() };
    let own = Sentence::own;
    let title = |code: &str| visit.category(code);
    let names = Names { category: Some(&title), ..Names::default() };
    let said = |reasons: &[String], explanations: &[v1::Explanation]| {
        reasons::said(w, reasons, explanations, &names)
    };
    let mut cards = Vec::new();
    if let Some(gate) = &triage.gate {
        use v1::gate::Outcome;
        let tone = match gate.outcome() {
            Outcome::Complete => "complete",
            Outcome::Incomplete => "incomplete",
            Outcome::Undetermined | Outcome::Unspecified => "undetermined",
        };
        let gaps = [
            ("gaps-missing", gate.missing.len()),
            ("gaps-weak", gate.weak.len()),
            ("gaps-not-examined", gate.not_examined.len()),
        ];
        let counts: Vec<String> =
            gaps.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| w.count(key, n)).collect();
        let counts = (!counts.is_empty()).then(|| own(counts.join(" · ")));
        // The counts of requirements say nothing of pages that were not read.
        let reasons = counts.into_iter().chain(said(&gate.reasons, &gate.explanations)).collect();
        let words = w.say(&format!("gate-{tone}"));
        cards.push(TriageCard { label: w.say("gate"), tone, words, reasons });
    }
    if let Some(priority) = &triage.priority {
        use v1::priority::Level;
        let level = match priority.level() {
            Level::High => PriorityLevel::High,
            Level::Elevated => PriorityLevel::Elevated,
            Level::Normal | Level::Unspecified => PriorityLevel::Normal,
        };
        let may_hide_risks = unread::hiding_risks(&reading.opened.report).next().is_some();
        let tone = queue::priority_tone(level, may_hide_risks);
        let words = w.say(&format!("priority-{}", queue::priority(level)));
        let reasons = said(&priority.reasons, &priority.explanations);
        cards.push(TriageCard { label: w.say("priority"), tone, words, reasons });
    }
    if let Some(advice) = &triage.depth_advice {
        use v1::depth_advice::Depth;
        let tone = match advice.depth() {
            Depth::Fast => "fast",
            Depth::Ordinary | Depth::Unspecified => "ordinary",
            Depth::InDepth => "in-depth",
        };
        let words = w.say(&format!("depth-{tone}"));
        let reasons = said(&advice.reasons, &advice.explanations);
        cards.push(TriageCard { label: w.say("depth"), tone, words, reasons });
    }
    let settings = &visit.console.shared.settings.console;
    let (receipt, today) = (glance::receipt(&reading.opened.record), jiff::Zoned::now().date());
    let due = queue::due(receipt, today, settings.working_days, &settings.holidays);
    let counted = w.about("deadline-from", &receipt.to_string());
    cards.push(TriageCard {
        label: w.say("deadline"),
        tone: due.state,
        words: due.day.to_string(),
        reasons: vec![own(queue::days_left(w, &due)), own(counted)],
    });
    cards
}
