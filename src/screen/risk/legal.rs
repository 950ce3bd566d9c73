//! Does the report lean on an act that was void when it was submitted?
//!
//! A repealed act is the wrong basis only for files submitted after the repeal, so the day of submission decides. The
//! acts and days are data (`acts` in `rules/risk/limits.toml`). A sentence does not know its rule packs, so acts that
//! count under some packs only are left to the checks of whole reports ([`crate::screen::facts`]).

use crate::domain::explanation::Code;
use crate::domain::risk::{Polarity, RiskCategory, Severity};
use crate::domain::span::TextRange;
use crate::rules::lexicon::TermKind;

use super::{RiskScanner, SentenceRisk};

impl RiskScanner {
    /// Returns the finding for a cited act that was no longer in force on the day of submission (ISO 8601).
    pub fn void_act(&self, sentence: &str, submitted: Option<&str>) -> Option<SentenceRisk> {
        let submitted = submitted?;
        let mut everywhere = self.lexicon.limits.acts.iter().filter(|act| act.jurisdictions.is_empty());
        everywhere.find_map(|act| {
            let void = act.is_void(submitted);
            let (range, number) =
                act.numbers.iter().find_map(|number| Some((cited(sentence, number)?, number)))?;
            void.then(|| SentenceRisk {
                category: RiskCategory("R20".to_owned()),
                term: format!("void act No. {number}"),
                kind: TermKind::Own,
                level: Severity::Medium,
                entry: usize::MAX,
                polarity: Polarity::Asserted,
                severity: Severity::Medium,
                range,
                reason: Code::VoidAct
                    .with("act", &act.title)
                    .with("since", &act.void_from)
                    .with("submitted", submitted)
                    .into(),
                is_gap: false,
                denied_by: None,
                gives_way: false,
            })
        })
    }
}

/// Finds a number that is cited as the number of a resolution: a sign or word for it stands close by.
fn cited(sentence: &str, number: &str) -> Option<TextRange> {
    const SIGNS: [&str; 18] = [
        "№",
        "no.",
        "no ",
        "n ",
        "resolution",
        "decree",
        "постановлени",
        "пкм",
        "vmq",
        "вмқ",
        "qaror",
        "қарор",
        "son",
        "-сон",
        "결정",
        "제",
        "cmr",
        "каб",
    ];
    sentence.match_indices(number).find_map(|(start, _)| {
        let end = start + number.len();
        let whole = !sentence[..start].ends_with(|c: char| c.is_ascii_digit())
            && !sentence[end..].starts_with(|c: char| c.is_ascii_digit());
        let from = sentence.floor_char_boundary(start.saturating_sub(80));
        let to = sentence.ceil_char_boundary((end + 24).min(sentence.len()));
        let around = sentence[from..to].to_lowercase();
        (whole && SIGNS.iter().any(|sign| around.contains(sign))).then(|| TextRange::new(start, end))
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::RiskScanner;

    #[test]
    fn repealed_act_is_flagged_only_after_its_repeal() {
        let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
        let void_from = Lexicon::load_builtin().unwrap().limits.acts[0].void_from.clone();
        for sentence in [
            "Отчёт разработан согласно постановлению Кабинета Министров № 541.",
            "Hisobot Vazirlar Mahkamasining 541-son qaroriga muvofiq tayyorlangan.",
            "The statement follows Resolution No. 541.",
        ] {
            assert!(scanner.void_act(sentence, Some(&void_from)).is_some(), "{sentence}");
            assert!(scanner.void_act(sentence, Some("2021-01-01")).is_none(), "{sentence}");
            assert!(scanner.void_act(sentence, None).is_none());
        }
        assert!(scanner.void_act("The plot covers 541 m2.", Some(&void_from)).is_none());
    }

    #[test]
    fn acts_of_some_jurisdictions_are_not_looked_for_in_sentences_without_packs() {
        let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
        for sentence in [
            "The season lasts 1500 hours.",
            "The assessment complies with 40 CFR Parts 1500-1508.",
            "Оценка выполнена по приказу Минприроды России № 999.",
        ] {
            assert!(scanner.void_act(sentence, Some("2026-11-21")).is_none(), "{sentence}");
        }
    }
}
