//! Words torn by a blank (`AFFEC TED ENVIRONMENT`, `the projec t`): which pairs are one word?
//!
//! Texts that were extracted from a PDF by other programs, and letter-spaced print, have them. The rest
//! of the report is the dictionary: a pair is joined when the whole occurs there as one word, and more
//! often than one of its parts does. Titles are always mended. The text itself stays as it was read, so
//! that every quote can be found in the file, unless the whole file is torn: then words that no search
//! and no rule would recognise are worth less than the blanks.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::document::Document;

use super::draft::{Draft, Line};

/// A whole that occurs less often is no evidence.
const LEAST_WHOLE: u32 = 2;

/// A file with fewer torn words, or fewer of a thousand, is not torn: `prickly pear` beside `pricklypear`.
/// Of 60 reports the torn one has 222 (12 of a thousand), the next one 8 (0.4).
const LEAST_TORN: usize = 20;
const LEAST_TORN_OF_A_THOUSAND: usize = 3;

/// Bytes of text that tell whether a file is torn; reading all of a long one would take as long as its layout.
const SAMPLE: usize = 300_000;

/// Mends the lines of a file that is torn all over; returns how many words were joined.
pub(crate) fn mend_torn_text(draft: &mut Draft) -> usize {
    let size: usize = draft.lines.iter().map(|line| line.text.len()).sum();
    let step = size / SAMPLE + 1;
    let sample = mend_lines(draft.lines.iter().step_by(step));
    if !sample.is_torn() {
        return 0;
    }
    let all = if step == 1 { sample } else { mend_lines(draft.lines.iter()) };
    for (line, mended) in draft.lines.iter_mut().zip(all.lines) {
        if let Some(mended) = mended {
            let lead = line.looks.lead;
            line.looks.lead -= mended.removed.iter().filter(|at| **at < lead).count();
            line.text = mended.text;
        }
    }
    all.torn
}

struct MendedLines {
    lines: Vec<Option<Mended>>,
    words: usize,
    torn: usize,
}

impl MendedLines {
    fn is_torn(&self) -> bool {
        self.torn >= LEAST_TORN && self.torn * 1_000 >= LEAST_TORN_OF_A_THOUSAND * self.words
    }
}

fn mend_lines<'l>(lines: impl Iterator<Item = &'l Line> + Clone) -> MendedLines {
    let mut words = HashMap::new();
    lines.clone().for_each(|line| count_words(&line.text, &mut words));
    let lines: Vec<Option<Mended>> = lines.map(|line| mend(&line.text, &words)).collect();
    MendedLines {
        torn: lines.iter().flatten().map(|mended| mended.removed.len()).sum(),
        words: words.values().map(|count| *count as usize).sum(),
        lines,
    }
}

/// Mends the titles of all sections.
pub(crate) fn mend_titles(document: &mut Document) {
    let mut words = HashMap::new();
    count_words(&document.text, &mut words);
    for section in &mut document.sections {
        if let Some(mended) = mend(&section.title, &words) {
            section.title = mended.text;
        }
    }
}

/// Counts the words of the text, without regard to case.
fn count_words(text: &str, words: &mut HashMap<String, u32>) {
    for word in text.unicode_words() {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
}

struct Mended {
    text: String,
    /// Bytes of the old text at which a blank was taken out, in order.
    removed: Vec<usize>,
}

/// Joins torn words; `None` if there are none.
fn mend(title: &str, words: &HashMap<String, u32>) -> Option<Mended> {
    let count = |word: &str| words.get(&word.to_lowercase()).copied().unwrap_or(0);
    let is_torn = |left: &str, right: &str| {
        let right_word = right.trim_end_matches(|c: char| !c.is_alphanumeric());
        let lettered = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
        let whole = format!("{left}{right_word}");
        lettered(left)
            && lettered(right_word)
            && alphabetic_script(&whole)
            && same_case(left, right_word)
            && count(&whole) >= LEAST_WHOLE
            && count(&whole) > count(left).min(count(right_word))
    };
    let mut parts: Vec<String> = Vec::new();
    let mut removed = Vec::new();
    let mut start = 0;
    for right in title.split(' ') {
        match parts.last_mut() {
            Some(left) if is_torn(left.as_str(), right) => {
                removed.push(start - 1);
                left.push_str(right);
            }
            _ => parts.push(right.to_owned()),
        }
        start += right.len() + 1;
    }
    (!removed.is_empty()).then(|| Mended { text: parts.join(" "), removed })
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
    fn a_file_that_is_torn_all_over_is_mended_throughout() {
        let torn = "The affec ted environ ment of the proje ct matters, an d so does coor dination.\n";
        let whole = "The affected environment of the project matters, and so does coordination.\n";
        let text = format!("1. Effects\n\n{}\n2. Measures\n\n{}", whole.repeat(10), torn.repeat(6));
        let document = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(document.text.matches("affected environment of the project").count(), 16);
        assert!(!document.text.contains("an d"));
    }

    #[test]
    fn a_line_with_countless_torn_words_is_mended_at_once() {
        let text = "affected affected affec ted, ".repeat(100_000);
        let kind = crate::ingest::draft::LineKind::Text;
        let mut draft = super::Draft::new(crate::domain::document::MediaType::PlainText);
        draft.lines.extend(crate::ingest::draft::Line::new(&text, 1, kind));
        let begun = std::time::Instant::now();
        assert_eq!(super::mend_torn_text(&mut draft), 100_000);
        assert!(draft.lines[0].text.starts_with("affected affected affected, affected affected affected, "));
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[test]
    fn the_bold_beginning_of_a_line_keeps_its_end() {
        let mut draft = super::Draft::new(crate::domain::document::MediaType::Docx);
        for _ in 0..20 {
            for text in
                ["Affected land, affected water, affected air.", "Affec ted land. Affec ted land is dry."]
            {
                let mut line =
                    crate::ingest::draft::Line::new(text, 1, crate::ingest::draft::LineKind::Text).unwrap();
                line.looks.lead = if text.contains("Affec ") { "Affec ted land.".len() } else { 0 };
                draft.lines.push(line);
            }
        }
        assert_eq!(super::mend_torn_text(&mut draft), 40);
        let line = &draft.lines[1];
        assert_eq!(&line.text[..line.looks.lead], "Affected land.");
    }

    #[test]
    fn the_text_keeps_what_was_read() {
        let text = format!("1. AFFEC TED ENVIRONMENT\n\n{BODY}\n2. Next chapter\n\n{BODY}");
        let document = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
        assert!(document.text.contains("AFFEC TED ENVIRONMENT"));
        assert_eq!(document.sections[0].title, "AFFECTED ENVIRONMENT");
    }
}
