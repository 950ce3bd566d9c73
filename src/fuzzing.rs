//! What fuzzing runs and the tests replay: one function per kind of input from outside, which panics when a
//! promise is broken. The targets under `fuzz/` call these, and so does the replay of kept inputs, so that
//! both mean the same.

use std::sync::LazyLock;

use crate::domain::language::Language;
use crate::domain::requirement::Phrases;
use crate::ingest::invariants::check_invariants;
use crate::ingest::{Limits, read_document, sniff};
use crate::rpc::page_token;
use crate::rules::Rulebook;
use crate::rules::usage::Usage;
use crate::text::{normalize, sentences};

/// A target: its name and what runs on an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by the name of the folder that keeps their inputs.
pub const TARGETS: [Target; 8] = [
    ("sniff", sniff_type),
    ("pdf", pdf),
    ("docx", docx),
    ("html", html),
    ("sections", sections),
    ("normalize", normalize_text),
    ("rules", rules),
    ("page_token", page_tokens),
];

/// What a rule pack is read on: few elements, because the cues of all of them are tried with every pack.
static LAYERS_BELOW: LazyLock<Rulebook> = LazyLock::new(|| {
    let mut rules = Rulebook::load_builtin().expect("the rules this program was built with are sound");
    rules.elements.truncate(3);
    Rulebook {
        sets: Vec::new(),
        pointers: Phrases::default(),
        usage: Usage::default(),
        vocabularies: Vec::new(),
        ..rules
    }
});

/// Ceilings under which one input takes a moment.
fn limits() -> Limits {
    Limits {
        pages: 50,
        entry_bytes: 8 << 20,
        extracted_bytes: 4 << 20,
        page_time: std::time::Duration::from_secs(5),
        document_time: std::time::Duration::from_secs(20),
        ..Limits::default()
    }
}

/// Deciding what a file is answers for any bytes.
pub fn sniff_type(data: &[u8]) {
    let _ = sniff::sniff("input", data);
}

fn read(data: &[u8]) {
    if let Ok(document) = read_document("input", data, &limits()) {
        check_invariants(&document).expect("a document keeps its invariants");
        let again = read_document("input", data, &limits()).expect("what was read once is read again");
        assert_eq!(document, again, "reading is the same every time");
    }
}

/// A PDF is read or refused; what is read keeps its invariants.
pub fn pdf(data: &[u8]) {
    if data.windows(5).take(1024).any(|window| window == b"%PDF-") {
        read(data);
    } else {
        read(&[b"%PDF-1.7\n", data, b"\n%%EOF\n"].concat());
    }
}

/// A DOCX is read or refused. Bytes that are no archive are put into one as the main part, so that the
/// reader of its XML is reached.
pub fn docx(data: &[u8]) {
    if data.starts_with(b"PK") {
        return read(data);
    }
    if let Ok(package) = docx_around(data) {
        read(&package);
    }
}

fn docx_around(main: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("[Content_Types].xml", options)?;
    archive.write_all(b"<Types/>")?;
    archive.start_file("word/document.xml", options)?;
    archive.write_all(main)?;
    Ok(archive.finish()?.into_inner())
}

/// An HTML page is read or refused.
pub fn html(data: &[u8]) {
    read(&[b"<!DOCTYPE html><html>", data].concat());
}

/// Any text becomes a section tree that keeps its invariants.
pub fn sections(data: &[u8]) {
    read(data);
}

/// Whatever is folded can be found in the original again, and sentences lie inside the text.
pub fn normalize_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for language in Language::ALL.into_iter().map(Some).chain([None]) {
        let folded = normalize::match_key(&text, language);
        let mut last = 0;
        for (at, letter) in folded.text.char_indices() {
            let range = crate::domain::span::TextRange::new(at, at + letter.len_utf8());
            let original = folded.to_original(range);
            assert!(text.get(original.start..original.end).is_some(), "a range fits the original");
            assert!(original.start >= last, "folding keeps the order");
            last = original.start;
        }
    }
    let mut end = 0;
    for sentence in sentences::sentences(&text) {
        assert!(sentence.start >= end && text.get(sentence.start..sentence.end).is_some());
        end = sentence.end;
    }
}

/// A rule pack is loaded or every fault of it is named.
pub fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let packs = crate::rules::load::Sources::from([("packs/input.toml".to_owned(), text.to_owned())]);
    if let Err(error) = LAYERS_BELOW.with_packs(&packs) {
        assert!(!error.to_string().is_empty());
    }
}

/// A page token is this call's own or refused.
pub fn page_tokens(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(Some(position)) = page_token::decode("screenings", &text) {
        let again = page_token::encode("screenings", &position);
        assert_eq!(again, text, "a token that is taken is one that was given");
    }
    let token = page_token::encode("screenings", &text);
    assert_eq!(page_token::decode("screenings", &token).ok().flatten().as_deref(), Some(&*text));
}
