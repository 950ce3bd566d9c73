//! Bytes of a text file → text: byte order mark, UTF-8, UTF-16 without a mark, then a guess among the
//! legacy encodings (windows-1251, EUC-KR …). Binary noise is refused.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

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

/// UTF-16 without a mark betrays itself by zero bytes on one side only (blanks and line ends do so
/// in every script).
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = sample.len() / 2 / 20 + 1;
    match () {
        () if odd >= enough && even == 0 => Some(UTF_16LE),
        () if even >= enough && odd == 0 => Some(UTF_16BE),
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
