//! Names the commit of the build, for the provenance of every report.

use std::path::Path;
use std::process::Command;

fn main() {
    // Embedded by `include_dir!`, which does not make the compiler watch the folders.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=samples");
    println!("cargo:rustc-env=EIA_SCREEN_COMMIT={}", commit());
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
