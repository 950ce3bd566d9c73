//! PDF files made in code: pages with text, without, turned, broken, encrypted.

use crate::domain::document::{HeadingBasis, PageState};
use crate::domain::finding::NotExaminedReason;
use crate::ingest::invariants::check_invariants;
use crate::ingest::{IngestError, Limits, read_document};

use super::oxide::Oxide;
use super::reader::PdfReader;

/// Writes a PDF of the given objects, numbered from 1; object 1 must be the catalog.
pub(crate) fn pdf(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    out
}

fn stream(dictionary: &str, content: &str) -> String {
    format!("<< {dictionary} /Length {} >>\nstream\n{content}\nendstream", content.len())
}

/// A line of text: bold or not, size, place.
type Line<'a> = (bool, f32, f32, f32, &'a str);

/// Page contents of text lines.
fn content(lines: &[Line<'_>]) -> String {
    lines
        .iter()
        .map(|(bold, size, x, y, text)| {
            format!("BT /{} {size} Tf {x} {y} Td ({text}) Tj ET\n", if *bold { "F2" } else { "F1" })
        })
        .collect()
}

/// A PDF with one page per content stream; `page_extra` goes into every page dictionary.
pub(crate) fn pages(contents: &[String], page_extra: &str, outline: Option<&[(&str, usize)]>) -> Vec<u8> {
    let first_page = 5;
    let kids: Vec<String> =
        (0..contents.len()).map(|index| format!("{} 0 R", first_page + index * 2)).collect();
    let outline_at = first_page + contents.len() * 2;
    let catalog = match outline {
        Some(_) => format!("<< /Type /Catalog /Pages 2 0 R /Outlines {outline_at} 0 R >>"),
        None => "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
    };
    let mut objects = vec![
        catalog,
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), contents.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>".to_owned(),
    ];
    for (index, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /I {} 0 R >> >> /Contents {} 0 R {page_extra} >>",
            outline_at + 20,
            first_page + index * 2 + 1
        ));
        objects.push(stream("", content));
    }
    if let Some(entries) = outline {
        objects.push(format!(
            "<< /Type /Outlines /First {} 0 R /Last {} 0 R /Count {} >>",
            outline_at + 1,
            outline_at + entries.len(),
            entries.len()
        ));
        for (index, (title, page)) in entries.iter().enumerate() {
            let next = if index + 1 < entries.len() {
                format!("/Next {} 0 R", outline_at + index + 2)
            } else {
                String::new()
            };
            objects.push(format!(
                "<< /Title ({title}) /Parent {outline_at} 0 R {next} /Dest [{} 0 R /Fit] >>",
                first_page + page * 2
            ));
        }
    }
    while objects.len() < outline_at + 19 {
        objects.push("null".to_owned());
    }
    objects.push(stream(
        "/Type /XObject /Subtype /Image /Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 8",
        &"x".repeat(4800),
    ));
    pdf(&objects, "")
}

const BODY: &str = "The project would change the flow of the stream below the bridge in the spring.";

fn report_page(number: usize) -> String {
    let mut lines: Vec<Line<'_>> = vec![(false, 8.0, 50.0, 770.0, "Bridge Report, Draft")];
    let heading =
        format!("{number}. {}", ["Purpose of the Bridge", "Air and Noise", "Water Resources"][number - 1]);
    lines.push((true, 14.0, 50.0, 720.0, &heading));
    for row in 0..12u8 {
        lines.push((false, 10.0, 50.0, 690.0 - f32::from(row) * 12.0, BODY));
    }
    let foot = format!("Page {number}");
    lines.push((false, 8.0, 300.0, 30.0, &foot));
    content(&lines)
}

/// A small report of three pages.
pub(crate) fn report() -> Vec<u8> {
    pages(&[report_page(1), report_page(2), report_page(3)], "", None)
}

#[test]
fn headings_are_found_by_number_size_and_weight() {
    let document = read_document("a.pdf", &report(), &Limits::default()).unwrap();
    check_invariants(&document).unwrap();
    assert_eq!(document.pages.len(), 3);
    let titles: Vec<(&str, Option<u32>)> =
        document.sections.iter().map(|section| (section.title.as_str(), section.page_start)).collect();
    assert_eq!(
        titles,
        [("Purpose of the Bridge", Some(1)), ("Air and Noise", Some(2)), ("Water Resources", Some(3))]
    );
    assert!(document.text.contains(&format!("{BODY} {BODY}")), "lines are joined into paragraphs");
}

#[test]
fn bookmarks_come_first() {
    let plain = |title: &str| {
        content(&[
            (false, 10.0, 50.0, 700.0, title),
            (false, 10.0, 50.0, 670.0, BODY),
            (false, 10.0, 50.0, 658.0, BODY),
        ])
    };
    let bytes = pages(
        &[plain("a first chapter"), plain("another one")],
        "",
        Some(&[("A first chapter", 0), ("Another one", 1)]),
    );
    let document = read_document("a.pdf", &bytes, &Limits::default()).unwrap();
    let seen: Vec<(&str, HeadingBasis)> =
        document.sections.iter().map(|section| (section.title.as_str(), section.basis)).collect();
    assert_eq!(seen, [("a first chapter", HeadingBasis::Bookmark), ("another one", HeadingBasis::Bookmark)]);
}

fn reason(page: &PageState) -> Option<NotExaminedReason> {
    match page {
        PageState::NotExamined(reason) => Some(reason.reason),
        _ => None,
    }
}

#[test]
fn pages_that_are_pictures_are_not_examined_and_the_rest_is_read() {
    let scan = "q 600 0 0 800 0 0 cm /I Do Q".to_owned();
    let document = read_document(
        "a.pdf",
        &pages(&[report_page(1), scan.clone(), String::new()], "", None),
        &Limits::default(),
    )
    .unwrap();
    check_invariants(&document).unwrap();
    assert_eq!(document.pages[0].state, PageState::Read);
    assert_eq!(reason(&document.pages[1].state), Some(NotExaminedReason::NoTextLayer));
    assert_eq!(document.pages[2].state, PageState::Blank);
    assert_eq!(document.not_examined.len(), 1);
    let turned = read_document("a.pdf", &pages(&[scan], "/Rotate 90", None), &Limits::default()).unwrap();
    assert_eq!(reason(&turned.pages[0].state), Some(NotExaminedReason::RotatedScan));
}

#[test]
fn text_under_a_broken_encoding_is_not_examined() {
    let garbage = "7KH SURSRVHG DFWLRQ ZRXOG QRW FKDQJH WKH VWUHDP EHORZ WKH EULGJH";
    let lines: Vec<Line<'_>> =
        (0..10u8).map(|row| (false, 10.0, 50.0, 700.0 - f32::from(row) * 12.0, garbage)).collect();
    let document = read_document("a.pdf", &pages(&[content(&lines)], "", None), &Limits::default()).unwrap();
    assert_eq!(reason(&document.pages[0].state), Some(NotExaminedReason::UnreadableText));
    assert!(document.text.is_empty());
}

#[test]
fn pages_beyond_the_limit_are_named() {
    let limits = Limits { pages: 2, ..Limits::default() };
    let document = read_document("a.pdf", &report(), &limits).unwrap();
    check_invariants(&document).unwrap();
    assert_eq!(reason(&document.pages[2].state), Some(NotExaminedReason::LimitReached));
}

#[test]
fn files_that_cannot_be_read_at_all_say_why() {
    let empty = pdf(
        &["<< /Type /Catalog /Pages 2 0 R >>".to_owned(), "<< /Type /Pages /Kids [] /Count 0 >>".to_owned()],
        "",
    );
    let error = read_document("a.pdf", &empty, &Limits::default()).unwrap_err();
    assert!(matches!(error, IngestError::NoPages { .. }), "{error}");
    let error = read_document("a.pdf", b"%PDF-1.7\nnothing here\n%%EOF", &Limits::default()).unwrap_err();
    assert!(matches!(error, IngestError::Malformed { .. } | IngestError::NoPages { .. }), "{error}");
}

#[test]
fn password_protected_files_are_refused_as_such() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>",
        "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <6d1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8> /U <0011223344556677889900112233445566778899001122334455667788990011> >>",
    ];
    let bytes = pdf(
        &objects.map(str::to_owned),
        "/Encrypt 4 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]",
    );
    let error = read_document("a.pdf", &bytes, &Limits::default()).unwrap_err();
    assert!(matches!(error, IngestError::Encrypted { .. }), "{error}");
}

#[test]
fn files_cut_off_before_their_end_are_refused() {
    let bytes = report();
    for length in [bytes.len() - 40, bytes.len() * 2 / 3, bytes.len() / 3] {
        let error = read_document("a.pdf", &bytes[..length], &Limits::default()).unwrap_err();
        assert!(matches!(error, IngestError::Truncated { .. }), "{error}");
    }
}

#[test]
fn padding_after_the_end_and_a_lost_end_mark_do_no_harm() {
    let bytes = report();
    let padded = [&bytes[..], &[0; 5000]].concat();
    for bytes in [&padded, &bytes[..bytes.len() - 3]] {
        check_invariants(&read_document("a.pdf", bytes, &Limits::default()).unwrap()).unwrap();
    }
}

/// A PDF of one page with these contents; the objects behind them are numbered from 5, 6 can be
/// painted as `/X` and 7 as `/I`.
fn one_page(catalog: &str, contents: &str, objects: &[&str]) -> Vec<u8> {
    let mut all = vec![
        format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>"),
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> /XObject << /X 6 0 R /I 7 0 R >> >> /Contents {contents} >>"
        ),
    ];
    all.extend(objects.iter().map(|object| (*object).to_owned()));
    all.resize(all.len().max(7), "null".to_owned());
    pdf(&all, "")
}

#[test]
fn a_page_whose_content_does_not_decode_in_full_is_not_examined() {
    let text = stream("", &content(&[(false, 10.0, 50.0, 700.0, BODY)]));
    let broken = stream("/Filter /NoSuchDecode", "x");
    let read = |contents: &str, objects: [&String; 2]| {
        let bytes = one_page("", contents, &objects.map(String::as_str));
        let document = read_document("a.pdf", &bytes, &Limits::default()).unwrap();
        check_invariants(&document).unwrap();
        (document.pages[0].state.clone(), document.text.contains(BODY))
    };
    assert_eq!(read("[5 0 R 6 0 R]", [&text, &text]), (PageState::Read, true));
    assert_eq!(
        read("[5 0 R 9 0 R]", [&text, &text]),
        (PageState::Read, true),
        "what is not there is no part"
    );
    for (contents, objects, keeps) in [
        ("5 0 R", [&broken, &text], false),
        ("[5 0 R]", [&broken, &text], false),
        ("[5 0 R 6 0 R]", [&text, &broken], true),
        ("[9 0 R]", [&text, &text], false),
        ("9 0 R", [&text, &text], false),
    ] {
        let (state, has_text) = read(contents, objects);
        assert_eq!(reason(&state), Some(NotExaminedReason::ParserFailed), "{contents}: {state:?}");
        assert_eq!(has_text, keeps, "{contents}");
    }
}

#[test]
fn the_layer_of_text_recognition_may_be_a_form() {
    let line = content(&[(false, 10.0, 50.0, 700.0, BODY)]);
    let dictionary =
        "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>";
    let picture = stream(
        "/Type /XObject /Subtype /Image /Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 8",
        &"x".repeat(4800),
    );
    let is_layer = |painted: &str, text: &str| {
        let bytes = one_page("", "5 0 R", &[&stream("", painted), &stream(dictionary, text), &picture]);
        Oxide::open(&bytes).unwrap().page(0).unwrap().has_recognised_layer
    };
    let (form, scan) = ("q 1 0 0 1 0 0 cm /X Do Q\n", "q 600 0 0 800 0 0 cm /I Do Q\n");
    assert!(is_layer(&format!("{form}{scan}"), &line));
    assert!(!is_layer(&format!("{scan}{form}"), &line), "a stamp");
    assert!(is_layer(&format!("{scan}{form}"), &line.replace("BT", "BT 3 Tr")));
    assert!(!is_layer(&format!("{form}{scan}"), "0 0 10 10 re f"));
}

/// Instructions that draw and say nothing.
fn drawing() -> String {
    "10 10 m 20 20 30 30 40 40 c f\n".repeat(400)
}

#[test]
fn letters_drawn_beside_a_logo_or_within_a_form_are_noticed() {
    let state =
        |bytes: &[u8]| read_document("a.pdf", bytes, &Limits::default()).unwrap().pages[0].state.clone();
    let with_logo = format!("q 20 0 0 20 10 10 cm /I Do Q\n{}", drawing());
    let with_logo = state(&pages(&[with_logo], "", None));
    assert_eq!(reason(&with_logo), Some(NotExaminedReason::NoTextLayer), "{with_logo:?}");
    let painted = stream("", "/X Do");
    let form = stream("/Type /XObject /Subtype /Form /BBox [0 0 600 800]", &drawing());
    let within = state(&one_page("", "5 0 R", &[&painted, &form]));
    assert_eq!(reason(&within), Some(NotExaminedReason::NoTextLayer), "{within:?}");
    let broken = stream("/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Filter /NoSuchDecode", "x");
    let lost = state(&one_page("", "5 0 R", &[&painted, &broken]));
    assert_eq!(reason(&lost), Some(NotExaminedReason::ParserFailed), "{lost:?}");
    let absent = state(&one_page("", "5 0 R", &[&painted, "null"]));
    assert_eq!(absent, PageState::Blank, "a frame that is not there");
}

#[test]
fn a_scan_with_a_leader_or_a_stamp_is_still_a_picture() {
    let dots = ".".repeat(220);
    let leader =
        [(false, 8.0, 50.0, 60.0, "Map 4 of the river valley"), (false, 8.0, 50.0, 40.0, dots.as_str())];
    let line = "Signed electronically by the director 0001";
    let stamp =
        [(false, 8.0, 50.0, 90.0, line), (false, 8.0, 50.0, 78.0, line), (false, 8.0, 50.0, 66.0, line)];
    let first = |lines: &[Line<'_>], others: &[String]| {
        let scan = format!("q 600 0 0 800 0 0 cm /I Do Q\n{}", content(lines));
        let bytes = pages(&[vec![scan], others.to_vec()].concat(), "", None);
        let document = read_document("a.pdf", &bytes, &Limits::default()).unwrap();
        check_invariants(&document).unwrap();
        document.pages[0].state.clone()
    };
    let scans = ["q 600 0 0 800 0 0 cm /I Do Q".to_owned()];
    for lines in [&leader[..], &stamp[..]] {
        let state = first(lines, &scans[..]);
        assert_eq!(reason(&state), Some(NotExaminedReason::NoTextLayer), "{lines:?}: {state:?}");
    }
    assert_eq!(first(&stamp[..], &scans[..0]), PageState::Read, "a map with its legend among pages of text");
}

#[test]
fn the_files_of_a_portfolio_are_said_to_be_unread() {
    let cover = stream("", &content(&[(false, 10.0, 50.0, 700.0, BODY)]));
    let bytes = one_page("/Collection << /View /T >>", "5 0 R", &[&cover]);
    let document = read_document("a.pdf", &bytes, &Limits::default()).unwrap();
    assert_eq!(document.pages[0].state, PageState::Read);
    let [unread] = document.not_examined.as_slice() else { panic!("{:?}", document.not_examined) };
    assert_eq!((unread.reason, unread.page), (NotExaminedReason::ParserFailed, None));
}
