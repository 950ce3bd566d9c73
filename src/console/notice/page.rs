//! `GET /screenings/{id}/notice` and `/screenings/{id}/notice.docx`.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::letter::{Letter, letter};
use super::standing::Open;
use crate::console::error::Problem;
use crate::console::language::{OFFERED, Words, own_name};
use crate::console::report::page::open;
use crate::console::report::{Reading, Wanted};
use crate::console::shell::Shell;
use crate::console::visit::Visit;
use crate::domain::language::Language;
use crate::render::docx;

/// The language of the letter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    language: String,
}

#[derive(Template)]
#[template(path = "console/notice.html")]
struct NoticePage {
    shell: Shell,
    base: String,
    name: String,
    languages: Vec<(&'static str, &'static str, bool)>,
    letter: Letter,
    open: Open,
}

/// The letter as a page that can be edited and printed.
pub async fn page(
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (letter, open, name, base) = make(&visit, &id, &asked).await?;
    let chosen = letter.w.language();
    let languages = OFFERED.into_iter().map(|one| (one.tag(), own_name(one), one == chosen)).collect();
    let page = NoticePage { shell: visit.shell("queue"), base, name, languages, letter, open };
    Ok(Html(page.render()?).into_response())
}

/// The letter as a DOCX file.
pub async fn docx(
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (letter, ..) = make(&visit, &id, &asked).await?;
    let tag = letter.w.tag();
    let bytes = docx::write(&letter.paragraphs(), tag).map_err(|error| Problem::internal(&error))?;
    let media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let name = format!("attachment; filename=\"notice-{tag}.docx\"");
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name.as_str())], bytes).into_response())
}

async fn make(visit: &Visit, id: &str, asked: &Asked) -> Result<(Letter, Open, String, String), Problem> {
    let opened = open(visit, id).await?;
    let verdicts = visit.backend.verdicts(opened.record.id).await?;
    let wanted = Wanted::default();
    let language = Language::from_tag(&asked.language).unwrap_or_else(|| visit.words.language());
    let reading = Reading {
        opened: &opened,
        screener: &visit.backend.screener,
        w: Words::of(language),
        verdicts: &verdicts,
        wanted: &wanted,
        no_picture: None,
    };
    let (letter, open) = letter(&reading, jiff::Zoned::now().date());
    Ok((letter, open, opened.record.document_name.clone(), reading.base()))
}
