//! Settings of the console, as part of [`crate::settings`].

use std::collections::BTreeSet;
use std::net::{AddrParseError, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Address of the console where none is chosen.
pub const LISTEN: &str = "127.0.0.1:8080";

/// Reviewer's console: pages for a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// Address to listen on, `HOST:PORT`; empty for no console.
    pub listen: String,
    /// File of the key that seals sessions; empty for a key made at start. Replicas share it.
    pub session_key_file: PathBuf,
    /// Working days from receipt within which a submission has to be answered.
    pub working_days: u32,
    /// Days off beside Saturday and Sunday, `YYYY-MM-DD`.
    pub holidays: BTreeSet<jiff::civil::Date>,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            listen: LISTEN.to_owned(),
            session_key_file: PathBuf::new(),
            working_days: 7,
            holidays: BTreeSet::new(),
        }
    }
}

impl ConsoleSettings {
    /// Returns the address; `None` if there is to be no console.
    pub fn address(&self) -> Option<Result<SocketAddr, AddrParseError>> {
        (!self.listen.is_empty()).then(|| self.listen.parse())
    }

    /// Returns everything that is wrong with the values.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if matches!(self.address(), Some(Err(_))) {
            let what = "use HOST:PORT with a numeric address, or leave it empty for no console";
            problems.push(format!("console.listen: {what}"));
        }
        if !(1..=366).contains(&self.working_days) {
            problems.push("console.working_days: from 1 to 366".to_owned());
        }
        problems
    }
}
