//! DOCX files made in code: styles, numbers, tables, notes, deletions, hostile packages.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use crate::domain::document::BlockKind;
use crate::domain::finding::NotExaminedReason;
use crate::ingest::invariants::check_invariants;
use crate::ingest::{IngestError, Limits, read_document};

/// Packs parts into a ZIP archive.
pub(crate) fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const STYLES: &str = r#"<w:styles xmlns:w="w">
  <w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>
  <w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/><w:pPr><w:outlineLvl w:val="0"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="1"/><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="own"><w:name w:val="Glava"/><w:basedOn w:val="2"/></w:style>
  <w:style w:type="paragraph" w:styleId="11"><w:name w:val="toc 1"/></w:style>
</w:styles>"#;

const NUMBERING: &str = r#"<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="5">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Глава %1."/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num></w:numbering>"#;

fn paragraph(style: &str, text: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>"#
    )
}

/// A small report in Word.
pub(crate) fn report() -> Vec<u8> {
    let mut body = paragraph("11", "Глава 1. Введение 3");
    body += &paragraph("1", "Введение");
    body += &paragraph("a", "Проект предусматривает строительство дороги &amp; моста.");
    body += &paragraph("2", "Цели");
    body += r#"<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText> deleted</w:delText></w:r></w:del><w:ins><w:r><w:t> inserted</w:t></w:r></w:ins><w:r><w:footnoteReference w:id="2"/></w:r></w:p>"#;
    body += &paragraph("own", "Климат");
    body += r#"<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Вещество</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>ПДК</w:t></w:r></w:p></w:tc></w:tr>
      <w:tr><w:tc><w:p><w:r><w:t>NO2</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>0,085</w:t></w:r></w:p><w:p><w:r><w:t>мг/м3</w:t></w:r></w:p></w:tc></w:tr>
      <w:tr><w:tc><w:p><w:r><w:t>outer</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>y</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"#;
    body += &paragraph("1", "Выводы");
    body += &paragraph("a", "Воздействие допустимо.");
    let document =
        format!(r#"<?xml version="1.0"?><w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    package(&[
        ("word/document.xml", &document),
        ("word/styles.xml", STYLES),
        ("word/numbering.xml", NUMBERING),
        (
            "word/footnotes.xml",
            r#"<w:footnotes xmlns:w="w"><w:footnote w:id="2"><w:p><w:r><w:t>Note text.</w:t></w:r></w:p></w:footnote></w:footnotes>"#,
        ),
    ])
}

#[test]
fn styles_give_levels_and_lists_give_the_printed_numbers() {
    let document = read_document("r.docx", &report(), &Limits::default()).unwrap();
    check_invariants(&document).unwrap();
    let seen: Vec<(u8, Option<&str>, &str)> =
        document.sections.iter().map(|s| (s.level, s.number.as_deref(), s.title.as_str())).collect();
    assert_eq!(
        seen,
        [
            (1, Some("Глава 1"), "Введение"),
            (2, Some("1.1"), "Цели"),
            (2, Some("1.2"), "Климат"),
            (1, Some("Глава 2"), "Выводы")
        ]
    );
}

#[test]
fn deletions_are_left_out_and_notes_follow_their_paragraph() {
    let document = read_document("r.docx", &report(), &Limits::default()).unwrap();
    assert!(document.text.contains("Kept inserted\nNote text."), "{}", document.text);
    assert!(!document.text.contains("deleted"));
    assert!(document.text.contains("дороги & моста"));
    assert_eq!(document.blocks[0].kind, BlockKind::Contents);
}

#[test]
fn table_rows_are_lines_and_nested_tables_are_opened_up() {
    let document = read_document("r.docx", &report(), &Limits::default()).unwrap();
    let rows: Vec<&str> = document
        .blocks
        .iter()
        .filter(|b| b.kind == BlockKind::TableRow)
        .map(|b| b.span.range.of(&document.text))
        .collect();
    assert_eq!(rows, ["Вещество | ПДК", "NO2 | 0,085 мг/м3", "x | y"]);
}

#[test]
fn truncated_packages_are_damaged() {
    let bytes = report();
    let error = read_document("r.docx", &bytes[..bytes.len() / 2], &Limits::default()).unwrap_err();
    assert!(matches!(error, IngestError::Malformed { .. }), "{error}");
}

#[test]
fn broken_xml_keeps_what_was_read_and_says_so() {
    let document = package(&[(
        "word/document.xml",
        r#"<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>First part of the text.</w:t></w:r></w:p><w:p><w:r><w:t>Sec"#,
    )]);
    let document = read_document("r.docx", &document, &Limits::default()).unwrap();
    assert!(document.text.starts_with("First part"));
    assert_eq!(document.not_examined.len(), 1);
}

#[test]
fn zip_bombs_are_stopped_while_unpacking() {
    let bomb = format!("<w:document><w:body>{}</w:body></w:document>", " ".repeat(64 << 20));
    let bytes = package(&[("word/document.xml", &bomb)]);
    assert!(bytes.len() < 1 << 20);
    let error = read_document("r.docx", &bytes, &Limits::default()).unwrap_err();
    assert!(matches!(error, IngestError::Expands { .. }), "{error}");
    let limits = Limits { entries: 2, ..Limits::default() };
    let error = read_document("r.docx", &report(), &limits).unwrap_err();
    assert!(matches!(error, IngestError::Expands { .. }), "{error}");
}

#[test]
fn deeply_nested_elements_are_stopped() {
    let deep = format!("<w:document><w:body>{}", "<w:tbl><w:tr><w:tc>".repeat(500));
    let error =
        read_document("r.docx", &package(&[("word/document.xml", &deep)]), &Limits::default()).unwrap_err();
    assert!(matches!(&error, IngestError::Malformed { detail, .. } if detail.contains("deep")), "{error}");
}

#[test]
fn one_paragraph_per_printed_line_is_joined() {
    let mut body = String::new();
    for block in 0..12 {
        body += &paragraph("a", &format!("{}.1 ALTERNATIVE NUMBER {block}", block + 1));
        body += "<w:p/>";
        body += &paragraph("a", "The proposed action would provide funding to construct a section of");
        body += &paragraph("a", "motorised recreation trail to bypass above the landslide area and the");
        body += &paragraph("a", "damaged road sections.");
        body += "<w:p/>";
    }
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    let document =
        read_document("r.docx", &package(&[("word/document.xml", &document)]), &Limits::default()).unwrap();
    assert!(document.text.contains("a section of motorised recreation trail to bypass above the landslide area and the damaged road sections."));
    assert_eq!(document.sections.len(), 12);
}

fn picture(width_cm: u32, height_cm: u32) -> String {
    let (cx, cy) = (width_cm * 360_000, height_cm * 360_000);
    format!(
        r#"<w:p><w:r><w:drawing><wp:inline><wp:extent cx="{cx}" cy="{cy}"/><a:graphic><pic:pic><a:blip r:embed="r1"/></pic:pic></a:graphic></wp:inline></w:drawing></w:r></w:p>"#
    )
}

fn read_body(body: &str) -> crate::domain::document::Document {
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    read_document("r.docx", &package(&[("word/document.xml", &document)]), &Limits::default()).unwrap()
}

#[test]
fn chapters_inserted_as_pictures_are_said_to_be_unread() {
    let scans = paragraph("a", "Chapters 3 to 8 follow.") + &picture(16, 23).repeat(6);
    let document = read_body(&scans);
    let [unread] = document.not_examined.as_slice() else { panic!("{:?}", document.not_examined) };
    assert_eq!(unread.reason, NotExaminedReason::NoTextLayer);
    assert!(unread.detail.to_string().starts_with("6 pictures"), "{}", unread.detail);

    let figures = paragraph("a", "A figure follows.") + &picture(16, 9);
    assert!(read_body(&figures).not_examined.is_empty());
    let map = paragraph("a", &"The site lies in the valley. ".repeat(4_000)) + &picture(16, 23);
    assert!(read_body(&map).not_examined.is_empty(), "one map in fifty pages");
}

#[test]
fn pictures_of_old_files_are_seen_and_their_text_boxes_are_read_once() {
    let old = r#"<w:p><w:r><w:pict><v:shape style="width:468pt;height:660pt"><v:imagedata r:id="r1"/></v:shape></w:pict></w:r></w:p>"#;
    assert_eq!(read_body(&(paragraph("a", "Text.") + old)).not_examined.len(), 1);
    let boxed = r#"<v:shape style="width:200pt;height:50pt"><v:textbox><w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>"#;
    let old = format!("<w:p><w:r><w:pict>{boxed}</w:pict></w:r></w:p>");
    assert_eq!(read_body(&old).text.matches("In the box.").count(), 1);
    let new = format!(
        r#"<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{boxed}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"#
    );
    assert_eq!(read_body(&new).text.matches("In the box.").count(), 1);
}

#[test]
fn parts_in_other_formats_are_said_to_be_unread() {
    let document = read_body(&(paragraph("a", "Text.") + r#"<w:altChunk r:id="c1"/>"#));
    assert_eq!(document.not_examined[0].reason, NotExaminedReason::ParserFailed);
}

fn kinds(document: &crate::domain::document::Document) -> Vec<(BlockKind, &str)> {
    document.blocks.iter().map(|block| (block.kind, block.span.range.of(&document.text))).collect()
}

/// A table of contents as Word makes it; `<w:docPartGallery>` may be written either way.
fn contents_control(gallery: &str) -> String {
    format!(
        r#"<w:sdt><w:sdtPr><w:docPartObj>{gallery}<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent><w:p><w:r><w:t>1 Introduction 3</w:t></w:r></w:p></w:sdtContent></w:sdt>"#
    )
}

#[test]
fn contents_end_with_their_content_control() {
    let text = "The plant discharges to the river.";
    for gallery in [
        r#"<w:docPartGallery w:val="Table of Contents"/>"#,
        r#"<w:docPartGallery w:val="Table of Contents"></w:docPartGallery>"#,
    ] {
        let body = contents_control(gallery) + &paragraph("a", text);
        for body in [body.clone(), format!("<w:sdt><w:sdtContent>{body}</w:sdtContent></w:sdt>")] {
            let document = read_body(&body);
            assert_eq!(
                kinds(&document),
                [(BlockKind::Contents, "1 Introduction 3"), (BlockKind::Paragraph, text)],
                "{body}"
            );
        }
    }
}

#[test]
fn a_field_of_contents_that_never_ends_makes_no_contents() {
    let field = |end: &str| {
        let begin = r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \o "1-3" </w:instrText></w:r><w:r><w:t>Air 3</w:t></w:r></w:p>"#;
        read_body(&format!(
            "{begin}<w:p><w:r>{end}</w:r></w:p>{}",
            paragraph("a", "Dust is raised by trucks.")
        ))
    };
    let ended = field(r#"<w:fldChar w:fldCharType="end"/>"#);
    assert_eq!(
        kinds(&ended),
        [(BlockKind::Contents, "Air 3"), (BlockKind::Paragraph, "Dust is raised by trucks.")]
    );
    let endless = field("");
    assert!(kinds(&endless).contains(&(BlockKind::Paragraph, "Dust is raised by trucks.")), "{endless:?}");
}

#[test]
fn the_mark_of_a_paragraph_says_nothing_about_its_text() {
    let marked = |mark: &str, run: &str| {
        read_body(&format!(
            "<w:p><w:pPr><w:rPr>{mark}</w:rPr></w:pPr><w:r>{run}<w:t>No water is taken.</w:t></w:r></w:p>"
        ))
    };
    assert_eq!(marked("<w:vanish/><w:caps/>", "").text, "No water is taken.");
    let hidden = format!(
        "{}{}",
        paragraph("a", "Kept."),
        r#"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Hidden.</w:t></w:r></w:p>"#
    );
    assert_eq!(read_body(&hidden).text, "Kept.");
    // A paragraph in a text box lies within a run, which its mark does not hide either.
    let boxed = r#"<w:p><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict><w:t>Beside it.</w:t></w:r></w:p>"#;
    let boxed = read_body(boxed).text;
    assert!(boxed.contains("In the box.") && boxed.contains("Beside it."), "{boxed}");
}

const NOTED: &str = r#"<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Noted.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:body></w:document>"#;

fn relationships(kind: &str, target: &str) -> String {
    format!(
        r#"<Relationships><Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"#
    )
}

#[test]
fn notes_are_found_under_any_name() {
    let notes = r#"<w:footnotes xmlns:w="w"><w:footnote w:id="2"><w:p><w:r><w:t>Note text.</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
    for (place, target) in [
        ("word/notes/foot2.xml", "notes/foot2.xml"),
        ("word/Footnotes.xml", "/word/footnotes.xml"),
        ("notes.xml", "../notes.xml"),
        ("word/footnotes.xml", "gone.xml"),
    ] {
        let relations = relationships("footnotes", target);
        let parts =
            [("word/document.xml", NOTED), ("word/_rels/document.xml.rels", &relations), (place, notes)];
        let document = read_document("r.docx", &package(&parts), &Limits::default()).unwrap();
        assert_eq!(
            (document.text.as_str(), document.not_examined.len()),
            ("Noted.\nNote text.", 0),
            "{place}"
        );
    }
}

#[test]
fn notes_that_are_lost_are_said_to_be_unread() {
    let damaged = r#"<w:footnotes xmlns:w="w"><w:footnote w:id="1"><w:p/></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>Cyan"#;
    for parts in [
        &[("word/document.xml", NOTED)][..],
        &[("word/document.xml", NOTED), ("word/footnotes.xml", damaged)][..],
    ] {
        let document = read_document("r.docx", &package(parts), &Limits::default()).unwrap();
        let [unread] = document.not_examined.as_slice() else { panic!("{:?}", document.not_examined) };
        assert_eq!(unread.reason, NotExaminedReason::ParserFailed);
        assert!(unread.detail.to_string().starts_with("1 note of the Word file"), "{}", unread.detail);
    }
    let embedded =
        r#"<w:footnotes xmlns:w="w"><w:footnote w:id="2"><w:p/><w:altChunk/></w:footnote></w:footnotes>"#;
    let parts = [("word/document.xml", NOTED), ("word/footnotes.xml", embedded)];
    let document = read_document("r.docx", &package(&parts), &Limits::default()).unwrap();
    assert_eq!(document.not_examined.len(), 1, "what notes hold is looked at too");
}

#[test]
fn parts_in_other_files_and_objects_of_other_programs_are_said_to_be_unread() {
    let with = |element: &str| read_body(&(paragraph("a", "Text.") + element)).not_examined;
    let object = |program: &str, aspect: &str| {
        format!(
            r#"<w:p><w:r><w:object><o:OLEObject Type="Embed" ProgID="{program}" DrawAspect="{aspect}"/></w:object></w:r></w:p>"#
        )
    };
    for element in [
        r#"<w:subDoc r:id="s1"/>"#.to_owned(),
        object("Excel.Sheet.12", "Icon"),
        object("Word.Document.8", "Content"),
        object("AcroExch.Document.DC", "Content"),
    ] {
        let unread = with(&element);
        assert_eq!(unread.len(), 1, "{element}");
        assert_eq!(unread[0].reason, NotExaminedReason::ParserFailed);
    }
    for program in ["Excel.Sheet.12", "Equation.DSMT4", "Visio.Drawing.15", "MSGraph.Chart.8"] {
        assert!(with(&object(program, "Content")).is_empty(), "{program} shows what it holds");
    }
}

#[test]
fn the_stated_encoding_of_a_part_is_used() {
    let text = "Проект предусматривает строительство дороги.";
    let xml = format!(
        r#"<?xml version="1.0" encoding="windows-1251"?><w:document xmlns:w="w"><w:body>{}</w:body></w:document>"#,
        paragraph("a", text)
    );
    let (legacy, ..) = encoding_rs::WINDOWS_1251.encode(&xml);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    writer.write_all(&legacy).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(read_document("r.docx", &bytes, &Limits::default()).unwrap().text, text);
    // The label alone does not make UTF-8 another encoding.
    assert_eq!(
        read_document("r.docx", &package(&[("word/document.xml", &xml)]), &Limits::default()).unwrap().text,
        text
    );
}
