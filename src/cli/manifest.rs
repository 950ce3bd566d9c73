//! What `cases import` imports: a manifest of cases, or a directory with one case per file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::domain::case::{Case, Facets};
use crate::domain::ids::CaseId;

/// A case to be imported with the paths of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestCase {
    /// The case; its documents are filled in by the import.
    pub case: Case,
    /// Files, relative to the working directory.
    pub files: Vec<PathBuf>,
}

/// One line of a manifest. Keys that are not listed here are other people's notes and are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    path: Option<PathBuf>,
    #[serde(default)]
    documents: Vec<PathBuf>,
    #[serde(default)]
    activity_type: Option<String>,
    #[serde(default)]
    jurisdiction: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    basin: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    stage: Option<String>,
    #[serde(default, alias = "agency_or_proponent")]
    agency: Option<String>,
    #[serde(default, alias = "doc_type")]
    document_type: Option<String>,
    #[serde(default)]
    year: Option<i32>,
    #[serde(default)]
    decision_date: Option<jiff::civil::Date>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    project: Option<String>,
    #[serde(default)]
    decision: Option<String>,
    #[serde(default)]
    conditions: Vec<String>,
}

/// Reads a directory or a manifest. Every problem of a manifest is reported at once.
pub fn read(source: &Path) -> Result<Vec<ManifestCase>, CliError> {
    if source.is_dir() { directory(source) } else { manifest(source) }
}

fn manifest(path: &Path) -> Result<Vec<ManifestCase>, CliError> {
    let text = String::from_utf8(output::read_file(path)?)
        .map_err(|_| CliError::new(Exit::Data, format!("{}: not UTF-8 text", path.display())))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut cases: BTreeMap<CaseId, ManifestCase> = BTreeMap::new();
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match parse_line(line, folder) {
            Ok(case) => match cases.entry(case.case.id.clone()) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(case);
                }
                std::collections::btree_map::Entry::Occupied(place) => {
                    problems.push(format!("line {}: case {} occurs twice", number + 1, place.key()));
                }
            },
            Err(problem) => problems.push(format!("line {}: {problem}", number + 1)),
        }
    }
    if problems.is_empty() {
        return Ok(cases.into_values().collect());
    }
    Err(CliError::new(Exit::Data, format!("{}:\n  {}", path.display(), problems.join("\n  "))))
}

fn parse_line(line: &str, folder: &Path) -> Result<ManifestCase, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let id = CaseId::parse(&line.id).map_err(|error| error.to_string())?;
    let files: Vec<PathBuf> =
        line.path.into_iter().chain(line.documents).map(|file| folder.join(file)).collect();
    if files.is_empty() {
        return Err(format!("case {id} names no file (`path` or `documents`)"));
    }
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        return Err(format!("case {id}: there is no file {}", missing.display()));
    }
    let title = if line.title.trim().is_empty() { id.to_string() } else { line.title };
    let facets = Facets {
        activity_type: line.activity_type.unwrap_or_default(),
        jurisdiction: line.jurisdiction.unwrap_or_default(),
        region: line.region.unwrap_or_default(),
        basin: line.basin.unwrap_or_default(),
        category: line.category.unwrap_or_default(),
        stage: line.stage.unwrap_or_default(),
        agency: line.agency.unwrap_or_default(),
        document_type: line.document_type.unwrap_or_default(),
        year: line.year.unwrap_or_default(),
        decision_date: line.decision_date.map_or_else(String::new, |day| day.to_string()),
        language: line.language.unwrap_or_default(),
        project: line.project.unwrap_or_default(),
    };
    let case = Case {
        id,
        title,
        facets,
        decision: line.decision.unwrap_or_default(),
        conditions: line.conditions,
        documents: Vec::new(),
        positions: Vec::new(),
    };
    Ok(ManifestCase { case, files })
}

/// One case per file; its id is the file name with other characters than letters, digits, `.`, `_` and
/// `-` replaced.
fn directory(folder: &Path) -> Result<Vec<ManifestCase>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|error| CliError::file(folder, &error))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|e| e.path())).filter(|path| path.is_file()).collect();
    files.retain(|path| !output::file_name(path).starts_with('.'));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = output::file_name(&file);
            let tidy = |c: char| {
                if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }
            };
            let id: String = name.chars().map(tidy).take(128).collect();
            let id = CaseId::parse(id.trim_start_matches(['.', '_', '-']))
                .map_err(|error| CliError::new(Exit::Data, format!("{}: {error}", file.display())))?;
            let case = Case {
                id,
                title: name,
                facets: Facets::default(),
                decision: String::new(),
                conditions: Vec::new(),
                documents: Vec::new(),
                positions: Vec::new(),
            };
            Ok(ManifestCase { case, files: vec![file] })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_reports_every_problem_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "text").unwrap();
        let path = folder.path().join("cases.jsonl");
        let lines = [
            r#"{"id":"a","path":"a.txt","year":2020,"doc_type":"EA"}"#,
            r#"{"id":"b","path":"gone.txt"}"#,
            r#"{"id":"a","path":"a.txt"}"#,
            r#"{"id":"c"}"#,
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let error = read(&path).unwrap_err();
        for part in ["line 2", "gone.txt", "line 3", "twice", "line 4"] {
            assert!(error.message().contains(part), "{part}: {}", error.message());
        }
        std::fs::write(&path, lines[0]).unwrap();
        let cases = read(&path).unwrap();
        assert_eq!(cases[0].case.facets.document_type, "EA");
    }
}
