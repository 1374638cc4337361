//! The configuration file: found, read, loaded, and its diagnostics told.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use callsign_config::{Loaded, MissingKeys, Setting, Source};

use crate::{clock, environment};

/// Looked for in the working directory, in this order, where no file is named.
const USUAL: [&str; 3] = ["callsign.yaml", "config.yaml", "plano_config.yaml"];

/// More than any configuration, so that a device or a wrong file cannot fill the memory.
const LARGEST: u64 = 16 << 20;

/// A configuration that was read.
pub(crate) struct Opened {
    /// Where it stands.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
    /// What it came to.
    pub(crate) loaded: Loaded,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Missing {
    /// No file was named and none of the usual ones is there.
    #[error(
        "no configuration: there is no `callsign.yaml`, `config.yaml` or `plano_config.yaml` here; \
         run `callsign init` to write one, or name one with `--config FILE`"
    )]
    Unnamed,
    /// The file cannot be read.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: Unreadable,
    },
}

/// Why a file cannot be read, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Nothing has this name.
    #[error("there is no such file; `callsign init` writes one")]
    Absent,
    /// It is no file.
    #[error("it is a directory; name the file in it")]
    Directory,
    /// Somebody else may.
    #[error("it may not be read; check its permissions")]
    Forbidden,
    /// It is something else.
    #[error("it has more than 16 MiB; is it a configuration?")]
    TooLarge,
    /// The system says why.
    #[error(transparent)]
    Other(io::Error),
}

/// Reads and loads the file that was named, else the first of the usual ones.
pub(crate) fn open(named: Option<&Path>, keys: MissingKeys) -> Result<Opened, Missing> {
    let path = named.map_or_else(usual, |path| Ok(path.to_owned()))?;
    load(&path, keys).map_err(|reason| Missing::Unreadable { path, reason })
}

/// Reads and loads this file for the environment that `CALLSIGN_ENV` chooses.
pub(crate) fn load(path: &Path, keys: MissingKeys) -> Result<Opened, Unreadable> {
    load_for(path, keys, environment::chosen().as_deref())
}

/// Reads and loads this file for an environment.
pub(crate) fn load_for(path: &Path, keys: MissingKeys, chosen: Option<&str>) -> Result<Opened, Unreadable> {
    let bytes = read(path)?;
    let name = path.display().to_string();
    let setting = Setting { environment: &environment::variable, keys, chosen, date: clock::today() };
    let loaded = callsign_config::load(&Source { name: &name, bytes: &bytes }, &setting);
    Ok(Opened { path: path.to_owned(), bytes, loaded })
}

fn usual() -> Result<PathBuf, Missing> {
    USUAL.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or(Missing::Unnamed)
}

/// What this file holds.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}

// === impl Unreadable ===

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Other(error),
        }
    }
}
