//! Where does a Korean noun end and its particle begin? No dictionary: lists and caution.
//!
//! Shared by [`super::tokens`], which strips particles, and [`super::phrases_korean`], which asks whether
//! what follows a phrase is only grammar.

/// Particles, longest first.
const PARTICLES: &[&str] = &[
    "으로부터",
    "에서부터",
    "으로서의",
    "으로의",
    "에서는",
    "에서의",
    "에서도",
    "으로는",
    "으로써",
    "으로서",
    "에게는",
    "이라는",
    "까지의",
    "부터의",
    "로부터",
    "에서",
    "에는",
    "에도",
    "에게",
    "으로",
    "로의",
    "로는",
    "로써",
    "로서",
    "과의",
    "와의",
    "과는",
    "와는",
    "까지",
    "부터",
    "보다",
    "처럼",
    "마다",
    "만이",
    "만을",
    "라는",
    "이나",
    "이며",
    "이고",
    "이란",
    "이라",
    "들이",
    "들은",
    "들을",
    "들의",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "에",
    "의",
    "로",
    "와",
    "과",
    "도",
    "만",
    "나",
    "며",
    "고",
    "란",
    "들",
    "및",
    "등",
];

/// Endings that make a noun a statement or an attribute; they follow a phrase but are not stripped.
const ENDINGS: &[&str] = &[
    "입니다",
    "하였다",
    "하였고",
    "하였으며",
    "하였으나",
    "하지",
    "하여",
    "하고",
    "하는",
    "하며",
    "하면",
    "하나",
    "한다",
    "했다",
    "하다",
    "한",
    "할",
    "함",
    "해",
    "하기",
    "되지",
    "되어",
    "되고",
    "되는",
    "되며",
    "되면",
    "된다",
    "됐다",
    "되다",
    "되었다",
    "되었으나",
    "되었으며",
    "됨",
    "된",
    "될",
    "되기",
    "시키",
    "시킴",
    "시",
    "임",
    "인",
    "이다",
    "다",
    "적",
    "적인",
    "적으로",
    "성",
    "중",
    "내",
    "외",
    "별",
    "등의",
    "등이",
    "등을",
    "등에",
    "으나",
    "으며",
    "이나",
    "지만",
    "지",
    "음",
    "습니다",
];

/// Endings of nouns that look like a particle: 영향평가 does not end in 가.
const NOT_PARTICLES: &[&str] = &[
    "평가",
    "증가",
    "허가",
    "인가",
    "추가",
    "국가",
    "참가",
    "불가",
    "첨가",
    "원가",
    "고가",
    "물가",
    "휴가",
    "제도",
    "정도",
    "농도",
    "온도",
    "속도",
    "습도",
    "강도",
    "밀도",
    "용도",
    "지도",
    "빈도",
    "한도",
    "고도",
    "수도",
    "각도",
    "염도",
    "경도",
    "탁도",
    "철도",
    "의도",
    "시도",
    "경로",
    "도로",
    "수로",
    "통로",
    "선로",
    "자로",
    "각로",
    "진로",
    "주의",
    "합의",
    "동의",
    "회의",
    "협의",
    "고의",
    "결의",
    "정의",
    "논의",
    "심의",
    "차이",
    "높이",
    "길이",
    "깊이",
    "넓이",
    "나이",
    "결과",
    "효과",
    "경과",
    "초과",
    "통과",
    "여과",
    "투과",
    "부과",
    "수은",
    "보은",
    "온실가",
    "피해",
    "불만",
    "야간",
    "항만",
    "저수지",
    "매립지",
    "습지",
    "토지",
    "수지",
    "산지",
    "기나",
    "사고",
    "보고",
    "신고",
    "경고",
    "광고",
    "공고",
    "창고",
    "재고",
    "금고",
    "화약고",
    "참고",
    "고려",
    "자연도",
    "소음도",
];

/// Returns the word without its particles; at least two syllables remain.
pub(super) fn strip_particles(word: &str) -> &str {
    let mut rest = word;
    for _ in 0..2 {
        if NOT_PARTICLES.iter().any(|noun| rest.ends_with(noun)) {
            break;
        }
        let stripped = PARTICLES
            .iter()
            .find_map(|particle| rest.strip_suffix(particle))
            .filter(|base| base.chars().count() >= 2);
        match stripped {
            Some(base) => rest = base,
            None => break,
        }
    }
    rest
}

/// True if `rest`, the remainder of a written word, is nothing or only particles and endings.
pub(super) fn is_grammar(rest: &str) -> bool {
    rest.is_empty() || (rest.chars().count() <= 7 && is_grammar_of(rest, 3))
}

fn is_grammar_of(rest: &str, depth: usize) -> bool {
    if rest.is_empty() {
        return true;
    }
    depth > 0
        && PARTICLES
            .iter()
            .chain(ENDINGS)
            .filter_map(|piece| rest.strip_prefix(piece))
            .any(|tail| is_grammar_of(tail, depth - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_are_stripped_and_nouns_are_not() {
        for form in ["지하수가", "지하수를", "지하수에서", "지하수에서는", "지하수"] {
            assert_eq!(strip_particles(form), "지하수");
        }
        for noun in ["환경영향평가", "도로", "농도", "결과", "협의", "수은"] {
            assert_eq!(strip_particles(noun), noun);
        }
    }

    #[test]
    fn grammar_is_told_from_nouns() {
        assert!(is_grammar("") && is_grammar("에서는") && is_grammar("이며") && is_grammar("되지"));
        assert!(!is_grammar("오염") && !is_grammar("방지법"));
    }
}
