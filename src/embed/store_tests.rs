use std::fs;
use std::path::Path;

use super::*;
use crate::embed::verify::hash_file;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");

/// A store in a temporary folder with a copy of one tiny model.
fn copied(name: &str) -> (tempfile::TempDir, ModelStore) {
    let root = tempfile::tempdir().unwrap();
    let (from, to) = (Path::new(FIXTURES).join(name), root.path().join(name));
    fs::create_dir_all(to.join("weights")).unwrap();
    for file in [
        "manifest.toml",
        "golden.json",
        "weights/config.json",
        "weights/tokenizer.json",
        "weights/model.safetensors",
    ] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let store = ModelStore::open(root.path()).unwrap();
    (root, store)
}

fn edit(store: &ModelStore, name: &str, change: impl FnOnce(&str) -> String) {
    let path = store.manifest(name).unwrap().path;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(&text)).unwrap();
}

fn without_hashes(text: &str) -> String {
    let line =
        |line: &str| if line.starts_with("sha256") { "sha256 = \"unknown\"".into() } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn load_error(store: &ModelStore, name: &str) -> ModelError {
    store.load(name, Precision::Auto, ComputeDevice::Cpu).err().expect("the model must not load")
}

#[test]
fn shipped_models_are_listed_without_any_folder() {
    let root = tempfile::tempdir().unwrap();
    let store = ModelStore::open(root.path().join("nowhere")).unwrap();
    let names: Vec<String> = store.list().unwrap().into_iter().map(|listing| listing.name).collect();
    assert_eq!(names, SHIPPED.map(|model| model.name));
    assert!(store.manifest(DEFAULT_MODEL).unwrap().is_shipped);
    assert_eq!(store.golden(DEFAULT_MODEL).unwrap().len(), 24);
    assert!(matches!(load_error(&store, DEFAULT_MODEL), ModelError::NotPulled { .. }));
}

#[test]
fn every_shipped_manifest_states_prompts_and_coverage_of_its_model() {
    let store = ModelStore::open(FIXTURES).unwrap();
    let e5 = store.manifest("multilingual-e5-small").unwrap().manifest;
    assert_eq!((e5.prompts.query.as_str(), e5.prompts.passage.as_str()), ("query: ", "passage: "));
    let minilm = store.manifest(DEFAULT_MODEL).unwrap().manifest;
    assert_eq!(minilm.languages, [crate::domain::language::Language::English]);
}

#[test]
fn damaged_file_is_refused_by_name_with_both_hashes() {
    let (_root, store) = copied("tiny-bert");
    let path = store.weights_folder("tiny-bert").join(WEIGHTS_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let text = load_error(&store, "tiny-bert").to_string();
    let expected = store.manifest("tiny-bert").unwrap().manifest;
    let FileHash::Known(expected) = &expected.file(WEIGHTS_FILE).unwrap().sha256 else { panic!() };
    assert!(text.contains(WEIGHTS_FILE) && text.contains(expected.as_str()), "{text}");
    assert!(text.contains(&hash_file(&path).unwrap().0), "{text}");
    assert!(matches!(store.verify("tiny-bert"), Err(ModelError::HashMismatch { .. })));
}

#[test]
fn missing_file_names_the_command_that_fetches_it() {
    let (_root, store) = copied("tiny-bert");
    fs::remove_file(store.weights_folder("tiny-bert").join(TOKENIZER_FILE)).unwrap();
    let text = load_error(&store, "tiny-bert").to_string();
    assert!(text.contains(TOKENIZER_FILE) && text.contains("models pull tiny-bert"), "{text}");
}

#[test]
fn unknown_hash_loads_only_after_the_operator_recorded_it() {
    let (_root, store) = copied("tiny-bert");
    edit(&store, "tiny-bert", without_hashes);
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::HashUnknown { .. }));
    let state = |store: &ModelStore| {
        store.list().unwrap().into_iter().find(|one| one.name == "tiny-bert").unwrap().state
    };
    assert_eq!(state(&store), FileState::Unrecorded);

    assert!(store.record("tiny-bert").unwrap().is_some());
    assert_eq!(state(&store), FileState::Present);
    assert!(store.verify("tiny-bert").unwrap().files.iter().all(|file| file.is_recorded));
    store.load("tiny-bert", Precision::Auto, ComputeDevice::Cpu).unwrap();

    let path = store.weights_folder("tiny-bert").join(CONFIG_FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text} ")).unwrap();
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::HashMismatch { .. }));
    let again = store.record("tiny-bert").unwrap_err();
    assert!(matches!(again, ModelError::HashMismatch { .. }), "a lock must not be overwritten: {again}");
}

#[test]
fn lock_of_another_revision_does_not_count() {
    let (_root, store) = copied("tiny-bert");
    edit(&store, "tiny-bert", without_hashes);
    store.record("tiny-bert").unwrap();
    edit(&store, "tiny-bert", |text| text.replace("revision = \"1\"", "revision = \"2\""));
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::HashUnknown { .. }));
}

#[test]
fn manifest_with_every_hash_needs_no_lock() {
    let (_root, store) = copied("tiny-bert");
    assert_eq!(store.record("tiny-bert").unwrap(), None);
}

#[test]
fn manifest_and_config_have_to_agree() {
    let (_root, store) = copied("tiny-bert");
    edit(&store, "tiny-bert", |text| text.replace("dimension = 32", "dimension = 48"));
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::Malformed { .. }));
    edit(&store, "tiny-bert", |text| text.replace("dimension = 48", "dimension = 32"));
    edit(&store, "tiny-bert", |text| text.replace("max_tokens = 32", "max_tokens = 41"));
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::Malformed { .. }));
    edit(&store, "tiny-bert", |text| text.replace("max_tokens = 41", "max_tokens = 40"));
    edit(&store, "tiny-bert", |text| text.replace("\"float32\"", "\"float16\""));
    assert!(matches!(load_error(&store, "tiny-bert"), ModelError::Malformed { .. }));
}

#[test]
fn identity_follows_manifest_and_files() {
    let (_root, store) = copied("tiny-bert");
    let before = store.read("tiny-bert").unwrap().prepared.sha256;
    assert_eq!(before, store.verify("tiny-bert").unwrap().sha256);
    edit(&store, "tiny-bert", |text| text.replace("\"ko\"", "\"ru\""));
    assert_ne!(before, store.read("tiny-bert").unwrap().prepared.sha256);
}

#[test]
fn names_cannot_leave_the_store() {
    let store = ModelStore::open(FIXTURES).unwrap();
    for name in ["../models", "/etc", "", ".hidden", "a/b", "Tiny"] {
        assert!(matches!(load_error(&store, name), ModelError::BadName { .. }), "{name}");
    }
    let text = load_error(&store, "nothing").to_string();
    assert!(text.contains("tiny-bert") && text.contains(DEFAULT_MODEL), "{text}");
}

#[test]
fn folder_and_manifest_name_have_to_agree() {
    let (root, _) = copied("tiny-bert");
    fs::rename(root.path().join("tiny-bert"), root.path().join("other")).unwrap();
    let store = ModelStore::open(root.path()).unwrap();
    assert!(matches!(load_error(&store, "other"), ModelError::ManifestValue { .. }));
    let listed = store.list().unwrap();
    let other = listed.iter().find(|listing| listing.name == "other").unwrap();
    assert!(other.manifest.is_err(), "a broken manifest is listed with its error");
}

#[test]
fn golden_vectors_can_be_written_out_in_the_manifest() {
    let (_root, store) = copied("tiny-bert");
    let inline = "golden = [{ text = \"a\", kind = \"query\", vector = [1.0, 0.0] }]";
    edit(&store, "tiny-bert", |text| text.replace("golden = [{ file = \"golden.json\" }]", inline));
    let golden = store.golden("tiny-bert").unwrap();
    assert_eq!((golden.len(), golden[0].vector.as_slice()), (1, [1.0, 0.0].as_slice()));
    edit(&store, "tiny-bert", |text| text.replace("kind = \"query\"", "kind = \"title\""));
    assert!(matches!(store.golden("tiny-bert"), Err(ModelError::ManifestValue { .. })));
}

#[test]
fn store_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(ModelStore::open(file.path()), Err(ModelError::Io { .. })));
}
