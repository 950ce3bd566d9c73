//! Compiles the public contract with a pure-Rust protobuf compiler: no `protoc` needed.
//!
//! Besides messages and services it generates the canonical protobuf JSON mapping (pbjson) and keeps
//! the descriptor set for gRPC reflection.

use std::path::PathBuf;

use prost::Message;

const PROTO_FOLDER: &str = "eia/screening/v1";
const PACKAGE: &str = ".eia.screening.v1";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={PROTO_FOLDER}");
    let mut protos: Vec<PathBuf> =
        std::fs::read_dir(PROTO_FOLDER)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    protos.retain(|path| path.extension().is_some_and(|e| e == "proto"));
    protos.sort();

    let descriptors = protox::compile(&protos, ["."])?;
    let descriptor_bytes = descriptors.encode_to_vec();
    let out_dir = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out_dir.join("descriptors.bin"), &descriptor_bytes)?;

    // Ordered maps: the same report must give the same bytes.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .compile_fds(descriptors)?;

    pbjson_build::Builder::new()
        .register_descriptors(&descriptor_bytes)?
        .btree_map(["."])
        .emit_fields()
        .build(&[PACKAGE])?;
    Ok(())
}
