//! `callsign resolve`: what a name means, as a tree.

mod meaning;
mod tree;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use callsign_config::MissingKeys;
use callsign_config::diagnostic::Severity;
use callsign_plan::catalog::Catalog;
use callsign_plan::nearest::nearest;

use crate::cli::Resolve;
use crate::configuration::{self, Missing};
use crate::{output, report};

/// Names listed where none is near.
const MOST_LISTED: usize = 10;

/// Why a name cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no configuration.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The name means nothing.
    #[error("`{name}` means nothing in `{file}`; {hint}")]
    Unknown {
        /// As asked for.
        name: String,
        /// The configuration.
        file: String,
        /// What may have been meant.
        hint: String,
    },
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
    let node = meaning::of(catalog, &options.name).ok_or_else(|| unknown(catalog, options, &opened.path))?;
    let text = if options.json { format!("{:#}\n", node.json()) } else { node.draw() };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn unknown(catalog: &Catalog, options: &Resolve, file: &Path) -> Failure {
    let hint = match nearest(catalog, &options.name).as_slice() {
        [] => {
            let aliases = catalog.parts().aliases.iter().filter(|alias| !alias.hidden);
            let names: Vec<&str> = aliases.map(|alias| alias.name.as_ref()).take(MOST_LISTED).collect();
            if names.is_empty() {
                "it has no aliases".to_owned()
            } else {
                format!("its aliases are {}", quoted(&names))
            }
        }
        near => format!("did you mean {}?", quoted(near)),
    };
    Failure::Unknown { name: options.name.clone(), file: file.display().to_string(), hint }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
