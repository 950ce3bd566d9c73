//! `docs/reasons.md` lists every code by which a report says why, with its English words: codes are added, never renamed.

use std::path::Path;

use eia_screen::domain::explanation::Code;

/// The line that the table follows.
const MARK: &str = "<!-- table of src/domain/explanation/codes.rs -->\n";

fn table() -> String {
    let mut table = "\n| Code | English words |\n| --- | --- |\n".to_owned();
    for code in Code::ALL {
        table += &format!("| `{}` | {} |\n", code.as_str(), code.english().replace('|', "\\|"));
    }
    table
}

#[test]
fn every_code_of_a_reason_is_documented_and_none_has_gone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reasons.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, old) = text.split_once(MARK).expect("the mark of the table is there");
    let known =
        |line: &str| line.strip_prefix("| `").and_then(|rest| rest.split('`').next()).map(str::to_owned);
    for released in old.lines().filter_map(known) {
        assert!(Code::parse(&released).is_some(), "{released} was released and has gone");
    }
    if std::env::var_os("EIA_SCREEN_RELEASE").is_some() {
        std::fs::write(&path, format!("{before}{MARK}{}", table())).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.split_once(MARK).unwrap().1, table(), "write the table with EIA_SCREEN_RELEASE=1");
}
