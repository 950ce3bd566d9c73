//! The whole encoder against PyTorch: two random-weight models whose every dimension is odd, on every backend.
//! `testdata/generate.py` makes models and vectors.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::dispatch::{Backend, Features};
use super::kernel_tests::all_backends;
use super::measure::backends;
use super::{Encoder, EncoderOptions, LoadError, ModelFiles, Pooling, Precision, load, supports};
use crate::domain::language::Language;
use crate::domain::provenance::ModelIdentity;
use crate::embed::model::{EmbedError, Embedder, TextKind};

const MODELS: [&str; 2] = ["tiny-bert", "tiny-xlm-roberta"];

fn folder(model: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/embed/encoder/testdata").join(model)
}

fn options(pooling: Pooling) -> EncoderOptions {
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
fn files(folder: &Path) -> ModelFiles {
    let read = |name| std::fs::read(folder.join(name)).unwrap_or_default();
    let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
    ModelFiles { folder: folder.to_owned(), config, tokenizer, weights_sha256: None, dtype: None }
}

fn encoder(model: &str, backend: Backend, mut options: EncoderOptions) -> Encoder {
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

fn embed(encoder: &Encoder, texts: &[String]) -> Vec<Vec<f32>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    encoder.embed(TextKind::Passage, &texts, &CancellationToken::new()).expect("the texts embed")
}

#[test]
fn vectors_agree_with_pytorch_on_every_backend() {
    for model in MODELS {
        let reference = reference(model);
        for backend in all_backends() {
            let least = if backend.name.starts_with("bf16") { 0.999 } else { 0.999_999 };
            for (pooling, want) in [(Pooling::Mean, &reference.mean), (Pooling::Cls, &reference.cls)] {
                let have = embed(&encoder(model, backend, options(pooling)), &reference.texts);
                for ((have, want), text) in have.iter().zip(want).zip(&reference.texts) {
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
fn identity_states_dimension_precision_and_the_reason() {
    let options = EncoderOptions { precision: Precision::Fp32, ..options(Pooling::Mean) };
    let encoder = Encoder::load(&files(&folder("tiny-bert")), options).expect("the fixture loads");
    assert_eq!((encoder.identity().dimension, encoder.dimension()), (36, 36));
    assert!(
        encoder.identity().precision.starts_with("fp32 (")
            && encoder.identity().precision.ends_with(": configured")
    );
    assert!(encoder.covers(Language::English) && !encoder.covers(Language::Korean));
    assert_eq!(encoder.max_tokens(), 24);
}

#[test]
fn inputs_are_never_longer_than_the_position_table() {
    let long = EncoderOptions { max_tokens: 10_000, ..options(Pooling::Mean) };
    assert_eq!(encoder("tiny-bert", super::dispatch::PORTABLE_F32, long.clone()).max_tokens(), 40);
    let roberta = encoder("tiny-xlm-roberta", super::dispatch::PORTABLE_F32, long);
    assert_eq!(roberta.max_tokens(), 40, "42 positions less the padding id and one");
    assert_eq!(embed(&roberta, &["river ".repeat(100)]).len(), 1);
}

#[test]
fn other_architectures_are_left_to_the_reference_implementation() {
    let config = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let bert =
        std::fs::read_to_string(folder("tiny-bert").join("config.json")).expect("the fixture is there");
    assert!(supports(&config(&bert)));
    for change in [
        ("\"bert\"", "\"modernbert\""),
        ("\"gelu\"", "\"silu\""),
        ("\"hidden_size\": 36", "\"hidden_size\": 37"),
        ("\"hidden_size\": 36", "\"hidden_size\": 0"),
        ("\"model_type\"", "\"position_embedding_type\": \"relative_key\", \"model_type\""),
    ] {
        assert!(bert.contains(change.0), "{change:?}");
        assert!(!supports(&config(&bert.replace(change.0, change.1))), "{change:?}");
    }
    assert!(!supports(&Value::Null));
}

#[test]
fn damaged_folders_are_refused_with_the_file_that_is_to_blame() {
    let copy = tempfile::tempdir().expect("a folder");
    let load =
        || Encoder::load(&files(copy.path()), options(Pooling::Mean)).err().map(|error| error.to_string());
    let put = |name: &str, cut: usize| {
        let bytes = std::fs::read(folder("tiny-bert").join(name)).expect("the fixture is there");
        std::fs::write(copy.path().join(name), &bytes[..bytes.len() - cut]).expect("the folder takes files");
    };
    assert!(load().is_some_and(|error| error.contains("config.json")));
    put("config.json", 0);
    put("tokenizer.json", 0);
    assert!(load().is_some_and(|error| error.contains("model.safetensors")));
    put("model.safetensors", 1000);
    assert!(load().is_some_and(|error| error.contains("model.safetensors")));
    put("model.safetensors", 0);
    put("tokenizer.json", 10);
    assert!(load().is_some_and(|error| error.contains("tokenizer.json")));
    put("tokenizer.json", 0);
    assert_eq!(load(), None);
    let config = std::fs::read_to_string(copy.path().join("config.json")).expect("just written");
    let wider = config.replace("\"intermediate_size\": 50", "\"intermediate_size\": 51");
    std::fs::write(copy.path().join("config.json"), wider).expect("the folder takes files");
    let error = Encoder::load(&files(copy.path()), options(Pooling::Mean)).err();
    assert!(matches!(error, Some(LoadError::Weights(_))), "{error:?}");
}

#[test]
fn weights_with_another_hash_are_refused_whatever_else_is_wrong_with_them() {
    let copy = tempfile::tempdir().expect("a folder");
    let weights = copy.path().join("model.safetensors");
    let mut bytes = std::fs::read(folder("tiny-bert").join("model.safetensors")).expect("the fixture");
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let sha256: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let files = ModelFiles {
        folder: copy.path().to_owned(),
        weights_sha256: Some(sha256.clone()),
        dtype: Some(safetensors::Dtype::F32),
        ..files(&folder("tiny-bert"))
    };
    std::fs::write(&weights, &bytes).expect("the folder takes files");
    assert!(Encoder::load(&files, options(Pooling::Mean)).is_ok());
    let half = ModelFiles { dtype: Some(safetensors::Dtype::F16), ..files.clone() };
    let error = Encoder::load(&half, options(Pooling::Mean)).err();
    assert!(matches!(error, Some(LoadError::Weights(_))), "{error:?}");
    for place in [0, 20, bytes.len() - 1] {
        bytes[place] ^= 1;
        std::fs::write(&weights, &bytes).expect("the folder takes files");
        let error = Encoder::load(&files, options(Pooling::Mean)).err();
        let Some(LoadError::Hash { expected, found, .. }) = error else { panic!("{error:?}") };
        assert!(expected == sha256 && found != sha256 && found.len() == 64);
        bytes[place] ^= 1;
    }
}

#[test]
fn precision_falls_back_where_instructions_are_missing() {
    let plain = Features::default();
    for precision in [Precision::Auto, Precision::Fp32, Precision::Bf16, Precision::Int16] {
        let (backend, reason) = plain.choose(precision);
        assert_eq!(backend.name, "fp32 (portable)");
        assert!(reason.starts_with("fp32 (portable): "), "{reason}");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn precision_follows_the_processor() {
    let avx512 = Features { avx2: true, avx512: true, ..Features::default() };
    let vnni = Features { vnni: true, ..avx512 };
    let avx512_bf16 = Features { avx512_bf16: true, ..vnni };
    let amx = Features { amx: true, ..avx512_bf16 };
    for (features, precision, name) in [
        (Features { avx2: true, ..Features::default() }, Precision::Auto, "fp32 (AVX2)"),
        (avx512, Precision::Auto, "fp32 (AVX-512)"),
        (vnni, Precision::Auto, "int16 (AVX-512 VNNI)"),
        (vnni, Precision::Bf16, "fp32 (AVX-512)"),
        (avx512_bf16, Precision::Bf16, "bf16 (AVX-512-BF16)"),
        (amx, Precision::Auto, "bf16 (AMX)"),
        (amx, Precision::Fp32, "fp32 (AVX-512)"),
        (amx, Precision::Int16, "int16 (AVX-512 VNNI)"),
    ] {
        assert_eq!(features.choose(precision).0.name, name, "{features:?} {precision:?}");
    }
}
