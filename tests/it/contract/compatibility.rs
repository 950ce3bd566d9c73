//! Nothing that was released goes: no field, value or method is removed, renumbered, renamed or retyped.
//!
//! `proto/released.txt` lists the released contract, one item a line, sorted. Additions are free; at a
//! release they are written into the list with `EIA_SCREEN_RELEASE=1 cargo test contract`.

use std::collections::BTreeSet;
use std::path::Path;

use prost_types::FieldDescriptorProto;
use prost_types::field_descriptor_proto::{Label, Type};

use super::{enums, files, messages, short};

fn listing() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in files() {
        for service in &file.service {
            for method in &service.method {
                let side = |streams: bool, name: &str| {
                    format!("{}{}", if streams { "stream " } else { "" }, short(name))
                };
                let request = side(method.client_streaming(), method.input_type());
                let answer = side(method.server_streaming(), method.output_type());
                lines.insert(format!("rpc {}.{}({request}) {answer}", service.name(), method.name()));
            }
        }
        for message in messages(&file) {
            lines.insert(format!("message {}", message.name));
            for field in &message.is.field {
                let line = format!("field {}.{} = {}: ", message.name, field.name(), field.number());
                lines.insert(line + &type_of(field, message.is));
            }
        }
        for found in enums(&file) {
            lines.insert(format!("enum {}", found.name));
            for value in &found.is.value {
                lines.insert(format!("value {}.{} = {}", found.name, value.name(), value.number()));
            }
        }
    }
    lines
}

fn type_of(field: &FieldDescriptorProto, of: &prost_types::DescriptorProto) -> String {
    let entry = of.nested_type.iter().find(|nested| {
        nested.options.as_ref().is_some_and(|options| options.map_entry())
            && field.type_name().ends_with(&format!(".{}", nested.name()))
    });
    if let Some(entry) = entry {
        let parts: Vec<String> = entry.field.iter().map(|part| type_of(part, entry)).collect();
        return format!("map<{}>", parts.join(", "));
    }
    let kind = match field.r#type() {
        Type::Message | Type::Enum => short(field.type_name()).to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    let label = match field.label() {
        Label::Repeated => "repeated ",
        _ if field.proto3_optional() => "optional ",
        _ => "",
    };
    let oneof = match field.oneof_index {
        Some(index) if !field.proto3_optional() => {
            format!(" in {}", of.oneof_decl[index as usize].name())
        }
        _ => String::new(),
    };
    format!("{label}{kind}{oneof}")
}

#[test]
fn everything_released_is_still_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto/released.txt");
    let now = listing();
    if std::env::var_os("EIA_SCREEN_RELEASE").is_some() {
        let text: String = now.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let released: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert!(released.len() > 300, "the list of the released contract is there");
    let gone: Vec<&String> = released.difference(&now).collect();
    assert!(gone.is_empty(), "removed, renumbered, renamed or retyped: {gone:#?}");
}

#[test]
fn a_change_that_breaks_clients_is_noticed() {
    let now = listing();
    let field = now.iter().find(|line| line.starts_with("field Screening.name = 1: string")).unwrap();
    for changed in
        [field.replace("= 1", "= 2"), field.replace("string", "bytes"), field.replace(".name", ".id")]
    {
        assert!(!now.contains(&changed), "{changed}");
    }
    assert!(now.iter().any(|line| line.contains("map<string, bool>")));
    assert!(now.contains("rpc ScreeningService.SubmitDocument(stream SubmitDocumentRequest) Screening"));
}
