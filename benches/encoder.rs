//! Speed of the encoder's kernels, and of the whole encoder on a random-weight model.
//!
//! `cargo bench --bench encoder`. Rates are operations (two per multiplication and addition) per second of one thread.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eia_screen::domain::provenance::ModelIdentity;
use eia_screen::embed::encoder::measure::{AttentionProbe, DenseProbe, backend_names};
use eia_screen::embed::encoder::{Encoder, EncoderOptions, ModelFiles, Pooling, Precision};
use eia_screen::embed::model::{Embedder, TextKind};
use tokio_util::sync::CancellationToken;

/// Backends with instructions of their own; the portable ones are only there for correctness.
fn backends() -> Vec<&'static str> {
    backend_names().into_iter().filter(|name| !name.contains("portable")).collect()
}

/// The four dense layers of a model of width 384, for a batch and for one short query.
fn dense(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dense");
    for (rows, depth, outputs) in
        [(512, 384, 1152), (512, 384, 384), (512, 384, 1536), (512, 1536, 384), (12, 384, 1152)]
    {
        group.throughput(Throughput::Elements(2 * (rows * depth * outputs) as u64));
        for backend in backends() {
            let Some(mut probe) = DenseProbe::new(backend, rows, depth, outputs) else { continue };
            let id = BenchmarkId::new(backend, format!("{rows}x{depth}x{outputs}"));
            group.bench_function(id, |bencher| bencher.iter(|| black_box(probe.run(false))[0]));
        }
    }
    group.finish();
}

/// The expanding layer with and without its activation: the difference is what the activation costs.
fn activation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activation");
    for backend in backends() {
        let Some(mut probe) = DenseProbe::new(backend, 252, 384, 1536) else { continue };
        for gelu in [false, true] {
            let id = BenchmarkId::new(backend, if gelu { "gelu" } else { "none" });
            group.bench_function(id, |bencher| bencher.iter(|| black_box(probe.run(gelu))[0]));
        }
    }
    group.finish();
}

/// One head of 32 numbers over short, ordinary and long passages.
fn attention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("attention");
    for len in [12, 128, 256] {
        group.throughput(Throughput::Elements(4 * (len * len * 32) as u64));
        for backend in backends() {
            let Some(mut probe) = AttentionProbe::new(backend, len, 384, 32) else { continue };
            group.bench_function(BenchmarkId::new(backend, len), |bencher| {
                bencher.iter(|| black_box(probe.run(3))[0])
            });
        }
    }
    group.finish();
}

/// Everything together on the random-weight model of the tests: tokenising, queue, threads, pooling.
fn whole(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/embed/encoder/testdata/tiny-bert");
    let identity = ModelIdentity {
        name: "tiny".to_owned(),
        revision: String::new(),
        sha256: String::new(),
        dimension: 0,
        precision: String::new(),
    };
    let options = EncoderOptions {
        precision: Precision::Auto,
        threads: None,
        max_tokens: 40,
        pooling: Pooling::Mean,
        query_prompt: String::new(),
        passage_prompt: String::new(),
        identity,
        languages: Vec::new(),
    };
    let read = |name| std::fs::read(folder.join(name)).expect("the fixture belongs to the repository");
    let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
    let files = ModelFiles { folder: folder.clone(), config, tokenizer, weights_sha256: None, dtype: None };
    let encoder = Encoder::load(&files, options).expect("the fixture belongs to the repository");
    let texts = vec!["the dam is near the river, dust and noise from the quarry"; 256];
    let cancel = CancellationToken::new();
    let mut group = criterion.benchmark_group("encoder");
    for count in [1, 256] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("texts", count), |bencher| {
            bencher.iter(|| {
                encoder.embed(TextKind::Passage, black_box(&texts[..count]), &cancel).map(|v| v.len())
            })
        });
    }
    group.finish();
}

criterion_group!(benches, dense, activation, attention, whole);
criterion_main!(benches);
