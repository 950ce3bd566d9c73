//! The program as a user meets it: bad input, exit codes, formats.

use std::io::Write;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

/// The program in an empty directory, without a model.
fn program(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::cargo_bin("eia-screen").unwrap();
    command.current_dir(folder).env_remove("EIA_SCREEN_CONFIG").args(["--model", "none"]);
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn put(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) {
    std::fs::write(folder.path().join(name), bytes).unwrap();
}

/// A DOCX whose main part unpacks to far more than it has bytes.
fn zip_bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("[Content_Types].xml", options).unwrap();
    archive.write_all(b"<Types/>").unwrap();
    archive.start_file("word/document.xml", options).unwrap();
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..400 {
        archive.write_all(&blanks).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn unreadable_files_are_refused_with_what_to_do() {
    let folder = folder();
    let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let no_pages = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
    let files: [(&str, Vec<u8>, &str); 6] = [
        ("empty.pdf", Vec::new(), "is empty"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest".to_vec(), "save it as DOCX or PDF"),
        ("noise.txt", noise, "noise.txt"),
        ("no-pages.pdf", no_pages.to_vec(), "no-pages.pdf"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Cat".to_vec(), "cut.pdf"),
        ("bomb.docx", zip_bomb(), "bomb.docx"),
    ];
    for (name, bytes, message) in files {
        put(&folder, name, &bytes);
        program(&folder)
            .args(["screen", name, "--rules", "eu"])
            .assert()
            .code(65)
            .stdout("")
            .stderr(contains(message));
    }
    assert!(!folder.path().join("data").exists(), "nothing is left behind");
}

#[test]
fn wrong_extension_does_not_matter() {
    let folder = folder();
    put(
        &folder,
        "report.pdf",
        b"1. Alternatives\n\nTwo sites and the no-action alternative were compared.\n",
    );
    program(&folder)
        .args(["screen", "report.pdf", "--rules", "eu", "--format", "json"])
        .assert()
        .success()
        .stdout(contains("\"mediaType\": \"text/plain\""));
}

#[test]
fn wrong_arguments_are_exit_code_64() {
    let folder = folder();
    put(&folder, "a.txt", b"Some text of a report.\n");
    let lines: [&[&str]; 6] = [
        &["screen", "a.txt"],
        &["screen", "a.txt", "--rules", "atlantis"],
        &["screen", "a.txt", "--rules", "eu", "--fact", "hearing_required=maybe"],
        &["screen", "a.txt", "--rules", "eu", "--fact", "hearing_requird=false"],
        &["cases", "search", "dust", "--filter", "colour=red"],
        &["serve", "--listen", "0.0.0.0:1"],
    ];
    for arguments in lines {
        // An archive has to be there for `cases search` to get as far as its filter.
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        program(&folder).args(arguments).assert().code(64);
    }
}

#[test]
fn reports_of_one_name_do_not_overwrite_each_other() {
    let folder = folder();
    for sub in ["a", "b", "out"] {
        std::fs::create_dir(folder.path().join(sub)).unwrap();
    }
    put(&folder, "a/report.txt", b"1. Alternatives\n\nTwo sites were compared.\n");
    put(&folder, "b/report.txt", b"1. Alternatives\n\nThree sites were compared.\n");
    program(&folder)
        .args(["screen", "a/report.txt", "b/report.txt", "--rules", "eu", "--out", "out"])
        .assert()
        .code(64)
        .stderr(contains("a/report.txt").and(contains("b/report.txt")));
    assert!(std::fs::read_dir(folder.path().join("out")).unwrap().next().is_none());
}

#[test]
fn unknown_model_is_exit_code_69_and_says_how_to_fetch_it() {
    let folder = folder();
    put(&folder, "a.txt", b"Some text of a report.\n");
    let mut command = Command::cargo_bin("eia-screen").unwrap();
    command
        .current_dir(&folder)
        .args(["screen", "a.txt", "--rules", "eu"])
        .assert()
        .code(69)
        .stderr(contains("models pull all-minilm-l6-v2"));
}

#[test]
fn same_input_gives_the_same_bytes_but_for_timings() {
    let folder = folder();
    put(&folder, "a.txt", "1. Alternatives\n\nНулевой вариант рассмотрен. No alternatives.\n".as_bytes());
    let run = || {
        let output = program(&folder)
            .args(["screen", "a.txt", "--rules", "uz-234-draft", "--submitted", "2026-10-01"])
            .args(["--format", "json"])
            .assert()
            .success()
            .get_output()
            .stdout
            .clone();
        let text = String::from_utf8(output).unwrap();
        text[..text.find("\"timings\"").unwrap()].to_owned()
    };
    assert_eq!(run(), run());
}

#[test]
fn html_report_is_self_contained_and_escapes_the_document() {
    let folder = folder();
    put(&folder, "x.txt", b"1. Alternatives <script>alert(1)</script>\n\nThe no-action alternative <img src=x onerror=alert(1)> and two sites were compared in detail.\n");
    program(&folder)
        .args(["screen", "x.txt", "--rules", "eu", "--format", "html", "--out", "x.html"])
        .assert()
        .success();
    let html = std::fs::read_to_string(folder.path().join("x.html")).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img"), "document text is escaped");
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing is loaded from outside");
}

#[test]
fn scan_answers_every_line_in_order() {
    let folder = folder();
    let lines = "{\"id\":1,\"text\":\"There are no protected areas within 10 km of the site.\",\"lang\":\"en\"}\n\
                 {\"id\":\"b\",\"text\":\"The office has two floors.\"}\n";
    put(&folder, "s.jsonl", lines.as_bytes());
    let output =
        program(&folder).args(["scan", "--input", "s.jsonl"]).assert().success().get_output().stdout.clone();
    let rows: Vec<serde_json::Value> =
        String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["risks"][0]["category"], "R01");
    assert_eq!(rows[0]["risks"][0]["polarity"], "negated");
    assert_eq!((&rows[1]["id"], rows[1]["risks"].as_array().unwrap().len()), (&"b".into(), 0));

    put(&folder, "bad.jsonl", b"{\"id\":1}\n");
    program(&folder).args(["scan", "--input", "bad.jsonl"]).assert().code(65).stderr(contains("line 1"));
}

#[test]
fn cases_are_imported_found_shown_and_deleted() {
    let folder = folder();
    put(&folder, "quarry.txt", b"Gravel quarry\n\nThe quarry extracts gravel; dust is the main impact.\n");
    put(&folder, "school.txt", b"School\n\nA school for 600 pupils is built in the town.\n");
    let manifest = "{\"id\":\"quarry\",\"path\":\"quarry.txt\",\"title\":\"Quarry\",\"activity_type\":\"quarry\",\"year\":2020}\n\
                    {\"id\":\"school\",\"path\":\"school.txt\",\"title\":\"School\",\"activity_type\":\"building\",\"year\":2021}\n";
    put(&folder, "cases.jsonl", manifest.as_bytes());
    program(&folder)
        .args(["cases", "import", "cases.jsonl"])
        .assert()
        .success()
        .stdout(contains("2 cases created"));
    program(&folder)
        .args(["cases", "import", "cases.jsonl"])
        .assert()
        .success()
        .stdout(contains("2 unchanged"));
    program(&folder)
        .args(["cases", "search", "dust of gravel"])
        .assert()
        .success()
        .stdout(contains(" 1. quarry"));
    program(&folder)
        .args(["cases", "search", "dust of gravel", "--filter", "activity_type=building"])
        .assert()
        .success()
        .stdout(predicates::prelude::PredicateBooleanExt::not(contains("quarry  ")));
    program(&folder)
        .args([
            "cases",
            "search",
            "--filter",
            "activity_type=quarry",
            "--filter",
            "year=2020",
            "dust of gravel",
        ])
        .assert()
        .success()
        .stdout(contains(" 1. quarry"));
    program(&folder).args(["cases", "show", "quarry"]).assert().success().stdout(contains("quarry.txt"));
    program(&folder).args(["cases", "delete", "quarry"]).assert().success();
    program(&folder).args(["cases", "show", "quarry"]).assert().code(65);
    // An archive written without a model is refused when a model's vectors would be mixed in.
    program(&folder).args(["cases", "list"]).assert().success().stdout(contains("1 cases"));
}

/// Screens a report with a paragraph that stands in three archived cases of these projects; returns how many passages
/// are listed as reused.
fn reused_of(projects: [&str; 3]) -> usize {
    let folder = folder();
    let copied = "The valley has a continental climate with hot dry summers and cold winters, when fog lies over the \
                  river for weeks. Rain falls mainly in March and April, about three hundred millimetres a year, and \
                  in dry years less than half of it. Winds come from the north-east for most of the year and carry \
                  dust from the fields towards the houses along the old canal.";
    let text = |about: &str| format!("1. Introduction\n\n{about}\n\n2. Climate\n\n{copied}\n");
    let mut manifest = String::new();
    for (case, project) in ["draft", "statement", "consequences"].into_iter().zip(projects) {
        let name = format!("{case}.txt");
        put(&folder, &name, text(&format!("This {case} is about a road.")).as_bytes());
        let line = serde_json::json!({ "id": case, "path": name, "title": case, "project": project });
        manifest += &format!("{line}\n");
    }
    put(&folder, "cases.jsonl", manifest.as_bytes());
    program(&folder).args(["cases", "import", "cases.jsonl"]).assert().success();
    put(&folder, "report.txt", text("A dam is planned.").as_bytes());
    let screened = program(&folder)
        .args(["screen", "report.txt", "--rules", "eu", "--format", "json"])
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let report: serde_json::Value = serde_json::from_slice(&screened).unwrap();
    report["reuse"].as_array().map_or(0, Vec::len)
}

#[test]
fn text_of_one_project_is_reuse_in_however_many_cases_it_is_archived_and_a_form_is_not() {
    assert!(reused_of(["north", "north", "north"]) > 0);
    assert_eq!(reused_of(["north", "south", "east"]), 0);
    assert_eq!(reused_of(["", "", ""]), 0, "cases without a project stand for themselves");
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

#[test]
fn faults_of_all_layers_of_ones_own_rules_are_reported_together() {
    let folder = folder();
    let own = folder.path().join("own");
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")), &own);
    let run = |arguments: &[&str], rules_dir: Option<&str>| {
        let mut command = program(&folder);
        command.args(arguments).envs(rules_dir.map(|dir| ("EIA_SCREEN__RULES_DIR", dir)));
        command.assert()
    };
    let lines: [(&[&str], Option<&str>, i32); 3] = [
        (&["rules", "check", "own"], None, 1),
        (&["rules", "check"], Some("own"), 1),
        (&["check-config"], Some("own"), 64),
    ];
    for (arguments, rules_dir, _) in lines {
        run(arguments, rules_dir).success();
    }
    let change = |name: &str, change: fn(String) -> String| {
        let path = own.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(text)).unwrap();
    };
    let broken =
        ["packs/eu.toml", "risk/R01.toml", "risk/R02.toml", "glossary/glossary.toml", "thresholds.toml"];
    for name in broken {
        change(name, |text| text + "\n=\n");
    }
    change("quantities.toml", |text| text + "\n[[cue]]\nclass = \"colour\"\nstems = [\"red\"]\n");
    change("calibration.toml", |text| text.replacen("\"heading\"", "\"hat\"", 1));
    for (arguments, rules_dir, code) in lines {
        let mut refused = run(arguments, rules_dir).code(code);
        for said in broken.into_iter().chain(["not known as a class: colour", "calibration.toml"]) {
            refused = refused.stderr(contains(said));
        }
    }
    run(&["rules", "check"], None).success().stdout(contains("are sound"));
}
