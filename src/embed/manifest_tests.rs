use super::*;

const GOOD: &str = r#"
name = "m"
summary = "s"
repository = "o/m"
revision = "1"
architecture = "bert"
pooling = "mean"
normalise = true
max_tokens = 32
dimension = 4
licence = "MIT"
languages = ["en", "uz-Cyrl"]
files = [
  { path = "config.json", sha256 = "unknown" },
  { path = "tokenizer.json", sha256 = "unknown" },
  { path = "model.safetensors", sha256 = "unknown", bytes = 3, sources = [
    { hub = "model.safetensors" },
    { wheel = { package = "p", version = "1", member = "p/m" } },
  ] },
]
[prompts]
query = "q: "
"#;

fn parse(text: &str) -> Result<Manifest, ModelError> {
    Manifest::parse(Path::new("models/m/manifest.toml"), text)
}

fn complaint(text: &str) -> String {
    let error = parse(text).expect_err("the manifest is wrong");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error} {source}")
}

#[test]
fn manifest_is_read_in_full() {
    let manifest = parse(GOOD).unwrap();
    assert_eq!(manifest.prompts.of(TextKind::Query), "q: ");
    assert_eq!(manifest.prompts.of(TextKind::Passage), "");
    assert!(manifest.covers(Language::UzbekCyrillic));
    assert!(!manifest.covers(Language::UzbekLatin));
    assert_eq!(manifest.files[2].sources.len(), 2);
}

#[test]
fn unknown_key_is_refused_with_file_and_key() {
    let text = complaint(&GOOD.replace("dimension", "dimensions"));
    assert!(text.contains("models/m/manifest.toml") && text.contains("dimensions"), "{text}");
}

#[test]
fn senseless_values_are_refused_by_key() {
    let cases = [
        ("normalise = true", "normalise = false", "normalise"),
        ("max_tokens = 32", "max_tokens = 0", "max_tokens"),
        ("dimension = 4", "dimension = 0", "dimension"),
        ("name = \"m\"", "name = \"../m\"", "name"),
        ("licence = \"MIT\"", "licence = \"\"", "licence"),
        ("path = \"config.json\"", "path = \"../config.json\"", "files[0].path"),
        ("path = \"config.json\"", "path = \"/config.json\"", "files[0].path"),
        ("path = \"config.json\"", "path = \"tokenizer.json\"", "files[1].path"),
        ("path = \"config.json\"", "path = \"other.json\"", "config.json is not listed"),
        ("\"unknown\", bytes", "\"ABC\", bytes", "sha256"),
        ("\"uz-Cyrl\"", "\"uz\"", "languages"),
        ("architecture = \"bert\"", "architecture = \"gpt\"", "architecture"),
        ("pooling = \"mean\"", "pooling = \"max\"", "pooling"),
        ("[prompts]", "golden = [{ text = \"t\" }]\n[prompts]", "golden[0]"),
        ("[prompts]", "golden = [{ file = \"../x\" }]\n[prompts]", "golden[0]"),
    ];
    for (from, to, key) in cases {
        assert!(GOOD.contains(from), "{from}");
        let text = complaint(&GOOD.replacen(from, to, 1));
        assert!(text.contains(key), "{to}: {text}");
    }
}

#[test]
fn identity_changes_with_text_order_and_hashes() {
    let file = |path: &str, hash: &str| (PathBuf::from(path), hash.to_owned());
    let base = identity_hash("t", &[file("a", "1"), file("b", "2")]);
    assert_ne!(base, identity_hash("u", &[file("a", "1"), file("b", "2")]));
    assert_ne!(base, identity_hash("t", &[file("a", "1"), file("b", "3")]));
    assert_ne!(base, identity_hash("t", &[file("b", "2"), file("a", "1")]));
    assert_eq!(base.len(), 64);
}

proptest::proptest! {
    #[test]
    fn damaged_manifest_is_refused_or_read_but_never_panics(at in 0..GOOD.len(), put in "\\PC{0,3}", take in 0_usize..40) {
        let mut text: Vec<char> = GOOD.chars().collect();
        let end = (at + take).min(text.len());
        text.splice(at.min(end)..end, put.chars());
        let text: String = text.into_iter().collect();
        if let Err(error) = parse(&text) {
            proptest::prop_assert!(error.to_string().contains("models/m/manifest.toml"));
        }
    }
}
