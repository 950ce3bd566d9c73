//! What is this file? Decided from its content, never from its name. First step of reading.
//!
//! Formats that are not read are named, so that the sender learns what to do instead.

use crate::domain::document::MediaType;

use super::error::IngestError;

const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const AS_DOCX_OR_PDF: &str = "save it as DOCX or PDF";
/// The headers of a message are shorter.
const MESSAGE_HEAD: usize = 64 << 10;
const AS_TEXT_PDF: &str = "run text recognition and send a PDF with a text layer";

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// PDF.
    Pdf,
    /// Office Open XML word processing document.
    Docx,
    /// Anything that may be text: HTML, Markdown, plain text. Decided after decoding.
    Text,
}

/// Decides from the first bytes and, for archives, from the names inside.
pub fn sniff(name: &str, bytes: &[u8]) -> Result<Sniffed, IngestError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(IngestError::Empty { name: name.to_owned() });
    }
    let refuse = |format: &'static str, advice: &'static str| {
        Err(IngestError::Unsupported { name: name.to_owned(), format: format.into(), advice: advice.into() })
    };
    let head = &bytes[..bytes.len().min(1024)];
    if contains(head, b"%PDF-") {
        return Ok(Sniffed::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return match archive(bytes) {
            Archive::Docx => Ok(Sniffed::Docx),
            Archive::Other(format, advice) => refuse(format, advice),
        };
    }
    if bytes.starts_with(OLE) {
        let window = &bytes[..bytes.len().min(1 << 20)];
        let named = |text: &str| {
            contains(window, &utf16(text))
                || contains(bytes.get(bytes.len().saturating_sub(1 << 20)..).unwrap_or(bytes), &utf16(text))
        };
        if named("EncryptedPackage") {
            return Err(IngestError::Encrypted { name: name.to_owned() });
        }
        if contains(window, b"HWP Document File") || named("HwpSummaryInformation") {
            return refuse("a Hangul file (HWP)", AS_DOCX_OR_PDF);
        }
        if named("WordDocument") {
            return refuse("a legacy Word file (.doc)", AS_DOCX_OR_PDF);
        }
        if named("Workbook") {
            return refuse("a legacy Excel file (.xls)", "save it as PDF");
        }
        return refuse("a legacy Office file", AS_DOCX_OR_PDF);
    }
    match known_signature(bytes) {
        Some((format, advice)) => refuse(format, advice),
        None if is_message(bytes) => refuse("a web archive or an e-mail (MHTML, EML)", AS_DOCX_OR_PDF),
        None => Ok(Sniffed::Text),
    }
}

/// Whether the text begins with the headers of a message (RFC 2045, RFC 2557): what follows is packed for sending, and
/// its lines are cut, coded and mixed with pictures.
fn is_message(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(MESSAGE_HEAD)];
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let (mut is_mime, mut is_typed) = (false, false);
    for line in head.split(|byte| *byte == b'\n') {
        // A long header goes on in lines that are set in.
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = &line[..colon];
        if !name.iter().all(u8::is_ascii_graphic) {
            break;
        }
        is_mime |= name.eq_ignore_ascii_case(b"mime-version");
        is_typed |= name.eq_ignore_ascii_case(b"content-type");
    }
    is_mime && is_typed
}

/// Guesses the type from the first bytes alone, for a file that nothing else may touch.
pub(crate) fn guess(bytes: &[u8]) -> MediaType {
    if contains(&bytes[..bytes.len().min(1024)], b"%PDF-") {
        MediaType::Pdf
    } else if bytes.starts_with(b"PK") {
        MediaType::Docx
    } else {
        MediaType::PlainText
    }
}

fn known_signature(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const SIGNATURES: &[(&[u8], &str, &str)] = &[
        (b"{\\rtf", "an RTF file", AS_DOCX_OR_PDF),
        (b"HWP Document File", "a Hangul file (HWP)", AS_DOCX_OR_PDF),
        (b"\x89PNG\r\n", "a PNG picture", AS_TEXT_PDF),
        (b"\xFF\xD8\xFF", "a JPEG picture", AS_TEXT_PDF),
        (b"II*\0", "a TIFF picture", AS_TEXT_PDF),
        (b"MM\0*", "a TIFF picture", AS_TEXT_PDF),
        (b"GIF8", "a GIF picture", AS_TEXT_PDF),
        (b"AT&TFORM", "a DjVu file", AS_TEXT_PDF),
        (b"Rar!\x1a\x07", "a RAR archive", "unpack it and send the documents one by one"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it and send the documents one by one"),
        (b"\x1F\x8B", "a gzip archive", "unpack it and send the documents one by one"),
        (b"%!PS", "a PostScript file", "save it as PDF"),
        (b"\x7FELF", "a program", "send PDF, DOCX, HTML, Markdown or plain text"),
        (b"MZ\x90\0", "a program", "send PDF, DOCX, HTML, Markdown or plain text"),
    ];
    SIGNATURES
        .iter()
        .find(|(magic, ..)| bytes.starts_with(magic))
        .map(|(_, format, advice)| (*format, *advice))
}

enum Archive {
    Docx,
    Other(&'static str, &'static str),
}

/// Looks for telling entry names in the raw bytes: this also works for truncated archives, whose
/// directory (at the end) is gone, so that they are reported as damaged DOCX and not as "no document".
fn archive(bytes: &[u8]) -> Archive {
    const TELLING: &[(&[u8], &str, &str)] = &[
        (b"application/vnd.oasis.opendocument.text", "an OpenDocument text (ODT)", AS_DOCX_OR_PDF),
        (b"application/vnd.oasis.opendocument", "an OpenDocument file", "save it as PDF"),
        (b"application/hwp+zip", "a Hangul file (HWPX)", AS_DOCX_OR_PDF),
        (b"application/epub+zip", "an EPUB book", "save it as PDF"),
    ];
    let head = &bytes[..bytes.len().min(200)];
    if let Some((_, format, advice)) = TELLING.iter().find(|(sign, ..)| contains(head, sign)) {
        return Archive::Other(format, advice);
    }
    if entry_name_starts(bytes, b"word/") {
        return Archive::Docx;
    }
    if entry_name_starts(bytes, b"xl/") {
        return Archive::Other("an Excel workbook (XLSX)", "save it as PDF");
    }
    if entry_name_starts(bytes, b"ppt/") {
        return Archive::Other("a PowerPoint file (PPTX)", "save it as PDF");
    }
    if entry_name_starts(bytes, b"Contents/section") {
        return Archive::Other("a Hangul file (HWPX)", AS_DOCX_OR_PDF);
    }
    Archive::Other("a ZIP archive", "unpack it and send the documents one by one")
}

/// True if a local file header names an entry that begins with `prefix`.
fn entry_name_starts(bytes: &[u8], prefix: &[u8]) -> bool {
    let mut from = 0;
    while let Some(found) = find(&bytes[from..], b"PK\x03\x04") {
        let header = from + found;
        let name = header + 30;
        if bytes.get(name..name + prefix.len()) == Some(prefix) {
            return true;
        }
        from = header + 4;
    }
    false
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    find(bytes, wanted).is_some()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Decides between HTML, Markdown and plain text for decoded text.
pub fn text_type(text: &str) -> MediaType {
    let head: String = text.chars().take(20_000).collect();
    let lower = head.to_lowercase();
    let start = lower.trim_start();
    let opens_as_html =
        ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag))
            || (start.starts_with("<?xml") && lower.contains("<html"));
    let closing_tags = ["</p>", "</div>", "</h1>", "</h2>", "</td>", "</li>", "</body>"];
    let closed: usize = closing_tags.iter().map(|tag| lower.matches(tag).count()).sum();
    if opens_as_html || closed >= 4 {
        return MediaType::Html;
    }
    let mut fenced = false;
    let mut headings = 0;
    let mut marks = 0;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') && line.trim().len() > hashes {
            headings += 1;
        }
        let emphasised = line.matches("**").count() >= 2;
        let linked = line.contains("](") && line.contains('[');
        if emphasised || linked || line.starts_with("> ") {
            marks += 1;
        }
    }
    if headings >= 2 || (headings == 1 && marks >= 1) { MediaType::Markdown } else { MediaType::PlainText }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        sniff("report", bytes).unwrap_err().to_string()
    }

    #[test]
    fn formats_that_are_not_read_are_named_with_what_to_do() {
        let mut doc = OLE.to_vec();
        doc.extend(utf16("WordDocument"));
        assert!(refused(&doc).contains("legacy Word file (.doc)"));
        assert!(refused(&doc).contains("save it as DOCX or PDF"));
        assert!(refused(b"{\\rtf1 hello}").contains("RTF"));
        let mut hwp = OLE.to_vec();
        hwp.extend(b"HWP Document File V5.00");
        assert!(refused(&hwp).contains("HWP"));
        let mut odt = b"PK\x03\x04".to_vec();
        odt.extend([0; 26]);
        odt.extend(b"mimetypeapplication/vnd.oasis.opendocument.text");
        assert!(refused(&odt).contains("ODT"));
        let mut hwpx = b"PK\x03\x04".to_vec();
        hwpx.extend([0; 26]);
        hwpx.extend(b"mimetypeapplication/hwp+zip");
        assert!(refused(&hwpx).contains("HWPX"));
    }

    #[test]
    fn web_archives_and_mails_are_named() {
        let word =
            "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"x\"\r\n\r\n--x\r\n=D0=93\r\n";
        let chrome = "From: <Saved by Blink>\r\nSubject: =?utf-8?Q?=D0=9E?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"x\"\r\n\r\n--x\r\n";
        for archive in [word, chrome] {
            let said = refused(archive.as_bytes());
            assert!(said.contains("MHTML") && said.contains("save it as DOCX or PDF"), "{said}");
        }
        for text in [
            "Title: Quarry\nDate: 2024\n\nMIME-Version: 1.0\nContent-Type: of no interest\n",
            "The message began with MIME-Version: 1.0\nContent-Type: text\n",
        ] {
            assert_eq!(sniff("a.txt", text.as_bytes()), Ok(Sniffed::Text), "{text}");
        }
    }

    #[test]
    fn encrypted_office_files_ask_for_the_password_to_be_removed() {
        let mut bytes = OLE.to_vec();
        bytes.extend(utf16("EncryptedPackage"));
        assert!(matches!(sniff("a.docx", &bytes), Err(IngestError::Encrypted { .. })));
    }

    #[test]
    fn the_name_does_not_matter() {
        assert_eq!(sniff("report.docx", b"%PDF-1.7\n"), Ok(Sniffed::Pdf));
        assert_eq!(sniff("report.pdf", b"plain words"), Ok(Sniffed::Text));
        assert!(matches!(sniff("report.pdf", b" \n"), Err(IngestError::Empty { .. })));
    }

    #[test]
    fn markdown_needs_more_than_one_sign() {
        assert_eq!(text_type("# One\ntext\n## Two\n"), MediaType::Markdown);
        assert_eq!(text_type("# of wells: 3\ntext\n"), MediaType::PlainText);
        assert_eq!(text_type("<p>a</p><p>b</p><p>c</p><p>d</p>"), MediaType::Html);
        assert_eq!(text_type("1. INTRODUCTION\ntext\n"), MediaType::PlainText);
    }
}
