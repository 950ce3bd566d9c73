//! A finding in words, ready for the template.

use super::entries::{Entry, Item, presence, severity};
use super::{Reading, Tab, rule};
use crate::console::language::Words;
use crate::console::reasons::{self, Names, Sentence};
use crate::domain::explanation::Code;
use crate::domain::risk::RiskCategory;
use crate::domain::verdict::{Disposition, Verdict};
use crate::rpc::convert::explanation_message;
use crate::rpc::reviews::NO_VERDICT;
use crate::rpc::v1;

/// Quotations shown of one finding.
const MOST_QUOTES: usize = 3;

/// A finding.
pub struct FindingView {
    /// As verdicts name it.
    pub id: String,
    /// Name of its element.
    pub anchor: String,
    /// Class of the style sheet: `missing`, `high` …
    pub tone: &'static str,
    /// Outcome or severity in words.
    pub badge: String,
    /// Code of the requirement or category.
    pub code: String,
    /// Title.
    pub title: String,
    /// How sure the program is, in percent.
    pub confidence: Option<u32>,
    /// Short remarks beside the title.
    pub tags: Vec<String>,
    /// Why.
    pub reason: Sentence,
    /// The law behind it.
    pub law: String,
    /// Remarks on the rule.
    pub remarks: Vec<String>,
    /// Parts that were not found.
    pub absent: Vec<String>,
    /// Quotations.
    pub quotes: Vec<QuoteView>,
    /// What was decided, newest last; empty for nothing yet.
    pub verdicts: Vec<VerdictView>,
    /// The same for the form; see [`seen`].
    pub seen: String,
    /// True if the reviewer looks at it.
    pub is_current: bool,
    /// True if the outcome can be changed to another one.
    pub can_change: bool,
    /// True if verdicts can speak of it.
    pub can_decide: bool,
    /// Address of the finding.
    pub link: String,
    /// Tab it stands in.
    pub tab: &'static str,
    /// Filter of the tab, to come back to.
    pub show: String,
}

/// A quotation.
pub struct QuoteView {
    /// What it is, where that has to be said.
    pub label: String,
    /// Page and section.
    pub place: String,
    /// The text.
    pub text: String,
    /// BCP 47 tag; empty when unsure.
    pub language: String,
    /// Address that shows it in the document; empty if the text is not kept.
    pub jump: String,
}

/// A verdict in words.
pub struct VerdictView {
    /// `accepted`, `rejected` or `changed`.
    pub disposition: &'static str,
    /// In words, with the new outcome.
    pub words: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub reviewer: String,
    /// When, in local time.
    pub time: String,
}

impl FindingView {
    /// The verdict that stands.
    pub fn last(&self) -> Option<&VerdictView> {
        self.verdicts.last()
    }
}

/// Puts an entry into words.
pub fn finding(reading: &Reading<'_>, tab: Tab, entry: &Entry<'_>) -> FindingView {
    let id = entry.id();
    let verdicts = reading.verdicts_of(&id).map(|verdict| verdict_view(reading, verdict)).collect();
    let mut view = FindingView {
        anchor: anchor(&id),
        tone: "",
        badge: String::new(),
        code: String::new(),
        title: String::new(),
        confidence: None,
        tags: Vec::new(),
        reason: Sentence::own(String::new()),
        law: String::new(),
        remarks: Vec::new(),
        absent: Vec::new(),
        quotes: Vec::new(),
        verdicts,
        seen: seen(reading, &id),
        is_current: id == reading.wanted.finding,
        can_change: matches!(entry.item, Item::Requirement(_)),
        can_decide: !matches!(entry.item, Item::Fact(_)),
        link: reading.finding_link(tab, &id),
        tab: tab.as_str(),
        show: reading.wanted.show.clone(),
        id,
    };
    match entry.item {
        Item::Requirement(found) => requirement(reading, found, &mut view),
        Item::Risk(found) => risk(reading, found, &mut view),
        Item::Contradiction(found) => contradiction(reading, found, &mut view),
        Item::Reuse(found) => reuse(reading, found, &mut view),
        Item::Precedent(_) | Item::Fact(_) => {}
    }
    view
}

/// What a form says of the verdicts that its page shows about a finding, so that nobody overlooks a later one: their
/// ids, oldest first, or `none`.
pub fn seen(reading: &Reading<'_>, finding: &str) -> String {
    let ids: Vec<String> = reading.verdicts_of(finding).map(|verdict| verdict.id.to_string()).collect();
    if ids.is_empty() { NO_VERDICT.to_owned() } else { ids.join(" ") }
}

/// Name of the element of a finding: letters, digits and hyphens only.
pub fn anchor(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("f-{}", id.chars().map(plain).collect::<String>())
}

fn requirement(reading: &Reading<'_>, found: &v1::CompletenessFinding, view: &mut FindingView) {
    let w = reading.w;
    let outcome = presence(found.presence());
    view.tone = outcome;
    view.badge = w.say(&format!("presence-{outcome}"));
    view.code.clone_from(&found.requirement_id);
    view.title = rule::title(reading, found);
    let is_examined = !matches!(found.presence(), v1::Presence::NotExamined);
    view.confidence = is_examined.then(|| (found.confidence * 100.0).round() as u32);
    let condition = rule::condition(reading, found);
    let names = Names { condition: condition.as_deref(), ..Names::default() };
    view.reason = reasons::say(w, &found.reason, &found.explanations, " ", &names);
    view.law = rule::citation(reading, found);
    match found.source_confidence() {
        v1::SourceConfidence::Secondary => view.remarks.push(w.say("source-secondary")),
        v1::SourceConfidence::Unverified => view.remarks.push(w.say("source-unverified")),
        v1::SourceConfidence::Verified | v1::SourceConfidence::Unspecified => {}
    }
    match found.obligation() {
        v1::Obligation::Conditional => {
            let condition = condition.as_deref().unwrap_or(&found.condition);
            view.remarks.push(w.about("obligation-conditional", condition));
        }
        v1::Obligation::Indicative => view.remarks.push(w.say("obligation-indicative")),
        v1::Obligation::Mandatory | v1::Obligation::Unspecified => {}
    }
    view.absent = rule::absent_parts(reading, found);
    let quotes = found.evidence.iter().take(MOST_QUOTES).map(|evidence| quote(reading, view, evidence, ""));
    let mut quotes: Vec<QuoteView> = quotes.collect();
    if let Some(nearest) = &found.nearest {
        quotes.push(quote(reading, view, nearest, &w.say("closest-text")));
    }
    view.quotes = quotes;
}

fn risk(reading: &Reading<'_>, found: &v1::RiskFinding, view: &mut FindingView) {
    let w = reading.w;
    view.tone = severity(found);
    view.badge = w.say(&format!("severity-{}", severity(found)));
    view.code.clone_from(&found.category);
    view.title.clone_from(&found.term);
    let polarity = match found.polarity() {
        v1::Polarity::Asserted | v1::Polarity::Unspecified => "asserted",
        v1::Polarity::Negated => "negated",
        v1::Polarity::Hypothetical => "hypothetical",
        v1::Polarity::Mitigation => "mitigation",
        v1::Polarity::Citation => "citation",
        v1::Polarity::Heading => "heading",
        v1::Polarity::OtherPlace => "other-place",
    };
    view.tags.push(w.say(&format!("polarity-{polarity}")));
    match found.kind() {
        v1::FlagKind::AbsenceClaim => view.tags.push(w.say("claim-absence")),
        v1::FlagKind::VagueClaim => view.tags.push(w.say("claim-vague")),
        v1::FlagKind::Term | v1::FlagKind::Unspecified => {}
    }
    view.reason = reasons::say(w, &found.reason, &found.explanations, "; ", &Names::default());
    let own = found.evidence.iter().map(|evidence| quote(reading, view, evidence, ""));
    let but = w.say("but-elsewhere");
    let other = found.contradicted_by.iter().map(|evidence| quote(reading, view, evidence, &but));
    view.quotes = own.chain(other).collect();
}

/// Title of a risk category in the reader's language.
pub fn category_title(reading: &Reading<'_>, found: &v1::RiskFinding) -> String {
    let code = RiskCategory(found.category.clone());
    match reading.screener.risk.category_title(&code, Some(reading.w.language())) {
        "" => found.category_title.clone(),
        title => title.to_owned(),
    }
}

fn contradiction(reading: &Reading<'_>, found: &v1::Inconsistency, view: &mut FindingView) {
    use v1::inconsistency::Kind;
    let kind = match found.kind() {
        Kind::Quantity | Kind::Unspecified => "inconsistency-quantity",
        Kind::Category => "inconsistency-category",
        Kind::VoidAct => "inconsistency-void-act",
        Kind::ForeignName => "inconsistency-foreign-name",
    };
    view.tone = "medium";
    let (w, names) = (reading.w, Names::default());
    view.badge = w.say(kind);
    view.title = subject(w, found);
    view.reason = reasons::say(w, &found.message, found.explanation.as_slice(), "", &names);
    view.law.clone_from(&found.citation);
    view.quotes = found.evidence.iter().map(|evidence| quote(reading, view, evidence, "")).collect();
}

/// What a contradiction is about: words of the program in the reader's language, words of the document as they are.
fn subject(w: Words, found: &v1::Inconsistency) -> String {
    let code = |explanation: &v1::Explanation| Code::parse(&explanation.code);
    let own = found.explanation.as_ref().and_then(|why| match code(why)? {
        Code::FiguresDiffer => why.because.first().cloned(),
        Code::PositionApart => Some(explanation_message(&Code::SubjectPosition.into())),
        Code::CategoryNotInList | Code::CategoryExceeded | Code::CategoryAlways => {
            let category = why.arguments.get("category")?;
            Some(explanation_message(&Code::SubjectCategory.with("category", category)))
        }
        _ => None,
    });
    reasons::say(w, &found.subject, own.as_slice(), "", &Names::default()).text
}

fn reuse(reading: &Reading<'_>, found: &v1::Reuse, view: &mut FindingView) {
    let w = reading.w;
    view.tone = "medium";
    view.badge = w.count("reuse-overlap", (found.overlap * 100.0).round() as i64);
    view.code.clone_from(&found.case_id);
    view.title.clone_from(&found.case_title);
    let here = w.say("reuse-here");
    let mut quotes: Vec<QuoteView> =
        found.evidence.iter().map(|evidence| quote(reading, view, evidence, &here)).collect();
    let page = if found.other_page > 0 { w.count("place-page", found.other_page) } else { String::new() };
    quotes.push(QuoteView {
        label: w.say("reuse-there"),
        place: page,
        text: found.other_quote.clone(),
        language: String::new(),
        jump: String::new(),
    });
    view.quotes = quotes;
}

fn quote(reading: &Reading<'_>, view: &FindingView, evidence: &v1::Evidence, label: &str) -> QuoteView {
    let unit = reading.opened.unit_of(evidence);
    QuoteView {
        label: label.to_owned(),
        place: place(reading, evidence),
        text: evidence.quote.clone(),
        language: evidence.language.clone(),
        jump: unit.map_or_else(String::new, |unit| format!("{}&at={}", view.link, unit + 1)),
    }
}

/// `p. 12, 3.1 Air quality` or what of it is known.
pub fn place(reading: &Reading<'_>, evidence: &v1::Evidence) -> String {
    let mut parts = Vec::new();
    if evidence.page > 0 {
        let mut page = reading.w.count("place-page", evidence.page);
        if evidence.recognised {
            page += &format!(" ({})", reading.w.say("place-recognised"));
        }
        parts.push(page);
    }
    if let Some(section) = reading.opened.section(&evidence.section_id) {
        parts.push(format!("{} {}", section.number, section.title).trim().to_owned());
    }
    parts.join(", ")
}

/// Name of a disposition in forms and style sheets.
pub fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Accepted => "accepted",
        Disposition::Rejected => "rejected",
        Disposition::Changed => "changed",
    }
}

/// Puts a verdict into words.
pub fn verdict_view(reading: &Reading<'_>, verdict: &Verdict) -> VerdictView {
    let w = reading.w;
    let words = match verdict.disposition {
        Disposition::Changed => {
            let outcome = w.say(&format!("presence-{}", verdict.replacement));
            w.about("verdict-changed-to", &outcome)
        }
        other => w.say(&format!("verdict-{}", disposition(other))),
    };
    VerdictView {
        disposition: disposition(verdict.disposition),
        words,
        reason: verdict.reason.clone(),
        reviewer: verdict.reviewer.clone(),
        time: local_time(&verdict.create_time),
    }
}

/// A time as people write it; as it is stored if it is no time.
pub fn local_time(stored: &str) -> String {
    match stored.parse::<jiff::Timestamp>() {
        Ok(time) => time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => stored.to_owned(),
    }
}
