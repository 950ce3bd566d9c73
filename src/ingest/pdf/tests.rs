//! PDF files made in code: pages with text, without, turned, broken, encrypted.

use crate::domain::document::{HeadingBasis, PageState};
use crate::domain::finding::NotExaminedReason;
use crate::ingest::invariants::check_invariants;
use crate::ingest::{IngestError, Limits, read_document};

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
