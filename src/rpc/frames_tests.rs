//! Messages as they arrive, in pieces of any size.

use proptest::prelude::*;
use prost::Message;
use tonic::Code;
use tonic_types::StatusExt;

use super::*;
use crate::rpc::v1;

const SECTIONS: &str = "/eia.screening.v1.ScreeningService/ScreenSections";
const UPLOADS: [&str; 4] = [
    "/eia.screening.v1.ScreeningService/ScreenDocument",
    "/eia.screening.v1.ScreeningService/SubmitDocument",
    "/eia.screening.v1.PrecedentService/SearchPrecedentsByDocument",
    "/eia.screening.v1.PrecedentService/ImportCase",
];

fn frames(path: &str) -> Frames {
    Frames::new(Bounds::of(path).unwrap())
}

/// A message with its prefix, as it is sent.
fn framed(message: &[u8]) -> Vec<u8> {
    [[0_u8].as_slice(), &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// Reads bytes in pieces of one size.
fn read(path: &str, bytes: &[u8], piece: usize) -> Result<(), Status> {
    let mut frames = frames(path);
    bytes.chunks(piece).try_for_each(|piece| frames.read(piece))
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every refusal has its reason").reason
}

fn field(status: &Status) -> String {
    assert_eq!((status.code(), reason(status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
    status.get_details_bad_request().unwrap().field_violations[0].field.clone()
}

fn document(sections: usize) -> Vec<u8> {
    let section = v1::GivenSection::default();
    v1::ScreenSectionsRequest { sections: vec![section; sections], ..Default::default() }.encode_to_vec()
}

#[test]
fn sections_are_counted_before_they_are_decoded() {
    for piece in [1, 7, usize::MAX] {
        let many = framed(&document(MOST_SECTIONS));
        read(SECTIONS, &many, piece).unwrap();
        let status = read(SECTIONS, &framed(&document(MOST_SECTIONS + 1)), piece).unwrap_err();
        assert_eq!(field(&status), "sections");
    }
    let section = v1::GivenSection { title: "Air".into(), text: "dust ".repeat(200), ..Default::default() };
    let request = v1::ScreenSectionsRequest {
        options: Some(v1::ScreeningOptions { packs: vec!["eu".into()], ..Default::default() }),
        sections: vec![section; 1_000],
        request_id: "0b9b7e0e-5f0c-4f0a-9d59-2f0a6d0a7c11".into(),
    };
    let ordinary = framed(&request.encode_to_vec());
    read(SECTIONS, &[ordinary.as_slice(), &ordinary].concat(), 1_000).unwrap();
}

#[test]
fn nothing_hides_sections_from_the_count() {
    // A group of field 99, which the decoder passes over, and a number of field 98.
    let group = [0x9b, 0x06, 0x0a, 0x01, 0x00, 0x9c, 0x06];
    let number = [0x90, 0x06, 0xff, 0xff, 0x7f];
    let message = [group.as_slice(), &number, &document(MOST_SECTIONS + 1)].concat();
    assert_eq!(
        v1::ScreenSectionsRequest::decode(message.as_slice()).unwrap().sections.len(),
        MOST_SECTIONS + 1
    );
    assert_eq!(field(&read(SECTIONS, &framed(&message), 3).unwrap_err()), "sections");
}

#[test]
fn options_are_short_wherever_they_stand() {
    let packs = vec![String::new(); OPTIONS];
    let options = Some(v1::ScreeningOptions { packs, ..Default::default() });
    let sections = v1::ScreenSectionsRequest { options: options.clone(), ..Default::default() };
    assert_eq!(field(&read(SECTIONS, &framed(&sections.encode_to_vec()), 100).unwrap_err()), "options");
    let header = v1::SubmissionHeader { options, ..Default::default() };
    let part = Some(v1::submit_document_request::Part::Header(header));
    let submission = v1::SubmitDocumentRequest { part }.encode_to_vec();
    assert_eq!(field(&read(UPLOADS[1], &framed(&submission), 100).unwrap_err()), "header");
    // In two halves they are merged by the decoder.
    let half = v1::ScreeningOptions { document_name: "a".repeat(OPTIONS / 2), ..Default::default() };
    let half = v1::ScreenSectionsRequest { options: Some(half), ..Default::default() }.encode_to_vec();
    read(SECTIONS, &framed(&half), 100).unwrap();
    let both = framed(&[half.as_slice(), &half].concat());
    assert_eq!(field(&read(SECTIONS, &both, 100).unwrap_err()), "options");
}

#[test]
fn a_chunk_that_is_too_large_is_refused_when_its_length_is_known() {
    for path in UPLOADS {
        let prefix = [[0_u8].as_slice(), &u32::try_from(UPLOAD + 1).unwrap().to_be_bytes()].concat();
        let status = frames(path).read(&prefix).unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "CHUNK_TOO_LARGE"));
    }
    let part = Some(v1::screen_document_request::Part::Chunk(vec![0; MAX_CHUNK]));
    let chunk = framed(&v1::ScreenDocumentRequest { part, ..Default::default() }.encode_to_vec());
    read(UPLOADS[0], &[chunk.as_slice(), &chunk].concat(), 16_384).unwrap();
}

#[test]
fn a_question_is_short() {
    let path = "/eia.screening.v1.ScreeningService/GetScreening";
    let name = "screenings/".repeat(10_000);
    let message = v1::GetScreeningRequest { name, ..Default::default() }.encode_to_vec();
    let status = read(path, &framed(&message), 100).unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "MESSAGE_TOO_LARGE"));
    assert_eq!(Bounds::of("/grpc.health.v1.Health/Check"), None);
}

#[test]
fn fields_are_those_of_the_contract() {
    let files = prost_types::FileDescriptorSet::decode(crate::rpc::DESCRIPTORS).unwrap();
    let number = |message: &str, field: &str| {
        let messages = files.file.iter().flat_map(|file| &file.message_type);
        let of = messages.filter(|known| known.name() == message).flat_map(|known| &known.field);
        of.filter(|known| known.name() == field).map(|known| known.number()).next().unwrap()
    };
    let bounded = |path: &str| Bounds::of(path).unwrap().body.unwrap().number;
    assert_eq!(bounded(SECTIONS), number("ScreenSectionsRequest", "sections") as u64);
    let messages = ["ScreenDocument", "SubmitDocument", "SearchPrecedentsByDocument", "ImportCase"];
    for (path, message) in UPLOADS.into_iter().zip(messages) {
        assert_eq!(bounded(path), number(&format!("{message}Request"), "chunk") as u64, "{path}");
    }
}

/// A part of a message: a section, a group, a number, or anything.
fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![0x12, 0x00]),
        Just(vec![0x12, 0x03, 0x12, 0x01, 0x61]),
        Just(vec![0x9b, 0x06, 0x9c, 0x06]),
        Just(vec![0x90, 0x06, 0x80, 0x01]),
        prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #[test]
    fn whatever_is_decoded_was_counted(parts in prop::collection::vec(part(), 0..40), size in 1_usize..40) {
        let message = parts.concat();
        let mut frames = frames(SECTIONS);
        // Begun by hand and not ended, so that the count is still there.
        frames.begin(message.len() + 1, false).unwrap();
        for piece in message.chunks(size) {
            frames.read(piece).unwrap();
        }
        if let Ok(decoded) = v1::ScreenSectionsRequest::decode(message.as_slice()) {
            prop_assert!(frames.pieces >= decoded.sections.len());
        }
    }
}
