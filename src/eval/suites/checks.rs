//! Are contradictions, wrong categories, void acts and foreign names found, and is the GeoJSON right? Whole reports as
//! `screen` screens them, on the day of their submission and by their packs.
//!
//! Facts are read by words, so no model takes part. Units are reports: the findings of one stand and fall together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::workbench::cell;
use super::{EvalError, Workbench};
use crate::assembly;
use crate::domain::case::Facets;
use crate::domain::fact::InconsistencyKind;
use crate::domain::provenance::RulesIdentity;
use crate::domain::report::ScreeningReport;
use crate::domain::requirement::RequirementSet;
use crate::domain::span::TextRange;
use crate::eval::beir;
use crate::eval::checks::export::{self, Agreement, Gas, Site};
use crate::eval::checks::{Counts, Finding, GoldReport, KINDS, keywords, locate, matched, name};
use crate::eval::facts::Baseline;
use crate::eval::measures::Formula;
use crate::eval::result::{Items, Outcome, Tallies};
use crate::eval::suite::{self, Suite};
use crate::index::store::CaseFilter;
use crate::render;
use crate::rules::lexicon_limits::VoidAct;
use crate::screen::run::{Progress, Screener, ScreeningRequest};

const KEYWORDS: &str = "keywords";
const PROGRAM: &str = "checks";

/// The kinds that the baseline looks for.
const KEYWORD_KINDS: [InconsistencyKind; 2] = [InconsistencyKind::Quantity, InconsistencyKind::VoidAct];

/// Findings of one arm in one report, each with the fault it is about.
struct Raised {
    findings: Vec<Finding>,
    matched: Vec<Option<usize>>,
}

/// A report with what each arm made of it.
struct Scored {
    gold: GoldReport,
    keywords: Raised,
    program: Raised,
    sites: Agreement,
    gases: Agreement,
}

/// Runs a suite of the kind.
pub async fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let gold = suite.gold(&base);
    let reports = judged(suite, &base, &gold)?;
    let screener = Arc::new(Screener { embedder: None, ..bench.screener(None)? });
    let files: Vec<PathBuf> = reports.iter().map(|(_, path)| path.clone()).chain([gold.clone()]).collect();
    let rules = rules(&screener, &reports, &gold)?;
    let provenance = bench.provenance(suite, &base, &files, false, rules)?;
    let mut outcome = Outcome::new(suite, "document", provenance);
    outcome.items.header =
        ["document", "language", "kind", "outcome", "about", "quotes"].map(str::to_owned).to_vec();
    let mut exported = Items {
        header: ["document", "what", "outcome", "value", "quote"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let acts = assembly::lexicon(&bench.settings)?.limits.acts;
    let numbers = Baseline::new();
    let loaded = started.elapsed().as_secs_f64();
    let mut scored = Vec::new();
    for (report, path) in reports {
        let screened = screen(suite, bench, &screener, &report, &path).await?;
        let wrong =
            |what: String| EvalError::Data { path: gold.clone(), what: format!("{}: {what}", report.id) };
        let faults = locate(&report.faults, &screened.document.text).map_err(&wrong)?;
        let map =
            export::read(&render::geojson::render(&screened)).map_err(|error| wrong(error.to_string()))?;
        let raised = |findings: Vec<Finding>| {
            let matched = matched(&faults, &findings);
            Raised { findings, matched }
        };
        let jurisdictions: Vec<String> =
            sets(&screener, &report, &gold)?.into_iter().map(|set| set.jurisdiction).collect();
        let own: Vec<VoidAct> = acts.iter().filter(|act| act.counts_under(&jurisdictions)).cloned().collect();
        let plain = keywords::find(&screened.document, &own, &report.submitted.to_string(), &numbers);
        let one = Scored {
            keywords: raised(plain),
            program: raised(screened.inconsistencies.iter().map(Finding::from).collect()),
            sites: Agreement::of(&report.site, &map.sites, Site::fits),
            gases: Agreement::of(&report.ghg, &map.gases, Gas::fits),
            gold: report,
        };
        outcome.items.rows.extend(items(&one, &screened.document.text));
        exported.rows.extend(export_rows(&one, &map));
        scored.push(one);
    }
    outcome.tables.insert("geojson".to_owned(), exported);
    add_figures(&mut outcome, &scored);
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

/// The reports of the gold file with their paths, by id; each report has exactly one line.
fn judged(suite: &Suite, base: &Path, gold: &Path) -> Result<Vec<(GoldReport, PathBuf)>, EvalError> {
    let data = |what: String| EvalError::Data { path: gold.to_owned(), what };
    let mut paths = BTreeMap::new();
    for path in suite::files(base, &suite.file.documents)? {
        let id = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        if let Some(other) = paths.insert(id, path.clone()) {
            let what = format!("its id is that of {}", other.display());
            return Err(EvalError::Data { path, what });
        }
    }
    let mut reports = Vec::new();
    for report in beir::json_lines::<GoldReport>(gold)? {
        let unknown = || data(format!("{} is not among the documents, or has two lines", report.id));
        let path = paths.remove(&report.id).ok_or_else(unknown)?;
        reports.push((report, path));
    }
    if let Some(id) = paths.keys().next() {
        return Err(data(format!("the document {id} has no line")));
    }
    reports.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    Ok(reports)
}

/// What the checks rest on: the packs of every report, words, thresholds, and the lexicon, which has the void acts.
fn rules(
    screener: &Screener,
    reports: &[(GoldReport, PathBuf)],
    gold: &Path,
) -> Result<Vec<RulesIdentity>, EvalError> {
    let mut rules = BTreeSet::from([
        screener.facts.identity().clone(),
        screener.fact_checker.identity().clone(),
        screener.risk.identity().clone(),
    ]);
    for (report, _) in reports {
        rules.extend(screener.rulebook.identities(&sets(screener, report, gold)?));
    }
    Ok(rules.into_iter().collect())
}

/// The requirement sets of a report's packs.
fn sets(screener: &Screener, report: &GoldReport, gold: &Path) -> Result<Vec<RequirementSet>, EvalError> {
    let names: Vec<&str> = report.packs.iter().map(String::as_str).collect();
    screener
        .rulebook
        .resolve(&names, report.submitted, None)
        .map_err(|error| EvalError::Data { path: gold.to_owned(), what: format!("{}: {error}", report.id) })
}

async fn screen(
    suite: &Suite,
    bench: &Workbench,
    screener: &Arc<Screener>,
    report: &GoldReport,
    path: &Path,
) -> Result<ScreeningReport, EvalError> {
    let request = ScreeningRequest {
        case: None,
        packs: report.packs.clone(),
        submitted: report.submitted,
        stage: String::new(),
        facts: BTreeMap::new(),
        facets: Facets::default(),
        filter: CaseFilter::default(),
        max_precedents: 0,
    };
    let quiet: Progress = Arc::new(|_, _, _| {});
    let document = bench.read_document(path)?;
    let screened = screener.screen_document(document, request, quiet, CancellationToken::new()).await;
    screened.map_err(|error| EvalError::Arm {
        suite: suite.file.name.clone(),
        arm: report.id.clone(),
        why: error.to_string(),
    })
}

/// One row per finding of the program and per fault that it missed.
fn items(one: &Scored, text: &str) -> Vec<Vec<String>> {
    let row = |kind, outcome: &str, about: &str, quotes: Vec<String>| {
        let (document, language) = (one.gold.id.clone(), one.gold.language.clone());
        let (about, quotes) = (about.to_owned(), quotes.join(" … "));
        vec![document, language, name(kind).to_owned(), outcome.to_owned(), about, quotes]
    };
    let words = |place: &TextRange| place.of(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let Raised { findings, matched } = &one.program;
    let mut rows: Vec<Vec<String>> = findings
        .iter()
        .zip(matched)
        .map(|(finding, fault)| {
            let outcome = if fault.is_some() { "right" } else { "wrong" };
            row(finding.kind, outcome, &finding.about, finding.places.iter().map(words).collect())
        })
        .collect();
    for (at, fault) in one.gold.faults.iter().enumerate() {
        if !matched.contains(&Some(at)) {
            rows.push(row(fault.kind, "missed", &fault.about, fault.quotes.clone()));
        }
    }
    rows
}

/// One row per exported place or quantity, and per one that is not exported.
fn export_rows(one: &Scored, map: &export::Exported) -> Vec<Vec<String>> {
    let row = |what: &str, outcome: &str, value: String, quote: &str| {
        vec![one.gold.id.clone(), what.to_owned(), outcome.to_owned(), value, quote.to_owned()]
    };
    let outcome = |is_right: bool| if is_right { "right" } else { "wrong" };
    let place = |site: &Site| format!("{} {}", cell(site.lat), cell(site.lon));
    let role = |gas: &Gas| if gas.sink { "sink" } else { "source" };
    let mut rows = Vec::new();
    for (site, is_right) in map.sites.iter().zip(&one.sites.right) {
        rows.push(row("site", outcome(*is_right), place(site), ""));
    }
    for (site, _) in one.gold.site.iter().zip(&one.sites.found).filter(|(_, is_found)| !**is_found) {
        rows.push(row("site", "missed", place(site), &site.quote));
    }
    for (gas, is_right) in map.gases.iter().zip(&one.gases.right) {
        rows.push(row(role(gas), outcome(*is_right), cell(gas.t_co2e), ""));
    }
    for (gas, _) in one.gold.ghg.iter().zip(&one.gases.found).filter(|(_, is_found)| !**is_found) {
        rows.push(row(role(gas), "missed", cell(gas.t_co2e), &gas.quote));
    }
    rows
}

fn add_figures(outcome: &mut Outcome, scored: &[Scored]) {
    for kind in KEYWORD_KINDS {
        add_kinds(outcome, KEYWORDS, &format!(" ({})", name(kind)), &[kind], scored, |one| &one.keywords);
    }
    add_kinds(outcome, PROGRAM, "", &KINDS, scored, |one| &one.program);
    for kind in KINDS {
        add_kinds(outcome, PROGRAM, &format!(" ({})", name(kind)), &[kind], scored, |one| &one.program);
    }
    let faultless = scored.iter().filter(|one| one.gold.faults.is_empty());
    let is_quiet = |one: &Scored| f64::from(u8::from(one.program.findings.is_empty()));
    let quiet: Tallies = faultless.map(|one| (one.gold.id.clone(), vec![is_quiet(one), 1.0])).collect();
    outcome.figure(PROGRAM, "quiet", Formula::Ratio, quiet);
    add_export(outcome, "site", scored, |one| &one.sites);
    add_export(outcome, "greenhouse gas", scored, |one| &one.gases);
}

fn add_kinds(
    outcome: &mut Outcome,
    arm: &str,
    suffix: &str,
    kinds: &[InconsistencyKind],
    scored: &[Scored],
    raised: fn(&Scored) -> &Raised,
) {
    let mut add = |figure: &str, part: fn(Counts) -> [u32; 2]| {
        let tally = |one: &Scored| {
            let Raised { findings, matched } = raised(one);
            part(Counts::of(kinds, &one.gold.faults, findings, matched)).map(f64::from).to_vec()
        };
        let tallies: Tallies = scored.iter().map(|one| (one.gold.id.clone(), tally(one))).collect();
        outcome.figure(arm, &format!("{figure}{suffix}"), Formula::Ratio, tallies);
    };
    add("precision", |counts| [counts.right, counts.raised]);
    add("recall", |counts| [counts.right, counts.there]);
    add("F1", |counts| [2 * counts.right, counts.raised + counts.there]);
}

fn add_export(outcome: &mut Outcome, what: &str, scored: &[Scored], agreement: fn(&Scored) -> &Agreement) {
    let mut add = |figure: &str, part: fn(&Agreement) -> &[bool]| {
        let tally = |one: &Scored| {
            let values = part(agreement(one));
            vec![values.iter().filter(|holds| **holds).count() as f64, values.len() as f64]
        };
        let tallies: Tallies = scored.iter().map(|one| (one.gold.id.clone(), tally(one))).collect();
        outcome.figure(PROGRAM, &format!("{what} {figure}"), Formula::Ratio, tallies);
    };
    add("precision", |agreement| &agreement.right);
    add("recall", |agreement| &agreement.found);
}
