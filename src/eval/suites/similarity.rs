//! Do similarities of vectors follow people's? Pairs of sentences with a score, as in STS-B.

use std::path::Path;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{EvalError, Workbench, workbench::cell};
use crate::embed::TextKind;
use crate::eval::measures::Formula;
use crate::eval::result::{Outcome, Tallies};
use crate::eval::suite::Suite;

/// Columns of STS-B: score, first and second sentence (tab-separated, no quoting).
const COLUMNS: [usize; 3] = [4, 5, 6];

/// A scored pair.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    gold: f64,
    first: String,
    second: String,
}

/// Runs a suite of the kind.
pub fn run(suite: &Suite, bench: &Workbench) -> Result<Outcome, EvalError> {
    let started = Instant::now();
    let base = suite.base(&bench.settings_of(suite)?)?;
    let path = base.join(&suite.file.documents);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| EvalError::Data { path: path.clone(), what: error.to_string() })?;
    let pairs = parse(&text, &path)?;
    let Some(embedder) = bench.embedder()? else {
        return Err(EvalError::Arm {
            suite: suite.file.name.clone(),
            arm: "cosine".to_owned(),
            why: "no model is loaded (--model none)".to_owned(),
        });
    };
    let provenance = bench.provenance(suite, &base, &[path], true, Vec::new())?;
    let mut outcome = Outcome::new(suite, "pair", provenance);
    let loaded = started.elapsed().as_secs_f64();
    let texts: Vec<&str> =
        pairs.iter().flat_map(|pair| [pair.first.as_str(), pair.second.as_str()]).collect();
    let vectors = embedder.embed(TextKind::Passage, &texts, &CancellationToken::new())?;
    outcome.items.header = ["pair", "gold", "cosine"].map(str::to_owned).to_vec();
    let mut tallies = Tallies::new();
    for (at, (pair, vectors)) in pairs.iter().zip(vectors.chunks_exact(2)).enumerate() {
        let cosine: f64 =
            vectors[0].iter().zip(&vectors[1]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let name = format!("{:05}", at + 1);
        outcome.items.rows.push(vec![name.clone(), cell(pair.gold), cell(cosine)]);
        tallies.insert(name, vec![pair.gold, cosine]);
    }
    outcome.figure("cosine", "Spearman", Formula::Spearman, tallies);
    outcome.seconds.insert("load".to_owned(), loaded);
    outcome.seconds.insert("run".to_owned(), started.elapsed().as_secs_f64() - loaded);
    Ok(outcome)
}

fn parse(text: &str, path: &Path) -> Result<Vec<Pair>, EvalError> {
    let mut pairs = Vec::new();
    for (at, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let fields: Vec<&str> = row.split('\t').collect();
        let wrong = |what: String| EvalError::Data {
            path: path.to_owned(),
            what: format!("line {}: {what}", at + 1),
        };
        let [Some(score), Some(first), Some(second)] = COLUMNS.map(|column| fields.get(column)) else {
            return Err(wrong(format!("{} columns instead of at least 7", fields.len())));
        };
        let gold = score.parse().map_err(|_| wrong(format!("the score {score} is not a number")))?;
        pairs.push(Pair { gold, first: (*first).to_owned(), second: (*second).to_owned() });
    }
    if pairs.len() < 2 {
        let what = "fewer than two pairs".to_owned();
        return Err(EvalError::Data { path: path.to_owned(), what });
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named() {
        let good = "main\tnews\t2012\t1\t3.5\tA \"quoted\" one.\tAnother.\n";
        let pairs = parse(&good.repeat(2), Path::new("x")).unwrap();
        assert_eq!(pairs[0].first, "A \"quoted\" one.");
        let error = parse(&format!("{good}a\tb\n"), Path::new("x")).unwrap_err().to_string();
        assert!(error.contains("line 2: 2 columns"), "{error}");
        let error = parse(&good.replace("3.5", "high"), Path::new("x")).unwrap_err().to_string();
        assert!(error.contains("line 1: the score high"), "{error}");
    }
}
