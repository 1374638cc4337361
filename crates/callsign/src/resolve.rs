//! `callsign resolve`: what a name means, as a tree.

mod meaning;
mod tree;

use std::io;
use std::process::ExitCode;

use callsign_config::MissingKeys;
use callsign_config::diagnostic::Severity;

use crate::cli::Resolve;
use crate::configuration::{self, Missing};
use crate::unknown::Unknown;
use crate::{output, report};

/// Why a name cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no configuration.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The name means nothing.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Nothing can be printed.
    #[error("the tree cannot be printed: {0}")]
    Output(#[from] io::Error),
}

/// Prints what the name means.
pub(crate) fn run(options: &Resolve) -> Result<ExitCode, Failure> {
    let opened = configuration::open(options.config.path.as_deref(), MissingKeys::Allow)?;
    if opened.loaded.count(Severity::Error) > 0 {
        report::print(&opened.path, &opened.bytes, &opened.loaded);
    }
    let Some(catalog) = &opened.loaded.catalog else { return Ok(ExitCode::FAILURE) };
    let node = meaning::of(catalog, &options.name)
        .ok_or_else(|| Unknown::new(catalog, &options.name, &opened.path))?;
    let text = if options.json { format!("{:#}\n", node.json()) } else { node.draw() };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
