//! Names the commit of the build, for the provenance of every report.

use std::path::{Path, PathBuf};
use std::process::Command;

/// States the commit where there is no checkout: an image, a package.
const VARIABLE: &str = "EIA_SCREEN_COMMIT";

fn main() {
    // Embedded by `include_dir!`, which does not make the compiler watch the folders.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=samples");
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    println!("cargo:rustc-env={VARIABLE}={}", commit());
}

/// Short commit, stated or of the checkout; `unknown` where there is neither.
fn commit() -> String {
    let stated = std::env::var(VARIABLE).ok().filter(|stated| !stated.is_empty());
    stated.or_else(commit_of_checkout).unwrap_or_else(|| "unknown".to_owned())
}

fn commit_of_checkout() -> Option<String> {
    // `HEAD` names a branch and stays as it is when that gets a commit; the log of `HEAD` has a line for each.
    for name in ["HEAD", "logs/HEAD"] {
        let file = PathBuf::from(git(&["rev-parse", "--git-path", name])?);
        if Path::new(&file).exists() {
            println!("cargo:rerun-if-changed={}", file.display());
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(text.trim().to_owned())
}
