//! The shipped rules load and are complete; faults in other rules are all reported.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::domain::language::Language;
use crate::domain::requirement::{Obligation, SourceConfidence};

fn builtin() -> &'static Rulebook {
    static RULEBOOK: LazyLock<Rulebook> =
        LazyLock::new(|| Rulebook::load_builtin().unwrap_or_else(|error| panic!("{error}")));
    &RULEBOOK
}

/// `numbered("KZ-", 2, 1..=3)` is KZ-01, KZ-02, KZ-03.
fn numbered(prefix: &str, width: usize, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|n| format!("{prefix}{n:0width$}")).collect()
}

fn lettered(prefix: &str, letters: &str) -> Vec<String> {
    letters.chars().map(|letter| format!("{prefix}{letter}")).collect()
}

fn joined(lists: &[Vec<String>]) -> Vec<String> {
    lists.concat()
}

/// Every pack with its requirement codes in legal order, written down independently of the files.
fn expected() -> Vec<(&'static str, Vec<String>)> {
    let owned = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    vec![
        ("adb", lettered("ADB-", "ABCDEFGHIJ")),
        ("espoo", lettered("ES-", "abcdefghi")),
        (
            "eu",
            joined(&[numbered("EU-", 2, 1..=4), lettered("EU-05", "abcdefgx"), numbered("EU-", 2, 6..=12)]),
        ),
        ("kr", joined(&[numbered("KR-", 2, 1..=17), numbered("KR-S", 1, 1..=6)])),
        ("kz", numbered("KZ-", 2, 1..=22)),
        ("ru", numbered("RU-", 2, 1..=13)),
        (
            "us",
            joined(&[
                owned(&["US-i", "US-ii", "US-iii", "US-iv", "US-v"]),
                numbered("US-F", 1, 1..=10),
                owned(&["US-EA"]),
            ]),
        ),
        ("uz-234-consequences", numbered("UZ-Z", 2, 1..=8)),
        ("uz-234-draft", numbered("UZ-D", 2, 1..=18)),
        ("uz-234-statement", numbered("UZ-S", 2, 1..=7)),
        ("uz-541", joined(&[numbered("UZ541-D", 2, 1..=10), owned(&["UZ541-S01", "UZ541-Z01"])])),
        ("wb", lettered("WB-", "abcdefghij")),
    ]
}

#[test]
fn the_shipped_rules_have_no_faults_and_every_code() {
    let rulebook = builtin();
    let found: Vec<(&str, Vec<String>)> = rulebook
        .sets
        .iter()
        .map(|set| (set.name.as_str(), set.requirements.iter().map(|r| r.id.0.clone()).collect()))
        .collect();
    assert_eq!(found, expected());
}

#[test]
fn the_canonical_elements_are_complete_and_named_in_every_language() {
    let rulebook = builtin();
    let ids: Vec<String> = rulebook.elements.iter().map(|element| element.id.0.clone()).collect();
    assert_eq!(ids, numbered("C", 2, 1..=41));
    for element in &rulebook.elements {
        for language in Language::ALL {
            assert!(element.title.contains_key(&language), "{} has no {language} title", element.id);
            let headings = element.headings.get(&language).map_or(0, Vec::len);
            assert!(headings >= 3, "{} has {headings} {language} headings", element.id);
            assert!(element.decoys.contains_key(&language), "{} has no {language} pointers", element.id);
        }
    }
}

#[test]
fn requirements_are_titled_in_their_own_language_and_shown_with_enough_examples() {
    let rulebook = builtin();
    for set in &rulebook.sets {
        let own: &[Language] = match set.jurisdiction.as_str() {
            "UZ" => &[Language::Russian, Language::UzbekLatin, Language::UzbekCyrillic],
            "KR" => &[Language::Korean],
            "KZ" | "RU" => &[Language::Russian],
            _ => &[Language::English],
        };
        for requirement in &set.requirements {
            for language in own {
                assert!(requirement.title.contains_key(language), "{}: {language}", requirement.id);
            }
            assert!(requirement.accept.len() >= 2, "{} has too few examples", requirement.id);
        }
    }
}

#[test]
fn the_heading_that_the_law_itself_uses_is_recognised() {
    let rulebook = builtin();
    for set in rulebook.sets.iter().filter(|set| ["UZ", "KR", "KZ", "RU"].contains(&&*set.jurisdiction)) {
        // UZ541-S01 and UZ541-Z01 are whole documents, not chapters.
        let chapters = set.requirements.iter().filter(|r| !["UZ541-S01", "UZ541-Z01"].contains(&&*r.id.0));
        for requirement in chapters {
            let of_elements = rulebook.elements.iter().filter(|e| requirement.elements.contains(&e.id));
            let cues: Vec<(Language, &str)> = of_elements
                .map(|element| &element.headings)
                .chain([&requirement.headings])
                .flatten()
                .flat_map(|(language, list)| list.iter().map(|phrase| (*language, phrase.as_str())))
                .collect();
            let matcher = crate::text::phrases::PhraseSet::build(cues.iter().map(|(l, p)| (0, *l, *p)));
            for (language, title) in &requirement.title {
                let own = match set.jurisdiction.as_str() {
                    "KR" => *language == Language::Korean,
                    // The Uzbek titles of the old pack are translations.
                    "UZ" if set.name != "uz-541" => !matches!(language, Language::Korean | Language::English),
                    _ => *language == Language::Russian,
                };
                let found = matcher.find(title, Some(*language));
                assert!(!own || !found.is_empty(), "{}: `{title}` is no heading of it", requirement.id);
            }
        }
    }
}

#[test]
fn sources_are_as_sure_as_the_research_says() {
    let rulebook = builtin();
    for set in &rulebook.sets {
        for requirement in &set.requirements {
            let expected = match (set.name.as_str(), requirement.id.0.as_str()) {
                (_, "UZ541-D10") => SourceConfidence::Secondary,
                ("uz-234-draft" | "uz-234-statement" | "uz-234-consequences" | "kr", _) => {
                    SourceConfidence::Verified
                }
                _ => SourceConfidence::Unverified,
            };
            assert_eq!(requirement.source, expected, "{}", requirement.id);
            let guidance = set.name == "wb" || requirement.id.0.starts_with("US-F");
            assert_eq!(requirement.obligation == Obligation::Indicative, guidance, "{}", requirement.id);
        }
    }
}

#[test]
fn identities_name_every_layer_once_and_change_with_the_text() {
    let rulebook = builtin();
    let names: Vec<String> =
        rulebook.identities(&rulebook.sets[..2]).into_iter().map(|identity| identity.name).collect();
    assert_eq!(names, ["adb", "elements", "espoo", "evidence", "facts", "usage", "vocabulary"]);

    let mut sources = builtin_sources();
    let text = sources.get_mut("packs/eu.toml").expect("the pack is embedded");
    text.push_str("# a remark\n");
    let changed = Rulebook::from_sources(&sources).expect("a remark is no fault");
    assert_ne!(changed.set("eu").map(|set| &set.sha256), rulebook.set("eu").map(|set| &set.sha256));
    assert_eq!(changed.set("wb").map(|set| &set.sha256), rulebook.set("wb").map(|set| &set.sha256));
    assert_eq!(changed.base_identities, rulebook.base_identities);
}

#[test]
fn a_folder_with_the_same_files_gives_the_same_rulebook() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (file, text) in builtin_sources() {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    assert_eq!(Rulebook::load_dir(folder.path()).expect("loads"), *builtin());
    std::fs::remove_file(folder.path().join("facts.toml")).expect("removed");
    assert!(matches!(Rulebook::load_dir(folder.path()), Err(RulesError::Unreadable { .. })));
}

/// Problems of the shipped rules after `change` was made to their sources.
fn problems_after(change: impl FnOnce(&mut Sources)) -> Vec<String> {
    let mut sources = builtin_sources();
    change(&mut sources);
    match Rulebook::from_sources(&sources) {
        Ok(_) => Vec::new(),
        Err(RulesError::Faulty(problems)) => problems.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn replace(sources: &mut Sources, file: &str, from: &str, to: &str) {
    let text = sources.get_mut(file).expect("the file is there");
    assert!(text.contains(from), "{file} does not contain {from}");
    *text = text.replacen(from, to, 1);
}

#[test]
fn all_faults_are_reported_at_once_with_file_and_requirement() {
    let problems = problems_after(|sources| {
        replace(sources, "packs/eu.toml", "elements = [\"C10\"]", "elements = [\"C99\"]");
        replace(sources, "packs/kz.toml", "id = \"KZ-02\"", "id = \"KZ-01\"");
        replace(
            sources,
            "packs/uz-234-draft.toml",
            "when = \"hearing_required\"",
            "when = \"hearing_wanted\"",
        );
        replace(sources, "packs/us.toml", "en = \"Purpose and need\"", "en = \" \"");
        replace(sources, "packs/ru.toml", "version = ", "colour = \"red\"\nversion = ");
    });
    for expected in [
        "packs/eu.toml: EU-02: unknown element `C99`",
        "packs/kz.toml: KZ-01: the code is used twice",
        "packs/uz-234-draft.toml: UZ-D08: unreachable condition: `hearing_wanted` is not a fact",
        "packs/us.toml: US-F4: the en title is empty",
        "packs/ru.toml: TOML parse error",
    ] {
        assert!(problems.iter().any(|found| found.starts_with(expected)), "{expected}: {problems:#?}");
    }
}

#[test]
fn cues_that_match_nothing_in_their_own_examples_are_refused() {
    let problems = problems_after(|sources| {
        let text = sources.get_mut("packs/adb.toml").expect("the file is there");
        let from = text.find("en = [\"grievance redress mechanism\"").expect("headings of ADB-H");
        let to = from + text[from..].find('\n').expect("a line ends");
        text.replace_range(from..to, "en = [\"grievence box\"]");
    });
    let expected = "packs/adb.toml: ADB-H: headings.en: no phrase matches an accept example";
    assert!(problems.iter().any(|found| found == expected), "{problems:#?}");
}

#[test]
fn a_decoy_that_matches_a_cue_of_its_own_element_is_refused() {
    let problems = problems_after(|sources| {
        replace(sources, "evidence/c01-10.toml", "\"alternative energy\"", "\"alternatives\"");
    });
    let found: Vec<_> =
        problems.iter().filter(|found| found.contains("decoys.en: `alternatives` matches")).collect();
    assert_eq!(found.len(), 1, "{problems:#?}");
    assert!(found[0].starts_with("evidence/: C10: "), "{problems:#?}");
}

#[test]
fn examples_that_contradict_the_cues_are_refused() {
    let problems = problems_after(|sources| {
        let accept = "\n[[requirement.accept]]\nlanguage = \"en\"\ntext = \"The weather was fine.\"\n";
        let reject = "\n[[requirement.reject]]\nlanguage = \"en\"\nheading = \"Non-technical summary\"\n\
                      text = \"Plain words on what is built, what it does to the river and its people.\"\n";
        let text = sources.get_mut("packs/espoo.toml").expect("the file is there");
        text.push_str(accept);
        text.push_str(reject);
    });
    assert!(
        problems.iter().any(|found| found.contains("ES-i: accept example 3 is not recognised")),
        "{problems:#?}"
    );
    assert!(
        problems.iter().any(|found| found.contains("ES-i: reject example 3 is recognised")),
        "{problems:#?}"
    );
}

#[test]
fn places_in_a_law_are_those_of_its_citation() {
    let rulebook = builtin();
    let mut seen = 0;
    for requirement in rulebook.sets.iter().flat_map(|set| &set.requirements) {
        for place in &requirement.places {
            let indent = if place.indent > 0 { format!(" indent {}", place.indent) } else { String::new() };
            assert!(
                requirement.citation.contains(&format!("p.{}{indent}", place.point)),
                "{}",
                requirement.id
            );
            assert!(requirement.citation.contains(&format!("Annex {}", place.annex)), "{}", requirement.id);
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} places");
}

#[test]
fn evidence_is_merged_and_stray_evidence_refused() {
    let rulebook = builtin();
    let first = &rulebook.elements[0];
    assert!(first.wording.contains_key(&Language::English));
    let problems = problems_after(|sources| {
        sources.insert(
            "evidence/other.toml".to_owned(),
            "[C01.wording]\nen = [\"again\"]\n[C77.wording]\nen = [\"stray\"]\n".to_owned(),
        );
    });
    let files: BTreeSet<&str> = problems.iter().map(String::as_str).collect();
    assert!(files.contains("evidence/other.toml: C77: is not an element of elements.toml"), "{files:#?}");
    assert!(problems.iter().any(|found| found.contains("C01: is written in evidence/")), "{files:#?}");
}
