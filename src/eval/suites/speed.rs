//! How long does a screening take? Every document of a folder, as `screen` does it, without an archive.
//!
//! Times differ from run to run, so they stand in `timings.json`; the figures say how much was read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::workbench::number;
use super::{EvalError, Workbench};
use crate::domain::case::Facets;
use crate::domain::requirement::RequirementSet;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::suite::{self, Suite};
use crate::index::store::CaseFilter;
use crate::screen::run::{Progress, ScreeningRequest};

const PROGRAM: &str = "screening";

/// Runs a suite of the kind.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let settings = bench.settings_of(suite)?;
    let base = suite.base(&settings)?;
    let files = suite::files(&base, &suite.file.documents)?;
    let repetitions = number(&settings, "repetitions", 1)?;
    let packs: Vec<String> =
        settings.get("packs").map_or("eu", String::as_str).split(',').map(str::to_owned).collect();
    let started = Instant::now();
    let screener = Arc::new(bench.screener(None)?);
    let names: Vec<&str> = packs.iter().map(String::as_str).collect();
    let submitted = jiff::civil::date(2026, 1, 1);
    let sets: Vec<RequirementSet> = screener
        .rulebook
        .resolve(&names, submitted, None)
        .map_err(|error| EvalError::Setting(error.to_string()))?;
    let provenance = bench.provenance(suite, &base, &files, true, screener.rulebook.identities(&sets))?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.seconds.insert("load".to_owned(), started.elapsed().as_secs_f64());
    let request = ScreeningRequest {
        case: None,
        packs,
        submitted,
        stage: String::new(),
        facts: BTreeMap::new(),
        facets: Facets::default(),
        filter: CaseFilter::default(),
        max_precedents: 0,
    };
    let quiet: Progress = Arc::new(|_, _, _| {});
    let (mut characters, mut pages) = (Tallies::new(), Tallies::new());
    outcome.items.header =
        ["document", "characters", "pages", "findings", "risks"].map(str::to_owned).to_vec();
    for path in &files {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        for _ in 0..repetitions {
            let clock = Instant::now();
            let document = bench.read_document(path)?;
            let read = clock.elapsed().as_secs_f64();
            let judged = screener.screen_document(
                document,
                request.clone(),
                Arc::clone(&quiet),
                CancellationToken::new(),
            );
            let report = judged.await.map_err(|error| EvalError::Arm {
                suite: suite.file.name.clone(),
                arm: name.clone(),
                why: error.to_string(),
            })?;
            let mut add = |step: String, seconds: f64| {
                *outcome.seconds.entry(step).or_insert(0.0) += seconds / repetitions as f64;
            };
            add("read".to_owned(), read);
            add(format!("document {name}"), clock.elapsed().as_secs_f64());
            for (stage, seconds) in &report.timings {
                add(stage.clone(), *seconds);
            }
            let text = report.document.text.chars().count();
            let page_count = report.document.pages.len();
            if characters.insert(name.clone(), vec![text as f64, 1.0]).is_none() {
                pages.insert(name.clone(), vec![page_count as f64, 1.0]);
                let counts = [text, page_count, report.completeness.len(), report.risks.len()];
                let row = std::iter::once(name.clone()).chain(counts.map(|count| count.to_string()));
                outcome.items.rows.push(row.collect());
            }
        }
    }
    outcome.figure(PROGRAM, "characters per document", Formula::Ratio, characters);
    outcome.figure(PROGRAM, "pages per document", Formula::Ratio, pages);
    Ok(outcome)
}
