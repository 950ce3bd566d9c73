//! Scanned pages: read where `tesseract` is installed, else not examined with the reason – never empty
//! and never "missing". Both outcomes are checked, whichever holds on the machine.

use std::sync::Arc;

use eia_screen::domain::document::{Document, PageState};
use eia_screen::ingest::ocr::{Ocr, OcrLimits};
use eia_screen::ingest::watch::Watch;
use eia_screen::ingest::{DocumentReader, Limits};

fn read(name: &str, ocr: Option<Ocr>) -> Document {
    let path = format!("{}/tests/fixtures/scans/{name}", env!("CARGO_MANIFEST_DIR"));
    let reader = DocumentReader { limits: Limits::default(), ocr: ocr.map(Arc::new), isolation: None };
    reader.read(name, &std::fs::read(path).unwrap(), &Watch::NOBODY).unwrap()
}

fn installed(language: &str) -> Option<Ocr> {
    Ocr::find(OcrLimits::default()).filter(|ocr| ocr.identity().contains(language))
}

#[test]
fn a_page_without_recognition_says_what_to_install() {
    for name in ["skewed-uz-latn.pdf", "turned-ru.pdf", "skewed-ko.pdf"] {
        let document = read(name, None);
        assert!(document.text.trim().is_empty());
        let PageState::NotExamined(why) = &document.pages[0].state else { panic!("{name}") };
        assert!(why.detail.to_string().contains("install tesseract"), "{}", why.detail);
    }
}

#[test]
fn a_skewed_page_is_straightened_and_read() {
    let ocr = installed("uzb");
    let has_ocr = ocr.is_some();
    let document = read("skewed-uz-latn.pdf", ocr);
    assert_eq!(document.is_recognised(1), has_ocr);
    if has_ocr {
        assert!(document.text.contains("120 000 tonna"), "{}", document.text);
        assert!(document.text.contains("45 m3/sutka"), "{}", document.text);
        let numbers: Vec<_> =
            document.sections.iter().filter_map(|section| section.number.as_deref()).collect();
        assert_eq!(numbers, ["2", "3"]);
    }
}

#[test]
fn a_page_on_its_side_is_turned_and_read_in_its_script() {
    let ocr = installed("rus");
    let has_ocr = ocr.is_some();
    let document = read("turned-ru.pdf", ocr);
    assert_eq!(document.is_recognised(1), has_ocr);
    if has_ocr {
        assert!(document.text.contains("310 тонн"), "{}", document.text);
        assert!(document.text.contains("специализированной организации"), "{}", document.text);
    }
}

#[test]
fn korean_words_are_whole_and_units_are_read() {
    let ocr = installed("kor").filter(|ocr| ocr.identity().contains("eng"));
    let has_ocr = ocr.is_some();
    let document = read("skewed-ko.pdf", ocr);
    assert_eq!(document.is_recognised(1), has_ocr);
    if has_ocr {
        for words in [
            "야간 환경목표기준",
            "저소음포장을 적용하면 57.6dB(A) 이하가 된다",
            "NO2 최대 가중농도는 0.0063ppm",
            "산림 21.4ha와 경관의 단절은 저감방안을",
        ] {
            assert!(document.text.contains(words), "{words}: {}", document.text);
        }
    }
}
