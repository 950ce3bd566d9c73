//! The letter itself, in words and as paragraphs; independent of how it is shown.

use super::standing::{Open, Standing, standing};
use crate::console::language::Words;
use crate::console::report::Reading;
use crate::console::report::{rule, view};
use crate::render::docx::{Paragraph, Style};
use crate::rpc::v1;
use crate::screen::completeness::evidence::with_cut_marked;

/// Quotations under one entry.
const MOST_QUOTES: usize = 2;
/// How the packs of Resolution 234 begin; its Annex 2 gives the days to remove defects, other acts do not.
const OF_RESOLUTION_234: &str = "uz-234-";

/// A draft letter.
pub struct Letter {
    /// Words of the letter's language.
    pub w: Words,
    /// Heading.
    pub title: String,
    /// What the letter is about.
    pub about: Vec<(String, String)>,
    /// Opening.
    pub opening: Vec<String>,
    /// The gaps, numbered from 1.
    pub items: Vec<Item>,
    /// What is still open, in brackets, in place of the sentence that the list is complete; `None` if nothing is.
    pub placeholder: Option<String>,
    /// Closing.
    pub closing: Vec<String>,
    /// Lines to fill in.
    pub signature: Vec<String>,
}

/// A gap.
pub struct Item {
    /// Code of the requirement.
    pub code: String,
    /// Title of the requirement.
    pub title: String,
    /// What is wrong.
    pub defect: String,
    /// Parts that were not found, in one line; empty if none is named.
    pub absent: String,
    /// The law.
    pub law: String,
    /// What stands in the report.
    pub quotes: Vec<Quote>,
    /// The reviewer's remark; may be empty.
    pub remark: String,
}

/// A quotation.
pub struct Quote {
    /// Page and section.
    pub place: String,
    /// The text.
    pub text: String,
    /// BCP 47 tag; empty when unsure.
    pub language: String,
}

/// Makes the letter in the language of `reading`, and says what is still open.
pub fn letter(reading: &Reading<'_>, today: jiff::civil::Date) -> (Letter, Open) {
    let w = reading.w;
    let report = &reading.opened.report;
    let open = Open::of(reading);
    let placeholder = open.placeholder(w);
    let items: Vec<Item> = report.completeness.iter().filter_map(|found| accepted(reading, found)).collect();
    let mut about = vec![(w.say("letter-document"), reading.opened.record.document_name.clone())];
    if let Some(case) = &reading.opened.record.case {
        about.push((w.say("letter-case"), case.to_string()));
    }
    let sha256 = report.document.as_ref().map_or("", |document| document.sha256.as_str());
    about.push(("SHA-256".to_owned(), sha256.to_owned()));
    let mut opening = vec![w.about("letter-opening", &laws(reading))];
    // That there is no defect is nothing to say while something is open.
    if !items.is_empty() || placeholder.is_none() {
        opening.push(w.count("letter-count", items.len()));
    }
    let mut closing = Vec::new();
    if placeholder.is_none() {
        closing.push(w.say("letter-exhaustive"));
    }
    if report.completeness.iter().any(|found| found.pack.starts_with(OF_RESOLUTION_234)) {
        closing.push(w.say("letter-ten-days"));
    }
    let signature =
        vec![w.about("letter-date", &today.to_string()), w.say("letter-signature"), w.say("letter-approved")];
    let title = w.say("letter-title");
    (Letter { w, title, about, opening, items, placeholder, closing, signature }, open)
}

/// The entry of a gap that stands after the verdicts.
fn accepted(reading: &Reading<'_>, found: &v1::CompletenessFinding) -> Option<Item> {
    let last = reading.verdicts_of(&found.requirement_id).next_back()?;
    let Standing::Gap(outcome) = standing(found, Some(last)) else { return None };
    Some(item(reading, found, outcome, &last.reason))
}

/// The laws behind the requirements that were judged.
fn laws(reading: &Reading<'_>) -> String {
    let mut laws: Vec<String> = Vec::new();
    for found in &reading.opened.report.completeness {
        let set = reading.screener.rulebook.set(&found.pack);
        let law = set.map_or_else(|| found.pack.clone(), |set| rule::law(reading.w, set).to_owned());
        if !laws.contains(&law) {
            laws.push(law);
        }
    }
    laws.join("; ")
}

fn item(reading: &Reading<'_>, found: &v1::CompletenessFinding, outcome: v1::Presence, remark: &str) -> Item {
    let w = reading.w;
    let missing = outcome == v1::Presence::Missing;
    let evidence = found.evidence.iter().chain(&found.nearest).take(MOST_QUOTES);
    let quotes = evidence.map(|evidence| Quote {
        place: view::place(reading, evidence),
        text: with_cut_marked(&evidence.quote),
        language: evidence.language.clone(),
    });
    let absent = rule::absent_parts(reading, found).join("; ");
    Item {
        code: found.requirement_id.clone(),
        title: rule::title(reading, found),
        defect: w.say(if missing { "letter-missing" } else { "letter-weak" }),
        absent: if absent.is_empty() { absent } else { w.about("letter-absent", &absent) },
        law: w.about("letter-law", &rule::citation(reading, found)),
        quotes: quotes.collect(),
        remark: if remark.is_empty() { String::new() } else { w.about("letter-remark", remark) },
    }
}

impl Letter {
    /// Words before the quotations of an entry.
    pub fn quotes_label(&self, item: &Item) -> String {
        if item.quotes.is_empty() { self.w.say("letter-no-text") } else { self.w.say("letter-stands") }
    }

    /// The letter as paragraphs of a DOCX file.
    pub fn paragraphs(&self) -> Vec<Paragraph> {
        let w = self.w;
        let mut paragraphs = vec![
            Paragraph::plain(Style::Right, w.say("letter-from")),
            Paragraph::plain(Style::Right, w.say("letter-to")),
            Paragraph::plain(Style::Title, &self.title),
        ];
        for (label, value) in &self.about {
            paragraphs.push(Paragraph::empty(Style::Text).bold(format!("{label}: ")).text(value));
        }
        paragraphs.extend(self.opening.iter().map(|text| Paragraph::plain(Style::Text, text)));
        for item in &self.items {
            let head = Paragraph::empty(Style::Numbered).bold(&item.title);
            paragraphs.push(head.text(format!(" ({}). {}", item.code, item.defect)));
            for line in [&item.absent, &item.law, &item.remark].into_iter().filter(|line| !line.is_empty()) {
                paragraphs.push(Paragraph::plain(Style::Under, line));
            }
            paragraphs.push(Paragraph::plain(Style::Under, self.quotes_label(item)));
            for quote in &item.quotes {
                let place =
                    if quote.place.is_empty() { String::new() } else { format!(" ({})", quote.place) };
                paragraphs.push(Paragraph::plain(Style::Quote, format!("“{}”{place}", quote.text)));
            }
        }
        if let Some(text) = &self.placeholder {
            paragraphs.push(Paragraph::empty(Style::Text).bold(text));
        }
        paragraphs.extend(self.closing.iter().map(|text| Paragraph::plain(Style::Text, text)));
        paragraphs.extend(self.signature.iter().map(|text| Paragraph::plain(Style::Text, text)));
        paragraphs
    }
}
