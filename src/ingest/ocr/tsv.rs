//! The table that `tesseract` prints: one row per word with place and confidence.
//!
//! Columns: level, page, block, paragraph, line, word, left, top, width, height, confidence, text
//! (tesseract(1), output format `tsv`). Rows of level 5 are words; the others are frames.

/// A word as it was read.
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
    /// The word.
    pub(crate) text: String,
}

/// Reads the words of a table; rows that are no words or are damaged are passed over.
pub(crate) fn words(table: &str) -> Vec<Word> {
    table.lines().filter_map(word).collect()
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
        }
    }
}
