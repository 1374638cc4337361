//! `callsign import`: a configuration out of another gateway's, and what could not be carried over.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use callsign_config::Source;
use callsign_config::import::{self, Imported, Notice, Standing, Unimported};

use crate::cli::{Foreign, Import};
use crate::configuration::{self, Unreadable};
use crate::output::{self, Existing, Unwritten};
use crate::report;

/// Why nothing is carried over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The file cannot be read.
    #[error("`{file}` cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why, and what to do.
        why: Unreadable,
    },
    /// It is no configuration of that gateway.
    #[error("`{0}` has nothing that could be carried over; nothing is written")]
    Nothing(String),
    /// The new file is not written.
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
    /// Nothing can be printed.
    #[error("the configuration cannot be printed: {0}")]
    Output(#[from] io::Error),
}

/// Something is left out, or left to whoever runs it.
const INCOMPLETE: u8 = 3;

/// Writes the configuration; the exit code says whether all of the other one is in it.
pub(crate) fn run(options: &Import) -> Result<ExitCode, Failure> {
    let existing = Existing::from(options.force);
    // Before the reading, so that a refusal comes at once.
    if let Some(path) = options.output.as_ref().filter(|path| existing == Existing::Keep && path.exists()) {
        return Err(Unwritten::Exists(path.clone()).into());
    }
    let name = options.file.display().to_string();
    let bytes =
        configuration::read(&options.file).map_err(|why| Failure::Unreadable { file: name.clone(), why })?;
    let imported = convert(options, &name, &bytes)?;
    match &options.output {
        Some(path) => output::save(path, &imported.text, existing)?,
        None => output::print(&imported.text)?,
    }
    tell(&name, &imported.notices);
    if let Some(path) = &options.output {
        anstream::eprintln!("wrote `{}`; see what `callsign check {0}` says", path.display());
    }
    let is_complete = imported.notices.iter().all(|notice| notice.standing == Standing::Changed);
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

fn convert(options: &Import, name: &str, bytes: &[u8]) -> Result<Imported, Failure> {
    let source = Source { name: file_name(&options.file), bytes };
    let imported = match options.from {
        Foreign::Litellm => import::litellm(&source),
    };
    imported.map_err(|unimported| {
        match unimported {
            Unimported::Unreadable(loaded) => report::print(&options.file, bytes, &loaded),
            Unimported::Nothing(notices) => tell(name, &notices),
        }
        Failure::Nothing(name.to_owned())
    })
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("a configuration")
}

fn tell(name: &str, notices: &[Notice]) {
    for notice in notices {
        anstream::eprintln!("{name}:{}: {notice}", notice.line);
    }
}
