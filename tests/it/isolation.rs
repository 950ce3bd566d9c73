//! Files that nobody vouches for are read in processes of their own: same report, and no crash gets out.

use assert_cmd::Command;

fn screen(isolation: &str, file: &std::path::Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("eia-screen")
        .unwrap()
        .current_dir(&folder)
        .env_remove("EIA_SCREEN_CONFIG")
        .env("EIA_SCREEN__LIMITS__ISOLATION", isolation)
        .args(["--model", "none", "screen", "--rules", "eu", "--submitted", "2026-10-01", "--format", "json"])
        .arg(file)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let mut report: serde_json::Value = serde_json::from_slice(&output).unwrap();
    report.as_object_mut().unwrap().remove("timings");
    report.to_string()
}

#[test]
fn a_process_of_its_own_reads_what_this_one_reads() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // The picture is read by `tesseract` where it is installed, from inside the confined process.
    for file in [
        "samples/report-uz.md",
        "samples/precedents/landfill-ohangaron.md",
        "tests/fixtures/scans/turned-ru.pdf",
    ] {
        let path = root.join(file);
        let report = screen("process", &path);
        assert!(report.contains("sha256"));
        assert_eq!(report, screen("off", &path), "{file}");
    }
}

/// Found by fuzzing: the PDF library would follow bookmarks that lead back to themselves until its stack is full, which
/// ends a process. They are left alone, and the pages are read.
#[test]
fn a_file_whose_bookmarks_have_no_end_is_read_without_them() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/fixtures/hostile/bookmarks-in-a-circle.pdf");
    let report = screen("off", &file);
    assert_eq!(report, screen("process", &file));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let unread: Vec<_> =
        report["notExamined"].as_array().unwrap().iter().map(|part| &part["reason"]).collect();
    assert!(!unread.contains(&&"REASON_PARSER_FAILED".into()), "{unread:?}");
    let sections = report["document"]["sections"].as_array().unwrap();
    let titles: Vec<&str> = sections.iter().filter_map(|section| section["title"].as_str()).collect();
    assert_eq!(titles, ["Alternatives"]);
}
