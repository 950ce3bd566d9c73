//! The number grammar, line by line.

use super::*;

fn seen(line: &str) -> Option<(NumberKind, &str, &str, u8)> {
    parse(line).map(|n| (n.kind, &line[..n.label], &line[n.title..], n.depth))
}

#[test]
fn numbers_in_five_scripts_are_read() {
    use NumberKind::*;
    for (line, kind, label, title, depth) in [
        ("1. INTRODUCTION", Decimal, "1", "INTRODUCTION", 1),
        ("1.0 Purpose", Decimal, "1.0", "Purpose", 1),
        ("3.1.1.1 Regulatory Context", Decimal, "3.1.1.1", "Regulatory Context", 4),
        ("ES-1. Introduction", Decimal, "ES-1", "Introduction", 1),
        ("ES-7.1.1 Potential Impacts", Decimal, "ES-7.1.1", "Potential Impacts", 3),
        ("A.2 Wells", Decimal, "A.2", "Wells", 2),
        ("1.Введение", Decimal, "1", "Введение", 1),
        ("2 Методика", Decimal, "2", "Методика", 1),
        ("VIII. Conditions", Roman, "VIII", "Conditions", 1),
        ("D: Signature", UpperLetter, "D", "Signature", 1),
        ("C. Compliance", UpperLetter, "C", "Compliance", 1),
        ("PART II: REVIEW", Part, "PART II", "REVIEW", 1),
        ("Chapter 3. Environment", Chapter, "Chapter 3", "Environment", 1),
        ("Appendix A -Habitat", Appendix, "Appendix A", "Habitat", 1),
        ("Appendix C", Appendix, "Appendix C", "", 1),
        ("Глава 2. Климат", Chapter, "Глава 2", "Климат", 1),
        ("РАЗДЕЛ III Оценка", Division, "РАЗДЕЛ III", "Оценка", 1),
        ("Приложение № 4", Appendix, "Приложение № 4", "", 1),
        ("1-bob. Umumiy maʼlumotlar", Chapter, "1-bob", "Umumiy maʼlumotlar", 1),
        ("II BOB. LOYIHA", Chapter, "II BOB", "LOYIHA", 1),
        ("3-bo‘lim. Suv", Division, "3-bo‘lim", "Suv", 1),
        ("2-илова", Appendix, "2-илова", "", 1),
        ("1 – боб. Умумий", Chapter, "1 – боб", "Умумий", 1),
        ("제1장 사업의 개요", Chapter, "제1장", "사업의 개요", 1),
        ("제 2 절 대기질", Section, "제 2 절", "대기질", 1),
        ("가. 조사항목", KoreanLetter, "가", "조사항목", 1),
        ("나) 결과", KoreanParen, "나", "결과", 1),
        ("(2) 조사방법", Enclosed, "(2)", "조사방법", 1),
        ("② 예측", Circled, "②", "예측", 1),
        ("§ 5. Water", Section, "§ 5", "Water", 1),
    ] {
        assert_eq!(seen(line), Some((kind, label, title, depth)), "{line}");
    }
}

#[test]
fn sentences_dates_and_measures_are_not_numbers() {
    for line in [
        "Section 3.4, Fish and Wildlife, describes",
        "Part 46 of the regulations",
        "Section 102 of the act",
        "2016 was dry",
        "1.5m deep",
        "3rd party",
        "U.S. Department",
        "Background",
        "1-2 years",
        "가격은 높다",
        "Civil works",
        "제1장에서는",
    ] {
        assert_eq!(seen(line), None, "{line}");
    }
}
