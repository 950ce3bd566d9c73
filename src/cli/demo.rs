//! `demo`: what does the program do? Fetches the model, imports the sample cases, screens the sample
//! report and prints the findings.
//!
//! The samples travel inside the program. Their archive is a directory of its own beside the user's,
//! which is neither read nor written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use include_dir::{Dir, include_dir};
use tempfile::TempDir;

use super::arguments::DemoArguments;
use super::error::CliError;
use super::exit::Exit;
use super::{archive, manifest, models, output, screen};
use crate::assembly;
use crate::domain::case::Facets;
use crate::domain::report::ScreeningReport;
use crate::embed::ModelStore;
use crate::index::store::CaseFilter;
use crate::render;
use crate::screen::run::{Screener, ScreeningRequest};
use crate::settings::Settings;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");
const REPORT: &str = "report.md";
const CASES: &str = "precedents/cases.jsonl";
/// The law that is in force on [`SUBMITTED`].
const PACK: &str = "uz-234-draft";
/// Fixed, so that the demo prints the same findings on every day.
const SUBMITTED: jiff::civil::Date = jiff::civil::date(2026, 10, 1);

/// Runs the command.
pub async fn run(mut settings: Settings, arguments: DemoArguments) -> Result<Exit, CliError> {
    let started = Instant::now();
    settings.data_dir = demo_directory(&settings.data_dir);
    settings.qdrant.url.clear();

    step(1, &format!("model: {}", settings.model));
    let prepared = settings.clone();
    tokio::task::spawn_blocking(move || fetch_model(&prepared, arguments.model_from))
        .await
        .map_err(CliError::failed)??;

    step(2, &format!("archive: sample cases into {}", settings.data_dir.display()));
    let samples = extract()?;
    let screener = Arc::new(open(&settings).await?);
    import(&screener, &samples.path().join(CASES)).await?;

    step(3, &format!("screening: samples/{REPORT} for {PACK}, submitted on {SUBMITTED}"));
    let report = screen::screen_one(&screener, &samples.path().join(REPORT), request()).await?;

    step(4, "triage: what is missing, how soon to look, how deep to look");
    show(&report)?;
    anstream::eprintln!("\nThe demo took {:.1} s. Try next:", started.elapsed().as_secs_f64());
    for command in suggestions(&settings) {
        anstream::eprintln!("  {command}");
    }
    Ok(Exit::Done)
}

fn step(number: u8, what: &str) {
    anstream::eprintln!("[{number}/4] {what}");
}

/// `data` → `data-demo`. Beside it, not in it: an archive refuses a directory with foreign entries.
fn demo_directory(data: &Path) -> PathBuf {
    match data.file_name() {
        Some(name) => data.with_file_name(format!("{}-demo", name.to_string_lossy())),
        None => PathBuf::from("data-demo"),
    }
}

/// Fetches the model unless it is here already. Blocking.
fn fetch_model(settings: &Settings, from: Option<PathBuf>) -> Result<(), CliError> {
    if settings.model == assembly::NO_MODEL {
        anstream::eprintln!("no model was asked for: evidence is judged by words only");
        return Ok(());
    }
    let store = ModelStore::open(&settings.models_dir)
        .map_err(|error| CliError::new(Exit::Unavailable, error.to_string()))?;
    models::fetch(&store, &settings.model, from).map_err(|error| {
        let advice = "give its files by `demo --model-from DIR`, or go on with words only by `--model none`";
        CliError::new(error.exit(), format!("{}\n{advice}", error.message()))
    })
}

fn extract() -> Result<TempDir, CliError> {
    let folder = TempDir::with_prefix("eia-screen-demo-").map_err(CliError::failed)?;
    SAMPLES.extract(folder.path()).map_err(|error| CliError::file(folder.path(), &error))?;
    Ok(folder)
}

async fn open(settings: &Settings) -> Result<Screener, CliError> {
    let for_model = settings.clone();
    let embedder = tokio::task::spawn_blocking(move || assembly::embedder(&for_model))
        .await
        .map_err(CliError::failed)??;
    let index = assembly::archive_of_tenant(settings, embedder.as_deref()).await.map_err(|error| {
        let error = CliError::from(error);
        let advice =
            format!("{} holds nothing but the demo's cases and may be deleted", settings.data_dir.display());
        CliError::new(error.exit(), format!("{}\n{advice}", error.message()))
    })?;
    Ok(assembly::screener(settings, embedder, Some(index))?)
}

async fn import(screener: &Arc<Screener>, cases: &Path) -> Result<(), CliError> {
    let tally = archive::import_cases(screener, manifest::read(cases)?).await?;
    if let Some(index) = &screener.index {
        index.flush().await?;
    }
    anstream::eprintln!("{tally}");
    if tally.failed > 0 {
        return Err(CliError::failed("a sample case was not imported"));
    }
    Ok(())
}

fn request() -> ScreeningRequest {
    let facets = Facets {
        activity_type: "gold mining and processing".to_owned(),
        jurisdiction: "UZ".to_owned(),
        region: "Navoiy".to_owned(),
        category: "I".to_owned(),
        stage: "draft".to_owned(),
        ..Facets::default()
    };
    let facts = [("hearing_required", true), ("makes_product", true), ("operating_site", false)];
    ScreeningRequest {
        case: None,
        packs: vec![PACK.to_owned()],
        submitted: SUBMITTED,
        stage: String::new(),
        facts: facts.into_iter().map(|(fact, holds)| (fact.to_owned(), holds)).collect(),
        facets,
        filter: CaseFilter::default(),
        max_precedents: 5,
    }
}

fn show(report: &ScreeningReport) -> Result<(), CliError> {
    output::print(&render::text::render(report, output::width()))
}

/// Three commands that work on the demo's archive from the same directory.
fn suggestions(settings: &Settings) -> [String; 3] {
    let program = std::env::args().next().unwrap_or_else(|| "eia-screen".to_owned());
    let mut call = format!("{program} --data-dir {}", settings.data_dir.display());
    let standard = Settings::default();
    if settings.models_dir != standard.models_dir {
        call += &format!(" --models-dir {}", settings.models_dir.display());
    }
    if settings.model != standard.model {
        call += &format!(" --model {}", settings.model);
    }
    let report = Path::new("samples/report-uz.md");
    let report = if report.is_file() { report } else { Path::new("YOUR-REPORT.pdf") };
    [
        format!(
            "{call} screen {} --rules uz --stage draft --format html --out findings.html",
            report.display()
        ),
        format!("{call} cases search \"cyanide seepage into groundwater\""),
        format!("{call} serve"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Limits, read_document};
    use crate::screen::reuse;

    #[test]
    fn demo_archive_lies_beside_the_archive_of_the_user() {
        assert_eq!(demo_directory(Path::new("data")), Path::new("data-demo"));
        assert_eq!(demo_directory(Path::new("/srv/eia/data/")), Path::new("/srv/eia/data-demo"));
        assert_eq!(demo_directory(Path::new("..")), Path::new("data-demo"));
    }

    #[test]
    fn every_sample_is_readable_and_has_numbered_sections() {
        let samples = extract().unwrap();
        let mut files = vec![samples.path().join(REPORT), samples.path().join("report-uz.md")];
        let cases = manifest::read(&samples.path().join(CASES)).unwrap();
        assert_eq!(cases.len(), 8);
        files.extend(cases.into_iter().flat_map(|case| case.files));
        for file in files {
            let name = output::file_name(&file);
            let document = read_document(&name, &std::fs::read(&file).unwrap(), &Limits::default()).unwrap();
            let numbered = document.sections.iter().filter(|section| section.number.is_some()).count();
            assert!(numbered >= 9, "{name}: {numbered} numbered sections");
        }
    }

    #[test]
    fn sample_report_repeats_one_paragraph_of_an_earlier_case() {
        let text = |path: &str| SAMPLES.get_file(path).and_then(|file| file.contents_utf8()).unwrap();
        let case = text("precedents/gold-heap-leach-tomdi.md");
        let copied: Vec<&str> =
            text(REPORT).lines().filter(|line| reuse::overlap(line, case) > reuse::MIN_OVERLAP).collect();
        assert_eq!(copied.len(), 1, "{copied:?}");
        assert!(copied[0].starts_with("The district has a desert climate"));
    }
}
