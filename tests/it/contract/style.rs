//! Names and comments.

use std::collections::BTreeSet;

use super::{PACKAGE, enums, files, messages, short, snake};

fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[test]
fn names_follow_the_style() {
    let mut faults = Vec::new();
    for file in files() {
        let folder = PACKAGE.replace('.', "/");
        if !file.name().starts_with(&format!("{folder}/")) {
            faults.push(format!("{} does not lie in {folder}", file.name()));
        }
        if file.syntax() != "proto3" {
            faults.push(format!("{} is not proto3", file.name()));
        }
        for service in &file.service {
            if !service.name().ends_with("Service") {
                faults.push(format!("service {} does not end in Service", service.name()));
            }
            faults
                .extend(service.method.iter().filter(|m| !is_pascal(m.name())).map(|m| m.name().to_owned()));
        }
        for message in messages(&file) {
            if !is_pascal(message.is.name()) {
                faults.push(message.name.clone());
            }
            let fields = message.is.field.iter().map(|field| field.name());
            let oneofs = message.is.oneof_decl.iter().map(|oneof| oneof.name());
            let bad = fields.chain(oneofs).filter(|name| !is_snake(name.trim_start_matches('_')));
            faults.extend(bad.map(|name| format!("{}.{name}", message.name)));
        }
        for found in enums(&file) {
            let prefix = snake(found.is.name()).to_uppercase();
            for value in &found.is.value {
                if !value.name().starts_with(&format!("{prefix}_")) {
                    faults.push(format!("{} does not begin with {prefix}_", value.name()));
                }
            }
            let zero = found.is.value.iter().find(|value| value.number() == 0).map(|value| value.name());
            if zero != Some(&format!("{prefix}_UNSPECIFIED")) {
                faults.push(format!("{} has no zero value {prefix}_UNSPECIFIED", found.name));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn everything_public_has_a_comment() {
    let mut bare = Vec::new();
    for file in files() {
        let info = file.source_code_info.as_ref().expect("comments are kept in the descriptor set");
        let commented: BTreeSet<&[i32]> = info
            .location
            .iter()
            .filter(|location| location.leading_comments().trim().len() > 3)
            .map(|location| location.path.as_slice())
            .collect();
        let mut check = |path: &[i32], name: String| {
            if !commented.contains(path) {
                bare.push(name);
            }
        };
        for (service, n) in file.service.iter().zip(0..) {
            check(&[6, n], service.name().to_owned());
            for (method, m) in service.method.iter().zip(0..) {
                check(&[6, n, 2, m], method.name().to_owned());
            }
        }
        for message in messages(&file) {
            check(&message.path, message.name.clone());
            for (field, n) in message.is.field.iter().zip(0..) {
                let path = [message.path.as_slice(), &[2, n]].concat();
                check(&path, format!("{}.{}", message.name, field.name()));
            }
        }
        for found in enums(&file) {
            check(&found.path, found.name.clone());
            for (value, n) in found.is.value.iter().zip(0..) {
                let path = [found.path.as_slice(), &[2, n]].concat();
                check(&path, value.name().to_owned());
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn every_import_is_used() {
    for file in files() {
        let mut used: BTreeSet<String> = BTreeSet::new();
        for message in messages(&file) {
            let nested = message.is.nested_type.iter().flat_map(|nested| &nested.field);
            used.extend(message.is.field.iter().chain(nested).map(|field| field.type_name().to_owned()));
        }
        for method in file.service.iter().flat_map(|service| &service.method) {
            used.extend([method.input_type().to_owned(), method.output_type().to_owned()]);
        }
        for import in &file.dependency {
            let is_used = match import.strip_prefix("google/protobuf/") {
                Some(well_known) => {
                    let stem = well_known.trim_end_matches(".proto").replace('_', "");
                    used.iter().any(|name| name.to_lowercase() == format!(".google.protobuf.{stem}"))
                }
                None => {
                    let other =
                        files().into_iter().find(|other| other.name() == import).expect("imported file");
                    let names: Vec<String> = messages(&other)
                        .into_iter()
                        .map(|message| message.name)
                        .chain(enums(&other).into_iter().map(|found| found.name))
                        .collect();
                    used.iter().any(|name| names.iter().any(|other| other == short(name)))
                }
            };
            assert!(is_used, "{} imports {import} and does not use it", file.name());
        }
    }
}
