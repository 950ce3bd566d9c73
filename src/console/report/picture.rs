//! The picture of a page of a PDF, drawn here by the pure-Rust renderer that text recognition uses too.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::page::open;
use crate::console::error::Problem;
use crate::console::visit::Visit;
use crate::domain::document::MediaType;
use crate::ingest::ocr::render::page_png;

/// `GET /screenings/{id}/pages/{page}.png`.
pub async fn picture(visit: Visit, Path((id, file)): Path<(String, String)>) -> Result<Response, Problem> {
    let number: Option<u32> = file.strip_suffix(".png").and_then(|number| number.parse().ok());
    let number = number.filter(|number| *number > 0).ok_or_else(|| Problem::not_found(""))?;
    let opened = open(&visit, &id).await?;
    let is_pdf =
        opened.report.document.as_ref().is_some_and(|document| {
            document.media_type == MediaType::Pdf.as_str() && number <= document.pages
        });
    let file = if is_pdf { visit.backend.file(opened.record.document).await? } else { None };
    let file = file.ok_or_else(|| Problem::not_found(""))?;
    let _permit = visit.backend.drawing().await.map_err(|error| Problem::internal(&error))?;
    let drawn = crate::console::backend::in_worker(move || page_png(file, number));
    match drawn.await? {
        Ok(png) => {
            let headers =
                [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=600")];
            Ok((headers, png).into_response())
        }
        Err(what) => {
            tracing::warn!(page = number, what, "a page could not be drawn");
            Err(Problem::not_found(format!("page {number} could not be drawn")))
        }
    }
}
