//! Judging and placing words; reading real pages where `tesseract` is installed is in `tests/it`.

use super::*;

fn word(line: u32, left: f32, confidence: f32, text: &str) -> Word {
    let top = 100.0 + line as f32 * 60.0;
    let text = text.to_owned();
    Word { line: (1, 1, line), left, top, width: 80.0, height: 40.0, confidence, begins_word: true, text }
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

/// Two lines of a Korean page as tesseract 5.3.0 read them (`kor`, table and text), and what it made of
/// their doubtful parts (`eng`).
const KOREAN: &str = include_str!("../../../tests/fixtures/scans/ko-first-reading.tsv");
const FOREIGN: &str = include_str!("../../../tests/fixtures/scans/ko-second-reading.tsv");

fn texts(words: &[Word]) -> Vec<String> {
    let Recognition::Read { page, .. } = judge(&blank(), 4.0, words) else { panic!() };
    let lines = page.pieces.chunk_by(|a, b| a.y == b.y);
    lines.map(|line| line.iter().map(|piece| piece.text.as_str()).collect::<String>()).collect()
}

fn wide() -> Picture {
    Picture { width: 2480, height: 165, dots: vec![255; 2480 * 165] }
}

#[test]
fn korean_syllables_are_joined_to_words() {
    let words = tsv::words_with_text(KOREAN);
    assert_eq!(
        texts(&words),
        [
            "6.2 소음 - 2038년 예측소음도는 최대 [?]로 야간 환경목표기준 [?]를 조과하는 곳이 9개소이",
            "다. 방음벽(1=2.5~607)과 저소음포장을 적용하면 57.608(/) 이하가 된다."
        ]
    );
    // Boxes of single syllables that are half as high again do not make a line of larger type.
    let Recognition::Read { page, .. } = judge(&blank(), 300.0 / 72.0, &words) else { panic!() };
    assert!(page.pieces.iter().all(|piece| (10.5..=11.5).contains(&piece.size)), "{:?}", page.pieces);
}

#[test]
fn units_on_korean_pages_are_read_again() {
    let words = tsv::words_with_text(KOREAN);
    let runs = foreign::runs(&words, &wide());
    assert_eq!(runs.len(), 4, "{runs:?}");
    let words = foreign::replace(words, &runs, &tsv::words(FOREIGN));
    assert_eq!(
        texts(&words),
        [
            "6.2 소음 - 2038년 예측소음도는 최대 71.4dB(A)로 야간 환경목표기준 58dB(A)를 조과하는 곳이 9개소이",
            "다. 방음벽(H=2.5~6m)과 저소음포장을 적용하면 57.6dB(A) 이하가 된다."
        ]
    );
}

#[test]
fn a_second_reading_that_is_less_sure_changes_nothing() {
    let words = vec![word(1, 100.0, 0.9, "연장"), word(1, 200.0, 0.5, "11.6107"), word(1, 300.0, 0.9, "폭")];
    let runs = foreign::runs(&words, &blank());
    assert_eq!(runs.len(), 1);
    for second in [vec![], vec![word(1, 200.0, 0.2, "|l,6krn")], vec![word(1, 700.0, 0.99, "elsewhere")]] {
        assert_eq!(foreign::replace(words.clone(), &runs, &second), words);
    }
    let better = foreign::replace(words.clone(), &runs, &[word(1, 205.0, 0.8, "11.6km")]);
    assert_eq!(better[1].text, "11.6km");
    // Sure digits are left alone, and so are marks and Hangul.
    for (confidence, text) in [(0.93, "2038"), (0.5, "-"), (0.5, "ㆍ"), (0.5, "머")] {
        assert_eq!(foreign::runs(&[word(1, 200.0, confidence, text)], &blank()), [], "{text}");
    }
}

#[test]
fn only_runs_are_cut_out_and_cut_where_there_is_no_ink() {
    // Three columns of ink: a syllable, a unit that begins before its box, a syllable.
    let mut picture = blank();
    for (from, to) in [(100, 140), (190, 260), (266, 300)] {
        for y in 170..190 {
            picture.dots[y * 1000 + from..y * 1000 + to].fill(0);
        }
    }
    let at = |left: f32, width: f32, confidence: f32, text: &str| Word {
        width,
        ..word(1, left, confidence, text)
    };
    let words = [at(100.0, 40.0, 0.9, "폭"), at(195.0, 60.0, 0.3, "2007"), at(262.0, 40.0, 0.9, "로")];
    let cut = foreign::cut_out(&picture, &foreign::runs(&words, &picture));
    let dark: Vec<usize> = (0..1000).filter(|x| cut.dots[180 * 1000 + x] == 0).collect();
    assert_eq!((dark.first(), dark.last(), dark.len()), (Some(&190), Some(&259), 70));
    assert!(cut.dots[..160 * 1000].iter().all(|dot| *dot == 255));
}

#[test]
fn signs_are_written_as_they_are_printed() {
    assert_eq!(foreign::usual_signs("소음ㆍ진동 mg/Ｌ（Ａ）"), "소음·진동 mg/L(A)");
}
