//! Small cases with vectors whose ranking is known by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::{CaseId, DocumentId};
use eia_screen::index::store::{IndexedDocument, IndexedPassage, QueryVector};
use eia_screen::index::{
    CaseIndex, IndexConfig, IndexError, Place, ServerConfig, VectorSpace, open, sparse_query, sparse_vector,
};

use super::Open;

/// Vector length of the fixture.
pub const DIMENSION: usize = 4;

/// Returns the vector space of the fixture.
pub fn space() -> VectorSpace {
    VectorSpace { model: "fixture".to_owned(), sha256: "00ff".repeat(16), dimension: DIMENSION }
}

/// Opens an embedded index in a directory. A process that another test starts has whatever is open here for a moment,
/// too: also the lock of an index that was just closed.
pub fn embedded(path: PathBuf) -> Open {
    Arc::new(move || {
        let place = Place::Directory { path: path.clone(), readers: 2 };
        Box::pin(async move {
            let begun = Instant::now();
            loop {
                match open(IndexConfig { place: place.clone(), space: space() }).await {
                    Err(IndexError::Locked { .. }) if begun.elapsed() < Duration::from_secs(5) => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    opened => return opened.unwrap(),
                }
            }
        })
    })
}

/// Opens an index on a server.
pub fn served(config: ServerConfig) -> Open {
    Arc::new(move || {
        let place = Place::Server(config.clone());
        Box::pin(async move { open(IndexConfig { place, space: space() }).await.unwrap() })
    })
}

/// Returns a client of the server, to clean up after a test.
pub fn client(config: &ServerConfig) -> qdrant_client::Qdrant {
    use secrecy::ExposeSecret;
    let first = config.url.split(',').next().unwrap_or_default();
    let mut settings = qdrant_client::Qdrant::from_url(first);
    settings.api_key = config.api_key.as_ref().map(|key| key.expose_secret().to_owned());
    settings.build().unwrap()
}

/// Removes every case, so that one behaviour does not see what another has stored.
pub async fn emptied(open: &Open) -> Arc<dyn CaseIndex> {
    let index = open().await;
    for case in index.list_cases(&Default::default(), 1_000, None).await.unwrap().items {
        assert!(index.delete_case(&case.id).await.unwrap());
    }
    index
}

pub fn case_id(id: &str) -> CaseId {
    CaseId::parse(id).unwrap()
}

pub fn case(id: &str, facets: Facets) -> Case {
    Case {
        id: case_id(id),
        title: format!("Лойиҳа {id}"),
        facets,
        decision: "approved_with_conditions".to_owned(),
        conditions: vec!["Restore the oʻzan".to_owned()],
        documents: Vec::new(),
        positions: Vec::new(),
    }
}

/// Returns a document whose passages have these texts and dense vectors.
pub fn document(name: &str, passages: &[(&str, Option<[f32; DIMENSION]>)]) -> IndexedDocument {
    let passages = passages.iter().zip(1..).map(|((text, dense), ordinal)| IndexedPassage {
        ordinal,
        heading_path: format!("Chapter > {ordinal}"),
        page: (ordinal > 1).then_some(ordinal),
        text: (*text).to_owned(),
        language: "en".to_owned(),
        dense: dense.map(|vector| vector.to_vec()),
        sparse: sparse_vector(&terms(text)),
    });
    IndexedDocument {
        id: DocumentId::of_content(&[name]),
        name: format!("{name}.pdf"),
        sha256: "ab".repeat(32),
        pages: 7,
        passages: passages.collect(),
    }
}

pub fn terms(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

pub fn dense(vector: [f32; DIMENSION]) -> QueryVector {
    QueryVector::Dense(vector.to_vec())
}

pub fn words(text: &str) -> QueryVector {
    QueryVector::Sparse(sparse_query(&terms(text)))
}
