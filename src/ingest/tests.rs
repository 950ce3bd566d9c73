//! The whole way from bytes to sections, for reports in several languages and for bad input.

use proptest::prelude::*;

use crate::domain::document::{BlockKind, Document, MediaType};
use crate::domain::finding::NotExaminedReason;
use crate::domain::language::Language;

use super::draft::{Draft, Line, LineKind};
use super::invariants::check_invariants;
use super::passages::cut;
use super::{IngestError, Limits, assemble, docx, pdf, read_document};

fn read(text: &str) -> Document {
    let document = read_document("report.txt", text.as_bytes(), &Limits::default()).unwrap();
    check_invariants(&document).unwrap();
    document
}

fn outline(document: &Document) -> Vec<(u8, &str, &str)> {
    document
        .sections
        .iter()
        .map(|section| (section.level, section.number.as_deref().unwrap_or(""), section.title.as_str()))
        .collect()
}

const RUSSIAN: &str = "Глава 1. Общие сведения\nНастоящий проект предусматривает строительство горно-обогатительного комбината в Навоийской области.\n\n1.1. Сведения о заказчике\nЗаказчиком является акционерное общество, зарегистрированное в городе Навои в установленном порядке.\n\n1.2. Характеристика района\nРайон расположен в зоне пустынь, климат резко континентальный, осадков выпадает мало.\n\nГлава 2. Оценка воздействия\nВ настоящей главе рассмотрено воздействие на атмосферный воздух и водные ресурсы.\n\n2.1. Атмосферный воздух\nВыбросы загрязняющих веществ не превышают установленных нормативов на границе зоны.\n\nПриложение 1. Карта района\nКарта приведена в масштабе один к ста тысячам и показывает все источники выбросов.\n";

#[test]
fn russian_chapters_and_sections_are_nested() {
    let document = read(RUSSIAN);
    assert_eq!(
        outline(&document),
        [
            (1, "Глава 1", "Общие сведения"),
            (2, "1.1", "Сведения о заказчике"),
            (2, "1.2", "Характеристика района"),
            (1, "Глава 2", "Оценка воздействия"),
            (2, "2.1", "Атмосферный воздух"),
            (1, "Приложение 1", "Карта района"),
        ]
    );
    assert_eq!(document.languages[0].language, Language::Russian);
    assert_eq!(document.sections[0].language, Some(Language::Russian));
}

#[test]
fn a_stray_line_makes_no_second_language_and_a_page_does() {
    let stray = format!("{}\n\nYer osti suvlari sathi\n", RUSSIAN.repeat(200));
    let languages =
        |document: &Document| document.languages.iter().map(|share| share.language).collect::<Vec<_>>();
    assert_eq!(languages(&read(&stray)), [Language::Russian]);
    let page =
        "Buyurtmachi aksiyadorlik jamiyati bo‘lib, Navoiy shahrida ro‘yxatdan o‘tgan va faoliyat yuritadi.\n";
    let bilingual = format!("{}\n\n{}", RUSSIAN.repeat(30), page.repeat(5));
    assert_eq!(languages(&read(&bilingual)), [Language::Russian, Language::UzbekLatin]);
}

#[test]
fn abbreviations_after_contents_without_page_numbers_are_a_section() {
    let body = "The old road was destroyed by water, and the agency will not build it again at this place.";
    let text = format!(
        "CONTENTS\n1.0 Purpose of Action\n1.1 Background\n2.0 Alternatives\n\nFigures\n\nFigure 1.1 - 1. Location.\n\n\
         Acronyms and Abbreviations\nBMP\nbest management practice\nCWA\nClean Water Act\nDNR\nDepartment of Natural Resources\n\n\
         1.0 Purpose of Action\n\n1.1 Background\n\n{body}\n\n2.0 Alternatives\n\n{body}\n"
    );
    assert_eq!(
        outline(&read(&text)),
        [
            (1, "", "Acronyms and Abbreviations"),
            (1, "1.0", "Purpose of Action"),
            (2, "1.1", "Background"),
            (1, "2.0", "Alternatives"),
        ]
    );
}

#[test]
fn windows_1251_gives_the_same_sections_as_utf_8() {
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(RUSSIAN);
    let document = read_document("report.txt", &bytes, &Limits::default()).unwrap();
    assert_eq!(outline(&document), outline(&read(RUSSIAN)));
}

#[test]
fn a_chapter_in_another_encoding_is_said_to_be_unread() {
    let page = "Настоящий проект предусматривает строительство горно-обогатительного комбината в области.\n";
    let (chapter, ..) =
        encoding_rs::WINDOWS_1251.encode("Хвостохранилище стоит выше села, ниже него река.\n");
    let bytes = [page.repeat(3_000).as_bytes(), &chapter.repeat(20)[..]].concat();
    let document = read_document("report.txt", &bytes, &Limits::default()).unwrap();
    check_invariants(&document).unwrap();
    let [unread] = document.not_examined.as_slice() else { panic!("{:?}", document.not_examined) };
    assert_eq!(unread.reason, NotExaminedReason::UnreadableText);
    let trace = [page.repeat(30).as_bytes(), b"caf\xe9\n"].concat();
    assert!(read_document("report.txt", &trace, &Limits::default()).unwrap().not_examined.is_empty());
}

#[test]
fn uzbek_chapters_in_both_scripts_are_found() {
    let latin = "1-bob. Umumiy maʼlumotlar\nLoyiha Navoiy viloyatida joylashgan bo‘lib, kon boyitish kombinatini qurishni nazarda tutadi.\n\n1.1. Buyurtmachi\nBuyurtmachi aksiyadorlik jamiyati bo‘lib, Navoiy shahrida ro‘yxatdan o‘tgan va faoliyat yuritadi.\n\n2-bob. Atrof-muhitga ta’sir\nUshbu bobda atmosfera havosiga va suv resurslariga ta’sir baholanadi hamda xulosa qilinadi.\n\n1-ilova. Xarita\nXaritada barcha chiqindi manbalari va sanitariya himoya hududi chegaralari ko‘rsatilgan.\n";
    assert_eq!(
        outline(&read(latin)),
        [
            (1, "1-bob", "Umumiy maʼlumotlar"),
            (2, "1.1", "Buyurtmachi"),
            (1, "2-bob", "Atrof-muhitga ta’sir"),
            (1, "1-ilova", "Xarita")
        ]
    );
    let cyrillic = "1-боб. Умумий маълумотлар\nЛойиҳа Навоий вилоятида жойлашган бўлиб, кон бойитиш комбинатини қуришни назарда тутади.\n\nII БОБ. ТАЪСИРНИ БАҲОЛАШ\nУшбу бобда атмосфера ҳавосига ва сув ресурсларига таъсир баҳоланади ҳамда хулоса қилинади.\n";
    assert_eq!(
        outline(&read(cyrillic)),
        [(1, "1-боб", "Умумий маълумотлар"), (1, "II БОБ", "ТАЪСИРНИ БАҲОЛАШ")]
    );
}

#[test]
fn korean_chapters_sections_and_letters_are_nested() {
    let text = "제1장 사업의 개요\n\n본 사업은 하천의 수질 개선과 홍수 예방을 위하여 추진되는 환경영향평가 대상사업으로서 주민의 안전을 목적으로 한다.\n\n제1절 사업의 배경\n\n하천 유역의 개발에 따라 수질이 악화되고 있으며 집중호우 시 침수 피해가 반복적으로 발생하고 있는 실정이다.\n\n제2장 지역개황\n\n가. 자연환경\n\n사업지역은 산지와 평야가 접하는 지역으로서 연평균 기온은 섭씨 12도이며 강수량은 여름철에 집중되는 특성을 보인다.\n\n나. 생활환경\n\n인근에는 주거지역과 학교가 위치하고 있어 공사 시 소음과 진동에 대한 저감대책이 필요한 것으로 검토되었다.\n";
    assert_eq!(
        outline(&read(text)),
        [
            (1, "제1장", "사업의 개요"),
            (2, "제1절", "사업의 배경"),
            (1, "제2장", "지역개황"),
            (2, "가", "자연환경"),
            (2, "나", "생활환경")
        ]
    );
    let (bytes, ..) = encoding_rs::EUC_KR.encode(text);
    let document = read_document("report.txt", &bytes, &Limits::default()).unwrap();
    assert_eq!(document.sections.len(), 5);
    assert_eq!(document.languages[0].language, Language::Korean);
}

#[test]
fn html_and_markdown_headings_keep_their_levels() {
    let html = "<html><body><h1>1. Air</h1><p>Dust is raised by trucks on the unpaved road.</p><h2>1.1 Measures</h2><p>The road is watered twice a day in summer.</p><h1>2. Water</h1><p>No water is taken from the river.</p></body></html>";
    let expected = [(1, "1", "Air"), (2, "1.1", "Measures"), (1, "2", "Water")];
    assert_eq!(outline(&read(html)), expected);
    let markdown = "# 1. Air\n\nDust is raised by trucks.\n\n## 1.1 Measures\n\nThe road is watered.\n\n# 2. Water\n\nNone is taken.\n";
    assert_eq!(outline(&read(markdown)), expected);
}

#[test]
fn numbered_items_of_a_list_are_no_headings() {
    let text = "Terms and Conditions\nThe permit is subject to the following conditions, which apply to all of its holders.\n\n1. Livestock grazing shall be in accordance with the terms of the permit and of the plan.\n\n2. An actual use report shall be submitted annually to the office no later than fifteen days\nafter livestock have been removed.\n\n3. Maintenance is required.\n";
    let document = read(text);
    assert_eq!(outline(&document), [(1, "", "Terms and Conditions")]);
    assert!(document.blocks.iter().filter(|block| block.kind == BlockKind::ListItem).count() == 3);
}

#[test]
fn bad_input_has_a_clear_error() {
    let limits = Limits::default();
    let error = |bytes: &[u8]| read_document("dir/file.bin", bytes, &limits).unwrap_err();
    assert!(matches!(error(b""), IngestError::Empty { .. }));
    assert!(matches!(error(b" \n\t "), IngestError::Empty { .. }));
    assert!(matches!(error(b"<html><script>only()</script></html>"), IngestError::Empty { .. }));
    let noise: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(matches!(error(&noise), IngestError::NotADocument { .. }));
    let huge = vec![b'a'; 33 << 20];
    assert!(matches!(error(&huge), IngestError::TooLarge { .. }));
}

#[test]
fn text_beyond_the_limit_is_reported() {
    let limits = Limits { extracted_bytes: 1000, ..Limits::default() };
    let text = "A line of text that is long enough to be counted as text.\n\n".repeat(100);
    let document = read_document("a.txt", text.as_bytes(), &limits).unwrap();
    check_invariants(&document).unwrap();
    assert_eq!(document.not_examined.len(), 1);
    assert!(document.text.len() < 1200);
}

#[test]
fn blocks_beyond_the_limit_are_reported() {
    let mut draft = Draft::new(MediaType::PlainText);
    draft.lines = vec![Line::new("a", 1, LineKind::Text).unwrap(); 1_000_001];
    let source = assemble::Source { name: "a.txt", bytes: b"a" };
    let document = assemble::build(&source, draft, &[], &[], &Limits::default());
    let [beyond] = document.not_examined.as_slice() else { panic!("{:?}", document.not_examined) };
    assert_eq!(beyond.reason, NotExaminedReason::LimitReached);
    assert_eq!(document.blocks.len(), 1_000_000);
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[test]
fn passages_fit_the_model_and_keep_to_their_section() {
    let long = "word ".repeat(700);
    let row = format!("{} | {}", "cell ".repeat(90).trim(), "other ".repeat(90).trim());
    let text = format!(
        "1. FIRST PART\nA short sentence stands here as the first one of the text. Another one follows it at once.\n\n{long}\n\n2. SECOND PART\nIts own text is short, and it says so in a sentence of its own.\n| {row} |\n"
    );
    let document = read(&text);
    let passages = cut(&document, 60, &words);
    assert!(passages.len() >= 15);
    let mut end = 0;
    for passage in &passages {
        let content = passage.span.range.of(&document.text);
        assert!(words(content) <= 60, "{} words", words(content));
        assert!(passage.span.range.start >= end && !content.trim().is_empty());
        end = passage.span.range.end;
        let section = document.section_at(passage.span.range.start).map(|section| section.id);
        assert_eq!(passage.section, section);
    }
    let covered: usize = passages.iter().map(|passage| words(passage.span.range.of(&document.text))).sum();
    assert_eq!(covered, words(&document.text) - words("1. FIRST PART 2. SECOND PART"));
}

#[test]
fn small_neighbours_share_a_passage() {
    let document = read(
        "1. AIR\nDust is raised by the trucks on the road.\n\nIt is low in the winter months of the year.\n\n2. WATER\nWater is taken from the river in the summer.\n",
    );
    let passages = cut(&document, 100, &words);
    assert_eq!(passages.len(), 2);
}

/// Copies of a file with bytes changed or cut off.
fn damaged(original: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = original.len();
    (proptest::collection::vec((0..length, any::<u8>()), 0..40), 0..=length).prop_map(move |(flips, cut)| {
        let mut bytes = original.clone();
        for (at, value) in flips {
            bytes[at] = value;
        }
        bytes.truncate(if cut < length / 4 { length } else { cut });
        bytes
    })
}

fn never_panics(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(document) = read_document("x", bytes, &Limits::default()) {
        prop_assert_eq!(check_invariants(&document), Ok(()));
        let passages = cut(&document, 30, &words);
        for pair in passages.windows(2) {
            prop_assert!(pair[0].span.range.end <= pair[1].span.range.start);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        never_panics(&bytes)?;
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in "(\\PC|\n|\u{c}|Глава 1|1\\.1 |[A-Z]\\. |제1장 |<td>|\\| |# |    ){0,120}") {
        never_panics(text.as_bytes())?;
    }

    #[test]
    fn damaged_word_files_are_read_or_refused(bytes in damaged(docx::tests::report())) {
        never_panics(&bytes)?;
    }

    #[test]
    fn damaged_xml_is_read_or_refused(xml in damaged(br#"<w:document xmlns:w="w"><w:body><w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>a &amp; b</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"#.to_vec())) {
        let xml = String::from_utf8_lossy(&xml).into_owned();
        never_panics(&docx::tests::package(&[("word/document.xml", &xml)]))?;
    }

    #[test]
    fn damaged_pdf_files_are_read_or_refused(bytes in damaged(pdf::tests::report())) {
        never_panics(&bytes)?;
    }

    #[test]
    fn damaged_html_is_read_or_refused(bytes in damaged("<html><body><h1>1. Air</h1><table><tr><td>a<td>b<tr><td><table><tr><td>x</table></table><ul><li>one<li>two</ul><p>Қурилиш &#xd55c;</p></body></html>".as_bytes().to_vec())) {
        never_panics(&bytes)?;
    }
}
