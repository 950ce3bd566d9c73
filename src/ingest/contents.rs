//! Printed tables of contents: found, marked, and kept as a list of titles that the body must have.
//!
//! A contents list is never a source of sections; it only confirms that a line of the body is a heading.

use std::collections::{HashMap, HashSet};

use super::draft::{Draft, LineKind};
use super::numbering;

/// Titles of the printed contents, as keys.
#[derive(Debug, Default)]
pub(crate) struct PrintedContents {
    titles: HashMap<String, u32>,
    /// Entries that are no captions.
    entries: usize,
}

impl PrintedContents {
    /// True if the contents list has this line, with or without its number.
    pub(crate) fn lists(&self, text: &str) -> bool {
        let key = title_key(text);
        key.chars().count() >= 3 && self.titles.contains_key(&key)
    }

    /// Returns the number of entries, captions left out.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }
}

/// Letters and digits of the title in lower case, number left out.
pub(crate) fn title_key(text: &str) -> String {
    let title = numbering::parse(text)
        .map_or(text, |number| if number.title < text.len() { &text[number.title..] } else { text });
    key(title)
}

/// Letters and digits of a text in lower case.
pub(crate) fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Marks contents pages and returns their titles.
pub(crate) fn mark(draft: &mut Draft) -> PrintedContents {
    let mut marked: HashSet<usize> = HashSet::new();
    let leaders: Vec<usize> = (0..draft.lines.len())
        .filter(|&index| has_leader(&draft.lines[index].text) || is_table_entry(&draft.lines[index]))
        .collect();
    for cluster in clusters(&leaders, 6) {
        if cluster.len() >= 3 {
            marked.extend(cluster[0]..=cluster[cluster.len() - 1]);
        }
    }
    let words: Vec<usize> =
        (0..draft.lines.len()).filter(|&index| is_contents_word(&draft.lines[index].text)).collect();
    let mut last_seen: HashMap<String, usize> = HashMap::new();
    if !words.is_empty() {
        last_seen.extend(draft.lines.iter().enumerate().map(|(index, line)| (title_key(&line.text), index)));
    }
    for index in words {
        if !marked.contains(&index) {
            let entries = entries_after(draft, index, &last_seen);
            if entries.len() >= 3 || entries.iter().any(|entry| marked.contains(entry)) {
                marked.insert(index);
                marked.extend(entries);
            }
        }
    }
    let mut contents = PrintedContents::default();
    let mut order: Vec<usize> = marked.into_iter().collect();
    order.sort_unstable();
    let mut pending = String::new();
    for index in order {
        let line = &mut draft.lines[index];
        if line.kind == LineKind::RunningHead {
            continue;
        }
        line.kind = LineKind::Contents;
        let (title, page) = split_entry(&line.text);
        // A title over two lines has its page number on the second one.
        let continues = !pending.is_empty() && numbering::parse(title).is_none();
        if continues {
            contents.add(&format!("{pending} {title}"), page);
        }
        if !continues || super::headings::is_outermost_title(title) {
            contents.add(title, page);
        }
        let is_entry = page.is_some() || numbering::parse(title).is_some();
        contents.entries += usize::from(is_entry && !super::headings::is_caption(title));
        pending = if page.is_none() && numbering::parse(title).is_some() {
            title.to_owned()
        } else {
            String::new()
        };
    }
    contents
}

impl PrintedContents {
    fn add(&mut self, title: &str, page: Option<u32>) {
        let key = title_key(title);
        if key.chars().count() >= 3 && !is_contents_word(title) && !super::headings::shape(title).is_noise {
            self.titles.entry(key).or_insert(page.unwrap_or(0));
        }
    }
}

/// True for the heading of a contents list.
pub(crate) fn is_contents_word(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "contents",
        "tableofcontents",
        "listoftables",
        "listoffigures",
        "listofappendices",
        "содержание",
        "оглавление",
        "списоктаблиц",
        "mundarija",
        "мундарижа",
        "목차",
        "차례",
        "표목차",
        "그림목차",
        "목차contents",
    ];
    text.chars().count() <= 30 && WORDS.contains(&key(text).as_str())
}

fn has_leader(text: &str) -> bool {
    let dots = text.matches("....").count() > 0
        || text.matches(". . .").count() > 0
        || text.contains("……")
        || text.contains("____")
        || text.contains("····");
    dots && split_entry(text).1.is_some()
}

/// Contents set as a table: `1.0 Purpose | 2`.
fn is_table_entry(line: &super::draft::Line) -> bool {
    if line.kind != LineKind::TableRow {
        return false;
    }
    let mut cells = line.text.split(" | ");
    let (first, second, third) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""), cells.next());
    let number = numbering::parse(first)
        .is_some_and(|number| number.title < first.len() && (number.marked || number.depth > 1));
    let page = !second.is_empty()
        && second.chars().count() <= 5
        && second
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | 'i' | 'v' | 'x') || c.is_uppercase());
    third.is_none() && page && (number || super::headings::is_caption(first)) && !first.ends_with('.')
}

/// Splits an entry into its title and the page number at the end.
fn split_entry(text: &str) -> (&str, Option<u32>) {
    let end = text.trim_end_matches(['|', ' ']);
    let at = end
        .rfind(|c: char| c.is_whitespace() || matches!(c, '.' | '…' | '_' | '·' | '|'))
        .map_or(0, |at| at + end[at..].chars().next().map_or(1, char::len_utf8));
    let last = &end[at..];
    let digits = last.rsplit('-').next().unwrap_or(last);
    let page = digits.parse::<u32>().ok().filter(|page| *page < 5000).or_else(|| {
        let roman = !last.is_empty() && last.len() <= 6 && last.chars().all(|c| matches!(c, 'i' | 'v' | 'x'));
        roman.then_some(0)
    });
    match page {
        Some(page) if at > 0 => (
            end[..at]
                .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '…' | '_' | '·' | '|')),
            Some(page),
        ),
        _ => (end, None),
    }
}

/// Groups of indexes with at most `distance` lines between neighbours.
fn clusters(indexes: &[usize], distance: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &index in indexes {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| index - last <= distance) => group.push(index),
            _ => groups.push(vec![index]),
        }
    }
    groups
}

/// Lines after the word "Contents" that look like entries, until the body begins.
fn entries_after(draft: &Draft, heading: usize, last_seen: &HashMap<String, usize>) -> Vec<usize> {
    let mut entries: Vec<usize> = Vec::new();
    let mut first_numbered: Option<String> = None;
    let mut doubtful: Vec<usize> = Vec::new();
    for index in heading + 1..draft.lines.len() {
        let line = &draft.lines[index];
        if line.kind == LineKind::RunningHead {
            continue;
        }
        let (title, page) = split_entry(&line.text);
        let number = numbering::parse(title);
        let key = key(title);
        // The first entry comes back: here the body begins.
        if first_numbered.as_ref() == Some(&key) {
            break;
        }
        let short = line.text.chars().count() <= 160 && !line.text.ends_with([';', ',']);
        let sentence = line.text.ends_with('.') && line.text.split(' ').count() > 12;
        let comes_back = || {
            let key = title_key(title);
            !key.is_empty() && last_seen.get(&key).is_some_and(|last| *last > index)
        };
        // A list of abbreviations follows many contents lists; its lines may come back anywhere.
        if page.is_none()
            && super::headings::is_outermost_title(title)
            && !is_list_word(&key)
            && !comes_back()
        {
            break;
        }
        let caption = super::headings::is_caption(title);
        let is_entry = short
            && !sentence
            && (page.is_some()
                || caption
                || is_contents_word(title)
                || is_list_word(&key)
                || (entries.len() + doubtful.len() < 400 && comes_back()));
        if is_entry {
            entries.append(&mut doubtful);
            entries.push(index);
            if first_numbered.is_none() && number.is_some() {
                first_numbered = Some(key);
            }
        } else if short && !sentence && doubtful.len() < 2 {
            // The second line of a long title.
            doubtful.push(index);
        } else {
            break;
        }
    }
    entries
}

fn is_list_word(key: &str) -> bool {
    matches!(
        key,
        "tables"
            | "figures"
            | "appendices"
            | "appendix"
            | "attachments"
            | "exhibits"
            | "page"
            | "приложения"
            | "таблицы"
            | "рисунки"
            | "ilovalar"
            | "иловалар"
            | "부록"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::plain;

    #[test]
    fn dotted_leaders_make_a_contents_page() {
        let mut draft = plain::read(
            "TABLE OF CONTENTS\n1. Introduction ........ 1\n1.1 Scope of the very long\nstudy area ............ 2\n2. Air . . . . . . 14\niv\n\n1. Introduction\nText of it.\n",
            1,
        );
        let contents = mark(&mut draft);
        assert!(
            contents.lists("1. INTRODUCTION")
                && contents.lists("Scope of the very long study area")
                && contents.lists("2. Air")
        );
        assert!(draft.lines[..5].iter().all(|line| line.kind == LineKind::Contents));
        assert_eq!(draft.lines[6].kind, LineKind::Text);
    }

    #[test]
    fn entries_without_page_numbers_end_where_the_first_comes_back() {
        let mut draft = plain::read(
            "Оглавление\nГлава 1. Введение\nГлава 2. Климат\nПриложения\nГлава 1. Введение\nЭто введение, и оно длинное, с точкой на конце строки.\nГлава 2. Климат\nКлимат сухой.\n",
            1,
        );
        let contents = mark(&mut draft);
        assert!(contents.lists("ГЛАВА 1. ВВЕДЕНИЕ"));
        let kinds: Vec<bool> = draft.lines.iter().map(|line| line.kind == LineKind::Contents).collect();
        assert_eq!(kinds, [true, true, true, true, false, false, false, false]);
    }

    #[test]
    fn a_sentence_about_contents_starts_no_list() {
        let mut draft = plain::read(
            "Contents\nThe barrel was emptied and its contents were found to be harmless to people and animals.\n",
            1,
        );
        assert_eq!(mark(&mut draft).entries(), 0);
    }
}
