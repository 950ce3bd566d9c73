//! Which words say nothing about the subject? They are left out of search terms only; phrases keep them.

use crate::domain::language::Language;

const ENGLISH: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "do", "does", "for", "from",
    "had", "has", "have", "he", "her", "his", "if", "in", "into", "is", "it", "its", "may", "might", "not", "of",
    "on", "or", "our", "shall", "she", "should", "so", "such", "than", "that", "the", "their", "them", "then",
    "there", "these", "they", "this", "those", "to", "was", "we", "were", "what", "when", "where", "which",
    "who", "will", "with", "would", "you", "your",
];

const RUSSIAN: &[&str] = &[
    "а", "без", "бы", "был", "была", "были", "было", "быть", "в", "во", "все", "всех", "для", "до", "его", "ее",
    "если", "есть", "же", "за", "и", "из", "или", "им", "их", "к", "как", "ко", "которая", "которого", "которой",
    "которые", "который", "которых", "ли", "либо", "на", "над", "не", "него", "нее", "ни", "них", "но", "о", "об",
    "он", "она", "они", "от", "по", "под", "при", "с", "со", "также", "так", "то", "того", "том", "тот", "у", "что",
    "чтобы", "эта", "эти", "это", "этого", "этой", "этом", "этот", "этих",
];

/// Uzbek words as apostrophe-free Latin keys.
const UZBEK: &[&str] = &[
    "va", "bilan", "uchun", "ham", "bu", "shu", "u", "ular", "esa", "yoki", "lekin", "ammo", "biroq", "agar", "deb",
    "kabi", "kerak", "bolgan", "boladi", "bolib", "bolishi", "qilish", "qilib", "qilingan", "etish", "etilgan",
    "orqali", "hamda", "haqida", "togrisida", "boyicha", "asosida", "ushbu", "mazkur", "har", "bir", "barcha",
    "mumkin", "lozim", "shuningdek", "shundan", "qarab", "keyin", "oldin", "uning", "ularning", "bunda", "bundan",
];

const KOREAN: &[&str] = &[
    "및", "등", "또는", "그리고", "그러나", "다만", "수", "것", "것으로", "있는", "있음", "있다", "하는", "하여",
    "대한", "위한", "따른", "따라", "의한", "의하여", "통하여", "통한", "경우", "이", "그", "저",
];

/// True if the word (folded; Uzbek as apostrophe-free Latin key) is a stop word of the language.
pub(super) fn is_stopword(word: &str, language: Language) -> bool {
    match language {
        Language::English => ENGLISH.contains(&word),
        Language::Russian => RUSSIAN.contains(&word),
        Language::UzbekLatin | Language::UzbekCyrillic => UZBEK.contains(&word),
        Language::Korean => KOREAN.contains(&word),
    }
}
