//! `callsign schema`: the configuration's JSON Schema, for editors.

use std::io;
use std::process::ExitCode;

use crate::output;

/// Prints the schema.
pub(crate) fn run() -> io::Result<ExitCode> {
    output::print(&format!("{:#}\n", callsign_config::schema()))?;
    Ok(ExitCode::SUCCESS)
}
