//! What does the store look like? Names of collections, vectors and payload fields, payload indexes,
//! identities derived from content, and the record that says who wrote the store.
//!
//! Both engines build exactly this. Invariant: [`SCHEMA_VERSION`] changes whenever a name, a type, the
//! sparse weighting or an identity changes, so that an old store is refused and never misread.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::sparse;
use crate::domain::ids::namespace;
use crate::domain::provenance::ModelIdentity;

/// Number of the layout described here. 2: passages also have the terms of their English gloss. 3: tags are
/// numbers.
pub const SCHEMA_VERSION: u32 = 3;

/// Name of the dense vector: cosine, as long as the model's vectors.
pub const DENSE: &str = "dense";

/// Name of the sparse vector: BM25 weights, with IDF supplied by the engine (`Modifier::Idf`).
pub const SPARSE: &str = "bm25";

/// Kilobytes of dense vectors in one segment up to which it is searched exhaustively (exactly): about
/// 130,000 passages of 384 dimensions. Larger segments get an HNSW graph.
pub const EXACT_UP_TO_KB: usize = 200_000;

/// Edges per node of the HNSW graph of large segments.
pub const HNSW_M: usize = 16;

/// Kilobytes of dense vectors that pass a filter up to which they are compared one by one (exactly) in a
/// segment with a graph, too: about 20,000 passages of 384 dimensions, one or two milliseconds. Larger parts are
/// searched in the graph of the whole, by two steps at a time where the filter is narrow.
pub const EXACT_FILTERED_UP_TO_KB: usize = 30_000;

/// Candidates considered while that graph is built.
pub const HNSW_EF_CONSTRUCT: usize = 128;

/// Candidates considered while it is searched.
pub const HNSW_EF_SEARCH: usize = 256;

/// Candidates per wanted neighbour that are found by quantized vectors and ranked again by the full ones.
pub const OVERSAMPLING: f64 = 2.0;

/// Points asked for in one engine call, at most.
pub const MAX_POINTS_READ: usize = 8_192;

/// Points stored in one engine call, at most: about a megabyte of passages with text and vectors.
pub const MAX_POINTS_WRITTEN: usize = 256;

/// How an engine keeps vectors; nothing of it changes what is stored. In the embedded engine any of it may
/// change from one opening to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tuning {
    /// Whether segments large enough for a graph are searched by vectors of one byte per dimension, kept in
    /// memory, before the full vectors decide.
    pub quantized: bool,
    /// Whether full vectors and lexical vectors stay on disk and are read through the page cache.
    pub on_disk: bool,
}

/// Where a point is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collection {
    /// Compatibility record, cases, screenings, verdicts, files and texts: payloads only.
    Records,
    /// Passages with their vectors, and announced imports.
    Passages,
}

impl Collection {
    /// Both, in the order in which they are created.
    pub const ALL: [Collection; 2] = [Self::Records, Self::Passages];

    /// Returns the name used for folders and, behind a prefix, for server collections.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Passages => "passages",
        }
    }

    /// Returns the payload fields that have an index, the same in both collections.
    pub fn indexed_fields(self) -> [(&'static str, FieldType); 3] {
        [
            (field::TAGS, FieldType::Tags),
            (field::YEAR, FieldType::Number),
            (field::DECISION_DAY, FieldType::Number),
        ]
    }
}

/// Returns the tag that stands for a text value of a field: the first eight bytes of the SHA-256 of
/// `field=value`.
///
/// Every text that can be filtered by is a tag in the one list [`field::TAGS`], under one index. An index per
/// field would do the same at ten times the number of files: the embedded engine keeps about nine per index
/// and syncs each of them at every flush. Tags are numbers because every search compares the tags of every
/// passage it looks at, and every start reads all of them into memory: a text takes five times the room and
/// several times the time. Two texts of an archive of a million have the same tag with a probability of one
/// in forty million; owners and visibility are read from the points themselves as well.
pub fn tag(field: &str, value: &str) -> i64 {
    let hash: [u8; 32] = Sha256::digest(format!("{field}={value}")).into();
    hash.iter().take(8).fold(0, |number, &byte| number << 8 | i64::from(byte))
}

/// Type of a payload index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Numbers made by [`tag`], compared as a whole.
    Tags,
    /// 64-bit integers compared by size.
    Number,
}

/// Names of payload fields.
pub mod field {
    /// Tags made by [`super::tag`]: all texts a point can be filtered by.
    pub const TAGS: &str = "tags";
    /// What a record is; see [`super::kind`].
    pub const KIND: &str = "kind";
    /// Case id.
    pub const CASE: &str = "case";
    /// Document id of a passage; all document ids of a case.
    pub const DOCUMENT: &str = "document";
    /// The import a passage belongs to; the import whose passages are a case's visible ones.
    pub const GENERATION: &str = "generation";
    /// Tenant; absent for the default tenant, so that an archive of one agency knows of none.
    pub const TENANT: &str = "tenant";
    /// Tag of what belongs to one tenant alone, neither to the default nor to the shared one.
    pub const PRIVATE: &str = "private";
    /// Content hash of a case.
    pub const FINGERPRINT: &str = "fingerprint";
    /// Number of passages of a case.
    pub const PASSAGES: &str = "passages";
    /// Generation that an announced import or deletion makes obsolete.
    pub const REPLACES: &str = "replaces";
    /// Tag of screenings that name their document in a tag; those of earlier versions do not.
    pub const NAMES_DOCUMENT: &str = "names_document";
    /// When an import, deletion or arrival was announced, in seconds since 1970.
    pub const ANNOUNCED: &str = "announced";
    /// The stored object itself.
    pub const CONTENT: &str = "content";
    /// Report of a screening in canonical protobuf JSON.
    pub const REPORT: &str = "report_json";
    /// Its hash; absent without a report and in records of earlier versions.
    pub const REPORT_SHA256: &str = "report_sha256";
    /// Tag of verdicts that were a finding's latest before they were stored; those of earlier versions are
    /// looked for one by one.
    pub const HAS_HEAD: &str = "has_head";
    /// Screening id of a verdict.
    pub const SCREENING: &str = "screening";
    /// Where a screening stands, a tag.
    pub const STATE: &str = "state";
    /// Number of changes of a record, a tag.
    pub const REVISION: &str = "revision";
    /// Drawn anew for every conditional write, so that the writer can see whether it was applied.
    pub const WRITE: &str = "write";
    /// When an ended session would be over anyway, in seconds since 1970.
    pub const OVER: &str = "over";
    /// Position of a piece in a file or text, from 0.
    pub const PIECE: &str = "piece";
    /// Offset at which a piece of a text begins.
    pub const PIECE_START: &str = "piece_start";
    /// Bytes of a piece of a file in base64.
    pub const BYTES: &str = "bytes";
    /// Position of a passage in its document.
    pub const ORDINAL: &str = "ordinal";
    /// Heading path of a passage.
    pub const HEADING_PATH: &str = "heading_path";
    /// Page of a passage.
    pub const PAGE: &str = "page";
    /// Text of a passage.
    pub const TEXT: &str = "text";
    /// Language of a passage.
    pub const PASSAGE_LANGUAGE: &str = "passage_language";
    /// Facet, a tag.
    pub const ACTIVITY_TYPE: &str = "activity_type";
    /// Facet, a tag.
    pub const JURISDICTION: &str = "jurisdiction";
    /// Facet, a tag.
    pub const REGION: &str = "region";
    /// Facet, a tag.
    pub const BASIN: &str = "basin";
    /// Facet, a tag.
    pub const CATEGORY: &str = "category";
    /// Facet, a tag.
    pub const STAGE: &str = "stage";
    /// Facet, a tag.
    pub const AGENCY: &str = "agency";
    /// Facet, a tag.
    pub const DOCUMENT_TYPE: &str = "document_type";
    /// Facet, a tag: main language of the case.
    pub const LANGUAGE: &str = "language";
    /// Facet, a tag.
    pub const PROJECT: &str = "project";
    /// Facet; absent if unknown.
    pub const YEAR: &str = "year";
    /// Facet: decision date as the number `YYYYMMDD`; absent if unknown.
    pub const DECISION_DAY: &str = "decision_day";
}

/// Values of [`field::KIND`].
pub mod kind {
    /// Who wrote the store.
    pub const COMPATIBILITY: &str = "compatibility";
    /// A case.
    pub const CASE: &str = "case";
    /// A passage.
    pub const PASSAGE: &str = "passage";
    /// An import or deletion that has begun and is not yet cleaned up.
    pub const INTENT: &str = "intent";
    /// A screening.
    pub const SCREENING: &str = "screening";
    /// A verdict.
    pub const VERDICT: &str = "verdict";
    /// The latest verdict about a finding.
    pub const FINDING: &str = "finding";
    /// A stored file; its pieces are stored before it.
    pub const FILE: &str = "file";
    /// A piece of a file.
    pub const FILE_PIECE: &str = "file_piece";
    /// Outline of a stored text; its pieces are stored before it.
    pub const TEXT: &str = "text";
    /// A piece of a text.
    pub const TEXT_PIECE: &str = "text_piece";
    /// A document of which something was stored a short while ago, perhaps for a screening that never came.
    pub const ARRIVAL: &str = "arrival";
    /// A screening that is being deleted.
    pub const DELETION: &str = "deletion";
    /// A file that is being deleted.
    pub const FILE_DELETION: &str = "file_deletion";
    /// The end of a session of the console.
    pub const ENDED_SESSION: &str = "ended_session";
    /// A request id that a caller chose.
    pub const REQUEST: &str = "request";
}

/// Returns the UUIDv5 of content; parts are length-prefixed, so that their boundaries count.
pub fn content_id(kind: &str, parts: &[&str]) -> Uuid {
    let mut name = format!("index {kind}");
    for part in parts {
        name.push_str(&format!("\u{1f}{}:{part}", part.len()));
    }
    Uuid::new_v5(&namespace(), name.as_bytes())
}

/// The part of a model's identity that decides whether vectors can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorSpace {
    /// Model name.
    pub model: String,
    /// Hash of the model's manifest and files.
    pub sha256: String,
    /// Vector length.
    pub dimension: usize,
}

impl From<&ModelIdentity> for VectorSpace {
    fn from(model: &ModelIdentity) -> Self {
        Self { model: model.name.clone(), sha256: model.sha256.clone(), dimension: model.dimension }
    }
}

/// Who wrote a store; kept inside the store itself and compared when it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compatibility {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// Model name.
    pub model: String,
    /// Hash of the model's manifest and files.
    pub model_sha256: String,
    /// Vector length.
    pub dimension: usize,
    /// Sparse weighting with its parameters.
    pub sparse: String,
}

impl Compatibility {
    /// Returns what this program needs for vectors of that space.
    pub fn needed_for(space: &VectorSpace) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            model: space.model.clone(),
            model_sha256: space.sha256.clone(),
            dimension: space.dimension,
            sparse: format!("bm25+gloss k1={} b={} average={}", sparse::K1, sparse::B, sparse::AVERAGE_TERMS),
        }
    }

    /// Returns the id of the point that holds the record.
    pub fn point_id() -> Uuid {
        content_id(kind::COMPATIBILITY, &[])
    }

    /// Returns the schema identity that goes into provenance.
    pub fn identity(&self) -> String {
        format!("eia-screen/{} dense={}:{} sparse=bm25+gloss", self.schema, self.model, self.dimension)
    }
}

impl std::fmt::Display for Compatibility {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { schema, model, model_sha256, dimension, sparse } = self;
        let hash: String = model_sha256.chars().take(12).collect();
        write!(f, "schema {schema}, model {model} ({dimension} dimensions, sha256 {hash}), {sparse}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_keep_part_boundaries() {
        assert_ne!(content_id("x", &["ab", "c"]), content_id("x", &["a", "bc"]));
        assert_ne!(content_id("x", &["ab"]), content_id("y", &["ab"]));
    }

    #[test]
    fn tags_are_what_stored_archives_hold() {
        // `printf 'kind=case' | sha256sum | cut -c-16`
        assert_eq!(tag(field::KIND, kind::CASE), 0x38ab_c645_173b_2be4);
        assert_ne!(tag("a", "b=c"), tag("a=b", "d"));
    }

    #[test]
    fn identity_names_schema_model_and_dimension() {
        let space = VectorSpace { model: "m".into(), sha256: "ff".into(), dimension: 384 };
        let needed = Compatibility::needed_for(&space);
        assert_eq!(needed.identity(), "eia-screen/3 dense=m:384 sparse=bm25+gloss");
    }
}
