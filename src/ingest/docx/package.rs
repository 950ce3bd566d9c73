//! The ZIP package of a DOCX file: which parts there are, unpacked within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::domain::document::MediaType;
use crate::ingest::error::IngestError;
use crate::ingest::limits::Limits;

/// An open package.
pub(super) struct Package<'a> {
    name: &'a str,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    limits: &'a Limits,
    /// Path of the main part, e.g. `word/document.xml`.
    main: String,
    /// Bytes unpacked so far, over all parts.
    unpacked: u64,
}

impl<'a> Package<'a> {
    /// Opens the package and finds its main part.
    pub(super) fn open(name: &'a str, bytes: &'a [u8], limits: &'a Limits) -> Result<Self, IngestError> {
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| malformed(name, error.to_string()))?;
        if archive.len() > limits.entries {
            let detail = format!("{} entries, the limit is {}", archive.len(), limits.entries);
            return Err(IngestError::Expands { name: name.to_owned(), detail });
        }
        let mut package = Self { name, archive, limits, main: "word/document.xml".to_owned(), unpacked: 0 };
        if let Some(relations) = package.unpack("_rels/.rels")?
            && let Some(target) = target_of(&relations, "/officeDocument")
        {
            package.main = target.trim_start_matches('/').to_owned();
        }
        Ok(package)
    }

    /// Returns the XML of the main part.
    pub(super) fn main_part(&mut self) -> Result<String, IngestError> {
        let main = self.main.clone();
        match self.unpack(&main)? {
            Some(xml) => Ok(xml),
            None => Err(malformed(self.name, format!("{main} is not in the package"))),
        }
    }

    /// Returns the XML of a part beside the main part, by its usual name without extension.
    pub(super) fn part(&mut self, stem: &str) -> Result<Option<String>, IngestError> {
        let folder = self.main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        self.unpack(&format!("{folder}/{stem}.xml"))
    }

    fn unpack(&mut self, path: &str) -> Result<Option<String>, IngestError> {
        let name = self.name;
        let entry = match self.archive.by_name(path) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(malformed(name, format!("{path}: {error}"))),
        };
        if entry.encrypted() {
            return Err(IngestError::Encrypted { name: name.to_owned() });
        }
        let packed = entry.compressed_size().max(1);
        // The size in the directory may lie: the limit is held while unpacking.
        let allowed = self.limits.entry_bytes.min(packed.saturating_mul(self.limits.expansion).max(1 << 20));
        let mut bytes = Vec::new();
        let mut limited = entry.take(allowed + 1);
        limited.read_to_end(&mut bytes).map_err(|error| malformed(name, format!("{path}: {error}")))?;
        self.unpacked += bytes.len() as u64;
        if bytes.len() as u64 > allowed || self.unpacked > self.limits.entry_bytes.saturating_mul(2) {
            let detail = format!("{path} has more than {allowed} bytes, {packed} when packed");
            return Err(IngestError::Expands { name: name.to_owned(), detail });
        }
        Ok(Some(xml_text(bytes)))
    }
}

fn malformed(name: &str, detail: String) -> IngestError {
    IngestError::Malformed { name: name.to_owned(), media_type: MediaType::Docx, detail }
}

/// XML parts are UTF-8 or UTF-16, told by the byte order mark.
fn xml_text(bytes: Vec<u8>) -> String {
    match encoding_rs::Encoding::for_bom(&bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned(),
        None => String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// Returns the target of the first relationship whose type ends in `kind`.
fn target_of(relations: &str, kind: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(relations);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
                let value = |wanted: &str| super::styles::attribute(&tag, wanted);
                if value("Type").is_some_and(|found| found.ends_with(kind)) {
                    return value("Target");
                }
            }
            Ok(quick_xml::events::Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
