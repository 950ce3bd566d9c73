//! What is refused when a model is loaded, what is said then, and which arithmetic is chosen?

use serde_json::Value;

use super::dispatch::Features;
use super::encoder_tests::{embed, encoder, files, folder, options};
use super::{Encoder, EncoderOptions, LoadError, ModelFiles, Pooling, Precision, supports};
use crate::domain::language::Language;
use crate::embed::model::Embedder;

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
        ("\"model_type\"", "\"kind\""),
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
    let quick = Features { quick_bf16: true, ..avx512_bf16 };
    let amx = Features { amx: true, ..quick };
    for (features, precision, name) in [
        (Features { avx2: true, ..Features::default() }, Precision::Auto, "fp32 (AVX2)"),
        (avx512, Precision::Auto, "fp32 (AVX-512)"),
        (vnni, Precision::Auto, "int16 (AVX-512 VNNI)"),
        (vnni, Precision::Bf16, "fp32 (AVX-512)"),
        (avx512_bf16, Precision::Auto, "int16 (AVX-512 VNNI)"),
        (avx512_bf16, Precision::Bf16, "bf16 (AVX-512-BF16)"),
        (quick, Precision::Auto, "bf16 (AVX-512-BF16)"),
        (amx, Precision::Auto, "bf16 (AMX)"),
        (amx, Precision::Fp32, "fp32 (AVX-512)"),
        (amx, Precision::Int16, "int16 (AVX-512 VNNI)"),
    ] {
        assert_eq!(features.choose(precision).0.name, name, "{features:?} {precision:?}");
    }
}
