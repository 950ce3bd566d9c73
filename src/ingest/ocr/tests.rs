//! Judging and placing words; reading real pages where `tesseract` is installed is in `tests/it`.

use super::*;

fn word(line: u32, left: f32, confidence: f32, text: &str) -> Word {
    let top = 100.0 + line as f32 * 60.0;
    Word { line: (1, 1, line), left, top, width: 80.0, height: 40.0, confidence, text: text.to_owned() }
}

fn blank() -> Picture {
    Picture { width: 1000, height: 1400, dots: vec![255; 1_400_000] }
}

#[test]
fn sure_words_are_placed_in_points_on_the_line_they_stand_in() {
    let words = [word(1, 100.0, 0.9, "Air"), word(1, 200.0, 0.95, "quality"), word(2, 100.0, 0.9, "was")];
    let Recognition::Read { page, unsure, words, .. } = judge(&blank(), 4.0, &words) else { panic!() };
    assert_eq!((words, unsure), (3, 0));
    assert_eq!((page.width, page.height), (250.0, 350.0));
    assert_eq!(page.pieces[0].x, 25.0);
    assert_eq!(page.pieces[0].y, page.pieces[1].y);
    assert!(page.pieces[2].y < page.pieces[1].y);
}

#[test]
fn unsure_words_are_marked_and_unsure_pages_are_not_read() {
    let mostly =
        [word(1, 100.0, 0.96, "emission"), word(1, 200.0, 0.2, "lirnit"), word(1, 300.0, 0.9, "values")];
    let Recognition::Read { page, unsure, .. } = judge(&blank(), 4.0, &mostly) else { panic!() };
    assert_eq!(unsure, 1);
    assert_eq!(page.pieces[1].text, UNSURE_WORD);
    let hardly = [word(1, 100.0, 0.3, "emlssion"), word(1, 200.0, 0.2, "lirnit")];
    assert!(matches!(judge(&blank(), 4.0, &hardly), Recognition::Failed(_)));
    assert!(matches!(judge(&blank(), 4.0, &[]), Recognition::Failed(_)));
    assert!(matches!(judge(&blank(), 4.0, &[word(1, 1.0, 0.99, "|—|")]), Recognition::Failed(_)));
}

#[test]
fn korean_syllables_are_joined_to_words() {
    let at = |left: f32, text: &str| Word { width: 38.0, ..word(1, left, 0.93, text) };
    let line = [
        at(100.0, "산"),
        at(143.0, "들"),
        at(186.0, "시"),
        at(245.0, "국"),
        at(288.0, "도"),
        at(331.0, "로"),
        at(480.0, "11.6km"),
    ];
    let Recognition::Read { page, .. } = judge(&blank(), 4.0, &line) else { panic!() };
    let texts: Vec<&str> = page.pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(texts, ["산들시 국도로", "11.6km"]);
}
