//! What does a row of a form or table say: a label with an answer, a remark, or data?
//!
//! Checklists name every subject there is and answer most of them with "no": the label alone is no flag, the answer
//! decides. A remark of sentence length is read like any sentence. Rows without an answer are read as a whole.

use crate::domain::explanation::Code;
use crate::domain::risk::{Polarity, Severity};
use crate::domain::span::TextRange;

use super::SentenceRisk;

/// Fewest words of a cell that is read as a sentence of its own.
const REMARK_WORDS: usize = 7;

/// What a form says about its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

/// A row taken apart; ranges are of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) answer: Option<Answer>,
    /// Short cells, in order.
    pub(super) labels: Vec<TextRange>,
    /// Cells that read like sentences.
    pub(super) remarks: Vec<TextRange>,
}

/// Takes a row apart; `None` if it has neither answer nor remark and is better read as a whole.
pub(super) fn read_row(text: &str) -> Option<Row> {
    let mut row = Row { answer: None, labels: Vec::new(), remarks: Vec::new() };
    let mut start = 0;
    for piece in text.split_inclusive('|') {
        let cell = piece.trim_end_matches('|');
        let from = start + (cell.len() - cell.trim_start().len());
        let range = TextRange::new(from, start + cell.trim_end().len());
        start += piece.len();
        let cell = cell.trim();
        match answer(cell) {
            Some(answer) => row.answer = row.answer.or(Some(answer)),
            None if cell.split_whitespace().count() >= REMARK_WORDS => row.remarks.push(range),
            None if !cell.is_empty() => row.labels.push(range),
            None => {}
        }
    }
    (row.answer.is_some() || !row.remarks.is_empty()).then_some(row)
}

/// Reads a cell that is an answer, with its box if it has one.
fn answer(cell: &str) -> Option<Answer> {
    let plain: String =
        cell.chars().filter(|c| !matches!(c, '[' | ']' | '☐' | '☒' | '☑' | '✓' | '*' | '.')).collect();
    let plain = plain.to_lowercase();
    let word = plain.trim().trim_start_matches("x ").trim();
    match word {
        "no"
        | "np"
        | "ni"
        | "not present"
        | "not affected"
        | "none"
        | "n/a"
        | "нет"
        | "не выявлено"
        | "отсутствует"
        | "отсутствуют"
        | "yoʻq"
        | "yo'q"
        | "yo‘q"
        | "йўқ"
        | "mavjud emas"
        | "мавжуд эмас"
        | "없음"
        | "해당없음"
        | "해당 없음" => Some(Answer::No),
        "yes" | "pi" | "present" | "да" | "есть" | "ha" | "ҳа" | "bor" | "бор" | "있음" | "해당" => {
            Some(Answer::Yes)
        }
        _ => None,
    }
}

/// Gives what a label names the polarity of its answer.
pub(super) fn settle(answer: Option<Answer>, risk: &mut SentenceRisk) {
    match answer {
        Some(Answer::No) => {
            risk.polarity = Polarity::Negated;
            risk.severity = Severity::Low;
            risk.reason = Code::AnsweredNo.into();
        }
        Some(Answer::Yes) => {
            risk.polarity = Polarity::Asserted;
            risk.severity = Severity::Medium;
            risk.reason = Code::AnsweredYes.into();
        }
        None => {
            risk.severity = risk.severity.min(Severity::Low);
            risk.reason.push(Code::TableLabel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_and_remark_are_told_from_the_label() {
        let text = "Floodplains | [ ] No | No floodplain is mapped within a mile of the project. | J. Doe";
        let row = read_row(text).unwrap();
        assert_eq!(row.answer, Some(Answer::No));
        assert_eq!(row.labels[0].of(text), "Floodplains");
        assert_eq!(row.remarks[0].of(text), "No floodplain is mapped within a mile of the project.");
    }

    #[test]
    fn answers_are_known_in_every_script() {
        for (cell, answer) in [
            ("NP", Answer::No),
            ("нет", Answer::No),
            ("йўқ", Answer::No),
            ("yoʻq", Answer::No),
            ("없음", Answer::No),
            ("[x] Yes", Answer::Yes),
        ] {
            assert_eq!(read_row(&format!("Asbestos | {cell} | 3/4")).unwrap().answer, Some(answer), "{cell}");
        }
    }

    #[test]
    fn row_of_data_is_read_as_a_whole() {
        assert_eq!(read_row("NO2 | 0.31 | 0.2 | mg/m3"), None);
    }
}
