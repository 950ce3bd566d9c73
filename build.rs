//! Compiles the public contract in `proto/` with a pure-Rust protobuf compiler: no `protoc` needed.
//!
//! Besides messages and services it generates the canonical protobuf JSON mapping (pbjson) and keeps
//! the descriptor set for gRPC reflection.

use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message;

const PROTO_FOLDER: &str = "proto/eia/screening/v1";
const PACKAGE: &str = ".eia.screening.v1";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={PROTO_FOLDER}");
    // Embedded by `include_dir!`, which does not make the compiler watch the folders.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=samples");
    let mut protos: Vec<PathBuf> =
        std::fs::read_dir(PROTO_FOLDER)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    protos.retain(|path| path.extension().is_some_and(|e| e == "proto"));
    protos.sort();

    let descriptors = protox::compile(&protos, ["proto"])?;
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

    println!("cargo:rustc-env=EIA_SCREEN_COMMIT={}", commit());
    Ok(())
}

/// Short commit of the checkout, for provenance; `unknown` outside a checkout.
fn commit() -> String {
    let head = Path::new(".git/HEAD");
    if head.exists() {
        println!("cargo:rerun-if-changed=.git/HEAD");
    }
    Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
