//! Writing results: standard output that may be a closed pipe, files that appear as a whole.

use std::io::Write;
use std::path::Path;

use super::error::CliError;
use super::exit::Exit;

/// Columns of the terminal, from `COLUMNS`; 100 if not known.
pub fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// Prints to standard output. Styles are kept on a terminal only; a reader that has gone is no error.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(CliError::failed(format!("standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes a file so that it is there as a whole or not at all.
pub fn write_file(path: &Path, text: &str) -> Result<(), CliError> {
    crate::whole_file::write(path, text.as_bytes())
        .map_err(|error| CliError::new(Exit::Failed, format!("{}: {error}", path.display())))
}

/// Reads a file, naming it in the error.
pub fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| CliError::file(path, &error))
}

/// Returns the file name without directories.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Removes ANSI styles, for files.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
