//! The whole encoder against PyTorch: two random-weight models whose every dimension is odd, on every backend.
//! `testdata/generate.py` makes models and vectors.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::dispatch::Backend;
use super::kernel_tests::all_backends;
use super::measure::backends;
use super::{Encoder, EncoderOptions, ModelFiles, Pooling, Precision, load};
use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;
use crate::embed::model::{EmbedError, Embedder, TextKind};

const MODELS: [&str; 2] = ["tiny-bert", "tiny-xlm-roberta"];

pub(super) fn folder(model: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/embed/encoder/testdata").join(model)
}

pub(super) fn options(pooling: Pooling) -> EncoderOptions {
    EncoderOptions {
        precision: Precision::Auto,
        threads: Some(2),
        max_tokens: 24,
        pooling,
        query_prompt: String::new(),
        passage_prompt: String::new(),
        identity: ModelIdentity {
            name: "tiny".to_owned(),
            revision: "1".to_owned(),
            sha256: String::new(),
            dimension: 0,
            precision: String::new(),
        },
        languages: vec![Language::English],
    }
}

/// The small files of a folder; what is missing is empty.
pub(super) fn files(folder: &Path) -> ModelFiles {
    let read = |name| std::fs::read(folder.join(name)).unwrap_or_default();
    let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
    ModelFiles { folder: folder.to_owned(), config, tokenizer, weights_sha256: None, dtype: None }
}

pub(super) fn encoder(model: &str, backend: Backend, mut options: EncoderOptions) -> Encoder {
    let pool = load::load_with(&files(&folder(model)), &mut options, backend).expect("the fixture loads");
    Encoder { pool, options }
}

struct Reference {
    texts: Vec<String>,
    tokens: Vec<usize>,
    mean: Vec<Vec<f64>>,
    cls: Vec<Vec<f64>>,
}

fn reference(model: &str) -> Reference {
    let lines = std::fs::read_to_string(folder(model).join("reference.jsonl")).expect("the fixture is there");
    let rows: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a JSON row")).collect();
    let vectors = |field: &str| {
        let numbers =
            |row: &Value| row[field].as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
        rows.iter().map(numbers).collect()
    };
    Reference {
        texts: rows.iter().map(|row| row["text"].as_str().expect("a text").to_owned()).collect(),
        tokens: rows.iter().map(|row| row["tokens"].as_u64().expect("a count") as usize).collect(),
        mean: vectors("mean"),
        cls: vectors("cls"),
    }
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum();
    let norms: (f64, f64) = (a.iter().map(|a| f64::from(*a).powi(2)).sum(), b.iter().map(|b| b * b).sum());
    dot / (norms.0 * norms.1).sqrt()
}

pub(super) fn embed(encoder: &Encoder, texts: &[String]) -> Vec<Vec<f32>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    encoder.embed(TextKind::Passage, &texts, &CancellationToken::new()).expect("the texts embed")
}

#[test]
fn vectors_agree_with_pytorch_on_every_backend() {
    for model in MODELS {
        let reference = reference(model);
        for backend in all_backends() {
            let least = if backend.name.starts_with("bf16") { 0.999 } else { 0.999_999 };
            let poolings = [(Pooling::Mean, &reference.mean), (Pooling::Cls, &reference.cls)];
            // Trapped instructions are slow, and how vectors are pooled does not depend on them.
            let native = backends().iter().any(|other| other.name == backend.name);
            for (pooling, want) in &poolings[..if native { 2 } else { 1 }] {
                let have = embed(&encoder(model, backend, options(*pooling)), &reference.texts);
                for ((have, want), text) in have.iter().zip(want.iter()).zip(&reference.texts) {
                    assert_eq!(have.len(), want.len());
                    let cosine = cosine(have, want);
                    assert!(
                        cosine >= least,
                        "{model} {pooling:?} {}: {text:?} has cosine {cosine}",
                        backend.name
                    );
                    let norm: f32 = have.iter().map(|x| x * x).sum();
                    assert!((norm - 1.0).abs() < 1e-5, "vectors have length one");
                }
            }
        }
    }
}

#[test]
fn token_counts_leave_out_special_tokens_and_do_not_stop_at_the_limit() {
    for model in MODELS {
        let reference = reference(model);
        let encoder = encoder(model, super::dispatch::PORTABLE_F32, options(Pooling::Mean));
        for (text, tokens) in reference.texts.iter().zip(&reference.tokens) {
            let count = encoder.count_tokens(text);
            assert_eq!((count + 2).min(24), *tokens, "{text:?}");
        }
        assert!(encoder.count_tokens(&reference.texts[6]) > 24);
    }
}

#[test]
fn a_vector_does_not_depend_on_batch_order_or_threads() {
    let texts: Vec<String> =
        (0..300).map(|i| "river dam dust noise quarry ".repeat(i % 7) + &"a".repeat(i % 11)).collect();
    for backend in backends() {
        let alone =
            encoder("tiny-bert", backend, EncoderOptions { threads: Some(1), ..options(Pooling::Mean) });
        let single: Vec<Vec<f32>> =
            texts.iter().map(|text| embed(&alone, std::slice::from_ref(text)).remove(0)).collect();
        let together =
            encoder("tiny-bert", backend, EncoderOptions { threads: Some(3), ..options(Pooling::Mean) });
        let mut reversed: Vec<String> = texts.iter().rev().cloned().collect();
        let mut batch = embed(&together, &reversed);
        batch.reverse();
        reversed.reverse();
        assert_eq!(reversed, texts);
        for (single, batch) in single.iter().zip(&batch) {
            let single: Vec<f64> = single.iter().map(|x| f64::from(*x)).collect();
            assert!(cosine(batch, &single) >= 0.999_999, "{}", backend.name);
        }
    }
}

#[test]
fn calls_from_many_threads_get_their_own_vectors() {
    let encoder = encoder("tiny-bert", super::dispatch::PORTABLE_F32, options(Pooling::Mean));
    let reference = reference("tiny-bert");
    std::thread::scope(|scope| {
        for start in 0..6 {
            let (encoder, reference) = (&encoder, &reference);
            scope.spawn(move || {
                for round in 0..20 {
                    let index = (start + round) % reference.texts.len();
                    let have = embed(encoder, &reference.texts[index..]);
                    for (have, want) in have.iter().zip(&reference.mean[index..]) {
                        assert!(cosine(have, want) >= 0.999_999);
                    }
                }
            });
        }
    });
}

#[test]
fn a_cancelled_call_returns_at_once() {
    let encoder = encoder("tiny-bert", super::dispatch::PORTABLE_F32, options(Pooling::Mean));
    let cancel = CancellationToken::new();
    cancel.cancel();
    let texts = vec!["river"; 100_000];
    assert!(matches!(encoder.embed(TextKind::Query, &texts, &cancel), Err(EmbedError::Cancelled)));
    let after = encoder.embed(TextKind::Query, &["river"], &CancellationToken::new());
    assert_eq!(after.expect("the encoder goes on working").len(), 1);
}

#[test]
fn prompts_are_put_before_the_text_by_kind() {
    let prompts = EncoderOptions {
        query_prompt: "dust ".to_owned(),
        passage_prompt: "dam ".to_owned(),
        ..options(Pooling::Mean)
    };
    let prompted = encoder("tiny-bert", super::dispatch::PORTABLE_F32, prompts);
    let plain = encoder("tiny-bert", super::dispatch::PORTABLE_F32, options(Pooling::Mean));
    let embed = |encoder: &Encoder, kind, text: &str| {
        encoder.embed(kind, &[text], &CancellationToken::new()).expect("the text embeds").remove(0)
    };
    assert_eq!(embed(&prompted, TextKind::Query, "river"), embed(&plain, TextKind::Query, "dust river"));
    assert_eq!(embed(&prompted, TextKind::Passage, "river"), embed(&plain, TextKind::Query, "dam river"));
}

#[test]
fn a_text_is_read_as_far_as_its_room_goes() {
    let prompts = EncoderOptions { query_prompt: "dust ".to_owned(), ..options(Pooling::Mean) };
    let encoder = encoder("tiny-bert", super::dispatch::PORTABLE_F32, prompts);
    for kind in [TextKind::Query, TextKind::Passage] {
        let embed = |words: usize| {
            let text = "a ".repeat(words);
            encoder.embed(kind, &[&text], &CancellationToken::new()).expect("the text embeds").remove(0)
        };
        let room = encoder.room(kind);
        assert_eq!(embed(room), embed(room + 1), "{kind:?}");
        assert_ne!(embed(room), embed(room - 1), "{kind:?}");
    }
    assert_eq!(encoder.room(TextKind::Passage), 22);
}
