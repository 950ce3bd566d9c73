//! What must hold for every document, whatever file it was read from. Asked of every document that a child tells, so
//! the time it takes grows as the document does.

use std::collections::BTreeSet;

use crate::domain::document::{Document, PageState};
use crate::domain::finding::NotExamined;
use crate::domain::span::TextRange;

/// Checks the invariants that the rest of the service relies on; says which one is broken.
pub fn check_invariants(document: &Document) -> Result<(), String> {
    let text = &document.text;
    let fits = |what: &str, range: TextRange| {
        if range.start <= range.end && text.get(range.start..range.end).is_some() {
            Ok(())
        } else {
            Err(format!(
                "{what} {}..{} does not fit the text of {} bytes",
                range.start,
                range.end,
                text.len()
            ))
        }
    };
    let said: BTreeSet<&NotExamined> = document.not_examined.iter().collect();
    let mut end = 0;
    for (index, page) in document.pages.iter().enumerate() {
        fits("page", page.range)?;
        if page.number as usize != index + 1 || (index > 0 && page.range.start != end + 1) {
            return Err(format!("page {} is out of order", page.number));
        }
        if page.range.of(text).contains('\u{c}') {
            return Err(format!("page {} holds a form feed", page.number));
        }
        end = page.range.end;
        if let PageState::NotExamined(reason) = &page.state
            && !said.contains(reason)
        {
            return Err(format!("page {} is not in the list of what was not examined", page.number));
        }
    }
    if !document.pages.is_empty() && end != text.len() {
        return Err("pages do not cover the text".to_owned());
    }
    let mut end = 0;
    for block in &document.blocks {
        fits("block", block.span.range)?;
        if block.span.range.start < end || block.span.range.is_empty() {
            return Err(format!("block at {} overlaps or is empty", block.span.range.start));
        }
        if block.span.page != document.page_at(block.span.range.start) {
            return Err(format!("block at {} is on another page", block.span.range.start));
        }
        end = block.span.range.end;
    }
    check_sections(document, &fits)
}

fn check_sections(
    document: &Document,
    fits: &dyn Fn(&str, TextRange) -> Result<(), String>,
) -> Result<(), String> {
    for (index, section) in document.sections.iter().enumerate() {
        fits("heading", section.heading)?;
        fits("body", section.body)?;
        fits("extent", section.extent)?;
        let id = section.id;
        if id.0 as usize != index + 1 {
            return Err(format!("section {id} is out of order"));
        }
        if section.heading.is_empty() || section.title.is_empty() || section.title.contains(['\n', '\u{c}']) {
            return Err(format!("section {id} has no proper heading"));
        }
        if section.body.start != section.heading.end
            || !section.extent.encloses(section.heading)
            || !section.extent.encloses(section.body)
        {
            return Err(format!("ranges of section {id} do not fit each other"));
        }
        let next = document.sections.get(index + 1);
        if next.is_some_and(|next| next.heading.start < section.body.end) {
            return Err(format!("section {id} runs into the next one"));
        }
        match section.parent.map(|parent| document.section(parent)) {
            Some(None) => return Err(format!("section {id} has a parent that is not there")),
            Some(Some(parent))
                if parent.level >= section.level
                    || !parent.extent.encloses(section.extent)
                    || parent.id >= id =>
            {
                return Err(format!("section {id} is not inside its parent"));
            }
            None if section.level == 0 => return Err(format!("section {id} has level 0")),
            _ => {}
        }
        if section.page_start > section.page_end {
            return Err(format!("section {id} ends before it begins"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::domain::document::{MediaType, Page};
    use crate::domain::explanation::Code;
    use crate::domain::finding::NotExaminedReason;
    use crate::domain::ids::DocumentId;
    use crate::ingest::draft::not_examined;

    #[test]
    fn many_pages_that_were_not_read_are_checked_at_once() {
        let unread = |page: u32| {
            not_examined(NotExaminedReason::NoTextLayer, Some(page), Code::PagePicture.with("page", page))
        };
        let range = |page: u32| TextRange::new(page as usize - 1, page as usize - 1);
        let pages = (1..=300_000).map(|number| Page {
            number,
            range: range(number),
            state: PageState::NotExamined(unread(number)),
        });
        let document = Document {
            id: DocumentId::of_file(""),
            name: String::new(),
            sha256: String::new(),
            media_type: MediaType::Pdf,
            text: "\u{c}".repeat(299_999),
            pages: pages.collect(),
            blocks: Vec::new(),
            sections: Vec::new(),
            languages: Vec::new(),
            not_examined: (1..=300_000).map(unread).collect(),
        };
        let begun = Instant::now();
        assert_eq!(check_invariants(&document), Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}
