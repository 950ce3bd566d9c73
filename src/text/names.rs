//! What is a file called, whatever the sender put into its name?

/// Returns the name of a file without directories, of either kind of separator, and without characters that are not
/// seen: control characters, and those that turn the writing round, so that `gpj.exe` would be read `exe.jpg` and what
/// stands beside the name with it.
pub fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
    last.chars().filter(|c| !c.is_control() && !turns_writing(*c)).collect()
}

/// True for the marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
fn turns_writing(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn directories_are_cut_off() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\files\\report.pdf"), "report.pdf");
        assert_eq!(file_name("/"), "");
    }

    #[test]
    fn nothing_in_a_name_turns_the_writing_round() {
        let marks = ['\u{61c}', '\u{200e}', '\u{200f}'];
        for c in marks.into_iter().chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(file_name(&format!("report{c}fdp.exe")), "reportfdp.exe", "U+{:04X}", u32::from(c));
        }
        assert_eq!(file_name("a\u{0}\n\tb.pdf"), "ab.pdf");
        // Letters that are written from right to left stay, and so do joiners, which some scripts need.
        assert_eq!(file_name("تقرير\u{200c}ها.pdf"), "تقرير\u{200c}ها.pdf");
        assert_eq!(file_name("Oʻzbekiston – ҳисобот.docx"), "Oʻzbekiston – ҳисобот.docx");
    }
}
