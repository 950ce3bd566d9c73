//! The picture of a page of a PDF.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::page::open;
use crate::console::error::Problem;
use crate::console::reasons;
use crate::console::visit::Visit;
use crate::domain::document::MediaType;

/// `GET /screenings/{id}/pages/{page}.png`.
pub async fn picture(visit: Visit, Path((id, file)): Path<(String, String)>) -> Result<Response, Problem> {
    let number: Option<u32> = file.strip_suffix(".png").and_then(|number| number.parse().ok());
    let number = number.filter(|number| *number > 0).ok_or_else(|| Problem::not_found(""))?;
    let opened = open(&visit, &id).await?;
    let document = opened.report.document.as_ref();
    let is_page = document
        .is_some_and(|document| document.media_type == MediaType::Pdf.as_str() && number <= document.pages);
    let picture = if is_page { visit.backend.picture(opened.record.document, number).await? } else { None };
    match picture {
        Some(Ok(png)) => {
            let headers =
                [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=600")];
            Ok((headers, png.to_vec()).into_response())
        }
        Some(Err(why)) => Err(Problem::no_picture(reasons::of_program(visit.words, &why).text)),
        None => Err(Problem::not_found("")),
    }
}
