//! Reads a BEIR directory: `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`.
//!
//! Only judged queries are kept, because only they are measured. Every problem is named with file and line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::trec::{MalformedLine, Qrels, parse_qrels};

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BeirError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line is not what the layout asks for.
    #[error("{}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: MalformedLine,
    },
    /// The files do not fit each other.
    #[error("{}: {what}", path.display())]
    Content {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// A text to be found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BeirDocument {
    /// Identity.
    #[serde(rename = "_id")]
    pub id: String,
    /// Title; may be empty.
    #[serde(default)]
    pub title: String,
    /// Text.
    pub text: String,
}

/// Something to search for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BeirQuery {
    /// Identity.
    #[serde(rename = "_id")]
    pub id: String,
    /// Text.
    pub text: String,
}

/// A judged collection.
#[derive(Debug, Clone, PartialEq)]
pub struct BeirCollection {
    /// Documents, by id.
    pub documents: Vec<BeirDocument>,
    /// Judged queries, by id.
    pub queries: Vec<BeirQuery>,
    /// Judgements.
    pub qrels: Qrels,
}

/// True if the directory has the layout.
pub fn is_beir(directory: &Path) -> bool {
    directory.join("corpus.jsonl").is_file() && directory.join("queries.jsonl").is_file()
}

/// Returns the files of a collection that decide the figures, for their hash.
pub fn files(directory: &Path, corpus: &str, split: &str) -> Vec<PathBuf> {
    vec![
        directory.join(corpus),
        directory.join("queries.jsonl"),
        directory.join("qrels").join(format!("{split}.tsv")),
    ]
}

/// Reads a collection; `corpus` is the name of the document file, `split` that of the qrels without `.tsv`.
pub fn read(directory: &Path, corpus: &str, split: &str) -> Result<BeirCollection, BeirError> {
    let corpus_path = directory.join(corpus);
    let documents = by_id(json_lines::<BeirDocument>(&corpus_path)?, |row| row.id.clone(), &corpus_path)?;
    let query_path = directory.join("queries.jsonl");
    let mut queries = by_id(json_lines::<BeirQuery>(&query_path)?, |row| row.id.clone(), &query_path)?;
    let qrels_path = directory.join("qrels").join(format!("{split}.tsv"));
    if !qrels_path.is_file() {
        return Err(BeirError::Content { path: directory.join("qrels"), what: no_split(directory, split) });
    }
    let text = text(&qrels_path)?;
    let qrels = parse_qrels(&text).map_err(|source| BeirError::Line { path: qrels_path.clone(), source })?;
    if qrels.is_empty() {
        return Err(BeirError::Content { path: qrels_path, what: "no judgement".to_owned() });
    }
    if let Some(query) = qrels.keys().find(|query| !queries.contains_key(*query)) {
        let what = format!("query {query} is judged but stands not in queries.jsonl");
        return Err(BeirError::Content { path: qrels_path, what });
    }
    queries.retain(|id, _| qrels.contains_key(id));
    Ok(BeirCollection {
        documents: documents.into_values().collect(),
        queries: queries.into_values().collect(),
        qrels,
    })
}

fn no_split(directory: &Path, split: &str) -> String {
    let mut there: Vec<String> = std::fs::read_dir(directory.join("qrels"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".tsv").map(str::to_owned))
        .collect();
    there.sort();
    format!("there is no split {split}; there are: {}", there.join(", "))
}

fn text(path: &Path) -> Result<String, BeirError> {
    std::fs::read_to_string(path).map_err(|source| BeirError::File { path: path.to_owned(), source })
}

/// Reads JSON lines, naming the line that is wrong.
pub fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, BeirError> {
    let text = text(path)?;
    let rows = text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty());
    rows.map(|(at, row)| {
        serde_json::from_str(row).map_err(|error| BeirError::Line {
            path: path.to_owned(),
            source: MalformedLine { line: at + 1, what: error.to_string() },
        })
    })
    .collect()
}

fn by_id<T>(rows: Vec<T>, id: impl Fn(&T) -> String, path: &Path) -> Result<BTreeMap<String, T>, BeirError> {
    let mut known = BTreeMap::new();
    for (at, row) in rows.into_iter().enumerate() {
        let name = id(&row);
        if known.insert(name.clone(), row).is_some() {
            let source = MalformedLine { line: at + 1, what: format!("the id {name} occurs twice") };
            return Err(BeirError::Line { path: path.to_owned(), source });
        }
    }
    if known.is_empty() {
        return Err(BeirError::Content { path: path.to_owned(), what: "no row".to_owned() });
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(corpus: &str, queries: &str, qrels: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("corpus.jsonl"), corpus).unwrap();
        std::fs::write(folder.path().join("queries.jsonl"), queries).unwrap();
        std::fs::create_dir(folder.path().join("qrels")).unwrap();
        std::fs::write(folder.path().join("qrels/test.tsv"), qrels).unwrap();
        folder
    }

    const CORPUS: &str =
        "{\"_id\":\"d1\",\"title\":\"T\",\"text\":\"one\"}\n{\"_id\":\"d2\",\"text\":\"two\"}\n";
    const QUERIES: &str = "{\"_id\":\"q1\",\"text\":\"one?\"}\n{\"_id\":\"q2\",\"text\":\"two?\"}\n";

    #[test]
    fn judged_queries_alone_are_kept() {
        let folder = collection(CORPUS, QUERIES, "query-id\tcorpus-id\tscore\nq2\td2\t1\n");
        let read = read(folder.path(), "corpus.jsonl", "test").unwrap();
        assert_eq!(read.documents.len(), 2);
        assert_eq!(read.queries.iter().map(|query| query.id.as_str()).collect::<Vec<_>>(), ["q2"]);
    }

    #[test]
    fn problems_name_file_and_line() {
        let twice = format!("{CORPUS}{{\"_id\":\"d1\",\"text\":\"again\"}}\n");
        let qrels = "q1\td1\t1\n";
        for (corpus, queries, qrels, said) in [
            (twice.as_str(), QUERIES, qrels, "corpus.jsonl: line 3: the id d1 occurs twice"),
            ("{\"_id\":\"d\"}\n", QUERIES, qrels, "corpus.jsonl: line 1: missing field `text`"),
            (CORPUS, "\n{]\n", qrels, "queries.jsonl: line 2"),
            (CORPUS, QUERIES, "q9\td1\t1\n", "query q9 is judged"),
            (CORPUS, QUERIES, "q1\td1\tx\n", "test.tsv: line 1: the grade x"),
        ] {
            let folder = collection(corpus, queries, qrels);
            let error = read(folder.path(), "corpus.jsonl", "test").unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let folder = collection(CORPUS, QUERIES, qrels);
        let error = read(folder.path(), "corpus.jsonl", "dev").unwrap_err().to_string();
        assert!(error.contains("there is no split dev; there are: test"), "{error}");
    }
}
