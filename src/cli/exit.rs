//! Exit codes, as documented in `eia-screen --help` and the README (numbers from `sysexits.h`).

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done. Missing sections are a result, not an error.
    Done,
    /// 1: a check (`rules check`, `models verify`, `audit verify`) found a problem.
    CheckFailed,
    /// 64: the arguments or the configuration are wrong.
    Usage,
    /// 65: at least one input could not be read at all; the others were processed.
    Data,
    /// 69: a model, archive or server that is needed is not available.
    Unavailable,
    /// 70: the program failed.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::CheckFailed => 1,
            Exit::Usage => 64,
            Exit::Data => 65,
            Exit::Unavailable => 69,
            Exit::Failed => 70,
        })
    }
}

/// Text for `--help`.
pub const HELP: &str = "Exit codes: 0 done (missing sections are a result, not an error); 1 a check found a \
problem; 64 wrong arguments or configuration; 65 an input could not be read; 69 a model, archive or \
server is not available; 70 the program failed.";
