//! Measures the embedded archive at scale, with synthetic cases shaped like real ones.
//!
//! ```text
//! cargo run --release --example archive_scale -- import  DIR PASSAGES [--from N]
//! cargo run --release --example archive_scale -- measure DIR PASSAGES
//! ```
//!
//! `import` fills the archive and says how long storing and indexing took, and searches meanwhile; `measure` is a process of its
//! own, so that start-up time and memory are those of a service that opens a full archive: 500 searches
//! by meaning and words, free and filtered, with the recall of the ten nearest against an exact
//! search over the same vectors. Each prints one JSON object.

mod cases;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use cases::{Generator, PASSAGES_PER_CASE, Query};
use eia_screen::domain::case::Facets;
use eia_screen::index::store::{CaseFilter, QueryVector};
use eia_screen::index::{CaseIndex, IndexConfig, Place, Tuning, VectorSpace, open_tuned};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Searches per kind.
const SEARCHES: usize = 500;
/// Passages asked for per query, as the search for precedents does.
const DEPTH: usize = 50;
/// Neighbours that recall looks at.
const TOP: usize = 10;
/// Pause between searches that are made while cases are imported.
const BETWEEN_SEARCHES: Duration = Duration::from_secs(2);
/// Cases stored with one write to disk.
const GROUP: usize = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, folder, passages, rest @ ..] = arguments.as_slice() else {
        bail!("archive_scale import|measure DIR PASSAGES");
    };
    let passages: usize = passages.parse().context("the number of passages")?;
    let folder = PathBuf::from(folder);
    let tuning = Tuning {
        quantized: rest.iter().any(|flag| flag == "--quantized"),
        on_disk: rest.iter().any(|flag| flag == "--on-disk"),
    };
    let result = match command.as_str() {
        "import" => import(&folder, passages, rest, tuning).await?,
        "measure" => measure(&folder, passages, tuning).await?,
        other => bail!("{other} is neither import nor measure"),
    };
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}

fn config(folder: &std::path::Path) -> IndexConfig {
    let space =
        VectorSpace { model: "synthetic".to_owned(), sha256: String::new(), dimension: cases::DIMENSION };
    IndexConfig { place: Place::Directory { path: folder.to_owned(), readers: 0 }, space }
}

async fn import(
    folder: &std::path::Path,
    passages: usize,
    rest: &[String],
    tuning: Tuning,
) -> anyhow::Result<serde_json::Value> {
    let generator = Generator::new();
    let index = open_tuned(config(folder), tuning).await?;
    let searching = Searching::begin(&index, &generator);
    let first = rest.iter().position(|flag| flag == "--from").and_then(|at| rest.get(at + 1));
    let first = first.map_or(Ok(0), |number| number.parse::<usize>())? / PASSAGES_PER_CASE;
    let one_by_one = rest.iter().any(|flag| flag == "--one-by-one");
    let cases = passages.div_ceil(PASSAGES_PER_CASE);
    let begun = Instant::now();
    let (mut storing, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for start in (first..cases).step_by(GROUP) {
        let group: Vec<_> = (start..cases.min(start + GROUP)).map(|number| generator.case(number)).collect();
        let call = Instant::now();
        if one_by_one {
            for (case, documents) in &group {
                index.import_case(case, documents).await?;
            }
        } else {
            index.import_cases(group).await?;
        }
        storing += call.elapsed();
        slowest = slowest.max(call.elapsed());
        if (start / GROUP).is_multiple_of(20) {
            eprintln!("{} passages, {:.0} s", start * PASSAGES_PER_CASE, begun.elapsed().as_secs_f64());
        }
    }
    index.flush().await?;
    let searches = searching.end().await?;
    let stored = (cases - first) * PASSAGES_PER_CASE;
    Ok(json!({
        "passages": cases * PASSAGES_PER_CASE,
        "stored": stored,
        "store_and_index_s": round(storing.as_secs_f64()),
        "passages_per_s": round(stored as f64 / storing.as_secs_f64()),
        "slowest_call_s": round(slowest.as_secs_f64()),
        "hybrid_while_importing_ms": searches,
        "disk_mb": disk_bytes(folder)? / 1_000_000,
        "peak_memory_mb": memory("VmHWM")? / 1_000,
    }))
}

async fn measure(
    folder: &std::path::Path,
    passages: usize,
    tuning: Tuning,
) -> anyhow::Result<serde_json::Value> {
    let begun = Instant::now();
    let index = open_tuned(config(folder), tuning).await?;
    let start_s = begun.elapsed().as_secs_f64();
    eprintln!("open after {start_s:.1} s");
    let anonymous_at_start = memory("RssAnon")?;
    let cases = passages.div_ceil(PASSAGES_PER_CASE);
    let generator = Generator::new();
    let queries: Vec<Query> = (0..SEARCHES).map(|number| generator.query(number, cases)).collect();
    let mut result = json!({
        "passages": cases * PASSAGES_PER_CASE, "start_s": round(start_s),
        "anonymous_memory_at_start_mb": anonymous_at_start / 1_000, "disk_mb": disk_bytes(folder)? / 1_000_000,
    });
    let first = Instant::now();
    hybrid(index.as_ref(), &queries[0], &CaseFilter::default()).await?;
    result["first_search_ms"] = json!(round(first.elapsed().as_secs_f64() * 1_000.0));
    let broad = |_: &Query| CaseFilter {
        facets: Facets { jurisdiction: "UZ".to_owned(), ..Facets::default() },
        ..CaseFilter::default()
    };
    let narrow = |query: &Query| CaseFilter {
        facets: Facets { activity_type: query.activity.clone(), ..Facets::default() },
        year_from: Some(2015),
        ..CaseFilter::default()
    };
    result["hybrid_ms"] = timed(index.as_ref(), &queries, |_| CaseFilter::default()).await?;
    result["hybrid_filter_country_ms"] = timed(index.as_ref(), &queries, broad).await?;
    result["hybrid_filter_activity_and_year_ms"] = timed(index.as_ref(), &queries, narrow).await?;
    result["meaning_alone_ms"] =
        alone(index.as_ref(), &queries, |query| QueryVector::Dense(query.dense.clone())).await?;
    result["words_alone_ms"] =
        alone(index.as_ref(), &queries, |query| QueryVector::Sparse(query.sparse.clone())).await?;
    result["resident_memory_mb"] = json!(memory("VmRSS")? / 1_000);
    result["anonymous_memory_mb"] = json!(memory("RssAnon")? / 1_000);
    let found = nearest(index.as_ref(), &queries, |_| CaseFilter::default()).await?;
    let exact = generator.exact_nearest(&queries, cases, TOP, |_, _| true);
    result["recall_at_10"] = json!(round(recall(&found, &exact)));
    let found = nearest(index.as_ref(), &queries, broad).await?;
    let exact = generator.exact_nearest(&queries, cases, TOP, |_, facets| facets.jurisdiction == "UZ");
    result["recall_at_10_filter_country"] = json!(round(recall(&found, &exact)));
    let found = nearest(index.as_ref(), &queries, narrow).await?;
    let exact = generator.exact_nearest(&queries, cases, TOP, |query, facets| {
        facets.activity_type == query.activity && facets.year >= 2015
    });
    result["recall_at_10_filter_activity_and_year"] = json!(round(recall(&found, &exact)));
    Ok(result)
}

/// Searches made every now and then beside something else.
struct Searching {
    end: CancellationToken,
    times: tokio::task::JoinHandle<(Vec<f64>, Vec<String>)>,
}

impl Searching {
    fn begin(index: &Arc<dyn CaseIndex>, generator: &Generator) -> Self {
        let (end, index) = (CancellationToken::new(), Arc::clone(index));
        let queries: Vec<Query> = (0..SEARCHES).map(|number| generator.query(number, 1)).collect();
        let ended = end.clone();
        let times = tokio::spawn(async move {
            let (mut times, mut failures) = (Vec::new(), Vec::new());
            for query in queries.iter().cycle() {
                let pause = tokio::time::sleep(BETWEEN_SEARCHES);
                if ended.run_until_cancelled(pause).await.is_none() {
                    break;
                }
                let vectors =
                    [QueryVector::Dense(query.dense.clone()), QueryVector::Sparse(query.sparse.clone())];
                let begun = Instant::now();
                // The archive is empty at first: nothing found is no failure here.
                match index.nearest(&vectors, &CaseFilter::default(), DEPTH).await {
                    Ok(_) => times.push(begun.elapsed().as_secs_f64() * 1_000.0),
                    Err(error) => failures.push(error.to_string()),
                }
            }
            (times, failures)
        });
        Self { end, times }
    }

    async fn end(self) -> anyhow::Result<serde_json::Value> {
        self.end.cancel();
        let (times, failures) = self.times.await?;
        let mut told = quantiles(times);
        told["failed"] = json!(failures.len());
        told["first_failure"] = json!(failures.first());
        Ok(told)
    }
}

async fn hybrid(index: &dyn CaseIndex, query: &Query, filter: &CaseFilter) -> anyhow::Result<()> {
    let vectors = [QueryVector::Dense(query.dense.clone()), QueryVector::Sparse(query.sparse.clone())];
    let found = index.nearest(&vectors, filter, DEPTH).await?;
    ensure!(!found[0].is_empty(), "a search found nothing");
    Ok(())
}

async fn timed(
    index: &dyn CaseIndex,
    queries: &[Query],
    filter: impl Fn(&Query) -> CaseFilter,
) -> anyhow::Result<serde_json::Value> {
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let filter = filter(query);
        let begun = Instant::now();
        hybrid(index, query, &filter).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(quantiles(times))
}

/// Times searches by one of the two vectors.
async fn alone(
    index: &dyn CaseIndex,
    queries: &[Query],
    vector: impl Fn(&Query) -> QueryVector,
) -> anyhow::Result<serde_json::Value> {
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let vector = vector(query);
        let begun = Instant::now();
        index.nearest(&[vector], &CaseFilter::default(), DEPTH).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(quantiles(times))
}

fn quantiles(mut times: Vec<f64>) -> serde_json::Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let position = (times.len().saturating_sub(1) as f64 * share).round() as usize;
        times.get(position).copied().map(round)
    };
    json!({ "searches": times.len(), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "longest": at(1.0) })
}

/// Names the passages that the index finds nearest by meaning.
async fn nearest(
    index: &dyn CaseIndex,
    queries: &[Query],
    filter: impl Fn(&Query) -> CaseFilter,
) -> anyhow::Result<Vec<Vec<(String, u32)>>> {
    let mut found = Vec::new();
    for query in queries {
        let hits = index.nearest(&[QueryVector::Dense(query.dense.clone())], &filter(query), TOP).await?;
        found.push(hits[0].iter().map(|hit| (hit.case.to_string(), hit.ordinal)).collect());
    }
    Ok(found)
}

fn recall(found: &[Vec<(String, u32)>], exact: &[Vec<(String, u32)>]) -> f64 {
    let pairs = found.iter().zip(exact);
    let hits: usize =
        pairs.map(|(found, exact)| exact.iter().filter(|hit| found.contains(hit)).count()).sum();
    hits as f64 / exact.iter().map(Vec::len).sum::<usize>() as f64
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn memory(field: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).context("memory is not reported")?;
    Ok(line.split_whitespace().nth(1).context("memory is not reported")?.parse()?)
}

fn disk_bytes(folder: &std::path::Path) -> anyhow::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        // Sparse files take fewer blocks than their length says.
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
