//! What must hold for every document, whatever file it was read from.

use crate::domain::document::{Document, PageState};
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
            && !document.not_examined.contains(reason)
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
