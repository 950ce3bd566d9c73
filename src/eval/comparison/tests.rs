//! Comparisons of results that were written as `eval run` writes them.

use super::*;
use crate::eval::measures::Formula;
use crate::eval::report::store::files;
use crate::eval::result::{Outcome, Tallies};

/// A suite of the kind, with its settings.
struct Measured {
    kind: &'static str,
    data: &'static str,
    settings: BTreeMap<String, String>,
}

impl Default for Measured {
    fn default() -> Self {
        Self { kind: "risk", data: "d", settings: BTreeMap::new() }
    }
}

/// Makes the outcome of a suite named `s`; `fill` adds the figures.
fn outcome(measured: Measured, fill: impl FnOnce(&mut Outcome)) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "name = \"s\"\nkind = \"{}\"\ntitle = \"T\"\ndocuments = \"*\"\nlicence = \"L\"\n",
        measured.kind
    );
    std::fs::write(folder.path().join("suite.toml"), text).unwrap();
    let suite = crate::eval::suite::Suite::open(folder.path()).unwrap();
    let provenance = ResultProvenance {
        build: "test".to_owned(),
        model: None,
        rules: Vec::new(),
        data_sha256: measured.data.to_owned(),
        settings: measured.settings,
    };
    let mut outcome = Outcome::new(&suite, "document", provenance);
    fill(&mut outcome);
    outcome
}

/// Writes results as `eval run` does.
fn written(outcomes: &[Outcome]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files(outcomes).unwrap() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Means over units, each arm better by its gain.
fn means(units: usize, gain: f64) -> Tallies {
    (0..units).map(|unit| (format!("q{unit:02}"), vec![unit as f64 / 100.0 + gain, 1.0])).collect()
}

fn results(arms: &[(&str, f64)], units: usize, data: &'static str) -> tempfile::TempDir {
    written(&[outcome(Measured { data, ..Measured::default() }, |outcome| {
        for (arm, gain) in arms {
            outcome.figure(arm, "category F1", Formula::Ratio, means(units, *gain));
        }
    })])
}

#[test]
fn arms_that_differ_on_every_unit_differ_significantly_after_correction() {
    let folder = results(&[("words", 0.0), ("same", 0.0), ("better", 0.1)], 20, "d");
    let rows = arms(folder.path()).unwrap().rows;
    let of = |first: &str, second: &str| {
        rows.iter().find(|row| row.first_arm == first && row.second_arm == second).unwrap()
    };
    assert_eq!(rows.len(), 3);
    assert!(of("words", "better").p_holm < 0.001);
    assert!((of("words", "better").difference - 0.1).abs() < 1e-6);
    assert_eq!(of("words", "better").verdict, Verdict::Better);
    assert_eq!(of("words", "same").p_holm, 1.0);
    assert_eq!(of("words", "same").verdict, Verdict::NoDifference);
}

#[test]
fn a_family_is_one_figure_of_one_suite_however_many_figures_there_are() {
    // Forty figures of three arms: corrected over all of them none could fall below 0.05 with eight documents.
    let outcome = outcome(Measured { kind: "completeness", ..Measured::default() }, |outcome| {
        for (arm, gain) in [("keywords", 0.0), ("evidence model", 0.58)] {
            for figure in (0..40).map(|at| format!("figure {at}")).chain(["macro F1".to_owned()]) {
                outcome.figure(arm, &figure, Formula::Ratio, means(8, gain));
            }
        }
    });
    let rows = arms(written(&[outcome]).path()).unwrap().rows;
    assert_eq!(rows.len(), 41);
    for row in &rows {
        assert_eq!((row.p, row.p_holm, row.family, row.verdict), (0.007_813, 0.007_813, 1, Verdict::Better));
    }
    assert_eq!((rows[0].figure.as_str(), rows[0].is_primary), ("macro F1", true));
    assert!(rows[1..].iter().all(|row| !row.is_primary));
}

#[test]
fn where_p_cannot_fall_below_the_bound_the_documents_are_too_few() {
    // Five units all better: 2 of 32 assignments. Eight: 2 of 256, but not with 28 pairs of arms.
    let verdicts = |units: usize, arms: &[(&str, f64)]| -> Vec<Verdict> {
        let folder = results(arms, units, "d");
        super::arms(folder.path()).unwrap().rows.iter().map(|row| row.verdict).collect()
    };
    let two = [("a", 0.0), ("b", 0.5)];
    assert_eq!(verdicts(5, &two), [Verdict::TooFewUnits]);
    assert_eq!(verdicts(6, &two), [Verdict::Better]);
    let names: Vec<String> = (0..8).map(|arm| format!("arm {arm}")).collect();
    let eight: Vec<(&str, f64)> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at as f64)).collect();
    assert!(verdicts(8, &eight).iter().all(|verdict| *verdict == Verdict::TooFewUnits));
    assert!(verdicts(14, &eight).iter().all(|verdict| *verdict == Verdict::Better));
}

#[test]
fn what_measures_no_quality_is_not_compared() {
    let outcome = outcome(Measured { kind: "completeness", ..Measured::default() }, |outcome| {
        for (arm, gain) in [("keywords", 0.0), ("evidence model", 0.1)] {
            outcome.figure(arm, "answered", Formula::Ratio, means(9, gain));
            outcome.figure(arm, "macro F1", Formula::Ratio, means(9, gain));
        }
    });
    let comparison = arms(written(&[outcome]).path()).unwrap();
    let figures: Vec<&str> = comparison.rows.iter().map(|row| row.figure.as_str()).collect();
    assert_eq!(figures, ["macro F1"]);
    assert!(comparison.not_compared.is_empty());
}

#[test]
fn results_of_other_data_or_units_are_refused() {
    let first = results(&[("a", 0.0)], 5, "d");
    assert!(directories(first.path(), first.path()).is_ok());
    let other_data = results(&[("a", 0.0)], 5, "e");
    let error = directories(first.path(), other_data.path()).unwrap_err().to_string();
    assert!(error.contains("different data"), "{error}");
    let fewer = results(&[("a", 0.0)], 4, "d");
    let error = directories(first.path(), fewer.path()).unwrap_err().to_string();
    assert!(error.contains("q04 was measured on one side only"), "{error}");
    let other_arm = results(&[("b", 0.0)], 5, "d");
    assert!(matches!(directories(first.path(), other_arm.path()), Err(ComparisonError::Nothing)));
    let none = tempfile::tempdir().unwrap();
    assert!(matches!(directories(first.path(), none.path()), Err(ComparisonError::Unreadable { .. })));
}

#[test]
fn results_with_other_settings_of_the_gold_are_refused() {
    let of = |kind: &'static str, settings: &[(&str, &str)]| {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        written(&[outcome(Measured { kind, settings, ..Measured::default() }, |outcome| {
            outcome.figure("a", "nDCG@10", Formula::Ratio, means(5, 0.0));
        })])
    };
    let refused = |kind: &'static str, first: &[(&str, &str)], second: &[(&str, &str)]| {
        let (first, second) = (of(kind, first), of(kind, second));
        directories(first.path(), second.path()).err().map(|error| error.to_string())
    };
    for (kind, key) in [("precedents", "project_parts"), ("sections", "partial"), ("deletion", "packs")] {
        let error = refused(kind, &[(key, "4")], &[(key, "5")]).unwrap();
        assert!(
            error.contains(&format!("{key} is \"4\" in the first results, \"5\" in the second")),
            "{error}"
        );
    }
    // What stands for nothing said is no difference, and neither is what changes the answers alone.
    assert_eq!(refused("precedents", &[("project_parts", "3")], &[]), None);
    assert_eq!(refused("retrieval", &[("depth", "50")], &[("depth", "100")]), None);
}

#[test]
fn what_one_side_alone_has_is_listed() {
    let with = |suite: &str, arms: &[(&str, f64)], not_run: &[&str]| {
        let mut made = outcome(Measured::default(), |outcome| {
            for (arm, gain) in arms {
                outcome.figure(arm, "category F1", Formula::Ratio, means(9, *gain));
            }
            for arm in not_run {
                outcome.not_run(arm, "no model was chosen");
            }
        });
        made.result.suite = suite.to_owned();
        made
    };
    let first =
        written(&[with("s", &[("sparse", 0.0), ("dense", 0.1)], &[]), with("old", &[("a", 0.0)], &[])]);
    let second =
        written(&[with("s", &[("sparse", 0.0), ("new", 0.2)], &["dense"]), with("late", &[("a", 0.0)], &[])]);
    let listed = |comparison: Comparison| -> Vec<(String, Option<String>, String)> {
        comparison.not_compared.into_iter().map(|one| (one.suite, one.arm, one.why)).collect()
    };
    let line = |suite: &str, arm: Option<&str>, why: &str| {
        (suite.to_owned(), arm.map(str::to_owned), why.to_owned())
    };
    let comparison = directories(first.path(), second.path()).unwrap();
    assert_eq!(comparison.rows.len(), 1);
    let dense = "in the first results only; not run in the other: no model was chosen";
    let expected = [
        line("s", Some("dense"), dense),
        line("s", Some("new"), "in the second results only"),
        line("old", None, "in the first results only"),
        line("late", None, "in the second results only"),
    ];
    assert_eq!(listed(comparison), expected);
    let within = arms(second.path()).unwrap();
    assert_eq!(listed(within), [line("s", Some("dense"), "not run: no model was chosen")]);
}

#[test]
fn figures_that_are_not_defined_are_listed_and_not_tested() {
    let of = |claims: f64| {
        written(&[outcome(Measured::default(), |outcome| {
            let nothing = (0..9).map(|unit| (format!("q{unit:02}"), vec![0.0, claims])).collect();
            outcome.figure("a", "category precision", Formula::Ratio, nothing);
            outcome.figure("a", "category F1", Formula::Ratio, means(9, claims));
        })])
    };
    let (without, with) = (of(0.0), of(1.0));
    let comparison = directories(without.path(), with.path()).unwrap();
    let figures: Vec<&str> = comparison.rows.iter().map(|row| row.figure.as_str()).collect();
    assert_eq!(figures, ["category F1"]);
    let expected = NotCompared::figure("s", "a", "category precision", "not defined in the first results");
    assert_eq!(comparison.not_compared, [expected]);
}

#[test]
fn both_sides_say_what_they_rest_on() {
    let first = results(&[("a", 0.0)], 6, "d");
    let json = std::fs::read_to_string(first.path().join("results.json")).unwrap();
    let second = results(&[("a", 0.1)], 6, "d");
    std::fs::write(
        second.path().join("results.json"),
        json.replace("\"build\": \"test\"", "\"build\": \"next\""),
    )
    .unwrap();
    let comparison = directories(first.path(), second.path()).unwrap();
    let [suite] = comparison.suites.as_slice() else { panic!("{:?}", comparison.suites) };
    assert_eq!((suite.first.build.as_str(), suite.second.build.as_str()), ("test", "next"));
    assert_eq!(suite.first.data_sha256, "d");
    assert_eq!(suite.primary.as_deref(), Some("category F1"));
    let written = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&written).unwrap(), comparison);
}

#[test]
fn the_same_outcome_gives_the_same_bytes() {
    let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("results.json")).unwrap();
    assert_eq!(read(&results(&[("a", 0.2)], 9, "d")), read(&results(&[("a", 0.2)], 9, "d")));
}
