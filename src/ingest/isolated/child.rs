//! The child: reads one request and one file from standard input, and answers on standard output.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::attempt::Attempt;
use super::confine;
use super::frames::{self, Frame, FrameError, MOST_REQUEST, Request, Task};
use crate::domain::explanation::Code;
use crate::ingest::DocumentReader;
use crate::ingest::ocr::render::page_png;
use crate::ingest::watch::Watch;

/// Largest part of a file whose arrival is waited for before memory is taken for it.
const FIRST_CAPACITY: u64 = 16 << 20;

/// Why the child could not do its work. Nobody but the operator who starts it by hand reads this.
#[derive(Debug, thiserror::Error)]
#[error("the reader of documents could not go on: {0}")]
pub struct ChildError(String);

/// Does the work of a child process. `input` and `output` are pipes to the parent.
pub fn run(mut input: impl Read, output: impl Write + Send + 'static) -> Result<(), ChildError> {
    let failed = |error: FrameError| ChildError(error.to_string());
    let request: Request = frames::read(&mut input, MOST_REQUEST).map_err(failed)?;
    let confinement = confine::confine(&request);
    let out = Arc::new(Mutex::new(io::BufWriter::new(output)));
    let pipe = Arc::clone(&out);
    let tell = move |frame: &Frame| {
        // A parent that has gone ends this process by a broken pipe at the latest with the document.
        frames::write(&mut *out.lock().unwrap_or_else(PoisonError::into_inner), frame)
    };
    tell(&Frame::Confined(confinement)).map_err(failed)?;
    let mut bytes = Vec::with_capacity(usize::try_from(request.bytes.min(FIRST_CAPACITY)).unwrap_or(0));
    input.take(request.bytes).read_to_end(&mut bytes).map_err(|error| ChildError(error.to_string()))?;
    if bytes.len() as u64 != request.bytes {
        return Err(ChildError("the file ended early".to_owned()));
    }
    if let Task::Draw(page) = request.task {
        return match page_png(Arc::new(bytes), page) {
            Ok(png) => {
                tell(&Frame::Picture(png.len() as u64)).map_err(failed)?;
                let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
                pipe.write_all(&png)
                    .and_then(|()| pipe.flush())
                    .map_err(|error| ChildError(error.to_string()))
            }
            Err(what) => tell(&Frame::NotDrawn(Code::Technical.with("what", what))).map_err(failed),
        };
    }
    let tell = Arc::new(tell);
    let notice = Arc::clone(&tell);
    let attempt = Attempt {
        fatal_pages: Arc::new(request.fatal_pages.into_iter().collect()),
        notice: Some(Arc::new(move |page, begins| {
            let _ = notice(&if begins { Frame::Begins(page) } else { Frame::Ended(page) });
        })),
    };
    let reader = DocumentReader { limits: request.limits, ocr: request.ocr.map(Arc::new), isolation: None };
    let progress = |done, all| {
        let _ = tell(&Frame::Progress(done, all));
    };
    let watch = Watch { progress: &progress, is_cancelled: &|| false };
    let answer = match reader.read_here(&request.name, &bytes, &watch, &attempt) {
        Ok(document) => Frame::Document(Box::new(document)),
        Err(error) => Frame::Refused(error),
    };
    tell(&answer).map_err(failed)
}
