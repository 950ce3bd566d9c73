//! From which share of known words on does the gloss of a passage say what the passage is about?
//!
//! `cargo run --release --example gloss_threshold -- MODELS_DIR REPORT...`
//!
//! Needs no translation: sections whose headings name a canonical element are known to speak of it. Each of
//! their passages is compared, as it is and by its gloss, with the English titles of all elements; the figure is
//! the share of other elements that lie farther away than the right one (area under the ROC curve, 0.5 is
//! chance), by language and by the share of words that the glossary knows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use eia_screen::assembly;
use eia_screen::domain::language::Language;
use eia_screen::embed::{Embedder, TextKind};
use eia_screen::ingest::watch::Watch;
use eia_screen::screen::prepare::prepare;
use eia_screen::settings::Settings;
use tokio_util::sync::CancellationToken;

/// Upper ends of the groups of known shares.
const GROUPS: [f32; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01];

#[derive(Default)]
struct Sum {
    passages: usize,
    gloss: f64,
    original: f64,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let models_dir = arguments.next().ok_or_else(|| anyhow::anyhow!("give the models directory"))?;
    let settings = Settings { models_dir: Path::new(&models_dir).to_owned(), ..Settings::default() };
    let embedder = assembly::embedder(&settings)?.ok_or_else(|| anyhow::anyhow!("no model"))?;
    let screener = assembly::screener(&settings, Some(Arc::clone(&embedder)), None)?;
    let titles: Vec<&str> = screener
        .rulebook
        .elements
        .iter()
        .map(|element| element.title.get(&Language::English).map_or("", String::as_str))
        .collect();
    let title_vectors = embed(embedder.as_ref(), &titles)?;
    let mut sums: BTreeMap<(Language, usize), Sum> = BTreeMap::new();
    for path in arguments {
        let bytes = std::fs::read(&path)?;
        let name =
            Path::new(&path).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let document = screener.reader.read(&name, &bytes, &Watch::NOBODY)?;
        let nothing = CancellationToken::new();
        let prepared = prepare(document, &screener.vectorizer(), &nothing, &mut |_, _| {})?;
        let elements = screener.elements(&prepared);
        for (i, passage) in prepared.passages.iter().enumerate() {
            let Some(right) = passage.section.and_then(|section| elements.get(&section)?.first()) else {
                continue;
            };
            let (Some(language), Some(right)) = (
                passage.language,
                screener.rulebook.elements.iter().position(|element| element.id == *right),
            ) else {
                continue;
            };
            let (text, share) = match &prepared.glosses[i] {
                Some(gloss) => (gloss.text.as_str(), gloss.share_known()),
                None => (prepared.text(i), 1.0),
            };
            let vectors = embed(embedder.as_ref(), &[text, prepared.text(i)])?;
            let group = GROUPS.iter().position(|end| share < *end).unwrap_or(GROUPS.len() - 1);
            let sum = sums.entry((language, group)).or_default();
            sum.passages += 1;
            sum.gloss += share_below(&vectors[0], &title_vectors, right);
            sum.original += share_below(&vectors[1], &title_vectors, right);
        }
    }
    println!("language  known   passages  gloss  as it is");
    for ((language, group), sum) in &sums {
        let from = group.checked_sub(1).map_or(0.0, |before| GROUPS[before]);
        let mean = |total: f64| total / sum.passages as f64;
        println!(
            "{:<8}  {:.1}-{:.1}  {:>7}  {:.3}  {:.3}",
            language.to_string(),
            from,
            GROUPS[*group].min(1.0),
            sum.passages,
            mean(sum.gloss),
            mean(sum.original)
        );
    }
    Ok(())
}

fn embed(embedder: &dyn Embedder, texts: &[&str]) -> anyhow::Result<Vec<Vec<f32>>> {
    Ok(embedder.embed(TextKind::Passage, texts, &CancellationToken::new())?)
}

/// Share of the other titles that lie farther away than the right one; ties count half.
fn share_below(vector: &[f32], titles: &[Vec<f32>], right: usize) -> f64 {
    let cosine = |other: &[f32]| vector.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
    let own = cosine(&titles[right]);
    let others = titles.iter().enumerate().filter(|(at, _)| *at != right);
    let below: f64 = others
        .map(|(_, other)| match cosine(other).total_cmp(&own) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        })
        .sum();
    below / (titles.len() - 1) as f64
}
