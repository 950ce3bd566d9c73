//! Every trap of `eval/risk-traps` is read rightly, and nothing makes the scanner panic.

use proptest::prelude::*;
use serde::Deserialize;

use crate::domain::language::Language;
use crate::domain::risk::Polarity;
use crate::rules::lexicon::Lexicon;

use super::RiskScanner;

const TRAPS: &str = include_str!("../../../eval/risk-traps/traps.jsonl");

#[derive(Deserialize)]
struct Trap {
    id: String,
    lang: Language,
    sentence: String,
    expect: Vec<Expectation>,
}

#[derive(Deserialize)]
struct Expectation {
    category: Vec<String>,
    polarity: Vec<Polarity>,
    severity: Vec<String>,
}

fn scanner() -> RiskScanner {
    let scanner = RiskScanner::new(&Lexicon::load_builtin().unwrap());
    scanner.with_examples(super::learned::Examples::builtin().unwrap())
}

fn failures(language_is_given: bool) -> Vec<String> {
    let scanner = scanner();
    let mut failures = Vec::new();
    for trap in TRAPS.lines().map(|line| serde_json::from_str::<Trap>(line).unwrap()) {
        let found = scanner.scan_sentence(&trap.sentence, language_is_given.then_some(trap.lang));
        let met = trap.expect.iter().all(|wanted| {
            found.iter().any(|risk| {
                wanted.category.contains(&risk.category.0)
                    && wanted.polarity.contains(&risk.polarity)
                    && wanted.severity.iter().any(|severity| severity == risk.severity.letter())
            })
        });
        if !met || trap.expect.is_empty() && !found.is_empty() {
            failures.push(format!("{} {} -> {found:#?}", trap.id, trap.sentence));
        }
    }
    failures
}

#[test]
fn every_trap_is_read_rightly() {
    let failures = failures(true);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_trap_is_read_rightly_when_the_language_is_detected() {
    let failures = failures(false);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn cas_number_alone_is_a_finding() {
    let found = scanner().scan_sentence("The reagent 143-33-9 is stored in drums.", Some(Language::English));
    assert!(found.iter().any(|risk| risk.category.0 == "R05" && risk.term.contains("143-33-9")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_ranges_inside_it(text in "\\PC{0,120}", language in 0usize..6) {
        let scanner = SCANNER.with(|scanner| scanner.clone());
        let language = Language::ALL.get(language).copied();
        for risk in scanner.scan_sentence(&text, language) {
            prop_assert!(text.get(risk.range.start..risk.range.end).is_some());
            prop_assert!(!risk.range.is_empty());
        }
    }

    #[test]
    fn shuffled_words_of_reports_give_one_finding_per_category(words in proptest::collection::vec(
        proptest::sample::select(TRAPS.split_whitespace().collect::<Vec<_>>()), 0..40)) {
        let scanner = SCANNER.with(|scanner| scanner.clone());
        let text = words.join(" ");
        let found = scanner.scan_sentence(&text, None);
        let mut codes: Vec<_> = found.iter().map(|risk| risk.category.clone()).collect();
        codes.dedup();
        prop_assert_eq!(codes.len(), found.len());
    }
}

thread_local! {
    static SCANNER: std::rc::Rc<RiskScanner> = std::rc::Rc::new(scanner());
}
