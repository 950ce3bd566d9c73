//! `embed`: embeds a workload and prints one JSON line, the interface of the peer benchmark.

use std::io::Write;
use std::time::Instant;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::arguments::EmbedArguments;
use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::domain::provenance::ModelIdentity;
use crate::embed::encoder::{Encoder, EncoderOptions, ModelFiles, Pooling, Precision};
use crate::embed::{Embedder, TextKind};
use crate::settings::Settings;

/// Longest input in tokens, as in the peers' runners.
const MAX_TOKENS: usize = 256;
/// Short queries timed one after another, after the passes.
const QUERIES: usize = 101;
/// Twelve tokens of the default model, special tokens included.
const QUERY: &str = "tailings storage facility close to the river and groundwater";

#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    n_tokens: usize,
}

/// Runs the command: one untimed pass, then the timed ones. Mean pooling, as the benchmark's model has.
pub fn run(settings: &Settings, arguments: &EmbedArguments) -> Result<Exit, CliError> {
    let lines = workload(arguments)?;
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let tokens: usize = lines.iter().map(|line| line.n_tokens).sum();
    let started = Instant::now();
    let encoder = load(settings, arguments)?;
    embed(&encoder, &texts[..texts.len().min(1)], arguments.batch)?;
    let load_s = started.elapsed().as_secs_f64();

    let mut vectors = embed(&encoder, &texts, arguments.batch)?;
    let (mut walls, mut cpus, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.reps {
        let (busy, own) = cpu_seconds();
        let clock = Instant::now();
        vectors = embed(&encoder, &texts, arguments.batch)?;
        let wall = clock.elapsed().as_secs_f64();
        let (busy_after, own_after) = cpu_seconds();
        let used = own_after - own;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64;
        foreign.push(((busy_after - busy - used) / (wall * cores)).max(0.0));
        walls.push(wall);
        cpus.push(used);
    }
    let peak_rss_mb = peak_rss_mb();
    write_vectors(arguments, &vectors)?;
    let query_p50_ms = median_query_ms(&encoder)?;
    let row = serde_json::json!({
        "name": arguments.name, "passages": texts.len(), "tokens": tokens, "walls_s": walls,
        "cpu_s": cpus, "foreign_cpu": foreign, "load_s": load_s, "peak_rss_mb": peak_rss_mb,
        "query_tokens": encoder.count_tokens(QUERY) + 2, "query_p50_ms": query_p50_ms,
        "notes": encoder.identity().precision,
    });
    output::print(&format!("{row}\n"))?;
    Ok(Exit::Done)
}

fn workload(arguments: &EmbedArguments) -> Result<Vec<Line>, CliError> {
    let text = String::from_utf8(output::read_file(&arguments.texts)?).map_err(CliError::usage)?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).map_err(|e| CliError::new(Exit::Data, e.to_string())))
        .collect()
}

fn load(settings: &Settings, arguments: &EmbedArguments) -> Result<Encoder, CliError> {
    let precision = match settings.precision.as_str() {
        "fp32" => Precision::Fp32,
        "bf16" => Precision::Bf16,
        _ => Precision::Auto,
    };
    let options = EncoderOptions {
        precision,
        threads: None,
        max_tokens: MAX_TOKENS,
        pooling: Pooling::Mean,
        query_prompt: String::new(),
        passage_prompt: String::new(),
        identity: ModelIdentity {
            name: arguments.name.clone(),
            revision: String::new(),
            sha256: String::new(),
            dimension: 0,
            precision: String::new(),
        },
        languages: Vec::new(),
    };
    let folder = &arguments.model_dir;
    let files = ModelFiles {
        folder: folder.clone(),
        config: output::read_file(&folder.join("config.json"))?,
        tokenizer: output::read_file(&folder.join("tokenizer.json"))?,
        // A folder without a manifest: there is nothing to compare the hash with. It is computed all the same.
        weights_sha256: None,
        dtype: None,
    };
    Encoder::load(&files, options).map_err(|error| CliError::new(Exit::Unavailable, error.to_string()))
}

/// Embeds in calls of `batch` texts; 0 hands all texts over at once.
fn embed(encoder: &Encoder, texts: &[&str], batch: usize) -> Result<Vec<Vec<f32>>, CliError> {
    let size = if batch == 0 { texts.len().max(1) } else { batch };
    let mut vectors = Vec::with_capacity(texts.len());
    for texts in texts.chunks(size) {
        let part =
            encoder.embed(TextKind::Passage, texts, &CancellationToken::new()).map_err(CliError::failed)?;
        vectors.extend(part);
    }
    Ok(vectors)
}

/// Returns the median latency of a short query, in milliseconds.
fn median_query_ms(encoder: &Encoder) -> Result<f64, CliError> {
    let mut times = Vec::with_capacity(QUERIES);
    for _ in 0..QUERIES {
        let clock = Instant::now();
        encoder.embed(TextKind::Query, &[QUERY], &CancellationToken::new()).map_err(CliError::failed)?;
        times.push(clock.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[QUERIES / 2])
}

fn write_vectors(arguments: &EmbedArguments, vectors: &[Vec<f32>]) -> Result<(), CliError> {
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::File::create(&arguments.out)
        .and_then(|mut file| file.write_all(&bytes))
        .map_err(|error| CliError::file(&arguments.out, &error))
}

/// Busy seconds of the whole machine and CPU seconds of this process, from `/proc`; zero elsewhere.
fn cpu_seconds() -> (f64, f64) {
    const TICKS_PER_SECOND: f64 = 100.0;
    let numbers =
        |text: &str| -> Vec<f64> { text.split_whitespace().filter_map(|word| word.parse().ok()).collect() };
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let all = numbers(stat.lines().next().unwrap_or(""));
    // user nice system idle iowait irq softirq steal: all but idle and iowait is busy
    let busy: f64 = all.iter().take(8).sum::<f64>()
        - all.get(3).copied().unwrap_or(0.0)
        - all.get(4).copied().unwrap_or(0.0);
    let own = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = numbers(own.rsplit_once(')').map_or("", |(_, rest)| rest.trim_start_matches(" R")));
    let used = fields.get(10).copied().unwrap_or(0.0) + fields.get(11).copied().unwrap_or(0.0);
    (busy / TICKS_PER_SECOND, used / TICKS_PER_SECOND)
}

fn peak_rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("");
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
