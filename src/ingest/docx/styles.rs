//! Paragraph styles: outline level, list membership and looks, with inheritance through `basedOn`.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Longest chain of `basedOn` that is followed.
const LONGEST_CHAIN: usize = 32;

/// Returns the value of the attribute with that local name.
pub(super) fn attribute(tag: &BytesStart<'_>, local: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().into_inner() == local)
        .and_then(|attribute| {
            attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .ok()
                .map(|value| value.into_owned())
        })
}

/// True unless the on/off property says off (`w:val="0"` and the like).
pub(super) fn is_on(tag: &BytesStart<'_>) -> bool {
    !matches!(attribute(tag, "val").as_deref(), Some("0" | "false" | "off" | "none"))
}

/// What a style, or a paragraph's own properties, say. `None` means: inherit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Properties {
    /// Outline level from 1; `Some(0)` says "body text".
    pub(super) outline: Option<u8>,
    /// List definition and level.
    pub(super) list: Option<u32>,
    /// Level within the list, from 0.
    pub(super) list_level: Option<usize>,
    /// Bold.
    pub(super) bold: Option<bool>,
    /// Italic.
    pub(super) italic: Option<bool>,
    /// Underlined.
    pub(super) underlined: Option<bool>,
    /// Shown in capitals.
    pub(super) capitals: Option<bool>,
    /// Hidden.
    pub(super) hidden: Option<bool>,
    /// Type size in points.
    pub(super) size: Option<f32>,
    /// Centred.
    pub(super) centred: Option<bool>,
}

impl Properties {
    /// Takes one property element into account.
    pub(super) fn take(&mut self, name: &str, tag: &BytesStart<'_>) {
        match name {
            "outlineLvl" => {
                let level: Option<u8> = attribute(tag, "val").and_then(|value| value.parse().ok());
                self.outline = level.map(|level| if level <= 8 { level + 1 } else { 0 });
            }
            "numId" => self.list = attribute(tag, "val").and_then(|value| value.parse().ok()),
            "ilvl" => self.list_level = attribute(tag, "val").and_then(|value| value.parse().ok()),
            "b" => self.bold = Some(is_on(tag)),
            "i" => self.italic = Some(is_on(tag)),
            "u" => self.underlined = Some(is_on(tag)),
            "caps" => self.capitals = Some(is_on(tag)),
            "vanish" => self.hidden = Some(is_on(tag)),
            "sz" => {
                self.size =
                    attribute(tag, "val").and_then(|value| value.parse::<f32>().ok()).map(|half| half / 2.0)
            }
            "jc" => self.centred = Some(attribute(tag, "val").as_deref() == Some("center")),
            _ => {}
        }
    }

    /// Fills what is not said here from `base`.
    pub(super) fn or(mut self, base: &Properties) -> Self {
        self.outline = self.outline.or(base.outline);
        self.list = self.list.or(base.list);
        self.list_level = self.list_level.or(base.list_level);
        self.bold = self.bold.or(base.bold);
        self.italic = self.italic.or(base.italic);
        self.underlined = self.underlined.or(base.underlined);
        self.capitals = self.capitals.or(base.capitals);
        self.hidden = self.hidden.or(base.hidden);
        self.size = self.size.or(base.size);
        self.centred = self.centred.or(base.centred);
        self
    }
}

/// What the name of a built-in style says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    /// Nothing special.
    #[default]
    Body,
    /// Heading of that level.
    Heading(u8),
    /// Title of the document.
    Title,
    /// Entry of a table of contents.
    Contents,
    /// Caption.
    Caption,
}

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    own: Properties,
}

/// All paragraph and character styles by id.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    defaults: Properties,
    default_paragraph: Option<String>,
}

impl Styles {
    /// Parses `styles.xml`; stops quietly at broken XML, keeping what was read.
    pub(super) fn parse(xml: &str) -> Self {
        let mut styles = Self::default();
        let mut reader = Reader::from_str(xml);
        let mut open: Option<(String, Style)> = None;
        let mut in_defaults = false;
        loop {
            let (tag, ended) = match reader.read_event() {
                Ok(Event::Start(tag)) => (tag, false),
                Ok(Event::Empty(tag)) => (tag, true),
                Ok(Event::End(tag)) => {
                    match tag.local_name().into_inner() {
                        "style" => {
                            if let Some((id, style)) = open.take() {
                                styles.styles.insert(id, style);
                            }
                        }
                        "docDefaults" => in_defaults = false,
                        _ => {}
                    }
                    continue;
                }
                Ok(Event::Eof) | Err(_) => return styles,
                Ok(_) => continue,
            };
            let local = tag.local_name();
            let name = local.into_inner();
            match (name, &mut open) {
                ("docDefaults", _) => in_defaults = !ended,
                ("style", _) if !ended => {
                    let id = attribute(&tag, "styleId").unwrap_or_default();
                    let by_default =
                        attribute(&tag, "default").is_some_and(|value| value == "1" || value == "true");
                    if by_default && attribute(&tag, "type").as_deref() == Some("paragraph") {
                        styles.default_paragraph = Some(id.clone());
                    }
                    open = Some((id, Style::default()));
                }
                ("name", Some((_, style))) => {
                    style.name = attribute(&tag, "val").unwrap_or_default().to_lowercase()
                }
                ("basedOn", Some((_, style))) => style.based_on = attribute(&tag, "val"),
                (_, Some((_, style))) => style.own.take(name, &tag),
                (_, None) if in_defaults => styles.defaults.take(name, &tag),
                _ => {}
            }
        }
    }

    /// Returns the properties of a style with everything it inherits; the default style for `None`.
    pub(super) fn resolve(&self, id: Option<&str>) -> Properties {
        let mut properties = Properties::default();
        let mut next = id.or(self.default_paragraph.as_deref());
        for _ in 0..LONGEST_CHAIN {
            let Some(style) = next.and_then(|id| self.styles.get(id)) else { break };
            properties = properties.or(&style.own);
            next = style.based_on.as_deref();
        }
        properties.or(&self.defaults)
    }

    /// Returns the properties a character style adds; defaults are left out, the paragraph has them.
    pub(super) fn resolve_run(&self, id: &str) -> Properties {
        let mut properties = Properties::default();
        let mut next = Some(id);
        for _ in 0..LONGEST_CHAIN {
            let Some(style) = next.and_then(|id| self.styles.get(id)) else { break };
            properties = properties.or(&style.own);
            next = style.based_on.as_deref();
        }
        properties
    }

    /// Returns what the name of the style, or of one it is based on, says.
    pub(super) fn role(&self, id: Option<&str>) -> Role {
        let mut next = id;
        for _ in 0..LONGEST_CHAIN {
            let Some(style) = next.and_then(|id| self.styles.get(id)) else { break };
            let role = role_of_name(&style.name);
            if role != Role::Body {
                return role;
            }
            next = style.based_on.as_deref();
        }
        Role::Body
    }
}

/// Word keeps the English names of its built-in styles in every language version; other writers
/// translate them.
fn role_of_name(name: &str) -> Role {
    const HEADINGS: &[&str] =
        &["heading", "заголовок", "sarlavha", "сарлавҳа", "제목", "überschrift", "titre", "başlık"];
    for stem in HEADINGS {
        if let Some(rest) = name.strip_prefix(stem) {
            let digits = rest.trim();
            if let Ok(level @ 1..=9) = digits.parse::<u8>() {
                return Role::Heading(level);
            }
        }
    }
    match name {
        "title" | "название" | "sarlavha" => Role::Title,
        "caption" | "название объекта" | "캡션" => Role::Caption,
        _ if name.starts_with("toc ") || name.starts_with("оглавление ") || name.starts_with("목차") => {
            Role::Contents
        }
        "table of figures" | "table of contents" => Role::Contents,
        _ => Role::Body,
    }
}
