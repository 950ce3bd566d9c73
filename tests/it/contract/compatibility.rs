//! Nothing that was released goes: no field, value or method is removed, renumbered, renamed or retyped.
//!
//! `proto/released.txt` lists the released contract, one item a line, sorted. Additions are free; at a
//! release they are written into the list with `EIA_SCREEN_RELEASE=1 cargo test contract`.

use std::collections::BTreeSet;
use std::path::Path;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::{enums, files, messages, short};

fn listing(files: &[FileDescriptorProto]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in files {
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
        for message in messages(file) {
            lines.insert(format!("message {}", message.name));
            for field in &message.is.field {
                let line = format!("field {}.{} = {}: ", message.name, field.name(), field.number());
                lines.insert(line + &type_of(field, message.is));
            }
        }
        for found in enums(file) {
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

/// Returns what was released and is not there any more.
fn gone<'a>(released: &'a BTreeSet<String>, now: &'a BTreeSet<String>) -> Vec<&'a String> {
    released.difference(now).collect()
}

#[test]
fn everything_released_is_still_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto/released.txt");
    let now = listing(&files());
    if std::env::var_os("EIA_SCREEN_RELEASE").is_some() {
        let text: String = now.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let released: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert!(released.len() > 300, "the list of the released contract is there");
    let gone = gone(&released, &now);
    assert!(gone.is_empty(), "removed, renumbered, renamed or retyped: {gone:#?}");
}

type Change = fn(&mut Vec<FileDescriptorProto>);

fn message<'a>(files: &'a mut [FileDescriptorProto], name: &str) -> &'a mut DescriptorProto {
    files.iter_mut().flat_map(|file| &mut file.message_type).find(|is| is.name() == name).unwrap()
}

fn field<'a>(files: &'a mut [FileDescriptorProto], of: &str, name: &str) -> &'a mut FieldDescriptorProto {
    message(files, of).field.iter_mut().find(|is| is.name() == name).unwrap()
}

#[test]
fn a_change_that_breaks_clients_is_noticed() {
    let released = listing(&files());
    let missing = |change: Change| {
        let mut changed = files();
        change(&mut changed);
        gone(&released, &listing(&changed)).into_iter().cloned().collect::<Vec<_>>()
    };
    assert!(missing(|_| {}).is_empty());
    let name = "field Screening.name = 1: string";
    let changes: [(&str, Change); 8] = [
        (name, |files| field(files, "Screening", "name").number = Some(1_000)),
        (name, |files| field(files, "Screening", "name").set_type(Type::Bytes)),
        (name, |files| field(files, "Screening", "name").set_label(Label::Repeated)),
        (name, |files| field(files, "Screening", "name").name = Some("id".to_owned())),
        (name, |files| message(files, "Screening").field.retain(|is| is.name() != "name")),
        ("message WatchScreeningRequest", |files| {
            files
                .iter_mut()
                .for_each(|file| file.message_type.retain(|is| is.name() != "WatchScreeningRequest"));
        }),
        ("rpc ScreeningService.SubmitDocument(stream SubmitDocumentRequest) Screening", |files| {
            let methods = files.iter_mut().flat_map(|file| &mut file.service).flat_map(|is| &mut is.method);
            methods
                .filter(|is| is.name() == "SubmitDocument")
                .for_each(|is| is.client_streaming = Some(false));
        }),
        ("value Screening.State.STATE_FAILED = ", |files| {
            let states = message(files, "Screening").enum_type.iter_mut().find(|is| is.name() == "State");
            states.unwrap().value.retain(|is| is.name() != "STATE_FAILED");
        }),
    ];
    for (line, change) in changes {
        let missing = missing(change);
        assert!(missing.iter().any(|gone| gone.starts_with(line)), "{line} is not missed: {missing:?}");
    }
    // What is only added breaks nobody.
    let added = missing(|files| {
        let more =
            FieldDescriptorProto { name: Some("more".to_owned()), number: Some(1_000), ..Default::default() };
        message(files, "Screening").field.push(more);
    });
    assert_eq!(added, Vec::<String>::new());
    assert!(released.iter().any(|line| line.contains("map<string, bool>")));
}
