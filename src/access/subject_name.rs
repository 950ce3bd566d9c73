//! How is the subject of a certificate written? One text for one subject, so that texts can be compared.
//!
//! `KEY=value` after `KEY=value` with `,` between, and `+` between those of one element. A separator within a
//! value has a backslash before it, as in RFC 4514: without it the single attribute `CN = "a, O=b"` would be
//! written like the two attributes `CN = a` and `O = b`, and an authority that lets clients choose their
//! common name would let them choose who they are. Blanks around commas do not count, within values neither.

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Keys that the registry of the parser knows by longer names.
const SHORT_KEYS: [&str; 8] = ["CN", "C", "L", "ST", "O", "OU", "DC", "Email"];
/// What a backslash may stand before in a configured name.
const ESCAPED: &str = ",+\\=\"<>;# ";

/// Writes the subject of a certificate; `None` for one that is empty or has text in no encoding that is read.
pub fn of_certificate(subject: &X509Name<'_>) -> Option<String> {
    let mut name = String::new();
    for element in subject.iter_rdn() {
        for (number, attribute) in element.iter().enumerate() {
            let separator = if number == 0 { ',' } else { '+' };
            push_attribute(&mut name, separator, &key_of(attribute), &text_of(attribute.attr_value())?);
        }
    }
    (!name.is_empty()).then_some(name)
}

/// Writes a configured subject in the same way. Blanks around keys and values do not count, and a separator
/// behind which no attribute begins belongs to the value: `O=Example, Inc.` needs no backslash.
pub fn configured(text: &str) -> String {
    let mut attributes: Vec<(char, String)> = Vec::new();
    for (separator, piece) in pieces(text) {
        match attributes.last_mut() {
            Some((_, before)) if !begins_attribute(piece) => {
                before.extend(['\\', separator]);
                before.push_str(piece);
            }
            _ => attributes.push((separator, piece.to_owned())),
        }
    }
    let mut name = String::new();
    for (separator, attribute) in attributes {
        let (key, value) = attribute.split_once('=').unwrap_or(("", &attribute));
        push_attribute(&mut name, separator, key.trim(), &without_escapes(value));
    }
    name
}

fn key_of(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = attribute.attr_type();
    oid2abbrev(kind, oid_registry()).map_or_else(|_| format!("{kind:?}"), str::to_owned)
}

/// What is no text is written as hexadecimal digits.
fn text_of(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::BmpString => value.as_bmpstring().ok().map(|text| text.string()),
        Tag::NumericString
        | Tag::VisibleString
        | Tag::PrintableString
        | Tag::GeneralString
        | Tag::GraphicString
        | Tag::ObjectDescriptor
        | Tag::T61String
        | Tag::VideotexString
        | Tag::Utf8String
        | Tag::Ia5String => std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned),
        _ => Some(value.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect()),
    }
}

fn push_attribute(name: &mut String, separator: char, key: &str, value: &str) {
    if !name.is_empty() {
        name.push(separator);
    }
    name.push_str(key);
    name.push('=');
    // Blanks around a value tell no two subjects apart (RFC 4518, insignificant space).
    let mut is_behind_comma = false;
    for c in value.trim().chars() {
        if is_behind_comma && c.is_whitespace() {
            continue;
        }
        is_behind_comma = c == ',';
        match c {
            // Nor do those around a comma: names were configured without them.
            ',' => {
                name.truncate(name.trim_end().len());
                name.push_str("\\,");
            }
            '+' | '\\' => name.extend(['\\', c]),
            // It stands in logs.
            c if c.is_control() => name.extend(c.escape_default()),
            c => name.push(c),
        }
    }
}

/// Returns what stands between separators, with the one before it.
fn pieces(text: &str) -> Vec<(char, &str)> {
    let (mut pieces, mut separator, mut from) = (Vec::new(), ',', 0);
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if matches!(c, ',' | '+') && !is_escaped {
            pieces.push((separator, &text[from..at]));
            (separator, from) = (c, at + 1);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    pieces.push((separator, &text[from..]));
    pieces
}

fn begins_attribute(piece: &str) -> bool {
    piece.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        SHORT_KEYS.contains(&key)
            || key.starts_with("OID(")
            || oid_registry().iter_by_sn(key).next().is_some()
    })
}

/// A backslash before anything else stands for itself, as in `CN=DOMAIN\user`.
fn without_escapes(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next_if(|next| ESCAPED.contains(*next)) } else { None };
        text.push(escaped.unwrap_or(c));
    }
    text
}

#[cfg(test)]
mod tests {
    use rcgen::DnType;
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    fn written(attributes: &[(DnType, &str)]) -> String {
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in attributes {
            parameters.distinguished_name.push(kind.clone(), *value);
        }
        let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let (_, parsed) = X509Certificate::from_der(certificate.der()).unwrap();
        of_certificate(parsed.subject()).unwrap()
    }

    #[test]
    fn one_attribute_is_never_written_like_two() {
        let two = written(&[(DnType::CommonName, "case-system"), (DnType::OrganizationName, "Centre")]);
        assert_eq!(two, configured("CN=case-system, O=Centre"));
        for value in ["case-system, O=Centre", "case-system,O=Centre", "case-system\\, O=Centre"] {
            assert_ne!(written(&[(DnType::CommonName, value)]), two, "{value}");
        }
        let one = written(&[(DnType::CommonName, "case-system, O=Centre")]);
        assert_eq!(one, configured("CN=case-system\\, O=Centre"));
        assert_eq!(written(&[(DnType::CommonName, "a + OU=b")]), configured("CN=a \\+ OU=b"));
        assert_ne!(written(&[(DnType::CommonName, "a + OU=b")]), configured("CN=a + OU=b"));
    }

    #[test]
    fn names_are_configured_as_they_are_read() {
        for value in ["Example, Inc.", "C++", "DOMAIN\\admin", "a=b", "ab+cd=", "Smith, Partner=Jones", " x "]
        {
            let plain = configured(&format!("O = {value} , CN = y"));
            let of_certificate = written(&[(DnType::OrganizationName, value), (DnType::CommonName, "y")]);
            assert_eq!(of_certificate, plain, "{value}");
            assert_eq!(configured(&of_certificate), of_certificate, "as the log shows it: {value}");
        }
        // As the log of earlier versions showed it, without blanks around commas.
        for value in ["Example, Inc.", "Example , Inc.", "Example,Inc."] {
            let of_certificate = written(&[(DnType::OrganizationName, value), (DnType::CommonName, "y")]);
            assert_eq!(of_certificate, configured("O=Example,Inc.,CN=y"), "{value}");
        }
        let text = |tag, bytes: &[u8]| text_of(&Any::from_tag_and_data(tag, bytes)).unwrap();
        for tag in [Tag::GraphicString, Tag::ObjectDescriptor, Tag::VideotexString, Tag::T61String] {
            assert_eq!(text(tag, b"Centre"), "Centre", "{tag:?}");
        }
        assert_eq!(text(Tag::UniversalString, &[0, 0, 1, 0xab]), "000001AB");
        assert_eq!(text(Tag::OctetString, &[0x0a]), "0A");
    }

    #[test]
    fn several_attributes_of_one_element_and_unknown_ones_are_told_apart() {
        assert_eq!(configured("CN=a + OU=b,O=c"), "CN=a+OU=b,O=c");
        assert_eq!(configured("OID(1.2.3)=a, surname=b"), "OID(1.2.3)=a,surname=b");
        let own = DnType::CustomDnType(vec![1, 3, 6, 1, 4, 1, 99_999, 1]);
        assert_eq!(written(&[(own, "a")]), configured("OID(1.3.6.1.4.1.99999.1) = a"));
    }

    #[test]
    fn nothing_in_a_name_ends_a_line_of_the_log() {
        assert_eq!(written(&[(DnType::CommonName, "a\nb")]), "CN=a\\nb");
        assert_ne!(written(&[(DnType::CommonName, "a\\nb")]), "CN=a\\nb");
    }
}
