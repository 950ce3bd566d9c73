//! The table that `tesseract` prints: one row per word with place and confidence.
//!
//! Columns: level, page, block, paragraph, line, word, left, top, width, height, confidence, text
//! (tesseract(1), output format `tsv`). Rows of level 5 are words; the others are frames. Scripts whose
//! data part words at every syllable (Korean) come syllable by syllable, and only the plain text says
//! between which of them there is a blank; so both can be asked for at once, and the text follows the
//! table.

/// A word, or a part of one, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// Block, paragraph and line it stands in, counted on the page.
    pub(crate) line: (u32, u32, u32),
    /// Left edge in dots.
    pub(crate) left: f32,
    /// Upper edge in dots.
    pub(crate) top: f32,
    /// Width in dots.
    pub(crate) width: f32,
    /// Height in dots.
    pub(crate) height: f32,
    /// How sure the program is, 0 to 1.
    pub(crate) confidence: f32,
    /// True unless it is the same word as the part before it.
    pub(crate) begins_word: bool,
    /// The word.
    pub(crate) text: String,
}

impl Word {
    /// Right edge in dots.
    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }

    /// Lower edge in dots.
    pub(super) fn bottom(&self) -> f32 {
        self.top + self.height
    }
}

/// Reads the words of a table; rows that are no words or are damaged are passed over.
pub(crate) fn words(table: &str) -> Vec<Word> {
    table.lines().filter_map(word).collect()
}

/// Reads a table with the plain text behind it, which says where words begin.
pub(crate) fn words_with_text(output: &str) -> Vec<Word> {
    // The text holds no tabs, every row of the table does.
    let rows = output.split_inclusive('\n').take_while(|line| line.contains('\t')).map(str::len).sum();
    let (table, text) = output.split_at(rows);
    let mut words = words(table);
    let mut rest = text;
    for word in &mut words {
        let after_blanks = rest.trim_start();
        // What the text does not have stays a word of its own.
        if let Some(after) = after_blanks.strip_prefix(word.text.as_str()) {
            word.begins_word = after_blanks.len() < rest.len() || rest.len() == text.len();
            rest = after;
        }
    }
    words
}

fn word(row: &str) -> Option<Word> {
    let mut columns = row.splitn(12, '\t');
    let mut number = || columns.next()?.trim().parse::<f32>().ok().filter(|value| value.is_finite());
    if number()? != 5.0 {
        return None;
    }
    let _page = number()?;
    let line = (number()? as u32, number()? as u32, number()? as u32);
    let _word = number()?;
    let (left, top, width, height) = (number()?, number()?, number()?, number()?);
    let confidence = number()?;
    let text = columns.next()?.trim();
    (confidence >= 0.0 && !text.is_empty()).then(|| Word {
        line,
        left,
        top,
        width,
        height,
        confidence: (confidence / 100.0).min(1.0),
        begins_word: true,
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_frames_passed_over() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t2550\t3300\t-1\t\n\
            4\t1\t2\t1\t3\t0\t300\t400\t900\t40\t-1\t\n\
            5\t1\t2\t1\t3\t1\t300\t400\t120\t38\t96.5\tЗаключение\n\
            5\t1\t2\t1\t3\t2\t430\t400\t20\t38\t95\t \n\
            5\t1\t2\t1\t3\t3\t460\t401\t80\t37\t31\t\"about\"\t5\n";
        let words = words(table);
        assert_eq!(words.len(), 2);
        assert_eq!((words[0].text.as_str(), words[0].line), ("Заключение", (2, 1, 3)));
        assert!((words[0].confidence - 0.965).abs() < 1e-6);
        assert_eq!(words[1].text, "\"about\"\t5");
    }

    #[test]
    fn damaged_rows_do_no_harm() {
        for row in [
            "",
            "5",
            "5\t1\t1",
            "5\tx\t1\t1\t1\t1\t0\t0\t1\t1\t90\tword",
            "5\t1\t1\t1\t1\t1\tNaN\t0\t1\t1\t90\tw",
        ] {
            assert_eq!(words(row), [], "{row}");
            assert_eq!(words_with_text(row), [], "{row}");
        }
    }

    #[test]
    fn the_text_says_where_words_begin() {
        let row = |number: u32, text: &str| format!("5\t1\t1\t1\t1\t{number}\t0\t0\t9\t9\t93\t{text}\n");
        let table: String = ["도심", "소", "음", "이", "2038", "년"]
            .iter()
            .zip(1..)
            .map(|(text, number)| row(number, text))
            .collect();
        let begin = |words: &[Word]| words.iter().map(|word| word.begins_word).collect::<Vec<_>>();
        let both = words_with_text(&format!("{table}\n도심 소음이\n2038년\n"));
        assert_eq!(begin(&both), [true, true, false, false, true, false]);
        // A text that does not agree makes every part a word.
        assert_eq!(begin(&words_with_text(&format!("{table}\n다른 글\n"))), [true; 6]);
        assert_eq!(begin(&words_with_text(&table)), [true; 6]);
    }
}
