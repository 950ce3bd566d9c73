//! The printed numbers of lists: Word stores how to count, not the number that the reader sees.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::styles::attribute;

/// List levels that Word knows.
const LEVELS: usize = 9;

#[derive(Debug, Clone)]
struct Level {
    start: u32,
    format: String,
    /// `%1.%2` with the numbers of the levels.
    text: String,
    /// All numbers in Arabic digits, whatever the outer levels use.
    legal: bool,
}

impl Default for Level {
    fn default() -> Self {
        Self { start: 1, format: "decimal".to_owned(), text: String::new(), legal: false }
    }
}

#[derive(Debug, Clone, Default)]
struct List {
    definition: u32,
    starts: HashMap<usize, u32>,
    levels: HashMap<usize, Level>,
}

/// Definitions of all lists, and where each count stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbering {
    definitions: HashMap<u32, HashMap<usize, Level>>,
    lists: HashMap<u32, List>,
    counters: HashMap<u32, [Option<u32>; LEVELS]>,
    /// Lists whose own start numbers have been used.
    begun: HashMap<(u32, usize), bool>,
}

/// The mark in front of a list paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A number as printed, e.g. `2.1` or `a)`.
    Number(String),
    /// A bullet.
    Bullet,
    /// The level shows nothing.
    Nothing,
}

impl Numbering {
    /// Parses `numbering.xml`; stops quietly at broken XML, keeping what was read.
    pub(super) fn parse(xml: &str) -> Self {
        let mut numbering = Self::default();
        let mut reader = Reader::from_str(xml);
        let mut definition: Option<u32> = None;
        let mut list: Option<(u32, List)> = None;
        let mut level: Option<(usize, Level)> = None;
        let mut overridden: Option<usize> = None;
        loop {
            let (tag, ended) = match reader.read_event() {
                Ok(Event::Start(tag)) => (tag, false),
                Ok(Event::Empty(tag)) => (tag, true),
                Ok(Event::End(tag)) => {
                    match tag.local_name().into_inner() {
                        "lvl" => {
                            if let Some((depth, level)) = level.take() {
                                match (&mut list, definition) {
                                    (Some((_, list)), _) => {
                                        list.levels.insert(depth, level);
                                    }
                                    (None, Some(id)) => {
                                        numbering.definitions.entry(id).or_default().insert(depth, level);
                                    }
                                    (None, None) => {}
                                }
                            }
                        }
                        "abstractNum" => definition = None,
                        "num" => {
                            if let Some((id, list)) = list.take() {
                                numbering.lists.insert(id, list);
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                Ok(Event::Eof) | Err(_) => return numbering,
                Ok(_) => continue,
            };
            let number = |name: &str| attribute(&tag, name).and_then(|value| value.parse::<u32>().ok());
            match (tag.local_name().into_inner(), &mut level) {
                ("abstractNum", _) if !ended => definition = number("abstractNumId"),
                ("num", _) if !ended => list = number("numId").map(|id| (id, List::default())),
                ("abstractNumId", _) => {
                    if let (Some((_, list)), Some(id)) = (&mut list, number("val")) {
                        list.definition = id;
                    }
                }
                ("lvlOverride", _) => overridden = number("ilvl").map(|depth| depth as usize),
                ("startOverride", _) => {
                    if let (Some((_, list)), Some(depth), Some(start)) =
                        (&mut list, overridden, number("val"))
                    {
                        list.starts.insert(depth, start);
                    }
                }
                ("lvl", _) if !ended => {
                    level = number("ilvl")
                        .filter(|depth| (*depth as usize) < LEVELS)
                        .map(|depth| (depth as usize, Level::default()))
                }
                ("start", Some((_, level))) => level.start = number("val").unwrap_or(1),
                ("numFmt", Some((_, level))) => level.format = attribute(&tag, "val").unwrap_or_default(),
                ("lvlText", Some((_, level))) => level.text = attribute(&tag, "val").unwrap_or_default(),
                ("isLgl", Some((_, level))) => level.legal = super::styles::is_on(&tag),
                _ => {}
            }
        }
    }

    fn level(&self, list: &List, depth: usize) -> Option<Level> {
        list.levels.get(&depth).or_else(|| self.definitions.get(&list.definition)?.get(&depth)).cloned()
    }

    /// Counts one paragraph of list `id` at `depth` and returns what is printed before it.
    pub(super) fn next(&mut self, id: u32, depth: usize) -> Mark {
        let depth = depth.min(LEVELS - 1);
        let Some(list) = self.lists.get(&id).cloned() else { return Mark::Nothing };
        let Some(level) = self.level(&list, depth) else { return Mark::Nothing };
        let restart = list.starts.get(&depth).copied().filter(|_| !self.begun.contains_key(&(id, depth)));
        self.begun.insert((id, depth), true);
        let starts: Vec<u32> =
            (0..LEVELS).map(|d| self.level(&list, d).map_or(1, |level| level.start)).collect();
        let counters = self.counters.entry(list.definition).or_default();
        counters[depth] = Some(match (restart, counters[depth]) {
            (Some(start), _) => start,
            (None, Some(count)) => count.saturating_add(1),
            (None, None) => level.start,
        });
        // An outer level that was never used counts as begun; inner levels start anew.
        for (outer, start) in starts.iter().enumerate().take(depth) {
            counters[outer].get_or_insert(*start);
        }
        counters[depth + 1..].fill(None);
        let counters = *counters;
        match level.format.as_str() {
            "bullet" => Mark::Bullet,
            "none" => Mark::Nothing,
            _ => {
                let text = self.print(&list, &level, &counters);
                if text.trim().is_empty() { Mark::Nothing } else { Mark::Number(text) }
            }
        }
    }

    fn print(&self, list: &List, level: &Level, counters: &[Option<u32>; LEVELS]) -> String {
        let mut out = String::new();
        let mut chars = level.text.chars().peekable();
        while let Some(c) = chars.next() {
            let digit = chars.peek().and_then(|digit| digit.to_digit(10)).filter(|_| c == '%');
            let Some(position) = digit.and_then(|digit| (digit as usize).checked_sub(1)) else {
                out.push(c);
                continue;
            };
            chars.next();
            let count = counters.get(position).copied().flatten().unwrap_or(1);
            let format = if level.legal {
                "decimal".to_owned()
            } else {
                self.level(list, position).map_or_else(String::new, |level| level.format)
            };
            out.push_str(&format_number(count, &format));
        }
        out
    }
}

/// Writes a number in one of Word's number formats; formats that are not known are written in digits.
pub(super) fn format_number(number: u32, format: &str) -> String {
    const RUSSIAN: &str = "абвгдежзиклмнопрстуфхцчшщэюя";
    const GANADA: &str = "가나다라마바사아자차카타파하";
    const CHOSUNG: &str = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ";
    match format {
        "upperRoman" => roman(number),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperLetter" => letter(number, "abcdefghijklmnopqrstuvwxyz").to_uppercase(),
        "lowerLetter" => letter(number, "abcdefghijklmnopqrstuvwxyz"),
        "russianUpper" => letter(number, RUSSIAN).to_uppercase(),
        "russianLower" => letter(number, RUSSIAN),
        "ganada" => letter(number, GANADA),
        "chosung" => letter(number, CHOSUNG),
        "decimalZero" => format!("{number:02}"),
        "decimalEnclosedCircle" => match number {
            1..=20 => char::from_u32(0x2460 + number - 1).map(String::from).unwrap_or_default(),
            _ => number.to_string(),
        },
        _ => number.to_string(),
    }
}

/// After the last letter the letters are doubled, as Word does: `z`, `aa`, `bb`.
fn letter(number: u32, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let Some(index) = (number as usize).checked_sub(1) else { return number.to_string() };
    let times = (index / letters.len() + 1).min(8);
    std::iter::repeat_n(letters[index % letters.len()], times).collect()
}

fn roman(mut number: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if number == 0 || number > 3999 {
        return number.to_string();
    }
    let mut out = String::new();
    for (value, sign) in PARTS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<w:numbering xmlns:w="w">
      <w:abstractNum w:abstractNumId="0">
        <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="Chapter %1"/></w:lvl>
        <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2"/></w:lvl>
        <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
        <w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl>
      </w:abstractNum>
      <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
      <w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
    </w:numbering>"#;

    fn number(text: &str) -> Mark {
        Mark::Number(text.to_owned())
    }

    #[test]
    fn levels_count_and_restart_below_a_new_outer_number() {
        let mut numbering = Numbering::parse(XML);
        assert_eq!(numbering.next(1, 0), number("Chapter I"));
        assert_eq!(numbering.next(1, 1), number("1.1"));
        assert_eq!(numbering.next(1, 1), number("1.2"));
        assert_eq!(numbering.next(1, 2), number("a)"));
        assert_eq!(numbering.next(1, 3), Mark::Bullet);
        assert_eq!(numbering.next(1, 0), number("Chapter II"));
        assert_eq!(numbering.next(1, 1), number("2.1"));
        assert_eq!(numbering.next(2, 0), number("Chapter VII"));
        assert_eq!(numbering.next(2, 0), number("Chapter VIII"));
        assert_eq!(numbering.next(9, 0), Mark::Nothing);
    }

    #[test]
    fn numbers_are_written_in_every_script() {
        assert_eq!(format_number(2, "russianUpper"), "Б");
        assert_eq!(format_number(3, "ganada"), "다");
        assert_eq!(format_number(4, "decimalEnclosedCircle"), "④");
        assert_eq!(format_number(28, "lowerLetter"), "bb");
        assert_eq!(format_number(1994, "upperRoman"), "MCMXCIV");
    }
}
