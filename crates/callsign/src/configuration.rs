//! The configuration file: found, read, loaded, and its diagnostics told.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use callsign_config::{Loaded, MissingKeys, Source};

use crate::environment;

/// Looked for in the working directory, in this order, where no file is named.
const USUAL: [&str; 3] = ["callsign.yaml", "config.yaml", "plano_config.yaml"];

/// Bytes that are read at most: more than any configuration, so a device or a wrong file cannot fill the memory.
const MOST_READ: u64 = 32 << 20;

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
        reason: String,
    },
}

/// Reads and loads the file that was named, else the first of the usual ones.
pub(crate) fn open(named: Option<&Path>, keys: MissingKeys) -> Result<Opened, Missing> {
    let path = named.map_or_else(usual, |path| Ok(path.to_owned()))?;
    let bytes = read(&path).map_err(|error| Missing::unreadable(&path, &error))?;
    let name = path.display().to_string();
    let loaded = callsign_config::load(&Source { name: &name, bytes: &bytes }, &environment::variable, keys);
    Ok(Opened { path, bytes, loaded })
}

fn usual() -> Result<PathBuf, Missing> {
    USUAL.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or(Missing::Unnamed)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

// === impl Missing ===

impl Missing {
    fn unreadable(path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file; `callsign init` writes one".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory; name the file in it".to_owned(),
            _ => error.to_string(),
        };
        Self::Unreadable { path: path.to_owned(), reason }
    }
}
