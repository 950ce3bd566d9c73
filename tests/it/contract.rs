//! The public contract as its descriptors state it: style, comments, conventions, and that nothing a
//! client was built on has gone.
//!
//! The rules are those of buf's STANDARD and COMMENTS categories and its WIRE_JSON compatibility, checked
//! here without that program; `proto/buf.yaml` is for those who have it.

mod compatibility;
mod conventions;
mod errors;
mod explanations;
mod service_config;
mod style;

use eia_screen::rpc::DESCRIPTORS;
use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};

pub const PACKAGE: &str = "eia.screening.v1";

/// Files of the package.
fn files() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(DESCRIPTORS).expect("the descriptor set decodes");
    let ours: Vec<_> = set.file.into_iter().filter(|file| file.package() == PACKAGE).collect();
    assert!(ours.len() >= 5, "the files of the package are in the descriptor set");
    ours
}

/// A message with its name below the package and its place among the comments of the file.
struct Named<'a, T> {
    name: String,
    path: Vec<i32>,
    is: &'a T,
}

/// Messages of a file, nested ones included; entries of maps left out.
fn messages(file: &FileDescriptorProto) -> Vec<Named<'_, DescriptorProto>> {
    fn add<'a>(
        found: &mut Vec<Named<'a, DescriptorProto>>,
        is: &'a DescriptorProto,
        name: String,
        path: Vec<i32>,
    ) {
        if is.options.as_ref().is_some_and(|options| options.map_entry()) {
            return;
        }
        for (nested, number) in is.nested_type.iter().zip(0..) {
            let path = [path.as_slice(), &[3, number]].concat();
            add(found, nested, format!("{name}.{}", nested.name()), path);
        }
        found.push(Named { name, path, is });
    }
    let mut found = Vec::new();
    for (message, number) in file.message_type.iter().zip(0..) {
        add(&mut found, message, message.name().to_owned(), vec![4, number]);
    }
    found
}

/// Enums of a file, nested ones included.
fn enums(file: &FileDescriptorProto) -> Vec<Named<'_, EnumDescriptorProto>> {
    let mut found: Vec<Named<'_, EnumDescriptorProto>> = file
        .enum_type
        .iter()
        .zip(0..)
        .map(|(is, number)| Named { name: is.name().to_owned(), path: vec![5, number], is })
        .collect();
    for message in messages(file) {
        for (is, number) in message.is.enum_type.iter().zip(0..) {
            let path = [message.path.as_slice(), &[4, number]].concat();
            found.push(Named { name: format!("{}.{}", message.name, is.name()), path, is });
        }
    }
    found
}

/// Name of a type without the package.
fn short(type_name: &str) -> &str {
    type_name.strip_prefix(".eia.screening.v1.").unwrap_or(type_name.trim_start_matches('.'))
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (position, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
