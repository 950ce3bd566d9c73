//! `audit`: checks the audit log.

use super::arguments::AuditCommand;
use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::access::audit;

/// Problems that are listed one by one.
const LISTED: usize = 50;

/// Runs the command.
pub fn run(command: AuditCommand) -> Result<Exit, CliError> {
    let AuditCommand::Verify { files, head } = command;
    for file in &files {
        // Named here, because what the check itself reports does not say which file it was.
        std::fs::metadata(file).map_err(|error| CliError::file(file, &error))?;
    }
    let found = audit::verify(&files).map_err(|error| CliError::new(Exit::Data, error.to_string()))?;
    let mut text = String::new();
    for problem in found.problems.iter().take(LISTED) {
        text.push_str(&format!("{problem}\n"));
    }
    if found.problems.len() > LISTED {
        text.push_str(&format!("… and {} more\n", found.problems.len() - LISTED));
    }
    let missing_head = head.as_deref().filter(|head| !found.contains(head));
    if let Some(head) = missing_head {
        text.push_str(&format!("no line has the noted hash {head}: lines were cut off or rewritten\n"));
    }
    text.push_str(&format!("{} lines from {} to {}", found.lines, found.from, found.until));
    if found.first > 0 {
        text.push_str(&format!("; they begin at number {}, older files were not given", found.first));
    }
    let intact = found.problems.is_empty() && missing_head.is_none();
    text.push_str(if intact { "\nthe chain is whole\n" } else { "\nthe chain is BROKEN\n" });
    text.push_str(&format!("head {}\n", found.head));
    if intact && head.is_none() {
        text.push_str(
            "lines cut off at the end cannot be seen: note the head elsewhere and give it with --head next time\n",
        );
    }
    output::print(&text)?;
    Ok(if intact { Exit::Done } else { Exit::CheckFailed })
}
