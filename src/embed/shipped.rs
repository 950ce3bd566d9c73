//! Which manifests does the program carry with it?
//!
//! They are compiled in, so that a single installed binary can fetch and check its models.

/// A manifest and its reference vectors, compiled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedModel {
    /// Folder name.
    pub name: &'static str,
    /// Text of `manifest.toml`.
    pub manifest: &'static str,
    /// Other files beside the manifest: name and content.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! shipped {
    ($name:literal $(, $file:literal)*) => {
        ShippedModel {
            name: $name,
            manifest: include_str!(concat!("../../models/", $name, "/manifest.toml")),
            files: &[$(($file, include_str!(concat!("../../models/", $name, "/", $file)))),*],
        }
    };
}

/// Every shipped model, by name.
pub const SHIPPED: [ShippedModel; 4] = [
    shipped!("all-minilm-l6-v2", "golden.json"),
    shipped!("bge-m3"),
    shipped!("gte-modernbert-base"),
    shipped!("multilingual-e5-small"),
];

/// Returns the shipped model of that name.
pub fn shipped(name: &str) -> Option<&'static ShippedModel> {
    SHIPPED.iter().find(|model| model.name == name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::embed::manifest::Manifest;

    #[test]
    fn every_folder_under_models_is_shipped_and_parses() {
        let mut folders: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/models"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("manifest.toml").is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, SHIPPED.map(|model| model.name));
        for model in SHIPPED {
            let manifest = Manifest::parse(Path::new(model.name), model.manifest).unwrap();
            assert_eq!(manifest.name, model.name);
            for entry in manifest.golden.iter().filter_map(|entry| entry.file.as_deref()) {
                assert!(model.files.iter().any(|(name, _)| *name == entry), "{entry} is not compiled in");
            }
        }
    }
}
