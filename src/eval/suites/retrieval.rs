//! Are the right texts found? A judged collection through embedder, archive and fusion of the service.
//!
//! Every document is one document of the archive, every query goes through the function that searches by
//! text; passages are mapped to their documents by the best one. Arms: by words alone, by meaning alone,
//! both by reciprocal ranks (for comparison), both as the service fuses them.

use std::collections::BTreeMap;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::workbench::{cell, measures, number};
use super::{EvalError, NO_MODEL, Workbench};
use crate::assembly;
use crate::domain::case::{Case, Facets};
use crate::domain::ids::{CaseId, DocumentId};
use crate::embed::TextKind;
use crate::eval::beir::{self, BeirCollection, BeirDocument};
use crate::eval::measures::ranking::trec_order;
use crate::eval::measures::{Formula, RankingMeasure};
use crate::eval::result::{Outcome, Plot, Tallies, rounded};
use crate::eval::suite::Suite;
use crate::eval::trec::{Qrels, Run, as_written};
use crate::index::CaseIndex;
use crate::index::fusion::{Branch, DEFAULT_K, fuse_ranks};
use crate::index::store::{CaseFilter, IndexedDocument, IndexedPassage, PassageHit, QueryVector};
use crate::ingest::given::{GivenSection, document_from_sections};
use crate::screen::likeness;
use crate::screen::precedent::{BRANCH_WEIGHTS, HITS_PER_TEXT, fuse_hits};
use crate::screen::prepare::prepare;
use crate::screen::vectorizer::Vectorizer;
use crate::text::language;

/// Measures reported unless the suite names others.
pub const MEASURES: &str = "nDCG@10,MAP,MRR,Recall@10,Recall@100,P@10,Judged@10";
/// Judgements that are used unless the suite names others.
pub(super) const SPLIT: &str = "test";
/// Documents that are used unless the suite names others.
pub(super) const CORPUS: &str = "corpus.jsonl";
/// Arms in the order of results; all but the first compare by meaning.
const ARMS: [&str; 4] = ["sparse", "dense", "hybrid by ranks", "hybrid"];
/// Texts per embedding call.
const TEXTS_PER_CALL: usize = 256;
/// Documents per stored case: a case is stored as a whole.
const DOCUMENTS_PER_CASE: usize = 500;
/// Queries per search.
const QUERIES_PER_CALL: usize = 50;

/// Runs a suite of the kind.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let folder = base.join(&suite.file.documents);
    let split = settings.get("split").map_or(SPLIT, String::as_str);
    let corpus = settings.get("corpus").map_or(CORPUS, String::as_str);
    let wanted = measures(&settings, MEASURES)?;
    let depth = number(&settings, "depth", HITS_PER_TEXT)?;
    let passages = Passages::parse(settings.get("passages").map_or("whole", String::as_str))?;
    let collection = beir::read(&folder, corpus, split)?;
    let embedder = bench.embedder()?;
    let glossary = assembly::glossary(&bench.settings)?;
    let vectorizer = Vectorizer { embedder: embedder.as_deref(), glossary: Some(&glossary) };
    let files = beir::files(&folder, corpus, split);
    let provenance = bench.provenance(suite, &folder, &files, true, Vec::new())?;
    let mut outcome = Outcome::new(suite, "query", provenance);
    let started = Instant::now();
    let scratch = bench.scratch().await?;
    let mut stored = Stored::default();
    let index: &dyn CaseIndex = scratch.index.as_ref();
    let filled = store(index, suite, &collection, &vectorizer, passages, &mut stored).await;
    outcome.seconds.insert("index".to_owned(), started.elapsed().as_secs_f64());
    let started = Instant::now();
    let searched = match filled {
        Ok(()) => search(index, &collection, &vectorizer, &stored, depth).await,
        Err(error) => Err(error),
    };
    outcome.seconds.insert("search".to_owned(), started.elapsed().as_secs_f64());
    // Whatever failed; and that is what is said, not that the server could not be emptied either.
    let emptied = scratch.leave_empty(&stored.cases).await;
    let runs = searched?;
    emptied?;
    add_figures(&mut outcome, &runs, &collection.qrels, &wanted);
    outcome.qrels = collection.qrels;
    if embedder.is_none() {
        ARMS[1..].iter().for_each(|arm| outcome.not_run(arm, NO_MODEL));
    }
    Ok(outcome)
}

/// How documents become passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passages {
    /// Title and text as one passage, cut by the model's window: what published figures measure.
    Whole,
    /// Cut as the service cuts reports.
    Cut,
}

impl Passages {
    fn parse(name: &str) -> Result<Self, EvalError> {
        match name {
            "whole" => Ok(Self::Whole),
            "cut" => Ok(Self::Cut),
            _ => Err(EvalError::Setting(format!("passages={name}: known are whole and cut"))),
        }
    }
}

/// What the archive holds.
#[derive(Default)]
struct Stored {
    /// Also one whose import failed.
    cases: Vec<CaseId>,
    /// Ids of the collection by those of the archive.
    names: BTreeMap<DocumentId, String>,
}

/// Stores the collection; every case that is begun goes into `stored`, so that a failure leaves none behind.
async fn store(
    index: &dyn CaseIndex,
    suite: &Suite,
    collection: &BeirCollection,
    vectorizer: &Vectorizer<'_>,
    passages: Passages,
    stored: &mut Stored,
) -> Result<(), EvalError> {
    let documents = match passages {
        Passages::Whole => whole(&collection.documents, vectorizer)?,
        Passages::Cut => cut(&collection.documents, vectorizer)?,
    };
    for (document, source) in documents.iter().zip(&collection.documents) {
        stored.names.insert(document.id, source.id.clone());
    }
    for (part, documents) in documents.chunks(DOCUMENTS_PER_CASE).enumerate() {
        let id = CaseId::parse(&format!("eval-{}-{}", suite.file.name, part + 1))
            .map_err(|error| EvalError::Setting(error.to_string()))?;
        let case = Case {
            id: id.clone(),
            title: suite.file.title.clone(),
            facets: Facets::default(),
            decision: String::new(),
            conditions: Vec::new(),
            documents: Vec::new(),
            positions: Vec::new(),
        };
        stored.cases.push(id);
        index.import_case(&case, documents).await?;
    }
    Ok(())
}

fn full_text(document: &BeirDocument) -> String {
    format!("{} {}", document.title, document.text).trim().to_owned()
}

fn whole(documents: &[BeirDocument], vectorizer: &Vectorizer<'_>) -> Result<Vec<IndexedDocument>, EvalError> {
    let texts: Vec<String> = documents.iter().map(full_text).collect();
    let mut dense: Vec<Option<Vec<f32>>> = vec![None; texts.len()];
    if let Some(embedder) = vectorizer.embedder {
        for (at, chunk) in texts.chunks(TEXTS_PER_CALL).enumerate() {
            let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
            let vectors = embedder.embed(TextKind::Passage, &chunk, &CancellationToken::new())?;
            for (offset, vector) in vectors.into_iter().enumerate() {
                dense[at * TEXTS_PER_CALL + offset] = Some(vector);
            }
        }
    }
    Ok(documents
        .iter()
        .zip(texts)
        .zip(dense)
        .map(|((document, text), dense)| {
            let spoken = language::detect(&text);
            let gloss = spoken.and_then(|language| vectorizer.gloss(&text, language));
            let passage = IndexedPassage {
                ordinal: 1,
                heading_path: document.title.clone(),
                page: None,
                language: spoken.map_or_else(String::new, |known| known.tag().to_owned()),
                dense,
                sparse: vectorizer.lexical_vector(&text, spoken, gloss.as_ref()),
                text,
            };
            IndexedDocument {
                id: DocumentId::of_content(&["eval", &document.id]),
                name: document.id.clone(),
                sha256: String::new(),
                pages: 0,
                passages: vec![passage],
            }
        })
        .collect())
}

fn cut(documents: &[BeirDocument], vectorizer: &Vectorizer<'_>) -> Result<Vec<IndexedDocument>, EvalError> {
    documents
        .iter()
        .map(|document| {
            let section = GivenSection { text: full_text(document), level: 1, ..GivenSection::default() };
            let read = document_from_sections(&document.id, vec![section]);
            let prepared = prepare(read, vectorizer, &CancellationToken::new(), &mut |_, _| {})?;
            let mut indexed = prepared.to_indexed();
            indexed.id = DocumentId::of_content(&["eval", &document.id]);
            Ok(indexed)
        })
        .collect()
}

/// Searches with every query; returns a run per arm.
async fn search(
    index: &dyn CaseIndex,
    collection: &BeirCollection,
    vectorizer: &Vectorizer<'_>,
    stored: &Stored,
    depth: usize,
) -> Result<Vec<(&'static str, Run)>, EvalError> {
    let mut runs: BTreeMap<&'static str, Run> = BTreeMap::new();
    let filter = CaseFilter::default();
    for queries in collection.queries.chunks(QUERIES_PER_CALL) {
        let mut vectors = Vec::new();
        let mut owners = Vec::new();
        for (at, query) in queries.iter().enumerate() {
            let passage = likeness::text_query(vectorizer, &query.text, &CancellationToken::new())?;
            vectors.push(QueryVector::Sparse(passage.sparse));
            owners.push((at, 1));
            if let Some(dense) = passage.dense {
                vectors.push(QueryVector::Dense(dense));
                owners.push((at, 0));
            }
        }
        let mut branches: Vec<[Vec<PassageHit>; 2]> = vec![Default::default(); queries.len()];
        for ((query, branch), hits) in owners.into_iter().zip(index.nearest(&vectors, &filter, depth).await?)
        {
            branches[query][branch] = hits;
        }
        for (query, lists) in queries.iter().zip(&branches) {
            let name = |id: &DocumentId| stored.names.get(id).cloned().unwrap_or_default();
            let document = |hit: &PassageHit| name(&hit.document);
            let one = |branch: usize| {
                let mut weights = [0.0, 0.0];
                weights[branch] = 1.0;
                let only: [Vec<PassageHit>; 2] =
                    std::array::from_fn(|at| if at == branch { lists[at].clone() } else { Vec::new() });
                fuse_hits(&only, weights, document)
            };
            runs.entry("sparse").or_default().insert(query.id.clone(), in_order(one(1)));
            if vectorizer.embedder.is_some() {
                runs.entry("dense").or_default().insert(query.id.clone(), in_order(one(0)));
                let ranks: Vec<Branch<String>> = lists
                    .iter()
                    .map(|hits| Branch { weight: 1.0, ids: hits.iter().map(document).collect() })
                    .collect();
                let fused =
                    fuse_ranks(DEFAULT_K, &ranks).into_iter().map(|hit| (hit.id, hit.score)).collect();
                runs.entry("hybrid by ranks").or_default().insert(query.id.clone(), in_order(fused));
                let fused = fuse_hits(lists, BRANCH_WEIGHTS, document);
                runs.entry("hybrid").or_default().insert(query.id.clone(), in_order(fused));
            }
        }
    }
    Ok(ARMS.into_iter().filter_map(|arm| Some((arm, runs.remove(arm)?))).collect())
}

/// Scores as the run file states them, in the order in which they are measured.
pub fn in_order(mut scored: Vec<(String, f64)>) -> Vec<(String, f64)> {
    for (_, score) in &mut scored {
        *score = as_written(*score);
    }
    trec_order(&mut scored);
    scored
}

/// Adds figures, rows and the precision-recall plot of runs.
pub fn add_figures<S: AsRef<str>>(
    outcome: &mut Outcome,
    runs: &[(S, Run)],
    qrels: &Qrels,
    wanted: &[RankingMeasure],
) {
    outcome.items.header = ["query", "arm"].map(str::to_owned).to_vec();
    outcome.items.header.extend(wanted.iter().map(ToString::to_string));
    let mut lines = BTreeMap::new();
    for (arm, run) in runs {
        let arm = arm.as_ref();
        let mut tallies: Vec<Tallies> = vec![Tallies::new(); wanted.len()];
        let mut curves = Vec::new();
        for (query, grades) in qrels {
            let ranking: Vec<&str> =
                run.get(query).into_iter().flatten().map(|(id, _)| id.as_str()).collect();
            let mut row = vec![query.clone(), arm.to_owned()];
            for (measure, tallies) in wanted.iter().zip(&mut tallies) {
                let value = measure.of(&ranking, grades);
                row.push(cell(value));
                tallies.insert(query.clone(), vec![value, 1.0]);
            }
            outcome.items.rows.push(row);
            curves.push(interpolated(&ranking, |id| grades.get(id).is_some_and(|grade| *grade > 0), grades));
        }
        for (measure, tallies) in wanted.iter().zip(tallies) {
            outcome.figure(arm, &measure.to_string(), Formula::Ratio, tallies);
        }
        let mean = |level: usize| {
            let sum: f64 = curves.iter().map(|curve| curve[level]).sum();
            (level as f64 / 10.0, rounded(sum / curves.len().max(1) as f64))
        };
        lines.insert(arm.to_owned(), (0..=10).map(mean).collect());
        outcome.runs.insert(arm.to_owned(), run.clone());
    }
    let title = "Mean interpolated precision".to_owned();
    outcome.result.plots.push(Plot::PrecisionRecall { title, lines });
}

/// Precision at eleven levels of recall: the best at this recall or a higher one.
fn interpolated(
    ranking: &[&str],
    is_relevant: impl Fn(&str) -> bool,
    grades: &BTreeMap<String, i32>,
) -> [f64; 11] {
    let relevant = grades.values().filter(|grade| **grade > 0).count();
    let mut curve = [0.0; 11];
    let mut found = 0usize;
    for (position, id) in ranking.iter().enumerate() {
        if is_relevant(id) {
            found += 1;
            let precision = found as f64 / (position + 1) as f64;
            for (level, best) in curve.iter_mut().enumerate() {
                if found * 10 >= level * relevant {
                    *best = f64::max(*best, precision);
                }
            }
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::beir::BeirQuery;
    use crate::index::mortal::{Mortal, Shelf, start};

    #[tokio::test]
    async fn a_collection_that_is_stored_in_part_can_be_taken_out() {
        let engine = Mortal::new(Shelf::default(), Shelf::default(), usize::MAX);
        let index = start(&engine).await.unwrap();
        engine.refuse(|payload| payload.values().any(|value| value.to_string().contains("the last one")));
        let document = |at: usize| BeirDocument {
            id: format!("d{at:04}"),
            title: String::new(),
            text: if at == DOCUMENTS_PER_CASE { "the last one".to_owned() } else { format!("dust {at}") },
        };
        let collection = BeirCollection {
            documents: (0..=DOCUMENTS_PER_CASE).map(document).collect(),
            queries: Vec::<BeirQuery>::new(),
            qrels: Qrels::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        let text =
            "name = \"own\"\nkind = \"retrieval\"\ntitle = \"T\"\ndocuments = \".\"\nlicence = \"L\"\n";
        std::fs::write(folder.path().join("suite.toml"), text).unwrap();
        let suite = Suite::open(folder.path()).unwrap();
        let words_only = Vectorizer { embedder: None, glossary: None };
        let mut stored = Stored::default();
        let filled = store(&index, &suite, &collection, &words_only, Passages::Whole, &mut stored).await;
        assert!(matches!(filled, Err(EvalError::Index(_))), "{filled:?}");
        assert_eq!(index.archive_state().await.unwrap().cases, 1);
        engine.refuse(|_| false);
        for case in &stored.cases {
            index.delete_case(case).await.unwrap();
        }
        assert_eq!(index.archive_state().await.unwrap().cases, 0);
    }
}
