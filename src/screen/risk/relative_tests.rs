//! What a relative clause denies, and what it leaves standing.

use std::sync::LazyLock;

use rstest::rstest;

use crate::domain::language::Language;
use crate::domain::risk::{Polarity, Severity};
use crate::rules::lexicon::Lexicon;

use super::sentence::Form;
use super::{RiskScanner, SentenceRisk};

static SCANNER: LazyLock<RiskScanner> =
    LazyLock::new(|| RiskScanner::new(&Lexicon::load_builtin().expect("the lexicon that ships is sound")));

fn risk_of(sentence: &str, category: &str, language: Language) -> SentenceRisk {
    let found = SCANNER.scan(sentence, Some(language), Form::Sentence).risks;
    let risk = found.iter().find(|risk| risk.category.0 == category).cloned();
    risk.unwrap_or_else(|| panic!("{sentence}: {found:?}"))
}

fn polarity_of(sentence: &str, category: &str, language: Language) -> Polarity {
    risk_of(sentence, category, language).polarity
}

#[rstest]
#[case(
    "The cyanide store, which does not meet the design standard, stands 40 m from the river.",
    "R05",
    Language::English
)]
#[case("The old store, which has not been used since 1990, holds mercury.", "R04", Language::English)]
#[case(
    "Хвостохранилище, не имеющее противофильтрационного экрана, расположено в 300 м от реки.",
    "R05",
    Language::Russian
)]
#[case("Хвостохранилище, в котором нет экрана, расположено в 300 м от реки.", "R05", Language::Russian)]
#[case("Хвостохранилище, которое не имеет дренажа, расположено у реки.", "R05", Language::Russian)]
#[case(
    "Хвостохранилище, откосы которого не укреплены для предотвращения размыва, расположено у реки.",
    "R05",
    Language::Russian
)]
#[case("Склад цианида (не оборудованный поддонами) стоит у реки.", "R05", Language::Russian)]
#[case(
    "The tailings dam, in which there is no liner, stands upstream of the village.",
    "R05",
    Language::English
)]
#[case("Асбест, не имеющий маркировки, лежит на складе завода.", "R04", Language::Russian)]
fn what_a_clause_denies_of_its_head_leaves_the_head_standing(
    #[case] sentence: &str,
    #[case] category: &str,
    #[case] language: Language,
) {
    assert_eq!(polarity_of(sentence, category, language), Polarity::Asserted);
}

#[rstest]
#[case("Sodium cyanide, which is not used at this plant, is a poison.", "R05", Language::English)]
#[case(
    "The Nurata nature reserve, which will not be affected, lies 5 km from the plant.",
    "R01",
    Language::English
)]
#[case(
    "Цианид, который не применяется на фабрике, в перечень реагентов не входит.",
    "R05",
    Language::Russian
)]
#[case("Цианид, не используемый на фабрике, лежит на складе соседа.", "R05", Language::Russian)]
#[case("Ртуть, которой на площадке нет, опасна.", "R04", Language::Russian)]
#[case(
    "The Nurata nature reserve, which the road does not cross, lies north of the plant.",
    "R01",
    Language::English
)]
#[case(
    "The Nurata nature reserve, through which the road does not pass, lies north of the plant.",
    "R01",
    Language::English
)]
#[case(
    "Нуратинский заповедник, который дорога не пересекает, лежит к северу от завода.",
    "R01",
    Language::Russian
)]
#[case(
    "Водно-болотное угодье, которое не входит в зону влияния, лежит к югу от завода.",
    "R01",
    Language::Russian
)]
#[case(
    "Нуратинский заповедник, не попадающий в границы отвода, лежит к северу от завода.",
    "R01",
    Language::Russian
)]
#[case(
    "Чаткальский заповедник, который не попадает в границы отвода, дорогой не затрагивается.",
    "R01",
    Language::Russian
)]
#[case("Mercury, which the plant does not use, is a poison.", "R04", Language::English)]
#[case("Sodium cyanide, which the process does not require, is a poison.", "R05", Language::English)]
#[case("Asbestos, which the project will not handle, is dangerous to the lungs.", "R04", Language::English)]
#[case("A tailings dam, which is not needed, is drawn on the old plan.", "R05", Language::English)]
#[case(
    "Хвостохранилище, которое проектом не предусмотрено, показано на старом плане.",
    "R05",
    Language::Russian
)]
#[case(
    "Взрывные работы, проведение которых не предусмотрено, описаны в старом проекте.",
    "R05",
    Language::Russian
)]
fn a_clause_that_says_that_its_head_is_not_there_or_not_touched_denies_it(
    #[case] sentence: &str,
    #[case] category: &str,
    #[case] language: Language,
) {
    assert_eq!(polarity_of(sentence, category, language), Polarity::Negated);
}

#[rstest]
#[case("The store, in which no mercury is kept, stands near the river.", "R04", Language::English)]
#[case("Ртуть, которая токсична, на заводе не применяется.", "R04", Language::Russian)]
fn a_negation_beside_the_term_denies_it_wherever_both_stand(
    #[case] sentence: &str,
    #[case] category: &str,
    #[case] language: Language,
) {
    assert_eq!(polarity_of(sentence, category, language), Polarity::Negated);
}

#[rstest]
#[case("Асбест, который не горит, на площадке не применяется.", "R04", Language::Russian)]
#[case("Асбест, не имеющий маркировки, на площадке не применяется.", "R04", Language::Russian)]
#[case(
    "The cyanide store, which does not meet the design standard, will not be built.",
    "R05",
    Language::English
)]
fn a_negation_of_the_main_clause_behind_a_relative_one_denies_the_term(
    #[case] sentence: &str,
    #[case] category: &str,
    #[case] language: Language,
) {
    assert_eq!(polarity_of(sentence, category, language), Polarity::Negated);
}

#[rstest]
#[case(
    "The haul road, which does not cross the canal, leads to the Nurata nature reserve.",
    Language::English,
    Severity::Medium
)]
#[case(
    "The haul road, which is not paved and crosses the canal, leads to the Nurata nature reserve.",
    Language::English,
    Severity::High
)]
#[case(
    "Дорога, которая не пересекает реку, ведёт в Нуратинский заповедник.",
    Language::Russian,
    Severity::Medium
)]
#[case(
    "Дорога, которая не асфальтирована и пересекает реку, ведёт в Нуратинский заповедник.",
    Language::Russian,
    Severity::High
)]
fn a_place_that_a_clause_denies_in_passing_raises_nothing(
    #[case] sentence: &str,
    #[case] language: Language,
    #[case] severity: Severity,
) {
    let risk = risk_of(sentence, "R01", language);
    assert_eq!((risk.polarity, risk.severity), (Polarity::Asserted, severity));
}
