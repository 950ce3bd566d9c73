//! The void acts the program was built with, in whole documents.

use std::sync::LazyLock;

use super::tests::document;
use super::{CheckContext, FactChecker, Thresholds};
use crate::domain::fact::{Inconsistency, InconsistencyKind};
use crate::rules::lexicon::Lexicon;
use crate::rules::lexicon_limits::VoidAct;

static ACTS: LazyLock<Vec<VoidAct>> = LazyLock::new(|| Lexicon::load_builtin().unwrap().limits.acts);

/// The void acts raised in a report under a pack of one jurisdiction.
fn raised(jurisdiction: &str, day: &str, paragraphs: &[&str]) -> Vec<Inconsistency> {
    raised_below("1. Basis", jurisdiction, day, paragraphs)
}

fn raised_below(title: &str, jurisdiction: &str, day: &str, paragraphs: &[&str]) -> Vec<Inconsistency> {
    let document = document(&[(title, paragraphs), ("2. Site", &["The site lies on a plain."])]);
    let checker = FactChecker::new(Thresholds::builtin().unwrap(), ACTS.clone());
    let context = CheckContext { submitted: day.to_owned(), jurisdictions: vec![jurisdiction.to_owned()] };
    let found = checker.check(&document, &[], &context);
    found.into_iter().filter(|one| one.kind == InconsistencyKind::VoidAct).collect()
}

/// Raised once from its day on and under its packs, and not before or under others.
fn assert_void_from(jurisdiction: &str, day_before: &str, day: &str, sentence: &str) {
    let found = raised(jurisdiction, day, &[sentence]);
    assert_eq!(found.len(), 1, "{sentence}");
    assert_eq!(found[0].evidence.len(), 1, "{sentence}");
    assert!(raised(jurisdiction, day_before, &[sentence]).is_empty(), "{sentence}");
    assert!(raised("WB", day, &[sentence]).is_empty(), "{sentence}");
}

#[test]
fn the_regulations_of_the_council_are_void_since_april_2025() {
    for sentence in [
        "The assessment complies with the CEQ regulations at 40 CFR Parts 1500–1508.",
        "Effects are defined as in 40 C.F.R. § 1508.1(i)(3).",
        "Title 40 of the Code of Federal Regulations (CFR), Parts 1500-1508, guides this review.",
        "Scoping follows 40 CFR\n1501.9.",
        "To avoid harm, measures are taken as 40 CFR §1508.1 asks.",
        "The National Environmental Policy Act of 1969 and 40 CFR Parts 1500-1508 are followed.",
        "The hearing of June 2026 followed 40 CFR 1506.6.",
    ] {
        assert_void_from("US", "2025-04-10", "2025-04-11", sentence);
    }
    let found = raised("US", "2025-04-11", &["The assessment complies with 40 CFR 1502.14."]);
    assert!(found[0].subject.contains("40 CFR Parts 1500–1508"), "{}", found[0].subject);
}

#[test]
fn order_999_is_void_since_march_2025() {
    for sentence in [
        "Оценка выполнена согласно приказу Минприроды России от 01.12.2020 № 999.",
        "Оценка выполнена согласно приказу\nМинприроды\nРоссии № 999.",
        "Материалы подготовлены по приказу Министерства природных ресурсов и экологии от 1 декабря 2020 г. № 999.",
        "Материалы подготовлены по приказу № 999 Министерства природных ресурсов и экологии Российской Федерации.",
        "Согласно Федеральному закону от 10.01.2002 № 7-ФЗ и приказу Минприроды России от 01.12.2020 № 999",
        "По приказу Минприроды России от 01.12.2020 № 999 (зарегистрирован 20.04.2021 № 63186) выполнена оценка.",
        "The materials follow Order No. 999 of the Ministry of Natural Resources of Russia.",
        "The materials follow the Order of the Ministry of Natural Resources of Russia No. 999.",
        "Hisobot Rossiya Tabiiy resurslar vazirligining 999-son buyrugʻiga muvofiq tayyorlangan.",
        "Ҳисобот Россия Табиий ресурслар вазирлигининг 999-сон буйруғига мувофиқ тайёрланган.",
        "보고서는 러시아 천연자원부 명령 제999호에 따라 작성되었다.",
    ] {
        assert_void_from("RU", "2025-02-28", "2025-03-01", sentence);
    }
}

#[test]
fn the_law_on_ecological_expertise_of_2000_is_void_since_august_2025() {
    for sentence in [
        "The statement follows the Law on Ecological Expertise No. 73-II.",
        "Отчёт составлен по Закону «Об экологической экспертизе» от 25.05.2000 № 73-II.",
        "Hisobot «Ekologik ekspertiza toʻgʻrisida»gi 2000-yil 25-maydagi 73-II-son Qonunga muvofiq tuzilgan.",
        "Ҳисобот «Экологик экспертиза тўғрисида»ги 73-II-сон Қонунга асосан тузилган.",
        "보고서는 생태평가에 관한 법률 제73-II호에 따라 작성되었다.",
    ] {
        assert_void_from("UZ", "2025-08-31", "2025-09-01", sentence);
    }
}

#[test]
fn acts_named_as_history_and_numbers_of_other_things_are_left_alone() {
    for (jurisdiction, sentence) in [
        ("US", "Toys are tested under 16 CFR Part 1500, pesticides under 40 CFR Part 152."),
        ("US", "The season lasts 1500 hours; Title 40 CFR applies."),
        ("US", "The former format of 40 CFR 1502.10 had ten headings."),
        ("US", "CEQ removed its regulations (40 CFR parts 1500–1508) from the Code of Federal Regulations."),
        ("US", "CEQ has withdrawn 40 CFR Parts 1500–1508."),
        ("US", "The regulations at 40 CFR 1502 are no longer\nin force."),
        ("US", "The 1978 regulations defined significance at 40 CFR 1508.27."),
        ("US", "The 2019 EIS complied with 40 CFR 1502."),
        ("US", "The hearing of February 2025 followed 40 CFR 1506.6."),
        ("RU", "Приказ Минприроды России № 999 утратил силу."),
        ("RU", "Приказ Минприроды России № 999 заменён постановлением № 1644."),
        ("RU", "Приказом директора № 999 назначен ответственный."),
        ("RU", "По письму Минприроды России, приказом директора № 999 назначен ответственный."),
        ("RU", "До 1 марта 2025 года применялся приказ Минприроды России № 999."),
        ("RU", "Работы идут согласно приказу Минздрава № 999н и приказу Минприроды России № 871."),
        ("RU", "Работы идут согласно приказу Минздрава № 999 и приказу Минприроды России № 871."),
        ("RU", "Работы идут согласно приказу Минприроды России № 999-р."),
        ("RU", "Лицензия № 999 выдана Министерством природных ресурсов области, приказ от 12.05.2023 № 120."),
        ("RU", "Лицензия № 999 выдана Минприроды России, приказ от 12.05.2026 № 120."),
        ("RU", "Работы идут по приказу Министерства природных ресурсов области № 999."),
        ("RU", "In order to protect natural resources, plot No. 999 is fenced."),
        (
            "RU",
            "Общественные обсуждения проведены в ноябре 2024 года в порядке приказа Минприроды России № 999.",
        ),
        ("RU", "Обсуждения проведены 14.02.2025 в порядке приказа Минприроды России от 01.12.2020 № 999."),
        ("UZ", "Закон «Об экологической экспертизе» № 73-II утратил силу."),
        ("UZ", "Закон «Об экологической экспертизе» № 73-III относится к другому году."),
        (
            "UZ",
            "Положительное заключение от 14.03.2019 выдано по Закону «Об экологической экспертизе» № 73-II.",
        ),
        ("UZ", "Resolution No. 541 (void since 15 August 2026) is not applied."),
        ("UZ", "Resolution No. 541 was declared\nvoid."),
        ("UZ", "2023-yilda xulosa 541-son qaror boʻyicha olingan."),
        ("UZ", "Oʻsha paytda Vazirlar Mahkamasining 541-son qarori amalda edi."),
        ("UZ", "Вазирлар Маҳкамасининг 541-сон қарори бугун кучда эмас."),
        ("UZ", "В то время порядок устанавливало постановление № 541."),
        (
            "US",
            "The scoping notice cited the regulations (40 CFR Parts 1500–1508), which applied at that time.",
        ),
        ("US", "The statement on the plan was written under 40 CFR 1502.14 as it stood in that year."),
    ] {
        assert!(raised(jurisdiction, "2026-11-21", &[sentence]).is_empty(), "{sentence}");
    }
}

#[test]
fn lists_of_literature_and_abbreviations_cite_nothing_as_law() {
    const CITES: &str = "CFR: Code of Federal Regulations, 40 CFR Parts 1500–1508.";
    assert_eq!(raised_below("7. Compliance", "US", "2026-11-21", &[CITES]).len(), 1);
    for title in [
        "7. References",
        "Bibliography",
        "Table of Authorities",
        "Abbreviations and acronyms",
        "Список литературы",
        "Перечень сокращений",
        "Foydalanilgan adabiyotlar",
        "Qisqartmalar",
        "Фойдаланилган адабиётлар",
        "Қисқартмалар",
        "참고문헌",
        "약어",
    ] {
        assert!(raised_below(title, "US", "2026-11-21", &[CITES]).is_empty(), "{title}");
    }
}

#[test]
fn a_report_that_says_why_it_still_follows_the_rescinded_regulations_is_left_alone() {
    const LEANS: &str = "Effects are defined as in 40 CFR 1508.1(g).";
    assert_eq!(raised("US", "2026-11-21", &[LEANS]).len(), 1);
    for reason in [
        "CEQ rescinded its regulations in April 2025.",
        "The regulations of CEQ (40 CFR Parts 1500–1508) were rescinded on 11 April 2025.",
        "The CEQ Regulations were rescinded on April 11, 2025.",
        "THE COUNCIL ON ENVIRONMENTAL QUALITY RESCINDED ITS RULES.",
        "The Council on\nEnvironmental Quality has withdrawn its rules.",
        "CEQ’s NEPA implementing regulations were removed from the Code of Federal Regulations.",
        "The rules of the council on environmental quality were in effect\nwhen the review began.",
        "This assessment was begun under 40 CFR Parts 1500–1508.",
        "The agency voluntarily follows 40 CFR Parts 1500–1508.",
        "The notice of intent was published on 3 May 2024, so this EIS follows 40 CFR Parts 1500–1508 as of that date.",
        "The notice of intent was published in the Federal Register on May 3, 2024.",
        "Because the application was received before April 11, 2025, 40 CFR 1500–1508 applies.",
        "The NOI came under 40 CFR 1501.9.",
    ] {
        assert!(raised("US", "2026-11-21", &[LEANS, reason]).is_empty(), "{reason}");
    }
    for unrelated in [
        "Work begun before winter is covered, and a permit of 2019 was rescinded.",
        "The notice of intent was published on 3 May 2026.",
        "Noise is judged as 40 CFR 1508.1 asks.",
        "CEQA rules were rescinded.",
    ] {
        assert_eq!(raised("US", "2026-11-21", &[LEANS, unrelated]).len(), 1, "{unrelated}");
    }
}

#[test]
fn the_next_sentence_may_say_that_the_act_is_void() {
    for (jurisdiction, sentence, next) in [
        ("UZ", "Xulosa 541-son qaror boʻyicha olingan.", "U bugun kuchda emas."),
        ("UZ", "The mast was agreed under Resolution No. 541.", "It is no longer in force."),
        ("UZ", "Мачта согласована по постановлению № 541.", "Оно утратило силу."),
        (
            "US",
            "Scoping followed 40 CFR 1501.9.",
            "These regulations were rescinded with effect from April 11, 2025.",
        ),
    ] {
        let both = format!("{sentence} {next}");
        assert!(raised(jurisdiction, "2026-11-21", &[&both]).is_empty(), "{both}");
        assert_eq!(raised(jurisdiction, "2026-11-21", &[sentence]).len(), 1, "{sentence}");
        // Of another paragraph it may speak of something else.
        if jurisdiction == "UZ" {
            assert_eq!(raised(jurisdiction, "2026-11-21", &[sentence, next]).len(), 1, "{sentence}");
        }
    }
    for next in ["It sets out the procedure.", "A permit of the plant was revoked."] {
        let both = format!("The statement follows Resolution No. 541 in full. {next}");
        assert_eq!(raised("UZ", "2026-11-21", &[&both]).len(), 1, "{both}");
    }
}
