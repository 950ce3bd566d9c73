//! Conventions of API design (AIP): standard methods, pages, times, request ids.

use std::collections::BTreeMap;

use prost_types::DescriptorProto;
use prost_types::field_descriptor_proto::Type;

use super::{files, messages, short, snake};

/// Messages by name.
fn by_name() -> BTreeMap<String, DescriptorProto> {
    let mut all = BTreeMap::new();
    for file in files() {
        for message in messages(&file) {
            all.insert(message.name.clone(), message.is.clone());
        }
    }
    all
}

fn has(message: &DescriptorProto, name: &str, kind: Type) -> bool {
    message.field.iter().any(|field| field.name() == name && field.r#type() == kind)
}

#[test]
fn requests_belong_to_one_method_and_answers_are_a_resource_or_its_own() {
    let mut seen = BTreeMap::new();
    for file in files() {
        for method in file.service.iter().flat_map(|service| &service.method) {
            let (request, answer) = (short(method.input_type()), short(method.output_type()));
            assert_eq!(request, format!("{}Request", method.name()));
            let resource = ["Screening", "Case", "RequirementSet", "Verdict"].contains(&answer);
            assert!(resource || answer == format!("{}Response", method.name()), "{answer}");
            assert!(seen.insert(request.to_owned(), ()).is_none());
        }
    }
}

#[test]
fn standard_methods_have_their_fields() {
    let all = by_name();
    let mut lists = 0;
    for file in files() {
        for method in file.service.iter().flat_map(|service| &service.method) {
            let request = &all[short(method.input_type())];
            let name = method.name();
            if name.starts_with("Get") || name.starts_with("Delete") || name.starts_with("Cancel") {
                assert!(has(request, "name", Type::String), "{name} takes a resource name");
            }
            if name.starts_with("List") || name == "SearchPrecedents" {
                lists += 1;
                assert!(has(request, "page_size", Type::Int32), "{name} has pages");
                assert!(has(request, "page_token", Type::String), "{name} has pages");
                let answer = &all[short(method.output_type())];
                assert!(has(answer, "next_page_token", Type::String), "{name} has pages");
            }
            if name.starts_with("Get") {
                let resource = name.trim_start_matches("Get");
                assert_eq!(short(method.output_type()), resource, "{name} returns the resource");
            }
        }
    }
    assert!(lists >= 5);
}

#[test]
fn whatever_makes_something_takes_a_request_id() {
    let all = by_name();
    for (message, field) in [
        ("ScreenSectionsRequest", "request_id"),
        ("ScreenDocumentRequest", "request_id"),
        ("SubmissionHeader", "request_id"),
        ("ImportCaseRequest", "request_id"),
        ("RecordVerdictRequest", "request_id"),
    ] {
        assert!(has(&all[message], field, Type::String), "{message}");
    }
}

#[test]
fn times_are_timestamps_and_names_say_so() {
    for (name, message) in by_name() {
        for field in &message.field {
            let is_time = field.type_name() == ".google.protobuf.Timestamp";
            assert_eq!(is_time, field.name().ends_with("_time"), "{name}.{}", field.name());
            let repeated_word = field.name().starts_with(&format!("{}_", snake(&name))) && name.len() > 4;
            let is_reference = field.name().ends_with("_count") || field.name().ends_with("_id");
            assert!(
                !repeated_word || is_reference || field.name().contains("_title"),
                "{name}.{}",
                field.name()
            );
        }
    }
}
