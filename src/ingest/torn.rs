//! Words torn by a blank in a heading (`AFFEC TED ENVIRONMENT`): which pairs are one word?
//!
//! Texts that were extracted from a PDF by other programs, and letter-spaced print, have them. The rest
//! of the report is the dictionary: a pair is joined when the whole occurs there as one word, and more
//! often than one of its parts does. Only titles are mended; the text itself stays as it was read, so
//! that every quote can be found in the file.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::document::Document;

/// A whole that occurs less often is no evidence.
const LEAST_WHOLE: u32 = 2;

/// Mends the titles of all sections.
pub(crate) fn mend_titles(document: &mut Document) {
    let words = vocabulary(&document.text);
    for section in &mut document.sections {
        if let Some(mended) = mend(&section.title, &words) {
            section.title = mended;
        }
    }
}

/// Counts the words of the text, without regard to case.
fn vocabulary(text: &str) -> HashMap<String, u32> {
    let mut words = HashMap::new();
    for word in text.unicode_words() {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words
}

/// Joins torn words; `None` if there are none.
fn mend(title: &str, words: &HashMap<String, u32>) -> Option<String> {
    let count = |word: &str| words.get(&word.to_lowercase()).copied().unwrap_or(0);
    let mut parts: Vec<String> = title.split(' ').map(str::to_owned).collect();
    let before = parts.len();
    let mut at = 0;
    while at + 1 < parts.len() {
        let (left, right) = (&parts[at], &parts[at + 1]);
        let right_word = right.trim_end_matches(|c: char| !c.is_alphanumeric());
        let lettered = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
        let whole = format!("{left}{right_word}");
        if lettered(left)
            && lettered(right_word)
            && alphabetic_script(&whole)
            && same_case(left, right_word)
            && count(&whole) >= LEAST_WHOLE
            && count(&whole) > count(left).min(count(right_word))
        {
            let joined = format!("{left}{right}");
            parts[at] = joined;
            parts.remove(at + 1);
        } else {
            at += 1;
        }
    }
    (parts.len() < before).then(|| parts.join(" "))
}

/// A word goes on in small letters, or all of it is in capitals: `Con text`, `AFFEC TED`, not `Air Port`.
fn same_case(left: &str, right: &str) -> bool {
    let capitals = |word: &str| word.chars().all(char::is_uppercase);
    right.chars().all(char::is_lowercase) || (capitals(left) && capitals(right))
}

/// Korean words take blanks as the writer likes; only letters of alphabets are judged.
fn alphabetic_script(word: &str) -> bool {
    word.chars().all(|c| c.is_uppercase() || c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Limits, read_document};

    fn titles(text: &str) -> Vec<String> {
        let document = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
        document.sections.into_iter().map(|section| section.title).collect()
    }

    const BODY: &str = "The affected environment is described for every resource that the project could touch.\n\
        Regulatory context and coordination with agencies are given; who is affected is said in each chapter.\n\
        The context matters, and so does coordination; the environment of the valley is dry, and people\n\
        working there know its air and the port.\n";

    #[test]
    fn words_that_occur_whole_elsewhere_are_joined() {
        let text = format!(
            "1. AFFEC TED ENVIRONMENT\n\n{BODY}\n2. Regulatory Con text\n\n{BODY}\n3. Consultation & Coordi nation\n\n{BODY}"
        );
        assert_eq!(
            titles(&text),
            ["AFFECTED ENVIRONMENT", "Regulatory Context", "Consultation & Coordination"]
        );
    }

    #[test]
    fn two_words_stay_two_words() {
        let text = format!(
            "1. The air port\n\n{BODY}\n2. Air Quality in Context\n\n{BODY}\n3. On going works\n\n{BODY}"
        );
        assert_eq!(titles(&text), ["The air port", "Air Quality in Context", "On going works"]);
    }

    #[test]
    fn the_text_keeps_what_was_read() {
        let text = format!("1. AFFEC TED ENVIRONMENT\n\n{BODY}\n2. Next chapter\n\n{BODY}");
        let document = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
        assert!(document.text.contains("AFFEC TED ENVIRONMENT"));
        assert_eq!(document.sections[0].title, "AFFECTED ENVIRONMENT");
    }
}
