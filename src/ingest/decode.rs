//! Bytes of a text file → text: byte order mark, UTF-8, UTF-16 without a mark, then a guess among the
//! legacy encodings (windows-1251, EUC-KR …). Binary noise is refused.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// So many words may be spoilt by a flaw of the file, or one in so many of all words by signs of another encoding;
/// more are a part of the text that was not read.
const SPOILT_WORDS: usize = 10;
const SPOILT_PART: usize = 50;
/// What is left of a word of which nothing is: a bullet or a dash takes three bytes at most.
const LOST: &str = "\u{fffd}\u{fffd}\u{fffd}\u{fffd}";
/// Upper halves of Korean syllables, whose lower half may be zero.
const HANGUL: std::ops::RangeInclusive<u8> = 0xAC..=0xD7;

/// Decodes `bytes`, or returns `None` if they are no text. `label` is an encoding stated inside the
/// file (HTML `meta`), used when there is no byte order mark and the bytes are not valid UTF-8.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Option<String> {
    let text = decode_lossy(bytes, label)?;
    is_text(&text).then_some(text)
}

fn decode_lossy(bytes: &[u8], label: Option<&str>) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Some(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return Some(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    if bytes.iter().take(64 << 10).any(|byte| *byte == 0) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    if mostly_utf8(bytes) {
        return Some(UTF_8.decode_without_bom_handling(bytes).0.into_owned());
    }
    let stated = label.and_then(|label| Encoding::for_label(label.trim().as_bytes())).filter(|e| *e != UTF_8);
    let encoding = stated.unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Deny)
    });
    Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

/// Returns how many words of decoded text were lost, if they are more than a trace: words in an encoding that was not
/// recognised keep nothing of their letters, single signs are missed in others. A sign alone is a bullet or a dash.
pub fn lost_words<'a>(lines: impl Iterator<Item = &'a str>) -> Option<usize> {
    let (mut all, mut flawed, mut spoilt, mut lost) = (0usize, 0usize, 0usize, 0usize);
    for line in lines {
        all += line.split_whitespace().count();
        for word in line.split_whitespace().filter(|word| word.contains('\u{fffd}')) {
            let is_spoilt = word.contains(char::is_alphabetic);
            let is_lost = word.contains(LOST);
            flawed += usize::from(is_spoilt || is_lost);
            spoilt += usize::from(is_spoilt);
            lost += usize::from(is_lost);
        }
    }
    (lost > SPOILT_WORDS || (spoilt > SPOILT_WORDS && spoilt * SPOILT_PART > all)).then_some(flawed)
}

/// UTF-16 without a mark betrays itself by zero bytes on one side only (blanks and line ends do so
/// in every script), Korean syllables aside.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let zeros = |at: usize| sample.chunks_exact(2).filter(move |pair| pair[at] == 0);
    let are_many = |at: usize| zeros(at).count() > sample.len() / 2 / 20;
    let are_stray = |at: usize| zeros(at).any(|pair| !HANGUL.contains(&pair[1 - at]));
    match () {
        () if are_many(1) && !are_stray(0) => Some(UTF_16LE),
        () if are_many(0) && !are_stray(1) => Some(UTF_16BE),
        () => None,
    }
}

/// True if all but a few sequences are valid UTF-8 and there are multi-byte ones: a UTF-8 file with
/// a flaw, not a legacy one.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut flaws, mut multibyte, mut rest) = (0usize, 0usize, bytes);
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                multibyte += valid.chars().filter(|c| !c.is_ascii()).count();
                break;
            }
            Err(error) => {
                let (valid, invalid) = rest.split_at(error.valid_up_to());
                multibyte += std::str::from_utf8(valid)
                    .map_or(0, |text| text.chars().filter(|c| !c.is_ascii()).count());
                flaws += 1;
                rest = &invalid[error.error_len().unwrap_or(invalid.len()).min(invalid.len())..];
            }
        }
    }
    multibyte > 20 * flaws
}

/// Text has few control and replacement characters and mostly letters, digits, blanks, punctuation.
fn is_text(text: &str) -> bool {
    let (mut all, mut bad, mut words) = (0usize, 0usize, 0usize);
    for c in text.chars().take(200_000) {
        all += 1;
        let control =
            c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}' | '\u{85}' | '\u{1a}');
        if control || c == '\u{fffd}' || ('\u{e000}'..='\u{f8ff}').contains(&c) {
            bad += 1;
        } else if c.is_alphanumeric() || c.is_whitespace() || c.is_ascii_punctuation() {
            words += 1;
        }
    }
    all > 0 && bad * 50 <= all && words * 2 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_encodings_are_recognised() {
        let russian = "Глава 1. Оценка воздействия на окружающую среду. Проектом предусмотрено строительство дороги и очистных сооружений.";
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(russian);
        assert_eq!(decode(&bytes, None).unwrap(), russian);
        let korean = "제1장 사업의 개요. 본 사업은 환경영향평가 대상사업으로서 하천의 수질에 미치는 영향을 검토하였다.";
        let (bytes, ..) = encoding_rs::EUC_KR.encode(korean);
        assert_eq!(decode(&bytes, None).unwrap(), korean);
    }

    #[test]
    fn byte_order_marks_win() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend("Loyiha ўзгариши".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(decode(&bytes, Some("windows-1251")).unwrap(), "Loyiha ўзгариши");
        let plain: Vec<u8> = "Report of the year 2020".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&plain, None).unwrap(), "Report of the year 2020");
    }

    #[test]
    fn korean_utf_16_needs_no_mark() {
        let korean =
            "대기질 관리 대책을 수립하고, 대상 사업의 영향을 평가한다. 가능한 대안을 제시한다.\n".repeat(20);
        let little: Vec<u8> = korean.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(little.iter().step_by(2).any(|byte| *byte == 0), "some syllables end in a zero byte");
        assert_eq!(decode(&little, None).unwrap(), korean);
        let big: Vec<u8> = korean.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&big, None).unwrap(), korean);
    }

    #[test]
    fn words_in_another_encoding_are_lost_and_a_flaw_is_none() {
        let (legacy, ..) = encoding_rs::WINDOWS_1251.encode("Хвостохранилище стоит выше села. ");
        let text = "Глава первая описывает воздух. ".repeat(100);
        let lost = |chapter: &[u8]| {
            let text = decode(&[text.as_bytes(), chapter].concat(), None).unwrap();
            lost_words(text.lines())
        };
        assert_eq!(lost(b""), None);
        assert_eq!(lost(b"\xff Dust \xff\xff"), None);
        for bullet in ["\u{fffd} Dust is raised.", "\u{fffd}\u{fffd}\u{fffd} Dust is raised."] {
            assert_eq!(lost_words([bullet; 100].into_iter()), None, "{bullet}");
        }
        // Signs of another encoding in English words, which stay legible, then in many of them.
        assert_eq!(lost_words(["the plant\u{fffd}s dust"; 3].into_iter()), None);
        assert_eq!(lost_words(["the plant\u{fffd}s dust"; 30].into_iter()), Some(30));
        let long = "Глава первая описывает воздух. ".repeat(10_000);
        let text = decode(&[long.as_bytes(), &legacy.repeat(50)[..]].concat(), None).unwrap();
        assert!(lost_words(text.lines()).is_some_and(|lost| lost >= 150), "{:?}", lost_words(text.lines()));
    }

    #[test]
    fn noise_is_refused() {
        let mut state = 12345u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(5000)
        .collect();
        assert_eq!(decode(&noise, None), None);
        let without_zero: Vec<u8> = noise.into_iter().filter(|byte| *byte != 0).collect();
        assert_eq!(decode(&without_zero, None), None);
    }
}
