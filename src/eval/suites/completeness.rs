//! Are present, weak and missing elements told apart? By document and requirement, keywords beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::judgements::{
    KEYWORDS, PROGRAM, add_calibration, add_figures, items, keyword_judgement, plots, requirements,
};
use super::{EvalError, Workbench};
use crate::domain::requirement::RequirementSet;
use crate::eval::beir;
use crate::eval::completeness::{GoldRow, Judgement, KeywordBaseline, outcome_of};
use crate::eval::result::Outcome;
use crate::eval::suite::Suite;
use crate::screen::completeness::{CaseFacts, assess};
use crate::screen::prepare::{PreparedDocument, prepare};
use crate::screen::run::Screener;

/// A document of the suite with its gold.
pub struct Labelled {
    /// Id in the gold file.
    pub id: String,
    /// File.
    pub path: PathBuf,
    /// Gold rows.
    pub rows: Vec<GoldRow>,
}

/// Returns the documents that have gold, by id.
pub fn labelled(suite: &Suite, base: &Path) -> Result<Vec<Labelled>, EvalError> {
    let gold_path = suite.gold(base);
    let folder = base.join(&suite.file.documents);
    let mut by_document: BTreeMap<String, Vec<GoldRow>> = BTreeMap::new();
    for row in beir::json_lines::<GoldRow>(&gold_path)? {
        by_document.entry(row.doc_id.clone()).or_default().push(row);
    }
    if by_document.is_empty() {
        return Err(EvalError::Data { path: gold_path, what: "no gold row".to_owned() });
    }
    by_document
        .into_iter()
        .map(|(id, rows)| {
            let path = find(&folder, &id).ok_or_else(|| EvalError::Data {
                path: folder.clone(),
                what: format!("there is no document {id}, which {} labels", suite.file.gold),
            })?;
            Ok(Labelled { id, path, rows })
        })
        .collect()
}

/// `ID.txt`, `ID.md`, `ID.pdf` …; an id may end in the format: `NAME-docx`.
pub fn find(folder: &Path, id: &str) -> Option<PathBuf> {
    find_all(folder, id).into_iter().next()
}

/// Every format in which the document lies there; the one alone that the id states, if it states one.
pub fn find_all(folder: &Path, id: &str) -> Vec<PathBuf> {
    let formats = ["txt", "md", "pdf", "docx", "html"];
    let mut stated = formats.iter().filter_map(|format| {
        Some(folder.join(format!("{}.{format}", id.strip_suffix(&format!("-{format}"))?)))
    });
    if let Some(stated) = stated.find(|path| path.is_file()) {
        return vec![stated];
    }
    let plain = formats.iter().map(|format| folder.join(format!("{id}.{format}")));
    plain.filter(|path| path.is_file()).collect()
}

/// Reads and embeds a document, and returns the packs its gold speaks of.
pub fn prepared<'a>(
    labelled: &Labelled,
    bench: &Workbench,
    screener: &'a Screener,
) -> Result<(PreparedDocument, Vec<&'a RequirementSet>), EvalError> {
    let document = bench.read_document(&labelled.path)?;
    let prepared = prepare(document, &screener.vectorizer(), &CancellationToken::new(), &mut |_, _| {})?;
    let packs: BTreeSet<String> = labelled.rows.iter().map(GoldRow::pack).collect();
    let set = |pack: &String| {
        screener.rulebook.set(pack).ok_or_else(|| EvalError::Data {
            path: labelled.path.clone(),
            what: format!("the gold names the pack {pack}, which is not among the rules"),
        })
    };
    let sets = packs.iter().map(set).collect::<Result<_, _>>()?;
    Ok((prepared, sets))
}

/// Judgements of one document: those of keywords and those of the program.
fn judge(
    labelled: &Labelled,
    bench: &Workbench,
    screener: &Screener,
    baseline: &KeywordBaseline,
) -> Result<[Vec<Judgement>; 2], EvalError> {
    let (prepared, sets) = prepared(labelled, bench, screener)?;
    let document = &prepared.document;
    let assessment = assess(
        &screener.completeness,
        document,
        &prepared.passages,
        Some(&prepared.dense),
        &sets,
        &CaseFacts::default(),
    );
    let mut judgements = [Vec::new(), Vec::new()];
    for row in &labelled.rows {
        let requirement = sets
            .iter()
            .filter(|set| set.name == row.pack())
            .flat_map(|set| &set.requirements)
            .find(|requirement| requirement.id.0 == row.requirement_id);
        let finding = assessment
            .findings
            .iter()
            .zip(&assessment.probabilities)
            .find(|(found, _)| found.requirement.0 == row.requirement_id && found.pack == row.pack());
        let (Some(requirement), Some((finding, probabilities))) = (requirement, finding) else {
            return Err(EvalError::Data {
                path: labelled.path.clone(),
                what: format!("the gold names {}, which pack {} has not", row.requirement_id, row.pack()),
            });
        };
        judgements[0].push(keyword_judgement(&labelled.id, row, baseline.outcome(document, requirement)));
        judgements[1].push(Judgement {
            document: labelled.id.clone(),
            requirement: row.requirement_id.clone(),
            gold: row.label,
            found: outcome_of(finding),
            confidence: finding.confidence,
            missing: probabilities.missing,
        });
    }
    Ok(judgements)
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let documents = labelled(suite, &base)?;
    let mut files: Vec<PathBuf> = documents.iter().map(|document| document.path.clone()).collect();
    files.push(suite.gold(&base));
    let screener = bench.screener(None)?;
    let packs: BTreeSet<String> =
        documents.iter().flat_map(|document| document.rows.iter().map(GoldRow::pack)).collect();
    let sets: Vec<RequirementSet> =
        packs.iter().filter_map(|pack| screener.rulebook.set(pack).cloned()).collect();
    let mut rules = screener.rulebook.identities(&sets);
    rules.push(screener.completeness.identity());
    rules.push(screener.completeness.classifier().clone());
    rules.sort();
    let provenance = bench.provenance(suite, &base, &files, true, rules)?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.note_fit("the calibration", &screener.completeness.calibration().provenance.data);
    if screener.embedder.is_none() {
        outcome.result.notes.push("no model was chosen: evidence is judged by words alone".to_owned());
    }
    let loaded = started.elapsed().as_secs_f64();
    let mut both = [Vec::new(), Vec::new()];
    let baseline = KeywordBaseline::new(&screener.rulebook);
    for document in &documents {
        let [keywords, program] = judge(document, bench, &screener, &baseline)?;
        both[0].extend(keywords);
        both[1].extend(program);
    }
    for (arm, judgements) in [KEYWORDS, PROGRAM].into_iter().zip(&both) {
        add_figures(&mut outcome, arm, judgements);
    }
    add_calibration(&mut outcome, PROGRAM, &both[1]);
    outcome.result.plots = plots(&both);
    outcome.items = items(&both);
    outcome.tables.insert("requirements".to_owned(), requirements(&both));
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_suite_that_the_calibration_was_fitted_on_says_so() {
        let settings = Settings { model: "none".to_owned(), ..Settings::default() };
        let bench = Workbench::new(settings, BTreeMap::new(), |_| Err("there is none".to_owned()));
        for (name, is_fitted) in [("completeness-written-unseen", true), ("completeness-written-test", false)]
        {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval").join(name);
            let notes = run(&Suite::open(&folder).unwrap(), &bench).unwrap().result.notes;
            assert_eq!(notes.iter().any(|note| note.starts_with("figures of fit")), is_fitted, "{notes:?}");
        }
    }

    #[test]
    fn a_document_is_found_in_every_format_and_in_one_where_the_id_states_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["report.docx", "report.pdf", "report.txt", "report.doc", "own-pdf.md"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let names = |id: &str| -> Vec<String> {
            let found = find_all(folder.path(), id).into_iter();
            found.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names("report"), ["report.txt", "report.pdf", "report.docx"]);
        assert_eq!(names("report-docx"), ["report.docx"]);
        assert_eq!(names("own-pdf"), ["own-pdf.md"]);
        assert!(names("another").is_empty());
        assert_eq!(find(folder.path(), "report"), Some(folder.path().join("report.txt")));
    }
}
