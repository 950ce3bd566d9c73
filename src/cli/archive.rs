//! `cases`: import, search, show, list, delete.

use std::fmt::Write;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::arguments::{CasesCommand, ImportArguments, ListFormat, SearchArguments};
use super::error::CliError;
use super::exit::Exit;
use super::manifest::{self, ManifestCase};
use super::{key_values, output, progress};
use crate::assembly;
use crate::domain::case::{Case, Facets};
use crate::domain::finding::{NotExaminedReason, Precedent};
use crate::domain::ids::CaseId;
use crate::index::CaseIndex;
use crate::index::store::{CaseFilter, ImportOutcome};
use crate::ingest::watch::Watch;
use crate::rpc::convert::{case_message, precedent_message};
use crate::rpc::v1;
use crate::screen::import::{ArchivedFile, ImportError};
use crate::screen::likeness::{self, Archive};
use crate::screen::prepare::prepare;
use crate::screen::run::Screener;
use crate::settings::Settings;

/// Cases per call while listing.
const LIST_CHUNK: usize = 500;

/// Runs the command.
pub async fn run(settings: Settings, command: CasesCommand) -> Result<Exit, CliError> {
    let wants_import = matches!(command, CasesCommand::Import(_));
    if !wants_import && !assembly::has_archive(&settings) {
        let message = format!(
            "there is no archive in {}; import cases with `eia-screen cases import`",
            settings.data_dir.display()
        );
        return Err(CliError::new(Exit::Unavailable, message));
    }
    let embedder = assembly::embedder(&settings)?;
    let index = assembly::archive_of_tenant(&settings, embedder.as_deref()).await?;
    let result = match command {
        CasesCommand::Import(arguments) => {
            let screener = assembly::screener(&settings, embedder, Some(Arc::clone(&index)))?;
            import(&Arc::new(screener), arguments).await
        }
        CasesCommand::Search(arguments) => {
            let screener = assembly::screener(&settings, embedder, Some(Arc::clone(&index)))?;
            search(&screener, index.as_ref(), arguments).await
        }
        CasesCommand::Show { case, format } => show(index.as_ref(), &case, format).await,
        CasesCommand::List { filters, format } => {
            list(index.as_ref(), &key_values::filter(&filters)?, format).await
        }
        CasesCommand::Delete { case } => delete(index.as_ref(), &case).await,
    };
    index.flush().await?;
    result
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportTally {
    /// New cases.
    pub created: usize,
    /// Cases that were there with other content.
    pub replaced: usize,
    /// Cases that were there just so.
    pub unchanged: usize,
    /// Cases of which nothing could be imported.
    pub failed: usize,
}

impl std::fmt::Display for ImportTally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { created, replaced, unchanged, failed } = self;
        write!(
            out,
            "{created} cases created, {replaced} replaced, {unchanged} unchanged, {failed} not imported"
        )
    }
}

async fn import(screener: &Arc<Screener>, arguments: ImportArguments) -> Result<Exit, CliError> {
    let tally = import_cases(screener, manifest::read(&arguments.source)?).await?;
    output::print(&format!("{tally}\n"))?;
    Ok(if tally.failed == 0 { Exit::Done } else { Exit::Data })
}

/// Imports cases; one that fails does not stop the others.
pub async fn import_cases(
    screener: &Arc<Screener>,
    cases: Vec<ManifestCase>,
) -> Result<ImportTally, CliError> {
    let bar = progress::bar(cases.len() as u64, "importing");
    let mut tally = ImportTally::default();
    for ManifestCase { case, files } in cases {
        let id = case.id.clone();
        let files = files
            .iter()
            .map(|path| Ok(ArchivedFile { name: output::file_name(path), bytes: output::read_file(path)? }))
            .collect::<Result<Vec<_>, CliError>>()?;
        match screener.import_case(case, files, CancellationToken::new()).await {
            Ok(imported) => {
                match imported.outcome {
                    ImportOutcome::Created => tally.created += 1,
                    ImportOutcome::Replaced => tally.replaced += 1,
                    ImportOutcome::Unchanged => tally.unchanged += 1,
                }
                let unread = imported
                    .not_examined
                    .iter()
                    .filter(|part| part.reason != NotExaminedReason::LanguageNotCovered)
                    .count();
                if unread > 0 {
                    bar.suspend(|| anstream::eprintln!("{id}: {unread} parts could not be read"));
                }
            }
            Err(ImportError::Index(error)) => return Err(error.into()),
            Err(error) => {
                tally.failed += 1;
                bar.suspend(|| anstream::eprintln!("{id}: not imported: {error}"));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(tally)
}

async fn search(
    screener: &Screener,
    index: &dyn CaseIndex,
    arguments: SearchArguments,
) -> Result<Exit, CliError> {
    let filter = key_values::filter(&arguments.filters)?;
    let limit = arguments.limit as usize;
    let precedents = match (&arguments.text, &arguments.like) {
        (_, Some(path)) => {
            let bytes = output::read_file(path)?;
            let name = output::file_name(path);
            like(screener, index, &name, &bytes, &filter, limit).await?
        }
        (Some(text), None) => {
            let archive = Archive { index, vectorizer: screener.vectorizer() };
            likeness::of_text(archive, text, &filter, limit).await.map_err(CliError::failed)?
        }
        (None, None) => return Err(CliError::usage("give a text to search for, or --like FILE")),
    };
    let text = match arguments.format {
        ListFormat::Json => {
            let message = v1::SearchPrecedentsResponse {
                precedents: precedents.iter().map(precedent_message).collect(),
                ..Default::default()
            };
            serde_json::to_string_pretty(&message).map_err(CliError::failed)? + "\n"
        }
        ListFormat::Text => precedents_text(&precedents),
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

async fn like(
    screener: &Screener,
    index: &dyn CaseIndex,
    name: &str,
    bytes: &[u8],
    filter: &CaseFilter,
    limit: usize,
) -> Result<Vec<Precedent>, CliError> {
    let document = screener.reader.read(name, bytes, &Watch::NOBODY)?;
    let vectorizer = screener.vectorizer();
    let prepared = prepare(document, &vectorizer, &CancellationToken::new(), &mut |_, _| {})
        .map_err(CliError::failed)?;
    let mut filter = filter.clone();
    filter.exclude_documents.push(prepared.document.id);
    let elements = screener.elements(&prepared);
    let (precedents, _) = likeness::of_document(
        Archive { index, vectorizer },
        &prepared,
        &elements,
        &filter.facets,
        &filter,
        limit,
    )
    .await?;
    Ok(precedents)
}

fn precedents_text(precedents: &[Precedent]) -> String {
    if precedents.is_empty() {
        return "no case was found\n".to_owned();
    }
    let mut text = String::new();
    for (rank, precedent) in precedents.iter().enumerate() {
        let case = &precedent.case;
        let _ = writeln!(text, "{:>2}. {}  {}  ({:.4})", rank + 1, case.id, case.title, precedent.score);
        let _ = writeln!(text, "    {}", facets_line(&case.facets));
        if !case.decision.is_empty() {
            let _ = writeln!(text, "    decision: {}", case.decision);
        }
        for reason in &precedent.reasons {
            let _ = writeln!(text, "    + {reason}");
        }
        if let Some(found) = precedent.matches.first() {
            let page = found.precedent_page.map_or_else(String::new, |page| format!("p. {page}: "));
            for line in textwrap::wrap(
                &format!("{page}\"{}\"", found.quote),
                output::width().saturating_sub(4).max(40),
            ) {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}

fn facets_line(facets: &Facets) -> String {
    let mut known: Vec<String> =
        [&facets.activity_type, &facets.jurisdiction, &facets.document_type, &facets.agency]
            .into_iter()
            .filter(|value| !value.is_empty())
            .cloned()
            .collect();
    if facets.year != 0 {
        known.push(facets.year.to_string());
    }
    known.join(" · ")
}

async fn show(index: &dyn CaseIndex, case: &str, format: ListFormat) -> Result<Exit, CliError> {
    let id = CaseId::parse(case).map_err(CliError::usage)?;
    let Some(case) = index.get_case(&id).await? else {
        return Err(CliError::new(Exit::Data, format!("there is no case {id} in the archive")));
    };
    let text = match format {
        ListFormat::Json => {
            serde_json::to_string_pretty(&case_message(&case)).map_err(CliError::failed)? + "\n"
        }
        ListFormat::Text => case_text(&case),
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

fn case_text(case: &Case) -> String {
    let mut text = format!("{}  {}\n{}\n", case.id, case.title, facets_line(&case.facets));
    if !case.decision.is_empty() {
        let _ = writeln!(text, "decision: {}", case.decision);
    }
    for condition in &case.conditions {
        let _ = writeln!(text, "condition: {condition}");
    }
    for document in &case.documents {
        let _ = writeln!(
            text,
            "{}  {} pages, {} passages, sha256 {}",
            document.name, document.pages, document.passages, document.sha256
        );
    }
    text
}

async fn list(index: &dyn CaseIndex, filter: &CaseFilter, format: ListFormat) -> Result<Exit, CliError> {
    let mut cases = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = index.list_cases(filter, LIST_CHUNK, after.as_deref()).await?;
        cases.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let text = match format {
        ListFormat::Json => {
            let message = v1::ListCasesResponse {
                cases: cases.iter().map(case_message).collect(),
                next_page_token: String::new(),
            };
            serde_json::to_string_pretty(&message).map_err(CliError::failed)? + "\n"
        }
        ListFormat::Text => {
            let mut text = String::new();
            for case in &cases {
                let _ = writeln!(text, "{}  {}  {}", case.id, case.title, facets_line(&case.facets));
            }
            let _ = writeln!(text, "{} cases", cases.len());
            text
        }
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

async fn delete(index: &dyn CaseIndex, case: &str) -> Result<Exit, CliError> {
    let id = CaseId::parse(case).map_err(CliError::usage)?;
    if index.delete_case(&id).await? {
        output::print(&format!("{id} deleted\n"))?;
        Ok(Exit::Done)
    } else {
        Err(CliError::new(Exit::Data, format!("there is no case {id} in the archive")))
    }
}
