//! How are cases, passages, screenings and verdicts written as points, and read back?
//!
//! Stands between [`super::archive`] and the engines. Invariant: what is read equals what was written;
//! a stored object that cannot be read is an error that names the point, never a gap in a list.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::engine::{Payload, Point, Record};
use super::filter::{day_number, text_facets};
use super::schema::{Compatibility, content_id, field, kind, tag};
use super::store::{IndexError, IndexedDocument, IndexedPassage, PassageHit, ScreeningRecord};
use super::tenancy::{self, CaseKey};
use crate::domain::case::{Case, CaseDocument, Facets};
use crate::domain::ids::{CaseId, DocumentId};
use crate::domain::tenant::TenantId;
use crate::domain::verdict::Verdict;

/// Returns the identity of a passage as callers see it, whichever import it came with.
pub fn passage_id(case: &CaseId, document: DocumentId, ordinal: u32) -> Uuid {
    content_id("passage", &[case.as_str(), &document.to_string(), &ordinal.to_string()])
}

/// Returns the case as it is stored: its list of documents follows from what is imported.
pub fn stored_case(case: &Case, documents: &[IndexedDocument]) -> Case {
    let documents = documents.iter().map(|document| CaseDocument {
        id: document.id,
        name: document.name.clone(),
        sha256: document.sha256.clone(),
        pages: document.pages,
        passages: u32::try_from(document.passages.len()).unwrap_or(u32::MAX),
    });
    Case { documents: documents.collect(), ..case.clone() }
}

/// Returns the content hash of a case with its passages.
///
/// Dense vectors enter by their presence alone: the same model yields them again up to rounding, and
/// another model cannot write into the same store.
pub fn fingerprint(case: &Case, documents: &[IndexedDocument]) -> Result<String, IndexError> {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(serde_json::to_string(case).map_err(unwritable)?.as_bytes());
    for passage in documents.iter().flat_map(|document| &document.passages) {
        add(&passage.ordinal.to_le_bytes());
        add(passage.heading_path.as_bytes());
        add(&passage.page.unwrap_or(0).to_le_bytes());
        add(passage.text.as_bytes());
        add(passage.language.as_bytes());
        add(&[u8::from(passage.dense.is_some())]);
        let sparse = passage.sparse.indices.iter().zip(&passage.sparse.values);
        let bytes: Vec<u8> = sparse
            .flat_map(|(index, value)| [index.to_le_bytes(), value.to_bits().to_le_bytes()])
            .flatten()
            .collect();
        add(&bytes);
    }
    Ok(hex(&hash.finalize()))
}

/// Returns the record that makes a generation of a case the visible one.
pub fn case_record(
    tenant: &TenantId,
    case: &Case,
    generation: Uuid,
    fingerprint: &str,
    passages: usize,
) -> Result<Point, IndexError> {
    let mut payload = number_facets(&case.facets)?;
    let mut tags = tags(kind::CASE, &case.facets);
    tags.push(tag(field::CASE, case.id.as_str()));
    tags.extend(case.documents.iter().map(|d| tag(field::DOCUMENT, &d.id.to_string())));
    put(&mut payload, field::TAGS, tags);
    put(&mut payload, field::KIND, kind::CASE);
    put(&mut payload, field::CASE, case.id.as_str());
    put(&mut payload, field::GENERATION, generation.to_string());
    put(&mut payload, field::FINGERPRINT, fingerprint);
    put(&mut payload, field::PASSAGES, passages as u64);
    put(&mut payload, field::CONTENT, serde_json::to_value(case).map_err(unwritable)?);
    tenancy::mark(&mut payload, tenant);
    Ok(Point::record(CaseKey::new(tenant, &case.id).point(), payload))
}

/// Returns the points of the passages of one import.
pub fn passage_points(
    tenant: &TenantId,
    case: &Case,
    generation: Uuid,
    documents: &[IndexedDocument],
) -> Result<Vec<Point>, IndexError> {
    let generation = generation.to_string();
    let mut shared = number_facets(&case.facets)?;
    put(&mut shared, field::CASE, case.id.as_str());
    put(&mut shared, field::GENERATION, generation.as_str());
    let mut shared_tags = tags(kind::PASSAGE, &case.facets);
    shared_tags.push(tag(field::CASE, case.id.as_str()));
    shared_tags.push(tag(field::GENERATION, &generation));
    let mut points = Vec::with_capacity(documents.iter().map(|d| d.passages.len()).sum());
    for document in documents {
        let mut shared = shared.clone();
        let mut tags = shared_tags.clone();
        tags.push(tag(field::DOCUMENT, &document.id.to_string()));
        put(&mut shared, field::TAGS, tags);
        tenancy::mark(&mut shared, tenant);
        for passage in &document.passages {
            let seen = passage_id(&case.id, document.id, passage.ordinal).to_string();
            points.push(Point {
                id: content_id("stored passage", &[&generation, &seen]),
                payload: passage_fields(shared.clone(), document.id, passage),
                dense: passage.dense.clone(),
                sparse: Some(passage.sparse.clone()).filter(|sparse| !sparse.indices.is_empty()),
            });
        }
    }
    Ok(points)
}

/// Returns the record that says who wrote the store.
pub fn compatibility_record(written_by: &Compatibility) -> Result<Point, IndexError> {
    let mut payload = Payload::new();
    put(&mut payload, field::KIND, kind::COMPATIBILITY);
    put(&mut payload, field::CONTENT, serde_json::to_value(written_by).map_err(unwritable)?);
    Ok(Point::record(Compatibility::point_id(), payload))
}

/// Returns the record of a screening. It holds a hash of the report, by which a copy sees without the report
/// that it has changed.
pub fn screening_record(tenant: &TenantId, screening: &ScreeningRecord) -> Result<Point, IndexError> {
    let mut payload = Payload::new();
    let mut content = screening.clone();
    let report = std::mem::take(&mut content.report_json);
    let mut tags = vec![tag(field::KIND, kind::SCREENING)];
    tags.extend(screening.case.iter().map(|case| tag(field::CASE, case.as_str())));
    tags.push(tag(field::DOCUMENT, &screening.document.to_string()));
    tags.push(tag(field::NAMES_DOCUMENT, "yes"));
    tags.push(tag(field::STATE, screening.state.as_str()));
    tags.extend(screening.work.iter().map(|work| tag(field::REVISION, &work.revision.to_string())));
    put(&mut payload, field::TAGS, tags);
    put(&mut payload, field::KIND, kind::SCREENING);
    put(&mut payload, field::CONTENT, serde_json::to_value(content).map_err(unwritable)?);
    if !report.is_empty() {
        put(&mut payload, field::REPORT_SHA256, hex(&Sha256::digest(&report)));
    }
    put(&mut payload, field::REPORT, report);
    tenancy::mark(&mut payload, tenant);
    Ok(Point::record(screening.id.0, payload))
}

/// Returns the record of a verdict.
pub fn verdict_record(tenant: &TenantId, verdict: &Verdict) -> Result<Point, IndexError> {
    let mut payload = Payload::new();
    let screening = tag(field::SCREENING, &verdict.screening.to_string());
    let tags = vec![tag(field::KIND, kind::VERDICT), screening, tag(field::HAS_HEAD, "yes")];
    put(&mut payload, field::TAGS, tags);
    put(&mut payload, field::KIND, kind::VERDICT);
    put(&mut payload, field::CONTENT, serde_json::to_value(verdict).map_err(unwritable)?);
    tenancy::mark(&mut payload, tenant);
    Ok(Point::record(verdict.id.0, payload))
}

/// Reads a screening; the report is empty if its field was not asked for.
pub fn read_screening(record: Record, location: &str) -> Result<ScreeningRecord, IndexError> {
    let report = text(&record, field::REPORT).unwrap_or_default().to_owned();
    let mut screening: ScreeningRecord = read_content(record, location)?;
    screening.report_json = report;
    Ok(screening)
}

/// Reads the object stored under [`field::CONTENT`].
pub fn read_content<T: DeserializeOwned>(mut record: Record, location: &str) -> Result<T, IndexError> {
    let content = record.payload.remove(field::CONTENT).unwrap_or(Value::Null);
    serde_json::from_value(content).map_err(|source| damaged(location, record.id, &source))
}

/// Reads a passage.
pub fn read_hit(record: &Record, score: f32, location: &str) -> Result<PassageHit, IndexError> {
    let damaged = |what: &str| damaged(location, record.id, &what);
    let case = text(record, field::CASE).and_then(|value| CaseId::parse(value).ok());
    let case = case.ok_or_else(|| damaged("its case id is missing"))?;
    let document = text(record, field::DOCUMENT).and_then(|value| DocumentId::parse(value).ok());
    let document = document.ok_or_else(|| damaged("its document id is missing"))?;
    let ordinal = number(record, field::ORDINAL).and_then(|value| u32::try_from(value).ok());
    let ordinal = ordinal.ok_or_else(|| damaged("its ordinal is missing"))?;
    Ok(PassageHit {
        id: passage_id(&case, document, ordinal),
        score,
        case,
        document,
        ordinal,
        heading_path: text(record, field::HEADING_PATH).unwrap_or_default().to_owned(),
        page: number(record, field::PAGE).and_then(|page| u32::try_from(page).ok()),
        text: text(record, field::TEXT).unwrap_or_default().to_owned(),
    })
}

/// True for what announces a deletion or, as the record of a file, takes that back: it is stored on a disk that is too
/// full for anything else, or nothing could be deleted there.
pub fn is_of_deletion(payload: &Payload) -> bool {
    let writes_nothing = payload.get(field::GENERATION) == Some(&Value::Null);
    let is_of_case = writes_nothing && payload.contains_key(field::ANNOUNCED);
    let kind = payload.get(field::KIND).and_then(Value::as_str);
    is_of_case || matches!(kind, Some(kind::DELETION | kind::FILE_DELETION | kind::FILE))
}

/// Returns a text field.
pub fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.payload.get(name)?.as_str()
}

/// Returns an id field.
pub fn uuid(record: &Record, name: &str) -> Option<Uuid> {
    Uuid::parse_str(text(record, name)?).ok()
}

/// Returns an integer field.
pub fn number(record: &Record, name: &str) -> Option<u64> {
    record.payload.get(name)?.as_u64()
}

/// Sets a field.
pub fn put(payload: &mut Payload, name: &str, value: impl Into<Value>) {
    payload.insert(name.to_owned(), value.into());
}

/// Returns bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tags(kind: &str, facets: &Facets) -> Vec<i64> {
    let facets = text_facets(facets).into_iter().filter(|(_, value)| !value.is_empty());
    let facets = facets.map(|(name, value)| tag(name, value));
    std::iter::once(tag(field::KIND, kind)).chain(facets).collect()
}

fn number_facets(facets: &Facets) -> Result<Payload, IndexError> {
    let mut payload = Payload::new();
    if facets.year != 0 {
        put(&mut payload, field::YEAR, facets.year);
    }
    if !facets.decision_date.is_empty() {
        let day = day_number(&facets.decision_date, "decision_date")?;
        put(&mut payload, field::DECISION_DAY, day);
    }
    Ok(payload)
}

fn passage_fields(mut payload: Payload, document: DocumentId, passage: &IndexedPassage) -> Payload {
    put(&mut payload, field::DOCUMENT, document.to_string());
    put(&mut payload, field::ORDINAL, passage.ordinal);
    put(&mut payload, field::HEADING_PATH, passage.heading_path.as_str());
    if let Some(page) = passage.page {
        put(&mut payload, field::PAGE, page);
    }
    put(&mut payload, field::TEXT, passage.text.as_str());
    put(&mut payload, field::PASSAGE_LANGUAGE, passage.language.as_str());
    payload
}

/// An object that does not become JSON.
pub fn unwritable(source: serde_json::Error) -> IndexError {
    IndexError::Invalid { what: format!("the object cannot be written as JSON: {source}") }
}

/// A stored point that is not what it should be.
pub fn damaged(location: &str, id: Uuid, what: &dyn std::fmt::Display) -> IndexError {
    IndexError::Engine {
        location: location.to_owned(),
        action: "read a stored object",
        what: format!("point {id} is damaged: {what}"),
    }
}
