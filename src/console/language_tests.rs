//! Every language has every key, and no template or code asks for one that is not there.

use std::collections::BTreeSet;
use std::path::Path;

use fluent_bundle::FluentResource;
use regex::Regex;

use super::*;
use crate::text::translit::uzbek_to_cyrillic;

/// Keys of a language with the names of their placeables.
fn keys(language: Language) -> BTreeSet<String> {
    let text = source(language);
    FluentResource::try_new(text.to_owned())
        .map_err(|(_, errors)| errors)
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", language.tag()));
    text.lines()
        .filter_map(|line| line.split_once(" ="))
        .filter(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|(key, _)| key.to_owned())
        .collect()
}

fn variables(text: &str) -> BTreeSet<String> {
    let variable = Regex::new(r"\$[a-z]+").unwrap();
    variable.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The message of a key, with its continuation lines.
fn message(language: Language, key: &str) -> String {
    let mut lines = source(language).lines().skip_while(|line| !line.starts_with(&format!("{key} =")));
    let first = lines.next().unwrap_or_default().to_owned();
    lines.take_while(|line| line.starts_with([' ', '}'])).fold(first, |text, line| text + "\n" + line)
}

#[test]
fn every_language_has_the_same_keys_with_the_same_variables() {
    let english = keys(Language::English);
    assert!(english.len() > 100, "{} keys", english.len());
    for language in Language::ALL {
        let own = keys(language);
        let missing: Vec<_> = english.difference(&own).collect();
        let extra: Vec<_> = own.difference(&english).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{language}: missing {missing:?}, extra {extra:?}");
        for key in &english {
            assert_eq!(
                variables(&message(language, key)),
                variables(&message(Language::English, key)),
                "{language}: {key}"
            );
            Words::of(language).say(key);
        }
    }
}

#[test]
fn no_template_or_code_asks_for_an_unknown_key() {
    let call = Regex::new(r#"\b(?:say|count|about|part|format)\(\s*"([a-z0-9-]+)""#).unwrap();
    let known = keys(Language::English);
    let mut asked = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["templates/console", "src/console"] {
        visit(&root.join(folder), &mut |text| {
            asked.extend(call.captures_iter(text).map(|found| found[1].to_owned()));
        });
    }
    assert!(asked.len() > 80, "{} keys in use", asked.len());
    let unknown: Vec<_> = asked.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Keys that are put together from a name.
#[test]
fn keys_that_are_put_together_are_there_too() {
    let known = keys(Language::English);
    let names: [(&str, &[&str]); 8] = [
        ("gate", &["complete", "incomplete", "undetermined"]),
        ("priority", &["high", "elevated", "normal"]),
        ("depth", &["fast", "ordinary", "in-depth"]),
        ("presence", &["present", "weak", "missing", "not_applicable", "not_examined"]),
        ("severity", &["high", "medium", "low", "none"]),
        (
            "polarity",
            &["asserted", "negated", "hypothetical", "mitigation", "citation", "heading", "other-place"],
        ),
        ("tab", &["completeness", "risks", "claims", "precedents", "reuse", "facts", "unread"]),
        ("verdict", &["accepted", "rejected", "changed-to"]),
    ];
    for (first, seconds) in names {
        for second in seconds {
            assert!(known.contains(&format!("{first}-{second}")), "{first}-{second}");
        }
    }
}

fn visit(folder: &Path, look: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            visit(&path, look);
        } else if (name.ends_with(".rs") && !name.ends_with("_tests.rs")) || name.ends_with(".html") {
            look(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn uzbek_in_cyrillic_letters_is_uzbek_in_latin_letters() {
    // Key or selector, then the words.
    let line = Regex::new(r"^(\s*(?:[a-z0-9_-]+ = |\*?\[\w+\] ))(.*)$").unwrap();
    // What is no Uzbek (names of formats, placeables) stays as it is.
    let code = Regex::new(r"\{[^}]*(?:\}|$)|\b(?:PDF|DOCX|HTML|Markdown|JWT)\b").unwrap();
    let (latin, cyrillic) = (source(Language::UzbekLatin), source(Language::UzbekCyrillic));
    assert_eq!(latin.lines().count(), cyrillic.lines().count());
    for (latin, cyrillic) in latin.lines().zip(cyrillic.lines()).filter(|(latin, _)| !latin.starts_with('#'))
    {
        let Some(parts) = line.captures(latin) else {
            assert_eq!(latin, cyrillic);
            continue;
        };
        let mut expected = parts[1].to_owned();
        let words = &parts[2];
        let mut last = 0;
        for found in code.find_iter(words) {
            expected += &uzbek_to_cyrillic(&words[last..found.start()]);
            expected += found.as_str();
            last = found.end();
        }
        expected += &uzbek_to_cyrillic(&words[last..]);
        assert_eq!(cyrillic, expected);
    }
}

/// Waste and emissions are two words in rules/elements.toml, and what a text states is not confirmed by that.
#[test]
fn uzbek_emissions_are_no_waste_and_statements_no_confirmation() {
    for (language, emissions, stated) in [
        (Language::UzbekLatin, "Atmosferaga tashlamalar", "matnda aytilgan"),
        (Language::UzbekCyrillic, "Атмосферага ташламалар", "матнда айтилган"),
    ] {
        let w = Words::of(language);
        assert_eq!(w.say("fact-emission"), emissions);
        assert_eq!(w.say("polarity-asserted"), stated);
    }
}

#[test]
fn the_cookie_goes_before_the_browser_and_weights_count() {
    assert_eq!(choose(Some("ko"), Some("ru")), Language::Korean);
    assert_eq!(choose(Some("<script>"), Some("ru")), Language::Russian);
    assert_eq!(choose(None, Some("de, ru;q=0.5, en-GB;q=0.8")), Language::English);
    assert_eq!(choose(None, Some("uz-Cyrl-UZ,ru;q=0.9")), Language::UzbekCyrillic);
    assert_eq!(choose(None, Some("uz;q=x, ,;q=")), Language::UzbekLatin);
    assert_eq!(choose(None, None), Language::UzbekLatin);
}
