//! Texts without a full stop are read to their end, whatever they are full of.
//!
//! Their time must grow with their length. No clock is asked: by the square of the length each of these would take the
//! suite from seconds to many minutes.

use std::sync::LazyLock;

use rstest::rstest;
use tokio_util::sync::CancellationToken;

use crate::domain::document::BlockKind;
use crate::domain::risk::{Polarity, RiskFinding};
use crate::rules::lexicon::Lexicon;
use crate::text::stretches::LONGEST_SENTENCE;

use super::document::tests::document;
use super::{RiskScanner, ScanOptions};

static SCANNER: LazyLock<RiskScanner> =
    LazyLock::new(|| RiskScanner::new(&Lexicon::load_builtin().expect("the lexicon that ships is sound")));

fn scan(kind: BlockKind, text: &str) -> Vec<RiskFinding> {
    SCANNER.scan_document(&document(&[(kind, text)]), &ScanOptions::default())
}

fn names_mercury(found: &[RiskFinding]) -> bool {
    found.iter().any(|finding| finding.evidence.quote.contains("mercury"))
}

#[test]
fn a_long_enumeration_is_read_to_its_end() {
    let species = "Artemisia diffusa, Salsola orientalis, ".repeat(8_000);
    assert!(names_mercury(&scan(BlockKind::Paragraph, &format!("{species}mercury"))));
}

#[test]
fn a_long_row_is_read_to_its_end() {
    let cells = "Artemisia diffusa | Salsola | ".repeat(4_000);
    assert!(names_mercury(&scan(BlockKind::TableRow, &format!("{cells}mercury | 12 kg"))));
}

#[rstest]
#[case("mercury, ")]
#[case("Mercury Plan, 12 t, ")]
#[case("no mercury is there (")]
#[case("the cyanide store, which is not lined, ")]
#[case("monitoring without budget, ")]
#[case("цианид, который не применяется, ")]
#[case("Закон «О ртути» и ртуть, ")]
#[case("мониторинг не назначен, ртуть, ")]
#[case("simob yoʻq, ")]
#[case("수은이 없고 ")]
#[case("수은")]
fn text_full_of_terms_and_cues_is_read_to_its_end(#[case] piece: &str) {
    let text = piece.repeat(3 * LONGEST_SENTENCE / piece.len());
    scan(BlockKind::Paragraph, &format!("{text} mercury"));
    scan(BlockKind::TableRow, &format!("{text} | mercury | 12 kg"));
}

#[test]
fn a_negation_reaches_no_further_than_its_stretch() {
    let text = format!("There is no {} mercury", "wall and ".repeat(LONGEST_SENTENCE / 8));
    let found = scan(BlockKind::Paragraph, &text);
    let mercury = found.iter().find(|finding| finding.category.0 == "R04").expect("it is found");
    assert_ne!(mercury.polarity, Polarity::Negated);
}

#[test]
fn nothing_is_read_for_a_caller_who_has_left() {
    let token = CancellationToken::new();
    token.cancel();
    let options = ScanOptions { is_cancelled: Some(token), ..ScanOptions::default() };
    let document = document(&[(BlockKind::Paragraph, "Mercury is stored at the plant, 12 t.")]);
    assert!(SCANNER.scan_document(&document, &options).is_empty());
}
