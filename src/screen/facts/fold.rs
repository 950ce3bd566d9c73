//! Lower case without moving a byte: what is found in the folded text stands at the same place in the original.
//!
//! Letters that are often typed without their marks (`ё`, `ў`, `қ`, `ғ`, `ҳ`) lose them here, so that every mixture of
//! spellings is met by one pattern.

/// Returns `text` in lower case; a character whose lower case has another length stays as it is.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut lower = c.to_lowercase();
            let lower = match (lower.next(), lower.next()) {
                (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
                _ => c,
            };
            match lower {
                'ё' => 'е',
                'ў' => 'у',
                'қ' => 'к',
                'ғ' => 'г',
                'ҳ' => 'х',
                other => other,
            }
        })
        .collect()
}

/// As [`fold`], without the signs that stand for `ʻ`: `yoʻl`, `yo'l` and `yol` become one. Places move.
pub(super) fn plain(text: &str) -> String {
    fold(text).replace(['ʻ', 'ʼ', '‘', '’', '\'', '`'], "")
}

#[cfg(test)]
mod tests {
    use super::{fold, plain};

    #[test]
    fn apostrophes_of_every_kind_are_left_out() {
        assert_eq!(plain("Yoʻl YOʼL yo'l yo‘l йўл"), "yol yol yol yol йул");
    }

    #[test]
    fn length_never_changes() {
        for text in ["İstanbul", "ЎЗБЕКИСТОН ЁЖ", "ẞ K Å 한글 ŉ", "CO₂"] {
            assert_eq!(fold(text).len(), text.len(), "{text}");
        }
        assert_eq!(fold("МВт ЎҚҒҲ"), "мвт укгх");
    }
}
