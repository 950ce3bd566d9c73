//! The content of a page in full, or that a part of it is lost: the library leaves out parts that do not decode and
//! shows an empty page where none does.

use std::collections::HashSet;

use pdf_oxide::object::{Object, ObjectRef};
use pdf_oxide::{Error, PdfDocument};

/// Most forms of a page that are followed, one within the other or side by side.
const MOST_FORMS: usize = 100;

/// Returns the instructions of a page, counted from 0, and whether some are lost. A part that is not there is none (ISO
/// 32000-1, 7.3.10) if there are others.
pub(super) fn of_page(document: &PdfDocument, index: usize) -> Result<(Vec<u8>, bool), Error> {
    let page = document.get_page(index)?;
    let contents = entry(&page, "Contents").filter(|contents| !contents.is_null());
    let mut is_lost = false;
    match contents.map(|contents| document.resolve_object(contents)).transpose()? {
        Some(Object::Array(parts)) => {
            let (mut is_absent, mut is_there) = (false, false);
            for part in parts.iter().filter(|part| !part.is_null()) {
                match document.resolve_object(part) {
                    Ok(part) if part.is_null() => is_absent = true,
                    Ok(part) if decoded(document, &part).is_ok() => is_there = true,
                    _ => is_lost = true,
                }
            }
            is_lost |= is_absent && !is_there;
        }
        // That a lone stream does not decode is said by the library.
        Some(single) => is_stream(&single)?,
        None => {}
    }
    Ok((document.get_page_content_data(index)?, is_lost))
}

/// Returns the bytes of drawing instructions on a page, its own and those of the forms that it paints, and whether one
/// of these does not decode. A form that is not there paints nothing.
pub(super) fn drawn(document: &PdfDocument, index: usize, content: &[u8]) -> (usize, bool) {
    let Ok(page) = document.get_page(index) else { return (content.len(), false) };
    let mut forms = Forms::of(document);
    let within = forms.bytes(content, entry(&page, "Resources"));
    (content.len().saturating_add(within), forms.is_lost)
}

/// Whether text is invisible, or stands below the first picture: then text recognition has put it there, on the page
/// itself or in a form that it paints.
pub(super) fn has_recognised_layer(document: &PdfDocument, index: usize, content: &[u8]) -> bool {
    let covers = place(content, b"Do").is_some();
    (covers && is_layer(content))
        || is_invisible(content)
        || document
            .get_page(index)
            .is_ok_and(|page| Forms::of(document).hold_layer(content, entry(&page, "Resources"), &mut false))
}

fn is_invisible(content: &[u8]) -> bool {
    place(content, b"3 Tr").is_some()
}

/// Whether text is invisible, or stands before anything else that is painted.
fn is_layer(content: &[u8]) -> bool {
    let is_first = |text: usize| place(content, b"Do").is_none_or(|painted| text < painted);
    is_invisible(content) || place(content, b"BT").is_some_and(is_first)
}

fn is_stream(object: &Object) -> Result<(), Error> {
    match object {
        Object::Stream { .. } => Ok(()),
        other => Err(Error::InvalidPdf(format!("what it shows is no stream but {}", other.type_name()))),
    }
}

/// Bytes of a stream, unpacked. The library alone can decrypt: then the packed bytes count.
fn decoded(document: &PdfDocument, stream: &Object) -> Result<Vec<u8>, Error> {
    is_stream(stream)?;
    match stream {
        Object::Stream { data, .. } if document.is_encrypted() => Ok(data.to_vec()),
        stream => stream.decode_stream_data(),
    }
}

/// What a name stands for that is painted.
enum Painted {
    Picture,
    /// Instructions, and what their own names stand for.
    Form(Vec<u8>, Option<Object>),
}

/// Follows what is painted.
struct Forms<'a> {
    document: &'a PdfDocument,
    met: HashSet<ObjectRef>,
    /// Whether a form does not decode.
    is_lost: bool,
}

impl<'a> Forms<'a> {
    fn of(document: &'a PdfDocument) -> Self {
        Self { document, met: HashSet::new(), is_lost: false }
    }

    fn bytes(&mut self, content: &[u8], resources: Option<&Object>) -> usize {
        let resources = self.resolved(resources);
        let named = self.resolved(entry(&resources, "XObject"));
        let mut bytes = 0usize;
        for name in painted_names(content) {
            let Some(Painted::Form(form, own)) = self.painted(&name, &named) else { continue };
            let within = self.bytes(&form, own.as_ref().or(Some(&resources)));
            bytes = bytes.saturating_add(form.len()).saturating_add(within);
        }
        bytes
    }

    /// Whether a form holds invisible text, or text below the first picture; `is_covered` once that is painted.
    fn hold_layer(&mut self, content: &[u8], resources: Option<&Object>, is_covered: &mut bool) -> bool {
        let resources = self.resolved(resources);
        let named = self.resolved(entry(&resources, "XObject"));
        for name in painted_names(content) {
            let (form, own) = match self.painted(&name, &named) {
                Some(Painted::Form(form, own)) => (form, own),
                Some(Painted::Picture) => {
                    *is_covered = true;
                    continue;
                }
                None => continue,
            };
            if is_invisible(&form)
                || (!*is_covered && is_layer(&form))
                || self.hold_layer(&form, own.as_ref().or(Some(&resources)), is_covered)
            {
                return true;
            }
        }
        false
    }

    /// Returns what a name stands for, the first time that it is painted.
    fn painted(&mut self, name: &str, named: &Object) -> Option<Painted> {
        let Object::Reference(at) = entry(named, name)? else { return None };
        if self.met.len() >= MOST_FORMS || !self.met.insert(*at) {
            return None;
        }
        let object = self.document.load_object(*at).ok()?;
        match entry(&object, "Subtype").and_then(Object::as_name) {
            Some("Image") => Some(Painted::Picture),
            Some("Form") => {
                let form = decoded(self.document, &object);
                self.is_lost |= form.is_err();
                Some(Painted::Form(form.ok()?, entry(&object, "Resources").cloned()))
            }
            _ => None,
        }
    }

    fn resolved(&self, object: Option<&Object>) -> Object {
        object.and_then(|object| self.document.resolve_object(object).ok()).unwrap_or(Object::Null)
    }
}

fn entry<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.as_dict()?.get(key)
}

/// Names in `/Name Do`.
fn painted_names(content: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut before: &[u8] = b"";
    for token in content.split(u8::is_ascii_whitespace).filter(|token| !token.is_empty()) {
        let paints = token == b"Do" || token.starts_with(b"Do/");
        if let Some(slash) = before.iter().rposition(|byte| *byte == b'/').filter(|_| paints) {
            names.push(String::from_utf8_lossy(&before[slash + 1..]).into_owned());
        }
        before = token;
    }
    names
}

/// Where an operator with its operands first stands.
fn place(content: &[u8], operator: &[u8]) -> Option<usize> {
    let is_end =
        |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace() || b"/[]<>()".contains(byte));
    content.windows(operator.len()).enumerate().position(|(at, window)| {
        window == operator
            && is_end(at.checked_sub(1).and_then(|before| content.get(before)))
            && is_end(content.get(at + operator.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painted_names_are_found_however_they_are_set_apart() {
        let content = b"q 1 0 0 1 0 0 cm\n/Im1 Do Q/Fm2 Do/Fm3\nDo (Do not) Tj BT ET";
        assert_eq!(painted_names(content), ["Im1", "Fm2", "Fm3"]);
    }

    #[test]
    fn invisible_text_and_text_before_all_else_is_a_layer() {
        assert!(is_layer(b"q /I Do Q BT 3 Tr /F1 10 Tf (text) Tj ET"));
        assert!(is_layer(b"BT /F1 10 Tf (text) Tj ET q /I Do Q"));
        assert!(is_layer(b"BT /F1 10 Tf (text) Tj ET"));
        assert!(!is_layer(b"q /I Do Q BT /F1 10 Tf (text 13 Trees) Tj ET"));
        assert!(!is_layer(b"q /I Do Q"));
    }
}
