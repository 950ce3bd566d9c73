//! The bookmarks of a PDF, where they come to an end.
//!
//! The library follows whatever a bookmark refers to, as often as it is referred to: in a circle its stack runs
//! full, which ends the process. So the same way is gone before it does so, and each bookmark may be met once.

use std::collections::HashSet;

use pdf_oxide::PdfDocument;
use pdf_oxide::object::{Object, ObjectRef};
use pdf_oxide::outline::{Destination, OutlineItem};

use crate::ingest::draft::{Bookmark, tidy};

/// Most bookmarks that are read, and how deep.
const MOST_BOOKMARKS: usize = 20_000;
const DEEPEST_BOOKMARK: u8 = 16;

/// Most bookmarks that the library may go through, and how deep.
const MOST_FOLLOWED: usize = 200_000;
const DEEPEST_FOLLOWED: u8 = 64;

/// Most references to references before a destination.
const MOST_REFERENCES: usize = 8;

/// Returns the bookmarks in document order; none if they cannot be read or have no end.
pub(super) fn read(document: &PdfDocument) -> Vec<Bookmark> {
    let mut bookmarks = Vec::new();
    if come_to_an_end(document).unwrap_or(true)
        && let Ok(Some(items)) = document.get_outline()
    {
        collect(&items, 1, &mut bookmarks);
    }
    bookmarks
}

fn collect(items: &[OutlineItem], level: u8, bookmarks: &mut Vec<Bookmark>) {
    for item in items {
        if bookmarks.len() >= MOST_BOOKMARKS || level > DEEPEST_BOOKMARK {
            return;
        }
        let page = match &item.dest {
            Some(Destination::PageIndex(index)) => u32::try_from(index + 1).ok(),
            _ => None,
        };
        let title = tidy(&item.title);
        if !title.is_empty() {
            bookmarks.push(Bookmark { title, page, level });
        }
        collect(&item.children, level + 1, bookmarks);
    }
}

/// True if the bookmarks end, and the names by which they may find their pages; `None` if there are none.
fn come_to_an_end(document: &PdfDocument) -> Option<bool> {
    let catalog = document.catalog().ok()?;
    let outlines = document.load_object(reference(&catalog, "Outlines")?).ok()?;
    let mut next = vec![(reference(&outlines, "First")?, 1_u8)];
    let mut met = HashSet::new();
    while let Some((at, level)) = next.pop() {
        if level > DEEPEST_FOLLOWED || met.len() >= MOST_FOLLOWED || !met.insert(at) {
            return Some(false);
        }
        let Ok(item) = document.load_object(at) else { continue };
        if !destination_ends(document, &item) {
            return Some(false);
        }
        next.extend(reference(&item, "Next").map(|sibling| (sibling, level)));
        next.extend(reference(&item, "First").map(|child| (child, level + 1)));
    }
    Some(names_end(document, &catalog))
}

fn reference(object: &Object, key: &str) -> Option<ObjectRef> {
    match object.as_dict()?.get(key) {
        Some(Object::Reference(at)) => Some(*at),
        _ => None,
    }
}

/// What an entry refers to, directly or by one reference.
fn entry(document: &PdfDocument, object: &Object, key: &str) -> Option<Object> {
    match object.as_dict()?.get(key)? {
        Object::Reference(at) => document.load_object(*at).ok(),
        direct => Some(direct.clone()),
    }
}

/// True if what a bookmark leads to is no reference to a reference without end.
fn destination_ends(document: &PdfDocument, item: &Object) -> bool {
    let action = entry(document, item, "A");
    let destination = item.as_dict().and_then(|item| item.get("Dest"));
    let destination = destination.or_else(|| action.as_ref()?.as_dict()?.get("D"));
    let mut destination = destination.cloned();
    for _ in 0..MOST_REFERENCES {
        match destination {
            Some(Object::Reference(at)) => destination = document.load_object(at).ok(),
            _ => return true,
        }
    }
    false
}

/// True if the tree of names has every node once: nodes that share theirs make it grow without bound.
fn names_end(document: &PdfDocument, catalog: &Object) -> bool {
    let names = entry(document, catalog, "Names");
    let root = names.and_then(|names| entry(document, &names, "Dests"));
    let (mut next, mut met): (Vec<Object>, _) = (root.into_iter().collect(), HashSet::new());
    while let Some(node) = next.pop() {
        let Some(Object::Array(kids)) = entry(document, &node, "Kids") else { continue };
        for kid in kids {
            let Object::Reference(at) = kid else {
                next.push(kid);
                continue;
            };
            if met.len() >= MOST_FOLLOWED || !met.insert(at) {
                return false;
            }
            next.extend(document.load_object(at));
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Titles of the bookmarks of a PDF with one page, two bookmarks, of which the second and the object 7 are given,
    /// and what 7 holds as the tree of names.
    fn titles(second: &str, seventh: &str) -> Vec<String> {
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R /Names << /Dests 7 0 R >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>",
            "<< /First 5 0 R /Last 6 0 R >>",
            "<< /Title (One) /Next 6 0 R /Dest [3 0 R /Fit] >>",
            second,
            seventh,
        ];
        let (mut bytes, mut offsets) = (b"%PDF-1.7\n".to_vec(), Vec::new());
        for (at, object) in objects.iter().enumerate() {
            offsets.push(bytes.len());
            bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
        }
        let (size, table) = (objects.len() + 1, bytes.len());
        bytes.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        offsets.iter().for_each(|offset| bytes.extend(format!("{offset:010} 00000 n \n").bytes()));
        let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        bytes.extend(trailer.bytes());
        let document = PdfDocument::from_bytes(bytes).unwrap();
        read(&document).into_iter().map(|bookmark| bookmark.title).collect()
    }

    #[test]
    fn bookmarks_are_read_where_they_end() {
        let names = "<< /Kids [<< /Limits [(a) (z)] /Names [(a) [3 0 R /Fit]] >>] >>";
        assert_eq!(titles("<< /Title (Two) /A << /S /GoTo /D (a) >> >>", names), ["One", "Two"]);
        assert_eq!(titles("<< /Title (Two) >>", "null"), ["One", "Two"]);
    }

    #[test]
    fn bookmarks_without_end_are_left_alone() {
        for second in
            ["<< /Title (Two) /Next 5 0 R >>", "<< /Title (Two) /First 5 0 R >>", "<< /First 6 0 R >>"]
        {
            assert!(titles(second, "null").is_empty(), "{second}");
        }
        // Each of 32 levels would be gone through twice as often as the one above.
        let twice = "<< /Kids [7 0 R 7 0 R] >>";
        assert!(titles("<< /Title (Two) /Dest (a) >>", twice).is_empty());
    }

    #[test]
    fn a_destination_that_refers_to_itself_ends_nothing() {
        for second in ["<< /Title (Two) /Dest 7 0 R >>", "<< /Title (Two) /A << /D 7 0 R >> >>"] {
            assert!(titles(second, "7 0 R").len() < 2, "{second}");
        }
    }
}
