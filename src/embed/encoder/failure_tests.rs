//! What becomes of a call when the tokeniser breaks down or the weights make no vector?

use std::path::Path;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::encoder_tests::{files, folder, options};
use super::{Encoder, EncoderOptions, ModelFiles, Pooling};
use crate::embed::model::{EmbedError, Embedder, TextKind};

/// A fixture with another `tokenizer.json`, led by one thread.
fn encoder(model: &str, change: impl Fn(&mut Value)) -> Encoder {
    let files = files(&folder(model));
    let mut tokenizer: Value = serde_json::from_slice(&files.tokenizer).expect("the fixture is JSON");
    change(&mut tokenizer);
    let tokenizer = serde_json::to_vec(&tokenizer).expect("JSON can be written");
    load(&ModelFiles { tokenizer, ..files })
}

fn load(files: &ModelFiles) -> Encoder {
    let options = EncoderOptions { threads: Some(1), ..options(Pooling::Mean) };
    Encoder::load(files, options).expect("the fixture loads")
}

fn embed(encoder: &Encoder, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
    encoder.embed(TextKind::Passage, texts, &CancellationToken::new())
}

/// A map of characters that ends before `z`: the library looks it up there without asking.
fn damage(tokenizer: &mut Value) {
    let map = format!("6AEA{}", "AAAA".repeat(163));
    tokenizer["normalizer"] = json!({ "type": "Precompiled", "precompiled_charsmap": map });
}

#[test]
fn a_panic_of_the_tokeniser_fails_its_caller_and_costs_no_thread() {
    let encoder = encoder("tiny-xlm-roberta", damage);
    for _ in 0..3 {
        let failed = embed(&encoder, &["river", "haze"]);
        assert!(matches!(failed, Err(EmbedError::Tokenise { index: 1, .. })), "{failed:?}");
    }
    assert_eq!(embed(&encoder, &["river"]).expect("the thread goes on").len(), 1);
    assert_eq!(encoder.count_tokens("haze"), 4, "counted as long as it may be");
}

#[test]
fn a_text_without_a_single_token_is_refused() {
    let encoder = encoder("tiny-bert", |tokenizer| tokenizer["post_processor"] = Value::Null);
    let failed = embed(&encoder, &["river", ""]);
    assert!(matches!(failed, Err(EmbedError::Tokenise { index: 1, .. })), "{failed:?}");
    assert_eq!(embed(&encoder, &["river"]).expect("other texts embed").len(), 1);
}

/// Writes the fixture's weights with every number of the last layer norm set to `number`.
fn write_weights(to: &Path, number: f32) {
    let mut bytes = std::fs::read(folder("tiny-bert").join("model.safetensors")).expect("the fixture");
    let weights = safetensors::SafeTensors::deserialize(&bytes).expect("the fixture is well formed");
    let places = ["weight", "bias"].map(|part| {
        let name = format!("encoder.layer.1.output.LayerNorm.{part}");
        let data = weights.tensor(&name).expect("the last layer has it").data();
        let start = data.as_ptr() as usize - bytes.as_ptr() as usize;
        start..start + data.len()
    });
    for place in places {
        for raw in bytes[place].chunks_exact_mut(4) {
            raw.copy_from_slice(&number.to_le_bytes());
        }
    }
    std::fs::write(to, bytes).expect("the folder takes files");
}

#[test]
fn a_vector_without_direction_is_refused_as_the_reference_does() {
    let copy = tempfile::tempdir().expect("a folder");
    for number in [0.0, f32::NAN, f32::INFINITY] {
        write_weights(&copy.path().join("model.safetensors"), number);
        let files = ModelFiles { folder: copy.path().to_owned(), ..files(&folder("tiny-bert")) };
        let failed = embed(&load(&files), &["river"]);
        assert!(matches!(failed, Err(EmbedError::Inference { .. })), "{number}: {failed:?}");
    }
}
