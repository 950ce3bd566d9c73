//! What is the gloss of a passage worth? Measures behind the thresholds of `rules/glossary/glossary.toml` and the
//! weight of English terms in `src/screen/vectorizer.rs`.
//!
//! `cargo run --release --example glossary_measures -- MODELS_DIR RULES_DIR [-v] REPORT...`
//!
//! With `-v` every passage is printed with its gloss.
//!
//! 1. Needs no translation: sections whose headings name a canonical element are known to speak of it. Each of
//!    their passages is compared, as it is and by its gloss, with the English titles of all elements; the figure
//!    is the share of other elements that lie farther away than the right one (area under the ROC curve, 0.5 is
//!    chance), by language and by the share of words that the glossary knows. To see small shares as well, words
//!    of the glosses are left out at random.
//! 2. Does the ranking within a language suffer? Every other passage asks for the rest of its report, by words,
//!    among the passages of all reports: mean reciprocal rank for several weights of the English terms.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use eia_screen::assembly;
use eia_screen::domain::ids::SectionId;
use eia_screen::domain::language::Language;
use eia_screen::domain::requirement::ElementId;
use eia_screen::embed::{Embedder, TextKind};
use eia_screen::index::sparse;
use eia_screen::index::store::SparseVector;
use eia_screen::ingest::{Limits, read_document};
use eia_screen::screen::prepare::{PreparedDocument, prepare};
use eia_screen::screen::run::Screener;
use eia_screen::screen::vectorizer::english_terms;
use eia_screen::settings::Settings;
use eia_screen::text::tokens::lexical_terms;
use tokio_util::sync::CancellationToken;

/// Upper ends of the groups of known shares.
const GROUPS: [f32; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01];

#[derive(Default)]
struct Sum {
    passages: usize,
    gloss: f64,
    original: f64,
}

/// Shares of the words of a gloss that are kept.
const KEPT: [f64; 5] = [1.0, 0.8, 0.6, 0.4, 0.2];
/// Weights of the English terms of a query.
const WEIGHTS: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// A report ready to be compared.
struct Report {
    prepared: PreparedDocument,
    elements: BTreeMap<SectionId, Vec<ElementId>>,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut folder =
        |what: &str| arguments.next().ok_or_else(|| anyhow::anyhow!("give the {what} directory"));
    let (models_dir, rules_dir) = (folder("models")?.into(), folder("rules")?.into());
    let settings = Settings { models_dir, rules_dir, ..Settings::default() };
    let embedder = assembly::embedder(&settings)?.ok_or_else(|| anyhow::anyhow!("no model"))?;
    let screener = assembly::screener(&settings, Some(Arc::clone(&embedder)), None)?;
    let mut reports = Vec::new();
    let rest: Vec<String> = arguments.collect();
    let verbose = rest.iter().any(|argument| argument == "-v");
    for path in rest.iter().filter(|argument| !argument.starts_with('-')) {
        let bytes = std::fs::read(path)?;
        let name =
            Path::new(&path).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let document = read_document(&name, &bytes, &Limits::default())?;
        let nothing = CancellationToken::new();
        let prepared = prepare(document, &screener.vectorizer(), &nothing, &mut |_, _| {})?;
        for (i, gloss) in prepared.glosses.iter().enumerate().filter(|_| verbose) {
            if let Some(gloss) = gloss {
                println!("{:.2}  {}\n      {}\n", gloss.share_known(), prepared.text(i), gloss.text);
            }
        }
        let elements = screener.elements(&prepared);
        reports.push(Report { prepared, elements });
    }
    by_share_known(&screener, embedder.as_ref(), &reports)?;
    by_weight(&reports);
    time(&screener, &reports);
    Ok(())
}

/// Prints how long glossing takes, on one core, word forms having been met before.
fn time(screener: &Screener, reports: &[Report]) {
    let vectorizer = screener.vectorizer();
    let (mut passages, mut letters) = (0_usize, 0_usize);
    let started = Instant::now();
    for Report { prepared, .. } in reports {
        for (i, passage) in prepared.passages.iter().enumerate() {
            let text = prepared.text(i);
            if passage.language.and_then(|language| vectorizer.gloss(text, language)).is_some() {
                passages += 1;
                letters += text.chars().count();
            }
        }
    }
    let micros = started.elapsed().as_micros() as usize;
    let each = micros / passages.max(1);
    println!("\n{passages} passages, {} letters each: {each} µs a passage", letters / passages.max(1));
}

fn by_share_known(screener: &Screener, embedder: &dyn Embedder, reports: &[Report]) -> anyhow::Result<()> {
    let all = &screener.rulebook.elements;
    let title = |at: usize| all[at].title.get(&Language::English).map_or("", String::as_str);
    let titles: Vec<&str> = (0..all.len()).map(title).collect();
    let titles = embed(embedder, &titles)?;
    let mut sums: BTreeMap<(Language, usize), Sum> = BTreeMap::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for Report { prepared, elements } in reports {
        for (i, passage) in prepared.passages.iter().enumerate() {
            let right = passage.section.and_then(|section| elements.get(&section)?.first());
            let right = right.and_then(|id| all.iter().position(|element| element.id == *id));
            let (Some(language), Some(right)) = (passage.language, right) else { continue };
            let gloss = prepared.glosses[i].as_ref();
            let kept = if gloss.is_some() { KEPT.as_slice() } else { &KEPT[..1] };
            let mut texts = vec![prepared.text(i).to_owned()];
            texts.extend(kept.iter().map(|share| match gloss {
                Some(gloss) => thinned(&gloss.text, *share, &mut random),
                None => prepared.text(i).to_owned(),
            }));
            let vectors = embed(embedder, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
            for (vector, kept) in vectors[1..].iter().zip(kept) {
                let share = gloss.map_or(1.0, |gloss| gloss.share_known() * *kept as f32);
                let group = GROUPS.iter().position(|end| share < *end).unwrap_or(GROUPS.len() - 1);
                let sum = sums.entry((language, group)).or_default();
                sum.passages += 1;
                sum.gloss += share_below(vector, &titles, right);
                sum.original += share_below(&vectors[0], &titles, right);
            }
        }
    }
    println!("language  known   passages  gloss  as it is");
    for ((language, group), sum) in &sums {
        let from = group.checked_sub(1).map_or(0.0, |before| GROUPS[before]);
        let mean = |total: f64| total / sum.passages as f64;
        let (language, to) = (language.to_string(), GROUPS[*group].min(1.0));
        let (gloss, original) = (mean(sum.gloss), mean(sum.original));
        println!("{language:<8}  {from:.1}-{to:.1}  {:>7}  {gloss:.3}  {original:.3}", sum.passages);
    }
    Ok(())
}

/// Keeps each word with the chance `share`.
fn thinned(gloss: &str, share: f64, random: &mut u64) -> String {
    let words = gloss.split(' ').filter(|_| {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        (*random >> 11) as f64 / (1_u64 << 53) as f64 <= share
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Mean reciprocal rank of the best passage of the same report, by language and weight.
fn by_weight(reports: &[Report]) {
    let mut stored: Vec<(usize, &SparseVector)> = Vec::new();
    for (at, report) in reports.iter().enumerate() {
        stored.extend(report.prepared.sparse.iter().step_by(2).map(|vector| (at, vector)));
    }
    let mut frequency: BTreeMap<u32, f64> = BTreeMap::new();
    for id in stored.iter().flat_map(|(_, vector)| &vector.indices) {
        *frequency.entry(*id).or_default() += 1.0;
    }
    let total = stored.len() as f64;
    let rarity = |id: u32| frequency.get(&id).map_or(0.0, |n| ((total - n + 0.5) / (n + 0.5) + 1.0).ln());
    let mut ranks: BTreeMap<Language, Vec<[f64; WEIGHTS.len()]>> = BTreeMap::new();
    for (at, Report { prepared, .. }) in reports.iter().enumerate() {
        for i in (1..prepared.passages.len()).step_by(2) {
            let (Some(language), Some(gloss)) = (prepared.passages[i].language, &prepared.glosses[i]) else {
                continue;
            };
            let own = sparse::sparse_query(&lexical_terms(prepared.text(i), Some(language)));
            let english = sparse::sparse_query(&english_terms(&gloss.text));
            let reciprocal = WEIGHTS.map(|weight| {
                let query = sparse::joined(&own, &english, weight);
                let weighted: BTreeMap<u32, f64> = query
                    .indices
                    .iter()
                    .zip(&query.values)
                    .map(|(id, value)| (*id, f64::from(*value) * rarity(*id)))
                    .collect();
                let score = |vector: &SparseVector| -> f64 {
                    let terms = vector.indices.iter().zip(&vector.values);
                    terms.map(|(id, value)| weighted.get(id).unwrap_or(&0.0) * f64::from(*value)).sum()
                };
                let mut ranked: Vec<(f64, usize)> =
                    stored.iter().map(|(owner, vector)| (score(vector), *owner)).collect();
                ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
                ranked.iter().position(|(_, owner)| *owner == at).map_or(0.0, |rank| 1.0 / (rank + 1) as f64)
            });
            ranks.entry(language).or_default().push(reciprocal);
        }
    }
    println!("\nlanguage  queries  mean reciprocal rank at weights {WEIGHTS:?}");
    for (language, all) in &ranks {
        let mean = |at: usize| all.iter().map(|one| one[at]).sum::<f64>() / all.len() as f64;
        let means: Vec<String> = (0..WEIGHTS.len()).map(|at| format!("{:.3}", mean(at))).collect();
        println!("{:<8}  {:>7}  {}", language.to_string(), all.len(), means.join("  "));
    }
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
