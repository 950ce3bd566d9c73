//! What would be found without reading a sentence? The baseline of two checks.
//!
//! An act is raised where its number stands, whatever the number is of; quantities are raised where two sections print
//! different numbers with the same unit. Both are favoured: the acts are those void on the day of submission under the
//! report's packs, and a finding quotes every sentence that has the number or the unit.

use std::collections::BTreeMap;

use super::Finding;
use crate::domain::document::{BlockKind, Document};
use crate::domain::fact::InconsistencyKind;
use crate::domain::ids::SectionId;
use crate::domain::span::TextRange;
use crate::eval::facts::Baseline;
use crate::rules::lexicon_limits::VoidAct;
use crate::text::sentences::sentences;

/// Relative difference that is a rounding, as for the check itself.
const TOLERANCE: f64 = 0.02;

/// A figure with its section and sentence.
struct Printed {
    section: Option<SectionId>,
    value: f64,
    sentence: TextRange,
}

/// Returns what the baseline raises, by kind.
pub fn find(document: &Document, acts: &[VoidAct], submitted: &str, numbers: &Baseline) -> Vec<Finding> {
    let sentences = ranges(document);
    let mut found = quantities(document, &sentences, numbers);
    found.extend(void_acts(document, &sentences, acts, submitted));
    found
}

/// Sentences of what the checks look at; a row of a table is one.
fn ranges(document: &Document) -> Vec<TextRange> {
    let mut found = Vec::new();
    for block in &document.blocks {
        let whole = block.span.range;
        match block.kind {
            BlockKind::Contents | BlockKind::RunningHead => {}
            BlockKind::TableRow => found.push(whole),
            _ => found.extend(
                sentences(whole.of(&document.text))
                    .into_iter()
                    .map(|sentence| TextRange::new(whole.start + sentence.start, whole.start + sentence.end)),
            ),
        }
    }
    found
}

fn void_acts(
    document: &Document,
    sentences: &[TextRange],
    acts: &[VoidAct],
    submitted: &str,
) -> Vec<Finding> {
    let raised = |act: &VoidAct| {
        let is_named = |sentence: &&TextRange| {
            act.numbers.iter().any(|number| has_number(sentence.of(&document.text), number))
        };
        let places: Vec<TextRange> = sentences.iter().filter(is_named).copied().collect();
        let about = act.numbers.join(", ");
        (!places.is_empty()).then_some(Finding { kind: InconsistencyKind::VoidAct, about, places })
    };
    acts.iter().filter(|act| act.is_void(submitted)).filter_map(raised).collect()
}

/// True if the number stands there and is no part of a longer one.
fn has_number(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(start, _)| {
        !text[..start].ends_with(|c: char| c.is_ascii_digit())
            && !text[start + number.len()..].starts_with(|c: char| c.is_ascii_digit())
    })
}

fn quantities(document: &Document, sentences: &[TextRange], numbers: &Baseline) -> Vec<Finding> {
    let mut groups: BTreeMap<(&'static str, String), Vec<Printed>> = BTreeMap::new();
    for sentence in sentences {
        for figure in numbers.figures(sentence.of(&document.text)) {
            let section = document.section_at(sentence.start).map(|section| section.id);
            let printed = Printed { section, value: figure.value, sentence: *sentence };
            groups.entry((figure.kind, figure.unit)).or_default().push(printed);
        }
    }
    groups
        .into_iter()
        .filter(|(_, group)| group.iter().any(|a| group.iter().any(|b| contradicts(a, b))))
        .map(|((kind, unit), group)| Finding {
            kind: InconsistencyKind::Quantity,
            about: format!("{kind}, {unit}"),
            places: group.into_iter().map(|printed| printed.sentence).collect(),
        })
        .collect()
}

fn contradicts(a: &Printed, b: &Printed) -> bool {
    let gap = (a.value - b.value).abs();
    a.section != b.section && gap > TOLERANCE * a.value.abs().max(b.value.abs())
}
