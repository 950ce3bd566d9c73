//! Which risks does a whole report name?
//!
//! Walks the blocks in order: headings give polarity heading, contents pages and running heads are skipped, everything
//! else is read sentence by sentence. Per section and category at most three findings are kept, the most
//! severe first. The order of the result is fixed: severity, category, place.

use std::collections::BTreeMap;

use crate::domain::document::{BlockKind, Document};
use crate::domain::finding::Evidence;
use crate::domain::ids::SectionId;
use crate::domain::language::Language;
use crate::domain::risk::{Polarity, RiskCategory, RiskFinding, Severity};
use crate::domain::span::TextRange;
use crate::text::language::detect;
use crate::text::sentences::sentences;

use super::{RiskScanner, SentenceRisk, rank};

/// Longest quotation in characters.
const LONGEST_QUOTE: usize = 400;

/// Settings of a document scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanOptions {
    /// Most findings per category and section.
    pub evidence_per_section: usize,
    /// Day the report was submitted, ISO 8601: void acts are void only from their repeal on.
    pub submitted: Option<String>,
    /// Keep findings that ask for nothing (headings, measures, citations).
    pub keep_unremarkable: bool,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { evidence_per_section: 3, submitted: None, keep_unremarkable: true }
    }
}

impl RiskScanner {
    /// Returns the risk findings of a report, most severe first.
    pub fn scan_document(&self, document: &Document, options: &ScanOptions) -> Vec<RiskFinding> {
        let mut groups: BTreeMap<(Option<SectionId>, RiskCategory), Vec<RiskFinding>> = BTreeMap::new();
        for block in &document.blocks {
            let is_heading = match block.kind {
                BlockKind::Heading => true,
                BlockKind::Contents | BlockKind::RunningHead => continue,
                BlockKind::Paragraph | BlockKind::ListItem | BlockKind::TableRow | BlockKind::Caption => {
                    false
                }
            };
            let block_range = block.span.range;
            let text = block_range.of(&document.text);
            let language = detect(text).or_else(|| self.section_language(document, block_range.start));
            for sentence in sentences(text) {
                let range =
                    TextRange::new(block_range.start + sentence.start, block_range.start + sentence.end);
                let found = self.scan_at(sentence.of(text), language, is_heading, options);
                for risk in found {
                    if !options.keep_unremarkable && risk.severity == Severity::None {
                        continue;
                    }
                    let finding = self.located(document, range, language, risk);
                    groups
                        .entry((finding.evidence.section, finding.category.clone()))
                        .or_default()
                        .push(finding);
                }
            }
        }
        let mut all: Vec<RiskFinding> =
            groups.into_values().flat_map(|group| strongest(group, options.evidence_per_section)).collect();
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        all
    }

    fn scan_at(
        &self,
        sentence: &str,
        language: Option<Language>,
        is_heading: bool,
        options: &ScanOptions,
    ) -> Vec<SentenceRisk> {
        let mut found = if is_heading {
            self.scan_heading(sentence, language)
        } else {
            self.scan_sentence(sentence, language)
        };
        if let Some(void) = self.void_act(sentence, options.submitted.as_deref()) {
            match found.iter_mut().find(|risk| risk.category == void.category) {
                Some(known) if known.severity >= void.severity => {}
                Some(known) => *known = void,
                None => found.push(void),
            }
        }
        found
    }

    fn located(
        &self,
        document: &Document,
        range: TextRange,
        language: Option<Language>,
        risk: SentenceRisk,
    ) -> RiskFinding {
        let title = self.category_title(&risk.category, language).to_owned();
        RiskFinding {
            category: risk.category,
            category_title: title,
            term: risk.term,
            polarity: risk.polarity,
            severity: risk.severity,
            language,
            reason: risk.reason,
            evidence: Evidence {
                section: document.section_at(range.start).map(|section| section.id),
                span: document.span(range),
                quote: quote(range.of(&document.text)),
                score: score(risk.polarity, risk.severity),
                language,
            },
        }
    }

    fn section_language(&self, document: &Document, offset: usize) -> Option<Language> {
        let own = document.section_at(offset).and_then(|section| section.language);
        own.or_else(|| document.languages.first().map(|share| share.language))
    }
}

fn quote(text: &str) -> String {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.chars().take(LONGEST_QUOTE).collect()
}

/// Strength for ordering evidence; not a probability.
fn score(polarity: Polarity, severity: Severity) -> f32 {
    let severity = match severity {
        Severity::None => 0.0,
        Severity::Low => 0.3,
        Severity::Medium => 0.6,
        Severity::High => 0.9,
    };
    severity + f32::from(rank(polarity)) / 100.0
}

type Order<'a> = (std::cmp::Reverse<Severity>, std::cmp::Reverse<u8>, &'a RiskCategory, usize, usize);

fn order(finding: &RiskFinding) -> Order<'_> {
    let range = finding.evidence.span.range;
    let (severity, polarity) =
        (std::cmp::Reverse(finding.severity), std::cmp::Reverse(rank(finding.polarity)));
    (severity, polarity, &finding.category, range.start, range.end)
}

fn strongest(mut group: Vec<RiskFinding>, most: usize) -> Vec<RiskFinding> {
    group.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut quotes = std::collections::BTreeSet::new();
    group.retain(|finding| quotes.insert(finding.evidence.quote.clone()));
    group.truncate(most);
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::{Block, MediaType};
    use crate::domain::ids::DocumentId;
    use crate::rules::lexicon::Lexicon;

    fn document(blocks: &[(BlockKind, &str)]) -> Document {
        let mut text = String::new();
        let mut list = Vec::new();
        for (kind, words) in blocks {
            let start = text.len();
            text.push_str(words);
            let range = TextRange::new(start, text.len());
            list.push(Block { kind: *kind, span: crate::domain::span::Span { range, page: None } });
            text.push('\n');
        }
        Document {
            id: DocumentId::of_content(&[&text]),
            name: "report.txt".to_owned(),
            sha256: String::new(),
            media_type: MediaType::PlainText,
            text,
            pages: Vec::new(),
            blocks: list,
            sections: Vec::new(),
            languages: Vec::new(),
            not_examined: Vec::new(),
        }
    }

    fn scanner() -> RiskScanner {
        RiskScanner::new(&Lexicon::load_builtin().unwrap())
    }

    #[test]
    fn contents_and_running_heads_are_skipped_and_headings_marked() {
        let document = document(&[
            (BlockKind::Contents, "Radioactive waste .... 12"),
            (BlockKind::RunningHead, "Radioactive waste"),
            (BlockKind::Heading, "Radioactive waste"),
        ]);
        let found = scanner().scan_document(&document, &ScanOptions::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].polarity, Polarity::Heading);
    }

    #[test]
    fn at_most_three_findings_per_category_and_section_most_severe_first() {
        let lines: Vec<String> =
            (1..=6).map(|n| format!("Dust emissions amount to {n} t per year.")).collect();
        let mut blocks: Vec<_> = lines.iter().map(|line| (BlockKind::Paragraph, line.as_str())).collect();
        blocks.push((BlockKind::Paragraph, "Dust exceeds the limit at the nearest houses."));
        let found = scanner().scan_document(&document(&blocks), &ScanOptions::default());
        let air: Vec<_> = found.iter().filter(|finding| finding.category.0 == "R07").collect();
        assert_eq!(air.len(), 3);
        assert_eq!(air[0].severity, Severity::High);
        assert!(air[0].evidence.quote.contains("exceeds"));
    }

    #[test]
    fn same_document_gives_the_same_findings() {
        let document =
            document(&[(BlockKind::Paragraph, "Mercury and asbestos were found. Blasting is planned.")]);
        let scanner = scanner();
        let options = ScanOptions::default();
        assert_eq!(scanner.scan_document(&document, &options), scanner.scan_document(&document, &options));
    }
}
