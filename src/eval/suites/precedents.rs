//! Are the right earlier cases found for a report? Leave-one-out over an archive with facets.
//!
//! Every case of the manifest is imported as `cases import` does it; then each report is screened for
//! precedents as `screen` does it. Judgements follow from the manifest and from nothing else:
//!
//! - same activity type (as written, case folded): grade 1;
//! - and the same jurisdiction: grade 2;  and the same agency besides: grade 3;
//! - cases of the same project are neither found nor judged. Where the manifest names no project, papers
//!   whose ids agree in their first `project_parts` parts (between hyphens, 3 unless set) are one project.
//!
//! Queries are all cases with at least one relevant case. The facets of the query are *not* given to the
//! service except in the last arm, which shows what knowing them is worth and is circular by construction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::retrieval::{add_figures, in_order};
use super::workbench::{measures, number};
use super::{EvalError, Workbench};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::CaseId;
use crate::eval::result::Outcome;
use crate::eval::suite::Suite;
use crate::eval::trec::{Qrels, Run};
use crate::index::store::CaseFilter;
use crate::screen::import::{ArchivedFile, ImportError};
use crate::screen::likeness;
use crate::screen::precedent::Ranking;
use crate::screen::prepare::{PreparedDocument, prepare};
use crate::screen::run::Screener;

const MEASURES: &str = "nDCG@10,MAP,MRR,Recall@10,P@5";
/// Cases ranked per report.
const DEPTH: usize = 50;

/// The ways compared; the last but one is the product's default.
fn arms(with_model: bool) -> Vec<(&'static str, Ranking, bool)> {
    let plain = Ranking { activity_weight: 0.0, uses_facets: false, ..Ranking::default() };
    let mut arms = vec![("sparse", Ranking { branch_weights: [0.0, 1.0], ..plain }, false)];
    if with_model {
        arms.push(("dense", Ranking { branch_weights: [1.0, 0.0], ..plain }, false));
    }
    arms.extend([
        ("hybrid, templates not damped", Ranking { damps_templates: false, ..plain }, false),
        ("hybrid", plain, false),
        ("hybrid and activity (default)", Ranking::default(), false),
        ("default, facets given", Ranking::default(), true),
    ]);
    arms
}

/// Runs a suite of the kind.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let manifest = base.join(&suite.file.documents);
    let parts = number(&settings, "project_parts", 3)?;
    let wanted = measures(&settings, MEASURES)?;
    let mut cases =
        (bench.read_manifest)(&manifest).map_err(|what| EvalError::Data { path: manifest.clone(), what })?;
    for (case, _) in &mut cases {
        if case.facets.project.is_empty() {
            case.facets.project = case.id.as_str().split('-').take(parts).collect::<Vec<_>>().join("-");
        }
    }
    let files: Vec<PathBuf> = cases.iter().flat_map(|(_, files)| files.clone()).chain([manifest]).collect();
    let started = Instant::now();
    let scratch = bench.scratch().await?;
    let screener = Arc::new(bench.screener(Some(Arc::clone(&scratch.index)))?);
    let provenance = bench.provenance(suite, &base, &files, true, screener.rulebook.identities(&[]))?;
    let mut outcome = Outcome::new(suite, "report", provenance);
    let (archived, left_out) = import(&screener, &cases).await?;
    outcome.seconds.insert("import".to_owned(), started.elapsed().as_secs_f64());
    outcome.result.notes.extend(left_out);
    let kept: Vec<&(Case, Vec<PathBuf>)> =
        cases.iter().filter(|(case, _)| archived.contains(&case.id)).collect();
    let qrels = judgements(kept.iter().map(|(case, _)| case));
    let clock = Instant::now();
    let ranked = rank(&kept, &qrels, bench, &screener).await;
    outcome.seconds.insert("search".to_owned(), clock.elapsed().as_secs_f64());
    for case in archived.iter().filter(|_| !bench.settings.qdrant.url.is_empty()) {
        scratch.index.delete_case(case).await?;
    }
    outcome.result.notes.push(format!("{} cases archived, {} reports asked for", kept.len(), qrels.len()));
    add_figures(&mut outcome, &ranked?, &qrels, &wanted);
    outcome.qrels = qrels;
    Ok(outcome)
}

/// Imports the cases; returns those that are there and a note for each that cannot be read.
async fn import(
    screener: &Arc<Screener>,
    cases: &[(Case, Vec<PathBuf>)],
) -> Result<(BTreeSet<CaseId>, Vec<String>), EvalError> {
    let (mut archived, mut left_out) = (BTreeSet::new(), Vec::new());
    for (case, files) in cases {
        let files = files
            .iter()
            .map(|path| {
                let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
                let bytes = std::fs::read(path)
                    .map_err(|error| EvalError::Data { path: path.clone(), what: error.to_string() })?;
                Ok(ArchivedFile { name, bytes })
            })
            .collect::<Result<Vec<_>, EvalError>>()?;
        match screener.import_case(case.clone(), files, CancellationToken::new()).await {
            Ok(imported) if imported.case.documents.iter().any(|document| document.passages > 0) => {
                archived.insert(case.id.clone());
            }
            Ok(_) => left_out.push(format!("{} has no text and is left out", case.id)),
            Err(ImportError::Ingest(error)) => {
                left_out.push(format!("{} cannot be read and is left out: {error}", case.id));
            }
            Err(ImportError::Index(error)) => return Err(error.into()),
            Err(ImportError::Embed(error)) => return Err(error.into()),
            Err(error) => return Err(EvalError::Setting(error.to_string())),
        }
    }
    Ok((archived, left_out))
}

/// Derives the judgements; queries without a relevant case are left out.
pub fn judgements<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> Qrels {
    let mut qrels = Qrels::new();
    for query in cases.clone() {
        let mut grades = BTreeMap::new();
        for case in cases.clone() {
            if let Some(grade) = grade(&query.facets, &case.facets) {
                grades.insert(case.id.to_string(), grade);
            }
        }
        if !grades.is_empty() {
            qrels.insert(query.id.to_string(), grades);
        }
    }
    qrels
}

fn grade(query: &Facets, case: &Facets) -> Option<i32> {
    let same = |ours: &str, theirs: &str| !ours.is_empty() && ours.to_lowercase() == theirs.to_lowercase();
    if same(&query.project, &case.project) || !same(&query.activity_type, &case.activity_type) {
        return None;
    }
    let place = same(&query.jurisdiction, &case.jurisdiction);
    let agency = place && same(&query.agency, &case.agency);
    Some(1 + i32::from(place) + i32::from(agency))
}

async fn rank(
    cases: &[&(Case, Vec<PathBuf>)],
    qrels: &Qrels,
    bench: &Workbench,
    screener: &Arc<Screener>,
) -> Result<Vec<(&'static str, Run)>, EvalError> {
    let index = screener.index.clone().ok_or_else(|| EvalError::Setting("no archive is open".to_owned()))?;
    let arms = arms(screener.embedder.is_some());
    let mut runs: Vec<(&'static str, Run)> = arms.iter().map(|(name, _, _)| (*name, Run::new())).collect();
    for (case, files) in cases.iter().filter(|(case, _)| qrels.contains_key(case.id.as_str())) {
        let Some(path) = files.first() else { continue };
        let prepared = prepared(bench, screener, path)?;
        let elements = screener.elements(&prepared);
        let filter = CaseFilter {
            exclude_cases: vec![case.id.clone()],
            exclude_projects: vec![case.facets.project.clone()],
            exclude_documents: vec![prepared.document.id],
            ..CaseFilter::default()
        };
        for ((_, ranking, gives_facets), (_, run)) in arms.iter().zip(&mut runs) {
            let facets = if *gives_facets { case.facets.clone() } else { Facets::default() };
            let (precedents, _) =
                likeness::of_document(index.as_ref(), &prepared, &elements, &facets, &filter, DEPTH, ranking)
                    .await?;
            let scored =
                precedents.into_iter().map(|found| (found.case.id.to_string(), f64::from(found.score)));
            run.insert(case.id.to_string(), in_order(scored.collect()));
        }
    }
    Ok(runs)
}

fn prepared(
    bench: &Workbench,
    screener: &Screener,
    path: &std::path::Path,
) -> Result<PreparedDocument, EvalError> {
    let document = bench.read_document(path)?;
    Ok(prepare(document, screener.embedder.as_deref(), &CancellationToken::new(), &mut |_, _| {})?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, activity: &str, place: &str, agency: &str, project: &str) -> Case {
        Case {
            id: CaseId::parse(id).unwrap(),
            title: String::new(),
            facets: Facets {
                activity_type: activity.to_owned(),
                jurisdiction: place.to_owned(),
                agency: agency.to_owned(),
                project: project.to_owned(),
                ..Facets::default()
            },
            decision: String::new(),
            conditions: Vec::new(),
            documents: Vec::new(),
        }
    }

    #[test]
    fn grades_follow_activity_place_and_agency_and_leave_the_project_out() {
        let cases = [
            case("a", "Grazing", "X", "one", "p1"),
            case("b", "grazing", "X", "one", "p2"),
            case("c", "grazing", "X", "two", "p3"),
            case("d", "grazing", "Y", "one", "p4"),
            case("e", "grazing", "X", "one", "p1"),
            case("f", "airport", "X", "one", "p5"),
        ];
        let qrels = judgements(cases.iter());
        let of_a: Vec<(&str, i32)> = qrels["a"].iter().map(|(id, grade)| (id.as_str(), *grade)).collect();
        assert_eq!(of_a, [("b", 3), ("c", 2), ("d", 1)]);
        assert!(!qrels.contains_key("f"));
    }
}
