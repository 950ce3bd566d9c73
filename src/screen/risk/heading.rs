//! Is this sentence a bare heading?
//!
//! A heading names a subject and says nothing about it, so a term in it is no evidence. Documents carry the answer in
//! their blocks; this is for sentences that come alone, and for headings that layout did not give away.

use crate::domain::language::Language;

use super::cues::Word;

/// Longest heading in words.
const LONGEST: usize = 12;

/// True if the text reads like a heading: short, without final stop and without a predicate.
pub(super) fn is_heading(sentence: &str, words: &[Word], language: Language) -> bool {
    let text = sentence.trim();
    let ends = text.chars().next_back();
    let stopped = ends.is_none_or(|c| matches!(c, '.' | '!' | '?' | ';' | ',' | '…' | '。' | ':'));
    if stopped || words.is_empty() || words.len() > LONGEST {
        return false;
    }
    let names: Vec<&str> = words.iter().map(|word| word.key.as_str()).filter(|key| !is_number(key)).collect();
    !names.is_empty() && !has_predicate(&names, language)
}

fn is_number(key: &str) -> bool {
    key.chars().all(|c| c.is_numeric()) || key.chars().count() == 1
}

/// True if one of the words is a finite verb or stands for one.
pub(super) fn has_predicate(words: &[&str], language: Language) -> bool {
    match language {
        Language::English => words.iter().any(|word| is_english_verb(word)),
        Language::Russian => words.iter().any(|word| is_russian_predicate(word)),
        Language::UzbekLatin | Language::UzbekCyrillic => {
            words.last().is_some_and(|word| is_uzbek_predicate(word))
        }
        Language::Korean => words.last().is_some_and(|word| is_korean_predicate(word)),
    }
}

const ENGLISH_VERBS: [&str; 61] = [
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "has",
    "have",
    "had",
    "will",
    "would",
    "shall",
    "may",
    "might",
    "can",
    "could",
    "must",
    "should",
    "does",
    "do",
    "did",
    "occurs",
    "occur",
    "lies",
    "lie",
    "stands",
    "exists",
    "exist",
    "contains",
    "contain",
    "includes",
    "include",
    "requires",
    "require",
    "exceeds",
    "exceed",
    "crosses",
    "affects",
    "causes",
    "generates",
    "draws",
    "drifts",
    "flows",
    "drains",
    "remains",
    "reaches",
    "amounts",
    "adjoins",
    "borders",
    "receives",
    "emits",
    "provides",
    "needs",
    "passes",
    "cannot",
    "lose",
    "loses",
    "live",
    "lives",
    "carries",
    "supplies",
];

fn is_english_verb(word: &str) -> bool {
    ENGLISH_VERBS.contains(&word)
}

const RUSSIAN_NOUNS: [&str; 30] = [
    "объект",
    "проект",
    "элемент",
    "отчет",
    "расчет",
    "лимит",
    "гранит",
    "агрегат",
    "результат",
    "комбинат",
    "маршрут",
    "эффект",
    "документ",
    "мониторинг",
    "предмет",
    "бюджет",
    "климат",
    "комитет",
    "аппарат",
    "план",
    "район",
    "кран",
    "стан",
    "метан",
    "уран",
    "экран",
    "фон",
    "океан",
    "ремонт",
    "грунт",
];

const RUSSIAN_ENDINGS: [&str; 44] = [
    "ет", "ют", "ут", "ат", "ят", "ит", "ется", "ются", "ится", "ятся", "утся", "лся", "лась", "лось",
    "лись", "ана", "ано", "аны", "ена", "ено", "ены", "ята", "ято", "яты", "ает", "яет", "ил", "ел", "ал",
    "ала", "ало", "али", "ила", "ило", "или", "ела", "ело", "ели", "жен", "щен", "чен", "лен", "ван", "нят",
];

fn is_russian_predicate(word: &str) -> bool {
    const WHOLE: [&str; 12] = [
        "нет",
        "есть",
        "был",
        "была",
        "было",
        "были",
        "будет",
        "будут",
        "может",
        "могут",
        "нельзя",
        "возможно",
    ];
    if WHOLE.contains(&word) || word.starts_with("отсутств") && word.ends_with('т') {
        return true;
    }
    let long_enough = word.chars().count() >= 5;
    long_enough
        && !RUSSIAN_NOUNS.contains(&word)
        && RUSSIAN_ENDINGS.iter().any(|ending| word.ends_with(ending))
}

fn is_uzbek_predicate(word: &str) -> bool {
    const WHOLE: [&str; 14] = [
        "yoq", "yuq", "yok", "yuk", "emas", "mavjud", "bor", "mumkin", "kerak", "lozim", "shart", "zarur",
        "edi", "ekan",
    ];
    const ENDINGS: [&str; 9] = ["di", "dir", "gan", "moqda", "yapti", "kan", "qan", "sin", "mas"];
    WHOLE.contains(&word) || word.len() >= 5 && ENDINGS.iter().any(|ending| word.ends_with(ending))
}

fn is_korean_predicate(word: &str) -> bool {
    const ENDINGS: [&str; 14] =
        ["다", "음", "함", "됨", "임", "없음", "있음", "않음", "까", "요", "됩니다", "예정", "하였음", "것"];
    ENDINGS.iter().any(|ending| word.ends_with(ending)) && word.chars().count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lexicon::Lexicon;
    use crate::screen::risk::cues::CueMatcher;

    fn heading(sentence: &str, language: Language) -> bool {
        let matcher = CueMatcher::new(&Lexicon::load_builtin().unwrap().context);
        is_heading(sentence, &matcher.find(sentence, language).0, language)
    }

    #[test]
    fn headings_are_recognised_in_every_script() {
        assert!(heading("Threatened or Endangered Species", Language::English));
        assert!(heading("5.3 Радиоактивное загрязнение", Language::Russian));
        assert!(heading("Karyer va agʻdarmalar", Language::UzbekLatin));
        assert!(heading("4.2. Муҳофаза этиладиган табиий ҳудудлар", Language::UzbekCyrillic));
        assert!(heading("이류 및 홍수", Language::Korean));
    }

    #[test]
    fn statements_are_no_headings() {
        assert!(!heading("Sel xavfi yoʻq", Language::UzbekLatin));
        assert!(!heading("There is a well", Language::English));
        assert!(!heading("Скважина пробурена", Language::Russian));
        assert!(!heading("지하수 이용 계획은 없음", Language::Korean));
        assert!(!heading("Wetlands occur on the plot.", Language::English));
    }
}
