//! The terminal report.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{facts, words};
use crate::domain::document::Document;
use crate::domain::explanation::Explanation;
use crate::domain::finding::{CompletenessFinding, Evidence, NotExamined, Presence};
use crate::domain::report::ScreeningReport;
use crate::domain::risk::Severity;

/// Most findings shown per risk category; the rest is counted.
const RISKS_SHOWN: usize = 5;
/// Most figures shown per kind; the rest is counted.
const FIGURES_SHOWN: usize = 6;
/// Narrowest and widest text.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=120;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Returns the report as text with ANSI styles, wrapped to `width` columns.
pub fn render(report: &ScreeningReport, width: usize) -> String {
    let mut page = Page { text: String::new(), width: width.clamp(*WIDTHS.start(), *WIDTHS.end()) };
    head(&mut page, report);
    triage(&mut page, report);
    completeness(&mut page, report);
    risks(&mut page, report);
    contradictions(&mut page, report);
    figures(&mut page, report);
    precedents(&mut page, report);
    reuse(&mut page, report);
    not_compared(&mut page, report);
    not_examined(&mut page, &report.not_examined);
    foot(&mut page, report);
    page.text
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn title(&mut self, title: &str, remark: &str) {
        self.blank();
        let styled = format!("{BOLD}{title}{BOLD:#}");
        self.line(&if remark.is_empty() { styled } else { format!("{styled}  {DIM}{remark}{DIM:#}") });
    }

    /// A paragraph indented by `indent`, wrapped, in one style.
    fn paragraph(&mut self, indent: usize, style: Style, text: &str) {
        let room = self.width.saturating_sub(indent).max(20);
        for line in textwrap::wrap(text, room) {
            let _ = writeln!(self.text, "{:indent$}{style}{line}{style:#}", "");
        }
    }
}

fn head(page: &mut Page, report: &ScreeningReport) {
    let document = &report.document;
    page.line(&format!("{BOLD}{}{BOLD:#}", document.name));
    let mut facts = vec![document.media_type.as_str().rsplit('/').next().unwrap_or("").to_owned()];
    if document.media_type == crate::domain::document::MediaType::Docx {
        facts[0] = "docx".to_owned();
    }
    if !document.pages.is_empty() {
        facts.push(format!("{} pages", document.pages.len()));
    }
    facts.push(format!("{} sections", document.sections.len()));
    // Shares that round to nothing are stray lines, not a language of the report.
    for share in document.languages.iter().filter(|share| share.share >= 0.005) {
        facts.push(format!("{} {:.0} %", share.language, share.share * 100.0));
    }
    page.paragraph(0, DIM, &facts.join(" · "));
    page.paragraph(0, DIM, "Advice to the reviewer, who decides. Check each finding at its page and quote.");
}

fn triage(page: &mut Page, report: &ScreeningReport) {
    use crate::domain::report::{GateOutcome, PriorityLevel};
    let triage = &report.triage;
    page.title("TRIAGE", "");
    let gate_style = match triage.gate.outcome {
        GateOutcome::Complete => GREEN,
        GateOutcome::Incomplete => RED,
        GateOutcome::Undetermined => YELLOW,
    };
    row(page, "Gate", gate_style, words::gate(triage.gate.outcome), &triage.gate.reasons);
    let priority_style = match triage.priority.level {
        PriorityLevel::High => RED,
        PriorityLevel::Elevated => YELLOW,
        // Nothing was found, but not everything was read.
        PriorityLevel::Normal if triage.priority.is_unsettled() => YELLOW,
        PriorityLevel::Normal => GREEN,
    };
    let level = words::priority(triage.priority.level);
    row(page, "Priority", priority_style, level, &triage.priority.reasons);
    let advice = &triage.depth_advice;
    row(page, "Depth", CYAN, words::depth(advice.depth), &advice.reasons);
    if !triage.claims_to_verify.is_empty() {
        row(page, "Verify", CYAN, "claims of the report", &triage.claims_to_verify);
    }
}

fn row(page: &mut Page, name: &str, style: Style, value: &str, reasons: &[impl std::fmt::Display]) {
    page.line(&format!("  {name:<9} {style}{}{style:#}", value.to_uppercase()));
    for reason in reasons.iter().take(6) {
        page.paragraph(12, Style::new(), &format!("- {reason}"));
    }
    if reasons.len() > 6 {
        page.paragraph(12, DIM, &format!("- and {} more", reasons.len() - 6));
    }
}

fn completeness(page: &mut Page, report: &ScreeningReport) {
    let mut packs: Vec<&str> = Vec::new();
    for finding in &report.completeness {
        if !packs.contains(&finding.pack.as_str()) {
            packs.push(&finding.pack);
        }
    }
    for pack in packs {
        let mut findings: Vec<&CompletenessFinding> =
            report.completeness.iter().filter(|f| f.pack == pack).collect();
        let mut counts: BTreeMap<u8, (&str, usize)> = BTreeMap::new();
        for finding in &findings {
            let rank = words::rank(&finding.presence);
            counts.entry(rank).or_insert((words::presence(&finding.presence), 0)).1 += 1;
        }
        let counts: Vec<String> = counts.values().map(|(word, n)| format!("{n} {word}")).collect();
        page.title(&format!("COMPLETENESS  {pack}"), &counts.join(", "));
        findings.sort_by_key(|finding| words::rank(&finding.presence));
        for finding in findings {
            requirement(page, &report.document, finding);
        }
    }
}

fn requirement(page: &mut Page, document: &Document, finding: &CompletenessFinding) {
    let style = match finding.presence {
        Presence::Missing { .. } => RED,
        Presence::Weak(_) | Presence::NotExamined(_) => YELLOW,
        Presence::Present(_) => GREEN,
        Presence::NotApplicable { .. } => DIM,
    };
    let word = words::presence(&finding.presence).to_uppercase();
    let sure = words::percent(finding).map_or_else(String::new, |percent| format!("  {percent} %"));
    page.line(&format!(
        "  {style}{word:<15}{style:#}{BOLD}{:<11}{BOLD:#}{}{DIM}{sure}{DIM:#}",
        finding.requirement.to_string(),
        finding.title,
    ));
    let settled = matches!(finding.presence, Presence::Present(_) | Presence::NotApplicable { .. });
    if !settled {
        page.paragraph(17, Style::new(), &finding.reason.to_string());
        page.paragraph(17, DIM, &finding.citation);
    }
    for remark in words::remarks(finding) {
        page.paragraph(17, DIM, &remark);
    }
    match &finding.presence {
        Presence::Present(evidence) => quotes(page, document, "", evidence, 1),
        Presence::Weak(evidence) => quotes(page, document, "", evidence, 2),
        Presence::Missing { nearest: Some(nearest) } => {
            quotes(page, document, "closest text: ", std::slice::from_ref(nearest), 1);
        }
        // Why it does not apply is the condition, which is among the remarks.
        Presence::Missing { nearest: None } | Presence::NotExamined(_) | Presence::NotApplicable { .. } => {}
    }
}

fn quotes(page: &mut Page, document: &Document, label: &str, evidence: &[Evidence], most: usize) {
    for item in evidence.iter().take(most) {
        let place = words::place(document, item);
        let lead = if place.is_empty() { String::new() } else { format!("{place}: ") };
        page.paragraph(17, CYAN, &format!("{label}{lead}\"{}\"", item.quote));
    }
}

fn risks(page: &mut Page, report: &ScreeningReport) {
    let groups = words::risk_groups(&report.risks);
    let shown: usize = groups.iter().map(|group| group.findings.len()).sum();
    let quiet = report.risks.len() - shown;
    let remark = format!(
        "{shown} findings in {} categories, {quiet} measures, citations and headings left out",
        groups.len()
    );
    page.title("RISK TERMS", &remark);
    if groups.is_empty() {
        page.paragraph(2, Style::new(), "No risk term was found in the text that could be read.");
    }
    for group in groups {
        let style = match group.worst {
            Severity::High => RED,
            Severity::Medium => YELLOW,
            Severity::Low | Severity::None => DIM,
        };
        page.line(&format!("  {style}{}{style:#}  {BOLD}{}{BOLD:#}", group.code, group.title));
        for risk in group.findings.iter().take(RISKS_SHOWN) {
            let place = words::place(&report.document, &risk.evidence);
            page.paragraph(
                6,
                Style::new(),
                &format!(
                    "{}, {} – {}: \"{}\"",
                    words::severity(risk.severity),
                    words::polarity(risk.polarity),
                    if place.is_empty() { risk.term.clone() } else { format!("{}, {place}", risk.term) },
                    risk.evidence.quote
                ),
            );
            if let Some(other) = &risk.contradicted_by {
                let place = words::place(&report.document, other);
                page.paragraph(8, YELLOW, &format!("but {place}: \"{}\"", other.quote));
            }
        }
        if group.findings.len() > RISKS_SHOWN {
            page.paragraph(6, DIM, &format!("and {} more", group.findings.len() - RISKS_SHOWN));
        }
    }
}

fn contradictions(page: &mut Page, report: &ScreeningReport) {
    if report.inconsistencies.is_empty() {
        return;
    }
    page.title("CONTRADICTIONS", "within the report, with the law, with the calendar");
    for found in &report.inconsistencies {
        page.line(&format!("  {YELLOW}{}{YELLOW:#}", words::inconsistency(found.kind)));
        page.paragraph(6, Style::new(), &found.message.to_string());
        if !found.citation.is_empty() {
            page.paragraph(6, DIM, &found.citation);
        }
        for item in &found.evidence {
            let place = words::place(&report.document, item);
            page.paragraph(6, CYAN, &format!("{place}: \"{}\"", item.quote));
        }
    }
}

fn figures(page: &mut Page, report: &ScreeningReport) {
    let groups = facts::groups(report);
    if groups.is_empty() {
        return;
    }
    page.title("FIGURES", "to check by hand; totals and nearest ones first");
    for group in groups {
        page.line(&format!("  {BOLD}{}{BOLD:#}", group.title));
        for row in group.rows.iter().take(FIGURES_SHOWN) {
            let mut line = format!("{}: {}", row.subject, row.figure);
            if !row.printed.is_empty() {
                let _ = write!(line, " (\"{}\")", row.printed);
            }
            let _ = write!(line, " – {}", row.place);
            if row.repeats > 0 {
                let _ = write!(line, " and {} more", row.repeats);
            }
            page.paragraph(6, Style::new(), &line);
        }
        if group.rows.len() > FIGURES_SHOWN {
            page.paragraph(6, DIM, &format!("and {} more", group.rows.len() - FIGURES_SHOWN));
        }
    }
}

fn precedents(page: &mut Page, report: &ScreeningReport) {
    if report.precedents.is_empty() {
        return;
    }
    page.title("PRECEDENTS", "by likeness, never by outcome");
    for precedent in &report.precedents {
        let case = &precedent.case;
        page.line(&format!("  {BOLD}{}{BOLD:#}  {}", case.id, case.title));
        let facets = &case.facets;
        let known: Vec<String> = [&facets.activity_type, &facets.jurisdiction, &facets.document_type]
            .into_iter()
            .filter(|value| !value.is_empty())
            .cloned()
            .chain((facets.year != 0).then(|| facets.year.to_string()))
            .collect();
        page.paragraph(6, DIM, &known.join(" · "));
        if !case.decision.is_empty() {
            page.paragraph(6, Style::new(), &format!("decision: {}", case.decision));
        }
        for condition in case.conditions.iter().take(3) {
            page.paragraph(6, Style::new(), &format!("condition: {condition}"));
        }
        for reason in &precedent.reasons {
            page.paragraph(6, Style::new(), &format!("+ {reason}"));
        }
        for difference in &precedent.differences {
            page.paragraph(6, DIM, &format!("- {difference}"));
        }
    }
}

fn reuse(page: &mut Page, report: &ScreeningReport) {
    if report.reuse.is_empty() {
        return;
    }
    page.title("POSSIBLE COPYING", "text nearly the same as in another case's report");
    for item in &report.reuse {
        let place = words::place(&report.document, &item.evidence);
        page.paragraph(
            2,
            Style::new(),
            &format!(
                "{:.0} % as in {} ({}), {place}: \"{}\"",
                item.overlap * 100.0,
                item.case,
                item.case_title,
                item.evidence.quote
            ),
        );
    }
}

/// Without it the absence of both lists would look as if there were nothing alike.
fn not_compared(page: &mut Page, report: &ScreeningReport) {
    let Some(why) = report.not_compared() else { return };
    page.title("PRECEDENTS AND POSSIBLE COPYING", "");
    page.paragraph(2, YELLOW, &format!("Not compared: {why}."));
}

fn not_examined(page: &mut Page, parts: &[NotExamined]) {
    page.title("NOT EXAMINED", "neither missing nor free of risk");
    if parts.is_empty() {
        page.paragraph(2, Style::new(), "Everything in the file was examined.");
    }
    // Pages with the same reason are one line, whatever their number.
    let mut by_reason: BTreeMap<_, (Vec<u32>, Vec<&Explanation>)> = BTreeMap::new();
    for part in parts {
        let entry = by_reason.entry(part.reason).or_default();
        match part.page {
            Some(number) => entry.0.push(number),
            None => entry.1.push(&part.detail),
        }
    }
    for (reason, (pages, details)) in by_reason {
        if !pages.is_empty() {
            let text = format!("{}: pages {}", words::reason(reason), words::page_ranges(&pages));
            page.paragraph(2, YELLOW, &text);
        }
        for detail in details {
            page.paragraph(2, YELLOW, &format!("{}: {detail}", words::reason(reason)));
        }
    }
}

fn foot(page: &mut Page, report: &ScreeningReport) {
    page.title("PROVENANCE", "");
    let provenance = &report.provenance;
    page.paragraph(2, DIM, &format!("screening {} · document sha256 {}", report.id, report.document.sha256));
    let model = provenance.model.as_ref().map_or_else(
        || "no model".to_owned(),
        |model| format!("{} {} ({})", model.name, model.revision, model.precision),
    );
    page.paragraph(2, DIM, &format!("{} · {model} · {}", provenance.build, provenance.parser));
    let rules: Vec<String> =
        provenance.rules.iter().map(|rules| format!("{} {}", rules.name, rules.version)).collect();
    page.paragraph(2, DIM, &format!("rules: {}", rules.join(", ")));
    if !provenance.archive.is_empty() {
        page.paragraph(2, DIM, &format!("archive: {}", provenance.archive));
    }
    let timings: Vec<String> =
        report.timings.iter().map(|(stage, seconds)| format!("{stage} {seconds:.2} s")).collect();
    page.paragraph(2, DIM, &timings.join(" · "));
}
