//! Entry: parse arguments, start logging, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = match eia_screen::cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A failed write of the help text (closed pipe) leaves nothing to report to.
            let _ = error.print();
            return if error.use_stderr() { eia_screen::cli::Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    eia_screen::cli::run(arguments)
}
