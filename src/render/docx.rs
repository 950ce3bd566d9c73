//! Paragraphs → a DOCX file: what a letter needs and no more (headings, lists that number themselves, quotations),
//! opened and edited by any word processor.
//!
//! The same paragraphs give the same bytes: the file carries no time and no random name.

use std::io::{Cursor, Write};

use quick_xml::escape::escape;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The heading of the letter.
    Title,
    /// Running text.
    Text,
    /// Aligned to the right: addresses, dates.
    Right,
    /// An entry of the numbered list.
    Numbered,
    /// Text that belongs to the entry above.
    Under,
    /// A quotation that belongs to the entry above.
    Quote,
}

impl Style {
    fn id(self) -> &'static str {
        match self {
            Self::Title => "Title",
            Self::Text => "Normal",
            Self::Right => "Right",
            Self::Numbered => "ListNumber",
            Self::Under => "ListContinue",
            Self::Quote => "Quote",
        }
    }
}

/// A stretch of text with one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// Whether it is bold.
    pub is_bold: bool,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Look.
    pub style: Style,
    /// Text.
    pub runs: Vec<Run>,
}

impl Paragraph {
    /// Makes a paragraph of plain text.
    pub fn plain(style: Style, text: impl Into<String>) -> Self {
        Self { style, runs: vec![Run { text: text.into(), is_bold: false }] }
    }

    /// Adds text in bold.
    pub fn bold(mut self, text: impl Into<String>) -> Self {
        self.runs.push(Run { text: text.into(), is_bold: true });
        self
    }

    /// Adds plain text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.runs.push(Run { text: text.into(), is_bold: false });
        self
    }

    /// Makes a paragraph without text.
    pub fn empty(style: Style) -> Self {
        Self { style, runs: Vec::new() }
    }
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const DOCUMENT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering" Target="numbering.xml"/></Relationships>"#;
const NUMBERING: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="567" w:hanging="567"/></w:pPr></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#;

/// Styles; sizes are half points, distances twentieths of a point.
fn styles(language: &str) -> String {
    let language = escape(language);
    let style = |id: &str, name: &str, paragraph: &str, run: &str| {
        format!(
            r#"<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"#
        )
    };
    [
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#.to_owned(),
        format!(
            r#"<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="Batang"/><w:sz w:val="24"/><w:lang w:val="{language}" w:eastAsia="{language}"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>"#
        ),
        r#"<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>"#
            .to_owned(),
        style("Title", "Title", r#"<w:keepNext/><w:spacing w:before="240" w:after="240"/><w:jc w:val="center"/>"#, r#"<w:b/><w:sz w:val="28"/>"#),
        style("Right", "Right", r#"<w:jc w:val="right"/>"#, ""),
        style("ListNumber", "List Number", r#"<w:keepNext/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:spacing w:before="160" w:after="60"/>"#, ""),
        style("ListContinue", "List Continue", r#"<w:spacing w:after="60"/><w:ind w:left="567"/>"#, ""),
        style("Quote", "Quote", r#"<w:spacing w:after="60"/><w:ind w:left="851" w:right="567"/>"#, r#"<w:i/><w:sz w:val="22"/>"#),
        "</w:styles>".to_owned(),
    ]
    .concat()
}

fn document(paragraphs: &[Paragraph]) -> String {
    let mut body = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#,
    );
    for (at, paragraph) in paragraphs.iter().enumerate() {
        body += &format!(r#"<w:p><w:pPr><w:pStyle w:val="{}"/>"#, paragraph.style.id());
        // What introduces a quotation does not end a page.
        let is_quoted = paragraphs.get(at + 1).is_some_and(|next| next.style == Style::Quote);
        if paragraph.style == Style::Under && is_quoted {
            body += "<w:keepNext/>";
        }
        if paragraph.style == Style::Numbered {
            body += r#"<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>"#;
        }
        body += "</w:pPr>";
        for run in &paragraph.runs {
            let look = if run.is_bold { "<w:rPr><w:b/></w:rPr>" } else { "" };
            let text = xml_text(&run.text);
            body += &format!(r#"<w:r>{look}<w:t xml:space="preserve">{}</w:t></w:r>"#, escape(&text));
        }
        body += "</w:p>";
    }
    // A4 with margins of 2 cm, 3 cm on the left for the file.
    body += r#"<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"#;
    body
}

/// Text without the characters that XML 1.0 cannot hold.
fn xml_text(text: &str) -> String {
    let is_allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{7f}'))
    };
    text.chars().filter(|c| is_allowed(*c)).collect()
}

/// Returns the file; `language` is the BCP 47 tag of its text.
pub fn write(paragraphs: &[Paragraph], language: &str) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("word/document.xml", document(paragraphs)),
        ("word/_rels/document.xml.rels", DOCUMENT_RELATIONS.to_owned()),
        ("word/styles.xml", styles(language)),
        ("word/numbering.xml", NUMBERING.to_owned()),
    ];
    for (name, text) in parts {
        package.start_file(name, SimpleFileOptions::DEFAULT)?;
        package.write_all(text.as_bytes())?;
    }
    Ok(package.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::MediaType;
    use crate::ingest::{Limits, read_document};

    #[test]
    fn our_own_reader_reads_what_was_written() {
        let paragraphs = [
            Paragraph::plain(Style::Title, "Kamchiliklar toʻgʻrisida <xabarnoma> & \u{1}ilova"),
            Paragraph::empty(Style::Numbered).bold("UZ-D01 ").text("Мавжуд ҳолат"),
            Paragraph::plain(Style::Under, "법적 근거: \"CMR 234\""),
            Paragraph::plain(Style::Quote, "“Dust” 'is' measured"),
            Paragraph::empty(Style::Numbered).bold("UZ-D02 ").text("Alternatives"),
        ];
        let bytes = write(&paragraphs, "uz-Latn").unwrap();
        assert_eq!(bytes, write(&paragraphs, "uz-Latn").unwrap());
        let document = read_document("letter.docx", &bytes, &Limits::default()).unwrap();
        assert_eq!(document.media_type, MediaType::Docx);
        for expected in [
            "Kamchiliklar toʻgʻrisida <xabarnoma> & ilova",
            "UZ-D01 Мавжуд ҳолат",
            "법적 근거: \"CMR 234\"",
            "“Dust” 'is' measured",
            "UZ-D02 Alternatives",
        ] {
            assert!(document.text.contains(expected), "{expected} in {}", document.text);
        }
        // The list numbers itself.
        assert!(document.text.contains("1.") && document.text.contains("2."), "{}", document.text);
    }
}
