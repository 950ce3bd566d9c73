//! Figures, plots and rows of a few judgements, worked by hand.

use super::*;
use crate::eval::result::{Figure, ResultProvenance};
use crate::eval::suite::Suite;
use Label::{Missing, Present, Weak};

fn judgement(requirement: &str, gold: Label, found: Option<Label>, missing: f32) -> Judgement {
    Judgement {
        document: "d1".to_owned(),
        requirement: requirement.to_owned(),
        gold,
        found,
        confidence: 0.6,
        missing,
    }
}

fn figures(judgements: &[Judgement]) -> Vec<Figure> {
    let folder = tempfile::tempdir().unwrap();
    let text = "name = \"s\"\nkind = \"completeness\"\ntitle = \"T\"\ndocuments = \"*\"\nlicence = \"L\"\n";
    std::fs::write(folder.path().join("suite.toml"), text).unwrap();
    let provenance = ResultProvenance {
        build: "test".to_owned(),
        model: None,
        rules: Vec::new(),
        data_sha256: "d".to_owned(),
        settings: BTreeMap::new(),
    };
    let mut outcome = Outcome::new(&Suite::open(folder.path()).unwrap(), "document", provenance);
    add_figures(&mut outcome, "a", judgements);
    outcome.result.arms.remove(0).figures
}

#[test]
fn every_class_has_precision_recall_and_f1_and_micro_f1_counts_abstentions() {
    let judgements = [
        judgement("EU-01", Missing, Some(Missing), 0.9),
        judgement("EU-02", Missing, Some(Weak), 0.4),
        judgement("EU-03", Weak, Some(Weak), 0.1),
        judgement("EU-04", Present, None, 0.1),
    ];
    let figures = figures(&judgements);
    let of = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap().value;
    assert_eq!((of("missing precision"), of("missing recall")), (Some(1.0), Some(0.5)));
    assert_eq!((of("weak precision"), of("weak recall")), (Some(0.5), Some(1.0)));
    // Nothing is called present, so there is no precision; one element is, and it is not found.
    assert_eq!(
        (of("present precision"), of("present recall"), of("present F1")),
        (None, Some(0.0), Some(0.0))
    );
    // Two right of three answers and four labels.
    assert_eq!(of("micro F1"), Some(rounded(4.0 / 7.0)));
    assert_eq!(of("macro F1"), Some(rounded((2.0 / 3.0 + 2.0 / 3.0) / 3.0)));
    assert_eq!((of("accuracy"), of("answered")), (Some(0.5), Some(0.75)));
    assert_eq!(of("not fully present F1"), Some(1.0));
}

#[test]
fn the_curve_of_missing_goes_by_how_likely_missing_is() {
    // Sure to be weak, yet likelier missing than what is unsure to be present.
    let judgements = [
        judgement("EU-01", Missing, Some(Missing), 0.8),
        judgement("EU-02", Missing, Some(Weak), 0.15),
        judgement("EU-03", Present, Some(Present), 0.05),
        judgement("EU-04", Missing, None, 0.99),
    ];
    let mut sure = judgements.clone();
    sure[1].confidence = 0.85;
    sure[2].confidence = 0.5;
    let third = rounded(1.0 / 3.0);
    let expected =
        [(third, 1.0), (rounded(2.0 / 3.0), 1.0), (rounded(2.0 / 3.0), rounded(2.0 / 3.0)), (1.0, 0.75)];
    assert_eq!(missing_curve(&sure), expected);
    assert_eq!(missing_curve(&judgements), expected, "how sure the stated outcome is does not matter");
}

#[test]
fn answers_are_counted_by_label_and_requirement() {
    let program = vec![
        judgement("EU-01", Missing, Some(Missing), 0.9),
        judgement("EU-01", Present, Some(Missing), 0.9),
        judgement("EU-02", Present, None, 0.1),
    ];
    let keywords: Vec<Judgement> =
        program.iter().map(|own| Judgement { found: Some(Present), ..own.clone() }).collect();
    let both = [keywords, program];
    let Plot::Confusion { title, columns, rows } = confusion(PROGRAM, &both[1]) else {
        panic!("no confusion matrix")
    };
    assert_eq!(title, "Answers of evidence model");
    assert_eq!(columns, ["found missing", "found weak", "found present", "not answered"]);
    let counts: Vec<(&str, &[usize])> =
        rows.iter().map(|(name, row)| (name.as_str(), row.as_slice())).collect();
    assert_eq!(
        counts,
        [
            ("gold missing", [1, 0, 0, 0].as_slice()),
            ("gold weak", [0, 0, 0, 0].as_slice()),
            ("gold present", [1, 0, 0, 1].as_slice())
        ]
    );
    assert_eq!(plots(&both).iter().filter(|plot| matches!(plot, Plot::Confusion { .. })).count(), 2);
    let table = requirements(&both);
    let rows: Vec<String> = table.rows.iter().map(|row| row.join(",")).collect();
    assert_eq!(
        rows,
        [
            "keywords,EU-01,2,1,0,0,,0,0",
            "keywords,EU-02,1,0,0,0,,,",
            "evidence model,EU-01,2,1,2,1,0.5,1,0.666667",
            "evidence model,EU-02,1,0,0,0,,,",
        ]
    );
    assert_eq!(table.header.len(), 9);
}
