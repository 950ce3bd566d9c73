//! What does a row of a form or table say: a label with an answer, a remark, or data?
//!
//! Checklists name every subject there is and answer most of them with "no": the label alone is no flag, the answer
//! decides. Where every answer is printed with a box, the ticked one is the answer ([`super::tick`]). A remark of sentence
//! length is read like any sentence. Rows without an answer are read as a whole.

use crate::domain::explanation::Code;
use crate::domain::risk::{Polarity, Severity};
use crate::domain::span::TextRange;

use super::SentenceRisk;
use super::tick::{Choice, Tick, choices};

/// Fewest words of a cell that is read as a sentence of its own.
const REMARK_WORDS: usize = 7;

/// Longest answer in bytes.
const LONGEST_ANSWER: usize = 64;

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

/// An answer that a form offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offer {
    answer: Answer,
    tick: Tick,
}

/// Takes a row apart; `None` if it has neither answer nor remark and is better read as a whole.
pub(super) fn read_row(text: &str) -> Option<Row> {
    let mut row = Row { answer: None, labels: Vec::new(), remarks: Vec::new() };
    let (mut offers, mut lone_ticks) = (Vec::new(), Vec::new());
    let mut is_ticked = false;
    let mut start = 0;
    for piece in text.split_inclusive('|') {
        let cell = piece.trim_end_matches('|');
        let from = start + (cell.len() - cell.trim_start().len());
        let range = TextRange::new(from, start + cell.trim_end().len());
        start += piece.len();
        let cell = cell.trim();
        let found = choices(cell);
        is_ticked |= found.iter().any(|choice| choice.tick == Tick::Ticked);
        let known = offers.len();
        offers.extend(found.iter().filter_map(offer));
        if offers.len() > known || cell.is_empty() {
            continue;
        }
        match found.as_slice() {
            // A box in a cell of its own belongs to an answer beside it.
            [lone] if lone.words.is_empty() => lone_ticks.push(lone.tick),
            _ if cell.split_whitespace().count() >= REMARK_WORDS => row.remarks.push(range),
            _ => row.labels.push(range),
        }
    }
    give_lone_ticks(&mut offers, &lone_ticks);
    row.answer = decided(&offers, is_ticked);
    (!offers.is_empty() || !row.remarks.is_empty()).then_some(row)
}

fn offer(choice: &Choice<'_>) -> Option<Offer> {
    Some(Offer { answer: answer(choice.words)?, tick: choice.tick })
}

/// Gives answers without a box those that stand in cells of their own, if there is one for each.
fn give_lone_ticks(offers: &mut [Offer], ticks: &[Tick]) {
    let is_bare = offers.iter().all(|offer| offer.tick == Tick::Unknown);
    if is_bare && offers.len() == ticks.len() {
        offers.iter_mut().zip(ticks).for_each(|(offer, tick)| offer.tick = *tick);
    }
}

/// The answer that is meant: a ticked one, else one without a box. An empty box counts only where nothing else is
/// offered and nothing is ticked: printing often loses the tick.
fn decided(offers: &[Offer], is_ticked: bool) -> Option<Answer> {
    let with = |tick: Tick| offers.iter().filter(move |offer| offer.tick == tick).map(|offer| offer.answer);
    // Two ticks contradict each other: the one that a reviewer has to see counts.
    let ticked = with(Tick::Ticked).find(|answer| *answer == Answer::Yes).or(with(Tick::Ticked).next());
    let sole = match offers {
        [sole] if !is_ticked => Some(sole.answer),
        _ => None,
    };
    ticked.or(with(Tick::Unknown).next()).or(sole)
}

/// Reads words that are an answer.
fn answer(words: &str) -> Option<Answer> {
    if words.len() > LONGEST_ANSWER {
        return None;
    }
    let plain: String = words.chars().filter(|c| !matches!(c, '[' | ']' | '*' | '.')).collect();
    let plain = plain.to_lowercase();
    match plain.trim().trim_start_matches("x ").trim() {
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
        | "해당 없음"
        | "아니오"
        | "아니요" => Some(Answer::No),
        "yes" | "pi" | "present" | "да" | "есть" | "ha" | "ҳа" | "bor" | "бор" | "있음" | "해당" | "예" => {
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

    fn answer_of(row: &str) -> Option<Answer> {
        read_row(row).unwrap().answer
    }

    #[test]
    fn the_ticked_answer_counts_wherever_it_stands() {
        for row in [
            "Asbestos | ☐ No | ☒ Yes",
            "Asbestos | ☒ Yes | ☐ No",
            "Asbestos | [ ] No | [x] Yes",
            "Asbestos | ( ) No | (X) Yes",
            "Asbestos | ☐ No ☑ Yes |",
            "Асбест | Нет ☐ | Да ☒",
            "Асбест | Нет [ ] Да [х] |",
            "Asbest | ☐ Yoʻq | ✔ Ha",
            "석면 | □ 없음 | ■ 있음",
            "석면 | □ 아니오 ■ 예 |",
            "Asbestos | No | ☐ | Yes | ☒",
        ] {
            assert_eq!(answer_of(row), Some(Answer::Yes), "{row}");
        }
        for row in ["Asbestos | Yes [ ] No [x] |", "Асбест | Да ☐ | Нет ☒", "Asbestos | ☑ No | ☐ Yes"]
        {
            assert_eq!(answer_of(row), Some(Answer::No), "{row}");
        }
    }

    #[test]
    fn an_empty_box_counts_only_where_it_stands_alone() {
        assert_eq!(answer_of("Asbestos | ☐ No | ☐ Yes"), None);
        assert_eq!(answer_of("Asbestos | ☐ No | ☒ To be surveyed"), None);
        assert_eq!(answer_of("Asbestos | ☐ No | 3/4"), Some(Answer::No));
        assert_eq!(answer_of("Asbestos | ☐ No | Yes"), Some(Answer::Yes));
    }

    #[test]
    fn a_cross_may_be_a_tick_or_a_refusal_and_loses_to_a_tick() {
        assert_eq!(answer_of("Asbestos | ✗ No | ✓ Yes"), Some(Answer::Yes));
        assert_eq!(answer_of("Asbestos | ✓ No | ✗ Yes"), Some(Answer::No));
        assert_eq!(answer_of("Asbestos | ☐ No | ✗ Yes"), Some(Answer::Yes));
        assert_eq!(answer_of("Asbestos | ☒ No | ☒ Yes"), Some(Answer::Yes));
    }

    #[test]
    fn boxes_are_neither_label_nor_remark() {
        let text = "Asbestos | ☐ | No | ☒ | Yes | Pipes of asbestos cement lie in the yard.";
        let row = read_row(text).unwrap();
        assert_eq!(row.labels.iter().map(|label| label.of(text)).collect::<Vec<_>>(), ["Asbestos"]);
        assert_eq!(row.remarks.len(), 1);
    }

    #[test]
    fn row_of_data_is_read_as_a_whole() {
        assert_eq!(read_row("NO2 | 0.31 | 0.2 | mg/m3"), None);
    }
}
