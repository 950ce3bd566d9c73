//! `archive expire`: deletes what the settings keep no longer, or shows it.

use std::fmt::Write;

use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::access::audit::Audit;
use crate::assembly;
use crate::index::{self, IndexError};
use crate::retention::{self, Expired};
use crate::settings::Settings;

/// Runs the command.
pub async fn run(settings: &Settings, is_dry: bool) -> Result<Exit, CliError> {
    let retention = &settings.retention;
    if retention.screenings_days == 0 && retention.files_days == 0 {
        let message = "nothing expires: set retention.screenings_days or retention.files_days";
        return Err(CliError::usage(message));
    }
    let opened = index::open_existing(assembly::place(settings)?, assembly::tuning(settings)).await;
    let index = match opened {
        Err(error @ IndexError::Locked { .. }) => {
            let message = format!("{error}; the server that has it open deletes what expires by itself");
            return Err(CliError::new(Exit::Unavailable, message));
        }
        opened => opened?,
    };
    let now = jiff::Timestamp::now();
    let expired = retention::expired(index.as_ref(), retention, now).await?;
    if is_dry {
        return output::print(&listing(&expired)).map(|()| Exit::Done);
    }
    let audit = Audit::open(&settings.audit).map_err(CliError::usage)?;
    let deleted = retention::delete(index.as_ref(), expired, retention, now, &audit).await;
    let is_recorded = audit.flush();
    let tally = deleted.map_err(CliError::failed)?;
    index.flush().await?;
    output::print(&format!(
        "{} screenings and {} files deleted, {} left because they had changed\n",
        tally.screenings, tally.files, tally.left
    ))?;
    if !is_recorded {
        return Err(CliError::failed("the audit log cannot be written: the last deletions are not in it"));
    }
    Ok(Exit::Done)
}

fn listing(expired: &[Expired]) -> String {
    let mut text = String::new();
    for item in expired {
        let end = match item {
            Expired::Screening { record, .. } => record.end_time().unwrap_or_default(),
            Expired::File { .. } => "",
        };
        let _ = writeln!(text, "{}  {}  {end}", item.tenant(), item.resource());
    }
    let _ = writeln!(text, "{} would be deleted", expired.len());
    text
}
