//! The ZIP package of a DOCX file: which parts there are, unpacked within limits.

use std::io::{Cursor, Read};

use encoding_rs::{Encoding, UTF_8};
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
    /// Parts that the main part refers to.
    relations: Vec<Relation>,
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
        let main = "word/document.xml".to_owned();
        let mut package = Self { name, archive, limits, main, relations: Vec::new(), unpacked: 0 };
        let outer = package.unpack("_rels/.rels")?.map(|xml| relations(&xml)).unwrap_or_default();
        if let Some(target) = target_of(&outer, "/officeDocument") {
            package.main = resolve("", target);
        }
        let (folder, file) = package.main.rsplit_once('/').unwrap_or(("", package.main.as_str()));
        let path = resolve(folder, &format!("_rels/{file}.rels"));
        // Without relationships, or with damaged ones, the parts are looked for under their usual names.
        match package.unpack(&path) {
            Ok(xml) => package.relations = xml.map(|xml| relations(&xml)).unwrap_or_default(),
            Err(IngestError::Malformed { .. }) => {}
            Err(error) => return Err(error),
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

    /// Returns the XML of a part that the main part refers to by a relationship of that kind, else of the part beside
    /// it that has its usual name.
    pub(super) fn part(&mut self, kind: &str) -> Result<Option<String>, IngestError> {
        let folder = self.main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let target = target_of(&self.relations, &format!("/{kind}")).map(|target| resolve(&folder, target));
        if let Some(path) = target
            && let Some(xml) = self.unpack(&path)?
        {
            return Ok(Some(xml));
        }
        self.unpack(&resolve(&folder, &format!("{kind}.xml")))
    }

    /// The place of a part in the archive; names of parts are the same in upper and lower case (ECMA-376, part 2).
    fn place(&self, path: &str) -> Option<usize> {
        let is_named = |name: &str| name.trim_start_matches('/').eq_ignore_ascii_case(path);
        self.archive.index_for_name(path).or_else(|| {
            (0..self.archive.len()).find(|at| {
                self.archive.name_for_index(*at).is_some_and(|name| name.is_ok_and(|name| is_named(&name)))
            })
        })
    }

    fn unpack(&mut self, path: &str) -> Result<Option<String>, IngestError> {
        let name = self.name;
        let Some(place) = self.place(path) else { return Ok(None) };
        let entry =
            self.archive.by_index(place).map_err(|error| malformed(name, format!("{path}: {error}")))?;
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

/// XML parts are UTF-8 or UTF-16, told by the byte order mark; some writers state and use another encoding.
fn xml_text(bytes: Vec<u8>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let encoding = stated_encoding(&bytes).unwrap_or(UTF_8);
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

/// The encoding in the declaration: `<?xml version="1.0" encoding="windows-1251"?>`.
fn stated_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes));
    let (declaration, _) = head.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.trim_start().strip_prefix('=')?.trim_start();
    // What can be read as a declaration is not UTF-16, whatever it states.
    Encoding::for_label(label.split(['"', '\'']).nth(1)?.as_bytes())
        .filter(|found| found.is_ascii_compatible())
}

/// What a part refers to.
struct Relation {
    kind: String,
    target: String,
}

/// Relationships to parts within the package, in the order of the file; broken XML ends them.
fn relations(xml: &str) -> Vec<Relation> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut relations = Vec::new();
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
                let value = |wanted: &str| super::styles::attribute(&tag, wanted);
                if value("TargetMode").as_deref() != Some("External")
                    && let (Some(kind), Some(target)) = (value("Type"), value("Target"))
                {
                    relations.push(Relation { kind, target });
                }
            }
            Ok(quick_xml::events::Event::Eof) | Err(_) => return relations,
            Ok(_) => {}
        }
    }
}

/// Returns the target of the first relationship whose type ends in `kind`.
fn target_of<'a>(relations: &'a [Relation], kind: &str) -> Option<&'a str> {
    relations.iter().find(|relation| relation.kind.ends_with(kind)).map(|relation| relation.target.as_str())
}

/// The path of a target as seen from a folder of the package.
fn resolve(folder: &str, target: &str) -> String {
    let base = if target.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = Vec::new();
    for step in base.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}
