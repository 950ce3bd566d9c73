//! `access`: makes tokens and shows who may do what.

use secrecy::ExposeSecret;

use super::arguments::{AccessCommand, TokenArguments};
use super::error::CliError;
use super::exit::Exit;
use super::output;
use crate::access::permission::roles_table;
use crate::access::principal::{Role, Tenants};
use crate::access::tokens;

/// Runs the command.
pub fn run(command: AccessCommand) -> Result<Exit, CliError> {
    match command {
        AccessCommand::Token(arguments) => token(&arguments),
        AccessCommand::Roles => {
            output::print(&roles_table())?;
            Ok(Exit::Done)
        }
    }
}

/// The line for the file goes to standard output, the token itself to standard error: so
/// `eia-screen access token … >> tokens` stores the hash and shows the token once.
fn token(arguments: &TokenArguments) -> Result<Exit, CliError> {
    tokens::check_name(&arguments.name).map_err(CliError::usage)?;
    let roles = arguments.roles.iter().map(|name| Role::parse(name)).collect::<Result<Vec<_>, _>>();
    let tenants = Tenants::parse(arguments.tenants.iter().map(String::as_str)).map_err(CliError::usage)?;
    let (token, line) =
        tokens::make(&arguments.name, &roles.map_err(CliError::usage)?, &tenants, arguments.until)
            .map_err(CliError::failed)?;
    output::print(&format!("{line}\n"))?;
    anstream::eprintln!(
        "Token of {} (shown once; only its hash is in the line above):\n{}",
        arguments.name,
        token.expose_secret()
    );
    Ok(Exit::Done)
}
