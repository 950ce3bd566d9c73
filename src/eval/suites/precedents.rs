//! Are the right earlier cases found for a report? Over an archive with facets.
//!
//! Every case of the manifest is imported as `cases import` does it; then each report is screened for
//! precedents as `screen` does it. Two ways of asking:
//!
//! - Leave-one-out: every archived report asks for the others. Judgements follow from the manifest and from
//!   nothing else. Same activity type (as written, case folded): grade 1; and the same jurisdiction: grade 2;
//!   and the same agency besides: grade 3. Cases of the same project are neither found nor judged; where the
//!   manifest names no project, papers whose ids agree in their first `project_parts` parts (between hyphens,
//!   3 unless set) are one project. Queries are all cases with at least one relevant case.
//! - Reports of its own (setting `queries`): a list of texts, judged by the gold file. A setting `archive`
//!   adds cases of the suite to those of the manifest.
//!
//! The facets of the query are *not* given to the service except in an arm of the first way, which shows what
//! knowing them is worth and is circular by construction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::retrieval::{add_figures, in_order};
use super::workbench::{measures, number};
use super::{EvalError, Workbench};
use crate::domain::case::{Case, Facets};
use crate::domain::ids::CaseId;
use crate::eval::beir;
use crate::eval::result::Outcome;
use crate::eval::suite::Suite;
use crate::eval::trec::{self, Qrels, Run};
use crate::index::store::CaseFilter;
use crate::ingest::IngestError;
use crate::screen::import::{ArchivedFile, ImportError};
use crate::screen::likeness::{self, Archive};
use crate::screen::prepare::prepare;
use crate::screen::run::Screener;
use crate::screen::vectorizer::Vectorizer;

mod arms;

use arms::{ArmOf, arms_of_archive, arms_of_queries, runnable};

const MEASURES: &str = "nDCG@10,MAP,MRR,Recall@10,P@5";
/// Cases ranked per report.
const DEPTH: usize = 50;

/// A report to ask with.
struct Query {
    id: String,
    path: PathBuf,
    facets: Facets,
    /// The archived case that it is, if it is one.
    case: Option<CaseId>,
}

/// Runs a suite of the kind.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let manifest = base.join(&suite.file.documents);
    let parts = number(&settings, "project_parts", 3)?;
    let wanted = measures(&settings, MEASURES)?;
    let read = |path: &Path| {
        (bench.read_manifest)(path).map_err(|what| EvalError::Data { path: path.to_owned(), what })
    };
    let mut cases = read(&manifest)?;
    let mut files = vec![manifest];
    if let Some(more) = settings.get("archive") {
        let path = suite.directory.join(more);
        cases.extend(read(&path)?);
        files.push(path);
    }
    for (case, _) in &mut cases {
        if case.facets.project.is_empty() {
            case.facets.project = case.id.as_str().split('-').take(parts).collect::<Vec<_>>().join("-");
        }
    }
    files.extend(cases.iter().flat_map(|(_, files)| files.clone()));
    let own = settings.get("queries").map(|list| own_queries(suite, &base, list, &mut files)).transpose()?;
    let started = Instant::now();
    let scratch = bench.scratch().await?;
    let screener = Arc::new(bench.screener(Some(Arc::clone(&scratch.index)))?);
    let mut rules = screener.rulebook.identities(&[]);
    rules.extend(screener.glossary.as_ref().map(|glossary| glossary.identity.clone()));
    rules.sort();
    let provenance = bench.provenance(suite, &base, &files, true, rules)?;
    let mut outcome = Outcome::new(suite, "report", provenance);
    let mut stored = BTreeSet::new();
    let imported = import(&screener, &cases, &mut stored).await;
    if imported.is_err() {
        scratch.leave_empty(&stored).await?;
    }
    let (archived, left_out) = imported?;
    outcome.seconds.insert("import".to_owned(), started.elapsed().as_secs_f64());
    outcome.result.notes.extend(left_out);
    cases.retain(|(case, _)| archived.contains(&case.id));
    let with_model = screener.embedder.is_some();
    let (queries, qrels, arms) = match own {
        Some((queries, qrels)) => (queries, qrels, arms_of_queries()),
        None => {
            let qrels = judgements(cases.iter().map(|(case, _)| case));
            (archived_queries(&cases), qrels, arms_of_archive())
        }
    };
    let arms = runnable(arms, with_model, &mut outcome);
    let clock = Instant::now();
    let ranked = rank(&queries, &qrels, &arms, bench, &screener).await;
    outcome.seconds.insert("search".to_owned(), clock.elapsed().as_secs_f64());
    scratch.leave_empty(&stored).await?;
    outcome.result.notes.push(format!("{} cases archived, {} reports asked for", cases.len(), qrels.len()));
    add_figures(&mut outcome, &ranked?, &qrels, &wanted);
    outcome.qrels = qrels;
    Ok(outcome)
}

fn archived_queries(cases: &[(Case, Vec<PathBuf>)]) -> Vec<Query> {
    let query = |(case, files): &(Case, Vec<PathBuf>)| {
        Some(Query {
            id: case.id.to_string(),
            path: files.first()?.clone(),
            facets: case.facets.clone(),
            case: Some(case.id.clone()),
        })
    };
    cases.iter().filter_map(query).collect()
}

/// A line of the list of queries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    id: String,
    path: PathBuf,
}

/// Reads the suite's own queries with their judgements; every judged query has to be there.
fn own_queries(
    suite: &Suite,
    base: &Path,
    list: &str,
    files: &mut Vec<PathBuf>,
) -> Result<(Vec<Query>, Qrels), EvalError> {
    let path = suite.directory.join(list);
    let queries: Vec<Query> = beir::json_lines::<QueryLine>(&path)?
        .into_iter()
        .map(|line| Query {
            id: line.id,
            path: suite.directory.join(line.path),
            facets: Facets::default(),
            case: None,
        })
        .collect();
    let gold = suite.gold(base);
    let wrong = |what: String| EvalError::Data { path: gold.clone(), what };
    let text = std::fs::read_to_string(&gold).map_err(|error| wrong(error.to_string()))?;
    let qrels = trec::parse_qrels(&text).map_err(|error| wrong(error.to_string()))?;
    if let Some(missing) = qrels.keys().find(|id| queries.iter().all(|query| query.id != **id)) {
        return Err(wrong(format!("judges the query {missing}, which {list} has not")));
    }
    files.extend(queries.iter().map(|query| query.path.clone()));
    files.extend([path, gold.clone()]);
    Ok((queries, qrels))
}

/// Imports the cases; every one that the archive got goes into `stored`. Returns those with text and a note for each that
/// is left out: files in a format that is not read at all, and files without text, as the manifest of an authority may
/// hold them. Any other file that cannot be read is an error.
async fn import(
    screener: &Arc<Screener>,
    cases: &[(Case, Vec<PathBuf>)],
    stored: &mut BTreeSet<CaseId>,
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
            Ok(imported) => {
                stored.insert(case.id.clone());
                if imported.case.documents.iter().any(|document| document.passages > 0) {
                    archived.insert(case.id.clone());
                } else {
                    left_out.push(format!("{} has no text and is left out", case.id));
                }
            }
            Err(ImportError::Ingest(
                error @ (IngestError::Unsupported { .. } | IngestError::Empty { .. }),
            )) => {
                left_out.push(format!("{} is left out: {error}", case.id));
            }
            Err(ImportError::Ingest(source)) => {
                return Err(EvalError::Ingest { document: case.id.to_string(), source });
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
    queries: &[Query],
    qrels: &Qrels,
    arms: &[ArmOf],
    bench: &Workbench,
    screener: &Arc<Screener>,
) -> Result<Vec<(&'static str, Run)>, EvalError> {
    let index = screener.index.clone().ok_or_else(|| EvalError::Setting("no archive is open".to_owned()))?;
    let mut runs: Vec<(&'static str, Run)> = arms.iter().map(|arm| (arm.name, Run::new())).collect();
    let nothing = CancellationToken::new();
    for query in queries.iter().filter(|query| qrels.contains_key(&query.id)) {
        let document = bench.read_document(&query.path)?;
        let with_glossary = screener.vectorizer();
        let without = Vectorizer { glossary: None, ..with_glossary };
        let prepared = prepare(document.clone(), &with_glossary, &nothing, &mut |_, _| {})?;
        let plain = match arms.iter().all(|arm| arm.uses_glossary) {
            true => None,
            false => Some(prepare(document, &without, &nothing, &mut |_, _| {})?),
        };
        let elements = screener.elements(&prepared);
        let filter = CaseFilter {
            exclude_cases: query.case.iter().cloned().collect(),
            exclude_projects: query.case.iter().map(|_| query.facets.project.clone()).collect(),
            exclude_documents: vec![prepared.document.id],
            ..CaseFilter::default()
        };
        // What is found does not depend on how it is ranked.
        let index = index.as_ref();
        let glossed = Archive { index, vectorizer: with_glossary };
        let asked = likeness::ask(glossed, &prepared, &elements, &filter).await?;
        let unglossed = Archive { index, vectorizer: without };
        let asked_plain = match &plain {
            Some(plain) => Some(likeness::ask(unglossed, plain, &elements, &filter).await?),
            None => None,
        };
        for (arm, (_, run)) in arms.iter().zip(&mut runs) {
            let facets = if arm.gives_facets { query.facets.clone() } else { Facets::default() };
            let (archive, asked) = match &asked_plain {
                Some(plain) if !arm.uses_glossary => (unglossed, plain),
                _ => (glossed, &asked),
            };
            let precedents = likeness::precedents(archive, asked, &facets, DEPTH, &arm.ranking).await?;
            let scored =
                precedents.into_iter().map(|found| (found.case.id.to_string(), f64::from(found.score)));
            run.insert(query.id.clone(), in_order(scored.collect()));
        }
    }
    Ok(runs)
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
            positions: Vec::new(),
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
