//! Chooses what of a report to search the archive with, and joins precedents and reuse.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use crate::domain::case::Facets;
use crate::domain::explanation::{Code, Explanation};
use crate::domain::finding::{Evidence, NotExamined, NotExaminedReason, Precedent, Reuse};
use crate::domain::ids::{CaseId, SectionId};
use crate::domain::language::Language;
use crate::domain::requirement::ElementId;
use crate::embed::model::{EmbedError, TextKind};
use crate::index::store::{CaseFilter, CaseIndex, IndexError};
use crate::screen::activity::Wording;
use crate::screen::precedent::{self, Hits, QueryPassage, Ranking, Sought, quote};
use crate::screen::prepare::PreparedDocument;
use crate::screen::reuse::{self, Origin, ReusedPassage};
use crate::screen::vectorizer::Vectorizer;
use crate::text::gloss::Gloss;

/// Most passages searched with. Each costs two engine queries; more add little (the rest of a long
/// report repeats its themes).
const MAX_QUERIES: usize = 96;
/// Most entries of the reuse list.
const MAX_REUSE: usize = 20;
/// Passages of sections that describe activity, place and technology say most about likeness.
const DESCRIBING: [&str; 6] = ["C01", "C02", "C03", "C06", "C07", "C08"];
/// Weight of a passage in such a section; others weigh 1.
const DESCRIBING_WEIGHT: f32 = 2.0;

/// An archive, and what turns texts into vectors as it holds them.
#[derive(Clone, Copy)]
pub struct Archive<'a> {
    /// Stored cases.
    pub index: &'a dyn CaseIndex,
    /// Makes vectors of texts.
    pub vectorizer: Vectorizer<'a>,
}

/// A report as it asks the archive, with what the archive holds for it.
pub struct Question {
    /// Positions of the passages that are searched with.
    chosen: Vec<usize>,
    queries: Vec<QueryPassage>,
    wording: Wording,
    hits: Hits,
}

/// Searches the archive with a prepared document.
pub async fn ask(
    archive: Archive<'_>,
    prepared: &PreparedDocument,
    elements: &BTreeMap<SectionId, Vec<ElementId>>,
    filter: &CaseFilter,
) -> Result<Question, IndexError> {
    let chosen = choose(prepared.passages.len());
    let queries: Vec<QueryPassage> =
        chosen.iter().map(|&i| query_passage(&archive.vectorizer, prepared, elements, i)).collect();
    let hits = precedent::search(archive.index, &queries, filter).await?;
    Ok(Question { chosen, queries, wording: Wording::of_document(prepared), hits })
}

/// Ranks what was found for a report; `ranking` leaves out parts, to measure what each of them does.
pub async fn precedents(
    archive: Archive<'_>,
    question: &Question,
    facets: &Facets,
    limit: usize,
    ranking: &Ranking,
) -> Result<Vec<Precedent>, IndexError> {
    let sought = Sought { queries: &question.queries, wording: &question.wording, facets };
    precedent::rank(archive, sought, &question.hits, limit, ranking).await
}

/// Finds precedents and reused text for a prepared document.
pub async fn of_document(
    archive: Archive<'_>,
    prepared: &PreparedDocument,
    elements: &BTreeMap<SectionId, Vec<ElementId>>,
    facets: &Facets,
    filter: &CaseFilter,
    limit: usize,
) -> Result<(Vec<Precedent>, Vec<Reuse>), IndexError> {
    let question = ask(archive, prepared, elements, filter).await?;
    let found = precedents(archive, &question, facets, limit, &Ranking::default()).await?;
    let list = reused(archive.index, prepared, &question).await?;
    Ok((found, list))
}

/// Lists the passages that repeat those of other cases, without boilerplate.
async fn reused(
    index: &dyn CaseIndex,
    prepared: &PreparedDocument,
    question: &Question,
) -> Result<Vec<Reuse>, IndexError> {
    let texts: Vec<&str> = question.chosen.iter().map(|&i| prepared.text(i)).collect();
    let mut cases: BTreeMap<CaseId, (String, Origin)> = BTreeMap::new();
    let mut list = Vec::new();
    for repeated in reuse::repeated(&texts, &question.hits.by_query()) {
        let mut origins = BTreeSet::new();
        for copied in &repeated {
            let id = &copied.hit.case;
            if !cases.contains_key(id) {
                let (title, project) = title_and_project(index, id).await?;
                cases.insert(id.clone(), (title, Origin::of(id, &project)));
            }
            origins.extend(cases.get(id).map(|(_, origin)| origin.clone()));
            // A form may stand in hundreds of cases, which need not be looked at.
            if reuse::is_boilerplate(&origins) {
                break;
            }
        }
        if reuse::is_boilerplate(&origins) {
            continue;
        }
        list.extend(repeated.into_iter().map(|copied| {
            let title = cases.get(&copied.hit.case).map(|(title, _)| title.clone());
            entry(prepared, question.chosen[copied.query], copied, title.unwrap_or_default())
        }));
        if list.len() >= MAX_REUSE {
            break;
        }
    }
    list.truncate(MAX_REUSE);
    Ok(list)
}

async fn title_and_project(index: &dyn CaseIndex, id: &CaseId) -> Result<(String, String), IndexError> {
    let case = index.get_case(id).await?;
    Ok(case.map(|case| (case.title, case.facets.project)).unwrap_or_default())
}

/// An entry of the list: passage `at` of the report and what it repeats.
fn entry(prepared: &PreparedDocument, at: usize, copied: ReusedPassage, case_title: String) -> Reuse {
    let passage = &prepared.passages[at];
    Reuse {
        case: copied.hit.case,
        case_title,
        evidence: Evidence {
            section: passage.section,
            span: passage.span,
            quote: quote(prepared.text(at)),
            score: copied.overlap,
            language: passage.language,
        },
        other_page: copied.hit.page,
        other_quote: quote(&copied.hit.text),
        overlap: copied.overlap,
    }
}

/// Finds precedents for a text in any language.
pub async fn of_text(
    archive: Archive<'_>,
    text: &str,
    filter: &CaseFilter,
    limit: usize,
) -> Result<Vec<Precedent>, SearchError> {
    of_query(archive, text_query(&archive.vectorizer, text, &CancellationToken::new())?, filter, limit).await
}

/// Makes the query passage of a text; blocking, since it embeds.
pub fn text_query(
    vectorizer: &Vectorizer<'_>,
    text: &str,
    cancel: &CancellationToken,
) -> Result<QueryPassage, EmbedError> {
    let language = crate::text::language::detect(text);
    let gloss = vectorizer.gloss_of_words(text, language);
    let dense = match vectorizer.embedder {
        Some(embedder) => match text_to_embed(vectorizer, text, language, gloss.as_ref()) {
            Some(text) => embedder.embed(TextKind::Query, &[text], cancel)?.pop(),
            None => None,
        },
        None => None,
    };
    let gloss = gloss.map(|(_, gloss)| gloss);
    Ok(QueryPassage {
        section: None,
        section_title: String::new(),
        weight: 1.0,
        dense,
        sparse: vectorizer.lexical_query(text, language, gloss.as_ref()),
    })
}

/// Returns what of a query is embedded: itself, its gloss, or nothing.
pub fn text_to_embed<'t>(
    vectorizer: &Vectorizer<'_>,
    text: &'t str,
    language: Option<Language>,
    gloss: Option<&'t (Language, Gloss)>,
) -> Option<&'t str> {
    let (spoken, gloss) = gloss.map_or((language, None), |(spoken, gloss)| (Some(*spoken), Some(gloss)));
    match vectorizer.embedded(text, spoken, gloss) {
        Some(embedded) => Some(embedded.text()),
        // A few words often leave the language open; then the model is asked all the same.
        None => (language.is_none() && vectorizer.embedder.is_some()).then_some(text),
    }
}

/// Says what of a text is searched by words only, through a gloss or not to its end.
pub fn query_limits(vectorizer: &Vectorizer<'_>, text: &str) -> Vec<NotExamined> {
    let language = crate::text::language::detect(text);
    let gloss = vectorizer.gloss_of_words(text, language);
    let embedded = text_to_embed(vectorizer, text, language, gloss.as_ref());
    let limit = |reason, detail: Explanation| NotExamined { reason, page: None, section: None, detail };
    let mut limits = Vec::new();
    if embedded != Some(text) {
        let how = if embedded.is_some() { Code::QueryByGlossary } else { Code::QueryByWords };
        limits.push(limit(NotExaminedReason::LanguageNotCovered, how.into()));
    }
    if let (Some(embedder), Some(embedded)) = (vectorizer.embedder, embedded) {
        let room = embedder.room(TextKind::Query);
        if embedder.count_tokens(embedded) > room {
            let detail = Code::QueryCutShort.with("tokens", room);
            limits.push(limit(NotExaminedReason::LimitReached, detail));
        }
    }
    limits
}

/// Finds precedents for a query passage.
pub async fn of_query(
    archive: Archive<'_>,
    query: QueryPassage,
    filter: &CaseFilter,
    limit: usize,
) -> Result<Vec<Precedent>, SearchError> {
    // A few words that name an activity are matched as words already.
    let sought = Sought { queries: &[query], wording: &Wording::default(), facets: &filter.facets };
    let hits = precedent::search(archive.index, sought.queries, filter).await?;
    Ok(precedent::rank(archive, sought, &hits, limit, &Ranking::default()).await?)
}

/// Why a search by text failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The archive failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Positions of up to [`MAX_QUERIES`] passages, evenly spread over `count`.
fn choose(count: usize) -> Vec<usize> {
    let wanted = count.min(MAX_QUERIES);
    (0..wanted).map(|i| i * count / wanted).collect()
}

fn query_passage(
    vectorizer: &Vectorizer<'_>,
    prepared: &PreparedDocument,
    elements: &BTreeMap<SectionId, Vec<ElementId>>,
    i: usize,
) -> QueryPassage {
    let section = prepared.passages[i].section;
    let describes = section
        .and_then(|id| elements.get(&id))
        .is_none_or(|ids| ids.first().is_some_and(|first| DESCRIBING.contains(&first.0.as_str())));
    QueryPassage {
        section,
        section_title: section
            .and_then(|id| prepared.document.section(id))
            .map_or_else(String::new, |s| s.title.clone()),
        weight: if describes { DESCRIBING_WEIGHT } else { 1.0 },
        dense: prepared.dense[i].clone(),
        sparse: vectorizer.lexical_query(
            prepared.text(i),
            prepared.passages[i].language,
            prepared.glosses[i].as_ref(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_passages_are_spread_and_bounded() {
        assert_eq!(choose(3), [0, 1, 2]);
        assert!(choose(0).is_empty());
        let many = choose(1000);
        assert_eq!(many.len(), MAX_QUERIES);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]) && *many.last().unwrap() > 980);
    }
}
