//! The documents about errors say what the code says.

use std::path::Path;

use eia_screen::rpc::reasons;

const BEGIN: &str = "<!-- table of src/rpc/reasons.rs -->\n";
const END: &str = "<!-- end of the table -->\n";

/// `EIA_SCREEN_RELEASE=1 cargo test contract` writes the table.
#[test]
fn the_table_in_the_documents_is_the_one_in_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the table has a beginning");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", reasons::table());
    if std::env::var_os("EIA_SCREEN_RELEASE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(text == wanted, "docs/errors.md does not show the table of src/rpc/reasons.rs");
}
