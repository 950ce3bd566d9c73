//! Runs one screening: read, embed, completeness, risk terms, facts, precedents, triage – in this order.
//!
//! A stage that fails never empties its part of the report silently: it leaves a `NotExamined` entry
//! that says so. Only a file of which nothing can be read fails the screening as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::background;
use crate::domain::case::Facets;
use crate::domain::document::Document;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{NotExamined, NotExaminedReason, Precedent, Reuse};
use crate::domain::ids::{CaseId, ScreeningId, SectionId};
use crate::domain::provenance::{Provenance, RulesIdentity};
use crate::domain::report::ScreeningReport;
use crate::domain::requirement::{ElementId, RequirementSet};
use crate::domain::tenant::TenantId;
use crate::embed::model::{EmbedError, Embedder};
use crate::index::store::{CaseFilter, CaseIndex};
use crate::ingest::{DocumentReader, IngestError};
use crate::rules::glossary::Glossary;
use crate::rules::{ResolveError, Rulebook};
use crate::screen::completeness::{self, CaseFacts, CompletenessModel};
use crate::screen::facts::{CheckContext, FactChecker, FactReader};
use crate::screen::likeness::{self, Archive};
use crate::screen::prepare::{PreparedDocument, prepare};
use crate::screen::risk::{RiskScanner, ScanOptions};
use crate::screen::triage;
use crate::screen::vectorizer::Vectorizer;

/// What to screen for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreeningRequest {
    /// Case the document belongs to.
    pub case: Option<CaseId>,
    /// Rule packs as the caller named them.
    pub packs: Vec<String>,
    /// Day of submission: decides which law applies and which acts are void.
    pub submitted: jiff::civil::Date,
    /// Procedural stage for packs that are chosen by stage; empty if not given.
    pub stage: String,
    /// Facts that conditional requirements ask for.
    pub facts: BTreeMap<String, bool>,
    /// Facets of the case.
    pub facets: Facets,
    /// Which precedents may be shown.
    pub filter: CaseFilter,
    /// Number of precedents; 0 skips the search.
    pub max_precedents: usize,
}

/// Where the work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the file; pages.
    Read,
    /// Embedding; passages.
    Embed,
    /// Completeness; requirements.
    Completeness,
    /// Risk terms; findings.
    Risk,
    /// Precedents; cases.
    Precedents,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] = [Self::Read, Self::Embed, Self::Completeness, Self::Risk, Self::Precedents];

    /// Returns the stage in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Embed => "embed",
            Self::Completeness => "completeness",
            Self::Risk => "risk",
            Self::Precedents => "precedents",
        }
    }
}

/// Receives progress as stage, units done, units in all (0 if not known).
pub type Progress = Arc<dyn Fn(Stage, u64, u64) + Send + Sync>;

/// Why a screening failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// Nothing of the file could be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A rule pack is unknown or does not apply.
    #[error(transparent)]
    Rules(#[from] ResolveError),
    /// The caller has gone.
    #[error("the screening was cancelled")]
    Cancelled,
    /// A worker thread ended without an answer.
    #[error("the screening stopped unexpectedly: {what}")]
    Worker {
        /// What the runtime said.
        what: String,
    },
}

impl ScreenError {
    /// Returns a stable code for the kind of error, in upper case with underscores.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Ingest(error) => error.reason(),
            Self::Rules(error) => error.reason(),
            Self::Cancelled => "CANCELLED",
            Self::Worker { .. } => "INTERNAL",
        }
    }
}

impl From<EmbedError> for ScreenError {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::Cancelled => Self::Cancelled,
            failed => Self::Worker { what: failed.to_string() },
        }
    }
}

/// Everything a screening needs, built once per process.
#[derive(Clone)]
pub struct Screener {
    /// Rule packs and lexicon.
    pub rulebook: Arc<Rulebook>,
    /// Evidence model, prepared.
    pub completeness: Arc<CompletenessModel>,
    /// Risk lexicon, prepared.
    pub risk: Arc<RiskScanner>,
    /// Reads facts.
    pub facts: Arc<FactReader>,
    /// Checks facts against each other and the law.
    pub fact_checker: Arc<FactChecker>,
    /// Embedding model; `None` uses words only.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Words of the field in other languages; `None` compares texts in their own language only.
    pub glossary: Option<Arc<Glossary>>,
    /// Archive; `None` if there is none.
    pub index: Option<Arc<dyn CaseIndex>>,
    /// Reader of submitted files.
    pub reader: DocumentReader,
}

/// What the blocking stages hand to the precedent search.
struct Judged {
    report: ScreeningReport,
    prepared: PreparedDocument,
}

impl Screener {
    /// Screens a document that has been read.
    pub async fn screen_document(
        self: &Arc<Self>,
        document: Document,
        request: ScreeningRequest,
        progress: Progress,
        cancel: CancellationToken,
    ) -> Result<ScreeningReport, ScreenError> {
        if cancel.is_cancelled() {
            return Err(ScreenError::Cancelled);
        }
        let this = Arc::clone(self);
        let (for_worker, told, stop) = (request.clone(), Arc::clone(&progress), cancel.clone());
        let judged = in_worker(move || this.judge(document, &for_worker, &told, &stop)).await??;
        if cancel.is_cancelled() {
            return Err(ScreenError::Cancelled);
        }
        // It asks the archive in between, but most of it scores and compares texts.
        let (this, runtime) = (Arc::clone(self), tokio::runtime::Handle::current());
        let report = in_worker(move || {
            let added = this.add_precedents(judged, &request, &progress);
            runtime.block_on(cancel.run_until_cancelled(added))
        });
        report.await?.ok_or(ScreenError::Cancelled)
    }

    pub(super) fn sets(&self, request: &ScreeningRequest) -> Result<Vec<RequirementSet>, ScreenError> {
        let names: Vec<&str> = request.packs.iter().map(String::as_str).collect();
        Ok(self.rulebook.resolve(&names, request.submitted, Some(&request.stage))?)
    }

    /// Refuses facts that no pack asks for. For whoever takes a request, not for whoever runs it: what was stored under
    /// other rules is run under these.
    pub fn check_facts(&self, request: &ScreeningRequest) -> Result<(), ScreenError> {
        Ok(self.rulebook.require_known_facts(&request.facts)?)
    }

    /// Returns what makes vectors of texts.
    pub fn vectorizer(&self) -> Vectorizer<'_> {
        Vectorizer { embedder: self.embedder.as_deref(), glossary: self.glossary.as_deref() }
    }

    /// Returns everything but file, options and archive that a screening depends on, as JSON; fails for
    /// rule packs that are unknown or not in force.
    pub fn rules_of(&self, request: &ScreeningRequest) -> Result<String, ScreenError> {
        let rules = self.rules(&self.sets(request)?);
        let model = self.embedder.as_ref().map(|embedder| embedder.identity().clone());
        Ok(serde_json::to_string(&(crate::build_identity(), model, rules))
            .expect("identities are made of strings and numbers"))
    }

    /// Returns the canonical elements each section of a prepared document speaks of. Blocking.
    pub fn elements(&self, prepared: &PreparedDocument) -> BTreeMap<SectionId, Vec<ElementId>> {
        let (document, passages) = (&prepared.document, &prepared.passages);
        let dense = Some(prepared.dense.as_slice());
        let facts = CaseFacts::default();
        completeness::assess(&self.completeness, document, passages, dense, &[], &facts).elements
    }

    /// The stages that need no archive; blocking.
    fn judge(
        &self,
        document: Document,
        request: &ScreeningRequest,
        progress: &Progress,
        cancel: &CancellationToken,
    ) -> Result<Judged, ScreenError> {
        let sets = self.sets(request)?;
        let mut timings = BTreeMap::new();
        let mut not_examined = document.not_examined.clone();

        let embedding = || self.embed(document, progress, cancel, &mut not_examined);
        let prepared = timed(&mut timings, "embed", embedding)?;
        let is_cancelled = || cancel.is_cancelled();
        let assessment = timed(&mut timings, "completeness", || {
            completeness::assess_until(
                &self.completeness,
                &prepared.document,
                &prepared.passages,
                Some(&prepared.dense),
                &sets.iter().collect::<Vec<_>>(),
                &CaseFacts { facts: request.facts.clone() },
                &is_cancelled,
            )
        });
        let assessment = assessment.ok_or(ScreenError::Cancelled)?;
        let found = assessment.findings.len() as u64;
        progress(Stage::Completeness, found, found);

        if cancel.is_cancelled() {
            return Err(ScreenError::Cancelled);
        }
        let options = ScanOptions {
            submitted: Some(request.submitted.to_string()),
            is_cancelled: Some(cancel.clone()),
            ..ScanOptions::default()
        };
        let risks = timed(&mut timings, "risk", || self.risk.scan_document(&prepared.document, &options));
        progress(Stage::Risk, risks.len() as u64, risks.len() as u64);

        if cancel.is_cancelled() {
            return Err(ScreenError::Cancelled);
        }
        let context = CheckContext {
            submitted: request.submitted.to_string(),
            jurisdictions: sets.iter().map(|set| set.jurisdiction.clone()).collect(),
        };
        let checked = timed(&mut timings, "facts", || {
            let facts = self.facts.read_document_until(&prepared.document, &is_cancelled)?;
            let inconsistencies = self.fact_checker.check(&prepared.document, &facts, &context);
            Some((facts, inconsistencies))
        });
        let (facts, inconsistencies) = checked.ok_or(ScreenError::Cancelled)?;

        let provenance = self.provenance(&prepared.document, &sets);
        let report = ScreeningReport {
            id: ScreeningId::of_content(&[]),
            case: request.case.clone(),
            document: prepared.document.clone(),
            elements: assessment.elements,
            completeness: assessment.findings,
            risks,
            facts,
            inconsistencies,
            precedents: Vec::new(),
            reuse: Vec::new(),
            triage: triage::triage(&[], &[], &[], ""),
            not_examined,
            provenance,
            timings,
        };
        Ok(Judged { report, prepared })
    }

    /// Embeds, or falls back to words alone and says so.
    fn embed(
        &self,
        document: Document,
        progress: &Progress,
        cancel: &CancellationToken,
        not_examined: &mut Vec<NotExamined>,
    ) -> Result<PreparedDocument, ScreenError> {
        let mut tell = |done: usize, total: usize| progress(Stage::Embed, done as u64, total as u64);
        let prepared = match prepare(document.clone(), &self.vectorizer(), cancel, &mut tell) {
            Ok(prepared) => prepared,
            Err(EmbedError::Cancelled) => return Err(ScreenError::Cancelled),
            Err(error) => {
                tracing::error!(error = %error, "embedding failed, going on with words only");
                not_examined.push(NotExamined {
                    reason: NotExaminedReason::StageFailed,
                    page: None,
                    section: None,
                    detail: Code::MeaningFailed.because(Code::Technical.with("what", &error)),
                });
                let words_only = Vectorizer { embedder: None, ..self.vectorizer() };
                prepare(document, &words_only, cancel, &mut tell).map_err(|_| ScreenError::Cancelled)?
            }
        };
        if self.embedder.is_none() {
            not_examined.push(NotExamined {
                reason: NotExaminedReason::LanguageNotCovered,
                page: None,
                section: None,
                detail: Code::NoModel.into(),
            });
        }
        not_examined.extend(prepared.not_examined.iter().cloned());
        Ok(prepared)
    }

    /// Adds precedents, reuse and triage, and gives the report its identity.
    async fn add_precedents(
        &self,
        judged: Judged,
        request: &ScreeningRequest,
        progress: &Progress,
    ) -> ScreeningReport {
        let Judged { mut report, prepared } = judged;
        if request.max_precedents > 0 {
            let clock = Instant::now();
            match self.search(&prepared, &report, request).instrument(stage_span("precedents")).await {
                Ok((precedents, reuse, archive)) => {
                    report.precedents = precedents;
                    report.reuse = reuse;
                    report.provenance.archive = archive;
                }
                Err(not_examined) => report.not_examined.push(not_examined),
            }
            let found = report.precedents.len() as u64;
            progress(Stage::Precedents, found, found);
            report.timings.insert("precedents".to_owned(), clock.elapsed().as_secs_f64());
        }
        report.not_examined.sort();
        report.not_examined.dedup();
        report.triage = triage::triage(
            &report.completeness,
            &report.risks,
            &report.not_examined,
            &request.facets.category,
        );
        report.id = identity(&report, request, self.index.as_deref().map(CaseIndex::tenant));
        crate::metrics::count_report(&report);
        report
    }

    async fn search(
        &self,
        prepared: &PreparedDocument,
        report: &ScreeningReport,
        request: &ScreeningRequest,
    ) -> Result<(Vec<Precedent>, Vec<Reuse>, String), NotExamined> {
        let side = |reason, detail: Explanation| NotExamined { reason, page: None, section: None, detail };
        let Some(index) = self.index.as_deref() else {
            return Err(side(NotExaminedReason::NoArchive, Code::NoArchive.into()));
        };
        let failed = |error: crate::index::store::IndexError| {
            tracing::error!(error = %error, "precedent search failed");
            let why = Code::Technical.with("what", &error);
            side(NotExaminedReason::StageFailed, Code::PrecedentsFailed.because(why))
        };
        let state = index.archive_state().await.map_err(failed)?;
        if state.cases == 0 {
            return Err(side(NotExaminedReason::NoArchive, Code::ArchiveEmpty.into()));
        }
        let mut filter = request.filter.clone();
        filter.exclude_documents.push(prepared.document.id);
        filter.exclude_cases.extend(request.case.clone());
        if !request.facets.project.is_empty() {
            filter.exclude_projects.push(request.facets.project.clone());
        }
        let archive = Archive { index, vectorizer: self.vectorizer() };
        let (precedents, reuse) = likeness::of_document(
            archive,
            prepared,
            &report.elements,
            &request.facets,
            &filter,
            request.max_precedents,
        )
        .await
        .map_err(failed)?;
        Ok((precedents, reuse, format!("{} cases, {}", state.cases, state.fingerprint)))
    }

    fn rules(&self, sets: &[RequirementSet]) -> Vec<RulesIdentity> {
        let mut rules = self.rulebook.identities(sets);
        rules.push(self.risk.identity().clone());
        rules.push(self.facts.identity().clone());
        rules.push(self.fact_checker.identity().clone());
        rules.push(self.completeness.identity());
        rules.push(self.completeness.classifier().clone());
        rules.extend(self.glossary.as_ref().map(|glossary| glossary.identity.clone()));
        rules.sort();
        rules
    }

    fn provenance(&self, document: &Document, sets: &[RequirementSet]) -> Provenance {
        let rules = self.rules(sets);
        Provenance {
            build: crate::build_identity(),
            model: self.embedder.as_ref().map(|embedder| embedder.identity().clone()),
            rules,
            parser: self.reader.identity(document),
            index_schema: self.index.as_ref().map_or_else(String::new, |i| i.schema().to_owned()),
            archive: String::new(),
        }
    }
}

/// A stage in logs and traces; nothing of the document goes into it.
pub(super) fn stage_span(name: &'static str) -> tracing::Span {
    tracing::info_span!("stage", otel.name = name)
}

/// Runs a stage and notes how long it took.
fn timed<T>(timings: &mut BTreeMap<String, f64>, stage: &'static str, work: impl FnOnce() -> T) -> T {
    let _span = stage_span(stage).entered();
    let clock = Instant::now();
    let done = work();
    timings.insert(stage.to_owned(), clock.elapsed().as_secs_f64());
    done
}

/// The same document, rules, model and options give the same screening. Packs enter in the order in
/// which they were asked for, since that is the order of the findings.
fn identity(report: &ScreeningReport, request: &ScreeningRequest, tenant: Option<&TenantId>) -> ScreeningId {
    let provenance =
        serde_json::to_string(&report.provenance).expect("provenance is made of strings and numbers");
    let options = serde_json::to_string(&(
        &request.packs,
        request.submitted.to_string(),
        &request.stage,
        &request.facts,
        &request.facets,
        &request.filter,
        request.max_precedents,
        &report.document.name,
    ))
    .expect("options are made of strings, numbers and maps with string keys");
    let case = report.case.as_ref().map_or("", CaseId::as_str);
    let parts = [report.document.sha256.as_str(), case, &provenance, &options];
    // Two tenants that screen the same file have a screening each.
    match tenant.filter(|tenant| !tenant.is_default()) {
        None => ScreeningId::of_content(&parts),
        Some(tenant) => ScreeningId::of_content(&[parts.as_slice(), &[tenant.as_str()]].concat()),
    }
}

/// Runs work that keeps processors busy for seconds.
pub(super) async fn in_worker<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ScreenError> {
    background::run(work).await.map_err(|stopped| ScreenError::Worker { what: stopped.to_string() })
}
