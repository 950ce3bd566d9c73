use super::*;

const HEAD_TEXT: &str = "version = \"2026-11-26\"\nnote = \"n\"\nleast_known_origin = \"o\"\n\
    [least_known]\nru = 0.5\nuz-Latn = 0.5\nuz-Cyrl = 0.5\nko = 0.5\n";

fn sources(rows: &str) -> Sources {
    [(HEAD, HEAD_TEXT.to_owned()), ("terms.tsv", format!("en\tru\tuz\tko\n{rows}"))]
        .map(|(name, text)| (name.to_owned(), text))
        .into()
}

fn problems(rows: &str) -> String {
    Glossary::from_sources(&sources(rows)).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn builtin_glossary_is_sound_and_large() {
    let glossary = Glossary::load_builtin().unwrap();
    assert!(glossary.rows.len() > 1500, "{}", glossary.rows.len());
    assert_eq!(glossary.identity.sha256.len(), 64);
    for language in [Language::Russian, Language::UzbekCyrillic, Language::Korean] {
        assert!((0.1..0.9).contains(&glossary.least_known(language)));
    }
}

#[test]
fn rows_become_entries_in_three_languages() {
    let glossary =
        Glossary::from_sources(&sources("# note\nwater\tвода; воды\tsuv\t물\nmahalla\t-\tmahalla\t-\n"))
            .unwrap();
    assert_eq!(glossary.rows.len(), 2);
    assert_eq!(glossary.rows[1].line, 4);
    let gloss = |text, language| glossary.glosser().gloss(text, language).unwrap().text;
    assert_eq!(gloss("воды", Language::Russian), "water");
    assert_eq!(gloss("сувлар", Language::UzbekCyrillic), "water");
    assert_eq!(gloss("물은", Language::Korean), "water");
}

#[test]
fn every_fault_is_named_with_its_line() {
    let cases = [
        ("water\tвода\tsuv\n", "line 0002: has 3 cells"),
        ("water\tвода\t\t물\n", "an empty cell"),
        ("water\tвода; \tsuv\t물\n", "ru: \"\" has no word"),
        ("water\t--\tsuv\t물\n", "ru: \"--\" has no word"),
        ("water\tvoda\tsuv\t물\n", "`voda` is not written in the script of ru"),
        ("water\tвода\tсув\t물\n", "`сув` is not written in the script of uz-Latn"),
        ("water\tвода\tsuv\tmul\n", "`mul` is not written in the script of ko"),
        (
            "water\tвода\tsuv\t물\nWater\tводы\tsuvlar\t수\n",
            "the headword stands in glossary/terms.tsv line 2 already",
        ),
        (
            "water\tвода\tsuv\t물\nliquid\tВода\tsuyuq\t액체\n",
            "ru: `Вода` stands in glossary/terms.tsv line 2 (water)",
        ),
        ("вода\tвода\tsuv\t물\n", "does not begin with a letter"),
        ("water (clean)\tвода\tsuv\t물\n", "has '('"),
        ("water\t-\t-\t-\n", "no language has an equivalent"),
    ];
    for (rows, expected) in cases {
        let found = problems(rows);
        assert!(found.contains(expected), "{rows:?}: {found}");
    }
    let without_header = [(HEAD, HEAD_TEXT), ("terms.tsv", "water\tвода\tsuv\t물\n")];
    let error = Glossary::from_sources(&without_header.map(|(n, t)| (n.to_owned(), t.to_owned())).into());
    assert!(error.unwrap_err().to_string().contains("name the columns en, ru, uz, ko"));
}

#[test]
fn version_and_thresholds_are_checked() {
    let with = |head: &str| {
        let mut all = sources("water\tвода\tsuv\t물\n");
        all.insert(HEAD.to_owned(), head.to_owned());
        Glossary::from_sources(&all).map_or_else(|error| error.to_string(), |_| String::new())
    };
    assert!(with(&HEAD_TEXT.replace("2026-11-26", "today")).contains("not a day"));
    assert!(with(&HEAD_TEXT.replace("ko = 0.5\n", "")).contains("no share for ko"));
    assert!(with(&HEAD_TEXT.replace("ko = 0.5", "ko = 1.5")).contains("not between 0 and 1"));
    assert!(with(&HEAD_TEXT.replace("note = \"n\"", "note = \"\"")).contains("`note` is empty"));
    assert!(with(&format!("{HEAD_TEXT}colour = 1\n")).contains("colour"));
    assert!(with("").contains("glossary.toml"));
}

#[test]
fn identity_changes_with_the_source() {
    let first = Glossary::from_sources(&sources("water\tвода\tsuv\t물\n")).unwrap();
    let second = Glossary::from_sources(&sources("water\tводы\tsuv\t물\n")).unwrap();
    assert_ne!(first.identity.sha256, second.identity.sha256);
}
